"""LimeSurvey's tab-separated structure: documented for editing by hand, without database ids or a schema version.

The other format, .lss, is a dump of tables whose layout follows the version of the database; a file for one version is
migrated or refused by another. The tab-separated file is read by all versions since 2.05.
"""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Mapping, Sequence

from surveykit.exchange.export import Form, forms
from surveykit.exchange.grids import Grid, blocks
from surveykit.exchange.questions import asked_items, choices, in_languages, languages_of
from surveykit.format import pick
from surveykit.questionnaire import Item, Questionnaire
from surveykit.responses.definitions.limesurvey import OPTIONS_CLASS, SCALE_CLASS

__all__ = ["write_limesurvey"]

_COLUMNS = ("id", "related_id", "class", "type/scale", "name", "relevance", "text", "help", "language", "validation",
            "mandatory", "other", "default", "same_default", "cssclass", "min_num_value_n", "max_num_value_n",
            "num_value_int_only", "other_replace_text")  # fmt: skip
_LANGUAGES = {"zh": "zh-Hans", "zh-Hant": "zh-Hant-TW"}
_GROUP = {"en": "Questions", "zh": "问题"}
_OTHER = "other"
_LONGEST_CODE = 5
_LONGEST_NAME = 20

Row = Mapping[str, str]


@forms.register(
    "limesurvey",
    title={"en": "LimeSurvey (tab-separated)", "zh": "LimeSurvey（制表符分隔）"},
    reference="LimeSurvey manual, Tab Separated Value survey structure",
    evidence="brute force: written, read back and compared",
    suffixes=(".txt",),
)
def write_limesurvey(q: Questionnaire, language: str, suffix: str, grids: bool) -> Form:  # noqa: ARG001
    """Codes are letters and digits there: where the questionnaire's are not, the second file maps them."""
    languages = languages_of(q, language)
    listed = blocks(q, grids)
    items = {item.id: item for item in asked_items(q)}
    named = [*items, *(block.name for block in listed if isinstance(block, Grid))]
    names = _unique({name: _plain(name, _LONGEST_NAME, "q") for name in named})
    codes = {name: _codes(item) for name, item in items.items()}
    rows: list[Row] = [
        {"class": "S", "name": "language", "text": _tag(language)},
        {"class": "S", "name": "additional_languages", "text": " ".join(map(_tag, languages[1:]))},
        {"class": "S", "name": "format", "text": "G"},
    ]
    titles = in_languages(q.title, languages, q.id)
    rows += [
        {"class": "SL", "name": "surveyls_title", "text": _words(titles[x]), "language": _tag(x)}
        for x in languages
    ]
    below: dict[tuple[str, str], int] = {}
    for spoken in languages:
        group = _words(_GROUP.get(spoken, _GROUP["en"]))
        rows.append({"id": "1", "class": "G", "type/scale": "1", "name": group, "language": _tag(spoken)})
        for number, block in enumerate(listed, 1):
            if isinstance(block, Grid):
                written = _array(block, names, codes[block.items[0].id], spoken, str(number))
            else:
                written = _rows(block, names[block.id], codes[block.id], spoken, str(number))
            rows += [_numbered(row, below, len(listed)) for row in written]
    lines = ["\t".join(_COLUMNS)]
    lines += ["\t".join(row.get(c, "") for c in _COLUMNS) for row in rows]
    changed = {n: {c: p for c, p in found.items() if c != p} for n, found in codes.items()}
    changed = {n: found for n, found in changed.items() if found}
    text = "\ufeff" + "\r\n".join(lines) + "\r\n"
    return Form(text.encode("utf-8"), (), _headers(listed, names), changed)


def _numbered(row: Row, below: dict[tuple[str, str], int], questions: int) -> Row:
    """A sub-question is a question to LimeSurvey: it gets a number of its own, the same in each language."""
    if row["class"] != "SQ":
        return row
    place = row["id"], row["name"]
    return {**row, "id": str(questions + below.setdefault(place, len(below) + 1))}


