"""The form of a questionnaire file: pydantic models that know its keys and types, not its meaning.

Cross-references (does that item exist?) are checked in ``checks.py``, which knows all of the file.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from surveykit.questionnaire.definitions import ItemType, MissingKind

__all__ = ["ConstructForm", "ItemForm", "MetricForm", "QuestionnaireForm", "ScaleForm"]

LANGUAGE = r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*"
PLAIN = ""  # the language of a text that is written without one: the questionnaire's first
_LONGEST_NAME = 64
_LONGEST_CODE = 100
_LONGEST_TEXT = 2000
_LONGEST_MODEL = 100_000

_WORDS_SCHEMA = {"type": "string", "minLength": 1, "maxLength": _LONGEST_TEXT}
_TEXTS_SCHEMA = {
    "anyOf": [
        _WORDS_SCHEMA,
        {
            "type": "object",
            "propertyNames": {"pattern": f"^{LANGUAGE}$"},
            "additionalProperties": _WORDS_SCHEMA,
        },
    ]
}
_LIST_SCHEMA = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}


def _misfit(expected: str) -> PydanticCustomError:
    return PydanticCustomError("misfit", "{expected}", {"expected": expected})


def _name(value: str) -> str:
    if not value.isidentifier():
        raise _misfit("letters, digits and _, not starting with a digit")
    if len(value) > _LONGEST_NAME:
        raise _misfit(f"at most {_LONGEST_NAME} characters")
    return value


def _file_name(value: str) -> str:
    if not value[:1].isidentifier() or not value.replace("-", "_").isidentifier():
        raise _misfit("letters, digits, _ and -, starting with a letter")
    if len(value) > _LONGEST_NAME:
        raise _misfit(f"at most {_LONGEST_NAME} characters")
    return value


def _new_name(value: str) -> str:
    """A name that is given here: ``__`` and a leading ``_`` are kept for derived columns."""
    _name(value)
    if value.startswith("_") or "__" in value:
        raise _misfit("a name without a leading _ and without __ (kept for derived columns)")
    if value == "NA":
        raise _misfit("another name: NA means a missing value")
    return value


def _language(value: str) -> str:
    if not re.fullmatch(LANGUAGE, value):
        raise _misfit("a language code (en, zh)")
    return value


def _texts(value: Any) -> Any:
    return {PLAIN: value} if isinstance(value, str) else value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise PydanticCustomError("blank_text", "a text is empty")
    return value


def _code(value: str) -> int:
    """A key that is a code of a scale: keys are texts in YAML, codes are whole numbers."""
    if not re.fullmatch(r"0|-?[1-9][0-9]{0,8}", value, re.ASCII):
        raise PydanticCustomError("int_parsing", "no code")
    return int(value)


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Name = Annotated[str, AfterValidator(_name)]
NewName = Annotated[str, AfterValidator(_new_name)]
Language = Annotated[str, AfterValidator(_language)]
Words = Annotated[str, Field(max_length=_LONGEST_TEXT), AfterValidator(_not_blank)]
LanguageKey = Annotated[str, AfterValidator(lambda v: v if v == PLAIN else _language(v))]
Texts = Annotated[dict[LanguageKey, Words], BeforeValidator(_texts), WithJsonSchema(_TEXTS_SCHEMA)]
Names = Annotated[list[Name], BeforeValidator(_listed), WithJsonSchema(_LIST_SCHEMA)]
Lines = Annotated[list[Words], BeforeValidator(_listed), WithJsonSchema(_LIST_SCHEMA)]
ModelText = Annotated[str, Field(max_length=_LONGEST_MODEL), AfterValidator(_not_blank)]
Code = Annotated[str, Field(max_length=_LONGEST_CODE), AfterValidator(_not_blank)]
Missing = dict[Code, MissingKind]
CodeKey = Annotated[str, AfterValidator(_code)]


class Form(BaseModel):
    """Base: unknown keys are errors, nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ScaleForm(Form):
    """A response scale."""

    min: int = Field(description="the lowest code")
    max: int = Field(description="the highest code")
    labels: dict[CodeKey, Texts] = Field(default={}, description="words for codes: the end points at least")
    missing: Missing = Field(default={}, description="codes for answers that are not given: '98': dont_know")
    kind: Literal["ordinal", "numeric"] = "ordinal"


class ItemForm(Form):
    """One question."""

    text: Texts = Field(description="the wording, by language")
    short: Texts = Field(
        default={}, description="what charts and sentences call it: a word or two, by language"
    )
    type: ItemType | None = Field(
        default=None, description="left out: scale, or single where there are options"
    )
    scale: Name | None = Field(default=None, description="the name of a response scale")
    reverse: bool = Field(default=False, description="true where a high answer means little of the construct")
    options: dict[Code, Texts] = Field(default={}, description="code: words, for single and multi")
    missing: Missing = Field(default={}, description="codes for answers that are not given")
    aliases: Lines = Field(default=[], description="other headers that exports give the item")
    check: int | str | None = Field(
        default=None, description="the code that the item asks people to tick: an attention check"
    )
    contradicts: Names = Field(
        default=[], description="items to which nobody who agrees with this one can agree as well"
    )


class ConstructForm(Form):
    """What several items measure together."""

    title: Texts = Field(default={}, description="its name for a reader")
    items: Names = Field(min_length=1, description="the items that measure it")
    measurement: Literal["reflective", "composite"] = "reflective"
    min_valid: float = Field(default=0.5, gt=0, le=1, description="the share of items that must be valid")


class MetricForm(Form):
    """A metric to compute; what it needs besides these keys is checked by the metric itself."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)

    metric: Name = Field(description="nps, csat, ces, index, loyalty …")
    title: Texts | None = None
    item: Name | None = Field(default=None, description="the item it is computed from")
    items: Names | None = Field(default=None, description="the items it is computed from")
    of_construct: Name | None = Field(
        default=None, alias="construct", description="the construct it is computed from"
    )
    constructs: Names | None = Field(default=None, description="the constructs it is computed from")
    dimensions: Names | None = Field(default=None, description="the constructs it is made of")
    weights: dict[Name, float] | None = Field(default=None, description="weights by item or construct")


class QuestionnaireForm(Form):
    """A questionnaire file."""

    # id, title and items are needed too; checks.py says so, after the rest of the file was checked
    id: Annotated[str, AfterValidator(_file_name)] = Field(default="", description="its name")
    title: Texts = Field(default={}, description="its name for a reader, by language")
    version: Words = "1"
    languages: list[Language] = Field(default=[], description="those the texts are written in: [en, zh]")
    citation: Words | None = Field(default=None, description="where the method comes from")
    note: Texts = Field(default={}, description="what a reader should know")
    scales: dict[NewName, ScaleForm] = {}
    items: dict[NewName, ItemForm] = {}
    reverse: Names = Field(
        default=[], description="the reverse-keyed items, instead of reverse: true at each"
    )
    constructs: dict[NewName, ConstructForm] = {}
    metrics: dict[NewName, MetricForm] = {}
    paths: Lines = Field(default=[], description="'image -> satisfaction, loyalty'")
    model: ModelText | None = Field(default=None, description="the model as lavaan text, instead of paths")
    weight: Words | None = Field(default=None, description="the column that holds survey weights")
    groups: Names = Field(default=[], description="items that results may be split by")
