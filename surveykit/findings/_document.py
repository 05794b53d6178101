"""``results.json`` as the one source of every sentence, table and picture.

Findings and reports read this document and nothing else: a number that is shown was looked up by
its JSON pointer, so it stands in ``results.json`` by construction. Small cells are taken out here,
before anything is worded, drawn or written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from surveykit.errors import SurveykitError, quote
from surveykit.findings._closed import Beside, closed_together, emptied
from surveykit.findings._finding import Label, Number
from surveykit.findings._unnamed import unnamed
from surveykit.format import LANGUAGES, pick, published, settled, zero_led
from surveykit.results import Check, Result

__all__ = ["MIN_CELL", "Document", "Row", "document_of", "pointer"]

SCHEMA = 1
MIN_CELL = 10
"""Statistics of fewer answers than this are neither worded nor shown."""

_LISTED = r"(?:(?<=[:,] )|(?<= and )|(?<=[：、，和]))(?:{})(?=[.,、，。；]| and |和|$)"
_HAN_SPACE = re.compile(r"(?<=[\u4e00-\u9fff，。；：、”）]) +(?=\S)|(?<=[^\s=]) +(?=[\u4e00-\u9fff“（])")


def pointer(*steps: str | int) -> str:
    """A JSON pointer (RFC 6901) from its steps.

    >>> pointer("results", "scores", "tidy", 0, "estimate")
    '/results/scores/tidy/0/estimate'
    """
    return "".join("/" + str(s).replace("~", "~0").replace("/", "~1") for s in steps)


SCALED = {
    "chisq": "chisq_scaled",
    "df": "df_scaled",
    "p_value": "pvalue_scaled",
    "cfi": "cfi_scaled",
    "tli": "tli_scaled",
    "rmsea": "rmsea_scaled",
    "rmsea_low": "rmsea_ci_lower_scaled",
    "rmsea_high": "rmsea_ci_upper_scaled",
}
"""Measures of fit and their scaled forms."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a result's table, with the place where it stands.

    ``alias`` gives columns a second name, where two tables name the same thing differently.
    """

    key: str
    values: Mapping[str, Any]
    alias: Mapping[str, str] = field(default_factory=dict)

    def get(self, column: str, default: Any = None) -> Any:
        """The value of a column."""
        return self.values.get(self.alias.get(column, column), default)

    def text(self, column: str) -> str:
        """The value of a column as a string; "" where there is none."""
        value = self.get(column)
        return "" if value is None else str(value)

    def has(self, *columns: str) -> bool:
        """Whether each column holds a value."""
        return all(self.get(c) is not None for c in columns)

    def number(self, column: str, format: str) -> Number:
        """The value of a column as a number that knows its key."""
        return Number(self.get(column), format, self.key + pointer(self.alias.get(column, column)))

    @property
    def suppressed(self) -> bool:
        """Whether the row stands on too few answers to be shown."""
        return bool(self.values.get("suppressed")) or self.values.get("remark") == "suppressed"


@dataclass(frozen=True, slots=True)
class Document:
    """The plain data of ``results.json`` and how to look things up in it."""

    data: Mapping[str, Any]

    def value(self, key: str) -> Any:
        """What stands at a JSON pointer; an error where nothing does."""
        found: Any = self.data
        for step in key.split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            try:
                found = found[int(name)] if isinstance(found, list) else found[name]
            except (KeyError, IndexError, ValueError, TypeError):
                raise SurveykitError(
                    f"no such key in results.json: {quote(key)}", code="UNKNOWN_KEY"
                ) from None
        return found

    def number(self, key: str, format: str) -> Number:
        """The value at a pointer as a number for reading."""
        return Number(self.value(key), format, key)

    @property
    def ids(self) -> tuple[str, ...]:
        """The results in the order of the run."""
        return tuple(self.data["results"])

    def of(self, kind: str) -> tuple[str, ...]:
        """The ids of the results of one kind: ``scores``, ``fit`` or the name of an analysis."""
        return tuple(i for i, r in self.data["results"].items() if _kind(r) == kind)

    def rows(self, result: str, table: str | None = None) -> tuple[Row, ...]:
        """The rows of a result: its estimates, or one of its further tables (none if it lacks it)."""
        steps: tuple[str, ...] = ("results", result, "tidy")
        found: Any = self.data["results"][result]
        if table is None:
            found = found["tidy"]
        else:
            steps = ("results", result, "tables", table)
            found = found["tables"].get(table, ())
        return tuple(Row(pointer(*steps, i), row) for i, row in enumerate(found))

    def facts(self, result: str) -> Row:
        """The one row of a result's facts (``glance``).

        Where a robust method gives scaled measures of fit these are meant: without the scaling they flatter (WLSMV)
        or blame (MLR) a model for the distribution of its items.
        """
        values = self.data["results"][result]["glance"]
        alias = {name: other for name, other in SCALED.items() if values.get(other) is not None}
        return Row(pointer("results", result, "glance"), values, alias)

    def checks(self, result: str) -> tuple[tuple[Check, Label], ...]:
        """The checks of a result, each with its words and where they stand."""
        listed = self.data["results"][result]["checks"]
        return tuple(
            (
                Check(c["code"], c["level"], c["texts"], tuple(c["about"]), c["values"]),
                Label(c["texts"], pointer("results", result, "checks", i, "texts")),
            )
            for i, c in enumerate(listed)
        )

    def refused(self, result: str) -> bool:
        """Whether the gate refuses to let this result be interpreted."""
        return any(check.level == "refuse" for check, _ in self.checks(result))

    def label(self, name: str) -> Label:
        """The words for an item, a construct, a metric or a group; the name itself where it has none."""
        if name in self.data["labels"]:
            return Label(self.data["labels"][name], pointer("labels", name))
        return Label(dict.fromkeys(LANGUAGES, settled(name)))

    def group(self, result: str, group: str) -> Label:
        """The words for a group of a result that compares groups of a column."""
        by = self.data["results"][result].get("options", {}).get("by") or ""
        known = f"{by}={group}" in self.data["labels"]
        return self.label(f"{by}={group}" if known else group)

    @property
    def level(self) -> Number:
        """The confidence level of all intervals."""
        return self.number("/study/level", "percent0")

    def to_json(self) -> str:
        """The bytes of ``results.json``: the same document gives the same text."""
        return json.dumps(self.data, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _kind(result: Mapping[str, Any]) -> str:
    return str(result["id"] if result["kind"] == "estimates" else result["kind"])


def document_of(
    study: Mapping[str, Any],
    rows: Mapping[str, Any],
    sample: Mapping[str, Any],
    labels: Mapping[str, Mapping[str, str]],
    results: Mapping[str, Result],
    *,
    version: str,
    min_cell: int = MIN_CELL,
    beside: Beside | None = None,
) -> Document:
    """The document of a run: facts of the study, the flow of rows, the sample, the results.

    ``results`` are looked at once; statistics of fewer than ``min_cell`` answers are taken out. ``beside`` says what else has
    to be closed for a question that stands by several groupings (:func:`surveykit.findings._closed.closed_together`).
    """
    if min_cell < 5:
        raise SurveykitError(
            "the smallest cell that may be shown is too small", expected="5 or more", got=str(min_cell)
        )
    named = {name: _settled(words) for name, words in labels.items()}
    shown: dict[str, Any] = {}
    columns: dict[str, str] = {}
    for id_, result in results.items():
        entry = _described(result, named)
        columns[id_] = _groups_by(result, entry)
        entry["checks"] = [_worded(check, named, columns[id_]) for check in entry["checks"]]
        entry["tidy"] = suppress(entry["tidy"], min_cell)
        entry["tables"] = {name: suppress(t, min_cell) for name, t in entry["tables"].items()}
        shown[id_] = entry
    data = {
        "schema": SCHEMA,
        "surveykit": version,
        "study": published({"level": 0.95, "min_cell": min_cell, **study}),
        "rows": published(dict(rows)),
        "sample": published(dict(sample)),
        "labels": {name: dict(words) for name, words in named.items()},
        "results": closed_together(shown, columns, beside),
    }
    return Document(unnamed(data))


def _described(result: Result, named: dict[str, dict[str, str]]) -> dict[str, Any]:
    """A result with its title, its options and how its model was estimated; its own words for names join ``named``."""
    entry = result.to_dict()
    for name, words in getattr(result, "titles", {}).items():
        named.setdefault(name, _settled(words))
    for name, ends in getattr(result, "crossed", {}).items():
        both = [named.get(end, dict.fromkeys(LANGUAGES, end)) for end in ends]
        words = {language: " × ".join(pick(b, language) for b in both) for language in LANGUAGES}
        named.setdefault(name, words)
    title = getattr(result, "title", None)
    if isinstance(title, Mapping):
        entry["title"] = dict(title)
    options = getattr(result, "options", None)
    if isinstance(options, Mapping):
        entry["options"] = published(dict(options))
    elif getattr(options, "group", None):
        entry["options"] = {"by": str(getattr(options, "group", ""))}
    model = getattr(result, "model", None)
    if model is not None:
        entry["model"] = model.to_text()
        entry["estimator"] = str(getattr(result, "method", ""))
        entry |= _estimation(options)
    return entry


def _settled(words: Mapping[str, str]) -> dict[str, str]:
    return {language: settled(text) for language, text in words.items()}


def _groups_by(result: Result, entry: Mapping[str, Any]) -> str:
    """The column whose groups a result compares; "" where there is none."""
    options = entry.get("options") or {}
    by = getattr(result, "by", None) or options.get("by") or options.get("columns")
    return by if isinstance(by, str) else ""


def _estimation(options: Any) -> dict[str, Any]:
    """What decides how a covariance model's method is to be named."""
    if not hasattr(options, "discrepancy"):
        return {}
    chosen = {
        "missing": options.missing,
        "weights": options.sampling_weights is not None,
        "clusters": options.cluster is not None,
        "robust": str(options.se).startswith("robust"),
        "bootstrap": options.se == "bootstrap",
        "information": options.information,
        "likelihood": options.likelihood if options.discrepancy == "ml" else "",
        "ordered": bool(options.ordered),
        "engine": options.engine or "surveykit",
    }
    return {"estimation": chosen}


