// Says whether the text in the box is kept, and goes on to the next line. props.value: `KeepState.to_dict()` of hwr.ui.read.keep.
(() => {
  const root = element.querySelector('.hwr-kept');
  const button = root.querySelector('.hwr-kept-next');
  const write = (name, words) => { root.querySelector(name).textContent = words; };
  let typed = false;
  let onward = ''; // 'keep': go on to the next line once this one is kept; 'next': its box is to be typed in

  function draw() {
    const view = props.value;
    if (!view) return;
    const state =
      view.reading === null ? 'nothing' : view.kept === null ? 'new' : typed ? 'changed' : view.kept === '' ? 'out' : 'kept';
    root.dataset.state = state;
    write('.hwr-kept-state', say('keep.state.' + state, { version: view.version }));
    write('.hwr-kept-count', say(view.count === 1 ? 'keep.count.one' : 'keep.count', { n: view.count }));
    write('.hwr-kept-note', view.unknown && state === 'kept' ? say('keep.unknown', { characters: [...view.unknown].join(' ') }) : '');
    write('.hwr-kept-next', say('keep.next'));
    button.hidden = view.line + 1 >= view.lines;
  }

  function keep(then) {
    onward = then;
    document.getElementById('hwr-keep-button')?.click();
  }

  const panel = document.getElementById('hwr-keep') ?? document;
  panel.addEventListener('input', (event) => {
    if (!event.target.closest('#hwr-keep-text')) return;
    typed = event.target.value !== (props.value?.kept ?? null);
    draw();
  });
  // Capturing: Gradio's box takes Enter for itself. The Enter that ends an input method's composition is not meant.
  panel.addEventListener('keydown', (event) => {
    const inside = event.target.closest('#hwr-keep-text, #hwr-keep-writer');
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || !inside) return;
    event.preventDefault();
    event.stopPropagation();
    keep(event.ctrlKey || event.metaKey ? 'keep' : '');
  }, true);
  button.addEventListener('click', () => keep('keep'));
  watch('value', () => {
    typed = props.value?.draft ?? false;
    draw();
    if (onward === 'next') document.querySelector('#hwr-keep-text textarea')?.focus();
    const next = onward === 'keep' && document.querySelectorAll('#hwr-page .hwr-p-text')[props.value.line + 1];
    onward = next ? 'next' : '';
    if (next) next.click();
  });
  draw();
})();
