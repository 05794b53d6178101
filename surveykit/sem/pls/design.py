"""From a model to what PLS needs: blocks of indicators with their modes, and a recursive set of paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import Problems, did_you_mean, quote
from surveykit.model import Model

__all__ = ["MODES", "Design", "design_of"]

MODES = {
    "A": "mode A (correlation weights)",
    "B": "mode B (regression weights)",
    "sum": "sum score (equal weights)",
    "first": "first principal component",
}


@dataclass(frozen=True, slots=True)
class Design:
    """Which indicators form which construct, how, and which construct explains which.

    ``member`` (p, J) marks the indicators of each construct, ``modes`` names how its weights are found,
    ``common`` marks the constructs that PLSc treats as common factors (``=~`` with several indicators),
    ``paths`` (J, J) marks a path from the row's construct to the column's, ``inner`` (J, J) the paths that the search
    for weights follows: more of them where indicators are repeated. ``wholes`` names the constructs that repeat the
    indicators of others, with those others (by their places).
    """

    constructs: tuple[str, ...]
    indicators: tuple[str, ...]
    member: NDArray[np.bool_]
    modes: tuple[str, ...]
    common: NDArray[np.bool_]
    paths: NDArray[np.bool_]
    inner: NDArray[np.bool_]
    wholes: tuple[tuple[int, tuple[int, ...]], ...] = ()

    def block(self, j: int) -> NDArray[np.intp]:
        """The places of the indicators of construct j."""
        return np.flatnonzero(self.member[:, j])

    def before(self, j: int) -> NDArray[np.intp]:
        """The constructs that explain construct j."""
        return np.flatnonzero(self.paths[:, j])

    @property
    def endogenous(self) -> NDArray[np.intp]:
        """The constructs that others explain."""
        return np.flatnonzero(self.paths.any(axis=0))

    @property
    def measured(self) -> NDArray[np.bool_]:
        """``member`` without the repeated indicators: each indicator once."""
        own = self.member.copy()
        own[:, [j for j, _ in self.wholes]] = False
        return own

    def distinct(self) -> list[tuple[int, int]]:
        """The pairs of constructs that share no indicator."""
        shared = self.member.T.astype(int) @ self.member
        return [
            (int(i), int(j))
            for i, j in zip(*np.triu_indices(len(shared), 1), strict=True)
            if not shared[i, j]
        ]


def design_of(
    model: Model,
    modes: Mapping[str, str] | None = None,
    repeated: Mapping[str, Sequence[str]] | None = None,
) -> Design:
    """The PLS design of ``model``: ``=~`` is mode A, ``<~`` mode B unless ``modes`` says otherwise.

    ``repeated`` names constructs of constructs that take the indicators of their parts as their own. While weights are
    searched a reflective one (``=~``) points to its parts; to a formative one (``<~``) its parts point, and what
    explains it explains them (extended repeated indicators: Becker, Klein & Wetzels 2012). Its paths are regressions
    without the parts, which are the total effects that go through them: with the parts R² would be 1.

    An observed variable that stands in a path becomes a construct of one indicator. Refused, all at
    once: what PLS has no counterpart for (residual covariances, fixed loadings or paths, equality of
    parameters), a construct of constructs, an indicator of two constructs, a construct without a
    path, paths in a circle.
    """
    problems = Problems()
    wholes = {name: tuple(parts) for name, parts in (repeated or {}).items()}
    measured = {c.name: c.indicators for c in model.constructs}
    blocks: dict[str, tuple[str, ...]] = {
        name: tuple(i for part in wholes[name] for i in measured[part]) if name in wholes else items
        for name, items in measured.items()
    }
    chosen: dict[str, str] = {c.name: c.mode for c in model.constructs}
    common = {c.name for c in model.constructs if c.kind == "reflective" and len(c.indicators) > 1}
    for pair in model.paths:
        for name in pair:
            blocks.setdefault(name, (name,))
            chosen.setdefault(name, "A")
    _overridden(chosen, modes or {}, problems)
    _possible(model, blocks, wholes, problems)
    constructs = tuple(blocks)
    indicators = tuple(dict.fromkeys(i for block in blocks.values() for i in block))
    paths = np.zeros((len(constructs),) * 2, dtype=bool)
    for source, target in model.paths:
        paths[constructs.index(source), constructs.index(target)] = True
    _recursive(paths, constructs, problems)
    problems.raise_if_any()
    member = np.array([[i in blocks[c] for c in constructs] for i in indicators])
    place = {name: j for j, name in enumerate(constructs)}
    formative = {c.name for c in model.constructs if c.kind != "reflective"}
    inner = paths.copy()
    for name, parts in wholes.items():
        j, of = place[name], [place[p] for p in parts]
        inner[(of, j) if name in formative else (j, of)] = True
        if name in formative:
            inner[:, of] |= paths[:, [j]]
    return Design(
        constructs,
        indicators,
        member,
        tuple(chosen[c] for c in constructs),
        np.array([c in common and chosen[c] == "A" for c in constructs]),
        paths,
        inner,
        tuple((place[name], tuple(place[p] for p in parts)) for name, parts in wholes.items()),
    )


def _overridden(chosen: dict[str, str], modes: Mapping[str, str], problems: Problems) -> None:
    for name, mode in modes.items():
        if name not in chosen:
            problems.add(f"modes names an unknown construct {quote(name)}", hint=did_you_mean(name, chosen))
        elif mode not in MODES:
            problems.add(f"unknown mode {quote(mode)} of {quote(name)}", hint=did_you_mean(mode, MODES))
        else:
            chosen[name] = mode


def _possible(
    model: Model,
    blocks: Mapping[str, tuple[str, ...]],
    wholes: Mapping[str, tuple[str, ...]],
    problems: Problems,
) -> None:
    owner: dict[str, str] = {}
    for name, block in blocks.items():
        for item in block:
            if name in wholes:
                continue
            if owner.setdefault(item, name) != name:
                problems.add(
                    f"{quote(item)} is an indicator of {quote(owner[item])} and of {quote(name)}",
                    expected="an indicator belongs to one construct under PLS",
                    code="PLS_TWO_CONSTRUCTS",
                )
    for p in model.parameters:
        if p.op == "~~" and p.lhs != p.rhs:
            problems.add(
                f"the covariance {p.name} has no counterpart in PLS",
                hint="leave it out, or use method='ml'",
                code="PLS_COVARIANCE",
            )
        elif p.op in ("=~", "<~", "~") and any(v is not None and v == v for v in p.fixed) and p.op == "~":
            problems.add(f"the path {p.name} is fixed, which PLS cannot do", code="PLS_FIXED")
    linked = {name for pair in model.paths for name in pair}
    linked |= {part for name, parts in wholes.items() if name in linked for part in parts}
    for name in blocks:
        if name not in linked:
            problems.add(
                f"the construct {quote(name)} has no path, so PLS cannot weight its indicators",
                hint=f"add a path, or leave {quote(name)} out",
                code="PLS_ISOLATED",
            )


def _recursive(paths: NDArray[np.bool_], names: tuple[str, ...], problems: Problems) -> None:
    left = paths.copy()
    alive = np.ones(len(names), dtype=bool)
    while True:
        free = alive & ~left[alive].any(axis=0)
        if not free.any():
            break
        alive &= ~free
    if alive.any():
        circle = ", ".join(quote(n) for n, a in zip(names, alive, strict=True) if a)
        problems.add("the paths run in a circle", got=circle, expected="a recursive model", code="PLS_CIRCLE")
