"""Ordered items with sampling weights, with answers missing, and with predictors.

Numbers of lavaan 0.6-14 (``sampling.weights``, ``missing = "pairwise"``): χ², scaled χ², scaled RMSEA, then estimate and
standard error of ``visual =~ x2`` and ``visual ~~ textual``. Its search and its polychoric correlations leave about 1e-6.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import SurveykitError
from surveykit.responses import read
from surveykit.sem import Fit, fit, likelihood_ratio
from tests.sem_data import HS
from tests.test_sem_ordinal import ITEMS, ordered_holzinger

CONTINUOUS = ["x2", "x5", "x7"]
SOME = [name for name in ITEMS if name not in CONTINUOUS]
WANTED = {
    "w2": (25.659115, 42.021731, 0.0500302, (0.5896054, 0.1007963), (0.2846966, 0.0548741)),
    "ulsw": (33.077666, 39.522987, 0.0464324, (0.4015775, 0.1279234), (0.8601021, 0.2722488)),
    "mixw": (27.19358, 46.237513, 0.0555747, (0.5915588, 0.1146548), (0.2728254, 0.0554167)),
    "pair": (32.01784, 45.158529, 0.0542096, (0.6381725, 0.1124954), (0.2764811, 0.051907)),
    "pairuls": (49.20643, 44.62692, 0.0535243, (0.457138, 0.1651996), (0.8085978, 0.2775639)),
    "pairmix": (32.48826, 48.556244, 0.0584003, (0.6356942, 0.1383986), (0.2686451, 0.0533508)),
}


@lru_cache(maxsize=1)
def answers() -> pd.DataFrame:
    frame: pd.DataFrame = ordered_holzinger()
    frame["w"] = np.array([0.5, 1.0, 2.0])[(np.arange(len(frame)) + 1) % 3]
    return frame


def mixed() -> pd.DataFrame:
    from semopy.examples import holzinger39

    return answers().assign(**{name: holzinger39.get_data()[name].to_numpy() for name in CONTINUOUS})


def with_holes(frame: pd.DataFrame, shared_data: Any) -> pd.DataFrame:
    gone = pd.read_csv(shared_data("HS1939_missing15.csv"))[ITEMS].isna()
    return frame.assign(**{name: frame[name].astype(float).mask(gone[name].to_numpy()) for name in ITEMS})


def compare(found: Fit, case: str) -> None:
    chisq, scaled, rmsea, *rows = WANTED[case]
    assert found.measures["chisq"] == pytest.approx(chisq, rel=2e-6)
    assert found.measures["chisq_scaled"] == pytest.approx(scaled, rel=2e-6)
    assert found.measures["rmsea_scaled"] == pytest.approx(rmsea, rel=5e-6)
    tidy = found.tidy()
    tidy.index = tidy["lhs"] + tidy["op"] + tidy["rhs"]
    for name, (estimate, se) in zip(("visual=~x2", "visual~~textual"), rows, strict=True):
        assert tidy.loc[name, "estimate"] == pytest.approx(estimate, rel=5e-6)
        assert tidy.loc[name, "se"] == pytest.approx(se, rel=5e-6)


def test_sampling_weights_as_in_lavaan() -> None:
    compare(fit(HS, answers(), ordered=ITEMS, sampling_weights="w"), "w2")
    compare(
        fit(HS, answers(), ordered=ITEMS, sampling_weights="w", method="ulsmv", parameterization="theta"),
        "ulsw",
    )


def test_sampling_weights_with_continuous_items_as_in_lavaan() -> None:
    compare(fit(HS, mixed(), ordered=SOME, sampling_weights="w"), "mixw")


def test_pairwise_deletion_as_in_lavaan(shared_data: Any) -> None:
    frame = with_holes(answers(), shared_data)
    found = fit(HS, frame, ordered=ITEMS, missing="pairwise")
    compare(found, "pair")
    assert (found.n, found.options.missing) == (301, "pairwise")
    assert any("pairwise" in note for note in found.notes())
    options = {"missing": "pairwise", "method": "ulsmv", "parameterization": "theta"}
    compare(fit(HS, frame, ordered=ITEMS, **options), "pairuls")


def test_pairwise_deletion_with_continuous_items_as_in_lavaan(shared_data: Any) -> None:
    compare(fit(HS, with_holes(mixed(), shared_data), ordered=SOME, missing="pairwise"), "pairmix")


def test_complete_rows_are_all_pairs() -> None:
    for frame, names in ((answers(), ITEMS), (mixed(), SOME)):
        plain, pairwise = (fit(HS, frame, ordered=names, missing=m) for m in ("listwise", "pairwise"))
        assert pairwise.theta == pytest.approx(plain.theta, rel=1e-9)
        assert pairwise.vcov == pytest.approx(plain.vcov, rel=1e-7, abs=1e-12)


def test_even_weights_are_none_and_whole_ones_are_copies() -> None:
    frame = answers().assign(even=3.0, twice=1 + np.arange(301) % 2)
    plain, even = fit(HS, frame, ordered=ITEMS), fit(HS, frame, ordered=ITEMS, sampling_weights="even")
    assert even.vcov == pytest.approx(plain.vcov, rel=1e-9, abs=1e-14)
    copies = frame.loc[frame.index.repeat(frame["twice"])].reset_index(drop=True)
    weighted = fit(HS, frame, ordered=ITEMS, sampling_weights="twice", method="ulsmv")
    assert weighted.theta == pytest.approx(
        fit(HS, copies, ordered=ITEMS, method="ulsmv").theta, rel=1e-7, abs=1e-8
    )


def test_weights_that_answers_bring_are_used_and_said() -> None:
    found = fit(HS, read(answers(), weight="w"), ordered=ITEMS)
    compare(found, "w2")
    assert any("sampling weights w" in note for note in found.notes())
    assert "DESIGN_UNUSED" not in {check.code for check in found.checks}


def test_a_weighted_difference_of_chi_squares() -> None:
    free, tied = (
        fit(m, answers(), ordered=ITEMS, sampling_weights="w") for m in (HS, HS + "textual ~~ 0*speed")
    )
    assert 0 < likelihood_ratio(free, tied).tidy()["p"][1] < 1


def test_items_never_answered_together() -> None:
    frame = answers().astype(dict.fromkeys(ITEMS, float))
    frame.loc[:150, "x1"], frame.loc[151:, "x2"] = np.nan, np.nan
    with pytest.raises(SurveykitError, match="hardly ever answered by the same people"):
        fit(HS, frame, ordered=ITEMS, missing="pairwise")
    with pytest.raises(SurveykitError, match="for ordered items"):
        fit(HS, frame, missing="pairwise")
