"""Exact recovery: Σ(θ) in, θ out; and derivatives against differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surveykit.model import Model
from surveykit.model.matrices import Matrices, vech
from surveykit.moments import Moments
from surveykit.sem import fit
from surveykit.sem.kernels import Problem, SampleMoments, log_det

RECOVERED = 1e-8


def random_model(factors: int, items: int, rng: np.random.Generator) -> tuple[str, str]:
    """Model text with population values, and the same free: factors in a chain with some jumps."""
    fixed, free = [], []
    for f in range(factors):
        names = [f"y{f}{i}" for i in range(items)]
        values = [1.0, *rng.uniform(0.6, 1.4, items - 1)]
        fixed.append(f"f{f} =~ " + " + ".join(f"{v:.6f}*{n}" for v, n in zip(values, names, strict=True)))
        free.append(f"f{f} =~ " + " + ".join(names))
        fixed += [f"{n} ~~ {rng.uniform(0.3, 1.0):.6f}*{n}" for n in names]
        fixed.append(f"f{f} ~~ {rng.uniform(0.5, 1.2):.6f}*f{f}")
        for g in range(f):
            if g == f - 1 or rng.random() < 0.4:
                fixed.append(f"f{f} ~ {rng.uniform(-0.6, 0.7):.6f}*f{g}")
                free.append(f"f{f} ~ f{g}")
    return "\n".join(fixed), "\n".join(free)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    factors=st.integers(1, 4),
    items=st.integers(3, 5),
    seed=st.integers(0, 10_000),
    options=st.sampled_from([{}, {"std_lv": True}, {"meanstructure": True}, {"likelihood": "wishart"}]),
)
def test_recovery_of_random_models(factors: int, items: int, seed: int, options: dict[str, Any]) -> None:
    rng = np.random.default_rng(seed)
    fixed, free = random_model(factors, items, rng)
    population = Matrices(Model.parse(fixed).table())
    Sigma, _ = population.implied(np.zeros(0))
    n = 500
    cov = Sigma if options.get("likelihood") == "wishart" else Sigma * n / (n - 1)
    means = rng.normal(size=len(Sigma))
    result = fit(free, Moments(n=n, cov=cov, mean=means, names=population.observed), **options)
    implied, mu = result.implied()
    order = [result.table.observed.index(v) for v in population.observed]
    assert np.abs(implied[np.ix_(order, order)] - Sigma).max() < RECOVERED
    assert result.measures["chisq"] < 1e-9
    if "std_lv" not in options:
        true = {(r.lhs, r.op, r.rhs): r.ustart for r in Model.parse(fixed).table()}
        for row in result.tidy().to_dict("records"):
            if row["op"] != "~1":
                value = true[row["lhs"], row["op"], row["rhs"]]
                assert row["estimate"] == pytest.approx(value, abs=RECOVERED)
    if options.get("meanstructure"):
        assert np.abs(mu[order] - means).max() < RECOVERED


def test_recovery_with_equal_loadings_in_two_groups() -> None:
    text = "f =~ {0}*y1 + {1}*y2 + {2}*y3 + {3}*y4"
    spread = {"a": (0.5, 0.6, 0.7, 0.8, 1.0), "b": (0.9, 0.4, 0.6, 1.1, 2.0)}
    samples, n = {}, {"a": 300, "b": 120}
    for label, (*residuals, variance) in spread.items():
        lines = [text.format(1, 0.8, 1.2, 0.9), f"f ~~ {variance}*f"]
        lines += [f"y{i} ~~ {v}*y{i}" for i, v in enumerate(residuals, start=1)]
        population = Matrices(Model.parse("\n".join(lines)).table())
        Sigma, _ = population.implied(np.zeros(0))
        samples[label] = Moments(
            n[label], Sigma * n[label] / (n[label] - 1), np.zeros(4), population.observed
        )
    result = fit("f =~ y1 + y2 + y3 + y4", samples, group_equal="loadings")
    rows = {
        (r["lhs"], r["op"], r["rhs"], r["group"]): r["estimate"] for r in result.tidy().to_dict("records")
    }
    for label, (*residuals, variance) in spread.items():
        assert rows["f", "=~", "y3", label] == pytest.approx(1.2, abs=RECOVERED)
        assert rows["f", "~~", "f", label] == pytest.approx(variance, abs=RECOVERED)
        for i, value in enumerate(residuals, start=1):
            assert rows[f"y{i}", "~~", f"y{i}", label] == pytest.approx(value, abs=RECOVERED)


def test_equal_parameters_by_label() -> None:
    text = "f =~ 1*y1 + a*y2 + a*y3 + y4"
    lines = "f =~ 1*y1 + 0.7*y2 + 0.7*y3 + 1.3*y4\n" + "\n".join(f"y{i} ~~ 0.5*y{i}" for i in range(1, 5))
    population = Matrices(Model.parse(lines + "\nf ~~ 1*f").table())
    Sigma, _ = population.implied(np.zeros(0))
    # units that differ by powers of ten must not break the equality
    result = fit(text, Moments(200, Sigma * 200 / 199, names=population.observed))
    loadings = result.tidy().query("op == '=~'")["estimate"].tolist()
    assert loadings == pytest.approx([1, 0.7, 0.7, 1.3], abs=RECOVERED)
    assert result.measures["df"] == 3
    scale = np.diag([1.0, 1e4, 1e4, 1e-3])
    far = fit(text, Moments(200, scale @ Sigma @ scale * 200 / 199, names=population.observed))
    assert far.tidy().query("op == '=~'")["estimate"].tolist() == pytest.approx(
        [1, 0.7e4, 0.7e4, 1.3e-3], rel=1e-7
    )


FULL = """
f =~ x1 + x2 + x3
g =~ x4 + x5 + x6
g ~ f + z
x1 ~~ x4
x6 ~ z
z ~~ z
"""


def problem(means: bool) -> tuple[Problem, np.ndarray[Any, Any]]:
    """A point away from the optimum, with every kind of parameter."""
    table = Model.parse(FULL).table(meanstructure=means)
    rng = np.random.default_rng(5)
    p = len(table.observed)
    A = rng.normal(size=(p, 3 * p))
    S = A @ A.T / (3 * p)
    matrices = Matrices(table)
    theta = rng.uniform(0.3, 0.9, table.k)
    mean = rng.normal(size=p) if means else None
    return Problem(matrices.blocks, (SampleMoments(S, mean, log_det(S), 1.0),)), theta


@pytest.mark.parametrize("means", [False, True])
def test_derivatives_against_differences(means: bool) -> None:
    task, theta = problem(means)
    point = task.at(theta)
    assert point is not None
    h = 1e-6
    steps = h * np.eye(len(theta))
    gradient = [(task.value(theta + s) - task.value(theta - s)) / (2 * h) for s in steps]
    assert point.gradient.tolist() == pytest.approx(gradient, abs=1e-8)
    curvature = np.array([(_gradient(task, theta + s) - _gradient(task, theta - s)) / (2 * h) for s in steps])
    assert np.abs(task.observed_information(point) - curvature).max() < 1e-7


def _gradient(task: Problem, theta: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    point = task.at(theta)
    assert point is not None
    return point.gradient


@pytest.mark.parametrize("means", [False, True])
def test_expected_information_is_that_of_the_jacobian(means: bool) -> None:
    # I = ½ tr(P Σ_a P Σ_b) + μ_a' P μ_b, element by element
    task, theta = problem(means)
    point = task.at(theta)
    assert point is not None
    table = Model.parse(FULL).table(meanstructure=means)
    matrices = Matrices(table)
    J, Jm = matrices.jacobian(theta)
    Sigma, _ = matrices.implied(theta)
    P, p = np.linalg.inv(Sigma), len(Sigma)
    rows, columns = np.array([(i, j) for j in range(p) for i in range(j, p)]).T
    full = np.zeros((p, p, table.k))
    full[rows, columns] = full[columns, rows] = J
    expected = 0.5 * np.einsum("ij,jka,kl,lib->ab", P, full, P, full) + means * Jm.T @ P @ Jm
    assert np.abs(point.information - expected).max() < 1e-10


def test_jacobian_against_differences_and_leading_axes() -> None:
    table = Model.parse(FULL).table(meanstructure=True)
    matrices = Matrices(table)
    theta = np.random.default_rng(2).uniform(0.2, 0.8, (3, table.k))
    J, Jm = matrices.jacobian(theta)
    h = 1e-6
    for r in range(3):
        for a in range(table.k):
            step = h * np.eye(table.k)[a]
            (up, up_mean), (down, down_mean) = (matrices.implied(theta[r] + s) for s in (step, -step))
            assert np.abs(J[r, :, a] - (vech(up) - vech(down)) / (2 * h)).max() < 1e-8
            assert np.abs(Jm[r, :, a] - (up_mean - down_mean) / (2 * h)).max() < 1e-8
