"""The comparison of two waves: items with each other, then what is built on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from surveykit.questionnaire.changes.items import item_changes
from surveykit.questionnaire.changes.likeness import bare
from surveykit.questionnaire.changes.records import Change, Differences, Trend, Verdict, worst_trend
from surveykit.questionnaire.definitions import Construct, MetricSpec, Questionnaire

__all__ = ["diff"]

NOTHING = "nothing"
_HALF = 0.5


def diff(before: Questionnaire | str | Path, after: Questionnaire | str | Path) -> Differences:
    """What changed between two waves, and for each item, construct and metric whether a trend may be drawn.

    ``before`` and ``after`` are questionnaires, ids of shipped ones or files. Items are matched by id; one
    that vanished is taken for a new one with the same wording, or with its name among the aliases. ``yes``: nothing that
    bears on the answers changed. ``caution``: they compare under the condition that is named. ``no``: they do not.

    >>> diff("nps", "nps").trend
    'yes'
    """
    first, second = _loaded(before), _loaded(after)
    pairs = _pairs(first, second)
    moved = _moved(first, second, pairs)
    items: dict[str, Verdict] = {}
    for old, new in pairs.items():
        changes = item_changes(first, second, old, new)
        if new in moved:
            changes.append(Change("moved", "caution"))
        items[new] = _verdict("item", new, changes)
    for name in second.items:
        items.setdefault(name, _verdict("item", name, [Change("added", "no")]))
    removed = [_verdict("item", name, [Change("removed", "no")]) for name in first.items if name not in pairs]
    # a removed item may bear the name of one that another became
    known = {**{v.name: v for v in removed}, **items}
    constructs = {
        name: _construct(first.constructs.get(name), second.constructs.get(name), name, pairs, items)
        for name in dict.fromkeys([*second.constructs, *first.constructs])
    }
    metrics = [
        _metric(first.metrics.get(name), second.metrics.get(name), name, pairs, {**known, **constructs})
        for name in dict.fromkeys([*second.metrics, *first.metrics])
    ]
    listed = [items[name] for name in second.items]
    model = _model(first, second)
    return Differences(
        _name(first), _name(second), (*listed, *removed, *constructs.values(), *metrics, *model)
    )


def _loaded(given: Questionnaire | str | Path) -> Questionnaire:
    return given if isinstance(given, Questionnaire) else Questionnaire.load(given)


def _name(q: Questionnaire) -> str:
    return f"{q.id} {q.version}"


def _verdict(kind: Any, name: str, changes: Iterable[Change]) -> Verdict:
    listed = tuple(changes)
    return Verdict(kind, name, worst_trend(c.trend for c in listed), listed)


def _pairs(first: Questionnaire, second: Questionnaire) -> dict[str, str]:
    """The item of the second wave that each item of the first became."""
    pairs = {name: name for name in first.items if name in second.items}
    free = [name for name in second.items if name not in first.items]
    for name, item in first.items.items():
        if name in pairs:
            continue
        texts = {bare(t) for t in item.text.values()} - {""}
        for other in free:
            twin = second.items[other]
            same = any(bare(t) in texts for t in twin.text.values())
            if name in twin.aliases or other in item.aliases or (same and twin.type == item.type):
                pairs[name] = other
                free.remove(other)
                break
    return {name: pairs[name] for name in first.items if name in pairs}


def _moved(first: Questionnaire, second: Questionnaire, pairs: Mapping[str, str]) -> set[str]:
    """Items out of order among those that both waves ask: outside the longest run that kept its order."""
    place = {name: i for i, name in enumerate(second.items)}
    order = [place[pairs[name]] for name in first.items if name in pairs]
    best: list[list[int]] = []
    for value in order:  # the longest increasing run that ends in each place
        shorter = sorted((run for run in best if run[-1] < value), key=len)
        best.append([*(shorter[-1] if shorter else []), value])
    kept = set(sorted(best, key=len)[-1] if best else [])
    names = list(second.items)
    return {names[i] for i in order if i not in kept}


def _construct(
    old: Construct | None,
    new: Construct | None,
    name: str,
    pairs: Mapping[str, str],
    items: Mapping[str, Verdict],
) -> Verdict:
    if old is None or new is None:
        return _verdict("construct", name, [Change("added" if old is None else "removed", "no")])
    changes = []
    was = {pairs.get(i, i): i for i in old.items}
    shared = [i for i in new.items if i in was]
    usable = [i for i in shared if items[i].trend != "no"]
    everything = len(dict.fromkeys([*was, *new.items]))
    if len(usable) < _HALF * everything:
        values = (("shared", str(len(usable))), ("n", str(everything)))
        changes.append(Change("items_few", "no", ", ".join(old.items), ", ".join(new.items), values))
    elif len(shared) < everything:
        common = (("items", ", ".join(usable)),)
        changes.append(Change("items_gone", "caution", ", ".join(old.items), ", ".join(new.items), common))
    broken = [i for i in shared if i not in usable]
    if broken and len(usable) >= _HALF * everything:
        changes.append(Change("items_broken", "caution", values=(("items", ", ".join(broken)),)))
    keyed = [i for i in usable if any(c.what == "reverse" for c in items[i].changes)]
    if keyed:
        changes.append(Change("items_reversed", "caution", values=(("items", ", ".join(keyed)),)))
    weak = [i for i in usable if items[i].trend == "caution" and i not in keyed]
    if weak:
        changes.append(Change("items_weak", "caution", values=(("items", ", ".join(weak)),)))
    if old.measurement != new.measurement:
        changes.append(Change("measurement", "caution", old.measurement, new.measurement))
    if old.min_valid != new.min_valid:
        changes.append(Change("min_valid", "caution", f"{old.min_valid:g}", f"{new.min_valid:g}"))
    return _verdict("construct", name, changes)


def _metric(
    old: MetricSpec | None,
    new: MetricSpec | None,
    name: str,
    pairs: Mapping[str, str],
    verdicts: Mapping[str, Verdict],
) -> Verdict:
    if old is None or new is None:
        return _verdict("metric", name, [Change("added" if old is None else "removed", "no")])
    if old.metric != new.metric:
        return _verdict("metric", name, [Change("metric", "no", old.metric, new.metric)])
    changes = []
    was, now = _renamed(dict(old.options), pairs), dict(new.options)
    different = [k for k in dict.fromkeys([*was, *now]) if was.get(k) != now.get(k)]
    if different:
        before, after = _options(was, different), _options(now, different)
        # another item or construct is another metric; another way to compute it can be mended
        rests = {"item", "items", "construct", "constructs", "dimensions"} & set(different)
        changes.append(Change("metric_options", "no" if rests else "caution", before, after))
    used = [n for n in _names(now) if n in verdicts and verdicts[n].trend != "yes"]
    if used:
        trend: Trend = worst_trend(verdicts[n].trend for n in used)
        changes.append(Change("rests_on", trend, values=(("names", ", ".join(used)),)))
    return _verdict("metric", name, changes)


def _renamed(value: Any, pairs: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {pairs.get(k, k): _renamed(v, pairs) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_renamed(v, pairs) for v in value]
    return pairs.get(value, value) if isinstance(value, str) else value


def _options(options: Mapping[str, Any], keys: Iterable[str]) -> str:
    return ", ".join(f"{k}: {options[k]}" for k in keys if k in options) or NOTHING


def _names(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [n for k, v in value.items() for n in (*_names(v), *([k] if isinstance(k, str) else []))]
    if isinstance(value, (list, tuple)):
        return [n for v in value for n in _names(v)]
    return [value] if isinstance(value, str) else []


def _model(first: Questionnaire, second: Questionnaire) -> list[Verdict]:
    changes = []
    if first.paths != second.paths and set(first.paths) != set(second.paths):
        before = [f"{a} → {b}" for a, b in first.paths if (a, b) not in second.paths]
        after = [f"{a} → {b}" for a, b in second.paths if (a, b) not in first.paths]
        changes.append(Change("paths", "caution", ", ".join(before) or NOTHING, ", ".join(after) or NOTHING))
    if " ".join(first.model_text.split()) != " ".join(second.model_text.split()):
        changes.append(Change("model", "caution"))
    if set(first.languages) != set(second.languages):
        shared = set(first.languages) & set(second.languages)
        both = ", ".join(first.languages), ", ".join(second.languages)
        changes.append(Change("languages", "caution" if shared else "no", *both))
    if first.weight != second.weight:
        changes.append(Change("weight", "caution", first.weight or NOTHING, second.weight or NOTHING))
    return [_verdict("model", "model", changes)] if changes else []
