"""The verb ``score``: which metrics are meant, their options, and one result of them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from surveykit.errors import SurveykitError, Where, did_you_mean, quote
from surveykit.options import validated
from surveykit.registry import Entry, Registry
from surveykit.results import Table
from surveykit.scoring._result import COLUMNS, Scored, Scores

if TYPE_CHECKING:
    from surveykit.responses import Responses

__all__ = ["Metric", "metrics", "score"]

Metric = Callable[..., Scored]
metrics: Registry[Metric] = Registry("metric")


@dataclass(frozen=True, slots=True)
class _Task:
    """One metric to compute: the term it is called by, its entry, its validated options, its title."""

    term: str
    entry: Entry[Metric]
    options: Any
    title: Mapping[str, str]


@cache
def _catalogue() -> Registry[Metric]:
    """The registry with every metric of this package and of other distributions in it."""
    metrics.discover("surveykit.scoring")
    return metrics


def score(
    data: Responses, names: str | Sequence[str] | None = None, by: str | None = None, **options: Any
) -> Scores:
    """Compute the metrics of the questionnaire, or named ones.

    ``names`` is an id under the questionnaire's ``metrics``, or the kind of metric (``nps``) where
    the questionnaire defines exactly one of that kind, or none and ``options`` say what is needed.
    Left out, every metric of the questionnaire is computed. ``by`` gives one row per group instead
    of one for everybody. Weights of ``data`` are used, with Kish's effective n. ``options`` go to
    the one metric that is named.

    Raises :class:`SurveykitError` for an unknown metric, option, item or group, and for answers that
    are not on the scale which the metric demands.

    >>> import pandas as pd
    >>> from surveykit.responses import read
    >>> data = read(pd.DataFrame({"recommend": [10] * 120 + [8] * 50 + [3] * 30}))
    >>> score(data, "nps", item="recommend").tidy()[["n", "estimate", "se"]].round(3).values.tolist()
    [[200.0, 45.0, 5.232]]
    """
    tasks = _tasks(data, names, options)
    if by is not None and not data.has(by):
        raise SurveykitError(
            f"unknown group column {quote(by)}", hint=did_you_mean(by, data.columns), code="UNKNOWN_GROUP"
        )
    return _gathered(data, by, [(task, task.entry.function(data, task.options, by)) for task in tasks])


def _tasks(data: Responses, names: str | Sequence[str] | None, options: Mapping[str, Any]) -> list[_Task]:
    defined = {} if data.questionnaire is None else dict(data.questionnaire.metrics)
    if names is None:
        if not defined:
            raise SurveykitError(
                "no metric to compute",
                expected="a questionnaire that defines metrics, or the name of one",
                hint=f"possible: {', '.join(repr(e.id) for e in _catalogue())}",
                code="NO_METRIC",
            )
        names = tuple(defined)
    wanted = (names,) if isinstance(names, str) else tuple(names)
    if options and len(wanted) != 1:
        raise SurveykitError(
            "options need exactly one metric",
            got=f"{len(wanted)} metrics",
            hint="name the metric that the options are for",
            code="OPTIONS_AMBIGUOUS",
        )
    return [_task(name, defined, options) for name in dict.fromkeys(wanted)]


def _task(name: str, defined: Mapping[str, Any], options: Mapping[str, Any]) -> _Task:
    spec = defined.get(name)
    if spec is None and name in _catalogue():
        spec = _only_one_of_kind(name, defined, options)
    elif spec is None:
        raise SurveykitError(
            f"unknown metric {quote(name)}",
            hint=did_you_mean(name, [*defined, *(e.id for e in _catalogue())]),
            code="UNKNOWN_METRIC",
        )
    if spec is None:
        entry = _catalogue().get(name)
        return _Task(name, entry, validated(entry, options, "metric"), entry.title)
    entry = _catalogue().get(spec.metric)
    given = {**dict(spec.options), **options}
    return _Task(spec.id, entry, validated(entry, given, "metric"), spec.title or entry.title)


def _only_one_of_kind(name: str, defined: Mapping[str, Any], options: Mapping[str, Any]) -> Any:
    """The questionnaire's one metric of that kind; None where the options say all by themselves."""
    subject = {"item", "items", "construct", "constructs", "dimensions"}
    same = [spec for spec in defined.values() if spec.metric == name]
    if not same or subject & set(options):
        return None
    if len(same) > 1:
        raise SurveykitError(
            f"the questionnaire has {len(same)} metrics of the kind {quote(name)}",
            Where(key="metrics"),
            expected="the id of one of them",
            hint=f"possible: {', '.join(repr(spec.id) for spec in same)}",
            code="METRIC_AMBIGUOUS",
        )
    return same[0]


def _gathered(data: Responses, by: str | None, done: Sequence[tuple[_Task, Scored]]) -> Scores:
    records: list[dict[str, Any]] = []
    titles: dict[str, Mapping[str, str]] = {}
    tables: dict[str, Table] = {}
    for task, scored in done:
        titles.setdefault(task.term, task.title)
        titles.update({_under(task.term, term): words for term, words in scored.titles.items()})
        for row in scored.rows:
            term = _under(task.term, str(row.get("term", "")))
            records.append({**row, "term": term, "metric": task.entry.id})
        tables.update({_under(task.term, name): table for name, table in scored.tables.items()})
    own = dict.fromkeys(key for record in records for key in record if key not in COLUMNS)
    checks = {(c.code, c.about, c.message): c for _, scored in done for c in scored.checks}
    return Scores(
        estimates=Table.of(records, (*COLUMNS, *own)),
        titles=titles,
        facts={"n": data.n_rows, "metrics": len(done), "by": by or "", "weight": data.weight or ""},
        by=by,
        choices=tuple(dict.fromkeys(note for _, scored in done for note in scored.choices)),
        judged=tuple(checks.values()),
        further=tables,
        options={task.term: task.options.model_dump(mode="json") for task, _ in done},
        row_rules=tuple(_named(task.term, s) for task, s in done if s.row_rule is not None),
    )


def _named(term: str, scored: Scored) -> Callable[[], Any]:
    """The row rule of one metric with its columns named by the terms of the result."""
    rule = scored.row_rule

    def rows() -> Any:
        frame = rule() if rule is not None else None
        return None if frame is None else frame.rename(columns=lambda name: _under(term, str(name)))

    return rows


def _under(term: str, part: str) -> str:
    return f"{term}.{part}" if part else term
