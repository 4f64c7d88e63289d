// Says whether the text in the box is kept. props.value: { reading, kept, version, count, unknown, draft }.
(() => {
  const root = element.querySelector('.hwr-k');
  const write = (name, words) => { root.querySelector(name).textContent = words; };
  let typed = false;
  let onward = ''; // 'keep': go on to the next line once this one is kept; 'next': its box is to be typed in

  function draw() {
    const view = props.value;
    if (!view) return;
    const state =
      view.reading === null ? 'nothing' : view.kept === null ? 'new' : typed ? 'changed' : view.kept === '' ? 'out' : 'kept';
    root.dataset.state = state;
    write('.hwr-k-state', say('keep.state.' + state, { version: view.version }));
    write('.hwr-k-count', say(view.count === 1 ? 'keep.count.one' : 'keep.count', { n: view.count }));
    write('.hwr-k-note', view.unknown && state === 'kept' ? say('keep.unknown', { characters: [...view.unknown].join(' ') }) : '');
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
    onward = event.ctrlKey || event.metaKey ? 'keep' : '';
    document.getElementById('hwr-keep-button')?.click();
  }, true);
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
