"""XML from strangers: no DTD, no entities of its own, nothing fetched, and only characters that XML can hold."""

from __future__ import annotations

import re
from xml.etree import ElementTree
from xml.parsers import expat

from hwr.data.formats.document import Points
from hwr.errors import InputError

DEEPEST = 200  # elements within each other
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_LARGEST = 10**7  # a coordinate beyond it is a mistake


class _Refused(Exception):
    pass


def read_xml(content: bytes, name: str) -> ElementTree.Element:
    """The root element, names of elements without their namespace.

    Raises InputError for what is no XML, nests too deep, or has a DTD (entities may read files or grow without end).
    """
    builder = ElementTree.TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise _Refused
        builder.start(tag.rpartition("}")[2], {key.rpartition("}")[2]: value for key, value in attributes.items()})

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag.rpartition("}")[2])

    def refuse(*_: object) -> None:
        raise _Refused

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, builder.data
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse  # without a DTD there is no external entity
    try:
        parser.Parse(content, True)
        return builder.close()
    except _Refused:
        raise InputError("data.xml_refused", name=name) from None
    except (expat.ExpatError, ValueError, LookupError, AssertionError) as error:
        raise InputError("data.xml_broken", name=name, error=error) from None


def write_xml(root: ElementTree.Element) -> bytes:
    """UTF-8 with a declaration, indented."""
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def child(parent: ElementTree.Element, tag: str, **attributes: object) -> ElementTree.Element:
    """A new child with the attributes that are not None."""
    return ElementTree.SubElement(parent, tag, {k: xml_text(str(v)) for k, v in attributes.items() if v is not None})


def xml_text(text: str) -> str:
    """The text without the characters that XML has no way to write.

    >>> xml_text("a\\x00b\\ufffe")
    'ab'
    """
    return _NOT_XML.sub("", text)


def read_points(text: str | None) -> Points:
    """Points written "x,y x,y" or "x y x y", rounded to pixels, below zero set to zero; [] for anything else.

    >>> read_points("1,2 3.6,-4"), read_points("1 2 3 4"), read_points("17")
    ([(1, 2), (4, 0)], [(1, 2), (3, 4)], [])
    """
    numbers = [pixels(n) for n in _NUMBER.findall(text or "")]
    return list(zip(numbers[::2], numbers[1::2], strict=True)) if len(numbers) % 2 == 0 else []


def pixels(number: str | None) -> int:
    """A coordinate as whole pixels from 0; what is no number is 0."""
    try:
        return round(min(max(float(number or 0), 0), _LARGEST))
    except ValueError:  # also for NaN
        return 0


def share(number: str | None) -> float | None:
    """A confidence in [0, 1]; None for none and for what is no such number."""
    try:
        value = float(number) if number is not None else None
    except ValueError:
        return None
    return value if value is not None and 0 <= value <= 1 else None
