"""``methods.R`` and ``methods.py``: every structural model of a study, fitted again, and compared with the report.

Models whose moments suffice stand in the scripts with n, covariances and means. The others (full information, robust
errors, weights, ordered items) need the answers: the scripts read them from the file that is their argument, do to
them what the study did, and stop where they are not the answers of the report. No answer stands in a script.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from surveykit.format import pick
from surveykit.questionnaire import data_dir
from surveykit.report._scripts_analyses import parts_of_analysis
from surveykit.report._scripts_answers import Answers, answers_of
from surveykit.report._scripts_models import Part, parts_of
from surveykit.report._scripts_python import python_lines
from surveykit.report._scripts_rows import reading_block
from surveykit.sem.lavaan import r_text

if TYPE_CHECKING:
    from surveykit.responses import Responses
    from surveykit.results import Result

__all__ = ["Scripts", "scripts_of"]

Titles = Mapping[str, Mapping[str, str]]
Recipe = Mapping[str, Any]


class Scripts(NamedTuple):
    """The texts of ``methods.R`` and ``methods.py``."""

    r: str
    py: str


def scripts_of(
    results: Mapping[str, Result],
    titles: Titles,
    data: Responses | None = None,
    recipe: Recipe | None = None,
) -> Scripts:
    """Both scripts with every structural model of the study: R has lavaan, and PLS in base R.

    ``data`` are the answers (how to read them is written down, not they themselves), ``recipe`` what the study did
    (:mod:`surveykit.study.recipe`).

    >>> [script.splitlines()[0] for script in scripts_of({}, {})]  # doctest: +NORMALIZE_WHITESPACE
    ['# The structural models of this study, fitted again with lavaan and base R.',
     '# The models of this study, fitted again with surveykit.']
    """
    parts = list(_parts(results, titles, data, recipe))
    columns = list(dict.fromkeys(c for part in parts for c in part.columns))
    weighting = (recipe or {}).get("weighting")
    answers = answers_of(data, columns, weighting) if columns and data is not None else None
    coded = [c.name for c in answers.columns] if answers is not None and answers.coded else []
    named = {id_: _title(id_, titles) for id_ in results}
    python = python_lines(results, named, data, recipe, coded)
    return Scripts(_in_r(parts, columns, answers), "\n".join(python) + "\n")


def _in_r(parts: Sequence[Part], columns: Sequence[str], answers: Answers | None) -> str:
    lines = ["# The structural models of this study, fitted again with lavaan and base R.", *_usage(answers)]
    lines += [
        "",
        *_carried("locale"),
        "options(width = 120, digits = 7)",
        "suppressPackageStartupMessages(library(lavaan))",
    ]
    lines += ["", *_carried("against")]
    if any(p.pls for p in parts):
        lines += ["", *_carried("pls")]
    if answers is not None:
        lines += ["", *_carried("answers"), "", *reading_block(answers)]
    elif columns:
        lines += [
            "",
            "# The answers are not known to this script: a data frame `data` with these columns is needed:",
        ]
        lines += [f"#   {' '.join(c.split())}" for c in columns]
    for part in parts:
        lines += ["", f"# {' '.join(part.title.split())}", f"model_of({r_text(part.title)}, function() {{"]
        lines += [*part.lines, "})"]
    lines += [
        "",
        'if (length(failed)) stop("not fitted again: ", paste(failed, collapse = "; "), call. = FALSE)',
    ]
    return "\n".join(lines) + "\n"


def _carried(name: str) -> list[str]:
    """Functions that the script carries with it: base R only, so that a reviewer installs lavaan and nothing else."""
    return (data_dir("reports") / "scripts" / f"{name}.R").read_text(encoding="utf-8").splitlines()


def _parts(
    results: Mapping[str, Result], titles: Titles, data: Responses | None, recipe: Recipe | None
) -> Iterator[Part]:
    tasks = {task["id"]: task for task in (recipe or {}).get("models", ())}
    analyses = {task["id"]: task["analysis"] for task in (recipe or {}).get("analyses", ())}
    models = {id_: result for id_, result in results.items() if id_ in tasks or result.kind == "fit"}
    for id_, result in models.items():
        yield from parts_of(_title(id_, titles), result, data, tasks.get(id_))
    for id_, result in results.items():
        if data is not None and id_ not in models:
            yield from parts_of_analysis(_title(id_, titles), result, data, analyses.get(id_, result.id))


def _usage(answers: Answers | None) -> list[str]:
    if answers is None:
        return ["#   Rscript methods.R", "# Their moments stand here; the answers themselves are not needed."]
    return [
        f"#   Rscript methods.R {' '.join(answers.file.split())}",
        "# The argument is the file of answers, which is no part of the report: they are personal data.",
        "arguments <- commandArgs(trailingOnly = TRUE)",
        f"answers <- if (length(arguments)) arguments[[1]] else {r_text(answers.file)}",
    ]


def _title(id_: str, titles: Titles) -> str:
    """The model's name on one line, without marks that turn the order of writing: it cannot end the comment it stands in."""
    name = pick(titles[id_], "en") if id_ in titles else id_
    shown = "".join(c if c.isprintable() else " " for c in name)
    return " ".join(shown.split()) + ("" if name == id_ else f" ({id_})")
