"""PDF/UA-1 by structure: every tag where a screen reader needs it (what veraPDF's machine checks ask, read with pikepdf)."""

from __future__ import annotations

import io
import itertools
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import pikepdf
import pytest

from surveykit.report import Report
from tests.report_study import report, study


@cache
def pdf(language: str, theme: str) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(made(language, theme).pdf()))


@cache
def made(language: str, theme: str) -> Report:
    data, results = study()
    chosen = {k: results[k] for k in ("scores", "scores_by_store", "drivers", "chain")}
    return Report(report("en").study, data, chosen, language, theme)


FORMS = [("en", "default"), ("zh", "harbour")]


def elements(file: pikepdf.Pdf) -> list[tuple[int, Any]]:
    """Structure elements in reading order, each with its depth."""

    def walk(node: Any, depth: int) -> Iterator[tuple[int, Any]]:
        if "/S" in node:
            yield depth, node
        kids = node.get("/K")
        for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
            if isinstance(kid, pikepdf.Dictionary) and ("/S" in kid):
                yield from walk(kid, depth + 1)

    return list(walk(file.Root.StructTreeRoot, 0))


def tags(file: pikepdf.Pdf) -> Counter[str]:
    return Counter(str(e.S) for _, e in elements(file))


@pytest.mark.parametrize(("language", "theme"), FORMS)
def test_headings_descend_one_level_at_a_time(language: str, theme: str) -> None:
    levels = [
        int(str(e.S)[2:])
        for _, e in elements(pdf(language, theme))
        if str(e.S)[:2] == "/H" and str(e.S)[2:].isdigit()
    ]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert levels.count(1) >= 5


@pytest.mark.parametrize(("language", "theme"), FORMS)
def test_table_heads_say_what_they_head(language: str, theme: str) -> None:
    heads = [e for _, e in elements(pdf(language, theme)) if e.S == "/TH"]
    scopes = Counter(str(_attribute(e, "/Scope")) for e in heads)
    assert set(scopes) == {"/Column", "/Row"}
    cells = [e for _, e in elements(pdf(language, theme)) if e.S == "/TD"]
    assert all(len(_attribute(e, "/Headers") or ()) >= 1 for e in cells)
    assert tags(pdf(language, theme))["/Table"] >= 5


def _attribute(element: Any, name: str) -> Any:
    given = element.get("/A")
    for owner in given if isinstance(given, pikepdf.Array) else [given]:
        if isinstance(owner, pikepdf.Dictionary) and name in owner:
            return owner[name]
    return None


@pytest.mark.parametrize(("language", "theme"), FORMS)
def test_pictures_lists_and_captions_are_tagged(language: str, theme: str) -> None:
    file = pdf(language, theme)
    found = tags(file)
    assert found["/Figure"] >= 3
    assert found["/L"] >= 3
    assert found["/LI"] >= found["/L"]
    assert found["/Caption"] >= found["/Table"]
    for _, e in elements(file):
        if e.S == "/Figure":
            assert len(str(e.get("/Alt", ""))) > 20


@pytest.mark.parametrize(("language", "theme"), FORMS)
def test_links_are_tagged_and_say_where_they_lead(language: str, theme: str) -> None:
    file = pdf(language, theme)
    annotations = [a for page in file.pages for a in page.get("/Annots", [])]
    assert annotations
    assert all(a.Subtype == "/Link" for a in annotations)
    assert all("/StructParent" in a and str(a.get("/Contents", "")) for a in annotations)
    assert all("/URI" not in a.get("/A", {}) for a in annotations)
    assert tags(file)["/Link"] > 0


@pytest.mark.parametrize(("language", "theme"), FORMS)
def test_everything_drawn_is_tagged_or_an_artefact(language: str, theme: str) -> None:
    """No text stands outside marked content: a screen reader would lose it, or read page numbers aloud."""
    for page in pdf(language, theme).pages:
        depth, loose = 0, 0
        for operands, operator in pikepdf.parse_content_stream(page):
            name = str(operator)
            if name in ("BDC", "BMC"):
                depth += 1
            elif name == "EMC":
                depth -= 1
            elif name in ("Tj", "TJ", "Do") and not depth:
                loose += 1
            assert operands is not None
        assert (depth, loose) == (0, 0)
        assert "/StructParents" in page
        assert page.get("/Tabs") == "/S" or not page.get("/Annots")


@pytest.mark.parametrize(("language", "theme"), FORMS)
def test_language_title_bookmarks_and_fonts(language: str, theme: str) -> None:
    file = pdf(language, theme)
    assert str(file.Root.Lang).startswith(language)
    assert bool(file.Root.MarkInfo.Marked)
    assert bool(file.Root.ViewerPreferences.DisplayDocTitle)
    with file.open_metadata() as metadata:
        assert metadata.get("pdfuaid:part") == "1"
        assert metadata.get("dc:title")
    with file.open_outline() as outline:
        titles = [item.title for item in outline.root]
    assert len(titles) >= 5
    fonts = {
        str(font.BaseFont): font
        for page in file.pages
        for font in page.get("/Resources", {}).get("/Font", {}).values()
    }
    assert fonts
    for font in fonts.values():
        inner = font.DescendantFonts[0] if "/DescendantFonts" in font else font
        assert any(k in inner.FontDescriptor for k in ("/FontFile", "/FontFile2", "/FontFile3"))
        assert "/ToUnicode" in font


def test_the_reading_order_is_that_of_the_page() -> None:
    """Headings are tagged in the order in which the contents list them."""
    file = pdf("en", "default")
    order = [page.id for page in made("en", "default").pages]
    with file.open_outline() as outline:
        listed = [item.title for item in outline.root]
    heads = [next(b.text for b in page.blocks if hasattr(b, "level")) for page in made("en", "default").pages]
    assert len(listed) >= len(order)
    found = [next(t for t in listed if t.endswith(h)) for h in heads]
    assert found == [t for t in listed if t in found]
