"""Published models, computed again: ours beside the printed number, PASS or FAIL for each.

A reproduction is one YAML file in ``reproductions/``: the covariance table, the model, the numbers as
they were printed, and half a unit of their last digit as the tolerance.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from surveykit.errors import SurveykitError, did_you_mean, quote
from surveykit.options import Many
from surveykit.questionnaire import strict

if TYPE_CHECKING:
    from surveykit.moments import Moments

__all__ = ["Comparison", "Outcome", "Reproduction", "published", "reproduce"]

_FOLDER = Path(__file__).with_name("reproductions")
# the last printed digit may have been rounded from a number that stands exactly between two
_SLACK = 0.002


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
    """A published model: its source, its sample statistics, its printed numbers.

    ``covariance`` is the lower triangle, or the id of another reproduction whose table it shares.
    """

    id: str
    title: str
    source: str
    model: str
    method: str
    options: dict[str, str] = {}
    n: int
    names: Many[str] = ()
    covariance: Many[Many[float]] | str
    means: Many[float] | None = None
    tolerance: float = Field(gt=0)
    printed: Many[Printed]
    fit: dict[str, float] = {}

    def sample(self) -> Moments:
        """n, covariances and means of the variables."""
        from surveykit.moments import Moments

        if isinstance(self.covariance, str):
            return published()[self.covariance].sample()
        p = len(self.names)
        lower = np.zeros((p, p))
        for i, row in enumerate(self.covariance):
            lower[i, : len(row)] = row
        mean = None if self.means is None else np.array(self.means)
        return Moments(n=self.n, cov=lower + np.tril(lower, -1).T, mean=mean, names=self.names)


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
        return abs(self.ours - self.printed) <= self.tolerance * (1 + _SLACK)


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
        digits = max(3, round(-math.log10(2 * self.reproduction.tolerance)))
        lines = [self.reproduction.title, self.reproduction.source, ""]
        lines.append(f"{'':{width}}  {'printed':>{digits + 8}}  {'ours':>{digits + 11}}")
        for c in self.comparisons:
            numbers = f"{c.printed:{digits + 8}.{digits}f}  {c.ours:{digits + 11}.{digits + 3}f}"
            lines.append(f"{c.name:{width}}  {numbers}  {'PASS' if c.passed else 'FAIL'}")
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
    from surveykit.sem import fit

    result = fit(
        reproduction.model, reproduction.sample(), method=reproduction.method, **reproduction.options
    )
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
