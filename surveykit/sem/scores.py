"""Factor scores: where each respondent stands on each construct, as the fitted model sees it.

With y the items, μ and Σ what the model implies, Λ the loadings and C the covariances of constructs with items:

    regression (Thurstone 1935):  η̂ = ν + C Σ⁻¹ (y − μ)            least mean square error, shrunk to the mean
    Bartlett (1937):              η̂ = ν + (Λ'Σ⁻¹Λ)⁻¹ Λ'Σ⁻¹ (y − μ)  unbiased given η, more spread

(with Σ in place of the residual covariances, which changes nothing and allows an item without error). A row
with missing items is scored from those it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError, quote
from surveykit.sem.ordinalscores import modal_scores
from surveykit.sem.result import Fit
from surveykit.sem.sample import demand_usable, responses_of
from surveykit.sem.solution import GroupSolution

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["determinacy", "factor_scores"]

Array = NDArray[np.float64]
METHODS = ("regression", "bartlett", "ebm")
_SINGULAR = 1e-9


def factor_scores(fit: Fit, data: Any, method: str = "regression", group: str | None = None) -> pd.DataFrame:
    """The scores of every row of ``data`` on the constructs of ``fit``, one column each, in file order.

    ``method`` is ``"regression"`` or ``"bartlett"``; ``group`` the column with the groups of a fit of several
    (that of the fit without). Rows without any item of the model, or of a group that was not fitted, are NaN. Scores
    are in the units of the constructs in the fit.

    Scores of ordered items are the most likely values given the answers (empirical Bayes modal, lavaan's ``EBM``),
    ``"ebm"`` here), which ``"regression"`` stands for then; Bartlett scores of them are infinite for some answers.

    Scores are estimates: analyses that take them as answers understate uncertainty and, with regression
    scores, distort relations. Prefer paths in the model itself.

    >>> import surveykit as sk
    >>> frame = sk.simulate(sk.Model.parse("f =~ 0.8*x1 + 0.7*x2 + 0.6*x3"), n=200, seed=1)
    >>> from surveykit.sem import fit
    >>> scores = factor_scores(fit("f =~ x1 + x2 + x3", frame), frame)
    >>> scores.shape, abs(round(float(scores["f"].mean()), 9))
    ((200, 1), 0.0)
    """
    import pandas as pd

    if method not in METHODS:
        raise SurveykitError(
            f"method={quote(method)} is not possible",
            expected=" or ".join(quote(m) for m in METHODS),
            code="OPTION_VALUE",
        )
    if fit.options.ordered and method == "bartlett":
        raise SurveykitError(
            "of ordered items there are no Bartlett scores: they are infinite for who chose the first or the last "
            "category of every item",
            expected="method='ebm'",
            code="OPTION_UNSUPPORTED",
        )
    if method == "ebm" and not fit.options.ordered:
        raise SurveykitError(
            "method='ebm' is for ordered items",
            expected="'regression' (which it would be) or 'bartlett'",
            code="OPTION_UNSUPPORTED",
        )
    latents = list(fit.table.latents)
    if not latents:
        raise SurveykitError(
            "the model has no constructs", expected="a model with =~", code="SEM_NO_CONSTRUCT"
        )
    by = group or fit.options.group
    several = len(fit.table.groups) > 1
    if several and by is None:
        raise SurveykitError("which column says the group of a row?", expected="group=", code="SEM_GROUP")
    responses = responses_of(data)
    demand_usable(responses, fit.table.observed, by if several else None)
    frame = responses.frame([*fit.table.observed, *([by] if several and by else [])])
    y = frame[list(fit.table.observed)].to_numpy(float)
    out = np.full((len(y), len(latents)), np.nan)
    for g, solution in enumerate(fit.solution.groups):
        mine = frame[by].astype(str).to_numpy() == solution.label if several else np.ones(len(y), dtype=bool)
        if fit.options.ordered:
            out[mine] = modal_scores(fit, solution, y[mine])
        else:
            out[mine] = _scored(fit, solution, _means(fit, g, y[mine]), y[mine], method)
    return pd.DataFrame(out, columns=latents)


def _means(fit: Fit, g: int, y: Array) -> Array:
    """μ (p,): the model's, or the sample's where means are not modelled."""
    if fit.table.meanstructure:
        return fit.solution.groups[g].state.mu
    mean = fit.samples[g].mean
    return np.asarray(np.nanmean(y, axis=0) if mean is None else mean)


def _scored(fit: Fit, group: GroupSolution, mu: Array, y: Array, method: str) -> Array:
    """Scores (n, m), one linear map for each pattern of missing items."""
    seen = np.isfinite(y)
    out = np.full((len(y), len(fit.table.latents)), np.nan)
    nu = _latent_means(fit, group)
    patterns, which = np.unique(seen, axis=0, return_inverse=True)
    for i, pattern in enumerate(patterns):
        if pattern.any():
            at = np.nonzero(which.reshape(-1) == i)[0]
            W = score_weights(fit, group, pattern, method)
            out[at] = nu + (y[np.ix_(at, pattern)] - mu[pattern]) @ W.T
    return out


def _latent_means(fit: Fit, group: GroupSolution) -> Array:
    p = len(fit.table.observed)
    return (
        np.asarray((group.state.E @ group.m)[p:]) if fit.table.meanstructure else np.zeros(len(group.m) - p)
    )


def score_weights(fit: Fit, group: GroupSolution, seen: NDArray[np.bool_], method: str) -> Array:
    """W (m, items seen) of the scores W (y − μ)."""
    p, C = len(fit.table.observed), group.state.C
    Sigma = group.state.Sigma[np.ix_(seen, seen)]
    if method == "regression":
        return np.asarray(np.linalg.solve(Sigma, C[p:, :p][:, seen].T).T)
    loadings = np.linalg.solve(np.eye(p) - group.A[:p, :p], group.A[:p, p:])[seen]
    without = [name for name, column in zip(fit.table.latents, loadings.T, strict=True) if not column.any()]
    if without and seen.all():
        raise SurveykitError(
            "Bartlett scores need constructs with items of their own",
            got=", ".join(quote(n) for n in without),
            hint="use method='regression'",
            code="SEM_SCORES",
        )
    weighed = np.linalg.solve(Sigma, loadings)
    inner = loadings.T @ weighed
    size = np.sqrt(np.where(np.diagonal(inner) > 0, np.diagonal(inner), 1.0))
    if np.linalg.eigvalsh(inner / np.outer(size, size))[0] < _SINGULAR:
        return np.full(loadings.T.shape, np.nan)  # too few items were answered to tell the constructs apart
    return np.asarray(np.linalg.solve(inner, weighed.T))


def determinacy(fit: Fit, group: GroupSolution) -> Array:
    """The correlation (m,) of each construct with its regression score (Guttman 1955; Grice 2001)."""
    p, C = len(fit.table.observed), group.state.C
    explained = np.diagonal(C[p:, :p] @ np.linalg.solve(group.state.Sigma, C[p:, :p].T))
    total = np.diagonal(C)[p:]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.sqrt(np.clip(explained / total, 0.0, None)))
