"""Constraints with ordered items, and with WLS of continuous ones: lavaan 0.6-14's numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from surveykit.errors import SurveykitError
from surveykit.sem import fit
from surveykit.sem.hypotheses import score_test, wald_test
from surveykit.sem.nested import likelihood_ratio

MODEL = """
visual =~ x1 + a*x2 + b*x3
textual =~ x4 + c*x5 + d*x6
speed =~ x7 + e*x8 + f*x9
"""
CONSTRAINTS = "a*b == 0.4\nc == d\ne > 1.2*f"
ITEMS = [f"x{i}" for i in range(1, 10)]


@pytest.mark.parametrize(
    ("method", "loadings", "errors", "chisq", "scaled"),
    [
        ("wlsmv", (0.531, 0.754, 1.058, 1.498, 1.248), (0.042, 0.060, 0.048, 0.204, 0.170), 51.911255, 69.319001),
        ("ulsmv", (0.535, 0.748, 1.021, 1.558, 1.299), (0.045, 0.063, 0.056, 0.236, 0.197), 56.252090, 67.326485),
        ("wls", (0.512, 0.781, 1.038, 1.404, 1.170), (0.033, 0.051, 0.041, 0.131, 0.110), 88.033191, None),
    ],
)  # fmt: skip
def test_constraints_of_ordered_items_are_lavaans(
    shared_data: Callable[[str], Any],
    method: str,
    loadings: tuple[float, ...],
    errors: tuple[float, ...],
    chisq: float,
    scaled: float | None,
) -> None:
    import pandas as pd

    found = fit(
        MODEL + CONSTRAINTS, pd.read_csv(shared_data("HS1939_ordered4.csv")), method=method, ordered=ITEMS
    )
    rows = found.tidy().set_index(["op", "rhs"]).loc["=~"].loc[["x2", "x3", "x5", "x8", "x9"]]
    assert rows["estimate"].tolist() == pytest.approx(list(loadings), abs=6e-4)  # printed with three digits
    assert rows["se"].tolist() == pytest.approx(list(errors), abs=6e-4)
    assert found.measures["df"] == 26  # an inequality that binds costs none
    assert found.measures["chisq"] == pytest.approx(chisq, rel=1e-6)
    if scaled is not None:
        assert found.measures["chisq_scaled"] == pytest.approx(scaled, rel=1e-6)
    assert "inequality constraints that bind: e > 1.2*f" in found.notes()
    assert rows.loc["x2", "estimate"] * rows.loc["x3", "estimate"] == pytest.approx(0.4, abs=1e-9)


def test_an_equation_is_the_same_as_a_label(shared_data: Callable[[str], Any]) -> None:
    import pandas as pd

    frame = pd.read_csv(shared_data("HS1939_ordered4.csv"))
    one, other = (
        fit(text, frame, ordered=ITEMS) for text in (MODEL + "c == d", MODEL.replace("d*x6", "c*x6"))
    )
    for name in ("chisq", "chisq_scaled", "chisq_scaling_factor", "df", "cfi_scaled", "srmr"):
        assert one.measures[name] == pytest.approx(other.measures[name], rel=1e-7)
    assert one.tidy()["se"].tolist() == pytest.approx(other.tidy()["se"].tolist(), rel=1e-6, abs=1e-9)
    scores = [score_test(f).tidy()["chisq"].iloc[-1] for f in (one, other)]
    assert scores[0] == pytest.approx(scores[1], rel=1e-6)
    indices = [f.modification_indices()["mi"].head(3).tolist() for f in (one, other)]
    assert indices[0] == pytest.approx(indices[1], rel=1e-6)


def test_wls_of_continuous_items(shared_data: Callable[[str], Any]) -> None:
    import pandas as pd

    found = fit(MODEL + CONSTRAINTS, pd.read_csv(shared_data("HolzingerSwineford1939.csv")), method="wls")
    rows = found.tidy().set_index(["op", "rhs"]).loc["=~"].loc[["x2", "x3", "x5", "x8", "x9"]]
    assert rows["estimate"].tolist() == pytest.approx([0.488, 0.819, 1.016, 1.169, 0.974], abs=6e-4)
    assert rows["se"].tolist() == pytest.approx([0.041, 0.068, 0.046, 0.099, 0.082], abs=6e-4)
    assert found.measures["chisq"] == pytest.approx(91.913, abs=6e-4)


def test_differences_with_constraints_are_refused_with_what_there_is(
    shared_data: Callable[[str], Any],
) -> None:
    import pandas as pd

    frame = pd.read_csv(shared_data("HS1939_ordered4.csv"))
    free, held = (fit(text, frame, ordered=ITEMS) for text in (MODEL, MODEL + "c == d"))
    with pytest.raises(SurveykitError) as caught:
        likelihood_ratio(free, held)
    assert "wald_test" in caught.value.hint
    assert wald_test(free, "c == d").tidy()["df"].tolist() == [1]
