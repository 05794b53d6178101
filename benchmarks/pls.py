"""Run by hand (`python benchmarks/pls.py`): the mobile-phone ECSI model by PLS, one fit and 5,000 bootstrap replicates.

250 rows are drawn with the published correlations of the 24 items; the time does not depend on the values. What is timed
holds all that an assessment shows: weights, loadings, paths, effects, R², f², HTMT with their intervals, and SRMR.

seminr is not run here. Its figures were measured once with the same model and n on two cores of another day: 5,000
replicates 90.6 s (78 to 103), one fit 10.0 ms (seminr 2.3.4, R 4.2). The ratio is against them and says so; it is
an order of magnitude, not a race.
"""

from __future__ import annotations

import os

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import resource  # noqa: E402
import statistics  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402

ROUNDS = 7
SEMINR_BOOTSTRAP, SEMINR_FIT = 90.6, 0.0100


def seconds(work: Callable[[], object], repeats: int = 1) -> tuple[float, float]:
    """Wall and processor time of one call."""
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(repeats):
        work()
    return (time.perf_counter() - wall) / repeats, (time.process_time() - cpu) / repeats


def report(name: str, work: Callable[[], object], other: float, repeats: int = 1) -> None:
    """Medians of the rounds, and the stored figure over them."""
    work()
    rounds = [seconds(work, repeats) for _ in range(ROUNDS)]
    wall, cpu = (statistics.median(r[i] for r in rounds) for i in (0, 1))
    print(
        f"{name:<34} {wall * 1e3:8.1f} ms (processor {cpu * 1e3:.1f})   seminr, as measured before: "
        f"{other * 1e3:.0f} ms, ratio {other / wall:.0f} (processor {other / cpu:.0f})"
    )


def main() -> None:
    """Print one line per timing and the memory that was needed."""
    import numpy as np
    import pandas as pd

    from surveykit.model import Model
    from surveykit.reproduce import published
    from surveykit.responses import read
    from surveykit.sem.pls import PlsFit, fit_pls

    stored = published()["ecsi-path"]
    moments = stored.sample()
    root = np.linalg.cholesky(moments.cov)
    rows = np.random.default_rng(1).standard_normal((stored.n, moments.p)) @ root.T
    data = read(pd.DataFrame(rows, columns=list(moments.names)))
    model = Model.parse(stored.model)

    def assessed() -> PlsFit:
        fit = fit_pls(model, data, bootstrap=5000)
        fit.tidy(), fit.tables(), fit.glance()
        return fit

    report("5,000 replicates, everything", assessed, SEMINR_BOOTSTRAP)
    report("one fit, from moments", lambda: fit_pls(model, moments), SEMINR_FIT, repeats=50)
    report("one fit, from rows", lambda: fit_pls(model, data, bootstrap=0), SEMINR_FIT, repeats=20)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"most memory ever held: {peak:.0f} MB")


if __name__ == "__main__":
    main()
