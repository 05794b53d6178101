"""DDI-Codebook (2.1 to 2.5) as data archives hand it out: XML that describes the variables of a data file."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from surveykit.errors import SurveykitError
from surveykit.questionnaire import wording
from surveykit.questionnaire.draft import Draft, DraftItem
from surveykit.responses.definitions.common import Form, definitions, empty, language_of, plain_text

__all__ = ["read_ddi"]

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_NUMBER = re.compile(r"-?\d{1,9}(\.0*)?\Z", re.ASCII)
_SAID = {
    "sysmiss": "skipped",
    "not applicable": "not_shown",
    "inapplicable": "not_shown",
    "inap": "not_shown",
}
_MOST_CATEGORIES = 400
_FEW_CODES = 20


@definitions.register(
    "ddi",
    title={"en": "DDI-Codebook", "zh": "DDI编码手册"},
    reference="DDI-Codebook 2.5, https://ddialliance.org",
    evidence="brute force: codebooks written by the tests",
    suffixes=(".xml",),
)
def read_ddi(path: Path) -> Draft | None:
    """A draft from a DDI-Codebook: item ids are the variables' names; ``missing="Y"`` codes are no answers."""
    root = _parse(path)
    if _name(root) != "codeBook":
        return None
    variables = [v for data in _children(root, "dataDscr") for v in _children(data, "var")]
    titles = _said(next(_find(root, ("stdyDscr", "citation", "titlStmt", "titl")), None))
    texts = [_words(v, "").get("", "") for v in variables]
    form = Form(empty(path, "", texts))
    form.draft.language = language_of(root.get(_LANG) or "") or form.draft.language
    form.draft.title = form.say(titles) or form.draft.title
    for variable in variables:
        _variable(form, variable)
    _groups(form, root, variables)
    return form.draft


def _variable(form: Form, variable: Any) -> None:
    name = variable.get("name") or variable.get("ID") or ""
    if not name or variable.get("wgt") == "wgt" or variable.get("temporal") == "Y":
        return
    text = form.say(_words(variable, form.draft.language)) or name
    choices, missing = _categories(form, variable)
    missing = {**_invalid(variable), **missing}
    if choices and not _open_ended(variable, choices):
        item = form.choose(name, text, choices, missing, rated=_is_scale(variable))
    else:
        kind = next(iter(_children(variable, "varFormat")), None)
        text_only = kind is not None and kind.get("type") == "character"
        dated = kind is not None and (kind.get("category") or "").casefold() in {"date", "time"}
        item = form.add(name, text, "date" if dated else "text" if text_only else "number")
        item.missing = {} if item.type in {"date", "text"} else missing
    _describe(item, variable)


def _words(variable: Any, language: str) -> dict[str, str]:
    """The question as it was asked where the codebook has it, else the variable's label; by language."""
    asked = {k: w for q in _find(variable, ("qstn", "qstnLit")) for k, w in _said(q).items()}
    labels = {
        k: w
        for label in _children(variable, "labl")
        if label.get("level") in {None, "", "variable"}
        for k, w in _said(label).items()
    }
    chosen = {**labels, **asked}
    return dict(sorted(chosen.items(), key=lambda pair: pair[0] not in {"", language}))


def _categories(form: Form, variable: Any) -> tuple[dict[str, str], dict[str, str]]:
    """Codes with their words, and the codes for no answer with their kind."""
    choices: dict[str, str] = {}
    missing: dict[str, str] = {}
    for category in _children(variable, "catgry"):
        code = _text(next(iter(_children(category, "catValu")), None))
        if not code:
            continue
        code = code.partition(".")[0] if _NUMBER.match(code) else code
        said = {k: w for label in _children(category, "labl") for k, w in _said(label).items()}
        words = form.say(said) or code
        declared = (category.get("missing") or "").casefold() in {"y", "yes", "true", "1"}
        if declared or any(_within(code, bounds) for bounds in _find(variable, ("invalrng", "range"))):
            missing[code] = _kind(words, category.get("missType") or "")
        else:
            choices[code] = words
    return choices, missing


def _kind(words: str, type_: str) -> str:
    said = _SAID.get(type_.casefold()) or _SAID.get(words.casefold())
    return wording.missing_kind(words) or said or wording.missing_kind(type_) or "skipped"


