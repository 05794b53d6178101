"""From answers or printed moments to what the likelihood needs, after the questions that must come first.

A sample that cannot carry a covariance model is refused here, before anything is estimated: an
unknown variable, n not above the number of variables, a constant item, two identical items, an item that is
a sum of others. Each complaint names the variables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import Problems, SurveykitError, did_you_mean, quote
from surveykit.moments import Moments
from surveykit.sem.dense import root

__all__ = ["GroupSample", "demand_usable", "judge_moments", "read_samples", "responses_of", "taken_once"]

Array = NDArray[np.float64]

SINGULAR = 1e-10
"""Smallest eigenvalue of a correlation matrix that still counts as positive definite."""
IDENTICAL = 1 - 1e-9


@dataclass(frozen=True, slots=True)
class GroupSample:
    """One group: its label, n used and looked at, S as the likelihood takes it, mean, multiplier of F.

    ``S`` has divisor n (normal likelihood) or n − 1 (Wishart) and ``multiplier`` is n or n − 1; ``S_ml``
    always has divisor n.
    """

    label: str
    n: int
    n_total: int
    S: Array
    S_ml: Array
    mean: Array | None
    multiplier: float
    moments: Moments


def read_samples(
    sample: Any,
    observed: Sequence[str],
    *,
    group: str | None,
    likelihood: str,
    meanstructure: bool,
    order: int = 2,
) -> tuple[GroupSample, ...]:
    """The groups of a sample (one without ``group``), checked; variables in the order ``observed``."""
    by_label = _moments(sample, tuple(observed), group, order)
    problems = Problems()
    for label, moments in by_label.items():
        judge_moments(moments, label, problems)
        if meanstructure and moments.mean is None:
            problems.add(
                "the model has a mean structure and the moments have no means",
                hint="give mean= to Moments(…), or fit without meanstructure",
                code="SEM_NO_MEANS",
            )
    problems.raise_if_any()
    return tuple(_group(label, m, likelihood) for label, m in by_label.items())


def _group(label: str, moments: Moments, likelihood: str) -> GroupSample:
    n = float(moments.sumw)
    S_ml = np.array(moments.cov_ml)
    wishart = likelihood == "wishart"
    S = np.array(moments.cov) if wishart else S_ml
    return GroupSample(
        label, moments.n, moments.n_total, S, S_ml, moments.mean, n - 1 if wishart else n, moments
    )


def _moments(sample: Any, observed: tuple[str, ...], group: str | None, order: int) -> dict[str, Moments]:
    if isinstance(sample, Moments):
        if group is not None:
            raise SurveykitError(
                "moments of one sample cannot be split into groups",
                expected="a dict of group label to Moments, or the answers themselves",
                code="SEM_GROUP",
            )
        return {"": _selected(sample, observed)}
    if isinstance(sample, Mapping) and sample and all(isinstance(m, Moments) for m in sample.values()):
        return {str(label): _selected(m, observed) for label, m in sample.items()}
    data = responses_of(sample)
    demand_usable(data, observed, group)
    found = data.moments(list(observed), by=group, order=order)
    if group is None:
        return {"": found.select(observed)}
    if len(found) < 2:
        raise SurveykitError(
            f"the column {quote(group)} has one group only",
            expected="at least two groups, or no group=",
            got=", ".join(quote(g) for g in found),
            code="SEM_GROUP_ONE",
        )
    return {str(label): m.select(observed) for label, m in found.items()}


def taken_once(sample: Any, columns: Sequence[str], *, numbers: bool) -> Any:
    """The sample, taken from its source once; what comes after finds it ready.

    Moments and answers stay as they are. Where ``numbers`` are all that is needed (no groups, no design), a frame that
    holds nothing else in ``columns`` is not read, which would take many times as long as a fit; anything else is.
    """
    from surveykit.responses.plain import plain_rows

    if isinstance(sample, Moments | Mapping):
        return sample
    plain = plain_rows(sample, columns) if numbers else None
    return responses_of(sample) if plain is None else plain


def responses_of(sample: Any) -> Any:
    """The answers of a sample that is not moments: ``Responses`` as they are, a frame or a path read."""
    if hasattr(sample, "moments") and hasattr(sample, "n_rows"):
        return sample
    from surveykit.responses import read

    return read(sample)


def demand_usable(data: Any, observed: Sequence[str], group: str | None) -> None:
    """Raise where the answers lack a variable of the model; all such names at once, with neighbours."""
    problems = Problems()
    for name in (*observed, *([group] if group is not None else [])):
        if not data.has(name):
            problems.add(
                f"the model speaks of {quote(name)}, which the data do not have",
                hint=did_you_mean(name, data.columns),
                code="UNKNOWN_VARIABLE",
            )
    problems.raise_if_any()


def _selected(moments: Moments, observed: tuple[str, ...]) -> Moments:
    problems = Problems()
    for name in observed:
        if name not in moments.names:
            problems.add(
                f"the model speaks of {quote(name)}, which the moments do not have",
                hint=did_you_mean(name, moments.names),
                code="UNKNOWN_VARIABLE",
            )
    problems.raise_if_any()
    if moments.replicates is not None:
        raise SurveykitError(
            "stacked moments are replicates of a bootstrap, not one sample",
            expected="one set of moments",
            got=f"{moments.replicates} replicates",
            code="SEM_STACKED",
        )
    return moments.select(observed)


def judge_moments(moments: Moments, label: str, problems: Problems) -> None:
    """Everything that makes a covariance matrix unfit for estimation, with the names."""
    where = f"group {quote(label)}" if label else ""
    names, p = moments.names, moments.p
    if moments.n <= p:
        problems.add(
            "too few complete rows for this model",
            where,
            expected=f"more rows than observed variables: at least {p + 1} for {p} variables",
            got=f"n = {moments.n}" + _set_aside(moments),
            hint="use fewer items, or answers without missing values",
            code="SEM_N_TOO_SMALL",
        )
        return
    variances = moments.cov.diagonal()
    constant = (
        [] if (variances > 0).all() else [v for v, s in zip(names, variances, strict=True) if not s > 0]
    )
    for name in constant:
        value = "" if moments.mean is None else f"every answer is {moments.mean[names.index(name)]:g}"
        problems.add(
            f"the item {quote(name)} has no variance",
            where,
            got=value,
            hint="leave it out of the model",
            code="SEM_CONSTANT_ITEM",
        )
    if not constant:
        _judge_rank(moments, where, problems)


def _set_aside(moments: Moments) -> str:
    aside = moments.n_total - moments.n
    return f" ({aside} of {moments.n_total} rows set aside as incomplete)" if aside else ""


def _judge_rank(moments: Moments, where: str, problems: Problems) -> None:
    R, names = moments.cor, moments.names
    if root(R - 2 * SINGULAR * np.eye(len(R))) is not None:
        return
    # the eigenvalues say what is wrong, and whether anything is
    values, vectors = np.linalg.eigh(R)
    if values[0] > SINGULAR:
        return
    pairs = [
        (names[i], names[j], R[i, j])
        for i in range(len(names))
        for j in range(i + 1, len(names))
        if abs(R[i, j]) > IDENTICAL
    ]
    for a, b, r in pairs:
        problems.add(
            f"the items {quote(a)} and {quote(b)} are the same (r = {r:.0f})",
            where,
            hint="leave one of them out",
            code="SEM_IDENTICAL_ITEMS",
        )
    if pairs:
        return
    if values[0] < -SINGULAR:
        problems.add(
            "the covariance matrix is not positive definite",
            where,
            got=f"smallest eigenvalue of the correlation matrix {values[0]:.3g}",
            hint="was it computed from pairwise complete answers, or mistyped?",
            code="SEM_NOT_POSITIVE_DEFINITE",
        )
        return
    problems.add(
        "an item is a combination of others, so the covariance matrix is singular",
        where,
        got=_combination(vectors[:, 0] / moments.sd, names) + " is constant",
        hint="leave one of these items out",
        code="SEM_COLLINEAR_ITEMS",
    )


def _combination(weights: Array, names: Sequence[str]) -> str:
    """``s3 − s1 − s2`` from a null vector, the largest weight set to 1."""
    weights = weights / weights[np.argmax(np.abs(weights))]
    text = ""
    for w, name in sorted(zip(weights, names, strict=True), key=lambda pair: -abs(pair[0])):
        if abs(w) < 1e-6:
            continue
        size = "" if abs(abs(w) - 1) < 1e-6 else f"{abs(w):.4g}·"
        sign = "− " if w < 0 else "+ "
        text += f" {sign if text or w < 0 else ''}{size}{name}"
    return text.strip()
