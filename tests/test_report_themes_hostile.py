"""What a client's folder tries beyond the plain attempts of test_report_themes (W3, F7, J1-J4)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from surveykit.errors import SurveykitError
from surveykit.report import load_theme
from surveykit.report._custom import parsed
from surveykit.report._template_child import answer
from surveykit.study.check import check_file
from tests.test_report_themes import SECTION, THEME, view

CONTEXT = {"language": "en", "study": {"title": {"en": "T", "zh": "题"}}, "rows": [{"estimate": None}]}


def told(template: str) -> dict[str, Any]:
    """What a template gives, without the process around it: these end by themselves."""
    return answer({"source": template, "context": CONTEXT, "output": 200_000})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "client"
    home.mkdir()
    (home / "theme.yaml").write_text(THEME, encoding="utf-8")
    return home


@pytest.mark.parametrize(
    "style",
    [
        "/* </style><meta http-equiv=refresh content='0;url=http://127.0.0.1:9'> */ p { margin: 0 }",
        "p::before { content: '/*' } p { background: url(http://127.0.0.1:9/x) } q { content: '*/' }",
        "p { background: src('http://127.0.0.1:9/x') }",
        "p { --x: url(x); background: var(--x) }",
    ],
    ids=["comment that ends the sheet", "string that looks like a comment", "src()", "custom property"],
)
def test_a_comment_or_a_string_hides_nothing(folder: Path, style: str) -> None:
    (folder / "style.css").write_text(style, encoding="utf-8")
    with pytest.raises(SurveykitError) as caught:
        load_theme(folder).own_style()
    assert caught.value.code == "THEME_STYLE"


@pytest.mark.parametrize("name", ["style.css", "logo.png", "next.html.j2"])
def test_a_link_out_of_the_folder_is_not_followed(folder: Path, name: str) -> None:
    """What it leads to would stand in a report that is sent away."""
    secret = folder.parent / "secret"
    secret.write_text("p { margin: 0 }", encoding="utf-8")
    (folder / "theme.yaml").write_text(THEME + SECTION + "logo: logo.png\n", encoding="utf-8")
    (folder / name).symlink_to(secret)
    theme = load_theme(folder)
    if name != "logo.png":
        theme = theme.model_copy(update={"logo": None})
    with pytest.raises(SurveykitError) as caught:
        theme.judge()
    assert str(caught.value.code).startswith("THEME_")
    assert "own folder" in caught.value.expected


@pytest.mark.parametrize("name", ["style.css", "logo.png", "next.html.j2"])
def test_a_file_of_gigabytes_is_told_by_its_size_and_not_read(folder: Path, name: str) -> None:
    (folder / "theme.yaml").write_text(THEME + SECTION + "logo: logo.png\n", encoding="utf-8")
    with (folder / name).open("wb") as file:
        file.truncate(8_000_000_000)
    theme = load_theme(folder)
    if name != "logo.png":
        theme = theme.model_copy(update={"logo": None})
    with pytest.raises(SurveykitError, match="8,000,000,000 bytes"):
        theme.judge()


def test_a_sheet_in_another_encoding_is_named(folder: Path) -> None:
    (folder / "style.css").write_bytes("p { content: 'é' }".encode("latin-1"))
    with pytest.raises(SurveykitError, match="byte 15"):
        load_theme(folder).own_style()


@pytest.mark.parametrize(
    ("template", "word"),
    [
        ("<p>{{ range(9)|random }}</p>", "random"),
        ("<p>{{ study.keys }}</p>", "no text"),
        ("<p>{{ number }}</p>", "no text"),
        ("<p>{{ study.keys|string }}</p>", "a method"),
        ("<p>{{ '%s'|format(label) }}</p>", "a method"),
        ("<p>{{ study }}</p>", "table of names"),
        ("<p>{{ rows }}</p>", "a list"),
        ("<p>{{ study.titel }}</p>", "no 'titel' here, but: title"),
        ("<p>{{ '\\ud800' }}</p>", "U+D800"),
        ("<p>{{ '%c'|format(7) }}</p>", "U+0007"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "without an end"),
        ("{% for x in [[1]] recursive %}{{ loop([x]) }}{% endfor %}", "without an end"),
        ("{{ '{0.__class__}'.format(1) }}", "unsafe"),
        ("{{ ''|attr('__class__') }}", "unsafe"),
        ("{{ number() }}", "number() missing"),
        ("{% extends 'base' %}", "not possible"),
        ("{% from 'x' import y %}", "not possible"),
        ("{% include ['a', 'b'] ignore missing %}", "not possible"),
    ],
)
def test_a_template_gives_text_that_is_the_same_each_time(template: str, word: str) -> None:
    assert word in told(template)["error"]


def test_a_number_that_is_not_there_is_a_dash_and_not_the_word_none() -> None:
    assert told("<p>{{ rows[0].estimate }}</p>")["html"] == "<p>–</p>"


def test_a_label_that_nobody_knows_is_refused() -> None:
    """J4: a misspelt name would stand on the page as if it were the words of a question."""
    with pytest.raises(SurveykitError, match="did you mean 'Satisfaction'"):
        parsed(view(), '<p><data class="label" value="Satisfacton"></data></p>', "theme-x", "x.html.j2")


def test_a_template_is_read_before_anything_is_computed(folder: Path) -> None:
    (folder / "theme.yaml").write_text(THEME + SECTION, encoding="utf-8")
    with pytest.raises(SurveykitError, match="has no template"):
        load_theme(folder).judge()
    (folder / "next.html.j2").write_text("<p>{{ study.title }</p>\n", encoding="utf-8")
    with pytest.raises(SurveykitError, match=r"next\.html\.j2, line 1"):
        load_theme(folder).judge()
    (folder / "next.html.j2").write_text("<p>{{ results.scores.not_known_yet }}</p>\n", encoding="utf-8")
    load_theme(folder).judge()


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("<p>{{ study.__class__ }}</p>", "__class__.*next.html.j2, line 2"),
        ("<p>{{ study['__class__'] }}</p>", "__class__.*next.html.j2, line 2"),
        ("<p>{{ study|attr('__class__') }}</p>", "__class__.*next.html.j2, line 2"),
        ("<p>{{ nobody }}</p>", "'nobody' is undefined.*next.html.j2, line 2"),
        ("<p>{{ number('/rows/used', 'percent') }}</p>", "no format 'percent'.*next.html.j2, line 2"),
        ("<p>{{ number('/rows/used', format='many') }}</p>", "no format 'many'.*next.html.j2, line 2"),
        ("{% for f in findings %}\n<img src=x>\n{% endfor %}", "<img>.*next.html.j2, line 3"),
        (
            "{% if language == 'en' %}\n<p>a</p>\n<script>1</script>{% endif %}",
            "<script>.*next.html.j2, line 4",
        ),
        ("{% set x %}<iframe></iframe>{% endset %}", "<iframe>.*next.html.j2, line 2"),
        ("<p{% if language == 'en' %} onclick='1'{% endif %}>a</p>", "'onclick'.*next.html.j2, line 2"),
        ("<td style='color: red'>a</td>", "'style'.*next.html.j2, line 2"),
        ("<!DOCTYPE p>", "declaration.*next.html.j2, line 2"),
    ],
)
def test_what_no_results_can_make_right_is_said_by_check(folder: Path, written: str, found: str) -> None:
    """Templates are not run by `surveykit check`; what is written in a branch that is not taken is judged as well."""
    (folder / "theme.yaml").write_text(THEME + SECTION, encoding="utf-8")
    (folder / "next.html.j2").write_text(f"<p>first</p>\n{written}\n", encoding="utf-8")
    (folder.parent / "answers.csv").write_text("recommend\n" + "10\n8\n2\n" * 30, encoding="utf-8")
    study = folder.parent / "study.yaml"
    study.write_text(
        "title: T\nquestionnaire: nps\ndata: answers.csv\nreport: {theme: client}\n", encoding="utf-8"
    )
    errors = check_file(study).errors
    assert len(errors) == 1
    assert re.search(found, errors[0].got), errors[0].got


@pytest.mark.parametrize(
    "written",
    [
        '<table><tr><td{% if language %} class="right"{% endif %}>1 < 2</td></tr></table>',
        '<td class="{% if language %}left{% else %}right{% endif %}">a</td>',
        "{% macro m(a) %}<p>{{ a }}{{ varargs }}</p>{% endmacro %}{{ m(1) }}",
        "{% if extra is defined %}{{ extra }}{% endif %}{{ more|default('–') }}{# <script> #}",
        "{% for f in findings %}{{ loop.index }}{{ range(3)|length }}{% endfor %}",
    ],
)
def test_what_may_be_right_is_left_to_the_run(folder: Path, written: str) -> None:
    (folder / "theme.yaml").write_text(THEME + SECTION, encoding="utf-8")
    (folder / "next.html.j2").write_text(written, encoding="utf-8")
    load_theme(folder).judge()


def test_check_says_which_font_is_missing(folder: Path) -> None:
    theme = "fonts: {en: [No Such Face], zh: [No Such Face]}\n"
    (folder / "theme.yaml").write_text(theme, encoding="utf-8")
    (folder.parent / "answers.csv").write_text("recommend\n" + "10\n8\n2\n" * 30, encoding="utf-8")
    study = folder.parent / "study.yaml"
    text = "title: T\nquestionnaire: nps\ndata: answers.csv\ngroups: [nobody]\nreport: {theme: client}\n"
    study.write_text(text, encoding="utf-8")
    assert sorted(e.code for e in check_file(study).errors) == ["FONT_MISSING", "UNKNOWN_GROUP"]
    study.write_text(text.replace("groups: [nobody]\n", ""), encoding="utf-8")
    found = check_file(study)
    assert [e.code for e in found.errors] == ["FONT_MISSING"]
    assert "No Such Face" in found.text()
