"""Published models, computed again: ours beside the printed number, PASS or FAIL for each.

A reproduction is one YAML file in ``reproductions/``: the covariance table, the model, the numbers as
they were printed, and half a unit of their last digit as the tolerance.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from surveykit.errors import SurveykitError, did_you_mean, quote
from surveykit.options import Many
from surveykit.questionnaire import strict

__all__ = ["Comparison", "Outcome", "Reproduction", "published", "reproduce"]

_FOLDER = Path(__file__).with_name("reproductions")
# the last printed digit may have been rounded from a number that stands exactly between two
_SLACK = 1e-6


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class Printed(_Strict):
    """One coefficient as it was printed."""

    lhs: str
    op: Literal["=~", "~", "~~", "~1", ":="]
    rhs: str
    estimate: float
    se: float | None = None


class Reproduction(_Strict):
    """A published model: its source, its sample statistics, its printed numbers."""

    id: str
    title: str
    source: str
    model: str
    method: str
    n: int
    names: Many[str]
    covariance: Many[Many[float]]
    means: Many[float] | None = None
    tolerance: float = Field(gt=0)
    printed: Many[Printed]
    fit: dict[str, float] = {}

    def matrix(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """The covariance table (p, p), from its lower triangle."""
        p = len(self.names)
        lower = np.zeros((p, p))
        for i, row in enumerate(self.covariance):
            lower[i, : len(row)] = row
        return lower + np.tril(lower, -1).T


@dataclass(frozen=True, slots=True)
class Comparison:
    """One printed number and ours."""

    name: str
    printed: float
    ours: float
    tolerance: float

    @property
    def passed(self) -> bool:
        """Whether ours rounds to what was printed."""
        return abs(self.ours - self.printed) <= self.tolerance + _SLACK


@dataclass(frozen=True, slots=True)
class Outcome:
    """All comparisons of one reproduction."""

    reproduction: Reproduction
    comparisons: tuple[Comparison, ...]

    @property
    def passed(self) -> bool:
        """Whether every number passed."""
        return all(c.passed for c in self.comparisons)

    def text(self) -> str:
        """One line per number, the verdict last."""
        width = max(len(c.name) for c in self.comparisons)
        lines = [self.reproduction.title, self.reproduction.source, ""]
        lines.append(f"{'':{width}}  {'printed':>11}  {'ours':>14}")
        lines += [
            f"{c.name:{width}}  {c.printed:11.3f}  {c.ours:14.6f}  {'PASS' if c.passed else 'FAIL'}"
            for c in self.comparisons
        ]
        passed = sum(c.passed for c in self.comparisons)
        verdict = "PASS" if self.passed else "FAIL"
        return "\n".join([*lines, "", f"{verdict}: {passed} of {len(self.comparisons)} printed numbers"])

    def to_dict(self) -> dict[str, Any]:
        """The outcome as plain data."""
        return {
            "id": self.reproduction.id,
            "source": self.reproduction.source,
            "passed": self.passed,
            "comparisons": [{**asdict(c), "passed": c.passed} for c in self.comparisons],
        }


@cache
def published() -> dict[str, Reproduction]:
    """The reproductions there are, by id."""
    files = sorted(_FOLDER.glob("*.yaml"))
    return {r.id: r for r in (strict.validate(strict.load(f), Reproduction) for f in files)}


def reproduce(name: str) -> Outcome:
    """Compute a published model from its covariance table and compare with what was printed.

    >>> reproduce("holzinger-swineford").passed
    True
    """
    known = published()
    if name not in known:
        raise SurveykitError(
            f"unknown reproduction {quote(name)}", hint=did_you_mean(name, known), code="UNKNOWN_REPRODUCTION"
        )
    return compare(known[name])


def compare(reproduction: Reproduction) -> Outcome:
    """Fit the model of ``reproduction`` and put every number beside the printed one."""
    from surveykit.moments import Moments
    from surveykit.sem import fit

    mean = None if reproduction.means is None else np.array(reproduction.means)
    sample = Moments(n=reproduction.n, cov=reproduction.matrix(), mean=mean, names=reproduction.names)
    result = fit(reproduction.model, sample, method=reproduction.method)
    rows = {(r["lhs"], r["op"], r["rhs"]): r for r in result.tidy().to_dict("records")}
    facts = result.glance().iloc[0]
    found = []
    for printed in reproduction.printed:
        row = _row(rows, printed)
        name = f"{printed.lhs} {printed.op} {printed.rhs}"
        found.append(Comparison(name, printed.estimate, float(row["estimate"]), reproduction.tolerance))
        if printed.se is not None:
            found.append(Comparison(f"{name} se", printed.se, float(row["se"]), reproduction.tolerance))
    for name, value in reproduction.fit.items():
        found.append(Comparison(name, value, float(facts[name]), reproduction.tolerance))
    return Outcome(reproduction, tuple(found))


def _row(rows: dict[tuple[str, str, str], Any], printed: Printed) -> Any:
    """The row of a coefficient; a covariance may be printed either way round."""
    for key in ((printed.lhs, printed.op, printed.rhs), (printed.rhs, printed.op, printed.lhs)):
        if key in rows:
            return rows[key]
    raise SurveykitError(
        f"the model has no parameter {printed.lhs} {printed.op} {printed.rhs}", code="UNKNOWN_PARAMETER"
    )
