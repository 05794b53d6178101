"""Bootstrap: each replicate is at the optimum that a single fit finds, or counted as failed."""

from __future__ import annotations

import gzip
from typing import Any

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import SurveykitError
from surveykit.responses import bootstrap_moments, read
from surveykit.sem import fit
from surveykit.sem.bootstrap import bootstrap
from surveykit.sem.engine import scaled_problem
from surveykit.sem.stack import _Runaway
from tests.sem_data import HS, PD, democracy, rows_of_two_factors, sample

PATH = "y ~ b*m + c*x\nm ~ a*x\nind := a*b"


def frame_of_democracy() -> pd.DataFrame:
    from semopy.examples import political_democracy

    frame: pd.DataFrame = political_democracy.get_data()
    return frame


def test_replicates_equal_lavaans_on_the_same_rows(reference: Any, shared_data: Any) -> None:
    # lavaan 0.6-21, every replicate polished; its 66 improper solutions are kept
    stored = reference("pd_boot200_exact")
    with gzip.open(shared_data("pd_boot_indices_200x75_1based.csv.gz"), "rt") as file:
        indices = np.loadtxt(file, delimiter=",", dtype=int) - 1
    data = read(pd.read_csv(shared_data("PoliticalDemocracy.csv")))
    result = fit(stored["model"], data)
    stacked = bootstrap_moments(data, list(result.table.observed), 200, 1, indices=indices)
    found = bootstrap(scaled_problem(result.table, result.samples, 66), result.theta, stacked, "normal")
    assert (found.failed, found.improper) == (0, stored["n_negative_var"])
    free = sorted((r for r in result.table if r.free), key=lambda r: r.free)
    columns = [stored["names"].index(f"{r.lhs} {r.op} {r.rhs}") for r in free]
    expected = np.array(stored["est"], dtype=float)[:, columns]
    assert np.abs((found.theta - expected) / np.maximum(np.abs(expected), 1e-2)).max() < 1e-9


def test_a_replicate_is_a_fit_of_its_own() -> None:
    from semopy.examples import holzinger39

    data = read(holzinger39.get_data()[[f"x{i}" for i in range(1, 10)]])
    result = fit(HS, data)
    stacked = bootstrap_moments(data, list(result.table.observed), 30, 5)
    found = bootstrap(scaled_problem(result.table, result.samples, 45), result.theta, stacked, "normal")
    assert found.failed == 0
    for r in (0, 7, 29):
        alone = fit(HS, stacked.replicate(r))
        assert found.theta[r].tolist() == pytest.approx(alone.theta.tolist(), rel=1e-9)


def test_fixed_exogenous_moments_are_those_of_the_replicate() -> None:
    rows = rows_of_two_factors()
    data = read(pd.DataFrame(rows[:, :3], columns=["x", "m", "y"]))
    result = fit(PATH, data)
    stacked = bootstrap_moments(data, list(result.table.observed), 10, 2)
    found = bootstrap(scaled_problem(result.table, result.samples, 6), result.theta, stacked, "normal")
    for r in range(10):
        assert found.theta[r].tolist() == pytest.approx(
            fit(PATH, stacked.replicate(r)).theta.tolist(), rel=1e-9
        )


CHAIN = """Image =~ IMAG1 + IMAG2 + IMAG3 + IMAG4 + IMAG5
Value =~ PERV1 + PERV2
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Loyalty =~ CUSL1 + CUSL2 + CUSL3
Satisfaction ~ Image + Value
Loyalty ~ Image + Satisfaction"""


