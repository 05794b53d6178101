"""How much an answer depends on the scheme: the same people scored under several definitions."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from surveykit.errors import SurveykitError, Where, quote
from surveykit.intervals import kish, mean_and_sd, mean_interval
from surveykit.results import Estimates, Table
from surveykit.scoring._result import Scores

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["compare_schemes"]

TITLE = {"en": "Loyalty under several schemes", "zh": "不同定义下的忠诚度"}


def compare_schemes(
    scores: Sequence[Scores] | Mapping[str, Scores], metric: str = "loyalty", confidence: float = 0.95
) -> Estimates:
    """The overall loyalty of several schemes side by side, and how far they lie apart.

    ``scores`` are results of :func:`score` under several questionnaires (or of several schemes in one),
    by name or in order. The rows are the schemes' overall scores. Where all were computed for the
    same people (the same file, or data frames with as many rows), the table ``differences`` gives each
    pair's mean difference with its t interval, the correlation of people's scores and the share of
    people whom the two schemes put into different thirds. ``spread`` in the facts is the largest less
    the smallest estimate of all people.

    Raises :class:`SurveykitError` where fewer than two scores of the kind ``metric`` are given.

    >>> import pandas as pd
    >>> from surveykit.responses import read
    >>> from surveykit.scoring import score
    >>> data = read(pd.DataFrame({"buy": [5, 4, 3, 1, 5], "like": [4, 4, 2, 2, 3], "trust": [3, 5, 1, 2, 2]}))
    >>> two = score(data, "loyalty", dimensions=["buy", "like"], scale=(1, 5))
    >>> three = score(data, "loyalty", dimensions=["buy", "like", "trust"], scale=(1, 5))
    >>> found = compare_schemes({"two dimensions": two, "three dimensions": three})
    >>> found.tidy()[["term", "estimate"]].round(2).values.tolist()
    [['two dimensions', 57.5], ['three dimensions', 51.67]]
    >>> round(found.facts["spread"], 2)
    5.83
    """
    named = _named(scores)
    schemes = {label: part for name, s in named.items() for label, part in _overall(name, s, metric)}
    if len(schemes) < 2:
        raise SurveykitError(
            "nothing to compare",
            Where(key="compare_schemes"),
            expected=f"at least two scores of the kind {quote(metric)}",
            got=str(len(schemes)),
            code="NOTHING_TO_COMPARE",
        )
    records = [
        {**row, "term": label, "scheme": label} for label, (_, rows, _) in schemes.items() for row in rows
    ]
    everybody = [r["estimate"] for r in records if r["group"] == ""]
    pairs, note = _pairs(schemes, confidence)
    spread = max(everybody) - min(everybody) if everybody else float("nan")
    facts = {"n": max(r["n"] for r in records), "schemes": len(schemes), "spread": spread}
    titles = {label: {"en": label, "zh": label} for label in schemes}
    choices = (
        "Each scheme is a definition of its own: scores under different schemes do not measure one thing.",
        note,
    )
    further = {"differences": Table.of(pairs)} if pairs else {}
    columns = ("term", "group", "n", "estimate", "se", "low", "high", "n_eff", "scheme")
    table = Table.of(records, columns)
    return Estimates(
        "schemes", TITLE, table, facts, choices, (), further, {"metric": metric, "titles": titles}
    )


def _named(scores: Sequence[Scores] | Mapping[str, Scores]) -> dict[str, Scores]:
    if isinstance(scores, Mapping):
        return dict(scores)
    named: dict[str, Scores] = {}
    for place, one in enumerate(scores, start=1):
        name = str(one.facts.get("questionnaire") or "") or f"scheme {place}"
        named[name if name not in named else f"{name} ({place})"] = one
    return named


_Scheme = tuple[str, list[dict[str, Any]], Scores]


def _overall(name: str, scores: Scores, metric: str) -> list[tuple[str, _Scheme]]:
    """The overall rows of each metric of that kind in one result, labelled by scheme."""
    rows = [r for r in scores.estimates.records() if r["metric"] == metric and r["term"] in scores.options]
    terms = list(dict.fromkeys(str(r["term"]) for r in rows))
    return [
        (
            name if len(terms) == 1 else f"{name}: {term}",
            (term, [r for r in rows if r["term"] == term], scores),
        )
        for term in terms
    ]


def _pairs(schemes: Mapping[str, _Scheme], confidence: float) -> tuple[list[dict[str, Any]], str]:
    people = {label: _people(term, scores) for label, (term, _, scores) in schemes.items()}
    sources = {scores.facts.get("source") for _, _, scores in schemes.values()}
    if len(sources) != 1 or len({len(frame) for frame in people.values()}) != 1:
        return (
            [],
            "The schemes were scored on different people: there are no paired differences.",
        )
    pairs = [
        {"first": a, "second": b, **_pair(people[a], people[b], confidence)}
        for a, b in itertools.combinations(people, 2)
    ]
    return pairs, "Differences are paired: the same people under both schemes."


def _people(term: str, scores: Scores) -> pd.DataFrame:
    frame = scores.by_respondent(weights=True)[[term, "_weight"]]
    return frame.rename(columns={term: "score"})


def _pair(first: pd.DataFrame, second: pd.DataFrame, confidence: float) -> dict[str, Any]:
    x, y = first["score"].to_numpy(dtype=float), second["score"].to_numpy(dtype=float)
    both = ~np.isnan(x) & ~np.isnan(y)
    x, y, w = x[both], y[both], first["_weight"].to_numpy(dtype=float)[both]
    n = int(both.sum())
    n_eff = kish(float(w.sum()), float(w @ w))
    mean, sd = mean_and_sd(x - y, w, n)
    gap = mean_interval(mean, sd, n_eff, confidence)
    vary = n > 2 and np.ptp(x) > 0 and np.ptp(y) > 0
    moved = float(w[_thirds(x) != _thirds(y)].sum() / w.sum()) if n else float("nan")
    return {
        "n": n, "difference": gap.estimate, "se": gap.se, "low": gap.low, "high": gap.high,
        "r": float(np.cov(x, y, aweights=w)[0, 1] / np.sqrt(np.cov(x, aweights=w) * np.cov(y, aweights=w)))
        if vary else float("nan"),
        "moved_thirds": moved,
    }  # fmt: skip


def _thirds(x: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.intp]]:
    """In which third of the people each one lies (0, 1, 2); ties stay together."""
    if not x.size:
        return np.zeros(0, dtype=np.intp)
    return np.searchsorted(np.quantile(x, [1 / 3, 2 / 3]), x, side="left")
