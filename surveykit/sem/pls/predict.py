"""PLSpredict: how well the items of the explained constructs are foretold for people who were left out.

Shmueli, Ray, Velasquez Estrada & Chatla (2016); Shmueli et al. (2019); CVPAT after Liengaard et al. (2021) and Sharma,
Liengaard, Hair, Sarstedt & Ringle (2023).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveykit.errors import Problems, SurveykitError, quote
from surveykit.model import Model
from surveykit.moments import Moments
from surveykit.results import Check, Estimates, Table
from surveykit.sem.pls.design import Design, design_of
from surveykit.sem.pls.kernel import Solved, solve
from surveykit.sem.pls.sample import read_rows

__all__ = ["predict"]

Array = NDArray[np.float64]
BENCHMARKS = {"lm": "linear model", "ia": "indicator average"}
_TITLE = {"en": "Out-of-sample prediction", "zh": "样本外预测"}
_CHECK = {
    "en": "The model does not foretell {item} better than its mean does (Q² {q2}).",
    "zh": "模型对{item}的预测并不优于其均值（Q² 为 {q2}）。",
}


def predict(
    model: Model | str,
    sample: Any,
    *,
    scheme: str = "path",
    antecedents: str = "direct",
    benchmark: str = "exogenous",
    folds: int = 10,
    repeats: int = 10,
    seed: int = 1,
    level: float = 0.95,
    assigned: ArrayLike | None = None,
    name: str = "prediction",
) -> Estimates:
    """Cross-validated prediction of every item of an explained construct, with two benchmarks.

    ``antecedents``: ``direct`` predicts a construct from the scores of the constructs just before it, ``earliest``
    from the exogenous ones alone. The linear model regresses each item on the items of the ``exogenous``
    constructs, or of ``all`` other constructs; the indicator average is the mean of the training rows.
    ``assigned`` (n,) gives the fold of each complete row instead of ``folds`` and ``repeats``.

    ``tidy()``: one row per item, ``estimate`` is Q², then root mean squared and mean absolute errors of the model and
    the benchmarks. The table ``cvpat`` tests the mean difference of the squared errors (model less benchmark, below 0
    where the model foretells better) for each construct and over all items.

    >>> import surveykit as sk
    >>> text = "a =~ 0.8*a1 + 0.8*a2\\nb =~ 0.8*b1 + 0.8*b2\\nb ~ 0.6*a"
    >>> rows = sk.simulate(sk.Model.parse(text), n=200, seed=1)
    >>> found = predict("a =~ a1 + a2\\nb =~ b1 + b2\\nb ~ a", rows)
    >>> bool((found.tidy()["estimate"] > 0).all())
    True
    """
    _demand(scheme, antecedents, benchmark, folds, repeats)
    design = design_of(Model.parse(model) if isinstance(model, str) else model)
    x, n_total = read_rows(sample, design.indicators)
    plans = [np.asarray(assigned)] if assigned is not None else _plans(len(x), folds, repeats, seed)
    if any(len(plan) != len(x) for plan in plans):
        raise SurveykitError(
            "folds do not fit the complete rows", expected=str(len(x)), got=str(len(plans[0])), code="OPTION"
        )
    if len(x) < 2 * folds:
        raise SurveykitError(
            "too few rows for so many folds", expected=f"at least {2 * folds}", got=str(len(x))
        )
    targets = np.flatnonzero(design.member[:, design.endogenous].any(axis=1))
    errors = np.stack([_errors(x, plan, design, scheme, antecedents, benchmark, targets) for plan in plans])
    squared, absolute = (errors**2).mean(axis=0), np.abs(errors).mean(axis=0)
    items = _items(design, targets, squared, absolute, len(x))
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
        f"n = {len(x)} of {n_total} complete rows; {many} folds, {len(plans)} repeats"
        + ("" if assigned is not None else f", seed {seed}"),
        f"PLS path model, {scheme} scheme; constructs predicted from their {antecedents} antecedents",
        f"linear model on the items of {'the exogenous' if benchmark == 'exogenous' else 'all other'} constructs; "
        f"indicator average of the training rows; errors averaged over repeats",
    )
    facts = {"n": len(x), "folds": many, "repeats": len(plans), "items": len(items)}
    compared = Table.of(_cvpat(design, targets, squared, level))
    return Estimates(name, _TITLE, Table.of(items), facts, choices, checks, {"cvpat": compared})


def _demand(scheme: str, antecedents: str, benchmark: str, folds: int, repeats: int) -> None:
    problems = Problems()
    for given, what, allowed in (
        (scheme, "scheme", ("path", "factorial", "centroid")),
        (antecedents, "antecedents", ("direct", "earliest")),
        (benchmark, "benchmark", ("exogenous", "all")),
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


def _errors(
    x: Array,
    plan: NDArray[Any],
    design: Design,
    scheme: str,
    antecedents: str,
    benchmark: str,
    targets: NDArray[np.intp],
) -> Array:
    """What each method missed each item by (3, n, targets): the model, the linear model, the average."""
    parts = [plan == fold for fold in np.unique(plan)]
    trained = [Moments.from_rows(x[~test], design.indicators) for test in parts]
    r = np.stack([m.cor for m in trained])
    if not np.isfinite(r).all():
        raise SurveykitError(
            "an item is constant in a training set", hint="fewer folds", code="SEM_CONSTANT_ITEM"
        )
    solved = solve(r, design, scheme, consistent=False)
    if not solved.converged.all():
        raise SurveykitError("the PLS weights of a training set did not settle", code="PLS_NOT_CONVERGED")
    out = np.empty((3, len(x), len(targets)))
    for k, (test, train) in enumerate(zip(parts, trained, strict=True)):
        mean = np.asarray(train.mean)
        z = (x[test] - mean) / train.sd
        foretold = _constructs(z @ solved.w[k], solved, k, design, antecedents)
        of = design.member[targets].argmax(axis=1)
        model = mean[targets] + train.sd[targets] * solved.cross[k, targets, of] * foretold[:, of]
        out[0, test] = x[test][:, targets] - model
        out[1, test] = x[test][:, targets] - _linear(x[test], train, design, benchmark, targets)
        out[2, test] = x[test][:, targets] - mean[targets]
    return out


def _constructs(scores: Array, solved: Solved, k: int, design: Design, antecedents: str) -> Array:
    """Predicted scores of the constructs (rows, J)."""
    if antecedents == "direct":
        direct: Array = scores @ solved.b[k]
        return direct
    exogenous = np.logical_not(design.paths.any(axis=0))
    earliest: Array = np.where(exogenous, scores, 0.0) @ solved.total[k]
    return earliest


def _linear(x: Array, train: Moments, design: Design, benchmark: str, targets: NDArray[np.intp]) -> Array:
    """Least squares of each item on the items of the exogenous, or of all other, constructs."""
    mean, out = np.asarray(train.mean), np.empty((len(x), len(targets)))
    exogenous = np.logical_not(design.paths.any(axis=0))
    for j in design.endogenous:
        mine = np.flatnonzero(design.member[targets, j])
        others = design.member[:, exogenous].any(axis=1) if benchmark == "exogenous" else ~design.member[:, j]
        by = np.flatnonzero(others)
        slope = np.linalg.lstsq(train.cov[np.ix_(by, by)], train.cov[np.ix_(by, targets[mine])], rcond=None)[
            0
        ]
        out[:, mine] = mean[targets[mine]] + (x[:, by] - mean[by]) @ slope
    return out


def _items(
    design: Design, targets: NDArray[np.intp], squared: Array, absolute: Array, n: int
) -> list[dict[str, Any]]:
    rows = []
    for at, item in enumerate(targets):
        mse, mae = squared[:, :, at].mean(axis=1), absolute[:, :, at].mean(axis=1)
        rows.append(
            {
                "term": design.indicators[item],
                "group": "",
                "n": n,
                "estimate": float(1 - mse[0] / mse[2]),
                "construct": design.constructs[int(design.member[item].argmax())],
                **{f"rmse_{k}": float(np.sqrt(v)) for k, v in zip(("pls", "lm", "ia"), mse, strict=True)},
                **{f"mae_{k}": float(v) for k, v in zip(("pls", "lm", "ia"), mae, strict=True)},
            }
        )
    return rows


def _cvpat(design: Design, targets: NDArray[np.intp], squared: Array, level: float) -> list[dict[str, Any]]:
    """The paired t test of the losses, row by row averaged over the items of a construct or of all."""
    from scipy.stats import t as student

    of = design.member[targets].argmax(axis=1)
    sets: list[tuple[str, Sequence[int]]] = [
        (design.constructs[j], np.flatnonzero(of == j).tolist()) for j in design.endogenous
    ]
    sets.append(("overall", list(range(len(targets)))))
    n, rows = squared.shape[1], []
    for term, members in sets:
        loss = squared[:, :, members].mean(axis=2)
        for b, benchmark in enumerate(("lm", "ia"), start=1):
            d = loss[0] - loss[b]
            difference, se = float(d.mean()), float(d.std(ddof=1) / np.sqrt(n))
            half = float(student.ppf((1 + level) / 2, n - 1)) * se
            t = difference / se if se > 0 else float("nan")
            rows.append(
                {
                    "term": term, "benchmark": benchmark, "n": n, "loss_pls": float(loss[0].mean()),
                    "loss_benchmark": float(loss[b].mean()), "estimate": difference, "se": se,
                    "low": difference - half, "high": difference + half, "t": t,
                    "p": float(2 * student.sf(abs(t), n - 1)),
                }
            )  # fmt: skip
    return rows
