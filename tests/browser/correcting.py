"""A line put right by keys alone, in whichever tab it stands."""

from __future__ import annotations

from typing import Any

from rapidfuzz.distance import Levenshtein

SHARE = 0.4  # keystrokes by characters, at most
FACES = ("reenie-beanie", "homemade-apple", "cedarville-cursive")  # of the thirty lines
# The alternatives without what they leave out, which is struck through.
OTHERS = """root => [...document.querySelectorAll(root + ' .hwr-l-others .hwr-l-words')].map((words) =>
  [...words.childNodes].filter((node) => node.nodeName !== 'DEL').map((node) => node.textContent).join(''))"""
# Whether the next doubtful character behind a place is at a target.
MARKED_NEXT = """([root, place, target]) => {
  let at = 0;
  for (const node of document.querySelector(root + ' .hwr-l-behind').childNodes) {
    if (node.nodeName === 'MARK' && at >= place) return at === target;
    at += node.textContent.length;
  }
  return false;
}"""


def correct(one: Any, root: str, reading: str, truth: str) -> int:
    """Correct the line in the box of the tab below `root` from its start by keys alone; how many it took, Alt and Control
    counted as keys, too.

    An alternative that is right is taken; else each edit is reached by Tab, where that leads to it, or by words and letters.
    """
    others = one.page.evaluate(OTHERS, root)
    field = one.page.locator(f"{root} textarea")
    keys, moved = 0, 0  # moved: how far the edits so far have moved the rest

    def press(key: str) -> int:
        one.page.keyboard.press(key)
        return 1 + key.count("+")

    if reading != truth and truth in others:
        return press(f"Alt+{others.index(truth) + 1}")
    for edit in Levenshtein.opcodes(reading, truth):
        if edit.tag == "equal":
            continue
        target = edit.src_start + moved
        while (place := field.evaluate("node => node.selectionStart")) != target:
            tab = edit.tag != "insert" and one.page.evaluate(MARKED_NEXT, [root, place, target])
            far = target - place > 3
            keys += press(
                "Tab" if tab else "Control+ArrowRight" if far else "ArrowRight" if place < target else "ArrowLeft"
            )
        selected = field.evaluate("node => node.selectionEnd - node.selectionStart")
        left = edit.src_end - edit.src_start
        if edit.tag == "insert" and selected:
            keys += press("ArrowLeft")
        elif selected and edit.tag == "replace":
            left -= selected  # what is typed replaces it
        elif selected:
            left -= selected - 1
        new = list(truth[edit.dest_start : edit.dest_end])
        for key in [*new, *["Delete"] * left]:
            keys += press(key)
        moved += len(new) - (edit.src_end - edit.src_start)
    return keys
