"""The charts that the page draws itself: their numbers are those of the tables, their labels stay labels."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from typing import Any

import pandas as pd
import pytest

from surveykit.findings import FORMATS, Number
from surveykit.format import LANGUAGES, REPORT_LANGUAGES
from surveykit.questionnaire import Questionnaire, data_dir
from surveykit.report import Report
from surveykit.report._blocks import FigureBlock, TableBlock
from surveykit.report._live import WORDS, data_island
from surveykit.report.charts import Dot, Look, Plot, Series, dots
from surveykit.responses import read
from surveykit.scoring import score
from surveykit.sem import fit
from tests.report_study import QUESTIONNAIRE, answers, report

SCRIPT = (data_dir("reports") / "templates" / "report.js").read_text(encoding="utf-8")
LOOK = Look("#1F5FA8", "Noto Sans CJK SC", "en")
UGLY = (
    "</script><script>alert(1)</script>", "<!-- <script>", '"quoted" & \'single\'', "line\u2028paragraph\u2029end",
    "مرحبا بالعالم", "👩‍👩‍👧 family 🇨🇳", "𠮷野家 𱁬", "<img src=x onerror=alert(1)>", "]]>", "\\u003c/script>",
)  # fmt: skip


@cache
def grouped() -> Report:
    """Groups side by side: scores in panels, paths in panels."""
    data = read(answers(vip=0), Questionnaire.from_text(QUESTIONNAIRE))
    assert data.questionnaire is not None
    model = data.questionnaire.model or ""
    results = {
        "by_store": score(data, by="store"),
        "groups": fit(model, data, method="pls", group="store", bootstrap=40, seed=1),
    }
    return Report({"title": {"en": "Groups", "zh": "分组"}}, data, results, "en")


@cache
def moderated() -> Report:
    """An interaction: lines."""
    data = read(answers(vip=0), Questionnaire.from_text(QUESTIONNAIRE))
    assert data.questionnaire is not None
    asked = [("Satisfaction", "Quality", "Loyalty")]
    made = fit(data.questionnaire.model or "", data, method="pls", bootstrap=40, seed=1, interactions=asked)
    results = {"pls": made}
    return Report({"title": {"en": "Slopes", "zh": "斜率"}}, data, results, "en")


def figures(made: Report) -> Iterator[tuple[FigureBlock, Plot, TableBlock]]:
    blocks = [b for page in made.pages for b in page.blocks]
    tables = {b.id: b for b in blocks if isinstance(b, TableBlock)}
    for block in blocks:
        if isinstance(block, FigureBlock) and block.plot is not None:
            yield block, block.plot, tables[block.numbers]


def island(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="plots">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    value: dict[str, Any] = json.loads(found.group(1))
    return value


@pytest.mark.parametrize(
    "made", [report, lambda _: grouped(), lambda _: moderated()], ids=["study", "groups", "lines"]
)
def test_every_value_of_a_plot_is_a_number_of_its_table(made) -> None:
    seen = 0
    for block, plot, table in figures(made("en")):
        behind = {p.value for row in table.rows for cell in row for p in cell if isinstance(p, Number)}
        drawn = [*plot.low, *plot.high]
        if plot.kind == "curves":  # lines are drawn from their slopes: those are the numbers of the table
            xs = [float(c) for c in plot.categories]
            slopes = [(s.values[-1] - s.values[0]) / (xs[-1] - xs[0]) for s in plot.series]
            assert all(any(abs(slope - v) < 1e-9 for v in behind if v is not None) for slope in slopes)
            seen += 10
            continue
        for series in plot.series:
            drawn += series.values
        for value in drawn:
            seen += 1
            assert value in behind, (block.id, value)
    assert seen > 10


def test_words_beside_marks_are_their_values_under_one_format() -> None:
    for made in (report("en"), report("zh"), grouped()):
        for block, plot, _ in figures(made):
            if plot.kind != "intervals":
                continue
            ends = zip(plot.series[0].values, plot.low, plot.high, plot.texts, strict=True)
            for value, low, high, text in ends:
                said = [f"{show(value)} [{show(low)}, {show(high)}]" for show in FORMATS.values()]
                assert any(text.startswith(s) for s in said), (block.id, text)


@pytest.mark.parametrize("language", REPORT_LANGUAGES)
def test_the_page_carries_the_plots_as_they_are(language: str) -> None:
    made = report(language)
    held = island(made.html())["figures"]
    drawn = list(figures(made))
    assert len(drawn) >= 8
    for block, plot, _ in drawn:
        data = held[block.id]
        assert data["table"] == block.numbers
        assert data["categories"] == list(plot.categories)
        assert data.get("low", []) == list(plot.low)
        assert [s["values"] for s in data.get("series", [])] == [list(s.values) for s in plot.series]
        if plot.kind == "stacked":
            assert data["series"][0]["shown"] == [FORMATS["percent0"](v) for v in plot.series[0].values]


def test_every_mark_names_its_n() -> None:
    for made in (report("en"), grouped()):
        for block, plot, _ in figures(made):
            said = plot.texts or tuple(line for s in plot.squares for line in s.lines[-1:])
            assert plot.base.startswith("n = ") or (said and all("n = " in t for t in said)), block.id


@pytest.mark.parametrize("language", REPORT_LANGUAGES)
def test_the_words_of_the_controls_speak_the_language(language: str) -> None:
    words = island(report(language).html())["words"]
    assert set(words) == set(WORDS)
    if language != "en":
        left = (
            "".join(words.values())
            .replace("Enter", "")
            .replace("Esc", "")
            .replace("results.json", "")
            .replace("{shown}", "")
            .replace("{all}", "")
        )
        assert not re.search(r"[A-Za-z]{2,}", left)
    assert words["numbers"] == {"en": "Show the numbers", "zh": "显示数据", "zh-Hant": "顯示資料"}[language]


class _Scripts(HTMLParser):
    """Scripts and event handlers as a browser would find them."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.tags: list[str] = []
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] == "script":
            self.scripts.append(data)


