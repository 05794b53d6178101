"""Standard errors and test statistics that do not lean on normality.

With Γ the covariance of the sample moments (fourth-order moments), W the normal-theory weight at Σ(θ) and Δ
= ∂σ/∂θ,

    robust.sem:          V = I⁻¹ (Δ'WΓWΔ) I⁻¹ / n,         I = Δ'WΔ  (Browne 1984; Satorra & Bentler 1994)
    robust.huber.white:  V = H⁻¹ B H⁻¹ / n, H the observed information, B the crossproduct of the cases'
    scores (Yuan & Bentler 2000)

and, with UΓ = (W − WΔ I⁻¹ Δ'W) Γ: the mean-scaled χ² of Satorra & Bentler (1994) divides by tr(UΓ)/df, the
mean-and-variance adjusted one also changes df to tr(UΓ)²/tr((UΓ)²), the scaled-and-shifted one (Asparouhov
& Muthén 2010) keeps df; the Yuan–Bentler statistic in Mplus' form divides by (tr(B₁ I₁⁻¹) − tr(B H⁻¹))/df,
where 1 marks the saturated model. Each is applied to the baseline model too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError
from surveykit.model.matrices import Block, vech, vech_indices
from surveykit.sem.sample import GroupSample

__all__ = [
    "COMPLETE", "Kind", "Scaling", "Traces", "about_model", "baseline_blocks", "gammas", "jacobian", "meat",
    "normal_weight", "robust_covariance", "saturated_trace", "traces",
]  # fmt: skip

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Kind:
    """Where the weight W stands, and what the rows bring beyond Γ.

    ``at_sample``: W at the sample's covariance instead of the model's. ``crossproducts``: of [Σw, Σwz] over
    clusters, for weighted answers (see ``weighted``).
    """

    at_sample: bool = False
    crossproducts: tuple[Array, ...] = ()

    def weight(self, sample: GroupSample, Sigma: Array, meanstructure: bool) -> Array:
        """W of a group."""
        return normal_weight(sample.S if self.at_sample else Sigma, meanstructure)


COMPLETE = Kind()


@dataclass(frozen=True, slots=True)
class Traces:
    """tr(UΓ) and tr((UΓ)²) of a model (the second NaN where it is not needed).

    Under the Yuan–Bentler test ``saturated`` and ``model`` are the two traces whose difference ``first`` is.
    """

    first: float
    second: float = float("nan")
    saturated: float = float("nan")
    model: float = float("nan")


@dataclass(frozen=True, slots=True)
class Scaling:
    """A scaled test: statistic, degrees of freedom, scaling factor, shift, and the mean factor c =
    tr(UΓ)/df."""

    chisq: float
    df: float
    factor: float
    shift: float
    mean_factor: float

    @classmethod
    def of(cls, test: str, chisq: float, df: int, t: Traces) -> Scaling:
        """The scaled form of ``chisq``; ``test`` is lavaan's name."""
        if df == 0:
            return cls(0.0, 0.0, float("nan"), 0.0, float("nan"))
        c = t.first / df
        if test == "mean_var_adjusted":
            adjusted = t.first**2 / t.second
            factor = t.first / adjusted
            return cls(chisq / factor, adjusted, factor, 0.0, c)
        if test == "scaled_shifted":
            a = float(np.sqrt(df / t.second))
            shift = df - a * t.first
            return cls(a * chisq + shift, df, 1 / a, shift, c)
        return cls(chisq / c, df, c, 0.0, c)


