"""Direct identifiers are left out where answers are read, ids become pseudonyms, free text is scrubbed.

Without a questionnaire every column would become an answer: those that hold names, e-mails, telephones, addresses,
coordinates, identity cards or accounts do not, unless ``keep`` names them. With a questionnaire only what it
asks for is read; its ids become keyed pseudonyms and its free text loses e-mails, telephones and the like.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surveykit.errors import SurveykitError, quote
from surveykit.files import inert
from surveykit.privacy import anonymity, key_from, pseudonym, scrub
from surveykit.questionnaire import wording
from surveykit.responses.cells import is_null

if TYPE_CHECKING:
    from surveykit.responses.core import Responses

__all__ = ["Hidden", "anonymity_of", "protected", "release"]

_ID = re.compile(
    r"(^|[_ .])(id|uuid|guid|token|seq|serial)($|[_ .])|respondent|participant|编号|序号|答卷", re.IGNORECASE
)
_SEEN = 400
_MANY = 0.3
_FEW = 20


def protected(data: Responses, keep: Collection[str], key: str | Path | None) -> Responses:
    """The answers without direct identifiers; what was left out, replaced or scrubbed stands in the import report.

    ``keep`` names columns that stay as they are. Rows that stay in an engine lose their ids instead of getting pseudonyms,
    and tokens in their text carry no key.
    """
    import narwhals as nw

    wanted = {*keep, *data.design.columns, *([data.weight] if data.weight else [])}
    lazy = isinstance(data.native, nw.LazyFrame)
    asked = [name for name in data.columns if name not in wanted]
    head = _head(data, asked)
    kinds = {name: _kind(data, name, head) for name in asked}
    gone = {n: k for n, k in kinds.items() if k not in ("", "id", "text")}
    ids = [n for n, k in kinds.items() if k == "id"]
    if lazy:
        gone |= dict.fromkeys(ids, "id")
    texts = [n for n, k in kinds.items() if k == "text"]
    frame, notes = data.native, []
    if (ids or texts) and not lazy:
        secret = key_from(key)
        for name in ids:
            values = frame[name].to_list()
            made = [None if is_null(v) else pseudonym(str(v), secret) for v in values]
            frame = frame.with_columns(nw.new_series(name, made, nw.String, backend=frame.implementation))
        for name in texts:
            frame, counts = _scrubbed(frame, name, secret)
            if counts:
                found = ", ".join(f"{kind} {n}" for kind, n in sorted(counts.items()))
                notes.append(f"{quote(name)}: identifiers in free text replaced by tokens ({found})")
    if gone:
        listed = ", ".join(f"{quote(n)} ({k})" for n, k in gone.items())
        notes.append(f"left out as personal data: {listed}; keep=[…] names columns that are to stay")
    if lazy and _asked(data, texts):
        notes.append(
            "free text is not scrubbed where rows stay in their engine; it is never part of a result"
        )
    if frame is data.native and not gone and not notes:
        return data
    report = replace(
        data.import_report,
        warnings=(*data.import_report.warnings, *notes),
        columns=tuple(c for c in data.import_report.columns if c.item not in gone),
    )
    there = frame.collect_schema().names()
    drop = [c for n in gone for c in (n, f"{n}__raw", f"{n}__missing") if c in there]
    drop += [f"{n}__raw" for n in ids + texts if f"{n}__raw" in there and not lazy]
    frame = frame.drop(drop)
    streamed = None if data.streamed is None else (frame, data.streamed[1])
    return replace(
        data, native=frame, columns=tuple(c for c in data.columns if c not in gone),
        numeric=data.numeric - frozenset(gone), import_report=report, streamed=streamed,
    )  # fmt: skip


def _asked(data: Responses, texts: Sequence[str]) -> bool:
    """Whether the questionnaire asks for free text."""
    return data.questionnaire is not None and bool(texts)


def _kind(data: Responses, name: str, head: Any) -> str:
    """What is to be done with a column: the kind of identifier, ``id``, ``text``, or "" for an answer.

    ``head`` has its first cells.
    """
    q = data.questionnaire
    item = None if q is None else q.items.get(name)
    if item is not None:
        return {"id": "id", "text": "text"}.get(item.type, "")
    if q is not None:
        return ""
    kind = _kind_by_header(data, name)
    if name in data.numeric:
        return _of_numbers(kind, _cells(head, name)) if kind else ""
    cells = _cells(head, name)
    if kind:
        return kind if len(cells) < _FEW or len(set(cells)) >= _MANY * len(cells) else "text"
    return wording.is_personal("", cells) or "text"


def _of_numbers(kind: str, cells: Sequence[str]) -> str:
    """Whether numbers under a header of that kind are telephones, coordinates or cards by their size."""
    values = [float(c) for c in cells]
    if not values:
        return ""
    if kind == "coordinates":
        return kind if any(not v.is_integer() for v in values) and max(map(abs, values)) <= 180 else ""
    return kind if min(map(abs, values)) >= 1e5 else ""


def _kind_by_header(data: Responses, name: str) -> str:
    header = next((c.header for c in data.import_report.columns if c.item == name), name)
    return wording.is_personal(header, [])


def _head(data: Responses, names: Sequence[str]) -> Any:
    """A frame with the first rows of the columns whose cells are looked at: one query where the rows are elsewhere."""
    import narwhals as nw

    if not isinstance(data.native, nw.LazyFrame):
        return data.native  # a query of one column costs ten times as much as its first cells
    if data.questionnaire is not None:
        return None  # it says what each column is
    looked = [n for n in names if n not in data.numeric or _kind_by_header(data, n)]
    return data.native.select(*looked).head(_SEEN).collect() if looked else None


def _cells(head: Any, name: str) -> list[str]:
    """The first cells of a column that hold something, as text."""
    return [str(v) for v in head.get_column(name).head(_SEEN).to_list() if not is_null(v) and str(v).strip()]


def _scrubbed(frame: Any, name: str, secret: bytes) -> tuple[Any, Counter[str]]:
    import narwhals as nw

    cells = [v for v in frame[name].unique().to_list() if not is_null(v)]
    known = {v: found for v in cells if (found := scrub(str(v), secret))[1]}
    counts = Counter[str]()
    if not known:
        return frame, counts
    made = []
    for value in frame[name].to_list():
        text, found = known.get(value, (value, {})) if not is_null(value) else (None, {})
        counts.update(found)
        made.append(text)
    series = nw.new_series(name, made, nw.String, backend=frame.implementation)
    return frame.with_columns(series), counts


@dataclass(frozen=True, slots=True)
class Hidden:
    """How well people hide among others with the same quasi-identifiers.

    ``k`` people are alike at least, ``unique`` are alone, ``few`` are with fewer than the k asked for; ``groups`` of people
    alike there are, with ``l`` different sensitive values at least (None: none was named). ``without`` says how many would
    still be with too few if a column were left out: what to merge first.
    """

    n: int
    k: int
    unique: int
    few: int
    groups: int
    l: int | None  # noqa: E741 - the term of the field
    without: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


def anonymity_of(
    data: Responses, quasi: Sequence[str], sensitive: str | None = None, *, k: int = 5
) -> Hidden:
    """How well the people of ``data`` hide behind the columns ``quasi`` (k-anonymity; l-diversity of ``sensitive``).

    A missing value counts as one more value. Sweeney 2002; Machanavajjhala et al. 2007.

    >>> import pandas as pd, surveykit as sk
    >>> people = pd.DataFrame({"sex": ["f", "f", "m", "m"], "age": [20, 20, 30, 40], "s": [1, 2, 3, 4]})
    >>> found = anonymity_of(sk.read(people), ["sex", "age"], k=2)
    >>> found.k, found.unique, found.without
    (1, 2, {'sex': 2, 'age': 0})
    """
    if not quasi:
        raise SurveykitError(
            "no column is named by which others may know people", hint="quasi=['age', 'town']", code="QUASI"
        )
    if k < 2:
        raise SurveykitError("k is too small", expected="2 or more", got=str(k), code="OPTION")
    frame = data.frame(list(dict.fromkeys([*quasi, *([sensitive] if sensitive else [])])))
    named = {q: frame[q].astype(str).tolist() for q in dict.fromkeys(quasi)}
    found = anonymity(
        list(named.values()), None if sensitive is None else frame[sensitive].astype(str).tolist()
    )
    without = {
        left: _with_few([v for q, v in named.items() if q != left], k) if len(named) > 1 else 0
        for left in named
    }
    few = _with_few(list(named.values()), k)
    return Hidden(len(frame), found["k"], found["unique"], few, found["groups"], found.get("l"), without)


def _with_few(named: Sequence[Sequence[str]], k: int) -> int:
    """People in groups of fewer than ``k``."""
    return sum(n for n in Counter(zip(*named, strict=True)).values() if n < k)


def _to_give(data: Responses, columns: Sequence[str]) -> list[str]:
    """``columns``, or all but ids and free text."""
    if columns:
        return list(dict.fromkeys(columns))
    found, head = [], _head(data, data.columns)
    for name in data.columns:
        kind = "id" if _ID.search(name) else _kind(data, name, head)
        if kind == "text" and data.questionnaire is None:
            cells = _cells(head, name)
            kind = kind if len(set(cells)) > max(_FEW, _MANY * len(cells)) else ""
        if not kind:
            found.append(name)
    return found


def release(
    data: Responses,
    path: str | Path,
    columns: Sequence[str],
    *,
    quasi: Sequence[str] = (),
    sensitive: str | None = None,
    k: int = 5,
    seed: int | None = None,
    force: bool = False,
) -> dict[str, int]:
    """Rows as CSV for others, in random order, if every one is alike at least ``k`` in the ``quasi``-identifiers.

    Without ``columns`` all are written but ids and free text.
    Returns how well people hide (as :func:`anonymity_of` counts). Fewer than ``k`` alike is an error that says how many
    are alone, unless ``force``, which the file's last column then states. ``seed`` makes the order repeatable.
    """
    import numpy as np

    from surveykit.files import write_atomic

    columns = _to_give(data, columns)
    frame = data.frame(list(dict.fromkeys([*columns, *quasi, *([sensitive] if sensitive else [])])))
    named = [frame[q].astype(str).tolist() for q in quasi]
    hidden = (
        anonymity(named, None if sensitive is None else frame[sensitive].astype(str).tolist())
        if quasi
        else {}
    )
    short = bool(quasi) and hidden["k"] < k
    if short and not force:
        raise SurveykitError(
            "people could be recognised by the columns named as quasi-identifiers",
            expected=f"at least {k} people alike in every combination",
            got=f"{hidden['k']}; {hidden['unique']} people are alone in theirs",
            hint="merge categories or leave a column out; force=True writes the file nevertheless",
            code="NOT_ANONYMOUS",
        )  # fmt: skip
    order = np.random.default_rng(seed).permutation(len(frame))
    shuffled = frame[list(columns)].iloc[order]
    if short:
        shuffled = shuffled.assign(not_anonymous=f"k = {hidden['k']}")
    escaped = shuffled.map(_inert).apply(_whole).rename(columns=inert)
    write_atomic(Path(path), escaped.to_csv(index=False))
    return hidden


def _whole(column: Any) -> Any:
    """Whole numbers without a decimal point."""
    if column.dtype.kind != "f" or not (column.dropna() % 1 == 0).all():
        return column
    return column.astype("Int64")


def _inert(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula; ``surveykit.report.unescape_csv`` takes the apostrophes away again."""
    return inert(value) if isinstance(value, str) else value
