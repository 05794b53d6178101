"""Composites (``<~``) among the matrices of a covariance model: lavaan's treatment since 0.6-20.

A composite is c = w'x without error (Schamberger, Schuberth, Henseler & Rosseel 2025, arXiv:2508.06112). Its indicators
have any covariance T among themselves, and covary with everything else through c alone:

    Var(c) = w'Tw,   Cov(x, v) = T w (w'Tw)⁻¹ Cov(c, v)   for every other variable v.

T is the sample's; one weight, the first unless another is fixed, is fixed to 1 and sets the scale, also with ``std_lv``. The
(residual) variance of c and its intercept follow from the weights.

In the matrices the indicator m whose weight is fixed is written as what is left of c, the others as regressions on it,

    x_m = c/w_m − Σ (w_k/w_m) x_k,   x_k = λ_k c + r_k,

which is linear in every free entry; that T is the sample's are conditions on them (``conditions``). Intercepts of
indicators are those of a saturated mean structure.

Before 0.6-20 lavaan took ``<~`` as a regression of a latent variable without residual on its indicators, which were
exogenous; there a composite could not depend on other variables. For one composite that nothing explains the two agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from surveykit.errors import SurveykitError, quote
from surveykit.model import Model
from surveykit.model.table import Composed, ParameterTable, Row

__all__ = ["marked", "with_composites", "with_inner_rows"]

NAN = float("nan")


def marked(model: Model) -> Model:
    """The model with the first weight of each composite fixed to 1 where no weight is fixed."""
    scaled = {p.lhs for p in model.parameters if p.op == "<~" and any(v for v in p.fixed)}
    out = []
    for p in model.parameters:
        if p.op == "<~" and p.lhs not in scaled:
            scaled.add(p.lhs)
            if p.fixed:  # NA* or 0*
                raise _refused(
                    f"no weight of the composite {quote(p.lhs)} is fixed, so it has no scale",
                    p.name,
                    f"leave the first weight alone, or fix another: {p.lhs} <~ NA*{p.rhs} + 1*…",
                )
            p = replace(p, fixed=(1.0,))
        out.append(p)
    return Model.of(out, model.equations, model.mode_a)


def with_composites(table: ParameterTable) -> ParameterTable:
    """The table with the matrix entries of its composites; as it is where there are none."""
    composites = tuple(_composed(table))
    if not composites:
        return table
    _check(table, composites)
    indicators = {name for c in composites for name in c.indicators}
    names = {c.name for c in composites}
    kept: list[Row] = []
    for row in table.rows:
        own = row.lhs in indicators or row.rhs in indicators
        if row.op in ("~~", "~1") and own:
            continue  # of indicators: written anew below
        if row.lhs in names and (row.op == "~1" or (row.op == "~~" and row.lhs == row.rhs)):
            row = row._replace(free=0, ustart=NAN)
        kept.append(row)
    rows: list[Row] = []
    for group in range(1, len(table.groups) + 1):
        mine = [row for row in kept if row.group == group]
        shown = [row for c in composites if c.group == group for row in _shown(c, table.meanstructure)]
        means = [row for row in mine if row.op == "~1"]
        rows += [row for row in mine if row.op != "~1"]
        rows += [row for row in shown if row.op == "~~"]
        rows += [row for row in shown if row.op == "~1"] + means
    rows += [row for row in kept if row.group == 0]
    # moments of indicators may have had numbers, which are free again
    numbers = {old: new for new, old in enumerate(sorted({row.free for row in rows if row.free}), start=1)}
    rows = [row._replace(free=numbers[row.free]) if row.free else row for row in rows]
    table = replace(table, rows=tuple(rows))
    return _with_inner(table, composites)


def with_inner_rows(table: ParameterTable) -> ParameterTable:
    """The table with the matrix entries of its composites made anew, after other weights were fixed."""
    plain = replace(table, inner=(), composites=())
    return _with_inner(plain, tuple(_composed(plain)))


def _with_inner(table: ParameterTable, composites: tuple[Composed, ...]) -> ParameterTable:
    return replace(table, inner=tuple(_inner(table, composites)), composites=composites)


def _composed(table: ParameterTable) -> Iterator[Composed]:
    for group in range(1, len(table.groups) + 1):
        parts: dict[str, list[Row]] = {}
        for row in table.rows:
            if row.op == "<~" and row.group == group:
                parts.setdefault(row.lhs, []).append(row)
        for name, rows in parts.items():
            marker = next((i for i, r in enumerate(rows) if not r.free and r.ustart), None)
            if marker is None:
                raise _refused(
                    f"no weight of the composite {quote(name)} is fixed, so it has no scale",
                    rows[0].name,
                    "fix one weight, in every group",
                )
            yield Composed(name, group, tuple(r.rhs for r in rows), marker, rows[marker].ustart)


def _shown(c: Composed, means: bool) -> Iterator[Row]:
    """What a reader sees of a composite's indicators: their (co)variances, and their means."""
    for i, one in enumerate(c.indicators):
        for other in c.indicators[i:]:
            yield Row(one, "~~", other, c.group, 0, "", NAN, 0, 0)
    for name in c.indicators if means else ():
        yield Row(name, "~1", "", c.group, 0, "", NAN, 0, 0)


