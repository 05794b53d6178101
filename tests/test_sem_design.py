"""A fit takes the weights and clusters that its answers were read with, or says that it does not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveykit.responses import read
from surveykit.sem import fit

MODEL = "a =~ x1 + x2 + x3"


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    school = np.repeat(np.arange(30), 10)
    factor = rng.normal(size=300) + 0.7 * rng.normal(size=30)[school]
    items = {f"x{i}": 0.8 * factor + rng.normal(size=300) for i in (1, 2, 3)}
    return pd.DataFrame({**items, "w": rng.uniform(0.5, 2, 300), "school": school, "area": school % 3})


def test_weights_of_the_answers_are_sampling_weights(frame) -> None:
    by_design = fit(MODEL, read(frame, weight="w"))
    by_name = fit(MODEL, read(frame), sampling_weights="w")
    np.testing.assert_allclose(by_design.theta, by_name.theta)
    np.testing.assert_allclose(by_design.vcov, by_name.vcov)
    assert any("weights w" in note for note in by_design.notes())
    assert "DESIGN_UNUSED" not in {c.code for c in by_design.checks}


def test_clusters_of_the_answers_widen_the_errors(frame) -> None:
    clustered = fit(MODEL, read(frame, clusters="school"))
    by_name = fit(MODEL, read(frame), cluster="school")
    np.testing.assert_allclose(clustered.vcov, by_name.vcov)
    plain = fit(MODEL, frame)
    variance = plain.table.names().index("a~~a")
    assert clustered.vcov[variance, variance] > plain.vcov[variance, variance]


@pytest.mark.parametrize(
    "options", [{"method": "pls", "bootstrap": 50}, {"method": "gls"}, {"bootstrap": 20}]
)
def test_what_does_not_know_the_design_says_so(frame, options) -> None:
    if options.get("method") == "pls":
        frame = frame.rename(columns={"x3": "y"})
        found = fit("a =~ x1 + x2\ny ~ a", read(frame, weight="w", clusters="school"), **options)
    else:
        found = fit(MODEL, read(frame, weight="w", clusters="school"), **options)
    check = next(c for c in found.checks if c.code == "DESIGN_UNUSED")
    assert check.about == ("weights", "clusters")
    assert "权重、整群" in check.text("zh")


def test_strata_are_a_caution_beside_clusters(frame) -> None:
    found = fit(MODEL, read(frame, weight="w", clusters="school", strata="area"))
    check = next(c for c in found.checks if c.code == "DESIGN_UNUSED")
    assert check.about == ("strata",)
