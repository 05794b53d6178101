"""Answers: readers, binding to a questionnaire, and the two ways from rows to moments.

``read`` turns a file or a frame into :class:`Responses`; every format is one file in ``readers``, an
entry of the registry :data:`surveykit.responses.raw.readers`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from surveykit.responses.core import Responses
from surveykit.responses.design import Design, design_of, with_own_weight
from surveykit.responses.raw import Limits, ReaderOptions, read_raw
from surveykit.responses.replicates import bootstrap_moments
from surveykit.responses.report import ImportReport
from surveykit.responses.weighting import weigh

if TYPE_CHECKING:
    from pathlib import Path

    from surveykit.questionnaire import Questionnaire
    from surveykit.sampling import Lonely

__all__ = ["Design", "ImportReport", "Limits", "Responses", "bootstrap_moments", "read", "weigh"]


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
    keep_unfinished: bool = False,
    limits: Limits | None = None,
    strata: str | None = None,
    clusters: str | Sequence[str] = (),
    fpc: str | Sequence[str] = (),
    lonely: Lonely = "fail",
    nest: bool = False,
    replicates: Sequence[str] = (),
    replicate_kind: str = "brr",
    keep: Sequence[str] = (),
    key: str | Path | None = None,
) -> Responses:
    """Answers from a file or a data frame, bound to a questionnaire.

    ``source`` is a path (CSV, TSV, XLSX, Parquet, SPSS, Stata) or a frame of pandas, polars, pyarrow,
    DuckDB or Spark. ``questionnaire`` is a :class:`~surveykit.questionnaire.Questionnaire`, a library id or
    a path; without one, columns of numbers become items and all others can serve as groups.
    ``engine`` is where the rows shall live (``pandas``, ``polars``, ``duckdb``, ``spark``): frames stay where they
    are, files go to pandas unless told. With ``spark`` the source may also be a folder of Parquet, a URI or
    ``table:name``. ``platform`` names the survey platform of an export, which is found by evidence otherwise
    (``none``: a plain table); ``keep_unfinished`` keeps the rows that it marks as not finished. Raises one
    :class:`~surveykit.errors.SurveykitError` that holds every finding.

    A survey design makes standard errors those of the design: ``strata``, ``clusters`` (one column per
    stage), ``fpc`` (units in the population per stage, or the fraction drawn; weights follow from it where there
    are none) or ``replicates`` (columns of replicate weights of the kind ``jk1``, ``jk2``, ``brr`` or
    ``bootstrap``). A stratum with one cluster is an error unless ``lonely`` is ``certainty``, ``adjust`` or
    ``average``; ``nest`` says that each stratum numbers its clusters anew. ``keep`` names further columns that are no
    items of the questionnaire (a duration, a margin to weight to).

    Names, e-mails, telephones, IP addresses, coordinates, identity cards and accounts are left out where no questionnaire
    asks for them, ids become pseudonyms and identifiers in free text become tokens (:mod:`surveykit.privacy`), except in
    columns that ``keep`` names. ``key`` is a file with the key of the pseudonyms (else the one that the environment
    variable ``SURVEYKIT_KEY`` names, else a new one in every run).

    >>> import pandas as pd
    >>> data = read(pd.DataFrame({"sat": [7, 9, None, 10], "city": ["A", "B", "B", None]}))
    >>> data.n_rows, data.groups("city"), data.moments(["sat"]).n
    (4, ('A', 'B'), 3)
    """
    from surveykit.responses.binding import bind
    from surveykit.responses.frames import on_engine
    from surveykit.responses.privacy import protected

    definition: Any = questionnaire
    if questionnaire is not None and not hasattr(questionnaire, "items"):
        from surveykit.questionnaire import Questionnaire as Definition

        definition = Definition.load(questionnaire)
    options = ReaderOptions(sheet, encoding, delimiter, engine, platform, limits or Limits(), keep_unfinished)
    raw, frame = read_raw(source, options)
    design = design_of(weight, strata, clusters, fpc, lonely, nest, replicates, replicate_kind)
    bound = bind(raw, frame, definition, weight, (*design.columns, *keep))
    drawn, design = with_own_weight(bound.frame, replace(design, weight=bound.weight))
    columns, numeric = bound.columns, bound.numeric
    if design.weight is not None and design.weight not in columns:
        columns, numeric = (*columns, design.weight), numeric | {design.weight}
    rows = on_engine(drawn, engine)
    data = Responses(rows, bound.report, columns, numeric, definition, design)
    if data.lazy and bound.coded is not None:
        data = replace(data, streamed=(data.native, bound.coded))
    data = protected(data, keep, key)
    if design.is_complex:
        data.sampling()  # a design that cannot be is said where the answers are read
    return data
