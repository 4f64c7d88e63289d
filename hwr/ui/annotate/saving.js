// Keeps the texts of lines: one question a line at a time, so that nobody's text is set aside by the same person's newer one.
// A text that is not on the disk yet stays in the browser, and is found again after a reload.
const createSaver = (changed) => {
  const RETRY = 4000; // milliseconds
  const lines = new Map(); // id -> {wanted, sent, saved, revision, own, state, theirs, visit}; own: of what was saved here last
  const steps = []; // what can be taken back, the newest last: {line, visit, before, after}, ids of revisions
  const kept = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const draftOf = (id) => 'hwr-annotate-draft-' + id;

  const of = (id) => lines.get(id);

  function know(card) {
    const line = of(card.id);
    // What is under way here, or was saved here after the card was made, is newer than the card.
    if (line && (line.state !== 'saved' || (card.revision ?? 0) < line.own)) return line;
    lines.set(card.id, { page: card.page, wanted: null, sent: null, saved: card.text, revision: card.revision, own: line?.own ?? 0, state: 'saved', theirs: null, visit: 0 });
    return of(card.id);
  }

  function draft(id) {
    try { return JSON.parse(kept(draftOf(id))); } catch { return null; }
  }

  function note(id, text) {
    const line = of(id);
    line.state = text === line.saved && line.sent === null ? 'saved' : 'changed';
    try {
      if (line.state === 'saved') localStorage.removeItem(draftOf(id));
      else localStorage.setItem(draftOf(id), JSON.stringify({ text, revision: line.revision }));
    } catch { /* a private window */ }
    changed(id);
  }

  // accept: also where the text is as it was proposed.
  function save(id, text, accept = false) {
    const line = of(id);
    if (line.sent === null && text === line.saved && !(accept && line.revision === null)) {
      note(id, text);
      return;
    }
    line.wanted = text;
    send(id);
  }

  function send(id) {
    const line = of(id);
    if (line.sent !== null || line.wanted === null) return;
    line.sent = line.wanted;
    line.wanted = null;
    line.state = 'saving';
    changed(id);
    const question = { what: 'keep', line: id, text: line.sent, based_on: line.revision };
    askPython('texts', question).then((reply) => answered(id, reply), (error) => {
      line.wanted ??= line.sent;
      line.sent = null;
      line.state = 'failed';
      line.problem = error.message;
      changed(id);
      setTimeout(() => send(id), RETRY);
    });
  }

  function answered(id, reply) {
    const line = of(id);
    const mine = line.sent;
    const before = line.revision;
    line.sent = null;
    line.revision = reply.revision;
    line.saved = reply.text;
    line.state = 'saved';
    line.theirs = reply.who ? { who: reply.who, text: reply.text, mine } : null;
    const stored = draft(id);
    if (line.wanted === null && (!stored || stored.text === mine || line.theirs)) {
      try { localStorage.removeItem(draftOf(id)); } catch { /* a private window */ }
    }
    if (!line.theirs) line.own = reply.revision;
    if (!line.theirs && reply.revision !== before) step(id, line.visit, before, reply.revision);
    if (before === null) tell(id, 1);
    if (line.theirs) line.wanted = null; // she decides
    changed(id, mine);
    if (line.wanted !== null && line.wanted !== line.saved) send(id);
    else line.wanted = null;
  }

  const tell = (id, by) => document.dispatchEvent(new CustomEvent('hwr-annotate-kept', { detail: { line: id, page: of(id).page, by } }));

  // All that was kept while a line stood there once is taken back at once.
  function step(id, visit, before, after) {
    const last = steps[steps.length - 1];
    if (last && last.line === id && last.visit === visit) last.after = after;
    else steps.push({ line: id, visit, before, after });
  }

  // Takes the newest step back; promises its line, or null where there is none.
  async function undo() {
    const last = steps.pop();
    if (!last) return null;
    const line = of(last.line);
    try {
      const reply = await askPython('texts', { what: 'undo', line: last.line, revision: last.after, before: last.before });
      const mine = line.saved;
      Object.assign(line, { saved: reply.text, revision: reply.revision, own: 0, wanted: null, state: 'saved' });
      line.theirs = reply.who ? { who: reply.who, text: reply.text, mine } : null;
      try { localStorage.removeItem(draftOf(last.line)); } catch { /* a private window */ }
      if (reply.revision === null) tell(last.line, -1);
      changed(last.line);
      return last.line;
    } catch (error) {
      steps.push(last);
      throw error;
    }
  }

  return { undo, forget: () => { steps.length = 0; }, know, of, note, save, draft, busy: () => [...lines.values()].filter((line) => line.state !== 'saved').length, outdated: () => [...lines].filter(([, line]) => line.theirs) };
};
