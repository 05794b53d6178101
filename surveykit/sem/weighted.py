"""Answers drawn with unequal chances, in clusters or in strata: pseudo maximum likelihood and its sandwich.

Estimates weigh each row by its sampling weight (normalised to mean 1). Their covariance must not: a weight of 2 is no
second person. With z the products that a case contributes and w its weight, the middle of the sandwich is the
crossproduct of w z, summed up within clusters first, times J/(J − 1) for J clusters (Skinner 1989; Asparouhov 2005). With
strata h each counts its own clusters (or rows) about its own mean, Σ_h J_h/(J_h − 1) Σ_j (u_hj − ū_h)(u_hj − ū_h)', which
is what R's survey package does (Binder 1983).

Answers that were read with a design bring all of it (see ``surveykit.sampling``): later stages and finite populations, rules for
strata of one cluster, weights raked to margins, groups as domains. Under replicate weights Γ is n times the variance of the
moments between the replicates, which to first order is that of estimates refitted under each (Fay 1985; lavaan.survey's way).

Products about the model's moments are linear in those about the sample's, with a constant; so [Σw, Σwz] of each cluster, in one
matrix, is all that is needed of the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import Problems, SurveykitError, quote
from surveykit.model.matrices import vech_indices
from surveykit.moments import Moments
from surveykit.sampling import Replicates, Sampling
from surveykit.sem.design import sampling_behind
from surveykit.sem.options import Options
from surveykit.sem.sample import GroupSample, demand_usable, judge_moments, responses_of

__all__ = ["weight_values", "weighted_samples"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Rows:
    """Complete rows (n, p) of one group with weights (n,) of mean 1 and the place of each row's cluster (n,)."""

    x: Array
    w: Array
    cluster: NDArray[np.intp] | None
    stratum: NDArray[np.intp] | None
    n_total: int
    at: NDArray[np.bool_]


def weighted_samples(
    data: Any, observed: Sequence[str], options: Options
) -> tuple[tuple[GroupSample, ...], tuple[Array, ...]]:
    """The groups' samples, and of each the crossproduct of [Σw, Σwz] over its clusters, divided by n.

    z is [x − m, vech((x − m)(x − m)' − S)]. Rows without a value or with a weight of zero are set aside.
    """
    responses = responses_of(data)
    demand_usable(responses, observed, options.group)
    for column in (options.sampling_weights, options.cluster, options.strata):
        if column is not None:
            demand_usable(responses, [column], None)
    sampling = sampling_behind(data, options)
    samples, crossproducts = [], []
    problems = Problems()
    for label, rows in _groups(responses, observed, options).items():
        moments, crossproduct = _moments(rows, observed, sampling)
        judge_moments(moments, label, problems)
        n = float(moments.sumw)
        S = np.array(moments.cov_ml)
        samples.append(GroupSample(label, moments.n, moments.n_total, S, S, moments.mean, n, moments))
        crossproducts.append(crossproduct)
    problems.raise_if_any()
    return tuple(samples), tuple(crossproducts)


def _groups(responses: Any, observed: Sequence[str], options: Options) -> dict[str, _Rows]:
    by, weight, cluster = options.group, options.sampling_weights, options.cluster
    more = [c for c in (by, weight, cluster, options.strata) if c is not None and c not in observed]
    frame = responses.frame([*observed, *dict.fromkeys(more)])
    x = frame[list(observed)].to_numpy(float)
    w = np.ones(len(x)) if weight is None else weight_values(frame[weight], weight)
    usable = np.isfinite(x).all(axis=1) & (w > 0)
    place, stratum = None, None
    if cluster is not None:
        usable &= frame[cluster].notna().to_numpy()
        place = np.unique(frame[cluster].astype(str).to_numpy(), return_inverse=True)[1]
    if options.strata is not None:
        usable &= frame[options.strata].notna().to_numpy()
        stratum = np.unique(frame[options.strata].astype(str).to_numpy(), return_inverse=True)[1]
        # clusters are those of their stratum: the same number in two strata is two clusters
        place = None if place is None else stratum * (int(place.max()) + 1) + place
    labels = [""] if by is None else list(responses.groups(by))
    out = {}
    for label in labels:
        mine = np.ones(len(x), dtype=bool) if by is None else frame[by].astype(str).to_numpy() == label
        at = mine & usable
        if at.sum() < 2:
            raise SurveykitError(
                "too few rows with all values and a weight",
                f"group {quote(label)}" if label else "",
                got=str(int(at.sum())),
                code="TOO_FEW_ROWS",
            )
        out[label] = _Rows(
            x[at],
            w[at] / w[at].mean(),
            None if place is None else place[at],
            None if stratum is None else stratum[at],
            int(mine.sum()),
            at,
        )
    return out


