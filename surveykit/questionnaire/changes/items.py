"""What changed in one item: wording, kind, scale, options, missing codes, key."""

from __future__ import annotations

from collections.abc import Mapping

from surveykit.questionnaire.changes.likeness import bare, compare_words
from surveykit.questionnaire.changes.records import Change, Trend
from surveykit.questionnaire.definitions import Frozen, Item, Questionnaire, Scale, Texts

__all__ = ["item_changes"]

_NOTHING = "nothing"
_KEYED, _ASKED = "reverse-keyed", "keyed as asked"


def item_changes(first: Questionnaire, second: Questionnaire, before: str, after: str) -> list[Change]:
    """The changes of an item that both waves ask, each with what it means for a trend."""
    old, new = first.items[before], second.items[after]
    changes: list[Change] = []
    if before != after:
        changes.append(Change("renamed", "yes", before, after))
    changes += _wording(old, new, first.languages[0])
    changes += _exchanged(first, new, changes, before)
    if old.type != new.type:
        changes.append(Change("type", "no", old.type, new.type))
        return changes
    if old.scale is not None and new.scale is not None:
        changes += _scale(old.scale, new.scale)
    changes += _options(old, new)
    changes += _missing(old, new)
    if old.reverse != new.reverse and not any(c.what.startswith("negated") for c in changes):
        keys = (_KEYED if old.reverse else _ASKED, _KEYED if new.reverse else _ASKED)
        changes.append(Change("reverse", "caution", *keys))
    was, now = first.construct_of(before), second.construct_of(after)
    if was != now:
        # what the item says is the same; the verdict on the construct says the rest
        changes.append(Change("construct", "yes", was or "no construct", now or "no construct"))
    return changes


def _wording(old: Item, new: Item, own: str) -> list[Change]:
    """What changed in the words of each language; ``own`` is the questionnaire's first."""
    shared = [language for language in old.text if language in new.text]
    like = {language: compare_words(old.text[language], new.text[language]) for language in shared}
    kept = like.get(own) in {"same", "signs"}
    found = []
    for language in shared:
        before, after = old.text[language], new.text[language]
        values = (("language", language),)
        if like[language] == "signs":
            found.append(Change("signs", "yes", before, after, values))
        elif like[language] == "negated":
            turned = old.reverse != new.reverse
            what, trend = ("negated_keyed", "caution") if turned else ("negated", "no")
            found.append(Change(what, _trend(trend), before, after, values))
        elif like[language] != "same" and kept and language != own:
            # the question is the same in the language it was written in: another translation of it
            found.append(Change("translation", "caution", before, after, (*values, ("own", own))))
        elif like[language] == "edited":
            found.append(Change("wording", "caution", before, after, values))
        elif like[language] == "another":
            found.append(Change("another", "no", before, after, values))
    if set(old.text) != set(new.text):
        trend = "caution" if shared else "no"
        found.append(Change("language", _trend(trend), ", ".join(old.text), ", ".join(new.text)))
    return found


def _exchanged(first: Questionnaire, new: Item, changes: list[Change], name: str) -> list[Change]:
    """Where an id now stands for what the first wave asked under another one."""
    if not any(c.what == "another" for c in changes):
        return []
    twins = [
        other
        for other, item in first.items.items()
        if other != name
        and item.type == new.type
        and any(bare(t) == bare(item.text.get(k, "")) for k, t in new.text.items())
    ]
    return [Change("exchanged", "no", twins[0], new.id)] if len(twins) == 1 else []


def _trend(name: str) -> Trend:
    return "no" if name == "no" else "caution" if name == "caution" else "yes"


def _scale(old: Scale, new: Scale) -> list[Change]:
    if (old.min, old.max) != (new.min, new.max):
        return [Change("points", "no", f"{old.min}–{old.max}", f"{new.min}–{new.max}")]
    changes = []
    if _turned(old, new):
        changes.append(
            Change("turned", "no", _words(old.labels.get(old.min)), _words(new.labels.get(new.min)))
        )
    else:
        changes += _labels(old, new)
    if old.kind != new.kind:
        changes.append(Change("kind", "caution", old.kind, new.kind))
    return changes