def gammas(samples: Sequence[GroupSample], meanstructure: bool, exogenous: Sequence[int] = ()) -> list[Array]:
    """Γ of every group, over [mean, vech S] with a mean structure, else over vech S.

    With ``exogenous`` it is Γ given these variables: from each case's products those of the values that they
    predict are taken away, which is linear in the products.
    """
    out = []
    for sample in samples:
        gamma = sample.moments.gamma
        if gamma is None:
            raise SurveykitError(
                "robust standard errors and tests need fourth-order moments, which these moments lack",
                hint="fit the answers themselves, or Moments.from_rows(…, order=4)",
                code="SEM_NO_GAMMA",
            )
        p = sample.S.shape[0]
        if exogenous:
            T = _without_prediction(sample.S_ml, list(exogenous))
            gamma = T @ gamma @ T.T
        out.append(np.asarray(gamma if meanstructure else gamma[p:, p:]))
    return out


def _without_prediction(S: Array, x: list[int]) -> Array:
    """T with T [d, vech dd'] = [d − d̂, vech(dd' − d̂d̂')], d̂ the values that the variables ``x``
    predict."""
    p = len(S)
    H = np.zeros((p, p))
    H[:, x] = S[:, x] @ np.linalg.inv(S[np.ix_(x, x)])
    rows, columns = vech_indices(p)
    twice = np.where(rows == columns, 1.0, 2.0)
    products = (
        H[np.ix_(rows, rows)] * H[np.ix_(columns, columns)]
        + H[np.ix_(rows, columns)] * H[np.ix_(columns, rows)]
    ) / 2
    T = np.eye(p + len(rows))
    T[:p, :p] -= H
    T[p:, p:] -= products * twice
    return T


def normal_weight(Sigma: Array, meanstructure: bool) -> Array:
    """W at Σ: ½ D'(Σ⁻¹ ⊗ Σ⁻¹) D over vech, with Σ⁻¹ over the means in front where they are modelled."""
    P: Array = np.asarray(np.linalg.inv(Sigma), dtype=float)
    rows, columns = vech_indices(P.shape[0])
    half = np.where(rows == columns, 0.5, 1.0)
    W: Array = (P[np.ix_(rows, rows)] * P[np.ix_(columns, columns)]) + (
        P[np.ix_(rows, columns)] * P[np.ix_(columns, rows)]
    )
    W *= np.outer(half, half)
    if not meanstructure:
        return W
    p = P.shape[0]
    out = np.zeros((p + len(W),) * 2)
    out[:p, :p], out[p:, p:] = P, W
    return out


def jacobian(block: Block, theta: Array, meanstructure: bool) -> Array:
    """Δ of one group: ∂[μ, vech Σ]/∂θ, or ∂vech Σ/∂θ."""
    state = block.state(theta)
    left, right = block.columns(state)
    rows, columns = vech_indices(block.p)
    J: Array = (left[rows] * right[columns] + left[columns] * right[rows]) @ block.D[: left.shape[-1]]
    return np.concatenate([block.mean_columns(state) @ block.D, J]) if meanstructure else J


def about_model(
    gamma: Array,
    sample: GroupSample,
    mu: Array,
    Sigma: Array,
    meanstructure: bool,
    crossproduct: Array | None = None,
) -> Array:
    """The mean crossproduct of [x − μ, vech((x−μ)(x−μ)' − Σ)]: Γ moved from the sample's mean to the
    model's. ``crossproduct`` is that of weighted rows, with the weights' sums in front."""
    S = sample.S_ml
    if not meanstructure or sample.mean is None:
        e = vech(S - Sigma)
        if crossproduct is not None:
            at = np.r_[0, 1 + len(S) : len(crossproduct)]
            return _moved(crossproduct[np.ix_(at, at)], e, np.eye(len(e)))
        out: Array = gamma + np.outer(e, e)
        return out
    p = len(mu)
    delta = sample.mean - mu
    rows, columns = vech_indices(p)
    L = np.zeros((len(rows), p))
    at = np.arange(len(rows))
    np.add.at(L, (at, rows), delta[columns])
    np.add.at(L, (at, columns), delta[rows])
    T = np.eye(p + len(rows))
    T[p:, :p] = L
    e = np.concatenate([delta, vech(S + np.outer(delta, delta) - Sigma)])
    if crossproduct is not None:
        return _moved(crossproduct, e, T)
    moved: Array = T @ gamma @ T.T + np.outer(e, e)
    return moved


