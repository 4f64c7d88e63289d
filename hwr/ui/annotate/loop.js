// The queue: one line after another. Lines and doubts are fetched ahead; texts are kept meanwhile.
(() => {
  const root = element.querySelector('.hwr-loop');
  const part = (name) => root.querySelector('.hwr-l-' + name);
  const AHEAD = 6; // lines that are fetched before they are wanted
  const DOUBTS_AHEAD = 3;
  const PAUSE = 1200; // milliseconds without a key, after which the text is saved
  const IDLE = 60; // seconds; longer breaks do not count as work
  let view = null;
  let at = 0; // place in view.order
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
  const corrector = createCorrector(root.querySelector('.hwr-correct'), { accept, back, undo, last: () => false, typed, history: () => askPython('texts', { what: 'history', line: current() }) });
  const { box, button } = corrector;
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

  // --- the queue

  function render(again) {
    if (again) { relabel(); return; }
    leave();
    const before = view;
    view = props.value && props.value.order ? copied(props.value) : null;
    root.dataset.state = view ? 'filled' : 'empty';
    if (!view) return;
    if (!before || before.collection !== view.collection || before.page !== view.page) { done.lines = done.characters = done.seconds = 0; }
    if (before && before.collection !== view.collection) saver.forget();
    cards.clear();
    for (const card of view.cards) take(card);
    head();
    const start = view.start === null ? 0 : view.order.indexOf(view.start);
    show(Math.max(0, start), view.focus);
  }

  // The page's language is another one; the line and what is typed of it stay.
  function relabel() {
    if (!view) return;
    head();
    progress();
    status();
    outdated();
    corrector.relabel();
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
        if (id === current()) corrector.doubt(found);
      }, () => { if (asked === model) doubts.delete(id); });
    }
  }

  // --- a line

  function show(place, focus) {
    leave();
    at = place;
    const id = current();
    const nothing = part('nothing');
    nothing.hidden = id !== undefined;
    progress();
    if (id === undefined) {
      corrector.close();
      nothing.replaceChildren(make('b', '', say(view.order.length ? 'annotate.end' : view.lines ? 'annotate.none' : 'annotate.nolines')));
      if (view.order.length) nothing.append(button('correct.back', back));
      else if (view.show !== 'all' && view.lines) nothing.append(button('annotate.show.all', () => order({ show: 'all' })));
      return;
    }
    const card = cards.get(id);
    corrector.waiting(!card);
    if (!card) { fetchAhead(); return; }
    const draft = saver.draft(id);
    const text = draft && draft.text !== card.text ? draft.text : card.text;
    saver.of(id).visit = ++visits;
    corrector.open({ key: id, picture: picture(card), width: card.width, height: card.height, where: () => where(card), before: card.before, doubts: doubts.get(id) }, text, taken.get(id) ?? card.text);
    shownAt = performance.now();
    if (text !== card.text) typed(text);
    status();
    if (focus) corrector.focus();
    afterFrame(() => {
      if (id !== current()) return;
      fetchAhead();
      document.dispatchEvent(new CustomEvent('hwr-annotate-line', { detail: { line: id, page: card.page } }));
      for (const ahead of view.order.slice(at + 1, at + 3)) { if (cards.get(ahead)) picture(cards.get(ahead)).decode().catch(() => {}); }
      fetchDoubts();
    });
  }

  const where = (card) =>
    say('annotate.where', { page: card.title, n: card.position + 1 }) + (card.confidence === null ? '' : ' · ' + say('annotate.sure', { p: Math.round(100 * card.confidence) }));

  // The picture of a card as a node that is decoded before it is shown.
  function picture(card) {
    if (!card.picture) {
      card.picture = new Image();
      card.picture.alt = '';
      card.picture.src = card.image;
    }
    return card.picture;
  }

  // --- saving

  function typed(text) {
    saver.note(current(), text);
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
    corrector.status(state, say('correct.saved.' + state, { reason: line.problem ?? '' }));
  }

  function outdated() {
    corrector.outdated(saver.outdated().map(([id, line]) => ({
      ...line.theirs,
      settle: (text) => {
        line.theirs = null;
        if (id === current()) corrector.write(text);
        saver.save(id, text);
        outdated();
      },
    })));
  }

  function progress() {
    if (!view) return;
    const left = Math.max(0, view.lines - view.corrected);
    const words = [say('annotate.progress', { n: view.corrected, all: view.lines })];
    if (view.order.length && at < view.order.length) words.push(say('annotate.place', { n: at + 1, all: view.order.length }));
    part('progress').textContent = words.join(' · ');
    part('progress').style.setProperty('--done', (view.lines ? (100 * view.corrected) / view.lines : 0) + '%');
    const seconds = done.lines ? done.seconds / done.lines : 0;
    corrector.beside(done.lines
      ? say('annotate.speed', { n: Math.round((60 * done.characters) / Math.max(1, done.seconds)), minutes: Math.max(left ? 1 : 0, Math.round((left * seconds) / 60)) })
      : '');
  }

  // --- on and back

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
    corrector.decoded().catch(() => {}).then(() => requestAnimationFrame(() => performance.measure('hwr-next-line', { start: pressed })));
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
      corrector.status('', card ? say('annotate.undone', { page: card.title, n: card.position + 1, text: card.text }) : say('annotate.undone.none'));
    } catch (error) {
      corrector.status('failed', error.message);
    }
    undoing = false;
  }

  async function reopened(id) {
    if (!cards.get(id)) (await askPython('texts', { what: 'cards', lines: [id] })).forEach(take);
    if (!cards.get(id)) return; // deleted in the meantime
    if (!view.order.includes(id)) view.order.splice(Math.min(at, view.order.length), 0, id);
    show(view.order.indexOf(id), true);
  }

  const [, slider, output] = part('threshold').children;
  slider.addEventListener('input', () => { output.textContent = slider.value + ' %'; });
  slider.addEventListener('change', () => order({ threshold: slider.value / 100 }));
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
  watch('value', render);
  render();
})();
