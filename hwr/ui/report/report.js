// The viewers of a report, drawn by the scripts of the page itself. Nobody answers: what asks Python asks in vain.
(() => {
  const root = document.documentElement;
  const views = JSON.parse(document.getElementById('hwr-report-views').textContent);
  root.lang = LANGUAGES.includes(navigator.language.split('-')[0]) ? navigator.language.split('-')[0] : LANGUAGES[0];
  for (const place of document.querySelectorAll('[data-draw]')) {
    // A field is of one character; the arrow keys would mark another and change nothing.
    if (place.dataset.draw === 'receptive_field/field') place.addEventListener('keydown', (event) => event.stopPropagation(), true);
    window.hwrDraw[place.dataset.draw](place, { value: views[place.id] }, () => {}, () => {});
  }
  document.querySelector('.hwr-controls').addEventListener('click', (event) => {
    const { language, theme } = event.target.closest('button')?.dataset ?? {};
    if (language) root.lang = language;
    else if (theme !== undefined) document.body.classList.toggle('dark');
    document.dispatchEvent(new Event('hwr-language')); // which draws every viewer anew, in the colours of the theme, too
  });
})();
