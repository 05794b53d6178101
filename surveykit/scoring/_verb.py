"""The verb ``score``: which metrics are meant, their options, and one result of them all."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from surveykit.bases import MIN_BASE, few_check, set_aside_check, suppressed, suppressed_check
from surveykit.errors import Problems, SurveykitError, Where, did_you_mean, quote
from surveykit.options import validated
from surveykit.registry import Entry, Registry
from surveykit.responses.domains import design_choice
from surveykit.responses.facts import demand_groups, missing_by_kind
from surveykit.results import Table
from surveykit.scoring._answers import LINEAR
from surveykit.scoring._differences import differences
from surveykit.scoring._result import COLUMNS, Scored, Scores

if TYPE_CHECKING:
    from surveykit.questionnaire import MetricSpec, Questionnaire
    from surveykit.responses import Responses

__all__ = ["Metric", "check_metrics", "metrics", "score"]

Metric = Callable[..., Scored]
metrics: Registry[Metric] = Registry("metric")
PAIRS = (
    "Groups are compared in pairs (table 'differences'): shares by z-test, net scores by the adjusted Wald "
    "test, means by Welch's t-test; p-values adjusted by Holm within each score."
)
DESIGN_PAIRS = (
    "Differences between groups: t-tests by the survey design, covariance of the groups included; p-values "
    "adjusted by Holm within each score."
)
_SUBJECT = frozenset({"item", "items", "construct", "constructs", "dimensions"})
"""Options that say what is scored: with one of them a kind of metric stands on its own."""


@dataclass(frozen=True, slots=True)
class _Task:
    """One metric to compute: the term it is called by, its entry, its options, its title where it has one."""

    term: str
    entry: Entry[Metric]
    options: Any
    title: Mapping[str, str] | None


@cache
def _catalogue() -> Registry[Metric]:
    """The registry with every metric of this package and of other distributions in it."""
    metrics.discover("surveykit.scoring")
    return metrics


def score(
    data: Responses,
    names: str | Sequence[str] | None = None,
    by: str | None = None,
    *,
    min_base: int = MIN_BASE,
    hide: Collection[str] = (),
    **options: Any,
) -> Scores:
    """Compute the metrics of the questionnaire, or named ones.

    ``names`` is an id under the questionnaire's ``metrics``, or the kind of metric (``nps``) where
    the questionnaire defines exactly one of that kind, or none and ``options`` say what is needed.
    Left out, every metric of the questionnaire is computed. ``by`` gives one row per group instead
    of one for everybody; groups of fewer than ``min_base`` people (at least 5) are not shown, nor a
    group whose numbers would give such a one away, nor those that ``hide`` names. Weights of ``data`` are
    used, with Kish's effective n. ``options`` go to the one metric that is named.

    Raises :class:`SurveykitError` for an unknown metric, option, item or group, and for answers that
    are not on the scale which the metric demands.

    >>> import pandas as pd
    >>> from surveykit.responses import read
    >>> data = read(pd.DataFrame({"recommend": [10] * 120 + [8] * 50 + [3] * 30}))
    >>> score(data, "nps", item="recommend").tidy()[["n", "estimate", "se"]].round(3).values.tolist()
    [[200.0, 45.0, 5.232]]
    """
    tasks = _tasks(data.questionnaire, names, options)
    if by is not None:
        demand_groups(data, by)
    if min_base < MIN_BASE:
        raise SurveykitError(
            "min_base is too small", expected=f"{MIN_BASE} or more", got=str(min_base), code="MIN_BASE"
        )
    data.prepare(_subjects(tasks, data), by)
    return _gathered(
        data, by, (min_base, frozenset(hide)), [(t, t.entry.function(data, t.options, by)) for t in tasks]
    )


def _subjects(tasks: Sequence[_Task], data: Responses) -> list[str]:
    """The columns that the metrics count: items, constructs, and all constructs where none is named."""
    named: list[str] = []
    for options in (task.options for task in tasks):
        given = [
            getattr(options, "item", None),
            *getattr(options, "items", ()),
            *getattr(options, "constructs", ()),
        ]
        named += [name for name in given if name]
        if not any(given) and data.questionnaire is not None and hasattr(options, "constructs"):
            named += data.questionnaire.constructs
        if data.questionnaire is not None and hasattr(options, "weights"):
            # an index is no plain mean: what is counted for it are its items, one by one
            whole = [data.questionnaire.constructs.get(name) for name in getattr(options, "constructs", ())]
            named += [item for construct in whole if construct is not None for item in construct.items]
    return named


def check_metrics(questionnaire: Questionnaire) -> list[SurveykitError]:
    """What is wrong with the metrics that a questionnaire defines: kinds and options, each at its line."""
    found = Problems()
    for spec in questionnaire.metrics.values():
        try:
            _defined(spec, {}, questionnaire)
        except SurveykitError as error:
            found.add(error)
    return list(found)


def _tasks(
    questionnaire: Questionnaire | None, names: str | Sequence[str] | None, options: Mapping[str, Any]
) -> list[_Task]:
    defined = {} if questionnaire is None else dict(questionnaire.metrics)
    if names is None:
        if not defined:
            raise SurveykitError(
                "no metric to compute",
                expected="a questionnaire that defines metrics, or the name of one",
                hint=f"possible: {', '.join(repr(e.id) for e in _catalogue())}",
                code="NO_METRIC",
            )
        names = tuple(defined)
        faults = Problems()
        for fault in check_metrics(questionnaire) if questionnaire is not None else ():
            faults.add(fault)
        faults.raise_if_any()
    wanted = (names,) if isinstance(names, str) else tuple(names)
    if options and len(wanted) != 1:
        raise SurveykitError(
            "options need exactly one metric",
            got=f"{len(wanted)} metrics",
            hint="name the metric that the options are for",
            code="OPTIONS_AMBIGUOUS",
        )
    return [_task(name, questionnaire, options) for name in dict.fromkeys(wanted)]


def _task(name: str, questionnaire: Questionnaire | None, options: Mapping[str, Any]) -> _Task:
    defined = {} if questionnaire is None else questionnaire.metrics
    spec = defined.get(name)
    named = _SUBJECT & set(options)
    if spec is not None and named and spec.metric == name:
        spec = None
    elif spec is None and name in _catalogue():
        spec = None if named else _only_one_of_kind(name, defined)
    elif spec is None:
        raise SurveykitError(
            f"unknown metric {quote(name)}",
            hint=did_you_mean(name, [*defined, *(e.id for e in _catalogue())]),
            code="UNKNOWN_METRIC",
        )
    if spec is None or questionnaire is None:
        entry = _catalogue().get(name)
        return _Task(name, entry, validated(entry, options, "metric"), None)
    return _defined(spec, options, questionnaire)


def _defined(spec: MetricSpec, options: Mapping[str, Any], questionnaire: Questionnaire) -> _Task:
    """A metric of the questionnaire; what is wrong with it is said with its line."""
    try:
        entry = _catalogue().get(spec.metric)
        given = {**dict(spec.options), **options}
        return _Task(spec.id, entry, validated(entry, given, "metric"), spec.title or None)
    except SurveykitError as error:
        faults = Problems()
        where = questionnaire.where("metrics", spec.id)
        for fault in error.errors:
            faults.add(fault.what, where, fault.expected, fault.got, fault.hint, code=fault.code)
        faults.raise_if_any()
        raise


def _only_one_of_kind(name: str, defined: Mapping[str, Any]) -> Any:
    """The questionnaire's one metric of that kind, None where it has none."""
    same = [spec for spec in defined.values() if spec.metric == name]
    if not same:
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


