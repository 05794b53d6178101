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
    "duration": "duration",
    "durationinseconds": "duration",
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
_PREVIEW = re.compile(
    r"(?:1|9|17)\Z|.*(?:preview|预览|預覽|vorschau|aperçu|vista previa|anteprima|pré-visualiza|visualização|prévia|voorbeeld"
    r"|プレビュー|미리 ?보기|предвар|podgląd|önizleme|förhands|forhånds|esikatsel|náhled|előnézet)"
)
_TEST = re.compile(r"2\Z|survey test\Z|test\Z|测试\Z|測試\Z|テスト")
_FINISHED = {"1", "true", "yes", "是", "真", "wahr", "ja", "vrai", "oui", "verdadero", "sí", "vero", "sì", "verdadeiro", "sim",
             "はい", "true ", "正しい", "예", "참", "да", "истина", "waar", "prawda", "tak"}  # fmt: skip
_UNFINISHED = {"0", "false", "no", "否", "假", "falsch", "nein", "faux", "non", "falso", "não", "いいえ", "偽", "아니요", "거짓",
               "нет", "ложь", "onwaar", "nee", "fałsz", "nie"}  # fmt: skip
_TIMER = re.compile(r".*_(?:FIRST_CLICK|LAST_CLICK|PAGE_SUBMIT|CLICK_COUNT)\Z", re.IGNORECASE)
_FILE = re.compile(r".*_FILE_(?:ID|NAME|SIZE|TYPE)\Z", re.IGNORECASE)
_ORDER = re.compile(r".*_DO(?:_\w+)?\Z")
_OWN_DATA = re.compile(
    r"Q_\w+|SC\d+\Z|(?:meta ?info|browser|operating ?system|resolution|version)\b", re.IGNORECASE
)
_BOX = re.compile(r"(?P<stem>.+)_(?P<choice>-?[^_\s]+)\Z")
_INTEGER = re.compile(r"-?\d{1,4}(\.0+)?\Z")
_RECODES = {"-1", "-2", "-3", "-9", "-99", "-999"}
_UNTICKED = {"-9", "-99", "-999"}


def _bare(name: str) -> str:
    """A name of the platform's own columns without its prefix and signs."""
    short = name.split("-")[-1] if name.lower().startswith(("panel-", "location-")) else name
    return re.sub(r"[^a-z]", "", short.lower())