def _turned(old: Scale, new: Scale) -> bool:
    """Whether the ends of the scale changed places in a language that both waves have."""
    none: Texts = Frozen()
    low, high = old.labels.get(old.min, none), old.labels.get(old.max, none)
    low_now, high_now = new.labels.get(new.min, none), new.labels.get(new.max, none)
    for language in set(low) & set(high) & set(low_now) & set(high_now):
        was = bare(low[language]), bare(high[language])
        now = bare(low_now[language]), bare(high_now[language])
        if was == now[::-1] and was[0] != was[1]:
            return True
    return False


def _labels(old: Scale, new: Scale) -> list[Change]:
    changes = []
    lone = sorted(set(old.labels) ^ set(new.labels))
    for code in sorted(set(old.labels) & set(new.labels)):
        before, after = old.labels[code], new.labels[code]
        for language in before:
            if language in after and bare(before[language]) != bare(after[language]):
                said = (f"{code} {before[language]}", f"{code} {after[language]}")
                changes.append(Change("labels", "caution", *said))
    if lone:
        changes.append(Change("labels_added", "caution", values=(("points", ", ".join(map(str, lone))),)))
    return changes


def _options(old: Item, new: Item) -> list[Change]:
    was, now = old.options, new.options
    changes: list[Change] = []
    recoded = _recoded(was, now)
    if recoded:
        listed = ", ".join(f"{a} → {b}" for a, b in recoded.items())
        changes.append(Change("option_recoded", "caution", values=(("codes", listed),)))
    for code in was:
        if code not in now or code in recoded or code in recoded.values():
            continue
        for language, before in was[code].items():
            after = now[code].get(language, before)
            like = compare_words(before, after)
            if like not in {"same", "signs"}:
                # short labels: an edited word can be another thing, so only a longer text counts as edited
                edited = like == "edited" and len(bare(before)) > 12
                what, trend = ("option_edited", "caution") if edited else ("option_words", "no")
                changes.append(Change(what, _trend(trend), before, after, (("code", code),)))
                break
    added = [c for c in now if c not in was and c not in recoded.values()]
    removed = [c for c in was if c not in now and c not in recoded]
    for what, codes, options in (("option_added", added, now), ("option_removed", removed, was)):
        if codes:
            listed = ", ".join(f"{c} {_words(options[c])}" for c in codes)
            changes.append(Change(what, "caution", values=(("codes", listed),)))
    shared = [c for c in was if c in now]
    if shared != [c for c in now if c in was]:
        changes.append(Change("order", "caution"))
    return changes


def _recoded(was: Mapping[str, Texts], now: Mapping[str, Texts]) -> dict[str, str]:
    """Options that kept their words and changed their code."""
    found = {}
    for code, texts in was.items():
        if code in now and _same(texts, now[code]):
            continue
        twins = [c for c, t in now.items() if c != code and _same(texts, t)]
        if len(twins) == 1:
            found[code] = twins[0]
    return found


def _same(before: Texts, after: Texts) -> bool:
    shared = [language for language in before if language in after]
    return bool(shared) and all(bare(before[x]) == bare(after[x]) for x in shared)


def _missing(old: Item, new: Item) -> list[Change]:
    if dict(old.missing) == dict(new.missing):
        return []
    changes = []
    valid = [
        code
        for item, other in ((old, new), (new, old))
        for code in item.missing
        if code not in other.missing and _is_answer(code, other)
    ]
    if valid:
        changes.append(Change("missing_valid", "no", values=(("codes", ", ".join(valid)),)))
    gone, come = (
        {c: k for c, k in i.missing.items() if j.missing.get(c) != k} for i, j in ((old, new), (new, old))
    )
    before, after = (
        ", ".join(f"{code} ({kind})" for code, kind in sorted(found.items())) or _NOTHING
        for found in (gone, come)
    )
    # each wave is read with its own codes: what counts is which reasons for no answer there were
    alike = set(old.missing.values()) == set(new.missing.values()) and not set(gone) & set(come)
    changes.append(
        Change("missing_recoded" if alike else "missing", "yes" if alike else "caution", before, after)
    )
    return changes


def _is_answer(code: str, item: Item) -> bool:
    if code in item.options:
        return True
    whole = code.removeprefix("-").isascii() and code.removeprefix("-").isdigit()
    return item.scale is not None and whole and item.scale.min <= int(code) <= item.scale.max


def _words(texts: Mapping[str, str] | None) -> str:
    return " / ".join((texts or {}).values())
