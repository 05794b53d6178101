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
    second: float | None = None

    @property
    def passed(self) -> bool:
        """Whether ours rounds to what was printed, and so does the second opinion where it was asked."""
        return self.reached(self.ours) and (self.second is None or self.reached(self.second))

    def reached(self, value: float) -> bool:
        """Whether a value rounds to what was printed."""
        return abs(value - self.printed) <= self.tolerance * (1 + _SLACK)


@dataclass(frozen=True, slots=True)
class Outcome:
    """All comparisons of one reproduction; ``engines`` computed them, the second one for its opinion."""

    reproduction: Reproduction
    comparisons: tuple[Comparison, ...]
    engines: tuple[str, ...] = ("surveykit",)

    @property
    def passed(self) -> bool:
        """Whether every number passed."""
        return all(c.passed for c in self.comparisons)

    def text(self) -> str:
        """One line per number, the verdict last."""
        width = max(len(c.name) for c in self.comparisons)
        digits = max(3, round(-math.log10(2 * self.reproduction.tolerance)))
        lines = [self.reproduction.title, self.reproduction.source, ""]
        heads = "".join(f"  {e:>{digits + 11}}      " for e in ("ours", *self.engines[1:]))
        lines.append(f"{'':{width}}  {'printed':>{digits + 8}}{heads}".rstrip())
        for c in self.comparisons:
            found = [c.ours] if c.second is None else [c.ours, c.second]
            numbers = "".join(
                f"  {v:{digits + 11}.{digits + 3}f}  {'PASS' if c.reached(v) else 'FAIL'}" for v in found
            )
            lines.append(f"{c.name:{width}}  {c.printed:{digits + 8}.{digits}f}{numbers}")
        passed = sum(c.passed for c in self.comparisons)
        verdict = "PASS" if self.passed else "FAIL"
        return "\n".join([*lines, "", f"{verdict}: {passed} of {len(self.comparisons)} printed numbers"])

    def to_dict(self) -> dict[str, Any]:
        """The outcome as plain data."""
        return {
            "id": self.reproduction.id,
            "source": self.reproduction.source,
            "passed": self.passed,
            "engines": list(self.engines),
            "comparisons": [{**asdict(c), "passed": c.passed} for c in self.comparisons],
        }


@cache
def published() -> dict[str, Reproduction]:
    """The reproductions there are, by id."""
    files = sorted(_FOLDER.glob("*.yaml"))
    return {r.id: r for r in (strict.validate(strict.load(f), Reproduction) for f in files)}


def reproduce(name: str, *, second_opinion: bool = False) -> Outcome:
    """Compute a published model from its covariance table and compare with what was printed.

    ``second_opinion`` computes it once more at the estimates of semopy (models by maximum likelihood).

    >>> reproduce("holzinger-swineford").passed
    True
    """
    known = published()
    if name not in known:
        raise SurveykitError(
            f"unknown reproduction {quote(name)}", hint=did_you_mean(name, known), code="UNKNOWN_REPRODUCTION"
        )
    return compare(known[name], second_opinion=second_opinion)


def compare(reproduction: Reproduction, *, second_opinion: bool = False) -> Outcome:
    """Fit the model of ``reproduction`` and put every number beside the printed one."""
    if second_opinion and reproduction.method != "ml":
        raise SurveykitError(
            "a second opinion is there for maximum likelihood", got=f"method {quote(reproduction.method)}",
            code="OPTION_UNSUPPORTED",
        )  # fmt: skip
    ours = _numbers(reproduction, None)
    theirs = _numbers(reproduction, "semopy") if second_opinion else {}
    return Outcome(
        reproduction,
        tuple(
            Comparison(name, printed, value, reproduction.tolerance, theirs[name][1] if theirs else None)
            for name, (printed, value) in ours.items()
        ),
        ("surveykit", "semopy") if second_opinion else ("surveykit",),
    )


def _numbers(reproduction: Reproduction, engine: str | None) -> dict[str, tuple[float, float]]:
    """Printed and computed, by name."""
    from surveykit.sem import fit

    result = fit(
        reproduction.model,
        reproduction.sample(),
        method=reproduction.method,
        **({"engine": engine} if engine else {}),
        **reproduction.options,
    )
    rows = {(r["lhs"], r["op"], r["rhs"]): r for r in result.tidy().to_dict("records")}
    facts = result.glance().iloc[0]
    found = {}
    for printed in reproduction.printed:
        row = _row(rows, printed)
        name = f"{printed.lhs} {printed.op} {printed.rhs}"
        found[name] = (printed.estimate, float(row["estimate"]))
        if printed.se is not None:
            found[f"{name} se"] = (printed.se, float(row["se"]))
    return found | {name: (value, float(facts[name])) for name, value in reproduction.fit.items()}


def _row(rows: dict[tuple[str, str, str], Any], printed: Printed) -> Any:
    """The row of a coefficient; a covariance may be printed either way round."""
    for key in ((printed.lhs, printed.op, printed.rhs), (printed.rhs, printed.op, printed.lhs)):
        if key in rows:
            return rows[key]
    raise SurveykitError(
        f"the model has no parameter {printed.lhs} {printed.op} {printed.rhs}", code="UNKNOWN_PARAMETER"
    )
