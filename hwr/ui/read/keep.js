// Says whether the text in the box is kept, remembers what was typed and not kept, and goes on to the next line.
// props.value: `KeepState.to_dict()` of hwr.ui.read.keep.
(() => {
  const PATIENCE = 40; // frames that the box may take to get its text
  const root = element.querySelector('.hwr-kept');
  const button = root.querySelector('.hwr-kept-next');
  const write = (name, words) => { root.querySelector(name).textContent = words; };
  const box = () => document.querySelector('#hwr-keep-text textarea');
  let typed = false; // the box has another text than what is kept, or was read
  let onward = ''; // 'keep': go on to the next line once this one is kept; 'next': its box is to be typed in
  let settling = 0;

  // What the box says when nobody has typed.
  const base = () => props.value.kept || props.value.reading || '';

  function draw() {
    const view = props.value;
    if (!view) return;
    const kept = view.kept === null ? 'new' : view.kept === '' ? 'out' : view.counts ? 'kept' : 'aside';
    const state = view.reading === null ? 'nothing' : typed ? (view.kept === null ? 'draft' : 'changed') : kept;
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

  // Gradio hands the box its text a moment after this.
  function settled(then) {
    const mine = ++settling;
    let left = PATIENCE;
    const look = () => {
      if (mine !== settling) return;
      if (box()?.value === base() || !left--) then();
      else requestAnimationFrame(look);
    };
    look();
  }

  function show(again) {
    const view = props.value;
    if (!view || again) { draw(); return; }
    if (view.kept !== null && drafts.get(view.key) === view.kept) drafts.drop(view.key);
    typed = false;
    draw();
    if (onward === 'next') box()?.focus();
    const next = onward === 'keep' && document.querySelectorAll('#hwr-page .hwr-p-text')[view.line + 1];
    onward = next ? 'next' : '';
    if (next) next.click();
    settled(() => {
      const draft = drafts.get(view.key);
      if (draft !== null && draft !== base()) typeInto(box(), draft);
      document.dispatchEvent(new Event('hwr-box'));
    });
  }

  const panel = document.getElementById('hwr-keep') ?? document;
  panel.addEventListener('input', (event) => {
    if (!event.target.closest('#hwr-keep-text') || !props.value) return;
    typed = event.target.value !== base();
    drafts.put(props.value.key, typed ? event.target.value : null);
    draw();
  });
  // Capturing: Gradio's box takes Enter for itself. The Enter that ends an input method's composition is not meant.
  panel.addEventListener('keydown', (event) => {
    const inside = event.target.closest('#hwr-keep-text, #hwr-keep-writer');
    if (event.isComposing || event.shiftKey || !inside || !['Enter', 'Escape'].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === 'Enter') keep(event.ctrlKey || event.metaKey ? 'keep' : '');
    else if (inside.id === 'hwr-keep-text') typeInto(event.target, base());
  }, true);
  button.addEventListener('click', () => keep('keep'));
  // A text from another tab, for the line that is shown.
  document.addEventListener('hwr-draft', (event) => { if (props.value?.key === event.detail.key) typeInto(box(), event.detail.text); });
  watch('value', show);
  show();
})();
