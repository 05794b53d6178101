"""What a questionnaire file must mean: names that exist, codes that fit, each finding with its line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from surveykit.errors import Problems, did_you_mean, quote
from surveykit.questionnaire.definitions import ItemType
from surveykit.questionnaire.forms import ItemForm, QuestionnaireForm, ScaleForm
from surveykit.questionnaire.strict import Document, Loc

__all__ = ["Checks", "kind_of", "split_path"]

_MOST_POINTS = 1001
_MOST_HINTS = 100
_MOST_NAMES = 2000
_CHOICE = ("single", "multi")


def kind_of(item: ItemForm) -> ItemType | None:
    """The type of an item, as written or as its other keys show it."""
    if item.type is not None:
        return item.type
    if item.scale is not None:
        return "scale"
    return "single" if item.options else None


def split_path(text: str) -> tuple[list[str], list[str]] | None:
    """``a, b -> c, d``: the names on both sides, None where it is not of that form.

    >>> split_path("image -> expectation, satisfaction")
    (['image'], ['expectation', 'satisfaction'])
    """
    sides = re.split(r"->|→", text)
    if len(sides) != 2:
        return None
    left, right = ([n.strip() for n in re.split(r"[,，、]", side)] for side in sides)
    return (left, right) if all(left) and all(right) else None


class Checks:
    """The checks of one file; findings go to ``problems``.

    Names count as known even where their definition is wrong (that has been said already), so that one
    mistake is one finding. That is why names are taken from the document and not from the form.
    """

    def __init__(self, document: Document, form: QuestionnaireForm, problems: Problems) -> None:
        self.document, self.form, self.problems = document, form, problems
        self.scales = self._keys(("scales",))
        self.items = self._keys(("items",))
        self.constructs = self._keys(("constructs",))

    def run(self) -> None:
        """All checks."""
        self._needed()
        self._unique()
        for name, scale in self.form.scales.items():
            self._scale(("scales", name), scale)
        for name, item in self.form.items.items():
            self._item(("items", name), item)
        for name, loc in self._listed(("reverse",)):
            if self._known("reversed item", name, self.items, loc):
                self._reversible(name, loc)
        self._construct_items()
        self._metrics()
        self._paths()
        for name, loc in self._listed(("groups",)):
            self._known("item", name, self.items, loc)
        if self.form.weight in self.items:
            self._numeric(self.form.weight, ("weight",))

    # -- reading the document ----------------------------------------------------------------------

    def _keys(self, loc: Loc) -> dict[str, None]:
        held = self.document.get(loc)
        return dict.fromkeys(held) if isinstance(held, Mapping) else {}

    def _listed(self, loc: Loc) -> list[tuple[str, Loc]]:
        """The names of a list with their places (a single name may stand without a list)."""
        held = self.document.get(loc)
        if isinstance(held, str):
            return [(held, loc)]
        entries: Iterable[Any] = held if isinstance(held, list) else ()
        return [(name, (*loc, i)) for i, name in enumerate(entries) if isinstance(name, str)]

    def _at_key(
        self, loc: Loc, code: str, what: str, expected: str = "", got: str = "", hint: str = ""
    ) -> None:
        self.problems.add(what, self.document.where(loc, key=True), expected, got, hint, code=code)

    def _at(self, loc: Loc, code: str, what: str, expected: str = "", got: str = "", hint: str = "") -> None:
        self.problems.add(what, self.document.where(loc), expected, got, hint, code=code)

    def _known(self, kind: str, name: str, names: Mapping[str, None], loc: Loc, *, key: bool = False) -> bool:
        if name in names:
            return True
        note = self._at_key if key else self._at
        code = f"UNKNOWN_{kind.split()[-1].upper()}"
        # looking for a near name is slow: not among very many, and nobody reads the hundredth hint
        few = len(names) < _MOST_NAMES and len(self.problems) < _MOST_HINTS
        hint = did_you_mean(name, names) if few else ""
        if not names:
            hint = f"the file defines no {kind.split()[-1]}s"
        note(loc, code, f"unknown {kind} {quote(name)}", hint=hint)
        return False

    # -- the checks --------------------------------------------------------------------------------

    def _needed(self) -> None:
        for key in ("id", "title", "items"):
            if isinstance(self.document.data, Mapping) and key not in self.document.data:
                self._at((), "MISSING_KEY", f"the key {quote(key)} is missing", hint="add it")
        if self.document.get(("items",)) == {}:
            self._at(("items",), "MISSING_KEY", "the questionnaire has no items", "an item at least")

    def _unique(self) -> None:
        """Items and constructs are columns of one table, and databases do not mind capitals."""
        seen: dict[str, Loc] = {}
        for section, names in (("items", self.items), ("constructs", self.constructs)):
            for name in names:
                folded = unicodedata.normalize("NFKC", name).casefold()
                first = seen.setdefault(folded, (section, name))
                if first != (section, name):
                    line = self.document.where(first, key=True).line
                    hint = f"see {first[0]}, line {line}; capitals and full width do not count"
                    self._at_key(
                        (section, name), "DUPLICATE_ID", f"the name {quote(name)} is taken", hint=hint
                    )

    def _scale(self, loc: Loc, scale: ScaleForm) -> None:
        if scale.min >= scale.max:
            expected = f"more than min ({scale.min})"
            self._at((*loc, "max"), "SCALE_RANGE", "the scale has no points", expected, str(scale.max))
            return
        if scale.max - scale.min + 1 > _MOST_POINTS:
            hint = "an item that asks for a number has type: number"
            expected = f"at most {_MOST_POINTS:,} points"
            self._at((*loc, "max"), "SCALE_RANGE", "the scale has too many points", expected, hint=hint)
        possible = f"{scale.min} to {scale.max}"
        for code in map(str, scale.labels):
            if not scale.min <= int(code) <= scale.max:
                hint = "a code for a missing answer belongs under missing:"
                what = "a label stands outside the scale"
                self._at_key((*loc, "labels", code), "LABEL_RANGE", what, possible, code, hint)
        for code in scale.missing:
            if re.fullmatch(r"-?[0-9]{1,9}", code, re.ASCII) and scale.min <= int(code) <= scale.max:
                what = "a code is both an answer and missing"
                where = (*loc, "missing", code)
                self._at_key(where, "MISSING_CODE", what, f"a code outside {possible}", quote(code))

    def _item(self, loc: Loc, item: ItemForm) -> None:
        if item.scale is not None:
            self._known("scale", item.scale, self.scales, (*loc, "scale"))
        given = self._keys(loc)
        kind = kind_of(item)
        if kind is None:
            if not {"scale", "options", "type"} & given.keys():
                hint = "type: is one of number, text, id, date"
                what = "it is not said how the item is answered"
                self._at_key(loc, "ITEM_TYPE", what, "scale:, options: or type:", hint=hint)
            return
        self._fits(loc, kind, "scale", kind == "scale", given)
        self._fits(loc, kind, "options", kind in _CHOICE, given)
        if item.reverse:
            self._reversible(str(loc[-1]), (*loc, "reverse"))
        self._quality(loc, item, kind)
        for code in item.missing:
            if code in item.options:
                what = "a code is both an option and missing"
                self._at_key((*loc, "missing", code), "MISSING_CODE", what, got=quote(code))

    def _quality(self, loc: Loc, item: ItemForm, kind: str) -> None:
        """Attention checks and contradictions are judged by the codes that people tick."""
        scale = self.form.scales.get(item.scale) if item.scale is not None else None
        place = (*loc, "check")
        if item.check is not None and kind not in ("scale", "single"):
            what = "an attention check is an item on a scale, or one with options of which one is ticked"
            self._at(place, "ITEM_CHECK", what, got=f"type {kind}")
        elif item.check is not None and kind == "single" and str(item.check) not in item.options:
            possible = ", ".join(item.options)
            self._at(
                place,
                "ITEM_CHECK",
                "the code to tick is not among the options",
                possible,
                quote(str(item.check)),
            )
        elif item.check is not None and scale is not None:
            fits = isinstance(item.check, int) and scale.min <= item.check <= scale.max
            if not fits:
                possible = f"{scale.min} to {scale.max}"
                self._at(
                    place, "ITEM_CHECK", "the code to tick is not on the scale", possible, str(item.check)
                )
        for name, place in self._listed((*loc, "contradicts")):
            if not self._known("item", name, self.items, place):
                continue
            other = self.form.items.get(name)
            if name == loc[-1] or kind != "scale" or other is None or kind_of(other) != "scale":
                what = "only two items on response scales can contradict each other"
                self._at(place, "ITEM_CONTRADICTS", what, got=quote(name))

    def _fits(self, loc: Loc, kind: str, key: str, wanted: bool, given: Mapping[str, None]) -> None:
        """An item of this type has the key, or has it not."""
        if wanted and key not in given:
            self._at_key(loc, "ITEM_TYPE", f"an item of type {kind} needs {key}", hint=f"add {key}:")
        if not wanted and key in given:
            hint = f"remove {key}: or change type:"
            self._at_key((*loc, key), "ITEM_TYPE", f"an item of type {kind} has no {key}", hint=hint)

    def _reversible(self, name: str, loc: Loc) -> None:
        item = self.form.items.get(name)
        kind = None if item is None else kind_of(item)
        if kind not in (None, "scale"):
            what = f"the item {quote(name)} cannot be reversed"
            self._at(loc, "ITEM_REVERSE", what, "an item on a scale", f"type {kind}")

    def _construct_items(self) -> None:
        taken: dict[str, str] = {}
        for construct in self.constructs:
            for name, loc in self._listed(("constructs", construct, "items")):
                if not self._known("item", name, self.items, loc):
                    continue
                other = taken.setdefault(name, construct)
                first = all(
                    name != n for n, at in self._listed(("constructs", construct, "items")) if at < loc
                )
                if other != construct:
                    hint = f"it is in {quote(other)} already"
                    self._at(loc, "ITEM_IN_TWO", f"the item {quote(name)} is in two constructs", hint=hint)
                elif not first:
                    self._at(loc, "ITEM_IN_TWO", f"the item {quote(name)} is in the construct twice")
                self._numeric(name, loc)

    def _numeric(self, name: str, loc: Loc) -> None:
        item = self.form.items.get(name)
        kind = None if item is None else kind_of(item)
        if kind not in (None, "scale", "number"):
            what = f"the item {quote(name)} has no numbers to measure with"
            self._at(loc, "ITEM_TYPE", what, "an item on a scale, or of type number", f"type {kind}")

    def _metrics(self) -> None:
        for metric in self._keys(("metrics",)):
            loc: Loc = ("metrics", metric)
            for key in ("item", "items"):
                for name, place in self._listed((*loc, key)):
                    self._known("item", name, self.items, place)
            for key in ("construct", "constructs", "dimensions"):
                for name, place in self._listed((*loc, key)):
                    self._known("construct", name, self.constructs, place)
            for name in self._keys((*loc, "weights")):
                both = {**self.items, **self.constructs}
                self._known("item or construct", name, both, (*loc, "weights", name), key=True)

    def _paths(self) -> None:
        if self.form.model is not None and self.form.paths:
            hint = "write the paths into the model text (y ~ x), or remove it"
            self._at_key(("paths",), "MODEL_TWICE", "there are both paths and a model text", hint=hint)
        written: set[tuple[str, str]] = set()
        nodes = self._nodes()
        for text, loc in self._listed(("paths",)):
            sides = split_path(text)
            if sides is None:
                self._at(loc, "PATH_FORM", "a path cannot be read", "from -> to, to", quote(text))
                continue
            known = [self._joinable(n, nodes, loc) for n in (*sides[0], *sides[1])]
            if not all(known):
                continue
            for pair in [(a, b) for a in sides[0] for b in sides[1]]:
                arrow = f"{pair[0]} -> {pair[1]}"
                if pair[0] == pair[1]:
                    self._at(loc, "PATH_LOOP", "a path leads to where it starts", got=quote(arrow))
                elif pair in written:
                    self._at(loc, "PATH_TWICE", "a path is written twice", got=quote(arrow))
                written.add(pair)

    def _joinable(self, name: str, nodes: Mapping[str, None], loc: Loc) -> bool:
        if name in self.items and name not in nodes:
            what = f"a path cannot lead to or from the item {quote(name)}"
            self._at(loc, "PATH_ITEM", what, "constructs", hint="name the construct that the item belongs to")
            return False
        self._numeric(name, loc)
        return self._known("construct", name, nodes, loc)

    def _nodes(self) -> dict[str, None]:
        """A path joins constructs; an item that is in none of them may stand for itself."""
        inside = {n for c in self.constructs for n, _ in self._listed(("constructs", c, "items"))}
        return {**self.constructs, **{i: None for i in self.items if i not in inside}}
