"""Where things stand in a path diagram: layers, order within a layer, heights.

Layered drawing after Sugiyama, Tagawa and Toda (1981): longest-path layers, dummy nodes for paths
that skip layers, barycentre sweeps against crossings, heights by least squares with the order kept.
Layers of up to six nodes then get the best of all their orders: the least number of crossings between neighbouring layers
adds up along the layers, so that a table of the orders of each layer suffices. No random start: the same model gives the
same picture.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Layout", "Node", "Order", "arrange", "crossings", "order_of"]

_SWEEPS = 24
_MOST_ORDERED = 6
"""All orders of so many nodes are tried: 720."""

_ABREAST = 4
"""Constructs side by side where no path joins them."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node to be placed: how far it reaches above and below its centre line."""

    name: str
    above: float
    below: float


@dataclass(frozen=True, slots=True)
class Order:
    """What does not depend on sizes: the layers, top to bottom, the way of each path through its dummies, the links."""

    layers: tuple[tuple[str, ...], ...]
    routes: Mapping[tuple[str, str], tuple[str, ...]]
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """``layers`` name the nodes top to bottom; ``y`` are centre lines; ``routes`` lead each path through its dummies."""

    layers: tuple[tuple[str, ...], ...]
    y: Mapping[str, float]
    routes: Mapping[tuple[str, str], tuple[str, ...]]
    height: float


def order_of(names: Sequence[str], paths: Sequence[tuple[str, str]]) -> Order:
    """The layers of a model with the order of each that crosses least."""
    forward = _without_cycles(names, paths)
    rank = _ranks(names, forward)
    layers, routes, links = _with_dummies(names, paths, forward, rank)
    return Order(tuple(map(tuple, _ordered(layers, links))), routes, tuple(links))


def arrange(nodes: Sequence[Node], order: Order, dummy: tuple[float, float], gap: float) -> Layout:
    """The layout of an ordered model: ``dummy`` is the reach of a passing line above and below, ``gap`` the least distance."""
    reach = {n.name: (n.above, n.below) for n in nodes}
    y = _heights(order.layers, order.links, reach, dummy, gap)
    top = min(y[n] - reach.get(n, dummy)[0] for layer in order.layers for n in layer)
    bottom = max(y[n] + reach.get(n, dummy)[1] for layer in order.layers for n in layer)
    return Layout(order.layers, {n: v - top for n, v in y.items()}, order.routes, bottom - top)