def _moved(crossproduct: Array, e: Array, T: Array) -> Array:
    """The crossproduct of T z + w e from that of [w, z]."""
    M = np.concatenate([e[:, None], T], axis=1)
    out: Array = M @ crossproduct @ M.T
    return out


@dataclass(frozen=True, slots=True)
class _Group:
    """One group's Δ, W, Γ and share of n."""

    delta: Array
    W: Array
    gamma: Array
    share: float


def robust_covariance(
    se: str,
    bread: Array,
    samples: Sequence[GroupSample],
    blocks: Sequence[Block],
    theta: Array,
    meanstructure: bool,
    exogenous: Sequence[int] = (),
    kind: Kind = COMPLETE,
) -> Array:
    """The sandwich covariance (k, k) of the estimates; ``bread`` is the inverse information of one
    observation."""
    middle = meat(se, samples, blocks, theta, meanstructure, exogenous if se == "robust_sem" else (), kind)
    out: Array = bread @ middle @ bread / sum(s.multiplier for s in samples)
    return (out + out.T) / 2


def meat(
    se: str,
    samples: Sequence[GroupSample],
    blocks: Sequence[Block],
    theta: Array,
    meanstructure: bool,
    given: Sequence[int] = (),
    kind: Kind = COMPLETE,
) -> Array:
    """B (k, k): the covariance of the case scores, from Γ (``robust_sem``: normal-theory scores at Σ(θ))."""
    total = sum(s.multiplier for s in samples)
    middle = np.zeros((len(theta), len(theta)))
    for g, (sample, block, gamma) in enumerate(
        zip(samples, blocks, gammas(samples, meanstructure, given), strict=True)
    ):
        state = block.state(theta)
        if se == "robust_huber_white":
            whole = kind.crossproducts[g] if kind.crossproducts else None
            gamma = about_model(gamma, sample, state.mu, state.Sigma, meanstructure, whole)
        WD = kind.weight(sample, state.Sigma, meanstructure) @ jacobian(block, theta, meanstructure)
        middle += sample.multiplier / total * (WD.T @ gamma @ WD)
    return middle


def traces(
    test: str,
    bread: Array,
    samples: Sequence[GroupSample],
    blocks: Sequence[Block],
    theta: Array,
    meanstructure: bool,
    exogenous: Sequence[int] = (),
    kind: Kind = COMPLETE,
) -> Traces:
    """tr(UΓ), and tr((UΓ)²) where the test adjusts the variance.

    For the Yuan–Bentler test it is tr(B₁I₁⁻¹) − tr(BH⁻¹), which has the same use. Moments of fixed
    exogenous variables are not random: what the others share with them is taken out of Γ.
    """
    total = sum(s.multiplier for s in samples)
    random = _random_moments(samples[0].S.shape[0], exogenous, meanstructure)
    parts = []
    given = () if test == "yuan_bentler_mplus" else exogenous
    for sample, block, gamma in zip(samples, blocks, gammas(samples, meanstructure, given), strict=True):
        state = block.state(theta)
        W = kind.weight(sample, state.Sigma, meanstructure)
        at = np.ix_(random, random)
        W, gamma = (W[at], gamma[at]) if given else _conditional(W, gamma, random)
        delta = jacobian(block, theta, meanstructure)[random]
        parts.append(_Group(delta, W, gamma, sample.multiplier / total))
    if test == "yuan_bentler_mplus":
        saturated = sum(
            saturated_trace(sample, gamma, meanstructure, exogenous)
            for sample, gamma in zip(samples, gammas(samples, meanstructure), strict=True)
        )
        B = meat("robust_huber_white", samples, blocks, theta, meanstructure, kind=kind)
        of_model = float((bread * B).sum())
        return Traces(saturated - of_model, saturated=saturated, model=of_model)
    return _ugamma(bread, parts, second=test != "satorra_bentler")


