// The one way to correct a line: its ink right above its text, what is risky marked, all by keys.
// root: holds correct/line.html. tab: what the keys mean there:
//   accept(), back(): Enter and Shift+Enter; last(): whether no line comes after this one;
//   typed(text): the text is another one; looked(): the box is gone into;
//   history(): promises [{at, who, text, how}]; undo(): takes back what was kept last, left out where that cannot be.
const createCorrector = (root, tab) => {
  const part = (name) => root.querySelector('.hwr-l-' + name);
  const box = root.querySelector('textarea');
  const picture = part('picture');
  const marks = createMarks();
  let image = root.querySelector('img');
  let line = null; // {key, picture, width, height, where, before, doubts} as `open` got it
  let first = ''; // what Esc goes back to
  let known = null; // what a model doubts in the text
  let asked = 0; // how often the history was asked for
  const waits = () => root.dataset.waiting === 'true'; // for the next line: what stands there is of the one before

  function button(key, act, name = '', title = '') {
    const node = make('button', name, say(key));
    node.type = 'button';
    if (title) node.title = title;
    node.addEventListener('click', act);
    return node;
  }

  // --- a line

  // key: tells lines apart. picture: an Image. where: says which line it is. before: another text that it had, or null.
  // doubts: as of `doubt`, where they are known. text: for the box; old: for Esc.
  function open(next, text, old) {
    const same = line && line.key === next.key;
    line = next;
    first = old;
    part('work').hidden = false;
    image.replaceWith(line.picture);
    image = line.picture;
    part('sheet').style.setProperty('--ratio', line.width / Math.max(1, line.height));
    if (!same) picture.scrollLeft = 0;
    known = line.doubts ?? (same ? known : null);
    part('history').hidden = true;
    if (box.value !== text) box.value = text;
    if (!same) box.setSelectionRange(0, 0); // from where Tab leads to the first risky character
    marks.set(text, known);
    relabel();
    behind();
  }

  function close() {
    line = null;
    part('work').hidden = true;
  }

  // What is said, in the page's language.
  function relabel() {
    if (!line) return;
    image.alt = say('correct.ink');
    box.setAttribute('aria-label', say('correct.box'));
    part('before').replaceChildren(...(line.before === null ? [] : [make('span', '', say('correct.before')), pieces(first, line.before)]));
    buttons();
    others();
    where();
    if (!part('keys').hidden) listKeys();
  }

  function where() {
    const risky = marks.all().length;
    const words = [line.where(), risky ? say(risky === 1 ? 'correct.risky.one' : 'correct.risky', { n: risky }) : ''];
    part('where').textContent = words.filter((one) => one).join(' · ');
  }

  // What a model doubts: {text, risky, spans}, with `alternatives` once they are known; null for nothing yet.
  function doubt(found) {
    known = found;
    if (!line) return;
    if (!known || known.text.normalize('NFC') === box.value.normalize('NFC')) marks.set(box.value, known);
    others();
    where();
    behind();
  }

  function behind() {
    part('behind').replaceChildren(...marks.pieces().map(([words, risky]) => (risky ? make('mark', '', words) : document.createTextNode(words))), document.createTextNode('\u200b'));
    box.style.height = 'auto';
    box.style.height = box.scrollHeight + 'px';
    bands();
  }

  function bands() {
    if (!line) return;
    const here = document.activeElement === box ? marks.at(box.selectionStart, box.selectionEnd) : null;
    part('bands').replaceChildren(...marks.all().map((mark) => {
      const band = make('button', mark === here ? 'hwr-on' : '');
      band.type = 'button';
      band.tabIndex = -1;
      band.title = box.value.slice(mark.start, mark.end);
      band.setAttribute('aria-label', band.title);
      band.style.left = (100 * mark.x0) / line.width + '%';
      band.style.width = (100 * Math.max(3, mark.x1 - mark.x0)) / line.width + '%';
      band.addEventListener('click', (event) => { event.stopPropagation(); lead(mark); });
      return band;
    }));
    if (document.activeElement === box) inSight(here);
  }

  function lead(mark) {
    box.focus({ preventScroll: true });
    box.setSelectionRange(mark.start, mark.end);
    bands();
  }

  // The ink under the caret, where the strip is wider than the screen.
  function inSight(mark) {
    const spans = known?.spans ?? [];
    if (picture.scrollWidth <= picture.clientWidth || !(mark || spans.length)) return;
    const place = Math.round(((spans.length - 1) * box.selectionStart) / Math.max(1, box.value.length));
    const [x0, x1] = mark ? [mark.x0, mark.x1] : spans[place];
    const at = (picture.scrollWidth * (x0 + x1)) / 2 / line.width;
    if (at < picture.scrollLeft + 40 || at > picture.scrollLeft + picture.clientWidth - 40) picture.scrollLeft = at - picture.clientWidth / 2;
  }

  // --- other texts

  function pieces(before, after) {
    const words = make('span', 'hwr-l-words');
    for (const piece of differencesOf(before, after)) words.append(piece.same ? document.createTextNode(piece.is) : piece.is ? make('ins', '', piece.is) : make('del', '', piece.was));
    return words;
  }

  function others() {
    const list = part('others');
    const texts = known?.alternatives ?? [];
    root.dataset.doubts = known?.alternatives ? 'known' : 'asked';
    list.replaceChildren(...texts.map((text, i) => {
      const item = make('li');
      const pick = button('correct.take', () => take(i));
      pick.replaceChildren(make('kbd', '', 'Alt+' + (i + 1)), pieces(known.text, text));
      item.append(pick);
      return item;
    }));
    const name = (one) => (one === 'default' ? say('correct.builtin') : one);
    if (texts.length) list.append(make('li', 'hwr-l-by', say(known.lm ? 'correct.others.lm' : 'correct.others.by', { model: name(known.model), lm: name(known.lm) })));
    list.hidden = !texts.length;
  }

  // Through the browser's own editing, so that its undo knows.
  function write(text) {
    box.focus({ preventScroll: true });
    if (box.value === text) return;
    box.select();
    if (!document.execCommand('insertText', false, text)) { box.value = text; typed(); }
  }

  function take(i) {
    const text = known?.alternatives?.[i];
    if (text !== undefined && !waits()) write(text);
  }

  function typed() {
    marks.edit(box.value);
    behind();
    where();
    tab.typed(box.value);
  }

  // Lines of which somebody else saved another text: {who, mine, text, settle(text)}.
  function outdated(found) {
    const list = part('outdated');
    list.hidden = !found.length;
    list.replaceChildren(...found.map((one) => {
      const item = make('li');
      item.append(make('p', '', say('correct.outdated', { who: one.who })), pieces(one.mine, one.text));
      item.append(button('correct.theirs', () => one.settle(one.text)), button('correct.mine', () => one.settle(one.mine)));
      return item;
    }));
  }

  function history() {
    const panel = part('history');
    panel.hidden = !panel.hidden;
    if (panel.hidden) return;
    const mine = ++asked;
    const { key } = line;
    panel.replaceChildren(make('p', '', say('correct.history.wait')));
    const show = (...nodes) => { if (mine === asked && line?.key === key) panel.replaceChildren(...nodes); };
    tab.history().then((found) => {
      const list = make('ol');
      found.forEach((one, i) => {
        const item = make('li');
        const when = new Date(one.at).toLocaleString(language(), { dateStyle: 'medium', timeStyle: 'short' });
        item.append(make('small', '', `${when} · ${one.who} · ${say('correct.how.' + one.how)}`), pieces((found[i - 1] ?? one).text, one.text), button('correct.restore', () => write(one.text)));
        list.prepend(item);
      });
      show(found.length ? list : make('p', '', say('correct.history.none')));
    }, (error) => show(make('p', '', error.message)));
  }

  // --- keys

  function zoom() {
    root.classList.toggle('hwr-l-large');
    bands();
  }

  const revert = () => { if (!waits()) write(first); };

  function listKeys() {
    const names = ['enter', 'shift', 'tab', 'alt', 'esc', ...(tab.undo ? ['undo'] : []), 'f2', 'help'];
    part('keys').replaceChildren(...names.flatMap((name) => [make('dt', '', say('correct.key.' + name)), make('dd', '', say('correct.key.' + name + '.does'))]));
  }

  function keys() {
    part('keys').hidden = !part('keys').hidden;
    listKeys();
  }

  function buttons() {
    part('buttons').replaceChildren(
      button(tab.last() ? 'correct.accept.last' : 'correct.accept', tab.accept, 'hwr-l-accept', 'Enter'),
      button('correct.back', tab.back, '', 'Shift+Enter'),
      button('correct.revert', revert, '', 'Esc'),
      ...(tab.undo ? [button('correct.undo', tab.undo, '', 'Ctrl+Z')] : []),
      button('correct.zoom', zoom, '', 'F2'),
      button('correct.history', history),
      button('correct.keys', keys, '', '?'),
    );
  }

  const composing = (event) => event.isComposing || event.keyCode === 229;
  const undoes = (event) => tab.undo && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === 'z';
  box.addEventListener('keydown', (event) => {
    if (composing(event)) return; // the keys of an input method are its own
    const digit = event.altKey && !event.ctrlKey && !event.metaKey && /^(?:Digit|Numpad)([1-5])$/.exec(event.code);
    let act = null;
    if (event.key === 'Enter') act = event.shiftKey ? tab.back : tab.accept;
    else if (event.key === 'Escape') act = revert;
    else if (event.key === 'F2') act = zoom;
    else if (undoes(event) && box.value === first) act = tab.undo; // else the browser takes back what was typed here
    else if (digit) act = () => take(Number(digit[1]) - 1);
    else if (event.key === 'Tab' && !event.shiftKey) {
      const mark = marks.after(box.selectionStart === box.selectionEnd ? box.selectionStart : box.selectionEnd);
      if (mark) act = () => lead(mark);
    }
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });
  box.addEventListener('beforeinput', (event) => { if (waits()) event.preventDefault(); });
  box.addEventListener('input', () => { if (line) typed(); });
  for (const name of ['keyup', 'pointerup', 'focus', 'blur']) box.addEventListener(name, bands);
  // While a line is corrected its ink is in sight: a browser shows the box alone.
  box.addEventListener('focus', () => { tab.looked?.(); requestAnimationFrame(() => picture.scrollIntoView({ block: 'nearest' })); });
  document.addEventListener('keydown', (event) => {
    const writing = event.target.closest?.('input, textarea, select, [contenteditable]');
    const act = event.key === '?' ? keys : undoes(event) ? tab.undo : null;
    if (!act || event.defaultPrevented || writing || composing(event) || !root.offsetParent) return;
    event.preventDefault();
    act();
  });
  part('bands').addEventListener('mousedown', (event) => event.preventDefault()); // the box keeps the focus; to lose it draws the marks anew
  picture.addEventListener('click', () => box.focus({ preventScroll: true }));
  window.addEventListener('resize', behind);

  return {
    box, button, open, close, relabel, doubt, write, outdated,
    // Whether the text is on the disk: a state for the style, and words.
    status: (state, words) => { root.dataset.saved = state; part('saved').textContent = words; },
    beside: (words) => { part('beside').textContent = words; },
    // Whether the line that is wanted is still on its way.
    waiting: (on) => { root.dataset.waiting = String(on); },
    focus: () => { box.focus({ preventScroll: true }); box.setSelectionRange(0, 0); bands(); },
    decoded: () => image.decode(),
  };
};
