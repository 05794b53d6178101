"""Run by hand (`python benchmarks/readers.py [files or folders …]`): each reader beside what pandas does with the same file.

Tables of 2,000 and 100,000 simulated answers (24 items, a group, a weight) as CSV, XLSX, SPSS, Stata (of version 12 and of 14
to 18) and Parquet, read with their questionnaire. Exports of survey platforms (named on the command line, else those of
``$SURVEYKIT_REFERENCE/data/exports``) are read as they are and, where they are text, enlarged: their data rows are written
again and again until there are 20,000. Both sides in turns in one process; processor time with that of child processes,
the median of the ratios. pandas only splits and types; surveykit also judges every cell, looks for personal data, keeps what
stood there and counts it all.
"""

from __future__ import annotations

import os

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import csv  # noqa: E402
import io  # noqa: E402
import resource  # noqa: E402
import statistics  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import warnings  # noqa: E402
from collections.abc import Callable  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

sys.path.insert(0, str(Path(__file__).parents[1]))

import pandas as pd  # noqa: E402
from size import questionnaire, write_answers  # noqa: E402

import surveykit as sk  # noqa: E402

ROUNDS = 5
SIZES = (2_000, 100_000)
ENLARGED = 20_000
WHO = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
READERS: dict[str, Callable[[Path], Any]] = {
    ".csv": lambda p: pd.read_csv(p, encoding_errors="replace", on_bad_lines="skip", low_memory=False),
    ".xlsx": lambda p: pd.read_excel(p, engine="calamine"),
    ".sav": pd.read_spss,
    ".dta": pd.read_stata,
    ".parquet": pd.read_parquet,
}


def written(folder: Path, rows: int) -> list[Path]:
    """The simulated answers in every format."""
    import pyreadstat

    base = folder / f"answers{rows}.parquet"
    write_answers(base, rows)
    frame = pd.read_parquet(base)
    frame["weight"] = frame["weight"].round(4)
    plain = frame.astype({c: "float64" for c in frame.columns if c != "seg"})
    paths = [base, *(base.with_suffix(s) for s in (".csv", ".xlsx", ".sav", ".dta"))]
    frame.astype({c: "Int64" for c in frame.columns if c.startswith("q")}).to_csv(paths[1], index=False)
    frame.to_excel(paths[2], index=False, engine="xlsxwriter")
    pyreadstat.write_sav(plain, str(paths[3]))
    plain.to_stata(paths[4], write_index=False, version=118)
    old = base.with_name(f"version12_{rows}.dta")
    plain.to_stata(old, write_index=False, version=114)
    return [*paths, old]


def enlarged(path: Path, folder: Path) -> Path | None:
    """A text export with its data rows repeated; None where the file is of another kind."""
    if path.suffix != ".csv":
        return None
    report = sk.read(path).import_report
    encoding = report.encoding or "utf-8"
    records = list(
        csv.reader(io.StringIO(path.read_text(encoding=encoding), newline=""), delimiter=report.delimiter)
    )
    heads = len(records) - report.rows_read
    body = records[heads:] * (ENLARGED // max(1, report.rows_read) + 1)
    target = folder / f"{path.stem}.large.csv"
    with target.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=report.delimiter).writerows([*records[:heads], *body])
    return target


def seconds(work: Callable[[], Any]) -> float:
    """Processor time of one call: all threads, and the child in which files of C libraries are tried first."""
    begun = sum(resource.getrusage(who).ru_utime + resource.getrusage(who).ru_stime for who in WHO)
    work()
    return sum(resource.getrusage(who).ru_utime + resource.getrusage(who).ru_stime for who in WHO) - begun


def compared(path: Path, definition: Any) -> str:
    """One line of the table."""
    theirs, ours = [], []
    for _ in range(ROUNDS):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs.append(seconds(lambda: READERS[path.suffix](path)))
        ours.append(seconds(lambda: sk.read(path, definition)))
    rows = sk.read(path, definition).import_report.rows_read
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    a, b = statistics.median(ours), statistics.median(theirs)
    return f"| {path.name} | {rows:,} | {b * 1e3:,.0f} ms | {a * 1e3:,.0f} ms | {ratio:.1f} |"


def exports(named: list[str]) -> list[Path]:
    """The files named, those in folders named, or the reference exports."""
    reference = os.environ.get("SURVEYKIT_REFERENCE")
    roots = [Path(n) for n in named] or ([Path(reference) / "data" / "exports"] if reference else [])
    found = [p for root in roots for p in (sorted(root.rglob("*")) if root.is_dir() else [root])]
    return [p for p in found if p.suffix in READERS]


def main(named: list[str]) -> None:
    """Print the table."""
    print("| file | rows | pandas | surveykit | ratio |\n|---|---|---|---|---|")
    definition = sk.Questionnaire.from_text(questionnaire())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for rows in () if named else SIZES:
            for path in written(folder, rows):
                print(compared(path, definition), flush=True)
        for file in exports(named):
            try:
                print(compared(file, None), flush=True)
                large = enlarged(file, folder)
                if large is not None:
                    print(compared(large, None), flush=True)
            except (sk.SurveykitError, ValueError, OSError, KeyError) as error:
                print(f"| {file.name} | not compared: {str(error).splitlines()[0][:80]} | | | |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
