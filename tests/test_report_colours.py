"""Charts for every kind of eye: neighbours are told apart in grey and by people who see no red or no green."""

from __future__ import annotations

import itertools
import re
from functools import cache

import numpy as np
import pytest

from surveykit.report import load_theme
from surveykit.report.charts import Answers, Line, Look, NpsBar, Picture, Plot, likert, lines, nps_stack
from surveykit.report.charts._base import INK, contrast, inked, likert_colours, luminance
from surveykit.report.charts.heat import Tile, heat
from surveykit.report.charts.profiles import Mark, Profile, profiles
from surveykit.report.charts.trend import Moment, Run, trend

ACCENTS = [load_theme(name).accent for name in ("default", "harbour")] + ["#884400", "#E60012", "#00843D"]
"""Those of the shipped themes, and a client's brown, red and green."""

EYES = {
    "usual": np.eye(3),
    "no green": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    "no red": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
}  # fmt: skip
"""Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB: deuteranopia and protanopia."""


SEEN = 2.3
"""The least difference of lightness that is seen (Mahy, Van Eycken and Oosterlinck 1994)."""


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* (D65) of linear RGB: a distance of 2.3 is just seen, of 10 at a glance."""
    to_xyz = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ]
    )
    scaled = to_xyz @ np.clip(rgb, 0, 1) / np.array([0.95047, 1.0, 1.08883])
    f = np.where(scaled > 216 / 24389, np.cbrt(scaled), (24389 / 27 * scaled + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def apart(one: str, other: str, eye: str) -> float:
    return float(np.linalg.norm(lab(EYES[eye] @ linear(one)) - lab(EYES[eye] @ linear(other))))


def lightness(colour: str) -> float:
    return float(lab(np.full(3, luminance(colour)))[0])


@cache
def drawn(accent: str) -> dict[str, Picture]:
    look = Look(accent, "Noto Sans CJK SC", "en")
    words = {
        "detractors": "low",
        "passives": "middle",
        "promoters": "high",
        "no": "changed",
        "caution": "partly",
    }
    texts = tuple(f"{v}%" for v in (10, 10, 15, 20, 10, 20, 15))
    marks = (Mark(0.3, 0.1, 0.5, "+.30"), Mark(0.0, -0.2, 0.2, ".00"))
    tiles = [Tile(i, 0, f"{v:g}", v) for i, v in enumerate((-1.0, -0.6, -0.3, 0.0, 0.3, 0.6, 1.0))]
    return {
        "likert": likert([Answers("q", (0.1, 0.1, 0.15, 0.2, 0.1, 0.2, 0.15), texts, "n = 9")], list("1234567"), look, "x"),
        "nps": nps_stack([NpsBar("all", (0.2, 0.3, 0.5), ("20%", "30%", "50%"), "+30")], look, words),
        "heat": heat(tiles, [t.text for t in tiles], ["value"], look),
        "lines": lines([Line("low", 0, 0.1), Line("middle", 0, 0.3), Line("high", 0, 0.5)], look, x="x", y="y"),
        "profiles": profiles([Profile("g", marks)], ["a", "b"], look, axis="d"),
        "trend": trend([Run("r", (Moment(0, 1, 0, 2, "1"), Moment(1, 2, 1, 3, "2", "no")))], ["a", "b"], look, words),
    }  # fmt: skip


def neighbours(plot: Plot) -> list[tuple[str, str]]:
    """Colours that touch each other: the parts of bars."""
    return list(itertools.pairwise(s.colour for s in plot.series)) if plot.kind == "stacked" else []


@pytest.mark.parametrize("accent", ACCENTS)
@pytest.mark.parametrize("eye", EYES)
def test_parts_that_touch_are_told_apart_by_every_eye(accent: str, eye: str) -> None:
    pairs = [p for picture in drawn(accent).values() for p in neighbours(picture.plot)]
    pairs += [p for points in range(3, 12) for p in itertools.pairwise(likert_colours(points, accent))]
    assert len(pairs) > 40
    one, other = min(pairs, key=lambda p: apart(p[0], p[1], eye))
    assert apart(one, other, eye) > 5, (one, other, apart(one, other, eye))


@pytest.mark.parametrize("accent", ACCENTS)
def test_in_grey_print_neighbours_differ_in_lightness(accent: str) -> None:
    """Towards each end a scale darkens step by step; both ends are dark, which is why each part bears its number or a sign."""
    for points in range(3, 12):
        colours = likert_colours(points, accent)
        half = points // 2
        steps = [lightness(c) for c in colours]
        assert all(a < b - SEEN for a, b in itertools.pairwise(steps[: half + points % 2]))
        assert all(a > b + SEEN for a, b in itertools.pairwise(steps[half:]))
    bars = drawn(accent)["nps"].plot
    for one, other in neighbours(bars):
        assert abs(lightness(one) - lightness(other)) > 25


@pytest.mark.parametrize("eye", ["no green", "no red"])
@pytest.mark.parametrize("accent", ACCENTS)
def test_low_and_high_are_never_taken_for_each_other(accent: str, eye: str) -> None:
    for points in range(2, 12):
        colours = likert_colours(points, accent)
        for i in range(points // 2):
            assert apart(colours[i], colours[-1 - i], eye) > 15, (points, i)


@pytest.mark.parametrize("accent", [*ACCENTS, "#FFD400", "#000000", "#E60012", "#8A8A8A"])
def test_numbers_on_colours_can_be_read(accent: str) -> None:
    colours = [c for points in range(2, 12) for c in likert_colours(points, accent)]
    plots = [p.plot for p in drawn(accent).values()]
    colours += [s.colour for p in plots for s in p.squares] + [s.colour for p in plots for s in p.series]
    for colour in colours:
        assert contrast(inked(colour), colour) >= 4.5, colour
    svg = drawn(accent)["heat"].svg
    inks = set(re.findall(r'<text[^>]*fill="(#\w{6}|#\w{3})"', svg))
    assert {i.upper() for i in inks} <= {"#FFFFFF", "#FFF", "#000000", INK}


@pytest.mark.parametrize("accent", ACCENTS)
def test_marks_stand_out_from_the_page(accent: str) -> None:
    """WCAG 2.2, 1.4.11: what carries meaning has three to one against its ground, on white and on the dark page."""
    for picture in drawn(accent).values():
        for series in picture.plot.series:
            if picture.plot.kind in ("intervals", "points", "curves"):
                assert contrast(series.colour, "#FFFFFF") >= 3
    assert contrast("#7C8794", "#FFFFFF") >= 3  # paths without evidence
    light = "#" + "".join(
        f"{round(c + (255 - c) * 0.45):02X}" for c in (int(accent[i : i + 2], 16) for i in (1, 3, 5))
    )
    assert contrast(light, "#14181D") >= 4.5  # what report.live.css mixes for the dark page


@pytest.mark.parametrize("accent", ACCENTS)
def test_what_colour_says_is_said_without_it(accent: str) -> None:
    made = drawn(accent)
    dashes = [d for d in re.findall(r'stroke-dasharray="([^"]*)"', made["lines"].svg) if d not in ("", "1,0")]
    assert len(set(dashes)) >= 2  # lines by their dashes
    assert made["profiles"].svg.count('fill="white"') > 1 or 'fill="#fff' in made["profiles"].svg  # open dots
    assert "low" in made["lines"].svg
    assert "changed" in made["trend"].svg
