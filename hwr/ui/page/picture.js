// A view as a picture for slides: what stands on the screen as SVG, its text as text, and that as PNG at twice the size.
// offerPicture puts the two buttons under a view whose section says data-picture.
const PICTURE_NS = 'http://www.w3.org/2000/svg';

function pictureOf(root) {
  const edge = root.getBoundingClientRect();
  const make = (name, attributes = {}, text) => {
    const node = document.createElementNS(PICTURE_NS, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const round = (x) => Math.round(100 * x) / 100;
  const place = (r) => ({ x: round(r.left - edge.left), y: round(r.top - edge.top), width: round(r.width), height: round(r.height) });
  const clear = (colour) => !colour || colour === 'transparent' || /, 0\)$/.test(colour) || / \/ 0\)$/.test(colour);
  const size = { width: Math.ceil(edge.width), height: Math.ceil(edge.height) };
  const svg = make('svg', { xmlns: PICTURE_NS, ...size, viewBox: `0 0 ${size.width} ${size.height}` });
  const defs = make('defs');
  const define = (node) => {
    node.id = 'p' + defs.children.length;
    defs.append(node);
    return `url(#${node.id})`;
  };
  svg.append(defs);

  // The colours of a CSS gradient with where each begins: stripes become a pattern, a ramp of two colours a gradient.
  function gradient(css) {
    const kind = /^(repeating-)?linear-gradient\(/.exec(css);
    if (!kind) return null;
    const angle = parseFloat(/([-\d.]+)deg/.exec(css)?.[1] ?? 180);
    const stops = [...css.matchAll(/((?:rgba?|color|oklab)\([^)]*\))((?:\s+-?[\d.]+px)*)/g)].map(([, colour, at]) => ({ colour, at: at.trim() ? at.trim().split(/\s+/).map(parseFloat) : [] }));
    if (!stops.length) return null;
    if (!kind[1]) {
      const [dx, dy] = [Math.sin((angle * Math.PI) / 180), -Math.cos((angle * Math.PI) / 180)];
      const made = make('linearGradient', { x1: 0.5 - dx / 2, y1: 0.5 - dy / 2, x2: 0.5 + dx / 2, y2: 0.5 + dy / 2 });
      if (stops.length !== 2) return null; // a thin line in the middle of nothing
      stops.forEach(({ colour }, i) => made.append(make('stop', { offset: i, 'stop-color': clear(colour) ? stops[1 - i].colour : colour, 'stop-opacity': clear(colour) ? 0 : 1 })));
      return define(made);
    }
    const ends = stops.flatMap((stop) => stop.at);
    const period = Math.max(...ends, 1);
    const made = make('pattern', { width: period, height: period, patternUnits: 'userSpaceOnUse', patternTransform: `rotate(${angle - 90})` });
    let from = 0;
    stops.forEach(({ colour, at }, i) => {
      const start = at.length > 1 ? at[0] : from;
      const to = at.length ? at[at.length - 1] : stops[i + 1]?.at[0] ?? period;
      if (!clear(colour) && to > start) made.append(make('rect', { x: start, y: 0, width: to - start, height: period, fill: colour }));
      from = to;
    });
    return define(made);
  }

  function box(style, r, into) {
    const at = place(r);
    if (!at.width || !at.height) return;
    const corner = Math.min(parseFloat(style.borderTopLeftRadius) || 0, at.width / 2, at.height / 2);
    if (!clear(style.backgroundColor)) into.append(make('rect', { ...at, rx: corner, fill: style.backgroundColor }));
    const ramp = style.backgroundImage === 'none' ? null : gradient(style.backgroundImage);
    if (ramp) into.append(make('rect', { ...at, rx: corner, fill: ramp }));
    const ring = /^(rgba?\([^)]*\)) 0px 0px 0px ([\d.]+)px inset$/.exec(style.boxShadow);
    const outline = (colour, width) => into.append(make('rect', { x: at.x + width / 2, y: at.y + width / 2, width: Math.max(0, at.width - width), height: Math.max(0, at.height - width), rx: corner, fill: 'none', stroke: colour, 'stroke-width': width }));
    if (ring) outline(ring[1], parseFloat(ring[2]));
    const sides = ['Top', 'Right', 'Bottom', 'Left'].map((side) => ({ width: style[`border${side}Style`] === 'none' ? 0 : parseFloat(style[`border${side}Width`]), colour: style[`border${side}Color`], dotted: /d$/.test(style[`border${side}Style`]) && style[`border${side}Style`] !== 'solid' }));
    if (sides.every((s) => s.width && s.width === sides[0].width && s.colour === sides[0].colour)) outline(sides[0].colour, sides[0].width);
    else
      sides.forEach((s, i) => {
        if (!s.width || clear(s.colour)) return;
        const x = i === 1 ? at.x + at.width - s.width / 2 : i === 3 ? at.x + s.width / 2 : at.x;
        const y = i === 0 ? at.y + s.width / 2 : i === 2 ? at.y + at.height - s.width / 2 : at.y;
        const line = make('line', { x1: x, y1: y, x2: i % 2 ? x : x + at.width, y2: i % 2 ? y + at.height : y, stroke: s.colour, 'stroke-width': s.width });
        if (s.dotted) line.setAttribute('stroke-dasharray', `${s.width} ${s.width}`);
        into.append(line);
      });
  }

  const ruler = document.createElement('canvas').getContext('2d');
  function writing(node, style, into) {
    const range = document.createRange();
    const lines = []; // pieces of the text that stand on one line
    const piece = (text, index) => {
      range.setStart(node, index);
      range.setEnd(node, index + text.length);
      const found = [...range.getClientRects()].filter((r) => r.width);
      if (found.length > 1 && text.length > 1) return [...text].reduce((at, c) => (piece(c, at), at + c.length), index); // it is broken between two lines
      const r = found[0];
      const last = lines[lines.length - 1];
      if (!r) return undefined;
      if (last && Math.abs(last.top - r.top) < 2) return Object.assign(last, { text: last.text + text, right: r.right });
      return lines.push({ text: text.trimStart(), top: r.top, height: r.height, left: r.left, right: r.right });
    };
    for (const { 0: word, index } of node.data.matchAll(/\s*\S+/g)) piece(word, index);
    ruler.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    for (const line of lines) {
      const { fontBoundingBoxAscent: up, fontBoundingBoxDescent: down } = ruler.measureText(line.text);
      const y = line.top - edge.top + (line.height - up - down) / 2 + up;
      const text = line.text.replace(/\s+/g, ' ').trimEnd();
      into.append(make('text', { x: round(line.left - edge.left), y: round(y), fill: style.color, 'font-family': style.fontFamily.replace(/"/g, "'"), 'font-size': style.fontSize, 'font-weight': style.fontWeight, 'font-style': style.fontStyle, textLength: round(line.right - line.left), lengthAdjust: 'spacingAndGlyphs' }, text));
    }
  }

  function graphic(element, r, into) {
    const copy = element.cloneNode(true);
    const [ours, theirs] = [copy, element].map((one) => [one, ...one.querySelectorAll('*')]);
    ours.forEach((node, i) => {
      const style = getComputedStyle(theirs[i]);
      for (const name of ['fill', 'stroke', 'stroke-width', 'opacity']) node.setAttribute(name, style.getPropertyValue(name));
      node.removeAttribute('class');
      node.removeAttribute('style');
    });
    for (const [key, value] of Object.entries(place(r))) copy.setAttribute(key, value);
    into.append(copy);
  }

  function field(element, style, r, into) {
    const at = place(r);
    if (element.type !== 'range') {
      const shown = { x: at.x + parseFloat(style.paddingLeft) + 1, y: at.y + at.height / 2, 'dominant-baseline': 'central', fill: style.color };
      into.append(make('text', { ...shown, 'font-family': style.fontFamily.replace(/"/g, "'"), 'font-size': style.fontSize }, element.value));
      return;
    }
    const share = (element.value - element.min) / (element.max - element.min || 1);
    const y = at.y + at.height / 2;
    into.append(make('line', { x1: at.x, y1: y, x2: at.x + at.width, y2: y, stroke: style.color, 'stroke-opacity': 0.3, 'stroke-width': 4, 'stroke-linecap': 'round' }), make('circle', { cx: at.x + share * at.width, cy: y, r: 7, fill: style.color }));
  }

  function layer(style) {
    return style.zIndex === 'auto' ? (style.position === 'static' ? 0 : 0.5) : Number(style.zIndex);
  }

  function walk(element, into) {
    const style = getComputedStyle(element);
    const r = element.getBoundingClientRect();
    if (element.hasAttribute('data-no-picture') || style.display === 'none' || style.visibility !== 'visible' || style.opacity === '0') return;
    if (style.position !== 'static' && r.width <= 1 && r.height <= 1) return; // words for screen readers alone
    const group = make('g');
    if (style.opacity !== '1') group.setAttribute('opacity', style.opacity);
    into.append(group);
    box(style, r, group);
    if (style.overflowX !== 'visible' || style.overflowY !== 'visible') {
      const clip = make('clipPath');
      clip.append(make('rect', place(r)));
      group.setAttribute('clip-path', define(clip));
    }
    if (element.tagName === 'IMG') group.append(make('image', { ...place(r), href: element.src, preserveAspectRatio: 'none' }));
    else if (element.tagName === 'CANVAS') group.append(make('image', { ...place(r), href: element.toDataURL(), preserveAspectRatio: 'none', style: 'image-rendering: pixelated' }));
    else if (element.tagName === 'svg') graphic(element, r, group);
    else if (element.tagName === 'INPUT') field(element, style, r, group);
    else {
      const inside = [...element.childNodes].filter((node) => node.nodeType === 1 || node.nodeType === 3);
      const order = inside.map((node) => [node.nodeType === 1 ? layer(getComputedStyle(node)) : 0, node]);
      order.sort((a, b) => a[0] - b[0]);
      for (const [, node] of order) node.nodeType === 3 ? writing(node, style, group) : walk(node, group);
    }
    if (!group.childNodes.length) group.remove();
  }

  let paper = root;
  while (paper && clear(getComputedStyle(paper).backgroundColor)) paper = paper.parentElement;
  svg.append(make('rect', { ...size, fill: paper ? getComputedStyle(paper).backgroundColor : '#ffffff' }));
  walk(root, svg);
  return { text: new XMLSerializer().serializeToString(svg), ...size };
}

function savePicture(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

async function picturePng({ text, width, height }) {
  const image = new Image();
  image.src = 'data:image/svg+xml;charset=utf-8,' + encodeURIComponent(text);
  await image.decode();
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [2 * width, 2 * height];
  canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, 'image/png'));
}

function offerPicture(element, name) {
  const root = element.querySelector('[data-picture]');
  if (!root) return;
  const row = make('div', 'hwr-picture');
  row.setAttribute('data-no-picture', '');
  for (const kind of ['PNG', 'SVG']) {
    const button = make('button', '', kind);
    button.type = 'button';
    button.title = say('picture.save', { kind });
    button.setAttribute('aria-label', button.title);
    button.addEventListener('click', async () => {
      const picture = pictureOf(root);
      const svg = new Blob([picture.text], { type: 'image/svg+xml' });
      savePicture(kind === 'SVG' ? svg : await picturePng(picture), `hwr-${name.split('/').pop()}.${kind.toLowerCase()}`);
    });
    row.append(button);
  }
  root.append(row);
}
