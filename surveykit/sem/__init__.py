"""Structural equation models: our own maximum likelihood, judged before it is worded."""

from __future__ import annotations

from surveykit.sem.fit import fit
from surveykit.sem.gate import THRESHOLDS
from surveykit.sem.result import Fit

__all__ = ["THRESHOLDS", "Fit", "fit"]
