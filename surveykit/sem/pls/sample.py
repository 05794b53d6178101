"""From answers to correlations and their bootstrap replicates, with the choice for missing values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError, quote
from surveykit.moments import Moments
from surveykit.sem.pls.missing import em_moments, pairwise_moments
from surveykit.sem.pls.resample import jackknife_moments, jackknife_weights, nested_moments, nested_weights

__all__ = ["MISSING", "PlsSample", "Weightings", "read_rows", "read_sample", "scale_ends"]

Array = NDArray[np.float64]
Weightings = Callable[[int, int], Array]
"""How much each row counts in the weightings from the first to (without) the second number: (k, n)."""
MISSING = ("listwise", "pairwise", "mean", "em")


@dataclass(frozen=True, slots=True)
class PlsSample:
    """Moments of the indicators, their stacked replicates (None without rows), and the scales 0–100 rests on.

    ``jackknife`` and ``inner`` are there where the kind of interval asks for them; ``rows`` (n, p), ``weights`` (n,)
    and ``drawn`` (R, n), how much each counts in the sample and in each replicate, where products need them.

    ``low`` and ``high`` (p,) are the ends of each indicator's response scale, NaN where they are not known.
    """

    moments: Moments
    replicates: Moments | None
    low: Array
    high: Array
    notes: tuple[str, ...]
    jackknife: Moments | None = None
    inner: Moments | None = None
    rows: Array | None = None
    weights: Array | None = None
    drawn: Array | None = None
    seed: int = 1

    def weightings(self, which: str) -> Weightings | None:
        """How much each row counts in what ``which`` (``at replicates jackknife inner``) was made of; None without rows."""
        if self.weights is None or self.drawn is None:
            return None
        w, drawn, seed = self.weights, self.drawn, self.seed
        makers: dict[str, Weightings] = {
            "at": lambda start, stop: w[None][start:stop],
            "replicates": lambda start, stop: drawn[start:stop],
            "jackknife": lambda start, stop: jackknife_weights(w, start, stop),
            "inner": lambda start, stop: nested_weights(w, drawn, seed, start, stop),
        }
        return makers[which]


def read_sample(
    sample: Any,
    indicators: Sequence[str],
    *,
    missing: str,
    bootstrap: int,
    seed: int,
    interval: str = "percentile",
    rows: bool = False,
) -> PlsSample:
    """The sample of a PLS model; ``sample`` is ``Responses``, a frame or ``Moments``."""
    names = list(indicators)
    if isinstance(sample, Moments) and not rows:
        moments = sample.select(names)
        unknown = np.full(len(names), np.nan)
        said = ["n = " + str(moments.n) + ", from moments"]
        if bootstrap:
            said.append("no rows, so no bootstrap: standard errors are not given")
        return PlsSample(_varying(moments), None, unknown, unknown, tuple(said))
    if rows and (isinstance(sample, Moments) or missing in ("pairwise", "em")):
        raise SurveykitError(
            "interactions need complete rows",
            hint="the answers themselves, with missing='listwise' or 'mean'",
            code="ROWS_NEEDED",
        )
    from surveykit.responses import bootstrap_moments, read

    data = sample if hasattr(sample, "moments") and hasattr(sample, "counts") else read(sample)
    for name in names:
        if not data.has(name):
            data.moments([name])  # says what is unknown, with the nearest name
    low, high = scale_ends(data, names)
    if missing in ("pairwise", "em"):
        return _incomplete(data, names, missing, bootstrap, seed, low, high)
    if missing == "mean":
        data, replaced = _mean_replaced(data, names)
        note = (
            f"{replaced} missing values replaced by their item's mean" if replaced else "no value is missing"
        )
    else:
        note = "incomplete rows set aside (listwise)"
    moments = _varying(data.moments(names).select(names))
    notes = [f"n = {moments.n} of {moments.n_total} rows; {note}"]
    if data.weight:
        notes.append(f"weighted by {data.weight}: weighted correlations throughout (WPLS)")
    if not bootstrap and not rows:
        return PlsSample(moments, None, low, high, tuple(notes))
    if interval == "percentile" and not rows:
        drawn_once = bootstrap_moments(data, names, bootstrap, seed)
        return PlsSample(moments, drawn_once, low, high, tuple(notes))
    stacked: Moments | None = None
    drawn = np.empty((0, data.n_rows))
    if bootstrap:
        stacked, drawn = bootstrap_moments(data, names, bootstrap, seed, return_weights=True)
    frame = data.frame(names, weights=True)
    complete = frame[names].notna().all(axis=1).to_numpy()
    x = frame[names].to_numpy(dtype=float)[complete]
    w = frame["_weight"].to_numpy(dtype=float)[complete]
    left_out = jackknife_moments(x, w, names) if interval == "bca" else None
    inner = nested_moments(x, w, drawn[:, complete], names, seed) if interval == "studentised" else None
    taken = PlsSample(moments, stacked, low, high, tuple(notes), left_out, inner)
    return replace(taken, rows=x, weights=w, drawn=drawn[:, complete], seed=seed) if rows else taken


def _incomplete(
    data: Any, names: list[str], missing: str, bootstrap: int, seed: int, low: Array, high: Array
) -> PlsSample:
    """Every row that answered anything: pairwise correlations, or the moments of the normal model by EM."""
    from surveykit.responses import bootstrap_moments, read

    frame = data.frame(names, weights=True)
    frame = frame[frame[names].notna().any(axis=1)]
    x, w = frame[names].to_numpy(dtype=float), frame["_weight"].to_numpy(dtype=float)
    stacked, drawn = None, np.empty((0, len(x)))
    if bootstrap:
        whole = read(frame.fillna(0.0), weight="_weight" if data.weight else None)
        drawn = bootstrap_moments(whole, names, bootstrap, seed, return_weights=True)[1]
    if missing == "em":
        found = em_moments(x, w[None], names)
        moments = found.replicate(0)
        stacked = em_moments(x, drawn, names, start=moments, tolerance=1e-6) if bootstrap else None
        note = "moments of all answers by EM (normal model, missing at random)"
    else:
        found = pairwise_moments(x, w[None], names)
        moments = found.replicate(0)
        if np.linalg.eigvalsh(moments.cor)[0] < 0:
            raise SurveykitError(
                "the pairwise correlations do not fit together (not positive semi-definite)",
                hint="missing='em'",
                code="PAIRWISE_NOT_PSD",
            )
        stacked = pairwise_moments(x, drawn, names) if bootstrap else None
        note = f"pairwise correlations, each from {moments.n} to {int(np.isfinite(x).sum(axis=0).max())} rows"
    notes = [f"n = {moments.n} of {data.n_rows} rows; {note}"]
    if data.weight:
        notes.append(f"weighted by {data.weight}: weighted correlations throughout (WPLS)")
    return PlsSample(_varying(moments), stacked, low, high, tuple(notes))


def read_rows(sample: Any, names: Sequence[str]) -> tuple[Array, Array, int]:
    """The complete rows (n, p) of ``Responses`` or a frame, their weights, and how many rows there were."""
    from surveykit.responses import read

    if isinstance(sample, Moments):
        raise SurveykitError(
            "this needs the answers themselves, not their moments", got="Moments", code="ROWS_NEEDED"
        )
    data = sample if hasattr(sample, "moments") and hasattr(sample, "counts") else read(sample)
    data.moments(list(names))  # says what is unknown or constant, with its place
    frame = data.frame(list(names), weights=True)
    x, w = frame[list(names)].to_numpy(dtype=float), frame["_weight"].to_numpy(dtype=float)
    known = np.isfinite(x).all(axis=1)
    return x[known], w[known], len(x)


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


def scale_ends(data: Any, names: Sequence[str]) -> tuple[Array, Array]:
    """The ends of each indicator's response scale, NaN where they are not known."""
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