def _without_cycles(names: Sequence[str], paths: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """The paths with those that close a cycle turned round, for layering only."""
    following: dict[str, list[str]] = {n: [] for n in names}
    for a, b in paths:
        following[a].append(b)
    state: dict[str, int] = {}
    turned: set[tuple[str, str]] = set()

    def visit(node: str) -> None:
        state[node] = 1
        for other in following[node]:
            if state.get(other) == 1:
                turned.add((node, other))
            elif other not in state:
                visit(other)
        state[node] = 2

    for name in names:
        if name not in state:
            visit(name)
    return {(b, a) if (a, b) in turned else (a, b) for a, b in paths if a != b}


def _ranks(names: Sequence[str], forward: set[tuple[str, str]]) -> dict[str, int]:
    """Longest-path layers; a source is then drawn next to what it leads to. Without paths, rows of a few."""
    if not forward:
        return {name: i % _ABREAST for i, name in enumerate(names)}
    rank = dict.fromkeys(names, 0)
    for _ in names:
        for a, b in sorted(forward):
            rank[b] = max(rank[b], rank[a] + 1)
    incoming = {b for _, b in forward}
    for name in names:
        targets = [rank[b] for a, b in forward if a == name]
        if name not in incoming and targets:
            rank[name] = min(targets) - 1
    return rank


def _with_dummies(
    names: Sequence[str],
    paths: Sequence[tuple[str, str]],
    forward: set[tuple[str, str]],
    rank: Mapping[str, int],
) -> tuple[list[list[str]], dict[tuple[str, str], tuple[str, ...]], list[tuple[str, str]]]:
    layers: list[list[str]] = [[] for _ in range(max(rank.values(), default=0) + 1)]
    for name in names:
        layers[rank[name]].append(name)
    routes: dict[tuple[str, str], tuple[str, ...]] = {}
    links: list[tuple[str, str]] = []
    for a, b in paths:
        if a == b:
            continue
        start, end = (a, b) if (a, b) in forward else (b, a)
        chain = [f"\0{a}\0{b}\0{level}" for level in range(rank[start] + 1, rank[end])]
        for level, passing in enumerate(chain, start=rank[start] + 1):
            layers[level].append(passing)
        stops = [start, *chain, end]
        links += list(itertools.pairwise(stops))
        routes[a, b] = tuple(stops if start == a else reversed(stops))
    return layers, routes, links


def crossings(layers: Sequence[Sequence[str]], links: Sequence[tuple[str, str]]) -> int:
    """How many pairs of links between neighbouring layers cross."""
    place = {n: (level, i) for level, layer in enumerate(layers) for i, n in enumerate(layer)}
    total = 0
    for i, (a, b) in enumerate(links):
        for c, d in links[i + 1 :]:
            if place[a][0] == place[c][0]:
                total += (place[a][1] - place[c][1]) * (place[b][1] - place[d][1]) < 0
    return total


def _ordered(layers: list[list[str]], links: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Barycentre sweeps to and fro, the order with the fewest crossings kept, then neighbours exchanged."""
    before: dict[str, list[str]] = {}
    after: dict[str, list[str]] = {}
    for a, b in links:
        after.setdefault(a, []).append(b)
        before.setdefault(b, []).append(a)
    current = [list(layer) for layer in layers]
    best, fewest = [list(layer) for layer in current], crossings(current, links)
    for sweep in range(_SWEEPS):
        near = before if sweep % 2 == 0 else after
        order = range(1, len(current)) if sweep % 2 == 0 else range(len(current) - 2, -1, -1)
        for level in order:
            _sort_layer(current[level], current[level - 1 if sweep % 2 == 0 else level + 1], near)
        found = crossings(current, links)
        if found < fewest:
            best, fewest = [list(layer) for layer in current], found
    return _best_orders(_exchanged(best, links, fewest), links)


def _best_orders(layers: list[list[str]], links: Sequence[tuple[str, str]]) -> list[list[str]]:
    """The orders with the fewest crossings, nearest to those given; a layer of more nodes keeps its order."""
    import numpy as np

    place = {n: level for level, layer in enumerate(layers) for n in layer}
    tried = [
        list(itertools.permutations(range(len(layer))))
        if len(layer) <= _MOST_ORDERED
        else [tuple(range(len(layer)))]
        for layer in layers
    ]
    # An exchange of neighbours costs less than a crossing in all: of orders that are as good the nearest is taken.
    near = 1.0 / (1 + sum(len(layer) ** 2 for layer in layers))
    total = np.array([near * _exchanges(o) for o in tried[0]]) if tried else np.zeros(1)
    back: list[Any] = []
    for level in range(1, len(layers)):
        between = [(a, b) for a, b in links if place[a] == level - 1]
        crossed = _crossed(layers[level - 1], layers[level], tried[level - 1], tried[level], between)
        sums = total[:, None] + crossed
        back.append(np.argmin(sums, axis=0))
        total = sums.min(axis=0) + np.array([near * _exchanges(o) for o in tried[level]])
    chosen = [int(np.argmin(total))]
    for choice in reversed(back):
        chosen.append(int(choice[chosen[-1]]))
    orders = [tried[level][which] for level, which in enumerate(reversed(chosen))]
    return [[layer[i] for i in order] for layer, order in zip(layers, orders, strict=True)]


def _exchanges(order: Sequence[int]) -> int:
    return sum(a > b for a, b in itertools.combinations(order, 2))


def _crossed(
    left: Sequence[str], right: Sequence[str], left_orders: Sequence[Sequence[int]],
    right_orders: Sequence[Sequence[int]], between: Sequence[tuple[str, str]],
) -> Any:  # fmt: skip
    """How many links cross, for each order of the left layer (rows) and of the right one (columns)."""
    import numpy as np

    pairs = [(p, q) for p, q in itertools.combinations(between, 2) if p[0] != q[0] and p[1] != q[1]]
    if not pairs:
        return np.zeros((len(left_orders), len(right_orders)))
    sides = []
    for end, layer, orders in ((0, left, left_orders), (1, right, right_orders)):
        first, second = ([layer.index(pair[k][end]) for pair in pairs] for k in (0, 1))
        places = np.argsort(np.array(orders), axis=1)
        sides.append(np.sign(places[:, first] - places[:, second]).astype(float))
    return (len(pairs) - sides[0] @ sides[1].T) / 2


def _sort_layer(layer: list[str], fixed: Sequence[str], near: Mapping[str, list[str]]) -> None:
    place = {n: i for i, n in enumerate(fixed)}
    own = {n: i for i, n in enumerate(layer)}

    def centre(name: str) -> float:
        spots = [place[o] for o in near.get(name, ()) if o in place]
        return sum(spots) / len(spots) if spots else own[name] * len(fixed) / max(len(layer), 1)

    layer.sort(key=lambda n: (centre(n), own[n]))


def _exchanged(layers: list[list[str]], links: Sequence[tuple[str, str]], fewest: int) -> list[list[str]]:
    improved = True
    while improved and fewest:
        improved = False
        for layer in layers:
            for i in range(len(layer) - 1):
                layer[i], layer[i + 1] = layer[i + 1], layer[i]
                found = crossings(layers, links)
                if found < fewest:
                    fewest, improved = found, True
                else:
                    layer[i], layer[i + 1] = layer[i + 1], layer[i]
    return layers


def _heights(
    layers: Sequence[Sequence[str]], links: Sequence[tuple[str, str]], reach: Mapping[str, tuple[float, float]],
    dummy: tuple[float, float], gap: float,
) -> dict[str, float]:  # fmt: skip
    """Centre lines near the mean of the neighbours', at least ``gap`` apart, in the order given."""
    near: dict[str, list[str]] = {}
    for a, b in links:
        near.setdefault(a, []).append(b)
        near.setdefault(b, []).append(a)
    y: dict[str, float] = {}
    for layer in layers:
        stacked = _spread([0.0] * len(layer), layer, reach, dummy, gap)
        y.update(zip(layer, stacked, strict=True))
    for sweep in range(_SWEEPS):
        for layer in layers if sweep % 2 == 0 else list(reversed(layers)):
            wanted = [_pull(n, near, y) for n in layer]
            y.update(zip(layer, _spread(wanted, layer, reach, dummy, gap), strict=True))
    return y


def _pull(name: str, near: Mapping[str, list[str]], y: Mapping[str, float]) -> float:
    """The mean height of a node's neighbours; a passing line counts three times, to run straight."""
    weights = [(3.0 if "\0" in other else 1.0, y[other]) for other in near.get(name, ())]
    return sum(w * v for w, v in weights) / sum(w for w, _ in weights) if weights else y[name]


def _spread(
    wanted: Sequence[float], layer: Sequence[str], reach: Mapping[str, tuple[float, float]],
    dummy: tuple[float, float], gap: float,
) -> list[float]:  # fmt: skip
    """The heights nearest to ``wanted`` that keep order and distance (pool adjacent violators)."""
    offsets = [0.0]
    for a, b in itertools.pairwise(layer):
        offsets.append(offsets[-1] + reach.get(a, dummy)[1] + gap + reach.get(b, dummy)[0])
    pools: list[tuple[float, int]] = []
    for value, offset in zip(wanted, offsets, strict=True):
        mean, size = value - offset, 1
        while pools and pools[-1][0] >= mean:
            other, count = pools.pop()
            mean, size = (other * count + mean * size) / (count + size), count + size
        pools.append((mean, size))
    level = [mean for mean, size in pools for _ in range(size)]
    return [v + o for v, o in zip(level, offsets, strict=True)]
