"""Strict YAML: what is written is what is meant, and every finding has its line.

The parser works on YAML's events, never on a constructor, so that nothing in a file can name code.
Refused with their place: tags, anchors, aliases, merge keys, duplicate keys, keys that are not
plain text, several documents, nesting beyond 50, more than 200,000 nodes, files above 10 MB, any
encoding but UTF-8. Scalars follow the YAML 1.2 core schema: ``no``, ``on``, ``012``, ``1:30`` and
``1_0`` are texts; numbers are decimal. Keys are always texts as written.
"""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml

from surveykit.errors import Problems, Where, quote
from surveykit.questionnaire import encoding

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_NODES", "Document", "Loc", "load", "parse", "validate"]

MAX_BYTES = 10_000_000
MAX_DEPTH = 50
MAX_NODES = 200_000

Loc = tuple[str | int, ...]
M = TypeVar("M")

_NULL = {"", "~", "null", "Null", "NULL"}
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)", re.ASCII)
_FLOAT = re.compile(r"[-+]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?", re.ASCII)
_MAX_DIGITS = 18
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class _Place:
    line: int
    position: int


@dataclass(frozen=True)
class Document:
    """A parsed YAML file: plain data, and the place of every key and value in it.

    ``data`` holds dict, list, str, int, float, bool and None only. ``places`` and ``key_places``
    map a path of keys and indices to line and position; ``source`` is the text that was read;
    ``refused`` are the paths of values that stand as None because they were refused.
    """

    data: Any
    file: str
    places: Mapping[Loc, _Place]
    key_places: Mapping[Loc, _Place]
    source: str = field(default="", repr=False)
    refused: frozenset[Loc] = frozenset()

    def where(self, loc: Loc, *, key: bool = False) -> Where:
        """The place of the value at ``loc`` (of its key with ``key=True``); of what encloses it where
        there is no such value.

        >>> parse("items:\\n  q1: {scale: agree}").where(("items", "q1", "scale")).line
        2
        """
        known = loc
        while known and known not in self.places:
            known = known[:-1]
        exact = known == loc
        chosen = self.key_places if (key or not exact) and known in self.key_places else self.places
        place = chosen.get(known, _Place(1, 1))
        return Where(self.file, place.line, place.position, key=key_path(loc))

    def get(self, loc: Loc, default: Any = None) -> Any:
        """The value at ``loc``, or ``default``."""
        value = self.data
        for step in loc:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return default
        return value


def key_path(loc: Loc) -> str:
    """``items.q1.options[2]``: a path as a reader writes it.

    >>> key_path(("paths", 0)), key_path(("items", "q1"))
    ('paths[1]', 'items.q1')
    """
    text = ""
    for step in loc:
        if isinstance(step, int):
            text += f"[{step + 1}]"
        else:
            # a key is a user's text: its control characters must not reach a terminal
            shown = quote(step)[1:-1]
            text += f".{shown}" if text else shown
    return text


def load(path: str | Path, problems: Problems | None = None) -> Document:
    """Read and parse a YAML file. Raises :class:`SurveykitError` with every finding and its line.

    With ``problems`` the findings that leave the document readable (a duplicate key, a tag) are added
    there instead, so that a caller can go on and report everything at once.
    """
    file = str(path)
    text = encoding.decode(encoding.read_bytes(Path(path), MAX_BYTES), file)
    return parse(text, file, problems)


def parse(text: str, file: str = "", problems: Problems | None = None) -> Document:
    """Parse YAML text (see :func:`load`).

    >>> parse("answer: no\\ncode: 012\\nn: 3").data
    {'answer': 'no', 'code': '012', 'n': 3}
    """
    found = Problems() if problems is None else problems
    if len(text) > MAX_BYTES:
        raise encoding.too_large(file, len(text), MAX_BYTES)
    document = _Reader(text, file, found).document()
    if problems is None:
        found.raise_if_any()
    return document


def validate(document: Document, model: type[M], problems: Problems | None = None) -> M:
    """``document`` as an instance of a pydantic ``model``, or one error with all findings and lines.

    With ``problems`` the findings are added there, and what is left of the document without the parts
    that are wrong is validated, so that checks of meaning can still run; ``None`` comes back where
    nothing is left.
    """
    from surveykit.questionnaire import validation

    return validation.validate(document, model, problems)


class _Stop(Exception):
    """Reading cannot go on; the reason has been noted."""


