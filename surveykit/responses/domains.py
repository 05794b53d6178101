"""Groups as domains of the whole sample: the mean of one value per person with the error of the design.

The net promoter score is the mean of 100, 0 and -100, a top-box share that of 1 and 0. Standard errors are
Taylor-linearised (or from replicate weights), intervals Student's t with the design's degrees of freedom, for
shares on the logit scale. Where the design finds no variance at all (everybody alike) it cannot give an
interval, and the one for a simple sample of Kish's effective n stands instead.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from surveykit.intervals import Difference, Interval, t_value, wilson
from surveykit.sampling import share_interval

if TYPE_CHECKING:
    from surveykit.responses import Responses
    from surveykit.sampling import Replicates, Sampling

__all__ = ["Domain", "Linear", "design_choice", "difference", "domains", "share_of"]

Array = NDArray[np.float64]
Value = Callable[[Array], Array]


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """One estimate under a design: ``spread`` holds its linearised (or replicate) values, ``domain`` its rows."""

    sampling: Sampling | Replicates
    domain: NDArray[np.bool_]
    estimate: float
    spread: Array
    se: float
    df: int
    n_eff: float

    @property
    def deff(self) -> float:
        """The variance over that of a simple random sample of the same n, drawn with replacement."""
        return float(self.domain.sum()) / self.n_eff if self.n_eff > 0 else math.nan

    def interval(self, unit: str, confidence: float) -> Interval:
        """The interval for a share (0-1), a net score in points (-100 to 100) or a mean."""
        if unit == "share":
            return share_interval(self.estimate, self.se, self.df, confidence)
        half = t_value(confidence, self.df) * self.se
        low, high = self.estimate - half, self.estimate + half
        if unit == "points":
            low, high = max(low, -100.0), min(high, 100.0)
        return Interval(self.estimate, self.se, low, high)


@dataclass(frozen=True, slots=True, eq=False)
class Domain:
    """The answers of one group within the whole sample: their values (NaN elsewhere)."""

    sampling: Sampling | Replicates
    x: Array

    def mean_of(self, value: Value) -> Linear:
        """The mean of ``value(answer)``, which takes an array of answers."""
        inside = ~np.isnan(self.x)
        scored = np.zeros(len(self.x))
        scored[inside] = value(self.x[inside])
        estimate, spread = self.sampling.spread_of_mean(scored, inside)
        n = int(inside.sum())
        variance = self.sampling.variance(spread) if n > 1 else math.nan
        w = self.sampling.weights[inside]
        plain = float(w @ (scored[inside] - estimate) ** 2 / w.sum()) * n / (n - 1) if n > 1 else math.nan
        alike = not plain > 1e-24 * (1 + estimate**2)
        n_eff = math.nan if alike or not variance > 0 else plain / variance
        se = 0.0 if alike and n > 1 else math.sqrt(variance) if variance >= 0 else math.nan
        return Linear(
            self.sampling, inside, estimate, spread, se, self.sampling.df(inside) if n else 0, n_eff
        )


def domains(data: Responses, column: str, by: str | None) -> Iterator[tuple[str, Domain]]:
    """Everybody (group "") or each group of ``by`` as a domain of the whole sample; nothing without a design."""
    if not data.design.is_complex:
        return
    from surveykit.responses.statistics import group_label

    sampling = data.sampling()
    frame = data.frame([column, *([by] if by else [])])
    x = frame[column].to_numpy(dtype=float)
    if by is None:
        yield "", Domain(sampling, x)
        return
    labels = frame[by].map(group_label, na_action="ignore")
    for group in data.groups(by):
        yield group, Domain(sampling, np.where((labels == group).to_numpy(), x, np.nan))


def share_of(found: Linear, confidence: float) -> dict[str, float]:
    """A share with error, interval, effective n and design effect, by the names of a result's columns.

    Where everybody of the domain answered alike the design finds no variance, and the interval is Wilson's.
    """
    n = float(found.domain.sum())
    if not (found.se > 0 and found.df >= 1):
        bounds = wilson(found.estimate, n)
        one = found.df < 1
        return {
            "estimate": found.estimate,
            "se": math.nan if one else found.se,
            "low": math.nan if one else bounds.low,
            "high": math.nan if one else bounds.high,
            "n_eff": math.nan if one else n,
            "deff": math.nan,
        }
    bounds = found.interval("share", confidence)
    return {
        "estimate": found.estimate, "se": found.se, "low": bounds.low, "high": bounds.high,
        "n_eff": found.n_eff, "deff": found.deff,
    }  # fmt: skip


def difference(a: Linear, b: Linear, confidence: float) -> Difference:
    """The difference of two domains' estimates: groups that share clusters are not independent."""
    estimate = a.estimate - b.estimate
    variance = a.sampling.variance(a.spread - b.spread)
    if not variance > 0:
        return Difference(estimate, 0.0, math.nan, math.nan, math.nan, math.nan)
    from scipy.special import stdtr

    se = math.sqrt(variance)
    # as in a regression on the group: one degree of freedom goes to the difference
    df = a.sampling.df(a.domain | b.domain) - 1
    if df < 1:
        return Difference(estimate, se, math.nan, math.nan, estimate / se, math.nan)
    half = t_value(confidence, df) * se
    p = float(2 * stdtr(df, -abs(estimate / se)))
    return Difference(estimate, se, estimate - half, estimate + half, estimate / se, p)


def design_choice(data: Responses) -> str:
    """The design in one sentence, for the choices of a result."""
    design = data.design
    facts: dict[str, Any] = design.words(data.sampling())
    if "replicates" in facts:
        how = f"{facts['replicates']} replicate weights ({facts['kind']})"
    else:
        parts = [f"strata {design.strata} ({facts['strata']})"] if design.strata else []
        parts += [f"clusters {', '.join(design.clusters)} ({facts['units']})"] if design.clusters else []
        parts += [f"finite population {', '.join(design.fpc)}"] if design.fpc else []
        parts += [f"strata with one cluster: {facts['lonely']}"] if facts["lonely"] else []
        how = ", ".join(parts) + "; Taylor-linearised"
    return (
        f"Survey design: {how}. Standard errors, t intervals (shares on the logit scale), n_eff and deff are the "
        f"design's, degrees of freedom clusters less strata ({facts['df']} in all), and stand instead of the "
        "intervals named elsewhere."
    )
