"""PLS path modelling on correlations: the method of the ACSI and the ECSI."""

from __future__ import annotations

from surveykit.sem.pls.fit import fit_pls
from surveykit.sem.pls.result import PlsFit

__all__ = ["PlsFit", "fit_pls"]
