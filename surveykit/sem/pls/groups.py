"""The same PLS model in several groups: paths and index of each, permutation and Henseler tests, MICOM.

Chin & Dibbern (2010) for the permutation test; Henseler, Ringle & Sinkovics (2009) for the other; Henseler, Ringle &
Sarstedt (2016) for measurement invariance of composites (MICOM).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError, quote
from surveykit.model import Model
from surveykit.moments import Moments
from surveykit.results import Check, Estimates, Table
from surveykit.sem.pls.design import Design, design_of
from surveykit.sem.pls.fit import estimate, read_options
from surveykit.sem.pls.inference import LEAST_REPLICATES
from surveykit.sem.pls.kernel import oriented, solve, solve_blocks
from surveykit.sem.pls.resample import weighted_moments
from surveykit.sem.pls.result import PlsFit, PlsOptions
from surveykit.sem.pls.sample import PlsSample, scale_ends

__all__ = ["compare_groups"]

Array = NDArray[np.float64]
_TITLE = {"en": "One model in several groups", "zh": "同一模型的多组比较"}
_SMALL = {
    "en": "The group {group} has {n} answers: its paths are unstable.",
    "zh": "“{group}”组只有{n}份答卷，路径系数不稳定。",
}
_REFUSED = {"en": "In the group {group}: {why}", "zh": "在“{group}”组中：{why}"}
_NOT_INVARIANT = {
    "en": "{construct} is not composed alike in {a} and {b} (MICOM, step 2): its paths must not be compared.",
    "zh": "{construct}在“{a}”与“{b}”两组中的构成不同（MICOM第二步），不宜比较其路径系数。",
}
FEWEST = 30


def compare_groups(
    model: Model | str, sample: Any, group: str, *, permutations: int = 1000, **options: Any
) -> Estimates:
    """Fit ``model`` in each group of the column ``group`` and test every pair of groups.

    ``options`` are those of :func:`~surveykit.sem.pls.fit_pls` (complete rows, percentile intervals). ``tidy()``: one row
    per path and group. Tables: ``index`` (0–100 per construct and group, where the scales are known), ``differences``
    (each path and pair of groups, two-sided p of the permutation and of Henseler's test) and ``micom`` (per
    construct and pair: the correlation c of the composites by the two groups' weights with the 5 % quantile of its
    permutations, differences of means and log variances with their permutation limits, and what follows:
    ``none``, ``partial`` or ``full`` invariance).

    >>> import surveykit as sk
    >>> text = "a =~ 0.8*a1 + 0.8*a2\\nb =~ 0.8*b1 + 0.8*b2\\nb ~ 0.6*a"
    >>> rows = sk.simulate(sk.Model.parse(text), n=120, seed=1).assign(g=["x", "y"] * 60)
    >>> found = compare_groups("a =~ a1 + a2\\nb =~ b1 + b2\\nb ~ a", rows, "g", permutations=99, bootstrap=50)
    >>> found.tidy()["group"].tolist()
    ['x', 'y']
    """
    asked = read_options(options)
    _possible(asked, permutations)
    parsed = Model.parse(model) if isinstance(model, str) else model
    design = design_of(parsed, asked.modes)
    parts, low, high, n_total = _read(sample, design, group)
    fits = {g: _fit(parsed, design, asked, x, low, high, k) for k, (g, x) in enumerate(parts.items())}
    pairs = [
        _Pair(a, b, parts[a], parts[b], design, asked, permutations)
        for a, b in itertools.combinations(parts, 2)
    ]
    differences = [row for pair in pairs for row in pair.differences(parsed, fits)]
    micom = [row for pair in pairs for row in pair.micom()]
    facts = {"n": sum(len(x) for x in parts.values()), "groups": len(parts), "permutations": permutations}
    sizes = ", ".join(f"{g} (n = {len(x)})" for g, x in parts.items())
    choices = (
        f"groups of {group}: {sizes}, of {n_total} rows; complete rows only; {asked.method}, {asked.scheme} weighting scheme",
        f"{permutations} permutations and {asked.bootstrap} bootstrap replicates, seed {asked.seed}; p values are two-sided and "
        f"not adjusted for the number of tests",
        "MICOM: composites by the groups' own weights on all rows (step 2), means and variances of composites by the weights "
        "of all rows (step 3)",
    )
    return Estimates(
        "groups", _TITLE, Table.of(_paths(fits)), facts, choices, _checks(fits, micom),
        {"differences": Table.of(differences), "micom": Table.of(micom), **_index(fits)}, {"by": group},
    )  # fmt: skip


def _possible(asked: PlsOptions, permutations: int) -> None:
    if asked.missing != "listwise" or asked.interval != "percentile" or not asked.scaled:
        raise SurveykitError(
            "groups are compared on complete rows with percentile intervals and scaled items",
            hint="leave missing, interval and scaled out",
            code="OPTION_UNSUPPORTED",
        )
    if permutations < 19:
        raise SurveykitError(
            "too few permutations for a test",
            expected="19 or more",
            got=str(permutations),
            code="OPTION_VALUE",
        )


def _read(sample: Any, design: Design, group: str) -> tuple[dict[str, Array], Array, Array, int]:
    from surveykit.responses import read

    if isinstance(sample, Moments):
        raise SurveykitError("groups are compared on the answers, not on moments", code="ROWS_NEEDED")
    data = sample if hasattr(sample, "moments") and hasattr(sample, "counts") else read(sample)
    if data.weight:
        raise SurveykitError(
            "permutation tests do not take weighted answers",
            got=quote(data.weight),
            hint="read the answers without weight, or fit each group by itself",
            code="OPTION_UNSUPPORTED",
        )
    names = list(design.indicators)
    data.moments(names, by=group)  # says what is unknown, constant or too small, with its place
    frame = data.frame([*names, group])
    frame = frame[frame[names].notna().all(axis=1)]
    labels = [g for g in data.groups(group) if (frame[group] == g).any()]
    if len(labels) < 2:
        raise SurveykitError(
            "there are not two groups to compare", got=", ".join(map(quote, labels)), code="ONE_GROUP"
        )
    parts = {g: frame.loc[frame[group] == g, names].to_numpy(dtype=float) for g in labels}
    return parts, *scale_ends(data, names), data.n_rows


def _fit(
    model: Model, design: Design, asked: PlsOptions, x: Array, low: Array, high: Array, which: int
) -> PlsFit:
    """One group's fit; its bootstrap has a stream of its own."""
    moments = Moments.from_rows(x, design.indicators)
    stacked = None
    if asked.bootstrap:
        stream = np.random.Generator(np.random.Philox(key=asked.seed, counter=[0, 0, 3, which]))
        drawn = stream.multinomial(len(x), np.full(len(x), 1 / len(x)), size=asked.bootstrap).astype(float)
        stacked = weighted_moments(x, drawn, design.indicators)
    return estimate(model, design, asked, PlsSample(moments, stacked, low, high, (f"n = {len(x)}",)))


