"""SurveyMonkey: two header rows, the first blank over all but the first column of a question."""

from __future__ import annotations

import re

from surveykit.responses.choices import OTHER
from surveykit.responses.exports import Evidence, Head, Survey, platforms
from surveykit.responses.platforms._boxes import ask_together, is_box, join_boxes

_SINGLE = {"response", "open-ended response", "réponse", "réponse ouverte", "antwort", "offene antwort", "respuesta",
           "respuesta abierta", "resposta", "resposta aberta", "risposta", "risposta aperta", "antwoord", "回复", "开放式回复",
           "答复", "回答", "自由回答", "자유 응답", "응답", "ответ"}  # fmt: skip
_OTHER = re.compile(
    r"specify|请注明|請註明|préciser|précisez|bitte (?:angeben|eingeben|nennen)|especifi|specificare|nader toe|具体的に|명시",
    re.IGNORECASE,
)
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}(?![.\d])")
_LEADING = 3
_META = {
    "respondentid": "id",
    "respondent id": "id",
    "collectorid": "meta",
    "collector id": "meta",
    "startdate": "date",
    "enddate": "date",
    "start date": "date",
    "end date": "date",
    "date created": "date",
    "date modified": "date",
    "ip address": "identifier",
    "email address": "identifier",
    "first name": "identifier",
    "lastname": "identifier",
    "last name": "identifier",
    "custom data 1": "identifier",
    "custom data": "identifier",
}


def _evidence(head: Head) -> Evidence:
    found: Evidence = []
    names = [_bare(h) for h in head.header]
    own = [
        h.strip() for h, n in zip(head.header, names, strict=True) if n in {"respondent id", "collector id"}
    ]
    if len(own) > 1:
        found.append((3, f"columns {' and '.join(own)}"))
    if not head.rows:
        return found
    second = [c.strip() for c in head.rows[0]]
    blanks = sum(not h.strip() and bool(c) for h, c in zip(head.header, second, strict=True))
    singles = sum(c.casefold() in _SINGLE for c in second)
    if singles:
        found.append((2, f'"{next(c for c in second if c.casefold() in _SINGLE)}" in the second header row'))
    if blanks:
        found.append((2, f"{blanks} blank names over a second header row"))
    if _bare(head.header[0]) in {"respondentid", "respondent id"}:
        found.append((1, f'first column "{head.header[0].strip()}"'))
    return found if len(found) > 1 or len(own) > 1 else []


def _bare(name: str) -> str:
    return name.replace("\ufeff", "").strip().casefold()


@platforms.register(
    "surveymonkey",
    title={"en": "SurveyMonkey", "zh": "SurveyMonkey"},
    reference="SurveyMonkey exports with two header rows",
    evidence="brute force: exports written by the tests; facts of real exports",
    marks=_evidence,
)
def surveymonkey(survey: Survey) -> None:
    """The first header row filled forward, the second as choice or row of the question."""
    second = (
        [" ".join(c.split()) for c in survey.row(0)]
        if _has_second_header(survey)
        else [""] * len(survey.header)
    )
    if any(second):
        survey.drop_first(1)
    written = _written(survey, second)
    questions: list[tuple[str, list[int]]] = []
    for i, name in enumerate(survey.header):
        if name.strip():
            questions.append((" ".join(name.split()), [i]))
        elif second[i] and questions:
            questions[-1][1].append(i)
    for stem, places in questions:
        role = written.get(places[0], _META.get(_bare(stem), "")) if len(places) == 1 else ""
        if role or len(places) == 1:
            word = second[places[0]]
            full = stem if not word or word.casefold() in _SINGLE else f"{stem} – {word}"
            survey.header[places[0]] = full
            survey.describe(places[0], text=full, role=role)
            continue
        _several(survey, stem, places, [second[p] for p in places])


def _has_second_header(survey: Survey) -> bool:
    """Whether the first row below the names is a header row: it names no respondent."""
    if not survey.n:
        return False
    ids = [i for i, h in enumerate(survey.header) if _META.get(_bare(h)) == "id"]
    return not survey.cells[ids[0]][0].strip() if ids else True