def yaml_text(text: str) -> str:
    """The text as YAML has it between double quotes."""
    return json.dumps(text, ensure_ascii=False).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


@cache
def ugly(language: str = "en") -> Report:
    """A study whose labels try to break out."""
    options = "\n".join(f"      g{i}: {{en: {yaml_text(t)}, zh: {yaml_text(t)}}}" for i, t in enumerate(UGLY))
    text = (
        'id: ugly\ntitle: {en: Ugly, zh: 难}\nversion: "1"\nlanguages: [en, zh]\ngroups: [g]\n'
        "scales:\n  likely: {min: 0, max: 10}\n"
        'items:\n  recommend: {text: {en: "Recommend?", zh: "推荐？"}, scale: likely}\n'
        f"  g:\n    text: {{en: {yaml_text(UGLY[0])}, zh: {yaml_text(UGLY[0])}}}\n    type: single\n    options:\n{options}\n"
        f"metrics:\n  nps: {{metric: nps, item: recommend, title: {{en: {yaml_text(UGLY[0])}, zh: {yaml_text(UGLY[0])}}}}}\n"
    )
    n = 40 * len(UGLY)
    frame = pd.DataFrame(
        {"recommend": [(7 * i) % 11 for i in range(n)], "g": [f"g{i % len(UGLY)}" for i in range(n)]}
    )
    data = read(frame, Questionnaire.from_text(text))
    return Report(
        {"title": {"en": UGLY[0], "zh": UGLY[0]}},
        data,
        {"scores": score(data), "by": score(data, by="g")},
        language,
    )


def test_no_label_breaks_out_of_the_page() -> None:
    html = ugly().html()
    found = _Scripts()
    found.feed(html)
    assert found.tags.count("script") == 2
    assert found.handlers == []
    assert "img" in found.tags
    assert "<img src=x" not in html
    shown = island(html)["figures"]
    # A name written from right to left ends with a mark, so that what follows it stays in its place.
    labels = {c.rstrip("\u200e") for f in shown.values() for c in f.get("categories", ())}
    assert {t for t in UGLY if "\u2028" not in t} <= labels
    raw = html[html.index('id="plots">') :]
    assert "\u2028" not in raw
    assert "alert(1)</script>" not in raw


