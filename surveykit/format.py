"""The one rounding rule, and how numbers look in each language.

Results keep full precision. What a person sees passes through here and nowhere else: half rounds
away from zero on the shortest decimal that names the float, so that 0.285 shows as 0.29 in the
PDF, the workbook and the web page alike. What a program reads is ``published``: ten significant
digits.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from unicodedata import bidirectional

__all__ = [
    "LANGUAGES",
    "REPORT_LANGUAGES",
    "chinese",
    "count",
    "interval",
    "long_date",
    "number",
    "p_value",
    "percent",
    "pick",
    "printed_width",
    "published",
    "rounded",
    "settled",
    "unit_number",
    "zero_led",
]

LANGUAGES = ("en", "zh")  # those in which the house writes
HANT = "zh-Hant"
REPORT_LANGUAGES = (*LANGUAGES, HANT)  # those in which a report can be had
MINUS = "\N{MINUS SIGN}"
MISSING = "\N{EN DASH}"
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_LEFT_TO_RIGHT = "\N{LEFT-TO-RIGHT MARK}"


def rounded(value: float, digits: int) -> Decimal:
    """``value`` at ``digits`` decimals, half away from zero on its shortest decimal form.

    >>> rounded(2.675, 2), rounded(-0.5, 0)
    (Decimal('2.68'), Decimal('-1'))
    """
    exact = Decimal(repr(float(value)))
    result = exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    return abs(result) if result == 0 else result


def number(value: float | None, digits: int = 2, *, signed: bool = False) -> str:
    """A number for reading: fixed decimals, thousands apart, a true minus, – where there is none.

    >>> number(-1234.5, 1), number(0.285), number(None), number(3, 1, signed=True)
    ('−1,234.5', '0.29', '–', '+3.0')
    """
    if value is None or math.isnan(value):
        return MISSING
    if math.isinf(value):
        return MINUS + "∞" if value < 0 else "∞"
    text = f"{rounded(value, digits):,}"
    if text.startswith("-"):
        return MINUS + text[1:]
    return "+" + text if signed and rounded(value, digits) > 0 else text


def unit_number(value: float | None, digits: int = 2) -> str:
    """A number that cannot exceed 1 (r, alpha, p, a standardised path), without its leading zero.

    >>> unit_number(0.745), unit_number(-0.05), unit_number(1.0)
    ('.75', '−.05', '1.00')
    """
    text = number(value, digits)
    if text.startswith("0."):
        return text[1:]
    return MINUS + text[2:] if text.startswith(MINUS + "0.") else text


def percent(share: float | None, digits: int = 0) -> str:
    """A share (0–1) as a percentage.

    >>> percent(0.6665, 1)
    '66.7%'
    """
    if share is None or math.isnan(share):
        return MISSING
    return number(float(Decimal(repr(float(share))) * 100), digits) + "%"


def count(value: float) -> str:
    """A count, thousands apart; a weighted count is rounded to a whole number."""
    return number(value, 0)


def p_value(p: float | None) -> str:
    """``< .001``, ``= .034``: to stand after an italic p.

    >>> p_value(0.0341), p_value(1e-9)
    ('= .034', '< .001')
    """
    if p is None or math.isnan(p):
        return "= " + MISSING
    return "< .001" if p < 0.001 else "= " + unit_number(p, 3)


_BARE = re.compile(r"(?<![\w.\u2060])\.(?=\d)", re.ASCII)


def zero_led(text: str) -> str:
    """Words with the zero before each bare point: GB/T 15835 leaves none out, APA does.

    >>> zero_led("低于.70（p < .001）"), zero_led("tables.2.xlsx 1.5")
    ('低于0.70（p < 0.001）', 'tables.2.xlsx 1.5')
    """
    return _BARE.sub("0.", text)


def interval(low: float | None, high: float | None, digits: int = 2, *, unit: bool = False) -> str:
    """``[low, high]`` in the same digits as its estimate."""
    show = unit_number if unit else number
    return f"[{show(low, digits)}, {show(high, digits)}]"


def long_date(day: date, language: str) -> str:
    """``22 November 2026`` or ``2026年11月22日``, whatever the machine's locale.

    >>> long_date(date(2026, 11, 22), "zh"), long_date(date(2026, 11, 2), "en")
    ('2026年11月22日', '2 November 2026')
    """
    if chinese(language):
        return f"{day.year}年{day.month}月{day.day}日"
    months = (
        "January", "February", "March", "April", "May", "June", "July",
        "August", "September", "October", "November", "December",
    )  # fmt: skip
    return f"{day.day} {months[day.month - 1]} {day.year}"


def published(value: Any) -> Any:
    """A value for ``results.json``: floats at ten significant digits, NaN and ∞ as null."""
    if isinstance(value, bool) or value is None or isinstance(value, (int, str)):
        return value
    if isinstance(value, Mapping):
        return {str(k): published(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [published(v) for v in value]
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "tolist"):
        return published(value.tolist())
    number_ = float(value)
    if not math.isfinite(number_):
        return None
    return float(f"{number_:.10g}")


def chinese(language: str) -> bool:
    """Whether ``language`` is Chinese, in whichever characters."""
    return language == "zh" or language.startswith("zh-")


def settled(text: str) -> str:
    """Words that were given, such that what follows them is read in its own direction.

    Characters that turn all that comes after them are taken out: behind a label with one, 35 % stood as 53 %. Words that run
    from right to left end with a mark, without which the number behind them would stand before them.

    >>> settled("\\u202eexe"), settled("\\u0639") == "\\u0639\\u200e", settled("plain")
    ('exe', True, 'plain')
    """
    if text.isascii():
        return text
    text = _TURNING.sub("", text)
    leftward = any(bidirectional(c) in ("R", "AL") for c in text)
    return text + _LEFT_TO_RIGHT if leftward and not text.endswith(_LEFT_TO_RIGHT) else text


def pick(texts: Mapping[str, str] | str, language: str) -> str:
    """The words of ``texts`` in ``language``; English, then whatever there is, where it lacks them.

    Traditional characters (``zh-Hant``) are made from the Simplified ones where nobody wrote them.

    >>> pick({"en": "mean", "zh": "均值"}, "zh-Hant"), pick({"zh-Hant": "平均"}, "zh-Hant"), pick({"en": "mean"}, "zh")
    ('平均數', '平均', 'mean')
    """
    if isinstance(texts, str):
        return texts
    if language == HANT and not texts.get(HANT) and texts.get("zh"):
        from surveykit.hant import traditional

        return traditional(texts["zh"])
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")


def printed_width(text: str) -> int:
    """Characters as they are printed: a Chinese one is as wide as two.

    >>> printed_width("NPS 净推荐值")
    12
    """
    return sum(2 if c > "\u2e7f" else 1 for c in text)
