"""Bounds of variances, asked for at once (lavaan's ``bounds=``); those of single parameters are written ``lower(0)*x``.

A bound that binds is not a constraint: degrees of freedom and standard errors are those of a model without it, as in
lavaan. What binds is named in the notes of the fit.
"""

from __future__ import annotations

from dataclasses import replace

from surveykit.model.table import ParameterTable

__all__ = ["KINDS", "with_bounds"]

KINDS = ("none", "pos_var", "pos_ov_var", "pos_lv_var")
"""No bounds; no variance below 0, of any variable, of observed ones (residuals too), of constructs."""


def with_bounds(table: ParameterTable, kind: str) -> ParameterTable:
    """The table with variances that cannot become negative."""
    chosen = {
        "pos_var": (*table.observed, *table.latents),
        "pos_ov_var": table.observed,
        "pos_lv_var": table.latents,
    }.get(kind, ())
    if not chosen:
        return table
    rows = tuple(
        r._replace(lower=max(r.lower, 0.0)) if r.op == "~~" and r.lhs == r.rhs and r.lhs in chosen else r
        for r in table.rows
    )
    return replace(table, rows=rows)