def _headers(listed: Sequence[Item | Grid], names: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The headers of an export by code, and of tables also by full text, where they are not the ids and wordings."""
    found: dict[str, tuple[str, ...]] = {}
    for block in listed:
        if not isinstance(block, Grid):
            found |= {block.id: (names[block.id],)} if names[block.id] != block.id else {}
            continue
        for item in block.items:
            texts = [f"{pick(block.stem, x)} [{words}]" for x, words in block.rows[item.id].items()]
            found[item.id] = (f"{names[block.name]}[{names[item.id]}]", *texts)
    return found


def _array(
    grid: Grid, names: Mapping[str, str], codes: Mapping[str, str], language: str, number: str
) -> list[Row]:
    """Items as the sub-questions of an array, in one language."""
    row = {
        "id": number,
        "class": "Q",
        "type/scale": "F",
        "name": names[grid.name],
        "relevance": "1",
        "text": _words(in_languages(grid.stem, [language])[language]),
        "language": _tag(language),
        "mandatory": "N",
        "cssclass": SCALE_CLASS,
    }
    asked: list[Row] = [
        {
            "id": number,
            "class": "SQ",
            "type/scale": "0",
            "name": names[item.id],
            "relevance": "1",
            "text": _words(in_languages(grid.rows[item.id], [language], item.id)[language]),
            "language": _tag(language),
        }
        for item in grid.items
    ]
    return [row, *asked, *_answers(grid.items[0], codes, language, number)]


def _rows(item: Item, name: str, codes: Mapping[str, str], language: str, number: str) -> list[Row]:
    """A question and what stands below it, in one language."""
    row: dict[str, str] = {
        "id": number,
        "class": "Q",
        "type/scale": _type(item),
        "name": name,
        "relevance": "1",
        "text": _words(in_languages(item.text, [language], item.id)[language]),
        "language": _tag(language),
        "mandatory": "N",
    }
    if item.scale is not None and item.scale.kind == "numeric":
        bounds = {"min_num_value_n": str(item.scale.min), "max_num_value_n": str(item.scale.max)}
        return [{**row, **bounds, "num_value_int_only": "1"}]
    row["cssclass"] = {"scale": SCALE_CLASS, "single": OPTIONS_CLASS}.get(item.type, "")
    if _OTHER in item.options:
        said = in_languages(item.options[_OTHER], [language], _OTHER)[language]
        row |= {"other": "Y", "other_replace_text": _words(said)}
    return [row, *_answers(item, codes, language, number)]


def _answers(item: Item, codes: Mapping[str, str], language: str, number: str) -> list[Row]:
    """The choices of a question: answers, or the boxes of a question with several."""
    several = item.type == "multi"
    return [
        {
            "id": number,
            "class": "SQ" if several else "A",
            "type/scale": "0",
            "name": codes[c.code],
            "relevance": "1" if several else "",
            "text": _words(in_languages(c.texts, [language], c.code)[language]),
            "language": _tag(language),
        }
        for c in choices(item)
        if c.code != _OTHER
    ]


def _type(item: Item) -> str:
    if item.scale is not None:
        return "N" if item.scale.kind == "numeric" else "L"
    return {"single": "L", "multi": "M", "number": "N", "date": "D", "id": "S"}.get(item.type, "T")


def _codes(item: Item) -> dict[str, str]:
    """The codes of the choices in letters and digits: at most five of them, for sub-questions twenty."""
    if item.scale is not None and item.scale.kind == "numeric":
        return {}
    longest = _LONGEST_NAME if item.type == "multi" else _LONGEST_CODE
    listed = [c.code for c in choices(item) if c.code != _OTHER]
    # a new code must not be the old one of another answer, which would then be read for it
    taken = {code.casefold() for code in listed}
    found: dict[str, str] = {}
    for place, code in enumerate(listed, 1):
        plain = "m" + code[1:] if re.fullmatch(r"-\d+", code, re.ASCII) else code
        fits = re.fullmatch(rf"[A-Za-z0-9]{{1,{longest}}}", plain, re.ASCII)
        if (plain != code and (not fits or plain.casefold() in taken)) or not fits:
            plain = next(f"A{n}" for n in itertools.count(place) if f"a{n}" not in taken)
        taken.add(plain.casefold())
        found[code] = plain
    return found


def _plain(name: str, longest: int, first: str) -> str:
    letters = re.sub(r"[^A-Za-z0-9]", "", name)
    return (letters if letters[:1].isalpha() else first + letters)[:longest]


def _unique(names: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    taken = {n.casefold() for n, plain in names.items() if n == plain}
    for name, plain in names.items():
        free, number = plain, 2
        while name != plain and free.casefold() in taken:
            free, number = f"{plain[: _LONGEST_NAME - 3]}{number}", number + 1
        taken.add(free.casefold())
        found[name] = free
    return found


def _tag(language: str) -> str:
    return _LANGUAGES.get(language, language)


def _words(text: str) -> str:
    """A text as the HTML that LimeSurvey takes: no markup, no expression, no formula for a spreadsheet."""
    line = html.escape(" ".join(text.split()), quote=True).replace("{", "&#123;").replace("}", "&#125;")
    return f"&#{ord(line[0])};{line[1:]}" if line[:1] in set("=+-@") else line
