// Turned boxes on a page: four corners [x, y] from the top left one clockwise, in pixels of the page.
const boxes = (() => {
  const SIDES = { nw: [1, 1, 0, 0], n: [0, 1, 0, 0], ne: [0, 1, 1, 0], e: [0, 0, 1, 0], se: [0, 0, 1, 1], s: [0, 0, 0, 1], sw: [1, 0, 0, 1], w: [1, 0, 0, 0] }; // which of left, top, right, bottom a handle takes along
  const LEAST = 8; // pixels of the page that a box keeps
  const between = (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  const middle = (box) => between(box[0], box[2]);
  const bounds = (points) => [Math.min(...points.map((p) => p[0])), Math.min(...points.map((p) => p[1])), Math.max(...points.map((p) => p[0])), Math.max(...points.map((p) => p[1]))];
  // Unit vector and length of the way across and of the way down.
  const axes = (box) => [[box[0], box[1]], [box[0], box[3]]].map(([a, b]) => { const length = Math.hypot(b[0] - a[0], b[1] - a[1]); return [(b[0] - a[0]) / length, (b[1] - a[1]) / length, length]; });

  function moved(box, dx, dy, page) {
    const [x0, y0, x1, y1] = bounds(box);
    const [ox, oy] = [clamp(dx, Math.min(0, -x0), Math.max(0, page.width - x1)), clamp(dy, Math.min(0, -y0), Math.max(0, page.height - y1))];
    return box.map(([x, y]) => [x + ox, y + oy]);
  }

  function resized(box, side, dx, dy) {
    const [across, down] = axes(box);
    const [left, top, right, bottom] = SIDES[side];
    const du = clamp(dx * across[0] + dy * across[1], right ? LEAST - across[2] : -Infinity, left ? across[2] - LEAST : Infinity);
    const dv = clamp(dx * down[0] + dy * down[1], bottom ? LEAST - down[2] : -Infinity, top ? down[2] - LEAST : Infinity);
    const take = [[left, top], [right, top], [right, bottom], [left, bottom]];
    return box.map(([x, y], i) => [x + across[0] * du * take[i][0] + down[0] * dv * take[i][1], y + across[1] * du * take[i][0] + down[1] * dv * take[i][1]]);
  }

  // The places of the handles, by side.
  const handles = ([nw, ne, se, sw]) => ({ n: between(nw, ne), s: between(sw, se), e: between(ne, se), w: between(nw, sw), nw, ne, se, sw });
  const angle = (box) => (Math.atan2(box[1][1] - box[0][1], box[1][0] - box[0][0]) * 180) / Math.PI;

  // The ends of the stroke that cuts a box at `at`, an x where `mode` is x, else a y.
  function stroke(box, mode, at) {
    const [across, down] = axes(box);
    const [x, y] = middle(box);
    const [direction, half] = mode === 'x' ? [down, down[2] * 0.65] : [across, across[2] * 0.52];
    const centre = mode === 'x' ? [at, y + ((at - x) * across[1]) / across[0]] : [x, at];
    return [-half, half].map((far) => [centre[0] + direction[0] * far, centre[1] + direction[1] * far]);
  }

  const upright = ([ax, ay, bx, by]) => [Math.min(ax, bx), Math.min(ay, by), Math.max(ax, bx), Math.max(ay, by)];
  return { bounds, moved, resized, handles, angle, stroke, middle, upright };
})();
