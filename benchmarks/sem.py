"""Covariance-based models against lavaan and semopy, as ratios in one run (`python benchmarks/sem.py`).

Every side starts from a parsed model (lavaan: from its parameter table) and data in memory and ends with arrays:
estimates, standard errors, fit measures and the standardised solution; no table is printed or built for a reader.
Rounds are interleaved, so that a slow minute of the machine hits all sides, all run on one thread of BLAS, and all
are measured by the processor time of their own process, which other work on the machine hardly touches. R with
lavaan, semopy and the mobile-phone answers (``SURVEYKIT_REFERENCE``, a directory with ``data/mobi.csv``) are each
optional: what is not there is left out, and the output says so.

``python benchmarks/sem.py 7 profile`` runs seven rounds and ends with the profile of what is left.
"""

from __future__ import annotations

import os

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(variable, "1")  # all sides are slower on two threads: the matrices are small

import cProfile  # noqa: E402
import importlib.metadata  # noqa: E402
import io  # noqa: E402
import logging  # noqa: E402
import pstats  # noqa: E402
import shutil  # noqa: E402
import statistics  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
import warnings  # noqa: E402
from collections.abc import Callable  # noqa: E402
from functools import partial  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from surveykit.model import Model  # noqa: E402
from surveykit.moments import Moments  # noqa: E402
from surveykit.sem import fit  # noqa: E402

HS = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
PD = """ind60 =~ x1 + x2 + x3
dem60 =~ y1 + y2 + y3 + y4
dem65 =~ y5 + y6 + y7 + y8
dem60 ~ ind60
dem65 ~ ind60 + dem60
y1 ~~ y5
y2 ~~ y4 + y6
y3 ~~ y7
y4 ~~ y8
y6 ~~ y8"""
CHAIN = """Image =~ IMAG1 + IMAG2 + IMAG3 + IMAG4 + IMAG5
Value =~ PERV1 + PERV2
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Loyalty =~ CUSL1 + CUSL2 + CUSL3
Satisfaction ~ Image + Value
Loyalty ~ Image + Satisfaction"""
ECSI = """Image =~ IMAG1 + IMAG2 + IMAG3 + IMAG4 + IMAG5
Expectation =~ CUEX1 + CUEX2 + CUEX3
Quality =~ PERQ1 + PERQ2 + PERQ3 + PERQ4 + PERQ5 + PERQ6 + PERQ7
Value =~ PERV1 + PERV2
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Complaints =~ CUSCO
Loyalty =~ CUSL1 + CUSL2 + CUSL3
Expectation ~ Image
Quality ~ Expectation
Value ~ Expectation + Quality
Satisfaction ~ Image + Expectation + Quality + Value
Complaints ~ Satisfaction
Loyalty ~ Image + Satisfaction + Complaints
CUSCO ~~ 0*CUSCO"""

R_SIDE = """
suppressMessages(library(lavaan))
cat("READY", as.character(packageVersion("lavaan")), as.character(getRversion()), "\\n")
known <- list()
used <- function() sum(proc.time()[c("user.self", "sys.self")])
input <- file("stdin", "r")
while (length(line <- readLines(input, 1)) > 0) {
  asked <- strsplit(line, "\\t")[[1]]
  name <- asked[2]
  if (is.null(known[[name]])) {
    data <- read.csv(asked[4])
    text <- paste(readLines(asked[3]), collapse = "\\n")
    missing <- if (anyNA(data)) "fiml" else "listwise"
    table <- parTable(suppressWarnings(sem(text, data, missing = missing, do.fit = FALSE)))
    table <- table[, setdiff(names(table), c("est", "se", "start"))]
    known[[name]] <- list(table = table, data = data, missing = missing)
  }
  case <- known[[name]]
  started <- used()
  suppressWarnings({
    if (asked[1] == "fit") for (i in seq_len(as.integer(asked[5]))) {
      found <- sem(case$table, case$data, missing = case$missing)
      measures <- fitMeasures(found)
      std <- standardizedSolution(found)
    } else {
      found <- sem(case$table, case$data)
      started <- used()
      set.seed(1)
      drawn <- bootstrapLavaan(found, R = as.integer(asked[5]))
    }
  })
  cat("SECONDS", used() - started, "\\n")
}
"""


