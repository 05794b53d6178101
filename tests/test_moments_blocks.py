"""Delete-a-block jackknife and Poisson bootstrap against the formulas on rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import SurveykitError
from surveykit.moments import Moments, combine, delete_a_block, jackknife, poisson_bootstrap
from surveykit.responses import read
from surveykit.responses.parts import block_moments

NAMES = ("a", "b", "c")


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    rng = np.random.Generator(np.random.Philox(key=3))
    x = rng.normal(size=(600, 3))
    x[:, 1] += 0.7 * x[:, 0]
    return x


def test_every_replicate_is_the_moments_of_the_rows_that_are_left(rows):
    x = rows + 1e7  # an offset costs nothing
    w = np.random.default_rng(1).uniform(0.5, 2, 600)
    blocks = [Moments.from_rows(x[i::20], NAMES, w[i::20]) for i in range(20)]
    left = delete_a_block(blocks)
    for i in (0, 7, 19):
        kept = np.arange(600) % 20 != i
        told = Moments.from_rows(x[kept], NAMES, w[kept])
        np.testing.assert_allclose(left.cov[i], told.cov, rtol=1e-7)
        np.testing.assert_allclose(np.asarray(left.mean)[i], told.mean, rtol=1e-13)
        assert left.n_eff[i] == pytest.approx(told.n_eff)


def test_the_jackknife_of_a_mean_is_its_standard_error(rows):
    """One row per block is s/√n exactly; with pairs of equal rows only the second moments know it."""
    blocks = [Moments.from_rows(np.repeat(x[None], 2, axis=0), NAMES) for x in rows]
    found = jackknife(blocks, lambda m: m.mean)
    np.testing.assert_allclose(found.se, rows.std(axis=0, ddof=1) / np.sqrt(600), rtol=1e-10)
    np.testing.assert_allclose(found.bias, 0, atol=1e-10)
    assert found.df == 599


def test_both_agree_with_the_large_sample_error_of_a_correlation(rows):
    blocks = [Moments.from_rows(rows[i::100], NAMES) for i in range(100)]
    r = np.corrcoef(rows.T)[0, 1]
    told = (1 - r * r) / np.sqrt(599)
    # a standard error from 100 blocks is uncertain by 7 %
    assert jackknife(blocks, lambda m: m.cor[0, 1]).se[0] == pytest.approx(told, rel=0.2)
    drawn = poisson_bootstrap(blocks, 1500, seed=4)
    assert drawn.cor[:, 0, 1].std(ddof=1) == pytest.approx(told, rel=0.2)
    again = poisson_bootstrap(blocks, 40, seed=4)
    np.testing.assert_array_equal(again.cov, drawn.cov[:40])


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
def test_blocks_of_answers_add_up_to_all_of_them(rows, engine, tmp_path):
    frame = pd.DataFrame(np.round(np.clip(rows * 1.5 + 4, 1, 7)), columns=NAMES)
    frame["w"] = np.random.default_rng(2).uniform(0.5, 2, 600)
    frame.loc[3, "a"] = np.nan
    frame.to_parquet(tmp_path / "answers.parquet")
    data = read(tmp_path / "answers.parquet", weight="w", engine=engine)
    blocks = block_moments(data, NAMES, blocks=30)
    assert len(blocks) == 30
    every = combine(blocks, np.ones((1, 30)))
    told = data.moments(NAMES)
    assert every.n == told.n == 599
    np.testing.assert_allclose(every.cov[0], told.cov, rtol=1e-9)
    np.testing.assert_allclose(np.asarray(every.mean)[0], told.mean, rtol=1e-12)


def test_clusters_and_named_groups_are_blocks(rows):
    frame = pd.DataFrame(rows, columns=NAMES).assign(school=np.repeat(np.arange(60), 10))
    drawn = read(frame, clusters="school")
    assert len(block_moments(drawn, NAMES)) == 60
    assert len(block_moments(read(frame), NAMES, by="school")) == 60
    linear = drawn.sampling().variance(drawn.sampling().spread_of_mean(frame.a)[1])
    found = jackknife(block_moments(drawn, NAMES), lambda m: m.mean)
    assert found.se[0] == pytest.approx(np.sqrt(linear), rel=1e-8)


def test_rows_without_company_join_a_neighbour():
    frame = pd.DataFrame({"x": [1.0, 2, 3, 4, 5], "g": ["a", "a", "b", "b", "c"]})
    blocks = block_moments(read(frame), ["x"], by="g")
    assert [b.n for b in blocks] == [2, 3]


def test_what_cannot_be_blocks():
    one = Moments.from_rows([[1.0], [2.0]], ["x"])
    other = Moments.from_rows([[1.0], [2.0]], ["y"])
    with pytest.raises(SurveykitError, match="compared with each other"):
        delete_a_block([one])
    with pytest.raises(SurveykitError, match="same variables"):
        delete_a_block([one, other])
    with pytest.raises(SurveykitError, match="holds no rows"):
        combine([one, one], [[0, 0]])
    with pytest.raises(SurveykitError, match="at least one replicate"):
        poisson_bootstrap([one, one], 0, 1)
    with pytest.raises(SurveykitError, match="one count"):
        combine([one, one], [[1, -1]])
