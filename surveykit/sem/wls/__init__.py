"""Weighted least squares: thresholds, polychoric and polyserial correlations, WLSMV and its kin."""

from __future__ import annotations

from surveykit.sem.wls.correlations import polychoric
from surveykit.sem.wls.fit import fit_weighted

__all__ = ["fit_weighted", "polychoric"]
