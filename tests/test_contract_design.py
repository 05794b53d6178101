"""What every entry of the registries does with weights and a survey design; nothing ignores them in silence.

(a) Whole-number weights give the estimates of repeated rows. (b) The scale of the weights changes nothing. (c) Clusters of
people who are alike change the standard errors, or the entry says why not.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from surveykit.analyses import _catalogue as analyses_catalogue
from surveykit.analyses import analyse
from surveykit.questionnaire import Questionnaire
from surveykit.responses import read
from surveykit.scoring import score
from surveykit.scoring._verb import _catalogue as metrics_catalogue
from surveykit.sem import fit

CHAIN = "sat =~ s1 + s2 + s3\nloy =~ y1 + y2 + y3\nloy ~ sat"
FEW: dict[str, Any] = {"bootstrap": 0}
ANALYSES: dict[str, tuple[dict[str, Any], ...]] = {
    "banner": ({"rows": ["s1", "buys", "media", "sat"], "banner": ["area", "buys"]},),
    "cfa": ({"model": CHAIN},),
    "correlation": (
        {"items": ["s1", "y1"]},
        {"items": ["s1", "y1"], "method": "spearman", "controls": ["s2"]},
        {"items": ["s1", "y1"], "method": "kendall"},
    ),
    "crosstab": ({"rows": "buys", "columns": "area"},),
    "descriptives": ({"items": ["s1", "y1"]}, {"items": ["s1"], "by": "area"}),
    "drivers": ({"outcome": "y1", "predictors": ["s1", "s2", "s3"]},),
    "early_late": ({"items": ["s1"]},),
    "frequencies": ({"items": ["buys", "media"]}, {"items": ["media"], "by": "area"}),
    "invariance": ({"model": "sat =~ s1 + s2 + s3 + y1", "by": "area"},),
    "item_audit": ({},),
    "local_fit": ({"model": CHAIN},),
    "logit": ({"outcome": "yes", "predictors": ["s1", "s2"]},),
    "mediation": ({"predictor": "s1", "mediators": ["s2"], "outcome": "y1"},),
    "missingness": ({"items": ["s1", "gap"]},),
    "trend": ({"rows": ["s1", "buys"], "wave": "area"},),
    "nonlinear": ({"outcome": "y1", "predictor": "s1", "bootstrap": 99},),
    "nps_test": ({"item": "nps", "by": "area"}, {"item": "nps", "other": "nps2"}),
    "ordinal": ({"outcome": "buys3", "predictors": ["s1", "s2"]},),
    "power": (),
    "quality": ({},),
    "regression": ({"outcome": "y1", "predictors": ["s1", "s2"]},),
    "reliability": ({},),
}
METRICS: dict[str, dict[str, Any]] = {
    "ces": {"item": "ces"},
    "csat": {"item": "s1"},
    "index": {"items": ["s1", "s2"], "weights": {"s1": 2, "s2": 1}},
    "loyalty": {"dimensions": {"a": ["y1", "y2"], "b": ["y3"]}},
    "mean": {"construct": "sat"},
    "nps": {"item": "nps"},
}
NO_ANSWERS = {"power": "plans a study: it draws its own answers from the model"}
OPEN_ESTIMATES = {"invariance", "local_fit", "nonlinear"}
"""Their rows are differences of fit, residuals or searches whose correction for n counts rows."""
QUESTIONS = {
    "id": "q",
    "title": "T",
    "scales": {"ten": {"min": 1, "max": 10}, "nps": {"min": 0, "max": 10}, "seven": {"min": 1, "max": 7}},
    "items": {
        **{f"{k}{i}": {"text": f"{k}{i}", "scale": "ten"} for k in "sy" for i in (1, 2, 3)},
        "nps": {"text": "Recommend", "scale": "nps"},
        "nps2": {"text": "Recommend us", "scale": "nps"},
        "ces": {"text": "Effort", "scale": "seven"},
        "buys": {"text": "Buys", "type": "single", "options": {"often": "Often", "never": "Never"}},
        "media": {"text": "Media", "type": "multi", "options": {"tv": "TV", "net": "Net"}},
        "area": {"text": "Area", "type": "single", "options": {"n": "North", "s": "South"}},
    },
    "constructs": {"sat": {"items": ["s1", "s2", "s3"]}, "loy": {"items": ["y1", "y2", "y3"]}},
}


def _frame() -> pd.DataFrame:
    rng = np.random.Generator(np.random.Philox(key=5))
    n, size = 180, 9
    cluster = np.repeat(np.arange(n // size), size)
    place = np.arange(n) % size
    f = rng.normal(size=n) + 1.5 * rng.normal(size=n // size)[cluster]
    g = 0.6 * f + rng.normal(size=n) + rng.normal(size=n // size)[cluster]

    def scale(x: np.ndarray, low: int, high: int) -> np.ndarray:
        return np.clip(np.round((low + high) / 2 + x * (high - low) / 7), low, high)

    noise = rng.normal(size=(n, 12)) + 0.8 * rng.normal(size=(n // size, 12))[cluster]
    frame = pd.DataFrame({f"s{i}": scale(f + noise[:, i], 1, 10) for i in (1, 2, 3)})
    for i in (1, 2, 3):
        frame[f"y{i}"] = scale(g + noise[:, i + 3], 1, 10)
    frame["nps"], frame["nps2"] = scale(g + noise[:, 7], 0, 10), scale(f + noise[:, 8], 0, 10)
    frame["ces"] = scale(f + noise[:, 9], 1, 7)
    frame["buys"] = np.where(g + noise[:, 10] > 0, "often", "never")
    frame["media"] = np.select([f > 1, f > 0, f > -1], ["TV;Net", "TV", "Net"], "TV")
    frame["area"] = np.where(place % 2 == 0, "n", "s")
    frame["yes"] = (f + g + noise[:, 11] > 0).astype(int)
    frame["buys3"] = 1.0 + (g > -0.7) + (g > 0.9)
    frame["gap"] = np.where(rng.random(n) < 0.2, np.nan, frame.s1)
    frame["cluster"] = cluster
    frame["stratum"] = cluster % 3
    frame["w"] = np.tile([1, 2, 3], n // 3)  # each end of the order carries its share of the weight
    return frame


FRAME = _frame()
KEEP = ("cluster", "stratum", "yes", "buys3", "gap", "one")


@pytest.fixture(scope="module")
def questionnaire() -> Questionnaire:
    import json

    return Questionnaire.from_text(json.dumps(QUESTIONS))


def _read(q: Questionnaire, frame: pd.DataFrame, **design: Any) -> Any:
    return read(frame, q, keep=[c for c in KEEP if c in frame], **design)


@pytest.fixture(scope="module")
def samples(questionnaire: Questionnaire) -> dict[str, Any]:
    repeated = FRAME.loc[FRAME.index.repeat(FRAME.w)].reset_index(drop=True).drop(columns="w")
    return {
        "weighted": _read(questionnaire, FRAME, weight="w"),
        "rescaled": _read(questionnaire, FRAME.assign(w=FRAME.w * 7.3), weight="w"),
        "repeated": _read(questionnaire, repeated),
        "clustered": _read(questionnaire, FRAME, weight="w", clusters="cluster"),
        "stratified": _read(questionnaire, FRAME, weight="w", clusters="cluster", strata="stratum"),
    }


CASES = [(name, i) for name, cases in ANALYSES.items() for i in range(len(cases))]


def test_every_entry_of_the_registries_has_a_case():
    assert {e.id for e in analyses_catalogue()} == set(ANALYSES)
    assert {e.id for e in metrics_catalogue()} == set(METRICS)
    assert {n for n, cases in ANALYSES.items() if not cases} == set(NO_ANSWERS)


def _same(a: pd.DataFrame, b: pd.DataFrame, columns: list[str], tolerance: float) -> None:
    for column in columns:
        x, y = (t[column].to_numpy(dtype=float) for t in (a, b))
        np.testing.assert_allclose(x, y, rtol=tolerance, atol=tolerance, err_msg=column)


def _few(name: str, options: dict[str, Any]) -> dict[str, Any]:
    return options | (FEW if name in ("drivers", "mediation", "reliability") else {})


@pytest.mark.parametrize(("name", "case"), [c for c in CASES if c[0] not in OPEN_ESTIMATES])
def test_weights_are_repeated_rows(samples, name, case):
    entry = analyses_catalogue().get(name)
    options = _few(name, ANALYSES[name][case])
    weighted, repeated = (analyse(samples[k], name, **options) for k in ("weighted", "repeated"))
    if entry.extra.get("rows_as_they_are"):
        assert any("weights and design do not enter" in note for note in weighted.notes())
        return
    # iterated estimates stop within 1e-8 of the maximum
    _same(weighted.tidy(), repeated.tidy(), ["estimate"], 1e-6 if name == "cfa" else 1e-9)


@pytest.mark.parametrize(("name", "case"), CASES)
def test_the_scale_of_the_weights_changes_nothing(samples, name, case):
    options = _few(name, ANALYSES[name][case])
    a, b = (analyse(samples[k], name, **options).tidy() for k in ("weighted", "rescaled"))
    numbers = [c for c in a.select_dtypes("number") if c != "weighted"]
    _same(a, b, numbers, 1e-6)


@pytest.mark.parametrize(("name", "case"), CASES)
def test_a_design_changes_the_errors_or_says_why_not(samples, name, case):
    entry = analyses_catalogue().get(name)
    options = dict(ANALYSES[name][case])
    if "bootstrap" in getattr(entry.options, "model_fields", {}):
        options["bootstrap"] = 99
    plain, drawn = (analyse(samples[k], name, **options) for k in ("weighted", "clustered"))
    if entry.extra.get("rows_as_they_are"):
        assert any("weights and design do not enter" in note for note in drawn.notes())
        return
    if any(c.code == "DESIGN_UNUSED" for c in drawn.checks):
        return
    a, b = (t.tidy()["se"].to_numpy(dtype=float) for t in (plain, drawn))
    if name == "invariance":  # its rows are tests
        a, b = (t.tidy().select_dtypes("number").to_numpy(dtype=float).ravel() for t in (plain, drawn))
    known = np.isfinite(a) & np.isfinite(b) & (a > 0)
    assert known.any(), "no standard error"
    assert (np.abs(b[known] / a[known] - 1) > 1e-3).any(), "the standard errors ignore the clusters"


@pytest.mark.parametrize("name", METRICS)
def test_scores_take_weights_and_design(samples, name):
    found = {k: score(samples[k], name, **METRICS[name]).tidy() for k in samples}
    _same(found["weighted"], found["repeated"], ["estimate"], 1e-12)
    _same(found["weighted"], found["rescaled"], ["estimate", "se", "low", "high", "n_eff", "deff"], 1e-9)
    assert (found["clustered"].se > 1.05 * found["weighted"].se).all()
    assert (found["clustered"].deff > 1.05 * found["weighted"].deff).all()
    assert not np.allclose(found["clustered"].se, found["stratified"].se)


@pytest.mark.parametrize(
    "method", ["ml", "mlr", "mlm", "gls", "uls", "fiml", "wlsmv", "dwls", "pls", "plsc", "ml_bootstrap"]
)
def test_models_take_weights_and_design_or_say_so(samples, method):
    options: dict[str, Any] = {"method": method}
    if method == "ml_bootstrap":
        options = {"method": "ml", "bootstrap": 60}
    if method in ("pls", "plsc"):
        options["bootstrap"] = 60
    if method == "wlsmv":
        options["ordered"] = True
    found = {k: fit(CHAIN, samples[k], **options) for k in ("weighted", "repeated", "rescaled", "clustered")}
    about = {a for c in found["clustered"].checks if c.code == "DESIGN_UNUSED" for a in c.about}
    if method in ("ml", "mlr", "pls", "plsc", "ml_bootstrap"):
        assert not about
    if method == "wlsmv":
        assert about == {"clusters"}
    key = ["lhs", "op", "rhs"]
    tables = {k: v.tidy().set_index(key)[["estimate", "se"]] for k, v in found.items()}
    known = tables["repeated"].index.intersection(tables["weighted"].index)
    at = {k: t.loc[known].to_numpy(dtype=float) for k, t in tables.items()}
    if "weights" not in about:
        # variances have the divisor n - 1 of 180 and of 360 rows under some methods
        np.testing.assert_allclose(at["weighted"][:, 0], at["repeated"][:, 0], rtol=4e-3, atol=4e-3)
        np.testing.assert_allclose(at["weighted"][:, 0], at["rescaled"][:, 0], rtol=1e-5, atol=1e-6)
    if "clusters" not in about:
        a, b = at["weighted"][:, 1], at["clustered"][:, 1]
        seen = np.isfinite(a) & np.isfinite(b) & (a > 0)
        assert seen.any()
        assert float(np.median(b[seen] / a[seen])) > 1.05
