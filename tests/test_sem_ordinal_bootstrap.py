"""Bootstrap of ordered items: a replicate is a fit of the drawn answers, and who fails is counted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import SurveykitError
from surveykit.sem import fit
from tests.test_sem_ordinal import ordered_holzinger

ONE = "visual =~ x1 + x2 + x3\nvisual ~ sex"
ITEMS = ["x1", "x2", "x3"]


def test_replicates_are_the_fits_of_the_drawn_rows() -> None:
    frame = ordered_holzinger().assign(w=1 + np.arange(301) % 2)
    options = {"ordered": ITEMS, "sampling_weights": "w"}
    found = fit(ONE, frame, bootstrap=8, seed=5, **options)
    assert found.replicates is not None
    for r in (0, 7):
        draw = np.random.Generator(np.random.Philox(np.random.SeedSequence(5, spawn_key=(0, r))))
        alone = fit(ONE, frame.iloc[draw.integers(0, 301, 301)], **options)
        assert found.replicates.theta[r] == pytest.approx(alone.theta, abs=1e-7)  # both to gradients of 1e-9
    again = fit(ONE, frame, bootstrap=3, seed=5, **options)
    assert again.replicates is not None
    assert (again.replicates.theta == found.replicates.theta[:3]).all()


def test_percentiles_stand_in_the_table_and_tests_stay() -> None:
    frame = ordered_holzinger()
    text = "visual =~ x1 + x2 + x3"
    found = fit(text, frame, ordered=ITEMS, bootstrap=25, seed=2, group="school")
    usual = fit(text, frame, ordered=ITEMS, group="school")
    assert found.replicates is not None
    row = found.tidy().iloc[1]
    assert (row["low"], row["high"]) == found.replicates.bounds(found.replicates.theta[:, 0], 0.95)
    assert row["se"] == pytest.approx(found.replicates.theta[:, 0].std(ddof=1))
    assert found.measures == pytest.approx(usual.measures, nan_ok=True)
    assert any("percentile intervals (25 replicates, seed 2)" in note for note in found.choices)


def test_samples_without_a_category_are_counted_as_failed() -> None:
    frame = ordered_holzinger()
    rare = frame.assign(x1=np.where(np.arange(301) < 2, 1, np.maximum(frame["x1"], 2)))
    found = fit("visual =~ x1 + x2 + x3", rare, ordered=ITEMS, bootstrap=40)
    assert found.replicates is not None
    assert 0 < found.replicates.failed < 20  # nobody of two drawn: e⁻² = 14 %
    assert {"REPLICATES_FAILED", "REPLICATES_MANY_FAILED"} & {c.code for c in found.checks}


def test_continuous_least_squares_have_none() -> None:
    frame = pd.DataFrame(ordered_holzinger()[ITEMS])
    with pytest.raises(SurveykitError, match="bootstrap"):
        fit("visual =~ x1 + x2 + x3", frame, method="dwls", bootstrap=20)
