"""How long an interview took, as platforms and spreadsheets write it."""

from __future__ import annotations

import re

__all__ = ["seconds_of"]

_UNITS = {"h": 3600, "时": 3600, "m": 60, "分": 60, "s": 1, "秒": 1, "d": 86400, "天": 86400, "日": 86400}
_PART = re.compile(
    r"(\d+(?:[.,]\d+)?)\s*(days?|d|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s|天|日|小时|时|分钟|分|秒钟|秒)\.?(?![a-z])",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"(?:(?:(\d+) days?,? )?(\d+):)?(\d{1,2}):(\d{1,2}(?:[.,]\d+)?)")


def seconds_of(text: str) -> float | None:
    """Seconds of ``1:02:03``, ``05:12`` (minutes and seconds), ``5 min 12 s``, ``5分12秒`` or ``312``; None for anything else.

    >>> [seconds_of(t) for t in ("1:02:03", "05:12", "5分12秒", "1 h 5 min", "312,5", "soon")]
    [3723.0, 312.0, 312.0, 3900.0, 312.5, None]
    """
    plain = text.strip()
    if re.fullmatch(r"\d+(?:[.,]\d+)?", plain):
        return _number(plain)
    clock = _CLOCK.fullmatch(plain)
    if clock:
        days, hours, minutes, seconds = clock.groups()
        return 86400.0 * int(days or 0) + 3600.0 * int(hours or 0) + 60.0 * int(minutes) + _number(seconds)
    parts = _PART.findall(plain)
    if not parts or _PART.sub("", plain).strip(" ,，、and"):
        return None
    return float(sum(_number(n) * _UNITS[("h" if unit[0] == "小" else unit[0]).lower()] for n, unit in parts))


def _number(text: str) -> float:
    return float(text.replace(",", "."))
