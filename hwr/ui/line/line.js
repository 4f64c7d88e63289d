// The line viewer.
(() => {
  const ROW = 16;
  const root = element.querySelector('.hwr-viewer');
  const part = (name) => root.querySelector('.hwr-v-' + name);
  const axis = createAxis(root, () => update());
  const { lanes } = axis;

  let view = null; // the LineView
  let posteriors = null; // createPosteriors of the view
  let parts = {}; // the nodes that move
  let edges = []; // cell borders of the characters, axis pixels, length characters + 1
  const state = { selected: -1, frame: -1, hover: -1, hoverFrame: -1, row: -1 };

  const faint = (character) => (character === ' ' ? ' hwr-v-blankish' : '');
  const spoken = (character) => (character === ' ' ? say('viewer.space') : character);
  const grade = (confidence) =>
    confidence >= view.sure ? 'sure' : confidence >= view.doubtful ? 'doubtful' : 'guess';
  const percent = (p) => {
    if (p >= 0.9995) return '100 %';
    if (p >= 0.0995) return Math.round(p * 100) + ' %';
    return p >= 0.001 ? (p * 100).toFixed(1) + ' %' : '< 0.1 %';
  };

  // ---- building -------------------------------------------------------------------------------------------------

  function render(again) {
    view = props.value && props.value.frames !== undefined ? props.value : null;
    Object.assign(state, again ? {} : { selected: -1, frame: -1 }, { hover: -1, hoverFrame: -1, row: -1 });
    root.dataset.state = view ? 'filled' : 'empty';
    part('empty').textContent = say('viewer.empty');
    if (!view) return;
    posteriors = createPosteriors(view);
    edges = cells();
    head();
    bar();
    build();
    axis.layout();
    if (!again) axis.rewind();
    update();
  }

  // CTC marks a letter by a few frames near its middle. Its cell, which takes the pointer and frames the ink, reaches
  // half-way to its neighbours, and at the ends of the line as far as the letter next to it does.
  function cells() {
    const list = view.characters;
    if (!list.length) return [];
    const between = list.slice(1).map((c, i) => (list[i].x1 + c.x0) / 2);
    const half = view.height * 0.22;
    const first = Math.max(0, Math.min(list[0].x0, (list[0].x0 + list[0].x1) / 2 - half));
    const end = list[list.length - 1];
    const last = Math.min(view.width, Math.max(end.x1, (end.x0 + end.x1) / 2 + half));
    return [first, ...between, last];
  }

  function head() {
    const lesson = part('lesson');
    lesson.textContent = view.lesson ? view.lesson[language()] : '';
    const text = part('text');
    text.replaceChildren();
    let word = null;
    let holder = text;
    view.characters.forEach((c, i) => {
      if (c.word !== word) {
        word = c.word;
        holder = text;
        if (word >= 0) {
          const w = view.words[word];
          holder = make('span', 'hwr-v-word');
          holder.dataset.grade = grade(w.confidence);
          holder.title = say('viewer.word', { word: w.text, confidence: percent(w.confidence) });
          text.append(holder);
        }
      }
      const span = make('span', 'hwr-v-char', c.text);
      span.dataset.index = i;
      holder.append(span);
    });
    if (!view.characters.length) text.append(make('span', 'hwr-v-nothing', say('viewer.nothing')));
    const truth = part('truth');
    truth.replaceChildren();
    if (view.truth !== null && view.truth !== undefined && view.truth !== view.text)
      truth.append(make('span', 'hwr-v-key', say('viewer.truth')), make('span', 'hwr-v-true', view.truth));
    const meta = part('meta');
    meta.replaceChildren();
    const item = (label, value, name) => {
      const li = make('li', name);
      if (label) li.append(make('span', 'hwr-v-key', label));
      li.append(make('span', 'hwr-v-value', value));
      meta.append(li);
    };
    if (view.lines > 1) item('', say('viewer.line', { n: view.line + 1, all: view.lines }));
    item(say('viewer.confidence'), percent(view.confidence));
    const doubts = view.words.filter((w) => w.confidence < view.sure).length;
    item('', doubts ? say(doubts === 1 ? 'viewer.doubt' : 'viewer.doubts', { n: doubts }) : say('viewer.nodoubts'));
    item(say('viewer.model'), view.model);
    if (view.precomputed) {
      item('', say('viewer.precomputed'), 'hwr-v-pre');
      meta.lastChild.append(make('code', '', 'python -m hwr precompute'));
    }
  }

  function bar() {
    const legend = part('legend');
    legend.replaceChildren();
    const confidence = make('span', 'hwr-v-scale');
    confidence.append(make('span', 'hwr-v-key', say('viewer.legend')));
    for (const [name, values] of [
      ['sure', { p: Math.round(view.sure * 100) }],
      ['doubtful', {}],
      ['guess', { p: Math.round(view.doubtful * 100) }],
    ]) {
      const entry = make('span', 'hwr-v-swatch');
      entry.dataset.grade = name;
      entry.append(make('i'), make('span', '', say('viewer.' + name, values)));
      confidence.append(entry);
    }
    const posterior = make('span', 'hwr-v-scale');
    posterior.append(make('span', 'hwr-v-key', say('viewer.posterior')), make('span', '', '0'), make('i', 'hwr-v-ramp'), make('span', '', '100 %'));
    legend.append(confidence, posterior);
    const group = part('zoom');
    group.setAttribute('aria-label', say('viewer.zoom'));
    group.replaceChildren();
    for (const [sign, key, factor] of [
      ['\u2212', 'viewer.smaller', 1 / 1.4],
      ['+', 'viewer.larger', 1.4],
    ]) {
      const button = make('button', '', sign);
      button.type = 'button';
      button.title = say(key);
      button.setAttribute('aria-label', say(key));
      button.addEventListener('click', () => axis.magnify(factor));
      group.append(button);
    }
  }

  function area(values, name) {
    // One step per frame; the svg is stretched over the frames, so zooming redraws nothing.
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('viewBox', `0 0 ${view.frames} 100`);
    svg.setAttribute('preserveAspectRatio', 'none');
    svg.setAttribute('class', name);
    svg.setAttribute('aria-hidden', 'true');
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    let d = 'M0 100';
    for (let t = 0; t < view.frames; t++) {
      const y = (100 - 100 * values(t)).toFixed(1);
      d += `L${t} ${y}L${t + 1} ${y}`;
    }
    path.setAttribute('d', d + `L${view.frames} 100Z`);
    svg.append(path);
    return svg;
  }

  function build() {
    axis.begin(view);
    lanes.setAttribute('aria-label', say('viewer.characters.long', { text: view.text }));
    lanes.removeAttribute('aria-activedescendant');
    parts = { chips: [] };
    parts.band = make('div', 'hwr-v-band');
    parts.cursor = make('div', 'hwr-v-cursor');
    lanes.append(parts.band, parts.cursor);

    const picture = hidden('image', say('viewer.image')).track;
    axis.image(picture);
    parts.box = make('div', 'hwr-v-box');
    picture.append(parts.box);

    const { gutter, track: chips } = axis.lane('chips', say('viewer.characters'));
    gutter.setAttribute('aria-hidden', 'true');
    view.characters.forEach((_, i) => chips.append(chip(i)));

    const blank = hidden('blank', say('viewer.blank'), say('viewer.blank.long')).track;
    blank.append(axis.overFrames(area((t) => posteriors.probability(0, t), 'hwr-v-area')));
    heat();
    axis.ruler().setAttribute('aria-hidden', 'true');
  }

  // The characters are a list box, which may hold nothing else.
  function hidden(...words) {
    const lane = axis.lane(...words);
    lane.row.setAttribute('aria-hidden', 'true');
    return lane;
  }

  function chip(i) {
    const c = view.characters[i];
    const node = make('div', 'hwr-v-chip');
    node.id = element.id + '-chip-' + i;
    node.dataset.index = i;
    node.dataset.grade = grade(c.confidence);
    node.setAttribute('role', 'option');
    node.setAttribute('aria-selected', 'false');
    node.setAttribute('aria-label', say('viewer.chip', { text: spoken(c.text), confidence: percent(c.confidence) }));
    const letter = make('b', faint(c.text), shownCharacter(c.text));
    const bar = make('i');
    node.append(letter, bar);
    axis.place(node, edges[i], edges[i + 1], 3);
    axis.follow(() => {
      letter.style.left = axis.screen((c.x0 + c.x1) / 2 - edges[i]) + 'px';
      const width = axis.screen(edges[i + 1] - edges[i]);
      node.classList.toggle('hwr-v-tight', width < 11);
      axis.put(bar, c.x0, c.x1, Math.min(10, width - 2), edges[i]);
    });
    parts.chips.push(node);
    return node;
  }

  function heat() {
    const { gutter, track } = hidden('heat', '', say('viewer.classes.long'));
    parts.rows = view.classes.slice(0, view.rows).map((label) => make('span', 'hwr-v-class' + faint(label), shownCharacter(label)));
    gutter.append(...parts.rows);
    track.style.height = view.rows * ROW + 'px';
    parts.heat = track;
    parts.canvas = make('canvas');
    parts.canvas.width = view.frames;
    parts.canvas.height = Math.max(1, view.rows);
    parts.cell = make('div', 'hwr-v-cell');
    track.append(axis.overFrames(parts.canvas), parts.cell);
    paint();
  }

  function paint() {
    if (view && parts.canvas && view.rows) posteriors.paint(parts.canvas, root);
  }

  // ---- showing what is picked -----------------------------------------------------------------------------------

  function update() {
    if (!view) return;
    const index = state.hover >= 0 ? state.hover : state.selected;
    const hovering = state.hoverFrame >= 0;
    const frame = hovering ? state.hoverFrame : state.frame;
    for (const node of root.querySelectorAll('.hwr-on')) node.classList.remove('hwr-on');
    for (const node of root.querySelectorAll('.hwr-picked')) node.classList.remove('hwr-picked');
    parts.chips.forEach((chip, i) => chip.setAttribute('aria-selected', String(i === state.selected)));
    if (state.selected >= 0) {
      lanes.setAttribute('aria-activedescendant', parts.chips[state.selected].id);
      parts.chips[state.selected].classList.add('hwr-picked');
      part('text').querySelector(`[data-index="${state.selected}"]`)?.classList.add('hwr-picked');
    } else lanes.removeAttribute('aria-activedescendant');
    root.dataset.active = String(index >= 0);
    root.dataset.character = String(state.selected);
    if (index >= 0) {
      const c = view.characters[index];
      parts.chips[index].classList.add('hwr-on');
      part('text').querySelector(`[data-index="${index}"]`)?.classList.add('hwr-on');
      const reach = Math.max(view.height * 0.5, c.x1 - c.x0); // a letter before a wide gap does not own the gap
      const from = Math.max(edges[index], c.x0 - reach);
      const to = Math.min(edges[index + 1], c.x1 + reach);
      for (const node of [parts.band, parts.box]) axis.put(node, from, to, 3);
      const row = view.classes.indexOf(c.text);
      parts.cell.hidden = !(row >= 0 && row < view.rows);
      axis.put(parts.cell, axis.frameX(c.first), axis.frameX(c.last + 1));
      parts.cell.style.top = row * ROW - 1 + 'px';
      if (row >= 0) parts.rows[row]?.classList.add('hwr-on');
    } else parts.cell.hidden = true;
    if (state.row >= 0) parts.rows[state.row]?.classList.add('hwr-on');
    parts.cursor.hidden = frame < 0;
    if (frame >= 0) axis.put(parts.cursor, axis.frameX(frame), axis.frameX(frame + 1), 1);
    readout(index, frame);
  }

  function readout(index, frame) {
    const panel = part('readout');
    panel.replaceChildren();
    if (index < 0 && frame < 0) {
      panel.append(make('p', 'hwr-v-hint', say('viewer.hint')));
      return;
    }
    const left = make('div', 'hwr-v-who');
    if (index >= 0) {
      const c = view.characters[index];
      const tile = make('span', 'hwr-v-tile' + faint(c.text), shownCharacter(c.text));
      tile.dataset.grade = grade(c.confidence);
      const facts = make('div', 'hwr-v-facts');
      const confidence = make('p', 'hwr-v-sure', percent(c.confidence));
      confidence.append(make('span', '', say('viewer.' + grade(c.confidence) + '.short')));
      const [from, to] = [axis.upload(c.x0), axis.upload(c.x1)];
      facts.append(
        confidence,
        make('p', '', say('viewer.where', { n: index + 1, all: view.characters.length })),
        make('p', '', say(c.first === c.last ? 'viewer.span1' : 'viewer.span', { first: c.first, last: c.last, from, to })),
      );
      left.append(tile, facts);
    }
    panel.append(left);
    if (frame >= 0) {
      const right = make('div', 'hwr-v-five');
      const x = axis.upload(axis.frameX(frame + 0.5));
      right.append(make('p', 'hwr-v-key', say('viewer.frame', { frame, x })));
      const list = make('ol');
      for (const { label, p } of posteriors.best(frame, 5)) {
        const item = make('li');
        const name = make('span', label === null ? 'hwr-v-none' : 'hwr-v-name' + faint(label), label === null ? say('viewer.blank') : shownCharacter(label));
        const rail = make('span', 'hwr-v-rail');
        rail.append(make('i'));
        rail.firstChild.style.width = (100 * p).toFixed(1) + '%';
        item.append(name, rail, make('span', 'hwr-v-p', percent(p)));
        list.append(item);
      }
      right.append(list);
      panel.append(right);
    }
  }

  // ---- picking --------------------------------------------------------------------------------------------------

  function characterAt(x) {
    if (!view.characters.length || x < edges[0] || x > edges[edges.length - 1]) return -1;
    for (let i = 0; i < view.characters.length; i++) if (x <= edges[i + 1]) return i;
    return -1;
  }

  function point(event) {
    const x = axis.at(event);
    if (x === null) return null;
    const over = event.target.closest?.('.hwr-f-lane-heat');
    const row = over ? Math.floor((event.clientY - parts.heat.getBoundingClientRect().top) / ROW) : -1;
    return { x, row, frame: axis.frame(x) };
  }

  function select(index, frame, tell) {
    state.selected = index;
    state.frame = index < 0 && frame < 0 ? -1 : frame >= 0 ? frame : posteriors.peak(view.characters[index]);
    if (index >= 0) axis.reveal(view.characters[index].x0, view.characters[index].x1);
    update();
    if (tell) {
      root.dataset.told = String(index);
      trigger('select', {
        index,
        value: index >= 0 ? view.characters[index].text : '',
        frame: state.frame,
        line: view.line,
      });
    }
  }

  lanes.addEventListener('pointermove', (event) => {
    if (!view || event.pointerType === 'touch') return;
    const at = point(event);
    state.hover = at ? characterAt(at.x) : -1;
    state.hoverFrame = at ? at.frame : -1;
    state.row = at ? at.row : -1;
    update();
  });
  const leave = () => {
    Object.assign(state, { hover: -1, hoverFrame: -1, row: -1 });
    update();
  };
  lanes.addEventListener('pointerleave', leave);
  lanes.addEventListener('click', (event) => {
    if (!view) return;
    const at = point(event);
    if (!at) return;
    lanes.focus({ preventScroll: true });
    const chip = event.target.closest('.hwr-v-chip');
    const index = chip ? Number(chip.dataset.index) : characterAt(at.x);
    select(index, chip ? -1 : at.frame, true);
  });
  part('text').addEventListener('pointermove', (event) => {
    const span = event.target.closest('.hwr-v-char');
    if (!span || event.pointerType === 'touch') return;
    state.hover = Number(span.dataset.index);
    state.hoverFrame = posteriors.peak(view.characters[state.hover]);
    update();
  });
  part('text').addEventListener('pointerleave', leave);
  part('text').addEventListener('click', (event) => {
    const span = event.target.closest('.hwr-v-char');
    if (!span) return;
    lanes.focus({ preventScroll: true });
    select(Number(span.dataset.index), -1, true);
  });
  lanes.addEventListener('keydown', (event) => {
    if (!view || event.altKey || event.ctrlKey || event.metaKey) return;
    const last = view.characters.length - 1;
    const at = state.selected;
    if (event.key === 'ArrowRight' && last >= 0) select(at < 0 ? 0 : Math.min(last, at + 1), -1, false);
    else if (event.key === 'ArrowLeft' && last >= 0) select(at < 0 ? last : Math.max(0, at - 1), -1, false);
    else if (event.key === 'Home' && last >= 0) select(0, -1, false);
    else if (event.key === 'End' && last >= 0) select(last, -1, false);
    else if ((event.key === 'Enter' || event.key === ' ') && at >= 0) select(at, state.frame, true);
    else if (event.key === 'Escape' && at >= 0) {
      Object.assign(state, { hover: -1, hoverFrame: -1, row: -1 });
      select(-1, -1, true);
    } else return;
    Object.assign(state, { hover: -1, hoverFrame: -1, row: -1 });
    update();
    event.preventDefault();
    event.stopPropagation();
  });

  new MutationObserver(paint).observe(document.body, { attributes: true, attributeFilter: ['class'] });
  watch('value', render);
  render();
})();
