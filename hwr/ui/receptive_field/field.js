// One line with what a layer could see at one spot (box) and what it used (heat).
(() => {
  const root = element.querySelector('.hwr-field');
  const axis = createAxis(root, () => {});
  const readout = root.querySelector('.hwr-f-readout');
  let view = null;
  let profile = [];

  function render(again) {
    view = props.value && props.value.profile ? props.value : null;
    if (again && root.closest('#hwr-field')) trigger('edit'); // the charts are drawn with their words in Python
    root.dataset.state = view ? 'filled' : 'empty';
    root.querySelector('.hwr-f-empty').textContent = say('field.empty');
    if (!view) return;
    axis.begin(view);
    axis.lanes.setAttribute('aria-label', say('field.keys'));
    legend();
    draw();
    axis.characters(view.index);
    axis.ruler();
    axis.layout();
    if (!again) axis.reveal(view.middle);
    tell(null);
  }

  function legend() {
    const items = root.querySelector('.hwr-f-legend');
    items.replaceChildren();
    for (const name of ['box', 'heat', 'middle']) {
      const item = make('span', 'hwr-f-key');
      item.append(make('i', 'hwr-f-sign hwr-f-sign-' + name), make('span', '', say('field.legend.' + name)));
      items.append(item);
    }
    items.append(make('span', 'hwr-f-model', `${view.model} · ${view.layer}`));
  }

  function draw() {
    const picture = axis.lane('image', say('viewer.image'));
    axis.image(picture.track);
    const heat = make('canvas', 'hwr-f-heat');
    heat.width = view.columns;
    heat.height = view.rows;
    heat.setAttribute('role', 'img');
    heat.setAttribute('aria-label', say('field.heat.long', { layer: view.layer }));
    heat.style.top = (100 * view.input[1]) / view.height + '%';
    heat.style.height = (100 * (view.input[3] - view.input[1])) / view.height + '%';
    paint(heat);
    const box = make('div', 'hwr-f-box');
    const middle = make('div', 'hwr-f-middle');
    picture.track.append(axis.place(heat, view.input[0], view.input[2]), axis.place(box, ...view.box), axis.place(middle, view.middle, view.middle, 2));

    const mass = axis.lane('mass', say('field.mass'), say('field.mass.long'));
    profile = bytes(view.profile);
    mass.track.append(axis.place(curve(), view.input[0], view.input[2]), axis.place(make('div', 'hwr-f-middle'), view.middle, view.middle, 2));

    const windows = axis.lane('reach', say('field.reach'));
    for (const reach of view.reach) {
      const bar = make('div', 'hwr-f-window');
      bar.dataset.share = reach.share;
      const label = make('span', '', say('field.window', { share: reach.share, width: Math.round(reach.upload) }));
      bar.append(label);
      windows.track.append(axis.place(bar, reach.x0, reach.x1, 4));
      axis.keepInside(label, reach.x0, reach.x1);
    }
  }

  function paint(canvas) {
    // One canvas pixel per network pixel. The template of colours: a warm ink whose strength is the root of the mass.
    const context = canvas.getContext('2d');
    const [r, g, b] = getComputedStyle(root).getPropertyValue('--hwr-f-heat').trim().split(/[\s,]+/).map(Number);
    const pixels = context.createImageData(view.columns, view.rows);
    const heat = bytes(view.heat);
    for (let i = 0; i < heat.length; i++) pixels.data.set([r, g, b, 0.92 * heat[i]], 4 * i);
    context.putImageData(pixels, 0, 0);
  }

  function curve() {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('viewBox', `0 0 ${profile.length} 100`);
    svg.setAttribute('preserveAspectRatio', 'none');
    svg.setAttribute('aria-hidden', 'true');
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    let d = 'M0 100';
    profile.forEach((value, x) => {
      const y = (100 - value / 2.55).toFixed(1);
      d += `L${x} ${y}L${x + 1} ${y}`;
    });
    path.setAttribute('d', d + `L${profile.length} 100Z`);
    svg.append(path);
    return svg;
  }

  function tell(x) {
    const column = x === null ? -1 : Math.floor(((x - view.input[0]) / (view.input[2] - view.input[0])) * view.columns);
    const facts = [];
    if (column >= 0 && column < view.columns) {
      const share = (100 * view.peak * profile[column]) / 255;
      facts.push(say('field.here', { x: axis.upload(x), share: share < 0.1 ? '< 0.1' : share.toFixed(1), frame: axis.frame(x) }));
    } else {
      const [from, to] = view.box_upload;
      facts.push(say(view.whole ? 'field.could.whole' : 'field.could', { from, to, width: to - from }));
      facts.push(say('field.used', { half: Math.round(view.reach[0].upload), most: Math.round(view.reach[1].upload) }));
      if (view.whole) facts.push(say('field.inside', { inside: Math.round(100 * view.inside) }));
    }
    readout.replaceChildren(...facts.map((fact) => make('span', 'hwr-f-fact', fact)));
  }

  let waiting = 0; // until the arrow keys rest
  const pick = (index, frame) => trigger('select', { index, frame, value: index >= 0 ? view.characters[index].text : '' });
  axis.lanes.addEventListener('pointermove', (event) => {
    if (view && event.pointerType !== 'touch') tell(axis.at(event));
  });
  axis.lanes.addEventListener('pointerleave', () => view && tell(null));
  axis.lanes.addEventListener('click', (event) => {
    const x = view ? axis.at(event) : null;
    if (x === null) return;
    const chip = event.target.closest('.hwr-f-chip');
    pick(chip ? Number(chip.dataset.index) : -1, chip ? -1 : axis.frame(x));
  });
  axis.lanes.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!view || !step || !view.characters.length || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const nearest = view.characters.findIndex((c) => c.last >= view.frame);
    const from = view.index >= 0 ? view.index : nearest < 0 ? view.characters.length - 1 : nearest - (step > 0 ? 1 : 0);
    const next = clamp(from + step, 0, view.characters.length - 1);
    if (next === view.index) return;
    view.index = next;
    axis.chips.forEach((chip, i) => chip.classList.toggle('hwr-picked', i === next));
    clearTimeout(waiting);
    waiting = setTimeout(() => pick(next, -1), 250);
  });
  new MutationObserver(() => view && paint(root.querySelector('.hwr-f-heat'))).observe(document.body, { attributes: true, attributeFilter: ['class'] });
  // Whenever the tab comes into sight, it is asked to follow what is picked elsewhere.
  let seen = false;
  new ResizeObserver(() => {
    const now = root.offsetParent !== null;
    if (now && !seen) requestAnimationFrame(() => setTimeout(() => trigger('focus'), 50));
    seen = now;
  }).observe(root);
  watch('value', render);
  render();
})();