def _inner(table: ParameterTable, composites: Sequence[Composed]) -> Iterator[Row]:
    """The matrix entries behind: loadings, residual covariances, variance, means of each composite."""
    number = table.k
    for c in composites:
        others = [name for i, name in enumerate(c.indicators) if i != c.marker]
        yield Row(c.name, "=~", c.indicators[c.marker], c.group, 0, "", 1 / c.weight, 0, 0)
        free = [(c.name, "=~", name) for name in others]
        free += [(a, "~~", b) for i, a in enumerate(others) for b in others[i:]]
        free.append((c.name, "~~", c.name))
        if table.meanstructure:
            free += [(name, "~1", "") for name in (*others, c.name)]
        for lhs, op, rhs in free:
            number += 1
            yield Row(lhs, op, rhs, c.group, number, "", NAN, 0, 0)


def _check(table: ParameterTable, composites: Sequence[Composed]) -> None:
    """Refuse what a composite cannot be: shared indicators, indicators with a life of their own, fixed variances."""
    home: dict[str, str] = {}
    for c in composites:
        for name in c.indicators:
            if name not in table.observed:
                raise _refused(
                    f"the composite {quote(c.name)} is made of {quote(name)}, which is no observed variable",
                    f"{c.name} <~ {name}",
                    "composites of constructs: score these first, or use method='pls'",
                )
            if home.setdefault(name, c.name) != c.name:
                raise _refused(
                    f"{quote(name)} is part of two composites",
                    f"{home[name]}, {c.name}",
                    "each indicator in one composite",
                )
    names = {c.name for c in composites}
    linked = {
        n
        for r in table.rows
        if r.lhs != r.rhs and (r.free or r.ustart)
        for n in (r.lhs, r.rhs)
        if r.op != "<~"
    }
    for name in names - linked:
        raise _refused(
            f"the composite {quote(name)} is related to nothing else, so its weights mean nothing",
            name,
            f"relate it to another variable: y ~ {name}",
        )
    for row in table.rows:
        if row.op in ("=~", "~") and (row.lhs in home or row.rhs in home):
            raise _refused(
                f"{quote(row.name)}: an indicator of a composite is related to other variables through it alone",
                row.name,
                "take it out of the composite, or leave this term out",
            )
        written = row.user == 1 and row.op in ("~~", "~1")
        inside = home.get(row.lhs) is not None and home.get(row.lhs) == home.get(row.rhs)
        if written and (row.lhs in home or row.rhs in home) and not (inside or row.op == "~1"):
            raise _refused(
                f"{quote(row.name)}: an indicator of a composite covaries with other variables through it alone",
                row.name,
                "take it out of the composite, or leave this term out",
            )
        own = row.lhs in names and (row.op == "~1" or row.lhs == row.rhs)
        if written and row.free == 0 and (own or row.lhs in home):
            raise _refused(
                f"{quote(row.name)} follows from the weights and the sample, and cannot be fixed",
                row.name,
                "leave the modifier out",
            )
        if written and row.label and (own or row.lhs in home):
            raise _refused(
                f"{quote(row.name)} is no parameter but follows from the weights, so it has no label",
                row.name,
                "define the quantity with := from labels of weights",
            )


def _refused(what: str, got: str, hint: str) -> SurveykitError:
    return SurveykitError(what, got=got, hint=hint, code="SEM_COMPOSITE")
