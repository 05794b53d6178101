"""The verbs: one call each, from a file, a data frame or what another verb gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surveykit.errors import SurveykitError, quote

if TYPE_CHECKING:
    from surveykit.model import Model
    from surveykit.questionnaire import Questionnaire
    from surveykit.report import Report
    from surveykit.responses import Responses
    from surveykit.results import Estimates, Result
    from surveykit.scoring import Scores
    from surveykit.sem import Fit
    from surveykit.sem.pls import PlsFit
    from surveykit.summaries import Summary

__all__ = ["analyse", "fit", "read", "report", "score", "summarise"]


def read(source: Any, questionnaire: Questionnaire | str | Path | None = None, **options: Any) -> Responses:
    """Answers bound to a questionnaire.

    ``source`` is a path (CSV, XLSX, Parquet, SPSS, Stata) or a pandas or polars data frame.
    ``questionnaire`` is a :class:`~surveykit.questionnaire.Questionnaire`, the id of a shipped one or a
    path; left out, numeric columns become items and there are no metrics. ``options`` are ``weight``,
    ``sheet``, ``encoding``, ``delimiter``, ``engine``, those of a survey design (``strata``, ``clusters``, ``fpc``, …) and
    others of :func:`surveykit.responses.read`.

    Raises :class:`~surveykit.errors.SurveykitError` with every finding of the file, each with its place.

    >>> import pandas as pd
    >>> read(pd.DataFrame({"sat": [4, 5, 3], "loy": [5, 5, 2]})).n_rows
    3
    """
    from surveykit import responses

    stored = _summary(source)
    if stored is not None:
        given = sorted(name for name, value in options.items() if value not in (None, (), False))
        if given:
            raise SurveykitError(
                "a file of moments was weighted and drawn where the answers are",
                str(source),
                got=", ".join(given),
                hint="leave the option out",
                code="OPTION",
            )
        return stored.responses(questionnaire)
    return responses.read(source, questionnaire, **options)


def score(
    data: Any, names: str | Sequence[str] | None = None, by: str | None = None, **options: Any
) -> Scores:
    """Every metric that the questionnaire of ``data`` defines, or those named, by group on request.

    >>> import pandas as pd
    >>> answers = pd.DataFrame({"recommend": [10] * 120 + [8] * 50 + [3] * 30})
    >>> round(float(score(answers, "nps", item="recommend").tidy()["estimate"][0]), 6)
    45.0
    """
    from surveykit import scoring

    return scoring.score(_responses(data), names, by, **options)


def analyse(data: Any, name: str, **options: Any) -> Estimates:
    """The analysis ``name`` on the answers; ``surveykit list analyses`` says what there is.

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"sat": [1, 2, 3, 4, 6], "loy": [2, 1, 4, 3, 5]})
    >>> round(float(analyse(frame, "correlation", items=["sat", "loy"]).tidy()["estimate"][0]), 3)
    0.822
    """
    from surveykit import analyses

    return analyses.analyse(_responses(data), name, **options)


def fit(
    model: Model | str, sample: Any, *, method: str | None = None, engine: str | None = None, **options: Any
) -> Fit | PlsFit | Estimates:
    """Fit a structural model (a :class:`~surveykit.model.Model` or lavaan text).

    ``sample`` is a data frame, a path, :class:`~surveykit.responses.Responses`,
    :class:`~surveykit.moments.Moments` (a printed covariance table) or ``{group: Moments}``; a path that ends in
    ``.json`` holds moments as :func:`summarise` writes them.
    ``method`` is the estimator: ``ml`` (the default) and its robust kin with options under lavaan's names,
    ``wlsmv`` for ordered items (the default with ``ordered=True`` or names of items), ``pls`` and ``plsc``
    (:func:`surveykit.sem.pls.fit_pls`), or ``compare``: sum scores, PLS, PLSc and ML side by side.

    >>> import surveykit as sk
    >>> frame = sk.simulate(sk.Model.parse("sat =~ 0.8*s1 + 0.7*s2 + 0.6*s3"), n=300, seed=1)
    >>> int(fit("sat =~ s1 + s2 + s3", frame).glance()["df"][0])
    0
    """
    from surveykit import sem

    if isinstance(sample, str | Path) and Path(sample).suffix == ".json":
        from surveykit.summaries import Summary

        sample = Summary.load(sample).sample
    if hasattr(sample, "stored"):  # a file of moments that was read in the place of answers
        sample = sample.sample
    chosen = {} if method is None else {"method": method}
    return sem.fit(model, sample, engine=engine, **chosen, **options)


def summarise(
    data: Any, columns: Sequence[str] | None = None, by: str | None = None, *, min_base: int | None = None
) -> Summary:
    """Means, covariances and counts that may leave the room where the answers are; ``.save("moments.json")``.

    ``columns`` are items and constructs (all of them), ``by`` a column of groups, ``min_base`` the fewest people that
    are shown (5). See :func:`surveykit.summaries.summarise`.

    >>> import pandas as pd
    >>> summarise(pd.DataFrame({"a": [1, 2, 3, 4, 5, 5], "b": [2, 1, 4, 3, 5, 4]})).sample.names
    ('a', 'b')
    """
    from surveykit.summaries import summarise as summary_of

    base = {} if min_base is None else {"min_base": min_base}
    return summary_of(_responses(data), columns, by, **base)


def report(
    data: Any,
    results: Result | Sequence[Result] | Mapping[str, Result],
    *,
    language: str = "en",
    **options: Any,
) -> Report:
    """A report on ``data`` and what was computed from it; ``.save("findings.pdf")`` writes it.

    ``options`` are ``title``, ``theme``, ``client``, ``author``, ``date``, ``simulated``.
    """
    from surveykit.study import report_of

    return report_of(_responses(data), results, language=language, **options)


def _summary(source: Any) -> Summary | None:
    """The moments in a file of :func:`summarise`; None for any other source."""
    if not isinstance(source, str | Path) or Path(source).suffix != ".json":
        return None
    from surveykit.summaries import Summary, is_summary

    return Summary.load(source) if is_summary(source) else None


def _responses(data: Any) -> Responses:
    from surveykit.responses import Responses

    if isinstance(data, Responses):
        return data
    if hasattr(data, "moments") and hasattr(data, "responses"):  # a summary, with or without its file
        return data.responses()  # type: ignore[no-any-return]
    if data is None:
        raise SurveykitError("no answers", expected="a data frame, a path or Responses", got=quote(data))
    return read(data)
