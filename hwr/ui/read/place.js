// Remembers for a reload what the page shows, and asks for it again. props.value: `Place.to_dict()` of hwr.ui.read.place.
(() => {
  const NAME = 'hwr-place';
  const first = JSON.stringify(props.value);
  watch('value', () => { try { sessionStorage.setItem(NAME, JSON.stringify(props.value)); } catch { /* a private window */ } });
  let kept = null;
  try { kept = sessionStorage.getItem(NAME); } catch { /* a private window */ }
  if (kept && kept !== first) setTimeout(() => trigger('input', JSON.parse(kept)), 50);
})();
