"""Nested models compared: the likelihood-ratio test, also where the tests are scaled.

A scaled χ² is not additive, so the difference of two of them is no χ². With T the unscaled statistics, c
the scaling factors, 1 the more general model and 0 the restricted one, m = df₀ − df₁:

    Satorra & Bentler (2001): (T₀ − T₁) / c_d,  c_d = (df₀c₀ − df₁c₁) / m
    Satorra & Bentler (2010): the same with c₁ taken at the restricted estimates, so that c_d stays positive
    Satorra (2000), scaled and shifted (Asparouhov & Muthén 2010): from the traces of the restriction itself

That the models are nested is tested: the general model, fitted to the moments that the restricted one
implies, must reproduce them (Bentler & Satorra 2010).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError, quote
from surveykit.results import Check, Estimates, Table
from surveykit.sem.engine import Scaled, at_estimates, scaled_problem, solve
from surveykit.sem.fitmeasures import chi2_sf
from surveykit.sem.result import Fit
from surveykit.sem.robust import Traces, jacobian, meat, traces

if TYPE_CHECKING:
    from surveykit.sem.wls.basis import Basis

__all__ = ["METHODS", "likelihood_ratio"]

Array = NDArray[np.float64]
METHODS = ("standard", "sb2001", "sb2010", "s2000")
COLUMNS = (
    "model", "n", "df", "chisq", "aic", "bic", "cfi", "rmsea", "srmr", "chisq_diff", "df_diff", "p",
    "scaling", "shift", "rmsea_diff", "delta_cfi", "delta_rmsea", "delta_srmr",
)  # fmt: skip
_REPRODUCED = 1e-6
_MEAN_SCALED = ("satorra_bentler", "yuan_bentler_mplus")
_WORDS = {
    "standard": "plain χ² difference",
    "sb2001": "scaled χ² difference of Satorra & Bentler (2001)",
    "sb2010": "scaled χ² difference of Satorra & Bentler (2010)",
    "s2000": "scaled and shifted χ² difference of Satorra (2000)",
}


def likelihood_ratio(
    *fits: Fit, names: Sequence[str] = (), method: str | None = None, name: str = "likelihood_ratio"
) -> Estimates:
    """Compare nested fits of the same data, from the most general to the most restricted.

    ``method`` is ``"standard"``, ``"sb2001"``, ``"sb2010"`` or ``"s2000"``; left out, it follows the fits'
    test: the plain difference for a plain test, ``sb2001`` for the Satorra-Bentler and Yuan-Bentler tests,
    ``s2000`` for those that adjust the variance. ``names`` label the rows (the fits' own names without).

    One row per model: ``chisq aic bic cfi rmsea srmr`` as in ``glance()`` (of the scaled tests: the
    unscaled χ²), then the test against the row above: ``chisq_diff df_diff p``, ``scaling`` and ``shift``
    of the difference, ``rmsea_diff``, and the changes ``delta_cfi delta_rmsea delta_srmr`` (robust CFI and
    RMSEA where there are any).

    Raises :class:`~surveykit.errors.SurveykitError` where the fits are not of the same data, differ in
    method, have equal degrees of freedom or are not nested.

    >>> from surveykit.moments import Moments
    >>> from surveykit.sem import fit
    >>> S = [[1.0, 0.5, 0.4], [0.5, 1.0, 0.4], [0.4, 0.4, 1.0]]
    >>> table = Moments(n=200, cov=S, names=["x1", "x2", "x3"])
    >>> free, equal = fit("f =~ x1 + x2 + x3", table), fit("f =~ x1 + 1*x2 + 1*x3", table)
    >>> likelihood_ratio(free, equal).tidy()["df_diff"].tolist()[1]
    2.0
    """
    ordered = _judged(fits, names)
    chosen = _method(ordered[0][1], method)
    records: list[dict[str, Any]] = []
    checks: list[Check] = []
    previous: Fit | None = None
    for label, result in ordered:
        record = {"model": label, "n": result.n} | _own(result)
        if previous is not None:
            difference = _difference(previous, result, chosen, label)
            checks += [_check("SEM_DIFFERENCE_FALLBACK", label)] * difference.fallback
            record |= _tested(previous, result, difference)
        records.append(record)
        previous = result
    checks += [_check("SEM_DIFFERENCE_REFUSED", label) for label, result in ordered if result.refused]
    refused = any(result.refused for _, result in ordered)
    if refused:
        records = [r | {"p": math.nan} if "p" in r else r for r in records]
    return Estimates(
        name,
        {"en": "Comparison of nested models", "zh": "嵌套模型比较"},
        Table.of(records, COLUMNS),
        {"n": ordered[0][1].n, "models": len(ordered), "method": chosen},
        (f"{_WORDS[chosen]}; each model against the one above it",),
        tuple(checks),
        options={"method": chosen},
    )


@dataclass(frozen=True, slots=True)
class _Difference:
    """T₀ − T₁ and m, divided by ``scaling`` and shifted; ``fallback``: 2010 where 2001 gave no positive
    factor."""

    plain: float
    df: int
    scaling: float = 1.0
    shift: float = 0.0
    fallback: bool = False

    @property
    def statistic(self) -> float:
        return self.plain / self.scaling + self.shift


def _judged(fits: Sequence[Fit], names: Sequence[str]) -> list[tuple[str, Fit]]:
    if len(fits) < 2:
        raise SurveykitError("a comparison needs two fits or more", got=str(len(fits)), code="SEM_COMPARISON")
    labels = list(names) or [f.id for f in fits]
    if not names and len(set(labels)) < len(labels):
        labels = [f"{label} {i}" for i, label in enumerate(labels, start=1)]
    if len(labels) != len(fits):
        raise SurveykitError("there are not as many names as fits", code="SEM_COMPARISON")
    ordered = sorted(zip(labels, fits, strict=True), key=lambda pair: pair[1].measures["df"])
    first = ordered[0][1]
    for label, other in ordered[1:]:
        _same_data(first, other, label)
    for (a, one), (b, two) in itertools.pairwise(ordered):
        if one.measures["df"] == two.measures["df"]:
            raise SurveykitError(
                f"{quote(a)} and {quote(b)} have the same degrees of freedom: neither is nested in the other",
                hint="compare them by AIC or BIC",
                code="SEM_COMPARISON",
            )
    return ordered


def _same_data(a: Fit, b: Fit, label: str) -> None:
    for one in (a, b):
        if one.basis is not None and any(e.op != ":=" for e in one.table.equations):
            raise SurveykitError(
                "differences of weighted least squares know no constraints (==, <, >)",
                hint="equal parameters by label: f =~ a*x1 + a*x2; or wald_test() of the model without the constraint",
                code="OPTION_UNSUPPORTED",
            )
    differences = []
    if (a.options.discrepancy, a.options.test, a.options.likelihood) != (
        b.options.discrepancy, b.options.test, b.options.likelihood,
    ):  # fmt: skip
        differences.append("estimator or test")
    if a.options.missing != b.options.missing:
        differences.append("treatment of missing values")
    if set(a.table.observed) != set(b.table.observed):
        differences.append("observed variables")
    elif [s.label for s in a.samples] != [s.label for s in b.samples]:
        differences.append("groups")
    elif not _same_moments(a, b):
        differences.append("data")
    if differences:
        raise SurveykitError(
            f"{quote(label)} cannot be compared with the others: it differs in {', '.join(differences)}",
            expected="fits of the same data with the same estimator",
            code="SEM_COMPARISON",
        )


def _same_moments(a: Fit, b: Fit) -> bool:
    if a.basis is not None and b.basis is not None:
        return _same_statistics(a.basis, b.basis)
    at = [b.table.observed.index(v) for v in a.table.observed]
    return all(
        s.n == t.n and np.allclose(s.S, t.S[np.ix_(at, at)], rtol=1e-9, atol=0)
        for s, t in zip(a.samples, b.samples, strict=True)
    )


def _same_statistics(a: Basis, b: Basis) -> bool:
    """Whether two fits are of the same thresholds, correlations and so on."""
    try:
        places = a.places(b)
    except KeyError:
        return False
    return all(
        g.n == h.n
        and len(g.names) == len(h.names)
        and np.allclose(g.observed, h.observed[at], rtol=1e-9, atol=1e-12)
        for g, h, at in zip(a.groups, b.groups, places, strict=True)
    )


def _method(result: Fit, method: str | None) -> str:
    test = result.options.test
    scaled = test in _MEAN_SCALED
    plain = test == "standard" and result.options.discrepancy in ("uls", "dwls")
    if plain or test == "browne_residual_nt":
        raise SurveykitError(
            f"the difference of χ² has no known distribution under method {quote(result.options.method)}",
            hint="method='wlsmv' or 'ulsmv' for ordered items, 'mlr' for others; or a Wald test (wald_test)",
            code="SEM_COMPARISON",
        )
    unusual = result.options.missing in ("fiml", "two_stage") or result.options.sampling_weights
    if method in ("sb2010", "s2000") and (unusual or result.options.cluster):
        raise SurveykitError(
            f"method={quote(method)} is there for complete rows without weights and clusters",
            hint="use 'sb2001'",
            code="SEM_COMPARISON",
        )
    if method is None:
        return "sb2001" if scaled else "standard" if test == "standard" else "s2000"
    possible = METHODS if scaled else ("standard",) if test == "standard" else ("standard", "s2000")
    if method not in possible:
        raise SurveykitError(
            f"method={quote(method)} does not go with the test {quote(test)} of these fits",
            expected=" or ".join(quote(m) for m in possible),
            code="SEM_COMPARISON",
        )
    return method


def _own(result: Fit) -> dict[str, Any]:
    return {key: result.measures.get(key, math.nan) for key in ("df", "chisq", "aic", "bic")} | {
        "cfi": _best(result, "cfi"),
        "rmsea": _best(result, "rmsea"),
        "srmr": result.measures["srmr"],
    }


def _best(result: Fit, key: str) -> float:
    """The robust measure where there is one, else the scaled, else the plain one.

    Of weighted least squares the scaled one: the robust one is not there for every model of a ladder.
    """
    robust = () if result.basis is not None else (f"{key}_robust",)
    for name in (*robust, f"{key}_scaled", key):
        if name in result.measures:
            return float(result.measures[name])
    return math.nan


def _tested(general: Fit, restricted: Fit, d: _Difference) -> dict[str, Any]:
    n = restricted.n if restricted.basis is not None else sum(s.multiplier for s in restricted.samples)
    excess = max(d.plain - d.scaling * d.df, 0.0) if not d.shift else max(d.statistic - d.df, 0.0)
    changes = {f"delta_{key}": _best(restricted, key) - _best(general, key) for key in ("cfi", "rmsea")}
    return {
        "chisq_diff": d.statistic,
        "df_diff": float(d.df),
        "p": chi2_sf(d.statistic, d.df),
        "scaling": d.scaling,
        "shift": d.shift,
        "rmsea_diff": math.sqrt(excess * len(restricted.samples) / (d.df * n)),
        **changes,
        "delta_srmr": restricted.measures["srmr"] - general.measures["srmr"],
    }


def _difference(general: Fit, restricted: Fit, method: str, label: str) -> _Difference:
    df0, df1 = int(restricted.measures["df"]), int(general.measures["df"])
    plain = float(restricted.measures["chisq"] - general.measures["chisq"])
    m = df0 - df1
    trace_inside = _nested(general, restricted, label)
    if method == "standard":
        return _Difference(plain, m)
    if method == "s2000":
        return _shifted(plain, m, _restriction(general, restricted, m))
    c0 = float(restricted.measures["chisq_scaling_factor"])
    if method == "sb2001":
        c1 = float(general.measures["chisq_scaling_factor"]) if df1 else 0.0
        scaling = (df0 * c0 - df1 * c1) / m
        if scaling > 0:
            return _Difference(plain, m, scaling)
    _method(general, "sb2010")
    trace = trace_inside() if df1 else 0.0
    return _Difference(plain, m, (df0 * c0 - trace) / m, fallback=method == "sb2001")


def _nested(general: Fit, restricted: Fit, label: str) -> Callable[[], float]:
    """An error where the restricted model is not inside the general one; else what gives tr(UΓ) of the general
    model at the restricted estimates."""
    if general.basis is None or restricted.basis is None:
        scaled, theta = _inside(general, restricted, label)
        return lambda: _trace_at(general, scaled, theta)
    from surveykit.sem.wls.difference import reproduced, trace_at

    basis = general.basis
    missed, inside = reproduced(basis, restricted.basis, general.theta, restricted.theta)
    if missed > _REPRODUCED:
        raise _not_nested(label, f"its moments are missed by a discrepancy of {missed:.2g}")
    return lambda: trace_at(basis, inside)


def _problem(result: Fit, samples: Any) -> Scaled:
    return scaled_problem(result.table, samples, int(result.measures["df"]) + result.table.k)


def _inside(general: Fit, restricted: Fit, label: str) -> tuple[Scaled, Array]:
    """The general model's problem, and its θ (k,) at which it implies what the restricted one does."""
    at = [restricted.table.observed.index(v) for v in general.table.observed]
    implied = []
    for sample, group in zip(general.samples, restricted.solution.groups, strict=True):
        S = group.state.Sigma[np.ix_(at, at)]
        mean = None if sample.mean is None else group.state.mu[at]
        if mean is not None and not restricted.table.meanstructure:
            mean = sample.mean
        implied.append(replace(sample, S=S, mean=mean))
    try:
        found = solve(_problem(general, implied))
    except SurveykitError as error:
        raise _not_nested(label, error.what) from error
    if 2 * found.f > _REPRODUCED:
        raise _not_nested(label, f"its moments are missed by a discrepancy of {2 * found.f:.2g}")
    return _problem(general, general.samples), found.theta


def _not_nested(label: str, why: str) -> SurveykitError:
    return SurveykitError(
        f"{quote(label)} is not nested in the model with fewer degrees of freedom",
        expected="the more general model reproduces what the restricted one implies",
        got=why,
        hint="compare them by AIC or BIC",
        code="SEM_NOT_NESTED",
    )


def _trace_at(general: Fit, scaled: Scaled, theta: Array) -> float:
    """The trace that scales the general model's test, at the restricted estimates."""
    bread = at_estimates(scaled, theta, general.options.information).bread
    found = traces(
        general.options.test,
        bread,
        general.samples,
        scaled.matrices.blocks,
        theta,
        general.table.meanstructure,
        general.table.fixed_columns,
    )
    return found.first


def _restriction(general: Fit, restricted: Fit, m: int) -> Traces:
    """tr(CM) and tr((CM)²), C = V A'(AVA')⁻¹AV for the restriction A."""
    if general.basis is not None and restricted.basis is not None:
        from surveykit.sem.wls.difference import difference_traces

        return difference_traces(general.basis, general.theta, restricted.basis, restricted.theta, m)
    means, theta = general.table.meanstructure, general.theta
    blocks = [g.block for g in general.solution.groups]
    place = [restricted.table.observed.index(v) for v in general.table.observed]
    wide = [jacobian(b, theta, means) for b in blocks]
    narrow = [
        _reordered(jacobian(g.block, restricted.theta, means), place, means)
        for g in restricted.solution.groups
    ]
    D1, D0 = np.concatenate(wide), np.concatenate(narrow)
    H = np.linalg.lstsq(D1, D0, rcond=None)[0]
    A = np.linalg.svd(H)[0][:, -m:].T
    V = at_estimates(_problem(general, general.samples), theta, general.options.information).bread
    M = meat("robust_sem", general.samples, blocks, theta, means, general.table.fixed_columns)
    C = V @ A.T @ np.linalg.solve(A @ V @ A.T, A @ V)
    CM = C @ M
    return Traces(float(np.trace(CM)), float((CM * CM.T).sum()))


def _shifted(plain: float, m: int, t: Traces) -> _Difference:
    """The scaled and shifted difference."""
    a = math.sqrt(m / t.second)
    return _Difference(plain, m, 1 / a, m - a * t.first)


def _reordered(D: Array, place: Sequence[int], means: bool) -> Array:
    """Rows of a Jacobian over [mean, vech Σ] in another order of the variables."""
    from surveykit.model.matrices import vech_indices

    p = len(place)
    rows, columns = vech_indices(p)
    number = np.zeros((p, p), dtype=int)
    number[rows, columns] = number[columns, rows] = np.arange(len(rows))
    at = number[np.ix_(place, place)][rows, columns]
    return D[np.concatenate([place, p + at])] if means else D[at]


_CHECKS: dict[str, dict[str, str]] = {
    "SEM_DIFFERENCE_FALLBACK": {
        "en": "The scaling factor of Satorra and Bentler (2001) is not positive for {model}; that of 2010 was "
        "used.",
        "zh": "模型{model}按Satorra和Bentler（2001）计算的校正系数不为正，改用2010年的方法。",
    },
    "SEM_DIFFERENCE_REFUSED": {
        "en": "The fit of {model} was refused by its checks, so no p-value is given.",
        "zh": "模型{model}未通过拟合检查，因此不报告p值。",
    },
}


def _check(code: str, label: str) -> Check:
    level = "refuse" if code == "SEM_DIFFERENCE_REFUSED" else "caution"
    texts = {language: text.format(model=label) for language, text in _CHECKS[code].items()}
    return Check(code, level, texts, (label,))  # type: ignore[arg-type]  # one of the three levels
