// Words of the field that explain themselves: `gloss` marks the first of each in a text, and hovering, tapping or the Tab key
// shows what it means. Their words and meanings are the keys glossary.WORD of the PAGE tables.
const TERMS = ['tap', 'frame', 'blank', 'logits', 'nats', 'aligned'];

function gloss(node) {
  const spelled = TERMS.map((name) => [name, new RegExp(say(`glossary.${name}.words`), 'i')]);
  const seen = new Set([...node.querySelectorAll('.hwr-term')].map((term) => term.dataset.term));
  const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT, {
    acceptNode: (text) => (text.parentElement.closest('.hwr-term, code, pre, button, a, h1, h2, h3, b') ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT),
  });
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (let text of texts) {
    for (let found = true; found; ) {
      found = false;
      const next = spelled
        .filter(([name]) => !seen.has(name))
        .map(([name, pattern]) => [name, pattern.exec(text.data)])
        .filter(([, match]) => match)
        .sort((a, b) => a[1].index - b[1].index)[0];
      if (!next) continue;
      const [name, match] = next;
      const term = make('span', 'hwr-term');
      term.dataset.term = name;
      term.tabIndex = 0;
      term.title = say(`glossary.${name}`);
      const rest = text.splitText(match.index);
      text = rest.splitText(match[0].length);
      rest.replaceWith(term);
      term.append(rest);
      seen.add(name);
      found = true;
    }
  }
}

// The sentences that say how to read a view, once each comes into the page, in the language that shows.
function glossPage() {
  for (const node of document.querySelectorAll(`.hwr-f-head .hwr-${language()}, .hwr-about div.hwr-${language()} > p, .hwr-about div.hwr-${language()} dd`))
    if (!node.dataset.glossed) {
      node.dataset.glossed = '';
      gloss(node);
    }
}
let glossing = 0;
new MutationObserver(() => {
  if (!glossing) glossing = setTimeout(() => ((glossing = 0), glossPage()), 300);
}).observe(document.documentElement, { childList: true, subtree: true });
document.addEventListener('hwr-language', glossPage);

// A meaning is shown by the page itself: a title alone says nothing on a touch screen or to the Tab key.
const meaning = make('div', 'hwr-meaning');
meaning.setAttribute('role', 'tooltip');
meaning.hidden = true;
for (const [kind, on] of [['pointerover', true], ['focusin', true], ['pointerout', false], ['focusout', false]])
  document.addEventListener(kind, (event) => {
    const term = event.target.closest?.('.hwr-term');
    if (!term) return;
    meaning.hidden = !on;
    if (!on) return;
    term.title = '';
    meaning.textContent = say(`glossary.${term.dataset.term}`);
    document.body.append(meaning);
    const at = term.getBoundingClientRect();
    meaning.style.left = clamp(at.left, 8, Math.max(8, innerWidth - meaning.offsetWidth - 8)) + 'px';
    meaning.style.top = (at.bottom + meaning.offsetHeight + 8 < innerHeight ? at.bottom + 4 : at.top - meaning.offsetHeight - 4) + 'px';
  });
