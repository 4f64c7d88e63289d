// The wires to Python, by name; a question that comes before its wire waits for it.
const wires = {};
const unasked = [];
const askPython = (name, question) =>
  wires[name] ? wires[name](question) : new Promise((resolve, reject) => { unasked.push({ name, question, resolve, reject }); });
const connectPython = (name, wire) => {
  wires[name] = wire;
  for (const one of unasked.splice(0)) askPython(one.name, one.question).then(one.resolve, one.reject);
};
