"""Moments against certified values (NIST StRD), R survey and Wilkinson's data; bootstrap replicates."""

from __future__ import annotations

import os
import subprocess
import sys

import narwhals as nw
import numpy as np
import pandas as pd
import pytest

from surveykit.errors import SurveykitError
from surveykit.responses import bootstrap_moments, core, read

ENGINES = ["pandas", "polars", "duckdb"]
NIST = ["Lew", "Lottery", "Mavro", "Michelso", "NumAcc1", "NumAcc2", "NumAcc3", "NumAcc4", "PiDigits"]


def lre(value, certified):
    """Digits that agree (log relative error), at most 15."""
    if value == certified:
        return 15.0
    return -np.log10(abs(value - certified) / (abs(certified) or 1.0))


@pytest.fixture(autouse=True)
def one_query(monkeypatch):
    """The lazy engine computes its own sums, however few rows there are."""
    monkeypatch.setattr(core, "LOCAL_CELLS", 0)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", NIST)
def test_nist_means_and_deviations(reference, name, engine, tmp_path):
    """As many digits as 64-bit inputs allow, less 0.3 (RELIABILITY N1); the file says how many these are."""
    known = reference(f"nist/univariate/{name}")
    path = os.path.join(os.environ["SURVEYKIT_REFERENCE"], "reference", "nist", "univariate", f"{name}.csv")
    moments = read(path, engine=engine).moments(["y"])
    for value, what in ((float(np.asarray(moments.mean)[0]), "mean"), (float(moments.sd[0]), "sd")):
        gate = min(13.0, known["best_achievable_LRE_from_float64_inputs"][what] - 0.3)
        assert lre(value, float(known["certified"][what])) >= gate, what


@pytest.mark.parametrize("engine", ENGINES)
def test_an_offset_that_ruins_the_textbook_formula(engine):
    """NumAcc4's form without its file: 1e7 + 0.1, 0.2, 0.3 in turn; sd exactly 0.1 by construction."""
    y = np.array([0.2] + [0.1, 0.3] * 500) + 1e7
    assert read(pd.DataFrame({"y": y}), engine=engine).moments(["y"]).sd[0] == pytest.approx(0.1, rel=1e-8)


@pytest.mark.parametrize("engine", ENGINES)
def test_weighted_means_and_variance_of_r_survey(reference, shared_data, engine):
    """svymean(~api00+enroll) and svyvar(~api00), apistrat, weights pw: 1e-10 relative."""
    cases = {c["case"]: c for c in reference("survey")["cases"][:6]}
    data = read(shared_data("apistrat.csv"), weight="pw", engine=engine)
    moments = data.moments(["api00", "enroll"])
    np.testing.assert_allclose(np.asarray(moments.mean), cases["svymean"]["est"], rtol=1e-10)
    assert moments.cov[0, 0] == pytest.approx(cases["svyvar"]["est"][0], rel=1e-10)


@pytest.mark.parametrize("engine", ENGINES)
def test_wilkinsons_nasty_correlations(engine):
    """X with BIG (99999990+x), LITTLE (.99999990+x·1e-8), HUGE and TINY: 1, never above, never less by 1e-8."""
    x = np.arange(1.0, 10.0)
    frame = pd.DataFrame(
        {"x": x, "big": 99999990 + x, "little": 0.9999999 + x * 1e-8, "huge": x * 1e12, "tiny": x * 1e-12}
    )
    cor = read(frame, engine=engine).moments(list(frame.columns)).cor
    assert np.all(cor <= 1)
    np.testing.assert_allclose(cor, 1.0, atol=1e-8)


@pytest.mark.parametrize("engine", ENGINES)
def test_scale_and_offset_do_not_change_standardised_results(engine):
    rng = np.random.default_rng(8)
    frame = pd.DataFrame(rng.normal(size=(200, 3)), columns=list("abc"))
    plain = read(frame, engine=engine).moments(list("abc")).cor
    for factor, offset in ((1e8, 0.0), (1e-8, 0.0), (1.0, 1e6)):
        other = read(frame * factor + offset, engine=engine).moments(list("abc")).cor
        np.testing.assert_allclose(other, plain, atol=1e-8)


