"""From answers to correlations and their bootstrap replicates, with the choice for missing values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError, quote
from surveykit.moments import Moments

__all__ = ["MISSING", "PlsSample", "read_sample"]

Array = NDArray[np.float64]
MISSING = ("listwise", "mean")


@dataclass(frozen=True, slots=True)
class PlsSample:
    """Moments of the indicators, their stacked replicates (None without rows), and the scales 0–100 rests on.

    ``low`` and ``high`` (p,) are the ends of each indicator's response scale, NaN where they are not known.
    """

    moments: Moments
    replicates: Moments | None
    low: Array
    high: Array
    notes: tuple[str, ...]


def read_sample(
    sample: Any, indicators: Sequence[str], *, missing: str, bootstrap: int, seed: int
) -> PlsSample:
    """The sample of a PLS model; ``sample`` is ``Responses``, a frame or ``Moments``."""
    names = list(indicators)
    if isinstance(sample, Moments):
        moments = sample.select(names)
        unknown = np.full(len(names), np.nan)
        said = ["n = " + str(moments.n) + ", from moments"]
        if bootstrap:
            said.append("no rows, so no bootstrap: standard errors are not given")
        return PlsSample(_varying(moments), None, unknown, unknown, tuple(said))
    from surveykit.responses import bootstrap_moments, read

    data = sample if hasattr(sample, "moments") and hasattr(sample, "counts") else read(sample)
    for name in names:
        if not data.has(name):
            data.moments([name])  # says what is unknown, with the nearest name
    low, high = _ends(data, names)
    if missing == "mean":
        data, replaced = _mean_replaced(data, names)
        note = (
            f"{replaced} missing values replaced by their item's mean" if replaced else "no value is missing"
        )
    else:
        note = "incomplete rows set aside (listwise)"
    moments = _varying(data.moments(names).select(names))
    stacked = bootstrap_moments(data, names, bootstrap, seed) if bootstrap else None
    notes = [f"n = {moments.n} of {moments.n_total} rows; {note}"]
    if data.weight:
        notes.append(f"weighted by {data.weight}: weighted correlations throughout (WPLS)")
    return PlsSample(moments, stacked, low, high, tuple(notes))


def _varying(moments: Moments) -> Moments:
    constant = [n for n, s in zip(moments.names, moments.sd, strict=True) if not s > 0]
    if constant:
        raise SurveykitError(
            "an indicator has no variance",
            got=", ".join(quote(n) for n in constant),
            hint="leave it out of the model",
            code="SEM_CONSTANT_ITEM",
        )
    return moments


def _ends(data: Any, names: Sequence[str]) -> tuple[Array, Array]:
    items = {} if data.questionnaire is None else data.questionnaire.items
    low, high = np.full(len(names), np.nan), np.full(len(names), np.nan)
    for at, name in enumerate(names):
        scale = items[name].scale if name in items else None
        if scale is not None:
            low[at], high[at] = scale.min, scale.max
    return low, high


def _mean_replaced(data: Any, names: Sequence[str]) -> tuple[Any, int]:
    from surveykit.responses import read

    frame = data.frame(list(names), weights=True)
    values, weight = frame[list(names)], frame["_weight"].to_numpy()
    holes = int(values.isna().to_numpy().sum())
    filled = values.copy()
    for name in names:
        x = values[name].to_numpy()
        there = np.isfinite(x)
        filled[name] = np.where(there, x, np.average(x[there], weights=weight[there]))
    if data.weight is None:
        return read(filled), holes
    return read(filled.assign(**{data.weight: weight}), weight=data.weight), holes
