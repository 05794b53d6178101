"""Reading model text: a hand-written recursive descent over lavaan's notation.

    model      statement, statement, ... (one a line, or separated by ;)
    formula    name {+ name}  (=~ | <~ | ~ | ~~ | |)  term {+ term}
    term       {modifier * | start ?} (name | 1 | 0)
    modifier   number | NA | label | "label" | c(entry, ...)
               | start(...) | lower(...) | upper(...) | label(...) | equal("...") | mode("A")
    equation   name := expression | expression (== | < | >) expression
    expression sums, products, quotients, powers, a minus sign, ( ), exp log sqrt abs

A term that is repeated in one formula adds its modifiers, as in lavaan. Nothing in a text is ever
run. All faults of a text are reported together, each with its line and the place marked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

from surveykit.errors import Problems, SurveykitError, Where, did_you_mean, quote
from surveykit.model.arithmetic import Arithmetic
from surveykit.model.expression import Expression, Name
from surveykit.model.parameters import Equation, Parameter
from surveykit.model.tokens import MAX_CHARACTERS, Source, Token, is_name, statements_of

__all__ = ["Reading", "read_equation", "read_expression", "read_model", "read_modifier"]

FORMULAS = ("=~", "<~", "~~", "~", "|")
EQUATIONS = (":=", "==", "<", ">")
MODIFIERS = ("start", "label", "equal", "c", "mode", "lower", "upper")
_NUMBERS = ("start", "lower", "upper")
_REFUSED = {
    "~*~": "scaling factors (~*~) cannot be written",
    "<=": "an inequality is written with < or >",
    ">=": "an inequality is written with < or >",
}


@dataclass(slots=True)
class Reading:
    """What a text says, with the place of every parameter and equation (for later complaints)."""

    source: Source
    parameters: list[Parameter] = field(default_factory=list)
    equations: list[Equation] = field(default_factory=list)
    mode_a: list[str] = field(default_factory=list)
    parameter_tokens: list[Token] = field(default_factory=list)
    equation_tokens: list[tuple[Token, ...]] = field(default_factory=list)


@dataclass(slots=True)
class _Modifiers:
    fixed: tuple[float | None, ...] = ()
    start: tuple[float, ...] = ()
    label: tuple[str, ...] = ()
    equal: str = ""
    mode: str = ""
    lower: tuple[float, ...] = ()
    upper: tuple[float, ...] = ()


def read_model(source: Source, problems: Problems) -> Reading:
    """Read a whole text; faults go to ``problems``, statements that hold one are left out."""
    reading = Reading(source)
    if len(source.text) > MAX_CHARACTERS:
        problems.add(
            "the model text is too long",
            expected=f"at most {MAX_CHARACTERS} characters",
            got=f"{len(source.text)}",
            code="MODEL_SIZE",
        )
        return reading
    statements = list(statements_of(source, problems))
    spoilt = {error.where.line for error in problems if isinstance(error.where, Where)}
    for tokens in statements:
        if not spoilt.isdisjoint(source.where(token).line for token in tokens):
            continue  # its line holds a character or quotation that was complained about
        try:
            _Statement(source, tokens).read_into(reading)
        except SurveykitError as error:
            problems.add(error)
    return reading


def read_expression(text: str) -> Expression:
    """An arithmetic expression alone (``"a*b + c"``)."""
    return _single(text).whole_expression()


def read_equation(text: str) -> Equation:
    """A constraint or a definition alone (``"a == b"``)."""
    statement = _single(text)
    reading = Reading(statement.source)
    statement.read_into(reading)
    if not reading.equations:
        raise SurveykitError(
            "this is no constraint", expected="==, < or >", got=quote(text), code="MODEL_SYNTAX"
        )
    return reading.equations[0]


def read_modifier(text: str, parameter: Parameter) -> tuple[Parameter, str]:
    """The parameter with the modifiers of a text such as ``a*start(0.5)``; beside it the PLS mode."""
    statement = _single(f"{text}*x")
    given = statement.modifiers_alone()
    return _with(parameter, given), given.mode


def _single(text: str) -> _Statement:
    problems = Problems()
    source = Source(text)
    statements = list(statements_of(source, problems)) if len(text) <= MAX_CHARACTERS else []
    problems.raise_if_any()
    if len(statements) != 1:
        raise SurveykitError("expected one statement", got=quote(text), code="MODEL_SYNTAX")
    return _Statement(source, statements[0])


class _Statement(Arithmetic):
    """The parser of one statement."""

    # --- statements ---------------------------------------------------------------------------

    def read_into(self, reading: Reading) -> None:
        relation = next((t for t in self.tokens if self._relates(t)), None)
        if relation is None:
            raise self._no_operator()
        if relation.text in _REFUSED:
            raise self.source.error(
                _REFUSED[relation.text],
                relation,
                f"one of {' '.join(FORMULAS + EQUATIONS)}",
                code="MODEL_OPERATOR",
            )
        if relation.text in EQUATIONS:
            reading.equations.append(self._equation())
            reading.equation_tokens.append(tuple(self.tokens))
        else:
            self._formula(reading)

    @staticmethod
    def _relates(token: Token) -> bool:
        return token.kind == "symbol" and token.text in (*FORMULAS, *EQUATIONS, *_REFUSED)

    def _no_operator(self) -> SurveykitError:
        first = self.tokens[0]
        if first.text in ("group", "level", "block", "class") and self.tokens[1].text == ":":
            return self.source.error(
                f"blocks ({first.text}:) cannot be written",
                first,
                "one model for all groups",
                "give each group its own label or value: c(a, b)*x",
                code="MODEL_BLOCK",
            )
        if len(self.tokens) > 1 and self.tokens[1].text == "(":
            return self.source.error(
                f"{quote(first.text)} is no part of a model",
                first,
                "a statement such as sat ~ value",
                code="MODEL_CODE",
            )
        return self.source.error(
            "there is no operator in this statement", first, f"one of {' '.join(FORMULAS + EQUATIONS)}"
        )

    def _formula(self, reading: Reading) -> None:
        left = [self._left_name()]
        while self.sees("+"):
            self.take()
            left.append(self._left_name())
        if not self.sees(*FORMULAS):
            raise self.unexpected(
                f"one of {' '.join(FORMULAS)}",
                "names hold letters, digits, _ and ." if self.sees("-") else "",
            )
        operator = self.take().text
        terms = self._terms(left[0].text, operator)
        for token in left:
            for term, (parameter, given, place) in terms.items():
                reading.parameters.append(replace(_with(parameter, given), lhs=token.text))
                reading.parameter_tokens.append(place)
                if given.mode and (operator != "<~" or term != next(iter(terms))):
                    raise self.source.error(
                        "mode() stands at the first indicator of a composite",
                        place,
                        'img <~ mode("A")*i1 + i2',
                    )
                if given.mode == "A":
                    reading.mode_a.append(token.text)

    def _left_name(self) -> Token:
        if self.token.kind != "name" or self.token.text == "NA":
            raise self.unexpected("the name of a variable or construct")
        token = self.take()
        if self.sees("("):
            raise self.source.error(
                f"{quote(token.text)} is no part of a model",
                token,
                "the name of a variable",
                code="MODEL_CODE",
            )
        return token

    def _terms(self, lhs: str, operator: str) -> dict[tuple[str, str], tuple[Parameter, _Modifiers, Token]]:
        if self.token.kind == "end":
            what = (
                "a construct needs indicators" if operator in ("=~", "<~") else "nothing follows the operator"
            )
            raise self.source.error(
                what, self.tokens[self.at - 1], f"{lhs} {operator} followed by variables", code="MODEL_EMPTY"
            )
        terms: dict[tuple[str, str], tuple[Parameter, _Modifiers, Token]] = {}
        while True:
            parameter, given, token = self._term(lhs, operator)
            key = (parameter.op, parameter.rhs)
            if key in terms:
                before = terms[key][1]
                given = self._merged(before, given, token, repeated=given == before)
                terms[key] = (parameter, given, terms[key][2])
            else:
                terms[key] = (parameter, given, token)
            if self.token.kind == "end":
                return terms
            if self.sees(":"):
                raise self.source.error(
                    "interactions cannot be written",
                    self.token,
                    "one variable a term",
                    "compute the product as a column of its own and use its name",
                    code="MODEL_INTERACTION",
                )
            if not self.sees("+"):
                raise self.unexpected("'+', '*' or the end of the statement", self._hint_after(token))
            self.take()

    def _hint_after(self, token: Token) -> str:
        if self.sees("-"):
            return "names hold letters, digits, _ and ."
        if self.token.kind == "name" and self.token.line == token.line:
            return "two statements stand on two lines, or a ';' between them"
        return ""

    def _merged(self, a: _Modifiers, b: _Modifiers, token: Token, repeated: bool = False) -> _Modifiers:
        if repeated:
            raise self.source.error(
                f"{quote(token.text)} stands twice in this formula",
                token,
                "each variable once",
                code="MODEL_DUPLICATE",
            )
        for name in (f.name for f in fields(_Modifiers)):
            old, new = getattr(a, name), getattr(b, name)
            if old and new and old != new:
                raise self.source.error(
                    f"two different modifiers of one kind for {quote(token.text)}",
                    token,
                    "one value, one start, one label a term",
                    code="MODEL_MODIFIER",
                )
        names = [f.name for f in fields(_Modifiers)]
        return _Modifiers(**{name: getattr(a, name) or getattr(b, name) for name in names})

    # --- terms --------------------------------------------------------------------------------

    def _term(self, lhs: str, operator: str) -> tuple[Parameter, _Modifiers, Token]:
        given = _Modifiers()
        while True:
            token = self.token
            if self._target_ahead():
                return self._target(lhs, operator, given)
            modifier = self._modifier()
            if self.sees("?"):
                modifier = self._as_start(modifier, token)
                self.take()
            else:
                self.expect("*", f"the modifier {quote(token.text)}")
            given = self._merged(given, modifier, token)

    def _as_start(self, given: _Modifiers, token: Token) -> _Modifiers:
        """``0.5?x``: a start value, in lavaan's short form."""
        numbers = tuple(value for value in given.fixed if value is not None)
        if not numbers or len(numbers) != len(given.fixed):
            raise self.source.error("a start value is a number", token, "0.5?x or start(0.5)*x")
        return _Modifiers(start=numbers)

    def _target_ahead(self) -> bool:
        following = self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else self.token
        product = following.kind == "symbol" and following.text in ("*", "(", "?")
        return self.token.kind in ("name", "number") and not product

    def _target(self, lhs: str, operator: str, given: _Modifiers) -> tuple[Parameter, _Modifiers, Token]:
        token = self.take()
        if token.kind == "name":
            if token.text == "NA":
                raise self.source.error(
                    "NA is no variable", token, "a variable", "write NA*x to free a loading"
                )
            return Parameter(lhs, operator, token.text), given, token
        if operator != "~" or token.text not in ("0", "1"):
            raise self.source.error(
                "a number is no variable", token, "a variable", f"write {token.text}*x to fix a value"
            )
        if token.text == "0":
            given = self._merged(given, _Modifiers(fixed=(0.0,)), token)
        return Parameter(lhs, "~1", ""), given, token

    def _modifier(self) -> _Modifiers:
        token = self.token
        if token.kind == "number" or self.sees("-", "+"):
            return _Modifiers(fixed=(self._signed(),))
        if token.kind == "text":
            return _Modifiers(label=(self._label(self.take()),))
        if token.kind != "name":
            raise self.unexpected("a variable, or a modifier and '*'")
        self.take()
        if self.sees("("):
            return self._call(token)
        if token.text == "NA":
            return _Modifiers(fixed=(None,))
        return _Modifiers(label=(token.text,))

    def _call(self, function: Token) -> _Modifiers:
        if function.text not in MODIFIERS:
            raise self.source.error(
                f"unknown modifier {quote(function.text)}",
                function,
                "a number, NA, a label, or " + ", ".join(f"{m}()" for m in MODIFIERS),
                did_you_mean(function.text, MODIFIERS),
                code="MODEL_CODE",
            )
        self.take()
        entries = self._entries(function)
        if function.text in _NUMBERS:
            name = function.text
            if any(not isinstance(e, float) for e in entries):
                what = "a start value" if name == "start" else f"a bound ({name})"
                raise self.source.error(
                    f"{what} is a number", function, f"{name}(0.5) or {name}(c(0.5, 0.6))"
                )
            numbers = tuple(e for e in entries if isinstance(e, float))
            return replace(_Modifiers(), **{name: numbers})  # type: ignore[arg-type]
        if function.text in ("equal", "mode"):
            return self._quoted(function, entries)
        if all(isinstance(e, str) for e in entries):
            return _Modifiers(label=tuple(str(e) for e in entries))
        if function.text == "label" or any(isinstance(e, str) for e in entries):
            raise self.source.error(
                "labels and numbers are mixed", function, "c(a, b), or c(1, NA)", code="MODEL_MODIFIER"
            )
        return _Modifiers(fixed=tuple(None if e is None else float(e) for e in entries))

    def _quoted(self, function: Token, entries: list[float | str | None]) -> _Modifiers:
        value = entries[0]
        if len(entries) != 1 or not isinstance(value, str):
            raise self.source.error(f"{function.text}() takes one text in quotes", function)
        if function.text == "equal":
            return _Modifiers(equal="".join(value.split()))
        if value not in ("A", "B"):
            raise self.source.error("unknown mode", function, 'mode("A") or mode("B")', code="MODEL_MODE")
        return _Modifiers(mode=value)

    def _entries(self, function: Token) -> list[float | str | None]:
        """What stands between the brackets of a modifier; an inner ``c(...)`` is opened."""
        entries: list[float | str | None] = []
        while True:
            token = self.token
            inner = token.kind == "name" and token.text == "c" and function.text != "c"
            if inner and self.tokens[self.at + 1].text == "(":
                self.at += 2
                entries.extend(self._entries(token))
            elif token.kind == "text" and function.text in ("equal", "mode"):
                entries.append(self.take().text)
            elif token.kind == "text" or (token.kind == "name" and token.text != "NA"):
                entries.append(self._label(self.take()))
            elif token.kind == "name":
                self.take()
                entries.append(None)
            else:
                entries.append(self._signed())
            if self.sees(")"):
                self.take()
                return entries
            self.expect(",", f"an entry of {function.text}()")

    def _label(self, token: Token) -> str:
        if not is_name(token.text):
            raise self.source.error("this is no label", token, "letters, digits, _ and .", code="MODEL_NAME")
        return token.text

    def _signed(self) -> float:
        sign = 1.0
        if self.sees("-", "+"):
            sign = -1.0 if self.take().text == "-" else 1.0
        if self.token.kind != "number":
            raise self.unexpected("a number")
        return sign * self.number(self.take())

    def modifiers_alone(self) -> _Modifiers:
        """The modifiers of a text that was given ``*x`` as its end."""
        _, given, _ = self._term("x", "~")
        if self.token.kind != "end":
            raise self.unexpected("one modifier, or several joined by '*'")
        return given

    # --- equations ----------------------------------------------------------------------------

    def _equation(self) -> Equation:
        first = self.token
        left = self.sum()
        if not self.sees(*EQUATIONS):
            raise self.unexpected(f"one of {' '.join(EQUATIONS)}")
        operator = self.take().text
        if operator == ":=" and not isinstance(left, Name):
            raise self.source.error(
                "what is defined must be a name", first, "ind := a*b", code="MODEL_DEFINED"
            )
        return Equation(left, operator, self.whole_expression())


def _with(parameter: Parameter, given: _Modifiers) -> Parameter:
    changes: Mapping[str, object] = {
        "fixed": given.fixed,
        "start": given.start,
        "label": given.label,
        "equal": given.equal,
        "lower": given.lower,
        "upper": given.upper,
    }
    return replace(parameter, **{name: value for name, value in changes.items() if value})  # type: ignore[arg-type]
