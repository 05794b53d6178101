"""What a questionnaire may say and had better not: warnings with a code, a line and a remedy.

Nothing here is an error: a file with findings can be used. Wording is judged by words, so a finding
is a question to the author, not a verdict.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from surveykit.errors import SurveykitError, quote
from surveykit.questionnaire.definitions import Item, MetricSpec, Questionnaire, Scale
from surveykit.questionnaire.strict import Loc

__all__ = ["lint"]

_FEWEST_ITEMS = 3
_MOST_WORDS = 25
_MOST_CHARACTERS = 50
_LONGEST_SHORT = 40

_NEGATED = {
    "en": re.compile(
        r"\b(not|never|no|none|nothing|nobody|hardly|rarely|seldom|cannot|lacks?|fails?)\b|n't\b|’t\b"
    ),
    "zh": re.compile(r"不|没|无法|未能|并非|从未|很少|难以"),
}
# words that hold a negation and are none
_NO_NEGATION = {
    "en": re.compile(r"\bno matter\b|\bnot only\b"),
    "zh": re.compile(r"不错|不断|不仅|不但|不少|不管|不论|不同|差不多|了不起|不可或缺|毫不费力|独一无二"),
}
_DOUBLE = {
    "en": re.compile(r"\band/or\b|\band\b|\bas well as\b"),
    "zh": re.compile(r"以及|并且|而且|[^温平缓柔饱总随附共暖]和(?![气谐睦蔼善缓平])"),
}


@dataclass(frozen=True, slots=True)
class _Found:
    """A finding before its line is looked up."""

    code: str
    loc: Loc
    what: str
    expected: str = ""
    got: str = ""
    hint: str = ""


def lint(q: Questionnaire) -> list[SurveykitError]:
    """The findings on ``q``, in the order of the file; an empty list where there is nothing to say.

    Codes: MIXED_SCALES, FEW_ITEMS, NEGATIVE_WORDING, ALL_REVERSED, MISSING_TRANSLATION, LONG_ITEM,
    DOUBLE_BARRELLED, SAME_TEXT, LONG_SHORT, SAME_SHORT, NO_END_LABELS, NO_PATH, UNUSED_ITEM, UNUSED_SCALE,
    METRIC_SCALE, NO_TITLE.

    >>> [w.code for w in lint(Questionnaire.load("nps"))]
    []
    """
    found = [f for rule in _RULES for f in rule(q)]
    errors = [SurveykitError(f.what, q.where(*f.loc), f.expected, f.got, f.hint, code=f.code) for f in found]
    return sorted(errors, key=lambda e: (getattr(e.where, "line", None) or 0, e.code))


# -- constructs ------------------------------------------------------------------------------------


def _mixed_scales(q: Questionnaire) -> Iterator[_Found]:
    for c in q.constructs.values():
        ends = {(s.min, s.max) for name in c.items if (s := q.items[name].scale) is not None}
        if len(ends) > 1:
            shown = ", ".join(f"{low} to {high}" for low, high in sorted(ends))
            yield _Found(
                "MIXED_SCALES", ("constructs", c.id, "items"), "the items have different response scales",
                "one scale in a construct", shown, "a mean over different scales has no meaning",
            )  # fmt: skip


def _few_items(q: Questionnaire) -> Iterator[_Found]:
    for c in q.constructs.values():
        if c.measurement == "reflective" and len(c.items) < _FEWEST_ITEMS:
            yield _Found(
                "FEW_ITEMS", ("constructs", c.id, "items"), "a reflective construct has few items",
                f"{_FEWEST_ITEMS} or more", str(len(c.items)),
                "with fewer its reliability can hardly be judged",
            )  # fmt: skip


def _all_reversed(q: Questionnaire) -> Iterator[_Found]:
    for c in q.constructs.values():
        if all(q.items[name].reverse for name in c.items):
            yield _Found(
                "ALL_REVERSED", ("constructs", c.id, "items"), "every item of the construct is reversed",
                hint="high scores then mean little of it: is that meant?",
            )  # fmt: skip


def _no_title(q: Questionnaire) -> Iterator[_Found]:
    for c in q.constructs.values():
        if not c.title:
            yield _Found(
                "NO_TITLE", ("constructs", c.id), "a construct has no title",
                hint="a report shows its id instead: add title: {en: …, zh: …}",
            )  # fmt: skip


def _no_path(q: Questionnaire) -> Iterator[_Found]:
    model = q.model
    if model is None:
        return
    joined = {name for path in model.paths for name in path} | set(model.observed)
    # a dimension of a second-order factor is joined by that factor
    joined |= {name for c in model.constructs for name in (c.name, *c.indicators) if name in model.latents}
    for c in q.constructs.values():
        if c.id not in joined:
            yield _Found("NO_PATH", ("constructs", c.id), "the model leaves the construct out",
                         hint="add a path, or keep it for scores alone")  # fmt: skip


# -- items -----------------------------------------------------------------------------------------


def _negative_wording(q: Questionnaire) -> Iterator[_Found]:
    for c in q.constructs.values():
        for item in (q.items[name] for name in c.items):
            for language, text in item.text.items() if not item.reverse else ():
                word = _word(_NEGATED, _NO_NEGATION, language, text)
                if word:
                    yield _Found(
                        "NEGATIVE_WORDING", ("items", item.id), "negative wording, but no reverse: true",
                        got=f"{quote(word)} in {quote(text)}",
                        hint="reverse it if a high answer means little of the construct",
                    )  # fmt: skip
                    break


def _double_barrelled(q: Questionnaire) -> Iterator[_Found]:
    for item in _asked(q):
        for language, text in item.text.items():
            word = _word(_DOUBLE, {}, language, text)
            if word:
                yield _Found(
                    "DOUBLE_BARRELLED", ("items", item.id, "text"), "the item may ask two things at once",
                    got=f"{quote(word)} in {quote(text)}", hint="ask each in an item of its own",
                )  # fmt: skip
                break


def _word(
    words: Mapping[str, re.Pattern[str]], but: Mapping[str, re.Pattern[str]], language: str, text: str
) -> str:
    """The first telling word of a text, without those that only look like it."""
    base = language.split("-")[0]
    if base not in words:
        return ""
    plain = text.casefold()
    if base in but:
        plain = but[base].sub(" ", plain)
    found = words[base].search(plain)
    return found.group().strip() if found else ""


def _long_item(q: Questionnaire) -> Iterator[_Found]:
    for item in _asked(q):
        for language, text in item.text.items():
            chinese = language.split("-")[0] == "zh"
            length = len(re.findall(r"\w", text)) if chinese else len(text.split())
            limit, unit = (_MOST_CHARACTERS, "characters") if chinese else (_MOST_WORDS, "words")
            if length > limit:
                yield _Found("LONG_ITEM", ("items", item.id, "text"), "the item is long",
                             f"at most {limit} {unit}", f"{length} ({language})", "shorten it")  # fmt: skip


def _same_text(q: Questionnaire) -> Iterator[_Found]:
    for language in q.languages:
        texts = [(i.id, i.text[language].casefold()) for i in q.items.values() if language in i.text]
        count = Counter(text for _, text in texts)
        first: dict[str, str] = {}
        for name, text in texts:
            if count[text] > 1 and first.setdefault(text, name) != name:
                yield _Found("SAME_TEXT", ("items", name, "text"), "two items have the same wording",
                             got=f"{quote(text)} ({language})", hint=f"see {quote(first[text])}")  # fmt: skip


def _long_short(q: Questionnaire) -> Iterator[_Found]:
    for item in q.items.values():
        for language, text in item.short.items():
            chinese = language.split("-")[0] == "zh"
            limit = _LONGEST_SHORT // 2 if chinese else _LONGEST_SHORT
            if len(text) > limit:
                yield _Found("LONG_SHORT", ("items", item.id, "short"), "the short name is long",
                             f"at most {limit} characters", f"{len(text)} ({language})", "charts cut it")  # fmt: skip


def _same_short(q: Questionnaire) -> Iterator[_Found]:
    for language in q.languages:
        named = [
            (("items", i.id, "short"), i.short[language]) for i in q.items.values() if language in i.short
        ]
        first = {c.title[language].casefold(): c.id for c in q.constructs.values() if language in c.title}
        for loc, text in named:
            other = first.setdefault(text.casefold(), loc[1])
            if other != loc[1]:
                yield _Found("SAME_SHORT", loc, "two things have the same short name",
                             got=f"{quote(text)} ({language})", hint=f"see {quote(other)}")  # fmt: skip


def _unused_item(q: Questionnaire) -> Iterator[_Found]:
    used = {name for c in q.constructs.values() for name in c.items} | {*q.groups, q.weight}
    used |= {name for m in q.metrics.values() for name in _items_of(m)}
    if q.model is not None:
        used |= set(q.model.observed)
    used |= {name for i in q.items.values() if i.contradicts for name in (i.id, *i.contradicts)}
    for item in _asked(q):
        if item.id not in used and item.check is None:
            yield _Found("UNUSED_ITEM", ("items", item.id), "nothing is computed from the item",
                         hint="put it into a construct, a metric or groups")  # fmt: skip


def _asked(q: Questionnaire) -> Iterator[Item]:
    """The items on a response scale (others may be anything)."""
    return (item for item in q.items.values() if item.scale is not None)


def _items_of(metric: MetricSpec) -> tuple[str, ...]:
    one = metric.options.get("item")
    several = metric.options.get("items", ())
    return (*((one,) if isinstance(one, str) else ()), *(several if isinstance(several, tuple) else ()))


# -- texts, scales, metrics ------------------------------------------------------------------------


def _missing_translation(q: Questionnaire) -> Iterator[_Found]:
    for loc, texts in _all_texts(q):
        lacking = [language for language in q.languages if language not in texts]
        if texts and lacking:
            yield _Found("MISSING_TRANSLATION", loc, "a text is not in every language of the questionnaire",
                         ", ".join(q.languages), ", ".join(texts), f"add {', '.join(lacking)}")  # fmt: skip


def _all_texts(q: Questionnaire) -> Iterator[tuple[Loc, Mapping[str, str]]]:
    yield ("title",), q.title
    yield ("note",), q.note
    for scale in q.scales.values():
        yield from ((("scales", scale.id, "labels", str(code)), t) for code, t in scale.labels.items())
    for item in q.items.values():
        yield ("items", item.id, "text"), item.text
        yield ("items", item.id, "short"), item.short
        yield from ((("items", item.id, "options", code), t) for code, t in item.options.items())
    for construct in q.constructs.values():
        yield ("constructs", construct.id, "title"), construct.title
    for metric in q.metrics.values():
        yield ("metrics", metric.id, "title"), metric.title or {}


def _no_end_labels(q: Questionnaire) -> Iterator[_Found]:
    for scale in q.scales.values():
        bare = [str(code) for code in (scale.min, scale.max) if code not in scale.labels]
        if bare:
            yield _Found("NO_END_LABELS", ("scales", scale.id), "the ends of the scale have no words",
                         "labels for both ends", f"none for {' and '.join(bare)}")  # fmt: skip


def _unused_scale(q: Questionnaire) -> Iterator[_Found]:
    used = {item.scale.id for item in q.items.values() if item.scale is not None}
    for name in q.scales:
        if name not in used:
            yield _Found("UNUSED_SCALE", ("scales", name), "no item uses the scale", hint="remove it")


def _metric_scale(q: Questionnaire) -> Iterator[_Found]:
    for metric in q.metrics.values():
        for name in _items_of(metric):
            scale = q.items[name].scale
            wanted = _wanted_ends(metric)
            if scale is None:
                yield _misfit(metric, "an item on a response scale", f"{quote(name)} has none")
            elif wanted is not None and (scale.min, scale.max) != wanted:
                yield _misfit(metric, f"a scale from {wanted[0]} to {wanted[1]}", _ends(name, scale))
            elif _top(metric) >= scale.points:
                yield _misfit(metric, f"top below {scale.points}", str(_top(metric)))


def _wanted_ends(metric: MetricSpec) -> tuple[int, int] | None:
    """The response scale that a well-known metric is defined on."""
    if metric.metric == "nps":
        return (0, 10)
    if metric.metric == "ces":
        return (1, 5) if metric.options.get("version") == 1 else (1, 7)
    return None


def _top(metric: MetricSpec) -> int:
    top = metric.options.get("top", 0)
    return top if isinstance(top, int) else 0


def _ends(name: str, scale: Scale) -> str:
    return f"{quote(name)} goes from {scale.min} to {scale.max}"


def _misfit(metric: MetricSpec, expected: str, got: str) -> _Found:
    what = f"the scale does not fit the metric {quote(metric.metric)}"
    return _Found("METRIC_SCALE", ("metrics", metric.id), what, expected, got)


_RULES: tuple[Callable[[Questionnaire], Iterator[_Found]], ...] = (
    _mixed_scales, _few_items, _all_reversed, _no_title, _no_path,
    _negative_wording, _double_barrelled, _long_item, _long_short, _same_text, _same_short, _unused_item,
    _missing_translation, _no_end_labels, _unused_scale, _metric_scale,
)  # fmt: skip
