// Lanes on the pixel axis of one line, its characters, its ruler.
function createAxis(root, redraw) {
  const scroller = root.querySelector('.hwr-f-scroller');
  const lanes = root.querySelector('.hwr-f-lanes');
  const axis = { view: null, zoom: 1, lanes, chips: [] };
  let placed = [];
  let ruler = null;

  axis.begin = (view) => {
    axis.view = view;
    axis.chips = [];
    placed = [];
    lanes.replaceChildren();
  };
  axis.lane = (name, label, title) => {
    const row = make('div', 'hwr-f-lane hwr-f-lane-' + name);
    const gutter = make('div', 'hwr-f-gutter', label);
    if (title) gutter.title = title;
    const track = make('div', 'hwr-f-track');
    row.append(gutter, track);
    lanes.append(row);
    return { row, gutter, track };
  };
  // Put a node at x0..x1 of the axis, now and whenever the width changes; minimum in CSS pixels.
  axis.place = (node, x0, x1, minimum = 0) => {
    placed.push(() => {
      const width = Math.max(minimum, (x1 - x0) * axis.zoom);
      node.style.left = (x0 + x1) / 2 * axis.zoom - width / 2 + 'px';
      node.style.width = width + 'px';
    });
    return node;
  };
  // Keep a label, which is centred under a bar, from being cut off at an end of the line.
  axis.keepInside = (label, x0, x1) => {
    placed.push(() => {
      const half = label.offsetWidth / 2;
      const middle = ((x0 + x1) / 2) * axis.zoom;
      label.style.marginLeft = clamp(middle, half, Math.max(half, axis.view.width * axis.zoom - half)) - middle + 'px';
    });
  };
  axis.image = (track) => {
    const image = make('img');
    image.src = axis.view.image;
    image.alt = say('viewer.image.long');
    image.draggable = false;
    track.append(image);
    placed.push(() => {
      image.style.height = track.style.height = axis.view.height * axis.zoom + 'px';
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
    ruler = axis.lane('ruler', say('viewer.ruler')).track;
  };
  axis.upload = (x) => Math.round(axis.view.origin + axis.view.per_pixel * x);
  axis.frame = (x) => clamp(Math.floor((x - axis.view.frame_x0) / axis.view.frame_width), 0, axis.view.frames - 1);
  axis.at = (event) => {
    const gutter = parseFloat(getComputedStyle(root).getPropertyValue('--hwr-gutter'));
    if (event.clientX - scroller.getBoundingClientRect().left < gutter) return null;
    const x = (event.clientX - lanes.getBoundingClientRect().left - gutter) / axis.zoom;
    return x < 0 || x > axis.view.width ? null : x;
  };
  axis.reveal = (x) => {
    const room = scroller.clientWidth - parseFloat(getComputedStyle(root).getPropertyValue('--hwr-gutter'));
    const at = x * axis.zoom - scroller.scrollLeft;
    if (at < 30 || at > room - 30) scroller.scrollLeft = x * axis.zoom - room / 2;
  };

  function ticks() {
    ruler.replaceChildren();
    const { view, zoom } = axis;
    const perPixel = Math.abs(view.per_pixel) / zoom;
    if (!(perPixel > 0)) return;
    const rough = perPixel * 90;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough);
    const ends = [view.origin, view.origin + view.per_pixel * view.width].sort((a, b) => a - b);
    for (let x = Math.ceil(ends[0] / step) * step; x <= ends[1]; x += step) {
      const left = ((x - view.origin) / view.per_pixel) * zoom;
      if (left > view.width * zoom - 14) continue;
      const tick = make('span', 'hwr-f-tick', String(Math.round(x)));
      tick.style.left = left + 'px';
      ruler.append(tick);
    }
  }

  axis.layout = () => {
    if (!axis.view || !scroller.clientWidth) return;
    const gutter = parseFloat(getComputedStyle(root).getPropertyValue('--hwr-gutter'));
    const room = scroller.clientWidth - gutter - 1;
    const tallest = scroller.clientWidth < 600 ? 110 : 190;
    axis.zoom = Math.max(Math.min(room / axis.view.width, tallest / axis.view.height), 3.5 / axis.view.frame_width);
    lanes.style.setProperty('--axis', axis.view.width * axis.zoom + 'px');
    placed.forEach((put) => put());
    if (ruler) ticks();
  };
  new ResizeObserver(() => {
    axis.layout();
    redraw();
  }).observe(scroller);
  return axis;
}
