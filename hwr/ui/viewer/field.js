// One line with what a layer could see at one spot (box) and what it used (heat), for one model or several.
(() => {
  const root = element.querySelector('.hwr-field');
  const axis = createAxis(root, () => {});
  const readout = root.querySelector('.hwr-f-readout');
  let view = null;
  let profiles = [];

  function render() {
    view = props.value && props.value.fields ? props.value : null;
    root.dataset.state = view ? 'filled' : 'empty';
    root.querySelector('.hwr-f-empty').textContent = say('field.empty');
    if (!view) return;
    axis.begin(view);
    axis.lanes.setAttribute('aria-label', say('field.keys'));
    profiles = [];
    legend();
    view.fields.forEach(draw);
    axis.characters(view.index);
    axis.ruler();
    axis.layout();
    axis.reveal(view.fields[0].middle);
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
  }

  function draw(field) {
    const several = view.fields.length > 1;
    const picture = axis.lane('image', several ? field.model : say('viewer.image'));
    axis.image(picture.track);
    const heat = make('canvas', 'hwr-f-heat');
    heat.width = view.columns;
    heat.height = view.rows;
    heat.setAttribute('role', 'img');
    heat.setAttribute('aria-label', say('field.heat.long', { layer: field.layer }));
    heat.style.top = (100 * view.input[1]) / view.height + '%';
    heat.style.height = (100 * (view.input[3] - view.input[1])) / view.height + '%';
    paint(heat, bytes(field.heat));
    const box = make('div', 'hwr-f-box');
    const middle = make('div', 'hwr-f-middle');
    picture.track.append(axis.place(heat, view.input[0], view.input[2]), axis.place(box, ...field.box), axis.place(middle, field.middle, field.middle, 2));

    const mass = axis.lane('mass', say('field.mass'), say('field.mass.long'));
    const profile = bytes(field.profile);
    profiles.push(profile);
    mass.track.append(axis.place(curve(profile), view.input[0], view.input[2]), axis.place(make('div', 'hwr-f-middle'), field.middle, field.middle, 2));

    const windows = axis.lane('reach', say('field.reach'));
    for (const reach of field.reach) {
      const bar = make('div', 'hwr-f-window');
      bar.dataset.share = reach.share;
      const label = make('span', '', say('field.window', { share: reach.share, width: Math.round(reach.upload) }));
      bar.append(label);
      windows.track.append(axis.place(bar, reach.x0, reach.x1, 4));
      axis.keepInside(label, reach.x0, reach.x1);
    }
  }

  function paint(canvas, heat) {
    // One canvas pixel per network pixel. The template of colours: a warm ink whose strength is the root of the mass.
    const context = canvas.getContext('2d');
    const [r, g, b] = getComputedStyle(root).getPropertyValue('--hwr-f-heat').trim().split(/[\s,]+/).map(Number);
    const pixels = context.createImageData(view.columns, view.rows);
    for (let i = 0; i < heat.length; i++) pixels.data.set([r, g, b, 0.92 * heat[i]], 4 * i);
    context.putImageData(pixels, 0, 0);
  }

  function curve(profile) {
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
    readout.replaceChildren();
    const column = x === null ? -1 : Math.floor(((x - view.input[0]) / (view.input[2] - view.input[0])) * view.columns);
    view.fields.forEach((field, n) => {
      const p = make('span', 'hwr-f-fact');
      if (view.fields.length > 1) p.append(make('b', '', field.model + ' '));
      if (column >= 0 && column < view.columns) {
        const share = (100 * field.peak * profiles[n][column]) / 255;
        p.append(say('field.here', { x: axis.upload(x), share: share < 0.1 ? '< 0.1' : share.toFixed(1), frame: axis.frame(x) }));
      } else {
        const [from, to] = field.box_upload;
        p.append(say(field.whole ? 'field.could.whole' : 'field.could', { from, to, width: to - from }), ' ');
        p.append(say('field.used', { half: Math.round(field.reach[0].upload), most: Math.round(field.reach[1].upload) }));
        if (field.whole) p.append(' ', say('field.inside', { inside: Math.round(100 * field.inside) }));
      }
      readout.append(p);
    });
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
  new MutationObserver(() => {
    if (view) root.querySelectorAll('.hwr-f-heat').forEach((canvas, n) => paint(canvas, bytes(view.fields[n].heat)));
  }).observe(document.body, { attributes: true, attributeFilter: ['class'] });
  watch('value', render);
  render();
})();
