"""Where the coefficients of a path diagram stand: beside their own line, on no line, construct or other plate."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

__all__ = ["Extent", "Route", "place_plates", "sampled"]

Extent = tuple[float, float, float, float]
"""Left, top, right, bottom."""
Route = list[tuple[float, float]]

_MOST_TRIED = 90
"""So many points of a line are tried; more would find no better place."""
_AT_ONCE = 48
"""So many places are weighed in one step."""


def place_plates(
    lines: Sequence[Any], halves: Sequence[float], taken: Sequence[Extent], height: float,
    frame: tuple[float, float, float],
) -> tuple[list[tuple[float, float]], int]:  # fmt: skip
    """The centre of the plate of each line, and how many plates cover something.

    ``lines`` are sampled routes, ``halves`` half the widths of the plates, ``taken`` what stands there already, ``frame``
    the top of the free room, its width and its bottom. The plates with fewest free places choose first.
    """
    import numpy as np

    if not lines:
        return [], 0
    every = np.concatenate(lines)
    boxes = list(taken)
    places: dict[int, tuple[float, float]] = {}
    bad = 0
    for i in sorted(range(len(lines)), key=lambda i: (len(lines[i]), i)):
        (x, y), covers = _best(lines[i], every, boxes, (halves[i], height / 2), frame)
        boxes.append((x - halves[i], y - height / 2, x + halves[i], y + height / 2))
        places[i] = (x, y)
        bad += covers
    return [places[i] for i in range(len(lines))], bad


def _best(
    own: Any, every: Any, taken: Sequence[Extent], size: tuple[float, float],
    frame: tuple[float, float, float],
) -> tuple[tuple[float, float], bool]:  # fmt: skip
    """The cheapest of all places round the points of a line, and whether it covers anything."""
    import numpy as np

    side, up = size
    top, width, bottom = frame
    middle = own[len(own) // 2]
    tried = own[2:-2][:: max(1, len(own) // _MOST_TRIED)]
    shifts = np.array(
        [(0.0, -up - 4), (0.0, up + 5), (-side - 5, -6.0), (side + 5, -6.0), (-side - 3, -up), (side + 3, -up),
         (-side - 14, 6.0), (side + 14, 6.0), (-side / 2, -up - 12), (side / 2, -up - 12), (-side / 2, up + 12),
         (side / 2, up + 12), (-side - 4, up + 4), (side + 4, up + 4), (-side - 4, -up - 4), (side + 4, -up - 4)]
    )  # fmt: skip
    centres = (tried[:, None, :] + shifts[None, :, :]).reshape(-1, 2)
    away = (np.abs(tried[:, 0] - middle[0]) * 0.02)[:, None] + np.abs(shifts[:, 0])[None, :] * 0.03
    x, y = centres[:, :1], centres[:, 1:]
    boxes = np.array(taken)
    wide = np.minimum(boxes[:, 2], x + side + 2) - np.maximum(boxes[:, 0], x - side - 2)
    high = np.minimum(boxes[:, 3], y + up + 1) - np.maximum(boxes[:, 1], y - up - 1)
    covered = (np.clip(wide, 0, None) * np.clip(high, 0, None)).sum(axis=1)
    x, y = centres[:, 0], centres[:, 1]
    outside = np.maximum(0, top - (y - up)) + np.maximum(0, y + up - bottom)
    outside += np.maximum(0, side - x) + np.maximum(0, x + side - width)
    besides, away = 0.6 * covered, away.reshape(-1)
    least = besides + 20.0 * outside + away
    best, lowest, crosses = -1, np.inf, 0
    order = np.argsort(least, kind="stable")
    for start in range(0, len(order), _AT_ONCE):  # points of lines are counted only where they may decide
        some = order[start : start + _AT_ONCE]
        if least[some[0]] > lowest + 1e-6:
            break
        near = (np.abs(every[:, 0] - x[some, None]) < side + 3) & (
            np.abs(every[:, 1] - y[some, None]) < up + 3
        )
        crossed = near.sum(axis=1)
        cost = 8.0 * crossed + besides[some] + 20.0 * outside[some] + away[some]
        for i in np.flatnonzero(cost <= min(lowest, cost.min())):
            if (cost[i], some[i]) < (lowest, best):
                best, lowest, crosses = int(some[i]), float(cost[i]), int(crossed[i])
    return (float(x[best]), float(y[best])), bool(crosses or covered[best] or outside[best])


def sampled(points: Route) -> Any:
    """Points along a route, about four units apart."""
    import numpy as np

    found: list[tuple[float, float]] = []
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        steps = max(8, int((abs(x1 - x0) + abs(y1 - y0)) / 4))
        for i in range(steps):
            t = i / steps
            ease = 3 * (1 - t) * t * t + t**3
            across = 1.5 * (1 - t) ** 2 * t + 1.5 * (1 - t) * t * t + t**3
            found.append((x0 + (x1 - x0) * across, y0 + (y1 - y0) * ease))
    return np.array([*found, points[-1]])
