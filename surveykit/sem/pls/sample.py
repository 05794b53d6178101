"""From answers to correlations and their bootstrap replicates, with the choice for missing values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError, did_you_mean, quote
from surveykit.moments import Moments
from surveykit.responses.plain import PlainRows
from surveykit.sem.pls.missing import moments_by
from surveykit.sem.pls.resample import (
    INNER,
    JACKKNIFE_GROUPS,
    jackknife_moments,
    jackknife_weights,
    nested_moments,
    nested_weights,
)
from surveykit.sem.sample import responses_of
from surveykit.sem.weighted import weight_values

__all__ = [
    "MISSING", "PlsSample", "Weightings", "answered_rows", "demand_numbers", "demand_psd", "drawn_as_named",
    "drawn_weights", "read_rows", "read_sample", "scale_ends",
]  # fmt: skip

Array = NDArray[np.float64]
Weightings = Callable[[int, int], Array]
"""How much each row counts in the weightings from the first to (without) the second number: (k, n)."""
_BLOCK, _DRAWN = 32, 64
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
    """The sample of a PLS model; ``sample`` is ``Responses``, plain rows or ``Moments``."""
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
            "interactions need complete rows: a product of scores is made person by person",
            got="moments" if isinstance(sample, Moments) else f"missing={quote(missing)}",
            hint="the answers themselves, with missing='listwise' or 'mean'",
            code="ROWS_NEEDED",
        )
    from surveykit.responses import bootstrap_moments

    if isinstance(sample, PlainRows):
        return _of_plain(sample, names, bootstrap, seed)
    data = responses_of(sample)
    demand_numbers(data, names)
    low, high = scale_ends(data, names)
    if missing != "listwise" and not rows:
        return _incomplete(data, names, missing, bootstrap, seed, interval, low, high)
    if missing == "mean":
        data, replaced = _mean_replaced(data, names)
        note = _replaced(replaced)
    else:
        note = "incomplete rows set aside (listwise)"
    moments = _varying(data.moments(names).select(names))
    notes = [f"n = {moments.n} of {data.n_rows} rows; {note}", *_said(data)]
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


def _of_plain(plain: PlainRows, names: Sequence[str], bootstrap: int, seed: int) -> PlsSample:
    """The complete rows of numbers that no questionnaire describes."""
    from surveykit.responses import bootstrap_moments
    from surveykit.responses.statistics import moments_of_rows

    x, w = plain.rows(names)
    moments = _varying(moments_of_rows(x, w, names, 2))
    unknown = np.full(len(names), np.nan)
    drawn = bootstrap_moments(plain, names, bootstrap, seed) if bootstrap else None
    note = f"n = {moments.n} of {plain.n_rows} rows; incomplete rows set aside (listwise)"
    return PlsSample(moments, drawn, unknown, unknown, (note,))


def demand_numbers(data: Any, names: Sequence[str]) -> None:
    """Raises where an indicator is unknown, or is no number."""
    for name in names:
        if not data.has(name):
            data.moments([name])  # says what is unknown, with the nearest name
    words = [n for n in names if n in data.columns and n not in data.numeric]
    if words:
        raise SurveykitError(
            "an indicator is not a number",
            expected="items with a scale",
            got=", ".join(map(quote, words)),
            hint="where its options are steps, give it a `scale:` instead of `options:` in the questionnaire",
            code="NOT_NUMERIC",
        )


def drawn_as_named(sample: Any, weight: str | None, cluster: str | None, strata: str | None) -> Any:
    """The sample with the columns of its design that the options of a fit name, in place of those it was read with."""
    named = {"weight": weight, "clusters": (cluster,) if cluster else None, "strata": strata}
    named = {k: v for k, v in named.items() if v is not None}
    if not named:
        return sample
    if isinstance(sample, Moments):
        raise SurveykitError(
            "weights, clusters and strata need the answers themselves", got="moments", code="ROWS_NEEDED"
        )
    data = responses_of(sample)
    columns = [c for c in (weight, cluster, strata) if c is not None]
    for name in columns:
        if not data.has(name):
            raise SurveykitError(
                f"unknown column {quote(name)}", hint=did_you_mean(name, data.columns), code="UNKNOWN_COLUMN"
            )
    frame = data.frame(columns)
    if weight is not None:
        weight_values(frame[weight], weight)
    for name in columns:
        gone = frame[name].isna().to_numpy()
        if gone.any():
            raise SurveykitError(
                f"{quote(name)} is missing in {int(gone.sum())} rows, which then have no place in the design",
                expected="a value in every row",
                hint="leave these rows out, and say so",
                code="DESIGN",
            )
    return replace(data, design=replace(data.design, made={}, **named))


def _said(data: Any) -> list[str]:
    said = [f"weighted by {data.weight}: weighted correlations throughout (WPLS)"] if data.weight else []
    if data.design.is_complex:
        said.append(f"drawn by {', '.join(data.design.columns)}: replicates draw as the design drew")
    return said


def _replaced(holes: int) -> str:
    return f"{holes} missing values replaced by their item's mean" if holes else "no value is missing"


def drawn_weights(data: Any, chosen: NDArray[np.bool_], w: Array, replicates: int, seed: int) -> Array:
    """How much each of the ``chosen`` rows, of weights ``w``, counts in each bootstrap replicate (R, n).

    Rows are drawn, or what the survey design drew, whatever the rows lack; every replicate sums to n.
    """
    from surveykit.responses import bootstrap_moments
    from surveykit.sampling import bootstrap_weights

    n = int(chosen.sum())
    if data.design.is_complex:
        sampling = data.sampling()
        blocks = range(-(-replicates // _DRAWN))
        parts = [bootstrap_weights(sampling, b, _DRAWN, seed)[:, chosen] for b in blocks]
        weights = np.concatenate(parts)[:replicates]
    else:
        rows = PlainRows(np.zeros((n, 1)), ("row",), complete=True)
        weights = bootstrap_moments(rows, ["row"], replicates, seed, return_weights=True)[1] * w
    with np.errstate(invalid="ignore", divide="ignore"):  # no cluster of a small group was drawn: no moments
        weights *= n / weights.sum(axis=1, keepdims=True)
    return weights


def _incomplete(
    data: Any,
    names: list[str],
    missing: str,
    bootstrap: int,
    seed: int,
    interval: str,
    low: Array,
    high: Array,
) -> PlsSample:
    """Every row that answered anything: means for what it lacks, pairwise correlations, or the normal model by EM."""
    x, w, chosen = answered_rows(data, names)
    moments = moments_by(missing, x, w[None], names).replicate(0)
    if missing == "mean":
        note = _replaced(int(np.isnan(x).sum()))
    elif missing == "em":
        note = "moments of all answers by EM (normal model, missing at random)"
    else:
        demand_psd(moments)
        note = f"pairwise correlations, each from {moments.n} to {int(np.isfinite(x).sum(axis=0).max())} rows"
    notes = (f"n = {moments.n} of {data.n_rows} rows; {note}", *_said(data))
    taken = PlsSample(_varying(moments), None, low, high, notes)
    if not bootstrap:
        return taken
    drawn = drawn_weights(data, chosen, w, bootstrap, seed)
    taken = replace(taken, replicates=moments_by(missing, x, drawn, names, moments))
    if interval == "bca":
        left_out = jackknife_weights(w, 0, min(len(w), JACKKNIFE_GROUPS))
        return replace(taken, jackknife=moments_by(missing, x, left_out, names, moments))
    if interval == "studentised":
        ends = [*range(0, bootstrap * INNER, _BLOCK * INNER), bootstrap * INNER]
        parts = [
            moments_by(missing, x, nested_weights(w, drawn, seed, a, b), names, moments)
            for a, b in pairwise(ends)
        ]
        cov, mean = (np.concatenate([np.asarray(getattr(p, f)) for p in parts]) for f in ("cov", "mean"))
        sumw = np.full(len(cov), float(moments.n))
        return replace(
            taken, inner=Moments.trusted(moments.n, cov, mean, moments.names, sumw=sumw, n_total=data.n_rows)
        )
    return taken


def answered_rows(data: Any, names: Sequence[str]) -> tuple[Array, Array, NDArray[np.bool_]]:
    """The rows (n, p) that answered anything, NaN where they did not, their weights, and which rows they are."""
    frame = data.frame(list(names), weights=True)
    chosen = frame[list(names)].notna().any(axis=1).to_numpy() & (frame["_weight"] > 0).to_numpy()
    part = frame[chosen]
    return part[list(names)].to_numpy(dtype=float), part["_weight"].to_numpy(dtype=float), chosen


def demand_psd(moments: Moments) -> None:
    """Pairwise correlations come from different people, and may not be those of any set of variables."""
    if np.linalg.eigvalsh(moments.cor)[0] < 0:
        raise SurveykitError(
            "the pairwise correlations do not fit together (not positive semi-definite)",
            hint="missing='em'",
            code="PAIRWISE_NOT_PSD",
        )


def read_rows(sample: Any, names: Sequence[str], *, incomplete: bool = False) -> tuple[Array, Array, int]:
    """The complete rows (n, p) of ``Responses`` or a frame, their weights, and how many rows there were.

    ``incomplete`` takes every row that answered anything, NaN where it did not.
    """
    if isinstance(sample, Moments):
        raise SurveykitError(
            "this needs the answers themselves, not their moments", got="Moments", code="ROWS_NEEDED"
        )
    data = responses_of(sample)
    demand_numbers(data, names)
    if not incomplete:
        data.moments(list(names))  # says what is constant, with its place
    x, w, _ = answered_rows(data, names)
    known = np.isfinite(x).all(axis=1) | incomplete
    return x[known], w[known], data.n_rows


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
    """The answers with each item's mean for what is missing, drawn as they were; rows without any answer stay out."""
    from surveykit.responses import read

    x, w, chosen = answered_rows(data, names)
    holes = np.isnan(x)
    means = np.array([np.average(c[~h], weights=w[~h]) for c, h in zip(x.T, holes.T, strict=True)])
    frame = data.frame(list(names))
    frame.loc[chosen, list(names)] = np.where(holes, means, x)
    design = data.design
    if not (data.weight or design.is_complex):
        return read(frame), int(holes.sum())
    kept = data.frame([c for c in (*design.columns, data.weight) if c and c not in names])
    bound = read(frame.join(kept))
    return replace(bound, design=replace(design, made={})), int(holes.sum())
