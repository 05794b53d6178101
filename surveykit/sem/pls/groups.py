"""The same PLS model in several groups: paths and index of each, permutation and Henseler tests, MICOM.

Chin & Dibbern (2010) for the permutation test; Henseler, Ringle & Sinkovics (2009) for the other; Henseler, Ringle &
Sarstedt (2016) for measurement invariance of composites (MICOM).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError, quote
from surveykit.model import Model
from surveykit.moments import Moments
from surveykit.results import Check, Estimates, Table
from surveykit.sem.pls.fit import fit_plan, plan_for, read_options
from surveykit.sem.pls.inference import LEAST_REPLICATES
from surveykit.sem.pls.kernel import Solved, oriented, solve_blocks
from surveykit.sem.pls.missing import moments_by
from surveykit.sem.pls.permute import permute
from surveykit.sem.pls.plan import Plan
from surveykit.sem.pls.result import PlsFit, PlsOptions
from surveykit.sem.pls.sample import (
    PlsSample,
    demand_numbers,
    demand_psd,
    drawn_weights,
    scale_ends,
)
from surveykit.sem.pls.stages import Staged, score_weights, staged
from surveykit.sem.sample import responses_of

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

    ``options`` are those of :func:`~surveykit.sem.pls.fit_pls` (percentile intervals; interactions take complete rows).
    ``tidy()``: one row per path and group. Tables: ``index`` (0–100 per construct and group, where the scales are known),
    ``differences`` (each path and pair of groups, two-sided p of the permutation and of Henseler's test) and ``micom``
    (per construct and pair: the correlation c of the composites by the two groups' weights with the 5 % quantile of its
    permutations, differences of means and log variances with their permutation limits, and what follows:
    ``none``, ``partial`` or ``full`` invariance). Every group, replicate and permutation goes through all stages of a
    model with constructs of constructs or interactions; MICOM leaves out products. Sampling weights stay with their rows.
    Where the sample has clusters they are drawn whole in the bootstrap; a permutation gives whole clusters to the groups,
    or, where clusters hold people of both groups, exchanges people within their cluster.

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
    plan = plan_for(parsed, replace(asked, predict=False, redundancy={}))
    read = _read(sample, plan, group, asked)
    parts = read.parts
    fits = {g: _fit(plan, asked, part, read, k) for k, (g, part) in enumerate(parts.items())}
    pairs = [
        _Pair(a, b, parts[a], parts[b], plan, asked, permutations)
        for a, b in itertools.combinations(parts, 2)
    ]
    differences = [row for pair in pairs for row in pair.differences(fits)]
    micom = [row for pair in pairs for row in pair.micom()]
    facts = {"n": sum(len(p.x) for p in parts.values()), "groups": len(parts), "permutations": permutations,
             "paths": len(plan.model.paths)}  # fmt: skip
    sizes = ", ".join(f"{g} (n = {len(p.x)})" for g, p in parts.items())
    choices = (
        f"groups of {group}: {sizes}, of {read.n_total} rows; {_MISSING[asked.missing]}; {asked.method}, {asked.scheme} "
        f"weighting scheme",
        f"{permutations} permutations and {asked.bootstrap} bootstrap replicates, seed {asked.seed}; p values are two-sided and "
        f"not adjusted for the number of tests",
        "MICOM: composites by the groups' own weights on all rows (step 2), means and variances of composites by the weights "
        "of all rows (step 3)",
        *([f"weighted by {read.weight}: a permuted row keeps its weight"] if read.weight else []),
        *dict.fromkeys(said for pair in pairs for said in pair.said()),
        *plan.said(),
    )
    return Estimates(
        "groups", _TITLE, Table.of(_paths(fits)), facts, choices, _checks(fits, micom, _named(read.data, group, parts)),
        {"differences": Table.of(differences), "micom": Table.of(micom), **_index(fits)}, {"by": group},
    )  # fmt: skip


def _possible(asked: PlsOptions, permutations: int) -> None:
    if asked.interval != "percentile" or not asked.scaled or asked.overall:
        raise SurveykitError(
            "groups are compared with percentile intervals and scaled items, without the test of overall fit",
            hint="leave interval, scaled and overall out; test the overall fit of one group's rows by themselves",
            code="OPTION_UNSUPPORTED",
        )
    if asked.interactions and asked.missing != "listwise":
        raise SurveykitError(
            "interactions in groups take complete rows: a product of scores is made person by person",
            got=f"missing={quote(asked.missing)}",
            hint="leave missing out",
            code="ROWS_NEEDED",
        )
    if permutations < 19:
        raise SurveykitError(
            "too few permutations for a test",
            expected="19 or more",
            got=str(permutations),
            code="OPTION_VALUE",
        )


_MISSING = {
    "listwise": "complete rows only",
    "mean": "missing values are the mean of their item in the group",
    "pairwise": "pairwise correlations of each group",
    "em": "moments of all answers of each group by EM",
}


@dataclass(frozen=True, slots=True)
class _Part:
    """The rows of a group (n, p), their weights (n,), which rows of the sample they are, and the cluster of each."""

    x: Array
    w: Array
    rows: NDArray[np.bool_]
    cluster: NDArray[np.intp] | None


@dataclass(frozen=True, slots=True)
class _Sample:
    """The groups, the ends of the scales, and what the sample is."""

    parts: dict[str, _Part]
    low: Array
    high: Array
    data: Any

    @property
    def n_total(self) -> int:
        return int(self.data.n_rows)

    @property
    def weight(self) -> str | None:
        return None if self.data.weight is None else str(self.data.weight)


def _read(sample: Any, plan: Plan, group: str, asked: PlsOptions) -> _Sample:
    if isinstance(sample, Moments):
        raise SurveykitError("groups are compared on the answers, not on moments", code="ROWS_NEEDED")
    data = responses_of(sample)
    names = list(plan.items)
    demand_numbers(data, names)
    if asked.missing == "listwise":
        data.moments(names, by=group)  # says what is unknown, constant or too small, with its place
    clusters = data.design.clusters[:1]
    frame = data.frame([*names, group, *clusters], weights=True)
    known = frame[names].notna()
    usable = known.all(axis=1) if asked.missing == "listwise" else known.any(axis=1)
    usable &= frame["_weight"] > 0
    labels = [g for g in data.groups(group) if (frame[group][usable] == g).any()]
    if len(labels) < 2:
        raise SurveykitError(
            "there are not two groups to compare", got=", ".join(map(quote, labels)), code="ONE_GROUP"
        )
    place = np.unique(frame[clusters[0]].astype(str), return_inverse=True)[1] if clusters else None
    parts = {}
    for g in labels:
        rows = (usable & (frame[group] == g)).to_numpy()
        x, w = frame[names].to_numpy(dtype=float)[rows], frame["_weight"].to_numpy(dtype=float)[rows]
        parts[g] = _Part(x, w, rows, None if place is None else place[rows])
    return _Sample(parts, *scale_ends(data, names), data)


def _fit(plan: Plan, asked: PlsOptions, part: _Part, read: _Sample, which: int) -> PlsFit:
    """One group's fit; its bootstrap has a stream of its own, or is that of the survey design."""
    x, w, n = part.x, part.w, len(part.x)
    moments = moments_by(asked.missing, x, w[None], plan.items).replicate(0)
    if asked.missing == "pairwise":
        demand_psd(moments)
    stacked, drawn = None, np.empty((0, n))
    if asked.bootstrap and read.data.design.is_complex:
        drawn = drawn_weights(read.data, part.rows, w, asked.bootstrap, asked.seed)
    elif asked.bootstrap:
        stream = np.random.Generator(np.random.Philox(key=asked.seed, counter=[0, 0, 3, which]))
        drawn = stream.multinomial(n, np.full(n, 1 / n), size=asked.bootstrap) * w
    if asked.bootstrap:
        stacked = moments_by(asked.missing, x, drawn, plan.items, moments)
    taken = PlsSample(moments, stacked, read.low, read.high, (f"n = {n}",), rows=x, weights=w, drawn=drawn)
    return fit_plan(plan, asked, taken)


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