@pytest.mark.parametrize("text", UGLY)
def test_the_island_holds_any_text_and_no_markup(text: str) -> None:
    plot = Plot("intervals", (text,), (Series(text, (1.0,), "#1F5FA8"),), (0.5,), (1.5,), (text,), (text,))
    made = data_island([FigureBlock("f", (), "", "", plot=plot, numbers="t")], "en", text)
    assert not set("<>&\u2028\u2029") & set(made)
    again = json.loads(made)
    assert again["figures"]["f"]["categories"] == [text]
    assert again["mark"] == text


def test_a_plot_that_the_script_cannot_draw_keeps_its_still_picture() -> None:
    line = Series("s", (1.0, float("nan")), "#1F5FA8")
    broken = Plot("curves", ("1", "2"), (line,))
    empty = Plot("stacked", (), ())
    made = data_island(
        [FigureBlock(i, (), "", "", plot=p, numbers="t") for i, p in (("a", broken), ("b", empty))], "en"
    )
    assert json.loads(made)["figures"] == {"a": {"table": "t"}, "b": {"table": "t"}}


def test_the_script_is_small_and_has_no_way_to_run_text() -> None:
    html = report("en").html()
    embedded = html.rpartition("<script>")[2].partition("</script>")[0]
    assert len(embedded.encode()) < 24_500
    assert "</" not in SCRIPT
    for word in (
        "eval",
        "Function(",
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "fetch(",
        "XMLHttp",
        "import(",
    ):
        assert word not in SCRIPT, word
    allowed = re.search(r"script-src 'sha256-([^']+)'", html)
    assert allowed is not None
    assert allowed.group(1) == base64.b64encode(hashlib.sha256(embedded.encode()).digest()).decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_are_small_and_the_same_each_time(language: str) -> None:
    made = report(language)
    html = made.html()
    assert len(html.encode()) < 4_000_000
    again = Report(made.study, made.data, made.results, language)
    assert again.html() == html


def test_paper_gets_the_still_pictures_without_script() -> None:
    made = report("en")
    assert "<script" not in made._rendered.html
    assert made._rendered.html.count("<img") == made.html().count("<img")


def test_what_a_picture_draws_besides_numbers_is_in_its_plot() -> None:
    rows = [Dot("a", 0.5, 0.4, 0.6, "x", muted=True), Dot("b", 0.2, 0.1, 0.3, "y")]
    plot = dots(rows, LOOK, null=0.0, bars=True).plot
    assert (plot.null, plot.bars, plot.muted) == (0.0, True, (True, False))
    assert (
        json.loads(data_island([FigureBlock("f", (), "", "", plot=plot)], "en"))["figures"]["f"]["null"] == 0
    )


def test_labels_of_any_script_are_printed_and_nothing_is_fetched() -> None:
    assert ugly().pdf().startswith(b"%PDF")


def test_long_open_answers_full_of_markup_leave_page_and_paper_alone() -> None:
    wild = (
        "</script><img src=http://evil.example/x onerror=alert(1)>",
        "مرحبا \u202e", "👩‍👩‍👧🇨🇳", "𠮷𱁬𰻞", "=HYPERLINK(1)", "\u2028{{7*7}}",
    )  # fmt: skip
    answers_ = [(wild[i % len(wild)] * 2000)[:2000] for i in range(500)]
    frame = pd.DataFrame({"recommend": [(7 * i) % 11 for i in range(500)], "why": answers_})
    text = (
        'id: open\ntitle: {en: Open, zh: 开放题}\nversion: "1"\nlanguages: [en, zh]\n'
        'scales:\n  likely: {min: 0, max: 10}\nitems:\n  recommend: {text: {en: "Recommend?", zh: "推荐？"}, scale: likely}\n'
        '  why: {text: {en: "Why?", zh: "为什么？"}, type: text}\n'
        "metrics:\n  nps: {metric: nps, item: recommend, title: {en: NPS, zh: 净推荐值}}\n"
    )
    data = read(frame, Questionnaire.from_text(text))
    for language in LANGUAGES:
        made = Report({"title": {"en": "Open", "zh": "开放题"}}, data, {"scores": score(data)}, language)
        html = made.html()
        assert len(html.encode()) < 1_000_000
        assert "evil.example" not in html
        found = _Scripts()
        found.feed(html)
        assert (found.tags.count("script"), found.handlers) == (2, [])
    assert made.pdf().startswith(b"%PDF")
