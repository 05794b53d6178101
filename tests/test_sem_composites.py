"""Composites (``<~``): the definition of lavaan since 0.6-20, stated by brute force, and what follows from it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize

from surveykit.errors import SurveykitError
from surveykit.moments import Moments
from surveykit.sem import fit
from tests.sem_data import holzinger, holzinger_groups

Array = NDArray[np.float64]
ONE = "C <~ x1 + x2 + x3\nx4 ~ C\nx5 ~ C\nx4 ~~ x5"
CHAIN = "A <~ x1 + x2 + x3\nB <~ x4 + x5 + x6\nB ~ b1*A + x9\nx7 ~ b2*B + b3*A + x9\nx8 ~ B\nind := b1*b2"
VARIABLES = [f"x{i}" for i in range(1, 10)]


def sigma_of_chain(parameters: Array, S: Array) -> Array:
    """Σ of CHAIN as Schamberger et al. (2025) define it, with nothing of the package's.

    Var(c) = w'Tw with T the sample's, Cov(x, v) = T w (w'Tw)⁻¹ Cov(c, v); x9 is a fixed predictor, uncorrelated with A.
    """
    wa, wb = np.array([1, *parameters[:2]]), np.array([1, *parameters[2:4]])
    b1, g, b2, b3, h, d, psi7, psi8, rho = parameters[4:]
    Ta, Tb = S[:3, :3], S[3:6, 3:6]
    va, vb = wa @ Ta @ wa, wb @ Tb @ wb
    s9 = S[8, 8]
    # structural variables: A, B, x7, x8, x9
    C = np.zeros((5, 5))
    C[0, 0], C[4, 4] = va, s9
    C[0, 1] = b1 * va
    C[1, 4] = g * s9
    C[1, 1] = vb
    C[0, 2], C[1, 2] = b2 * C[0, 1] + b3 * va, b2 * vb + b3 * C[0, 1] + h * C[1, 4]
    C[2, 4] = b2 * C[1, 4] + h * s9
    C[2, 2] = b2 * C[1, 2] + b3 * C[0, 2] + h * C[2, 4] + psi7
    C[0, 3], C[1, 3], C[3, 4] = d * C[0, 1], d * vb, d * C[1, 4]
    C[2, 3], C[3, 3] = d * C[1, 2] + rho, d * d * vb + psi8
    C = np.triu(C) + np.triu(C, 1).T
    la, lb = Ta @ wa / va, Tb @ wb / vb
    L = np.zeros((9, 5))
    L[:3, 0], L[3:6, 1], L[6, 2], L[7, 3], L[8, 4] = la, lb, 1, 1, 1
    out: Array = L @ C @ L.T
    out[:3, :3], out[3:6, 3:6] = Ta, Tb
    return out


def discrepancy(parameters: Array, S: Array) -> float:
    Sigma = sigma_of_chain(parameters, S)
    sign, size = np.linalg.slogdet(Sigma)
    if sign <= 0 or np.linalg.eigvalsh(Sigma)[0] <= 0:
        return 1e6
    return float(size - np.linalg.slogdet(S)[1] + np.trace(S @ np.linalg.inv(Sigma)) - len(S))


def jacobian(parameters: Array, S: Array) -> Array:
    columns = []
    for i in range(len(parameters)):
        step = np.zeros(len(parameters))
        step[i] = 1e-5
        ends = [sigma_of_chain(parameters + s * step, S) for s in (1, -1)]
        columns.append((ends[0] - ends[1]).ravel() / 2e-5)
    return np.array(columns).T


def test_the_definition_by_brute_force() -> None:
    sample = holzinger().select(VARIABLES)
    found = fit(CHAIN, sample)
    S = np.asarray(sample.cov_ml)
    value = found.tidy().set_index(["lhs", "op", "rhs"])["estimate"]
    names = [
        ("A", "<~", "x2"), ("A", "<~", "x3"), ("B", "<~", "x5"), ("B", "<~", "x6"), ("B", "~", "A"), ("B", "~", "x9"),
        ("x7", "~", "B"), ("x7", "~", "A"), ("x7", "~", "x9"), ("x8", "~", "B"), ("x7", "~~", "x7"), ("x8", "~~", "x8"),
        ("x7", "~~", "x8"),
    ]  # fmt: skip
    ours = np.array([value[name] for name in names])
    n = sample.n
    assert found.measures["chisq"] == pytest.approx(n * discrepancy(ours, S), rel=1e-9)
    brute = minimize(discrepancy, ours + 0.02, args=(S,), method="BFGS", options={"gtol": 1e-6})
    # BFGS with numeric gradients stops at about 1e-6
    assert discrepancy(brute.x, S) == pytest.approx(discrepancy(ours, S), abs=1e-9)
    assert np.allclose(brute.x, ours, atol=2e-4)
    # standard errors from the expected information of these parameters, T not among them
    P = np.linalg.inv(sigma_of_chain(ours, S))
    J = jacobian(ours, S)
    information = 0.5 * J.T @ np.kron(P, P) @ J
    se = np.sqrt(np.diagonal(np.linalg.inv(information)) / n)
    assert found.tidy().set_index(["lhs", "op", "rhs"]).loc[names, "se"].tolist() == pytest.approx(
        se, rel=1e-6
    )
    # moments: 45, less 6 for each composite's own and 1 for x9's variance
    assert found.measures["df"] == 45 - 12 - 1 - len(ours)
    assert found.measures["npar"] == len(ours)


def test_one_composite_is_the_phantom_of_older_lavaan() -> None:
    # lavaan 0.6-14 with the first weight fixed to 1; coef() of 0.6-21's treatment as published for this model:
    # 0.151, -0.086, 0.367, 0.328, 0.928, 1.160, 1.508
    found = fit(ONE, holzinger())
    rows = found.tidy().set_index(["lhs", "op", "rhs"])
    expected = {
        # estimate, standard error
        ("C", "<~", "x2"): (0.151490, 0.160398),
        ("C", "<~", "x3"): (-0.085857, 0.166000),
        ("x4", "~", "C"): (0.367395, 0.060168),
        ("x5", "~", "C"): (0.327964, 0.065258),
        ("x4", "~~", "x5"): (0.927667, 0.093116),
        ("x4", "~~", "x4"): (1.160129, 0.094566),
    }
    for name, (estimate, se) in expected.items():
        assert rows.loc[name, "estimate"] == pytest.approx(estimate, abs=2e-6)
        assert rows.loc[name, "se"] == pytest.approx(se, abs=2e-5)
    assert found.measures["chisq"] == pytest.approx(2.550608, abs=1e-6)
    assert (found.measures["df"], found.measures["npar"]) == (2, 7)
    assert rows.loc[("C", "~~", "C"), "std"] == pytest.approx(1, abs=1e-12)
    weights = np.array([1, rows.loc[("C", "<~", "x2"), "estimate"], rows.loc[("C", "<~", "x3"), "estimate"]])
    T = np.asarray(holzinger().select(["x1", "x2", "x3"]).cov_ml)
    variance = weights @ T @ weights
    assert rows.loc[("C", "~~", "C"), "estimate"] == pytest.approx(variance, rel=1e-12)
    std = weights * np.sqrt(np.diagonal(T) / variance)
    assert rows.loc[[("C", "<~", f"x{i}") for i in (1, 2, 3)], "std"].tolist() == pytest.approx(
        std, rel=1e-12
    )


def test_a_saturated_mean_structure_changes_nothing() -> None:
    plain, means = fit(ONE, holzinger()), fit(ONE, holzinger(), meanstructure=True)
    assert means.measures["chisq"] == pytest.approx(plain.measures["chisq"], rel=1e-10)
    rows = means.tidy().set_index(["lhs", "op", "rhs"])
    sample = holzinger().select(["x1", "x2", "x3"])
    assert sample.mean is not None
    for i, name in enumerate(sample.names):
        assert rows.loc[(name, "~1", ""), "estimate"] == pytest.approx(sample.mean[i], rel=1e-10)
        error = np.sqrt(sample.cov_ml[i, i] / sample.n)
        assert rows.loc[(name, "~1", ""), "se"] == pytest.approx(error, rel=1e-8)
    weights = rows.loc[[("C", "<~", n) for n in sample.names], "estimate"].to_numpy()
    assert rows.loc[("C", "~1", ""), "estimate"] == pytest.approx(float(weights @ sample.mean), rel=1e-10)


def test_one_outcome_is_a_regression() -> None:
    found = fit("C <~ x1 + x2 + x3\nx4 ~ C", holzinger())
    table = fit("x4 ~ x1 + x2 + x3", holzinger()).tidy().query("op == '~'")
    plain = table.set_index("rhs")["estimate"]
    rows = found.tidy().set_index(["op", "rhs"])["estimate"]
    assert rows["~", "C"] == pytest.approx(plain["x1"], rel=1e-9)
    assert rows["<~", "x2"] == pytest.approx(plain["x2"] / plain["x1"], rel=1e-8)
    assert found.measures["chisq"] == pytest.approx(0, abs=1e-9)
    assert found.measures["df"] == 0


@pytest.mark.parametrize("method", ["ml", "gls", "uls"])
def test_exact_recovery(method: str) -> None:
    sample = holzinger().select(VARIABLES)
    found = fit(CHAIN, sample)
    Sigma, _ = found.implied()
    names = found.table.observed
    again = fit(CHAIN, Moments(n=500, cov=Sigma * 500 / 499, names=names), method=method)
    assert again.measures["chisq"] == pytest.approx(0, abs=1e-8)
    ours = [r for r in found.tidy().to_dict("records") if r["op"] in ("<~", "~")]
    theirs = [r for r in again.tidy().to_dict("records") if r["op"] in ("<~", "~")]
    scale = np.array([r["estimate"] for r in ours])
    assert np.allclose([r["estimate"] for r in theirs], scale, rtol=1e-7, atol=1e-8)


def test_units_do_not_matter() -> None:
    sample = holzinger().select(VARIABLES)
    size = np.array([1e6, 1, 1e-4, 1, 1e3, 1, 1, 1e-6, 1])
    scaled = Moments(n=sample.n, cov=sample.cov * np.outer(size, size), names=sample.names)
    plain, other = fit(CHAIN, sample), fit(CHAIN, scaled)
    assert other.measures["chisq"] == pytest.approx(plain.measures["chisq"], rel=1e-9)
    assert np.allclose(plain.std.values, other.std.values, atol=1e-8)


def test_weights_equal_across_groups() -> None:
    text = "C <~ x1 + c(w,w)*x2 + c(v,v)*x3\nx4 ~ C\nx5 ~ C\nx4 ~~ x5"
    found, free = fit(text, holzinger_groups()), fit(ONE, holzinger_groups())
    assert found.measures["df"] - free.measures["df"] == 2
    assert found.measures["chisq"] > free.measures["chisq"]
    each = sum(fit(ONE, m).measures["chisq"] for m in holzinger_groups().values())
    assert free.measures["chisq"] == pytest.approx(each, rel=1e-9)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("C <~ x1 + x2 + x3", "related to nothing else"),
        ("C <~ x1 + x2 + x3\nF =~ x3 + x4 + x5\nC ~ F", "through it alone"),
        ("C <~ x1 + x2 + x3\nD <~ x3 + x4\nx5 ~ C + D", "part of two composites"),
        ("C <~ NA*x1 + x2 + x3\nx4 ~ C", "no weight"),
        ("C <~ x1 + x2\nx4 ~ C\nC ~~ 2*C", "follows from the weights"),
        ("C <~ x1 + x2\nx4 ~ C\nx1 ~~ x5", "through it alone"),
        ("C <~ x1 + x2\nD <~ C + x3\nx4 ~ D", "no observed variable"),
    ],
)
def test_what_no_composite_can_be_is_said(text: str, words: str) -> None:
    with pytest.raises(SurveykitError) as caught:
        fit(text, holzinger())
    assert caught.value.code == "SEM_COMPOSITE"
    assert words in caught.value.what
