"""A hint where items of few categories are taken as continuous.

With four categories or fewer, maximum likelihood understates loadings and errors (Rhemtulla, Brosseau-Liard & Savalei
2012); five do little harm.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from surveykit.results import Check

__all__ = ["few_categories"]

FEW = 4
_FIRST = 64


def few_categories(sample: Any, names: Sequence[str]) -> tuple[Check, ...]:
    """A note for the explained variables among ``names`` that have two to four answers; nothing where only moments are at hand.

    The questionnaire's scale says it, else the values of a data frame; most items are settled by their first rows.
    """
    questionnaire = getattr(sample, "questionnaire", None)
    if questionnaire is not None:
        scales = {n: getattr(questionnaire.items.get(n), "scale", None) for n in names}
        few = [n for n, s in scales.items() if s is not None and s.max - s.min < FEW]
    elif hasattr(sample, "columns") and hasattr(sample, "__getitem__"):
        few = [n for n in names if _is_few(sample[n])]
    else:
        few = []
    if not few:
        return ()
    listed = ", ".join(few)
    return (
        Check(
            "FEW_CATEGORIES",
            "note",
            {
                "en": f"Items with {FEW} categories or fewer were taken as continuous ({listed}), which understates "
                "loadings: ordered=True takes them as ordered.",
                "zh": f"以下题目的选项不超过{FEW}个，却按连续变量处理（{listed}），载荷会被低估："
                "使用ordered=True可按有序变量处理。",
            },
            tuple(few),
        ),
    )


def _is_few(column: Any) -> bool:
    """Whether a column holds whole numbers of two to four kinds."""
    values = np.asarray(column)
    if values.ndim != 1 or values.dtype.kind not in "iuf" or len(set(values[:_FIRST].tolist())) > 2 * FEW:
        return False
    found = np.unique(values)
    found = found[~np.isnan(found)] if found.dtype.kind == "f" else found
    return 1 < len(found) <= FEW and bool((found == np.round(found)).all())
