"""Ordered items with predictors held fixed: probit and linear regressions on them, and what they leave.

The numbers are those of lavaan 0.6-14 (``conditional.x = TRUE``, its default) on the answers of ``frame()``; its search stops
at gradients near 1e-6 and its polychoric correlations at 1e-7, so that estimates agree to about 1e-6 (theta: 1e-5).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from surveykit.errors import SurveykitError
from surveykit.sem import Fit, factor_scores, fit, likelihood_ratio
from surveykit.sem.residuals import residual_table
from surveykit.sem.wls.conditional import conditional_statistics
from surveykit.sem.wls.statistics import Layout
from tests.test_sem_ordinal import ordered_holzinger

MODEL = """
visual =~ x1 + x2 + x3
textual =~ x4 + x5 + x6
visual ~ ageyr + female
textual ~ visual + ageyr
"""
ORDERED = [f"x{i}" for i in range(1, 7)]


@lru_cache(maxsize=1)
def frame() -> Any:
    from semopy.examples import holzinger39

    raw = holzinger39.get_data()
    out = ordered_holzinger().assign(ageyr=raw["ageyr"], x9=raw["x9"], female=(raw["sex"] == 2) * 1.0)
    out["w"] = 1 + (np.arange(len(out)) % 3) / 2
    out["x10"] = (out["x7"] > 2) * 1
    return out


CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "wlsmv": (MODEL, {}),
    "theta": (MODEL, {"method": "ulsmv", "parameterization": "theta"}),
    "weights": (MODEL, {"sampling_weights": "w"}),
    "groups": (MODEL, {"group": "school", "group_equal": ("thresholds", "loadings", "intercepts")}),
    "mixed": (MODEL + "x3 ~ female\n", {"ordered": ORDERED[:3], "method": "wlsm"}),
    "paths": ("x10 ~ x1 + female\nx1 ~ ageyr + x9", {"ordered": ["x1", "x10"], "method": "wlsm"}),
}


@lru_cache(maxsize=16)
def fitted(name: str) -> Fit:
    text, options = CASES[name]
    found: Fit = fit(text, frame(), **{"ordered": ORDERED, **options})
    return found


PARAMETERS = [
    ("wlsmv", "visual=~x2", 0.5844089, 0.1005734, 0.4689082, 0.0613199),
    ("wlsmv", "visual~female", -0.1841703, 0.1192369, -0.1147337, 0.0738225),
    ("wlsmv", "textual~ageyr", -0.1753683, 0.0498035, -0.2180546, 0.0595212),
    ("wlsmv", "x1|t1", -1.52024, 0.8021791, -1.5135504, 0.7955935),
    ("theta", "textual=~x5", 1.176289, 0.2562759, 0.8722878, 0.0317862),
    ("theta", "visual~female", -0.3003186, 0.1855298, -0.1216387, 0.0739791),
    ("theta", "x1|t1", -2.4058942, 1.3437752, -1.5132823, 0.795652),
    ("weights", "textual~visual", 0.4679278, 0.0866367, 0.4486497, 0.0634151),
    ("weights", "visual~female", -0.1804152, 0.1216113, -0.1131145, 0.0758078),
    ("paths", "x10~x1", 0.1102636, 0.0722799, 0.1199325, 0.0784268),
    ("paths", "x1~x9", 0.4445142, 0.0614818, 0.4094475, 0.0472834),
]


@pytest.mark.parametrize(("name", "term", "estimate", "se", "std", "std_se"), PARAMETERS)
def test_estimates_of_lavaan(
    name: str, term: str, estimate: float, se: float, std: float, std_se: float
) -> None:
    one, two = fitted(name).tidy(), fitted(name).standardised()
    at = (one["lhs"] + one["op"] + one["rhs"] == term).to_numpy().argmax()
    rel = 2e-5 if name == "theta" else 2e-6  # what lavaan's search leaves
    assert one["estimate"][at] == pytest.approx(estimate, rel=rel)
    assert one["se"][at] == pytest.approx(se, rel=rel)
    assert two["est"][at] == pytest.approx(std, rel=rel)
    assert two["se"][at] == pytest.approx(std_se, rel=1e-5)


MEASURES = (
    "df", "chisq", "chisq_scaled", "baseline_chisq_scaled", "cfi_scaled", "rmsea_scaled", "srmr", "wrmr", "gfi",
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("wlsmv", (17, 18.1108209, 27.7141974, 1217.8409719, 0.9910926, 0.0458347, 0.0395679, 0.6343995, 0.9899449)),
        ("theta", (17, 41.259445, 24.4958816, 583.2407001, 0.9868086, 0.0383377, 0.0420479, 0.9575367, 0.998273)),
        ("weights", (17, 15.7120843, 24.4791935, 1154.5396878, 0.9934367, 0.038295, 0.0343172, 0.5908954, 0.9906328)),
        ("groups", (48, 30.7910038, 51.6409142, 1220.8266979, 0.9969425, 0.022525, 0.0415367, 0.8271907, 0.9823377)),
        ("paths", (3, 18.0086383, 18.0644921, 0.0060126, 0.0, 0.1293767, 0.047532, 1.2795112, 0.7989223)),
    ],
)  # fmt: skip
def test_fit_measures_of_lavaan(name: str, values: tuple[float, ...]) -> None:
    found = fitted(name).measures
    assert [found[m] for m in MEASURES] == pytest.approx(values, rel=3e-6, abs=1e-7)
    assert found["ifi"] == (1.0 if name == "paths" else found["ifi"])  # the baseline fits better than its df


def test_it_is_the_default_and_said() -> None:
    assert any("ageyr, female are held fixed" in note for note in fitted("wlsmv").notes())
    random = fit(MODEL, frame(), ordered=ORDERED, fixed_x=False)
    assert any("taken as random" in note for note in random.notes())
    assert random.measures["df"] == fitted("wlsmv").measures["df"]
    assert "conditional.x = FALSE" in random.to_lavaan()
    assert "fixed.x = TRUE" in fitted("wlsmv").to_lavaan()


def test_units_of_a_predictor_do_not_matter() -> None:
    far = frame().assign(ageyr=frame()["ageyr"] * 1e6 + 1e8)
    found, usual = fit(MODEL, far, ordered=ORDERED), fitted("wlsmv")
    assert found.measures["chisq_scaled"] == pytest.approx(usual.measures["chisq_scaled"], rel=1e-7)
    assert found.tidy()["std"][:10].tolist() == pytest.approx(usual.tidy()["std"][:10].tolist(), rel=1e-6)


def test_derivatives_are_the_differences() -> None:
    for name in ("wlsmv", "theta", "mixed", "paths"):
        found = fitted(name)
        assert found.basis is not None
        at, theta = found.basis.groups[0].at, found.theta
        moved = at(theta)
        assert moved is not None
        for k in range(len(theta)):
            step = np.zeros_like(theta)
            step[k] = 1e-6
            up, down = at(theta + step), at(theta - step)
            assert up is not None
            assert down is not None
            difference = (up.values - down.values) / 2e-6
            assert difference == pytest.approx(moved.jacobian[:, k], abs=1e-7)


def test_gamma_is_the_spread_over_samples() -> None:
    rng = np.random.default_rng(3)
    found, spread, layout = [], [], Layout(("a", "b"), (3, 0), ("x",))
    for _ in range(150):
        x, e = rng.integers(0, 2, 400), rng.normal(size=(400, 2)) @ [[1.0, 0.5], [0.0, 0.8660254]]
        y = e + x[:, None] * [0.6, -0.4]
        rows, codes = y * [1, 2], np.digitize(y, [-0.5, 0.7])
        one = conditional_statistics(rows, codes, x[:, None].astype(float), layout)
        found.append(one.values)
        spread.append(np.diagonal(one.gamma) / 400)
    ratio = np.std(found, axis=0) ** 2 / np.mean(spread, axis=0)
    assert ((ratio > 0.65) & (ratio < 1.45)).all()  # 150 draws: the standard error of a variance is 12 %
    truth = [-0.5, 0.7, 0.0, 0.6, -0.8, 4.0, 1.0]
    error = np.std(found, axis=0) / np.sqrt(150)
    assert (np.abs(np.mean(found, axis=0) - truth) < 4 * error + 0.01).all()


def test_differences_residuals_and_what_freeing_would_change() -> None:
    general = fit(MODEL + "x2 ~ female\n", frame(), ordered=ORDERED)
    found = likelihood_ratio(general, fit(MODEL + "x2 ~ 0*female\n", frame(), ordered=ORDERED)).tidy().iloc[1]
    assert found["df_diff"] == 1
    indices = fitted("wlsmv").modification_indices()
    assert set(indices["op"]) == {"=~", "~", "~~"}
    table = residual_table(fitted("wlsmv")).records()
    assert {r["lhs"] for r in table} == set(ORDERED)
    assert all(abs(r["residual"]) < 0.2 for r in table)


def test_scores_know_the_predictors() -> None:
    from scipy.optimize import minimize
    from scipy.stats import norm

    found = fit(MODEL + "x3 ~ female\n", frame(), ordered=ORDERED)
    scores = factor_scores(found, frame()).to_numpy()
    t = found.tidy()
    value = dict(zip(t["lhs"] + t["op"] + t["rhs"], t["estimate"], strict=True))
    answers = frame().iloc[7]

    def minus(eta: Any) -> float:
        means = [
            value["visual~ageyr"] * answers["ageyr"] + value["visual~female"] * answers["female"],
            value["textual~ageyr"] * answers["ageyr"] + value["textual~visual"] * eta[0],
        ]
        sd = np.sqrt([value["visual~~visual"], value["textual~~textual"]])
        out = norm.logpdf(eta, means, sd).sum()
        for i, name in enumerate(ORDERED):
            latent = "visual" if i < 3 else "textual"
            shift = value["x3~female"] * answers["female"] if name == "x3" else 0.0
            cuts = [-np.inf, *(value[f"{name}|t{k}"] for k in (1, 2, 3)), np.inf]
            mu, s = value[f"{latent}=~{name}"] * eta[i // 3] + shift, np.sqrt(value[f"{name}~~{name}"])
            c = int(answers[name])
            out += np.log(norm.cdf((cuts[c] - mu) / s) - norm.cdf((cuts[c - 1] - mu) / s))
        return float(-out)

    best = minimize(minus, scores[7] + 0.3, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12})
    assert scores[7] == pytest.approx(best.x, abs=1e-5)


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({}, {"ordered": [*ORDERED, "female"]}, "a predictor held fixed has no thresholds"),
        ({"female": 1.0}, {}, "the predictor 'female' has no variance"),
        ({"female": "ageyr"}, {}, "the predictors determine each other"),
        ({"female": "x1"}, {}, "tell the answers to 'x1' apart"),
    ],
)
def test_what_predictors_cannot_be(change: dict[str, Any], options: dict[str, Any], message: str) -> None:
    data = frame().assign(**{k: frame()[v] if isinstance(v, str) else v for k, v in change.items()})
    with pytest.raises(SurveykitError, match=message):
        fit(MODEL, data, **{"ordered": ORDERED, **options})


def test_rows_without_a_predictor_are_set_aside_and_counted() -> None:
    data = frame().astype({"x1": float})
    data.iloc[:10, data.columns.get_loc("ageyr")] = np.nan
    data.iloc[5:30, data.columns.get_loc("x1")] = np.nan
    assert fit(MODEL, data, ordered=ORDERED).n == 301 - 30
    assert fit(MODEL, data, ordered=ORDERED, missing="pairwise").n == 301 - 10
