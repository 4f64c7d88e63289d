// The picked line in the corrector: its text is kept on Enter, what was typed and not kept stays in the browser, and the next line follows.
// props.value: `kept_view` of hwr.ui.read.keep.
(() => {
  const PATIENCE = 8000; // milliseconds that the next line may take
  const root = element.querySelector('.hwr-kept');
  const writer = root.querySelector('#hwr-keep-writer input');
  let view = null;
  let theirs = null; // what somebody else kept of this line meanwhile: {who, text, mine}
  let reason = ''; // why it could not be kept
  let saving = false;
  let onward = false; // the line that comes is to be typed in
  let asked = ''; // of which line, and text, other texts were asked for
  const corrector = createCorrector(root.querySelector('.hwr-correct'), { accept: keep, back: () => go(-1), last: () => !row(1), typed, looked: doubts, history: () => ask('history') });
  const { box } = corrector;
  // What the box says when nobody has typed.
  const base = () => view.kept || view.reading;
  const row = (by) => (view && view.lines > 1 ? document.querySelectorAll('#hwr-page .hwr-p-text')[view.line + by] : undefined);
  const ask = (what, more) => askPython(what === 'doubts' ? 'read-doubts' : 'read', { what, number: view.number, line: view.line, ...more });

  function render(again) {
    if (again) { relabel(); return; }
    theirs = null;
    reason = '';
    saving = false;
    show(props.value);
    if (onward && view) corrector.focus();
    onward = false;
  }

  function show(value) {
    const same = view && value && view.key === value.key && view.number === value.number;
    view = value && value.reading !== null ? value : null;
    root.dataset.state = view ? 'line' : 'nothing';
    root.dataset.lesson = String(Boolean(view?.lesson));
    relabel();
    corrector.waiting(false);
    if (!view) { corrector.close(); return; }
    if (!same) asked = '';
    if (view.writer || document.activeElement !== writer) writer.value = view.writer || writer.value;
    if (view.kept !== null && drafts.get(view.key) === view.kept) drafts.drop(view.key);
    const picture = new Image();
    picture.src = view.image;
    const line = { key: view.key + view.number, picture, width: view.width, height: view.height, where, before: null, doubts: same ? undefined : view.doubts };
    corrector.open(line, drafts.get(view.key) ?? base(), base());
    status();
    if (document.activeElement === box) doubts();
  }

  const where = () => (view.lines > 1 ? say('viewer.line', { n: view.line + 1, all: view.lines }) : '');

  function relabel() {
    root.querySelector('.hwr-kept-nothing').textContent = say('keep.nothing');
    root.querySelector('#hwr-keep-writer span').textContent = say('keep.writer');
    if (!view) return;
    corrector.relabel();
    status();
  }

  function status() {
    const kept = view.kept === null ? 'new' : view.kept === '' ? 'out' : view.counts ? 'saved' : 'aside';
    const state = saving ? 'saving' : reason ? 'failed' : box.value === base() ? kept : view.kept === null ? 'draft' : 'changed';
    const shared = ['new', 'saving', 'saved'].includes(state);
    let words = say((shared ? 'correct.saved.' : 'keep.state.') + state, { reason });
    if (state === 'saved') words = say('keep.saved', { saved: words, version: view.version });
    if (state === 'saved' && view.unknown) words += ' ' + say('keep.unknown', { characters: [...view.unknown].join(' ') });
    corrector.status(state, words);
    corrector.beside(say(view.count === 1 ? 'keep.count.one' : 'keep.count', { n: view.count }));
    corrector.outdated(theirs ? [{ ...theirs, settle }] : []);
  }

  function typed(text) {
    reason = '';
    drafts.put(view.key, text === base() ? null : text);
    status();
  }

  function go(by) {
    const next = row(by);
    if (!next) return;
    onward = true;
    corrector.waiting(true);
    setTimeout(() => { onward = false; corrector.waiting(false); }, PATIENCE);
    next.click();
  }

  function keep() {
    if (!view || saving || onward) return;
    const { key } = view;
    const mine = box.value;
    saving = true;
    corrector.waiting(Boolean(row(1)));
    status();
    ask('keep', { text: mine, revision: view.revision, writer: writer.value }).then((reply) => {
      if (!reply.who && drafts.get(key) === mine) drafts.drop(key);
      if (view?.key !== key) return; // another line was picked meanwhile
      saving = false;
      theirs = reply.who ? { who: reply.who, text: reply.kept, mine } : null;
      const next = !theirs && row(1);
      if (theirs) drafts.put(key, mine);
      show(reply);
      if (next) go(1);
    }, (error) => {
      if (view?.key !== key) return;
      saving = false;
      reason = error.message;
      corrector.waiting(false);
      status();
    });
  }

  function settle(text) {
    const mine = text === theirs.mine;
    theirs = null;
    corrector.write(text);
    if (mine) keep();
    else status();
  }

  // Other texts are asked for once somebody goes into the box: whoever only looks needs none.
  function doubts() {
    if (!view || asked === view.key + base()) return;
    const mine = (asked = view.key + base());
    ask('doubts', { text: base() }).then((found) => { if (asked === mine) corrector.doubt(found); }, () => { if (asked === mine) asked = ''; });
  }

  writer.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.isComposing) return;
    event.preventDefault();
    keep();
  });
  // A text from another tab, for the line that is shown.
  document.addEventListener('hwr-draft', (event) => { if (view?.key === event.detail.key) corrector.write(event.detail.text); });
  watch('value', render);
  render();
})();
