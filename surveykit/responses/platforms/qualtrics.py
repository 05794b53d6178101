"""Qualtrics: one, two or three header rows, previews and unfinished rows, boxes, negative recodes.

The third row holds import ids, as JSON in newer exports and as a Python dict in older ones. They are never
translated, while the second row is; so they say which columns the platform itself wrote.
"""

from __future__ import annotations

import re
from collections import defaultdict

from surveykit.responses.exports import Evidence, Head, Survey, platforms
from surveykit.responses.platforms._boxes import ask_together, is_box, join_boxes, several_answers

_IMPORT_ID = re.compile(r"""\{\s*["']ImportId["']\s*:\s*["']([^"']*)["']""")
_META = {
    "responseid": "id",
    "responsesetid": "meta",
    "responseset": "meta",
    "ipaddress": "identifier",
    "startdate": "date",
    "enddate": "date",
    "recordeddate": "date",
    "recordedday": "date",
    "status": "meta",
    "progress": "meta",
    "duration": "meta",
    "durationinseconds": "meta",
    "finished": "meta",
    "recipientlastname": "identifier",
    "recipientfirstname": "identifier",
    "recipientemail": "identifier",
    "externaldatareference": "identifier",
    "externalreference": "identifier",
    "locationlatitude": "identifier",
    "locationlongitude": "identifier",
    "locationaccuracy": "meta",
    "distributionchannel": "meta",
    "userlanguage": "meta",
    "recordid": "id",
}
_PREVIEW = {
    "1",
    "9",
    "17",
    "survey preview",
    "preview",
    "spam preview",
    "offline preview",
    "预览",
    "调查预览",
    "vista previa de la encuesta",
    "umfragevorschau",
    "aperçu de l'enquête",
    "anteprima del sondaggio",
}
_TEST = {"2", "survey test", "test", "测试"}
_UNFINISHED = {"0", "false", "no", "否", "假", "falsch", "nein", "faux", "non", "falso", "não"}
_BOX = re.compile(r"(?P<stem>.+)_(?P<choice>-?[^_\s]+)\Z")
_INTEGER = re.compile(r"-?\d{1,4}(\.0+)?\Z")
_RECODES = {"-1", "-2", "-3", "-9", "-99", "-999"}


def _bare(name: str) -> str:
    """A name of the platform's own columns without its prefix and signs."""
    short = name.split("-")[-1] if name.lower().startswith(("panel-", "location-")) else name
    return re.sub(r"[^a-z]", "", short.lower())


def _evidence(head: Head) -> Evidence:
    found: Evidence = []
    ids = [sum(bool(_IMPORT_ID.match(c)) for c in row) for row in head.rows[:3]]
    if ids and max(ids) >= len(head.header) // 2:
        found.append((5, f"row {ids.index(max(ids)) + 2} holds import ids"))
    own = [h for h in head.header if _bare(h) in _META]
    if any(_bare(h) == "responseid" for h in own) and len(own) >= 3:
        found.append((3, f"{len(own)} columns with Qualtrics' own names"))
    elif head.rows and sum(_bare(c) in _META for c in head.rows[0]) >= 4 and head.header[0] == "V1":
        found.append((3, "a second header row with Qualtrics' own names"))
    return found


@platforms.register(
    "qualtrics",
    title={"en": "Qualtrics", "zh": "Qualtrics"},
    reference="Qualtrics data exports, all generations of header rows",
    evidence="brute force: exports written by the tests; facts of real exports",
    marks=_evidence,
)
def qualtrics(survey: Survey) -> None:
    """Header rows to metadata, previews and unfinished rows aside, boxes to multiple answers."""
    names = list(survey.header)
    labels, ids = names, [""] * len(names)
    for _ in range(2):
        first = survey.row(0) if survey.n else []
        if sum(bool(_IMPORT_ID.match(c)) for c in first) * 2 >= len(names):
            ids = [m.group(1) if (m := _IMPORT_ID.match(c)) else "" for c in first]
            survey.drop_first(1)
        elif labels is names and _is_label_row(survey, first):
            labels = first
            survey.drop_first(1)
    roles = {i: r for i in range(len(names)) if (r := _role(names[i], labels[i], ids[i]))}
    for i, role in roles.items():
        survey.describe(i, text=names[i] if names[0] != "V1" else labels[i], role=role)
    _put_aside(survey, names, labels, ids)
    _questions(survey, names, labels, roles)
    _recodes(survey, roles)


