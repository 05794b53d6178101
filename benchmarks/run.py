"""Run by hand (`make bench`): import time, and model fits against semopy, as ratios of medians.

Rounds are interleaved, so that a slow minute of the machine hits both sides. Absolute times say more about
the machine than about the program; the ratio is the number to read.
"""

from __future__ import annotations

import os

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(variable, "1")  # both sides are slower on two threads: the matrices are small

import statistics  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402

ROUNDS = 7

HOLZINGER = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
DEMOCRACY = """ind60 =~ x1 + x2 + x3
dem60 =~ y1 + y2 + y3 + y4
dem65 =~ y5 + y6 + y7 + y8
dem60 ~ ind60
dem65 ~ ind60 + dem60
y1 ~~ y5
y2 ~~ y4 + y6
y3 ~~ y7
y4 ~~ y8
y6 ~~ y8"""


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def imports(statement: str) -> float:
    """A fresh interpreter that runs one statement."""
    return seconds(lambda: subprocess.run([sys.executable, "-c", statement], check=True))


def compare(name: str, theirs: Callable[[], float], ours: Callable[[], float]) -> None:
    """Interleaved rounds of two timings: medians and their ratio."""
    rounds = [(theirs(), ours()) for _ in range(ROUNDS)]
    other, own = (statistics.median(r[i] for r in rounds) for i in (0, 1))
    print(
        f"{name:<34} semopy {other * 1e3:8.1f} ms   surveykit {own * 1e3:8.1f} ms   ratio {other / own:5.1f}"
    )


def main() -> None:
    """Print one line per comparison."""
    import semopy
    from semopy.examples import holzinger39, political_democracy

    import surveykit as sk

    print(f"medians of {ROUNDS} interleaved rounds; ratio above 1: surveykit takes less time")
    compare("import", lambda: imports("import semopy"), lambda: imports("import surveykit"))
    for name, text, example in (
        ("Holzinger-Swineford, ML, full", HOLZINGER, holzinger39),
        ("Political democracy, ML, full", DEMOCRACY, political_democracy),
    ):
        frame = example.get_data()

        def theirs(text: str = text, frame: object = frame) -> float:
            def work() -> None:
                model = semopy.Model(text)
                model.fit(frame)
                model.inspect()
                semopy.calc_stats(model)

            return seconds(work)

        def ours(text: str = text, frame: object = frame) -> float:
            return seconds(lambda: sk.fit(text, frame).glance())

        theirs(), ours()
        compare(name, theirs, ours)


if __name__ == "__main__":
    main()
