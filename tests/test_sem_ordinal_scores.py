"""Factor scores of ordered items, against lavaan's ``lavPredict`` and against what a mode must be.

lavaan 0.6-14 stops its search for each respondent early (about 1e-4). Under theta its scores are no multiple of those under
delta, which they must be, so only delta is compared.
"""

from __future__ import annotations

import numpy as np
import pytest

from surveykit.errors import SurveykitError
from surveykit.sem import factor_scores, fit
from tests.sem_data import HS
from tests.test_sem_ordinal import ITEMS, ordered_holzinger
from tests.test_sem_ordinal_rows import SOME, mixed


def test_scores_of_lavaan() -> None:
    frame = ordered_holzinger()
    scores = factor_scores(fit(HS, frame, ordered=True), frame).to_numpy()
    wanted = [
        [-0.709169680, 0.267002102, 0.084430272],
        [0.046521126, -0.912527191, 0.421807017],
    ]
    assert scores[:2] == pytest.approx(np.array(wanted), abs=3e-4)


def test_scores_with_continuous_items_as_in_lavaan() -> None:
    scores = factor_scores(fit(HS, mixed(), ordered=SOME), mixed()).to_numpy()
    assert scores[0] == pytest.approx([-0.794372977, 0.174157883, 0.060415814], abs=3e-4)


def test_scores_only_change_their_unit_with_the_parameterisation() -> None:
    frame = ordered_holzinger()
    delta, theta = (
        factor_scores(fit(HS, frame, ordered=True, parameterization=form), frame).to_numpy()
        for form in ("delta", "theta")
    )
    ratio = theta / delta
    assert ratio == pytest.approx(np.tile(ratio[0], (len(frame), 1)), rel=1e-5)


def test_a_score_is_the_mode() -> None:
    from scipy.special import ndtr

    frame = ordered_holzinger()
    found = fit("f =~ x1 + x2 + x3", frame, ordered=True)
    group = found.solution.groups[0]
    score = factor_scores(found, frame)["f"].to_numpy()
    grid = np.linspace(-2, 2, 40_001)
    density = -0.5 * grid**2 / group.state.C[3, 3]
    for i, name in enumerate(ITEMS[:3]):
        cuts = np.array([-np.inf, *(group.cuts[name, f"t{k}"] for k in (1, 2, 3)), np.inf])
        c, sd = int(frame[name].iloc[0]), np.sqrt(group.S[i, i])
        mu = group.A[i, 3] * grid
        density = density + np.log(ndtr((cuts[c] - mu) / sd) - ndtr((cuts[c - 1] - mu) / sd))
    assert score[0] == pytest.approx(grid[density.argmax()], abs=1e-4)


def test_what_is_missing_says_nothing() -> None:
    frame = ordered_holzinger().astype(dict.fromkeys(ITEMS, float))
    found = fit(HS, frame, ordered=ITEMS)
    frame.iloc[0, :3], frame.iloc[1, :9] = np.nan, np.nan
    scores = factor_scores(found, frame)
    assert scores.iloc[1].isna().all()
    assert scores.iloc[0].notna().all()
    assert abs(scores.iloc[0]["visual"]) < 0.5


def test_scores_that_cannot_be() -> None:
    frame = ordered_holzinger()
    found = fit(HS, frame, ordered=True)
    with pytest.raises(SurveykitError, match="did not see"):
        factor_scores(found, frame.assign(x1=9))


def test_few_categories_taken_as_continuous_are_noted() -> None:
    frame = ordered_holzinger()
    noted = [c for c in fit(HS, frame).checks if c.code == "FEW_CATEGORIES"]
    assert len(noted) == 1
    assert noted[0].level == "note"
    assert "x1, x2" in noted[0].texts["en"]
    assert "FEW_CATEGORIES" not in {c.code for c in fit(HS, frame, ordered=True).checks}
    assert "FEW_CATEGORIES" not in {
        c.code for c in fit(HS, frame[ITEMS] + 0.1 * np.arange(301)[:, None]).checks
    }


def test_bartlett_scores_of_ordered_items_have_a_reason_not_to_be() -> None:
    frame = ordered_holzinger()
    found = fit(HS, frame, ordered=True)
    with pytest.raises(SurveykitError, match="infinite for who chose the first or the last category"):
        factor_scores(found, frame, method="bartlett")
    same = factor_scores(found, frame, method="ebm").to_numpy()
    assert (same == factor_scores(found, frame).to_numpy()).all()
    with pytest.raises(SurveykitError, match="'ebm' is for ordered items"):
        factor_scores(fit(HS, frame), frame, method="ebm")
