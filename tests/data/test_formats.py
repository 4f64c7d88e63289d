"""Pages go out and come in unchanged, files of other programs are understood, and hostile ones are refused."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]  # lxml has no types
from PIL import Image

from hwr.data.formats.alto import read_alto, write_alto
from hwr.data.formats.archive import read_pages, write_files, write_folder, write_zip
from hwr.data.formats.document import Glyph, Line, Page, Word, rectangle
from hwr.data.formats.page_xml import read_page_xml, write_page_xml
from hwr.data.formats.plain import read_json, write_json, write_text
from hwr.errors import InputError

SCHEMAS = Path(__file__).parent / "schemas"


class Beside(etree.Resolver):
    """What a schema imports from an address lies beside it."""

    def resolve(self, system_url: str, public_id: str, context: object) -> object:
        return self.resolve_filename(str(SCHEMAS / system_url.rpartition("/")[2]), context)


def schema(name: str) -> etree.XMLSchema:
    parser = etree.XMLParser()
    parser.resolvers.add(Beside())
    return etree.XMLSchema(etree.parse(str(SCHEMAS / name), parser))


PAGE_SCHEMA, ALTO_SCHEMA = schema("page-2019-07-15.xsd"), schema("alto-4-2.xsd")

place = st.integers(0, 4000)
outlines = st.lists(st.tuples(place, place), min_size=3, max_size=8)
letters = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\ufffe\uffff")
said = st.text(letters, min_size=1, max_size=20).map(str.strip).filter(bool)
shares = st.none() | st.floats(0, 1).map(lambda value: round(value, 4))
glyphs = st.builds(Glyph, outlines, st.lists(st.tuples(said, shares), min_size=1, max_size=3))
words = st.builds(Word, said, outlines, shares, st.lists(glyphs, max_size=2))
baselines = st.just([]) | st.lists(st.tuples(place, place), min_size=2, max_size=4)
lines = st.builds(Line, outlines, baselines, st.none() | said, st.none(), st.lists(words, max_size=3))
pages = st.builds(Page, st.just("page 1.png"), st.integers(1, 5000), st.integers(1, 5000), st.lists(lines, max_size=4))


@pytest.mark.slow
@settings(max_examples=80)
@given(pages)
def test_export_import_export_is_equal(page):
    for write, read in (
        (write_page_xml, lambda content: read_page_xml(content, "a.xml")),
        (write_alto, lambda content: read_alto(content, "a.xml")),
        (lambda page: write_json([page]), lambda content: read_json(content, "a.json")[0]),
    ):
        again = read(write(page))
        assert (again.image, again.width, again.height) == (page.image, page.width, page.height)
        assert [line.outline for line in again.lines] == [line.outline for line in page.lines]
        once = read(write(again))
        assert once == read(write(once)) == again
    assert read_json(write_json([page]), "a.json") == [page]


@pytest.mark.slow
@settings(max_examples=80)
@given(pages)
def test_page_xml_is_valid_against_the_published_schema(page):
    PAGE_SCHEMA.assertValid(etree.fromstring(write_page_xml(page)))


@pytest.mark.slow
@settings(max_examples=80)
@given(pages)
def test_alto_is_valid_against_the_published_schema(page):
    ALTO_SCHEMA.assertValid(etree.fromstring(write_alto(page)))


def test_alto_tells_a_word_by_its_glyphs_only_where_each_is_one_character():
    def content(*texts: str) -> list[str | None]:
        glyphs = [Glyph(rectangle(0, 0, 9, 9), [(text, 0.9), ("rn", 0.1), ("four", 0.1)]) for text in texts]
        line = Line(rectangle(0, 0, 90, 9), [], "mot", None, [Word("mot", rectangle(0, 0, 90, 9), 0.9, glyphs)])
        root = ElementTree.fromstring(write_alto(Page("a.png", 100, 20, [line])))
        return [element.get("CONTENT") for element in root.iter() if element.tag[-5:] in ("Glyph", "riant")]

    assert content("m", "o") == ["m", "rn", "o", "rn"]
    assert content("m", "ot") == []


LINE = Line(rectangle(10, 10, 200, 30), [(10, 35), (210, 35)], "il est tard")


def test_plain_text_has_a_line_a_line():
    page = Page("a.png", 300, 100, [LINE, Line(rectangle(10, 50, 200, 30), [], None)])
    assert write_text(page) == b"il est tard\n\n"


# --- files of the shape that other programs write

ESCRIPTORIUM_ALTO = """<?xml version="1.0" encoding="UTF-8"?>
<alto xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns="http://www.loc.gov/standards/alto/ns-v4#"
  xsi:schemaLocation="http://www.loc.gov/standards/alto/ns-v4# http://www.loc.gov/standards/alto/v4/alto-4-2.xsd">
  <Description><MeasurementUnit>pixel</MeasurementUnit>
    <sourceImageInformation><fileName>folio1.jpg</fileName></sourceImageInformation></Description>
  <Tags><OtherTag ID="BT1" LABEL="Main" DESCRIPTION="block type Main"/></Tags>
  <Layout><Page WIDTH="900" HEIGHT="1200" PHYSICAL_IMG_NR="0" ID="eSc_dummypage_">
    <PrintSpace HPOS="0" VPOS="0" WIDTH="900" HEIGHT="1200">
      <TextBlock HPOS="50" VPOS="60" WIDTH="700" HEIGHT="100" ID="eSc_textblock_1" TAGREFS="BT1">
        <Shape><Polygon POINTS="50 60 750 60 750 160 50 160"/></Shape>
        <TextLine ID="eSc_line_1" BASELINE="60 100 740 104" HPOS="55" VPOS="70" WIDTH="690" HEIGHT="40">
          <Shape><Polygon POINTS="55 70 745 72 745 110 55 108"/></Shape>
          <String CONTENT="Mon cher ami &amp; frère" HPOS="55" VPOS="70" WIDTH="690" HEIGHT="40"/></TextLine>
        <TextLine ID="eSc_line_2" BASELINE="60 150 740 154" HPOS="55" VPOS="115" WIDTH="690" HEIGHT="45">
          <String CONTENT="" HPOS="55" VPOS="115" WIDTH="690" HEIGHT="45"/></TextLine>
      </TextBlock></PrintSpace></Page></Layout></alto>"""

KRAKEN_ALTO = """<?xml version="1.0" encoding="UTF-8"?>
<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#">
  <Description><MeasurementUnit>pixel</MeasurementUnit>
    <sourceImageInformation><fileName>/data/folio1.jpg</fileName></sourceImageInformation></Description>
  <ReadingOrder><OrderedGroup ID="ro_0"><ElementRef ID="o_1" REF="l2"/><ElementRef ID="o_2" REF="l1"/></OrderedGroup></ReadingOrder>
  <Layout><Page WIDTH="900" HEIGHT="1200" PHYSICAL_IMG_NR="0" ID="page_0"><PrintSpace HPOS="0" VPOS="0" WIDTH="900" HEIGHT="1200">
    <TextBlock ID="b"><TextLine ID="l1" HPOS="5" VPOS="70" WIDTH="90" HEIGHT="40" BASELINE="5 100 95 100">
      <String ID="segment_1" CONTENT="ad" HPOS="5" VPOS="70" WIDTH="40" HEIGHT="40" WC="0.91">
        <Glyph ID="char_1" CONTENT="a" HPOS="5" VPOS="70" WIDTH="20" HEIGHT="40" GC="0.9"><Variant CONTENT="o" VC="0.05"/></Glyph>
        <Glyph ID="char_2" CONTENT="d" HPOS="25" VPOS="70" WIDTH="20" HEIGHT="40" GC="0.92"/></String>
      <SP ID="segment_2" HPOS="45" VPOS="70" WIDTH="10" HEIGHT="40"/>
      <String ID="segment_3" CONTENT="usum" HPOS="55" VPOS="70" WIDTH="40" HEIGHT="40" WC="0.8"/></TextLine>
    <TextLine ID="l2" HPOS="5" VPOS="20" WIDTH="90" HEIGHT="40"><String CONTENT="In"/></TextLine></TextBlock>
  </PrintSpace></Page></Layout></alto>"""

TRANSKRIBUS_PAGE = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2013-07-15">
  <Metadata><Creator>TRP</Creator><Created>2020-01-01T00:00:00Z</Created><LastChange>2020-01-01T00:00:00Z</LastChange>
    <TranskribusMetadata docId="1" pageId="2" pageNr="1" status="GT"/></Metadata>
  <Page imageFilename="folio1.jpg" imageWidth="900" imageHeight="1200">
    <ReadingOrder><OrderedGroup id="ro"><RegionRefIndexed index="0" regionRef="r2"/><RegionRefIndexed index="1" regionRef="r1"/></OrderedGroup></ReadingOrder>
    <TextRegion id="r1" custom="readingOrder {index:1;}"><Coords points="50,60 750,60 750,160 50,160"/>
      <TextLine id="r1l1" custom="readingOrder {index:0;} abbrev {offset:0; length:2;}"><Coords points="55,70 745,72 745,110 55,108"/>
        <Baseline points="60,100 740,104"/><TextEquiv><Unicode>second</Unicode></TextEquiv></TextLine>
      <TextLine id="r1l2"><Coords points="55,115 745,115 745,160 55,160"/><TextEquiv><Unicode></Unicode></TextEquiv></TextLine></TextRegion>
    <TextRegion id="r2"><Coords points="50,10 750,10 750,50 50,50"/>
      <TextLine id="r2l1"><Coords points="55,10 745,10 745,50 55,50"/><TextEquiv><Unicode>first</Unicode></TextEquiv></TextLine></TextRegion>
  </Page></PcGts>"""

