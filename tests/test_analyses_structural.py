"""Analyses that fit a model: cfa, invariance, local_fit, power."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import surveykit as sk
from surveykit.errors import SurveykitError
from surveykit.moments import Moments
from surveykit.sem import fit
from surveykit.sem.residuals import residual_table
from tests.sem_data import HS

CHAIN = HS + "\nspeed ~ visual + textual"


@pytest.fixture(scope="module")
def pupils():
    from semopy.examples import holzinger39

    return sk.read(holzinger39.get_data()[["school", *(f"x{i}" for i in range(1, 10))]])


# lavaan 0.6-14, lavResiduals(cfa(HS))$cov and $cov.z, residuals(…, "normalized")
LAVAAN_RESIDUALS = {
    ("x1", "x2"): (-0.029624, -1.99606, -0.492636),
    ("x1", "x4"): (0.071319, 2.67922, 1.159430),
    ("x2", "x3"): (0.093681, 2.68898, 1.538862),
    ("x3", "x5"): (-0.150638, -4.15702, -2.605717),
    ("x4", "x5"): (0.005012, 1.54515, 0.070121),
}


def test_residuals_are_lavaans(pupils):
    """lavaan's search stops at its fifth digit, which the division by small standard errors carries on."""
    found = sk.analyse(pupils, "local_fit", model=HS)
    rows = {(r["lhs"], r["rhs"]): r for r in found.tidy().to_dict("records")}
    for pair, (residual, z, normalised) in LAVAAN_RESIDUALS.items():
        assert rows[pair]["estimate"] == pytest.approx(residual, abs=2e-6)
        assert rows[pair]["standardised"] == pytest.approx(z, abs=1e-4)
        assert rows[pair]["normalised"] == pytest.approx(normalised, abs=1e-5)
        assert rows[pair]["estimate"] / rows[pair]["se"] == pytest.approx(rows[pair]["standardised"])
    assert len(rows) == 36
    assert found.facts["pairs"] == 36
    first = found.tables()["changes"].records()[0]
    assert (first["lhs"], first["op"], first["rhs"]) == ("visual", "=~", "x9")
    assert first["mi"] == pytest.approx(36.411, abs=1e-3)  # Rosseel 2012
    assert first["epc"] == pytest.approx(0.577, abs=1e-3)
    # Holm over all 54 that were looked at
    assert found.facts["changes"] == 54
    assert first["p_adjusted"] == pytest.approx(54 * first["p"])


def test_standardised_residuals_are_standard_where_the_model_holds():
    """300 samples of two groups under equal loadings and intercepts: what the other group's chance does to shared
    parameters is part of the standard error (the spread's own error is .04)."""
    population = sk.Model.parse("f =~ 0.8*x1 + 0.7*x2 + 0.6*x3 + 0.7*x4")
    seen = []
    for seed in range(150):
        frames = [sk.simulate(population, 300, 2 * seed + i) for i in range(2)]
        sample = {
            g: Moments.from_rows(f.to_numpy(), list(f.columns)) for g, f in zip("ab", frames, strict=True)
        }
        one = fit("f =~ x1 + x2 + x3 + x4", sample, group_equal=("loadings", "intercepts"))
        seen.append([r["standardised"] for r in residual_table(one).records()])
    z = np.array(seen)
    assert np.abs(z.std(axis=0) - 1).max() < 0.17  # twenty of them, each with an error of .058
    assert z.std() == pytest.approx(1, abs=0.04)
    assert abs(z.mean()) < 0.1


def test_without_theory_residuals_have_no_standard_errors(pupils):
    holes = pupils.frame([f"x{i}" for i in range(1, 10)])
    holes.iloc[::7, 2] = np.nan
    incomplete = sk.analyse(sk.read(holes), "local_fit", model=HS, missing="fiml")
    assert incomplete.tidy()["se"].isna().all()
    assert incomplete.tidy()["estimate"].notna().all()