def test_hard_replicates_are_where_a_fit_of_their_own_ends(shared_data: Any) -> None:
    # Image and Satisfaction nearly coincide in some replicates, and paths then run to large values or to infinity
    data = read(pd.read_csv(shared_data("mobi.csv")))
    result = fit(CHAIN, data)
    stacked = bootstrap_moments(data, list(result.table.observed), 120, 1)
    found = bootstrap(scaled_problem(result.table, result.samples, 91), result.theta, stacked, "normal")
    place, hard = np.cumsum(found.kept) - 1, 0
    for r in range(120):
        try:
            alone = fit(CHAIN, stacked.replicate(r)).theta
        except SurveykitError:
            continue  # a replicate may arrive where a fit of its own did not
        assert found.kept[r]
        assert found.theta[place[r]].tolist() == pytest.approx(alone.tolist(), rel=1e-5, abs=1e-6)
        hard += bool(np.abs(alone).max() > 5)
    assert hard > 0
    assert found.failed < 6


def test_a_search_is_given_up_only_where_f_falls_towards_infinity() -> None:
    sizes = 5 * 2.0 ** np.arange(8)
    ways = {
        "falls for ever": 1 / sizes,
        "has a minimum at 200": (1 / sizes - 1 / 200) ** 2,
        "flat": 0 * sizes,
    }
    runaway = _Runaway(3)
    given_up = np.zeros(3, dtype=bool)
    for i, size in enumerate(sizes):
        values = np.array([way[i] for way in ways.values()])
        given_up |= runaway.note(np.arange(3), np.full((3, 2), size), values)
        if i == 2:
            assert given_up[0]  # three points are enough
    assert dict(zip(ways, given_up.tolist(), strict=True)) == {
        "falls for ever": True,
        "has a minimum at 200": False,
        "flat": False,
    }


def test_percentiles_reach_the_tables() -> None:
    result = fit(PD, frame_of_democracy(), bootstrap=300, seed=4)
    assert result.replicates is not None
    rows = {r["lhs"]: r for r in result.tidy().to_dict("records") if r["op"] == ":="}
    defined = {e.name: e.value for e in result.table.defined(result.replicates.theta)}
    values = defined["indirect"]
    assert rows["indirect"]["low"] == pytest.approx(np.quantile(values, 0.025), rel=0.05)
    assert rows["indirect"]["high"] == pytest.approx(np.quantile(values, 0.975), rel=0.05)
    effect = next(r for r in result.tables()["effects"].records() if r["kind"] == "indirect")
    assert effect["low"] == pytest.approx(rows["indirect"]["low"], rel=1e-12)
    assert any(c.code == "REPLICATES_IMPROPER" for c in result.checks)
    assert "300 replicates, seed 4" in " ".join(result.notes())


def test_the_same_seed_gives_the_same_numbers() -> None:
    frame = frame_of_democracy()
    first, second, other = (fit(PD, frame, bootstrap=40, seed=s).vcov for s in (9, 9, 10))
    assert (first == second).all()
    assert not (first == other).all()


def test_percentile_rule_against_r() -> None:
    # R 4.2: boot.ci(…, type = "perc") on the replicates 1..999 squared gives 625 and 950625 (ranks 25 and 975)
    from surveykit.sem.bootstrap import Replicates

    values = np.arange(1, 1000, dtype=float) ** 2
    holder = Replicates(values[:, None], 999, 0, 0, np.ones(999, dtype=bool))
    assert holder.bounds(values, 0.95) == pytest.approx((625.0, 950625.0), rel=1e-12)


def test_moments_have_no_rows_to_draw_from() -> None:
    with pytest.raises(SurveykitError) as caught:
        fit(PD, democracy(), se="bootstrap")
    assert caught.value.code == "SEM_BOOTSTRAP"


def test_robust_needs_fourth_moments() -> None:
    with pytest.raises(SurveykitError) as caught:
        fit(PD, democracy(), method="mlr")
    assert caught.value.code == "SEM_NO_GAMMA"
    with_rows = fit(PD, frame_of_democracy(), method="mlr")
    # lavaan 0.6-21
    assert with_rows.measures["chisq_scaled"] == pytest.approx(41.4006898650191, rel=1e-8)
    assert sample(rows_of_two_factors()).gamma is None