def _invalid(variable: Any) -> dict[str, str]:
    """Codes that ``invalrng`` declares missing: single ones, and all of a range with few whole numbers in it."""
    found: dict[str, str] = {}
    for bounds in _find(variable, ("invalrng", "range")):
        low, high = _bound(bounds, "min"), _bound(bounds, "max")
        if low is not None and high is not None and 0 <= high - low < _FEW_CODES:
            codes = (str(code) for code in range(math.ceil(low), math.floor(high) + 1))
            found |= {code: "skipped" for code in codes if _within(code, bounds)}
    for item in _find(variable, ("invalrng", "item")):
        value = item.get("VALUE") or ""
        if _NUMBER.match(value):
            found[value.partition(".")[0]] = "skipped"
    return found


def _bound(bounds: Any, side: str) -> float | None:
    """An end of a range, whether it belongs to it or not."""
    given = bounds.get(side) or bounds.get(f"{side}Exclusive") or ""
    return float(given) if _NUMBER.match(given) else None


def _within(code: str, bounds: Any) -> bool:
    """Whether a code lies in a range; an end that is not given is open."""
    if not _NUMBER.match(code):
        return False
    value, low, high = float(code), _bound(bounds, "min"), _bound(bounds, "max")
    above = low is None or value > low or (value == low and not bounds.get("minExclusive"))
    below = high is None or value < high or (value == high and not bounds.get("maxExclusive"))
    return above and below and (low is not None or high is not None)


def _open_ended(variable: Any, choices: dict[str, str]) -> bool:
    """Whether the categories only name some values of a number (0 = none, 97 = 97 and over)."""
    if variable.get("intrvl") != "contin":
        return len(choices) > _MOST_CATEGORIES
    return True


def _is_scale(variable: Any) -> bool:
    return (variable.get("nature") or "") in {"ordinal", "interval", "ratio"}


def _describe(item: DraftItem, variable: Any) -> None:
    """What a person should know of the variable, as comments."""
    for tag, said in (("universe", "asked of"), ("concept", "concept"), ("notes", "note")):
        for element in _children(variable, tag):
            words = plain_text(_text(element))
            if words:
                item.notes.append(f"{said}: {words[:200]}")
    for bounds in _find(variable, ("invalrng", "range")):
        low, high = _bound(bounds, "min"), _bound(bounds, "max")
        if low is None or high is None or high - low >= _FEW_CODES:
            shown = " to ".join("…" if end is None else f"{end:g}" for end in (low, high))
            item.notes.append(f"codes from {shown} are declared missing: add those that occur to missing:")


def _groups(form: Form, root: Any, variables: Sequence[Any]) -> None:
    """Groups of variables that share a scale become constructs."""
    names = {v.get("ID"): v.get("name") for v in variables}
    items = {a: i for i in form.draft.items for a in (i.id, *i.aliases)}
    for group in (g for data in _children(root, "dataDscr") for g in _children(data, "varGrp")):
        listed = [names.get(x) for x in (group.get("var") or "").split()]
        members = [items[n] for n in listed if n in items]
        title = form.say({k: w for label in _children(group, "labl") for k, w in _said(label).items()})
        form.battery(group.get("ID") or "group", title, members)


def _said(element: Any) -> dict[str, str]:
    """The words of an element by language; "" where it names none."""
    if element is None:
        return {}
    words = plain_text(_text(element))
    return {language_of(element.get(_LANG) or ""): words} if words else {}


def _text(element: Any) -> str:
    return "" if element is None else " ".join("".join(element.itertext()).split())


def _name(element: Any) -> str:
    """The tag without its namespace, which differs between versions."""
    return str(element.tag).rpartition("}")[2]


def _children(element: Any, name: str) -> list[Any]:
    return [e for e in element if _name(e) == name]


def _find(element: Any, names: Sequence[str]) -> Iterator[Any]:
    """The elements at the end of a path of names."""
    here = [element]
    for name in names:
        here = [child for e in here for child in _children(e, name)]
    yield from here


def _parse(path: Path) -> Any:
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import parse

    try:
        # codebooks name their schema by address: nothing is fetched, a document type is refused
        return parse(path, forbid_dtd=True, forbid_entities=True, forbid_external=True).getroot()
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise SurveykitError(
            "this is no DDI-Codebook", str(path), got=str(error)[:100], code="DAMAGED"
        ) from None
