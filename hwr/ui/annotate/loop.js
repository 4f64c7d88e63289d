// One line after another: its picture right above its text, all by keys. Lines and doubts are fetched ahead; texts are kept meanwhile.
(() => {
  const root = element.querySelector('.hwr-loop');
  const part = (name) => root.querySelector('.hwr-l-' + name);
  const box = root.querySelector('textarea');
  let image = root.querySelector('img');
  const AHEAD = 6; // lines that are fetched before they are wanted
  const DOUBTS_AHEAD = 3;
  const PAUSE = 1200; // milliseconds without a key, after which the text is saved
  const IDLE = 60; // seconds; longer breaks do not count as work
  let view = null;
  let at = 0; // place in view.order
  let first = ''; // what the box said when the line was opened
  let shownAt = 0;
  let timer = 0;
  let visits = 0; // how often a line was opened
  let undoing = false;
  let model = 0; // how often another one was chosen
  const cards = new Map();
  const doubts = new Map(); // line -> what is known, or null while it is asked for
  const accepted = new Map(); // line -> its text, until the frame of the next line is drawn
  const taken = new Map(); // line -> its text that was accepted, until that is saved
  const done = { lines: 0, characters: 0, seconds: 0 };
  const marks = createMarks();
  const saver = createSaver((id) => {
    const card = cards.get(id);
    const line = saver.of(id);
    if (card && line.state === 'saved') { card.revision = line.revision; card.text = line.saved; taken.delete(id); }
    if (id === current()) status();
    outdated();
    progress();
  });
  // A question to Python holds the browser up for longer than a line takes to be drawn: it is asked once that stands there.
  const afterFrame = (work) => requestAnimationFrame(() => setTimeout(work));
  const current = () => (view ? view.order[at] : undefined);

  function button(key, act, name = '', title = '') {
    const node = make('button', name, say(key));
    node.type = 'button';
    if (title) node.title = title;
    node.addEventListener('click', act);
    return node;
  }

  // --- the queue

  function render(again) {
    if (again) { relabel(); return; }
    leave();
    const before = view;
    view = props.value && props.value.order ? props.value : null;
    root.dataset.state = view ? 'filled' : 'empty';
    if (!view) return;
    if (!before || before.collection !== view.collection || before.page !== view.page) { done.lines = done.characters = done.seconds = 0; }
    if (before && before.collection !== view.collection) saver.forget();
    cards.clear();
    for (const card of view.cards) take(card);
    head();
    buttons();
    const start = view.start === null ? 0 : view.order.indexOf(view.start);
    show(Math.max(0, start), view.focus);
  }

  // The page's language is another one; the line and what is typed of it stay.
  function relabel() {
    if (!view) return;
    head();
    buttons();
    progress();
    status();
    outdated();
    box.setAttribute('aria-label', say('annotate.box'));
    const card = cards.get(current());
    if (card) where(card);
    if (!part('keys').hidden) { keys(); keys(); }
  }

  function take(card) {
    cards.set(card.id, card);
    const line = saver.know(card);
    card.text = line.saved;
    card.revision = line.revision;
  }

  function head() {
    const chosen = (node, on) => { node.setAttribute('aria-pressed', String(on)); return node; };
    part('orders').replaceChildren(
      chosen(button('annotate.order.sure', () => order({ page: null })), view.page === null),
      ...(view.opened === null ? [] : [chosen(button('annotate.order.page', () => order({ page: view.opened })), view.page !== null)]),
    );
    part('filters').replaceChildren(...['new', 'doubtful', 'accepted', 'all', ...(view.changed || view.show === 'changed' ? ['changed'] : [])].map((name) => chosen(button('annotate.show.' + name, () => order({ show: name })), view.show === name)));
    const [words, slider, output] = part('threshold').children;
    part('threshold').hidden = view.show !== 'doubtful';
    words.textContent = say('annotate.threshold');
    slider.value = Math.round(100 * view.threshold);
    output.textContent = slider.value + ' %';
  }

  function order(changes) {
    leave();
    const { page, show: filter, threshold } = { page: view.page, show: view.show, threshold: view.threshold, ...changes };
    trigger('select', { action: 'order', page, show: filter, threshold });
  }

  function fetchAhead() {
    const missing = view.order.slice(at, at + 2 * AHEAD).filter((id) => !cards.has(id));
    if (missing.length < AHEAD && cards.has(view.order[at]) && at + 2 * AHEAD < view.order.length) missing.length = 0; // several at once
    const back = view.order[at - 1];
    if (back !== undefined && !cards.has(back)) missing.push(back);
    if (!missing.length) return;
    const asked = view;
    missing.forEach((id) => cards.set(id, null));
    askPython('texts', { what: 'cards', lines: missing }).then((found) => {
      if (view !== asked) return;
      const here = current();
      const waited = cards.get(here) === null;
      for (const card of found) take(card);
      for (const id of missing) {
        if (cards.get(id) === null) { cards.delete(id); view.order = view.order.filter((one) => one !== id); } // deleted in the meantime
      }
      if (waited) show(Math.min(at, view.order.length), true);
    }, () => missing.forEach((id) => { if (cards.get(id) === null) cards.delete(id); }));
  }

  function fetchDoubts() {
    for (const id of view.order.slice(at, at + DOUBTS_AHEAD + 1)) {
      const card = cards.get(id);
      if (!card || doubts.has(id)) continue;
      doubts.set(id, null);
      const asked = model;
      askPython('doubts', { what: 'doubts', line: id, text: card.text }).then((found) => {
        if (asked !== model) return; // of the model that was chosen before
        doubts.set(id, found);
        if (id === current()) doubtful();
      }, () => { if (asked === model) doubts.delete(id); });
    }
  }

  // --- a line

  function show(place, focus) {
    leave();
    at = place;
    const id = current();
    part('history').hidden = true;
    const nothing = part('nothing');
    nothing.hidden = id !== undefined;
    part('work').hidden = id === undefined;
    progress();
    if (id === undefined) {
      nothing.replaceChildren(make('b', '', say(view.order.length ? 'annotate.end' : view.lines ? 'annotate.none' : 'annotate.nolines')));
      if (view.order.length) nothing.append(button('annotate.back', back));
      else if (view.show !== 'all' && view.lines) nothing.append(button('annotate.show.all', () => order({ show: 'all' })));
      return;
    }
    const card = cards.get(id);
    root.dataset.waiting = String(!card);
    if (!card) { fetchAhead(); return; }
    const draft = saver.draft(id);
    const text = draft && draft.text !== card.text ? draft.text : card.text;
    first = taken.get(id) ?? card.text;
    saver.of(id).visit = ++visits;
    where(card);
    image.replaceWith(picture(card));
    image = card.picture;
    part('sheet').style.setProperty('--ratio', card.width / Math.max(1, card.height));
    part('picture').scrollLeft = 0;
    box.value = text;
    box.setAttribute('aria-label', say('annotate.box'));
    shownAt = performance.now();
    doubtful();
    if (text !== card.text) typed();
    status();
    if (focus) { box.focus({ preventScroll: true }); box.setSelectionRange(0, 0); }
    afterFrame(() => {
      if (id !== current()) return;
      fetchAhead();
      document.dispatchEvent(new CustomEvent('hwr-annotate-line', { detail: { line: id, page: card.page } }));
      for (const ahead of view.order.slice(at + 1, at + 3)) { if (cards.get(ahead)) picture(cards.get(ahead)).decode().catch(() => {}); }
      fetchDoubts();
    });
  }

  function where(card) {
    part('where').textContent = say('annotate.where', { page: card.title, n: card.position + 1 }) + (card.confidence === null ? '' : ' · ' + say('annotate.sure', { p: Math.round(100 * card.confidence) }));
    part('before').replaceChildren(...(card.before === null ? [] : [make('span', '', say('annotate.before')), pieces(card.text, card.before)]));
  }

  // The picture of a card as a node that is decoded before it is shown.
  function picture(card) {
    if (!card.picture) {
      card.picture = new Image();
      card.picture.alt = '';
      card.picture.src = card.image;
    }
    return card.picture;
  }

  function doubtful() {
    const known = doubts.get(current());
    root.dataset.doubts = known ? 'known' : 'asked';
    marks.set(box.value, known);
    others(known);
    behind();
  }

  function behind() {
    part('behind').replaceChildren(...marks.pieces().map(([words, risky]) => (risky ? make('mark', '', words) : document.createTextNode(words))), document.createTextNode('\u200b'));
    box.style.height = 'auto';
    box.style.height = box.scrollHeight + 'px';
    bands();
  }

  function bands() {
    const card = cards.get(current());
    if (!card) return;
    const here = document.activeElement === box ? marks.at(box.selectionStart, box.selectionEnd) : null;
    part('bands').replaceChildren(...marks.all().map((mark) => {
      const band = make('i', mark === here ? 'hwr-on' : '');
      band.style.left = (100 * mark.x0) / card.width + '%';
      band.style.width = (100 * Math.max(3, mark.x1 - mark.x0)) / card.width + '%';
      return band;
    }));
    const picture = part('picture');
    if (here && picture.scrollWidth > picture.clientWidth) picture.scrollLeft = (picture.scrollWidth * (here.x0 + here.x1)) / 2 / card.width - picture.clientWidth / 2;
  }

  function others(known) {
    const list = part('others');
    const texts = known ? known.alternatives : [];
    list.replaceChildren(...texts.map((text, i) => {
      const item = make('li');
      const pick = button('annotate.take', () => take_other(i));
      pick.replaceChildren(make('kbd', '', 'Alt+' + (i + 1)), pieces(known.text, text));
      item.append(pick);
      return item;
    }));
    if (texts.length) list.append(make('li', 'hwr-l-by', say(known.lm ? 'annotate.others.lm' : 'annotate.others.by', known)));
    list.hidden = !texts.length;
  }

  function pieces(before, after) {
    const words = make('span', 'hwr-l-words');
    for (const piece of differencesOf(before, after)) words.append(piece.same ? document.createTextNode(piece.is) : piece.is ? make('ins', '', piece.is) : make('del', '', piece.was));
    return words;
  }

  // Through the browser's own editing, so that its undo knows.
  function write(text) {
    box.focus({ preventScroll: true });
    if (box.value === text) return;
    box.select();
    if (!document.execCommand('insertText', false, text)) { box.value = text; typed(); }
  }

  function take_other(i) {
    const known = doubts.get(current());
    if (known && i < known.alternatives.length) write(known.alternatives[i]);
  }

  // --- saving

  function typed() {
    marks.edit(box.value);
    behind();
    saver.note(current(), box.value);
    clearTimeout(timer);
    timer = setTimeout(() => saver.save(current(), box.value), PAUSE);
  }

  // Whatever was typed is saved before the box shows something else.
  function leave() {
    clearTimeout(timer);
    const id = current();
    if (id !== undefined && !accepted.has(id) && cards.get(id) && saver.of(id)?.state === 'changed') saver.save(id, box.value);
  }

  function status() {
    const line = saver.of(current());
    if (!line) return;
    const state = line.state === 'saved' ? (line.revision === null ? 'new' : 'saved') : line.state;
    root.dataset.saved = state;
    part('saved').textContent = say('annotate.saved.' + state, { reason: line.problem ?? '' });
  }

  function outdated() {
    const list = part('outdated');
    const found = saver.outdated();
    list.hidden = !found.length;
    list.replaceChildren(...found.map(([id, line]) => {
      const item = make('li');
      const settle = (text) => {
        line.theirs = null;
        if (id === current()) write(text);
        saver.save(id, text);
        outdated();
      };
      item.append(make('p', '', say('annotate.outdated', { who: line.theirs.who })), pieces(line.theirs.mine, line.theirs.text));
      item.append(button('annotate.theirs', () => settle(line.theirs.text)), button('annotate.mine', () => settle(line.theirs.mine)));
      return item;
    }));
  }

  function progress() {
    if (!view) return;
    const left = Math.max(0, view.lines - view.corrected);
    const words = [say('annotate.progress', { n: view.corrected, all: view.lines })];
    if (view.order.length && at < view.order.length) words.push(say('annotate.place', { n: at + 1, all: view.order.length }));
    part('progress').textContent = words.join(' · ');
    part('progress').style.setProperty('--done', (view.lines ? (100 * view.corrected) / view.lines : 0) + '%');
    const seconds = done.lines ? done.seconds / done.lines : 0;
    part('speed').textContent = done.lines
      ? say('annotate.speed', { n: Math.round((60 * done.characters) / Math.max(1, done.seconds)), minutes: Math.max(left ? 1 : 0, Math.round((left * seconds) / 60)) })
      : '';
  }

  // --- keys

  function accept() {
    const id = current();
    if (id === undefined || !cards.get(id)) return;
    clearTimeout(timer);
    const pressed = performance.now();
    done.lines += 1;
    done.characters += [...box.value].length;
    done.seconds += Math.min(IDLE, (pressed - shownAt) / 1000);
    const text = box.value;
    accepted.set(id, text);
    taken.set(id, text);
    afterFrame(keepAccepted);
    show(at + 1, true);
    image.decode().catch(() => {}).then(() => requestAnimationFrame(() => performance.measure('hwr-next-line', { start: pressed })));
  }

  function keepAccepted() {
    for (const [id, text] of accepted) saver.save(id, text, true);
    accepted.clear();
  }

  function back() {
    if (at > 0) show(at - 1, true);
  }

  // The last text that was kept, whichever line it is of; that line is shown, and said. What is being saved is awaited.
  async function undo() {
    if (undoing) return;
    undoing = true;
    leave();
    keepAccepted();
    try {
      while (saver.busy()) await new Promise((next) => setTimeout(next, 50));
      const id = await saver.undo();
      if (id !== null) await reopened(id);
      const card = id === null ? null : cards.get(id);
      part('saved').textContent = card ? say('annotate.undone', { page: card.title, n: card.position + 1, text: card.text }) : say('annotate.undone.none');
    } catch (error) {
      part('saved').textContent = error.message;
    }
    undoing = false;
  }

  async function reopened(id) {
    if (!cards.get(id)) (await askPython('texts', { what: 'cards', lines: [id] })).forEach(take);
    if (!cards.get(id)) return; // deleted in the meantime
    if (!view.order.includes(id)) view.order.splice(Math.min(at, view.order.length), 0, id);
    show(view.order.indexOf(id), true);
  }

  function zoom() {
    root.classList.toggle('hwr-l-large');
    bands();
  }

  function keys() {
    const list = part('keys');
    list.hidden = !list.hidden;
    const known = ['enter', 'shift', 'tab', 'alt', 'esc', 'undo', 'f2', 'help'];
    list.replaceChildren(...known.flatMap((name) => [make('dt', '', say('annotate.key.' + name)), make('dd', '', say('annotate.key.' + name + '.does'))]));
  }

  function buttons() {
    part('buttons').replaceChildren(
      button('annotate.accept', accept, 'hwr-l-accept', 'Enter'),
      button('annotate.back', back, '', 'Shift+Enter'),
      button('annotate.revert', () => write(first), '', 'Esc'),
      button('annotate.undo', undo, '', 'Ctrl+Z'),
      button('annotate.zoom', zoom, '', 'F2'),
      button('annotate.history', history),
      button('annotate.keys', keys, '', '?'),
    );
  }

  function history() {
    const panel = part('history');
    panel.hidden = !panel.hidden;
    if (panel.hidden) return;
    const id = current();
    panel.replaceChildren(make('p', '', say('annotate.history.wait')));
    askPython('texts', { what: 'history', line: id }).then((found) => {
      if (id !== current()) return;
      const list = make('ol');
      let before = null;
      for (const one of found) {
        const item = make('li');
        const when = new Date(one.at).toLocaleString(language(), { dateStyle: 'medium', timeStyle: 'short' });
        item.append(make('small', '', `${when} · ${one.who} · ${say('annotate.how.' + one.how)}`), pieces(before ?? one.text, one.text), button('annotate.restore', () => write(one.text)));
        before = one.text;
        list.prepend(item);
      }
      panel.replaceChildren(found.length ? list : make('p', '', say('annotate.history.none')));
    }, (error) => panel.replaceChildren(make('p', '', error.message)));
  }

  const composing = (event) => event.isComposing || event.keyCode === 229;
  const undoes = (event) => (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === 'z';
  box.addEventListener('keydown', (event) => {
    if (composing(event)) return; // the keys of an input method are its own
    const digit = event.altKey && !event.ctrlKey && !event.metaKey && /^(?:Digit|Numpad)([1-5])$/.exec(event.code);
    let act = null;
    if (event.key === 'Enter' && event.shiftKey) act = back;
    else if (event.key === 'Enter') act = accept;
    else if (event.key === 'Escape') act = () => write(first);
    else if (event.key === 'F2') act = zoom;
    else if (undoes(event) && box.value === first) act = undo; // else the browser takes back what was typed here
    else if (digit) act = () => take_other(Number(digit[1]) - 1);
    else if (event.key === 'Tab' && !event.shiftKey) {
      const mark = marks.after(box.selectionStart === box.selectionEnd ? box.selectionStart : box.selectionEnd);
      if (mark) act = () => { box.setSelectionRange(mark.start, mark.end); bands(); };
    }
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });
  box.addEventListener('input', () => { if (current() !== undefined) typed(); });
  for (const name of ['keyup', 'pointerup', 'focus', 'blur']) box.addEventListener(name, bands);
  document.addEventListener('keydown', (event) => {
    const writing = event.target.closest?.('input, textarea, select, [contenteditable]');
    const act = event.key === '?' ? keys : undoes(event) ? undo : null;
    if (!act || event.defaultPrevented || writing || composing(event) || !view || !root.offsetParent) return;
    event.preventDefault();
    act();
  });
  const [, slider, output] = part('threshold').children;
  slider.addEventListener('input', () => { output.textContent = slider.value + ' %'; });
  slider.addEventListener('change', () => order({ threshold: slider.value / 100 }));
  part('picture').addEventListener('click', () => box.focus());
  document.addEventListener('hwr-annotate-pick', (event) => {
    const place = view ? view.order.indexOf(event.detail.line) : -1;
    if (place >= 0) show(place, true);
    else if (view) trigger('select', { action: 'order', page: view.opened, show: 'all', threshold: view.threshold, line: event.detail.line });
  });
  document.addEventListener('hwr-annotate-model', () => {
    model += 1;
    doubts.clear();
    if (cards.get(current())) fetchDoubts();
  });
  document.addEventListener('hwr-annotate-kept', (event) => {
    if (view && (view.page === null || view.page === event.detail.page)) view.corrected += event.detail.by;
  });
  window.addEventListener('pagehide', () => { leave(); keepAccepted(); });
  window.addEventListener('resize', behind);
  watch('value', render);
  render();
})();
