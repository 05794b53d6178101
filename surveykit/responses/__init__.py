"""Answers: readers, binding to a questionnaire, and the two ways from rows to moments.

``read`` turns a file or a frame into :class:`Responses`; every format is one file in ``readers``, an
entry of the registry :data:`surveykit.responses.raw.readers`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from surveykit.responses.core import Design, Responses
from surveykit.responses.raw import Limits, ReaderOptions, read_raw
from surveykit.responses.replicates import bootstrap_moments
from surveykit.responses.report import ImportReport

if TYPE_CHECKING:
    from pathlib import Path

    from surveykit.questionnaire import Questionnaire

__all__ = ["Design", "ImportReport", "Limits", "Responses", "bootstrap_moments", "read"]


def read(
    source: Any,
    questionnaire: Questionnaire | str | Path | None = None,
    *,
    weight: str | None = None,
    sheet: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    engine: str | None = None,
    platform: str | None = None,
    limits: Limits | None = None,
) -> Responses:
    """Answers from a file or a data frame, bound to a questionnaire.

    ``source`` is a path (CSV, TSV, XLSX, Parquet, SPSS, Stata) or a frame of pandas, polars, pyarrow
    or DuckDB. ``questionnaire`` is a :class:`~surveykit.questionnaire.Questionnaire`, a library id or
    a path; without one, columns of numbers become items and all others can serve as groups.
    ``engine`` is where the rows shall live (``pandas``, ``polars``, ``duckdb``): frames stay where they
    are, files go to pandas unless told. ``platform`` names the survey platform of an export, which is
    found by evidence otherwise (``none``: a plain table). Raises one :class:`~surveykit.errors.SurveykitError` that holds
    every finding.

    >>> import pandas as pd
    >>> data = read(pd.DataFrame({"sat": [7, 9, None, 10], "city": ["A", "B", "B", None]}))
    >>> data.n_rows, data.groups("city"), data.moments(["sat"]).n
    (4, ('A', 'B'), 3)
    """
    from surveykit.responses.binding import bind
    from surveykit.responses.frames import on_engine

    definition: Any = questionnaire
    if questionnaire is not None and not hasattr(questionnaire, "items"):
        from surveykit.questionnaire import Questionnaire as Definition

        definition = Definition.load(questionnaire)
    options = ReaderOptions(sheet, encoding, delimiter, engine, platform, limits or Limits())
    raw, frame = read_raw(source, options)
    bound = bind(raw, frame, definition, weight)
    rows = on_engine(bound.frame, engine)
    return Responses(rows, bound.report, bound.columns, bound.numeric, definition, Design(bound.weight))
