// The line viewer.
(() => {
  const MIN_FRAME = matchMedia('(pointer: coarse)').matches ? 5 : 4; // CSS pixels a frame takes at least
  const ROW = 16;
  const root = element.querySelector('.hwr-viewer');
  const part = (name) => root.querySelector('.hwr-v-' + name);
  const lanes = part('lanes');
  const scroller = part('scroll');

  let view = null; // the LineView
  let posteriors = null; // Uint8Array (1 + classes) * frames
  let zoom = 1; // CSS pixels per axis pixel
  let magnify = 1;
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
  const probability = (row, frame) => {
    const root = posteriors[row * view.frames + frame] / 255;
    return root * root;
  };
  const frameX = (frame) => view.frame_x0 + frame * view.frame_width;

  // ---- building -------------------------------------------------------------------------------------------------

  function render() {
    view = props.value && props.value.frames !== undefined ? props.value : null;
    Object.assign(state, { selected: -1, frame: -1, hover: -1, hoverFrame: -1, row: -1 });
    magnify = 1;
    root.dataset.state = view ? 'filled' : 'empty';
    part('empty').textContent = say('viewer.empty');
    if (!view) return;
    const raw = atob(view.posteriors);
    posteriors = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) posteriors[i] = raw.charCodeAt(i);
    edges = cells();
    head();
    bar();
    build();
    layout();
    scroller.scrollLeft = 0;
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
    for (const [sign, key, change] of [
      ['\u2212', 'viewer.smaller', () => (magnify = Math.max(1, magnify / 1.4))],
      ['+', 'viewer.larger', () => (magnify = Math.min(8, magnify * 1.4))],
    ]) {
      const button = make('button', '', sign);
      button.type = 'button';
      button.title = say(key);
      button.setAttribute('aria-label', say(key));
      button.addEventListener('click', () => {
        const middle = (scroller.scrollLeft + scroller.clientWidth / 2) / Math.max(1, scroller.scrollWidth);
        change();
        layout();
        update();
        scroller.scrollLeft = middle * scroller.scrollWidth - scroller.clientWidth / 2;
      });
      group.append(button);
    }
  }

  function lane(name, label) {
    const row = make('div', 'hwr-v-lane hwr-v-lane-' + name);
    const gutter = make('div', 'hwr-v-gutter');
    gutter.append(make('span', '', label));
    gutter.setAttribute('aria-hidden', 'true');
    const track = make('div', 'hwr-v-track');
    row.append(gutter, track);
    lanes.append(row);
    return { row, gutter, track };
  }

  function area(values, offset, name) {
    // One step per frame; the svg is stretched over the frames, so zooming redraws nothing.
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('viewBox', `0 0 ${view.frames} 100`);
    svg.setAttribute('preserveAspectRatio', 'none');
    svg.setAttribute('class', name);
    svg.setAttribute('aria-hidden', 'true');
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    let d = 'M0 100';
    for (let t = 0; t < view.frames; t++) {
      const y = (100 - 100 * values(t, offset)).toFixed(1);
      d += `L${t} ${y}L${t + 1} ${y}`;
    }
    path.setAttribute('d', d + `L${view.frames} 100Z`);
    svg.append(path);
    return svg;
  }

  function build() {
    lanes.replaceChildren();
    lanes.setAttribute('aria-label', say('viewer.characters.long', { text: view.text }));
    lanes.removeAttribute('aria-activedescendant');
    parts = { frames: [], chips: [] };
    parts.band = make('div', 'hwr-v-band');
    parts.cursor = make('div', 'hwr-v-cursor');
    lanes.append(parts.band, parts.cursor);

    const picture = lane('image', say('viewer.image'));
    parts.image = make('img');
    parts.image.alt = say('viewer.image.long');
    parts.image.draggable = false;
    parts.image.src = view.image;
    parts.box = make('div', 'hwr-v-box');
    picture.track.append(parts.image, parts.box);

    const chips = lane('chips', say('viewer.characters'));
    view.characters.forEach((c, i) => {
      const chip = make('div', 'hwr-v-chip');
      chip.id = element.id + '-chip-' + i;
      chip.dataset.index = i;
      chip.dataset.grade = grade(c.confidence);
      chip.setAttribute('role', 'option');
      chip.setAttribute('aria-selected', 'false');
      chip.setAttribute('aria-label', say('viewer.chip', { text: spoken(c.text), confidence: percent(c.confidence) }));
      chip.append(make('b', faint(c.text), shownCharacter(c.text)), make('i'));
      chips.track.append(chip);
      parts.chips.push(chip);
    });

    const blank = lane('blank', say('viewer.blank'));
    blank.gutter.title = say('viewer.blank.long');
    blank.track.append(area((t) => probability(0, t), 0, 'hwr-v-area'));
    parts.frames.push(blank.track.firstChild);

    const heat = lane('heat', '');
    heat.gutter.replaceChildren();
    heat.gutter.title = say('viewer.classes.long');
    parts.rows = [];
    for (let k = 0; k < view.rows; k++) {
      const label = make('span', 'hwr-v-class' + faint(view.classes[k]), shownCharacter(view.classes[k]));
      heat.gutter.append(label);
      parts.rows.push(label);
    }
    heat.track.style.height = view.rows * ROW + 'px';
    parts.heat = heat.track;
    parts.canvas = make('canvas');
    parts.canvas.width = view.frames;
    parts.canvas.height = Math.max(1, view.rows);
    parts.canvas.setAttribute('role', 'img');
    parts.canvas.setAttribute('aria-label', say('viewer.classes.long'));
    parts.cell = make('div', 'hwr-v-cell');
    heat.track.append(parts.canvas, parts.cell);
    parts.frames.push(parts.canvas);
    paint();

    const ruler = lane('ruler', say('viewer.ruler'));
    parts.ruler = ruler.track;
  }

  function paint() {
    // One canvas pixel per frame and class; CSS stretches it. The ink's colour is the theme's, its strength sqrt(p).
    if (!view || !parts.canvas || !view.rows) return;
    const context = parts.canvas.getContext('2d');
    const [r, g, b] = getComputedStyle(root).getPropertyValue('--hwr-heat').trim().split(/[\s,]+/).map(Number);
    const pixels = context.createImageData(view.frames, view.rows);
    for (let k = 0; k < view.rows; k++)
      for (let t = 0; t < view.frames; t++) {
        const at = 4 * (k * view.frames + t);
        pixels.data[at] = r;
        pixels.data[at + 1] = g;
        pixels.data[at + 2] = b;
        pixels.data[at + 3] = posteriors[(k + 1) * view.frames + t];
      }
    context.putImageData(pixels, 0, 0);
  }

  // ---- placing --------------------------------------------------------------------------------------------------

  function layout() {
    if (!view || !scroller.clientWidth) return;
    const gutter = parseFloat(getComputedStyle(root).getPropertyValue('--hwr-gutter'));
    const room = scroller.clientWidth - gutter - 1;
    const tallest = scroller.clientWidth < 600 ? 110 : 190;
    const fit = Math.min(room / view.width, tallest / view.height);
    zoom = Math.max(fit, MIN_FRAME / view.frame_width) * magnify;
    const axis = view.width * zoom;
    lanes.style.setProperty('--axis', axis + 'px');
    parts.image.style.height = view.height * zoom + 'px';
    parts.image.parentNode.style.height = view.height * zoom + 'px';
    for (const node of parts.frames) {
      node.style.left = view.frame_x0 * zoom + 'px';
      node.style.width = view.frames * view.frame_width * zoom + 'px';
    }
    view.characters.forEach((c, i) => {
      const chip = parts.chips[i];
      const left = edges[i] * zoom;
      const width = Math.max(3, (edges[i + 1] - edges[i]) * zoom);
      chip.style.left = left + 'px';
      chip.style.width = width + 'px';
      chip.classList.toggle('hwr-v-tight', width < 11);
      chip.firstChild.style.left = (((c.x0 + c.x1) / 2) * zoom - left) + 'px';
      const under = chip.lastChild;
      const bar = clamp((c.x1 - c.x0) * zoom - 2, Math.min(10, width - 2), width);
      under.style.left = ((c.x0 + c.x1) / 2) * zoom - left - bar / 2 + 'px';
      under.style.width = bar + 'px';
    });
    ticks(axis);
  }

  function ticks(axis) {
    parts.ruler.replaceChildren();
    const perPixel = Math.abs(view.per_pixel) / zoom; // upload pixels per CSS pixel
    if (!(perPixel > 0)) return;
    const rough = perPixel * 90;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough);
    const ends = [view.origin, view.origin + view.per_pixel * view.width].sort((a, b) => a - b);
    for (let x = Math.ceil(ends[0] / step) * step; x <= ends[1]; x += step) {
      const left = ((x - view.origin) / view.per_pixel) * zoom;
      if (left > axis - 14) continue;
      const tick = make('span', 'hwr-v-tick', String(Math.round(x)));
      tick.style.left = left + 'px';
      parts.ruler.append(tick);
    }
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
      for (const node of [parts.band, parts.box]) {
        node.style.left = `calc(${from * zoom}px + var(--from, 0px))`;
        node.style.width = Math.max(3, (to - from) * zoom) + 'px';
      }
      const row = view.classes.indexOf(c.text);
      parts.cell.hidden = !(row >= 0 && row < view.rows);
      parts.cell.style.left = frameX(c.first) * zoom - 1 + 'px';
      parts.cell.style.width = (c.last - c.first + 1) * view.frame_width * zoom + 2 + 'px';
      parts.cell.style.top = row * ROW - 1 + 'px';
      if (row >= 0) parts.rows[row]?.classList.add('hwr-on');
    } else parts.cell.hidden = true;
    if (state.row >= 0) parts.rows[state.row]?.classList.add('hwr-on');
    parts.cursor.hidden = frame < 0;
    if (frame >= 0) {
      parts.cursor.style.left = `calc(${frameX(frame) * zoom}px + var(--hwr-gutter))`;
      parts.cursor.style.width = Math.max(1, view.frame_width * zoom) + 'px';
    }
    readout(index, frame);
  }

  function best(frame, count) {
    const list = [{ label: null, p: probability(0, frame) }];
    view.classes.forEach((label, k) => list.push({ label, p: probability(k + 1, frame) }));
    return list.sort((a, b) => b.p - a.p).slice(0, count);
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
      const from = Math.round(view.origin + view.per_pixel * c.x0);
      const to = Math.round(view.origin + view.per_pixel * c.x1);
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
      const x = Math.round(view.origin + view.per_pixel * (frameX(frame) + view.frame_width / 2));
      right.append(make('p', 'hwr-v-key', say('viewer.frame', { frame, x })));
      const list = make('ol');
      for (const { label, p } of best(frame, 5)) {
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

  function peak(index) {
    const c = view.characters[index];
    const row = view.classes.indexOf(c.text) + 1;
    let at = c.first;
    for (let t = c.first; t <= c.last; t++) if (probability(row, t) > probability(row, at)) at = t;
    return clamp(at, 0, view.frames - 1);
  }

  function point(event) {
    const gutter = parseFloat(getComputedStyle(root).getPropertyValue('--hwr-gutter'));
    const inside = event.clientX - scroller.getBoundingClientRect().left;
    if (inside < gutter) return null;
    const x = (event.clientX - lanes.getBoundingClientRect().left - gutter) / zoom;
    if (x < 0 || x > view.width) return null;
    const over = event.target.closest?.('.hwr-v-lane-heat');
    const row = over ? Math.floor((event.clientY - parts.heat.getBoundingClientRect().top) / ROW) : -1;
    return { x, row, frame: clamp(Math.floor((x - view.frame_x0) / view.frame_width), 0, view.frames - 1) };
  }

  function select(index, frame, tell) {
    state.selected = index;
    state.frame = index < 0 && frame < 0 ? -1 : frame >= 0 ? frame : peak(index);
    if (index >= 0) reveal(index);
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

  function reveal(index) {
    const c = view.characters[index];
    const gutter = parseFloat(getComputedStyle(root).getPropertyValue('--hwr-gutter'));
    const room = scroller.clientWidth - gutter;
    const from = c.x0 * zoom - scroller.scrollLeft;
    const to = c.x1 * zoom - scroller.scrollLeft;
    if (from >= 24 && to <= room - 24) return;
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    scroller.scrollTo({ left: (c.x0 + c.x1) / 2 * zoom - room / 2, behavior: calm ? 'auto' : 'smooth' });
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
    state.hoverFrame = peak(state.hover);
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

  new ResizeObserver(() => {
    layout();
    update();
  }).observe(scroller);
  new MutationObserver(paint).observe(document.body, { attributes: true, attributeFilter: ['class'] });
  watch('value', render);
  render();
})();