def _written(survey: Survey, second: list[str]) -> dict[int, str]:
    """Roles of the columns before the first question, whatever their language: a second header stands over questions only."""
    first = next((i for i, word in enumerate(second) if word), 0)
    if first < _LEADING:
        return {}
    roles = {}
    for i in range(first):
        cells = [c for c in survey.cells[i] if c.strip()]
        dates = bool(cells) and all(_DATE.match(c.strip()) for c in cells)
        place = {0: "id", 1: "meta"}.get(i, "identifier")
        roles[i] = _META.get(_bare(survey.header[i]), "date" if dates else place)
    return roles


def _several(survey: Survey, stem: str, places: list[int], words: list[str]) -> None:
    """Boxes of a multiple answer, rows of a matrix, or ranks."""
    free = _free(survey, places, words)
    rest = [(p, w) for p, w in zip(places, words, strict=True) if p not in free]
    ask_together(survey, places, stem, words)
    for place, word in zip(places, words, strict=True):
        survey.header[place] = f"{stem} – {word}"
    for place in free:
        survey.describe(place, role="text")
    if len(rest) > 1 and _are_boxes(survey, rest):
        if any(c for p, _ in rest for c in survey.cells[p]):
            # who wrote something beside the boxes chose "other"
            beside = [p for p in free if any(c.strip() for c in survey.cells[p])]
            marks = [*(w for _, w in rest), *[OTHER] * len(beside)]
            join_boxes(survey, [*(p for p, _ in rest), *beside], marks, stem, stem)
            for place in beside:
                survey.describe(place, role="text")
    elif len(rest) > 1 and _ranks(survey, [p for p, _ in rest]):
        for place, _ in rest:
            survey.describe(place, role="rank")
    elif len(rest) == 1 and free:
        survey.header[rest[0][0]] = stem
        survey.describe(rest[0][0], text=stem, stem="")


def _free(survey: Survey, places: list[int], words: list[str]) -> list[int]:
    """The column for one's own words: by its header, or as the last beside boxes or a single answer."""
    named = [p for p, w in zip(places, words, strict=True) if _OTHER.search(w)]
    if named:
        return named
    rest = list(zip(places, words, strict=True))[:-1]
    if words[0].casefold() in _SINGLE:
        return places[1:]
    beside = (
        len(rest) > 1
        and _are_boxes(survey, rest)
        and not _says_only(survey.cells[places[-1]], words[-1], len(rest))
    )
    filled = any(c.strip() for p, _ in rest for c in survey.cells[p])
    return places[-1:] if beside and filled else []


def _are_boxes(survey: Survey, boxes: list[tuple[int, str]]) -> bool:
    return all(_says_only(survey.cells[p], w, k) for k, (p, w) in enumerate(boxes))


def _says_only(cells: list[str], word: str, place: int) -> bool:
    """A box holds its choice's words, or is blank; where numbers were exported, 1 or the number of the choice."""
    said = {" ".join(c.split()).casefold() for c in set(cells)} - {""}
    return said <= {word.casefold()} or said <= {str(place + 1)} or (said <= {"1"} and is_box(cells, word))


def _ranks(survey: Survey, places: list[int]) -> bool:
    """Whether each row holds different whole numbers up to the number of columns."""
    top = len(places)
    words = {c.strip() for p in places for c in set(survey.cells[p])} - {""}
    if not all(w.isdigit() or w.casefold() == "n/a" for w in words):
        return False
    seen = 0
    for row in range(survey.n):
        cells = [survey.cells[p][row].strip() for p in places]
        numbers = [c for c in cells if c.isdigit()]
        if len(numbers) != sum(bool(c) and c.casefold() != "n/a" for c in cells):
            return False
        if any(not 1 <= int(c) <= top for c in numbers) or len(set(numbers)) != len(numbers):
            return False
        seen += len(numbers) > 1
    return seen > 0
