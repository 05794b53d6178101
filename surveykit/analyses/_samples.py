"""Moments and their bootstrap replicates, of everybody or group by group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from surveykit.analyses._groups import demand_base, each_group
from surveykit.analyses._sampling import Drawn, drawn_rows
from surveykit.errors import SurveykitError, quote
from surveykit.format import count
from surveykit.moments import Moments
from surveykit.results import Check

if TYPE_CHECKING:
    from surveykit.responses import Responses

__all__ = ["Sample", "sample_note", "samples", "weighted_check"]


@dataclass(frozen=True, slots=True)
class Sample:
    """The moments of one group, and stacked ``replicates`` of them (None where none were asked for).

    Under a survey design ``drawn`` says how the complete rows ``x`` (n, p) came into the sample.
    """

    group: str
    moments: Moments
    replicates: Moments | None
    drawn: Drawn | None = None
    x: NDArray[np.float64] | None = None


def samples(
    data: Responses,
    columns: Sequence[str],
    by: str | None,
    replicates: int,
    seed: int,
    checks: list[Check],
    *,
    varying: bool = True,
) -> list[Sample]:
    """One :class:`Sample` of everybody, or one per group of ``by``; replicate r of every group has stream
    r.
    """
    from surveykit.responses import bootstrap_moments

    found: list[Sample] = []

    def draw(part: _Part) -> None:
        moments = part.data.moments(columns)
        demand_base(moments.n, part.group)
        if varying:
            _demand_varying(moments)
        if not data.design.is_complex:
            drawn = bootstrap_moments(part.data, columns, replicates, seed) if replicates else None
            found.append(Sample(part.group, moments, drawn))
            return
        inside = np.ones(data.n_rows, dtype=bool) if labels is None else labels == part.group
        drawn = bootstrap_moments(data, columns, replicates, seed, domain=inside) if replicates else None
        at = np.flatnonzero(inside & whole[list(columns)].notna().all(axis=1).to_numpy())
        x = whole[list(columns)].to_numpy(dtype=float)[at]
        found.append(Sample(part.group, moments, drawn, drawn_rows(data, at), x))

    whole: Any = None
    labels: Any = None
    if data.design.is_complex:
        whole, labels = _frame(data, columns, by)
    each_group(_parts(data, by), draw, checks)
    return found


def _frame(data: Responses, columns: Sequence[str], by: str | None) -> tuple[Any, Any]:
    """All rows, and the group of each (None where everybody is one)."""
    from surveykit.responses.statistics import group_label

    wanted = list(dict.fromkeys([*columns, *([by] if by else [])]))
    frame = data.frame(wanted)
    return frame, None if by is None else frame[by].map(group_label, na_action="ignore").to_numpy()


@dataclass(frozen=True, slots=True)
class _Part:
    group: str
    data: Responses


def _parts(data: Responses, by: str | None) -> Iterator[_Part]:
    if by is None:
        yield _Part("", data)
        return
    natives = data._split(by)
    for group in data.groups(by):
        yield _Part(group, replace(data, native=natives[group]))


def _demand_varying(moments: Moments) -> None:
    """Refuse columns without variance, by name."""
    center = np.zeros(moments.p) if moments.mean is None else np.abs(moments.mean)
    still = [
        n for n, s, m in zip(moments.names, moments.sd, center, strict=True) if not s > 1e-12 * (m + 1e-300)
    ]
    if still:
        raise SurveykitError(
            "a column has the same value in every row that is used",
            expected="answers that vary",
            got=", ".join(quote(n) for n in still),
            hint="leave it out",
            code="CONSTANT_COLUMN",
        )


def sample_note(parts: Sequence[Sample]) -> str:
    """Rows used and set aside, as one of the result's choices."""
    used, total = sum(s.moments.n for s in parts), sum(s.moments.n_total for s in parts)
    return f"{used} of {total} rows used; {total - used} set aside (an answer missing)."


def weighted_check(parts: Sequence[Sample]) -> tuple[Check, ...]:
    """A note with Kish's effective n where weights are at work."""
    if all(s.moments.sumw2 == s.moments.n for s in parts):
        return ()
    n, n_eff = sum(s.moments.n for s in parts), sum(float(s.moments.n_eff) for s in parts)
    return (
        Check(
            "weighted",
            "note",
            {
                "en": f"Weighted: {count(n)} answers count as {count(n_eff)} (Kish's effective sample size).",
                "zh": f"已加权：{count(n)}份答卷的有效样本量（Kish）约为{count(n_eff)}。",
            },
            values={"n": n, "n_eff": n_eff},
        ),
    )
