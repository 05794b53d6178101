"""Run by hand (`python -m benchmarks.ordinal`): WLSMV of 24 items with five categories against Debian's lavaan.

Both sides start from a parsed model (lavaan: its text, parsed in under a millisecond) and data in memory and end with
estimates, standard errors, scaled tests, fit measures and the standardised solution. Rounds are interleaved; the
ratio of the medians, of processor time, is the number to read. The answers are simulated from the model itself, 250 rows.
"""

from __future__ import annotations

import os

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import shutil  # noqa: E402
import statistics  # noqa: E402
import subprocess  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402

ROUNDS = 5
SIZES = {
    "image": 5,
    "expectation": 3,
    "quality": 7,
    "value": 2,
    "satisfaction": 3,
    "complaints": 1,
    "loyalty": 3,
}
PATHS = {
    "expectation": ("image",),
    "quality": ("expectation",),
    "value": ("expectation", "quality"),
    "satisfaction": ("image", "expectation", "quality", "value"),
    "complaints1": ("satisfaction",),
    "loyalty": ("image", "satisfaction", "complaints1"),
}
R_SCRIPT = """
suppressMessages(library(lavaan))
data <- read.csv(commandArgs(TRUE)[1])
model <- paste(readLines(commandArgs(TRUE)[2]), collapse = "\\n")
time <- function() sum(system.time({
  fit <- sem(model, data = data, ordered = TRUE)
  fitMeasures(fit)
  standardizedSolution(fit)
})[c("user.self", "sys.self")])
invisible(time())
cat(time(), as.character(packageVersion("lavaan")))
"""


def model_text(population: bool) -> str:
    """The structural model; with population values to simulate from."""
    loading, path = ("0.7*", "0.4*") if population else ("", "")
    lines = [
        f"{name} =~ " + " + ".join(f"{loading}{name}{i}" for i in range(1, size + 1))
        for name, size in SIZES.items()
        if size > 1
    ]
    lines += [f"{target} ~ " + " + ".join(f"{path}{s}" for s in sources) for target, sources in PATHS.items()]
    return "\n".join(lines)


def main() -> None:
    """Print the medians and their ratio; without R with lavaan our own time alone."""
    import surveykit as sk

    population = sk.Model.parse(model_text(population=True).replace("0.4*", "0.25*"))
    frame = sk.simulate(population, n=250, seed=3).rank(pct=True)
    frame = (frame * 4.999).astype(int) + 1
    model, answers = sk.Model.parse(model_text(population=False)), sk.read(frame)

    def ours() -> float:
        begun = time.process_time()
        result = sk.fit(model, answers, ordered=True)
        result.tables()
        return time.process_time() - begun

    ours()
    if shutil.which("Rscript") is None:
        print(f"surveykit {statistics.median(ours() for _ in range(ROUNDS)) * 1e3:.0f} ms; no R, no ratio")
        return
    with tempfile.TemporaryDirectory() as folder:
        data, text, script = (Path(folder) / name for name in ("data.csv", "model.txt", "time.R"))
        frame.to_csv(data, index=False)
        text.write_text(model.to_text(), encoding="utf-8")
        script.write_text(R_SCRIPT, encoding="utf-8")
        rounds, version = [], ""
        for _ in range(ROUNDS):
            command = ["Rscript", str(script), str(data), str(text)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            theirs, version = done.stdout.split()
            rounds.append((float(theirs), ours()))
    other, own = (statistics.median(r[i] for r in rounds) for i in (0, 1))
    print(
        f"WLSMV, 24 items of five categories, n = 250: lavaan {version} {other * 1e3:.0f} ms   "
        f"surveykit {own * 1e3:.0f} ms   ratio {other / own:.1f}"
    )


if __name__ == "__main__":
    main()
