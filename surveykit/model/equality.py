"""Which parameters are one and the same: labels, ``equal()``, equality across groups; and their numbers."""

from __future__ import annotations

from collections.abc import Sequence

from surveykit.errors import SurveykitError, did_you_mean, quote
from surveykit.model.parameters import Parameter
from surveykit.model.table import Row
from surveykit.model.variables import Roles

__all__ = ["GROUP_EQUAL", "numbered", "share_across_groups", "share_equal"]

GROUP_EQUAL = (
    "loadings",
    "intercepts",
    "thresholds",
    "residuals",
    "residual_covariances",
    "means",
    "lv_variances",
    "lv_covariances",
    "regressions",
)


def share_equal(rows: list[Row], parameters: Sequence[Parameter]) -> list[Row]:
    """Give a parameter with ``equal("f=~x2")`` the label of the one it names, in each group."""
    by_name = {f"{p.rhs}{p.op}{p.lhs}": i for i, p in enumerate(parameters) if p.op == "~~"}
    by_name.update({p.name: i for i, p in enumerate(parameters)})
    size = len(parameters)
    out = list(rows)
    for i, p in enumerate(parameters):
        if not p.equal:
            continue
        root = _root(p, parameters, by_name)
        for offset in range(0, len(rows), size):
            label = out[offset + root].label or f".p{offset + root + 1}."
            out[offset + root] = out[offset + root]._replace(label=label)
            out[offset + i] = out[offset + i]._replace(label=label)
    return out


def _root(parameter: Parameter, parameters: Sequence[Parameter], by_name: dict[str, int]) -> int:
    seen = {parameter.name}
    at = by_name[parameter.equal]
    while parameters[at].equal:
        if parameters[at].name in seen:
            raise SurveykitError(
                "equal() leads round in a circle", "model", got=quote(parameter.name), code="MODEL_CYCLE"
            )
        seen.add(parameters[at].name)
        at = by_name[parameters[at].equal]
    return at


def share_across_groups(
    rows: list[Row], size: int, equal: frozenset[str], partial: tuple[str, ...], roles: Roles
) -> list[Row]:
    """Label free parameters that ``group_equal`` makes one in all groups; a label of the analyst's stands."""
    _check_partial(rows, partial)
    if not equal or len(rows) == size:
        return rows
    out = list(rows)
    for i, first in enumerate(rows[:size]):
        kind = _kind(first, roles)
        if kind not in equal or _excepted(first, partial):
            continue
        copies = range(i, len(rows), size)
        if any(rows[c].label for c in copies):
            continue
        values = {rows[c].ustart for c in copies if not rows[c].free}
        for c in copies:
            if not values:
                out[c] = out[c]._replace(label=f".p{i + 1}.")
            elif len(values) == 1:  # what is fixed in one group is, being equal, fixed in all
                out[c] = out[c]._replace(free=0, ustart=min(values))
    return out


def _kind(row: Row, roles: Roles) -> str:
    latent = row.lhs in roles.latents
    if row.op in ("~~", "~1") and row.lhs in roles.exogenous:
        return ""  # a predictor's own moments are no residuals
    if row.op == "=~":
        return "loadings"
    if row.op in ("<~", "~*~"):
        return ""
    if row.op == "|":
        return "thresholds"
    if row.op == "~":
        return "regressions"
    if row.op == "~1":
        return "means" if latent else "intercepts"
    if row.lhs == row.rhs:
        return "lv_variances" if latent else "residuals"
    return "lv_covariances" if latent else "residual_covariances"


def _excepted(row: Row, partial: tuple[str, ...]) -> bool:
    return not {row.name, f"{row.rhs}{row.op}{row.lhs}" if row.op == "~~" else row.name}.isdisjoint(
        "".join(name.split()) for name in partial
    )


def _check_partial(rows: Sequence[Row], partial: tuple[str, ...]) -> None:
    for name in partial:
        if not any(_excepted(row, (name,)) for row in rows):
            raise SurveykitError(
                f"group_partial names no parameter of the model: {quote(name)}",
                expected="names such as 'x3~1' or 'f=~x2'",
                hint=did_you_mean(name, dict.fromkeys(row.name for row in rows)),
                code="OPTION_VALUE",
            )


def numbered(rows: Sequence[Row]) -> list[Row]:
    """Number the free rows from 1; rows of one label share a number, or the value that one is fixed to."""
    fixed: dict[str, float] = {}
    for row in rows:
        held = row.label and not row.free and not row.exo
        if held and fixed.setdefault(row.label, row.ustart) != row.ustart:
            raise SurveykitError(
                f"parameters of the label {quote(row.label)} are fixed to different values",
                "model",
                got=f"{fixed[row.label]:g} and {row.ustart:g}",
                code="MODEL_LABEL",
            )
    numbers: dict[str, int] = {}
    out, count = [], 0
    for row in rows:
        if row.free and row.label in fixed:
            row = row._replace(free=0, ustart=fixed[row.label])
        elif row.free:
            known = numbers.get(row.label) if row.label else None
            if known is None:
                count += 1
                known = count
                if row.label:
                    numbers[row.label] = known
            row = row._replace(free=known)
        out.append(row)
    return out
