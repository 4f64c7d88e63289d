// The pixels of a page that a stage shows whole and a pane scrolls over: the one owner of the arithmetic between pixels of
// the page and of the screen.
function createPageAxis(pane, stage, redraw) {
  const LARGEST = 8; // times what fits
  const EDGE = 20; // CSS pixels of a pane's rim where nothing counts as seen
  const axis = { view: null, zoom: 1, largest: LARGEST };
  let pinch = null; // distance and zoom when two fingers came down

  axis.begin = (view) => {
    axis.view = view;
    stage.style.aspectRatio = `${view.width} / ${view.height}`;
  };
  axis.pixel = () => axis.view.width / stage.clientWidth; // of the page, for one of the screen
  axis.at = (event) => {
    const edges = stage.getBoundingClientRect();
    return [((event.clientX - edges.left) / edges.width) * axis.view.width, ((event.clientY - edges.top) / edges.height) * axis.view.height];
  };
  axis.put = (node, x, y) => {
    node.style.left = (100 * x) / axis.view.width + '%';
    node.style.top = (100 * y) / axis.view.height + '%';
  };
  // The place of the screen that stays where it is, the middle if none is named: CSS pixels of the pane.
  axis.magnify = (next, [px, py] = [pane.clientWidth / 2, pane.clientHeight / 2]) => {
    const [fx, fy] = [(pane.scrollLeft + px) / (stage.clientWidth || 1), (pane.scrollTop + py) / (stage.clientHeight || 1)];
    axis.zoom = clamp(next, 1, LARGEST);
    stage.style.setProperty('--zoom', axis.zoom);
    pane.scrollLeft = fx * stage.clientWidth - px;
    pane.scrollTop = fy * stage.clientHeight - py;
    redraw();
  };
  axis.reveal = (node) => {
    const [y, x] = [node.offsetTop, node.offsetLeft];
    if (y < pane.scrollTop + EDGE || y > pane.scrollTop + pane.clientHeight - EDGE) pane.scrollTop = y - pane.clientHeight / 2;
    if (x < pane.scrollLeft || x > pane.scrollLeft + pane.clientWidth - EDGE) pane.scrollLeft = x - 2 * EDGE;
  };

  const inPane = (x, y) => {
    const edges = pane.getBoundingClientRect();
    return [x - edges.left, y - edges.top];
  };
  const apart = ([one, other]) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
  pane.addEventListener('wheel', (event) => {
    if (!axis.view || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    axis.magnify(axis.zoom * Math.exp(-event.deltaY / 300), inPane(event.clientX, event.clientY));
  }, { passive: false });
  pane.addEventListener('touchstart', (event) => {
    pinch = event.touches.length === 2 ? [apart(event.touches), axis.zoom] : null;
  }, { passive: true });
  pane.addEventListener('touchmove', (event) => {
    if (!pinch || event.touches.length !== 2) return;
    event.preventDefault();
    const [one, other] = event.touches;
    const middle = inPane((one.clientX + other.clientX) / 2, (one.clientY + other.clientY) / 2);
    axis.magnify((pinch[1] * apart(event.touches)) / pinch[0], middle);
  }, { passive: false });
  new ResizeObserver(redraw).observe(pane);
  return axis;
}
