"""What the readers of definitions share: finding the reader, and questions to draft items."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from html import unescape
from pathlib import Path
from typing import Any

from surveykit.errors import SurveykitError, quote
from surveykit.questionnaire import wording
from surveykit.questionnaire.draft import Draft, DraftItem, DraftScale, item_id
from surveykit.registry import Registry
from surveykit.responses.choices import OTHER
from surveykit.responses.drafting.columns import judge
from surveykit.responses.exports import Field

__all__ = ["Form", "definition_of", "definitions", "empty", "is_definition", "plain_text", "read_json"]

_TAG = re.compile(r"<(style|script)\b.*?</\1>|<[^<>]*>", re.DOTALL | re.IGNORECASE)
_MAX_BYTES = 50_000_000
_MIN_ITEMS = 3

Reader = Callable[[Path], Draft | None]
definitions: Registry[Reader] = Registry("definition")


def is_definition(path: Path) -> bool:
    """Whether a file is a definition and holds no answers, by its ending or by what is in it."""
    return bool(_readers(path)) and (path.suffix.casefold() in {".qsf", ".lss", ".json"} or _is_form(path))


def definition_of(path: Path) -> Draft:
    """The draft of a definition file. Raises :class:`SurveykitError` where nothing can be read from it."""
    if not path.is_file():
        raise SurveykitError("there is no such file", str(path), code="NO_FILE")
    if path.stat().st_size > _MAX_BYTES:
        raise SurveykitError(
            "the definition is too large", str(path), expected="at most 50 MB", code="LIMIT_MEGABYTES"
        )
    for reader in _readers(path):
        draft = reader(path)
        if draft is not None and draft.items:
            return draft
    raise SurveykitError(
        "no questionnaire can be read from this file",
        str(path),
        expected="Qualtrics (.qsf), LimeSurvey (.lss), XLSForm (.xlsx) or SurveyJS (.json)",
        code="NO_DEFINITION",
    )


def _readers(path: Path) -> list[Reader]:
    if not len(definitions):
        definitions.discover("surveykit.responses.definitions")
    return [e.function for e in definitions if path.suffix.casefold() in e.extra["suffixes"]]


def _is_form(path: Path) -> bool:
    try:
        return any(reader(path) is not None for reader in _readers(path))
    except SurveykitError:
        return False


def read_json(path: Path) -> Any:
    """The JSON of a file; anything else is an error with its line."""
    try:
        return json.loads(path.read_bytes().decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        line = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise SurveykitError(
            "this is no JSON", f"{path}{line}", got=str(error)[:100], code="DAMAGED"
        ) from None


def plain_text(text: Any) -> str:
    """Words without HTML, in one line."""
    return " ".join(unescape(_TAG.sub(" ", str(text or ""))).split())


def empty(path: Path, title: str, texts: Sequence[str]) -> Draft:
    """A draft without items; its language is that of most of its texts."""
    chinese = sum(map(wording.is_chinese, texts)) * 2 > len(texts)
    name = re.sub(r"[^A-Za-z0-9-]+", "-", path.stem).strip("-").lower()
    name = name if name[:1].isalpha() else f"study-{name}".strip("-")
    return Draft(name[:60], title or path.stem, "zh" if chinese else "en", path.name)


class Form:
    """Adds questions to a draft: ids made unique, equal scales shared, batteries as constructs."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.ids: set[str] = set()

    def add(self, name: str, text: str, type_: str, notes: Sequence[str] = ()) -> DraftItem:
        """An item without a scale or options."""
        id_ = item_id(name, f"q{len(self.draft.items) + 1}", self.ids)
        self.ids.add(id_)
        item = DraftItem(id_, text or name, type_, notes=list(notes))
        item.aliases = [name] if id_ != name else []
        self.draft.items.append(item)
        return item

    def choose(
        self, name: str, text: str, choices: Mapping[str, str], missing: Mapping[str, str] | None = None
    ) -> DraftItem:
        """A question with one answer: a scale where the words have an order, else options."""
        item = self.add(name, text, "single")
        absent = dict(missing or {})
        if len(choices) < 2:
            item.options = dict(choices) or {OTHER: OTHER}
            item.missing = absent
            return item
        judged = judge(dict.fromkeys(choices, 1), Field(), choices, rated=False)
        if judged.scale is not None:
            judged.scale.missing.update(absent)
            item.scale = self.draft.scale(judged.scale, f"scale_{judged.scale.low}_{judged.scale.high}")
            item.type = "scale"
        else:
            item.options, item.missing = judged.options, {**judged.missing, **absent}
        return item

    def several(self, name: str, text: str, choices: Mapping[str, str], other: bool = False) -> DraftItem:
        """A question with several answers."""
        item = self.add(name, text, "multi")
        item.options = {**choices, **({OTHER: OTHER} if other else {})}
        return item

    def rate(self, name: str, text: str, low: int, high: int, ends: Mapping[int, str]) -> DraftItem:
        """A question on a scale of numbers; likely metrics are noted."""
        item = self.add(name, text, "scale")
        scale = DraftScale(low, high, {code: words for code, words in ends.items() if words})
        item.scale = self.draft.scale(scale, f"scale_{low}_{high}")
        metric = wording.metric_for(text, low, high)
        if metric:
            free = metric if metric not in self.draft.metrics else f"{metric}_{item.id}"
            self.draft.metrics[free] = {"metric": metric, "item": item.id}
        return item

    def battery(self, name: str, stem: str, items: Sequence[DraftItem]) -> None:
        """A construct of items that share their stem and their scale."""
        if len(items) >= _MIN_ITEMS and items[0].scale and len({i.scale for i in items}) == 1:
            free = item_id(f"{name}_all", "battery", {*self.ids, *self.draft.constructs})
            self.draft.constructs[free] = (stem or name, [i.id for i in items])


def unknown(kind: str) -> list[str]:
    """The comment on a question of a kind that is read as free text."""
    return [f"of the kind {quote(kind)}, read as text: confirm"]
