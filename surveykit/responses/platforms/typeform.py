"""Typeform: a token first, HTML in the headers, multiple answers as columns named by the choice only."""

from __future__ import annotations

import re
from html import unescape

from surveykit.responses.choices import OTHER
from surveykit.responses.exports import Evidence, Head, Survey, platforms
from surveykit.responses.platforms._boxes import join_boxes

_OTHERS = {
    "other",
    "其他",
    "andere",
    "sonstiges",
    "autre",
    "otro",
    "otra",
    "outro",
    "altro",
    "anders",
    "その他",
    "기타",
}
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_META = {
    "#": "id",
    "token": "id",
    "response id": "id",
    "start date (utc)": "date",
    "submit date (utc)": "date",
    "stage date (utc)": "date",
    "network id": "identifier",
    "response type": "meta",
    "tags": "meta",
    "ending": "meta",
    "score": "meta",
    "winning outcome id": "meta",
    "submitted at": "date",
}


def _plain(header: str) -> str:
    """A header without tags and entities; its white space as single blanks."""
    return " ".join(unescape(_TAG.sub("", header)).replace("*", "").split())


def _evidence(head: Head) -> Evidence:
    names = [_plain(h).casefold() for h in head.header]
    found: Evidence = []
    own = [n for n in names if n in {"network id", "submit date (utc)", "start date (utc)"}]
    if {"submitted at", "token"} <= set(names):
        found.append((3, '"submitted at", "token"'))
    if own:
        found.append((1 + len(own), ", ".join(f'"{n}"' for n in own)))
    if names[0] in {"#", "token", "response id"} and own:
        found.append((1, f'first column "{head.header[0]}"'))
    tags = sum(bool(_TAG.search(h)) for h in head.header)
    if tags:
        found.append((1, f"HTML in {tags} headers"))
    return found


@platforms.register(
    "typeform",
    title={"en": "Typeform", "zh": "Typeform"},
    reference="Typeform results as CSV or XLSX",
    evidence="brute force: exports written by the tests; facts of real exports",
    marks=_evidence,
)
def typeform(survey: Survey) -> None:
    """Plain headers; runs of columns that hold only their own header become multiple answers."""
    tagged = sum(bool(_TAG.search(h)) for h in survey.header)
    if tagged:
        survey.guesses.append(f"HTML was taken out of {tagged} headers")
    survey.header = [_plain(h) for h in survey.header]
    for i, name in enumerate(survey.header):
        role = _META.get(name.casefold(), "")
        cells = {c.strip() for c in survey.cells[i]} - {""}
        # a yes/no question is exported as 1 and 0
        survey.describe(i, text=name, role=role or ("yes_no" if cells and cells <= {"0", "1"} else ""))
    flags = [not any(c.strip() for c in survey.row(r)[1:-3]) for r in range(survey.n)]
    survey.put_aside(flags, "no answer to any question")
    kind = next((i for i, name in enumerate(survey.header) if name.casefold() == "response type"), None)
    if kind is not None:
        partial = [c.strip().casefold() in {"partial", "started"} for c in survey.cells[kind]]
        survey.put_aside(partial, "not completed", unfinished=True)
    for number, run in enumerate(_runs(survey), 1):
        _join(survey, run, number)


def _join(survey: Survey, run: list[int], number: int) -> None:
    before = survey.header[run[0] - 1] if run[0] else ""
    choices = [survey.header[p] for p in run]
    listed = ", ".join(choices[:3]) + (", …" if len(choices) > 3 else "")
    name = f"multiple answer {number} ({listed})"
    for place in run:
        survey.header[place] = f"{name} – {survey.header[place]}"
    after = run[-1] + 1
    beside = [after] if after < len(survey.header) and survey.header[after].casefold() in _OTHERS else []
    told = [p for p in beside if any(c.strip() for c in survey.cells[p])]
    # who wrote something beside the boxes chose "other"
    join_boxes(survey, [*run, *told], [*choices, *[OTHER] * len(told)], name, name)
    survey.guesses.append(
        f'{len(run)} columns after "{before[:50]}" are one multiple answer, whose question the export does not name'
    )
    for place in beside:
        survey.header[place] = f"{name} – {survey.header[place]}"
        survey.describe(place, text=survey.header[place], role="text")


def _runs(survey: Survey) -> list[list[int]]:
    """Columns side by side whose cells are blank or their own header; a repeated header starts anew.

    A column that nobody ticked belongs to the run around it.
    """
    runs: list[list[int]] = []
    run: list[int] = []
    names: set[str] = set()
    for i, header in enumerate(survey.header):
        cells = {" ".join(unescape(c).split()) for c in survey.cells[i]} - {""}
        box = cells == {header} or (not cells and bool(run))
        if not box or header in names:
            runs.append(run)
            run, names = [], set()
        if box:
            run.append(i)
            names.add(header)
    runs.append(run)
    return [trimmed for r in runs if len(trimmed := _trim(survey, r)) > 1]


def _trim(survey: Survey, run: list[int]) -> list[int]:
    """A run without the empty columns at its end, which may be questions that nobody answered.

    Where a column for other answers follows, they are choices that nobody ticked.
    """
    after = run[-1] + 1 if run else 0
    if len(run) > 1 and after < len(survey.header) and survey.header[after].casefold() in _OTHERS:
        return run
    last = max((k for k, p in enumerate(run) if any(c.strip() for c in survey.cells[p])), default=-1)
    return run[: last + 1]
