"""Run by hand (`python benchmarks/readers.py [files …]`): each reader beside what pandas does with the same file.

Tables of 2,000 and 100,000 simulated answers (24 items, a group, a weight) as CSV, XLSX, SPSS, Stata and Parquet, read with their
questionnaire. Files named on the command line (exports of survey platforms) are read as they are and enlarged: their data rows
are written again and again until there are 20,000. Both sides in turns in one process; processor time, the median of the
ratios. pandas only splits and types; surveykit also judges every cell, keeps what stood there and counts it all.
"""

from __future__ import annotations

import os

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import csv  # noqa: E402
import io  # noqa: E402
import statistics  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
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
    if rows <= 100_000:
        frame.to_excel(paths[2], index=False, engine="xlsxwriter")
    pyreadstat.write_sav(plain, str(paths[3]))
    plain.to_stata(paths[4], write_index=False)
    return paths


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
    """Processor time of one call, all threads."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


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


def main(files: list[str]) -> None:
    """Print the table."""
    print("| file | rows | pandas | surveykit | ratio |\n|---|---|---|---|---|")
    definition = sk.Questionnaire.from_text(questionnaire())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if not files:
            for rows in SIZES:
                for path in written(folder, rows):
                    print(compared(path, definition), flush=True)
        for file in map(Path, files):
            if file.suffix not in READERS:
                continue
            try:
                print(compared(file, None), flush=True)
                large = enlarged(file, folder)
                if large is not None:
                    print(compared(large, None), flush=True)
            except (sk.SurveykitError, ValueError, OSError, KeyError) as error:
                print(f"| {file.name} | not compared: {str(error).splitlines()[0][:80]} | | | |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
