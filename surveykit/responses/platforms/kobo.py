"""KoBoToolbox and ODK: group prefixes, several answers joined by blanks and as 0/1 columns, "or_other"."""

from __future__ import annotations

import re
from collections import defaultdict

from surveykit.responses.cells import fold
from surveykit.responses.choices import NONE, pick
from surveykit.responses.exports import Evidence, Field, Head, Survey, platforms

_META = {
    "_id": "meta", "_uuid": "id", "_submission_time": "date", "_validation_status": "meta", "_notes": "meta",
    "_status": "meta", "_submitted_by": "identifier", "_tags": "meta", "_index": "meta", "__version__": "meta",
    "_attachments": "meta", "_geolocation": "identifier", "start": "date", "end": "date", "today": "date",
    "deviceid": "identifier", "subscriberid": "identifier", "simserial": "identifier", "simid": "identifier",
    "phonenumber": "identifier", "username": "identifier", "email": "identifier", "instanceid": "meta",
    "meta/instanceid": "meta", "meta/rootuuid": "meta", "meta/deprecatedid": "meta", "submissiondate": "date",
    "key": "id", "meta-instanceid": "id", "submitterid": "meta", "submittername": "identifier",
    "attachmentspresent": "meta", "attachmentsexpected": "meta", "status": "meta", "reviewstate": "meta",
    "edits": "meta", "formversion": "meta",
}  # fmt: skip
_OWN = {"_uuid", "_submission_time", "_validation_status", "_id", "_index", "__version__", "formhub/uuid"}
_ODK = {"submissiondate", "meta-instanceid", "submitterid", "attachmentspresent"}
_PLACE = re.compile(
    r"_(.*)_(latitude|longitude|altitude|precision)\Z|.*-(latitude|longitude|altitude|accuracy)\Z", re.I
)
_FLAG = {"0", "1", "true", "false", "0.0", "1.0", ""}
_SLUG = re.compile(r"[\w.-]+( [\w.-]+)*\Z")


def _boxes(header: tuple[str, ...] | list[str]) -> dict[int, list[int]]:
    """The columns ``stem/choice`` of each column ``stem``."""
    place = {h.strip(): i for i, h in enumerate(header)}
    found: dict[int, list[int]] = defaultdict(list)
    for i, name in enumerate(header):
        stem = name.strip().rpartition("/")[0]
        if stem in place:
            found[place[stem]].append(i)
    return found


def _evidence(head: Head) -> Evidence:
    names = {h.strip().casefold() for h in head.header}
    found: Evidence = []
    own, odk = sorted(names & _OWN), sorted(names & _ODK)
    if own:
        found.append((min(len(own), 2) + 1, ", ".join(own[:4])))
    if len(odk) > 1:
        found.append((3, ", ".join(odk)))
    agreeing = 0
    for stem, boxes in _boxes(head.header).items():
        flags = {r[b].strip().casefold() for r in head.rows for b in boxes}
        agreeing += flags <= _FLAG and any(r[stem] for r in head.rows)
    if agreeing:
        found.append((3, f"{agreeing} questions with their answers joined and as 0/1 columns name/choice"))
    return found


@platforms.register(
    "kobo",
    title={"en": "KoBoToolbox / ODK", "zh": "KoBoToolbox / ODK"},
    reference="KoBoToolbox and ODK Central exports; XLSForm names",
    evidence="brute force: exports written by the tests; facts of real exports",
    marks=_evidence,
)
def kobo(survey: Survey) -> None:
    """Group prefixes off, both forms of a multiple answer as one (and compared), "other" texts named."""
    boxes = _boxes(survey.header)
    for i, header in enumerate(survey.header):
        name = header.strip()
        role = _META.get(name.casefold(), "identifier" if _PLACE.match(name) else "")
        if name.casefold() == "formhub/uuid":
            role = "meta"
        survey.describe(i, text=name, role=role)
    for stem, places in boxes.items():
        _both(survey, stem, places)
    done = {p for places in boxes.values() for p in places} | set(boxes)
    _only_boxes(survey, done)
    _only_joined(survey, done)
    for i, header in enumerate(survey.header):
        if header.endswith("_other") and header.removesuffix("_other") in survey.header:
            survey.describe(i, role="text")
    _short_names(survey, {i for i, f in survey.fields.items() if f.role == "member"})