class Lavaan:
    """An R process that times lavaan on request; None of it where R or lavaan is missing."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        script = directory / "side.R"
        script.write_text(R_SIDE)
        self.process = subprocess.Popen(
            ["Rscript", "--vanilla", str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        words = self._line().split()
        if words[:1] != ["READY"]:
            raise OSError("R has no lavaan")
        self.version = f"lavaan {words[1]}, R {words[2]}"

    def _line(self) -> str:
        return self.process.stdout.readline() if self.process.stdout else ""

    def seconds(self, kind: str, name: str, text: str, frame: pd.DataFrame, times: int) -> float:
        """Processor time of ``times`` fits, or of a bootstrap of ``times`` replicates."""
        model, data = self.directory / f"{name}.lav", self.directory / f"{name}.csv"
        if not data.exists():
            model.write_text(text)
            frame.to_csv(data, index=False)
        if self.process.stdin is None:
            raise OSError("R has no input")
        self.process.stdin.write("\t".join([kind, name, str(model), str(data), str(times)]) + "\n")
        self.process.stdin.flush()
        words = self._line().split()
        if words[:1] != ["SECONDS"]:
            raise OSError(f"lavaan stopped at {name}")
        return float(words[1])

    def close(self) -> None:
        """End the R process."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process.wait(timeout=60)


def seconds(work: Callable[[], object], times: int = 1) -> float:
    """Processor time of one call, on average over ``times``."""
    begun = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - begun) / times


def semopy_side(text: str, frame: pd.DataFrame, times: int) -> float:
    """Seconds of the same work by semopy: estimates and errors, fit measures, standardised solution.

    A semopy model starts its second fit where the first one ended, so each fit gets a model of its own, parsed
    before the clock starts.
    """
    import semopy

    models = [semopy.Model(text) for _ in range(times)]
    begun = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its fit measures divide by zero where an item is its construct
        for model in models:
            model.fit(frame)
            model.inspect(std_est=True)
            semopy.calc_stats(model)
    return (time.process_time() - begun) / times


def cases() -> dict[str, tuple[str, pd.DataFrame]]:
    """Models and their data, as far as the data are there."""
    from semopy.examples import holzinger39, political_democracy

    hs, pd_ = holzinger39.get_data(), political_democracy.get_data()
    found = {"HS": (HS, hs[[f"x{i}" for i in range(1, 10)]]), "PD": (PD, pd_)}
    place = os.environ.get("SURVEYKIT_REFERENCE", "")
    mobi = Path(place) / "data" / "mobi.csv"
    if place and mobi.exists():
        answers = pd.read_csv(mobi)
        found |= {
            name: (text, answers[list(Model.parse(text).observed)].astype(float))
            for name, text in (("chain", CHAIN), ("ECSI", ECSI))
        }
    else:
        print("skipped: chain and ECSI (set SURVEYKIT_REFERENCE to a directory with data/mobi.csv)")
    return found


def with_gaps(frame: pd.DataFrame) -> pd.DataFrame:
    """15 % of the cells missing completely at random, the same ones each time."""
    generator = np.random.Generator(np.random.Philox(key=1939))
    return frame.mask(generator.random(frame.shape) < 0.15)


def line(name: str, ours: list[float], others: dict[str, list[float]]) -> str:
    """One row of the table: medians in milliseconds and the median of the rounds' ratios with its range."""
    text = f"{name:<26} surveykit {statistics.median(ours) * 1e3:9.1f} ms"
    for side, theirs in others.items():
        ratios = sorted(b / a for a, b in zip(ours, theirs, strict=True))
        middle, spread = statistics.median(ratios), f"[{ratios[0]:.0f}-{ratios[-1]:.0f}]"
        text += f"   {side} {statistics.median(theirs) * 1e3:9.1f} ms = {middle:5.1f} x {spread}"
    return text


