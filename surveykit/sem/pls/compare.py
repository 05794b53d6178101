"""One model by several methods: sum scores with least squares, PLS, PLSc and maximum likelihood side by side."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from surveykit.errors import SurveykitError
from surveykit.model import Model
from surveykit.results import Check, Estimates, Table
from surveykit.sem.sample import taken_once

__all__ = ["METHODS", "asked_of", "compare", "without_covariances"]

METHODS: Mapping[str, Mapping[str, str]] = {
    "sum": {"en": "Sum scores", "zh": "总分回归"},
    "pls": {"en": "PLS", "zh": "PLS"},
    "plsc": {"en": "PLSc", "zh": "PLSc"},
    "ml": {"en": "ML", "zh": "极大似然"},
}
NOTABLE = 0.10
"""Standardised coefficients that differ by less than this are called equal (the limit between tiny and small of Cohen 1988)."""

_TITLE = {"en": "One model by several methods", "zh": "同一模型的多种估计方法"}
_REFUSED = {
    "en": "By {method} the model has no admissible solution ({why}); its numbers are shown but not compared.",
    "zh": "采用{method}时模型没有可接受的解（{why}），其数值仅列出，不参与比较。",
}
_NOTHING = {
    "en": "By {method} the model has no solution, so it is missing from the comparison.",
    "zh": "采用{method}时模型无解，因此未列入比较。",
}


@dataclass(frozen=True, slots=True)
class _Path:
    """A path by one method."""

    method: str
    estimate: float
    se: float
    low: float
    high: float
    refused: bool
    n: int

    @property
    def sign(self) -> int:
        """1 or −1 where the interval leaves out zero, else 0."""
        return 1 if self.low > 0 else -1 if self.high < 0 else 0


def compare(
    model: Model | str,
    sample: Any,
    *,
    scheme: str = "path",
    bootstrap: int = 1000,
    seed: int = 1,
    level: float = 0.95,
    name: str = "comparison",
) -> Estimates:
    """The standardised paths of ``model`` by sum scores with least squares, PLS, PLSc and ML.

    ``tidy()`` has a row for each path and method; the table ``agreement`` a row for each path with the four
    estimates, their range over the methods that may be interpreted, and a verdict: ``agree``; ``strength`` (they
    differ by .10 or more), ``evidence`` (some intervals include zero, some do not), ``sign``. Composites
    (the first two) carry measurement error into the paths, PLSc and ML take it out.

    >>> from surveykit.moments import Moments
    >>> R = [[1, 0.6, 0.3, 0.3], [0.6, 1, 0.3, 0.3], [0.3, 0.3, 1, 0.6], [0.3, 0.3, 0.6, 1]]
    >>> m = Moments(n=200, cov=R, names=["a1", "a2", "b1", "b2"])
    >>> found = compare("a =~ a1 + a2\\nb =~ b1 + b2\\nb ~ a", m).tidy()
    >>> found["method"].tolist(), found["estimate"].round(3).tolist()
    (['sum', 'pls', 'plsc', 'ml'], [0.375, 0.375, 0.5, 0.5])
    """
    parsed = Model.parse(model) if isinstance(model, str) else model
    sample = taken_once(sample, parsed.observed, numbers=True)
    paths: dict[tuple[str, str], list[_Path]] = {}
    checks: list[Check] = []
    joint = _joint(parsed)
    scored = without_covariances(parsed)
    asked = asked_of(parsed, scheme=scheme, bootstrap=bootstrap, seed=seed, level=level)
    for method, options in asked.items():
        found, judged = _by(method, parsed if method == "ml" else scored, sample, options)
        checks += judged
        for key, path in found.items():
            paths.setdefault(key, []).append(path)
    rows = _agreement(paths)
    facts = {
        "n": max((p.n for listed in paths.values() for p in listed), default=0),
        "compared": len({p.method for listed in paths.values() for p in listed if not p.refused}),
        "paths": len(rows),
        **{verdict: sum(r["verdict"] == verdict for r in rows) for verdict in VERDICTS},
    }
    choices = (
        "standardised paths; sum scores are means of the standardised items with equal weights, regressed by least squares",
        f"{scheme} weighting scheme; {bootstrap} bootstrap replicates, seed {seed}, the same for sum scores, PLS and PLSc; ML by the "
        f"delta method; complete rows only",
        f"methods are said to agree where evidence and sign are the same and estimates lie within {NOTABLE:.2f}",
        *(
            [f"covariances that only ML estimates: {', '.join(f'{p.lhs}~~{p.rhs}' for p in joint)}"]
            if joint
            else []
        ),
    )
    return Estimates(
        name, _TITLE, _tidy(paths), facts, choices, tuple(checks), {"agreement": Table.of(rows)}, asked["pls"]
    )


def asked_of(
    parsed: Model, *, scheme: str = "path", bootstrap: int = 0, seed: int = 1, level: float = 0.95
) -> dict[str, dict[str, Any]]:
    """What :func:`surveykit.fit` is asked for by each method of a comparison."""
    shared = {"bootstrap": bootstrap, "seed": seed, "level": level}
    constructs = {c.name: "sum" for c in parsed.constructs}
    return {
        "sum": {"method": "pls", "modes": constructs, "scheme": scheme, **shared},
        "pls": {"method": "pls", "scheme": scheme, **shared},
        "plsc": {"method": "plsc", "scheme": scheme, **shared},
        "ml": {"method": "ml", "missing": "listwise", "level": level},
    }


def without_covariances(parsed: Model) -> Model:
    """The model without covariances of residuals: composites have no residuals that could vary together."""
    joint = _joint(parsed)
    return Model.of([p for p in parsed.parameters if p not in joint], parsed.equations) if joint else parsed


def _joint(parsed: Model) -> list[Any]:
    return [p for p in parsed.parameters if p.op == "~~" and p.lhs != p.rhs]


VERDICTS = ("agree", "strength", "evidence", "sign")


def _by(
    method: str, model: Model, sample: Any, options: Mapping[str, Any]
) -> tuple[dict[tuple[str, str], _Path], list[Check]]:
    """The paths by one method, and what must be said about it."""
    from surveykit.sem.fit import fit

    words = METHODS[method]
    try:
        result: Any = fit(model, sample, **options)
    except SurveykitError as error:
        if method in ("sum", "pls"):
            raise
        values = {"code": error.code}
        texts = {k: _NOTHING[k].format(method=words[k]) for k in words}
        return {}, [Check("METHOD_FAILED", "caution", texts, (method,), values)]
    checks = []
    if result.refused:
        why = next(c for c in result.checks if c.level == "refuse")
        texts = {k: _REFUSED[k].format(method=words[k], why=why.text(k).rstrip(".。")) for k in words}
        checks.append(Check("METHOD_REFUSED", "caution", texts, (method, *why.about), {"code": why.code}))
    listed = [r for r in result.tables()["standardised"].records() if r["op"] == "~"]
    found = {
        (r["lhs"], r["rhs"]): _Path(method, r["est"], r["se"], r["low"], r["high"], result.refused, result.n)
        for r in listed
    }
    return found, checks


def _tidy(paths: Mapping[tuple[str, str], Sequence[_Path]]) -> Table:
    return Table.of(
        [
            {
                "term": f"{lhs}~{rhs}", "group": "", "n": p.n, "estimate": p.estimate, "se": p.se, "low": p.low,
                "high": p.high, "method": p.method, "lhs": lhs, "rhs": rhs, "refused": p.refused,
            }
            for (lhs, rhs), listed in paths.items()
            for p in listed
        ]
    )  # fmt: skip


def _agreement(paths: Mapping[tuple[str, str], Sequence[_Path]]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for (lhs, rhs), listed in paths.items():
        values = {p.method: p.estimate for p in listed}
        judged = [p for p in listed if not p.refused]
        lowest, highest = min(p.estimate for p in judged), max(p.estimate for p in judged)
        rows.append(
            {
                "lhs": lhs, "rhs": rhs, **{m: values.get(m, float("nan")) for m in METHODS},
                "lowest": lowest, "highest": highest, "range": highest - lowest, "verdict": _verdict(judged),
            }
        )  # fmt: skip
    return rows


def _verdict(judged: Sequence[_Path]) -> str:
    """How far the methods agree on a path; without intervals only the estimates can be judged."""
    estimates = [p.estimate for p in judged]
    if all(p.low == p.low for p in judged):
        signs = {p.sign for p in judged}
        if {1, -1} <= signs:
            return "sign"
        if len(signs) > 1:
            return "evidence"
    return "strength" if max(estimates) - min(estimates) >= NOTABLE else "agree"
