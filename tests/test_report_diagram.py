"""The path diagram: no crossing that can be avoided, nothing on top of anything, the same picture every time."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveykit.report._diagram_plates import sampled
from surveykit.report._layers import Layout, Node, arrange, crossings, order_of
from surveykit.report.charts import Answers, Dot, Look, NpsBar, Picture, dots, likert, nps_stack, panels
from surveykit.report.charts._base import display_width, likert_colours, wrapped
from surveykit.report.charts._shapes import Drawing
from surveykit.report.diagram import Arrow, Construct, diagram

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


def laid(names: Iterable[str], paths: list[tuple[str, str]], reach: float = 10) -> Layout:
    listed = list(names)
    return arrange([Node(n, reach, reach) for n in listed], order_of(listed, paths), (5, 5), 5)


def drawing_of(picture: Picture) -> Drawing:
    assert picture.plot.drawing is not None
    return picture.plot.drawing


Box = tuple[float, float, float, float]


def edges(box: Box) -> Box:
    """Left, top, right, bottom of (left, top, width, height)."""
    return box[0], box[1], box[0] + box[2], box[1] + box[3]


def overlap(a: Box, b: Box) -> bool:
    return min(a[2], b[2]) - max(a[0], b[0]) > 1 and min(a[3], b[3]) - max(a[1], b[1]) > 1


def troubles(drawing: Drawing) -> list[str]:
    """What covers what: plates, constructs and indicators each other, lines plates or constructs that are not their ends."""
    solid = [(f"{i}", edges(k.box)) for i, k in enumerate(drawing.knots)]
    solid += [(f"{i}", edges(row[2:])) for i, k in enumerate(drawing.knots) for row in k.indicators]
    plates = [("plate", edges(link.plate)) for link in drawing.links if link.plate[2]]
    found = [
        f"{a} {one} covers {b} {other}"
        for (a, one), (b, other) in itertools.combinations(solid + plates, 2)
        if overlap(one, other)
    ]
    for link in drawing.links:
        ends = {f"{link.source}", f"{link.target}"}
        things = [(n, box) for n, box in solid if n not in ends] + plates
        for x, y in sampled(list(link.points)):
            found += [
                f"the line {link.source}-{link.target} runs through {n}"
                for n, box in things
                if box[0] + 0.5 < x < box[2] - 0.5 and box[1] + 0.5 < y < box[3] - 0.5
            ]
    for _, box in solid + plates:
        if box[0] < -1 or box[1] < -1 or box[2] > drawing.width + 1 or box[3] > drawing.height + 1:
            found.append(f"{box} sticks out of {drawing.width} × {drawing.height}")
    return found


def model(paths: list[tuple[str, str]], items: dict[str, int]) -> tuple[list[Construct], list[Arrow]]:
    constructs = [
        Construct(n, n, tuple((f"{n[:3]}{i}", ".70") for i in range(k)), "R² .50") for n, k in items.items()
    ]
    return constructs, [Arrow(a, b, 0.4, ".40", "[.30, .50]", i % 3 > 0) for i, (a, b) in enumerate(paths)]


def test_the_satisfaction_index_is_drawn_without_a_crossing_and_with_nothing_covered() -> None:
    constructs, arrows = ecsi()
    layout = laid(ITEMS, ECSI, 40)
    assert crossings(layout.layers, links(dict(layout.routes))) == 0
    picture, wide = diagram(constructs, arrows, LOOK)
    assert wide
    drawing = drawing_of(picture)
    assert (len(drawing.knots), len(drawing.links)) == (7, 12)
    assert troubles(drawing) == []
    assert picture.svg.count("stroke-dasharray") == sum(not a.evidence for a in arrows)


SECOND = [(f"Part{i}", "Whole") for i in range(5)] + [("Whole", "Outcome")]
MEDIATED = [
    ("X", "M1"), ("X", "M2"), ("M1", "M2"), ("M1", "Y"), ("M2", "Y"), ("X", "Y"), ("W", "M1"), ("X × W", "M1"),
    ("W", "Y"), ("M1 × W", "Y"),
]  # fmt: skip
FLAT = [(f"Driver{i}", "Outcome") for i in range(9)]


@pytest.mark.parametrize("paths", [SECOND, MEDIATED, FLAT], ids=["second-order", "moderated", "nine drivers"])
def test_models_of_other_shapes_stay_clear_and_fit_their_page(paths: list[tuple[str, str]]) -> None:
    names = list(dict.fromkeys(n for pair in paths for n in pair))
    picture, wide = diagram(*model(paths, {n: 0 if "×" in n else 5 for n in names}), LOOK)
    drawing = drawing_of(picture)
    assert troubles(drawing) == []
    # an upright page is 168 × 225 mm inside its margins and captions
    assert wide or drawing.height / drawing.width < 225 / 168


@given(st.integers(2, 9), st.data())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_no_model_has_a_label_on_a_line_or_a_crossing_that_can_be_avoided(
    n: int, data: st.DataObject
) -> None:
    names = [f"c{i}" for i in range(n)]
    every = list(itertools.combinations(names, 2))
    paths = data.draw(st.lists(st.sampled_from(every), min_size=1, max_size=min(16, 2 * n), unique=True))
    items = {name: data.draw(st.integers(0, 5)) for name in names}
    constructs, arrows = model(paths, items)
    layout = laid(names, paths, 40)
    joined = links(dict(layout.routes))
    if math.prod(math.factorial(len(layer)) for layer in layout.layers) <= 800:
        orders = itertools.product(*(itertools.permutations(layer) for layer in layout.layers))
        assert crossings(layout.layers, joined) == min(crossings(order, joined) for order in orders)
    drawing = drawing_of(diagram(constructs, arrows, LOOK)[0])
    assert troubles(drawing) == []
    assert all(link.plate[2] for link in drawing.links)


def test_order_is_as_good_as_the_best_of_all_orders() -> None:
    names = ["a1", "a2", "a3", "b1", "b2", "b3"]
    paths = [("a1", "b3"), ("a2", "b1"), ("a3", "b2"), ("a1", "b2"), ("a3", "b1")]
    layout = laid(names, paths)
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
    drawing = drawing_of(diagram(constructs, arrows, LOOK)[0])
    assert (len(drawing.knots), len(drawing.links), sum(count)) == (12, 19, 40)
    assert troubles(drawing) == []


def test_layers_run_from_left_to_right_even_with_a_loop() -> None:
    layout = laid("abc", [("a", "b"), ("b", "c"), ("c", "a"), ("b", "b")])
    assert [layer[0] for layer in layout.layers[:3]] == ["a", "b", "c"]
    assert ("b", "b") not in layout.routes


def test_a_refused_model_is_grey_and_says_so() -> None:
    constructs, arrows = ecsi()
    picture, _ = diagram(constructs, arrows, LOOK, refused="请勿解读")
    assert "请勿解读" in picture.svg
    assert LOOK.accent not in picture.svg
    assert troubles(drawing_of(picture)) == []


def test_labels_cannot_break_out_of_the_picture() -> None:
    evil = '</text><script>x</script>&"'
    picture, _ = diagram(
        [Construct("a", evil), Construct("b", "b")], [Arrow("a", "b", 0.1, evil, "", True)], LOOK
    )
    assert "<script>" not in picture.svg
    ElementTree.fromstring(picture.svg)


@pytest.mark.parametrize(
    "label",
    [
        "Perceived value for money and quality of service", "感知价值与服务质量的总体评价（含售后）",
        "Kundenzufriedenheitsindex", "Übererwartungserfüllungsgrad 2026",
    ],
)  # fmt: skip
@pytest.mark.parametrize("shape", ["oval", "hexagon", "box"])
def test_long_names_wrap_inside_their_shape(label: str, shape: str) -> None:
    constructs = [Construct("a", label, (), "R² .50", shape), Construct("b", "b")]  # type: ignore[arg-type]
    knot = drawing_of(diagram(constructs, [Arrow("a", "b", 0.1, ".10", "", True)], LOOK)[0]).knots[0]
    rows = len(knot.words) + 1
    assert len(knot.words) <= 4
    assert rows * 16.5 < knot.box[3] - 8
    for i, words in enumerate(knot.words):
        off = abs(i - (rows - 1) / 2) * 16.5 + 7
        share = {
            "oval": (1 - (off / (knot.box[3] / 2)) ** 2) ** 0.5,
            "hexagon": 1 - 0.24 * off / (knot.box[3] / 2),
        }
        assert display_width(words) * 0.52 * knot.size < knot.box[2] * share.get(shape, 1.0) + 6, words
    if "…" not in knot.words[-1]:
        assert re.sub("[ -]", "", "".join(knot.words)) == re.sub("[ -]", "", label)


def test_composites_are_hexagons_factors_ovals_and_what_is_measured_boxes() -> None:
    kinds = {"oval": "ellipse", "hexagon": "polygon", "box": 'class="shape"'}
    for shape, tag in kinds.items():
        constructs = [Construct("a", "a", shape=shape), Construct("b", "b", shape=shape)]  # type: ignore[arg-type]
        svg = diagram(constructs, [Arrow("a", "b", 0.1, ".10", "", True)], LOOK)[0].svg
        assert svg.count(tag) == 2
        assert sum(svg.count(other) for other in ("ellipse", "polygon")) == (0 if shape == "box" else 2)


def test_codes_that_end_differently_stay_different() -> None:
    names = [f"satisfaction_overall_{i}" for i in range(12)]
    constructs = [Construct("a", "a", tuple((n, ".70") for n in names)), Construct("b", "b")]
    knot = drawing_of(diagram(constructs, [Arrow("a", "b", 0.1, ".10", "", True)], LOOK)[0]).knots[0]
    assert len({row[0] for row in knot.indicators}) == 12
    assert max(display_width(row[0]) for row in knot.indicators) <= 9


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
    assert (five[0], five[2], five[4]) == ("#B45309", "#E6E9ED", "#1F5FA8")
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


PAGE = {False: (168.0, 200.0), True: (255.0, 138.0)}
"""Millimetres that a drawing may take on A4, upright and on its side."""


def points(picture: Picture, wide: bool) -> float:
    """The size of the smallest type of a picture on paper."""
    drawing = drawing_of(picture)
    millimetre = min(PAGE[wide][0] / drawing.width, PAGE[wide][1] / drawing.height)
    return min(float(v) for v in re.findall(r'font-size="([\d.]+)"', picture.svg)) * millimetre / 25.4 * 72


def test_type_is_legible_on_paper() -> None:
    """The picture fills the height that a page on its side has."""
    picture, wide = diagram(*ecsi(), LOOK)
    assert points(picture, wide) > 6.5
    drawing = drawing_of(picture)
    assert 100 < drawing.height * 255 / drawing.width <= 138


def chain(n: int) -> list[tuple[int, int]]:
    return list(itertools.pairwise(range(n)))


FORTY = [4, 3, 3, 4, 3, 3, 4, 3, 3, 4, 3, 3]
FAMILY: dict[str, tuple[int, list[tuple[int, int]], list[int]]] = {
    "chain of twelve": (12, chain(12), FORTY),
    "chain of seven": (7, chain(7), [5] * 7),
    "twelve deep with ways past": (12, [*chain(12), (0, 2), (1, 4), (3, 6), (5, 8), (0, 11), (7, 10)], FORTY),
    "six to six": (12, [(i, 6 + j) for i in range(6) for j in range(6)], FORTY),
    "eleven to one": (12, [(i, 11) for i in range(11)], FORTY),
    "one to eleven": (12, [(0, i) for i in range(1, 12)], FORTY),
    "eight to four": (12, [(i, 8 + j) for i in range(8) for j in range(4)], FORTY),
    "all of eight": (8, list(itertools.combinations(range(8), 2)), [5] * 8),
    "two with twenty each": (2, [(0, 1)], [20, 20]),
    "no paths": (12, [], FORTY),
}
LONG = {
    "long": [f"Satisfaction with the hotline and site {i:02}" for i in range(12)],
    "short": [
        "Image",
        "Expectations",
        "Quality",
        "Value",
        "Satisfaction",
        "Complaints",
        "Loyalty",
        "Trust",
        "Commitment",
        "Service",
        "Brand",
        "Costs",
    ],
    "han": [f"售后服务与投诉处理及时性{c}" for c in "甲乙丙丁戊己庚辛壬癸子丑"],
}


@pytest.mark.parametrize("names", list(LONG))
@pytest.mark.parametrize("kind", list(FAMILY))
def test_type_of_any_model_is_six_points_on_paper_and_nothing_covers_anything(kind: str, names: str) -> None:
    n, paths, items = FAMILY[kind]
    one, interval = (".40", "[.30, .50]") if names != "han" else ("0.40", "[0.30, 0.50]")
    targets = {b for _, b in paths}
    shape = "hexagon" if names == "long" else "oval"
    constructs = [
        Construct(
            f"c{i}",
            LONG[names][i],
            tuple((f"q{i}{j}", one) for j in range(items[i])),
            f"R² {one}" if i in targets else "",
            shape,  # type: ignore[arg-type]
        )
        for i in range(n)
    ]
    arrows = [Arrow(f"c{a}", f"c{b}", 0.4, one, interval, i % 3 > 0) for i, (a, b) in enumerate(paths)]
    picture, wide = diagram(constructs, arrows, LOOK)
    drawing = drawing_of(picture)
    assert points(picture, wide) >= 6
    assert troubles(drawing) == []
    assert sum(len(k.indicators) for k in drawing.knots) == sum(items[:n])
    bare = sum(not link.plate[2] for link in drawing.links)
    assert ("coefficients" in drawing.left_out) == (bare > 0)
    # where 28 lines and more cross each other some have no free place beside them
    assert bare <= (0 if len(paths) < 28 else len(paths) // 2)
    # what the picture leaves to a note is named, and nothing else
    assert ("intervals" in drawing.left_out) == any(not link.below for link in drawing.links)
    assert ("names" in drawing.left_out) == any(k.cut for k in drawing.knots)
    for knot in drawing.knots:
        if not knot.cut:
            assert re.sub("[ -]", "", "".join(knot.words)) == re.sub("[ -]", "", knot.label)


def test_more_than_a_picture_holds_is_counted_and_said() -> None:
    many = tuple((f"q{j}", ".7") for j in range(60))
    constructs = [Construct(f"c{i}", f"c{i}", many, counted="60 questions") for i in range(12)]
    arrows = [Arrow(f"c{a}", f"c{b}", 0.4, ".40", "[.30, .50]", True) for a, b in chain(12)]
    picture, wide = diagram(constructs, arrows, LOOK)
    drawing = drawing_of(picture)
    assert "indicators" in drawing.left_out
    assert {k.indicators[0][:2] for k in drawing.knots} <= {("60 questions", ""), ("60", "")}
    assert points(picture, wide) >= 6
    assert troubles(drawing) == []