def _worded(
    check: Mapping[str, Any], labels: Mapping[str, Mapping[str, str]], by: str = ""
) -> dict[str, Any]:
    """The check with the names that it is about replaced by what the questionnaire calls them; groups are those of ``by``."""
    names = {n for entry in check["about"] for n in re.split(r"=~|<~|~~|:=|~", entry)} & set(labels)
    texts = dict(check["texts"])
    for name in sorted(names, key=lambda n: (-len(n), n)):
        whole = re.compile(rf"(?<![A-Za-z0-9_.]){re.escape(name)}(?![A-Za-z0-9_])")
        for language, text in texts.items():
            words = pick(labels[name], language)
            texts[language] = whole.sub(words.replace("\\", r"\\"), text)
    groups = {g: labels[f"{by}={g}"] for g in check["about"] if g not in names and f"{by}={g}" in labels}
    if groups:
        texts = {language: _grouped(text, groups, language) for language, text in texts.items()}
    if "zh" in texts:
        texts["zh"] = zero_led(_HAN_SPACE.sub("", texts["zh"]))
    return {**check, "texts": texts}


def _grouped(text: str, groups: Mapping[str, Mapping[str, str]], language: str) -> str:
    """The text with groups in words where they are listed: elsewhere a code such as 8 may be a number of the sentence."""
    codes = "|".join(re.escape(g) for g in sorted(groups, key=len, reverse=True))
    return re.sub(_LISTED.format(codes), lambda found: pick(groups[found[0]], language), text)