def _paths(fits: Mapping[str, PlsFit]) -> list[dict[str, Any]]:
    return [
        {
            "term": f"{r['lhs']}~{r['rhs']}", "group": g, "n": fit.n, "estimate": r["estimate"], "se": r["se"],
            "low": r["low"], "high": r["high"], "lhs": r["lhs"], "rhs": r["rhs"],
        }
        for g, fit in fits.items()
        for r in fit.rows().records()
        if r["op"] == "~"
    ]  # fmt: skip


def _index(fits: Mapping[str, PlsFit]) -> dict[str, Table]:
    rows = [
        {**r, "group": g}
        for g, fit in fits.items()
        if "index" in fit.tables()
        for r in fit.tables()["index"].records()
    ]
    return {"index": Table.of(rows)} if rows else {}


def _checks(fits: Mapping[str, PlsFit], micom: list[dict[str, Any]]) -> tuple[Check, ...]:
    found = []
    for g, fit in fits.items():
        for check in fit.checks:
            if check.level == "refuse":
                texts = {k: v.format(group=g, why=check.text(k)) for k, v in _REFUSED.items()}
                found.append(Check(check.code, "refuse", texts, (g, *check.about), check.values))
        if fit.n < FEWEST:
            texts = {k: v.format(group=g, n=fit.n) for k, v in _SMALL.items()}
            found.append(Check("FEW_ANSWERS", "caution", texts, (g,), {"n": fit.n}))
    for row in micom:
        if row["invariance"] == "none":
            words = {"construct": row["term"], "a": row["group_a"], "b": row["group_b"]}
            texts = {k: v.format(**words) for k, v in _NOT_INVARIANT.items()}
            found.append(Check("NOT_INVARIANT", "caution", texts, (row["term"],), {"c": row["c"]}))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two groups, and their permutations."""

    a: str
    b: str
    x_a: Array
    x_b: Array
    design: Design
    asked: PlsOptions
    permutations: int

    def _drawn(self) -> tuple[Array, Array, Array]:
        """All rows, and who is in the first group in each permutation (R, n), the observed one first."""
        x = np.concatenate([self.x_a, self.x_b])
        member = np.zeros((self.permutations + 1, len(x)))
        member[0, : len(self.x_a)] = 1.0
        stream = np.random.Generator(np.random.Philox(key=self.asked.seed, counter=[0, 0, 4, 0]))
        for row in member[1:]:
            row[stream.permutation(len(x))[: len(self.x_a)]] = 1.0
        return x, member, 1.0 - member

    def differences(self, model: Model, fits: Mapping[str, PlsFit]) -> list[dict[str, Any]]:
        """Each path: the difference (first less second group), its permutation p and Henseler's."""
        d, names = self.design, self.design.indicators
        x, first, second = self._drawn()
        consistent = self.asked.method == "plsc"
        one, two = (
            solve_blocks(weighted_moments(x, w, names).cov, d, self.asked.scheme, consistent=consistent)
            for w in (first, second)
        )
        good = one.converged & two.converged
        rows = []
        for source, target in model.paths:
            i, j = d.constructs.index(source), d.constructs.index(target)
            at = fits[self.a].solved.b[0, i, j] - fits[self.b].solved.b[0, i, j]
            drawn = np.abs((one.b - two.b)[1:, i, j][good[1:]])
            rows.append(
                {
                    "term": f"{target}~{source}", "group_a": self.a, "group_b": self.b, "estimate": float(at),
                    "p_permutation": float((1 + (drawn >= abs(at) - 1e-12).sum()) / (1 + len(drawn))),
                    "p_henseler": _henseler(fits[self.a], fits[self.b], i, j), "permutations": len(drawn),
                }
            )  # fmt: skip
        return rows

    def micom(self) -> list[dict[str, Any]]:
        """Steps 2 and 3 for each construct; step 1 is that both groups have the same design."""
        d, names, scheme = self.design, self.design.indicators, self.asked.scheme
        x, first, second = self._drawn()
        whole = Moments.from_rows(x, names)
        pooled = solve(whole.cor[None], d, scheme, consistent=False)
        one, two = (
            oriented(solve_blocks(weighted_moments(x, w, names).cov, d, scheme, consistent=False), pooled)
            for w in (first, second)
        )
        shared = np.einsum("rpj,pq,rqj->rj", one.w, whole.cor, two.w, optimize=True)
        sizes = [np.einsum("rpj,pq,rqj->rj", s.w, whole.cor, s.w, optimize=True) for s in (one, two)]
        c = shared / np.sqrt(sizes[0] * sizes[1])
        scores = (x - np.asarray(whole.mean)) / whole.sd @ pooled.w[0]
        means = [w @ scores / w.sum(axis=1, keepdims=True) for w in (first, second)]
        spreads = [
            (w @ scores**2 - w.sum(axis=1, keepdims=True) * m**2) / (w.sum(axis=1, keepdims=True) - 1)
            for w, m in zip((first, second), means, strict=True)
        ]
        mean, variance = means[0] - means[1], np.log(spreads[0] / spreads[1])
        return [self._judged(j, c[:, j], mean[:, j], variance[:, j]) for j in range(len(d.constructs))]

    def _judged(self, j: int, c: Array, mean: Array, variance: Array) -> dict[str, Any]:
        lowest = float(np.nanquantile(c[1:], 0.05))
        limits = [np.quantile(v[1:], [0.025, 0.975]) for v in (mean, variance)]
        same = [bool(lo <= v[0] <= hi) for v, (lo, hi) in zip((mean, variance), limits, strict=True)]
        single = self.design.member[:, j].sum() == 1
        composed = bool(single or c[0] >= lowest - 1e-12)
        return {
            "term": self.design.constructs[j], "group_a": self.a, "group_b": self.b, "c": float(c[0]), "c_quantile": lowest,
            "p_composition": float((1 + (c[1:] <= c[0] + 1e-12).sum()) / len(c)),
            "mean_difference": float(mean[0]), "mean_low": float(limits[0][0]), "mean_high": float(limits[0][1]),
            "log_variance_ratio": float(variance[0]), "variance_low": float(limits[1][0]),
            "variance_high": float(limits[1][1]),
            "invariance": "none" if not composed else "full" if all(same) else "partial",
        }  # fmt: skip


def _henseler(a: PlsFit, b: PlsFit, i: int, j: int) -> float:
    """Two-sided p: over all pairs of replicates, centred at the estimates, how often the difference changes sign."""
    if a.replicates is None or b.replicates is None or min(map(_many, (a, b))) < LEAST_REPLICATES:
        return float("nan")
    one = 2 * a.solved.b[0, i, j] - a.replicates.b[:, i, j]
    two = np.sort(2 * b.solved.b[0, i, j] - b.replicates.b[:, i, j])
    above = float(np.searchsorted(two, one, side="left").mean()) / len(two)
    return min(1.0, 2 * min(above, 1 - above))


def _many(fit: PlsFit) -> int:
    return 0 if fit.replicates is None else len(fit.replicates.w)