class _Reader:
    """Turns the events of one document into data and places."""

    def __init__(self, text: str, file: str, problems: Problems) -> None:
        self.text, self.file, self.problems = text, file, problems
        self.lines = encoding.Lines(text)
        self.nodes = 0
        self.refused: set[Loc] = set()
        self.places: dict[Loc, _Place] = {}
        self.key_places: dict[Loc, _Place] = {}

    def document(self) -> Document:
        data = None
        with contextlib.suppress(_Stop):
            data = self._data()
        if data is None:  # whatever stopped the reading has been noted
            self.problems.raise_if_any()
        refused = frozenset(self.refused)
        return Document(data, self.file, self.places, self.key_places, self.text, refused)

    def _data(self) -> Any:
        events = self._events()
        data: Any = None
        seen = False
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if seen:
                    hint = "remove the line with three dashes, or split the file"
                    self._note(event, "SEVERAL_DOCUMENTS", "a second document in the file", hint=hint)
                    raise _Stop
                if event.tags:
                    self._note(event, "TAG", "a %TAG directive is not allowed")
                seen = True
                data = self._node(next(events), events, (), 0)
        if data is None and not len(self.problems):
            where = Where(self.file, 1)
            self.problems.add("the file is empty", where, "a YAML mapping (key: value)", code="YAML_EMPTY")
        return data

    def _events(self) -> Iterator[yaml.Event]:
        loader: Any = None
        try:
            loader = yaml.SafeLoader(self.text)
            while loader.check_event():
                yield loader.get_event()
        except yaml.YAMLError as error:
            self.problems.add(encoding.syntax_error(error, self.text, self.file))
            raise _Stop from None
        except (ValueError, OverflowError, RecursionError):
            # PyYAML lets these out for an escape such as "\UFFFFFFFF" or a version with 5,000 digits
            where = Where(self.file, 1 if loader is None else loader.line + 1)
            hint = "check the \\ escapes in this line"
            self.problems.add("the file is not readable YAML", where, hint=hint, code="YAML_SYNTAX")
            raise _Stop from None

    def _node(self, event: Any, events: Iterator[yaml.Event], loc: Loc, depth: int) -> Any:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self._note(event, "NODES", "the file has too many values", f"at most {MAX_NODES:,}")
            raise _Stop
        if depth > MAX_DEPTH:
            self._note(event, "DEPTH", "the file is nested too deeply", f"at most {MAX_DEPTH} levels")
            raise _Stop
        self.places[loc] = self._place(event)
        if isinstance(event, yaml.AliasEvent):
            self._note(event, "ALIAS", "an alias is not allowed", "the value itself", f"*{event.anchor}")
            self.refused.add(loc)
            return None
        self._refuse_marks(event)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, loc)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, loc, depth)
        return self._mapping(events, loc, depth)

    def _sequence(self, events: Iterator[yaml.Event], loc: Loc, depth: int) -> list[Any]:
        values: list[Any] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            values.append(self._node(event, events, (*loc, len(values)), depth + 1))
        return values

    def _mapping(self, events: Iterator[yaml.Event], loc: Loc, depth: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._key(event, events, values, loc, depth)
            if key is None:
                self._pass_over(next(events), events, loc, depth)
                continue
            self.key_places[(*loc, key)] = self._place(event)
            values[key] = self._node(next(events), events, (*loc, key), depth + 1)
        return values

    def _key(
        self, event: Any, events: Iterator[yaml.Event], values: dict[str, Any], loc: Loc, depth: int
    ) -> str | None:
        """The key, or None where it was refused (its value is then passed over)."""
        if not isinstance(event, yaml.ScalarEvent):
            got = "an alias" if isinstance(event, yaml.AliasEvent) else "a list or mapping as key"
            self._note(event, "KEY", "a key must be a plain word", "key: value", got)
            self._pass_over(event, events, loc, depth)
            return None
        self.nodes += 1
        self._refuse_marks(event)
        key = str(event.value)
        plain = event.style is None
        if plain and key == "<<":
            self._note(event, "MERGE_KEY", "a merge key (<<) is not allowed", "the keys themselves")
        elif key == "" or (plain and key in _NULL):
            self._note(event, "KEY", "a key is missing before the colon", "key: value")
        elif _SURROGATE.search(key):
            self._note(event, "KEY", "a key holds half a character", "whole characters", key)
        elif key in values:
            first = self.key_places[(*loc, key)].line
            hint = f"it stands on line {first} already: keep one of the two"
            self._note(event, "DUPLICATE_KEY", "a key is written twice", got=key, hint=hint)
        else:
            return key
        return None

    def _pass_over(self, event: Any, events: Iterator[yaml.Event], loc: Loc, depth: int) -> None:
        """Read a value whose key was refused: its own findings count, its places do not."""
        places, key_places = self.places, self.key_places
        self.places, self.key_places = {}, {}
        try:
            self._node(event, events, loc, depth + 1)
        finally:
            self.places, self.key_places = places, key_places

    def _refuse_marks(self, event: Any) -> None:
        if event.tag is not None:
            self._note(event, "TAG", "a YAML tag is not allowed", "plain values", str(event.tag))
        if event.anchor is not None:
            self._note(event, "ANCHOR", "an anchor is not allowed", "plain values", f"&{event.anchor}")

    def _scalar(self, event: Any, loc: Loc) -> Any:
        before = len(self.problems)
        value = self._read_scalar(event)
        if len(self.problems) > before:
            self.refused.add(loc)
        return value

    def _read_scalar(self, event: Any) -> Any:
        text = str(event.value)
        if _SURROGATE.search(text):
            self._note(event, "CHARACTER", "a text holds half a character", "whole characters", text)
            return None
        if event.style is not None:
            return text
        if text in _NULL:
            return None
        if text in _BOOL:
            return _BOOL[text]
        if _INT.fullmatch(text):
            return self._integer(event, text)
        if _FLOAT.fullmatch(text):
            return self._float(event, text)
        return text

    def _integer(self, event: Any, text: str) -> int | None:
        if len(text) <= _MAX_DIGITS:
            return int(text)
        hint = "an id with digits is a text: write it in quotes"
        self._note(event, "NUMBER", "a number is too long", f"at most {_MAX_DIGITS} digits", text, hint)
        return None

    def _float(self, event: Any, text: str) -> float | None:
        value = float(text)
        if math.isinf(value):
            self._note(event, "NUMBER", "a number is too large", "a number below 1e308", text)
            return None
        return value

    def _note(
        self, event: Any, code: str, what: str, expected: str = "", got: str = "", hint: str = ""
    ) -> None:
        place = self._place(event)
        where = Where(self.file, place.line, place.position)
        self.problems.add(what, where, expected, quote(got) if got else "", hint, code=f"YAML_{code}")

    def _place(self, event: Any) -> _Place:
        return _Place(*self.lines.place(event.start_mark.index))
