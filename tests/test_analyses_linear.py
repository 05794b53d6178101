"""Least squares: NIST's certified regressions, refusals by name, robust errors, invariance."""

from __future__ import annotations

import csv
import math
import re
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from surveykit.analyses._exact import rational_powers
from surveykit.analyses._least_squares import least_squares, sandwich
from surveykit.errors import SurveykitError
from surveykit.responses import read
from tests.published import LONGLEY, analyse, attitude, frame

LINEAR = [
    "Norris",
    "Pontius",
    "NoInt1",
    "NoInt2",
    "Filip",
    "Longley",
    "Wampler1",
    "Wampler2",
    "Wampler3",
    "Wampler4",
    "Wampler5",
]


def digits(value: float, certified: float) -> float:
    """The log relative error: how many digits agree (15 at most)."""
    if value == certified:
        return 15.0
    error = abs(value - certified) / (abs(certified) if certified else 1.0)
    return min(15.0, -math.log10(error))


# NIST StRD, Longley: coefficients and standard errors as certified
LONGLEY_B = [-3482258.63459582, 15.0618722713733, -0.0358191792925910, -2.02022980381683, -1.03322686717359,
             -0.0511041056535807, 1829.15146461355]  # fmt: skip
LONGLEY_SE = [890420.383607373, 84.9149257747669, 0.0334910077722432, 0.488399681651699, 0.214274163161675,
              0.226073200069370, 455.478499142212]  # fmt: skip


@pytest.mark.parametrize(("arithmetic", "least"), [("double", 11), ("exact", 13), ("auto", 13)])
def test_longley(arithmetic, least):
    # double: 11 digits is what a scaled QR gives at a condition number of 111; exact: the digits certified
    data = read(frame(LONGLEY))
    found = analyse(
        data,
        "regression",
        outcome="y",
        predictors=[f"x{i}" for i in range(1, 7)],
        se="classic",
        arithmetic=arithmetic,
    )
    tidy = found.tidy()
    assert min(map(digits, tidy["estimate"], LONGLEY_B)) >= least
    assert min(map(digits, tidy["se"], LONGLEY_SE)) >= least
    assert digits(found.facts["r2"], 0.995479004577296) >= 13
    assert digits(found.facts["f"], 330.285339234588) >= 11
    assert "collinearity" in {c.code for c in found.checks}


def test_wampler_is_recovered_exactly():
    # Wampler1 and 2 are polynomials without error: the coefficients are known
    x = np.arange(21.0)
    for b in ([1.0] * 6, [10.0**-k for k in range(6)]):
        y = np.array([float(sum(Fraction(str(c)) * int(v) ** k for k, c in enumerate(b))) for v in x])
        found = analyse(
            read(pd.DataFrame({"x": x, "y": y})), "regression", outcome="y", predictors="x", powers={"x": 5}
        )
        assert min(map(digits, found.tidy()["estimate"], b)) >= 13
        assert [c.code for c in found.checks if c.level == "refuse"] == ["perfect_fit"]
        assert found.tidy()["p"].isna().all()


@pytest.mark.parametrize("name", LINEAR)
def test_nist(name, reference):
    """LRE of 13 on every set, less only where 64-bit inputs cannot carry it (NIST's own limit less 0.3)."""
    certified = reference(f"nist/linear/{name}")
    X, y, exact, names, intercept = _nist(name, certified["formula"], reference)
    fit = least_squares(X, y, names, intercept=intercept, exact_columns=exact)
    best = certified["best_achievable_LRE_from_float64_inputs"]
    goal = {k: min(13.0, best[k] - 0.3) for k in ("beta_min", "se_min", "rsd")}
    params = certified["certified"]["params"]
    se = np.sqrt(np.diag(sandwich(fit, "classic")))
    assert (
        min(digits(b, float(p["estimate"])) for b, p in zip(fit.coefficients, params, strict=True))
        >= goal["beta_min"]
    )
    assert min(digits(s, float(p["se"])) for s, p in zip(se, params, strict=True)) >= goal["se_min"]
    assert digits(fit.sigma, float(certified["certified"]["residual_sd"])) >= goal["rsd"]
    assert digits(fit.r2, float(certified["certified"]["r_squared"])) >= 13


