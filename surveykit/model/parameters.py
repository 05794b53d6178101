"""The parts of a model: one parameter as the analyst wrote it, one equation, one construct."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from surveykit.errors import SurveykitError, quote
from surveykit.model.expression import Expression

__all__ = [
    "OPERATORS",
    "Construct",
    "Equation",
    "Parameter",
    "Written",
    "composite",
    "reflective",
    "split_written",
]

OPERATORS = ("=~", "<~", "~~", "~", "~1", "|")
Mode = Literal["A", "B"]
Written = str | tuple[str, str | float]
"""A variable, or (variable, modifier): ``"s1"``, ``("s2", 0.8)``, ``("s3", "a*start(0.5)")``."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter as written; what is not written is left to the defaults of the table.

    ``fixed``, ``start`` and ``label`` hold nothing, one entry for all groups, or one entry a group;
    None in ``fixed`` is lavaan's ``NA``: free here. ``lower`` and ``upper`` are bounds of the estimate. ``equal``
    names the parameter it must equal (``f=~x2``). ``rhs`` is empty for an intercept (``~1``).
    """

    lhs: str
    op: str
    rhs: str
    fixed: tuple[float | None, ...] = ()
    start: tuple[float, ...] = ()
    label: tuple[str, ...] = ()
    equal: str = ""
    lower: tuple[float, ...] = ()
    upper: tuple[float, ...] = ()

    @property
    def name(self) -> str:
        """``sat=~s1``: how messages and ``equal()`` name the parameter."""
        return f"{self.lhs}{self.op}{self.rhs}"

    @property
    def key(self) -> tuple[str, str, str]:
        """What may stand in a model once: a covariance is the same in either direction."""
        if self.op == "~~" and self.rhs < self.lhs:
            return (self.rhs, self.op, self.lhs)
        return (self.lhs, self.op, self.rhs)


@dataclass(frozen=True, slots=True)
class Equation:
    """A defined effect (``lhs`` a name, ``op`` ``:=``) or a constraint (``==``, ``<``, ``>``)."""

    lhs: Expression
    op: str
    rhs: Expression


@dataclass(frozen=True, slots=True)
class Construct:
    """A latent variable (``reflective``) or a weighted composite with its indicators, in order.

    ``mode`` is PLS' way to weight: A (correlation weights) or B (regression weights); a reflective
    construct has mode A. ``written`` keeps the indicators' modifiers until the model reads them.
    """

    name: str
    kind: Literal["reflective", "composite"]
    indicators: tuple[str, ...]
    mode: Mode
    written: tuple[tuple[str, str | float | None], ...] = field(default=(), compare=False, repr=False)


def _construct(name: str, kind: str, indicators: Sequence[Written], mode: str) -> Construct:
    if isinstance(indicators, str):
        raise SurveykitError(
            f"the indicators of {quote(name)} are one text",
            expected="a list of variables",
            got=quote(indicators),
            hint=f"write [{quote(indicators)}]",
            code="MODEL_INDICATORS",
        )
    written = tuple(split_written(item) for item in indicators)
    if mode not in ("A", "B"):
        raise SurveykitError(
            f"unknown mode of the composite {quote(name)}",
            expected="'A' or 'B'",
            got=quote(mode),
            code="MODEL_MODE",
        )
    names = tuple(dict.fromkeys(variable for variable, _ in written))
    return Construct(name, kind, names, mode, written)  # type: ignore[arg-type]  # both checked above


def split_written(item: object) -> tuple[str, str | float | None]:
    """A variable and its modifier, None where there is none."""
    if isinstance(item, str):
        return item, None
    if isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str):
        return item[0], item[1]
    raise SurveykitError(
        "this is neither a variable nor a variable with a modifier",
        expected="'s1', ('s1', 0.8) or ('s1', 'a')",
        got=quote(item),
        code="MODEL_TERM",
    )


def reflective(name: str, indicators: Sequence[Written]) -> Construct:
    """A latent variable whose indicators reflect it (lavaan's ``=~``; under PLS mode A).

    An indicator is a name or a pair of name and modifier: a number fixes the loading, a text is
    lavaan's modifier (``"a"`` a label, ``"start(0.8)"``, ``"NA"`` free, ``"c(1,NA)"`` per group).

    >>> reflective("sat", ["s1", ("s2", "a"), ("s3", 0.8)]).indicators
    ('s1', 's2', 's3')
    """
    return _construct(name, "reflective", indicators, "A")


def composite(name: str, indicators: Sequence[Written], mode: Mode = "B") -> Construct:
    """A weighted sum of its indicators (lavaan's ``<~``); PLS weights it by ``mode`` A or B.

    Mode B, regression weights, is what ``<~`` means without more; mode A, correlation weights, is
    written ``img <~ mode("A")*i1 + i2`` in model text.

    >>> composite("img", ["i1", "i2"], mode="A").mode
    'A'
    """
    return _construct(name, "composite", indicators, mode)
