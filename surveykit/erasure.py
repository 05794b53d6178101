"""What a study keeps about people, and how one of them is taken out again.

surveykit has no store and no cache: answers lie in the files that a study names, and nowhere else. So who is to be
forgotten leaves those files, and every result is made anew without them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from surveykit.errors import SurveykitError, quote

__all__ = ["Forgotten", "Kept", "forget", "inventory"]

_BOMS = {"utf-8-sig": b"\xef\xbb\xbf"}


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The file without the person, the column that named them, rows taken out and rows left."""

    file: Path
    column: str
    removed: int
    left: int


@dataclass(frozen=True, slots=True)
class Kept:
    """One file of a study: what for, whether it holds answers of single people, how long to keep it."""

    file: str
    there: bool
    people: bool
    purpose: dict[str, str]
    keep: dict[str, str]


def forget(
    file: str | Path, person: str, *, column: str | None = None, out: str | Path | None = None
) -> Forgotten:
    """Take every row of one person out of a file of answers (delimited text or Parquet).

    ``person`` is compared with whole cells of ``column``; left out, of the one column that holds it. All else stays as it
    was, byte by byte in text files: header rows, encoding, quoting. The file is replaced unless ``out`` names another.
    Results made before hold no rows, but were counted with the person: run the study again. Raises
    :class:`~surveykit.errors.SurveykitError` where nobody is found, where several columns hold the value, and for formats that
    only the program that wrote them can edit without loss (XLSX, SPSS, Stata). The value itself is never repeated.
    """
    path = Path(file)
    suffix = path.suffix.casefold()
    if suffix in (".csv", ".tsv", ".txt"):
        content, done = _from_text(path, person, column)
    elif suffix in (".parquet", ".pq"):
        content, done = _from_parquet(path, person, column)
    else:
        raise SurveykitError(
            f"rows cannot be taken out of {suffix or 'such'} files without loss",
            str(path),
            expected=".csv, .tsv, .txt or .parquet",
            hint="delete the row in the program that wrote the file, then run the study again",
            code="FORGET_FORMAT",
        )
    from surveykit.files import write_atomic

    target = path if out is None else Path(out)
    write_atomic(target, content)
    return Forgotten(target, done[0], done[1], done[2])


def _from_text(path: Path, person: str, column: str | None) -> tuple[bytes, tuple[str, int, int]]:
    from surveykit.responses.raw import ReaderOptions, read_raw

    raw = read_raw(path, ReaderOptions(platform="none"))[0]
    data = path.read_bytes()
    mark = _BOMS.get(raw.encoding, b"")
    text = data[len(mark) :].decode("utf-8" if mark else raw.encoding)
    records = list(_records(text))
    cells = [next(csv.reader(io.StringIO(r, newline=""), delimiter=raw.delimiter), []) for r in records]
    header = [c.strip() for c in cells[0]]
    hits = [[j for j, c in enumerate(row) if c.strip() == person.strip()] for row in cells[1:]]
    at = _column(header, hits, column, path)
    gone = {i + 1 for i, found in enumerate(hits) if at in found}
    left = [r for i, r in enumerate(records) if i not in gone]
    kept = "".join(left).encode("utf-16" if raw.encoding == "utf-16" else "utf-8" if mark else raw.encoding)
    return mark + kept, (header[at], len(gone), sum(bool(r.strip()) for r in left[1:]))


def _records(text: str) -> Iterator[str]:
    """The records of a delimited text as they stand, line ends within quotes included."""
    held = ""
    for line in text.splitlines(keepends=True):
        held += line
        if held.count('"') % 2 == 0 and line[-1:] in "\r\n":
            yield held
            held = ""
    if held:
        yield held


