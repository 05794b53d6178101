"""One face for robust inference, whatever the rows are: complete, weighted or in clusters, incomplete.

Complete rows bring Γ in their moments; weighted ones and clusters their crossproducts (``weighted``); incomplete ones the
patterns' scores under FIML, or Γ of the EM moments in two stages (``incomplete``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveykit.model.matrices import Block
from surveykit.sem.compositesandwich import composite_covariance, composite_traces
from surveykit.sem.constraints import bread
from surveykit.sem.engine import Scaled, Solved, information_of
from surveykit.sem.incomplete import CaseScores
from surveykit.sem.robust import (
    Kind,
    Traces,
    baseline_blocks,
    jacobian,
    normal_weight,
    robust_covariance,
    traces,
)
from surveykit.sem.sample import GroupSample

__all__ = ["Sandwich"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sandwich:
    """Covariances and traces of a solved problem; ``scores`` only under FIML, ``kind`` says where W stands."""

    samples: tuple[GroupSample, ...]
    kind: Kind
    scores: CaseScores | None
    information: str = "expected"

    def covariance(self, se: str, scaled: Scaled, solved: Solved) -> Array:
        """The covariance (k, k) of the estimates."""
        blocks, theta, table = scaled.matrices.blocks, solved.theta, scaled.table
        if table.composites:
            return composite_covariance(se, self.samples, scaled, solved, self.kind, self.information)
        inverse = self._bread(scaled, solved)
        if self.scores is None:
            return robust_covariance(
                se, inverse, self.samples, blocks, theta, table.meanstructure, table.fixed_columns, self.kind
            )
        out: Array = (
            inverse @ self.scores.meat(blocks, theta) @ inverse / sum(s.multiplier for s in self.samples)
        )
        return (out + out.T) / 2

    def traces(self, test: str, scaled: Scaled, solved: Solved) -> Traces:
        """What scales the model's test."""
        blocks, theta, table = scaled.matrices.blocks, solved.theta, scaled.table
        if table.composites:
            return composite_traces(test, self.samples, scaled, solved, self.kind, self.information)
        inverse = self._bread(scaled, solved)
        if self.scores is not None:
            return self.scores.traces(inverse, blocks, theta)
        return traces(
            test, inverse, self.samples, blocks, theta, table.meanstructure, table.fixed_columns, self.kind
        )

    def baseline(
        self, test: str, exogenous: Sequence[int], means: bool, together: Sequence[Sequence[int]] = ()
    ) -> Traces:
        """What scales the baseline's test; in it variables ``together`` covary: random predictors, parts of a composite."""
        blocks, theta = baseline_blocks(self.samples, exogenous, means, together)
        if self.scores is not None:
            theta = self.scores.independence(exogenous, together)
            inverse = np.asarray(np.linalg.inv(self.scores.observed(blocks, theta)), dtype=float)
            return self.scores.traces(inverse, blocks, theta)
        information = information_of(blocks, self.samples, theta, means)
        if self.kind.at_sample:
            information = self._unstructured(blocks, theta, means)
        return traces(
            test, bread(information, None), self.samples, blocks, theta, means, exogenous, self.kind
        )

    def _bread(self, scaled: Scaled, solved: Solved) -> Array:
        """The inverse information; in two stages with the weight at the EM moments instead of the model's."""
        if not self.kind.at_sample:
            return solved.bread
        means = scaled.table.meanstructure
        information = self._unstructured(scaled.matrices.blocks, solved.theta, means)
        constraint = scaled.constraint
        if constraint is None:
            return bread(information, None)
        tau = scaled.tau
        inner = bread(information * np.outer(tau, tau), constraint.K)
        return np.asarray(inner * np.outer(tau, tau))

    def _unstructured(self, blocks: Sequence[Block], theta: Array, means: bool) -> Array:
        total = sum(s.multiplier for s in self.samples)
        out = np.zeros((len(theta), len(theta)))
        for sample, block in zip(self.samples, blocks, strict=True):
            delta = jacobian(block, theta, means)
            out += sample.multiplier / total * (delta.T @ normal_weight(sample.S, means) @ delta)
        return out
