"""The path diagram: no crossing that can be avoided, nothing on top of anything, the same picture every time."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from xml.etree import ElementTree

from surveykit.report._layers import Node, arrange, crossings
from surveykit.report.charts import Answers, Dot, Look, NpsBar, dots, likert, nps_stack, panels
from surveykit.report.charts._base import likert_colours, wrapped
from surveykit.report.diagram import _PLATE, _RY, Arrow, Construct, _below, _Drawing, _sampled, diagram

LOOK = Look("#1F5FA8", "Noto Sans CJK SC", "en")
ECSI = [
    ("Image", "Expectation"), ("Image", "Satisfaction"), ("Image", "Loyalty"), ("Expectation", "Quality"),
    ("Expectation", "Value"), ("Expectation", "Satisfaction"), ("Quality", "Value"), ("Quality", "Satisfaction"),
    ("Value", "Satisfaction"), ("Satisfaction", "Complaints"), ("Satisfaction", "Loyalty"), ("Complaints", "Loyalty"),
]  # fmt: skip
ITEMS = {
    "Image": 5,
    "Expectation": 3,
    "Quality": 7,
    "Value": 2,
    "Satisfaction": 3,
    "Complaints": 1,
    "Loyalty": 3,
}


def ecsi() -> tuple[list[Construct], list[Arrow]]:
    constructs = [
        Construct(n, n, tuple((f"{n[:3]}{i}", ".70") for i in range(k)), "R² .50") for n, k in ITEMS.items()
    ]
    return constructs, [Arrow(a, b, 0.4, ".40", "[.30, .50]", i % 3 > 0) for i, (a, b) in enumerate(ECSI)]


def links(layout_routes: dict[tuple[str, str], tuple[str, ...]]) -> list[tuple[str, str]]:
    return [pair for route in layout_routes.values() for pair in itertools.pairwise(route)]


def boxes(svg: str) -> tuple[list[tuple[float, ...]], list[tuple[float, ...]]]:
    """Ovals and plates as (left, top, right, bottom)."""
    root = ElementTree.fromstring(svg)
    ovals: list[tuple[float, ...]] = []
    plates: list[tuple[float, ...]] = []
    for element in root.iter():
        get = {k: float(v) for k, v in element.attrib.items() if re.fullmatch(r"-?[\d.]+", v)}
        if element.tag.endswith("ellipse"):
            ovals.append(
                (get["cx"] - get["rx"], get["cy"] - get["ry"], get["cx"] + get["rx"], get["cy"] + get["ry"])
            )
        elif element.tag.endswith("rect") and element.get("fill-opacity"):
            plates.append((get["x"], get["y"], get["x"] + get["width"], get["y"] + get["height"]))
    return ovals, plates


def overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return min(a[2], b[2]) - max(a[0], b[0]) > 1 and min(a[3], b[3]) - max(a[1], b[1]) > 1


def test_the_satisfaction_index_is_drawn_without_a_crossing_and_with_nothing_covered() -> None:
    constructs, arrows = ecsi()
    layout = arrange([Node(n, 40, 60) for n in ITEMS], ECSI, (30, 10), 18)
    assert crossings(layout.layers, links(dict(layout.routes))) == 0
    svg, wide = diagram(constructs, arrows, LOOK)
    assert wide
    ovals, plates = boxes(svg)
    assert (len(ovals), len(plates)) == (7, 12)
    for a, b in itertools.combinations([*ovals, *plates], 2):
        assert not overlap(a, b)
    assert svg.count("stroke-dasharray") == sum(not a.evidence for a in arrows)


def test_order_is_as_good_as_the_best_of_all_orders() -> None:
    names = ["a1", "a2", "a3", "b1", "b2", "b3"]
    paths = [("a1", "b3"), ("a2", "b1"), ("a3", "b2"), ("a1", "b2"), ("a3", "b1")]
    layout = arrange([Node(n, 10, 10) for n in names], paths, (5, 5), 5)
    best = min(
        crossings([left, right], paths)
        for left in itertools.permutations(names[:3])
        for right in itertools.permutations(names[3:])
    )
    assert crossings(layout.layers, paths) == best


def test_twelve_constructs_with_forty_indicators_stay_apart() -> None:
    count = [4, 3, 3, 4, 3, 3, 4, 3, 3, 4, 3, 3]
    constructs = [
        Construct(f"c{i}", f"Construct {i}", tuple((f"i{j}", ".70") for j in range(k)))
        for i, k in enumerate(count)
    ]
    pairs = [
        (0, 3), (1, 3), (2, 3), (1, 4), (2, 5), (3, 6), (4, 6), (5, 6), (5, 7), (3, 7),
        (6, 8), (7, 8), (6, 9), (0, 6), (8, 10), (9, 10), (8, 11), (9, 11), (2, 9),
    ]  # fmt: skip
    arrows = [Arrow(f"c{a}", f"c{b}", 0.3, ".31", "[.20, .40]", True) for a, b in pairs]
    ovals, plates = boxes(diagram(constructs, arrows, LOOK)[0])
    assert (len(ovals), len(plates)) == (12, 19)
    for a, b in itertools.combinations([*ovals, *plates], 2):
        assert not overlap(a, b)


def test_layers_run_from_left_to_right_even_with_a_loop() -> None:
    layout = arrange(
        [Node(n, 10, 10) for n in "abc"], [("a", "b"), ("b", "c"), ("c", "a"), ("b", "b")], (5, 5), 5
    )
    assert [layer[0] for layer in layout.layers[:3]] == ["a", "b", "c"]
    assert ("b", "b") not in layout.routes


def test_a_refused_model_is_grey_and_says_so() -> None:
    constructs, arrows = ecsi()
    svg, _ = diagram(constructs, arrows, LOOK, refused="请勿解读")
    assert "请勿解读" in svg
    assert LOOK.accent not in svg


def test_labels_cannot_break_out_of_the_picture() -> None:
    evil = '</text><script>x</script>&"'
    svg, _ = diagram(
        [Construct("a", evil), Construct("b", "b")], [Arrow("a", "b", 0.1, evil, "", True)], LOOK
    )
    assert "<script>" not in svg
    ElementTree.fromstring(svg)


def test_pictures_are_the_same_every_time() -> None:
    assert diagram(*ecsi(), LOOK) == diagram(*ecsi(), LOOK)
    rows = [
        Dot("A label that is long enough to be wrapped", 0.4, 0.2, 0.6, ".40 [.20, .60]"),
        Dot("b", 0.1, -0.1, 0.3, ".10", True),
    ]
    assert dots(rows, LOOK, null=0.0) == dots(rows, LOOK, null=0.0)
    bar = [NpsBar("All", (0.2, 0.3, 0.5), ("20%", "30%", "50%"), "+30")]
    words = {"detractors": "贬损者", "passives": "中立者", "promoters": "推荐者"}
    first = nps_stack(bar, LOOK, words)
    assert first == nps_stack(bar, LOOK, words)
    assert "贬损者" in first.svg
    answers = [Answers("q", (0.1, 0.2, 0.3, 0.4), ("10%", "20%", "30%", "40%"), "n = 9")]
    assert likert(answers, ["1", "2", "3", "4"], LOOK, "Share") == likert(
        answers, ["1", "2", "3", "4"], LOOK, "Share"
    )


def test_a_chart_draws_every_value_it_was_given() -> None:
    svg = dots([Dot("one", 10, 5, 15, "TEXT-ONE"), Dot("two", 20, 18, 22, "TEXT-TWO")], LOOK).svg
    assert "TEXT-ONE" in svg
    assert "TEXT-TWO" in svg
    assert svg.count("mark-symbol") >= 1
    ElementTree.fromstring(svg)


def test_text_wraps_by_width_and_never_loses_a_word_without_an_ellipsis() -> None:
    assert wrapped("满意度很高，服务也很好", 10) == ["满意度很高，", "服务也很好"]
    assert " ".join(wrapped("one two three four five six", 9, 9)) == "one two three four five six"
    assert wrapped("one two three four five six", 9, 2)[-1].endswith("…")


def test_likert_colours_run_from_orange_over_grey_to_the_accent() -> None:
    five = likert_colours(5, "#1F5FA8")
    assert (five[0], five[2], five[4]) == ("#B45309", "#D5DAE0", "#1F5FA8")
    assert len(set(likert_colours(10, "#1F5FA8"))) == 10


def test_what_a_chart_shows_can_be_drawn_again_from_its_numbers() -> None:
    plot = panels(
        [("First", [Dot("one", 10, 5, 15, "a")]), ("Second", [Dot("one", 20, 18, 22, "b")])], LOOK
    ).plot
    assert plot.groups == ("First", "Second")
    assert [list(s.values) for s in plot.series] == [[10, 20]]
    assert [list(side) for side in (plot.low, plot.high)] == [[5, 18], [15, 22]]
    assert list(plot.texts) == ["a", "b"]
    words = {"detractors": "low", "passives": "middle", "promoters": "high"}
    stacked = nps_stack([NpsBar("all", (0.2, 0.3, 0.5), ("20%", "30%", "50%"), "+30")], LOOK, words).plot
    assert [s.name for s in stacked.series] == list(words.values())
    assert [s.values for s in stacked.series] == [(0.2,), (0.3,), (0.5,)]


def test_sections_ask_for_their_words_through_the_view() -> None:
    # words[view.language] knows no Traditional characters
    folder = Path(__file__).parents[1] / "surveykit" / "report"
    assert [p.name for p in folder.glob("*.py") if "[view.language]" in p.read_text(encoding="utf-8")] == []


def test_type_is_legible_on_paper_and_no_plate_lies_on_a_line() -> None:
    """A page on its side is 255 mm wide: 15 units of 1518 are 7 points; the picture fills the height that it has."""
    constructs, arrows = ecsi()
    svg, _ = diagram(constructs, arrows, LOOK)
    width, height = (float(v) for v in re.findall(r'viewBox="0 0 (\d+) (\d+)"', svg)[0])
    millimetre = 255 / width
    sizes = [float(v) for v in re.findall(r'font-size="([\d.]+)"', svg)]
    assert min(sizes) * millimetre / 25.4 * 72 > 6.3
    assert 100 < height * millimetre <= 138
    layout = arrange(
        [Node(c.name, _RY + 6, _below(c) + 6) for c in constructs],
        [(a.source, a.target) for a in arrows], dummy=(_PLATE + 8, 10.0), gap=18.0,
    )  # fmt: skip
    drawing = _Drawing(constructs, arrows, layout, LOOK, "")
    points = [p for a in arrows for p in _sampled(drawing._curve(a))]
    for left, top, right, bottom in boxes(drawing.svg())[1]:
        assert not [p for p in points if left < p[0] < right and top < p[1] < bottom]
