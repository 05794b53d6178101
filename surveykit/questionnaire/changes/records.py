"""What a comparison of two questionnaires found, as frozen records."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from surveykit.files import inert
from surveykit.format import chinese, pick
from surveykit.questionnaire.changes.words import TREND, say

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Change", "Differences", "Trend", "Verdict", "worst_trend"]

Trend = Literal["yes", "caution", "no"]
_RANK: dict[Trend, int] = {"yes": 0, "caution": 1, "no": 2}
_HEAD = {
    "en": "{before} → {after}",
    "zh": "{before} → {after}",
}
_KINDS = {
    "item": {"en": "Items", "zh": "题目"},
    "construct": {"en": "Constructs", "zh": "构念"},
    "metric": {"en": "Metrics", "zh": "指标"},
    "model": {"en": "Languages, model and weights", "zh": "语言、模型与权重"},
}
_SAME = {"en": "nothing changed", "zh": "没有变化"}
_COUNTS = {
    "en": "trend: yes {yes}, with caution {caution}, no {no}",
    "zh": "趋势比较：可以{yes}项，谨慎{caution}项，不可以{no}项",
}


def worst_trend(found: Iterable[Trend]) -> Trend:
    """The most severe of several verdicts, ``yes`` where there is none."""
    return max(found, key=lambda t: _RANK[t], default="yes")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs, and what it means for a trend.

    ``what`` names it (``wording``, ``points``, ``reverse`` …), ``before`` and ``after`` are what stood
    there, ``values`` what else the sentence of :meth:`text` names.
    """

    what: str
    trend: Trend
    before: str = ""
    after: str = ""
    values: tuple[tuple[str, str], ...] = ()

    def text(self, language: str = "en") -> str:
        """The change and its consequence in ``language``."""
        known = {name: _named(self.what, name, value, language) for name, value in self.values}
        ends = (("before", self.before), ("after", self.after))
        both = {name: _named(self.what, name, value, language) for name, value in ends}
        return say(self.what, language, {**both, **known})

    def to_dict(self) -> dict[str, Any]:
        """The change as plain data, with its text in both languages."""
        return {
            "what": self.what,
            "trend": self.trend,
            "before": self.before,
            "after": self.after,
            "texts": {language: self.text(language) for language in ("en", "zh")},
        }


_OWN = {
    "nothing": {"en": "nothing", "zh": "无"},
    "reverse-keyed": {"en": "reverse-keyed", "zh": "反向计分"},
    "keyed as asked": {"en": "keyed as asked", "zh": "正向计分"},
    "no construct": {"en": "no construct", "zh": "不属于任何构念"},
}


_MISSING = {
    "dont_know": {"en": "don't know", "zh": "不知道"},
    "refused": {"en": "refused", "zh": "拒答"},
    "not_shown": {"en": "not shown", "zh": "未显示"},
    "skipped": {"en": "skipped", "zh": "跳过未答"},
}
_LANGUAGES = {
    "en": {"en": "English", "zh": "英文"},
    "zh": {"en": "Chinese", "zh": "中文"},
    "zh-Hant": {"en": "Traditional Chinese", "zh": "繁体中文"},
}


def _own(value: str, language: str) -> str:
    return pick(_OWN[value], language) if value in _OWN else value


