// What every viewer uses. `element`, `props`, `trigger` and `watch` come from gr.HTML, STRINGS from the PAGE tables of all rooms; text enters the page through
// textContent alone, so that a transcription can never become markup or script.
const language = () => (document.documentElement.lang in STRINGS ? document.documentElement.lang : Object.keys(STRINGS)[0]);
const say = (key, values) =>
  (STRINGS[language()][key] ?? key).replace(/\{(\w+)\}/g, (all, name) => (values && name in values ? values[name] : all));
// Gradio draws the page again as Python last sent it where an event reaches a tab that was not opened yet; what was drawn of
// the same value stays as it is, with all that was done there since. So a script changes a copy of its value.
const copied = (value) => JSON.parse(JSON.stringify(value));
const watching = (element, props, watchValue) => (name, draw) => {
  let drawn = JSON.stringify(props[name]);
  watchValue(name, () => {
    const sent = JSON.stringify(props[name]);
    if (sent === drawn) return;
    drawn = sent;
    draw(false);
  });
  document.addEventListener('hwr-language', () => element.isConnected && draw(true));
};
const make = (tag, name, text) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
};
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const shownCharacter = (character) => (character === ' ' ? '\u2423' : character);
// Write into a field of Gradio's as a person does.
const typeInto = (field, text) => {
  if (!field) return;
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), 'value').set.call(field, text);
  field.dispatchEvent(new Event('input', { bubbles: true }));
};
// Texts that were typed and not kept, by the key of their line; they outlive a reload.
const drafts = {
  get: (key) => { try { return sessionStorage.getItem('hwr-draft-' + key); } catch { return null; } },
  put: (key, text) => { try { text === null ? drafts.drop(key) : sessionStorage.setItem('hwr-draft-' + key, text); } catch { /* a private window */ } },
  drop: (key) => { try { sessionStorage.removeItem('hwr-draft-' + key); } catch { /* a private window */ } },
};
const bytes = (coded) => Uint8Array.from(atob(coded), (c) => c.charCodeAt(0));
