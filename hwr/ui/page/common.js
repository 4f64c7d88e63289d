// What every viewer uses. `element`, `props`, `trigger` and `watch` come from gr.HTML, STRINGS from the PAGE tables of all rooms; text enters the page through
// textContent alone, so that a transcription can never become markup or script.
const language = () => (document.documentElement.lang in STRINGS ? document.documentElement.lang : Object.keys(STRINGS)[0]);
const say = (key, values) =>
  (STRINGS[language()][key] ?? key).replace(/\{(\w+)\}/g, (all, name) => (values && name in values ? values[name] : all));
const make = (tag, name, text) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
};
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const shownCharacter = (character) => (character === ' ' ? '\u2423' : character);
const bytes = (coded) => Uint8Array.from(atob(coded), (c) => c.charCodeAt(0));
