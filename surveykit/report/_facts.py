"""What a report says about the answers themselves: rows, gaps, distributions, words for names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from surveykit.format import LANGUAGES, pick
from surveykit.responses.quality import GRADES
from surveykit.responses.quality import REASONS as DOUBTS

if TYPE_CHECKING:
    from surveykit.responses import Responses
    from surveykit.results import Result

__all__ = ["labels_of", "rows_of", "sample_of"]

COLON = {"en": ": ", "zh": "："}
MODEL = {"en": "structural model", "zh": "结构模型"}
REASONS = {
    "row without any answer cell": {"en": "row without any answer", "zh": "整行没有任何回答"},
    "preview": {"en": "preview", "zh": "预览答卷"},
    "test answer made by Qualtrics": {
        "en": "test answer made by Qualtrics",
        "zh": "Qualtrics自动生成的测试答卷",
    },
    "not finished": {"en": "not finished", "zh": "未完成"},
    "not submitted": {"en": "not submitted", "zh": "未提交"},
    "no answer to any question": {"en": "no answer to any question", "zh": "所有题目均未作答"},
    "weight is zero": {"en": "weight is zero", "zh": "权重为零"},
    **{words["en"]: dict(words) for words in (*(r.texts for r in DOUBTS.values()), GRADES["poor"])},
}


def rows_of(data: Responses) -> dict[str, Any]:
    """The flow of rows: read = used + set aside, by reason."""
    report = data.import_report
    aside = [
        {"reason": dict(REASONS.get(reason, dict.fromkeys(LANGUAGES, reason))), "rows": n}
        for reason, n in report.set_aside
    ]
    return {
        "read": report.rows_read,
        "used": report.rows_used,
        "aside": report.rows_read - report.rows_used,
        "set_aside": aside,
    }


def sample_of(data: Responses, min_cell: int) -> dict[str, Any]:
    """The answers in brief: source (its name, never its folder), weights, and each item's answers."""
    report = data.import_report
    asked = _asked(data)
    items = [_item(data, column, min_cell, asked.get(column.item)) for column in report.columns]
    kinds: dict[str, int] = {}
    for entry in items:
        for kind, n in entry["kinds"].items():
            kinds[kind] = kinds.get(kind, 0) + n
    return {
        "source": PurePath(report.source).name,
        "sha256": report.sha256,
        "platform": report.platform,
        "weight": data.weight or "",
        "n_eff": _n_eff(data),
        "margin": _margin(data),
        "items": items,
        "kinds": kinds,
        "places": _places(data, items),
    }


def _asked(data: Responses) -> dict[str, dict[str, str]]:
    """The wording of every question that has a shorter name."""
    q = data.questionnaire
    called = {} if q is None else q.called
    texts = (
        {name: {k: v for k, v in q.items[name].text.items() if v} for name in called} if q is not None else {}
    )
    return {name: texts[name] for name, words in called.items() if words != texts[name]}


def _places(data: Responses, items: list[dict[str, Any]]) -> dict[str, float]:
    """Where the mean answer lies between the lowest (0) and the highest point (1), for items and for constructs of them."""
    places: dict[str, float] = {}
    for entry in items:
        answers = entry["answers"]
        if len(answers) > 1:
            low, high = answers[0]["value"], answers[-1]["value"]
            mean = sum(a["value"] * a["share"] for a in answers)
            places[entry["item"]] = (mean - low) / (high - low)
    q = data.questionnaire
    for name, construct in (q.constructs if q is not None else {}).items():
        own = [places[i] for i in construct.items if i in places]
        if own and len(own) == len(construct.items):
            places[name] = sum(own) / len(own)
    return places


def _item(data: Responses, column: Any, min_cell: int, asked: Mapping[str, str] | None) -> dict[str, Any]:
    missing = {k: int(v) for k, v in column.missing.items() if v}
    entry: dict[str, Any] = {
        "item": column.item,
        "valid": column.valid,
        "missing": int(sum(missing.values())),
        "kinds": missing,
        "answers": [],
    }
    if asked:
        entry["asked"] = asked
    scale = _scale(data, column.item)
    if scale is None or column.valid < min_cell:
        return entry
    counts = data.counts(column.item)
    shares: dict[Any, float] = dict(zip(counts.levels[0], counts.w / counts.sumw, strict=True))
    points = range(int(scale.min), int(scale.max) + 1)
    entry["answers"] = [
        {"value": p, "share": float(shares.get(p, shares.get(float(p), 0.0)))} for p in points
    ]
    # values of a reverse-keyed item are turned round; its words stay with what people ticked
    low, high = (
        (int(scale.max), int(scale.min)) if _turned(data, column.item) else (int(scale.min), int(scale.max))
    )
    ends = {"low": scale.labels.get(low), "high": scale.labels.get(high)}
    entry["ends"] = {end: dict(words) for end, words in ends.items() if words}
    return entry