def _named(what: str, field: str, value: str, language: str) -> str:
    """A value in the words of the reader: languages and kinds of missing have names."""
    if field in {"language", "own"} or what in {"language", "languages"}:
        parts = [pick(_LANGUAGES[p], language) if p in _LANGUAGES else p for p in value.split(", ")]
        return ("、" if chinese(language) else ", ").join(parts)
    if what in {"missing", "missing_recoded"}:
        for kind, names in _MISSING.items():
            value = value.replace(
                f" ({kind})", f"（{names['zh']}）" if chinese(language) else f" ({names['en']})"
            )
        return value.replace(", ", "、") if chinese(language) else value
    lists = field in {"items", "names", "points"} and chinese(language)
    return value.replace(", ", "、") if lists else _own(value, language)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a trend may be drawn in one item, construct or metric, and why."""

    kind: Literal["item", "construct", "metric", "model"]
    name: str
    trend: Trend
    changes: tuple[Change, ...] = ()

    def reasons(self, language: str = "en") -> tuple[str, ...]:
        """The changes as sentences."""
        return tuple(c.text(language) for c in self.changes)


@dataclass(frozen=True, slots=True)
class Differences:
    """What changed between two waves of a questionnaire.

    One :class:`Verdict` per item, construct and metric of either wave. ``trend`` is the worst of them.
    """

    before: str
    after: str
    verdicts: tuple[Verdict, ...]

    @property
    def trend(self) -> Trend:
        """``yes``, ``caution`` or ``no``: the worst verdict; what is new in the second wave breaks no trend."""
        return worst_trend(v.trend for v in self.verdicts if [c.what for c in v.changes] != ["added"])

    @property
    def changed(self) -> tuple[Verdict, ...]:
        """Those in which anything changed."""
        return tuple(v for v in self.verdicts if v.changes)

    def __bool__(self) -> bool:
        return bool(self.changed)

    def verdict(self, name: str, kind: str = "") -> Verdict:
        """The verdict on one item, construct or metric; KeyError where there is none."""
        for verdict in self.verdicts:
            if verdict.name == name and kind in ("", verdict.kind):
                return verdict
        raise KeyError(name)

    def tidy(self) -> pd.DataFrame:
        """One row per change; unchanged entries have one row without a change."""
        import pandas as pd

        return pd.DataFrame(self._rows(), columns=_COLUMNS)

    def to_csv(self) -> str:
        """The rows of :meth:`tidy` as CSV that no spreadsheet takes for formulas (:func:`surveykit.files.inert`)."""
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, _COLUMNS, lineterminator="\r\n")
        writer.writeheader()
        writer.writerows({k: inert(v) for k, v in row.items()} for row in self._rows())
        return text.getvalue()

    def _rows(self) -> list[dict[str, str]]:
        rows = []
        for verdict in self.verdicts:
            head = {"kind": verdict.kind, "name": verdict.name, "trend": verdict.trend}
            for change in verdict.changes or (None,):
                one: Mapping[str, str] = (
                    {"change": change.what, "before": change.before, "after": change.after,
                     "en": change.text("en"), "zh": change.text("zh")}
                    if change else {}
                )  # fmt: skip
                rows.append({**dict.fromkeys(_COLUMNS, ""), **head, **one})
        return rows

    def counts(self) -> dict[str, int]:
        """How many verdicts of each kind there are."""
        return {t: sum(v.trend == t for v in self.verdicts) for t in ("yes", "caution", "no")}

    def summary(self, language: str = "en") -> str:
        """The differences in words, what has the same reasons together; what did not change is counted only."""
        lines = [pick(_HEAD, language).format(before=self.before, after=self.after)]
        colon, comma = ("：", "、") if chinese(language) else (": ", ", ")
        for kind, title in _KINDS.items():
            alike: dict[tuple[Trend, tuple[str, ...]], list[str]] = {}
            for verdict in self.changed:
                if verdict.kind == kind:
                    alike.setdefault((verdict.trend, verdict.reasons(language)), []).append(verdict.name)
            if alike:
                lines.append(f"{pick(title, language)}{colon.strip()}")
            for (trend, reasons), names in alike.items():
                lines.append(f"  {comma.join(names)}{colon}{pick(TREND[trend], language)}")
                lines += [f"    - {reason}" for reason in reasons]
        if not self.changed:
            lines.append(pick(_SAME, language))
        lines.append(pick(_COUNTS, language).format(**self.counts()))
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.summary()

    def to_dict(self) -> dict[str, Any]:
        """The differences as plain data."""
        return {
            "schema": 1,
            "kind": "diff",
            "before": self.before,
            "after": self.after,
            "trend": self.trend,
            "counts": self.counts(),
            "verdicts": [
                {
                    "kind": v.kind,
                    "name": v.name,
                    "trend": v.trend,
                    "words": dict(TREND[v.trend]),
                    "changes": [c.to_dict() for c in v.changes],
                }
                for v in self.verdicts
            ],
        }


_COLUMNS = ["kind", "name", "trend", "change", "before", "after", "en", "zh"]
