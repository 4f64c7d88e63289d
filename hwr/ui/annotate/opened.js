// The opened page: its picture with a numbered outline about every line; a click corrects that line.
(() => {
  const root = element.querySelector('.hwr-opened');
  const frame = root.querySelector('.hwr-o-frame');
  const NS = 'http://www.w3.org/2000/svg';
  let view = null;
  let line = null;

  function svg(name, attributes) {
    const node = document.createElementNS(NS, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    return node;
  }

  function render() {
    view = props.value && props.value.lines ? props.value : null;
    root.dataset.state = view ? 'filled' : 'empty';
    if (!view) return;
    root.querySelector('b').textContent = view.title;
    tools();
    const image = frame.querySelector('img');
    image.src = view.image;
    image.alt = view.title;
    const drawing = svg('svg', { viewBox: `0 0 ${view.width} ${view.height}` });
    view.lines.forEach((one, i) => {
      const group = svg('g', { class: 'hwr-o-line', 'data-line': one.id, 'data-kept': one.kept });
      const title = svg('title', {});
      title.textContent = i + 1 + ': ' + one.text;
      group.append(svg('polygon', { points: one.outline.map((point) => point.join(',')).join(' ') }), title);
      drawing.append(group);
    });
    frame.querySelector('svg').replaceWith(drawing);
    mark();
  }

  function tools() {
    const button = (key, act) => {
      const node = make('button', '', say(key));
      node.type = 'button';
      node.addEventListener('click', act);
      return node;
    };
    const act = (action, more) => trigger('select', { action, what: 'page', id: view.id, ...more });
    const move = make('select');
    move.setAttribute('aria-label', say('annotate.move'));
    move.append(make('option', '', say('annotate.move')), ...view.others.map((one) => {
      const option = make('option', '', one.name);
      option.value = one.id;
      return option;
    }));
    move.hidden = !view.others.length;
    move.addEventListener('change', () => act('move', { collection: Number(move.value) }));
    root.querySelector('.hwr-o-tools').replaceChildren(
      button('annotate.rename', () => hwrAnnotate.name('annotate.rename.page', view.title, (name) => act('rename', { name }))),
      move,
      button('annotate.delete', () => act('delete', { name: view.title })),
      button('annotate.close', () => act('close')),
    );
  }

  function mark() {
    frame.querySelectorAll('[data-line]').forEach((node) => node.classList.toggle('hwr-picked', Number(node.dataset.line) === line));
  }

  frame.addEventListener('click', (event) => {
    const picked = event.target.closest('[data-line]');
    if (picked) document.dispatchEvent(new CustomEvent('hwr-annotate-pick', { detail: { line: Number(picked.dataset.line) } }));
  });
  document.addEventListener('hwr-annotate-line', (event) => { line = event.detail.line; mark(); });
  document.addEventListener('hwr-annotate-kept', (event) => { frame.querySelector(`[data-line="${event.detail.line}"]`)?.setAttribute('data-kept', 'true'); });
  watch('value', render);
  render();
})();
