// The example cards. props.value: { cards: [{ name, title, lesson, typeface or credit, image }], selected }.
(() => {
  const root = element.querySelector('.hwr-gallery');
  const cards = root.querySelector('.hwr-g-cards');
  let nodes = [];
  let focus = 0;

  function mark() {
    const selected = props.value.selected;
    nodes.forEach((node, i) => {
      node.classList.toggle('hwr-picked', i === selected);
      node.classList.toggle('hwr-focus', i === focus);
      node.setAttribute('aria-selected', String(i === selected));
    });
    if (nodes[focus]) cards.setAttribute('aria-activedescendant', nodes[focus].id);
  }

  function render(again) {
    if (!props.value?.cards) return;
    if (!again && nodes.length === props.value.cards.length) return mark();
    root.querySelector('.hwr-g-title').textContent = say('gallery.title');
    cards.setAttribute('aria-label', say('gallery.title'));
    cards.replaceChildren();
    nodes = props.value.cards.map((card, i) => {
      const node = make('div', 'hwr-g-card');
      node.id = element.id + '-card-' + i;
      node.dataset.index = i;
      node.dataset.name = card.name;
      node.setAttribute('role', 'option');
      const image = document.createElement('img');
      image.src = card.image;
      image.alt = '';
      image.draggable = false;
      node.append(
        image,
        make('b', '', card.title[language()]),
        make('span', 'hwr-g-lesson', card.lesson[language()]),
        make('span', 'hwr-g-face', card.credit ? say('gallery.scan', { credit: card.credit }) : say('gallery.face', { face: card.typeface })),
      );
      cards.append(node);
      return node;
    });
    if (!again) focus = Math.max(0, props.value.selected);
    mark();
  }

  function pick(index) {
    focus = index;
    props.value.selected = index;
    mark();
    const node = nodes[index];
    const from = node.offsetLeft - cards.scrollLeft;
    if (from < 0 || from + node.offsetWidth > cards.clientWidth)
      cards.scrollTo({ left: node.offsetLeft - 24, behavior: 'smooth' });
    trigger('select', { index, value: props.value.cards[index].name });
  }

  cards.addEventListener('click', (event) => {
    const node = event.target.closest('.hwr-g-card');
    if (node) pick(Number(node.dataset.index));
  });
  cards.addEventListener('keydown', (event) => {
    const last = nodes.length - 1;
    if (event.key === 'ArrowRight') focus = Math.min(last, focus + 1);
    else if (event.key === 'ArrowLeft') focus = Math.max(0, focus - 1);
    else if (event.key === 'Home') focus = 0;
    else if (event.key === 'End') focus = last;
    else if (event.key === 'Enter' || event.key === ' ') pick(focus);
    else return;
    event.preventDefault();
    mark();
    nodes[focus].scrollIntoView({ block: 'nearest', inline: 'nearest' });
  });
  watch('value', render);
  render();
})();
