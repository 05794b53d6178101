"""The tree that is laid out: what the page says, with each language said once and no span that nothing speaks of."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
import tinyhtml5

from surveykit.report._render import render
from surveykit.report._theme import load_theme, style_of
from surveykit.report._tree import tree_of
from tests.report_study import report


def told(root: ElementTree.Element) -> str:
    return " ".join("".join(root.itertext()).split())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_quick_parser_reads_every_word_and_place_of_the_page(language: str) -> None:
    page = render(report(language)._laid_out).html
    theirs = tinyhtml5.parse(page, namespace_html_elements=False)
    ours = tree_of(page, "span { margin: 0 } " + style_of(load_theme("default"), language))

    def shape(root: ElementTree.Element) -> list[tuple[str, dict[str, str], str, str]]:
        return [
            (
                e.tag,
                {k: v for k, v in e.attrib.items() if k != "lang"},
                (e.text or "").strip(),
                (e.tail or "").strip(),
            )
            for e in root.iter()
        ]

    assert shape(ours) == shape(theirs)
    lighter = tree_of(page, style_of(load_theme("default"), language))
    assert told(lighter) == told(theirs)
    assert sum(1 for _ in lighter.iter()) < 0.9 * sum(1 for _ in theirs.iter())
    assert not [e for e in lighter.iter("span") if e.get("class") == "n"]


def test_a_language_is_said_where_it_changes() -> None:
    page = (
        '<html lang="zh-Hans"><p lang="zh-Hans">甲<span lang="en">A<b lang="en">B</b></span>'
        '<i lang="zh-Hans">乙</i></p></html>'
    )
    shown = ElementTree.tostring(tree_of(page, ""), encoding="unicode")
    assert shown == '<html lang="zh-Hans"><p>甲<span lang="en">A<b>B</b></span><i>乙</i></p></html>'


def test_a_span_stays_where_the_style_sheet_speaks_of_it() -> None:
    page = '<html><p>a<span class="n">1</span>b<span class="n"><i>2</i>c</span>d</p></html>'
    for style in (".n { color: red }", "p span { color: red }", "[data-key] { color: red }"):
        assert len(list(tree_of(page, style).iter("span"))) == 2
    assert ElementTree.tostring(tree_of(page, "p { margin: 0 }"), encoding="unicode") == (
        "<html><p>a1b<i>2</i>cd</p></html>"
    )


def test_markup_with_an_open_end_or_entities_of_its_own_is_left_to_the_other_parser() -> None:
    assert tree_of("<html><p>one<p>two</html>", "") is None
    assert tree_of('<!DOCTYPE html [<!ENTITY a "b">]><html><p>&a;</p></html>', "") is None
