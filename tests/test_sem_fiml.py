"""Full-information maximum likelihood, against lavaan 0.6-21 and against what must hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import SurveykitError
from surveykit.model import Model
from surveykit.responses import read
from surveykit.sem import fit
from surveykit.sem.fiml import fiml_sample
from surveykit.sem.incompletefit import saturated_information
from surveykit.sem.missing import take_sample
from surveykit.sem.options import read_options
from tests.sem_data import HS, NAMES, PD, TWO_FACTORS, democracy, rows_of_two_factors

ITEMS = [f"x{i}" for i in range(1, 10)]


def incomplete(share: float = 0.1, seed: int = 2, n: int = 300) -> pd.DataFrame:
    """Answers of two constructs with values missing completely at random."""
    rows = rows_of_two_factors(n)
    rows[np.random.default_rng(seed).random(rows.shape) < share] = np.nan
    return pd.DataFrame(rows, columns=list(NAMES))


@pytest.mark.parametrize("information", ["observed", "expected"])
def test_against_lavaan(reference: Any, shared_data: Any, information: str) -> None:
    stored = reference("hs_fiml" if information == "observed" else "hs_fiml_expected")
    frame = pd.read_csv(shared_data("HS1939_missing15.csv"))
    options = {} if information == "observed" else {"information": "expected"}
    result = fit(stored["model"], frame, method="fiml", **options)
    rows = {(r["lhs"], r["op"], r["rhs"]): r for r in result.tidy().to_dict("records")}
    for row in stored["parameters"]:
        if row["op"] == "r2":
            continue
        mine = rows[row["lhs"], row["op"], row["rhs"]]
        assert mine["estimate"] == pytest.approx(row["est"], rel=1e-9, abs=1e-10)
        assert mine["se"] == pytest.approx(row["se"] or 0, rel=1e-8, abs=1e-10)
        assert mine["std"] == pytest.approx(row["std.all"], rel=1e-9, abs=1e-10)
    renamed = {
        "pvalue": "p_value",
        "logl": "loglik",
        "rmsea.ci.lower": "rmsea_low",
        "rmsea.ci.upper": "rmsea_high",
    }
    measures = result.glance().iloc[0]
    for name, value in stored["fit_measures"].items():
        # corrections of the robust measures come from the observed information here, whatever the standard errors
        away = ["robust"] if information == "expected" else []
        if not any(part in name for part in away):
            own = renamed.get(name, name.replace(".", "_"))
            # bounds and robust measures to lavaan's root search and EM
            tolerance = 1e-6 if own in ("rmsea_low", "rmsea_high") or "robust" in own else 1e-8
            assert measures[own] == pytest.approx(value, rel=tolerance, abs=1e-10), name
    assert measures["n"] == 301


def test_robust_measures_of_groups_as_in_lavaan(shared_data: Any) -> None:
    frame = pd.read_csv(shared_data("HS1939_missing15.csv"))
    frame["school"] = frame["school"].map({"Pasteur": "a", "Grant-White": "b"})
    found = fit(HS, frame, missing="fiml", group="school", group_equal=("loadings", "intercepts")).measures
    # lavaan 0.6-14, whose EM stops at changes of 1e-5
    wanted = {"cfi_robust": 0.880238378176364, "rmsea_robust": 0.109762368673671}
    assert {name: found[name] for name in wanted} == pytest.approx(wanted, rel=2e-5)


def test_robust_measures_are_the_usual_ones_where_next_to_nothing_is_missing() -> None:
    rows = rows_of_two_factors(2000)
    rows[0, 0] = np.nan
    found = fit(TWO_FACTORS, pd.DataFrame(rows, columns=list(NAMES)), missing="fiml").measures
    for name in ("cfi", "tli", "rmsea"):
        assert found[f"{name}_robust"] == pytest.approx(found[name], abs=2e-3)


def test_information_of_the_saturated_model_is_the_second_derivative() -> None:
    frame = incomplete(0.2, 4)
    taken = take_sample(Model.parse(TWO_FACTORS), frame, read_options({"method": "mlr", "missing": "fiml"}))
    assert taken.scores is not None
    blocks, theta = taken.scores.saturated()
    slow, p = taken.scores.observed(blocks, theta), len(NAMES)
    order = np.r_[len(slow) - p : len(slow), : len(slow) - p]
    sample = taken.samples[0]
    assert sample.mean is not None
    fast = saturated_information(taken.patterns[0], sample.S, sample.mean)
    assert fast == pytest.approx(slow[np.ix_(order, order)], rel=1e-9, abs=1e-12)


def test_saturated_moments_against_lavaan(reference: Any, shared_data: Any) -> None:
    stored = reference("hs_em_saturated")
    names = stored["cov"]["rownames"]
    data = read(pd.read_csv(shared_data("HS1939_missing15.csv"))[names])
    sample, _ = fiml_sample(data.moments(names, patterns=True), names, "")
    assert np.abs(sample.S - np.array(stored["cov"]["values"])).max() < 1e-10
    assert sample.mean is not None
    assert sample.mean.tolist() == pytest.approx([stored["mean"][v] for v in names], abs=1e-10)


def test_s19_complete_data_give_the_ordinary_likelihood() -> None:
    from semopy.examples import political_democracy

    frame = political_democracy.get_data()
    full = fit(PD, frame, missing="fiml")
    plain = fit(PD, democracy())
    assert full.options.missing == "listwise"
    assert full.measures["chisq"] == pytest.approx(plain.measures["chisq"], rel=1e-10)


def test_patterns_that_are_complete_are_one_likelihood() -> None:
    # the same rows, one of them twice with a value missing elsewhere, must tend to the complete answer
    rows = pd.DataFrame(rows_of_two_factors(), columns=list(NAMES))
    with_gap = rows.copy()
    with_gap.loc[0, "x1"] = np.nan
    gap = fit(TWO_FACTORS, with_gap)
    whole = fit(TWO_FACTORS, rows, meanstructure=True, information="observed")
    assert gap.options.missing == "fiml"
    assert np.abs(gap.theta - whole.theta).max() < 0.02


def test_fiml_is_the_default_and_says_so() -> None:
    frame = incomplete()
    frame.iloc[5] = np.nan
    result = fit(TWO_FACTORS, frame)
    assert (result.n, result.n_total) == (299, 300)
    note = result.notes()[0]
    assert "n = 299 of 300 rows; full information from" in note
    assert "1 rows without usable answers were set aside" in note
    listwise = fit(TWO_FACTORS, frame, missing="listwise")
    assert listwise.n == int(frame.notna().all(axis=1).sum())
    assert "incomplete rows were set aside (listwise)" in listwise.notes()[0]


def test_which_robust_errors_use_every_row() -> None:
    result = fit(TWO_FACTORS, incomplete(), method="mlr")
    assert result.options.missing == "fiml"
    assert result.vcov == pytest.approx(fit(TWO_FACTORS, incomplete(), method="mlr", missing="fiml").vcov)
    assert fit(TWO_FACTORS, incomplete(), method="mlm").options.missing == "listwise"
    assert (
        fit("x1 ~ x2 + x3", incomplete(), method="mlr").options.missing == "listwise"
    )  # predictors held fixed
    with pytest.raises(SurveykitError):
        fit(TWO_FACTORS, incomplete(), method="mlm", missing="fiml")


def test_units_do_not_matter() -> None:
    frame = incomplete()
    plain, scaled = fit(TWO_FACTORS, frame), fit(TWO_FACTORS, frame * [1e6, 1e-6, 1, 1e6, 1e-6, 1])
    assert scaled.measures["chisq"] == pytest.approx(plain.measures["chisq"], rel=1e-8)


def test_derivatives_against_differences() -> None:
    from surveykit.model import Model
    from surveykit.sem.engine import scaled_problem
    from surveykit.sem.fiml import fiml_problem

    data = read(incomplete(0.2))
    sample, patterns = fiml_sample(data.moments(list(NAMES), patterns=True), NAMES, "")
    table = Model.parse(TWO_FACTORS).table(meanstructure=True)
    blocks = scaled_problem(table, [sample], 27).matrices.blocks
    problem = fiml_problem(blocks, [sample], [patterns], np.ones(6))
    theta = fit(TWO_FACTORS, incomplete(0.2)).theta * 1.1 + 0.05
    point = problem.at(theta)
    assert point is not None
    h, steps = 1e-6, np.eye(len(theta)) * 1e-6
    slopes = [(problem.value(theta + s) - problem.value(theta - s)) / (2 * h) for s in steps]
    assert point.gradient.tolist() == pytest.approx(slopes, abs=1e-8)
    curvature = np.array(
        [(problem.at(theta + s).gradient - problem.at(theta - s).gradient) / (2 * h) for s in steps]  # type: ignore[union-attr]
    )
    assert np.abs(problem.observed_information(point) - curvature).max() < 1e-7


def test_groups_add_up() -> None:
    # without constraints each group is a fit of its own
    frame = incomplete(0.15, n=400).assign(g=["a", "b"] * 200)
    both = fit(TWO_FACTORS, frame, group="g")
    apart = [fit(TWO_FACTORS, frame[frame["g"] == g].drop(columns="g")) for g in ("a", "b")]
    assert both.measures["chisq"] == pytest.approx(sum(f.measures["chisq"] for f in apart), rel=1e-9)
    assert both.measures["loglik"] == pytest.approx(sum(f.measures["loglik"] for f in apart), rel=1e-12)
    assert both.measures["baseline_chisq"] == pytest.approx(
        sum(f.measures["baseline_chisq"] for f in apart), rel=1e-10
    )


def test_rows_without_a_fixed_predictor_are_set_aside() -> None:
    frame = incomplete(0.0)
    frame.loc[:9, "x1"] = np.nan
    frame.loc[20:25, "x2"] = np.nan
    result = fit("x2 ~ x1\nx3 ~ x1 + x2", frame)
    assert (result.n, result.n_total) == (290, 300)


def test_s20_items_never_answered_together() -> None:
    frame = incomplete(0.0)
    frame.loc[:149, "x1"] = np.nan
    frame.loc[150:, "x6"] = np.nan
    with pytest.raises(SurveykitError) as caught:
        fit(TWO_FACTORS, frame)
    assert caught.value.code == "SEM_NO_COVERAGE"
    assert "'x1'" in caught.value.what
    assert "'x6'" in caught.value.what


def test_a_constant_item_is_named() -> None:
    frame = incomplete()
    frame["x2"] = frame["x2"].where(frame["x2"].isna(), 4.0)
    with pytest.raises(SurveykitError) as caught:
        fit(TWO_FACTORS, frame)
    assert "'x2' has no variance" in str(caught.value)


def test_moments_have_forgotten_what_was_missing() -> None:
    with pytest.raises(SurveykitError) as caught:
        fit(PD, democracy(), missing="fiml")
    assert caught.value.code == "SEM_FIML"


def test_estimates_of_a_model_for_hs_stay_near_the_complete_ones() -> None:
    from semopy.examples import holzinger39

    frame = holzinger39.get_data()[ITEMS].astype(float)
    holes = frame.mask(np.random.default_rng(4).random(frame.shape) < 0.05)
    off = fit(HS, holes).theta - fit(HS, frame, meanstructure=True).theta
    assert np.abs(off).max() < 0.15


PREDICTED = """
visual =~ x1 + x2 + x3
textual =~ x4 + x5 + x6
visual ~ x7 + x8
textual ~ visual + x9
"""


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"baseline_chisq": 558.0971268, "baseline_df": 33, "cfi": 0.9007922089, "gfi": 0.9962200711}),
        ({"method": "mlr"}, {"baseline_chisq_scaled": 521.4691747, "cfi_scaled": 0.8937467998}),
        ({"group": "school"}, {"baseline_chisq": 605.7227227, "baseline_df": 66, "cfi": 0.8881032806}),
    ],
)
def test_random_predictors_covary_in_the_baseline(
    shared_data: Any, options: dict[str, Any], expected: dict[str, float]
) -> None:
    """Against lavaan 0.6-14 with ``fixed.x = FALSE``."""
    frame = pd.read_csv(shared_data("HS1939_missing15.csv"))
    found = fit(PREDICTED, frame, missing="fiml", fixed_x=False, **options).measures
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=1e-7), name  # lavaan's search for the baseline


def test_the_baseline_of_a_part_is_its_own_saturated_model() -> None:
    frame = incomplete()
    parts = read(frame).moments(list(NAMES), order=2, patterns=True)
    sample, patterns = fiml_sample(parts, NAMES, "")
    mean, cov = patterns.independence([range(len(NAMES))])
    assert mean == pytest.approx(sample.mean, abs=1e-9)
    assert cov == pytest.approx(sample.S, abs=1e-9)
    seen, pairs = patterns.pairwise(len(frame))
    assert seen == pytest.approx(frame.mean().to_numpy(), abs=1e-12)
    assert pairs == pytest.approx(frame.cov().to_numpy() * (len(frame) - 1) / len(frame), abs=1e-12)


MEASURED = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6"


def test_auxiliary_variables_of_two_stages(shared_data: Any) -> None:
    """Against lavaan 0.6-14 in two calls, as semTools does it: the saturated model of all, then its moments with ``NACOV``."""
    frame = pd.read_csv(shared_data("HS1939_missing15.csv"))
    found = fit(MEASURED, frame, missing="two_stage", auxiliary=["x7", "x8"])
    rows = found.tidy()
    expected = {
        1: (0.738458783, 0.1508321874),
        4: (1.112439074, 0.0837852791),
        7: (1.066356833, 0.1182556456),
    }
    for at, (estimate, se) in expected.items():
        assert rows["estimate"][at] == pytest.approx(estimate, rel=2e-5)  # lavaan's search in the first stage
        assert rows["se"][at] == pytest.approx(se, rel=2e-5)
    assert found.measures["chisq"] == pytest.approx(36.62742775, rel=2e-5)
    assert found.measures["chisq_scaled"] == pytest.approx(22.81767253, rel=2e-5)
    assert "twostage(aux = c(" in found.to_lavaan()
    assert any("auxiliary variables of the first: x7, x8" in note for note in found.notes())


def test_an_auxiliary_variable_says_what_is_missing() -> None:
    rng = np.random.default_rng(8)
    rows = rng.multivariate_normal(np.zeros(3), [[1, 0.5, 0.8], [0.5, 1, 0.4], [0.8, 0.4, 1]], 4000)
    frame = pd.DataFrame(rows, columns=["y", "x", "z"])
    frame.loc[frame["z"] > 0, "y"] = np.nan
    text = "y ~~ x\ny ~ 1\nx ~ 1"
    means = [
        fit(text, frame, missing="two_stage", auxiliary=aux)
        .tidy()
        .set_index(["lhs", "op"])["estimate"]["y", "~1"]
        for aux in ((), ("z",))
    ]
    assert means[0] < -0.3  # y is missing where z is large
    assert means[1] == pytest.approx(0, abs=0.08)
    with pytest.raises(SurveykitError, match="go with missing='two_stage'"):
        fit(text, frame, auxiliary=["z"])
    with pytest.raises(SurveykitError, match="one that the model does not have"):
        fit(text, frame, missing="two_stage", auxiliary=["x"])
