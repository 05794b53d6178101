"""What was asked, as frozen records: items, response scales, constructs, metrics, the model.

Everything here is immutable and equal by value. It is made from YAML (``build.py``); nothing here
reads a file or knows a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar

from surveykit.errors import SurveykitError, Where, did_you_mean, quote
from surveykit.format import pick

if TYPE_CHECKING:
    from surveykit.model import Model
    from surveykit.questionnaire.strict import Document

__all__ = [
    "Construct",
    "Frozen",
    "Item",
    "ItemType",
    "MetricSpec",
    "MissingKind",
    "Questionnaire",
    "Scale",
    "Texts",
]

K = TypeVar("K")
V = TypeVar("V")

ItemType = Literal["scale", "single", "multi", "number", "text", "id", "date"]
MissingKind = Literal["dont_know", "refused", "not_shown", "skipped"]
Measurement = Literal["reflective", "composite"]


class Frozen(dict[K, V]):
    """A dict that cannot be changed: it goes into JSON and templates like any other, and can be hashed.

    >>> Frozen({"en": "Yes"})["en"]
    'Yes'
    """

    __slots__ = ()

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("a questionnaire cannot be changed")

    __setitem__ = __delitem__ = clear = pop = popitem = setdefault = update = __ior__ = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset((k, _hashable(v)) for k, v in self.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return (Frozen, (dict(self),))


def _hashable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return frozenset((k, _hashable(v)) for k, v in value.items())
    return tuple(_hashable(v) for v in value) if isinstance(value, (list, tuple)) else value


Texts = Frozen[str, str]
"""Words by language: ``{"en": …, "zh": …}``."""


@dataclass(frozen=True)
class Scale:
    """A response scale of whole numbers from ``min`` to ``max``.

    ``labels`` name codes, ``missing`` says which other codes (as they stand in an export) mean what
    kind of missing answer. ``kind`` is ``ordinal``, or ``numeric`` where distances are meant (a 0–100
    slider).
    """

    id: str
    min: int
    max: int
    labels: Frozen[int, Texts] = field(default_factory=Frozen)
    missing: Frozen[str, MissingKind] = field(default_factory=Frozen)
    kind: Literal["ordinal", "numeric"] = "ordinal"

    @property
    def points(self) -> int:
        """The number of answers one may choose from."""
        return self.max - self.min + 1

    def reversed(self, value: float) -> float:
        """A reverse-keyed answer turned round: ``min + max - value``."""
        return self.min + self.max - value


@dataclass(frozen=True)
class Item:
    """One question.

    ``short`` is what charts, captions and sentences call it ("Seat comfort"); where it is left out they have ``text``.
    ``scale`` is set for items on a response scale, ``options`` (code as it stands in an export, in the
    order of the questionnaire) for single and multiple choice. ``aliases`` are other headers the item
    may have in an export. ``missing`` holds the codes of its scale and its own. ``check`` is the code (of a scale or an
    option) that an attention check asks for; ``contradicts`` names items that nobody can agree to who agrees to this one.
    """

    id: str
    text: Texts
    type: ItemType
    scale: Scale | None = None
    reverse: bool = False
    options: Frozen[str, Texts] = field(default_factory=Frozen)
    missing: Frozen[str, MissingKind] = field(default_factory=Frozen)
    aliases: tuple[str, ...] = ()
    check: int | str | None = None
    contradicts: tuple[str, ...] = ()
    short: Texts = field(default_factory=Frozen)


@dataclass(frozen=True)
class Construct:
    """What several items measure together.

    ``reflective``: the items reflect it; ``composite``: they make it up. A person's score is the mean of
    the valid items where at least the share ``min_valid`` of them is valid.
    """

    id: str
    title: Texts
    items: tuple[str, ...]
    measurement: Measurement = "reflective"
    min_valid: float = 0.5


@dataclass(frozen=True)
class MetricSpec:
    """A metric to be computed: which, under what name, with what options (``item``, ``top``, …)."""

    id: str
    metric: str
    title: Texts | None = None
    options: Frozen[str, Any] = field(default_factory=Frozen)


@dataclass(frozen=True)
class Questionnaire:
    """A questionnaire: what was asked, and what it is meant to measure.

    ``paths`` are pairs (from, to); ``groups`` are items that results may be split by; ``weight`` is a
    column. ``path``, ``sha256`` (of the file's bytes, or of the text), ``file`` (as errors name it) and
    ``source`` (the text) say where it came from and do not count when two are compared.

    >>> q = Questionnaire.load("nps")
    >>> q.items["recommend"].scale.max, q.text("recommend", "zh")[:3]
    (10, '您有多')
    """

    id: str
    title: Texts
    version: str
    languages: tuple[str, ...]
    items: Frozen[str, Item]
    scales: Frozen[str, Scale] = field(default_factory=Frozen)
    constructs: Frozen[str, Construct] = field(default_factory=Frozen)
    metrics: Frozen[str, MetricSpec] = field(default_factory=Frozen)
    paths: tuple[tuple[str, str], ...] = ()
    model_text: str = ""
    citation: str = ""
    note: Texts = field(default_factory=Frozen)
    weight: str | None = None
    groups: tuple[str, ...] = ()
    path: Path | None = field(default=None, compare=False)
    sha256: str = field(default="", compare=False)
    file: str = field(default="", compare=False, repr=False)
    source: str = field(default="", compare=False, repr=False)

    @classmethod
    def load(cls, id_or_path: str | Path) -> Questionnaire:
        """A questionnaire of the library by its id, or from a YAML file.

        Raises one :class:`SurveykitError` with every finding of the file and its line.
        """
        from surveykit.questionnaire.loading import find, read

        return read(find(id_or_path))

    @classmethod
    def from_text(cls, text: str, file: str = "") -> Questionnaire:
        """A questionnaire from YAML text; ``file`` is the name that errors give."""
        from surveykit.questionnaire.loading import from_text

        return from_text(text, file)

    @cached_property
    def model(self) -> Model | None:
        """The structural model: constructs and paths, or the lavaan text; None where there is neither."""
        from surveykit.questionnaire.structure import model_of

        return model_of(self)

    def item(self, id: str) -> Item:
        """The item of that id, or an error with the nearest one."""
        try:
            return self.items[id]
        except KeyError:
            hint = did_you_mean(id, self.items)
            where = self.file or self.id
            raise SurveykitError(f"unknown item {quote(id)}", where, hint=hint, code="UNKNOWN_ITEM") from None

    def text(self, name: str, language: str) -> str:
        """The words of an item, or the title of a construct or metric, in ``language``."""
        if name in self.constructs:
            return pick(self.constructs[name].title, language) or name
        if name in self.metrics and name not in self.items:
            return pick(self.metrics[name].title or {}, language) or name
        return pick(self.item(name).text, language) or name

    @cached_property
    def called(self) -> dict[str, dict[str, str]]:
        """What a report calls each item, by language: a short name where there is one, else its text."""
        from surveykit.questionnaire.shorts import called

        return called(self)

    def where(self, *loc: str | int) -> Where:
        """The place of a key in the file, for errors of what it asks for: ``q.where("metrics", "nps")``."""
        from surveykit.questionnaire.strict import key_path

        if self._document is None:
            return Where(self.file or self.id, key=key_path(loc))
        return self._document.where(loc, key=True)

    @cached_property
    def _document(self) -> Document | None:
        from surveykit.questionnaire.strict import parse

        return parse(self.source, self.file) if self.source else None

    def construct_of(self, item: str) -> str | None:
        """The construct that an item belongs to."""
        return next((c.id for c in self.constructs.values() if item in c.items), None)

    def to_yaml(self) -> str:
        """The questionnaire as YAML text; reading it gives an equal questionnaire."""
        from surveykit.questionnaire.writing import to_yaml

        return to_yaml(self)