def _named(data: Any, group: str, labels: Iterable[str]) -> dict[str, dict[str, str]]:
    """What the groups are called, by language."""
    return {k: {g: data.group_label(group, g, k) for g in labels} for k in ("en", "zh")}


def _checks(
    fits: Mapping[str, PlsFit], micom: list[dict[str, Any]], called: Mapping[str, Mapping[str, str]]
) -> tuple[Check, ...]:
    found = []
    for g, fit in fits.items():
        for check in fit.checks:
            if check.level == "refuse":
                texts = {k: v.format(group=called[k][g], why=check.text(k)) for k, v in _REFUSED.items()}
                found.append(Check(check.code, "refuse", texts, (g, *check.about), check.values))
        if fit.n < FEWEST:
            texts = {k: v.format(group=called[k][g], n=fit.n) for k, v in _SMALL.items()}
            found.append(Check("FEW_ANSWERS", "caution", texts, (g,), {"n": fit.n}))
    for row in micom:
        if row["invariance"] == "none":
            pair = row["group_a"], row["group_b"]
            texts = {
                k: v.format(construct=row["term"], a=called[k][pair[0]], b=called[k][pair[1]])
                for k, v in _NOT_INVARIANT.items()
            }
            found.append(Check("NOT_INVARIANT", "caution", texts, (row["term"],), {"c": row["c"]}))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two groups, and their permutations."""

    a: str
    b: str
    part_a: _Part
    part_b: _Part
    plan: Plan
    asked: PlsOptions
    permutations: int

    def _drawn(self) -> tuple[Array, Array, Array]:
        """All rows, and how much each counts in the first and in the second group in each permutation (R, n), the
        observed one first."""
        x, w = (np.concatenate([getattr(p, f) for p in (self.part_a, self.part_b)]) for f in ("x", "w"))
        member = np.zeros((self.permutations + 1, len(x)))
        member[0, : len(self.part_a.x)] = 1.0
        stream = np.random.Generator(np.random.Philox(key=self.asked.seed, counter=[0, 0, 4, 0]))
        permute(member, self._clusters(), stream)
        return x, member * w, (1.0 - member) * w

    def _clusters(self) -> NDArray[np.intp] | None:
        one, two = self.part_a.cluster, self.part_b.cluster
        return None if one is None or two is None else np.concatenate([one, two])

    def said(self) -> tuple[str, ...]:
        """How the permutations were made, where there are clusters."""
        one, two = self.part_a.cluster, self.part_b.cluster
        if one is None or two is None:
            return ()
        if np.intersect1d(one, two).size:
            return ("permutations exchange people within their cluster",)
        return ("permutations give whole clusters to the groups",)

    def _solved(
        self, plan: Plan, x: Array, w: Array, at: tuple[Solved, Staged, Moments] | None = None
    ) -> tuple[Moments, Staged, Solved]:
        """The moments of the items under each weighting, and the model of each through all stages."""
        m = moments_by(self.asked.missing, x, w, plan.items, None if at is None else at[2].replicate(0))
        through = staged(plan, m, x, lambda start, stop: w[start:stop], None if at is None else at[1])
        solved = solve_blocks(through.moments.cov, plan.design, plan.scheme, consistent=plan.consistent)
        return m, through, solved if at is None else oriented(solved, at[0])

    def differences(self, fits: Mapping[str, PlsFit]) -> list[dict[str, Any]]:
        """Each path: the difference (first less second group), its permutation p and Henseler's."""
        plan = self.plan
        x, first, second = self._drawn()
        m, through, whole = self._solved(plan, x, first[:1] + second[:1])
        (_, staged_one, one), (_, staged_two, two) = (
            self._solved(plan, x, w, (whole, through, m)) for w in (first, second)
        )
        good = one.converged & two.converged
        b = [_raw_paths(plan, s, t.moments) for s, t in ((one, staged_one), (two, staged_two))]
        d, rows = plan.design, []
        for source, target in plan.model.paths:
            i, j = d.constructs.index(source), d.constructs.index(target)
            at = _path(fits[self.a], source, target) - _path(fits[self.b], source, target)
            drawn = np.abs((b[0] - b[1])[1:, i, j][good[1:]])
            rows.append(
                {
                    "term": f"{target}~{source}", "group_a": self.a, "group_b": self.b, "estimate": float(at),
                    "p_permutation": float((1 + (drawn >= abs(at) - 1e-12).sum()) / (1 + len(drawn))),
                    "p_henseler": _henseler(fits[self.a], fits[self.b], source, target), "permutations": len(drawn),
                }
            )  # fmt: skip
        return rows

    def micom(self) -> list[dict[str, Any]]:
        """Steps 2 and 3 for each construct; step 1 is that both groups have the same design."""
        plan = replace(self.plan, consistent=False)
        x, first, second = self._drawn()
        m, through, pooled = self._solved(plan, x, first[:1] + second[:1])
        whole, at = m.cov[0], score_weights(plan, m, through, pooled)[0]
        groups = [self._solved(plan, x, w, (pooled, through, m)) for w in (first, second)]
        one, two = (self._on(m.sd[0], plan, *found) for found in groups)
        shared = np.einsum("rpj,pq,rqj->rj", one, whole, two, optimize=True)
        sizes = [np.einsum("rpj,pq,rqj->rj", s, whole, s, optimize=True) for s in (one, two)]
        c = shared / np.sqrt(sizes[0] * sizes[1])
        means = [np.asarray(own.mean) @ at for own, *_ in groups]
        spreads = [np.einsum("pj,rpq,qj->rj", at, own.cov, at, optimize=True) for own, *_ in groups]
        mean, variance = means[0] - means[1], np.log(spreads[0] / spreads[1])
        made = {p.name for p in plan.products}
        return [
            self._judged(j, c[:, j], mean[:, j], variance[:, j])
            for j, name in enumerate(plan.design.constructs)
            if name not in made
        ]

    @staticmethod
    def _on(sd: Array, plan: Plan, m: Moments, through: Staged, solved: Solved) -> Array:
        """A group's weights, found on items standardised in the group, for items with the spread of all rows."""
        found: Array = score_weights(plan, m, through, solved) * (m.sd / sd)[:, :, None]
        return found

    def _judged(self, j: int, c: Array, mean: Array, variance: Array) -> dict[str, Any]:
        lowest = float(np.nanquantile(c[1:], 0.05))
        limits = [np.nanquantile(v[1:], [0.025, 0.975]) for v in (mean, variance)]
        same = [bool(lo <= v[0] <= hi) for v, (lo, hi) in zip((mean, variance), limits, strict=True)]
        own = self.plan.design.block(j)
        single = len(own) == 1 and self.plan.design.indicators[own[0]] in self.plan.items
        composed = bool(single or c[0] >= lowest - 1e-12)
        return {
            "term": self.plan.design.constructs[j], "group_a": self.a, "group_b": self.b, "c": float(c[0]), "c_quantile": lowest,
            "p_composition": float((1 + (c[1:] <= c[0] + 1e-12).sum()) / len(c)),
            "mean_difference": float(mean[0]), "mean_low": float(limits[0][0]), "mean_high": float(limits[0][1]),
            "log_variance_ratio": float(variance[0]), "variance_low": float(limits[1][0]),
            "variance_high": float(limits[1][1]),
            "invariance": "none" if not composed else "full" if all(same) else "partial",
        }  # fmt: skip