HTRFLOW_PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15">
  <Metadata><Creator>Riksarkivet</Creator><Created>2024-01-01T00:00:00</Created><LastChange>2024-01-01T00:00:00</LastChange></Metadata>
  <Page imageFilename="folio1.jpg" imageWidth="900" imageHeight="1200">
    <TextRegion id="node0"><Coords points="5,5 95,5 95,95 5,95"/>
      <TextLine id="node0_0"><Coords points="5.4,5 95,-5 95,45 5,45"/>
        <Word id="w0"><Coords points="5,5 45,5 45,45 5,45"/><TextEquiv conf="0.75"><Unicode>god</Unicode></TextEquiv></Word>
        <Word id="w1"><Coords points="55,5 95,5 95,45 55,45"/>
          <Glyph id="g0"><Coords points="55,5 75,5 75,45 55,45"/>
            <TextEquiv index="1" conf="0.2"><Unicode>l</Unicode></TextEquiv><TextEquiv index="0" conf="0.7"><Unicode>d</Unicode></TextEquiv></Glyph>
          <TextEquiv conf="0.5"><Unicode>dag</Unicode></TextEquiv></Word></TextLine></TextRegion></Page></PcGts>"""


def test_alto_of_escriptorium():
    page = read_alto(ESCRIPTORIUM_ALTO.encode(), "a.xml")
    assert (page.image, page.width, page.height) == ("folio1.jpg", 900, 1200)
    first, second = page.lines
    assert (first.text, first.baseline, first.words) == ("Mon cher ami & frère", [(60, 100), (740, 104)], [])
    assert first.outline == [(55, 70), (745, 72), (745, 110), (55, 108)]
    assert (second.text, second.outline) == (None, rectangle(55, 115, 690, 45))


def test_alto_of_kraken():
    page = read_alto(KRAKEN_ALTO.encode(), "a.xml")
    assert page.image == "folio1.jpg"
    assert [line.text for line in page.lines] == ["In", "ad usum"]
    first, second = page.lines[1].words
    assert (first.text, first.confidence, second.confidence) == ("ad", 0.91, 0.8)
    assert [glyph.alternatives for glyph in first.glyphs] == [[("a", 0.9), ("o", 0.05)], [("d", 0.92)]]


def test_page_xml_of_transkribus():
    page = read_page_xml(TRANSKRIBUS_PAGE.encode(), "a.xml")
    assert [line.text for line in page.lines] == ["first", "second", None]
    assert page.lines[1].baseline == [(60, 100), (740, 104)]


def test_page_xml_of_htrflow():
    (line,) = read_page_xml(HTRFLOW_PAGE.encode(), "a.xml").lines
    assert line.text == "god dag"
    assert line.outline == [(5, 5), (95, 0), (95, 45), (5, 45)]
    assert line.words[1].glyphs[0].alternatives == [("d", 0.7), ("l", 0.2)]


# --- what must not come in

BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><PcGts><Page/>&b;</PcGts>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><alto><Layout><Page/></Layout>&e;</alto>'
REMOTE = '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><PcGts><Page/></PcGts>'


@pytest.mark.parametrize("content", [BOMB, OUTSIDE, REMOTE, "<a>" * 5000])
@pytest.mark.parametrize("read", [read_page_xml, read_alto])
def test_entities_dtds_and_towers_are_refused(read, content):
    with pytest.raises(InputError, match=r"bad\.xml has a DTD.*refused"):
        read(content.encode(), "bad.xml")


@pytest.mark.parametrize(
    "content",
    [b"", b"<PcGts>", b"\xff\xfe\x00", b"<a/><b/>", b"plain", b'<?xml version="1.0" encoding="ebcdic-x"?><a/>'],
)
def test_broken_xml_is_said(content):
    with pytest.raises(InputError, match=r"bad\.xml is not well-formed"):
        read_page_xml(content, "bad.xml")


def test_other_xml_units_and_lines_without_a_place_are_said():
    with pytest.raises(InputError, match="no PAGE XML"):
        read_page_xml(b"<html/>", "bad.xml")
    with pytest.raises(InputError, match="no ALTO"):
        read_alto(b"<html/>", "bad.xml")
    with pytest.raises(InputError, match="mm10"):
        read_alto(ESCRIPTORIUM_ALTO.replace(">pixel<", ">mm10<").encode(), "bad.xml")
    with pytest.raises(InputError, match="line r1l2"):
        read_page_xml(
            TRANSKRIBUS_PAGE.replace('<Coords points="55,115 745,115 745,160 55,160"/>', "").encode(), "bad.xml"
        )


@pytest.mark.parametrize(
    "content",
    [b"[]", b"{", b'{"format": "hwr-pages", "version": 1}', b'{"format": "hwr-pages", "version": 1, "pages": [1]}'],
)
def test_broken_json_is_said(content):
    with pytest.raises(InputError, match=r"bad\.json is no JSON of pages"):
        read_json(content, "bad.json")


def test_json_of_a_newer_version_is_refused():
    with pytest.raises(InputError, match="version 2"):
        read_json(json.dumps({"format": "hwr-pages", "version": 2, "pages": []}).encode(), "new.json")


def picture() -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.full((100, 300), 255, np.uint8)).save(out, "PNG")
    return out.getvalue()


def archive(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return path


@pytest.mark.parametrize("name", ["../a.xml", "/etc/a.xml", "C:\\a.xml", "x/../../a.xml", "..\\a.xml"])
def test_archives_that_name_files_outside_are_refused(tmp_path, name):
    with pytest.raises(InputError, match="outside of it"):
        read_pages(archive(tmp_path / "a.zip", {name: b"<a/>"}))


def test_archives_that_unpack_to_far_more_are_refused(tmp_path):
    with pytest.raises(InputError, match="far more than it holds"):
        read_pages(archive(tmp_path / "a.zip", {"a.xml": bytes(50_000_000)}))
    (tmp_path / "b.zip").write_bytes(b"PK nothing")
    with pytest.raises(InputError, match="damaged"):
        read_pages(tmp_path / "b.zip")


def test_a_zip_of_all_formats_comes_in_again(tmp_path):
    page = Page("a.png", 300, 100, [LINE])
    write_zip(tmp_path / "all.zip", write_files([page], {"a.png": picture()}, ["page", "alto", "text"]))
    found = read_pages(tmp_path / "all.zip")
    assert [(entry.page, entry.image) for entry in found.pages] == [(page, picture())] * 2
    assert found.skipped == []
    write_folder(tmp_path / "folder", write_files([page], {"a.png": picture()}, ["json"]))
    assert [entry.page for entry in read_pages(tmp_path / "folder").pages] == [page]
    with pytest.raises(InputError, match="already holds"):
        write_folder(tmp_path / "folder", iter([("x", b"")]))


def test_absent_images_and_broken_files_are_counted_and_told(tmp_path):
    good = write_page_xml(Page("a.png", 300, 100, [LINE, Line(LINE.outline, [], None)]))
    absent = write_alto(Page("gone.png", 300, 100, [LINE]))
    found = read_pages(
        archive(
            tmp_path / "a.zip", {"a.png": picture(), "a.xml": good, "b.xml": absent, "c.xml": b"<", "METS.xml": b"<"}
        )
    )
    assert [entry.image is None for entry in found.pages] == [False, True]
    assert found.without_text == 1
    assert [skip.file for skip in found.skipped] == ["gone.png", "c.xml"]
    with pytest.raises(InputError, match="holds no page"):
        read_pages(archive(tmp_path / "b.zip", {"c.xml": b"<"}))
    with pytest.raises(InputError, match="no file or folder"):
        read_pages(tmp_path / "nowhere")


def test_why_nothing_came_in_is_said_in_the_readers_language(tmp_path):
    for name, content, why in (
        ("a.xml", b"<broken", "a.xml は正しい XML ではありません"),
        ("a.txt", b"a", ".xml も .json もありません"),
    ):
        with zipfile.ZipFile(tmp_path / "pages.zip", "w") as archive:
            archive.writestr(name, content)
        with pytest.raises(InputError) as caught:
            read_pages(tmp_path / "pages.zip")
        assert why in caught.value.text("ja")
