"""Modification indices against lavaan 0.6-21, and against what freeing the parameter really does."""

from __future__ import annotations

from typing import Any

import pytest

from surveykit.errors import SurveykitError
from surveykit.sem import fit
from tests.sem_data import HS, holzinger, holzinger_groups, numeric_moments

FILES = {
    "hs_cfa_ml": "HolzingerSwineford1939.csv",
    "hs_1factor_ml": "HolzingerSwineford1939.csv",
    "pd_sem_ml": "PoliticalDemocracy.csv",
    "mobi_cfa_meas_ml": "mobi.csv",
}


@pytest.mark.parametrize("name", FILES)
def test_against_lavaan(reference: Any, shared_data: Any, name: str) -> None:
    stored = reference(name)
    frame = fit(stored["model"], numeric_moments(shared_data(FILES[name]))).modification_indices()
    found = {(r["lhs"], r["op"], r["rhs"]): r for r in frame.to_dict("records")}
    found |= {(r["rhs"], r["op"], r["lhs"]): r for r in frame.to_dict("records") if r["op"] == "~~"}
    compared = 0
    for row in stored["modification_indices"]:
        mine = found.get((row["lhs"], row["op"], row["rhs"]))
        if mine is None:
            # a single indicator's loading or variance that the analyst fixed
            assert "CUSCO" in (row["lhs"], row["rhs"]) or "Complaints" in (row["lhs"], row["rhs"]), row
            continue
        compared += 1
        assert mine["mi"] == pytest.approx(row["mi"], rel=1e-7, abs=1e-8), row
        for own, theirs in (("epc", "epc"), ("sepc_lv", "sepc.lv"), ("sepc_all", "sepc.all")):
            if row[theirs] is not None and row["mi"] > 1e-6:
                assert mine[own] == pytest.approx(row[theirs], rel=1e-6, abs=1e-8), (row, own)
    assert compared > 30


def test_the_largest_of_holzinger_and_swineford() -> None:
    # lavaan 0.6-21
    first = fit(HS, holzinger()).modification_indices().iloc[0]
    assert (first["lhs"], first["op"], first["rhs"]) == ("visual", "=~", "x9")
    assert first["mi"] == pytest.approx(36.4110165612357, rel=1e-9)
    assert first["epc"] == pytest.approx(0.577021931127961, rel=1e-9)


def test_freeing_it_does_about_what_was_promised() -> None:
    before, after = fit(HS, holzinger()), fit(HS + "visual =~ x9", holzinger())
    fall = before.measures["chisq"] - after.measures["chisq"]
    assert fall == pytest.approx(before.modification_indices()["mi"][0], rel=0.15)


def test_groups_and_the_threshold() -> None:
    frame = fit(HS, holzinger_groups(), group_equal="loadings").modification_indices(least=10)
    assert set(frame["group"]) <= {"Pasteur", "Grant-White"}
    assert (frame["mi"] > 10).all()


def test_what_it_does_not_go_with() -> None:
    with pytest.raises(SurveykitError):
        fit(HS, holzinger(), method="gls").modification_indices()
