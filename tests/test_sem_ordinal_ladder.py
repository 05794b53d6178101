"""Differences of χ² and the invariance ladder of ordered items, against lavaan 0.6-14 and theory.

The numbers of lavaan are those of ``lavTestLRT`` on the fits named, ``school`` as group; its search stops at gradients
near 1e-6, so that statistics agree to about 1e-6.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pytest

from surveykit.errors import SurveykitError
from surveykit.sem import Fit, fit, invariance, likelihood_ratio
from tests.sem_data import HS
from tests.test_sem_ordinal import ITEMS, ordered_holzinger

SCALAR = ("thresholds", "loadings", "intercepts")
RUNGS = {"configural": (), "scalar": SCALAR, "strict": (*SCALAR, "residuals")}


@lru_cache(maxsize=32)
def rung(name: str, method: str, form: str) -> Fit:
    equal = {**RUNGS, "means": (*RUNGS["strict" if form == "theta" else "scalar"], "means")}[name]
    found: Fit = fit(
        HS, ordered_holzinger(), group="school", ordered=True, method=method, parameterization=form,
        group_equal=equal, name=name,
    )  # fmt: skip
    return found


@pytest.mark.parametrize(
    ("method", "form", "general", "restricted", "df", "chisq"),
    [
        ("wlsmv", "delta", "scalar", "means", 3, 32.464976),
        ("wlsmv", "theta", "scalar", "strict", 9, 24.041099),
        ("wlsmv", "theta", "strict", "means", 3, 32.593597),
        ("wlsmvs", "theta", "scalar", "strict", 9, 24.041099),
        ("ulsmv", "delta", "scalar", "means", 3, 34.734605),
        ("ulsmv", "theta", "scalar", "strict", 9, 26.516727),
        ("wlsm", "theta", "scalar", "strict", 9, 25.147505),
        ("wls", "theta", "scalar", "strict", 9, 22.092100),
    ],
)
def test_differences_of_lavaan(
    method: str, form: str, general: str, restricted: str, df: int, chisq: float
) -> None:
    found = likelihood_ratio(rung(general, method, form), rung(restricted, method, form)).tidy().iloc[1]
    assert found["df_diff"] == df
    assert found["chisq_diff"] == pytest.approx(chisq, rel=2e-6)


def test_scaled_difference_at_the_restricted_estimates() -> None:
    fits = [rung(name, "wlsm", "theta") for name in ("scalar", "strict", "means")]
    found = likelihood_ratio(*fits, method="sb2010").tidy()["chisq_diff"]
    assert found[1] == pytest.approx(24.367408, rel=2e-6)
    assert found[2] == pytest.approx(35.505517, rel=2e-6)


def test_difference_does_not_depend_on_the_order_of_items() -> None:
    frame = ordered_holzinger()
    turned = "speed =~ x9 + x8 + x7\ntextual =~ x6 + x5 + x4\nvisual =~ x3 + x2 + x1\n"
    alike = turned + "visual ~~ 0*speed"
    one = likelihood_ratio(*(fit(m, frame, ordered=True) for m in (HS, HS + "visual ~~ 0*speed"))).tidy()
    two = likelihood_ratio(*(fit(m, frame, ordered=True) for m in (HS, alike))).tidy()
    assert two["chisq_diff"][1] == pytest.approx(one["chisq_diff"][1], rel=1e-7)


def test_continuous_least_squares_with_full_weight_differ_plainly() -> None:
    from semopy.examples import holzinger39

    frame = holzinger39.get_data()[ITEMS]
    free, tied = (fit(m, frame, method="wls") for m in (HS, HS + "textual ~~ 0*speed"))
    found = likelihood_ratio(free, tied).tidy().iloc[1]
    assert found["chisq_diff"] == pytest.approx(tied.measures["chisq"] - free.measures["chisq"])


@pytest.mark.parametrize("method", ["dwls", "wlsmv"])
def test_fits_that_cannot_be_compared(method: str) -> None:
    frame = ordered_holzinger()
    free = fit(HS, frame, ordered=True, method=method)
    if method == "dwls":
        other = fit(HS + "visual ~~ 0*speed", frame, ordered=True, method=method)
        message = "no known distribution"
    else:
        other = fit("visual =~ x1 + x2 + x3\n", frame, ordered=True)
        message = "observed variables"
    with pytest.raises(SurveykitError, match=message):
        likelihood_ratio(free, other)


def test_the_ladder_of_ordered_items() -> None:
    found = invariance(HS, ordered_holzinger(), group="school", ordered=True)
    table = found.tidy()
    # 9 factors and 9 intercepts against 27 thresholds; 6 loadings; 6 intercepts against 3 means; 9; 3
    assert table["df"].tolist() == [48, 57, 63, 69, 78, 81]
    assert table["model"].tolist() == ["configural", "thresholds", "metric", "scalar", "strict", "means"]
    assert table["chisq_diff"][4] == pytest.approx(24.041099, rel=2e-6)
    assert table["holds"].tolist() == [None, True, True, False, True, False]
    assert found.facts["supported"] == "metric"
    assert any("theta parameterization" in note for note in found.notes())
    assert found.tables()["latent_means"].frame()["construct"].tolist() == ["visual", "textual", "speed"]


def test_what_is_released_is_free() -> None:
    partial: dict[str, Any] = {"group_partial": ["x3|t2", "x7~1", "x1~~x1"]}
    found = invariance(HS, ordered_holzinger(), group="school", ordered=True, **partial)
    assert found.tidy()["df"].tolist() == [48, 56, 62, 67, 75, 78]


def test_categories_decide_which_steps_there_are() -> None:
    frame = ordered_holzinger()
    three = frame.assign(**{name: frame[name].clip(upper=3) for name in ITEMS})
    found = invariance(HS, three, group="school", ordered=True, parameterization="delta")
    assert found.tidy()["model"].tolist() == ["configural", "metric", "scalar", "means"]
    assert sum(note.startswith("no step") for note in found.notes()) == 2
    with pytest.raises(SurveykitError, match="thresholds"):
        invariance(HS, three, group="school", ordered=True, steps=["configural", "thresholds"])
    with pytest.raises(SurveykitError, match="only ordered items"):
        invariance(HS, frame, group="school", steps=["configural", "thresholds"])


def test_binary_items_climb_in_one_step_and_say_why_another_has_no_end() -> None:
    """lavaan 0.6-14 finds no solution of the scalar model either."""
    frame = ordered_holzinger()
    frame[ITEMS] = (frame[ITEMS] > 2).astype(int)
    two = HS.split("speed")[0]
    found = invariance(two, frame, group="school", ordered=True, steps=["configural", "strict", "means"])
    assert found.tidy()["df"].tolist() == [16, 24, 26]
    assert any("two categories" in note for note in found.choices)
    with pytest.raises(SurveykitError, match="the scalar model") as caught:
        invariance(two, frame, group="school", ordered=True)
    assert "steps=['configural', 'strict']" in str(caught.value)
