"""The second opinion: semopy must reach the same optimum, within what its optimiser allows.

SLSQP stops when the discrepancy changes by less than 1e-12; its estimates then agree to 1e-4 standard errors
and χ² to 1e-8.
"""

from __future__ import annotations

import subprocess
from shutil import which
from typing import Any

import numpy as np
import pytest

from surveykit.errors import SurveykitError
from surveykit.model import Model
from surveykit.sem import fit
from surveykit.sem.second_opinion import semopy_text
from tests.sem_data import HS, PD, democracy, holzinger, holzinger_groups, numeric_moments


@pytest.mark.parametrize("name", ["hs", "pd"])
def test_semopy_finds_the_same_optimum(name: str) -> None:
    model, sample = (HS, holzinger()) if name == "hs" else (PD, democracy())
    own, other = fit(model, sample), fit(model, sample, engine="semopy")
    se = np.sqrt(np.diagonal(own.vcov))
    assert np.abs((own.theta - other.theta) / se).max() < 1e-4
    for measure, value in own.measures.items():
        assert other.measures[measure] == pytest.approx(value, rel=1e-5, abs=1e-9), measure
    assert other.engine == "semopy"
    assert any("SLSQP" in note for note in other.notes())


def test_semopy_with_fixed_exogenous_variables(reference: Any, shared_data: Any) -> None:
    # its own degrees of freedom are wrong here (13 for 3): ours are used
    stored = reference("mobi_path_fixedx")
    result = fit(stored["model"], numeric_moments(shared_data("mobi_means.csv")), engine="semopy")
    assert result.measures["df"] == 3
    assert result.measures["chisq"] == pytest.approx(stored["fit_measures"]["chisq"], rel=1e-8)


def test_semopy_gets_only_names_of_our_own() -> None:
    text, names = semopy_text(Model.parse(PD).table())
    words = set(text.replace("=~", " ").replace("~~", " ").replace("~", " ").replace("*", " ").split())
    allowed = set(names.values()) | {f"p{i}" for i in range(1, 32)}
    assert all(w in allowed or float(w) in (0.0, 1.0) for w in words)


def test_semopy_says_what_it_cannot_do() -> None:
    for options in ({"meanstructure": True},):
        with pytest.raises(SurveykitError):
            fit(HS, holzinger(), engine="semopy", **options)
    with pytest.raises(SurveykitError):
        fit(HS, holzinger_groups(), engine="semopy")


def test_the_r_script_names_everything() -> None:
    script = fit(HS, holzinger(), std_lv=True, likelihood="wishart").to_lavaan()
    for part in ("library(lavaan)", "std.lv = TRUE", 'likelihood = "wishart"', "sample.nobs = 301"):
        assert part in script


@pytest.mark.nightly
@pytest.mark.skipif(which("Rscript") is None, reason="needs R with lavaan")
def test_the_r_script_gives_the_same_numbers() -> None:
    for result in (fit(PD, democracy()), fit(HS, holzinger_groups(), group_equal="loadings")):
        script = result.to_lavaan() + 'cat("\\nCHISQ", sprintf("%.10f", fitMeasures(fit, "chisq")))'
        done = subprocess.run(["Rscript", "-"], input=script, capture_output=True, text=True, check=True)
        value = float(done.stdout.rsplit("CHISQ", 1)[1])
        assert value == pytest.approx(result.measures["chisq"], rel=1e-7)
