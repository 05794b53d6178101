"""PLSpredict: how well the items of the explained constructs are foretold for people who were left out.

Shmueli, Ray, Velasquez Estrada & Chatla (2016); Shmueli et al. (2019); CVPAT after Liengaard et al. (2021) and Sharma,
Liengaard, Hair, Sarstedt & Ringle (2023).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveykit.errors import Problems, SurveykitError, quote
from surveykit.intervals import t_value
from surveykit.model import Model
from surveykit.results import Check, Estimates, Table
from surveykit.sem.pls.foretell import Target, errors, targets_of
from surveykit.sem.pls.plan import Plan, plan_of
from surveykit.sem.pls.sample import MISSING, read_rows

__all__ = ["predict"]

Array = NDArray[np.float64]
_TITLE = {"en": "Out-of-sample prediction", "zh": "样本外预测"}
_CHECK = {
    "en": "The model does not foretell {item} better than its mean does (Q² {q2}).",
    "zh": "模型对{item}的预测并不优于其均值（Q²为{q2}）。",
}


def predict(
    model: Model | str,
    sample: Any,
    *,
    scheme: str = "path",
    modes: Mapping[str, str] | None = None,
    interactions: Sequence[Sequence[str]] = (),
    approach: str = "two_stage",
    hierarchy: str = "two_stage",
    antecedents: str = "direct",
    benchmark: str = "exogenous",
    folds: int = 10,
    repeats: int = 10,
    seed: int = 1,
    level: float = 0.95,
    assigned: ArrayLike | None = None,
    missing: str = "listwise",
    name: str = "prediction",
) -> Estimates:
    """Cross-validated prediction of every item of an explained construct, with two benchmarks.

    ``antecedents``: ``direct`` predicts a construct from the scores of the constructs just before it, ``earliest``
    from the exogenous ones alone. The linear model regresses each item on the items of the ``exogenous``
    constructs, or of ``all`` other constructs; the indicator average is the mean of the training rows.
    ``assigned`` (n,) gives the fold of each row used instead of ``folds`` and ``repeats``. ``missing`` is ``listwise``
    (complete rows), ``mean``, ``pairwise`` or ``em``: then every row is used, missing answers of predictors are filled by the
    training rows alone, and errors count where there is an answer. Constructs of constructs
    and ``interactions`` are made anew from each training set; sampling weights count in training and in the errors.

    ``tidy()``: one row per item, ``estimate`` is Q², then root mean squared and mean absolute errors of the model and
    the benchmarks. The table ``cvpat`` tests the mean difference of the squared errors (model less benchmark, below 0
    where the model foretells better; ``gain`` is the same turned round) for each construct and over all items.

    >>> import surveykit as sk
    >>> text = "a =~ 0.8*a1 + 0.8*a2\\nb =~ 0.8*b1 + 0.8*b2\\nb ~ 0.6*a"
    >>> rows = sk.simulate(sk.Model.parse(text), n=200, seed=1)
    >>> found = predict("a =~ a1 + a2\\nb =~ b1 + b2\\nb ~ a", rows)
    >>> bool((found.tidy()["estimate"] > 0).all())
    True
    """
    _demand(scheme, antecedents, benchmark, folds, repeats, missing)
    parsed = Model.parse(model) if isinstance(model, str) else model
    plan = plan_of(
        parsed, modes=modes or {}, scheme="factorial" if scheme == "factor" else scheme, interactions=interactions,
        approach=approach, hierarchy=hierarchy,
    )  # fmt: skip
    if plan.products and missing != "listwise":
        raise SurveykitError(
            "prediction with interactions takes complete rows: a product of scores is made person by person",
            got=f"missing={quote(missing)}",
            hint="leave missing out",
            code="ROWS_NEEDED",
        )
    x, w, n_total = read_rows(sample, plan.items, incomplete=missing != "listwise")
    plans = [np.asarray(assigned)] if assigned is not None else _plans(len(x), folds, repeats, seed)
    if any(len(split) != len(x) for split in plans):
        raise SurveykitError(
            "folds do not fit the rows used", expected=str(len(x)), got=str(len(plans[0])), code="OPTION"
        )
    if len(x) < 2 * folds:
        raise SurveykitError(
            "too few rows for so many folds", expected=f"at least {2 * folds}", got=str(len(x))
        )
    targets = targets_of(plan)
    missed = np.stack(
        [errors(x, w, split, plan, antecedents, benchmark, targets, missing) for split in plans]
    )
    squared, absolute = (missed**2).mean(axis=0), np.abs(missed).mean(axis=0)
    _judged(squared, plan, targets)
    items = _items(plan, targets, squared, absolute, w)
    checks = tuple(
        Check(
            "NOT_PREDICTED",
            "caution",
            {k: v.format(item=row["term"], q2=f"{row['estimate']:.3f}") for k, v in _CHECK.items()},
            (row["term"],),
            {"q2": row["estimate"]},
        )
        for row in items
        if row["estimate"] <= 0
    )
    many = len(np.unique(plans[0]))
    choices = (
        f"n = {len(x)} of {n_total} rows{_ROWS[missing]}; {many} folds, {len(plans)} repeats"
        + ("" if assigned is not None else f", seed {seed}"),
        f"PLS path model, {plan.scheme} scheme; constructs predicted from their {antecedents} antecedents",
        *plan.said(),
        f"linear model on the items of {'the exogenous' if benchmark == 'exogenous' else 'all other'} constructs; "
        f"indicator average of the training rows; errors averaged over repeats",
        *(["training and errors weighted"] if np.ptp(w) > 0 else []),
    )
    facts = {"n": len(x), "folds": many, "repeats": len(plans), "items": len(items)}
    compared = Table.of(_cvpat(plan, targets, squared, w, level))
    return Estimates(name, _TITLE, Table.of(items), facts, choices, checks, {"cvpat": compared})


_ROWS = {
    "listwise": ", complete ones only",
    "mean": "; missing answers of predictors are the training rows' mean, errors count where there is an answer",
    "pairwise": "; trained on pairwise correlations, missing predictors as these expect, errors count where there is an answer",
    "em": "; trained by EM, missing answers of predictors as its moments expect, errors count where there is an answer",
}


def _judged(squared: Array, plan: Plan, targets: Sequence[Target]) -> None:
    """An item that hardly anyone answered cannot be foretold."""
    few = [plan.items[t.item] for at, t in enumerate(targets) if np.isfinite(squared[0, :, at]).sum() < 2]
    if few:
        raise SurveykitError(
            "too few answers to judge a prediction", got=", ".join(map(quote, few)), code="TOO_FEW_ROWS"
        )


def _demand(scheme: str, antecedents: str, benchmark: str, folds: int, repeats: int, missing: str) -> None:
    problems = Problems()
    for given, what, allowed in (
        (scheme, "scheme", ("path", "factorial", "factor", "centroid")),
        (antecedents, "antecedents", ("direct", "earliest")),
        (benchmark, "benchmark", ("exogenous", "all")),
        (missing, "missing", MISSING),
    ):
        if given not in allowed:
            listed = " or ".join(quote(a) for a in allowed)
            problems.add(f"{what}={quote(given)} is not possible", expected=listed, code="OPTION_UNSUPPORTED")
    if folds < 2 or repeats < 1:
        problems.add(
            "at least 2 folds and 1 repeat are needed", got=f"{folds}, {repeats}", code="OPTION_VALUE"
        )
    problems.raise_if_any()


def _plans(n: int, folds: int, repeats: int, seed: int) -> list[NDArray[np.intp]]:
    """The fold of each row, once per repeat, each from its own stream."""
    made = []
    for r in range(repeats):
        stream = np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, 2, r]))
        made.append(stream.permutation(np.arange(n) % folds))
    return made


def _items(
    plan: Plan, targets: Sequence[Target], squared: Array, absolute: Array, w: Array
) -> list[dict[str, Any]]:
    rows = []
    for at, target in enumerate(targets):
        seen = np.isfinite(squared[0, :, at])
        mse, mae = (np.average(loss[:, seen, at], axis=1, weights=w[seen]) for loss in (squared, absolute))
        rows.append(
            {
                "term": plan.items[target.item],
                "group": "",
                "n": int(seen.sum()),
                "estimate": float(1 - mse[0] / mse[2]),
                "construct": plan.design.constructs[target.construct],
                **{f"rmse_{k}": float(np.sqrt(v)) for k, v in zip(("pls", "lm", "ia"), mse, strict=True)},
                **{f"mae_{k}": float(v) for k, v in zip(("pls", "lm", "ia"), mae, strict=True)},
            }
        )
    return rows


def _cvpat(
    plan: Plan, targets: Sequence[Target], squared: Array, w: Array, level: float
) -> list[dict[str, Any]]:
    """The paired t test of the losses, row by row averaged over the items of a construct or of all; the error of a
    weighted mean is the linearised one."""
    from scipy.special import stdtr

    of = np.array([t.construct for t in targets])
    sets: list[tuple[str, Sequence[int]]] = [
        (plan.design.constructs[j], np.flatnonzero(of == j).tolist()) for j in plan.design.endogenous
    ]
    sets.append(("overall", list(range(len(targets)))))
    rows, every = [], w
    for term, members in sets:
        known = np.isfinite(squared[0][:, members])
        answered = known.any(axis=1)
        loss = (
            np.where(known, squared[:, :, members], 0.0).sum(axis=2)[:, answered]
            / known.sum(axis=1)[answered]
        )
        w, n = every[answered], int(answered.sum())
        for b, benchmark in enumerate(("lm", "ia"), start=1):
            d = loss[0] - loss[b]
            difference = float(np.average(d, weights=w))
            se = float(np.sqrt(n / (n - 1) * ((w * (d - difference)) ** 2).sum()) / w.sum())
            half = t_value(level, n - 1) * se
            t = difference / se if se > 0 else float("nan")
            rows.append(
                {
                    "term": term, "benchmark": benchmark, "n": n, "loss_pls": float(np.average(loss[0], weights=w)),
                    "loss_benchmark": float(np.average(loss[b], weights=w)), "estimate": difference, "se": se,
                    "low": difference - half, "high": difference + half, "gain": -difference,
                    "gain_low": -difference - half, "gain_high": -difference + half, "t": t,
                    "p": float(2 * stdtr(n - 1, -abs(t))),
                }
            )  # fmt: skip
    return rows
