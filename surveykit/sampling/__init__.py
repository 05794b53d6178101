"""Estimation from samples that were drawn by a design: strata, clusters, finite populations, weights.

A :class:`Sampling` is how each row came into the sample; the functions beside it estimate means, totals,
ratios, variances, quantiles and regressions with Taylor-linearised standard errors. :class:`Replicates`
does the same from replicate weights. ``rake``, ``post_stratify``, ``calibrate`` and ``trim`` make weights
that agree with what is known of the population. All on arrays; columns are read a floor above.
"""

from __future__ import annotations

from surveykit.sampling.bootstrap import bootstrap_weights
from surveykit.sampling.calibration import Calibration, Raked, calibrate, post_stratify, rake, trim
from surveykit.sampling.design import Lonely, Sampling
from surveykit.sampling.estimation import (
    Estimated,
    design_effect,
    mean,
    quantile,
    ratio,
    regression,
    share_interval,
    total,
    variance,
)
from surveykit.sampling.replication import Replicates, jackknife

__all__ = [
    "Calibration", "Estimated", "Lonely", "Raked", "Replicates", "Sampling", "bootstrap_weights", "calibrate",
    "design_effect", "jackknife", "mean", "post_stratify", "quantile", "rake", "ratio", "regression", "share_interval",
    "total", "trim", "variance",
]  # fmt: skip
