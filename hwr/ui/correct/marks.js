// The doubtful characters of a text that is being edited: they move with the text, and go when they are touched.
const createMarks = () => {
  let text = '';
  let marks = []; // {start, end} in UTF-16 units of the text, {x0, x1} in pixels of the picture, in the order of the text

  // doubts: of `doubts.text`, in characters; risky: places of characters, or where a word begins and ends.
  function set(now, doubts) {
    text = now;
    marks = [];
    if (!doubts || doubts.text.normalize('NFC') !== now.normalize('NFC')) return;
    const starts = [0];
    for (const character of now) starts.push(starts[starts.length - 1] + character.length);
    for (const place of doubts.risky) {
      const [from, to] = Array.isArray(place) ? place : [place, place + 1];
      if (to < starts.length) marks.push({ start: starts[from], end: starts[to], x0: doubts.spans[from][0], x1: doubts.spans[to - 1][1] });
    }
  }

  function edit(now) {
    let head = 0;
    while (head < Math.min(text.length, now.length) && text[head] === now[head]) head += 1;
    let tail = 0;
    while (tail < Math.min(text.length, now.length) - head && text[text.length - 1 - tail] === now[now.length - 1 - tail]) tail += 1;
    const moved = now.length - text.length;
    marks = marks
      .filter((mark) => mark.end <= head || mark.start >= text.length - tail)
      .map((mark) => (mark.end <= head ? mark : { ...mark, start: mark.start + moved, end: mark.end + moved }));
    text = now;
  }

  return {
    set,
    edit,
    all: () => marks,
    after: (place) => marks.find((mark) => mark.start >= place),
    at: (start, end) => marks.find((mark) => mark.start <= start && end <= mark.end && mark.start < mark.end && start < mark.end),
    // The text in pieces: [words, whether they are doubtful].
    pieces: () => {
      const pieces = [];
      let place = 0;
      for (const mark of marks) {
        pieces.push([text.slice(place, mark.start), false], [text.slice(mark.start, mark.end), true]);
        place = mark.end;
      }
      return [...pieces, [text.slice(place), false]].filter(([words]) => words);
    },
  };
};

// Two texts in pieces, [was, is], by the longest common subsequence of their characters; equal pieces have was === is.
const differencesOf = (before, after) => {
  const a = [...before];
  const b = [...after];
  const common = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) common[i][j] = a[i] === b[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
  }
  const pieces = [];
  const put = (was, is, same) => {
    const last = pieces[pieces.length - 1];
    if (last && last.same === same) { last.was += was; last.is += is; } else pieces.push({ was, is, same });
  };
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) { put(a[i], b[j], true); i += 1; j += 1; }
    else if (j >= b.length || (i < a.length && common[i + 1][j] >= common[i][j + 1])) { put(a[i], '', false); i += 1; }
    else { put('', b[j], false); j += 1; }
  }
  return pieces;
};
