// The gates of one LSTM layer and direction along a line: units x frames, and the curve of the unit that is picked.
(() => {
  const NAMES = ['i', 'f', 'g', 'o', 'c', 'h'];
  const root = element.querySelector('.hwr-gates');
  const readout = root.querySelector('.hwr-f-readout');
  let view = null;
  let values = {};
  let gate = 'o';
  let row = 0; // of the sorted heat map
  let nodes = {};
  const axis = createAxis(root, () => {});

  function render() {
    view = props.value && props.value.gates ? props.value : null;
    root.dataset.state = view ? 'filled' : 'empty';
    root.querySelector('.hwr-f-empty').textContent = say('field.empty');
    if (!view) return;
    values = Object.fromEntries(NAMES.map((name) => [name, bytes(view.gates[name].values)]));
    row = Math.min(row, view.units - 1);
    axis.begin(view);
    axis.lanes.setAttribute('aria-label', say('gates.keys'));
    axis.image(axis.lane('image', say('viewer.image')).track);
    axis.characters(-1);
    const blank = axis.lane('blank', say('viewer.blank'), say('gates.blank.long'));
    blank.track.append(axis.overFrames(strip(bytes(view.blank))));
    const heat = axis.lane('gate', say('gates.units', { n: view.units }), say('gates.order'));
    heat.track.style.height = clamp(1.5 * view.units, 150, 400) + 'px';
    nodes.heat = make('canvas', 'hwr-lstm-heat');
    nodes.heat.width = view.frames;
    nodes.heat.height = view.units;
    nodes.heat.setAttribute('role', 'img');
    nodes.mark = make('div', 'hwr-lstm-mark');
    heat.track.append(axis.overFrames(nodes.heat), nodes.mark);
    const curve = axis.lane('curve', '');
    nodes.name = make('span');
    nodes.most = make('span', 'hwr-lstm-most');
    nodes.least = make('span', 'hwr-lstm-least');
    curve.gutter.append(nodes.name, nodes.most, nodes.least);
    nodes.curve = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    nodes.curve.setAttribute('viewBox', `0 0 ${view.frames} 100`);
    nodes.curve.setAttribute('preserveAspectRatio', 'none');
    nodes.curve.setAttribute('aria-hidden', 'true');
    curve.track.append(axis.overFrames(nodes.curve));
    axis.ruler();
    axis.layout();
    choice();
    draw();
  }

  function strip(coded) {
    const canvas = make('canvas', 'hwr-lstm-strip');
    canvas.width = coded.length;
    canvas.height = 1;
    const context = canvas.getContext('2d');
    const pixels = context.createImageData(coded.length, 1);
    coded.forEach((value, t) => pixels.data.set([128, 135, 147, 0.55 * value], 4 * t));
    context.putImageData(pixels, 0, 0);
    return canvas;
  }

  function choice() {
    const group = root.querySelector('.hwr-lstm-choice');
    group.setAttribute('aria-label', say('gates.choice'));
    group.replaceChildren();
    for (const name of NAMES) {
      const button = make('button', '');
      button.type = 'button';
      button.append(make('b', '', name), make('span', '', say('gates.name.' + name)));
      button.setAttribute('role', 'radio');
      button.dataset.gate = name;
      button.addEventListener('click', () => document.dispatchEvent(new CustomEvent('hwr-gate', { detail: name })));
      group.append(button);
    }
    root.querySelector('.hwr-f-model').textContent = `${view.model} · ${view.layer} ${view.direction === 'forward' ? '→' : '←'}`;
  }

  const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim().split(/[\s,]+/).map(Number);
  const value = (unit, t, of = gate) => {
    const { low, high } = view.gates[of];
    return low + ((high - low) * values[of][unit * view.frames + t]) / 255;
  };

  const tidy = (number) => (Number.isInteger(number) ? String(number) : number.toFixed(1));

  function draw() {
    const { order, low, high } = view.gates[gate];
    const up = colour('--hwr-heat');
    const down = colour('--hwr-f-heat');
    const context = nodes.heat.getContext('2d');
    const pixels = context.createImageData(view.frames, view.units);
    order.forEach((unit, y) => {
      for (let t = 0; t < view.frames; t++) {
        const v = value(unit, t) / high;
        pixels.data.set([...(v < 0 ? down : up), 255 * Math.abs(v)], 4 * (y * view.frames + t));
      }
    });
    context.putImageData(pixels, 0, 0);
    nodes.heat.setAttribute('aria-label', say('gates.heat.long', { gate: say('gates.name.' + gate), layer: view.layer }));
    for (const button of root.querySelectorAll('.hwr-lstm-choice button')) {
      button.setAttribute('aria-checked', String(button.dataset.gate === gate));
    }
    const scale = root.querySelector('.hwr-lstm-scale');
    scale.replaceChildren(make('span', '', tidy(low)), make('i', low < 0 ? 'hwr-lstm-ramp hwr-lstm-signed' : 'hwr-lstm-ramp'), make('span', '', tidy(high)));
    curve();
    tell(null);
  }

  function curve() {
    const unit = view.gates[gate].order[row];
    const { low, high } = view.gates[gate];
    nodes.mark.style.top = (100 * row) / view.units + '%';
    nodes.mark.style.height = 100 / view.units + '%';
    nodes.name.textContent = say('gates.unit', { unit });
    nodes.most.textContent = tidy(high);
    nodes.least.textContent = tidy(low);
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    const y = (v) => (96 - (92 * (v - low)) / (high - low)).toFixed(1);
    let d = '';
    for (let t = 0; t < view.frames; t++) d += `${t ? 'L' : 'M'}${t + 0.5} ${y(value(unit, t))}`;
    path.setAttribute('d', d);
    const zero = document.createElementNS('http://www.w3.org/2000/svg', 'line');
    Object.entries({ x1: 0, x2: view.frames, y1: y(0), y2: y(0) }).forEach(([name, v]) => zero.setAttribute(name, v));
    nodes.curve.replaceChildren(zero, path);
  }

  function tell(at) {
    const y = at && at.row >= 0 ? at.row : row;
    const unit = view.gates[gate].order[y];
    const auc = view.gates[gate].auc[unit];
    readout.replaceChildren();
    const facts = [say('gates.fact', { gate: say('gates.name.' + gate), unit })];
    if (at) {
      facts.push(say('gates.here', { frame: at.frame, x: axis.upload(at.x), value: value(unit, at.frame).toFixed(2) }));
      facts.push(NAMES.filter((name) => name !== gate).map((name) => `${name} ${value(unit, at.frame, name).toFixed(2)}`).join(' · '));
    }
    if (auc !== null) facts.push(say(auc >= 0.5 ? 'gates.auc.high' : 'gates.auc.low', { auc: auc.toFixed(2) }));
    facts.forEach((fact) => readout.append(make('span', 'hwr-f-fact', fact)));
  }

  function point(event) {
    const x = axis.at(event);
    if (x === null) return null;
    const box = nodes.heat.getBoundingClientRect();
    const over = event.clientY >= box.top && event.clientY < box.bottom;
    return { x, frame: axis.frame(x), row: over ? clamp(Math.floor((view.units * (event.clientY - box.top)) / box.height), 0, view.units - 1) : -1 };
  }
  axis.lanes.addEventListener('pointermove', (event) => {
    if (view && event.pointerType !== 'touch') tell(point(event));
  });
  axis.lanes.addEventListener('pointerleave', () => view && tell(null));
  axis.lanes.addEventListener('click', (event) => {
    const at = view && point(event);
    if (!at || at.row < 0) return;
    row = at.row;
    curve();
    tell(at);
  });
  axis.lanes.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -1e6, End: 1e6 }[event.key];
    if (!view || !step || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    row = clamp(row + step, 0, view.units - 1);
    curve();
    tell(null);
  });
  // Two models side by side show the same gate.
  document.addEventListener('hwr-gate', (event) => {
    gate = event.detail;
    if (view) draw();
  });
  new MutationObserver(() => view && draw()).observe(document.body, { attributes: true, attributeFilter: ['class'] });
  watch('value', render);
  render();
})();
