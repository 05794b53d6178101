"""From a document to a questionnaire: the checks of meaning, each with its line, all at once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from surveykit.errors import Problems, SurveykitError, Where, did_you_mean, quote
from surveykit.questionnaire import strict
from surveykit.questionnaire.definitions import (
    Construct,
    Frozen,
    Item,
    ItemType,
    MetricSpec,
    Questionnaire,
    Scale,
    Texts,
)
from surveykit.questionnaire.forms import PLAIN, ItemForm, QuestionnaireForm, ScaleForm

__all__ = ["questionnaire"]

_MOST_POINTS = 1001


def questionnaire(document: strict.Document, problems: Problems) -> Questionnaire:
    """The questionnaire a document holds. Raises one error with what is in ``problems`` and all it finds."""
    form: QuestionnaireForm | None = strict.validate(document, QuestionnaireForm, problems)
    building = _Building(document, form or QuestionnaireForm(), problems)
    if form is not None:
        building.check()
    in_order = Problems()
    for error in sorted(problems, key=_place):
        in_order.add(error)
    in_order.raise_if_any()
    return building.result()


def _place(error: SurveykitError) -> tuple[int, int]:
    where = error.where
    return (where.line or 0, where.position or 0) if isinstance(where, Where) else (0, 0)


class _Building:
    """One file being read: its form, the names that stand in it, the findings so far."""

    def __init__(self, document: strict.Document, form: QuestionnaireForm, problems: Problems) -> None:
        self.document, self.form, self.problems = document, form, problems
        # names count as known even where their definition is wrong: that has been said already
        self.scales = self._names("scales")
        self.items = self._names("items")
        self.constructs = self._names("constructs")
        self.languages = self._languages()

    def _names(self, section: str) -> list[str]:
        held = self.document.get((section,))
        return [str(k) for k in held] if isinstance(held, Mapping) else []

    def _languages(self) -> tuple[str, ...]:
        if self.form.languages:
            return tuple(dict.fromkeys(self.form.languages))
        written = [k for k in self.form.title if k != PLAIN]
        return tuple(written) or ("en",)

    def _add(self, what: str, loc: strict.Loc, code: str, *, key: bool = False, **words: str) -> None:
        self.problems.add(what, self.document.where(loc, key=key), code=code, **words)

    # -- checks ------------------------------------------------------------------------------------

    def check(self) -> None:
        self._needed()
        self._twice()
        for id, scale in self.form.scales.items():
            self._scale(id, scale)
        for id, item in self.form.items.items():
            self._item(id, item)
        for name, loc in self._positions(("reverse",)):
            self._known("reversed item", name, self.items, loc)
        self._constructs()
        self._metrics()
        self._paths()
        for name, loc in self._positions(("groups",)):
            self._known("item", name, self.items, loc)

    def _needed(self) -> None:
        for key in ("id", "title", "items"):
            if self.document.get((key,)) is None and isinstance(self.document.data, Mapping):
                self._add(f"the key {quote(key)} is missing", (), "MISSING_KEY", hint="add it")
        if self.document.get(("items",)) == {}:
            self._add(
                "the questionnaire has no items", ("items",), "MISSING_KEY", expected="an item at least"
            )

    def _twice(self) -> None:
        """Items and constructs are columns of one table; tables of databases do not mind capitals."""
        seen: dict[str, strict.Loc] = {}
        for section, names in (("items", self.items), ("constructs", self.constructs)):
            for name in names:
                folded = unicodedata.normalize("NFKC", name).casefold()
                first = seen.setdefault(folded, (section, name))
                if first != (section, name):
                    line = self.document.where(first, key=True).line
                    hint = f"{first[0]} has {quote(str(first[1]))} on line {line}; capitals and width do not count"
                    self._add(
                        f"the name {quote(name)} is taken",
                        (section, name),
                        "DUPLICATE_ID",
                        key=True,
                        hint=hint,
                    )

    def _scale(self, id: str, scale: ScaleForm) -> None:
        loc: strict.Loc = ("scales", id)
        if scale.min >= scale.max:
            expected, got = f"more than min ({scale.min})", str(scale.max)
            self._add("the scale has no points", (*loc, "max"), "SCALE_RANGE", expected=expected, got=got)
            return
        points = scale.max - scale.min + 1
        if points > _MOST_POINTS:
            expected, hint = (
                f"at most {_MOST_POINTS} points",
                "an item that asks for a number has type: number",
            )
            self._add(
                "the scale has too many points", (*loc, "max"), "SCALE_RANGE", expected=expected, hint=hint
            )
        for code in scale.labels:
            if not scale.min <= int(code) <= scale.max:
                words = {"expected": f"{scale.min} to {scale.max}", "got": str(code)}
                self._add("a label stands outside the scale", (*loc, "labels", str(code)), "LABEL_RANGE", key=True,
                          hint="a code for a missing answer belongs under missing", **words)  # fmt: skip
        for code in scale.missing:
            if re.fullmatch(r"-?[0-9]+", code) and scale.min <= int(code) <= scale.max:
                self._add("a code is both an answer and missing", (*loc, "missing", code), "MISSING_CODE", key=True,
                          expected=f"a code outside {scale.min} to {scale.max}", got=quote(code))  # fmt: skip

    def _item(self, id: str, item: ItemForm) -> None:
        loc: strict.Loc = ("items", id)
        if item.scale is not None:
            self._known("scale", item.scale, self.scales, (*loc, "scale"))
        kind = item.type or _kind(item)
        raw = self.document.get(loc)
        given = set(raw) if isinstance(raw, Mapping) else set()
        if kind is None:
            if not given & {"scale", "options", "type"}:
                self._add("the item says not how it is answered", loc, "ITEM_TYPE", key=True,
                          expected="scale:, options: or type:", hint="type: number, text, id or date")  # fmt: skip
            return
        if kind == "scale" and "scale" not in given:
            self._add("an item of type scale needs a scale", loc, "ITEM_TYPE", key=True,
                      hint=did_you_mean("", self.scales))  # fmt: skip
        if kind in ("single", "multi") and "options" not in given:
            self._add(
                f"an item of type {kind} needs options", loc, "ITEM_TYPE", key=True, hint="add options:"
            )
        if kind != "scale" and "scale" in given:
            self._add(f"an item of type {kind} has no scale", (*loc, "scale"), "ITEM_TYPE", key=True,
                      hint="remove scale: or type:")  # fmt: skip
        if kind not in ("single", "multi") and "options" in given:
            self._add(f"an item of type {kind} has no options", (*loc, "options"), "ITEM_TYPE", key=True,
                      hint="remove options:, or write type: single")  # fmt: skip
        if item.reverse and kind != "scale":
            self._add("only an item on a scale can be reversed", (*loc, "reverse"), "ITEM_REVERSE", key=True)
        for code in item.missing:
            if code in item.options:
                self._add(
                    "a code is both an option and missing", (*loc, "missing", code), "MISSING_CODE", key=True
                )

    def _constructs(self) -> None:
        taken: dict[str, str] = {}
        for id, construct in self.form.constructs.items():
            positions = self._positions(("constructs", id, "items"))
            for name, loc in positions:
                if not self._known("item", name, self.items, loc):
                    continue
                if name in taken:
                    other = taken[name]
                    what = f"the item {quote(name)} is in two constructs"
                    hint = f"it is in {quote(other)} already" if other != id else "it is written twice"
                    self._add(what, loc, "ITEM_IN_TWO", hint=hint)
                else:
                    taken[name] = id
                held = self.form.items.get(name)
                if held is not None and held.scale is None and (held.type or _kind(held)) != "number":
                    what = f"the item {quote(name)} has no numbers to measure with"
                    self._add(what, loc, "ITEM_TYPE", expected="an item on a scale, or of type number",
                              got=str(held.type or _kind(held)))  # fmt: skip

    def _positions(self, loc: strict.Loc) -> list[tuple[str, strict.Loc]]:
        """The names of a list with their places (a single name may stand without a list)."""
        held = self.document.get(loc)
        if isinstance(held, str):
            return [(held, loc)]
        listed: Iterable[Any] = held if isinstance(held, list) else ()
        return [(name, (*loc, i)) for i, name in enumerate(listed) if isinstance(name, str)]

    def _metrics(self) -> None:
        for id in self.form.metrics:
            loc: strict.Loc = ("metrics", id)
            for key in ("item", "items"):
                for name, place in self._positions((*loc, key)):
                    self._known("item", name, self.items, place)
            for key in ("construct", "dimensions"):
                for name, place in self._positions((*loc, key)):
                    self._known("construct", name, self.constructs, place)
            weights = self.document.get((*loc, "weights"))
            for name in weights if isinstance(weights, Mapping) else ():
                both = [*self.items, *self.constructs]
                self._known("item or construct", name, both, (*loc, "weights", name), key=True)

    def _paths(self) -> None:
        if self.form.model is not None and self.form.paths:
            hint = "write the paths into the model text (y ~ x), or remove it"
            self._add("there are both paths and a model text", ("paths",), "MODEL_TWICE", key=True, hint=hint)
        seen: dict[tuple[str, str], strict.Loc] = {}
        for text, loc in self._positions(("paths",)):
            sides = _split_path(text)
            if sides is None:
                self._add(
                    "a path cannot be read", loc, "PATH_FORM", expected="from -> to, to", got=quote(text)
                )
                continue
            known = [self._known("construct", n, self._nodes(), loc) for n in (*sides[0], *sides[1])]
            for pair in ((a, b) for a in sides[0] for b in sides[1]) if all(known) else ():
                if pair[0] == pair[1]:
                    self._add("a path leads to where it starts", loc, "PATH_LOOP", got=quote(text))
                elif pair in seen:
                    self._add(f"the path {pair[0]} -> {pair[1]} is written twice", loc, "PATH_TWICE")
                seen.setdefault(pair, loc)

    def _nodes(self) -> list[str]:
        """A path joins constructs; an item that is in none of them may stand for itself."""
        held = {i for c in self.form.constructs.values() for i in c.items}
        return [*self.constructs, *(i for i in self.items if i not in held)]

    def _known(self, kind: str, name: str, names: list[str], loc: strict.Loc, *, key: bool = False) -> bool:
        if name in names:
            return True
        code = f"UNKNOWN_{kind.split()[-1].upper()}"
        self._add(f"unknown {kind} {quote(name)}", loc, code, key=key, hint=did_you_mean(name, names))
        return False

    # -- the result --------------------------------------------------------------------------------

    def result(self) -> Questionnaire:
        form = self.form
        scales = {id: self._built_scale(id, s) for id, s in form.scales.items()}
        return Questionnaire(
            id=form.id,
            title=self._texts(form.title),
            version=form.version,
            languages=self.languages,
            citation=form.citation if "citation" in form.model_fields_set else "",
            note=self._texts(form.note),
            scales=Frozen(scales),
            items=Frozen({id: self._built_item(id, i, scales) for id, i in form.items.items()}),
            constructs=Frozen(
                {
                    id: Construct(id, self._texts(c.title), tuple(c.items), c.measurement, c.min_valid)
                    for id, c in form.constructs.items()
                }
            ),
            metrics=Frozen({id: self._built_metric(id) for id in form.metrics}),
            paths=tuple(
                (a, b)
                for text in form.paths
                for sides in [_split_path(text)]
                if sides
                for a in sides[0]
                for b in sides[1]
            ),
            model_text=form.model or "",
            weight=form.weight,
            groups=tuple(dict.fromkeys(form.groups)),
            model_where=self.document.where(("model",)),
        )

    def _texts(self, texts: Mapping[str, str]) -> Texts:
        return Frozen({(lang or self.languages[0]): words.strip() for lang, words in texts.items()})

    def _built_scale(self, id: str, scale: ScaleForm) -> Scale:
        labels = {
            int(code): self._texts(t) for code, t in sorted(scale.labels.items(), key=lambda p: int(p[0]))
        }
        return Scale(id, scale.min, scale.max, Frozen(labels), Frozen(scale.missing), scale.kind)

    def _built_item(self, id: str, item: ItemForm, scales: Mapping[str, Scale]) -> Item:
        scale = scales[item.scale] if item.scale is not None else None
        return Item(
            id=id,
            text=self._texts(item.text),
            type=item.type or _kind(item) or "text",
            scale=scale,
            reverse=item.reverse or id in self.form.reverse,
            options=Frozen({code: self._texts(t) for code, t in item.options.items()}),
            missing=Frozen({**(scale.missing if scale else {}), **item.missing}),
            aliases=tuple(dict.fromkeys(item.aliases)),
        )

    def _built_metric(self, id: str) -> MetricSpec:
        form = self.form.metrics[id]
        given = form.model_dump(by_alias=True, exclude_unset=True, exclude={"title", "metric"})
        options = {k: _plain(v) for k, v in given.items() if v is not None}
        return MetricSpec(id, form.metric, self._texts(form.title) if form.title else None, Frozen(options))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return Frozen({k: _plain(v) for k, v in value.items()})
    return tuple(_plain(v) for v in value) if isinstance(value, (list, tuple)) else value


def _kind(item: ItemForm) -> ItemType | None:
    if item.scale is not None:
        return "scale"
    return "single" if item.options else None


def _split_path(text: str) -> tuple[list[str], list[str]] | None:
    """``a, b -> c, d``: the names on both sides, None where it is not of that form."""
    sides = re.split(r"->|→", text)
    if len(sides) != 2:
        return None
    names = [[n.strip() for n in re.split(r"[,，、]", side)] for side in sides]
    if not all(names[0]) or not all(names[1]):
        return None
    return names[0], names[1]
