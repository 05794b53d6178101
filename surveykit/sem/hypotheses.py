"""Tests of restrictions: Wald's for those one thinks of, the score test for equalities that a fit imposed.

Wald: with h(θ) = 0 the hypothesis and R = ∂h/∂θ, W = h'(R V R')⁻¹ h is χ² with as many degrees of freedom
as R has rows (Wald 1943); V is the fit's covariance of the estimates, robust where the fit's is.

Score: with g the gradient of f and I the information when every parameter is on its own, K a basis of the
directions that the constraints still kept leave free, X² = n g'K (K'IK)⁻¹ K'g (Rao 1948; Sörbom 1989). It
says what χ² would fall by, and K (K'IK)⁻¹ K'g what the parameters would become, without another fit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError, did_you_mean, quote
from surveykit.model.syntax import read_equation
from surveykit.model.table import ParameterTable, Row
from surveykit.results import Estimates, Table
from surveykit.sem.engine import scaled_problem
from surveykit.sem.fitmeasures import chi2_sf
from surveykit.sem.held import binding
from surveykit.sem.release import slopes_apart
from surveykit.sem.result import Fit

__all__ = ["score_test", "wald_test"]

Array = NDArray[np.float64]
WALD_COLUMNS = ("term", "estimate", "se", "chisq", "df", "p")
SCORE_COLUMNS = ("term", "parameter", "group", "other", "other_group", "chisq", "df", "p", "difference")
_SINGULAR = 1e-9


def wald_test(fit: Fit, *hypotheses: str, name: str = "wald") -> Estimates:
    """Wald tests of hypotheses such as ``"a == b"`` or ``"a*b == 0"``, each alone and all together.

    Names are labels of the model's text, or ``.p3.`` for the third row of ``tidy()``. ``estimate`` is left
    minus right side with its standard error; the row ``all`` is the joint test.

    >>> from surveykit.moments import Moments
    >>> from surveykit.sem import fit
    >>> S = [[1.0, 0.5, 0.4], [0.5, 1.0, 0.4], [0.4, 0.4, 1.0]]
    >>> found = fit("f =~ x1 + a*x2 + b*x3", Moments(n=200, cov=S, names=["x1", "x2", "x3"]))
    >>> wald_test(found, "a == b").tidy()["p"].round(3).tolist()
    [0.217]
    """
    if not hypotheses:
        raise SurveykitError("which hypothesis?", expected="such as 'a == b'", code="SEM_HYPOTHESIS")
    table = _with_equations(fit.table, hypotheses)
    effects = table.constraints(fit.theta)
    h, R = np.array([float(e.value) for e in effects]), np.stack([e.gradient for e in effects])
    covariance = R @ fit.vcov @ R.T
    if np.linalg.matrix_rank(covariance, hermitian=True) < len(h) or not np.isfinite(covariance).all():
        raise SurveykitError(
            "these hypotheses cannot be tested together: one follows from others, or speaks of fixed values only",
            got="; ".join(hypotheses),
            code="SEM_HYPOTHESIS",
        )
    records = []
    for i, text in enumerate(hypotheses):
        chisq = float(h[i] ** 2 / covariance[i, i])
        records.append(
            {"term": text, "estimate": h[i], "se": math.sqrt(covariance[i, i]), "chisq": chisq, "df": 1}
        )
    if len(h) > 1:
        records.append({"term": "all", "chisq": float(h @ np.linalg.solve(covariance, h)), "df": len(h)})
    return Estimates(
        name,
        {"en": "Wald tests", "zh": "Wald检验"},
        Table.of([r | {"p": _p(fit, r)} for r in records], WALD_COLUMNS),
        {"n": fit.n, "hypotheses": len(h)},
        ("Wald tests with the fit's own covariance of the estimates", *fit.notes()),
        fit.checks,
        options={"hypotheses": list(hypotheses)},
    )


def _largest_first(record: dict[str, Any]) -> float:
    return -float(record["chisq"]) if record["df"] else math.inf


def _p(fit: Fit, record: dict[str, Any]) -> float:
    return math.nan if fit.refused else chi2_sf(record["chisq"], record["df"])


def _with_equations(table: ParameterTable, hypotheses: Sequence[str]) -> ParameterTable:
    """The table with the hypotheses in place of its constraints; definitions stay."""
    known = {r.label for r in table if r.label} | {r.lhs for r in table if r.op == ":="}
    known |= {f".p{i}." for i in range(1, len(table.rows) + 1)}
    kept = [e for e in table.equations if e.op == ":="]
    for text in hypotheses:
        equation = read_equation(text)
        if equation.op != "==":
            raise SurveykitError(
                "a hypothesis is an equation",
                expected="such as 'a == b'",
                got=quote(text),
                code="SEM_HYPOTHESIS",
            )
        for used in (*equation.lhs.names(), *equation.rhs.names()):
            if used not in known:
                labels = sorted(n for n in known if not n.startswith("."))
                raise SurveykitError(
                    f"the hypothesis speaks of {quote(used)}, which is no label of the model",
                    hint=did_you_mean(used, labels) or "label the parameter in the model text: y ~ a*x",
                    code="SEM_HYPOTHESIS",
                )
        kept.append(equation)
    return replace(table, equations=tuple(kept))


@dataclass(frozen=True, slots=True)
class _Equality:
    """One equality that the fit imposed: two rows of the table, or an equation."""

    term: str
    slope: Array
    first: Row | None = None
    second: Row | None = None


def score_test(fit: Fit, name: str = "score") -> Estimates:
    """Score (Lagrange multiplier) tests of every equality that the fit imposed: labels, groups, ``==``.

    One row per equality, largest first: what χ² would fall by were it released alone (``chisq``, 1 df), and
    the difference between the two parameters to expect then (``difference``: other minus first). The first
    row, ``all``, releases every equality at once. Its degrees of freedom count what releasing
    identifies: where equal intercepts let latent means be free, some of them were needed.

    For maximum likelihood, of complete rows or not, and for weighted least squares. These have the generalised
    score test (Satorra 1989), which knows that their weights are not the best, where lavaan prints the
    uncorrected one. Inequalities that bind are no equality to release: they go on to bind.
    """
    if fit.options.method in ("gls", "uls") or fit.options.missing == "two_stage":
        raise SurveykitError(
            "score tests are there for maximum likelihood and weighted least squares",
            hint="fit with method='ml'; incomplete rows with missing='fiml'",
            code="OPTION_UNSUPPORTED",
        )
    apart = _apart(fit.table)
    equalities = _equalities(fit, apart)
    if not equalities:
        raise SurveykitError(
            "this fit imposed no equality", expected="labels, group_equal or ==", code="SEM_HYPOTHESIS"
        )
    released = _Released.of(fit, apart, equalities)
    everything = set(range(len(equalities)))
    records: list[dict[str, Any]] = []
    for i, equality in enumerate(equalities):
        chisq, df, step = released.test(everything - {i})
        record: dict[str, Any] = {"term": equality.term, "chisq": chisq, "df": df}
        if df:
            record |= {"difference": -float(equality.slope @ step)}
        records.append(record | _names(fit, equality))
    records.sort(key=_largest_first)
    chisq, df, _ = released.test(set())
    records.insert(0, {"term": "all", "chisq": chisq, "df": df})
    return Estimates(
        name,
        {"en": "Score tests of equality constraints", "zh": "等值约束的得分检验"},
        Table.of([r | {"p": _p(fit, r)} for r in records], SCORE_COLUMNS),
        {"n": fit.n, "equalities": len(equalities)},
        (_how(fit), *fit.notes()),
        fit.checks,
    )


def _how(fit: Fit) -> str:
    if fit.basis is not None:
        return "generalised score tests (Satorra 1989)"
    information = "expected" if fit.options.missing == "fiml" else fit.options.information
    return f"score tests with {information} information"


def _apart(table: ParameterTable) -> ParameterTable:
    """The table with every free row on its own number."""
    parts, count = [], 0
    for part in (table.rows, table.inner):
        rows = []
        for row in part:
            count += bool(row.free)
            rows.append(row._replace(free=count) if row.free else row)
        parts.append(tuple(rows))
    return replace(table, rows=parts[0], inner=parts[1])


def _equalities(fit: Fit, apart: ParameterTable) -> list[_Equality]:
    """Each further row of a shared number against the first, then the equations.

    Slopes by the parameters of ``apart`` (k,).
    """
    unit = np.eye(apart.k)
    first: dict[int, tuple[Row, Row]] = {}
    out = []
    for shared, own in zip(fit.table.rows, apart.rows, strict=True):
        if not shared.free:
            continue
        if shared.free not in first:
            first[shared.free] = (shared, own)
            continue
        before, number = first[shared.free]
        slope = unit[own.free - 1] - unit[number.free - 1]
        out.append(_Equality(_term(fit.table.groups, before, shared), slope, before, shared))
    theta = _theta_apart(fit, apart)
    out += [_Equality(e.name, e.gradient) for e in apart.constraints(theta)]
    return out


def _term(groups: Sequence[str], first: Row, second: Row) -> str:
    if first.name == second.name:
        return f"{first.name}: {groups[first.group - 1]} = {groups[second.group - 1]}"
    return f"{first.name} = {second.name}"


def _theta_apart(fit: Fit, apart: ParameterTable) -> Array:
    behind = [fit.theta[row.free - 1] for row in fit.table.inner if row.free]
    return np.array([*(fit.solution.value(row) for row in apart if row.free), *behind])


def _names(fit: Fit, equality: _Equality) -> dict[str, str]:
    if equality.first is None or equality.second is None:
        return {}
    groups = fit.table.groups
    return {
        "parameter": equality.first.name,
        "group": groups[equality.first.group - 1],
        "other": equality.second.name,
        "other_group": groups[equality.second.group - 1],
    }


@dataclass(frozen=True, slots=True)
class _Released:
    """Gradient (k,), information (k, k) and equalities (r, k) in the search's units, τ (k,), n.

    ``meat`` (k, k) is the covariance of the gradient where the information is not.
    """

    gradient: Array
    information: Array
    equalities: Array
    tau: Array
    n: float
    rank: int
    always: Array
    meat: Array | None = None

    @classmethod
    def of(cls, fit: Fit, apart: ParameterTable, equalities: Sequence[_Equality]) -> _Released:
        plain = replace(apart, equations=())
        if fit.basis is not None or fit.options.missing == "fiml":
            return cls._elsewhere(fit, apart, equalities)
        scaled = scaled_problem(plain, fit.samples, 0)
        point = scaled.problem.at(_theta_apart(fit, apart) / scaled.tau)
        if point is None:
            raise SurveykitError("the estimates imply no positive definite matrix", code="SEM_NOT_CONVERGED")
        information = point.information
        if fit.options.information == "observed":
            information = scaled.problem.observed_information(point)
        R = _slopes([e.slope for e in equalities], scaled.tau)
        always = _slopes(_binding(apart, _theta_apart(fit, apart)), scaled.tau)
        if apart.composites and (held := scaled.jacobian(point.theta)) is not None:
            always = np.concatenate([always, held])
        n = sum(s.multiplier for s in fit.samples)
        return cls(point.gradient, information, R, scaled.tau, n, _free(always, R), always)

    @classmethod
    def _elsewhere(cls, fit: Fit, apart: ParameterTable, equalities: Sequence[_Equality]) -> _Released:
        """Under FIML and weighted least squares, in the units of the data."""
        plain = replace(apart, equations=())
        found = slopes_apart(fit, plain, _theta_apart(fit, plain))
        tau = np.ones(plain.k)
        R = _slopes([e.slope for e in equalities], tau)
        always = _slopes(_binding(apart, _theta_apart(fit, apart)), tau)
        free = _free(always, R)
        return cls(found.gradient, found.information, R, tau, found.n, free, always, found.meat)

    def test(self, kept: set[int]) -> tuple[float, int, Array]:
        """X², its degrees of freedom and the step (k,) in the units of the data, with only ``kept`` in force.

        NaN where releasing identifies nothing more.
        """
        K = _null_space(np.concatenate([self.always, self.equalities[sorted(kept)]]), len(self.gradient))
        inner, g = K.T @ self.information @ K, K.T @ self.gradient
        scale = np.sqrt(np.maximum(np.diagonal(inner), 0.0))
        scale = np.where(scale > 0, scale, 1.0)
        values, vectors = np.linalg.eigh(inner / np.outer(scale, scale))
        used = values > _SINGULAR * values[-1]
        df = int(used.sum()) - self.rank
        along = vectors[:, used].T @ (g / scale)
        along = along / values[used]
        step = K @ (vectors[:, used] @ along / scale) * self.tau
        chisq = self.n * float(along @ (values[used] * along))
        if self.meat is not None and df > 0:
            chisq = self._generalised(K @ (vectors[:, used] / scale[:, None]), values[used], along, df)
        return (chisq, df, step) if df > 0 else (math.nan, 0, step)

    def _generalised(self, basis: Array, values: Array, step: Array, df: int) -> float:
        """n times the step's part that was forbidden, in units of its covariance; ``basis`` (k, r) are coordinates
        in which the information is diagonal (``values``) and the step is ``step`` (r,)."""
        if self.meat is None:
            raise ValueError("a generalised score test needs the covariance of the gradient")
        forbidden = self.equalities @ basis
        inner = basis.T @ self.meat @ basis / np.outer(values, values)
        spread, wanted = forbidden @ inner @ forbidden.T, forbidden @ step
        roots, sides = np.linalg.eigh(spread)
        roots, sides = roots[-df:], sides[:, -df:]
        along = sides.T @ wanted
        return self.n * float(along @ (along / roots))


def _binding(apart: ParameterTable, theta: Array) -> list[Array]:
    """The inequalities that bind: they go on to do so."""
    return [slope for _, slope in binding(apart, theta)]


def _slopes(slopes: Sequence[Array], tau: Array) -> Array:
    """What must hold by the parameters in the search's units, each of length 1."""
    R = np.array(slopes).reshape(len(slopes), len(tau)) * tau
    return np.asarray(R / np.linalg.norm(R, axis=1, keepdims=True))


def _free(*held: Array) -> int:
    """How many parameters are left free by all that holds."""
    R = np.concatenate(held)
    return int(R.shape[1] - np.linalg.matrix_rank(R))


def _null_space(R: Array, k: int) -> Array:
    if not len(R):
        return np.eye(k)
    _, singular, right = np.linalg.svd(R)
    return np.asarray(right[int((singular > 1e-10).sum()) :].T)