def suppress(rows: Sequence[Mapping[str, Any]], min_cell: int) -> list[dict[str, Any]]:
    """The rows with every number taken out where ``n`` is below ``min_cell``.

    Where exactly one group of a term would be hidden, or groups of fewer than ``min_cell`` answers together, the next
    smallest is hidden too: with the total at hand, they could be worked out by subtraction. What an analysis has hidden counts.

    >>> suppress([{"group": "a", "n": 4, "estimate": 1.5}], 10)
    [{'group': 'a', 'n': None, 'estimate': None, 'suppressed': True}]
    """
    hidden = {i for i, row in enumerate(rows) if _small(row, min_cell)}
    for members in _families(rows):
        gone = [i for i in members if i in hidden or rows[i].get("remark") == "suppressed"]
        others = sorted((rows[i]["n"], i) for i in members if i not in gone)
        together = sum(rows[i]["n"] for i in gone)
        if any(i in hidden for i in gone) and others and (len(gone) == 1 or together < min_cell):
            hidden.add(others[0][1])
    return [emptied(row) if i in hidden else dict(row) for i, row in enumerate(rows)]


def _small(row: Mapping[str, Any], min_cell: int) -> bool:
    """Whether the base of a row is too small; a row that only counts something has no base to judge."""
    base = row.get("base", row.get("n"))
    if not isinstance(base, int | float) or base >= min_cell:
        return False
    estimated = any(isinstance(v, float) for k, v in row.items() if k != "n")
    return "base" in row or estimated or row.get("remark") == "suppressed"


def _families(rows: Sequence[Mapping[str, Any]]) -> Iterator[list[int]]:
    """Rows that share a term (and a group column, where there are several) and differ by group: those of which one could
    be had from the others."""
    families: dict[tuple[str, str], list[int]] = {}
    for i, row in enumerate(rows):
        if row.get("group") and isinstance(row.get("n"), int | float) and "base" not in row:
            families.setdefault((str(row.get("term", "")), str(row.get("banner") or "")), []).append(i)
    yield from families.values()