def _evidence(head: Head) -> Evidence:
    found: Evidence = []
    ids = [sum(bool(_IMPORT_ID.match(c)) for c in row) for row in head.rows[:3]]
    if ids and max(ids) >= max(1, len(head.header) // 2):
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
        own = role != "text" and names[0] != "V1"
        survey.describe(i, text=names[i] if own else " ".join(labels[i].split()), role=role)
    _put_aside(survey, names, labels, ids)
    _questions(survey, names, _without_selected(names, labels), roles)
    _recommendations(survey, names, ids)
    _recodes(survey, roles)


def _role(name: str, label: str, import_id: str) -> str:
    for word in (import_id, name, label if name.startswith("V") else ""):
        if _bare(word) in _META and not word.startswith("QID"):
            return _META[_bare(word)]
    # the platform's own grouping of a question, how long a page took, a file that was sent, the order that was shown
    if name.endswith("_NPS_GROUP") or any(
        p.match(w) for p in (_TIMER, _FILE, _ORDER) for w in (import_id, name)
    ):
        return "meta"
    if _OWN_DATA.match(import_id or name):
        return "meta"
    if name.upper().endswith("_TEXT"):
        return "text"
    # without an id of a question: embedded data such as a segment, known of the respondent
    return "text" if "QID" in import_id and import_id.upper().endswith("TEXT") else ""


def _without_selected(names: list[str], labels: list[str]) -> list[str]:
    """Labels of questions with a text beside them, without what the platform adds to both ("- Selected Choice")."""
    short = list(labels)
    place = {n: i for i, n in enumerate(names)}
    for name in names:
        stem = re.sub(r"_-?\d+_TEXT\Z", "", name)
        if stem != name and stem in place:
            first, second = labels[place[stem]], labels[place[name]]
            asked, dash, _ = first.rpartition(" - ")
            if dash and second.startswith(f"{asked} - "):
                short[place[stem]] = asked
    return short


def _recommendations(survey: Survey, names: list[str], ids: list[str]) -> None:
    """What the platform groups into promoters and detractors was asked from 0 to 10."""
    grouped = {n.removesuffix("_NPS_GROUP") for n in (*names, *ids) if n.endswith("_NPS_GROUP")}
    for i, (name, import_id) in enumerate(zip(names, ids, strict=True)):
        if grouped & {name, import_id}:
            survey.describe(i, role="nps")


def _is_label_row(survey: Survey, first: list[str]) -> bool:
    """Whether the row below the names holds the questions' words: the response id's column tells."""
    for i, name in enumerate(survey.header):
        if _bare(name) == "responseid" or name == "V1":
            return not first[i].startswith("R_")
    return False


def _put_aside(survey: Survey, names: list[str], labels: list[str], ids: list[str]) -> None:
    def cells(key: str) -> list[str]:
        at = [i for i in range(len(names)) if key in {_bare(ids[i]), _bare(names[i]), _bare(labels[i])}]
        return [c.strip().casefold() for c in survey.cells[at[0]]] if at else []

    survey.put_aside([bool(_PREVIEW.match(c)) for c in cells("status")], "preview", "a preview")
    tests = [bool(_TEST.match(c)) for c in cells("status")]
    survey.put_aside(tests, "test answer made by Qualtrics", "a test answer made by Qualtrics")
    finished = cells("finished")
    if finished and not set(finished) <= _FINISHED | _UNFINISHED and (progress := cells("progress")):
        said = ", ".join(sorted(set(finished))[:3])
        survey.guesses.append(
            f"whether rows are finished is read from their progress: the words are unknown ({said})"
        )
        survey.put_aside([c != "100" for c in progress], "not finished", unfinished=True)
        return
    survey.put_aside([c in _UNFINISHED for c in finished], "not finished", unfinished=True)


def _questions(survey: Survey, names: list[str], labels: list[str], roles: dict[int, str]) -> None:
    """Batteries and boxes: columns whose names differ in what follows the last underscore."""
    groups: dict[str, list[int]] = defaultdict(list)
    for i, name in enumerate(names):
        if i not in roles:
            part = _BOX.match(name)
            groups[part.group("stem") if part else name].append(i)
    for stem_name, places in groups.items():
        stem, rest = _stem_and_rest([labels[p] for p in places])
        seen = {c.strip() for p in places for c in survey.cells[p]} - {""}
        # a box that was seen and not ticked holds the code for no answer
        filled = seen - _UNTICKED if len(places) > 1 and seen - _UNTICKED <= {"1", "1.0"} else seen
        boxes = len(places) > 1 and all(
            is_box([c for c in survey.cells[p] if c.strip() in filled], word)
            for p, word in zip(places, rest, strict=True)
        )
        words = {w.strip() for w in rest}
        ask_together(survey, places, stem, rest)
        if (
            boxes
            and filled
            and (filled <= words or filled <= {"1", "1.0", "0"})
            and len(set(rest)) == len(rest)
        ):
            if seen != filled:
                _untick(survey, places)
            join_boxes(survey, places, rest, stem_name, stem)
        elif len(places) == 1 and _is_list_of_codes(survey.cells[places[0]]):
            survey.describe(places[0], separator=",")
        elif len(places) == 1 and any("," in c for c in survey.cells[places[0]]):
            several_answers(survey, places[0], (",",))


def _untick(survey: Survey, places: list[int]) -> None:
    n = 0
    for place in places:
        n += sum(c.strip() in _UNTICKED for c in survey.cells[place])
        survey.cells[place] = ["0" if c.strip() in _UNTICKED else c for c in survey.cells[place]]
    name = _BOX.sub(r"\g<stem>", survey.header[places[0]])
    survey.guesses.append(f"{n:,} boxes of {name} with the code for no answer were seen and not ticked")


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
    return stem, [re.sub(r"\A[-\s]+(?=[^\d\s])", "", " ".join(label[cut:].split())) for label in labels]


def _recodes(survey: Survey, roles: dict[int, str]) -> None:
    """Negative codes beside positive ones are answers such as "no basis", never scores."""
    said: dict[str, int] = defaultdict(int)
    columns = 0
    for i, cells in enumerate(survey.cells):
        if i in roles or (i in survey.fields and survey.fields[i].role not in {"", "nps"}):
            continue
        values = {c.strip() for c in cells} - {""}
        found = sorted(values & _RECODES)
        if not found or not all(map(_INTEGER.match, values)):
            continue
        rest = values - _RECODES
        if any(float(v) < 0 for v in rest) or (not rest and not values <= _UNTICKED):
            continue
        columns += 1
        survey.missing[i] = dict.fromkeys(found, "skipped")
        for code in found:
            said[code] += sum(c.strip() == code for c in cells)
    if said:
        listed = ", ".join(f"{code} ({n:,} cells)" for code, n in sorted(said.items()))
        survey.guesses.append(f"negative recodes in {columns} columns are no scores but no answer: {listed}")
