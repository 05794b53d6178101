"""The words of a model text: names, numbers, quoted texts and operators, each with its place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from surveykit.errors import Problems, SurveykitError, Where, quote

__all__ = ["Source", "Token", "is_name", "statements_of"]

MAX_CHARACTERS = 200_000
_NUMBER = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_SYMBOLS = ("~*~", "=~", "<~", "~~", ":=", "==", "<=", ">=", *"~|<>+-*/^(),:=?[]{}&%$@\\")
_CONTINUES = frozenset((*_SYMBOLS,)) - {")", "]", "}"}
_JOINS = frozenset("+*/^-")
_CONTEXT = 60


@dataclass(frozen=True, slots=True)
class Token:
    """``kind`` is name, number, text, symbol, break (end of a statement) or end."""

    kind: str
    text: str
    line: int
    position: int
    length: int


@dataclass(frozen=True)
class Source:
    """A model text and where it stands: its file, and the line there of its first line."""

    text: str
    file: str = ""
    first_line: int = 1

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.split("\n")

    def where(self, token: Token) -> Where:
        """The token's place."""
        return Where(self.file or "model text", self.first_line + token.line - 1, token.position)

    def marked(self, token: Token) -> str:
        """The token's source line, the token between » and « (long lines are cut around it).

        >>> Source("f =~ x:z").marked(Token("symbol", ":", 1, 7, 1))
        'f =~ x»:«z'
        """
        line = self._lines[token.line - 1] if token.line <= len(self._lines) else ""
        start = token.position - 1
        end = min(start + max(token.length, 0), len(line))
        before, after = line[:start], line[end:]
        if len(before) > _CONTEXT:
            before = "…" + before[-_CONTEXT:]
        if len(after) > _CONTEXT:
            after = after[:_CONTEXT] + "…"
        return _shown(f"{before.lstrip()}»{line[start:end][:_CONTEXT]}«{after.rstrip()}")

    def error(
        self, what: str, token: Token, expected: str = "", hint: str = "", code: str = "MODEL_SYNTAX"
    ) -> SurveykitError:
        """A complaint about a token, with its source line."""
        return SurveykitError(what, self.where(token), expected, self.marked(token), hint, code=code)


def is_name(text: object) -> bool:
    """Whether a text can name a variable or a label: letters of any script, digits, ``_`` and ``.``.

    >>> is_name("满意"), is_name("q1.a"), is_name("1q"), is_name("q 1"), is_name("NA")
    (True, True, False, False, False)
    """
    return (
        isinstance(text, str)
        and text[:1].isidentifier()
        and all(_goes_on(character) for character in text)
        and text != "NA"
    )


def statements_of(source: Source, problems: Problems) -> Iterator[list[Token]]:
    """The statements of a text, each a list of tokens that ends with one of kind ``end``.

    A statement ends with its line or a semicolon, unless a bracket is open, the line ends with an
    operator, or the next line begins with one of ``+ - * / ^``. Comments begin with # or !.
    """
    tokens = list(_tokens(source, problems))
    statement: list[Token] = []
    depth = 0
    for here, following in zip(tokens, [*tokens[1:], None], strict=True):
        if here.kind in ("break", "end"):
            goes_on = (
                here.text == "\n"
                and statement
                and (
                    depth > 0
                    or (statement[-1].kind == "symbol" and statement[-1].text in _CONTINUES)
                    or (following is not None and following.kind == "symbol" and following.text in _JOINS)
                )
            )
            if goes_on and not _only_break_left(following):
                continue
            if statement:
                yield [*statement, Token("end", "", here.line, here.position, 0)]
            statement, depth = [], 0
            continue
        depth += {"(": 1, ")": -1}.get(here.text, 0) if here.kind == "symbol" else 0
        statement.append(here)


def _only_break_left(following: Token | None) -> bool:
    return following is None or following.kind == "end"


def _tokens(source: Source, problems: Problems) -> Iterator[Token]:
    previous_break = True
    for number, line in enumerate(source.text.split("\n"), start=1):
        for token in _line_tokens(source, line.rstrip("\r"), number, problems):
            if token.kind == "break" and previous_break:
                continue
            previous_break = token.kind == "break"
            yield token
        if not previous_break:
            yield Token("break", "\n", number, len(line) + 1, 0)
            previous_break = True
    yield Token("end", "", max(source.text.count("\n") + 1, 1), 1, 0)


def _line_tokens(source: Source, line: str, number: int, problems: Problems) -> Iterator[Token]:
    at = 0
    while at < len(line):
        character = line[at]
        if character in "#!":
            return
        if character.isspace() or character == "\ufeff":
            at += 1
            continue
        token = _token_at(line, number, at)
        if token.kind == "bad":
            problems.add(_complaint(source, token))
        elif token.kind == "number" and _goes_on(line[at + token.length : at + token.length + 1]):
            problems.add(
                source.error("a name cannot begin with a digit", token, "names such as q1", code="MODEL_NAME")
            )
            yield token
        else:
            yield token
        at += token.length


def _token_at(line: str, number: int, at: int) -> Token:
    place = at + 1
    character = line[at]
    if character == ";":
        return Token("break", ";", number, place, 1)
    if character in "\"'":
        end = line.find(character, at + 1)
        if end < 0:
            return Token("bad", line[at:], number, place, len(line) - at)
        return Token("text", line[at + 1 : end], number, place, end + 1 - at)
    found = _NUMBER.match(line, at)
    if found:
        return Token("number", found.group(), number, place, len(found.group()))
    if character.isidentifier():
        end = at + 1
        while end < len(line) and _goes_on(line[end]):
            end += 1
        return Token("name", line[at:end], number, place, end - at)
    for symbol in _SYMBOLS:
        if line.startswith(symbol, at):
            return Token("symbol", symbol, number, place, len(symbol))
    return Token("bad", character, number, place, 1)


def _complaint(source: Source, token: Token) -> SurveykitError:
    if token.text[0] in "\"'":
        return source.error("the quotation is not closed", token, f"a closing {token.text[0]}")
    plain = unicodedata.normalize("NFKC", token.text)
    hint = f"write {quote(plain)} (half-width)" if plain != token.text and plain.isascii() else ""
    return source.error(f"unexpected character {quote(token.text)}", token, hint=hint)


def _goes_on(character: str) -> bool:
    return character == "." or (("a" + character).isidentifier() and character != "")


def _shown(text: str) -> str:
    return "".join(ch if ch.isprintable() else " " for ch in text)
