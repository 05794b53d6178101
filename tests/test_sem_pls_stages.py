"""Constructs of constructs and interactions: seminr's numbers, scores row by row, slopes that follow from the paths."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import surveykit as sk
from surveykit.errors import SurveykitError
from surveykit.moments import Moments
from tests.test_sem_pls import matrix

MEASURED = """Value =~ PERV1 + PERV2
Image =~ IMAG1 + IMAG2 + IMAG3 + IMAG4 + IMAG5
Expectation =~ CUEX1 + CUEX2 + CUEX3
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
"""
HIGHER = MEASURED + "Perceived =~ Image + Expectation\nSatisfaction ~ Perceived + Value"
MODERATED = MEASURED + "Satisfaction ~ Image + Expectation + Value"
# seminr stops at 1e-7
CLOSE = 1e-6


@pytest.fixture(scope="module")
def small() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    a, m = rng.normal(size=(2, 300))
    y = 0.4 * a + 0.3 * m + 0.3 * a * m + 0.7 * rng.normal(size=300)
    noise = rng.normal(size=(300, 6)) * 0.3
    x = np.stack([a, a, m, m, y, y], axis=1) + noise
    return pd.DataFrame(x, columns=["a1", "a2", "m1", "m2", "y1", "y2"])


HOC = "a =~ a1 + a2\nm =~ m1 + m2\ny =~ y1 + y2\nboth =~ a + m\ny ~ both"
TEXT = "a =~ a1 + a2\nm =~ m1 + m2\ny =~ y1 + y2\ny ~ a + m"


def test_seminrs_construct_of_constructs(reference, shared_data) -> None:
    stored = reference("pls_mobi_hoc_two_stage")
    fit = sk.fit(HIGHER, sk.read(shared_data("mobi.csv")), method="pls", bootstrap=0)
    d = fit.design
    np.testing.assert_allclose(
        fit.solved.b[0], matrix(stored["path_coef"], d.constructs, d.constructs), atol=CLOSE
    )
    np.testing.assert_allclose(
        fit.solved.w[0], matrix(stored["outer_weights"], d.indicators, d.constructs), atol=CLOSE
    )
    first = fit.tables()["first_stage"].frame()
    for row in first.itertuples():
        wanted = matrix(stored["outer_weights"], [row.item], [row.lhs])[0, 0]
        assert row.weight == pytest.approx(wanted, abs=CLOSE)


def test_a_construct_of_constructs_needs_only_a_correlation_table(shared_data) -> None:
    data = sk.read(shared_data("mobi.csv"))
    rows = sk.fit(HIGHER, data, method="pls", bootstrap=30)
    names = [i for line in MEASURED.splitlines() for i in line.split("=~")[1].replace(" ", "").split("+")]
    m = data.moments(names)
    table = sk.fit(HIGHER, Moments(n=250, cov=m.cor, names=names), method="pls")
    np.testing.assert_allclose(table.solved.b, rows.solved.b, atol=1e-12)
    assert rows.tidy().query("op == '~'")["se"].gt(0).all()


def test_scores_of_parts_are_indicators_row_by_row(small) -> None:
    text = "a =~ a1 + a2\nm =~ m1 + m2\ny =~ y1 + y2\nboth =~ a + m\ny ~ both"
    fit = sk.fit(text, small, method="pls", bootstrap=0)
    first = sk.fit(TEXT, small, method="pls", bootstrap=0)
    z = (small - small.mean()) / small.std()
    scores = pd.DataFrame(
        z[list(first.design.indicators)].to_numpy() @ first.solved.w[0], columns=["a", "m", "y"]
    )
    two = pd.concat([scores[["a", "m"]], small[["y1", "y2"]]], axis=1)
    again = sk.fit("both =~ a + m\ny =~ y1 + y2\ny ~ both", two, method="pls", bootstrap=0)
    path = fit.tidy().query("op == '~'")["estimate"].iloc[0]
    assert path == pytest.approx(again.tidy().query("op == '~'")["estimate"].iloc[0], abs=1e-10)


def test_seminrs_two_stage_interaction(reference, shared_data) -> None:
    stored = reference("pls_mobi_moderation")
    fit = sk.fit(
        MODERATED, sk.read(shared_data("mobi.csv")), method="pls", bootstrap=100,
        interactions=[("Image", "Expectation", "Satisfaction")],
    )  # fmt: skip
    paths = fit.tidy().query("op == '~'").set_index("rhs")["estimate"]
    names = {
        "Image": "Image",
        "Expectation": "Expectation",
        "Value": "Value",
        "Image*Expectation": "Image_x_Expectation",
    }
    for theirs, ours in names.items():
        assert paths[ours] == pytest.approx(
            matrix(stored["path_coef"], [theirs], ["Satisfaction"])[0, 0], abs=CLOSE
        )
    slopes = fit.tables()["slopes"].frame().set_index("at")["estimate"]
    assert slopes[0.0] == pytest.approx(paths["Image"])
    assert slopes[1.0] - slopes[0.0] == pytest.approx(paths["Image_x_Expectation"])
    standardised = fit.tables()["standardised"].frame().set_index(["op", "rhs"])["est"]
    spread = fit.sample.moments.sd[fit.design.indicators.index("Image_x_Expectation")]
    assert standardised["~", "Image_x_Expectation"] == pytest.approx(paths["Image_x_Expectation"] * spread)


def test_an_interaction_and_a_curve_are_found_and_every_replicate_takes_both_stages(small) -> None:
    fit = sk.fit(TEXT, small, method="pls", bootstrap=100, interactions=[("a", "m", "y")])
    row = fit.tidy().query("rhs == 'a_x_m' and op == '~'").iloc[0]
    assert row["low"] > 0.1
    curved = small.assign(y1=small.a1**2 + small.y1, y2=small.a2**2 + small.y2)
    fit = sk.fit(TEXT, curved, method="pls", bootstrap=100, interactions=[("a", "a", "y")])
    slopes = fit.tables()["slopes"].frame().set_index("at")["estimate"]
    raw = fit.tidy().query("rhs == 'a_x_a' and op == '~'")["estimate"].iloc[0]
    assert raw > 0.2
    assert slopes[1.0] - slopes[0.0] == pytest.approx(2 * raw)


def test_a_replicates_product_is_that_of_its_own_rows(small) -> None:
    from surveykit.responses import bootstrap_moments, read

    data = read(small)
    fit = sk.fit(TEXT, data, method="pls", bootstrap=25, interactions=[("a", "m", "y")], seed=3)
    names = list(sk.fit(TEXT, data, method="pls", bootstrap=0).design.indicators)
    times = bootstrap_moments(data, names, 25, 3, return_weights=True)[1][4].round().astype(int)
    rows = small.loc[small.index.repeat(times)].reset_index(drop=True)
    alone = sk.fit(TEXT, rows, method="pls", bootstrap=0, interactions=[("a", "m", "y")])
    np.testing.assert_allclose(fit.replicates.b[4], alone.solved.b[0], atol=1e-8)


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        (TEXT + "\nboth =~ a + m\ny ~ both", {}, "path of its own"),
        ("a =~ a1 + a2\ny =~ y1 + y2\nboth =~ a + m1\ny ~ both", {}, "besides constructs"),
        (TEXT, {"interactions": [("a", "z", "y")]}, "unknown construct 'z'"),
        (TEXT, {"interactions": [("y", "a", "m")]}, "needs the path from 'y' to 'm'"),
        (TEXT, {"interactions": ["a:m"]}, "a predictor, a moderator and a target"),
        (
            TEXT,
            {"interactions": [("a", "m", "y")], "method": "plsc", "approach": "product"},
            "interactions in two stages",
        ),
        (HOC, {"hierarchy": "repeated", "method": "plsc"}, "repeats the indicators"),
        (TEXT, {"interactions": [("a", "m", "y")], "overall": True}, "no test of overall fit"),
        (TEXT, {"interactions": [("a", "m", "y"), ("m", "a", "y")]}, "asked for twice"),
        (TEXT, {"interactions": "a"}, "a list of"),
        (TEXT, {"approach": "residual"}, "approach='residual' is not possible"),
        ("a =~ a1 + a2\ny =~ y1 + y2\nu =~ a\nv =~ a\ny ~ u + v", {}, "a part of several"),
        (TEXT, {"interactions": [("a", "m", "y")], "missing": "em"}, "need complete rows"),
    ],
)
def test_what_cannot_be_done_in_two_stages_is_refused(text, options, says, small) -> None:
    with pytest.raises(SurveykitError, match=says):
        sk.fit(text, small, **{"method": "pls", "bootstrap": 0, **options})
