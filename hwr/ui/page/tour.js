// A tour of two minutes: offered once in a line under the header, started there or by its button in the header, ended at any step.
(() => {
  const KEPT = 'hwr-tour'; // in the browser: whether it was taken or sent away
  const STEPS = [
    { name: 'image', tab: 'read', at: '#hwr-photo' },
    { name: 'examples', tab: 'read', at: '#hwr-gallery' },
    { name: 'line', tab: 'read', at: '#hwr-line' },
    { name: 'keep', tab: 'read', at: '#hwr-keep, #hwr-text' },
    { name: 'decode', tab: 'decode', at: '.hwr-decode' },
    { name: 'connector', tab: 'connector', at: '.hwr-connector' },
    { name: 'field', tab: 'receptive-field', at: '.hwr-field' },
    { name: 'annotate', tab: 'annotate', at: '[role=tabpanel]' },
    { name: 'tune', tab: 'fine-tune', at: '[role=tabpanel]' },
  ];
  const root = element.querySelector('.hwr-tour');
  const offer = root.querySelector('.hwr-tour-offer');
  const card = root.querySelector('.hwr-tour-step');
  let step = -1;
  let marked = null;
  const remembered = () => {
    try {
      return localStorage.getItem(KEPT);
    } catch {
      return 'unknown'; // a private window: offered to nobody, and still in the header
    }
  };
  const remember = () => {
    try {
      localStorage.setItem(KEPT, 'seen');
    } catch {
      /* a private window */
    }
    offer.hidden = true;
  };
  const press = (text, act, name = '') => {
    const button = make('button', name, text);
    button.type = 'button';
    button.addEventListener('click', act);
    return button;
  };
  const seen = (selector) => [...document.querySelectorAll(selector)].find((node) => node.offsetParent !== null);

  function mark(node) {
    marked?.classList.remove('hwr-tour-marked');
    marked = node ?? null;
    marked?.classList.add('hwr-tour-marked');
  }

  function end() {
    step = -1;
    mark(null);
    card.hidden = true;
    root.dataset.state = 'closed';
    remember();
  }

  function show(index) {
    if (index < 0 || index >= STEPS.length) return end();
    step = index;
    const { name, tab, at } = STEPS[index];
    const named = document.querySelector(`.hwr-tabs [role=tab][data-tab-id="${tab}"]`);
    if (named?.getAttribute('aria-selected') === 'false') named.click();
    const title = make('h2', '', say(`tour.${name}.title`));
    title.tabIndex = -1;
    const row = make('div', 'hwr-tour-row');
    row.append(make('span', 'hwr-tour-count', `${index + 1} / ${STEPS.length}`));
    if (index) row.append(press(say('tour.back'), () => show(index - 1)));
    row.append(press(say('tour.end'), end), press(say(index + 1 < STEPS.length ? 'tour.next' : 'tour.done'), () => show(index + 1), 'hwr-tour-next'));
    card.replaceChildren(title, make('p', '', say(`tour.${name}`)), row);
    card.setAttribute('aria-label', title.textContent);
    card.hidden = false;
    root.dataset.state = 'open';
    title.focus({ preventScroll: true });
    let tries = 0;
    const find = () => {
      if (step !== index) return;
      const node = seen(at);
      mark(node);
      if (!node && tries++ < 20) return void setTimeout(find, 150);
      const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
      node?.scrollIntoView({ block: node.offsetHeight > innerHeight * 0.6 ? 'start' : 'center', behavior: calm ? 'auto' : 'smooth' });
    };
    setTimeout(find, 60);
  }

  function words() {
    offer.replaceChildren(make('span', '', say('tour.offer')), press(say('tour.start'), () => show(0)), press(say('tour.no'), remember));
    if (step >= 0) show(step);
  }

  words();
  watch('value', words);
  offer.hidden = remembered() !== null;
  card.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') end();
  });
  window.hwrTour = () => show(0);
})();