def _raw_paths(plan: Plan, solved: Solved, m: Moments) -> Array:
    """Paths (R, J, J) as :meth:`PlsFit.tidy` shows them: of interactions per unit of the product of scores."""
    b = solved.b.copy()
    for p in plan.products if plan.approach == "two_stage" else ():
        b[:, plan.design.constructs.index(p.name)] /= m.sd[:, plan.design.indicators.index(p.name)][:, None]
    return b


def _path(fit: PlsFit, source: str, target: str) -> float:
    paths, found = fit.path_rows(raw=True)
    return float(found.estimate[paths.index((target, source))])


def _henseler(a: PlsFit, b: PlsFit, source: str, target: str) -> float:
    """Two-sided p: over all pairs of replicates, centred at the estimates, how often the difference changes sign."""
    if a.replicates is None or b.replicates is None or min(map(_many, (a, b))) < LEAST_REPLICATES:
        return float("nan")
    one, two = (2 * _path(fit, source, target) - _drawn_path(fit, source, target) for fit in (a, b))
    two = np.sort(two)
    above = float(np.searchsorted(two, one, side="left").mean()) / len(two)
    return min(1.0, 2 * min(above, 1 - above))


def _drawn_path(fit: PlsFit, source: str, target: str) -> Array:
    """The replicates of one path, as :meth:`PlsFit.tidy` shows it."""
    drawn, d = fit.inference.drawn, fit.design
    if drawn is None:
        return np.empty(0)
    values = drawn.solved.b[:, d.constructs.index(source), d.constructs.index(target)]
    return values / drawn.moments.sd[:, d.indicators.index(source)] if source in fit.products else values


def _many(fit: PlsFit) -> int:
    return 0 if fit.replicates is None else len(fit.replicates.w)
