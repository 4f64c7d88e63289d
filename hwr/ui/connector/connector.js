// KL per token of one connector or several on the pixel axis of a line; the picked token's two distributions; three texts.
(() => {
  const root = element.querySelector('.hwr-connector');
  const axis = createAxis(root, () => view && numbers());
  const part = (name) => root.querySelector('.hwr-k-' + name);
  let view = null;
  let picked = { row: 0, token: 0 };
  let bars = []; // by row, by token
  let inside = false; // whether the end of the line is left out

  const shown = (token) => (token === '' ? '\u2205' : token.replaceAll(' ', '\u2423').replaceAll('\n', '\u21b5'));
  const word = (token) => (token === view.rows[picked.row].end && token !== '' ? '\u27e8' + say('connector.end') + '\u27e9' : shown(token));
  const nats = (value) => (value < 0 ? '\u2212' : '') + Math.abs(value).toFixed(Math.abs(value) < 0.995 ? 3 : 2);
  function percent(p) {
    const value = 100 * p;
    if (value >= 9.95) return Math.round(value) + ' %';
    if (value >= 0.095) return value.toFixed(1) + ' %';
    return value >= 0.0005 ? value.toFixed(3) + ' %' : '< 0.001 %';
  }
  // Which token of the text a bar's position predicts: with `surrogate` the one after that which it stands on.
  const predicted = (row, token) => token + (row.objective === 'surrogate' ? 1 : 0);

  function render() {
    const before = view;
    view = props.value && props.value.rows ? props.value : null;
    root.dataset.state = view ? 'filled' : 'empty';
    root.querySelector('.hwr-f-empty').textContent = say('connector.empty');
    if (!view) return;
    const same = before && before.text === view.text && before.line === view.line;
    if (!same) picked = { row: 0, token: worst(view.rows[0]) };
    picked.row = Math.min(picked.row, view.rows.length - 1);
    picked.token = clamp(picked.token, 0, view.rows[picked.row].tokens.length - 1);
    head();
    legend();
    lanes();
    three();
    pick(picked.row, picked.token);
    axis.reveal(middle());
  }

  const counted = (row) => (inside && row.ends && row.tokens.length > 1 ? row.tokens.slice(0, -1) : row.tokens);
  const worst = (row) => counted(row).reduce((best, token, i) => (token.kl > row.tokens[best].kl ? i : best), 0);

  function head() {
    part('text').textContent = view.text;
    part('text').dir = 'auto';
    part('from').textContent = say('connector.from.' + view.text_from) + ' \u00b7 ' + say('connector.by', { model: view.rows[0].checkpoint }) + (view.lines > 1 ? ' \u00b7 ' + say('connector.line', { n: view.line + 1, all: view.lines }) : '');
    part('problem').textContent = view.problem ? say('connector.problem', { reason: view.problem[language()] }) : '';
    const pre = part('pre');
    pre.replaceChildren();
    if (view.precomputed) pre.append(say('connector.precomputed') + ' ', make('code', '', 'python -m hwr precompute'));
  }

  function legend() {
    const items = root.querySelector('.hwr-f-legend');
    items.replaceChildren();
    const direction = make('span', 'hwr-k-direction');
    direction.append(make('b', '', 'KL(reference || connector)'), ' ' + say('connector.unit'));
    items.append(direction);
    const next = view.rows.some((row) => row.objective === 'surrogate') ? ['next'] : [];
    for (const name of ['bar', 'picked', ...next, ...(view.rows.some((row) => row.cut) ? ['cut'] : [])]) {
      const item = make('span', 'hwr-f-key');
      item.append(make('i', 'hwr-f-sign hwr-k-sign-' + name), make('span', '', say('connector.legend.' + name)));
      items.append(item);
    }
    if (!view.rows.some((row) => row.ends)) return;
    const end = make('button', 'hwr-k-inside', say('connector.inside'));
    end.type = 'button';
    end.setAttribute('aria-pressed', String(inside));
    end.addEventListener('click', () => {
      inside = !inside;
      end.setAttribute('aria-pressed', String(inside));
      lanes();
      pick(picked.row, picked.token);
    });
    items.append(end);
  }

  function lanes() {
    axis.begin(view);
    axis.lanes.setAttribute('aria-label', say('connector.keys'));
    axis.image(axis.lane('image', say('viewer.image')).track);
    const most = Math.max(1e-9, ...view.rows.flatMap((row) => counted(row).map((token) => token.kl)));
    bars = view.rows.map((row, index) => {
      const { row: node, gutter, track } = axis.lane('kl', '');
      node.dataset.row = index;
      gutter.append(...label(row));
      return row.places.map(([x0, x1], token) => {
        const bar = make('button', 'hwr-k-bar');
        bar.type = 'button';
        bar.tabIndex = -1;
        bar.dataset.token = token;
        const found = row.tokens[token];
        bar.classList.toggle('hwr-k-cut', !found);
        if (found && token < counted(row).length) {
          bar.style.setProperty('--height', (100 * found.kl) / most + '%');
          const number = make('span', '', nats(found.kl));
          bar.append(make('i'), number);
          axis.keepInside(number, x0, x1);
          bar.title = say('connector.bar.' + row.objective, { token: shown(found.token), target: found.target === row.end ? say('connector.end') : shown(found.target), kl: nats(found.kl) });
        } else if (!found) bar.title = say('connector.cut.long');
        axis.place(bar, x0, x1, 9);
        track.append(bar);
        return bar;
      });
    });
    chips();
    axis.ruler();
    axis.layout();
  }

  // Numbers over narrow bars would run into each other: of neighbours the first one stays, and always the picked one.
  function numbers() {
    bars.forEach((line) => {
      const edges = line.map((bar) => {
        const number = bar.querySelector('span');
        const middle = bar.offsetLeft + bar.offsetWidth / 2 + (parseFloat(number?.style.marginLeft) || 0);
        return number && { bar, from: middle - number.offsetWidth / 2, to: middle + number.offsetWidth / 2 };
      }).filter(Boolean);
      const kept = edges.filter(({ bar }) => bar.classList.contains('hwr-picked'));
      for (const one of edges) {
        if (!kept.includes(one) && kept.every((other) => one.to < other.from || one.from > other.to)) kept.push(one);
        one.bar.classList.toggle('hwr-k-crowded', !kept.includes(one));
      }
    });
    root.querySelectorAll('.hwr-f-lane-tokens .hwr-f-track').forEach(widen);
  }

  // A chip on little ink grows to its word where its neighbours leave room; it stays centred on its ink.
  function widen(track) {
    const chips = [...track.children];
    const spans = chips.map((chip) => {
      chip.style.marginInline = chip.style.paddingInline = '';
      return [chip.offsetLeft, chip.offsetLeft + chip.offsetWidth, chip.scrollWidth + 8];
    });
    chips.forEach((chip, i) => {
      const [from, to, wanted] = spans[i];
      const left = from - (i ? spans[i - 1][1] : 0);
      const right = (i + 1 < spans.length ? spans[i + 1][0] : track.clientWidth) - to;
      const grow = Math.min((wanted - (to - from)) / 2, left / 2 - 1, right / 2 - 1);
      if (chip.scrollWidth > chip.clientWidth && grow > 0) {
        chip.style.marginInline = -grow + 'px';
        chip.style.paddingInline = grow + 'px';
      }
    });
  }

  function label(row) {
    const nodes = [make('b', '', row.kind), make('span', '', row.tap)];
    nodes.push(make('span', 'hwr-k-checkpoint', row.checkpoint));
    nodes.push(make('span', 'hwr-k-mean', say('connector.mean', { kl: nats(counted(row) === row.tokens ? row.mean_kl : row.mean_kl_inside) })));
    if (row.cut) nodes.push(make('span', 'hwr-k-lost', say(row.cut === 1 ? 'connector.cut.one' : 'connector.cut', { n: row.cut })));
    return nodes;
  }

  // The tokens under their ink: those of the first row, and of every row whose language model cuts the text otherwise.
  function chips() {
    const known = new Set();
    view.rows.forEach((row, index) => {
      const tokens = row.spoken.filter((spoken) => spoken.token !== null).map((spoken) => spoken.token);
      const key = JSON.stringify(tokens);
      if (known.has(key)) return;
      known.add(key);
      const { track } = axis.lane('tokens', say('connector.tokens'), say('connector.tokens.long', { lm: row.lm }));
      tokens.forEach((token, i) => {
        const chip = make('div', 'hwr-k-chip', shown(token));
        chip.dataset.token = i;
        chip.dataset.row = index;
        chip.title = shown(token);
        axis.place(chip, ...row.places[i], 12);
        track.append(chip);
      });
    });
  }

  function pick(row, token) {
    const moved = row !== picked.row;
    picked = { row, token };
    const of = view.rows[row];
    bars.forEach((line, r) => line.forEach((bar, t) => {
      bar.classList.toggle('hwr-picked', r === row && t === token);
      bar.classList.toggle('hwr-k-beside', r !== row && t === token);
    }));
    root.querySelectorAll('.hwr-k-chip').forEach((chip) => chip.classList.toggle('hwr-picked', Number(chip.dataset.token) === token));
    root.querySelectorAll('.hwr-k-chip').forEach((chip) => chip.classList.toggle('hwr-k-next', Number(chip.dataset.token) !== token && Number(chip.dataset.token) === predicted(of, token)));
    root.querySelectorAll('.hwr-f-lane-kl').forEach((lane, r) => lane.classList.toggle('hwr-picked', view.rows.length > 1 && r === row));
    detail(of, of.tokens[token]);
    numbers();
    if (moved) three();
    markColumn(predicted(of, token));
  }

  const middle = () => {
    const [x0, x1] = view.rows[picked.row].places[picked.token];
    return (x0 + x1) / 2;
  };

  // ---- the picked token: what both expect next --------------------------------------------------------------------

  function detail(row, token) {
    const box = part('detail');
    box.replaceChildren();
    const values = { token: shown(token.token), target: word(token.target), frames: say(token.first_frame === token.last_frame ? 'connector.frame' : 'connector.frames', { from: token.first_frame, to: token.last_frame }) };
    const title = make('div', 'hwr-k-title');
    title.append(make('h3', '', say('connector.at.' + row.objective, values)));
    title.append(make('p', '', say('connector.at.kl', { kl: nats(token.kl), kind: row.kind, tap: row.tap, checkpoint: row.checkpoint, lm: row.lm })));
    const true_key = make('p', 'hwr-k-key');
    true_key.append(make('span', 'hwr-k-true', '\u2713'), ' ' + say('connector.true'));
    if (missing(token).some(Boolean)) true_key.append(' ' + say('connector.beyond'));
    title.append(true_key);
    box.append(title, mirror(token), contributors(token));
  }

  function mirror(token) {
    const box = make('div', 'hwr-k-mirror');
    const heads = make('div', 'hwr-k-pair hwr-k-heads');
    heads.append(make('span', '', say('connector.reference')), make('span', '', say('connector.connector')));
    box.append(heads);
    const most = Math.max(...token.reference.concat(token.connector).map(([, p]) => p));
    const rows = Math.max(token.reference.length, token.connector.length);
    for (let i = 0; i < rows; i++) box.append(pair(token, token.reference[i], token.connector[i], most));
    const beyond = missing(token);
    if (beyond.some(Boolean)) {
      const values = [beyond[0] && [token.target, token.target_reference], beyond[1] && [token.target, token.target_connector]];
      const last = pair(token, ...values, most);
      last.classList.add('hwr-k-beyond');
      box.append(last);
    }
    return box;
  }

  // On which side the true token is not among those listed.
  const missing = (token) => ['reference', 'connector'].map((side) => token[side].every(([text]) => text !== token.target));

  function pair(token, left, right, most) {
    const row = make('div', 'hwr-k-pair');
    for (const [side, entry] of [['left', left], ['right', right]]) {
      const cell = make('div', 'hwr-k-cell hwr-k-' + side);
      if (entry) {
        const [text, p] = entry;
        const name = make('span', 'hwr-k-name', word(text));
        if (text === token.target) {
          cell.classList.add('hwr-k-is-true');
          name.append(make('span', 'hwr-k-true', '\u2713'));
        }
        const rail = make('span', 'hwr-k-rail');
        const bar = make('i');
        bar.style.width = (100 * p) / most + '%';
        rail.append(bar);
        cell.append(name, make('span', 'hwr-k-p', percent(p)), rail);
      }
      row.append(cell);
    }
    return row;
  }

  function contributors(token) {
    const box = make('div', 'hwr-k-terms');
    box.append(make('h4', '', say('connector.terms')), make('p', 'hwr-k-soft', say('connector.terms.how')));
    const heads = make('div', 'hwr-k-termheads');
    heads.append(make('span'), make('span'), make('span', 'hwr-k-p', say('connector.terms.term')), make('span', 'hwr-k-soft', say('connector.terms.pair')));
    box.append(heads);
    const most = Math.max(1e-12, Math.abs(token.rest[0]), ...token.contributors.map(([, term]) => Math.abs(term)));
    for (const [text, term, q, p] of [...token.contributors, [null, ...token.rest]]) {
      const row = make('div', text === null ? 'hwr-k-term hwr-k-rest' : 'hwr-k-term');
      row.dataset.sign = term < 0 ? 'minus' : 'plus';
      const name = make('span', 'hwr-k-name', text === null ? say('connector.terms.rest') : word(text));
      if (text === token.target) name.append(make('span', 'hwr-k-true', '\u2713'));
      const rail = make('span', 'hwr-k-signed');
      const bar = make('i');
      bar.style.width = (50 * Math.abs(term)) / most + '%';
      rail.append(bar);
      const value = make('span', 'hwr-k-p', (term < 0 ? '' : '+') + nats(term));
      row.append(name, rail, value, make('span', 'hwr-k-soft', percent(q) + ' \u2192 ' + percent(p)));
      row.title = say('connector.term.long', { q: percent(q), p: percent(p) });
      box.append(row);
    }
    const sum = make('div', 'hwr-k-term hwr-k-sum');
    sum.append(make('b', '', say('connector.terms.sum')), make('span'), make('b', 'hwr-k-p', nats(token.kl)), make('span'));
    box.append(sum);
    return box;
  }

  // ---- three texts, token by token --------------------------------------------------------------------------------

  function three() {
    const row = view.rows[picked.row];
    const box = part('three');
    box.querySelector('h3').textContent = say('connector.three');
    const said = [say('connector.three.how.' + row.objective, { kind: row.kind, tap: row.tap, lm: row.lm })];
    if (row.spoken.some((spoken) => spoken.token !== null && spoken.ctc === '' && spoken.written)) said.push(say('connector.three.nothing'));
    if (row.spoken.some((spoken) => /[\u2080-\u2089]$/.test(spoken.token ?? ''))) said.push(say('connector.three.byte'));
    box.querySelector('p').textContent = said.join(' ');
    const table = part('spoken');
    table.replaceChildren();
    for (const name of ['token', 'ctc', 'connector', 'reference']) {
      const line = make('tr');
      line.dataset.line = name;
      const head = make('th', '', say('connector.line.' + name));
      head.scope = 'row';
      line.append(head);
      row.spoken.forEach((spoken, k) => {
        const cell = make('td');
        cell.dataset.token = k;
        fill(cell, name, spoken, row);
        line.append(cell);
      });
      table.append(line);
    }
  }

  function fill(cell, name, spoken, row) {
    const end = spoken.token === null;
    if (name === 'token') {
      cell.textContent = end ? say('connector.end') : shown(spoken.token);
      cell.classList.toggle('hwr-k-soft', end);
      return;
    }
    const said = spoken[name];
    if (said === null || (end && name === 'ctc')) {
      cell.textContent = '\u2013';
      cell.className = 'hwr-k-soft';
      cell.title = say('connector.unpredicted');
      return;
    }
    if (name === 'ctc' && !said && !spoken.written && !end) return;
    const due = name === 'ctc' ? spoken.written : spoken.token;
    const right = end ? said === row.end : said === due;
    cell.textContent = said === row.end && name !== 'ctc' ? say('connector.end') : shown(said);
    cell.className = right ? 'hwr-k-right' : 'hwr-d-changed';
    cell.title = say(right ? 'connector.right' : 'connector.wrong', { token: end ? say('connector.end') : shown(due) });
  }

  function markColumn(token) {
    root.querySelectorAll('.hwr-k-spoken td').forEach((cell) => cell.classList.toggle('hwr-k-column', Number(cell.dataset.token) === token));
  }

  // ---- picking ------------------------------------------------------------------------------------------------------

  axis.lanes.addEventListener('click', (event) => {
    const at = event.target.closest('[data-token]');
    if (!view || !at) return;
    const row = Number(at.closest('[data-row]')?.dataset.row ?? picked.row);
    const of = at.classList.contains('hwr-k-chip') && sameTokens(row, picked.row) ? picked.row : row;
    const token = Number(at.dataset.token);
    if (token < view.rows[of].tokens.length) pick(of, token);
  });
  const sameTokens = (a, b) => JSON.stringify(view.rows[a].spoken.map((s) => s.token)) === JSON.stringify(view.rows[b].spoken.map((s) => s.token));
  part('spoken').addEventListener('click', (event) => {
    const cell = event.target.closest('td');
    if (!view || !cell) return;
    const row = view.rows[picked.row];
    const token = Number(cell.dataset.token) - (row.objective === 'surrogate' ? 1 : 0);
    if (token >= 0 && token < row.tokens.length) pick(picked.row, token);
  });
  axis.lanes.addEventListener('keydown', (event) => {
    if (!view || event.altKey || event.ctrlKey || event.metaKey) return;
    const last = view.rows[picked.row].tokens.length - 1;
    const to = { ArrowRight: picked.token + 1, ArrowLeft: picked.token - 1, Home: 0, End: last }[event.key];
    const row = { ArrowDown: picked.row + 1, ArrowUp: picked.row - 1 }[event.key];
    if (to === undefined && (row === undefined || view.rows.length < 2)) return;
    event.preventDefault();
    const next = clamp(row ?? picked.row, 0, view.rows.length - 1);
    pick(next, clamp(to ?? picked.token, 0, view.rows[next].tokens.length - 1));
    axis.reveal(middle());
  });
  root.addEventListener('hwr-look', () => root.offsetParent && trigger('focus'));
  watch('value', render);
  render();
})();