def test_measurement_model_leaves_the_paths_out(pupils):
    chain, alone = (sk.analyse(pupils, "cfa", model=m) for m in (CHAIN, HS))
    assert chain.tidy().equals(alone.tidy())
    assert chain.facts["chisq"] == pytest.approx(85.306, abs=5e-4)
    rows = {(r["term"], r["measure"]): r for r in chain.tidy().to_dict("records")}
    # semTools 0.5-8: compRelSEM, AVE
    assert rows["textual", "omega"]["estimate"] == pytest.approx(0.8851, abs=1e-4)
    assert rows["visual", "ave"]["estimate"] == pytest.approx(0.3706, abs=1e-4)
    pair = {(r["lhs"], r["rhs"]): r for r in chain.tables()["pairs"].records()}["visual", "textual"]
    assert pair["estimate"] == pytest.approx(0.459, abs=5e-4)
    assert pair["low"] < pair["estimate"] < pair["high"]
    assert pair["fornell_larcker"] is True
    assert 0.3 < pair["htmt2"] < pair["htmt"] < 0.5


def test_invariance_by_school(pupils):
    found = sk.analyse(pupils, "invariance", by="school", model=CHAIN)
    steps = {r["term"]: r for r in found.tidy().to_dict("records")}
    assert list(steps) == ["configural", "metric", "scalar", "strict", "means"]
    # lavaan: 115.851, 124.044, 164.103 with 48, 54, 60 degrees of freedom
    assert [round(steps[s]["chisq"], 3) for s in list(steps)[:3]] == [115.851, 124.044, 164.103]
    assert found.facts["supported"] == "metric"
    assert found.facts["first"] == "Grant-White"
    assert found.tables()["releases"].records()[0]["parameter"] == "x3~1"
    partial = sk.analyse(pupils, "invariance", by="school", model=HS, group_partial=["x3~1", "x7~1"])
    assert partial.facts["supported"] == "strict"
    means = {r["construct"]: r for r in partial.tables()["latent_means"].records()}
    assert means["textual"]["high"] < 0 < means["speed"]["n"]


def test_a_ladder_from_a_refused_model_is_refused():
    """The first model has a negative variance: nothing that follows from it may be said."""
    S = np.array([[1.0, 0.8, 0.1], [0.8, 1.0, 0.6], [0.1, 0.6, 1.0]])
    rng = np.random.Generator(np.random.Philox(key=3))
    rows = rng.standard_normal((400, 3)) @ np.linalg.cholesky(S).T
    frame = pd.DataFrame(rows, columns=["x1", "x2", "x3"]).assign(g=np.repeat(["a", "b"], 200))
    found = sk.analyse(
        sk.read(frame), "invariance", by="g", model="f =~ x1 + x2 + x3", steps=["configural", "metric"]
    )
    assert any(c.level == "refuse" for c in found.checks)


def test_the_smallest_path_is_found_with_the_power_that_is_said():
    """What `power` calls detectable at n is put into a population: the simulated power's interval holds .80."""
    population = "f =~ 0.8*a + 0.8*b + 0.8*c\ng =~ 0.8*d + 0.8*e + 0.8*h\ng ~ {b:.4f}*f"
    text = "f =~ a + b + c\ng =~ d + e + h\ng ~ f"
    frame = sk.simulate(sk.Model.parse(population.format(b=0.2)), 400, 5, exact=True)
    found = sk.analyse(sk.read(frame), "power", model=text, n=250)
    row = found.tidy().to_dict("records")[0]
    assert row["n"] == 250
    assert row["power_10"] < row["power_20"] < row["power_30"]
    assert row["n_20"] == pytest.approx(250 * (row["estimate"] / 0.2) ** 2, abs=1)
    planned = sk.analyse(
        sk.read(frame),
        "power",
        population=population.format(b=row["estimate"]),
        n=250,
        replications=300,
        seed=4,
    )
    path = {r["term"]: r for r in planned.tidy().to_dict("records")}["f → g"]
    assert path["low"] < 0.8 < path["high"]
    assert path["n_power"] == pytest.approx(250, rel=0.1)


def test_what_is_asked_in_vain(pupils):
    with pytest.raises(SurveykitError, match="there is no model to fit"):
        sk.analyse(pupils, "cfa")
    with pytest.raises(SurveykitError, match="no path whose power"):
        sk.analyse(pupils, "power", model=HS)
    with pytest.raises(SurveykitError, match="no constructs measured"):
        sk.analyse(pupils, "cfa", model="x1 ~ x2")
    with pytest.raises(SurveykitError, match="unknown step"):
        sk.analyse(pupils, "invariance", by="school", model=HS, steps="weak")
    with pytest.raises(SurveykitError, match="simulated with continuous"):
        sk.analyse(pupils, "power", population=HS, ordered=True)
