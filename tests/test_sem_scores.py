"""Factor scores against lavaan 0.6-21, reliability of a measurement model against semTools 0.5-8."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import SurveykitError
from surveykit.model import Model
from surveykit.moments import Moments
from surveykit.sem import factor_scores, fit, reliability
from surveykit.sem.result import Fit
from surveykit.sem.solution import Solution
from tests.sem_data import HS, NAMES, TWO_FACTORS, holzinger, rows_of_two_factors

MEASUREMENT = "f1 =~ x1 + x2 + x3\nf2 =~ x4 + x5 + x6"


@pytest.mark.parametrize("method", ["regression", "bartlett"])
@pytest.mark.parametrize(
    ("case", "file"),
    [
        ("hs_cfa_ml", "HolzingerSwineford1939.csv"),
        ("pd_sem_ml", "PoliticalDemocracy.csv"),
        ("mobi_ecsi_ml", "mobi.csv"),  # with an item without error
    ],
)
def test_scores_are_those_of_lavaan(
    case: str, file: str, method: str, reference: Any, shared_data: Any
) -> None:
    stored = reference(case)
    frame = pd.read_csv(shared_data(file))[list(Model.parse(stored["model"]).observed)]
    mine = factor_scores(fit(stored["model"], frame), frame, method)
    head = stored[f"factor_scores_{method}_head"]
    assert list(mine.columns) == head["colnames"]
    assert mine.to_numpy()[:10] == pytest.approx(np.array(head["values"]), rel=1e-10, abs=1e-11)


def test_reliability_is_that_of_semtools(reference: Any, shared_data: Any) -> None:
    stored = reference("reliability_semtools")["results"]
    for key, case, file in (
        ("hs", "hs_cfa_ml", "HolzingerSwineford1939.csv"),
        ("mobi", "mobi_cfa_meas_ml", "mobi.csv"),
    ):
        text = reference(case)["model"]
        frame = pd.read_csv(shared_data(file))[list(Model.parse(text).observed)]
        found = {(r["term"], r["measure"]): r for r in reliability(fit(text, frame)).estimates.records()}
        old = stored[key]["reliability_deprecated"]
        table = dict(zip(old["rownames"], old["values"], strict=True))
        for i, construct in enumerate(old["colnames"]):
            assert found[construct, "omega"]["estimate"] == pytest.approx(table["omega3"][i], rel=1e-10)
            assert found[construct, "rho_c"]["estimate"] == pytest.approx(table["omega"][i], rel=1e-10)
            assert found[construct, "ave"]["estimate"] == pytest.approx(table["avevar"][i], rel=1e-10)


# --- without oracles ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    return pd.DataFrame(rows_of_two_factors(), columns=list(NAMES))


@pytest.fixture(scope="module")
def measured(answers: pd.DataFrame) -> Fit:
    return fit(MEASUREMENT, answers)


def test_reliability_of_the_schools_data() -> None:
    found = reliability(fit(HS, holzinger())).tidy().set_index(["term", "measure"])["estimate"]
    assert found["visual", "omega"] == pytest.approx(0.612004845875796, rel=1e-9)
    assert found["visual", "rho_c"] == pytest.approx(0.625317757621379, rel=1e-9)
    assert found["textual", "ave"] == pytest.approx(0.721016384233735, rel=1e-9)


def test_scores_have_the_moments_that_theory_gives(measured: Fit, answers: pd.DataFrame) -> None:
    """The sample's W S W' is near its model value; determinacy is the correlation with the construct."""
    scores = factor_scores(measured, answers)
    state = measured.solution.groups[0].state
    W = np.linalg.solve(state.Sigma, state.C[6:, :6].T).T
    assert np.cov(scores.to_numpy().T, bias=True) == pytest.approx(W @ measured.samples[0].S @ W.T, rel=1e-10)
    validity = reliability(measured).tables()["validity"].records()
    expected = np.sqrt(np.diagonal(W @ state.Sigma @ W.T) / np.diagonal(state.C)[6:])
    assert [r["determinacy"] for r in validity] == pytest.approx(expected, rel=1e-12)


def test_bartlett_scores_return_what_the_items_would_be_without_error(measured: Fit) -> None:
    group = measured.solution.groups[0]
    eta = np.array([[1.5, -0.5], [0.0, 2.0]])
    mean = measured.samples[0].mean
    assert mean is not None
    rows = pd.DataFrame(eta @ group.A[:6, 6:].T + mean, columns=list(NAMES))
    assert factor_scores(measured, rows, "bartlett").to_numpy() == pytest.approx(eta, abs=1e-10)


def test_rows_with_missing_items_are_scored_from_the_others(measured: Fit, answers: pd.DataFrame) -> None:
    holes = answers.copy()
    holes.loc[0, "x2"] = np.nan
    holes.loc[1, list(NAMES)] = np.nan
    holes.loc[2, ["x4", "x5", "x6"]] = np.nan
    scores, whole = factor_scores(measured, holes), factor_scores(measured, answers)
    assert scores.iloc[3:].to_numpy() == pytest.approx(whole.iloc[3:].to_numpy(), rel=1e-12)
    assert scores.iloc[1].isna().all()
    assert scores.iloc[[0, 2]].notna().to_numpy().all()
    state, mean = measured.solution.groups[0].state, measured.samples[0].mean
    assert mean is not None
    at = [0, 2, 3, 4, 5]
    left = np.linalg.solve(state.Sigma[np.ix_(at, at)], holes.iloc[0].to_numpy()[at] - mean[at])
    assert scores.iloc[0].to_numpy() == pytest.approx(state.C[6:, at] @ left, rel=1e-10)
    assert factor_scores(measured, holes, "bartlett").iloc[2].isna().all()  # f2 cannot be told


def test_groups_are_scored_with_their_own_means(answers: pd.DataFrame) -> None:
    both = pd.concat([answers, answers + 1.0], ignore_index=True)
    both["wave"] = ["a"] * len(answers) + ["b"] * len(answers)
    equal = ["loadings", "intercepts", "residuals"]
    result = fit(MEASUREMENT, both, group="wave", group_equal=equal)
    scores = factor_scores(result, both).to_numpy()
    means = result.tidy().query("op == '~1' and group == 'b' and lhs in ('f1', 'f2')")["estimate"].to_numpy()
    assert scores[: len(answers)].mean(axis=0) == pytest.approx([0, 0], abs=0.05)
    assert scores[len(answers) :].mean(axis=0) == pytest.approx(means, abs=0.1)


def test_errors_of_reliability_are_those_of_small_steps(measured: Fit) -> None:
    """Standard errors against central differences of the measures."""
    solution, table = measured.solution, measured.table

    def values(theta: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        moved = Solution.of(
            table, solution.variables, [g.block for g in solution.groups], theta, solution.vcov
        )
        out = []
        for c, at in ((6, slice(0, 3)), (7, slice(3, 6))):
            group = moved.groups[0]
            loadings, psi = group.A[at, c], group.state.C[c, c]
            Sigma = group.state.Sigma[at, at]
            out += [loadings.sum() ** 2 * psi / Sigma.sum(), (loadings**2).sum() * psi / np.trace(Sigma)]
        return np.array(out)

    step = 1e-5
    J = np.stack(
        [
            (values(measured.theta + e) - values(measured.theta - e)) / (2 * step)
            for e in step * np.eye(table.k)
        ]
    ).T
    expected = np.sqrt(np.diagonal(J @ measured.vcov @ J.T))
    rows = [r for r in reliability(measured).estimates.records() if r["measure"] != "omega"]
    assert [r["se"] for r in rows] == pytest.approx(expected, rel=1e-6)
    assert all(r["low"] < r["estimate"] < r["high"] for r in rows)


def test_what_has_no_reliability_or_scores(answers: pd.DataFrame) -> None:
    with pytest.raises(SurveykitError, match="paths between constructs"):
        reliability(fit(TWO_FACTORS, answers))
    with pytest.raises(SurveykitError, match="no constructs"):
        factor_scores(fit("x1 ~ x2", answers), answers)
    with pytest.raises(SurveykitError, match="not possible"):
        factor_scores(fit(MEASUREMENT, answers), answers, "mean")
    parts = {g: Moments.from_rows(answers.to_numpy(), list(NAMES)) for g in "ab"}
    with pytest.raises(SurveykitError, match="which column"):
        factor_scores(fit(MEASUREMENT, parts), answers)