def _nist(name, formula, reference):
    from tests.conftest import shared_path

    with shared_path("reference", f"nist/linear/{name}.csv").open() as file:
        rows = list(csv.DictReader(file))
    y = np.array([float(r["y"]) for r in rows])
    degree = max([1, *map(int, re.findall(r"\*\*(\d+)", formula))])
    intercept = not name.startswith("NoInt")
    if degree > 1:
        exact = rational_powers(np.array([float(r["x"]) for r in rows]), degree)
        X = np.array([[float(v) for v in column] for column in exact]).T
        return X, y, exact, [f"x^{k}" for k in range(1, degree + 1)], intercept
    names = [k for k in rows[0] if k != "y"]
    return np.array([[float(r[k]) for k in names] for r in rows]), y, None, names, intercept


def test_filip_in_rounded_powers_is_solved_and_said(reference):
    # N4: given ten rounded columns the problem itself has lost digits; it is solved exactly and the columns
    # are named
    certified = reference("nist/linear/Filip")
    X, y, _, names, _ = _nist("Filip", certified["formula"], reference)
    data = read(pd.DataFrame(X, columns=[n.replace("^", "") for n in names]).assign(y=y))
    found = analyse(data, "regression", outcome="y", predictors=[n.replace("^", "") for n in names])
    check = {c.code: c for c in found.checks}["ill_conditioned"]
    assert check.level == "note"
    assert set(check.about) == {n.replace("^", "") for n in names}
    first = float(certified["certified"]["params"][0]["estimate"])
    assert digits(found.tidy()["estimate"][0], first) >= 7


def test_dependent_columns_are_named():
    data = attitude().assign(total=lambda d: d["raises"] + 2 * d["learning"])
    with pytest.raises(SurveykitError) as error:
        analyse(
            read(data), "regression", outcome="rating", predictors=["critical", "raises", "learning", "total"]
        )
    assert error.value.code == "COLLINEAR"
    assert error.value.got == "'raises', 'learning', 'total'"


@pytest.mark.parametrize(
    ("columns", "options", "code"),
    [
        ({"x": [1, 1, 1, 1.0], "y": [1, 2, 3, 5.0]}, {}, "CONSTANT_COLUMN"),
        ({"x": [1e9, 1e9, 1e9, 1e9], "y": [1, 2, 3, 5.0]}, {}, "CONSTANT_COLUMN"),
        ({"x": [1, 2, 3, 4.0], "y": [7, 7, 7, 7.0]}, {}, "CONSTANT_COLUMN"),
        ({"x": [1, 2.0], "y": [7, 8.0]}, {}, "TOO_FEW_ROWS"),
        ({"x": [1, 2, 3, 4.0], "y": list("abcd")}, {}, "VALUE_TYPE"),
        ({"x": list("abcd"), "y": [1, 2, 3, 5.0]}, {"reference": {"x": "e"}}, "UNKNOWN_LEVEL"),
        ({"x": [1, 2, 3, 4.0], "y": [1, 2, 3, 5.0]}, {"powers": {"z": 2}}, "UNKNOWN_VARIABLE"),
        ({"x": [1, 2, 3, 4.0], "y": [1, 2, 3, 5.0]}, {"predictors": ["x", "x"]}, "COLUMN_TWICE"),
        ({"x": [1, 2, 3, 4.0], "y": [1, 2, 3, 5.0]}, {"predictors": ["x", "y"]}, "COLUMN_TWICE"),
        ({"x": [1, 2, 3, 4.0], "y": [1, 2, 3, 5.0]}, {"se": "hc9"}, "OPTION_VALUE"),
        ({"x": [1, 2, 3, 4.0], "y": [1, 2, 3, 5.0]}, {"levle": 0.9}, "OPTION_UNKNOWN"),
    ],
)
def test_bad_input_is_one_error(columns, options, code):
    with pytest.raises(SurveykitError) as error:
        analyse(read(pd.DataFrame(columns)), "regression", **{"outcome": "y", "predictors": ["x"], **options})
    assert error.value.code == code


