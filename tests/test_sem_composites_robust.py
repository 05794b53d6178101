"""Composites with robust standard errors and tests: against lavaan, and against what is known of canonical correlations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from surveykit.errors import SurveykitError
from surveykit.model.matrices import vech_indices
from surveykit.moments import Moments
from surveykit.sem import fit
from tests.sem_data import holzinger

ONE = "C <~ x1 + x2 + x3\nx4 ~ C\nx5 ~ C\nx4 ~~ x5"
NAMES = [("C", "<~", "x2"), ("C", "<~", "x3"), ("x4", "~", "C"), ("x5", "~", "C"), ("x4", "~~", "x5")]


@pytest.mark.parametrize(
    ("method", "errors", "scaled", "factor", "baseline"),
    [
        # lavaan 0.6-14 with fixed.x = FALSE, where one unexplained composite is a phantom of random predictors
        ("mlm", (0.191, 0.159, 0.072, 0.072, 0.095), 2.5426426, 1.0031328, 241.1695292),
        ("mlr", (0.196, 0.174, 0.071, 0.076, 0.095), 2.80581373, 0.90904401, 248.77999154),
    ],
)
def test_robust_errors_of_one_composite_are_lavaans(
    shared_data: Callable[[str], Any],
    method: str,
    errors: tuple[float, ...],
    scaled: float,
    factor: float,
    baseline: float,
) -> None:
    import pandas as pd

    frame = pd.read_csv(shared_data("HolzingerSwineford1939.csv"))
    found = fit(ONE, frame, method=method)
    rows = found.tidy().set_index(["lhs", "op", "rhs"])
    assert rows.loc[NAMES, "se"].tolist() == pytest.approx(
        list(errors), abs=6e-4
    )  # printed with three digits
    assert found.measures["chisq_scaled"] == pytest.approx(scaled, rel=1e-6)
    assert found.measures["chisq_scaling_factor"] == pytest.approx(factor, rel=1e-6)
    assert found.measures["baseline_chisq_scaled"] == pytest.approx(baseline, rel=1e-6)


def normal_gamma(S: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Γ of [mean, vech S] of normal rows."""
    i, j = vech_indices(len(S))
    out = np.zeros((len(S) + len(i),) * 2)
    out[: len(S), : len(S)] = S
    out[len(S) :, len(S) :] = S[np.ix_(i, i)] * S[np.ix_(j, j)] + S[np.ix_(i, j)] * S[np.ix_(j, i)]
    return out


@pytest.mark.parametrize("method", ["mlm", "mlr"])
def test_the_correlation_of_two_composites_is_canonical(method: str) -> None:
    """Its standard error under normality is (1 − ρ²)/√n (Anderson 2003, ch. 12): T is estimated, not given."""
    sample = holzinger().select([f"x{i}" for i in range(1, 7)])
    S = np.asarray(sample.cov_ml)
    normal = Moments(sample.n, sample.cov, sample.mean, sample.names, gamma=normal_gamma(S))
    found = fit("A <~ x1 + x2 + x3\nB <~ x4 + x5 + x6\nA ~~ B", normal, method=method)
    cross = np.linalg.solve(S[:3, :3], S[:3, 3:]) @ np.linalg.solve(S[3:, 3:], S[3:, :3])
    rho = float(np.sqrt(np.linalg.eigvals(cross).real.max()))
    row = found.standardised().set_index(["lhs", "op", "rhs"]).loc[("A", "~~", "B")]
    assert abs(row["est"]) == pytest.approx(rho, rel=1e-8)
    # MLR's information is the observed one, which differs from its expectation where the model does not fit
    assert row["se"] == pytest.approx((1 - rho**2) / np.sqrt(sample.n), rel=1e-8 if method == "mlm" else 0.03)


def test_who_has_no_composites_says_what_has() -> None:
    for options in ({"missing": "fiml"}, {"method": "dwls"}, {"ordered": True}):
        with pytest.raises(SurveykitError) as caught:
            fit(ONE, holzinger(), **options)
        assert caught.value.code == "SEM_COMPOSITE"
        assert "two_stage" in str(caught.value) or "method='mlr'" in str(caught.value)


def test_designs_and_incomplete_rows(shared_data: Callable[[str], Any]) -> None:
    import pandas as pd

    frame = pd.read_csv(shared_data("HolzingerSwineford1939.csv"))
    plain = fit(ONE, frame, method="mlr", meanstructure=True)
    equal = fit(ONE, frame.assign(w=2.0), sampling_weights="w", meanstructure=True)
    # weights that are all the same are none
    ours, theirs = (f.tidy()[["estimate", "se"]].to_numpy() for f in (plain, equal))
    n = len(frame)
    assert ours[:, 0] == pytest.approx(theirs[:, 0], rel=1e-9)
    known = ours[:, 1] > 0
    assert (theirs[known, 1] / ours[known, 1]) == pytest.approx(np.sqrt(n / (n - 1)), rel=2e-3)
    holes = frame.copy()
    holes.loc[::7, "x1"] = np.nan
    staged = fit(ONE, holes, missing="two_stage")
    errors = staged.tidy().set_index(["lhs", "op", "rhs"]).loc[NAMES, "se"]
    whole = fit(ONE, frame, method="mlm").tidy().set_index(["lhs", "op", "rhs"]).loc[NAMES, "se"]
    # a seventh of one indicator is missing: never more precise on the whole, nor much less
    assert 0.95 < float((errors / whole).mean()) < 1.3
