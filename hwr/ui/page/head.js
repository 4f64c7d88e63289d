// LANGUAGES, the first of them the default, and TABS, the name of every tab by language, come from Python.
// Runs before the interface does: the language follows the browser unless the reader chose one, the theme likewise.
(() => {
  const kept = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const keep = (name, value) => { try { localStorage.setItem(name, value); } catch { /* a private window */ } };
  const chosen = kept('hwr-language');
  const language = [chosen, navigator.language.toLowerCase().split('-')[0], LANGUAGES[0]].find((one) => LANGUAGES.includes(one));
  document.documentElement.lang = language;
  document.cookie = 'hwr_language=' + language + '; path=/; SameSite=Lax';
  if (chosen) Object.defineProperty(navigator, 'language', { get: () => language, configurable: true });
  if (chosen) Object.defineProperty(navigator, 'languages', { get: () => [language], configurable: true });
  // Another language is other words and nothing else: what is written in every language by the style sheet, what our scripts
  // draw by `hwr-language`, and Gradio's labels by Gradio itself, as its own page of settings does.
  window.hwrChooseLanguage = async (value) => {
    keep('hwr-language', value);
    document.cookie = 'hwr_language=' + value + '; path=/; SameSite=Lax';
    document.documentElement.lang = value;
    document.dispatchEvent(new Event('hwr-language'));
    try {
      const core = performance.getEntriesByType('resource').map((one) => one.name).find((name) => /\/assets\/core-[\w-]+\.js/.test(name));
      await (await import(core)).changeLocale(value);
    } catch { location.reload(); } // a Gradio that keeps its words elsewhere
    document.documentElement.lang = value;
    nameTabs();
  };
  // Gradio names the tabs once, when they are built.
  function nameTabs() {
    for (const tab of document.querySelectorAll('[role=tab]')) {
      const words = TABS.find((one) => Object.values(one).includes(tab.textContent.trim()));
      const text = [...tab.childNodes].find((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
      const name = words?.[document.documentElement.lang];
      if (text && name && text.textContent.trim() !== name) text.textContent = name;
    }
  }
  new MutationObserver((changes) => { if (changes.some((one) => one.target.closest?.('[role=tablist]'))) nameTabs(); })
    .observe(document, { childList: true, subtree: true });
  window.hwrToggleTheme = () => { keep('hwr-theme', document.body.classList.toggle('dark') ? 'dark' : 'light'); };
  // An image pasted anywhere on the page goes where a chosen file goes.
  document.addEventListener('paste', (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find((f) => f.type.startsWith('image/'));
    const input = document.querySelector('#hwr-photo input[type=file]');
    if (!file || !input) return;
    const chosen = new DataTransfer();
    chosen.items.add(file);
    input.files = chosen.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  });
  // Tabs where work goes on have an address, so that a reload or a link leads back to it.
  const ADDRESSES = { 'hwr-tune-button': '#fine-tune', 'hwr-annotate-tab-button': '#annotate' };
  document.addEventListener('click', (event) => {
    const tab = event.target.closest?.('[role=tab]');
    if (tab) history.replaceState(history.state, '', location.pathname + location.search + (ADDRESSES[tab.id] ?? ''));
  });
  const [wanted] = Object.entries(ADDRESSES).find(([, address]) => address === location.hash) ?? [];
  if (wanted) {
    const waiting = new MutationObserver(() => {
      const tab = document.getElementById(wanted);
      if (!tab) return;
      waiting.disconnect();
      tab.click();
    });
    waiting.observe(document, { childList: true, subtree: true });
  }
  const theme = kept('hwr-theme');
  if (theme && !new URL(location).searchParams.has('__theme')) {
    const url = new URL(location);
    url.searchParams.set('__theme', theme);
    history.replaceState(null, '', url);
  }
})();