def _gathered(
    data: Responses, by: str | None, closing: tuple[int, frozenset[str]], done: Sequence[tuple[_Task, Scored]]
) -> Scores:
    k, hide = closing
    records: list[dict[str, Any]] = []
    titles: dict[str, Mapping[str, str]] = {}
    tables: dict[str, Table] = {}
    for task, scored in done:
        titles.setdefault(task.term, task.title or _title(data, task, [t for t, _ in done]))
        titles.update({_under(task.term, term): words for term, words in scored.titles.items()})
        for row in scored.rows:
            term = _under(task.term, str(row.get("term", "")))
            level = getattr(task.options, "confidence", 0.95)
            facts = {"term": term, "metric": task.entry.id, "confidence": level, "remark": _remark(row)}
            records.append({**row, **facts})
        tables.update({_under(task.term, name): table for name, table in scored.tables.items()})
    own = dict.fromkeys(key for record in records for key in record if key not in {*COLUMNS, LINEAR})
    notes = [note for _, scored in done for note in scored.choices]
    if data.design.is_complex:
        notes.insert(0, design_choice(data))
    records, hidden = _without_small(records, k, hide) if by is not None else (records, ())
    if by is not None:
        levels = {r["term"]: r["confidence"] for r in records}
        tables["differences"] = differences(records, levels)
        notes.append(DESIGN_PAIRS if data.design.is_complex else PAIRS)
    used = dict.fromkeys(c for _, scored in done for c in scored.columns)
    tables["missing"] = _missing(data, by, used, hidden)
    aside = 0 if by is None else int(data.set_aside(by))
    judged = [
        *(c for _, scored in done for c in scored.checks),
        suppressed_check(hidden, k),
        few_check(_bases(records)),
        set_aside_check(aside, by) if by is not None else None,
    ]
    checks = {(c.code, c.about, c.message): c for c in judged if c is not None}
    return Scores(
        estimates=Table.of(records, (*COLUMNS, *own)),
        titles=titles,
        facts={
            "n": data.n_rows,
            "metrics": len(done),
            "by": by or "",
            "weight": data.weight or "",
            **(data.design.words(data.sampling()) if data.design.is_complex else {}),
            "source": data.import_report.sha256,
            "questionnaire": "" if data.questionnaire is None else data.questionnaire.id,
        },
        by=by,
        choices=tuple(dict.fromkeys(notes)),
        judged=tuple(checks.values()),
        further=tables,
        options={task.term: task.options.model_dump(mode="json") for task, _ in done},
        weight_rule=lambda: data.frame(list(data.columns)[:1], weights=True)[["_weight"]],
        row_rules=tuple(_named(task.term, s) for task, s in done if s.row_rule is not None),
    )