def _role(name: str, label: str, import_id: str) -> str:
    for word in (import_id, name, label if name.startswith("V") else ""):
        if _bare(word) in _META and not word.startswith("QID"):
            return _META[_bare(word)]
    if name.endswith("_NPS_GROUP"):
        return "meta"  # the platform's own grouping of the question before it
    if "_FILE_" in name or "QID" not in import_id:
        return "" if not import_id else "meta"
    return "text" if import_id.upper().endswith("TEXT") or name.upper().endswith("_TEXT") else ""


def _is_label_row(survey: Survey, first: list[str]) -> bool:
    """Whether the row below the names holds the questions' words: the response id's column tells."""
    for i, name in enumerate(survey.header):
        if _bare(name) == "responseid" or name == "V1":
            return not first[i].startswith("R_")
    return False


def _put_aside(survey: Survey, names: list[str], labels: list[str], ids: list[str]) -> None:
    def flags(key: str, words: set[str]) -> list[bool]:
        at = [i for i in range(len(names)) if key in {_bare(ids[i]), _bare(names[i]), _bare(labels[i])}]
        return [c.strip().casefold() in words for c in survey.cells[at[0]]] if at else []

    survey.put_aside(flags("status", _PREVIEW), "preview", "a preview")
    survey.put_aside(
        flags("status", _TEST), "test answer made by Qualtrics", "a test answer made by Qualtrics"
    )
    survey.put_aside(flags("finished", _UNFINISHED), "not finished", unfinished=True)


def _questions(survey: Survey, names: list[str], labels: list[str], roles: dict[int, str]) -> None:
    """Batteries and boxes: columns whose names differ in what follows the last underscore."""
    groups: dict[str, list[int]] = defaultdict(list)
    for i, name in enumerate(names):
        if i not in roles:
            part = _BOX.match(name)
            groups[part.group("stem") if part else name].append(i)
    for stem_name, places in groups.items():
        stem, rest = _stem_and_rest([labels[p] for p in places])
        boxes = len(places) > 1 and all(
            is_box(survey.cells[p], word) for p, word in zip(places, rest, strict=True)
        )
        filled = {c.strip() for p in places for c in survey.cells[p]} - {""}
        words = {w.strip() for w in rest}
        ask_together(survey, places, stem, rest)
        if (
            boxes
            and filled
            and (filled <= words or filled <= {"1", "1.0", "0"})
            and len(set(rest)) == len(rest)
        ):
            join_boxes(survey, places, rest, stem_name, stem)
        elif len(places) == 1 and _is_list_of_codes(survey.cells[places[0]]):
            survey.describe(places[0], separator=",")
        elif len(places) == 1 and any("," in c for c in survey.cells[places[0]]):
            several_answers(survey, places[0], (",",))


def _is_list_of_codes(cells: list[str]) -> bool:
    filled = [c for c in cells if c]
    lists = [c for c in filled if re.fullmatch(r"-?\d{1,3}(,-?\d{1,3})+", c)]
    return len(lists) * 20 >= max(len(filled), 1) and all(
        re.fullmatch(r"-?\d{1,3}(,-?\d{1,3})*", c) for c in filled
    )


def _stem_and_rest(labels: list[str]) -> tuple[str, list[str]]:
    """What the labels of a battery share, up to a dash, and what each adds."""
    if len(labels) < 2:
        return " ".join(labels[0].split()) if labels else "", [""]
    first, last = min(labels), max(labels)
    same = next((k for k, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    shared = first[:same]
    cut = shared.rfind("-") + 1
    if cut <= 0:
        return " ".join(labels[0].split()), [" ".join(label.split()) for label in labels]
    stem = " ".join(shared[:cut].rstrip("- ").split())
    return stem, [" ".join(label[cut:].split()) for label in labels]


def _recodes(survey: Survey, roles: dict[int, str]) -> None:
    """Negative codes beside positive ones are answers such as "no basis", never scores."""
    said: dict[str, int] = defaultdict(int)
    columns = 0
    for i, cells in enumerate(survey.cells):
        if i in roles or (i in survey.fields and survey.fields[i].role):
            continue
        values = {c.strip() for c in cells} - {""}
        found = sorted(values & _RECODES)
        if not found or not all(map(_INTEGER.match, values)):
            continue
        if not values - _RECODES or any(float(v) < 0 for v in values - _RECODES):
            continue
        columns += 1
        survey.missing[i] = dict.fromkeys(found, "skipped")
        for code in found:
            said[code] += sum(c.strip() == code for c in cells)
    if said:
        listed = ", ".join(f"{code} ({n:,} cells)" for code, n in sorted(said.items()))
        survey.guesses.append(f"negative recodes in {columns} columns are no scores but no answer: {listed}")