def full_fits(lavaan: Lavaan | None, rounds: int) -> None:
    """Estimates, standard errors, fit measures, standardised solution."""
    for name, (text, frame) in cases().items():
        model = Model.parse(text)
        work = partial(fit, model, frame)
        work(), semopy_side(text, frame, 1)
        others: dict[str, list[float]] = {"semopy": []}
        if lavaan:
            others["lavaan"] = []
        ours = []
        for _ in range(rounds):
            ours.append(seconds(work, 10))
            others["semopy"].append(semopy_side(text, frame, 3))
            if lavaan:
                others["lavaan"].append(lavaan.seconds("fit", name, text, frame, 3) / 3)
        print(line(f"full fit {name}", ours, others), flush=True)


def sizes(rounds: int) -> None:
    """The same model from the moments of ever more rows: the time does not grow with them."""
    model, generator = Model.parse(HS), np.random.Generator(np.random.Philox(key=1939))
    factors = np.repeat(np.eye(3), 3, axis=0)
    found: dict[int, list[float]] = {300: [], 30_000: [], 3_000_000: []}
    moments = {}
    for n in found:
        rows = generator.normal(size=(n, 3)) @ (0.8 * factors).T + generator.normal(size=(n, 9)) * 0.6
        moments[n] = Moments.from_rows(rows, model.observed)
        fit(model, moments[n])
    for _ in range(rounds):
        for n in found:
            found[n].append(seconds(partial(fit, model, moments[n]), 10))
    shown = "   ".join(f"n = {n:,} {statistics.median(times) * 1e3:.1f} ms" for n, times in found.items())
    print(f"{'full fit from moments':<26} {shown}", flush=True)


def incomplete(lavaan: Lavaan | None, rounds: int) -> None:
    """Full-information maximum likelihood."""
    text, frame = cases()["HS"]
    frame, model = with_gaps(frame), Model.parse(text)
    fit(model, frame)
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(seconds(lambda: fit(model, frame), 3))
        if lavaan:
            theirs.append(lavaan.seconds("fit", "HSgaps", text, frame, 1))
    print(line("FIML HS, 15 % missing", ours, {"lavaan": theirs} if lavaan else {}), flush=True)


def bootstraps(lavaan: Lavaan | None, rounds: int, drawn: int = 1000, theirs: int = 200) -> None:
    """1,000 replicates; lavaan draws fewer and its time is multiplied."""
    for name, (text, frame) in cases().items():
        if name == "ECSI":
            continue
        model = Model.parse(text)
        work = partial(fit, model, frame, bootstrap=drawn)
        ours, other = [], []
        for _ in range(rounds):
            ours.append(seconds(work))
            if lavaan:
                other.append(lavaan.seconds("boot", name, text, frame, theirs) * drawn / theirs)
        print(line(f"{drawn} replicates {name}", ours, {"lavaan": other} if lavaan else {}), flush=True)
        found: Any = work().replicates
        print(f"{'':<26} {found.failed} of {found.asked} replicates failed, {found.improper} improper")


def profile() -> None:
    """Where the time of a full fit of PD goes."""
    text, frame = cases()["PD"]
    model = Model.parse(text)
    fit(model, frame)
    recorder = cProfile.Profile()
    recorder.enable()
    for _ in range(50):
        fit(model, frame)
    recorder.disable()
    out = io.StringIO()
    pstats.Stats(recorder, stream=out).sort_stats("cumtime").print_stats(r"surveykit/(sem|model|resp)", 25)
    print(out.getvalue())


def main() -> None:
    """Print one line per comparison."""
    logging.getLogger().setLevel(logging.ERROR)  # semopy reports its solver's early stops there
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    versions = ", ".join(f"{n} {importlib.metadata.version(n)}" for n in ("surveykit", "numpy", "semopy"))
    with tempfile.TemporaryDirectory() as directory:
        lavaan = None
        try:
            lavaan = Lavaan(Path(directory)) if shutil.which("Rscript") else None
        except OSError as error:
            print(f"skipped: lavaan ({error})")
        if lavaan is None:
            print("skipped: every comparison with lavaan (no Rscript with lavaan here)")
        print(f"{versions}{', ' + lavaan.version if lavaan else ''}; {rounds} interleaved rounds, medians")
        full_fits(lavaan, rounds)
        sizes(rounds)
        incomplete(lavaan, rounds)
        bootstraps(lavaan, max(rounds // 2, 1))
        if lavaan:
            lavaan.close()
    if "profile" in sys.argv:
        profile()


if __name__ == "__main__":
    main()
