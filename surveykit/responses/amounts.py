"""Amounts as people write them: a sign of currency, separators of thousands; and where it is not clear what a separator is.

``1,200`` may be a thousand two hundred or one and a fifth. It is clear beside a currency (which has no three decimals), in
``1,200,000`` and in ``1.200,50``, and then for the other cells of its column too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from surveykit.errors import Problems, Where, quote
from surveykit.responses.cells import Coder, number_of, plain

__all__ = ["EXACT", "amount_of", "are_amounts", "currencies_of", "unclear_thousands", "with_amounts"]

EXACT = 2.0**53
"""Whole numbers above are no longer told apart."""

_SIGN = (
    r"(?:(?:US|HK|NT|C|A|S|R|NZ|MX)\$|[$€£¥￥₹₽₩₺฿₫₪₴₦₱]|元|円|圆|kr\.?|Kč|zł|Ft|lei|Fr\.|Rs\.?|Rp\.?"
    r"|(?:EUR|USD|GBP|JPY|CNY|RMB|CHF|SEK|NOK|DKK|PLN|CZK|HUF|RON|INR|IDR|AUD|CAD|NZD|BRL|MXN|TRY|KRW|RUB|THB|VND|HKD|TWD|SGD))"
)
_DIGITS = (
    r"(?P<whole>\d{1,3}(?:(?P<group>[.,'’ ])\d{3})(?:(?P=group)\d{3})*|\d+)"
    r"(?:(?P<point>[.,])(?P<part>\d{1,2}|-{1,2}))?"
)
_AMOUNT = re.compile(
    rf"(?P<minus>[-–−]?) ?(?P<before>{_SIGN})? ?(?P<inner>-?) ?{_DIGITS} ?(?P<after>{_SIGN})?\Z",
    re.IGNORECASE,
)
_UNCLEAR = re.compile(r"[+-]?\d{1,3}([.,])\d{3}\Z")
_SAME = {"￥": "¥", "元": "¥", "圆": "¥", "円": "¥", "rmb": "¥", "cny": "¥", "jpy": "¥", "eur": "€", "usd": "$", "us$": "$",
         "gbp": "£", "krw": "₩", "inr": "₹", "rs": "₹", "czk": "kč", "pln": "zł", "rub": "₽", "try": "₺"}  # fmt: skip
_FEW = 3


def amount_of(text: str, loose: bool = False) -> float | None:
    """The number of an amount; None where there is none, or where it is unclear what a separator means.

    ``loose`` says that other cells of the column have made that clear.

    >>> [amount_of(t) for t in ("€ 1.200,50", "¥1,200", "$12.50", "1 200 Kč", "1,200", "1,200,000", "12 months")]
    [1200.5, 1200.0, 12.5, 1200.0, None, 1200000.0, None]
    >>> amount_of("1,200", loose=True)
    1200.0
    """
    found = _AMOUNT.match(plain(text))
    if found is None or (found["before"] and found["after"]):
        return None
    if found["group"] and found["group"] == found["point"]:
        return None
    if not loose and not _is_clear(found):
        return None
    part = found["part"] if found["part"] and found["part"].isdigit() else "0"
    value = float(re.sub(r"\D", "", found["whole"]) + "." + part)
    return -value if found["minus"] or found["inner"] else value


def _is_clear(found: re.Match[str]) -> bool:
    groups = re.findall(r"\D", found["whole"])
    if found["before"] or found["after"]:
        return True
    # 12.345.678 and 600 123 456 are identity cards and telephones too
    return bool(groups) and bool(
        found["point"] or groups[0] in "'’" or (len(groups) > 1 and groups[0] == ",")
    )


def are_amounts(cells: Iterable[str]) -> bool:
    """Whether some of the cells are clearly amounts, so that all of a column are read as such.

    >>> are_amounts(["€5", "1.200"]), are_amounts(["5", "1.200"])
    (True, False)
    """
    return any(amount_of(c) is not None and number_of(c) is None for c in cells)


def currencies_of(cells: Iterable[str]) -> set[str]:
    """The signs of currency in cells that are amounts.

    >>> sorted(currencies_of(["€5", "EUR 6", "7 $"]))
    ['$', '€']
    """
    signs = set()
    for cell in cells:
        found = _AMOUNT.match(plain(cell))
        sign = (found["before"] or found["after"]) if found else None
        if sign:
            folded = sign.casefold().rstrip(".")
            signs.add(_SAME.get(folded, folded))
    return signs


def unclear_thousands(cells: Iterable[str]) -> str:
    """The separator before three digits in every cell of a column with separators, "" where there is none or it is clear.

    A program writes fractions without zeros at their end, and some of them begin with 0.

    >>> unclear_thousands(["1.200", "2.350", "17.000"]), unclear_thousands(["1.205", "0.350", "3.100"])
    ('.', '')
    """
    listed = [plain(c) for c in cells]
    found = [m[1] for c in listed if (m := _UNCLEAR.match(c))]
    whole = [c for c in listed if c.isdigit() and len(c) <= _FEW]
    if len(found) < _FEW or len(set(found)) > 1 or len(found) + len(whole) < len(listed):
        return ""
    parted = [c for c in listed if _UNCLEAR.match(c)]
    fractions = any(re.match(r"[+-]?0[.,]", c) for c in parted) or not any(c.endswith("0") for c in parted)
    return "" if fractions else found[0]


def with_amounts(
    coder: Coder, counts: Iterable[Any], where: Where, name: str, notes: list[str], problems: Problems
) -> Coder:
    """The coder for a column of amounts; several currencies are a finding, what its separators leave open is a note."""
    texts = [v for v in counts if isinstance(v, str)]
    if not texts or coder.labels:
        return coder
    if (sign := unclear_thousands(texts)) == ".":
        notes.append(
            f"{quote(name)}: three digits behind each point ({quote(texts[0])}) are read as fractions; if they are thousands, "
            "write the cells without points"
        )
    long = next((t for t in texts if (v := number_of(t)) is not None and abs(v) >= EXACT), "")
    if long:
        notes.append(
            f"{quote(name)}: numbers of so many digits lose the last of them; an id is `type: id` or text"
        )
    if sign or not are_amounts(texts):
        return coder
    several = sorted(currencies_of(texts))
    if len(several) > 1:
        problems.add(
            f"{len(several)} currencies in one column",
            where,
            expected="one currency, or one column for each",
            got=", ".join(map(quote, several)),
            hint="convert them first: amounts of different currencies have no mean",
            code="CURRENCIES",
        )
    return replace(coder, amounts=True)
