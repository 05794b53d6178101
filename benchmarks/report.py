"""Run by hand (`python benchmarks/report.py [ROUNDS]`): a bilingual report beside the same report scripted by hand.

Our side is a study file of a few lines; the other is `report_by_hand.py` (pandas, semopy, matplotlib, WeasyPrint; needs
`pip install semopy matplotlib`). Both run as processes in turns; time is that of the processor (and by the clock), memory
what all processes of a side had at one time.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "mobile-phone"
STUDY = """\
title: {en: "Mobile phone customers: satisfaction and loyalty", zh: 手机用户的满意度与忠诚度}
questionnaire: %(folder)s/questionnaire.yaml
data: %(folder)s/answers.csv
simulated: true
languages: [en, zh]
seed: 2005
groups: [contract]
analyses:
  - analysis: correlation
    items: [Image, Expectation, Quality, Value, Satisfaction, Complaints, Loyalty]
  - analysis: reliability
  - analysis: drivers
    outcome: Satisfaction
    predictors: [Image, Expectation, Quality, Value]
  - analysis: regression
    outcome: Loyalty
    predictors: [Satisfaction, Image, Complaints]
  - analysis: banner
    rows: [nps, Image, Expectation, Quality, Value, Satisfaction, Complaints, Loyalty]
    banner: contract
models:
  - id: ecsi
"""


def run(arguments: list[str]) -> tuple[float, float, float]:
    """Seconds of processor, seconds by the clock, and the most memory in MB that a process and its children had at one time."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    most, ended = 0.0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not ended.wait(0.05):
            most = max(most, resident(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    _, status, used = os.wait4(process.pid, 0)
    ended.set()
    watcher.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{arguments} ended with {process.returncode}")
    return used.ru_utime + used.ru_stime, time.perf_counter() - start, most


def resident(process: int) -> float:
    """MB of a process and all below it, shared pages shared out (Pss); 0 for one that has ended."""
    try:
        below = Path(f"/proc/{process}/task/{process}/children").read_text().split()
        told = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    own = re.search(r"^Pss:\s+(\d+)", told, re.MULTILINE)
    return (int(own[1]) / 1024 if own else 0.0) + sum(resident(int(child)) for child in below)


def lines(text: str) -> int:
    """Lines that say something."""
    return sum(1 for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))


def shape(folder: Path) -> str:
    """Pages, pictures and size of what was written."""
    import pikepdf

    said = []
    for language in ("en", "zh"):
        html = (folder / f"report.{language}.html").read_text("utf-8")
        with pikepdf.open(folder / f"report.{language}.pdf") as pdf:
            pages = len(pdf.pages)
        figures = len(re.findall("<figure[ >]", html))
        said.append(
            f"{language}: {pages} pages, {figures} charts, HTML {len(html.encode('utf-8')) / 1e6:.2f} MB"
        )
    return "; ".join(said)


def main(rounds: int = 3) -> None:
    """Print medians of the interleaved rounds, their ratio, and what each side made."""
    hand = ROOT / "benchmarks" / "report_by_hand.py"
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        study = STUDY % {"folder": EXAMPLE}
        (folder / "study.yaml").write_text(study, encoding="utf-8")
        inputs = [str(EXAMPLE / "answers.csv"), str(EXAMPLE / "questionnaire.yaml")]
        ours = ["-m", "surveykit", "run", str(folder / "study.yaml"), "-o", str(folder / "ours")]
        theirs = [str(hand), *inputs, str(folder / "theirs")]
        measured = [(run(ours), run(theirs)) for _ in range(rounds)]
        seconds = [statistics.median(r[side][0] for r in measured) for side in (0, 1)]
        clock = [statistics.median(r[side][1] for r in measured) for side in (0, 1)]
        memory = [max(r[side][2] for r in measured) for side in (0, 1)]
        ratios = [r[0][0] / r[1][0] for r in measured]
        written = lines(hand.read_text("utf-8"))
        times = [f"{s:.1f} s ({c:.0f} by the clock)" for s, c in zip(seconds, clock, strict=True)]
        print(f"surveykit {times[0]}, {memory[0]:.0f} MB, {lines(study)} lines   {shape(folder / 'ours')}")
        print(f"by hand   {times[1]}, {memory[1]:.0f} MB, {written} lines   {shape(folder / 'theirs')}")
        print(f"ratio of time {statistics.median(ratios):.2f} [{min(ratios):.2f}-{max(ratios):.2f}]")


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:2]))