def _turned(data: Responses, item: str) -> bool:
    q = data.questionnaire
    return q is not None and item in q.items and bool(q.items[item].reverse)


def _scale(data: Responses, item: str) -> Any:
    q = data.questionnaire
    found = None if q is None or item not in q.items else q.items[item].scale
    return found if found is not None and found.points <= 11 else None


def _n_eff(data: Responses) -> float | None:
    if data.weight is None:
        return None
    import numpy as np

    name = next((c for c in data.columns if c in data.numeric), None)
    if name is None:
        return None
    weights = data.frame([name], weights=True)["_weight"].to_numpy(dtype=float)
    return float(np.sum(weights) ** 2 / np.sum(weights**2))


def _margin(data: Responses) -> dict[str, float] | None:
    """Half the width of the 95 % interval of a share of one half, for everybody: z √(0.25 / n_eff)."""
    from surveykit.intervals import z_value

    n = data.import_report.rows_used
    if n < 2:
        return None
    n_eff = _n_eff(data) or float(n)
    return {
        "n": n,
        "n_eff": n_eff,
        "deff": n / n_eff,
        "level": 0.95,
        "half": z_value(0.95) * (0.25 / n_eff) ** 0.5,
    }


def _counted(results: Mapping[str, Result]) -> list[str]:
    """The questions whose options are counted one by one."""
    tables = [result.tidy() for result in results.values() if result.id == "frequencies"]
    return list(dict.fromkeys(str(item) for table in tables for item in table["item"]))


def labels_of(
    data: Responses, results: Mapping[str, Result], titles: Mapping[str, Any]
) -> dict[str, dict[str, str]]:
    """Words for items, constructs, metrics, groups and results, in each language that has them."""
    labels: dict[str, dict[str, str]] = {}
    q = data.questionnaire
    if q is not None:
        labels |= {name: dict(words) for name, words in q.called.items()}
        for name, construct in q.constructs.items():
            titled = {k: v for k, v in construct.title.items() if v}
            labels[name] = titled or dict.fromkeys(LANGUAGES, name)
        for name in _counted(results):
            for code, words in q.items[name].options.items():
                labels[f"{name}={code}"] = {k: v for k, v in words.items() if v}
    fits = [id_ for id_, result in results.items() if result.kind == "fit"]
    for id_ in fits:
        labels[id_] = {lang: words + (f" {id_}" if len(fits) > 1 else "") for lang, words in MODEL.items()}
    for result in results.values():
        names = result.tables().get("names")
        for row in names.records() if names is not None else ():
            labels.setdefault(str(row["name"]), {k: row[k] for k in LANGUAGES if row[k]})
    for result in results.values():
        labels |= _levels(data, result, labels)
    for id_, title in titles.items():
        labels[id_] = dict(title)
    for result in results.values():
        options = getattr(result, "options", None)
        by = getattr(result, "by", None) or (
            options.get("by") if isinstance(options, Mapping) else getattr(options, "group", None)
        )
        if isinstance(by, str) and by:
            for group in data.groups(by):
                labels[f"{by}={group}"] = {lang: data.group_label(by, group, lang) for lang in LANGUAGES}
    return labels


def _levels(
    data: Responses, result: Result, labels: Mapping[str, Mapping[str, str]]
) -> dict[str, dict[str, str]]:
    """Words for the terms of a regression that stand for one answer of a question, such as ``sex[2]``."""
    table = result.tidy()
    found = {}
    for term in dict.fromkeys(table["term"]) if "term" in table and result.kind != "fit" else ():
        name, _, level = str(term).removesuffix("]").partition("[")
        if level and name in labels:
            found[str(term)] = {
                k: f"{pick(labels[name], k)}{COLON[k]}{data.group_label(name, level, k)}" for k in LANGUAGES
            }
    return found
