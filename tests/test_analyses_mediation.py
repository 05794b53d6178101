"""Mediation: lavaan's paths and effects, exact recovery, bootstrap limits, refusals."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from surveykit.analyses._mediation import chains, effects, slopes, system
from surveykit.errors import SurveykitError
from surveykit.responses import read
from tests.published import analyse, attitude

# lavaan 0.6-14 on attitude: raises ~ a1*learning; complaints ~ a2*learning + d*raises;
# rating ~ b1*raises + b2*complaints + c*learning (est, se)
PATHS = {
    "learning → raises": (0.567222087793807, 0.124229387370254, 1),
    "learning → complaints": (0.323483608971185, 0.191466064865603, 2),
    "raises → complaints": (0.623156660661249, 0.216138397779931, 2),
    "raises → rating": (-0.028636997406546, 0.169848917177300, 3),
    "complaints → rating": (0.653488220225161, 0.126958189552258, 3),
}
EFFECTS = {
    "learning → raises → rating": -0.016243537457087,
    "learning → complaints → rating": 0.211392727898592,
    "learning → raises → complaints → rating": 0.230987319355100,
    "direct": 0.220685741536322,
    "total": 0.646822251332927,
}
SERIAL = {
    "predictor": "learning",
    "mediators": ["raises", "complaints"],
    "outcome": "rating",
    "order": "serial",
}


def test_serial_chain_against_lavaan():
    tidy = analyse(read(attitude()), "mediation", **SERIAL, bootstrap=0).tidy().set_index("term")
    for term, (estimate, se, predictors) in PATHS.items():
        assert tidy.loc[term, "estimate"] == pytest.approx(estimate, rel=1e-10)
        # maximum likelihood divides by n, least squares by n - 1 - predictors
        assert tidy.loc[term, "se"] * math.sqrt((29 - predictors) / 30) == pytest.approx(se, rel=1e-8)
    for term, estimate in EFFECTS.items():
        assert tidy.loc[term, "estimate"] == pytest.approx(estimate, rel=1e-10)


def test_delta_errors_against_lavaan():
    found = analyse(read(attitude()), "mediation", **SERIAL, bootstrap=0)
    delta = found.tables()["intervals"].frame().set_index("term")["delta_se"]
    # lavaan's standard errors with each path's variance put back from n to its residual degrees of freedom
    a1, b1 = PATHS["learning → raises"], PATHS["raises → rating"]
    var = [(se**2 * 30 / (29 - k)) for _, se, k in (a1, b1)]
    expected = math.sqrt(b1[0] ** 2 * var[0] + a1[0] ** 2 * var[1])
    assert delta["learning → raises → rating"] == pytest.approx(expected, rel=1e-8)


def test_mobi_against_lavaan(reference, shared_data):
    stored = {p["label"]: p for p in reference("mobi_path_mediation_ml")["parameters"] if p["label"]}
    data = read(pd.read_csv(shared_data("mobi_means.csv")))
    found = analyse(data, "mediation", predictor="image", mediators="sat", outcome="loy", bootstrap=0)
    tidy = found.tidy().set_index("term")
    names = {
        "image → sat": "a",
        "sat → loy": "b",
        "direct": "cp",
        "image → sat → loy": "ind",
        "total": "total",
    }
    for ours, theirs in names.items():
        assert tidy.loc[ours, "estimate"] == pytest.approx(stored[theirs]["est"], rel=1e-8)
        assert tidy.loc[ours, "std"] == pytest.approx(stored[theirs]["std.all"], rel=1e-8)
    assert found.facts["proportion"] == pytest.approx(stored["prop"]["est"], rel=1e-8)
    assert found.facts["r2_loy"] == pytest.approx(0.334133289948154, rel=1e-8)


@pytest.mark.parametrize(("kind", "stored_kind"), [("percentile", "perc"), ("bias_corrected", "bca.simple")])
def test_bootstrap_limits_against_lavaan(kind, stored_kind, reference, shared_data):
    stored = reference("mobi_path_mediation_boot5000")["boot_ci"][stored_kind]
    ours = {"ind": "image → sat → loy", "total": "total", "cp": "direct"}
    data = read(pd.read_csv(shared_data("mobi_means.csv")))
    options = {
        "predictor": "image",
        "mediators": "sat",
        "outcome": "loy",
        "interval": kind,
        "bootstrap": 5000,
    }
    tidy = analyse(data, "mediation", **options).tidy().set_index("term")
    for p in stored:
        if p["label"] in ours:
            row = tidy.loc[ours[p["label"]]]
            # the 2.5 % quantile of 5000 draws has a Monte Carlo error of about .038 SE; two such, four times
            tolerance = 4 * math.sqrt(2) * 0.038 * row["se"]
            assert row["low"] == pytest.approx(p["ci.lower"], abs=tolerance)
            assert row["high"] == pytest.approx(p["ci.upper"], abs=tolerance)


def test_population_effects_are_recovered():
    # x -> m1 -> m2 -> y with known slopes; the covariance matrix is that of the structural form
    B = np.zeros((4, 4))
    B[1, 0], B[2, 0], B[2, 1], B[3, 0], B[3, 1], B[3, 2] = 0.5, 0.2, 0.4, 0.1, 0.3, 0.6
    root = np.linalg.inv(np.eye(4) - B)
    C = root @ np.diag([1.0, 0.7, 0.5, 0.4]) @ root.T
    s = system(2, 0, serial=True)
    b = slopes(C, s)
    np.testing.assert_allclose(b, [0.5, 0.2, 0.4, 0.1, 0.3, 0.6], atol=1e-12)
    found = effects(b, s, chains(2, serial=True))
    np.testing.assert_allclose(found, [0.15, 0.12, 0.12, 0.39, 0.1, 0.49], atol=1e-12)


def test_parallel_effects_add_up_to_the_plain_slope():
    options = {"predictor": "learning", "mediators": ["raises", "complaints"], "outcome": "rating"}
    found = analyse(read(attitude()), "mediation", **options, bootstrap=0)
    tidy = found.tidy().set_index("term")
    plain = np.polyfit(attitude()["learning"], attitude()["rating"], 1)[0]
    assert tidy.loc["total", "estimate"] == pytest.approx(plain, rel=1e-10)


def test_parallel_total_delta_error_by_simulation():
    # the spread of the total effect over 1500 samples; without the residual covariance of the mediators it
    # would be a third too small. 6 % is three Monte Carlo errors
    rng = np.random.default_rng(2)
    root = np.linalg.cholesky(np.array([[1.0, 0.8], [0.8, 1.0]]))

    def sample(n):
        x = rng.normal(size=n)
        m = 0.4 * x[:, None] + rng.normal(size=(n, 2)) @ root.T
        return np.column_stack([x, m, m.sum(axis=1) + rng.normal(size=n)])

    s, ways = system(2, 0, serial=False), chains(2, serial=False)
    drawn = [effects(slopes(np.cov(sample(200).T), s), s, ways)[-1] for _ in range(1500)]
    rows = pd.DataFrame(sample(20_000), columns=["x", "a", "b", "y"])
    found = analyse(read(rows), "mediation", predictor="x", mediators=["a", "b"], outcome="y", bootstrap=0)
    se = found.tidy().set_index("term").loc["total", "se"] * math.sqrt(20_000 / 200)
    assert np.std(drawn) == pytest.approx(se, rel=0.06)


def test_controls_are_in_every_equation():
    options = {
        "predictor": "learning",
        "mediators": ["raises"],
        "outcome": "rating",
        "controls": ["critical"],
    }
    found = analyse(read(attitude()), "mediation", **options, bootstrap=0).tidy().set_index("term")
    own = analyse(
        read(attitude()), "regression", outcome="raises", predictors=["learning", "critical"], se="classic"
    )
    row = own.tidy().set_index("term").loc["learning"]
    assert found.loc["learning → raises", ["estimate", "se", "p"]].tolist() == pytest.approx(
        row[["estimate", "se", "p"]].tolist(), rel=1e-10
    )
    assert found.loc["critical → rating", "kind"] == "control"


def test_seed_and_interval():
    a, b = (analyse(read(attitude()), "mediation", **SERIAL, bootstrap=200, seed=3) for _ in range(2))
    assert a.to_dict() == b.to_dict()
    delta = analyse(read(attitude()), "mediation", **SERIAL, bootstrap=200, interval="delta").tidy()
    row = delta[delta["kind"] == "total"].iloc[0]
    assert row["high"] - row["estimate"] == pytest.approx(1.959963984540054 * row["se"])
    assert a.tidy()[lambda t: t["kind"] == "indirect"]["p"].isna().all()


@pytest.mark.parametrize(
    ("change", "options", "code"),
    [
        ({"raises": 5.0}, {}, "CONSTANT_COLUMN"),  # R22: pingouin prints a path of .894, p = 1e-136
        ({"raises": lambda d: 2 * d["learning"]}, {}, "COLLINEAR"),
        ({}, {"mediators": ["learning"]}, "COLUMN_TWICE"),
        ({}, {"mediators": ["rating"]}, "COLUMN_TWICE"),
        ({}, {"mediators": ["nobody"]}, "UNKNOWN_COLUMN"),
        ({}, {"order": "zigzag"}, "OPTION_VALUE"),
    ],
)
def test_bad_input(change, options, code):
    given = {"predictor": "learning", "mediators": ["raises"], "outcome": "rating", **options}
    with pytest.raises(SurveykitError) as error:
        analyse(read(attitude().assign(**change)), "mediation", **given)
    assert error.value.code == code


def test_proportion_only_where_it_has_a_meaning():
    # the indirect part is larger than the total because the direct one has the other sign
    rng = np.random.default_rng(6)
    x = rng.normal(size=300)
    m = x + 0.3 * rng.normal(size=300)
    rows = pd.DataFrame({"x": x, "m": m, "y": 1.5 * m - x + 0.3 * rng.normal(size=300)})
    found = analyse(read(rows), "mediation", predictor="x", mediators="m", outcome="y", bootstrap=0)
    assert math.isnan(found.facts["proportion"])


def test_no_causal_words():
    found = analyse(read(attitude()), "mediation", **SERIAL, bootstrap=0)
    words = " ".join([*found.notes(), *(c.text("en") for c in found.checks)]).lower()
    assert not any(w in words for w in ("causes", "leads to", "impact", "influences"))
