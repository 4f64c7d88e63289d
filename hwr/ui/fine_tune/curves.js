// Curves of training runs: one small chart a quantity, the runs over each other. The legend tells the values at the
// cursor, which all charts share, or the last ones. Values are plain numbers; texts enter through textContent.
(() => {
  const SVG = 'http://www.w3.org/2000/svg';
  const HEIGHT = 176;
  const MARGIN = { left: 48, right: 12, top: 8, bottom: 22 };
  const root = element.querySelector('.hwr-curves');
  const grid = root.querySelector('.hwr-c-grid');
  const kept = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const keep = (name, value) => { try { localStorage.setItem(name, value); } catch { /* a private window */ } };
  const options = { log: kept('hwr-curves-log') === 'yes', axis: kept('hwr-curves-axis') === 'seconds' ? 'seconds' : 'step' };
  const switched = new Map(); // "panel series" -> what the legend was set to
  let view = null;
  let charts = [];
  let cursor = null; // a place on the x axis

  const shape = (name, attributes, parent) => {
    const node = document.createElementNS(SVG, name);
    Object.entries(attributes).forEach(([key, value]) => node.setAttribute(key, value));
    if (parent) parent.append(node);
    return node;
  };
  const seriesName = (key) => STRINGS[language()]['tune.series.' + key] ?? key;
  const several = () => view.runs.length > 1;
  const colour = (series, index) => `var(--hwr-c-${(several() ? view.runs[series.run].colour : index) % 6})`;
  const dash = (index) => (several() ? ['none', '5 3', '1.5 3', '8 3 2 3'][index % 4] : 'none');
  const isOn = (panel, key, rank) => switched.get(`${panel.name} ${key}`) ?? (!several() || rank === 0);

  function number(value, unit) {
    if (value === null || value === undefined) return '–';
    if (unit === '%') return (100 * value).toFixed(Math.abs(value) < 0.0995 ? 2 : 1) + ' %';
    const size = Math.abs(value);
    if (size && (size < 0.001 || size >= 1e6)) return value.toExponential(1).replace('e-', 'e−').replace('e+', 'e');
    return size >= 100 ? String(Math.round(value)) : size >= 10 ? value.toFixed(1) : value.toFixed(size >= 1 ? 2 : size >= 0.1 ? 3 : 4);
  }
  function place(x) {
    if (options.axis === 'step') return say('tune.curves.at.step', { n: Math.round(x).toLocaleString() });
    return clock(x);
  }
  function clock(seconds) {
    if (seconds < 100) return say('tune.curves.seconds', { n: Math.round(seconds) });
    if (seconds < 6000) return say('tune.curves.minutes', { n: (seconds / 60).toFixed(seconds < 600 ? 1 : 0) });
    return say('tune.curves.hours', { n: (seconds / 3600).toFixed(1) });
  }

  const steps = (rough) => {
    const power = 10 ** Math.floor(Math.log10(rough));
    return [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999);
  };
  function linear(low, high, count) {
    if (high === low) { const pad = Math.abs(high) * 0.1 || 1; low -= pad; high += pad; }
    const step = steps((high - low) / count);
    const from = Math.floor(low / step + 1e-9) * step;
    const to = Math.ceil(high / step - 1e-9) * step;
    const ticks = [];
    for (let i = 0; from + i * step <= to + step / 2; i++) ticks.push(from + i * step);
    return { low: from, high: to, ticks, at: (v) => (v - from) / (to - from) };
  }
  function logarithmic(low, high) {
    const from = Math.log10(low) - 0.04;
    const to = Math.max(Math.log10(high) + 0.04, from + 0.1);
    const every = [];
    for (let power = Math.floor(from); power <= to; power++) for (const m of [1, 2, 5]) every.push(m * 10 ** power);
    const inside = every.filter((v) => Math.log10(v) >= from && Math.log10(v) <= to);
    const decades = inside.filter((v) => Number.isInteger(Math.round(1e6 * Math.log10(v)) / 1e6));
    return { low: 10 ** from, high: 10 ** to, ticks: inside.length > 5 && decades.length > 1 ? decades : inside, at: (v) => (Math.log10(v) - from) / (to - from) };
  }

  function render(again) {
    if (again) grid.dataset.panels = '';
    view = props.value && props.value.panels && props.value.panels.length ? props.value : null;
    root.dataset.state = view ? 'filled' : 'empty';
    root.querySelector('.hwr-c-empty').textContent = say('tune.curves.empty');
    if (!view) { grid.replaceChildren(); charts = []; return; }
    bar();
    const wanted = view.panels.map((panel) => panel.name).join(' ');
    if (grid.dataset.panels !== wanted) {
      grid.dataset.panels = wanted;
      grid.replaceChildren();
      charts = view.panels.map(createChart);
    }
    view.panels.forEach((panel, i) => charts[i].show(panel));
  }

  function bar() {
    const runs = root.querySelector('.hwr-c-runs');
    runs.replaceChildren();
    for (const run of several() ? view.runs : []) {
      const key = make('span', 'hwr-c-run');
      const swatch = make('i');
      swatch.style.background = `var(--hwr-c-${run.colour % 6})`;
      key.append(swatch, make('span', '', run.name));
      runs.append(key);
    }
    const box = root.querySelector('.hwr-c-options');
    if (box.dataset.language === language()) return;
    box.dataset.language = language();
    box.replaceChildren();
    const choice = (name, text, pressed, click) => {
      const button = make('button', '', text);
      button.type = 'button';
      button.dataset.option = name;
      button.setAttribute('aria-pressed', String(pressed));
      button.addEventListener('click', () => {
        click();
        button.setAttribute('aria-pressed', String(button.dataset.option === 'log' ? options.log : options.axis === 'seconds'));
        cursor = null;
        charts.forEach((chart) => chart.draw());
      });
      box.append(button);
    };
    choice('log', say('tune.curves.log'), options.log, () => {
      options.log = !options.log;
      keep('hwr-curves-log', options.log ? 'yes' : 'no');
    });
    choice('seconds', say('tune.curves.time'), options.axis === 'seconds', () => {
      options.axis = options.axis === 'step' ? 'seconds' : 'step';
      keep('hwr-curves-axis', options.axis);
    });
  }

  function createChart(first) {
    const card = make('section', 'hwr-c-chart');
    card.dataset.panel = first.name;
    const head = make('div', 'hwr-c-head');
    const legend = make('div', 'hwr-c-legend');
    head.append(make('h4', '', say('tune.panel.' + first.name)), legend);
    const svg = shape('svg', { tabindex: 0, role: 'img' });
    card.append(head, svg);
    grid.append(card);
    let panel = first;
    let drawn = []; // of each shown series: its points on the screen and its legend value
    let scale = null;

    function keys() {
      return [...new Set(panel.series.map((series) => series.key))];
    }
    function show(next) {
      panel = next;
      draw();
    }
    function draw() {
      const width = card.clientWidth - 2;
      if (width < 60) return;
      const names = keys();
      const all = panel.series.map((series) => ({ ...series, rank: names.indexOf(series.key), x: series[options.axis] }));
      const shown = all.filter((series) => isOn(panel, series.key, series.rank) && series.x.length);
      svg.setAttribute('viewBox', `0 0 ${width} ${HEIGHT}`);
      svg.style.height = HEIGHT + 'px';
      svg.setAttribute('aria-label', say('tune.curves.label', { what: say('tune.panel.' + panel.name) }));
      svg.replaceChildren();
      scale = scales(shown, width);
      if (scale) axes(width);
      drawn = shown.map((series) => line(series));
      legends(all, names);
      point();
    }
    function scales(shown, width) {
      const xs = shown.flatMap((series) => series.x);
      const log = options.log && panel.log;
      const ys = shown.flatMap((series) => series.value).filter((v) => v !== null && (!log || v > 0));
      if (!ys.length) return null;
      const extent = (values) => values.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity]);
      const [x0, x1] = extent(xs);
      let [low, high] = extent(ys);
      if (!log && low > 0 && low < 0.4 * high) low = 0;
      const y = log ? logarithmic(low, high) : linear(low, high, 4);
      const right = width - MARGIN.right;
      const span = x1 - x0 || 1;
      return {
        log, right, x0, x1: x0 + span, y,
        atX: (x) => MARGIN.left + ((x - x0) / span) * (right - MARGIN.left),
        atY: (v) => HEIGHT - MARGIN.bottom - clamp(y.at(v), -0.05, 1.05) * (HEIGHT - MARGIN.bottom - MARGIN.top),
        back: (pixel) => x0 + clamp((pixel - MARGIN.left) / (right - MARGIN.left), 0, 1) * span,
      };
    }
    function axes(width) {
      for (const tick of scale.y.ticks) {
        const y = scale.atY(tick).toFixed(1);
        shape('line', { class: 'hwr-c-rule', x1: MARGIN.left, x2: scale.right, y1: y, y2: y }, svg);
        const shownTick = panel.unit === '%' ? +(100 * tick).toPrecision(4) + ' %' : tickText(tick);
        shape('text', { class: 'hwr-c-tick', x: MARGIN.left - 7, y: +y + 4, 'text-anchor': 'end' }, svg).textContent = shownTick;
      }
      const marks = linear(scale.x0, scale.x1, Math.max(2, Math.floor(width / 80))).ticks.filter((t) => t >= scale.x0 - 1e-9 && t <= scale.x1 + 1e-9);
      for (const tick of marks.filter((t) => options.axis === 'seconds' || Number.isInteger(t))) {
        const x = scale.atX(tick);
        const anchor = x > width - 30 ? 'end' : x < MARGIN.left + 12 ? 'start' : 'middle';
        shape('text', { class: 'hwr-c-tick', x: x.toFixed(1), y: HEIGHT - 6, 'text-anchor': anchor }, svg).textContent = options.axis === 'seconds' ? clock(tick) : tick.toLocaleString();
      }
    }
    const tickText = (tick) => (tick && (Math.abs(tick) < 0.001 || Math.abs(tick) >= 1e5) ? tick.toExponential(1).replace('.0e', 'e').replace('e-', 'e−').replace('e+', 'e') : String(+tick.toPrecision(4)));
    function line(series) {
      const points = [];
      let path = '';
      let pen = 'M';
      series.x.forEach((x, i) => {
        const value = series.value[i];
        if (value === null || (scale.log && value <= 0)) { pen = 'M'; return; }
        points.push({ x, value, px: scale.atX(x), py: scale.atY(value) });
        path += `${pen}${scale.atX(x).toFixed(1)} ${scale.atY(value).toFixed(1)}`;
        pen = 'L';
      });
      const stroke = colour(series, series.rank);
      const group = shape('g', { class: 'hwr-c-line', style: `color: ${stroke}` }, svg);
      shape('path', { d: path, 'stroke-dasharray': dash(series.rank) }, group);
      if (points.length <= 40) points.forEach((p) => shape('circle', { cx: p.px.toFixed(1), cy: p.py.toFixed(1), r: points.length < 12 ? 2.6 : 1.6 }, group));
      return { series, points, mark: shape('circle', { class: 'hwr-c-mark', r: 4, visibility: 'hidden' }, group) };
    }
    function legends(all, names) {
      legend.replaceChildren();
      names.forEach((key, rank) => {
        const button = make('button');
        button.type = 'button';
        button.dataset.series = key;
        button.setAttribute('aria-pressed', String(isOn(panel, key, rank)));
        const swatch = make('i');
        if (several()) swatch.style.borderTopStyle = rank ? 'dashed' : 'solid';
        else swatch.style.borderTopColor = colour(all[0], rank);
        button.append(swatch, make('span', '', seriesName(key)), ...all.filter((s) => s.key === key).map((s) => {
          const value = make('b');
          value.dataset.run = s.run;
          if (several()) value.style.color = colour(s, rank);
          return value;
        }));
        button.addEventListener('click', () => {
          switched.set(`${panel.name} ${key}`, !isOn(panel, key, rank));
          draw();
        });
        legend.append(button);
      });
    }
    function nearest(points, x) {
      return points.reduce((best, p) => (best === null || Math.abs(p.x - x) <= Math.abs(best.x - x) ? p : best), null);
    }
    function point() {
      svg.querySelectorAll('.hwr-c-cursor').forEach((node) => node.remove());
      for (const one of drawn) {
        const at = cursor === null ? one.points[one.points.length - 1] : nearest(one.points, cursor);
        const cell = legend.querySelector(`button[data-series="${CSS.escape(one.series.key)}"] b[data-run="${one.series.run}"]`);
        if (cell) cell.textContent = at ? number(at.value, panel.unit) : '–';
        one.mark.setAttribute('visibility', at && cursor !== null ? 'visible' : 'hidden');
        if (at) { one.mark.setAttribute('cx', at.px); one.mark.setAttribute('cy', at.py); }
      }
      if (cursor === null || !scale || cursor < scale.x0 || cursor > scale.x1) return;
      const x = scale.atX(cursor);
      shape('line', { class: 'hwr-c-cursor', x1: x, x2: x, y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom }, svg);
      const end = x > scale.right - 90;
      shape('text', { class: 'hwr-c-cursor', x: end ? x - 6 : x + 6, y: MARGIN.top + 10, 'text-anchor': end ? 'end' : 'start' }, svg).textContent = place(cursor);
    }
    const look = (event) => {
      if (!scale) return;
      const x = scale.back(event.clientX - svg.getBoundingClientRect().left);
      const all = drawn.flatMap((one) => one.points);
      const at = nearest(all, x);
      cursor = at ? at.x : null;
      charts.forEach((chart) => chart.point());
    };
    svg.addEventListener('pointermove', look);
    svg.addEventListener('pointerdown', look);
    svg.addEventListener('pointerleave', () => {
      cursor = null;
      charts.forEach((chart) => chart.point());
    });
    svg.addEventListener('keydown', (event) => {
      const places = [...new Set(drawn.flatMap((one) => one.points.map((p) => p.x)))].sort((a, b) => a - b);
      const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -1e9, End: 1e9 }[event.key];
      if (event.key === 'Escape') cursor = null;
      else if (step && places.length) {
        const now = cursor === null ? places.length - 1 : places.findIndex((x) => x >= cursor);
        cursor = places[clamp((now < 0 ? places.length - 1 : now) + step, 0, places.length - 1)];
      } else return;
      event.preventDefault();
      charts.forEach((chart) => chart.point());
    });
    return { show, draw, point };
  }

  new ResizeObserver(() => charts.forEach((chart) => chart.draw())).observe(grid);
  watch('value', render);
  render();
})();
