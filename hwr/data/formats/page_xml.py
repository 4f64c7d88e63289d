"""PAGE XML (PRImA, schema 2019-07-15; older ones are read, too), as Transkribus, eScriptorium and htrflow exchange it."""

from __future__ import annotations

import posixpath
from datetime import datetime, timezone
from xml.etree.ElementTree import Element

from hwr.data.formats.document import Glyph, Line, Page, Points, Word, box_of, rectangle
from hwr.data.formats.xml import child, pixels, read_points, read_xml, share, write_xml, xml_text
from hwr.errors import InputError

NAMESPACE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"


def write_page_xml(page: Page, at: datetime | None = None) -> bytes:
    """The page as one text region of lines. at: when it was made (default: now)."""
    stamp = (at or datetime.now(timezone.utc)).astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    root = Element("PcGts", {"xmlns": NAMESPACE})
    metadata = child(root, "Metadata")
    for tag, text in (("Creator", "hwr"), ("Created", stamp), ("LastChange", stamp)):
        child(metadata, tag).text = text
    sheet = child(root, "Page", imageFilename=page.image, imageWidth=page.width, imageHeight=page.height)
    if not page.lines:
        return write_xml(root)
    order = child(child(sheet, "ReadingOrder"), "OrderedGroup", id="order")
    child(order, "RegionRefIndexed", index=0, regionRef="region")
    region = child(sheet, "TextRegion", id="region")
    _coordinates(region, rectangle(*box_of([point for line in page.lines for point in line.outline])))
    for number, line in enumerate(page.lines):
        _write_line(child(region, "TextLine", id=f"line{number}"), f"line{number}", line)
    return write_xml(root)


def _write_line(element: Element, id: str, line: Line) -> None:
    _coordinates(element, line.outline)
    if len(line.baseline) > 1:
        child(element, "Baseline", points=_points(line.baseline))
    for w, word in enumerate(line.words):
        spelled = child(element, "Word", id=f"{id}w{w}")
        _coordinates(spelled, word.outline)
        for g, glyph in enumerate(word.glyphs):
            drawn = child(spelled, "Glyph", id=f"{id}w{w}g{g}")
            _coordinates(drawn, glyph.outline)
            for index, (text, confidence) in enumerate(glyph.alternatives):
                _text(drawn, text, confidence, index)
        _text(spelled, word.text, word.confidence)
    if line.text is not None:
        _text(element, line.text, line.confidence)


def _coordinates(element: Element, points: Points) -> None:
    child(element, "Coords", points=_points(points))


def _points(points: Points) -> str:
    return " ".join(f"{x},{y}" for x, y in (points if len(points) > 1 else points * 2))


def _text(element: Element, text: str, confidence: float | None, index: int | None = None) -> None:
    child(child(element, "TextEquiv", index=index, conf=confidence), "Unicode").text = xml_text(text)


def read_page_xml(content: bytes, name: str) -> Page:
    """A page of any PAGE schema: the lines of its regions, in the reading order that it gives.

    Raises InputError for what is no PAGE XML (see `read_xml`) and where a line has no coordinates.
    """
    root = read_xml(content, name)
    sheet = root.find("Page")
    if root.tag != "PcGts" or sheet is None:
        raise InputError("data.not_page_xml", name=name)
    regions = list(sheet.iter("TextRegion"))
    rank = {ref.get("regionRef"): place for place, ref in enumerate(sheet.iterfind("ReadingOrder//*[@regionRef]"))}
    regions.sort(key=lambda region: rank.get(region.get("id"), len(rank)))
    lines = [_read_line(line, name) for region in regions for line in region.iterfind("TextLine")]
    image = posixpath.basename((sheet.get("imageFilename") or "").replace("\\", "/"))
    return Page(image, pixels(sheet.get("imageWidth")), pixels(sheet.get("imageHeight")), lines)


def _read_line(element: Element, name: str) -> Line:
    outline, baseline = _outline(element), read_points(_attribute(element, "Baseline"))
    outline = outline or baseline
    if not outline:
        raise InputError("data.line_without_place", name=name, line=element.get("id") or "?")
    words = [_read_word(word) for word in element.iterfind("Word")]
    words = [word for word in words if word is not None]
    said = _alternatives(element)
    text, confidence = said[0] if said else (" ".join(word.text for word in words), None)
    return Line(outline, baseline, text.strip() or None, confidence, words)


def _read_word(element: Element) -> Word | None:
    outline, said = _outline(element), _alternatives(element)
    glyphs = [Glyph(_outline(glyph), _alternatives(glyph)) for glyph in element.iterfind("Glyph")]
    glyphs = [glyph for glyph in glyphs if glyph.outline and glyph.alternatives]
    if not said and glyphs:
        said = [("".join(glyph.alternatives[0][0] for glyph in glyphs), None)]
    return Word(*said[0][:1], outline, said[0][1], glyphs) if outline and said else None


def _outline(element: Element) -> Points:
    points = read_points(_attribute(element, "Coords"))
    if points:
        return points
    return [  # schemas before 2013
        (pixels(point.get("x")), pixels(point.get("y"))) for point in element.iterfind("Coords/Point")
    ]


def _attribute(element: Element, tag: str) -> str | None:
    found = element.find(tag)
    return None if found is None else found.get("points")


def _alternatives(element: Element) -> list[tuple[str, float | None]]:
    """The texts of an element, ranked by their index; those without one stand first."""
    found = []
    for place, said in enumerate(element.iterfind("TextEquiv")):
        text = said.findtext("Unicode")
        if text is None:
            text = said.findtext("PlainText") or ""
        index = said.get("index")
        found.append((int(index) if index and index.isdigit() else -1, place, text, share(said.get("conf"))))
    return [(text, confidence) for _, _, text, confidence in sorted(found, key=lambda entry: entry[:2]) if text]
