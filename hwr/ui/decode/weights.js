// The weights of an n-best list: their sliders and fields, and what a row scores with them, by the formula of hwr.language.rescoring.
// root: holds decode.html. changed(typing): the list is ranked anew; typing: the weight whose field is being typed in.
const createWeights = (root, id, changed) => {
  const RANGES = { alpha: [0, 1.5], beta: [-1, 4], gamma: [0, 1.5] };
  const SIGNS = { alpha: '\u03b1', beta: '\u03b2', gamma: '\u03b3' };
  const OF = { language: 'alpha', length: 'beta', ngram: 'gamma' };
  const part = (name) => root.querySelector('.hwr-d-' + name);
  let weights = { alpha: 0, beta: 0, gamma: 0 };
  let knobs = {};

  const parts = (row) => ({
    image: row.visual,
    language: weights.alpha && row.language !== null ? weights.alpha * row.language : 0,
    ngram: weights.gamma ? weights.gamma * row.ngram : 0,
    length: weights.beta * row.length,
  });
  const total = (row) => {
    const p = parts(row);
    return p.image + p.language + p.length + p.ngram;
  };
  // How much worse than the best row, part by part, nats; below zero where this row is better.
  const cost = (row, best) => {
    const [own, other] = [parts(row), best && parts(best)];
    return Object.fromEntries(Object.keys(own).map((name) => [name, other ? other[name] - own[name] : 0]));
  };
  const reset = (view) => (weights = { alpha: view.alpha, beta: view.beta, gamma: view.gamma });

  function weigh(name, value, write = true) {
    weights[name] = value;
    changed(write ? null : name);
  }

  function draw(view) {
    const box = part('sliders');
    box.replaceChildren();
    box.setAttribute('aria-label', say('decode.weights'));
    const useless = { alpha: view.lm === null, beta: false, gamma: view.rows.every((row) => row.ngram === 0) };
    knobs = {};
    for (const name of Object.keys(RANGES)) {
      knobs[name] = slider(name, useless[name]);
      box.append(knobs[name].line);
    }
    part('buttons').replaceChildren(
      button('decode.reset', () => reset(view)),
      button('decode.off', () => (weights = { alpha: 0, beta: 0, gamma: 0 })),
    );
    part('tuned').textContent = view.tuned ? say('decode.tuned', { data: view.tuned }) : say('decode.untuned');
  }

  function slider(name, useless) {
    const [low, high] = RANGES[name];
    const line = make('div', 'hwr-d-slider');
    line.dataset.part = name;
    const range = make('input');
    Object.assign(range, { type: 'range', min: low, max: high, step: 0.01, id: id + '-' + name });
    const field = make('input', 'hwr-d-number');
    Object.assign(field, { type: 'text', inputMode: 'decimal', autocomplete: 'off' });
    field.setAttribute('aria-label', say('decode.' + name));
    const label = make('label');
    label.htmlFor = range.id;
    label.append(make('b', '', SIGNS[name]), say('decode.' + name));
    range.disabled = field.disabled = useless;
    if (useless) line.title = say('decode.nothing.' + name);
    line.classList.toggle('hwr-off', useless);
    range.addEventListener('input', () => weigh(name, Number(range.value)));
    const wrong = make('p', 'hwr-d-wrong');
    wrong.setAttribute('role', 'alert');
    const typed = () => {
      const value = field.value.trim().replace('\u2212', '-').replace(',', '.');
      const bad = value === '' || !Number.isFinite(Number(value));
      line.dataset.bad = String(bad);
      field.setAttribute('aria-invalid', String(bad));
      wrong.textContent = bad ? say('decode.number', { name: SIGNS[name], value: field.value.trim() }) : '';
      if (!bad) weigh(name, Number(value), false);
    };
    field.addEventListener('input', typed);
    field.addEventListener('change', () => line.dataset.bad !== 'true' && weigh(name, weights[name]));
    line.append(label, field, range, wrong);
    return { range, field, wrong, line };
  }

  function button(key, change) {
    const node = make('button', '', say(key));
    node.type = 'button';
    node.dataset.does = key.split('.')[1];
    node.addEventListener('click', () => {
      change();
      changed();
    });
    return node;
  }

  function show(typing) {
    for (const [name, { range, field, wrong, line }] of Object.entries(knobs)) {
      range.value = weights[name];
      range.style.setProperty('--at', (100 * (range.value - range.min)) / (range.max - range.min) + '%');
      if (name === typing) continue;
      field.value = String(Math.round(weights[name] * 100) / 100).replace('-', '\u2212');
      line.dataset.bad = 'false';
      wrong.textContent = '';
      field.removeAttribute('aria-invalid');
    }
  }

  const off = () => !weights.alpha && !weights.beta && !weights.gamma;
  return { parts, total, cost, off, reset, draw, show, of: (name) => weights[OF[name]] };
};
