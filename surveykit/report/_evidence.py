"""What Word files and slides say of the evidence behind a sentence: its brackets, and that it is never broken in two."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from surveykit.report._office import lines_of

__all__ = ["apart", "bracketed"]

_SLACK, _BETWEEN = 2.0, 0.25
"""Ems by which a text may be longer than it was reckoned: for each of its lines, and between Han and Latin characters, where
some programs leave room."""
_SHORTER = 1.07
"""And by how much shorter."""
_CHANGE = re.compile(r"(?<=[\u2e80-\uffef])(?=[!-~])|(?<=[!-~])(?=[\u2e80-\uffef])")


def bracketed(tag: str, language: str) -> str:
    """The words behind a sentence.

    >>> bracketed("strong evidence", "en"), bracketed("证据充分", "zh")
    (' [strong evidence]', '［证据充分］')
    """
    return f" [{tag}]" if language == "en" else f"［{tag}］"


def apart(parts: Sequence[Mapping[str, Any]], width: float, size: float) -> bool:
    """Whether Chinese words in brackets at the end might be broken between two characters, and so need a line of their own.

    ``width`` in inches, ``size`` of the type in points. No program keeps Han characters together by itself.

    >>> said = {"kind": "text", "text": "没有差异。"}
    >>> [apart((said, {"kind": "tag", "text": "［没有证据］"}), w, 18.0) for w in (1.5, 9.0)]
    [True, False]
    """
    if len(parts) < 2 or parts[-1]["kind"] != "tag" or not parts[-1]["text"].startswith("［"):
        return False
    said = "".join(p["text"] for p in parts[:-1])
    lines = lines_of(said, width, size)
    slack = math.ceil(_SLACK * lines + _BETWEEN * len(_CHANGE.findall(said)))
    shorter = lines_of(said, width * _SHORTER, size)  # the last line may stand on the one before, at its end
    return shorter < lines or lines_of(said + parts[-1]["text"] + "口" * slack, width, size) > lines
