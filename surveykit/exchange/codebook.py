"""The codebook: every item with its wording, codes, missing codes, key and construct; with counts where answers are given."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surveykit.bases import MIN_BASE, suppressed
from surveykit.errors import SurveykitError, did_you_mean
from surveykit.files import write_atomic
from surveykit.format import pick, published
from surveykit.identifiers import masked
from surveykit.questionnaire import Item, Questionnaire

if TYPE_CHECKING:
    from surveykit.responses import Responses

__all__ = ["Codebook", "Entry", "Line", "codebook"]

SUFFIXES = (".html", ".pdf", ".xlsx", ".md", ".json")


@dataclass(frozen=True, slots=True)
class Line:
    """One code of an item: its words, the kind of missing ("" for an answer), and how often it was given.

    ``n`` is None where no answers were given to the codebook, or where ``hidden``: too few people, or a number that would
    give theirs away.
    """

    code: str
    texts: Mapping[str, str]
    kind: str = ""
    n: int | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One item. ``keys`` are the metrics and groups that use it; ``valid`` and ``missing`` count its cells.

    ``mean`` and ``sd`` (divisor n − 1) are those of the codes as people ticked them, or of the numbers they gave, without
    weights. They are None where a count is hidden: with them it could be worked out.
    """

    item: Item
    construct: str
    construct_title: Mapping[str, str]
    keys: tuple[str, ...]
    lines: tuple[Line, ...]
    valid: int | None = None
    missing: Mapping[str, int | None] | None = None
    mean: float | None = None
    sd: float | None = None

    def share(self, line: Line) -> float | None:
        """The share of a code among the valid answers; of one of several ticks among those who answered."""
        return None if line.n is None or line.kind or not self.valid else line.n / self.valid

    def to_dict(self) -> dict[str, Any]:
        """The entry as plain data."""
        item = self.item
        return {
            "item": item.id,
            "text": dict(item.text),
            "type": item.type,
            "scale": None if item.scale is None else {"id": item.scale.id, "min": item.scale.min,
                                                      "max": item.scale.max, "kind": item.scale.kind},
            "reversed": item.reverse,
            "construct": self.construct or None,
            "used_by": list(self.keys),
            "aliases": list(item.aliases),
            "attention_check": item.check,
            "contradicts": list(item.contradicts),
            "codes": [
                {"code": x.code, "text": dict(x.texts), "missing": x.kind or None, "n": x.n, "hidden": x.hidden,
                 "share": published(self.share(x))}
                for x in self.lines
            ],
            "valid": self.valid,
            "missing": None if self.missing is None else dict(self.missing),
            "mean": published(self.mean),
            "sd": published(self.sd),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Codebook:
    """The items of a questionnaire in order. ``n`` is the number of respondents, None without answers."""

    questionnaire: Questionnaire
    entries: tuple[Entry, ...]
    n: int | None = None
    min_base: int = MIN_BASE

    def to_dict(self) -> dict[str, Any]:
        """The codebook as plain data, all languages in it."""
        q = self.questionnaire
        return {
            "schema": 1,
            "kind": "codebook",
            "id": q.id,
            "title": dict(q.title),
            "version": q.version,
            "languages": list(q.languages),
            "citation": q.citation,
            "n": self.n,
            "min_base": self.min_base,
            "items": [e.to_dict() for e in self.entries],
            "constructs": {
                c.id: {"title": dict(c.title), "items": list(c.items), "measurement": c.measurement,
                       "min_valid": c.min_valid}
                for c in q.constructs.values()
            },
        }  # fmt: skip

    def html(self, language: str) -> str:
        """One page that needs nothing beside it."""
        from surveykit.exchange.codebook_pages import html_of

        return html_of(self, language)

    def markdown(self, language: str) -> str:
        """The codebook as Markdown."""
        from surveykit.exchange.codebook_pages import markdown_of

        return markdown_of(self, language)

    def save(self, path: str | Path, language: str | None = None) -> Path:
        """Write .html, .pdf or .md in one language, or .xlsx or .json with all of them."""
        import json

        from surveykit.exchange import codebook_pages as pages

        target, q = Path(path), self.questionnaire
        wanted = language or q.languages[0]
        suffix = target.suffix.casefold()
        if suffix not in SUFFIXES:
            raise SurveykitError(
                "a codebook is not written in this format",
                str(target),
                expected=" ".join(SUFFIXES),
                hint=did_you_mean(suffix, SUFFIXES),
                code="SUFFIX",
            )
        if suffix == ".json":
            content: str | bytes = json.dumps(self.to_dict(), ensure_ascii=False, indent=1) + "\n"
        elif suffix == ".xlsx":
            content = pages.xlsx_of(self)
        elif suffix == ".pdf":
            content = pages.pdf_of(self, wanted)
        else:
            content = self.html(wanted) if suffix == ".html" else self.markdown(wanted)
        return write_atomic(target, content)


def codebook(
    questionnaire: Questionnaire | str | Path, answers: Responses | None = None, min_base: int = MIN_BASE
) -> Codebook:
    """The codebook of a questionnaire; with ``answers`` each code is counted.

    Counts below ``min_base``, and those that would give them away by subtraction, are hidden. An option that is somebody's
    e-mail address or telephone number is shown by its kind, in code and words, as reports show it.

    >>> codebook("nps").entries[0].lines[10].texts["en"]
    'Extremely likely'
    """
    q = questionnaire if isinstance(questionnaire, Questionnaire) else Questionnaire.load(questionnaire)
    used: dict[str, list[str]] = {name: [] for name in q.items}
    for metric in q.metrics.values():
        for name in _names(metric.options):
            used.get(name, []).append(metric.id)
    for name in q.groups:
        used.get(name, []).append("group")
    if q.weight in used:
        used[q.weight].append("weight")
    entries = [_entry(q, item, tuple(used[item.id]), answers, min_base) for item in q.items.values()]
    known: dict[str, str] = {}
    entries = [replace(e, lines=tuple(_unnamed(line, known) for line in e.lines)) for e in entries]
    return Codebook(q, tuple(entries), None if answers is None else answers.n_rows, min_base)


def _unnamed(line: Line, known: dict[str, str]) -> Line:
    texts = {language: masked(text, known) for language, text in line.texts.items()}
    return replace(line, code=masked(line.code, known), texts=texts)


def _entry(
    q: Questionnaire, item: Item, keys: tuple[str, ...], answers: Responses | None, min_base: int
) -> Entry:
    construct = q.construct_of(item.id) or ""
    title = q.constructs[construct].title if construct else {}
    lines = _lines(item)
    if answers is None:
        return Entry(item, construct, title, keys, tuple(lines))
    report = next((c for c in answers.import_report.columns if c.item == item.id), None)
    if report is None:
        return Entry(item, construct, title, keys, tuple(lines), 0, {})
    missing = {kind: n for kind, n in report.missing.items() if n}
    # the base of an item is shown like every base; who gave which reason for no answer is not, where they are few
    hidden = suppressed(missing, min_base) if len(missing) > 1 else ()
    shown = {kind: None if kind in hidden else n for kind, n in missing.items()}
    counted = _counted(item, lines, answers, min_base)
    mean, sd = _moments(item, counted, answers, min_base)
    return Entry(item, construct, title, keys, counted, report.valid, shown, mean, sd)


def _lines(item: Item) -> list[Line]:
    lines = []
    if item.scale is not None:
        points = range(item.scale.min, item.scale.max + 1)
        named = item.scale.kind == "ordinal" and len(points) <= 101
        codes = list(points) if named else sorted(item.scale.labels)
        lines = [Line(str(c), item.scale.labels.get(c, {})) for c in codes]
    lines += [Line(code, texts) for code, texts in item.options.items()]
    return lines + [Line(code, {}, kind) for code, kind in item.missing.items()]


def _counted(item: Item, lines: list[Line], answers: Responses, min_base: int) -> tuple[Line, ...]:
    """The lines with the counts of the answers; missing codes are counted by kind, not by code."""
    if item.type == "multi":
        return tuple(_ticked(item, line, answers, min_base) for line in lines)
    if item.type not in {"scale", "single"}:
        return tuple(lines)
    found = answers.counts(item.id)
    # a reverse-keyed answer is bound turned round; a codebook counts what people ticked
    turned = item.scale.reversed if item.scale is not None and item.reverse else lambda v: v
    counts = {_code(turned(v)): int(n) for v, n in zip(found.levels[0], found.n, strict=True)}
    hidden = suppressed(counts, min_base)
    return tuple(
        line
        if line.kind
        else Line(
            line.code,
            line.texts,
            n=None if line.code in hidden else counts.get(line.code, 0),
            hidden=line.code in hidden,
        )
        for line in lines
    )


def _ticked(item: Item, line: Line, answers: Responses, min_base: int) -> Line:
    if line.kind:
        return line
    column = f"{item.id}__{line.code}"
    if not answers.has(column):
        return line
    found = answers.counts(column)
    counts = {_code(v): int(n) for v, n in zip(found.levels[0], found.n, strict=True)}
    hidden = "1" in suppressed(counts, min_base)
    return Line(line.code, line.texts, n=None if hidden else counts.get("1", 0), hidden=hidden)


def _moments(
    item: Item, lines: tuple[Line, ...], answers: Responses, min_base: int
) -> tuple[float | None, float | None]:
    """Mean and standard deviation of an item's answers; neither where a count is hidden or the base is small."""
    rated = item.scale is not None or item.type == "number"
    if not rated or any(line.hidden for line in lines):
        return None, None
    found = answers.counts(item.id)
    turned = item.scale.reversed if item.scale is not None and item.reverse else lambda v: v
    values = [(float(turned(v)), int(n)) for v, n in zip(found.levels[0], found.n, strict=True)]
    n = sum(times for _, times in values)
    if n < max(min_base, 2):
        return None, None
    mean = math.fsum(v * times for v, times in values) / n
    return mean, math.sqrt(math.fsum((v - mean) ** 2 * times for v, times in values) / (n - 1))


def _code(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _names(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [n for k, v in value.items() for n in (str(k), *_names(v))]
    if isinstance(value, (list, tuple)):
        return [n for v in value for n in _names(v)]
    return [value] if isinstance(value, str) else []


def label_of(texts: Mapping[str, str], language: str) -> str:
    """Words in a language, "" where there are none."""
    return pick(texts, language) if texts else ""
