// A page and its lines, which are chosen, moved, split, merged, drawn, deleted and put in order by mouse, touch and keys.
// Points are in pixels of the page. A change goes to Python as an event; the answer is the page with its new lines.
(() => {
  const NS = 'http://www.w3.org/2000/svg';
  const REST = 500; // milliseconds without an arrow key after which a moved box is sent

  const root = element.querySelector('.hwr-plines');
  const part = (name) => root.querySelector('.hwr-pl-' + name);
  const [bar, pane, stage, said] = ['bar', 'view', 'stage', 'said'].map(part);
  const buttons = {};
  let field = null; // of the chosen line's number
  let view = null;
  let chosen = [];
  let mode = 'choose'; // draw, x and y (where the line is cut)
  let several = false;
  let ghost = null; // a box that is being drawn: x0, y0, x1, y1
  let cut = 0;
  let drag = null;
  let waiting = 0; // until the arrow keys rest
  let asked = 0; // number of the change that is on its way
  let answered = 0; // of the one whose answer has chosen its lines: a value can come twice, when others are chosen
  let current = null; // the line that is corrected
  let late = false; // an answer came in the middle of a drag

  const svg = (tag, attributes) => {
    const node = document.createElementNS(NS, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return node;
  };
  const image = make('img');
  const drawing = svg('svg', { 'aria-hidden': 'true' });
  const numbers = make('div', 'hwr-pl-numbers');
  const numberNodes = new Map();
  image.draggable = false;
  numbers.setAttribute('role', 'group');
  const line = (id) => view.lines.find((one) => one.id === id);
  const one = () => (chosen.length === 1 ? line(chosen[0]) : null);
  const path = (points) => points.map((p) => p.join(',')).join(' ');
  const axis = createPageAxis(pane, stage, () => view && field && !drag && draw());
  const coarse = () => matchMedia('(pointer: coarse)').matches;

  // --- drawing

  function render(again) {
    if (again && view) { tools(); image.alt = say('lines.page'); draw(); return; }
    if (drag || waiting) { late = true; return; }
    late = false;
    const before = view && view.page;
    view = props.value && props.value.lines ? props.value : null;
    root.dataset.state = view ? 'filled' : 'empty';
    root.toggleAttribute('aria-busy', false);
    if (!view) return;
    axis.begin(view);
    tools();
    if (view.page !== before) { chosen = []; setMode('choose'); several = false; axis.magnify(1); }
    const news = view.answer === asked && answered !== asked;
    if (news || view.page !== before) chosen = view.chosen;
    else chosen = chosen.filter(line);
    if (news) answered = asked;
    if (image.parentNode !== stage) stage.replaceChildren(image, drawing, numbers);
    if (image.getAttribute('src') !== view.image) image.src = view.image;
    image.alt = say('lines.page');
    draw();
  }

  function draw() {
    drawing.setAttribute('viewBox', `0 0 ${view.width} ${view.height}`);
    const nodes = view.lines.map((each) => svg('polygon', { class: 'hwr-pl-line', points: path(each.outline), 'data-of': each.id, 'data-state': each.state }));
    drawing.replaceChildren(...nodes, ...chosen.map(frame), ...overlay());
    const badge = (each, i) => {
      const node = numberNodes.get(each.id) ?? make('button', 'hwr-pl-number');
      node.type = 'button';
      node.textContent = i + 1;
      Object.assign(node.dataset, { line: each.id, state: each.state });
      node.setAttribute('aria-label', say('lines.one', { n: i + 1, state: say('lines.state.' + each.state), text: each.text || '\u2014' }));
      node.setAttribute('aria-pressed', String(chosen.includes(each.id)));
      node.title = each.text;
      const [x, y, , y1] = boxes.bounds(each.outline);
      axis.put(node, x, (y + y1) / 2);
      numberNodes.set(each.id, node);
      return node;
    };
    const badges = view.lines.map(badge);
    for (const [id, node] of numberNodes) if (!line(id)) { node.remove(); numberNodes.delete(id); }
    badges.forEach((node, i) => { if (numbers.children[i] !== node) numbers.insertBefore(node, numbers.children[i] ?? null); });
    const stop = chosen.length ? chosen[chosen.length - 1] : view.lines[0]?.id;
    badges.forEach((node) => { node.tabIndex = Number(node.dataset.line) === stop ? 0 : -1; });
    mark();
    tell();
  }

  function frame(id) {
    const group = svg('g', { class: 'hwr-pl-frame' });
    const { box } = line(id);
    group.append(svg('polygon', { class: 'hwr-pl-box', points: path(box), 'data-inside': id }));
    if (chosen.length > 1 || mode !== 'choose') return group;
    const size = axis.pixel() * (coarse() ? 15 : 9);
    const angle = boxes.angle(box);
    for (const [side, [x, y]] of Object.entries(boxes.handles(box))) {
      const handle = svg('g', { class: 'hwr-pl-handle', 'data-side': side, transform: `translate(${x} ${y}) rotate(${angle})` });
      handle.append(svg('rect', { class: 'hwr-pl-grip', x: -size, y: -size, width: 2 * size, height: 2 * size }), svg('rect', { x: -size / 2, y: -size / 2, width: size, height: size, rx: size / 5 }));
      group.append(handle);
    }
    return group;
  }

  function overlay() {
    const target = one();
    if (mode === 'draw' && ghost) {
      const [x0, y0, x1, y1] = boxes.upright(ghost);
      return [svg('rect', { class: 'hwr-pl-ghost', x: x0, y: y0, width: x1 - x0, height: y1 - y0 })];
    }
    if ((mode !== 'x' && mode !== 'y') || !target) return [];
    const ends = boxes.stroke(target.box, mode, cut);
    return [svg('line', { class: 'hwr-pl-cut', x1: ends[0][0], y1: ends[0][1], x2: ends[1][0], y2: ends[1][1] })];
  }

  function mark() {
    for (const node of numbers.children) node.toggleAttribute('data-current', Number(node.dataset.line) === current);
  }

  // --- what is said, and the tools

  function tell() {
    const target = one();
    let words = say(coarse() ? 'lines.none.touch' : 'lines.none');
    if (!view.lines.length) words = say('lines.empty');
    if (chosen.length > 1) words = say('lines.many', { n: chosen.length });
    if (target) words = say('lines.one', { n: view.lines.indexOf(target) + 1, state: say('lines.state.' + target.state), text: target.text || '\u2014' });
    if (mode === 'draw') words = say('lines.drawing');
    if (mode === 'x' || mode === 'y') words = say('lines.cutting');
    if (said.textContent !== words) said.textContent = words;
    const able = { split: target, splity: target, merge: chosen.length > 1, delete: chosen.length, undo: view.undo, redo: view.redo, correct: target, done: mode !== 'choose' && (ghost || mode !== 'draw'), smaller: axis.zoom > 1, bigger: axis.zoom < axis.largest };
    for (const [name, yes] of Object.entries(able)) buttons[name].disabled = !yes;
    const pressed = { draw: mode === 'draw', split: mode === 'x', splity: mode === 'y', several };
    for (const [name, yes] of Object.entries(pressed)) buttons[name].setAttribute('aria-pressed', String(yes));
    buttons.done.hidden = buttons.cancel.hidden = mode === 'choose';
    field.disabled = !target;
    field.max = view.lines.length;
    if (document.activeElement !== field) field.value = target ? view.lines.indexOf(target) + 1 : '';
    root.dataset.mode = mode;
    for (const name of ['undo', 'redo']) {
      const did = view[name] ? say('lines.did.' + view[name]) : '';
      buttons[name].title = did ? (name === 'undo' ? say('lines.undo.what', { what: did }) : say('lines.redo.what', { what: did })) : '';
    }
    part('legend').replaceChildren(...['new', 'doubtful', 'corrected'].map((state) => {
      const item = make('li', '', say('lines.state.' + state) + ' ' + view.lines.filter((each) => each.state === state).length);
      item.dataset.state = state;
      return item;
    }));
  }

  function tools() {
    if (bar.children.length && bar.dataset.language === language()) return;
    bar.dataset.language = language();
    bar.setAttribute('aria-label', say('lines.tools'));
    numbers.setAttribute('aria-label', say('lines.list'));
    part('keys').querySelector('summary').textContent = '?';
    part('keys').querySelector('summary').setAttribute('aria-label', say('lines.tools'));
    part('keys').querySelector('p').textContent = say('lines.keys');
    const acts = {
      several: () => { several = !several; tell(); }, draw: () => setMode(mode === 'draw' ? 'choose' : 'draw'),
      split: () => setMode(mode === 'x' ? 'choose' : 'x'), splity: () => setMode(mode === 'y' ? 'choose' : 'y'),
      done, cancel: () => setMode('choose'), merge, delete: remove, undo: () => send({ do: 'undo' }), redo: () => send({ do: 'redo' }),
      correct, smaller: () => axis.magnify(axis.zoom / 1.5), bigger: () => axis.magnify(axis.zoom * 1.5),
    };
    const keys = { draw: 'N', split: 'S', splity: 'Shift+S', merge: 'M', delete: 'Delete', undo: 'Ctrl+Z', redo: 'Ctrl+Shift+Z', correct: 'Enter', done: 'Enter', cancel: 'Esc' };
    for (const [name, act] of Object.entries(acts)) {
      const node = make('button', '', name === 'smaller' ? '\u2212' : name === 'bigger' ? '+' : say('lines.' + name));
      node.type = 'button';
      node.dataset.tool = name;
      if (name === 'smaller' || name === 'bigger') node.setAttribute('aria-label', say('lines.' + name));
      if (keys[name]) { node.setAttribute('aria-keyshortcuts', keys[name].replace('Ctrl', 'Control').replace('Esc', 'Escape')); node.title = keys[name]; }
      node.addEventListener('click', act);
      buttons[name] = node;
    }
    const label = make('label', 'hwr-pl-field', say('lines.number'));
    field = make('input');
    field.type = 'number';
    field.min = 1;
    field.setAttribute('aria-label', say('lines.number.long'));
    field.addEventListener('change', () => one() && field.value && send({ do: 'order', lines: chosen, number: Number(field.value) }));
    label.append(field);
    const group = (...names) => { const node = make('div', 'hwr-pl-group'); node.append(...names.map((name) => buttons[name] ?? name)); return node; };
    bar.replaceChildren(group('several', 'draw', 'split', 'splity', 'done', 'cancel'), group('merge', 'delete', label, 'correct'), group('undo', 'redo'), group('smaller', 'bigger'));
  }

  // --- doing

  function send(change) {
    flush();
    asked += 1;
    root.setAttribute('aria-busy', 'true');
    trigger('select', { change: { ...change, page: view.page, n: asked } });
  }

  function flush() {
    if (!waiting) return;
    clearTimeout(waiting);
    waiting = 0;
    const target = one();
    if (target) send({ do: 'move', lines: [target.id], box: target.box });
  }

  function setMode(next) {
    const target = view && one();
    if ((next === 'x' || next === 'y') && !target) next = 'choose';
    mode = next;
    ghost = null;
    if (next === 'x' || next === 'y') cut = boxes.middle(target.box)[next === 'x' ? 0 : 1];
    if (!view) return;
    if (next === 'draw' && !coarse()) {
      const [x0, y0, x1, y1] = target ? boxes.bounds(target.box) : [0.1 * view.width, 0.45 * view.height, 0.9 * view.width, 0.5 * view.height];
      const down = target ? Math.min(y1 - y0, view.height - y1) : 0;
      ghost = [x0, y0 + down, x1, y1 + down];
    }
    draw();
    if (next !== 'choose' && document.activeElement?.closest('.hwr-pl-bar, .hwr-pl-numbers')) pane.focus({ preventScroll: true });
  }

  function done() {
    if (mode === 'draw' && ghost) send({ do: 'draw', box: boxes.upright(ghost) });
    if (mode === 'x' || mode === 'y') send({ do: 'split', lines: chosen, [mode]: cut });
    setMode('choose');
  }

  function merge() { if (chosen.length > 1) send({ do: 'merge', lines: chosen }); }
  function remove() { if (chosen.length) send({ do: 'delete', lines: chosen }); }

  function correct() {
    if (one()) document.dispatchEvent(new CustomEvent('hwr-annotate-pick', { detail: { line: chosen[0] } }));
  }

  function choose(id, more) {
    flush();
    if (more) chosen = chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id];
    else chosen = [id];
    draw();
  }

  function reveal(id) {
    const node = numberNodes.get(id);
    if (!node) return;
    node.focus({ preventScroll: true });
    axis.reveal(node);
  }

  // --- pointers

  stage.addEventListener('pointerdown', (event) => {
    if (!view || event.button || drag) return;
    const [x, y] = axis.at(event);
    const touch = event.pointerType === 'touch';
    const target = one();
    const side = event.target.closest('[data-side]')?.dataset.side;
    const inside = event.target.closest('[data-inside]');
    const hit = event.target.closest('[data-line], [data-of]') ?? inside;
    const id = hit && Number(hit.dataset.line ?? hit.dataset.of ?? hit.dataset.inside);
    const more = several || event.shiftKey || event.ctrlKey || event.metaKey;
    const begin = { x, y, id, more, kind: 'click', from: target?.box };
    if (mode === 'draw') begin.kind = 'draw';
    else if (mode !== 'choose') begin.kind = 'cut';
    else if (target && side) Object.assign(begin, { kind: 'resize', side });
    else if (target && inside && !more && !event.target.closest('.hwr-pl-number')) begin.kind = 'move';
    else if (!hit && !touch && !more) begin.kind = 'draw';
    drag = begin;
    if (begin.kind === 'cut') aim(x, y);
    if (begin.kind !== 'click' || !touch) { if (begin.kind !== 'click') event.preventDefault(); stage.setPointerCapture(event.pointerId); }
    if (begin.kind === 'move' || begin.kind === 'resize') numberNodes.get(target.id)?.focus({ preventScroll: true });
  });

  const aim = (x, y) => { cut = mode === 'x' ? x : y; draw(); };

  stage.addEventListener('pointermove', (event) => {
    if (!view) return;
    const [x, y] = axis.at(event);
    if (!drag) { if ((mode === 'x' || mode === 'y') && event.pointerType !== 'touch') aim(x, y); return; }
    if (!drag.far && Math.hypot(x - drag.x, y - drag.y) < 4 * axis.pixel()) return;
    drag.far = true;
    const target = one();
    if (drag.kind === 'move' && target) target.box = boxes.moved(drag.from, x - drag.x, y - drag.y, view);
    if (drag.kind === 'resize' && target) target.box = boxes.resized(drag.from, drag.side, x - drag.x, y - drag.y);
    if (drag.kind === 'cut') cut = mode === 'x' ? x : y;
    if (drag.kind === 'draw') { mode = 'draw'; ghost = [drag.x, drag.y, x, y]; }
    if (drag.kind !== 'click') draw();
  });

  stage.addEventListener('pointerup', (event) => {
    if (!drag) return;
    const { kind, far, id, more } = drag;
    drag = null;
    if (kind === 'cut' || (kind === 'draw' && far)) done();
    else if (far && (kind === 'move' || kind === 'resize')) { const target = one(); if (target) send({ do: 'move', lines: [target.id], box: target.box }); }
    else if (kind === 'draw' && mode === 'choose') { flush(); chosen = []; draw(); }
    else if (!far && id) { choose(id, more); numberNodes.get(id)?.focus({ preventScroll: true }); }
    if (late) render();
  });
  stage.addEventListener('pointercancel', () => {
    const target = one();
    if (drag?.from && target) target.box = drag.from;
    drag = null;
    if (view) draw();
    if (late) render();
  });
  stage.addEventListener('dblclick', (event) => { if (event.target.closest('[data-line], [data-of], [data-inside]')) correct(); });
  pane.addEventListener('touchstart', (event) => { if (event.touches.length === 2) drag = null; }, { passive: true });

  // --- keys

  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  function arrow([dx, dy], shift) {
    const step = Math.max(1, Math.round(view.width / 400));
    const target = one();
    if (mode === 'draw' && ghost) {
      ghost = shift ? [ghost[0], ghost[1], ghost[2] + dx * step, ghost[3] + dy * step] : [ghost[0] + dx * step, ghost[1] + dy * step, ghost[2] + dx * step, ghost[3] + dy * step];
    } else if (mode === 'x' || mode === 'y') {
      cut += step * (mode === 'x' ? dx : dy);
    } else if (target) {
      target.box = shift ? boxes.resized(target.box, 'se', dx * step, dy * step) : boxes.moved(target.box, dx * step, dy * step, view);
      clearTimeout(waiting);
      waiting = setTimeout(flush, REST);
    } else return false;
    draw();
    return true;
  }

  function walk(key, alt, shift) {
    const here = view.lines.findIndex((each) => each.id === chosen[chosen.length - 1]);
    const to = { PageUp: here - 1, PageDown: here + 1, Home: 0, End: view.lines.length - 1 }[key];
    if (to === undefined || !view.lines.length) return false;
    const place = clamp(to, 0, view.lines.length - 1);
    if (alt && one()) send({ do: 'order', lines: chosen, number: place + 1 });
    else { choose(view.lines[place].id, shift && !chosen.includes(view.lines[place].id)); reveal(view.lines[place].id); }
    return true;
  }

  function pressed(event) {
    const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
    if (ctrlKey || metaKey) {
      if (key.toLowerCase() === 'z') { send({ do: shiftKey ? 'redo' : 'undo' }); return true; }
      if (key.toLowerCase() === 'y') { send({ do: 'redo' }); return true; }
      return false;
    }
    if (ARROWS[key]) return !altKey && arrow(ARROWS[key], shiftKey);
    if (walk(key, altKey, shiftKey)) return true;
    const onNumber = event.target.closest('.hwr-pl-number');
    if (key === 'Escape' && mode !== 'choose') { setMode('choose'); reveal(chosen[chosen.length - 1]); return true; }
    if (key === 'Enter' && mode !== 'choose') { done(); return true; }
    if (key === 'Enter' && onNumber) { choose(Number(onNumber.dataset.line), false); correct(); return true; }
    if (key === ' ' && onNumber) { choose(Number(onNumber.dataset.line), true); return true; }
    if (altKey) return false;
    const acts = { s: () => setMode(shiftKey ? 'y' : 'x'), m: merge, n: () => setMode('draw'), delete: remove, backspace: remove };
    const act = acts[key.toLowerCase()];
    if (act) act();
    return Boolean(act);
  }

  pane.addEventListener('keydown', (event) => { if (view && !event.isComposing && pressed(event)) event.preventDefault(); });
  bar.addEventListener('keydown', (event) => {
    if (!view || event.target === field) return;
    if (event.key === 'Escape' && mode !== 'choose') { event.preventDefault(); setMode('choose'); }
    else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'z' && pressed(event)) event.preventDefault();
  });
  pane.addEventListener('focusout', (event) => { if (!pane.contains(event.relatedTarget)) flush(); });
  document.addEventListener('hwr-annotate-line', (event) => { current = event.detail.line; if (view) mark(); });
  document.addEventListener('hwr-annotate-kept', (event) => {
    const kept = view && line(event.detail.line);
    if (!kept) return;
    kept.state = 'corrected';
    if ('text' in event.detail) kept.text = event.detail.text;
    if (!drag) draw();
  });
  pane.tabIndex = -1;
  watch('value', render);
  render();
})();
