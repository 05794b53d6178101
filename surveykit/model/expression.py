"""Arithmetic of defined effects and constraints: our own tree, its value and its derivatives.

The tree holds numbers, names, ``+ - * / ^``, a minus sign and the functions exp, log, sqrt and abs.
Nothing else can be written, so nothing else can be run. The derivative is exact (forward mode:
every node carries its value and its derivative by each name), for the delta method.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = [
    "FUNCTIONS",
    "Binary",
    "Call",
    "Expression",
    "Name",
    "Negative",
    "Number",
    "number_text",
]

Values = Mapping[str, Any]
Dual = tuple[Any, dict[str, Any]]

_PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 4}
_NEGATIVE = 3


@dataclass(frozen=True, slots=True)
class Expression:
    """An arithmetic expression over the labels of a model.

    >>> tree = Binary("*", Name("a"), Name("b"))
    >>> tree.evaluate({"a": 0.5, "b": 0.4}), tree.gradient({"a": 0.5, "b": 0.4})
    (0.2, {'a': 0.4, 'b': 0.5})
    """

    def names(self) -> tuple[str, ...]:
        """The names it speaks of, in order of appearance."""
        return tuple(dict.fromkeys(self._names()))

    def evaluate(self, values: Values) -> Any:
        """Its value; names may stand for numbers or for arrays (stacked replicates).

        Outside a function's domain (log of a negative number, division by zero) the value is NaN
        or infinite, without a warning: the caller judges it.
        """
        with np.errstate(all="ignore"):
            value = self._dual({name: np.asarray(v, dtype=float) for name, v in values.items()}, {})[0]
        return _plain(value)

    def gradient(self, values: Values) -> dict[str, Any]:
        """The derivative by each name that the expression holds, at ``values``."""
        with np.errstate(all="ignore"):
            arrays = {name: np.asarray(v, dtype=float) for name, v in values.items()}
            slopes = self._dual(arrays, dict.fromkeys(self.names(), 1.0))[1]
        return {name: _plain(slopes.get(name, 0.0)) for name in self.names()}

    def to_text(self) -> str:
        """Canonical text, with no more parentheses than are needed."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.to_text()

    def _parts(self) -> tuple[Expression, ...]:
        return ()

    def _names(self) -> list[str]:
        return [name for part in self._parts() for name in part._names()]

    def _rank(self) -> int:
        return 5

    def _dual(self, values: Values, seeds: Mapping[str, float]) -> Dual:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Number(Expression):
    """A number that is not negative (a minus sign is :class:`Negative`)."""

    value: float

    def to_text(self) -> str:
        return number_text(self.value)

    def _dual(self, values: Values, seeds: Mapping[str, float]) -> Dual:  # noqa: ARG002
        return np.asarray(self.value), {}


@dataclass(frozen=True, slots=True)
class Name(Expression):
    """A label of a parameter, or the name of a defined effect."""

    name: str

    def to_text(self) -> str:
        return self.name

    def _names(self) -> list[str]:
        return [self.name]

    def _dual(self, values: Values, seeds: Mapping[str, float]) -> Dual:
        return values[self.name], ({self.name: seeds[self.name]} if self.name in seeds else {})


@dataclass(frozen=True, slots=True)
class Negative(Expression):
    """``-part``; it binds less than ``^``: ``-2^2`` is -4."""

    part: Expression

    def to_text(self) -> str:
        return "-" + _wrapped(self.part, self.part._rank() < _NEGATIVE)

    def _parts(self) -> tuple[Expression, ...]:
        return (self.part,)

    def _rank(self) -> int:
        return _NEGATIVE

    def _dual(self, values: Values, seeds: Mapping[str, float]) -> Dual:
        value, slopes = self.part._dual(values, seeds)
        return -value, {name: -slope for name, slope in slopes.items()}


@dataclass(frozen=True, slots=True)
class Binary(Expression):
    """``left op right`` with op one of ``+ - * / ^``."""

    op: str
    left: Expression
    right: Expression

    def to_text(self) -> str:
        rank, right_binds = self._rank(), self.op == "^"
        left = _wrapped(self.left, self.left._rank() < rank or (right_binds and self.left._rank() == rank))
        # a minus sign on the right stands in parentheses (a * -b): every reader takes that
        lower = self.right._rank() < rank or (not right_binds and self.right._rank() == rank)
        right = _wrapped(self.right, lower or isinstance(self.right, Negative))
        return f"{left}{self.op}{right}" if rank > 1 else f"{left} {self.op} {right}"

    def _parts(self) -> tuple[Expression, ...]:
        return (self.left, self.right)

    def _rank(self) -> int:
        return _PRECEDENCE[self.op]

    def _dual(self, values: Values, seeds: Mapping[str, float]) -> Dual:
        (u, du), (v, dv) = self.left._dual(values, seeds), self.right._dual(values, seeds)
        if self.op == "+":
            return u + v, _combined(du, 1.0, dv, 1.0)
        if self.op == "-":
            return u - v, _combined(du, 1.0, dv, -1.0)
        if self.op == "*":
            return u * v, _combined(du, v, dv, u)
        if self.op == "/":
            return u / v, _combined(du, 1 / v, dv, -u / v**2)
        # the exponent's own slope needs log u; a constant exponent must not (u may be negative)
        return u**v, _combined(du, v * u ** (v - 1), dv, u**v * np.log(u) if dv else 0.0)


@dataclass(frozen=True, slots=True)
class Call(Expression):
    """A function of one argument: exp, log, sqrt or abs."""

    function: str
    argument: Expression

    def to_text(self) -> str:
        return f"{self.function}({self.argument.to_text()})"

    def _parts(self) -> tuple[Expression, ...]:
        return (self.argument,)

    def _dual(self, values: Values, seeds: Mapping[str, float]) -> Dual:
        u, du = self.argument._dual(values, seeds)
        value, slope = FUNCTIONS[self.function]
        return value(u), {name: slope(u) * d for name, d in du.items()}


FUNCTIONS: Mapping[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "exp": (np.exp, np.exp),
    "log": (np.log, lambda u: 1 / u),
    "sqrt": (np.sqrt, lambda u: 0.5 / np.sqrt(u)),
    "abs": (np.abs, np.sign),
}


def number_text(value: float) -> str:
    """A number as model text: shortest text that reads back as the same number.

    >>> number_text(1.0), number_text(0.8), number_text(-2.5)
    ('1', '0.8', '-2.5')
    """
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))


def _wrapped(part: Expression, parentheses: bool) -> str:
    return f"({part.to_text()})" if parentheses else part.to_text()


def _combined(du: dict[str, Any], a: Any, dv: dict[str, Any], b: Any) -> dict[str, Any]:
    slopes = {name: a * slope for name, slope in du.items()}
    for name, slope in dv.items():
        slopes[name] = slopes[name] + b * slope if name in slopes else b * slope
    return slopes


def _plain(value: Any) -> Any:
    array = np.asarray(value, dtype=float)
    return float(array) if array.ndim == 0 else array