# R 4.2: coef(summary(lm(rating ~ ., attitude)))
LM = {
    "(intercept)": (10.7870763857097, 11.5892572444882),
    "complaints": (0.6131876078096987, 0.160983114891304),
    "privileges": (-0.0730501430995275, 0.135724690214353),
    "learning": (0.3203321163761102, 0.168520318578051),
    "raises": (0.0817321335319664, 0.221477677375194),
    "critical": (0.0383814473020531, 0.146995442242874),
    "advance": (-0.2170566815865012, 0.178209471070454),
}
# R sandwich::vcovHC(type = "HC3")
HC3 = [17.1975089829907, 0.153612972927549, 0.151551597258492, 0.190280373812191, 0.218823727765139,
       0.214643012198753, 0.19590074329126]  # fmt: skip


def test_attitude_against_r():
    names = [n for n in LM if n != "(intercept)"]
    classic = analyse(read(attitude()), "regression", outcome="rating", predictors=names, se="classic")
    tidy = classic.tidy().set_index("term")
    for term, (estimate, se) in LM.items():
        assert tidy.loc[term, "estimate"] == pytest.approx(estimate, rel=1e-10)
        assert tidy.loc[term, "se"] == pytest.approx(se, rel=1e-10)
    assert tidy.loc["(intercept)", ["low", "high"]].tolist() == pytest.approx(
        [-13.1871288122049, 34.7612815836244]
    )
    robust = analyse(read(attitude()), "regression", outcome="rating", predictors=names)
    assert robust.tidy()["se"].tolist() == pytest.approx(HC3, rel=1e-10)
    assert tidy["std"].tolist()[1:3] == pytest.approx([0.670725204411729, -0.073427427665584], rel=1e-10)
    assert tidy["vif"].tolist()[1:3] == pytest.approx([2.66706030825785, 1.600891407384], rel=1e-10)
    facts = classic.facts
    expected = {"r2": 0.732601992531149, "r2_adj": 0.662845990582753, "sigma": 7.06799376499668,
                "f": 10.5023506518208, "aic": 210.499817358993, "bic": 221.70939641229,
                "breusch_pagan": 10.2565247275435, "cooks_max": 0.220567655671381}  # fmt: skip
    assert {k: facts[k] for k in expected} == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("case", ["ols_mobi", "ols_mobi_loy"])
@pytest.mark.parametrize("kind", ["classic", "hc0", "hc1", "hc2", "hc3"])
def test_mobi_against_r(case, kind, reference, shared_data):
    r = reference("regression")["results"][case]
    outcome, predictors = (side.split(" + ") for side in r["formula"].split(" ~ "))
    data = read(pd.read_csv(shared_data("mobi_means.csv")))
    found = analyse(data, "regression", outcome=outcome[0], predictors=predictors, se=kind)
    tidy = found.tidy()
    assert tidy["estimate"].tolist() == pytest.approx([c["Estimate"] for c in r["coef"]], rel=1e-8)
    se = [c["Std. Error"] for c in r["coef"]] if kind == "classic" else list(r[kind].values())
    assert tidy["se"].tolist() == pytest.approx(se, rel=1e-8)
    assert tidy["std"].tolist()[1:] == pytest.approx(list(r["beta_std"].values()), rel=1e-8)
    assert tidy["vif"].tolist()[1:] == pytest.approx(list(r["vif"].values()), rel=1e-8)
    for ours, theirs in (
        ("r2", "r2"),
        ("r2_adj", "adj_r2"),
        ("aic", "AIC"),
        ("bic", "BIC"),
        ("loglik", "logLik"),
    ):
        assert found.facts[ours] == pytest.approx(r[theirs], rel=1e-8)
    if kind == "classic":
        assert found.facts["f"] == pytest.approx(r["F"]["value"], rel=1e-8)


