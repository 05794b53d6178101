"""The models and samples that the SEM tests share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from surveykit.moments import Moments

HS = """
visual  =~ x1 + x2 + x3
textual =~ x4 + x5 + x6
speed   =~ x7 + x8 + x9
"""
PD = """
ind60 =~ x1 + x2 + x3
dem60 =~ y1 + y2 + y3 + y4
dem65 =~ y5 + y6 + y7 + y8
dem60 ~ a*ind60
dem65 ~ c*ind60 + b*dem60
y1 ~~ y5
y2 ~~ y4 + y6
y3 ~~ y7
y4 ~~ y8
y6 ~~ y8
indirect := a*b
total := c + a*b
"""
TWO_FACTORS = """
f1 =~ x1 + x2 + x3
f2 =~ x4 + x5 + x6
f2 ~ f1
"""
NAMES = tuple(f"x{i}" for i in range(1, 7))


def holzinger() -> Moments:
    """HolzingerSwineford1939 as semopy carries it."""
    from semopy.examples import holzinger39

    frame = holzinger39.get_data()
    names = [f"x{i}" for i in range(1, 10)]
    return Moments.from_rows(frame[names].to_numpy(float), names)


def holzinger_groups() -> dict[str, Moments]:
    """The same by school."""
    from semopy.examples import holzinger39

    frame = holzinger39.get_data()
    names = [f"x{i}" for i in range(1, 10)]
    schools = list(dict.fromkeys(frame["school"]))
    return {
        s: Moments.from_rows(frame.loc[frame["school"] == s, names].to_numpy(float), names) for s in schools
    }


def democracy() -> Moments:
    """PoliticalDemocracy as semopy carries it."""
    from semopy.examples import political_democracy

    frame = political_democracy.get_data()
    names = [str(c) for c in frame.columns]
    return Moments.from_rows(frame.to_numpy(float), names)


def numeric_moments(path: Any, by: str = "", columns: Sequence[str] = (), order: int = 2) -> Any:
    """Moments of all complete numeric columns (or of ``columns``) of a CSV file.

    With ``by`` one per group, in order of appearance.
    """
    import pandas as pd

    frame = pd.read_csv(path)
    numeric = [c for c in frame.columns if pd.api.types.is_numeric_dtype(frame[c]) and c != by]
    names = list(columns) or [c for c in numeric if not frame[c].isna().any()]
    if not by:
        return Moments.from_rows(frame[names].to_numpy(float), names, order=order)
    parts = {str(g): frame.loc[frame[by] == g, names] for g in dict.fromkeys(frame[by])}
    return {g: Moments.from_rows(part.to_numpy(float), names, order=order) for g, part in parts.items()}


def rows_of_two_factors(n: int = 300, seed: int = 1) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Answers (n, 6) of two constructs with three items each."""
    rng = np.random.default_rng(seed)
    f1 = rng.normal(size=n)
    f2 = 0.5 * f1 + 0.8 * rng.normal(size=n)
    loadings = np.array([0.8, 0.7, 0.6])
    noise = rng.normal(size=(n, 6)) * np.tile(np.sqrt(1 - loadings**2), 2)
    return np.asarray(np.concatenate([np.outer(f1, loadings), np.outer(f2, loadings)], axis=1) + noise)


def sample(rows: Any, names: Sequence[str] = NAMES) -> Moments:
    """Moments of rows."""
    return Moments.from_rows(rows, names)
