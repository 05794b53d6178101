"""Reading arithmetic: a cursor over the tokens of one statement, and expressions by recursive descent.

sum       product {(+ | -) product}
product   signed {(* | /) signed}
signed    - signed | atom [^ signed]
atom      number | name | function ( sum ) | ( sum )
"""

from __future__ import annotations

from surveykit.errors import SurveykitError, quote
from surveykit.model.expression import FUNCTIONS, Binary, Call, Expression, Name, Negative, Number
from surveykit.model.tokens import Source, Token

__all__ = ["Arithmetic"]

MAX_NODES = 200
MAX_NESTING = 50


class Arithmetic:
    """The tokens of one statement, how far reading has come, and how to read an expression."""

    def __init__(self, source: Source, tokens: list[Token]) -> None:
        self.source = source
        self.tokens = tokens
        self.at = 0
        self.nodes = 0
        self.nesting = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.token
        self.at += 1
        return token

    def sees(self, *symbols: str) -> bool:
        return self.token.kind == "symbol" and self.token.text in symbols

    def expect(self, symbol: str, after: str) -> Token:
        if not self.sees(symbol):
            raise self.unexpected(f"{quote(symbol)} after {after}")
        return self.take()

    def unexpected(self, expected: str, hint: str = "") -> SurveykitError:
        if self.token.kind == "end":
            return self.source.error("the line ends too early", self.token, expected, hint)
        return self.source.error(f"unexpected {quote(self.token.text)}", self.token, expected, hint)

    def whole_expression(self) -> Expression:
        """An expression that ends with the statement."""
        tree = self.sum()
        if self.token.kind != "end":
            raise self.unexpected("an arithmetic operator or the end of the statement")
        return tree

    def _counted(self, tree: Expression) -> Expression:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise self.source.error(
                "the expression is too long", self.tokens[0], f"at most {MAX_NODES} parts", code="MODEL_SIZE"
            )
        return tree

    def sum(self) -> Expression:
        """An expression, up to where it ends."""
        tree = self._product()
        while self.sees("+", "-"):
            tree = self._counted(Binary(self.take().text, tree, self._product()))
        return tree

    def _product(self) -> Expression:
        tree = self._unary()
        while self.sees("*", "/"):
            tree = self._counted(Binary(self.take().text, tree, self._unary()))
        return tree

    def _unary(self) -> Expression:
        if self.sees("-"):
            self.take()
            self._counted(Number(0.0))
            return Negative(self._unary())
        base = self._atom()
        if self.sees("^"):
            self.take()
            self._counted(Number(0.0))
            return Binary("^", base, self._unary())
        return base

    def _atom(self) -> Expression:
        token = self.token
        if token.kind == "number":
            return self._counted(Number(self.number(self.take())))
        if self.sees("("):
            return self._bracket()
        if token.kind != "name" or token.text == "NA":
            raise self.unexpected("a number, a label or '('")
        self.take()
        if not self.sees("("):
            return self._counted(Name(token.text))
        if token.text not in FUNCTIONS:
            raise self.source.error(
                f"unknown function {quote(token.text)}",
                token,
                f"one of {', '.join(FUNCTIONS)}",
                "nothing in a model text is ever run",
                code="MODEL_CODE",
            )
        return self._counted(Call(token.text, self._bracket()))

    def _bracket(self) -> Expression:
        opening = self.take()
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise self.source.error(
                "too many brackets in one another", opening, f"at most {MAX_NESTING}", code="MODEL_SIZE"
            )
        tree = self.sum()
        self.expect(")", "the expression in brackets")
        self.nesting -= 1
        return tree

    def number(self, token: Token) -> float:
        value = float(token.text)
        if value == float("inf"):
            raise self.source.error("this number is too large", token)
        return value
