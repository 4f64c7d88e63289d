"""ALTO XML (Library of Congress, version 4; 2 and 3 are read, too), as eScriptorium and kraken exchange it."""

from __future__ import annotations

import posixpath
from xml.etree.ElementTree import Element

from hwr.data.formats.document import Glyph, Line, Page, Points, Word, box_of, rectangle
from hwr.data.formats.xml import child, pixels, read_points, read_xml, share, write_xml
from hwr.errors import InputError

NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
LONGEST_VARIANT = 3  # characters


def write_alto(page: Page) -> bytes:
    """The page as one text block. A line without words of its own is one String, as eScriptorium does it."""
    root = Element("alto", {"xmlns": NAMESPACE})
    description = child(root, "Description")
    child(description, "MeasurementUnit").text = "pixel"
    child(child(description, "sourceImageInformation"), "fileName").text = page.image
    sheet = child(child(root, "Layout"), "Page", ID="page", PHYSICAL_IMG_NR=1, WIDTH=page.width, HEIGHT=page.height)
    space = child(sheet, "PrintSpace", HPOS=0, VPOS=0, WIDTH=page.width, HEIGHT=page.height)
    if page.lines:
        places = rectangle(*box_of([point for line in page.lines for point in line.outline]))
        block = child(space, "TextBlock", ID="block", **_place(places))
        for number, line in enumerate(page.lines):
            baseline = " ".join(f"{x},{y}" for x, y in line.baseline) or None
            element = child(block, "TextLine", ID=f"line{number}", **_place(line.outline), BASELINE=baseline)
            _write_line(element, f"line{number}", line)
    return write_xml(root)


def _write_line(element: Element, id: str, line: Line) -> None:
    _shape(element, line.outline)
    words = line.words
    if not words or " ".join(word.text for word in words) != line.text:
        words = [Word(line.text or "", line.outline, line.confidence)]
    for w, word in enumerate(words):
        if w:
            child(element, "SP")
        said = child(element, "String", ID=f"{id}w{w}", CONTENT=word.text, **_place(word.outline), WC=word.confidence)
        _shape(said, word.outline)
        # A Glyph has one character. Left without the glyph that has more, the others would stand for other characters.
        single = all(len(glyph.alternatives[0][0]) == 1 for glyph in word.glyphs)
        for g, glyph in enumerate(word.glyphs if single else ()):
            (text, confidence), *others = glyph.alternatives
            drawn = child(said, "Glyph", ID=f"{id}w{w}g{g}", CONTENT=text, **_place(glyph.outline), GC=confidence)
            _shape(drawn, glyph.outline)
            for other, likely in others:
                if len(other) <= LONGEST_VARIANT:
                    child(drawn, "Variant", CONTENT=other, VC=likely)


def _place(points: Points) -> dict[str, int]:
    return dict(zip(("HPOS", "VPOS", "WIDTH", "HEIGHT"), box_of(points), strict=True))


def _shape(element: Element, points: Points) -> None:
    child(child(element, "Shape"), "Polygon", POINTS=" ".join(f"{x},{y}" for x, y in points))


def read_alto(content: bytes, name: str) -> Page:
    """A page of ALTO 2 to 4: its lines in the order of the file, or in its ReadingOrder.

    Raises InputError for what is no ALTO (see `read_xml`), for units other than pixels, and where a line has no place.
    """
    root = read_xml(content, name)
    sheet = root.find("Layout/Page")
    if root.tag != "alto" or sheet is None:
        raise InputError("data.not_alto", name=name)
    unit = (root.findtext("Description/MeasurementUnit") or "pixel").strip()
    if unit != "pixel":
        raise InputError("data.alto_unit", name=name, unit=unit)
    found = list(sheet.iter("TextLine"))
    rank = {ref.get("REF"): place for place, ref in enumerate(root.iterfind("ReadingOrder//ElementRef"))}
    found.sort(key=lambda line: rank.get(line.get("ID"), len(rank)))
    image = (root.findtext("Description/sourceImageInformation/fileName") or "").strip().replace("\\", "/")
    lines = [_read_line(line, name) for line in found]
    return Page(posixpath.basename(image), pixels(sheet.get("WIDTH")), pixels(sheet.get("HEIGHT")), lines)


def _read_line(element: Element, name: str) -> Line:
    baseline = read_points(element.get("BASELINE"))
    outline = _outline(element) or baseline
    if not outline:
        raise InputError("data.line_without_place", name=name, line=element.get("ID") or "?")
    strings = list(element.iterfind("String"))
    texts = [string.get("CONTENT") or "" for string in strings]
    hyphen = element.find("HYP")
    text = " ".join(text for text in texts if text) + ("" if hyphen is None else hyphen.get("CONTENT") or "-")
    if len(strings) == 1 and strings[0].find("Glyph") is None and hyphen is None:
        # The whole line in one String has no words of its own.
        return Line(outline, baseline, texts[0].strip() or None, share(strings[0].get("WC")))
    words = [_read_word(string, outline) for string in strings if string.get("CONTENT")]
    return Line(outline, baseline, text.strip() or None, None, words)


def _read_word(element: Element, line: Points) -> Word:
    glyphs = []
    for glyph in element.iterfind("Glyph"):
        outline, text = _outline(glyph), glyph.get("CONTENT")
        if outline and text:
            others = [(v.get("CONTENT") or "", share(v.get("VC"))) for v in glyph.iterfind("Variant")]
            others = [(other, likely) for other, likely in others if other]
            glyphs.append(Glyph(outline, [(text, share(glyph.get("GC"))), *others]))
    return Word(element.get("CONTENT") or "", _outline(element) or line, share(element.get("WC")), glyphs)


def _outline(element: Element) -> Points:
    polygon = element.find("Shape/Polygon")
    points = read_points(None if polygon is None else polygon.get("POINTS"))
    if points or element.get("HPOS") is None or element.get("VPOS") is None:
        return points
    return rectangle(*(pixels(element.get(side)) for side in ("HPOS", "VPOS", "WIDTH", "HEIGHT")))
