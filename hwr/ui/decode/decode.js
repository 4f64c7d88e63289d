// The n-best list of a line. Scores come once, from Python; dragging a weight ranks them here, by the formula of hwr.language.rescoring.
(() => {
  const FEW = 16; // rows shown at first, and those of the greedy and the closest text
  const PARTS = ['image', 'language', 'ngram', 'length'];
  const root = element.querySelector('.hwr-decode');
  const part = (name) => root.querySelector('.hwr-d-' + name);
  const list = part('list');
  const count = (key, n) => say(n === 1 ? key + '.one' : n === 0 ? key + '.none' : key, { n });
  const number = (x) => x.toFixed(2).replace(/^-0\.00$/, '0.00').replace('-', '\u2212');
  const weights = createWeights(root, element.id, update);
  const { cost, off, total } = weights;

  let view = null;
  let order = []; // indices of view.rows, best first
  let chosen = -1; // the row whose text is the answer
  let picked = -1; // the row that the viewer below shows
  let told = false; // whether a row was picked by hand
  let focus = -1; // the row whose numbers are shown
  let all = false;
  let nodes = [];
  let shownBelow = null; // the view whose chosen text the line below was asked to show

  // ---- scores ---------------------------------------------------------------------------------------------------

  function rank() {
    const totals = view.rows.map(total);
    order = totals.map((_, i) => i).sort((a, b) => totals[b] - totals[a] || a - b);
    chosen = off() && view.greedy >= 0 ? view.greedy : order.length ? order[0] : -1;
  }

  // ---- building -------------------------------------------------------------------------------------------------

  function render(again) {
    view = props.value && props.value.rows ? props.value : null;
    root.dataset.state = view ? 'filled' : 'empty';
    part('empty').textContent = say('decode.empty');
    if (!view) return;
    if (!again) {
      weights.reset(view);
      all = told = false;
      rank();
      picked = focus = chosen;
    }
    lines();
    strip();
    weights.draw(view);
    legend();
    const problem = part('problem');
    problem.textContent = view.problem ? say('decode.problem', { reason: view.problem[language()] }) : '';
    nodes = view.rows.map(rowNode);
    list.replaceChildren();
    list.setAttribute('aria-label', say('decode.list'));
    update();
    if (!again) below();
  }

  function lines() {
    const chooser = part('lines');
    chooser.replaceChildren();
    chooser.hidden = view.lines.length < 2;
    chooser.setAttribute('aria-label', say('decode.lines'));
    if (chooser.hidden) return;
    view.lines.forEach((text, i) => {
      const item = make('li', i === view.line ? 'hwr-picked' : '');
      item.dataset.line = i;
      item.id = element.id + '-line-' + i;
      item.title = text;
      item.setAttribute('role', 'option');
      item.setAttribute('aria-selected', String(i === view.line));
      item.append(make('b', '', String(i + 1)), make('span', '', text || '\u2014'));
      chooser.append(item);
    });
    chooser.setAttribute('aria-activedescendant', element.id + '-line-' + view.line);
  }

  function strip() {
    const holder = part('strip');
    holder.replaceChildren();
    holder.hidden = !view.image;
    if (view.image) {
      const image = make('img');
      image.alt = say('viewer.image.long');
      image.src = view.image;
      holder.append(image);
    }
    const pre = part('pre');
    pre.replaceChildren();
    if (view.precomputed) pre.append(say('viewer.precomputed') + ' ', make('code', '', 'python -m hwr precompute'));
  }

  function legend() {
    const box = part('legend');
    box.replaceChildren();
    const scale = make('div', 'hwr-d-scale');
    for (const name of PARTS) {
      const entry = make('span', 'hwr-d-swatch');
      const mark = make('i');
      mark.dataset.part = name;
      entry.append(mark, say('decode.part.' + name));
      scale.append(entry);
    }
    const balance = make('span', 'hwr-d-swatch');
    balance.append(make('i', 'hwr-d-tickmark'), say('decode.balance'));
    scale.append(balance);
    const marks = make('div', 'hwr-d-scale');
    for (const kind of ['changed', 'inserted', 'deleted']) {
      const entry = make('span', 'hwr-d-swatch');
      entry.append(make('span', 'hwr-d-' + kind, kind === 'deleted' ? '\u00d7' : 'a'), say('decode.' + kind));
      marks.append(entry);
    }
    box.append(make('p', '', say('decode.how')), scale, marks);
    part('columns').replaceChildren(make('span'), ...['text', 'bar', 'total'].map((name) => make('span', '', say('decode.column.' + name))));
  }

  // A text with its differences from the greedy one marked: coloured, underlined, and what is gone struck out.
  function marked(pieces, into) {
    const visible = (text) => text.replaceAll(' ', '\u2423');
    for (const { kind, text, was } of pieces) {
      if (kind === 'same') into.append(text);
      else if (kind === 'deleted') {
        const node = make('del', 'hwr-d-deleted', visible(was));
        node.title = say('decode.deleted.long', { was });
        into.append(node);
      } else {
        const node = make('ins', 'hwr-d-' + kind, text.trim() ? text : visible(text));
        node.title = kind === 'changed' ? say('decode.changed.long', { was }) : say('decode.inserted.long');
        into.append(node);
      }
    }
  }

  function rowNode(row, index) {
    const node = make('li', 'hwr-d-row');
    node.id = element.id + '-row-' + index;
    node.dataset.index = index;
    node.setAttribute('role', 'option');
    const text = make('span', 'hwr-d-text');
    text.dir = 'auto';
    if (row.text) marked(row.pieces, text);
    else text.append(make('span', 'hwr-d-none', say('decode.nothing')));
    const bar = make('span', 'hwr-d-bar');
    bar.setAttribute('aria-hidden', 'true');
    node.append(make('span', 'hwr-d-rank'), text, make('span', 'hwr-d-badges'), bar, make('span', 'hwr-d-total'), make('span', 'hwr-d-inline'));
    return node;
  }

  // ---- showing --------------------------------------------------------------------------------------------------

  // typing: the weight whose field is being typed in, and is therefore left alone.
  function update(typing = null) {
    if (!view) return;
    weights.show(typing);
    rank();
    rows();
    texts();
    readout();
  }

  function rows() {
    // The greedy text and the closest one stand at the end, with their own rank, where they are not among the first.
    const shown = order.filter((index, place) => all || place < FEW || index === view.greedy || index === view.best);
    const best = chosen >= 0 ? view.rows[chosen] : null;
    const costs = new Map(shown.map((index) => [index, cost(view.rows[index], best)]));
    const sum = (values, sign) => values.reduce((s, v) => s + Math.max(0, sign * v), 0);
    let left = 0;
    let right = 0.1;
    for (const c of costs.values()) {
      const values = PARTS.map((name) => c[name]);
      left = Math.max(left, sum(values, -1));
      right = Math.max(right, sum(values, 1));
    }
    const width = left + right;
    const rankOf = new Map(order.map((index, place) => [index, place + 1]));
    shown.forEach((index, place) => {
      const node = nodes[index];
      node.classList.toggle('hwr-gap', rankOf.get(index) > place + 1 && rankOf.get(shown[place - 1]) <= FEW);
      if (list.children[place] !== node) list.insertBefore(node, list.children[place] ?? null);
      const row = view.rows[index];
      node.dataset.total = total(row);
      node.querySelector('.hwr-d-rank').textContent = String(rankOf.get(index));
      node.querySelector('.hwr-d-total').textContent = number(total(row));
      node.querySelector('.hwr-d-inline').textContent = terms(row).map(([label, value]) => label + ' ' + value).join(' \u00b7 ');
      badges(node.querySelector('.hwr-d-badges'), index);
      paint(node.querySelector('.hwr-d-bar'), costs.get(index), left, width);
      node.classList.toggle('hwr-chosen', index === chosen);
      node.classList.toggle('hwr-picked', index === picked);
      node.classList.toggle('hwr-on', index === focus);
      node.setAttribute('aria-selected', String(index === picked));
    });
    while (list.children.length > shown.length) list.lastChild.remove();
    if (focus >= 0) list.setAttribute('aria-activedescendant', nodes[focus].id);
    const more = part('more');
    more.hidden = order.length <= FEW;
    more.textContent = all ? say('decode.fewer', { n: FEW }) : say('decode.more', { n: order.length });
  }

  function paint(bar, costs, left, width) {
    bar.replaceChildren();
    const place = (node, from, size) => {
      node.style.left = (100 * (left + from)) / width + '%';
      node.style.width = (100 * size) / width + '%';
      bar.append(node);
    };
    let against = 0;
    let favour = 0;
    for (const name of PARTS) {
      const size = Math.abs(costs[name]);
      if (size < 1e-9) continue;
      const node = make('i');
      node.dataset.part = name;
      node.dataset.cost = costs[name];
      if (costs[name] > 0) {
        place(node, against, size);
        against += size;
      } else {
        favour += size;
        place(node, -favour, size);
      }
    }
    place(make('i', 'hwr-d-axis'), 0, 0);
    if (against || favour) place(make('i', 'hwr-d-tickmark'), against - favour, 0);
  }

  function badges(box, index) {
    box.replaceChildren();
    if (index === chosen) box.append(make('span', 'hwr-d-badge hwr-d-is-chosen', say('decode.chosen')));
    if (index === view.greedy) box.append(make('span', 'hwr-d-badge', say('decode.greedy')));
    if (index === view.best) box.append(make('span', 'hwr-d-badge hwr-d-is-best', say('decode.best')));
    if (index === picked && told) box.append(make('span', 'hwr-d-badge hwr-d-jump', say('decode.show')));
  }

  function texts() {
    const box = part('texts');
    box.replaceChildren();
    const entry = (key, name, fill) => {
      const value = make('dd', name);
      value.dir = 'auto';
      fill(value);
      box.append(make('dt', '', say(key)), value);
    };
    const plain = (text) => (value) => value.append(text ? text : make('span', 'hwr-d-none', say('decode.nothing')));
    entry('decode.text.greedy', 'hwr-d-greedy', plain(view.text));
    if (chosen >= 0) entry('decode.text.chosen', 'hwr-d-answer', (value) => (view.rows[chosen].text ? marked(view.rows[chosen].pieces, value) : plain('')(value)));
    if (view.truth !== null) entry('viewer.truth', 'hwr-d-truth', plain(view.truth));
    part('effect').textContent = effect();
  }

  function effect() {
    if (chosen < 0) return '';
    const row = view.rows[chosen];
    const sentences = [];
    if (off()) sentences.push(say('decode.effect.off'));
    else if (!row.changes) sentences.push(say('decode.effect.none'));
    else if (view.truth === null) sentences.push(count('decode.effect.changes', row.changes));
    else sentences.push(say('decode.effect.words', { fixed: row.fixed, broken: row.broken }));
    if (view.truth !== null) {
      const before = view.greedy >= 0 ? view.rows[view.greedy].errors : null;
      if (row.changes && before !== null) sentences.push(say('decode.effect.errors', { before, after: row.errors }));
      sentences.push(say('decode.effect.best', { n: order.indexOf(view.best) + 1, errors: count('decode.errors', view.rows[view.best].errors) }));
    }
    return sentences.reduce((before, next) => say('decode.sentences', { before, next }));
  }

  function terms(row) {
    const p = weights.parts(row);
    const factor = { language: row.language, ngram: row.ngram, length: row.length };
    const product = (name) => {
      if (factor[name] === null) return say('decode.unscored');
      const weight = number(weights.of(name));
      return weight + ' \u00d7 ' + (name === 'length' ? String(row.length) : number(factor[name])) + ' = ' + number(p[name]);
    };
    return PARTS.map((name) => [say('decode.part.' + name), name === 'image' ? number(row.visual) : product(name), name]);
  }

  function readout() {
    const panel = part('readout');
    panel.replaceChildren();
    const index = focus >= 0 ? focus : chosen;
    if (index < 0) return;
    const row = view.rows[index];
    const place = order.indexOf(index) + 1;
    panel.append(make('h2', '', say('decode.row', { n: place })), make('p', 'hwr-d-who', row.text || say('decode.nothing')));
    const table = make('dl');
    for (const [label, value, name] of terms(row)) {
      const term = make('dt');
      const mark = make('i');
      mark.dataset.part = name;
      term.append(mark, label);
      table.append(term, make('dd', '', value));
    }
    table.append(make('dt', 'hwr-d-sum', say('decode.total')), make('dd', 'hwr-d-sum', number(total(row))));
    panel.append(table);
    if (index !== chosen && chosen >= 0) {
      const behind = total(view.rows[chosen]) - total(row);
      panel.append(make('p', 'hwr-d-behind', say(behind >= 0 ? 'decode.behind' : 'decode.ahead', { n: number(Math.abs(behind)) })));
    }
    if (!view.key || !document.querySelector('#hwr-keep textarea')) return; // who may not write has no box to put it in
    const use = make('button', 'hwr-d-use', say('decode.use'));
    use.type = 'button';
    use.title = say('decode.use.long');
    use.addEventListener('click', () => correct(row.text));
    panel.append(use);
  }

  // Into the box of corrections of this line, where the reader looks it over and keeps it.
  function correct(text) {
    drafts.put(view.key, text);
    document.getElementById('hwr-read-tab-button')?.click();
    document.querySelectorAll('#hwr-page li[data-index]')[view.line]?.click();
    document.dispatchEvent(new CustomEvent('hwr-draft', { detail: { key: view.key, text } }));
    requestAnimationFrame(() => {
      document.getElementById('hwr-keep')?.scrollIntoView({ block: 'center' });
      document.querySelector('#hwr-keep textarea')?.focus({ preventScroll: true });
    });
  }

  // ---- picking --------------------------------------------------------------------------------------------------

  function look(index) {
    if (index < 0 || index === focus) return;
    focus = index;
    nodes.forEach((node, i) => node.classList.toggle('hwr-on', i === focus));
    list.setAttribute('aria-activedescendant', nodes[focus].id);
    readout();
  }

  function pick(index) {
    look(index);
    picked = index;
    told = true;
    rows();
    trigger('select', { index, value: view.rows[index].text, line: view.line });
  }

  const rowAt = (event) => Number(event.target.closest('.hwr-d-row')?.dataset.index ?? -1);
  list.addEventListener('pointerover', (event) => event.pointerType !== 'touch' && look(rowAt(event)));
  list.addEventListener('click', (event) => {
    const index = rowAt(event);
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (event.target.closest('.hwr-d-jump')) document.querySelector('#hwr-decode-line')?.scrollIntoView({ behavior: calm ? 'auto' : 'smooth' });
    else if (index >= 0) pick(index);
  });
  list.addEventListener('keydown', (event) => {
    if (!view || !list.children.length) return;
    const visible = [...list.children].map((node) => Number(node.dataset.index));
    const at = visible.indexOf(focus);
    const last = visible.length - 1;
    const to = { ArrowDown: Math.min(last, at + 1), ArrowUp: Math.max(0, at - 1), Home: 0, End: last }[event.key];
    if (to !== undefined) {
      look(visible[to]);
      nodes[focus].scrollIntoView({ block: 'nearest' });
    } else if ((event.key === 'Enter' || event.key === ' ') && at >= 0) pick(focus);
    else return;
    event.preventDefault();
  });
  part('more').addEventListener('click', () => {
    all = !all;
    update();
  });
  const chooseLine = (index) => {
    if (index < 0 || index >= view.lines.length || index === view.line) return;
    trigger('input', { line: index });
  };
  part('lines').addEventListener('click', (event) => {
    const item = event.target.closest('[data-line]');
    if (item) chooseLine(Number(item.dataset.line));
  });
  part('lines').addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    chooseLine(view.line + step);
  });
  // The line below shows the chosen text, too; what was drawn first is the greedy one.
  function below() {
    if (!root.offsetParent || !view || told || shownBelow === view || chosen < 0 || chosen === view.greedy) return;
    shownBelow = view;
    trigger('select', { index: chosen, value: view.rows[chosen].text, line: view.line });
  }
  new IntersectionObserver(below).observe(root);
  root.addEventListener('hwr-look', () => root.offsetParent && trigger('focus'));
  watch('value', render);
  render();
})();
