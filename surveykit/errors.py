"""Errors with their place, and the exit codes of the command line.

Every complaint about a user's input is a :class:`SurveykitError` that says what is wrong, where,
what was expected, what was found and what to do. A reader collects all of them in a
:class:`Problems` and raises once, so that one run shows every finding. A traceback is a bug.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

__all__ = ["ExitCode", "Problems", "SurveykitError", "Where", "did_you_mean", "quote"]

MAX_SHOWN = 20
_QUOTE_LENGTH = 40


class ExitCode(IntEnum):
    """What the command line returns (the numbers follow sysexits.h and the shell's signals)."""

    OK = 0
    BAD_INPUT = 2
    STRICT = 3
    BUG = 70
    MEMORY = 71
    CANNOT_CREATE = 73
    INPUT_OUTPUT = 74
    INTERRUPTED = 130
    PIPE = 141
    TERMINATED = 143


@dataclass(frozen=True, slots=True)
class Where:
    """The place of a finding: a file and, inside it, a line, a data row, a column, a key."""

    file: str = ""
    line: int | None = None
    position: int | None = None
    sheet: str = ""
    row: int | None = None
    column: str = ""
    key: str = ""

    def __str__(self) -> str:
        parts = [self.file] if self.file else []
        if self.sheet:
            parts.append(f"sheet {quote(self.sheet)}")
        if self.line is not None:
            place = f"line {self.line}"
            parts.append(place if self.position is None else f"{place}, position {self.position}")
        if self.row is not None:
            parts.append(f"data row {self.row}")
        if self.column:
            parts.append(f"column {quote(self.column)}")
        if self.key:
            parts.append(self.key)
        return ", ".join(parts)


class SurveykitError(Exception):
    """One clear complaint: what is wrong, where, expected, got, and what to do about it.

    ``code`` is a short stable name (``VALUE_RANGE``) for programs; ``errors`` lists all findings
    of the run, itself alone where there is one. ``exit_code`` is what the command line returns.

    >>> str(SurveykitError("unknown item", "study.yaml, line 3", got="'npss'", hint="did you mean 'nps'?"))
    "unknown item\\n  where:    study.yaml, line 3\\n  got:      'npss'\\n  hint:     did you mean 'nps'?"
    """

    def __init__(
        self,
        what: str,
        where: str | Where = "",
        expected: str = "",
        got: str = "",
        hint: str = "",
        *,
        code: str = "BAD_INPUT",
        exit_code: ExitCode = ExitCode.BAD_INPUT,
        errors: Iterable[SurveykitError] = (),
    ) -> None:
        self.what, self.where, self.expected, self.got, self.hint = what, where, expected, got, hint
        self.code = code
        self.exit_code = exit_code
        self.errors: tuple[SurveykitError, ...] = tuple(errors) or (self,)
        super().__init__(what)

    def __str__(self) -> str:
        if len(self.errors) > 1:
            return _block_of(self.errors)
        lines = [self.what]
        for label, value in (
            ("where:", str(self.where)),
            ("expected:", self.expected),
            ("got:", self.got),
            ("hint:", self.hint),
        ):
            if value:
                lines.append(f"  {label:<9} {value}")
        return _visible("\n".join(lines))

    def to_dict(self) -> dict[str, Any]:
        """The finding as plain data (``--json`` and the import report use it)."""
        return {
            "code": self.code,
            "what": self.what,
            "where": str(self.where),
            "expected": self.expected,
            "got": self.got,
            "hint": self.hint,
        }


def _block_of(errors: tuple[SurveykitError, ...]) -> str:
    shown = [f"{i}. {error}" for i, error in enumerate(errors[:MAX_SHOWN], start=1)]
    head = f"{len(errors)} findings"
    if len(errors) > MAX_SHOWN:
        shown.append(f"… and {len(errors) - MAX_SHOWN} more")
    return "\n".join([head, *shown])


class Problems:
    """Collects the findings of one run and raises them together.

    >>> problems = Problems()
    >>> problems.add("empty file", "answers.csv")
    >>> len(problems)
    1
    """

    def __init__(self) -> None:
        self._errors: list[SurveykitError] = []

    def add(
        self,
        what: str | SurveykitError,
        where: str | Where = "",
        expected: str = "",
        got: str = "",
        hint: str = "",
        *,
        code: str = "BAD_INPUT",
    ) -> None:
        """Note a finding (or all those of an error that was caught)."""
        if isinstance(what, SurveykitError):
            self._errors.extend(what.errors)
        else:
            self._errors.append(SurveykitError(what, where, expected, got, hint, code=code))

    def raise_if_any(self) -> None:
        """Raise one error that holds every finding; do nothing where there is none."""
        if len(self._errors) == 1:
            raise self._errors[0]
        if self._errors:
            raise SurveykitError(f"{len(self._errors)} findings", code="SEVERAL", errors=self._errors)

    def __len__(self) -> int:
        return len(self._errors)

    def __iter__(self) -> Iterator[SurveykitError]:
        return iter(self._errors)


def quote(value: object) -> str:
    """A value for a message: escaped, in quotes, at most 40 characters (it may be personal data)."""
    text = value if isinstance(value, str) else repr(value)
    if len(text) > _QUOTE_LENGTH:
        text = text[: _QUOTE_LENGTH - 1] + "…"
    escaped = "".join(ch if ch.isprintable() else ch.encode("unicode_escape").decode() for ch in text)
    return f"'{escaped}'" if isinstance(value, str) else escaped


def _visible(text: str) -> str:
    """No control character of a file name or header reaches a terminal; a line break may stay."""
    hidden = (c for c in set(text) if c != "\n" and unicodedata.category(c) in {"Cc", "Cf", "Cs"})
    return text.translate({ord(c): c.encode("unicode_escape").decode() for c in hidden})


def did_you_mean(word: str, possible: Iterable[str] | Mapping[str, object]) -> str:
    """``did you mean 'x'?``, or what is possible where nothing is near.

    >>> did_you_mean("npss", ["nps", "csat"])
    "did you mean 'nps'?"
    """
    options = [str(p) for p in possible]
    folded = {o.casefold(): o for o in options}
    near = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    if near:
        return f"did you mean {quote(folded[near[0]])}?"
    if not options:
        return ""
    listed = ", ".join(quote(o) for o in options[:12])
    return f"possible: {listed}" + (f", … ({len(options)} in all)" if len(options) > 12 else "")
