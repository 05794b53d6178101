"""The short way from a frame of numbers, and replicates that do not arrive at once, give what the long way gives."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import SurveykitError
from surveykit.responses import bootstrap_moments, read
from surveykit.sem import fit
from tests.sem_data import NAMES, TWO_FACTORS, rows_of_two_factors


def frame_of_two_factors() -> pd.DataFrame:
    return pd.DataFrame(rows_of_two_factors(), columns=list(NAMES))


def test_a_frame_with_gaps_is_read_to_the_same_patterns() -> None:
    frame = frame_of_two_factors()
    gaps = frame.mask(np.random.Generator(np.random.Philox(key=3)).random(frame.shape) < 0.1)
    gaps.iloc[0] = np.nan  # a row without answers is set aside in both
    short, long = fit(TWO_FACTORS, gaps), fit(TWO_FACTORS, read(gaps))
    assert short.options.missing == long.options.missing == "fiml"
    assert (short.n, short.n_total) == (long.n, long.n_total) == (len(frame) - 1, len(frame))
    assert short.theta.tolist() == pytest.approx(long.theta.tolist(), rel=1e-12)
    assert short.measures["chisq"] == pytest.approx(long.measures["chisq"], rel=1e-12)


def test_a_bootstrap_of_a_frame_draws_the_same_rows() -> None:
    frame = frame_of_two_factors()
    frame.insert(0, "comment", "text")  # other columns do not matter
    short, long = (fit(TWO_FACTORS, s, bootstrap=30, seed=8) for s in (frame, read(frame)))
    assert short.vcov.tolist() == long.vcov.tolist()


def test_stragglers_are_where_a_single_fit_ends_or_failed() -> None:
    # 40 rows of weak answers: many replicates have improper solutions or none
    generator = np.random.Generator(np.random.Philox(key=4))
    factor = generator.standard_normal((40, 1))
    rows = 0.6 * factor + generator.standard_normal((40, 4))
    frame = pd.DataFrame(rows, columns=["a", "b", "c", "d"])
    result = fit("f =~ a + b + c + d", frame, bootstrap=60, seed=2)
    found = result.replicates
    assert found is not None
    assert 0 < found.failed < 30
    stacked = bootstrap_moments(read(frame), ["a", "b", "c", "d"], 60, 2)
    thetas, compared = iter(found.theta), 0
    for r in range(60):
        if not found.kept[r]:
            continue
        theta = next(thetas)
        try:
            alone = fit("f =~ a + b + c + d", stacked.replicate(r))
        except SurveykitError:
            continue  # a single fit has gone another way and found no minimum
        compared += 1
        assert theta.tolist() == pytest.approx(alone.theta.tolist(), rel=1e-5, abs=1e-5)
    assert compared > 30
