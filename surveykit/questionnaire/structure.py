"""The structural model of a questionnaire: its constructs and paths, or its lavaan text.

A model text need not repeat the measurement: constructs that it names and does not measure itself are
measured by their items.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from surveykit.errors import Problems, SurveykitError, Where, did_you_mean, quote
from surveykit.questionnaire.encoding import Lines

if TYPE_CHECKING:
    from surveykit.model import Model
    from surveykit.questionnaire.definitions import Questionnaire
    from surveykit.questionnaire.strict import Document

__all__ = ["check_text", "model_of"]


class _Measured(Protocol):
    """A construct, defined or still in its form."""

    @property
    def items(self) -> Sequence[str]: ...
    @property
    def measurement(self) -> str: ...


def model_of(q: Questionnaire) -> Model | None:
    """The model of ``q``: from ``paths`` (with the constructs that stand in one) or from ``model`` text."""
    from surveykit.model import Model, composite, reflective

    if q.model_text:
        return _parsed(q.model_text, q.constructs)
    if not q.paths:
        return None
    used = {name for path in q.paths for name in path}
    make = {"reflective": reflective, "composite": composite}
    constructs = [make[c.measurement](c.id, list(c.items)) for c in q.constructs.values() if c.id in used]
    return Model(constructs=constructs, paths=list(q.paths))


def check_text(
    document: Document, constructs: Mapping[str, _Measured], items: Iterable[str], problems: Problems
) -> None:
    """Read the model text of a file: its faults, and variables that are no items, go to ``problems``."""
    text = document.get(("model",))
    if not isinstance(text, str) or not text.strip():
        return
    try:
        model = _parsed(text, constructs)
    except SurveykitError as error:
        for each in error.errors:
            line, position = _line(each)
            where = _place(document, text, line, position)
            problems.add(each.what, where, each.expected, each.got, each.hint, code=each.code)
        return
    known = dict.fromkeys(items)
    for name in model.observed:
        if name not in known:
            where = _place(document, text, *_first(text, name))
            hint = did_you_mean(name, [*known, *constructs])
            problems.add(f"unknown variable {quote(name)}", where, hint=hint, code="UNKNOWN_ITEM")


def _parsed(text: str, constructs: Mapping[str, _Measured]) -> Model:
    from surveykit.model import Model

    model = Model.parse(text)
    unmeasured = [name for name in constructs if name in model.observed]
    if not unmeasured:
        return model
    sign = {"reflective": "=~", "composite": "<~"}
    lines = [f"{n} {sign[constructs[n].measurement]} {' + '.join(constructs[n].items)}" for n in unmeasured]
    return Model.parse("\n".join([*lines, text]))


def _line(error: SurveykitError) -> tuple[int | None, int | None]:
    where = error.where
    return (where.line, where.position) if isinstance(where, Where) else (None, None)


def _first(text: str, name: str) -> tuple[int | None, int | None]:
    """Line and position where a name first stands as a word of its own."""
    for number, line in enumerate(text.split("\n"), start=1):
        found = re.search(rf"(?<![\w.]){re.escape(name)}(?![\w.])", line)
        if found:
            return number, found.start() + 1
    return None, None


def _place(document: Document, text: str, line: int | None, position: int | None) -> Where:
    """A place in the model text as a place in the file: exact in a block that begins with ``|``."""
    start = document.where(("model",))
    lines = Lines(document.source)
    first = start.line or 1
    head = lines.text(first)[(start.position or 1) - 1 :]
    if line is None or not head.startswith("|"):
        return start
    body = [lines.text(first + number) for number in range(1, text.count("\n") + 2)]
    indents = [len(b) - len(b.lstrip(" ")) for b in body if b.strip()]
    indent = min(indents, default=0)
    return replace(start, line=first + line, position=None if position is None else position + indent)
