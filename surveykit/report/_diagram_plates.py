"""Where the coefficients of a path diagram stand: beside their own line, on no line, construct or other plate."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

__all__ = ["Extent", "Route", "place_plates", "sampled"]

Extent = tuple[float, float, float, float]
"""Left, top, right, bottom."""
Route = list[tuple[float, float]]

_MOST_TRIED = 150
"""So many points of a line are tried; more would find no better place."""
_CELL = 2.0
"""The grid in which points of lines are counted."""


def place_plates(
    lines: Sequence[Any], halves: Sequence[float], taken: Sequence[Extent], height: float,
    frame: tuple[float, float, float],
) -> list[tuple[float, float] | None]:  # fmt: skip
    """The centre of the plate of each line; None where every place covers something.

    ``lines`` are sampled routes, ``halves`` half the widths of the plates, ``taken`` what stands there already, ``frame``
    the top of the free room, its width and its bottom. The plates with fewest free places choose first.
    """
    import numpy as np

    if not lines:
        return []
    ways = _Ways(np.concatenate(lines), frame)
    boxes = list(taken)
    places: dict[int, tuple[float, float]] = {}
    for i in sorted(range(len(lines)), key=lambda i: (len(lines[i]), i)):
        (x, y), covers = _best(lines[i], ways, boxes, (halves[i], height / 2), frame)
        if not covers:
            boxes.append((x - halves[i], y - height / 2, x + halves[i], y + height / 2))
            places[i] = (x, y)
    return [places.get(i) for i in range(len(lines))]


class _Ways:
    """How many points of all lines lie in a box: sums over a fine grid, so that many boxes are counted at once."""

    def __init__(self, points: Any, frame: tuple[float, float, float]) -> None:
        import numpy as np

        cells = np.floor(points / _CELL).astype(int) + 1
        self.last = tuple(int(v) + 1 for v in (max(frame[1], points[:, 0].max()) // _CELL + 1,
                                               max(frame[2], points[:, 1].max()) // _CELL + 1))  # fmt: skip
        grid = np.zeros((self.last[0] + 1, self.last[1] + 1), dtype=np.int32)
        np.add.at(grid, (np.clip(cells[:, 0], 1, None), np.clip(cells[:, 1], 1, None)), 1)
        self.sums = grid.cumsum(axis=0).cumsum(axis=1)

    def inside(self, x: Any, y: Any, side: float, up: float) -> Any:
        """The points in boxes round ``x``, ``y``; a cell that a box only touches counts as well."""
        import numpy as np

        left, right = (np.floor((x + shift) / _CELL).astype(int) for shift in (-side, side))
        top, bottom = (np.floor((y + shift) / _CELL).astype(int) for shift in (-up, up))
        a, b = np.clip(left, 0, self.last[0]), np.clip(right + 1, 0, self.last[0])
        c, d = np.clip(top, 0, self.last[1]), np.clip(bottom + 1, 0, self.last[1])
        return self.sums[b, d] - self.sums[a, d] - self.sums[b, c] + self.sums[a, c]


def _best(
    own: Any, ways: _Ways, taken: Sequence[Extent], size: tuple[float, float],
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
    crossed = ways.inside(x, y, side + 2, up + 2)
    best = int(np.argmin(8.0 * crossed + 0.6 * covered + 20.0 * outside + away.reshape(-1)))
    return (float(x[best]), float(y[best])), bool(crossed[best] or covered[best] or outside[best])


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
