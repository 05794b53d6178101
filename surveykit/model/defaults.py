"""From what is written to the full parameter table: lavaan's defaults for ``sem()`` and ``cfa()``.

Added are: variances of all observed variables and constructs, covariances of exogenous constructs, residual
covariances of pure outcomes, the moments of exogenous predictors (fixed at the sample's values), and, with
a mean structure, intercepts (free for observed variables, 0 for constructs).
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from surveykit.errors import SurveykitError, did_you_mean, quote
from surveykit.model.equality import GROUP_EQUAL, numbered, share_across_groups, share_equal
from surveykit.model.expression import Binary, Expression, Name, Number
from surveykit.model.ordered import check_ordered, freed_by_equal_thresholds, scaling_factors, thresholds
from surveykit.model.parameters import Equation, Parameter
from surveykit.model.table import ParameterTable, Row
from surveykit.model.variables import Roles, in_order, roles_of
from surveykit.results import Check

__all__ = ["build_table"]

NAN = float("nan")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Options:
    std_lv: bool
    meanstructure: bool
    fixed_x: bool
    orthogonal: bool
    effect_coding: bool
    groups: tuple[str, ...]
    group_equal: frozenset[str]
    ordered: Mapping[str, int]
    theta: bool
    group_partial: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """One row before groups and numbers: what is written or added, who wrote it, whether it is exogenous."""

    parameter: Parameter
    user: int
    exo: int = 0


def build_table(
    parameters: Sequence[Parameter],
    equations: Sequence[Equation] = (),
    *,
    std_lv: bool = False,
    meanstructure: bool | None = None,
    fixed_x: bool = True,
    orthogonal: bool = False,
    groups: Sequence[str] = ("",),
    group_equal: Iterable[str] = (),
    group_partial: Iterable[str] = (),
    effect_coding: bool = False,
    ordered: Mapping[str, int] | None = None,
    parameterization: str = "delta",
) -> ParameterTable:
    """The parameter table of a model, row for row as lavaan writes it.

    ``std_lv`` fixes the constructs' variances to 1 instead of first loadings, ``effect_coding`` lets loadings
    average 1 (and intercepts sum to 0). ``meanstructure`` None means: where intercepts are written, or there
    are several groups; a model that writes intercepts always has one. ``fixed_x`` takes the moments of
    exogenous observed predictors from the sample. ``orthogonal`` fixes covariances of exogenous constructs
    to 0. ``groups`` are the groups' labels; ``group_equal`` names what is equal in all of them (``loadings
    intercepts thresholds residuals residual_covariances means lv_variances lv_covariances regressions``, with
    dots or underscores), ``group_partial`` the parameters excepted (``"x3~1"``). ``ordered`` gives ordered
    items with their number of categories: they get thresholds (``|``) and scaling factors (``~*~``), and a
    mean structure; ``parameterization`` is ``delta`` or ``theta``.

    Rows that share a label share their number. Raises :class:`SurveykitError` for thresholds of items that
    are not ordered, for ``c(...)`` of another length than the groups, and for unknown names in
    ``group_equal`` or ``group_partial``.
    """
    if std_lv and effect_coding:
        raise SurveykitError("std_lv and effect_coding exclude each other", code="OPTION_CLASH")
    equal = frozenset(_known(name) for name in group_equal)
    if meanstructure is None:
        meanstructure = len(groups) > 1 or bool(equal & {"intercepts", "means"})
    ordered = dict(ordered or {})
    meanstructure = meanstructure or bool(ordered) or any(p.op == "~1" for p in parameters)
    options = _Options(
        std_lv,
        meanstructure,
        fixed_x,
        orthogonal,
        effect_coding,
        tuple(groups),
        equal,
        ordered,
        parameterization == "theta",
        tuple(group_partial),
    )
    _check_groups(parameters, options)

    parameters = in_order(parameters)
    notes: list[Check] = []
    roles = _with_random_predictors(parameters, roles_of(parameters), fixed_x, notes)
    check_ordered(parameters, roles, ordered, parameterization)
    lines = _lines(parameters, roles, options, notes)
    rows = [row for g in range(1, len(groups) + 1) for row in _group_rows(lines, g, roles, options)]
    rows = share_equal(rows, [line.parameter for line in lines])
    rows = share_across_groups(rows, len(lines), equal, options.group_partial, roles)
    coded = tuple(_coding(rows, lines, roles, options)) if effect_coding else ()
    rows = numbered(rows)
    rows += [_equation_row(e, user=1) for e in equations] + [_equation_row(e, user=2) for e in coded]
    return ParameterTable(
        tuple(rows),
        roles.observed,
        roles.latents,
        tuple(groups),
        meanstructure,
        (*equations, *coded),
        tuple(notes),
    )


def _known(name: str) -> str:
    plain = name.replace(".", "_")
    if plain not in GROUP_EQUAL:
        raise SurveykitError(
            f"unknown value of group_equal: {quote(name)}",
            expected=", ".join(GROUP_EQUAL),
            hint=did_you_mean(plain, GROUP_EQUAL),
            code="OPTION_VALUE",
        )
    return plain


def _check_groups(parameters: Sequence[Parameter], options: _Options) -> None:
    if not options.groups or len(set(options.groups)) < len(options.groups):
        raise SurveykitError(
            "each group needs a label of its own", got=quote(options.groups), code="MODEL_GROUPS"
        )
    for p in parameters:
        for vector in (p.fixed, p.start, p.label, p.lower, p.upper):
            if len(vector) > 1 and len(vector) != len(options.groups):
                raise SurveykitError(
                    f"the modifier of {p.name} has {len(vector)} entries, the data have "
                    f"{len(options.groups)} group{'s' if len(options.groups) > 1 else ''}",
                    expected="one entry, or one a group",
                    code="MODEL_GROUPS",
                )


# --- the rows of one group ------------------------------------------------------------------------


def _lines(
    parameters: Sequence[Parameter], roles: Roles, options: _Options, notes: list[Check]
) -> list[_Line]:
    written = {p.key for p in parameters}
    single = _single_indicators(parameters)
    lines = [_Line(p, 1) for p in _with_scale(parameters, roles.latents, options)]

    def add(lhs: str, op: str, rhs: str, fixed: float | None = None, exo: int = 0) -> None:
        parameter = Parameter(lhs, op, rhs, () if fixed is None else (fixed,))
        if parameter.key not in written:
            lines.append(_Line(parameter, 0, exo))

    for p in thresholds(options.ordered, roles.observed):
        add(p.lhs, p.op, p.rhs)
    for name in roles.observed:
        if name in options.ordered:
            add(name, "~~", name, 1.0)
            continue
        if name in single and (name, "~~", name) not in written:
            notes.append(_single_note(single[name], name))
        if name not in roles.exogenous:
            add(name, "~~", name, 0.0 if name in single else None)
    for name in roles.latents:
        add(name, "~~", name, _variance(name, single, roles, options))
    for one, other in itertools.combinations(roles.exogenous_latents, 2):
        add(one, "~~", other, 0.0 if options.orthogonal else None)
    for one, other in itertools.combinations(roles.outcomes, 2):
        both_latent = one in roles.latents and other in roles.latents
        add(one, "~~", other, 0.0 if options.orthogonal and both_latent else None)
    fixed = int(options.fixed_x)
    for i, one in enumerate(roles.exogenous):
        for other in roles.exogenous[i:]:
            add(one, "~~", other, exo=fixed)
    for p in scaling_factors(options.ordered, roles.observed):
        add(p.lhs, p.op, p.rhs, 1.0)
    if options.meanstructure:
        for name in roles.observed:
            place = 0.0 if name in options.ordered else None
            add(name, "~1", "", place, exo=fixed if name in roles.exogenous else 0)
        for name in roles.latents:
            add(name, "~1", "", None if options.effect_coding else 0.0)
    return lines


def _with_random_predictors(
    parameters: Sequence[Parameter], roles: Roles, fixed_x: bool, notes: list[Check]
) -> Roles:
    """The roles without the exogenous predictors whose moments are written: these are estimated."""
    written = {n for p in parameters if p.op in ("~~", "~1") for n in (p.lhs, p.rhs)}
    random = tuple(n for n in roles.exogenous if n in written)
    if random and fixed_x:
        names = ", ".join(random)
        notes.append(
            Check(
                "EXOGENOUS_RANDOM",
                "note",
                {
                    "en": f"The moments of {names} are written in the model, so they are estimated "
                    "and not taken from the sample.",
                    "zh": f"模型中写明了{names}的方差、协方差或均值，因此这些参数由模型估计，而非取自样本。",
                },
                random,
            )
        )
    return replace(roles, exogenous=tuple(n for n in roles.exogenous if n not in written))


def _single_indicators(parameters: Sequence[Parameter]) -> dict[str, str]:
    """Indicator -> construct for the constructs that have one indicator alone."""
    indicators: dict[str, list[str]] = {}
    for p in parameters:
        if p.op == "=~":
            indicators.setdefault(p.lhs, []).append(p.rhs)
    times = Counter(item for items in indicators.values() for item in items)
    return {items[0]: name for name, items in indicators.items() if len(items) == 1 and times[items[0]] == 1}


def _variance(name: str, single: Mapping[str, str], roles: Roles, options: _Options) -> float | None:
    if name in single:
        return 0.0
    if options.std_lv:
        return 1.0
    return 0.0 if name in roles.composites else None


def _single_note(construct: str, item: str) -> Check:
    return Check(
        "SINGLE_INDICATOR",
        "note",
        {
            "en": f"{construct} has the single indicator {item}: its residual variance is fixed to 0, "
            "it is taken as measured without error.",
            "zh": f"{construct}只有一个指标{item}：其残差方差固定为0，即视为无测量误差。",
        },
        (construct, item),
    )


def _with_scale(
    parameters: Sequence[Parameter], latents: Sequence[str], options: _Options
) -> list[Parameter]:
    """The written parameters; what gives a construct its scale, its first loading or its variance, is fixed to 1."""
    if options.effect_coding:
        return list(parameters)
    seen: set[str] = set()
    out = []
    for p in parameters:
        scales = p.lhs in latents and p.lhs == p.rhs if options.std_lv else p.op == "=~" and p.lhs not in seen
        seen.update([p.lhs] if p.op == "=~" else [])
        # as in lavaan, a start value given to what sets the scale is the value that it is fixed to
        out.append(replace(p, fixed=p.start or (1.0,)) if scales and not p.fixed else p)
    return out


def _group_rows(lines: Sequence[_Line], group: int, roles: Roles, options: _Options) -> list[Row]:
    rows = []
    for line in lines:
        p = line.parameter
        fixed = _entry(p.fixed, group)
        if _freed(line, group, roles, options):
            fixed = None
        start = _entry(p.start, group)
        # free is 1 for the moment; numbers come when it is known which rows are equal
        free = 0 if fixed is not None or line.exo else 1
        value = fixed if fixed is not None else start
        label = _entry(p.label, group) or ""
        rows.append(
            Row(
                p.lhs,
                p.op,
                p.rhs,
                group,
                free,
                label,
                NAN if value is None else value,
                line.user,
                line.exo,
                _bound(p.lower, group, -math.inf),
                _bound(p.upper, group, math.inf),
            )
        )
    return rows


def _freed(line: _Line, group: int, roles: Roles, options: _Options) -> bool:
    """Equal loadings give later groups their scale, equal intercepts their means: both are freed there."""
    p = line.parameter
    if group == 1 or line.user:
        return False
    equal, partial = options.group_equal, options.group_partial
    if freed_by_equal_thresholds(p, options.ordered, equal, partial, options.theta):
        return True
    if p.lhs not in roles.latents:
        return False
    if p.op == "~1":
        return {"intercepts"} == options.group_equal & {"intercepts", "means"}
    if p.op == "~~" and p.lhs == p.rhs:
        return options.std_lv and {"loadings"} == options.group_equal & {"loadings", "lv_variances"}
    return False


def _bound(vector: tuple[float, ...], group: int, otherwise: float) -> float:
    found = _entry(vector, group)
    return otherwise if found is None else found


def _entry(vector: tuple[T, ...], group: int) -> T | None:
    if not vector:
        return None
    return vector[0] if len(vector) == 1 else vector[group - 1]


# --- equations ------------------------------------------------------------------------------------


def _coding(
    rows: Sequence[Row], lines: Sequence[_Line], roles: Roles, options: _Options
) -> Iterable[Equation]:
    """Effect coding: loadings of a construct sum to their number, intercepts to 0 (Little et al. 2006)."""
    for group in range(1, len(options.groups) + 1):
        offset = (group - 1) * len(lines)
        for name in roles.latents:
            items = [i for i, r in enumerate(rows[: len(lines)]) if r.op == "=~" and r.lhs == name]
            free = [offset + i for i in items if rows[offset + i].free]
            if free:
                yield _sum_is(float(len(items)), free)
        if options.meanstructure:
            yield from _coded_intercepts(rows, offset, len(lines), roles)


def _coded_intercepts(rows: Sequence[Row], offset: int, size: int, roles: Roles) -> Iterable[Equation]:
    place = {r.lhs: offset + i for i, r in enumerate(rows[:size]) if r.op == "~1"}
    for name in roles.latents:
        items = [r.rhs for r in rows[:size] if r.op == "=~" and r.lhs == name]
        free = [place[item] for item in items if item in place and rows[place[item]].free]
        if free:
            yield _sum_is(0.0, free)


def _sum_is(total: float, places: Sequence[int]) -> Equation:
    right: Expression = Number(total)
    for place in places[1:]:
        right = Binary("-", right, Name(f".p{place + 1}."))
    return Equation(Name(f".p{places[0] + 1}."), "==", right)


def _equation_row(e: Equation, user: int) -> Row:
    label = e.lhs.to_text() if e.op == ":=" else ""
    return Row(e.lhs.to_text(), e.op, e.rhs.to_text(), 0, 0, label, NAN, user, 0)
