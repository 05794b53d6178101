"""One column as a question: which type, which scale, which options, which codes are no answers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from surveykit.questionnaire import asking, wording
from surveykit.questionnaire.draft import DraftScale
from surveykit.questionnaire.titles import in_order_of_schooling
from surveykit.responses.amounts import EXACT, amount_of, are_amounts, currencies_of, unclear_thousands
from surveykit.responses.cells import fold, gender_of, number_of, percent_of, plain, yes_no
from surveykit.responses.choices import NONE, OTHER, pick
from surveykit.responses.exports import Field
from surveykit.responses.sentinels import kind_of_sentinel, sentinels_of

__all__ = ["MOST_FIRST", "Judged", "judge"]

_MANY = 12
_ENOUGH_TO_TELL = 30
_MOST_OPTIONS = 40
_LONG = 60
_HIGHEST_STEP = 10
_LETTERED = re.compile(r"([A-Za-z]{1,3})(\d{1,3})\Z", re.ASCII)
_WORDED = re.compile(r"(-?\d{1,3})\s*(?:[-–—=:：.、(（])\s*([^\d\s].*?)[)）]?\Z")
MOST_FIRST = "1 is the most here, as its words say: the items are turned round (reverse: true), confirm"
_UNIT = re.compile(r"(-?\d{1,3})\s*(分|星|级|points?|stars?)\Z")
_BEHIND = re.compile(r"(?=.*[(（\[](-?\d{1,2})[)）\]]\Z)[^\d\W]", re.DOTALL)
_FORMULA = re.compile(r"[=@][A-Za-z0-9(+-].*|#(?:REF!|DIV/0!|VALUE!|NAME\?|NUM!|NULL!)\Z", re.DOTALL)
_ZEROS = re.compile(r"0\d+\Z", re.ASCII)
_BLANK = re.compile(r"_{3,}")
"""A blank to be filled in, as questionnaires print it."""
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}")
_MADE_A_DATE = re.compile(
    r"\d{1,2}-(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\Z|(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-\d{2}\Z"
)


@dataclass(slots=True)
class Judged:
    """What a column could be. ``codes`` maps its cells to numbers where it has a scale, as they are after ``reverse``."""

    type: str
    scale: DraftScale | None = None
    options: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    codes: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    reverse: bool = False


def judge(counts: Mapping[str, int], words: Field, labels: Mapping[str, str], rated: bool) -> Judged:
    """What a column is by its cells (cell: times), blanks and declared missing codes left out.

    ``labels`` are the words behind codes in a typed file; ``rated`` says that the question, or its battery,
    asks for a degree, so that whole numbers are a scale and no codes.
    """
    cells = {plain(c): n for c, n in counts.items()}
    if words.choices or words.separator:
        return _multiple(cells, words)
    judged = _judge(cells, words, labels, rated)
    # Chinese keeps its full-width signs in what is printed
    spelled = {plain(c): " ".join(c.split()) for c in counts if wording.is_chinese(c)}
    judged.options = {code: spelled.get(word, word) for code, word in judged.options.items()}
    if judged.scale is not None:
        judged.scale.labels = {code: spelled.get(w, w) for code, w in judged.scale.labels.items()}
    return judged


def _judge(cells: Mapping[str, int], words: Field, labels: Mapping[str, str], rated: bool) -> Judged:
    """The same for one answer a cell, its signs as ASCII."""
    if words.role == "rank":
        return _rank(cells)
    if words.role == "place":
        found = _options(cells, sum(cells.values()))
        found.notes.append("each row names different answers: a ranking by place? confirm")
        return found
    if words.role == "yes_no":
        return Judged("single", options={"0": "No", "1": "Yes"})
    if labels:
        return _labelled(cells, labels, words, rated)
    numbers = {c: v for c in cells if (v := number_of(c)) is not None}
    absent = {c: kind for c in cells if c not in numbers and (kind := wording.missing_kind(c))}
    if numbers and len(numbers) + len(absent) == len(cells):
        # 01067 is a postal code, not a number: read as one it would lose its zero
        coded = not rated and any(_ZEROS.match(c) for c in cells)
        if any(abs(v) >= EXACT for v in numbers.values()):
            return Judged(
                "text",
                notes=["more digits than a number keeps (15; a spreadsheet has lost the others): an id?"],
            )
        if coded:
            return _options(cells, sum(cells.values()))
        judged = _numbers(numbers, words, rated)
        (judged.scale or judged).missing.update(absent)
        if judged.type == "number" and unclear_thousands(numbers):
            judged.notes.append("three digits behind each point: fractions, or thousands? confirm")
        return judged
    answers = sum(cells.values())
    if amounts := _amounts(cells, absent):
        return amounts
    if mended := _without_formulas(cells, words, rated):
        return mended
    scaled = (
        _percents(cells) or _worded(cells, words) or _in_order(cells) or (_lettered(cells) if rated else None)
    )
    blank = _BLANK.search(words.text) and (answers < 10 or len(cells) * 3 > answers)
    asked_in_words = asking.is_open(words.text) or blank
    if scaled is None and asked_in_words and not all(map(yes_no, cells)):
        return Judged("text")
    return scaled or _options(cells, answers)


def _multiple(cells: Mapping[str, int], words: Field) -> Judged:
    choices = dict(words.choices)
    if not choices:
        parts = Counter(p.strip() for c in cells if c != NONE for p in c.split(words.separator) if p.strip())
        choices = {p: p for p in sorted(parts, key=lambda p: (number_of(p) is None, number_of(p) or 0, p))}
    known = {fold(c): c for c in choices} | {fold(w): c for c, w in choices.items()}
    rest = [t for c in cells if c != NONE for t in pick(c, words.separator, known)[1]]
    judged = Judged("multi", options=choices)
    if rest:
        judged.options.setdefault(OTHER, OTHER)
        judged.notes.append(
            f"{len(rest)} texts are none of the choices and count as other: confirm the choices"
        )
    if not any(w != c for c, w in choices.items()):
        judged.notes.append("give the choices their words")
    return judged


def _rank(cells: Mapping[str, int]) -> Judged:
    values = [v for c in cells if (v := number_of(c)) is not None]
    top = int(max(values, default=2))
    scale = DraftScale(1, max(top, 2), note="ranks: 1 is the first")
    return Judged("scale", scale)


def _labelled(cells: Mapping[str, int], labels: Mapping[str, str], words: Field, rated: bool) -> Judged:
    """Codes whose words the file itself knows."""
    absent = {c: kind for c, w in labels.items() if (kind := wording.missing_kind(w))}
    answers = {c: w for c, w in labels.items() if c not in absent}
    numbers = {c: number_of(c) for c in {*answers, *cells} if c not in absent}
    whole = all(v is not None and float(v).is_integer() for v in numbers.values())
    if whole and answers and (scale := _labelled_scale(answers, set(cells) - set(absent), words, rated)):
        scale.missing.update(absent)
        values = {c: v for c, v in _values(cells).items() if c not in absent}
        reverse = bool(scale.note)
        turned = {c: scale.low + scale.high - v for c, v in values.items()} if reverse else values
        return Judged("scale", scale, codes=turned, reverse=reverse)
    if set(cells) <= {*answers, *absent}:
        return Judged("single", options=dict(answers), missing=dict(absent))
    if whole and len(cells) > _MANY:
        return Judged("number", missing=dict(absent))
    extra = {c: c for c in cells if c not in answers and c not in absent}
    return Judged("single", options={**answers, **extra}, missing=dict(absent))


def _labelled_scale(
    answers: Mapping[str, str], cells: Collection[str], asked: Field, rated: bool
) -> DraftScale | None:
    """The scale of codes with words: all of them in an order, or none but the ends of a rated question.

    A note says that 1 is the most: its item is turned round.
    """
    by_code = {int(float(c)): w for c, w in sorted(answers.items(), key=lambda p: float(p[0]))}
    low, high = min(by_code), max(by_code)
    beyond = [c for c in cells if not low <= float(c) <= high]
    found = wording.ordered(by_code.values())
    ranks = [found.codes[w] for w in by_code.values() if w in found.codes] if found else []
    turned = ranks == sorted(ranks, reverse=True)
    every = {float(c) for c in cells} <= set(by_code)
    if found and len(ranks) == len(by_code) > 2 and every and (turned or ranks == sorted(ranks)):
        return DraftScale(low, high, by_code, note=MOST_FIRST if turned else "")
    rated = rated or asking.is_rated(asked.text) or asking.is_recommendation(asked.text)
    between = {low, high} <= set(by_code) and len(by_code) <= 3 and high - low >= 3
    if not rated or not between or beyond or high - low > _HIGHEST_STEP:
        return None
    ends = wording.towards(by_code[low], by_code[high])
    return DraftScale(low, high, by_code, note=MOST_FIRST if ends < 0 else "")


def _percents(cells: Mapping[str, int]) -> Judged | None:
    """Cells such as "80%" or "12,5 %": numbers, on a scale from 0 to 100 where none is beyond it."""
    values = {c: v for c in cells if (v := percent_of(c)) is not None}
    if not values or len(values) + sum(bool(wording.missing_kind(c)) for c in cells) < len(cells):
        return None
    missing = {c: kind for c in cells if c not in values and (kind := wording.missing_kind(c))}
    note = "percent signs are dropped: 80% is read as 80"
    if not all(0 <= v <= 100 for v in values.values()):
        return Judged("number", missing=missing, notes=[note])
    return Judged("scale", DraftScale(0, 100, missing=missing, numeric=True, note=note), codes=values)


def _amounts(cells: Mapping[str, int], absent: Mapping[str, str]) -> Judged | None:
    """Amounts of one currency as numbers; of several, or with separators that may be either, as text with the reason."""
    texts = [c for c in cells if c not in absent]
    if unclear_thousands(texts) == ",":
        note = "three digits behind each comma: thousands? Without the commas in the cells this is `type: number`"
        return Judged("text", notes=[note])
    if not are_amounts(texts) or any(amount_of(c, loose=True) is None for c in texts):
        return None
    several = sorted(currencies_of(texts))
    if len(several) > 1:
        return Judged(
            "text", notes=[f"amounts in several currencies ({', '.join(several)}): convert them to one"]
        )
    note = "signs of currency and separators of thousands are dropped: confirm the numbers"
    return Judged("number", missing=dict(absent), notes=[note])


def _without_formulas(cells: Mapping[str, int], words: Field, rated: bool) -> Judged | None:
    """Numbers among which a few cells hold a formula or an error of a spreadsheet: those are no answers, and are counted."""
    odd = {c: n for c, n in cells.items() if _FORMULA.match(c)}
    numbers = {c: v for c in cells if (v := number_of(c)) is not None}
    absent = {
        c: kind for c in cells if c not in numbers and c not in odd and (kind := wording.missing_kind(c))
    }
    few = odd and sum(odd.values()) * 5 <= sum(cells.values())
    if not few or not numbers or len(numbers) + len(odd) + len(absent) < len(cells):
        return None
    judged = _numbers(numbers, words, rated)
    (judged.scale or judged).missing.update(absent | dict.fromkeys(odd, "skipped"))
    shown = next(iter(odd))
    judged.notes.append(
        f"{sum(odd.values())} cells hold a formula or its error ({shown[:20]}) and count as no answer: mend them"
    )
    return judged


def _numbers(numbers: Mapping[str, float], words: Field, rated: bool) -> Judged:
    if not all(v.is_integer() for v in numbers.values()):
        return Judged("number")
    odd = sentinels_of([int(v) for v in numbers.values()])
    values = {c: int(v) for c, v in numbers.items() if int(v) not in odd}
    missing = {str(v): kind_of_sentinel(v) for v in sorted(odd)}
    low, high = min(values.values(), default=0), max(values.values(), default=0)
    notes = [f"the codes {', '.join(missing)} look like no answers: confirm"] if missing else []
    if not values:
        return Judged("number", missing=missing, notes=[*notes, "nothing but these codes was found"])
    if ends := _asked_ends(values.values(), words):
        numeric = ends[1] > _HIGHEST_STEP
        turned = _most_first(asking.named_ends(words.text))
        scale = DraftScale(
            ends[0], ends[1], missing=missing, numeric=numeric, note=MOST_FIRST if turned else ends[2]
        )
        codes = {c: float(ends[0] + ends[1] - v) if turned else float(v) for c, v in values.items()}
        return Judged("scale", scale, codes=codes, notes=notes, reverse=turned)
    if set(values.values()) <= {0, 1} and not (set(values.values()) == {1} and asking.is_rated(words.text)):
        return Judged(
            "single", options={"0": "0", "1": "1"}, missing=missing, notes=[*notes, "0 no, 1 yes? confirm"]
        )
    if low < 0 or high > 10 or len(set(values.values())) > 11:
        if low >= 0 and high <= 100 and rated:
            scale = DraftScale(
                0, 100, missing=missing, numeric=True, note="observed within 0 to 100: confirm"
            )
            return Judged("scale", scale, codes=_values(values), notes=notes)
        return Judged("number", missing=missing, notes=notes)
    if rated or high > 7 or (low == 0 and high > 4):
        scale = DraftScale(*_ends(low, high, len(set(values.values()))), missing=missing)
        if (low, high) != (scale.low, scale.high):
            scale.note = f"observed {low} to {high}: confirm the ends"
        return Judged("scale", scale, codes=_values(values), notes=notes)
    options = {str(v): str(v) for v in sorted(set(values.values()))}
    notes.append("codes without words: give the options their words, or the item a scale")
    return Judged("single", options=options, missing=missing, notes=notes)


def _asked_ends(values: Iterable[int], words: Field) -> tuple[int, int, str] | None:
    """The ends of the scale that the question names or its kind has, with a note where that is a guess."""
    low, high = min(values), max(values)
    named = (0, 10) if words.role == "nps" else asking.asked_range(words.text)
    if named and named[0] <= low and high <= named[1]:
        return (*named, "")
    if asking.is_recommendation(words.text) and low >= 0 and 7 < high <= 10:
        note = "" if low == 0 else "nobody chose 0; taken as 0 to 10, as recommendations are asked: confirm"
        return 0, 10, note
    return None


def _ends(low: int, high: int, different: int) -> tuple[int, int]:
    """The usual scale around the observed codes; a short one only where each of its points was chosen."""
    if low == 0:
        return 0, high if high <= 5 else 10
    top = next(t for t in (3, 4, 5, 7, 10) if t >= high)
    return 1, 5 if top < 5 and different < top else top


def _lettered(cells: Mapping[str, int]) -> Judged | None:
    """Answer codes such as A1 to A5 of a question that is rated, in the order of their numbers."""
    parts = {c: m for c in cells if (m := _LETTERED.match(c))}
    others = {c: kind for c in cells if c not in parts and (kind := wording.missing_kind(c))}
    if len(parts) < 2 or len(parts) + len(others) < len(cells) or len({m[1] for m in parts.values()}) > 1:
        return None
    codes = {c: int(m[2]) for c, m in parts.items()}
    if not 0 <= min(codes.values()) <= max(codes.values()) <= _HIGHEST_STEP:
        return None
    low, high = _ends(min(codes.values()), max(codes.values()), len(codes))
    note = "answer codes in the order of their numbers: give them their words, confirm which end is the most"
    scale = DraftScale(low, high, {v: c for c, v in codes.items()}, others, note=note)
    return Judged("scale", scale, codes={c: float(v) for c, v in codes.items()})


def _worded(cells: Mapping[str, int], asked: Field) -> Judged | None:
    """Numbers with words, such as "10 - Extremely likely" or "5 stars"."""
    codes: dict[str, float] = {}
    words: dict[int, str] = {}
    for cell in cells:
        number = number_of(cell)
        parts = _WORDED.match(cell)
        unit = _UNIT.match(cell) or _BEHIND.match(cell)
        if number is not None and number.is_integer():
            codes[cell] = number
        elif unit or parts:
            code = int((unit or parts)[1])  # type: ignore[index]
            codes[cell] = code
            words[code] = cell if unit else parts[2]  # type: ignore[index]
        elif not wording.missing_kind(cell):
            return None
    values = sorted(set(codes.values()))
    if (
        not words
        or len(values) < 2
        or not 0 <= values[0] <= values[-1] <= 10
        or len(words) < len(set(words.values()))
    ):
        return None
    ends = _asked_ends([int(v) for v in values], asked)
    low, high = ends[:2] if ends else _ends(int(values[0]), int(values[-1]), len(values))
    missing = {c: kind for c in cells if c not in codes and (kind := wording.missing_kind(c))}
    seen = f"observed {values[0]:g} to {values[-1]:g}: confirm"
    note = ends[2] if ends else "" if (low, high) == (values[0], values[-1]) else seen
    turned = _most_first(words)
    scale = DraftScale(low, high, words, missing, note=MOST_FIRST if turned else note)
    return Judged(
        "scale",
        scale,
        codes={c: low + high - v for c, v in codes.items()} if turned else codes,
        reverse=turned,
    )


def _most_first(words: Mapping[int, str]) -> bool:
    """Whether the words behind codes run from the most to the least, as in "1 - very satisfied"."""
    listed = [words[code] for code in sorted(words)]
    found = wording.ordered(listed)
    if found:
        ranks = [found.codes[w] for w in listed if w in found.codes]
        return len(ranks) > 1 and ranks == sorted(ranks, reverse=True)
    return len(listed) > 1 and wording.towards(listed[0], listed[-1]) < 0


def _in_order(cells: Mapping[str, int]) -> Judged | None:
    """Words that have an order, from the least to the most."""
    distinct: dict[str, str] = {}
    for cell in cells:
        distinct.setdefault(fold(cell), cell)
    found = wording.ordered(distinct.values())
    if found is None:
        return None
    labels = {code: label for label, code in found.codes.items()}
    note = "" if not found.unused else f"{found.unused} points that nobody chose were added: confirm"
    scale = DraftScale(1, found.points, labels, found.missing, note=note)
    codes = {c: float(found.codes[distinct[fold(c)]]) for c in cells if distinct[fold(c)] in found.codes}
    return Judged("scale", scale, codes=codes)


def _options(cells: Mapping[str, int], answers: int) -> Judged:
    """A question with one answer, or free text."""
    merged: Counter[str] = Counter()
    shown: dict[str, str] = {}
    for cell, n in sorted(cells.items(), key=lambda p: (-p[1], p[0])):
        merged[fold(cell)] += n
        shown.setdefault(fold(cell), cell)
    missing = {shown[f]: kind for f in merged if (kind := wording.missing_kind(shown[f]))}
    kept = {f: n for f, n in merged.items() if shown[f] not in missing}
    if len(kept) > 2 and all(yes_no(shown[f]) for f in kept):
        return _spelled(kept, shown, missing, yes_no, ("yes", "no"))
    if len(kept) > 3 and all(gender_of(shown[f]) for f in kept):
        return _spelled(kept, shown, missing, gender_of, ("female", "male", "other"))
    length = sum(len(shown[f]) * n for f, n in kept.items()) / max(sum(kept.values()), 1)
    if not kept or length > _LONG or _is_date(cells):
        return Judged("date" if kept and _is_date(cells) else "text")
    many_letters = 4 if any(map(wording.is_chinese, kept)) else 8
    if answers < 10 and len(kept) == answers and length > many_letters:
        return Judged("text")
    returning = {f: n for f, n in kept.items() if n > 1}
    notes = _dates_made(shown.values())
    own_words = answers >= _ENOUGH_TO_TELL and 2 * len(returning) <= len(
        kept
    )  # most were given once: typed, not chosen
    if len(kept) <= 7 or (len(kept) <= _MANY and answers >= 2 * len(kept) and not own_words):
        chosen, rest = list(kept), 0
    else:
        chosen, rest = list(returning)[:_MOST_OPTIONS], 0
        rest = sum(kept.values()) - sum(kept[f] for f in chosen)
        if not chosen or rest > 0.3 * sum(kept.values()) or (len(chosen) > 7 and len(chosen) * 3 > answers):
            return Judged("text")
    options = {str(i + 1): word for i, word in enumerate(_by_number([shown[f] for f in chosen]))}
    if all(number_of(w) is not None for w in options.values()):
        options = {w: w for w in options.values()}
    if rest:
        options[OTHER] = OTHER
        notes.append(f"{rest} answers that nobody else gave count as other: confirm the options")
    return Judged("single", options=options, missing=missing, notes=notes)


def _spelled(
    kept: Mapping[str, int],
    shown: Mapping[str, str],
    missing: Mapping[str, str],
    side_of: Callable[[str], str],
    sides: Sequence[str],
) -> Judged:
    """Answers in several spellings, such as those of yes and no or of a gender; the longest of each is the option."""
    spelled = [[f for f in kept if side_of(shown[f]) == side] for side in sides]
    chosen = [max(found, key=lambda f: (len(f), kept[f])) for found in spelled if found]
    options = {str(i + 1): shown[f] for i, f in enumerate(chosen)}
    note = f"several spellings of {' and '.join(sides)} are taken as these: confirm"
    return Judged("single", options=options, missing=dict(missing), notes=[note])


def _by_number(words: Sequence[str]) -> list[str]:
    """Ranges of numbers by size ("18-29", "> 60"), education by degree; other options as they are, the most frequent first."""
    sizes = {}
    for word in words:
        digits = re.search(r"\d[\d,]*(\.\d+)?", word)
        if digits:
            size = float(digits[0].replace(",", ""))
            below = re.match(r"\s*(<|less|under|below|up to)", word, re.IGNORECASE) or "以下" in word
            above = re.match(r"\s*(>|more|over|above)", word, re.IGNORECASE) or "以上" in word or "+" in word
            sizes[word] = size - 0.5 if below else size + 0.5 if above else size
    if len(sizes) < 3 or len(sizes) * 10 < len(words) * 7:
        return in_order_of_schooling(words)
    return sorted(words, key=lambda w: sizes.get(w, float("inf")))


def _is_date(cells: Mapping[str, int]) -> bool:
    return sum(bool(_DATE.match(c)) for c in cells) > 0.9 * len(cells)


def _dates_made(words: Iterable[str]) -> list[str]:
    found = [w for w in words if _MADE_A_DATE.match(w)]
    return (
        [f"{found[0]!r} looks like a range that a spreadsheet turned into a date: mend it"] if found else []
    )


def _values(cells: Mapping[str, object]) -> dict[str, float]:
    return {c: v for c in cells if (v := number_of(c)) is not None}
