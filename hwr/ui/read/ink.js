// The ink of the line above the box that corrects it; words to check are marked, and lead the caret. props.value: `ink_view` of hwr.ui.read.keep.
(() => {
  const root = element.querySelector('.hwr-ink');
  const part = (name) => root.querySelector('.hwr-ink-' + name);
  const picture = part('picture');
  const image = root.querySelector('img');
  const panel = document.getElementById('hwr-keep') ?? document;
  const box = () => document.querySelector('#hwr-keep-text textarea');
  const marks = createMarks();
  let view = null;

  function render(again) {
    const same = view && props.value && view.image === props.value.image;
    view = props.value?.image ? props.value : null;
    root.dataset.state = view ? 'filled' : 'empty';
    if (!view) return;
    image.src = view.image;
    image.alt = say('keep.ink');
    root.dataset.lesson = String(view.lesson);
    part('sheet').style.setProperty('--ratio', view.width / Math.max(1, view.height));
    if (!same) picture.scrollLeft = 0;
    if (again) draw();
    else settle();
  }

  // The box gets its text a moment after the ink; marks are of what was read, and a text that a person wrote has none.
  function settle() {
    marks.set(box()?.value ?? '', { text: view.text, risky: view.doubtful, spans: view.spans });
    draw();
  }

  function draw() {
    if (!view) return;
    const field = box();
    const here = field && document.activeElement === field ? marks.at(field.selectionStart, field.selectionEnd) : null;
    const all = marks.all();
    part('bands').replaceChildren(...all.map((mark) => {
      const band = make('button', mark === here ? 'hwr-on' : '');
      band.type = 'button';
      band.tabIndex = -1;
      band.title = field.value.slice(mark.start, mark.end);
      band.setAttribute('aria-label', band.title);
      band.style.left = (100 * mark.x0) / view.width + '%';
      band.style.width = (100 * Math.max(3, mark.x1 - mark.x0)) / view.width + '%';
      band.addEventListener('click', (event) => { event.stopPropagation(); lead(mark); });
      return band;
    }));
    part('hint').textContent = all.length ? say(all.length === 1 ? 'keep.doubts.one' : 'keep.doubts', { n: all.length }) : '';
  }

  function lead(mark) {
    const field = box();
    field.focus({ preventScroll: true });
    field.setSelectionRange(mark.start, mark.end);
    caret();
  }

  // The ink under the caret stays in sight where the strip is wider than the screen.
  function caret() {
    draw();
    const field = box();
    if (!view || !field || picture.scrollWidth <= picture.clientWidth) return;
    const mark = marks.at(field.selectionStart, field.selectionEnd);
    const place = Math.round((view.spans.length - 1) * field.selectionStart / Math.max(1, field.value.length));
    const [x0, x1] = mark ? [mark.x0, mark.x1] : view.spans[place] ?? [0, 0];
    const at = (picture.scrollWidth * (x0 + x1)) / 2 / view.width;
    if (at < picture.scrollLeft + 40 || at > picture.scrollLeft + picture.clientWidth - 40) picture.scrollLeft = at - picture.clientWidth / 2;
  }

  new ResizeObserver(() => part('sheet').style.setProperty('--room', root.clientWidth - 2 + 'px')).observe(root);
  const ours = (event) => event.target.closest?.('#hwr-keep-text');
  panel.addEventListener('input', (event) => {
    if (!ours(event) || !view) return;
    marks.edit(event.target.value);
    caret();
  });
  panel.addEventListener('keydown', (event) => {
    if (event.key !== 'Tab' || event.shiftKey || event.isComposing || !ours(event)) return;
    const field = event.target;
    const mark = marks.after(field.selectionStart === field.selectionEnd ? field.selectionStart : field.selectionEnd);
    if (!mark) return;
    event.preventDefault();
    lead(mark);
  });
  for (const name of ['keyup', 'pointerup', 'focusin', 'focusout']) panel.addEventListener(name, (event) => ours(event) && caret());
  // While a line is corrected its ink is in sight: a browser shows the box alone.
  panel.addEventListener('focusin', (event) => ours(event) && requestAnimationFrame(() => root.scrollIntoView({ block: 'nearest' })));
  picture.addEventListener('click', () => box()?.focus({ preventScroll: true }));
  document.addEventListener('hwr-box', () => {
    if (!view) return;
    settle();
    box()?.setSelectionRange(0, 0); // from where Tab leads to the first word to check
  });
  watch('value', render);
  render();
})();