def _from_parquet(path: Path, person: str, column: str | None) -> tuple[bytes, tuple[str, int, int]]:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    texts = [
        c.cast(pa.string(), safe=False) if not pa.types.is_nested(c.type) else None for c in table.columns
    ]
    same = [
        None if t is None else pc.fill_null(pc.equal(pc.utf8_trim_whitespace(t), person.strip()), False)
        for t in texts
    ]
    counts = [0 if s is None else pc.sum(s).as_py() or 0 for s in same]
    hits = [[j for j, n in enumerate(counts) if n > i] for i in range(max(counts, default=0))]
    at = _column(table.column_names, hits, column, path)
    left = table.filter(pc.invert(same[at]))
    sink = io.BytesIO()
    pq.write_table(left, sink)
    return sink.getvalue(), (table.column_names[at], len(table) - len(left), len(left))


def _column(header: Sequence[str], hits: Sequence[Sequence[int]], column: str | None, path: Path) -> int:
    """The place of the column that names the person."""
    if column is not None and column not in header:
        raise SurveykitError(f"there is no column {quote(column)}", str(path), code="UNKNOWN_COLUMN")
    found = sorted({j for row in hits for j in row})
    if column is not None:
        found = [j for j in found if header[j] == column]
    if not found:
        raise SurveykitError(
            "nobody with this value was found, and nothing was changed",
            str(path),
            expected="the whole content of a cell, as it stands in the file",
            code="NOT_FOUND",
        )
    rows = sum(bool(set(found) & set(row)) for row in hits)
    if len(found) == 1 and column is None and rows > 1:
        raise SurveykitError(
            f"{rows} rows hold this value; whether they are one person only you can know, and nothing was changed",
            str(path),
            got=f"column {quote(header[found[0]])}",
            hint=f"if so: column={quote(header[found[0]])} (--column)",
            code="AMBIGUOUS_COLUMN",
        )
    if len(found) > 1:
        raise SurveykitError(
            "several columns hold this value, and not all of them need name a person",
            str(path),
            got=", ".join(quote(header[j]) for j in found[:8]),
            hint="name the column of the ids: column=… (--column)",
            code="AMBIGUOUS_COLUMN",
        )
    return found[0]


_INPUTS = {
    "data": (
        True,
        {"en": "the answers, read and never changed", "zh": "作答数据，只读取、不改动"},
        {"en": "as long as the consent says; then delete it", "zh": "按知情同意约定的期限保存，到期删除"},
    ),
    "key": (
        True,
        {
            "en": "the key of the pseudonyms: with it ids can be matched",
            "zh": "假名化密钥：持有者可将编号重新对应到个人",
        },
        {
            "en": "apart from the data; delete it to make pseudonyms final",
            "zh": "与数据分开保存；删除后假名不可逆",
        },
    ),
    "questionnaire": (
        False,
        {"en": "the questionnaire", "zh": "问卷定义"},
        {"en": "with the study", "zh": "随研究保存"},
    ),
    "study": (False, {"en": "the study", "zh": "研究方案"}, {"en": "with the study", "zh": "随研究保存"}),
}
_OUTPUT = (
    False,
    {
        "en": "results and reports: counts and estimates, no rows",
        "zh": "结果与报告：仅含统计量，不含个体数据",
    },
    {
        "en": "free to keep; make it anew after somebody was forgotten",
        "zh": "可长期保存；删除个人数据后应重新生成",
    },
)


def inventory(study: str | Path, out: str | Path = "out") -> list[Kept]:
    """Every file that a run of ``study`` reads and writes (into ``out``): purpose, people in it, how long to keep it."""
    from surveykit.study.definition import load_study
    from surveykit.study.execute import file_names

    loaded = load_study(study)
    if loaded is None:  # load_study has raised
        return []
    asked = loaded.study
    read = {
        "study": loaded.path,
        "questionnaire": loaded.file(asked.questionnaire),
        "data": loaded.file(asked.data),
    }
    if asked.key:
        read["key"] = loaded.file(asked.key)
    listed = [Kept(str(p), p.is_file(), *_INPUTS[kind]) for kind, p in read.items()]
    names = file_names(asked.languages, models=True, forms=asked.report.forms)
    listed += [Kept(str(Path(out) / n), (Path(out) / n).is_file(), *_OUTPUT) for n in names]
    return listed
