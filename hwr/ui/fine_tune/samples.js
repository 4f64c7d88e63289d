// Readings of the same lines at each evaluation of a run, marked against what is written and against the reading before.
(() => {
  const root = element.querySelector('.hwr-samples');
  const slider = root.querySelector('input');
  const lines = root.querySelector('.hwr-s-lines');
  let view = null;
  let run = null;
  let at = -1; // of the evaluations; -1: the newest, and stay there

  function render() {
    view = props.value && props.value.steps && props.value.steps.length ? props.value : null;
    root.dataset.state = view ? 'filled' : 'empty';
    root.querySelector('.hwr-s-empty').textContent = say('tune.samples.empty');
    if (!view) return;
    if (view.run !== run) at = -1;
    run = view.run;
    slider.max = view.steps.length - 1;
    slider.setAttribute('aria-label', say('tune.samples.slider'));
    slider.parentElement.hidden = view.steps.length < 2;
    legend();
    draw();
  }

  function legend() {
    const box = root.querySelector('.hwr-s-legend');
    box.replaceChildren();
    for (const kind of ['changed', 'inserted', 'deleted']) {
      const mark = make(kind === 'deleted' ? 'del' : 'ins', `hwr-s-${kind}`, say('tune.samples.' + kind));
      box.append(mark);
    }
    box.append(make('ins', 'hwr-s-new', say('tune.samples.new')));
  }

  function draw() {
    const index = at < 0 ? view.steps.length - 1 : Math.min(at, view.steps.length - 1);
    slider.value = index;
    root.querySelector('.hwr-s-at span').textContent = say('tune.samples.at', { n: view.steps[index].toLocaleString(), i: index + 1, all: view.steps.length });
    lines.replaceChildren(...view.lines.map((line) => row(line, line.readings[index], index ? line.readings[index - 1] : null)));
  }

  function row(line, reading, before) {
    const item = make('li');
    item.append(make('p', 'hwr-s-truth', line.reference));
    const text = make('p', 'hwr-s-reading');
    if (!reading) {
      text.append(make('span', 'hwr-s-none', say('tune.samples.missing')));
      item.append(text);
      return item;
    }
    for (const piece of reading.pieces) text.append(mark(piece));
    if (!reading.pieces.some((piece) => piece.text)) text.append(make('span', 'hwr-s-none', say('tune.samples.nothing')));
    const verdict = make('p', 'hwr-s-verdict', reading.errors ? say(reading.errors === 1 ? 'tune.samples.error' : 'tune.samples.errors', { n: reading.errors }) : say('tune.samples.right'));
    if (before && before.errors !== reading.errors) {
      const better = reading.errors < before.errors;
      verdict.append(make('b', better ? 'hwr-s-better' : 'hwr-s-worse', say(better ? 'tune.samples.better' : 'tune.samples.worse', { n: Math.abs(before.errors - reading.errors) })));
    } else if (before && reading.changed) verdict.append(make('b', '', say('tune.samples.other')));
    item.append(text, verdict);
    return item;
  }

  function mark(piece) {
    if (piece.kind === 'same') return make('span', piece.changed ? 'hwr-s-new' : '', piece.text);
    const node = make(piece.kind === 'deleted' ? 'del' : 'ins', `hwr-s-${piece.kind}` + (piece.changed ? ' hwr-s-new' : ''), piece.kind === 'deleted' ? piece.was : piece.text);
    if (piece.kind === 'changed') node.title = say('tune.samples.was', { text: piece.was });
    return node;
  }

  slider.addEventListener('input', () => {
    at = +slider.value === view.steps.length - 1 ? -1 : +slider.value;
    draw();
  });
  watch('value', render);
  render();
})();