def saturated_trace(
    sample: GroupSample, gamma: Array, meanstructure: bool, exogenous: Sequence[int]
) -> float:
    """tr(B₁I₁⁻¹) of one group: of its moments themselves, given those of fixed exogenous variables."""
    random = _random_moments(len(sample.S), exogenous, meanstructure)
    W, gamma = _conditional(normal_weight(sample.S, meanstructure), gamma, random)
    return float((W * gamma).sum())


def _random_moments(p: int, exogenous: Sequence[int], meanstructure: bool) -> NDArray[np.bool_]:
    """Which of [means, vech S] are random: all but those among fixed exogenous variables."""
    rows, columns = vech_indices(p)
    fixed = np.isin(np.arange(p), list(exogenous))
    random = ~(fixed[rows] & fixed[columns])
    return np.concatenate([~fixed, random]) if meanstructure else random


def _conditional(W: Array, gamma: Array, random: NDArray[np.bool_]) -> tuple[Array, Array]:
    """W and Γ of the random moments given the fixed ones."""
    if random.all():
        return W, gamma
    at = np.ix_(random, random)
    bread = np.linalg.inv(W[at])
    out: Array = bread @ (W @ gamma @ W)[at] @ bread
    return W[at], out


def _ugamma(bread: Array, parts: Sequence[_Group], *, second: bool) -> Traces:
    k = len(bread)
    full, M, M2, squares = 0.0, np.zeros((k, k)), np.zeros((k, k)), 0.0
    for g in parts:
        GW = g.gamma @ g.W
        WD = g.W @ g.delta
        GWD = g.gamma @ WD
        full += float(np.trace(GW))
        M += g.share * (WD.T @ GWD)
        if second:
            M2 += g.share * (GWD.T @ g.W @ GWD)
            squares += float((GW * GW.T).sum())
    first = full - float((bread * M).sum())
    if not second:
        return Traces(first)
    AM = bread @ M
    return Traces(first, squares - 2 * float((bread * M2).sum()) + float((AM * AM.T).sum()))


def baseline_blocks(
    samples: Sequence[GroupSample],
    exogenous: Sequence[int],
    meanstructure: bool,
    held: Sequence[Sequence[int]] = (),
) -> tuple[tuple[Block, ...], Array]:
    """The independence model as blocks, and its estimates: variances (and means) free, fixed moments kept.

    ``held`` are the indicators of composites, which covary with one another.
    """
    p = samples[0].S.shape[0]
    y = np.array([i for i in range(p) if i not in exogenous], dtype=np.intp)
    x = np.array(sorted(exogenous), dtype=np.intp)
    pairs = [(i, j) for own in held for a, i in enumerate(own) for j in own[a + 1 :]]
    i, j = (np.array([*y, *(pair[side] for pair in pairs)], dtype=np.intp) for side in (0, 1))
    size = len(i) + len(y) * int(meanstructure)
    none = np.zeros(0, dtype=np.intp)
    blocks, theta = [], []
    for g, sample in enumerate(samples):
        S0, m0 = np.zeros((p, p)), np.zeros(p)
        S0[np.ix_(x, x)] = sample.S[np.ix_(x, x)]
        D = np.zeros((size, size * len(samples)))
        D[:, g * size : (g + 1) * size] = np.eye(size)
        values = [sample.S[i, j]]
        if meanstructure and sample.mean is not None:
            m0[x] = sample.mean[x]
            values.append(sample.mean[y])
        free_means = y if meanstructure else none
        half = np.where(i == j, 0.5, 1.0)
        blocks.append(Block(p, p, np.zeros((p, p)), S0, m0, (none, none), (i, j), free_means, half, D))
        theta.append(np.concatenate(values))
    return tuple(blocks), np.concatenate(theta)
