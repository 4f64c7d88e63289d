// The list of training runs: a click shows one, its tick box adds it to the curves. Titles enter through textContent.
(() => {
  const root = element.querySelector('.hwr-runs');
  const list = root.querySelector('.hwr-r-list');

  function render() {
    const view = props.value && props.value.runs && props.value.runs.length ? props.value : null;
    root.dataset.state = view ? 'filled' : 'empty';
    root.querySelector('.hwr-r-empty').textContent = say('tune.runs.empty');
    list.setAttribute('aria-label', say('tune.runs'));
    const focused = list.contains(document.activeElement) ? [document.activeElement.className, document.activeElement.closest('li').dataset.run] : null;
    list.replaceChildren(...(view ? view.runs.map((run) => row(run, view)) : []));
    if (focused) list.querySelector(`li[data-run="${CSS.escape(focused[1])}"] [class="${focused[0]}"]`)?.focus();
  }

  function row(run, view) {
    const item = make('li');
    item.dataset.run = run.id;
    item.dataset.state = run.state;
    item.classList.toggle('hwr-picked', run.id === view.shown);
    const open = make('button', 'hwr-r-open');
    open.type = 'button';
    open.setAttribute('aria-current', String(run.id === view.shown));
    const facts = [say('tune.state.' + run.state, { n: run.place })];
    if (run.steps) facts.push(say('tune.runs.step', { step: run.step.toLocaleString(), steps: run.steps.toLocaleString() }));
    if (run.cer !== null) facts.push(say('tune.runs.cer', { cer: (100 * run.cer).toFixed(1) }));
    const times = run.ends ? say('tune.runs.ends', { start: when(run.started), end: when(run.ends) }) : when(run.started);
    open.append(make('b', '', run.title), make('small', '', facts.join(' · ')), make('small', 'hwr-r-when', times));
    if (run.steps && ['running', 'starting'].includes(run.state)) {
      const bar = make('i', 'hwr-r-bar');
      bar.style.setProperty('--done', (100 * run.step) / run.steps + '%');
      open.append(bar);
    }
    open.addEventListener('click', () => trigger('select', { index: view.runs.indexOf(run), value: run.id, action: 'show' }));
    const label = make('label', 'hwr-r-compare');
    const box = make('input', 'hwr-r-box');
    box.type = 'checkbox';
    box.checked = view.compared.includes(run.id) || run.id === view.shown;
    box.disabled = run.id === view.shown;
    box.setAttribute('aria-label', say('tune.runs.compare', { run: run.title }));
    label.title = say('tune.runs.compare', { run: run.title });
    label.style.setProperty('--mark', `var(--hwr-c-${run.colour % 6})`);
    box.addEventListener('change', () => trigger('select', { index: view.runs.indexOf(run), value: run.id, action: 'compare', on: box.checked }));
    label.append(box);
    item.append(open, label);
    return item;
  }

  function when(seconds) {
    if (!seconds) return '';
    const date = new Date(1000 * seconds);
    const today = new Date().toDateString() === date.toDateString();
    return date.toLocaleString(language(), today ? { hour: '2-digit', minute: '2-digit' } : { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' });
  }

  watch('value', render);
  render();
})();
