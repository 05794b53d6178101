"""The waist of the house: what passes from rows to mathematics.

:class:`Moments` holds a mean vector and a covariance matrix with the n behind them,
:class:`Counts` a joint frequency table. Both are small, additive (they merge and subtract) and look
the same whether they came from 250 rows, from a cluster, from a bootstrap replicate or from a
table printed in a paper. A leading axis stacks replicates: one linear-algebra call serves all.

Weights count as repeated rows: a row of weight 2 gives the same moments as the row twice. Who
has sampling weights normalises them to mean 1 first (``Responses`` does).
"""

from __future__ import annotations

from surveykit.moments.blocks import Jackknifed, combine, delete_a_block, jackknife, poisson_bootstrap
from surveykit.moments.counts import Counts
from surveykit.moments.moments import Moments, divisor

__all__ = [
    "Counts",
    "Jackknifed",
    "Moments",
    "combine",
    "delete_a_block",
    "divisor",
    "jackknife",
    "poisson_bootstrap",
]
