"""The bootstrap where rows are too many to draw: random parts of the rows are drawn instead.

The rows are dealt at random to 200 parts; a replicate draws 200 parts with replacement and adds their sums
(a bootstrap of random groups: Wolter, K. M., 2007, Introduction to Variance Estimation, ch. 2; Kleiner et al. 2014,
JRSS B 76, 795-816 on why parts serve large samples). The rows are read once, whatever the number of
replicates. A standard error from 200 parts is itself uncertain by about one part in twenty.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from surveykit.moments import Moments
from surveykit.responses.statistics import demand_rows

if TYPE_CHECKING:
    from surveykit.responses.core import Responses

__all__ = ["PARTS", "moments_of_parts"]

PARTS = 200


def moments_of_parts(data: Responses, columns: Sequence[str], drawn: np.ndarray, seed: int) -> Moments | None:
    """Stacked moments of the replicates whose counts of each part are ``drawn``, shape (replicates, PARTS).

    None where the rows are not read in blocks. Every replicate is normalised to sum n, as in the bootstrap of rows.
    """
    coded = data.coded
    subjects = [data._subject(c) for c in columns]
    if coded is None or not data._summable(subjects, None):
        return None
    found = coded.part_sums(subjects, data.weight, PARTS, seed)
    parts = [found[i] for i in range(PARTS)]
    n = sum(p.n for p in parts)
    demand_rows(n, sum(p.n_total for p in parts), columns)
    sumw, sumw2 = drawn @ [p.sumw for p in parts], drawn @ [p.sumw2 for p in parts]
    first = drawn @ np.stack([p.first for p in parts])
    second = np.einsum("rk,kij->rij", drawn, np.stack([p.second for p in parts]), optimize=True)
    unit = n / sumw
    scatter = (second - first[:, :, None] * first[:, None, :] / sumw[:, None, None]) * unit[:, None, None]
    return Moments.trusted(
        n,
        (scatter + np.swapaxes(scatter, 1, 2)) / (2 * (n - 1)),
        parts[0].shift + first / sumw[:, None],
        tuple(columns),
        sumw=np.full(len(drawn), float(n)),
        sumw2=sumw2 * unit**2,
        n_total=sum(p.n_total for p in parts),
    )