def _title(data: Responses, task: _Task, tasks: Sequence[_Task]) -> Mapping[str, str]:
    """The words of the kind of metric; what it is about as well where the kind alone would not tell."""
    about = [getattr(task.options, "item", None), *getattr(task.options, "constructs", ())]
    names = [name for name in about if name]
    alone = sum(t.entry.id == task.entry.id for t in tasks) == 1
    if len(names) != 1 or (alone and "item" in type(task.options).model_fields):
        return task.entry.title
    words = task.entry.title
    kind = words["en"] if words["en"].isupper() else words["en"][0].lower() + words["en"][1:]
    if "constructs" in type(task.options).model_fields:
        bare = {
            "en": kind.replace("(", "").replace(")", ""),
            "zh": words["zh"].replace("（", "").replace("）", ""),
        }
        return {
            k: f"{data.label(names[0], k)}{o}{bare[k]}{c}"
            for k, o, c in (("en", " (", ")"), ("zh", "（", "）"))
        }
    return {
        "en": f"{words['en']}: {data.label(names[0], 'en')}",
        "zh": f"{words['zh']}：{data.label(names[0], 'zh')}",
    }


def _missing(data: Responses, by: str | None, columns: Iterable[str], hidden: Collection[str]) -> Table:
    """How many answers are missing behind the scores, by column, shown group and kind of missing."""
    records = [
        {"column": column, "group": group, "kind": kind, "n": n}
        for column in columns
        for group, kinds in missing_by_kind(data, column, by).items()
        if group not in hidden
        for kind, n in kinds.items()
    ]
    return Table.of(records, ("column", "group", "kind", "n"))


_SHOWN = {
    "term",
    "group",
    "n",
    "metric",
    "method",
    "unit",
    "confidence",
    "scale_min",
    "scale_max",
    "top_from",
    "version",
}


def _remark(row: Mapping[str, Any]) -> str:
    """Why the row has no number, or no interval."""
    if row["n"] == 0:
        return "no_answers"
    if row["n"] == 1:
        return "one_answer"
    return "one_cluster" if row.get("df", 1) < 1 else ""


def _without_small(
    records: list[dict[str, Any]], k: int, hide: frozenset[str]
) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """The rows with the numbers of groups too small to be shown taken out, and the names of these groups."""
    bases: dict[str, dict[str, int]] = {}
    for r in records:
        bases.setdefault(r["term"], {})[r["group"]] = r["n"]
    hidden = {term: suppressed(groups, k, hide) for term, groups in bases.items()}
    shown = [_blank(r) if r["group"] in hidden[r["term"]] else r for r in records]
    return shown, tuple(dict.fromkeys(r["group"] for r in records if r["group"] in hidden[r["term"]]))


def _blank(record: Mapping[str, Any]) -> dict[str, Any]:
    kept = {
        key: value if key in _SHOWN or isinstance(value, str) else math.nan for key, value in record.items()
    }
    return {**kept, "remark": "suppressed"}


def _bases(records: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """The effective n of every shown row, named by its group, else by its term; the smallest of each."""
    bases: dict[str, float] = {}
    for r in records:
        if r["remark"] != "suppressed":
            name = str(r["group"] or r["term"])
            bases[name] = min(bases.get(name, math.inf), float(r["n_eff"]))
    return bases


def _named(term: str, scored: Scored) -> Callable[[], Any]:
    """The row rule of one metric with its columns named by the terms of the result."""
    rule = scored.row_rule

    def rows() -> Any:
        frame = rule() if rule is not None else None
        return None if frame is None else frame.rename(columns=lambda name: _under(term, str(name)))

    return rows


def _under(term: str, part: str) -> str:
    return f"{term}.{part}" if part else term
