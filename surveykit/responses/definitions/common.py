"""What the readers of definitions share: finding the reader, and questions to draft items."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

from surveykit.errors import SurveykitError, quote
from surveykit.questionnaire import wording
from surveykit.questionnaire.definitions import Frozen
from surveykit.questionnaire.draft import NO_LANGUAGE, Draft, DraftItem, DraftScale, Words, item_id
from surveykit.questionnaire.titles import title_of
from surveykit.registry import Registry
from surveykit.responses.choices import OTHER
from surveykit.responses.drafting.columns import MOST_FIRST, judge
from surveykit.responses.exports import Field

__all__ = [
    "GRID",
    "ONE_PER_ROW",
    "Form",
    "Said",
    "definition_of",
    "definitions",
    "empty",
    "is_definition",
    "language_of",
    "plain_text",
    "read_json",
    "row_with_stem",
]

# a tag begins with a letter: "under 30 < x > 60" is text
_TAG = re.compile(r"<(style|script)\b.*?</\1>|<!--.*?-->|</?[a-z][^<>]*>", re.DOTALL | re.IGNORECASE)
_MAX_BYTES = 50_000_000
GRID = "_grid"
"""How the name of a table ends whose rows bear the names of items of their own."""
ONE_PER_ROW = Frozen({"en": "Please give one answer in each row.", "zh": "请在每一行中选择一项。"})
"""What stands above a table of questions that share no words; it belongs to none of them."""
_MIN_ITEMS = _MIN_POINTS = 3

Reader = Callable[[Path], Draft | None]
definitions: Registry[Reader] = Registry("definition")


def is_definition(path: Path) -> bool:
    """Whether a file is a definition and holds no answers, by its ending or by what is in it."""
    return bool(_readers(path)) and (path.suffix.casefold() in {".qsf", ".lss", ".xml"} or _is_form(path))


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
        expected="Qualtrics (.qsf), LimeSurvey (.lss, .txt), XLSForm (.xlsx), SurveyJS (.json) or DDI (.xml)",
        code="NO_DEFINITION",
    )


@cache
def _discover() -> None:
    """Every reader into the registry, also where one of them was imported by itself before."""
    definitions.discover("surveykit.responses.definitions")


def _readers(path: Path) -> list[Reader]:
    _discover()
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


def row_with_stem(row: str, stem: str) -> str:
    """The wording of a question that is a row of a table.

    >>> row_with_stem("the price", "How satisfied are you with"), row_with_stem("价格", "您对下列各项满意吗")
    ('the price (How satisfied are you with)', '价格（您对下列各项满意吗）')
    """
    return f"{row}（{stem}）" if wording.is_chinese(stem) else f"{row} ({stem})"


Said = Mapping[str, str]
"""A text by language; the first is the form's own."""

_NAMES = {
    "english": "en", "chinese": "zh", "中文": "zh", "简体中文": "zh", "汉语": "zh", "zh-cn": "zh",
    "zh-hans": "zh", "zh-sg": "zh", "zh-s": "zh", "zh-t": "zh-Hant", "zh-tw": "zh-Hant", "zh-hant": "zh-Hant", "zh-hk": "zh-Hant",
    "zh-hant-tw": "zh-Hant", "zh-hant-hk": "zh-Hant",
    "繁體中文": "zh-Hant", "french": "fr", "français": "fr", "german": "de", "deutsch": "de",
    "spanish": "es", "español": "es", "portuguese": "pt", "português": "pt", "arabic": "ar",
    "العربية": "ar", "russian": "ru", "русский": "ru", "japanese": "ja", "日本語": "ja",
    "italian": "it", "italiano": "it",
}  # fmt: skip


def language_of(name: str) -> str:
    """The code of a language as a platform writes it; "" where it names none.

    >>> language_of("中文 (zh)"), language_of("zh_CN"), language_of("English"), language_of("Klingon one")
    ('zh', 'zh', 'en', '')
    """
    inner = re.search(r"\(([A-Za-z][\w-]*)\)\s*\Z", name)
    word = (inner.group(1) if inner else name).strip().replace("_", "-").casefold()
    known = _NAMES.get(word, "")
    if known or not re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", word):
        return known
    return word.partition("-")[0]


def empty(path: Path, title: str, texts: Sequence[str]) -> Draft:
    """A draft without items; its language is that of most of its texts."""
    chinese = sum(map(wording.is_chinese, texts)) * 2 > len(texts)
    name = re.sub(r"[^A-Za-z0-9-]+", "-", path.stem).strip("-").lower()
    name = name if name[:1].isalpha() else f"study-{name}".strip("-")
    return Draft(name[:60], title or title_of(path.stem), "zh" if chinese else "en", path.name)


