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
  // A photograph that was taken, or an image pasted anywhere on the page, goes where a chosen file goes.
  window.hwrReadFile = (file) => {
    const input = document.querySelector('#hwr-photo input[type=file]');
    if (!file || !input) return;
    const chosen = new DataTransfer();
    chosen.items.add(file);
    input.files = chosen.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  };
  document.addEventListener('paste', (event) => {
    window.hwrReadFile([...(event.clipboardData?.files ?? [])].find((f) => f.type.startsWith('image/')));
  });

  // Every tab has an address, its id, so that a link, a reload and Back lead to it.
  const row = () => document.querySelector('.hwr-tabs [role=tablist]');
  const tabs = () => [...row().querySelectorAll('[role=tab]')];
  const addressed = () => tabs().find((tab) => '#' + tab.dataset.tabId === location.hash) ?? tabs()[0];
  const shown = () => tabs().find((tab) => tab.getAttribute('aria-selected') === 'true');
  let opening = true; // until the tab of the address shows
  const arrange = () => {
    const tab = shown();
    if (!tab) return;
    tabs().forEach((one) => { one.tabIndex = one === tab ? 0 : -1; });
    row().scrollLeft = tab.offsetLeft - (row().clientWidth - tab.offsetWidth) / 2;
  };
  const follow = () => {
    arrange();
    if (!shown() || shown() === addressed()) opening = false;
    else if (opening) addressed().click();
    else history.pushState(history.state, '', '#' + shown().dataset.tabId);
  };
  window.addEventListener('popstate', () => row() && addressed().click());
  window.hwrOpenTab = (id) => tabs().find((tab) => tab.dataset.tabId === id)?.click();
  document.addEventListener('keydown', (event) => {
    const from = event.target.closest?.('.hwr-tabs [role=tab]');
    if (!from || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const [all, at] = [tabs(), tabs().indexOf(from)];
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    all[to % all.length].focus({ preventScroll: true });
    all[to % all.length].click();
  });
  const waiting = new MutationObserver(() => {
    if (!row()?.querySelector('[role=tab][data-tab-id]')) return;
    waiting.disconnect();
    new MutationObserver(follow).observe(row(), { attributes: true, attributeFilter: ['aria-selected'], subtree: true });
    new ResizeObserver(arrange).observe(row());
    follow();
  });
  waiting.observe(document, { childList: true, subtree: true });

  const theme = kept('hwr-theme');
  if (theme && !new URL(location).searchParams.has('__theme')) {
    const url = new URL(location);
    url.searchParams.set('__theme', theme);
    history.replaceState(null, '', url);
  }
})();
