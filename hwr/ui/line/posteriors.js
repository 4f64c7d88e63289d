// What the network gives to blank (row 0) and to each class (row k + 1) at every frame of a line. view: a LineView.
const createPosteriors = (view) => {
  const roots = bytes(view.posteriors); // sqrt(p), (1 + classes) * frames
  const probability = (row, frame) => {
    const root = roots[row * view.frames + frame] / 255;
    return root * root;
  };

  // The likeliest at a frame: {label, p}, label null for blank.
  function best(frame, count) {
    const list = [{ label: null, p: probability(0, frame) }];
    view.classes.forEach((label, k) => list.push({ label, p: probability(k + 1, frame) }));
    return list.sort((a, b) => b.p - a.p).slice(0, count);
  }

  // The frame at which a character is the surest.
  function peak(c) {
    const row = view.classes.indexOf(c.text) + 1;
    let at = c.first;
    for (let t = c.first; t <= c.last; t++) if (probability(row, t) > probability(row, at)) at = t;
    return clamp(at, 0, view.frames - 1);
  }

  // One canvas pixel per frame and class; CSS stretches it. The ink's colour is the theme's, its strength sqrt(p).
  function paint(canvas, root) {
    const context = canvas.getContext('2d');
    const [r, g, b] = getComputedStyle(root).getPropertyValue('--hwr-heat').trim().split(/[\s,]+/).map(Number);
    const pixels = context.createImageData(view.frames, view.rows);
    for (let k = 0; k < view.rows; k++)
      for (let t = 0; t < view.frames; t++) {
        const at = 4 * (k * view.frames + t);
        pixels.data[at] = r;
        pixels.data[at + 1] = g;
        pixels.data[at + 2] = b;
        pixels.data[at + 3] = roots[(k + 1) * view.frames + t];
      }
    context.putImageData(pixels, 0, 0);
  }

  return { probability, best, peak, paint };
};
