"""Structural equation models: our own maximum likelihood, judged before it is worded."""

from __future__ import annotations

from surveykit.sem.fit import fit
from surveykit.sem.gate import THRESHOLDS
from surveykit.sem.hypotheses import score_test, wald_test
from surveykit.sem.invariance import invariance
from surveykit.sem.nested import likelihood_ratio
from surveykit.sem.power import monte_carlo, needed_n
from surveykit.sem.reliability import reliability
from surveykit.sem.resampling import bca_intervals, bollen_stine
from surveykit.sem.result import Fit
from surveykit.sem.scores import factor_scores
from surveykit.sem.wls import polychoric

__all__ = [
    "THRESHOLDS",
    "Fit",
    "bca_intervals",
    "bollen_stine",
    "factor_scores",
    "fit",
    "invariance",
    "likelihood_ratio",
    "monte_carlo",
    "needed_n",
    "polychoric",
    "reliability",
    "score_test",
    "wald_test",
]