def _both(survey: Survey, at: int, places: list[int]) -> None:
    """The joined column stays; the 0/1 columns must say the same, and what differs is counted."""
    codes = [survey.header[p].strip().rpartition("/")[2] for p in places]
    survey.describe(at, choices={c: c for c in codes}, separator=" ")
    words = {fold(c): c for c in codes}
    different = 0
    for row in range(survey.n):
        known, rest = pick(survey.cells[at][row], " ", words)
        listed = {*known, *(r for r in rest if r)}
        ticked = {c for c, p in zip(codes, places, strict=True) if _on(survey.cells[p][row])}
        different += listed != ticked
        seen = any(survey.cells[p][row].strip() for p in places)
        if not listed and not ticked and seen:
            survey.cells[at][row] = NONE
    for place in places:
        survey.describe(place, role="member")
    if different:
        name = survey.header[at]
        survey.warnings.append(
            f'"{name}": in {different:,} rows its joined answers and its 0/1 columns differ; the joined are used'
        )


def _only_boxes(survey: Survey, done: set[int]) -> None:
    """0/1 columns ``stem/choice`` without a joined column."""
    groups: dict[str, list[int]] = defaultdict(list)
    for i, header in enumerate(survey.header):
        stem = header.strip().rpartition("/")[0]
        cells = {c.strip().casefold() for c in survey.cells[i]}
        if stem and i not in done and not survey.fields[i].role and cells <= _FLAG and cells - {""}:
            groups[stem].append(i)
    for stem, places in groups.items():
        if len(places) > 1:
            codes = [survey.header[p].strip().rpartition("/")[2] for p in places]
            joined = []
            for row in range(survey.n):
                ticked = [c for c, p in zip(codes, places, strict=True) if _on(survey.cells[p][row])]
                seen = any(survey.cells[p][row].strip() for p in places)
                joined.append(" ".join(ticked) or (NONE if seen else ""))
            for place in places:
                survey.describe(place, role="member")
            facts = Field(text=stem, choices={c: c for c in codes}, separator=" ")
            survey.add(stem, joined, facts, places[0])


def _only_joined(survey: Survey, done: set[int]) -> None:
    """Answers that are names joined by blanks, where the names return."""
    for i in range(len(survey.header)):
        cells = [c.strip() for c in survey.cells[i] if c.strip()]
        if i in done or survey.fields[i].role or not cells or not all(map(_SLUG.match, cells)):
            continue
        names = [n for c in cells for n in c.split()]
        several = sum(" " in c for c in cells)
        plain = all(n == n.casefold() for n in names) and not all(n.replace(".", "").isdigit() for n in names)
        if plain and several * 20 >= len(cells) and len(set(names)) * 3 <= len(names):
            codes = {n: n for n in sorted(set(names))}
            survey.describe(i, choices=codes, separator=" ")
            survey.guesses.append(f'"{survey.header[i]}" holds several answers of {len(codes)} names')


def _on(cell: str) -> bool:
    return cell.strip().casefold() in {"1", "true", "1.0"}


def _short_names(survey: Survey, members: set[int]) -> None:
    """Names without the groups before them, where they stay different."""
    short = {i: h.strip().rpartition("/")[2] for i, h in enumerate(survey.header) if i not in members}
    names = list(short.values())
    for i, name in short.items():
        if names.count(name) == 1 and name != survey.header[i].strip():
            survey.describe(i, text=survey.header[i].strip())
            survey.header[i] = name
