// The page with its numbered lines; picking one, on the picture or in the list, tells Python which.
(() => {
  const SVG = 'http://www.w3.org/2000/svg';
  const root = element.querySelector('.hwr-page');
  const picture = root.querySelector('.hwr-p-picture');
  const list = root.querySelector('.hwr-p-lines');
  let view = null;
  let selected = 0;
  let boxes = [];
  let rows = [];

  const svg = (tag, attributes) => {
    const node = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return node;
  };
  const percent = (p) => (p >= 0.9995 ? '100 %' : Math.round(p * 100) + ' %');
  const grade = (p) => (p >= view.sure ? 'sure' : p >= view.doubtful ? 'doubtful' : 'guess');

  function render(again) {
    const before = view;
    view = props.value && props.value.lines ? props.value : null;
    const scrolled = before && view && before.image === view.image ? list.scrollTop : 0;
    root.dataset.state = view ? 'filled' : 'empty';
    picture.replaceChildren();
    list.replaceChildren();
    boxes = [];
    rows = [];
    if (!view) return;
    root.querySelector('.hwr-p-title').textContent = say('page.title', { n: view.lines.length });
    root.querySelector('.hwr-p-marks').textContent = say('page.marks');
    list.setAttribute('aria-label', say('page.title', { n: view.lines.length }));
    const frame = make('div', 'hwr-p-frame');
    const image = document.createElement('img');
    image.src = view.image;
    image.alt = say('page.image');
    const overlay = svg('svg', { viewBox: `0 0 ${view.width} ${view.height}`, 'aria-hidden': 'true' });
    const size = Math.max(view.width, view.height) / 38;
    view.lines.forEach((line, i) => {
      const group = svg('g', { class: 'hwr-p-box', 'data-index': i });
      const corner = line.points.reduce((a, b) => (b[0] + b[1] < a[0] + a[1] ? b : a));
      const x = Math.max(size * 0.9, corner[0] - size);
      const y = (line.points[0][1] + line.points[line.points.length - 1][1]) / 2;
      const number = svg('text', { x, y, 'font-size': size * 0.82, 'text-anchor': 'middle', 'dominant-baseline': 'central' });
      number.textContent = String(i + 1);
      group.append(
        svg('polygon', { points: line.points.map((p) => p.join(',')).join(' ') }),
        svg('circle', { cx: x, cy: y, r: size * 0.74 }),
        number,
      );
      overlay.append(group);
      boxes.push(group);

      const row = make('li');
      row.id = element.id + '-line-' + i;
      row.dataset.index = i;
      row.dataset.grade = line.kept ? 'kept' : grade(line.worst);
      row.setAttribute('role', 'option');
      row.append(
        make('span', 'hwr-p-n', i + 1),
        make('span', 'hwr-p-text', line.kept || line.text || '\u2014'),
        make('span', 'hwr-p-p', line.kept ? '\u2713 ' + say('page.kept') : percent(line.confidence)),
      );
      list.append(row);
      rows.push(row);
    });
    frame.append(image, overlay);
    picture.append(frame);
    mark(again ? selected : view.selected);
    list.scrollTop = scrolled;
  }

  function mark(index) {
    selected = index;
    [...boxes, ...rows].forEach((node) => node.classList.toggle('hwr-picked', Number(node.dataset.index) === index));
    rows.forEach((row, i) => row.setAttribute('aria-selected', String(i === index)));
    if (rows[index]) list.setAttribute('aria-activedescendant', rows[index].id);
  }

  function pick(index) {
    if (!view || index < 0 || index >= view.lines.length || index === selected) return;
    mark(index);
    const row = rows[index];
    if (row.offsetTop < list.scrollTop || row.offsetTop + row.offsetHeight > list.scrollTop + list.clientHeight)
      list.scrollTop = row.offsetTop - list.clientHeight / 2;
    trigger('select', { index, value: view.lines[index].text });
    // List, ink and box in one sight.
    document.getElementById('hwr-keep')?.scrollIntoView({ block: 'nearest' });
  }

  const at = (event) => {
    const node = event.target.closest('[data-index]');
    return node ? Number(node.dataset.index) : -1;
  };
  root.addEventListener('click', (event) => pick(at(event)));
  root.addEventListener('pointerover', (event) => {
    const index = at(event);
    [...boxes, ...rows].forEach((node) => node.classList.toggle('hwr-on', Number(node.dataset.index) === index));
  });
  root.addEventListener('pointerleave', () => [...boxes, ...rows].forEach((node) => node.classList.remove('hwr-on')));
  list.addEventListener('keydown', (event) => {
    const to = { ArrowDown: selected + 1, ArrowUp: selected - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    pick(Math.min(rows.length - 1, Math.max(0, to)));
  });
  watch('value', render);
  render();
})();
