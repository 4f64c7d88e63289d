// The opened page: its title and what may be done with it.
(() => {
  const root = element.querySelector('.hwr-opened');
  let view = null;

  function render() {
    view = props.value && props.value.title !== undefined ? props.value : null;
    root.dataset.state = view ? 'filled' : 'empty';
    if (!view) return;
    root.querySelector('b').textContent = view.title;
    tools();
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
    const writer = make('input', 'hwr-o-writer');
    const names = make('datalist');
    names.id = 'hwr-o-writers';
    names.append(...view.writers.map((name) => { const option = make('option'); option.value = name; return option; }));
    Object.assign(writer, { type: 'text', value: view.writer, placeholder: say('annotate.writer'), title: say('annotate.writer.title') });
    writer.setAttribute('aria-label', say('annotate.writer'));
    writer.setAttribute('list', names.id);
    writer.addEventListener('change', () => act('writer', { name: writer.value }));
    move.addEventListener('change', () => act('move', { collection: Number(move.value) }));
    root.querySelector('.hwr-o-tools').replaceChildren(
      button('annotate.rename', () => hwrAnnotate.name('annotate.rename.page', view.title, (name) => act('rename', { name }))),
      writer,
      names,
      move,
      button('annotate.delete', () => act('delete', { name: view.title })),
      button('annotate.close', () => act('close')),
    );
  }

  watch('value', render);
  render();
})();
