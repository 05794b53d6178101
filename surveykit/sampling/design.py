"""How the rows of a sample were drawn, and the variance of any weighted total under that design.

Every estimate that is linearised (Binder 1983, International Statistical Review 51) is a total of one value z
per row, and its variance is that of a total: between the clusters of each stratum, times what the
finite population leaves open, and stage by stage below (Särndal, Swensson & Wretman 1992, ch. 4).
Rows outside a domain stay in the design with z = 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveykit.errors import SurveykitError, quote
from surveykit.identifiers import shown_cell

__all__ = ["Calibrated", "Lonely", "Sampling", "Stage"]

Array = NDArray[np.float64]
Codes = NDArray[np.intp]

Lonely = Literal["fail", "certainty", "adjust", "average"]
"""What a stratum with one cluster does: an error; no variance of its own; its deviation from the overall
mean; the mean variance of the other strata."""


class Calibrated(Protocol):
    """Weights that agree with known totals, and what of linearised values those totals leave open."""

    @property
    def weights(self) -> Array: ...

    def residuals(self, z: Array) -> Array: ...


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """One stage of the draw: ``unit`` of each row, ``stratum`` of each unit, ``fraction`` drawn per stratum."""

    unit: Codes
    stratum: Codes
    drawn: Codes
    fraction: Array

    @property
    def of_row(self) -> Codes:
        """The stratum of each row."""
        rows: Codes = self.stratum[self.unit]
        return rows

    @property
    def lonely(self) -> NDArray[np.bool_]:
        """Strata of one unit that was not drawn for certain: nothing tells how far units differ."""
        alone: NDArray[np.bool_] = (self.drawn == 1) & (self.fraction < 1 - 1e-10)
        return alone


@dataclass(frozen=True, slots=True, eq=False)
class Sampling:
    """The design of a sample, row by row: see :meth:`of`.

    ``calibrated`` is how the weights were made to agree with known totals (what ``rake`` or ``calibrate``
    returned), None where they were not: what those totals explain does not vary.
    """

    weights: Array
    stages: tuple[Stage, ...]
    lonely: Lonely = "fail"
    calibrated: Calibrated | None = None

    @classmethod
    def of(
        cls,
        n: int,
        *,
        weights: ArrayLike | None = None,
        strata: Sequence[Any] | None = None,
        clusters: Sequence[Sequence[Any]] = (),
        fpc: Sequence[ArrayLike] = (),
        lonely: Lonely = "fail",
        nest: bool = False,
        calibrated: Calibrated | None = None,
    ) -> Sampling:
        """The design of ``n`` rows.

        ``strata`` holds one label per row; ``clusters`` one sequence of labels per stage (none: every row
        is a unit); ``fpc`` per stage the number of units in the population's stratum, or the fraction drawn
        (all values at most 1). Without ``weights`` they follow from ``fpc`` (units in the population per
        unit drawn), else they are 1. A cluster label that occurs in two strata is an error unless ``nest`` is
        true (labels then count within strata). A stratum with one cluster is an error unless ``lonely`` says
        otherwise. ``calibrated`` brings its own weights.

        >>> s = Sampling.of(4, strata=["a", "a", "b", "b"], fpc=[[4, 4, 8, 8]])
        >>> s.weights.tolist(), s.df()
        ([2.0, 2.0, 4.0, 4.0], 2)
        """
        if lonely not in get_args(Lonely):
            raise SurveykitError(
                f"unknown rule {quote(lonely)} for strata with one cluster",
                expected=", ".join(get_args(Lonely)), code="LONELY",
            )  # fmt: skip
        if n < 2:
            raise SurveykitError(
                "a design needs rows", expected="at least 2", got=str(n), code="TOO_FEW_ROWS"
            )
        parents, labels = _codes(strata if strata is not None else np.zeros(n, dtype=int), n, "strata")
        if len(fpc) > max(1, len(clusters)):
            raise SurveykitError(
                "more population sizes than stages", expected=str(max(1, len(clusters))), got=str(len(fpc)),
                code="FPC",
            )  # fmt: skip
        stages: list[Stage] = []
        for level in range(max(1, len(clusters))):
            ids, _ = _codes(clusters[level], n, "clusters") if clusters else (np.arange(n), ())
            if level == 0 and strata is not None and clusters and not nest:
                _demand_nested(ids, parents, clusters[0], labels)
            stage = _stage(parents, ids, fpc[level] if level < len(fpc) else None)
            if level == 0 and lonely == "fail" and stage.lonely.any():
                raise _lonely_error([labels[i] for i in np.flatnonzero(stage.lonely)])
            stages.append(stage)
            parents = stage.unit
            if not stage.fraction.any():  # an endless population: later stages add nothing
                break
        w = _weights(weights if calibrated is None else calibrated.weights, stages, n)
        return cls(w, tuple(stages), lonely, calibrated)

    @property
    def n(self) -> int:
        """Rows in the sample."""
        return len(self.weights)

    def units(self, domain: NDArray[np.bool_] | None = None) -> int:
        """Clusters of the first stage with a row in ``domain``."""
        used = self.stages[0].unit if domain is None else self.stages[0].unit[domain]
        return len(np.unique(used))

    def df(self, domain: NDArray[np.bool_] | None = None) -> int:
        """Degrees of freedom: clusters less strata, of those that have a row in ``domain``."""
        rows = self.stages[0].of_row if domain is None else self.stages[0].of_row[domain]
        return self.units(domain) - len(np.unique(rows))

    def covariance(self, z: ArrayLike) -> Array:
        """The covariance (k, k) of the column totals of ``z`` (n, k); z holds the weights already."""
        values = np.asarray(z, dtype=float).reshape(self.n, -1)
        if self.calibrated is not None:
            values = self.calibrated.residuals(values)
        found = np.zeros((values.shape[1], values.shape[1]))
        share = np.ones(self.n)
        for stage in self.stages:
            found += self._between(stage, values, share)
            share = share * stage.fraction[stage.of_row]
            if not share.any():
                break
        return found

    def variance(self, spread: ArrayLike) -> float:
        """The variance of one estimate from its linearised values (n,)."""
        return float(self.covariance(spread)[0, 0])

    def spread_of_mean(self, x: ArrayLike, domain: NDArray[np.bool_] | None = None) -> tuple[float, Array]:
        """A mean over ``domain`` and its linearised values (n,); they add and subtract like the means."""
        values = np.asarray(x, dtype=float)
        w = self.weights if domain is None else np.where(domain, self.weights, 0.0)
        total = w.sum()
        if not total > 0:
            return float("nan"), np.zeros(self.n)
        seen = np.where(w > 0, values, 0.0)
        mean = float(w @ seen / total)
        mean += float(w @ np.where(w > 0, values - mean, 0.0) / total)
        spread: Array = w * np.where(w > 0, values - mean, 0.0) / total
        return mean, spread

    def _between(self, stage: Stage, z: Array, share: Array) -> Array:
        units, strata = len(stage.stratum), len(stage.drawn)
        totals = np.column_stack([np.bincount(stage.unit, column, units) for column in z.T])
        sums = np.column_stack([np.bincount(stage.stratum, column, strata) for column in totals.T])
        deviation = totals - (sums / stage.drawn[:, None])[stage.stratum]
        n = stage.drawn.astype(float)
        left = np.maximum(1.0 - stage.fraction, 0.0)
        # what earlier stages leave: one value for all rows of a stratum
        before = np.zeros(strata)
        before[stage.of_row] = share
        scale = before * left * np.divide(n, n - 1, out=np.zeros(strata), where=n > 1)
        alone = stage.lonely
        if alone.any():
            if self.lonely == "fail":
                raise _lonely_error([], later=True)
            if self.lonely == "adjust":
                here = alone[stage.stratum]
                deviation[here] = totals[here]  # linearised totals have mean zero over the sample
                scale = np.where(alone, before * left, scale)
            elif self.lonely == "average" and not alone.all():
                scale = scale * (strata / float((~alone).sum()))
        found: Array = (deviation * scale[stage.stratum][:, None]).T @ deviation
        return found


def _stage(parents: Codes, ids: Codes, fpc: ArrayLike | None) -> Stage:
    """Units are pairs of parent and label; ``parents`` are the strata of this stage."""
    strata, parent = np.unique(parents, return_inverse=True)
    _, unit = np.unique(parent.astype(np.int64) * (int(ids.max()) + 1) + ids, return_inverse=True)
    stratum = np.zeros(int(unit.max()) + 1, dtype=np.intp)
    stratum[unit] = parent
    drawn = np.bincount(stratum, minlength=len(strata))
    fraction = np.zeros(len(strata)) if fpc is None else _fractions(fpc, parent, drawn)
    return Stage(unit, stratum, drawn, fraction)


def _fractions(fpc: ArrayLike, parent: Codes, drawn: Codes) -> Array:
    given = np.asarray(fpc, dtype=float)
    if given.shape != parent.shape or not np.all(np.isfinite(given) & (given > 0)):
        raise SurveykitError(
            "population sizes must be positive numbers, one per row",
            expected="units in the population's stratum, or the fraction drawn (at most 1)", code="FPC",
        )  # fmt: skip
    first = np.zeros(len(drawn))
    first[parent] = given
    if not np.allclose(first[parent], given, rtol=1e-9):
        raise SurveykitError(
            "the population size differs within a stratum (or within a cluster, for its second stage)",
            expected="one number for all rows of it", code="FPC",
        )  # fmt: skip
    fraction = first if given.max() <= 1 else drawn / first
    if fraction.max() > 1 + 1e-9:
        at = int(np.argmax(fraction))
        raise SurveykitError(
            "a population is smaller than the sample drawn from it",
            expected=f"at least {int(drawn[at])}", got=f"{first[at]:g}",
            hint="one stage needs the number of clusters in the population, not of people", code="FPC",
        )  # fmt: skip
    limited: Array = np.minimum(fraction, 1.0)
    return limited


def _weights(weights: ArrayLike | None, stages: Sequence[Stage], n: int) -> Array:
    if weights is None:
        w = np.ones(n)
        if all(s.fraction.all() for s in stages):
            for stage in stages:
                w = w / stage.fraction[stage.of_row]
        return w
    w = np.array(weights, dtype=float)
    if w.shape != (n,) or not np.all(np.isfinite(w) & (w > 0)):
        raise SurveykitError("weights must be positive numbers, one per row", code="WEIGHT_VALUE")
    return w


def _codes(labels: Sequence[Any] | Codes, n: int, what: str) -> tuple[Codes, tuple[Any, ...]]:
    values = list(labels)
    if len(values) != n:
        raise SurveykitError(
            f"{what} need one label per row", expected=str(n), got=str(len(values)), code="DESIGN"
        )
    missing = [i for i, v in enumerate(values) if v is None or v != v or v == ""]
    if missing:
        raise SurveykitError(
            f"{what} are missing for {len(missing)} rows", expected="a label for every row",
            got=f"row {missing[0] + 1} first", code="DESIGN",
        )  # fmt: skip
    known: dict[Any, int] = {}
    codes = np.fromiter((known.setdefault(v, len(known)) for v in values), dtype=np.intp, count=n)
    return codes, tuple(known)


def _demand_nested(ids: Codes, strata: Codes, clusters: Sequence[Any], labels: Sequence[Any]) -> None:
    first = np.full(int(ids.max()) + 1, -1, dtype=np.intp)
    first[ids] = strata
    torn = np.flatnonzero(first[ids] != strata)
    if len(torn):
        i = int(torn[0])
        raise SurveykitError(
            f"cluster {shown_cell(list(clusters)[i])} lies in two strata",
            expected="every cluster in one stratum",
            got=f"{shown_cell(labels[strata[i]])} and {shown_cell(labels[first[ids[i]]])}",
            hint="where each stratum numbers its clusters anew, say nest=True (in a study `nest: true`)",
            code="CLUSTER_IN_TWO_STRATA",
        )


def _lonely_error(strata: Sequence[Any], later: bool = False) -> SurveykitError:
    shown = ", ".join(shown_cell(s) for s in strata[:5]) + (", …" if len(strata) > 5 else "")
    return SurveykitError(
        "a stratum with a single cluster: its variance cannot be estimated"
        + (" (second or later stage)" if later else ""),
        expected="at least two clusters (or respondents) in every stratum",
        got=f"stratum {shown}" if shown else "",
        hint="merge it with a neighbour; or say lonely= 'certainty' (drawn for certain), 'adjust' (deviation from "
        "the overall mean) or 'average' (the other strata's mean variance)",
        code="LONELY_STRATUM",
    )
