"""Constraints: the same as equal labels where they say the same, obeyed exactly, and lavaan's where they bend."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import SurveykitError
from surveykit.sem import fit, score_test, wald_test
from tests.sem_data import HS, TWO_FACTORS, holzinger, rows_of_two_factors, sample


def holzinger_rows() -> pd.DataFrame:
    """The answers themselves, with the school."""
    from semopy.examples import holzinger39

    frame: pd.DataFrame = holzinger39.get_data()
    return frame[[f"x{i}" for i in range(1, 10)] + ["school"]]


LABELLED = HS.replace("x2 + x3", "a*x2 + b*x3")


def test_an_equality_is_the_same_as_one_label() -> None:
    written = fit(LABELLED + "a == b", holzinger())
    shared = fit(HS.replace("x2 + x3", "a*x2 + a*x3"), holzinger())
    assert written.measures["chisq"] == pytest.approx(shared.measures["chisq"], rel=1e-12)
    assert written.measures["df"] == shared.measures["df"] == 25
    for column in ("estimate", "se", "std"):
        ours = written.tidy().query("op != '=='")[column].tolist()
        assert ours == pytest.approx(shared.tidy()[column].tolist(), rel=1e-8)


def test_a_sum_is_obeyed_and_costs_one_parameter() -> None:
    result = fit(LABELLED + "a + 2*b == 2", holzinger())
    rows = {r["label"]: r for r in result.tidy().to_dict("records") if r["label"]}
    assert rows["a"]["estimate"] + 2 * rows["b"]["estimate"] == pytest.approx(2, abs=1e-12)
    # what is fixed together moves together: var(a) = 4 var(b)
    assert rows["a"]["se"] == pytest.approx(2 * rows["b"]["se"], rel=1e-9)
    assert result.measures["df"] == 25
    assert result.measures["npar"] == 20


def test_a_constraint_can_identify() -> None:
    # two indicators and free loadings: one constraint is needed, and enough with the variance fixed
    text = "f1 =~ NA*x1 + a*x1 + b*x2 + x3\nf2 =~ x4 + x5 + x6\na + b == 2"
    rows = rows_of_two_factors()
    constrained, marker = fit(text, sample(rows)), fit(TWO_FACTORS.replace("f2 ~ f1", ""), sample(rows))
    assert constrained.measures["chisq"] == pytest.approx(marker.measures["chisq"], rel=1e-10)
    with pytest.raises(SurveykitError) as caught:
        fit(text.replace("a + b == 2", ""), sample(rows))
    assert caught.value.code == "SEM_NOT_IDENTIFIED"


def test_effect_coding_only_changes_the_scale() -> None:
    plain, coded = fit(HS, holzinger()), fit(HS, holzinger(), effect_coding=True)
    assert coded.measures["chisq"] == pytest.approx(plain.measures["chisq"], rel=1e-11)
    loadings = coded.tidy().query("op == '=~' and lhs == 'visual'")["estimate"]
    assert loadings.mean() == pytest.approx(1, abs=1e-12)
    assert np.allclose(coded.std.values, plain.std.values, rtol=1e-9)


# Debian's lavaan 0.6-14 on the same answers, polished (rel.tol 1e-14): χ² to 6 digits, estimates to 5 where its optimiser
# under constraints stops. A constraint that binds costs no degree of freedom there, and so here.
BENT = {
    "a*b == 0.5": (85.78151, 25, (0.62369, 0.80168), (0.05308, 0.06823)),
    "a == b^2": (85.32683, 25, (0.55194, 0.74293), (0.09742, 0.06556)),
    "a < 0.4": (87.53951, 24, (0.4, 0.64447), (0.0, 0.09594)),
    "a > 0.3": (85.30552, 24, (0.55350, 0.72937), (0.09967, 0.10911)),
    "b < a": (87.97051, 24, (0.64850, 0.64850), (0.08817, 0.08817)),
    "exp(a) == 1.5\nb > 0.9": (92.82899, 25, (0.40547, 0.9), (0.0, 0.0)),
    "c := a + b\nc == 1\na > 0.6": (101.78604, 25, (0.6, 0.4), (0.0, 0.0)),
}


@pytest.mark.parametrize("constraint", BENT)
def test_curved_constraints_and_inequalities_are_those_of_lavaan(constraint: str) -> None:
    result = fit(LABELLED + constraint, holzinger())
    chisq, df, estimates, errors = BENT[constraint]
    assert result.measures["chisq"] == pytest.approx(chisq, abs=6e-6)
    assert result.measures["df"] == df
    rows = result.tidy().set_index("label")
    assert rows.loc[["a", "b"], "estimate"].tolist() == pytest.approx(estimates, abs=6e-6)
    assert rows.loc[["a", "b"], "se"].tolist() == pytest.approx(errors, abs=6e-6)
    assert result.gradient < 1e-9


@pytest.mark.parametrize(
    ("method", "chisq", "estimate", "se"),
    [
        ("gls", 78.59414, 0.60631, 0.05884),
        # lavaan 0.6-14 has other standard errors and tests under ULS; its estimates are these
        ("uls", None, 0.63779, None),
        ("mlm", 80.7714, 0.62369, 0.04637),
        ("mlr", 85.2063, 0.62369, 0.04204),
    ],
)
def test_every_continuous_estimator_takes_them(
    method: str, chisq: float | None, estimate: float, se: float | None
) -> None:
    result = fit(LABELLED + "a*b == 0.5", holzinger_rows(), method=method)
    rows = result.tidy().set_index("label")
    assert rows.loc["a", "estimate"] == pytest.approx(estimate, abs=6e-6)
    if se is not None:
        assert rows.loc["a", "se"] == pytest.approx(se, abs=6e-6)
        name = "chisq_scaled" if method.startswith("ml") else "chisq"
        assert result.measures[name] == pytest.approx(chisq, abs=6e-4)


def test_constraints_across_groups() -> None:
    # lavaan 0.6-14: χ² 118.7608 at 49 df
    text = HS.replace("x2 + x3", "c(a1,a2)*x2 + c(b1,b2)*x3") + "a1*b1 == a2*b2\na1 > 0.8*a2\nd := a1 - a2"
    result = fit(text, holzinger_rows(), group="school")
    assert result.measures["chisq"] == pytest.approx(118.7608, abs=6e-5)
    assert result.measures["df"] == 49
    rows = result.tidy().set_index("label")
    product = [rows.loc[f"a{g}", "estimate"] * rows.loc[f"b{g}", "estimate"] for g in (1, 2)]
    assert product[0] == pytest.approx(product[1], abs=1e-12)
    assert rows.loc["d", "se"] == pytest.approx(0.09922, abs=6e-6)
    assert "no inequality constraint binds" in result.notes()


def test_contradictions_are_said() -> None:
    for constraint in ("a == 1\na == 2", "a*a == -1", "a*b == 1\na*b == 2"):
        with pytest.raises(SurveykitError) as caught:
            fit(LABELLED + constraint, holzinger())
        assert caught.value.code == "SEM_CONSTRAINT"


def test_what_the_population_obeys_is_found_again() -> None:
    # Σ(θ) in, θ out, where a·b = 0.48 holds in the population and binds nothing
    rows = rows_of_two_factors()
    free = fit(TWO_FACTORS.replace("x2 + x3", "a*x2 + b*x3"), sample(rows))
    values = free.tidy().set_index("label")["estimate"]
    told = f"a*b == {float(values['a'] * values['b'])!r}"
    held = fit(TWO_FACTORS.replace("x2 + x3", "a*x2 + b*x3") + "\n" + told, sample(rows))
    assert held.tidy()["estimate"].iloc[:-1].tolist() == pytest.approx(
        free.tidy()["estimate"].tolist()[: len(held.tidy()) - 1], abs=1e-8
    )


def test_wald_and_score_tests_of_a_curved_constraint() -> None:
    free, held = fit(LABELLED, holzinger()), fit(LABELLED + "a*b == 0.5", holzinger())
    wald = wald_test(free, "a*b == 0.5").tidy().iloc[0]
    score = score_test(held).tidy().iloc[0]
    difference = held.measures["chisq"] - free.measures["chisq"]
    # the three classical tests agree to the first order, at one degree of freedom
    assert wald["df"] == score["df"] == 1
    assert abs(wald["chisq"] - difference) < 0.3
    assert abs(score["chisq"] - difference) < 0.15


def test_a_score_test_lets_an_inequality_bind_on() -> None:
    # where a < 0.4 binds, a is 0.4: the equality that remains to be released is the same
    bound = score_test(fit(LABELLED + "a < 0.4\na + b == 1.1", holzinger())).tidy()
    fixed = HS.replace("x2 + x3", "0.4*x2 + b*x3") + "b == 0.7"
    theirs = score_test(fit(fixed, holzinger())).tidy()
    assert bound["term"].tolist() == ["all", "a + b == 1.1"]
    assert bound["chisq"].tolist() == pytest.approx(theirs["chisq"].tolist(), rel=1e-6)


EACH = """
visual =~ x1 + a*x2 + b*x3
textual =~ x4 + c*x5 + d*x6
speed =~ x7 + e*x8 + f*x9
"""


@pytest.mark.parametrize(
    ("constraints", "expected"),
    [
        # lavaan 0.6-14, the largest five: index and expected change
        (
            "a + b == 1.4\nc == d\ne > 1.3*f",
            {
                "visual=~x9": (26.864, 0.377), "visual=~x7": (15.315, -0.383), "x4~~x6": (14.804, -0.215),
                "x8~~x9": (11.892, -0.385), "x4~~x5": (11.859, 0.190),
            },
        ),
        (
            "a*b == 0.5",
            {
                "visual=~x9": (36.788, 0.619), "x7~~x8": (34.451, 0.537), "visual=~x7": (18.958, -0.454),
                "x8~~x9": (15.162, -0.426), "x2~~x7": (8.989, -0.183),
            },
        ),
    ],
)  # fmt: skip
def test_modification_indices_under_constraints(
    constraints: str, expected: dict[str, tuple[float, float]]
) -> None:
    found = fit(EACH + constraints, holzinger()).modification_indices().head(5)
    names = (found["lhs"] + found["op"] + found["rhs"]).tolist()
    assert names == list(expected)
    # lavaan stops earlier than we do: its third decimal is not always the optimum's
    assert found["mi"].tolist() == pytest.approx([v[0] for v in expected.values()], abs=3e-3)
    assert found["epc"].tolist() == pytest.approx([v[1] for v in expected.values()], abs=6e-4)


def test_modification_indices_of_effect_coding() -> None:
    found = fit(HS, holzinger(), effect_coding=True).modification_indices().head(3)
    assert found["mi"].tolist() == pytest.approx([36.411, 34.145, 18.631], abs=1e-3)
    assert found["epc"].tolist() == pytest.approx([0.758, 0.536, -0.554], abs=6e-4)