def weight_values(column: Any, name: str) -> Array:
    """The weights (n,) of a column; 0 where there is none, an error where one is negative."""
    values = column.to_numpy(float)
    for wrong, what in ((np.isnan(values), "missing"), (values < 0, "negative")):
        if wrong.any():
            rows = np.nonzero(wrong)[0] + 1
            shown = ", ".join(str(r) for r in rows[:5]) + (f", … ({len(rows)} rows)" if len(rows) > 5 else "")
            raise SurveykitError(
                f"the weight {quote(name)} has {what} values",
                expected="a weight of 0 or more in every row (0 sets a row aside)",
                got=f"rows {shown}",
                code="SEM_WEIGHT",
            )
    return np.asarray(values)


def _moments(
    rows: _Rows, names: Sequence[str], sampling: Sampling | Replicates | None
) -> tuple[Moments, Array]:
    m = Moments.from_rows(rows.x, names, rows.w, n_total=rows.n_total)
    d = rows.x - np.asarray(m.mean)
    i, j = vech_indices(len(names))
    z = (
        np.concatenate([np.ones((len(d), 1)), d, d[:, i] * d[:, j] - m.cov_ml[i, j]], axis=1)
        * rows.w[:, None]
    )
    if isinstance(sampling, Sampling):
        inside = np.zeros((len(rows.at), z.shape[1]))
        inside[rows.at] = z
        crossproduct = sampling.covariance(inside) / len(d)
        if not np.diagonal(crossproduct).max() > 0:
            raise SurveykitError(
                "the whole population was drawn: nothing is left to estimate, and nothing to test",
                hint="leave fpc out where the population stands for a larger one, or method='ml' with se='none'",
                code="DESIGN",
            )
    elif sampling is not None:
        crossproduct = _between_replicates(rows, d, sampling)
    else:
        crossproduct = _between_units(rows, z)
    with_gamma = Moments(
        m.n, m.cov, m.mean, m.names, sumw=m.sumw, sumw2=m.sumw2, n_total=m.n_total, gamma=crossproduct[1:, 1:]
    )
    return with_gamma, crossproduct


def _between_units(rows: _Rows, z: Array) -> Array:
    """The crossproduct of z (n, m) over clusters, or rows, of one stage in an endless population, divided by n."""
    n, correction, stratum = len(z), 1.0, rows.stratum
    if rows.cluster is not None:
        kept, first, place = np.unique(rows.cluster, return_index=True, return_inverse=True)
        if len(kept) < 2:
            raise SurveykitError("one cluster says nothing about the spread of clusters", code="SEM_CLUSTER")
        sums = np.zeros((len(kept), z.shape[1]))
        np.add.at(sums, place, z)
        z, correction = sums, len(kept) / (len(kept) - 1)
        stratum = None if stratum is None else stratum[first]
    if stratum is not None:
        z, correction = _about_strata(z, stratum), 1.0
    out: Array = z.T @ z * (correction / n)
    return out


def _between_replicates(rows: _Rows, d: Array, given: Replicates) -> Array:
    """n times the covariance of [1, mean, vech S] between replicates; the sum of the weights itself is not estimated."""
    w = given.replicates[rows.at]
    totals = w.sum(axis=0)
    if not (totals > 0).all():
        raise SurveykitError(
            "a replicate has no weight in the rows of this fit",
            got=f"{int((totals <= 0).sum())} of {len(totals)} replicates",
            hint="merge small groups, or fit without groups",
            code="REPLICATES",
        )
    i, j = vech_indices(d.shape[1])
    w = w / totals
    mean = w.T @ d
    moments = np.concatenate([mean, w.T @ (d[:, i] * d[:, j]) - mean[:, i] * mean[:, j]], axis=1)
    used = given.scales > 0
    about = (moments - moments[used].mean(axis=0)) * np.sqrt(given.scales)[:, None]
    out = np.zeros((moments.shape[1] + 1,) * 2)
    out[1:, 1:] = len(d) * (about.T @ about)
    return out


def _about_strata(z: Array, stratum: NDArray[np.intp]) -> Array:
    """The units' sums (J, m) about the mean of their stratum, times the root of J_h/(J_h − 1)."""
    place, drawn = np.unique(stratum, return_inverse=True, return_counts=True)[1:]
    if (drawn == 1).any():
        raise SurveykitError(
            "a stratum with a single cluster (or row): its variance cannot be estimated",
            expected="at least two in every stratum",
            got=f"{int((drawn == 1).sum())} of {len(drawn)} strata",
            hint="merge it with a neighbour before fitting",
            code="LONELY_STRATUM",
        )
    means = np.zeros((len(drawn), z.shape[1]))
    np.add.at(means, place, z)
    means /= drawn[:, None]
    out: Array = (z - means[place]) * np.sqrt(drawn / (drawn - 1))[place, None]
    return out
