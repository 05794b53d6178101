"""What one cell means: a value, or a kind of missing, or a finding; and what was changed on the way.

Each distinct raw value of a column is judged once, here, for every format and engine. The same cell
therefore gives the same answer everywhere.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from surveykit.errors import quote
from surveykit.responses.spellings import gender_in, yes_no_in

__all__ = [
    "KINDS",
    "Cell",
    "Coder",
    "fold",
    "gender_of",
    "is_null",
    "number_of",
    "percent_of",
    "plain",
    "yes_no",
]

KINDS = ("not_shown", "skipped", "dont_know", "refused", "invalid")

_BESIDE_HAN = re.compile("(?<=[\u3400-\u9fff]) | (?=[\u3400-\u9fff])")
_PICTURES = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d]")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?\Z", re.ASCII)
_COMMA = re.compile(r"[+-]?\d+,\d+\Z", re.ASCII)
_LABELLED = re.compile(r"([+-]?\d+)\s*(?:[-–=:.、]|\()\s*(.+?)\)?\Z", re.ASCII)
_WIDE = {c: c - 0xFEE0 for c in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x2212: 0x2D}
_PERCENT = re.compile(r"([+-]?\d+(?:[.,]\d+)?) ?%\Z", re.ASCII)
_SENTINELS = {0, -1, -2, -3, -7, -8, -9, 7, 8, 9, 66, 77, 88, 97, 98, 99, 777, 888, 996, 997, 998, 999, 9999}
_TOKENS: Mapping[str, str] = {
    **dict.fromkeys(
        ["na", "n/a", "n.a.", "#n/a", "nan", "null", "none", "nil", "-", "--", ".", "(空)"], "skipped"
    ),
    **dict.fromkeys(["no answer", "未作答", "未填", "未填写", "未回答", "缺失"], "skipped"),
    **dict.fromkeys(["not shown", "not applicable", "(跳过)", "不适用", "未显示"], "not_shown"),
    **dict.fromkeys(["don't know", "dont know", "do not know", "dk", "not sure"], "dont_know"),
    **dict.fromkeys(["不知道", "不清楚", "说不清", "不了解", "不确定"], "dont_know"),
    **dict.fromkeys(["refused", "prefer not to say", "拒绝", "拒绝回答", "不愿回答", "不便透露"], "refused"),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """The meaning of one raw value: ``value`` (None where missing), the ``kind`` of missing, the
    ``change`` that was made to read it, and ``problem`` with its ``expected``, ``hint`` and ``code``."""

    value: float | str | None = None
    kind: str = ""
    change: str = ""
    problem: str = ""
    expected: str = ""
    hint: str = ""
    code: str = ""


def plain(text: str) -> str:
    """Text with full-width forms as ASCII and white space at most one blank, none at the ends.

    >>> plain("　５ 分 ")
    '5 分'
    """
    return " ".join(text.translate(_WIDE).replace("\ufeff", "").replace("\u200b", "").split())


def fold(text: str) -> str:
    """Text for comparing names and labels: NFKC, no case, plain white space, no pictures, no closing mark.

    A blank beside a Han character says nothing: some set one between Chinese and figures, others do not.

    >>> fold("Very  Satisfied.") == fold("ｖery satisfied")
    True
    >>> fold("30 至 49 岁") == fold("30至49岁")
    True
    """
    folded = unicodedata.normalize("NFKC", plain(text)).casefold()
    if not folded.isascii():
        folded = " ".join(_PICTURES.sub(" ", folded).split()) or folded
        folded = _BESIDE_HAN.sub("", folded)
    return folded.replace("’", "'").rstrip(".。?？!！:： ")


def number_of(text: str, decimal: str = ".") -> float | None:
    """The number a cell holds, full-width digits included; None where it holds none.

    With ``decimal=","`` a comma between digits is read as the decimal sign.

    Neither ``1_0`` nor ``0x5``, ``inf``, ``²`` or a number with thousands separators is one.

    >>> number_of("４.０"), number_of("1_0"), number_of("1e400")
    (4.0, None, None)
    """
    ready = plain(text)
    if decimal == "," and _COMMA.match(ready):
        ready = ready.replace(",", ".")
    if not _NUMBER.match(ready):
        return None
    value = float(ready)
    return value if math.isfinite(value) else None


def percent_of(text: str) -> float | None:
    """The number before a percent sign; None where there is none. A comma is its decimal sign.

    >>> percent_of("80%"), percent_of("12,5 %"), percent_of("80")
    (80.0, 12.5, None)
    """
    found = _PERCENT.match(plain(text))
    return float(found[1].replace(",", ".")) if found else None


def yes_no(text: str) -> str:
    """``yes`` or ``no`` where a word is a spelling of it, as people and platforms write them; "" for any other.

    >>> yes_no("Y"), yes_no("Nein"), yes_no("maybe")
    ('yes', 'no', '')
    """
    return yes_no_in(fold(text))


def gender_of(text: str) -> str:
    """``female``, ``male`` or ``other`` where a word is a spelling of it; "" for any other.

    >>> gender_of("F"), gender_of("Männlich"), gender_of("Bremen")
    ('female', 'male', '')
    """
    return gender_in(fold(text))


@dataclass(frozen=True)
class Coder:
    """Reads the cells of one item.

    ``type`` is the item's; ``low`` and ``high`` bound its scale (None where there is none),
    ``integer`` says that only whole steps exist. ``labels`` maps folded words to codes, ``missing`` codes
    to kinds, ``value_labels`` codes of a typed file to words; ``declared`` are the missing codes of
    that file, single or as (low, high) pairs. ``home`` is the YAML key that a hint points to.
    """

    type: str
    low: float | None = None
    high: float | None = None
    integer: bool = False
    reverse: bool = False
    labels: Mapping[str, Any] = field(default_factory=dict)
    codes: Sequence[str] = ()
    missing: Mapping[str, str] = field(default_factory=dict)
    value_labels: Mapping[Any, str] = field(default_factory=dict)
    declared: Sequence[Any] = ()
    home: str = ""
    decimal: str = "."
    amounts: bool = False
    """Whether other cells of the column have a sign of currency, or separators that can only part thousands."""

    @classmethod
    def of(cls, item: Any, value_labels: Mapping[Any, str], declared: Sequence[Any]) -> Coder:
        """The coder of a questionnaire's item."""
        scale = item.scale
        missing = {str(k): v for k, v in item.missing.items()}
        shared: dict[str, Any] = {"missing": missing, "value_labels": value_labels, "declared": declared}
        if item.type == "single":
            options = {fold(t): str(c) for c, texts in item.options.items() for t in texts.values()}
            codes = [str(c) for c in item.options]
            return cls("single", labels=options, codes=codes, home=f"items: {item.id}", **shared)
        if scale is None or item.type not in {"scale", "number"}:
            return cls(item.type, home=f"items: {item.id}", **shared)
        return cls(
            item.type,
            low=float(scale.min),
            high=float(scale.max),
            integer=scale.kind == "ordinal",
            reverse=bool(item.reverse),
            labels={fold(t): float(c) for c, texts in scale.labels.items() for t in texts.values()},
            home=f"scales: {scale.id}",
            **shared,
        )

    @property
    def free(self) -> bool:
        """Whether any number is an answer and no word or code stands for something else."""
        bounded = self.low is not None or self.reverse
        return self.type == "number" and not (bounded or self.labels or self.missing or self.declared)

    @property
    def numeric(self) -> bool:
        """Whether values are numbers."""
        return self.type in {"scale", "number"}

    def read(self, raw: Any) -> Cell:
        """The meaning of one raw value, reverse-keyed where the item is."""
        cell = self._read(raw)
        if self.reverse and isinstance(cell.value, float) and self.low is not None and self.high is not None:
            return Cell(self.low + self.high - cell.value, cell.kind, cell.change)
        return cell

    def _read(self, raw: Any) -> Cell:
        if is_null(raw):
            return Cell(kind="skipped")
        if isinstance(raw, str):
            return self._text(raw)
        if isinstance(raw, bool):
            return self._number(float(raw), raw, "")
        if isinstance(raw, int | float | Decimal):
            return self._number(float(raw), raw, "")
        return self._text(str(raw))

    def _text(self, raw: str) -> Cell:
        ready = plain(raw)
        if not ready:
            return Cell(kind="skipped", change="blank cell emptied" if raw else "")
        trimmed = "" if ready == raw else "white space or full-width form folded"
        kind = self._missing_kind(ready) or self._declared_kind(number_of(ready), raw)
        if kind:
            return Cell(kind=kind)
        if self.numeric:
            return self._numeric_text(ready, trimmed)
        return self._option(ready, raw, trimmed) if self.type == "single" else Cell(raw.strip())

    def _numeric_text(self, ready: str, trimmed: str) -> Cell:
        label = self._label(ready)
        if label is not None:
            return Cell(label, change="label to value")
        if self.amounts and (value := self._amount(ready)) is not None:
            return self._number(value, ready, "" if ready.isdigit() else "amount to number")
        value = number_of(ready)
        if value is not None:
            written = f"{value:.0f}" if value.is_integer() else ready
            change = trimmed or ("" if written == ready else "number rewritten")
            return self._number(value, ready, change)
        if (value := number_of(ready, self.decimal)) is not None:
            return self._number(value, ready, "decimal comma")
        if (value := percent_of(ready)) is not None:
            return self._number(value, ready, "percent sign dropped")
        return self._token(ready) or Cell(
            problem="text where a number is needed",
            expected=self._range(),
            hint=self._hint_for_text(ready),
            code="VALUE_TEXT",
        )

    def _amount(self, ready: str) -> float | None:
        from surveykit.responses.amounts import amount_of

        return amount_of(ready, loose=True)

    def _option(self, ready: str, raw: str, trimmed: str) -> Cell:
        if not self.codes:
            return Cell(raw.strip(), change=trimmed)
        if ready in self.codes:
            return Cell(ready, change=trimmed)
        found = self.labels.get(fold(ready)) or {fold(c): c for c in self.codes}.get(fold(ready))
        if found is None and (value := number_of(ready)) is not None:
            found = next((c for c in self.codes if number_of(c) == value), None)
        if found is not None:
            return Cell(found, change="label to code")
        for spelled, what in ((yes_no, "yes or no"), (gender_of, "a gender")):
            side = spelled(ready)
            meant = {c for w, c in self.labels.items() if spelled(w) == side} if side else set()
            if len(meant) == 1:
                return Cell(meant.pop(), change=f"spelling of {what} to code")
        if "other" in self.codes and not self._token(ready):
            return Cell("other", change="text beside the options taken as other")
        return self._token(ready) or Cell(
            problem="a value that is no option of this item",
            expected=", ".join(quote(c) for c in self.codes[:12]),
            hint=f"add the option under {self.home}: options:, or mend the cell",
            code="VALUE_OPTION",
        )

    def _number(self, value: float, raw: Any, change: str) -> Cell:
        if math.isinf(value):
            return Cell(problem="an infinite value", expected="a finite number", code="VALUE_INFINITE")
        kind = self._missing_kind(f"{value:g}") or self._declared_kind(value, raw)
        if kind:
            return Cell(kind=kind)
        if self.type == "single":
            return self._typed_option(value, raw)
        if not self.numeric:
            return Cell(str(raw))
        if self.low is None or self.high is None:
            return Cell(value, change=change)
        if not self.low <= value <= self.high:
            return self._outside(value, raw)
        if self.integer and not value.is_integer():
            return Cell(
                problem="a fraction on a scale of whole steps",
                expected=self._range(),
                hint=f"if fractions are meant, set kind: numeric under {self.home}",
                code="VALUE_FRACTION",
            )
        return Cell(value, change=change)

    def _outside(self, value: float, raw: Any) -> Cell:
        words = self._words(value, raw)
        if words and (kind := _TOKENS.get(fold(words))):
            return Cell(kind=kind, change=f"labelled {quote(words)} in the file")
        sentinel = value in _SENTINELS
        yaml = (
            f'put under {self.home}:   missing: {{"{value:g}": dont_know}}   (or refused, skipped, not_shown)'
        )
        if not value.is_integer():
            hint = "mend the cell, or the scale in the questionnaire"
        elif sentinel:
            hint = f"if {value:g} means no answer, {yaml}"
        else:
            hint = f"mend the cell; only if {value:g} means no answer, {yaml}"
        return Cell(
            problem="a code outside the scale" if sentinel else "a value outside the scale",
            expected=self._range(),
            hint=hint,
            code="VALUE_SENTINEL" if sentinel else "VALUE_RANGE",
        )

    def _typed_option(self, value: float, raw: Any) -> Cell:
        code = f"{value:g}"
        words = self._words(value, raw)
        if words and fold(words) in self.labels:
            return Cell(self.labels[fold(words)], change="label to code")
        return self._option(words or code, words or code, "") if code not in self.codes else Cell(code)

    def _label(self, ready: str) -> float | None:
        known: float | None = self.labels.get(fold(ready))
        if known is None and (parts := _LABELLED.match(ready)):
            behind = self.labels.get(fold(parts.group(2)))
            known = behind if behind == float(parts.group(1)) else None
        return known

    def _missing_kind(self, ready: str) -> str:
        if ready in self.missing:
            return self.missing[ready]
        if not self.missing:
            return ""
        value, folded = number_of(ready), fold(ready)
        for code, kind in self.missing.items():
            if fold(code) == folded or (value is not None and number_of(code) == value):
                return kind
        return ""

    def _declared_kind(self, value: float | None, raw: Any) -> str:
        for code in self.declared:
            if isinstance(code, tuple):
                hit = value is not None and not isinstance(code[0], str) and code[0] <= value <= code[1]
            else:
                hit = code == raw or (value is not None and code == value)
            if hit:
                return _TOKENS.get(fold(self._words(value, raw)), "skipped")
        return ""

    def _words(self, value: float | None, raw: Any) -> str:
        """What a typed file calls a code."""
        return self.value_labels.get(raw) or self.value_labels.get(value) or ""

    def _token(self, ready: str) -> Cell | None:
        kind = _TOKENS.get(fold(ready)) or _TOKENS.get(ready.casefold())
        return Cell(kind=kind, change=f"taken as {kind.replace('_', ' ')}") if kind else None

    def _range(self) -> str:
        if self.low is None or self.high is None:
            return "a number" if self.numeric else ""
        step = "a whole number" if self.integer else "a number"
        return f"{step} from {self.low:g} to {self.high:g}"

    def _hint_for_text(self, ready: str) -> str:
        if _COMMA.match(ready):
            return "a decimal comma, or a separator of thousands: write the number with a point"
        if self.low is None:
            return f"mend the cell; a word that means no answer goes under {self.home}: missing:"
        return f"if it is a label of the scale, add it under {self.home}: labels:"


def is_null(raw: Any) -> bool:
    """Whether a value of any engine is a missing one: None, NaN, NaT, NA."""
    if raw is None:
        return True
    try:
        return bool(raw != raw)
    except TypeError:  # pandas' NA refuses to be a truth value
        return True
