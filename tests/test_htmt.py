"""HTMT and HTMT2 against their definitions, written out pair by pair."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from surveykit.htmt import htmt, htmt2, membership, negatives

BLOCKS = [[0, 3], [1, 4, 6], [5], [2, 7]]


@pytest.fixture
def R() -> np.ndarray:
    rng = np.random.default_rng(4)
    return np.corrcoef((rng.normal(size=(60, 8)) + 0.7 * rng.normal(size=(60, 1))).T)


def by_hand(R: np.ndarray, a: list[int], b: list[int], mean) -> float:
    def within(block: list[int]) -> float:
        pairs = [abs(R[i, j]) for i, j in itertools.combinations(block, 2)]
        return mean(pairs) if pairs else 1.0

    return mean([abs(R[i, j]) for i in a for j in b]) / np.sqrt(within(a) * within(b))


def test_both_ratios_are_their_definitions(R) -> None:
    member = membership(BLOCKS, 8)
    one, two = htmt(R, member), htmt2(R, member)
    for i, j in itertools.combinations(range(4), 2):
        assert one[i, j] == pytest.approx(by_hand(R, BLOCKS[i], BLOCKS[j], np.mean))
        geometric = by_hand(R, BLOCKS[i], BLOCKS[j], lambda v: np.exp(np.mean(np.log(v))))
        assert two[i, j] == pytest.approx(geometric)


def test_a_stack_is_each_matrix_alone(R) -> None:
    member = membership(BLOCKS, 8)
    stack = np.stack([R, R * 0.5 + np.eye(8) * 0.5])
    np.testing.assert_allclose(htmt(stack, member)[1], htmt(stack[1], member))
    np.testing.assert_allclose(htmt2(stack, member)[1], htmt2(stack[1], member))


def test_negative_correlations_are_counted_and_a_zero_makes_htmt2_zero(R) -> None:
    member = membership([[0, 1], [2, 3]], 4)
    r = np.array([[1, 0.5, -0.2, 0.3], [0.5, 1, 0.0, -0.1], [-0.2, 0.0, 1, -0.4], [0.3, -0.1, -0.4, 1]])
    assert negatives(r, member)[0, 1] == 3
    assert htmt2(r, member)[0, 1] == 0
    assert htmt(r, member)[0, 1] == pytest.approx(0.15 / np.sqrt(0.5 * 0.4))