FRAME = pd.DataFrame(
    {"a": [1.0, 2, 4, 8, np.nan, 3], "b": [2.0, 1, 5, 7, 3, 3], "w": [1.0, 2, 0.5, 1, 1, 1.5]}
)


@pytest.mark.parametrize("weight", [None, "w"])
def test_replicates_equal_the_moments_of_the_rows_drawn(weight):
    """Brute force: draw the rows, compute their moments, compare (1e-12)."""
    data = read(FRAME, weight=weight)
    complete = FRAME.dropna().reset_index(drop=True)
    indices = np.random.default_rng(2).integers(0, 5, (7, 5))
    stacked, weights = bootstrap_moments(data, ["a", "b"], 7, 0, indices=indices, return_weights=True)
    assert (stacked.replicates, stacked.n, stacked.n_total) == (7, 5, 6)
    assert weights.shape == (7, 6)
    assert not weights[:, 4].any()
    np.testing.assert_allclose(weights.sum(axis=1), 5, rtol=1e-12)
    for r, drawn in enumerate(indices):
        alone = read(complete.iloc[drawn], weight=weight).moments(["a", "b"])
        np.testing.assert_allclose(stacked.replicate(r).cov, alone.cov, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(np.asarray(stacked.mean)[r], np.asarray(alone.mean), rtol=1e-12)


def test_a_replicate_depends_on_its_number_and_the_seed_alone():
    data = read(FRAME)
    few, many = (bootstrap_moments(data, ["a", "b"], r, seed=5) for r in (3, 100))
    assert np.array_equal(few.cov, many.cov[:3])
    assert not np.array_equal(few.cov, bootstrap_moments(data, ["a", "b"], 3, seed=6).cov)
    lazy = bootstrap_moments(read(FRAME, engine="duckdb"), ["a", "b"], 3, seed=5)
    np.testing.assert_allclose(lazy.cov, few.cov, rtol=1e-13)


def test_bootstrap_deviation_of_a_mean_is_its_standard_error():
    """Simulation: sd over 4,000 replicates within 5 % (4 Monte Carlo errors) of s·sqrt((n−1)/n)/sqrt(n)."""
    x = np.random.default_rng(4).normal(size=80)
    means = np.asarray(bootstrap_moments(read(pd.DataFrame({"x": x})), ["x"], 4000, seed=9).mean)[:, 0]
    assert means.std() == pytest.approx(x.std() / np.sqrt(80), rel=0.05)


PROGRAM = """
import hashlib, numpy as np, pandas as pd
from surveykit.responses import bootstrap_moments, read
x = np.random.default_rng(1).integers(1, 11, (300, 12)).astype(float)
data = read(pd.DataFrame(x, columns=[f"x{i}" for i in range(12)]))
m = bootstrap_moments(data, list(data.columns), 200, seed=3)
print(hashlib.sha256(np.round(m.cov, 10).tobytes()).hexdigest())
"""


def test_replicates_do_not_depend_on_threads():
    prints = set()
    for threads in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        )
        prints.add(run.stdout)
    assert len(prints) == 1


@pytest.mark.parametrize("indices", [[[0, 1]], [[0, 1, 2, 3, 5]], [[-1, 0, 1, 2, 3]]])
def test_indices_that_do_not_fit(indices):
    with pytest.raises(SurveykitError, match="indices"):
        bootstrap_moments(read(FRAME), ["a", "b"], 1, 0, indices=indices)
    for replicates, seed in ((0, 0), (1, -1)):
        with pytest.raises(SurveykitError, match="at least one"):
            bootstrap_moments(read(FRAME), ["a", "b"], replicates, seed)


def test_a_draw_of_one_row_alone_has_no_variance():
    stacked = bootstrap_moments(
        read(FRAME), ["a", "b"], 5, 0, indices=np.repeat(np.arange(5), 5).reshape(5, 5)
    )
    np.testing.assert_allclose(stacked.cov, 0, atol=1e-12)


def test_derived_columns_can_be_drawn():
    data = read(FRAME).derive({"d": nw.col("a") - nw.col("b")})
    assert bootstrap_moments(data, ["d"], 4, seed=1).cov.shape == (4, 1, 1)
