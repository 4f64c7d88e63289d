// Remembers for a reload what the page shows, and asks for it again. props.value: `Place.to_dict()` of hwr.ui.read.place.
(() => {
  const NAME = 'hwr-place';
  const first = JSON.stringify(props.value);
  const restoring = yes => document.documentElement.classList.toggle('hwr-restoring', yes);
  watch('value', () => { restoring(false); try { sessionStorage.setItem(NAME, JSON.stringify(props.value)); } catch { /* a private window */ } });
  let kept = null;
  try { kept = sessionStorage.getItem(NAME); } catch { /* a private window */ }
  if (kept && kept !== first) {
    restoring(true);
    setTimeout(() => restoring(false), 4000);  // by then it is being read, which dims by itself, or was refused
    setTimeout(() => trigger('input', JSON.parse(kept)), 50);
  }
})();