class Form:
    """Adds questions to a draft: ids made unique, equal scales shared, batteries as constructs."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.ids: set[str] = set()

    def called(self, name: str, version: str) -> None:
        """The form's own name and version, where they can be a questionnaire's."""
        if re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,59}", name):
            self.draft.id = name
        self.draft.version = version or self.draft.version

    def say(self, texts: Said) -> str:
        """A text of several languages: the words of the first of them, the others kept with it and with the draft."""
        first = next((w for w in texts.values() if w), "")
        others = {k: w for k, w in texts.items() if w and k and k != self.draft.language}
        if not first or not others:
            return first
        self.draft.words.setdefault(first, {}).update(others)
        return Words(first, others)

    def joined(self, row: str, stem: str) -> str:
        """The words of a row and of what stands above its table, in every language of either."""
        if not stem or stem in ONE_PER_ROW.values():
            return row
        rows, stems = self.draft.others(row), self.draft.others(stem)
        others = {k: row_with_stem(rows.get(k, row), stems.get(k, stem)) for k in {**rows, **stems}}
        return self.say({"": row_with_stem(row, stem), **others})

    def add(self, name: str, text: str, type_: str, notes: Sequence[str] = ()) -> DraftItem:
        """An item without a scale or options."""
        id_ = item_id(name, f"q{len(self.draft.items) + 1}", self.ids)
        self.ids.add(id_)
        item = DraftItem(id_, text or name, type_, notes=list(notes))
        item.aliases = [name] if id_ != name else []
        self.draft.items.append(item)
        return item

    def choose(
        self,
        name: str,
        text: str,
        choices: Mapping[str, str],
        missing: Mapping[str, str] | None = None,
        rated: bool | None = False,
    ) -> DraftItem:
        """A question with one answer: a scale where the words have an order or it is ``rated``, else options.

        ``rated`` is None where the form itself says that the choices are options, whatever their words.
        """
        item = self.add(name, text, "single")
        absent = dict(missing or {})
        scale = _numbered(choices, absent) if rated else None
        if scale is not None:
            self._on(item, scale)
            return item
        if len(choices) < 2 or rated is None:
            unsaid = {c: k for c, w in choices.items() if (k := wording.missing_kind(w)) and len(choices) > 1}
            item.options = {c: w for c, w in choices.items() if c not in unsaid} or {OTHER: OTHER}
            item.missing = {**absent, **unsaid}
            return item
        ranked = self._ranked(choices, absent)
        if ranked is not None:
            self._on(item, ranked)
            return item
        judged = judge(dict.fromkeys(choices, 1), Field(), choices, rated=False)
        if judged.scale is not None:
            judged.scale.missing.update(absent)
            item.scale = self.draft.scale(judged.scale, _scale_id(judged.scale))
            item.type, item.reverse = "scale", judged.reverse
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
        self._on(item, DraftScale(low, high, {code: words for code, words in ends.items() if words}))
        return item

    def slide(self, name: str, text: str, low: int, high: int) -> DraftItem:
        """A question answered by a number from ``low`` to ``high``, where distances are meant."""
        item = self.add(name, text, "scale")
        self._on(item, DraftScale(low, high, numeric=True))
        return item

    def _on(self, item: DraftItem, scale: DraftScale) -> None:
        item.type = "scale"
        ends = [scale.labels.get(end, "") for end in (scale.low, scale.high)]
        if all(ends) and wording.towards(*ends) < 0:
            item.reverse, scale.note = True, scale.note or MOST_FIRST
        item.scale = self.draft.scale(scale, _scale_id(scale))
        metric = "" if scale.numeric else wording.metric_for(item.text, scale.low, scale.high)
        if metric:
            free = metric if metric not in self.draft.metrics else f"{metric}_{item.id}"
            self.draft.metrics[free] = {"metric": metric, "item": item.id}

    def _ranked(self, choices: Mapping[str, str], missing: Mapping[str, str]) -> DraftScale | None:
        """The scale behind choices whose words have an order and whose codes are no numbers (A1, A2 …)."""
        found = wording.ordered(choices.values())
        if found is None or found.unused or len(found.codes) < _MIN_POINTS:
            return None
        if all(re.fullmatch(r"-?\d{1,6}", c, re.ASCII) for c in choices):
            return None
        labels: dict[int, str] = {
            found.codes[w]: Words(w, {**self.draft.others(w), **({NO_LANGUAGE: c} if c != w else {})})
            for c, w in choices.items()
            if w in found.codes
        }
        if len(labels) + len(found.missing) < len(choices):
            return None
        absent = {c: found.missing[w] for c, w in choices.items() if w in found.missing}
        return DraftScale(1, found.points, labels, {**absent, **missing})

    def battery(self, name: str, stem: str, items: Sequence[DraftItem]) -> None:
        """A construct of items that share their stem and their scale."""
        if len(items) >= _MIN_ITEMS and items[0].scale and len({i.scale for i in items}) == 1:
            wanted = name.removesuffix(GRID) if name.endswith(GRID) else f"{name}_all"
            free = item_id(wanted, "battery", {*self.ids, *self.draft.constructs})
            title = wanted if stem in ONE_PER_ROW.values() else stem or name
            self.draft.constructs[free] = (title, [i.id for i in items])


def _numbered(choices: Mapping[str, str], missing: Mapping[str, str]) -> DraftScale | None:
    """The scale behind choices whose codes are whole numbers in a row; words that are the code say nothing.

    Codes of letters and digits only say -2 as m2 (a form of our own for LimeSurvey): the code stays with the point.
    """
    absent = {c: kind for c, w in choices.items() if (kind := wording.missing_kind(w))}
    points = {c: _point(c) for c in choices if c not in absent}
    values = sorted(p for p in points.values() if p is not None)
    if len(values) < max(2, len(points)) or values != list(range(values[0], values[-1] + 1)):
        return None
    labels: dict[int, str] = {}
    for code, point in points.items():
        words = choices[code] if choices[code].strip() not in {"", code, str(point)} else ""
        if point is not None and code != str(point):
            others = words.others if isinstance(words, Words) else {}
            labels[point] = Words(words, {**others, NO_LANGUAGE: code})
        elif point is not None and words:
            labels[point] = words
    return DraftScale(values[0], values[-1], labels, {**absent, **missing})


def _point(code: str) -> int | None:
    found = re.fullmatch(r"(-|m)?(\d{1,6})", code, re.ASCII)
    return None if found is None else -int(found[2]) if found[1] else int(found[2])


def _scale_id(scale: DraftScale) -> str:
    return "scale_" + "_".join(f"m{-end}" if end < 0 else str(end) for end in (scale.low, scale.high))


def unknown(kind: str) -> list[str]:
    """The comment on a question of a kind that is read as free text."""
    return [f"of the kind {quote(kind)}, read as text: confirm"]
