"""One model by several methods: the same numbers as each method alone, and verdicts that follow from the intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import surveykit as sk
from surveykit.errors import SurveykitError
from surveykit.moments import Moments
from surveykit.sem.pls import compare

TEXT = "a =~ a1 + a2 + a3\nb =~ b1 + b2 + b3\nc =~ c1 + c2 + c3\nb ~ a\nc ~ a + b"


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    population = (
        "a =~ 0.7*a1 + 0.6*a2 + 0.7*a3\nb =~ 0.7*b1 + 0.7*b2 + 0.6*b3\nc =~ 0.7*c1 + 0.7*c2 + 0.7*c3\n"
        "b ~ 0.6*a\nc ~ 0.5*b + 0*a"
    )
    return sk.simulate(sk.Model.parse(population), n=400, seed=3)


def test_each_column_is_the_method_alone(rows) -> None:
    found = compare(TEXT, rows, bootstrap=100).tables()["agreement"].frame().set_index(["lhs", "rhs"])
    for method in ("pls", "plsc", "ml"):
        alone = sk.fit(TEXT, rows, method=method, **({} if method == "ml" else {"bootstrap": 100}))
        paths = alone.tidy().query("op == '~'").set_index(["lhs", "rhs"])["std"]
        np.testing.assert_allclose(found[method].loc[paths.index], paths, atol=1e-12)
    z = (rows - rows.mean()) / rows.std()
    scores = pd.DataFrame({k: z[[f"{k}{i}" for i in (1, 2, 3)]].mean(axis=1) for k in "abc"})
    beta = np.linalg.solve(scores[["a", "b"]].corr(), scores.corr().loc[["a", "b"], "c"])
    np.testing.assert_allclose(found["sum"].loc[[("c", "a"), ("c", "b")]], beta, atol=1e-12)


def test_measurement_error_is_a_difference_in_strength_and_its_removal_agrees(rows) -> None:
    result = sk.fit(TEXT, rows, method="compare", bootstrap=100)
    table = result.tables()["agreement"].frame().set_index(["lhs", "rhs"])
    strong = table.loc[("b", "a")]
    assert strong["verdict"] == "strength"
    assert min(strong["plsc"], strong["ml"]) > max(strong["sum"], strong["pls"]) + 0.1
    assert abs(strong["plsc"] - strong["ml"]) < 0.05
    facts = result.glance().iloc[0]
    assert facts["paths"] == 3
    assert facts[["agree", "strength", "evidence", "sign"]].sum() == 3


def test_an_inadmissible_method_is_shown_but_not_compared(shared_data) -> None:
    from tests.test_sem_pls import ECSI

    result = compare(ECSI, sk.read(shared_data("mobi.csv")), bootstrap=50)
    assert {c.about[0] for c in result.checks} == {"plsc", "ml"}
    assert result.glance()["compared"].iloc[0] == 2
    for row in result.tables()["agreement"].records():
        assert row["range"] == pytest.approx(abs(row["sum"] - row["pls"]))
        assert np.isfinite([row["plsc"], row["ml"]]).all()


def test_a_method_without_a_solution_is_missing_and_said() -> None:
    r = np.eye(4) * 0.4 + 0.6
    r[0, 1] = r[1, 0] = 1.0  # one item twice: no likelihood, yet composites
    m = Moments(n=100, cov=r, names=["a1", "a2", "b1", "b2"])
    result = compare("a =~ a1 + a2\nb =~ b1 + b2\nb ~ a", m)
    assert [c.code for c in result.checks] == ["METHOD_FAILED"]
    assert set(result.tidy()["method"]) == {"sum", "pls", "plsc"}
    with pytest.raises(SurveykitError, match="not possible under method 'compare'"):
        sk.fit("b ~ a", m, method="compare", interval="bca")


def test_an_item_given_twice_leaves_no_vif_and_constructs_that_are_one_no_paths() -> None:
    r = np.full((5, 5), 0.5)
    np.fill_diagonal(r, 1.0)
    r[0, 1] = r[1, 0] = 1.0
    m = Moments(n=100, cov=r, names=["a1", "a2", "b1", "b2", "c1"])
    fit = sk.fit("a =~ a1 + a2\nb =~ b1 + b2\nb ~ a", m, method="pls")
    assert {row["item"] for row in fit.tables()["item_vif"].records()} == {"b1", "b2"}
    with pytest.raises(SurveykitError, match=r"not defined|did not settle"):
        sk.fit("y ~ p + q + s", Moments(n=100, cov=r, names=["p", "q", "y", "s", "t"]), method="pls")
