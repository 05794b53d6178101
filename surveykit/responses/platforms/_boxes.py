"""Multiple answers: one column per ticked box brought together, and choices learnt from joined cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from surveykit.responses.cells import plain
from surveykit.responses.choices import NONE, OTHER, learn
from surveykit.responses.exports import Field, Survey

__all__ = [
    "SEPARATOR",
    "TICKED",
    "UNTICKED",
    "ask_together",
    "boxes_and_blanks",
    "is_box",
    "join_boxes",
    "say_of_codes",
    "several_answers",
]

SEPARATOR = "┋"
_CODES_OF_CHOICES = frozenset(map(str, range(1, 8)))
_SHOWN = 4
TICKED = frozenset({"1", "1.0", "yes", "y", "true", "ja", "oui", "sí", "si", "sim", "sì", "是", "选中", "已选",
                    "checked", "selected", "x"})  # fmt: skip
UNTICKED = frozenset({"0", "0.0", "no", "n", "false", "nein", "non", "não", "nee", "否", "未选中", "未选",
                      "unchecked", "not selected"})  # fmt: skip


def is_box(cells: Sequence[str], choice: str, absent: Collection[str] = ()) -> bool:
    """Whether a column can be one box of a multiple answer: blank, a tick or the choice's own words."""
    words = {c.strip().casefold() for c in set(cells)} - {"", *(a.casefold() for a in absent)}
    if not words:
        return True
    ticks = words - UNTICKED
    return ticks <= TICKED or ticks <= {choice.strip().casefold()}


def boxes_and_blanks(
    columns: Sequence[Sequence[str]], choices: Sequence[str], absent: Collection[str] = ()
) -> tuple[list[int], list[int]]:
    """Which of the columns of one question are boxes of a multiple answer, and which blanks take the text of a choice.

    Both are empty where the columns are no multiple answer: fewer than two boxes that were ever ticked or left open, more
    blanks than boxes, or a column of numbers beside them.
    """
    nothing = {"", *absent}
    said = [{c.strip() for c in set(column)} - nothing for column in columns]
    boxes = [
        k
        for k, (cells, word) in enumerate(zip(said, choices, strict=True))
        if is_box(list(cells), word) and cells <= {"0", "1", word}
    ]
    blanks = [k for k in range(len(columns)) if k not in boxes]
    used = sum(bool(said[k]) for k in boxes)
    numbers = any(said[k] and all(c.replace(".", "", 1).isdigit() for c in said[k]) for k in blanks)
    return ([], []) if used < 2 or len(blanks) > len(boxes) or numbers else (boxes, blanks)


def join_boxes(
    survey: Survey,
    places: Sequence[int],
    choices: Sequence[str],
    name: str,
    text: str,
    absent: Collection[str] = (),
) -> None:
    """One column for the boxes at ``places``: the ticked choices, ∅ where all are unticked, else blank.

    The boxes stay as columns of their own. A row in which no box says anything, or only words of
    ``absent``, is blank: such exports do not tell "not asked" from "nothing ticked".
    """
    nothing = {"", *(a.casefold() for a in absent)}
    marks = []
    for place, word in zip(places, choices, strict=True):
        # what each different cell says: its choice, that it was seen, or nothing
        said = {c: _said(c.strip().casefold(), word, nothing) for c in set(survey.cells[place])}
        marks.append([said[c] for c in survey.cells[place]])
    joined = [SEPARATOR.join(filter(None, row)) or _empty(row) for row in zip(*marks, strict=True)]
    for place in places:
        survey.describe(place, role="member")
    codes = {choice if choice == OTHER else str(i + 1): choice for i, choice in enumerate(choices)}
    survey.add(name, joined, Field(text=text, choices=codes, separator=SEPARATOR), places[0])


def ask_together(survey: Survey, places: Sequence[int], stem: str, texts: Sequence[str]) -> None:
    """Columns of one battery: the shared stem, and each column's own words."""
    for place, text in zip(places, texts, strict=True):
        full = f"{stem} – {text}" if text and stem else text or stem
        survey.describe(place, text=full, stem=stem if len(places) > 1 else "")


def rank_columns(survey: Survey, i: int, orders: Sequence[Sequence[str]], absent: Sequence[str] = ()) -> None:
    """Choices in an order ("B;A;C") as the place of each choice, in a column of its own; what was not placed is blank.

    ``absent`` holds per row the word for no answer, "" where there is an order.
    """
    said = absent or [""] * len(orders)
    choices = sorted({p for order, word in zip(orders, said, strict=True) if not word for p in order})
    text, name = survey.fields[i].text, " ".join(survey.header[i].split())
    for choice in choices:
        cells = [
            word or (str(order.index(choice) + 1) if choice in order else "")
            for order, word in zip(orders, said, strict=True)
        ]
        survey.add(f"{name}（{choice}）", cells, Field(text=f"{text} – {choice}", stem=text, role="rank"), i)
    survey.describe(i, role="member")
    survey.guesses.append(
        f'"{name[:50]}" holds rankings of {len(choices)} choices: one column each, 1 is the first'
    )


def say_of_codes(survey: Survey, places: Sequence[int], absent: Collection[str]) -> None:
    """A warning where answers are the numbers of choices: nothing in the file says whether 1 is the best or the worst."""
    coded = []
    for place in places:
        if survey.fields[place].role:
            continue
        cells = {c.strip() for c in set(survey.cells[place])} - {"", *absent}
        if len(cells) > 2 and cells <= _CODES_OF_CHOICES:
            coded.append(" ".join(survey.header[place].split())[:20])
    if coded:
        listed = ", ".join(f'"{name}"' for name in coded[:_SHOWN]) + (", …" if len(coded) > _SHOWN else "")
        survey.warnings.append(
            f"{len(coded)} questions are answered by numbers of choices ({listed}), which do not say whether 1 is the best or "
            "the worst: export by text, or confirm the draft (reverse: true turns an item round)"
        )


def several_answers(survey: Survey, i: int, separators: tuple[str, ...]) -> bool:
    """Whether a column holds multiple answers; the choices go into its field, the guess is said."""
    cells = Counter(c.strip() for c in survey.cells[i] if c.strip())
    for separator in separators:
        if sum(separator in c for c in cells) == 0:
            continue
        ticks = learn(cells, separator)
        if ticks:
            choices = {str(k + 1): " ".join(choice.split()) for k, choice in enumerate(ticks)}
            # cells are compared with full-width signs as ASCII
            survey.describe(
                i, choices=choices, separator=separator if separator == ", " else plain(separator)
            )
            inside = [c for c in ticks if separator in c]
            also = f"; {len(inside)} of them contain the separator" if inside else ""
            name = " ".join(survey.header[i].split())
            survey.guesses.append(f'"{name[:50]}" holds several answers of {len(ticks)} choices{also}')
            return True
    return False


def _said(cell: str, word: str, nothing: Collection[str]) -> str | None:
    """The choice of a ticked box, "" of an unticked one, None where the box says nothing."""
    if cell in nothing:
        return None
    return "" if cell in UNTICKED else word


def _empty(row: Sequence[str | None]) -> str:
    return "" if all(cell is None for cell in row) else NONE