def test_one_respondent_level_has_no_standard_error():
    # R12: statsmodels prints HC3 16.84 for such a dummy
    rng = np.random.default_rng(5)
    data = pd.DataFrame({"x": rng.normal(size=40), "city": ["a"] * 20 + ["b"] * 19 + ["c"]})
    data["y"] = data["x"] + rng.normal(size=40)
    found = analyse(read(data), "regression", outcome="y", predictors=["x", "city"])
    tidy = found.tidy().set_index("term")
    assert math.isnan(tidy.loc["city[c]", "se"])
    check = {c.code: c for c in found.checks}["leverage_one"]
    assert (check.about, check.values["rows"]) == (("city[c]",), [40])
    # the others are as if the row were not there
    rest = analyse(read(data.iloc[:39]), "regression", outcome="y", predictors=["x", "city"]).tidy()
    assert tidy.loc["x", "se"] == pytest.approx(rest.set_index("term").loc["x", "se"], rel=1e-12)
    assert any("city: compared with level a" in n for n in found.notes())


def test_weights_do_not_depend_on_their_scale_and_zeros_do_not_count():
    # R5: a row of weight zero is not an observation
    data = attitude()
    data.loc[[3, 7], "w"] = 0.0
    options = {"outcome": "rating", "predictors": ["complaints", "learning"]}
    a = analyse(read(data, weight="w"), "regression", **options)
    b = analyse(read(data.assign(w=data["w"] * 1e6), weight="w"), "regression", **options)
    c = analyse(read(data[data["w"] > 0], weight="w"), "regression", **options)
    assert a.facts["n"] == 28
    np.testing.assert_allclose(a.tidy()["se"], b.tidy()["se"], rtol=1e-12)
    np.testing.assert_allclose(a.tidy()["se"], c.tidy()["se"], rtol=1e-12)


def test_weighted_against_r_survey():
    # R: svyglm(rating ~ complaints + learning, svydesign(id = ~1, weights = ~w, data = a)); its sandwich is
    # HC0 n/(n-1)
    found = analyse(
        read(attitude(), weight="w"),
        "regression",
        outcome="rating",
        predictors=["complaints", "learning"],
        se="hc0",
    ).tidy()
    assert found["estimate"].tolist() == pytest.approx(
        [9.316082082963336, 0.670824593876325, 0.191751980539228]
    )
    se = found["se"] * math.sqrt(30 / 29)
    assert se.tolist() == pytest.approx([8.492598831471046, 0.100202290086749, 0.126319421955875], rel=1e-10)


@pytest.mark.parametrize(("scale", "shift"), [(1e8, 0.0), (1e-8, 0.0), (1.0, 1e9)])
def test_units_and_offsets_change_nothing(scale, shift):
    # N10
    plain = attitude()
    moved = plain.assign(complaints=plain["complaints"] * scale + shift)
    options = {"outcome": "rating", "predictors": ["complaints", "learning"]}
    a, b = (analyse(read(d), "regression", **options).tidy() for d in (plain, moved))
    for column in ("std", "t", "p", "vif"):
        # an offset of 1e9 leaves 53 - 24 bits of a rating of 51
        np.testing.assert_allclose(a[column][1:], b[column][1:], rtol=1e-8)


def test_groups_are_separate_regressions():
    data = attitude().assign(half=["a", "b"] * 15)
    both = analyse(read(data), "regression", outcome="rating", predictors=["complaints"], by="half")
    one = analyse(read(data[data["half"] == "b"]), "regression", outcome="rating", predictors=["complaints"])
    rows = both.tidy()
    assert rows["group"].tolist() == ["a", "a", "b", "b"]
    np.testing.assert_allclose(rows.loc[rows["group"] == "b", "se"], one.tidy()["se"], rtol=1e-12)
    assert both.tables()["models"].frame()["n"].tolist() == [15, 15]


def test_missing_answers_are_counted():
    data = attitude()
    data.loc[[0, 5], "complaints"] = np.nan
    found = analyse(read(data), "regression", outcome="rating", predictors=["complaints"])
    assert (found.facts["n"], found.facts["n_total"]) == (28, 30)
    assert found.notes()[0].startswith("28 of 30 rows used; 2 set aside")


def test_results_are_plain_data():
    found = analyse(read(attitude()), "regression", outcome="rating", predictors=["complaints"])
    assert found.to_dict()["tidy"][0]["std"] is None
    assert list(found.tidy().columns[:8]) == ["term", "group", "n", "estimate", "se", "low", "high", "p"]
    assert {"en", "zh"} == set(found.title)
