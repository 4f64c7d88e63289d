// Questions of a tab's scripts to Python, one at a time and in their order; a question whose answer is lost is asked again.
(() => {
  const PATIENCE = 20000; // milliseconds
  const TRIES = 3;
  const waiting = [];
  let asked = null;
  let number = Date.now(); // other than those of the page before a reload

  function next() {
    if (asked || !waiting.length) return;
    asked = waiting.shift();
    asked.n = ++number;
    asked.tries += 1;
    asked.timer = setTimeout(() => {
      const lost = asked;
      asked = null;
      if (lost.tries < TRIES) waiting.unshift(lost);
      else lost.reject(new Error(say('correct.lost')));
      next();
    }, PATIENCE);
    trigger('submit', { n: asked.n, ...asked.question });
  }

  watch('value', () => {
    const reply = props.value;
    if (!asked || !reply || reply.n !== asked.n) return;
    const { resolve, reject, timer } = asked;
    clearTimeout(timer);
    asked = null;
    if ('error' in reply) reject(new Error(reply.error));
    else resolve(reply.answer);
    next();
  });

  connectPython(props.value.name, (question) =>
    new Promise((resolve, reject) => {
      waiting.push({ question, resolve, reject, tries: 0 });
      next();
    }));
})();
