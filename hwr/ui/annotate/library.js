// Collections, the pages of one with their state, and a search in its texts. Every change is asked of Python (`select`).
(() => {
  const root = element.querySelector('.hwr-library');
  const part = (name) => root.querySelector('.hwr-a-' + name);
  const chooser = part('collections');
  const form = part('form');
  const search = part('search');
  const pictures = new Map(); // page -> data URI, or null while it is asked for
  const POLL = 1000; // milliseconds between two looks at work that goes on
  let view = null;
  let polling = 0;
  let asking = null; // what the form does with a name

  const act = (action, more) => trigger('select', { action, ...more });
  const remembered = () => { try { return JSON.parse(localStorage.getItem('hwr-annotate-place')) ?? {}; } catch { return {}; } };
  const remember = (place) => { try { localStorage.setItem('hwr-annotate-place', JSON.stringify(place)); } catch { /* a private window */ } };

  function button(key, act, name = '') {
    const node = make('button', name, say(key));
    node.type = 'button';
    node.addEventListener('click', act);
    return node;
  }

  function render(again) {
    const before = view;
    if (!again) view = props.value && props.value.collections ? copied(props.value) : null;
    root.dataset.state = view ? (view.collections.length ? 'filled' : 'empty') : 'closed';
    if (!view) return;
    if (!before) {
      const place = remembered();
      if (place.collection && place.collection !== view.collection && view.collections.some((c) => c.id === place.collection)) act('open', place);
      else if (place.page && place.page !== view.page && view.pages.some((p) => p.id === place.page)) act('open', place);
    } else if (!again) remember({ collection: view.collection, page: view.page });
    choices();
    tools();
    undo();
    work();
    agreement();
    pages();
    if (!before || before.collection !== view.collection) { search.value = ''; found([]); }
  }

  function choices() {
    part('sr').textContent = say('annotate.collection');
    part('choose').hidden = !view.collections.length;
    chooser.replaceChildren(...view.collections.map((c) => {
      const option = make('option', '', say('annotate.collection.option', c));
      option.value = c.id;
      option.selected = c.id === view.collection;
      return option;
    }));
    search.hidden = !view.collections.length;
    search.placeholder = say('annotate.search');
    search.setAttribute('aria-label', say('annotate.search'));
  }

  function tools() {
    const chosen = view.collections.find((c) => c.id === view.collection);
    const made = [button('annotate.new', () => name('annotate.new.name', '', (text) => act('create', { name: text })), 'hwr-a-new')];
    if (chosen) {
      made.push(
        button('annotate.rename', () => name('annotate.rename.name', chosen.name, (text) => act('rename', { what: 'collection', id: chosen.id, name: text }))),
        button('annotate.delete', () => act('delete', { what: 'collection', id: chosen.id, name: chosen.name })),
      );
    }
    const bring = button('annotate.import.files', () => document.querySelector('#hwr-annotate-import input[type=file]')?.click());
    bring.title = say('annotate.import.title');
    made.push(bring);
    if (chosen && chosen.lines) {
      const read = button('annotate.read', () => act('read'));
      read.title = say('annotate.read.title');
      made.push(exports(), read);
    }
    if (chosen && chosen.corrected) {
      const train = button('annotate.train', () => act('train'));
      train.title = say('annotate.train.title');
      made.push(train);
      if (new Set(view.pages.map((page) => page.writer).filter(Boolean)).size > 1) {
        const hands = button('annotate.train.writer', () => act('train', { by: 'writer' }));
        hands.title = say('annotate.train.writer.title');
        made.push(hands);
      }
    }
    part('tools').replaceChildren(...made);
  }

  function exports() {
    const menu = make('select', 'hwr-a-export');
    menu.setAttribute('aria-label', say('annotate.export'));
    menu.append(make('option', '', say('annotate.export')));
    for (const form of ['zip', 'imagefolder', 'writers', 'page', 'alto', 'json', 'text']) {
      const option = make('option', '', say('annotate.export.' + form));
      option.value = form;
      menu.append(option);
    }
    menu.addEventListener('change', () => {
      act('export', { form: menu.value });
      menu.selectedIndex = 0;
    });
    return menu;
  }

  function name(key, text, done) {
    asking = done;
    const [label, input, ok, cancel] = form.children;
    label.textContent = say(key);
    input.setAttribute('aria-label', say(key));
    input.value = text;
    ok.textContent = say('annotate.ok');
    cancel.textContent = say('annotate.cancel');
    form.hidden = false;
    part('tools').hidden = true;
    input.focus();
    input.select();
  }

  function close() {
    form.hidden = true;
    part('tools').hidden = false;
  }

  function undo() {
    const bar = part('undo');
    bar.hidden = !view.undo;
    if (!view.undo) return;
    bar.firstElementChild.textContent = say('annotate.deleted', view.undo);
    bar.lastElementChild.textContent = say('annotate.undo');
  }

  function work() {
    const job = view.job;
    const line = part('work');
    const told = job && job.ended && job.kind === 'read';
    line.hidden = !job || (job.ended && !told);
    clearTimeout(polling);
    if (told) {
      line.replaceChildren(make('span', '', say('annotate.work.changed', { changed: job.changed, all: job.done })));
      if (job.changed) line.append(button('annotate.look', () => act('order', { show: 'changed' })));
    }
    if (job && !job.ended) {
      const bar = make('progress');
      bar.max = Math.max(1, job.all);
      bar.value = job.done;
      bar.setAttribute('aria-label', job.name);
      line.replaceChildren(
        make('span', '', say('annotate.work.' + job.kind, { done: job.done, all: job.all, name: job.name })),
        bar,
        button('annotate.stop', () => act('stop')),
      );
      polling = setTimeout(() => act('look'), POLL);
    }
    const problems = part('problems');
    problems.hidden = !job || !job.problems.length;
    problems.replaceChildren(...(job ? job.problems.map((words) => make('li', '', words[language()])) : []));
    if (job && job.problems.length) {
      const away = make('li');
      away.append(button('annotate.understood', () => act('forget')));
      problems.append(away);
    }
  }

  function agreement() {
    part('agreement').hidden = !view.agreement.length;
    part('agreement').replaceChildren(...view.agreement.map((pair) => make('li', '', say('annotate.agreement', pair))));
  }

  function pages() {
    const add = make('button', 'hwr-a-add');
    add.type = 'button';
    add.append(make('b', '', '+'), make('span', '', say('annotate.add')), make('small', '', say('annotate.drop')));
    add.addEventListener('click', () => document.querySelector('#hwr-annotate-files input[type=file]')?.click());
    const tiles = view.pages.map(tile);
    part('pages').replaceChildren(...(view.collection === null && !view.collections.length ? [welcome()] : []), add, ...tiles);
  }

  function welcome() {
    const words = make('div', 'hwr-a-welcome');
    words.append(make('b', '', say('annotate.welcome')), make('p', '', say('annotate.welcome.how')));
    return words;
  }

  function tile(page) {
    const node = make('button', 'hwr-a-page');
    node.type = 'button';
    node.dataset.page = page.id;
    node.dataset.state = page.state;
    node.setAttribute('aria-current', String(page.id === view.page));
    const picture = make('span', 'hwr-a-thumb');
    show(picture, page.id);
    const state = make('small', '', say('annotate.state.' + page.state, page));
    const bar = make('i');
    bar.style.setProperty('--done', (page.lines ? (100 * page.corrected) / page.lines : 0) + '%');
    node.append(picture, make('span', 'hwr-a-title', page.title), state, bar);
    node.title = page.title;
    node.addEventListener('click', () => act('open', { collection: view.collection, page: page.id }));
    return node;
  }

  const seen = new IntersectionObserver((entries) => {
    const wanted = entries.filter((e) => e.isIntersecting).map((e) => Number(e.target.parentElement.dataset.page)).filter((id) => !pictures.has(id));
    for (let i = 0; i < wanted.length; i += 12) fetch(wanted.slice(i, i + 12));
  });

  function show(picture, id) {
    const uri = pictures.get(id);
    if (uri) {
      const image = make('img');
      image.src = uri;
      image.alt = '';
      picture.replaceChildren(image);
    } else setTimeout(() => seen.observe(picture));
  }

  function fetch(ids) {
    ids.forEach((id) => pictures.set(id, null));
    askPython('pictures', { what: 'thumbnails', ids }).then((found) => {
      for (const [id, uri] of Object.entries(found)) {
        pictures.set(Number(id), uri);
        const picture = root.querySelector(`[data-page="${id}"] .hwr-a-thumb`);
        if (picture) show(picture, Number(id));
      }
    }, () => ids.forEach((id) => pictures.delete(id)));
  }

  function found(lines, words = '') {
    const list = part('found');
    list.hidden = !words;
    list.replaceChildren(...lines.map((line) => {
      const item = make('li');
      const open = make('button');
      open.type = 'button';
      open.append(make('small', '', line.title + ' · ' + (line.position + 1)), make('span', '', line.text));
      open.addEventListener('click', () => act('open', { collection: view.collection, page: line.page, line: line.id }));
      item.append(open);
      return item;
    }));
    if (words && !lines.length) list.append(make('li', 'hwr-a-none', say('annotate.search.none', { words })));
  }

  let typed = 0;
  search.addEventListener('input', () => {
    clearTimeout(typed);
    typed = setTimeout(() => {
      const words = search.value.trim();
      if (!words) { found([]); return; }
      askPython('pictures', { what: 'search', words, collection: view.collection }).then((lines) => {
        if (search.value.trim() === words) found(lines, words);
      }, () => {});
    }, 200);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const text = form.children[1].value.trim();
    if (!text) { form.children[1].focus(); return; }
    close();
    asking(text);
  });
  form.addEventListener('keydown', (event) => { if (event.key === 'Escape') close(); });
  form.lastElementChild.addEventListener('click', close);
  chooser.addEventListener('change', () => act('open', { collection: Number(chooser.value) }));
  part('undo').lastElementChild.addEventListener('click', () => act('restore', view.undo));

  // Files may be dropped anywhere on this tab.
  const room = () => document.getElementById('hwr-annotate');
  const files = (event) => room()?.contains(event.target) && view && [...(event.dataTransfer?.types ?? [])].includes('Files');
  document.addEventListener('dragover', (event) => {
    if (!files(event)) return;
    event.preventDefault();
    root.classList.add('hwr-a-over');
  });
  document.addEventListener('dragleave', (event) => { if (!event.relatedTarget) root.classList.remove('hwr-a-over'); });
  document.addEventListener('drop', (event) => {
    root.classList.remove('hwr-a-over');
    const input = files(event) && document.querySelector('#hwr-annotate-files input[type=file]');
    if (!input) return;
    event.preventDefault();
    event.stopPropagation();
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  }, true);
  // A line that was corrected below counts here at once.
  document.addEventListener('hwr-annotate-kept', (event) => {
    const page = view?.pages.find((one) => one.id === event.detail.page);
    const collection = view?.collections.find((one) => one.id === view.collection);
    if (!page || !collection) return;
    page.corrected += event.detail.by;
    const could = collection.corrected > 0;
    collection.corrected += event.detail.by;
    if (could !== collection.corrected > 0) tools(); // there is something to train on, or nothing any more
    page.state = page.corrected >= page.lines ? 'corrected' : 'read';
    root.querySelector(`[data-page="${page.id}"]`)?.replaceWith(tile(page));
    choices();
  });
  window.hwrAnnotate = { name };
  watch('value', render);
  render();
})();
