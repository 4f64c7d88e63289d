// Lanes on the pixel axis of one line, its characters, its ruler: the one owner of the arithmetic between pixels of the
// cut-out (x), pixels of the screen, frames and pixels of the upload. `view` carries the fields of a `LineAxis`.
function createAxis(root, redraw) {
  const MIN_FRAME = matchMedia('(pointer: coarse)').matches ? 5 : 4; // CSS pixels a frame takes at least
  const LARGEST = 8; // times what fits
  const scroller = root.querySelector('.hwr-f-scroller');
  const lanes = root.querySelector('.hwr-f-lanes');
  const axis = { view: null, lanes, chips: [] };
  let zoom = 1; // CSS pixels per x
  let magnified = 1;
  let placed = [];
  let ruler = null;
  const gutterWidth = () => parseFloat(getComputedStyle(root).getPropertyValue('--hwr-gutter'));

  axis.begin = (view) => {
    axis.view = view;
    axis.chips = [];
    magnified = 1;
    placed = [];
    ruler = null;
    lanes.replaceChildren();
  };
  axis.lane = (name, label, title) => {
    const row = make('div', 'hwr-f-lane hwr-f-lane-' + name);
    const gutter = make('div', 'hwr-f-gutter');
    if (label) gutter.append(make('span', '', label));
    if (title) gutter.title = title;
    const track = make('div', 'hwr-f-track');
    row.append(gutter, track);
    lanes.append(row);
    return { row, gutter, track };
  };
  axis.frameX = (frame) => axis.view.frame_x0 + frame * axis.view.frame_width;
  axis.frame = (x) => clamp(Math.floor((x - axis.view.frame_x0) / axis.view.frame_width), 0, axis.view.frames - 1);
  axis.upload = (x) => Math.round(axis.view.origin + axis.view.per_pixel * x);
  axis.screen = (length) => length * zoom;
  // Put a node at x0..x1, at least so many CSS pixels wide, counted from the x where its parent begins.
  axis.put = (node, x0, x1, minimum = 0, from = 0) => {
    const width = Math.max(minimum, axis.screen(x1 - x0));
    node.style.left = axis.screen((x0 + x1) / 2 - from) - width / 2 + 'px';
    node.style.width = width + 'px';
  };
  // Do what depends on the width now and whenever it changes.
  axis.follow = (place) => placed.push(place);
  axis.place = (node, ...where) => {
    axis.follow(() => axis.put(node, ...where));
    return node;
  };
  axis.overFrames = (node) => axis.place(node, axis.frameX(0), axis.frameX(axis.view.frames));
  // Keep a label, which is centred under a bar, from being cut off at an end of the line.
  axis.keepInside = (label, x0, x1) => axis.follow(() => {
    const half = label.offsetWidth / 2;
    const middle = axis.screen((x0 + x1) / 2);
    label.style.marginLeft = clamp(middle, half, Math.max(half, axis.screen(axis.view.width) - half)) - middle + 'px';
  });
  axis.image = (track) => {
    const image = make('img');
    image.src = axis.view.image;
    image.alt = say('viewer.image.long');
    image.draggable = false;
    track.append(image);
    axis.follow(() => {
      image.style.height = track.style.height = axis.screen(axis.view.height) + 'px';
    });
    return image;
  };
  axis.characters = (picked) => {
    const { track } = axis.lane('chips', say('viewer.characters'));
    axis.view.characters.forEach((c, i) => {
      const chip = make('div', 'hwr-f-chip', shownCharacter(c.text));
      chip.dataset.index = i;
      chip.classList.toggle('hwr-picked', i === picked);
      axis.place(chip, c.x0, c.x1, 15);
      track.append(chip);
      axis.chips.push(chip);
    });
  };
  axis.ruler = () => {
    const { row, track } = axis.lane('ruler', say('viewer.ruler'));
    ruler = track;
    return row;
  };
  // The x under the pointer; null over the gutter and beside the line.
  axis.at = (event) => {
    const gutter = gutterWidth();
    if (event.clientX - scroller.getBoundingClientRect().left < gutter) return null;
    const x = (event.clientX - lanes.getBoundingClientRect().left - gutter) / zoom;
    return x < 0 || x > axis.view.width ? null : x;
  };
  axis.reveal = (x0, x1 = x0) => {
    const room = scroller.clientWidth - gutterWidth();
    const [from, to] = [x0, x1].map((x) => axis.screen(x) - scroller.scrollLeft);
    if (from >= 30 && to <= room - 30) return;
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    scroller.scrollTo({ left: axis.screen((x0 + x1) / 2) - room / 2, behavior: calm ? 'auto' : 'smooth' });
  };
  axis.magnify = (factor) => {
    const middle = (scroller.scrollLeft + scroller.clientWidth / 2) / Math.max(1, scroller.scrollWidth);
    magnified = clamp(magnified * factor, 1, LARGEST);
    axis.layout();
    redraw();
    scroller.scrollLeft = middle * scroller.scrollWidth - scroller.clientWidth / 2;
  };
  axis.rewind = () => { scroller.scrollLeft = 0; };

  function ticks() {
    ruler.replaceChildren();
    const { view } = axis;
    const perPixel = Math.abs(view.per_pixel) / zoom;
    if (!(perPixel > 0)) return;
    const rough = perPixel * 90;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough);
    const ends = [view.origin, view.origin + view.per_pixel * view.width].sort((a, b) => a - b);
    for (let x = Math.ceil(ends[0] / step) * step; x <= ends[1]; x += step) {
      const left = axis.screen((x - view.origin) / view.per_pixel);
      if (left > axis.screen(view.width) - 14) continue;
      const tick = make('span', 'hwr-f-tick', String(Math.round(x)));
      tick.style.left = left + 'px';
      ruler.append(tick);
    }
  }

  axis.layout = () => {
    if (!axis.view || !scroller.clientWidth) return;
    const room = scroller.clientWidth - gutterWidth() - 1;
    const tallest = scroller.clientWidth < 600 ? 110 : 190;
    const fit = Math.min(room / axis.view.width, tallest / axis.view.height);
    zoom = Math.max(fit, MIN_FRAME / axis.view.frame_width) * magnified;
    lanes.style.setProperty('--axis', axis.screen(axis.view.width) + 'px');
    placed.forEach((put) => put());
    if (ruler) ticks();
  };
  new ResizeObserver(() => {
    axis.layout();
    redraw();
  }).observe(scroller);
  return axis;
}
