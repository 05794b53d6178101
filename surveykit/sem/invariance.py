"""Measurement invariance across groups: the ladder of ever stricter models in one call.

Configural (the same items load on the same constructs), metric (equal loadings: relations may be compared),
scalar (equal intercepts too: means may be compared), strict (equal residual variances: sum scores may be
compared), then equal latent variances and means where asked for (Meredith 1993; Vandenberg & Lance 2000).

A step is judged by what the fit loses, not by the χ² difference alone, which rejects trifles in large
samples: CFI may fall by .010, RMSEA rise by .015 (Cheung & Rensvold 2002; Chen 2007), SRMR rise by .030
under equal loadings and by .010 above. The difference test stands beside it.

Ordered items have a rung more (Wu & Estabrook 2016): equal thresholds first, which give the latent responses of
all groups one scale and place; then loadings, then intercepts. Items of three categories have no thresholds to
spare, so that these are tested together with the loadings; with items of two categories thresholds, loadings and
intercepts can only be tested together. Equal residual variances need the theta parameterisation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from surveykit.errors import SurveykitError, did_you_mean, quote
from surveykit.model import Model
from surveykit.moments import Moments
from surveykit.results import Check, Estimates, Table
from surveykit.sem.fit import fit
from surveykit.sem.fitmeasures import chi2_sf
from surveykit.sem.hypotheses import score_test
from surveykit.sem.latentmeans import COLUMNS, latent_means
from surveykit.sem.nested import likelihood_ratio
from surveykit.sem.options import WEIGHTED, with_thresholds
from surveykit.sem.release import freed
from surveykit.sem.result import Fit
from surveykit.sem.sample import responses_of

__all__ = ["LIMITS", "STEPS", "equalities", "invariance"]

STEPS = {
    "configural": (),
    "thresholds": ("thresholds",),
    "metric": ("loadings",),
    "scalar": ("intercepts",),
    "strict": ("residuals",),
    "variances": ("lv_variances", "lv_covariances"),
    "means": ("means",),
}
"""What each step holds equal beyond the steps before it; ``thresholds`` only of ordered items."""
OPTIONAL = ("strict", "variances")
"""Steps that later ones build on only where they are asked for."""
LIMITS = {"delta_cfi": -0.010, "delta_rmsea": 0.015, "delta_srmr": 0.010, "delta_srmr_metric": 0.030}
"""How far a measure may move for a step to count as holding (Chen 2007)."""
DEFAULT = ("configural", "thresholds", "metric", "scalar", "strict", "means")
"""The steps where none are named; ``thresholds`` only of ordered items."""
_KINDS = {"loadings": "=~", "intercepts": "~1", "residuals": "~~", "thresholds": "|"}
_RELEASES = ("step", "parameter", "group", "other_group", "chisq", "df", "p", "difference", "group_partial")


def invariance(
    model: Model | str,
    data: Any,
    group: str | None = None,
    *,
    steps: Sequence[str] | None = None,
    group_partial: Sequence[str] = (),
    difference: str | None = None,
    name: str = "invariance",
    **options: Any,
) -> Estimates:
    """Test measurement invariance of ``model`` across the groups of column ``group``.

    ``data`` are answers, or a dict of group label to ``Moments`` (then without ``group``). ``steps`` are keys
    of :data:`STEPS` in their order (left out: :data:`DEFAULT`); each holds equal what those before it do.
    With ``ordered=`` the ladder has the step ``thresholds`` where items have four categories or more, no
    step ``metric`` where an item has two, and the theta parameterisation where residuals are compared.
    ``group_partial`` names parameters left free throughout (``"x3~1"``). ``difference`` is the method of
    :func:`~surveykit.sem.nested.likelihood_ratio`, ``options`` those of ``fit`` (``method="mlr"``, …).

    One row per step: the columns of ``likelihood_ratio`` and ``holds`` (True, False; None in the first
    row). Tables: ``latent_means`` (difference from the first group under equal intercepts, ``d`` in
    pooled standard deviations of the construct), ``releases`` (for each step that does not hold, the equalities that
    cost most, by score test), ``fits`` (parameters of every step). Facts: ``supported``, the last step
    up to which all hold.

    >>> import surveykit as sk
    >>> model = sk.Model.parse("f =~ 0.8*x1 + 0.7*x2 + 0.6*x3 + 0.7*x4")
    >>> table = sk.Moments.from_rows
    >>> parts = {g: sk.simulate(model, 300, seed) for seed, g in enumerate(["a", "b"], start=1)}
    >>> moments = {g: table(p.to_numpy(), list(p.columns)) for g, p in parts.items()}
    >>> ladder = invariance("f =~ x1 + x2 + x3 + x4", moments, steps=["configural", "metric", "scalar"])
    >>> ladder.tidy()["df"].tolist()
    [4, 7, 10]
    """
    parsed = Model.parse(model) if isinstance(model, str) else model
    options = dict(with_thresholds(parsed, options))
    ordered = bool(options.get("ordered"))
    _demand_means(options, ordered)
    chosen = _steps(steps, options, ordered)
    sample = data if isinstance(data, dict) else responses_of(data) if group else data
    if group is None and not (isinstance(sample, dict) and len(sample) > 1):
        raise SurveykitError(
            "invariance compares groups", expected="group= or a dict of group to Moments", code="SEM_GROUP"
        )
    if group is not None and isinstance(data, Moments | dict):
        raise SurveykitError("moments have no column to group by", got=quote(group), code="SEM_GROUP")
    rungs: tuple[str, ...] = ()
    if ordered:
        chosen, options, rungs = _ordered_steps(parsed, sample, group, chosen, steps is not None, options)
    fits: list[Fit] = []
    for step in STEPS:
        if step in chosen:
            equal = equalities(step, chosen, ordered=ordered)
            partial = _applicable(group_partial, equal)
            one = {"group": group, "group_equal": equal, "group_partial": partial, "name": step}
            remedy = TWO_CATEGORIES if any("two categories" in r for r in rungs) else ""
            fits.append(_fitted(parsed, sample, step, one | {"meanstructure": True} | options, remedy))
    compared = likelihood_ratio(*fits, names=chosen, method=difference)
    records = [r | {"holds": _holds(r)} for r in compared.estimates.records()]
    supported = _supported(records)
    first = fits[0]
    facts = {"n": first.n, "groups": len(first.samples), "supported": supported} | dict(compared.facts)
    return Estimates(
        name,
        {"en": "Measurement invariance", "zh": "测量不变性"},
        Table.of(records),
        facts,
        (*_choices(first, compared, group_partial), *rungs),
        (*compared.checks, *_checks(records, fits)),
        {
            "latent_means": _latent_means(fits),
            "releases": _releases(records, fits),
            "fits": _parameters(fits),
        },
        {"steps": list(chosen), "group": group, "group_partial": list(group_partial)},
    )


def equalities(step: str, chosen: Sequence[str], *, ordered: bool = False) -> tuple[str, ...]:
    """What a step of the ladder holds equal, with what the steps before it do.

    >>> equalities("scalar", ["configural", "scalar"])
    ('loadings', 'intercepts')
    """
    equal: tuple[str, ...] = ()
    for one in STEPS:
        held = ordered or one != "thresholds"
        equal += STEPS[one] if held and (one in chosen or one not in OPTIONAL) else ()
        if one == step:
            break
    return equal


def _demand_means(options: Mapping[str, Any], ordered: bool) -> None:
    """Weighted least squares of continuous items have no means, which a ladder compares."""
    if not ordered and str(options.get("method") or "").lower() in WEIGHTED:
        raise SurveykitError(
            "the ladder needs intercepts, which weighted least squares of continuous items do not have",
            hint="method='mlr', or ordered=True for ordered items",
            code="OPTION_UNSUPPORTED",
        )


def _steps(steps: Sequence[str] | None, options: dict[str, Any], ordered: bool) -> list[str]:
    if steps is None:
        steps = [s for s in DEFAULT if ordered or s != "thresholds"]
    if not ordered and "thresholds" in steps:
        raise SurveykitError(
            "only ordered items have thresholds", hint="ordered=True, or another step", code="OPTION_CLASH"
        )
    for step in steps:
        if step not in STEPS:
            raise SurveykitError(
                f"unknown step {quote(step)}",
                expected=", ".join(STEPS),
                hint=did_you_mean(step, list(STEPS)),
                code="OPTION_VALUE",
            )
    if "group_equal" in options:
        raise SurveykitError("the steps say what is equal", hint="leave group_equal out", code="OPTION_CLASH")
    chosen = [s for s in STEPS if s in steps]
    if len(chosen) < 2:
        raise SurveykitError("a ladder has two steps or more", got=", ".join(chosen), code="OPTION_VALUE")
    return chosen


def _ordered_steps(
    model: Model, sample: Any, group: str | None, chosen: list[str], named: bool, options: dict[str, Any]
) -> tuple[list[str], dict[str, Any], tuple[str, ...]]:
    """The steps that the items' categories allow, the options with their parameterisation, and why in words.

    Steps that were ``named`` are an error where they cannot be tested; of the usual ones they are left out.
    """
    form = options.get("parameterization") or ("theta" if "strict" in chosen else "delta")
    options = options | {"parameterization": form}
    probe = _fitted(model, sample, "configural", {"group": group, "name": "configural"} | options)
    counts: dict[str, int] = {}
    for row in probe.table:
        if row.op == "|" and row.group == 1:
            counts[row.lhs] = counts.get(row.lhs, 1) + 1
    few = ", ".join(item for item, count in counts.items() if count == 2)
    reasons = {
        "metric": f"items with two categories ({few}): thresholds, loadings and intercepts are tested together"
        if few
        else "",
        "thresholds": ""
        if max(counts.values()) > 3 and not few
        else "thresholds of items with three categories or fewer can be tested only together with what follows",
        "strict": "" if form == "theta" else "residual variances need parameterization='theta'",
    }
    gone = [step for step in chosen if reasons.get(step)]
    if gone and named:
        raise SurveykitError(
            f"the step {quote(gone[0])} cannot be tested with these items",
            got=reasons[gone[0]],
            hint="leave it out of steps",
            code="OPTION_CLASH",
        )
    rungs = tuple(f"no step {step}: {reasons[step]}" for step in gone)
    if few and "metric" not in gone:
        rungs += (reasons["metric"],)
    return [s for s in chosen if s not in gone], options, (f"{form} parameterization", *rungs)


TWO_CATEGORIES = (
    "with items of two categories the later groups' residual variances rest on how far thresholds part from loadings, "
    "and here they run to infinity: steps=['configural', 'strict'] holds them equal too (Wu & Estabrook 2016)"
)
"""What to do where a ladder of binary items has no estimates between configural and strict."""


def _applicable(partial: Sequence[str], equal: Sequence[str]) -> tuple[str, ...]:
    """Exceptions from what is equal already; an exception for a later step changes nothing now."""
    return tuple(partial) if equal else ()


def _fitted(model: Model | str, sample: Any, step: str, options: dict[str, Any], remedy: str = "") -> Fit:
    """The fit of a step; its error names the step, and the ``remedy`` where the search found no end."""
    try:
        found: Fit = fit(model, sample, **options)
    except SurveykitError as error:
        raise SurveykitError(
            f"the {step} model: {error.what}",
            error.where,
            error.expected,
            error.got,
            remedy if remedy and error.code == "SEM_NOT_CONVERGED" else error.hint,
            code=error.code,
            errors=error.errors if len(error.errors) > 1 else (),
        ) from error
    return found


def _holds(record: dict[str, Any]) -> bool | None:
    if record["chisq_diff"] is None:
        return None
    srmr = LIMITS["delta_srmr_metric" if record["model"] in ("thresholds", "metric") else "delta_srmr"]
    return bool(
        record["delta_cfi"] >= LIMITS["delta_cfi"]
        and record["delta_rmsea"] <= LIMITS["delta_rmsea"]
        and record["delta_srmr"] <= srmr
    )


def _supported(records: Sequence[dict[str, Any]]) -> str:
    last = records[0]["model"]
    for record in records[1:]:
        if not record["holds"]:
            break
        last = record["model"]
    return str(last)


def _choices(first: Fit, compared: Estimates, partial: Sequence[str]) -> tuple[str, ...]:
    rule = (
        f"a step holds where CFI falls by no more than {-LIMITS['delta_cfi']:.3f}, RMSEA rises by no more than "
        f"{LIMITS['delta_rmsea']:.3f} and SRMR by no more than {LIMITS['delta_srmr']:.3f} (equal loadings: "
        f"{LIMITS['delta_srmr_metric']:.3f}) (Chen 2007)"
    )
    free = (f"left free in all groups: {', '.join(partial)}",) if partial else ()
    return (*first.notes(), *compared.notes(), rule, *free)


def _latent_means(fits: Sequence[Fit]) -> Table:
    """Latent means under equal intercepts, against the first group, from the least strict such step."""
    found = [
        f for f in fits if "intercepts" in f.options.group_equal and "means" not in f.options.group_equal
    ]
    if not found:
        return Table(COLUMNS, ())
    chosen = found[0]
    return latent_means(chosen.solution, chosen.samples, chosen.options.level, tests=not chosen.refused)


def _releases(records: Sequence[dict[str, Any]], fits: Sequence[Fit]) -> Table:
    """For each step that does not hold: the equalities it added, by what releasing each would save."""
    out = []
    for record, one in zip(records, fits, strict=True):
        if record["holds"] is not False or one.options.missing == "two_stage":
            continue
        for kind in STEPS[record["model"]]:
            if kind not in _KINDS:
                continue
            found = _held(one, kind) if one.options.ordered and kind in ("intercepts", "residuals") else []
            found = found or _equal(one, _KINDS[kind])
            out += [{"step": record["model"], **r, "group_partial": r["parameter"]} for r in found]
    return Table.of(out, _RELEASES)


def _equal(one: Fit, operator: str) -> list[dict[str, Any]]:
    """Score tests of equal parameters of a kind."""
    columns = ("parameter", "group", "other_group", "chisq", "df", "p", "difference")
    return [
        {k: test[k] for k in columns}
        for test in score_test(one).estimates.records()[1:]
        if test["df"] and test["parameter"] and _of_kind(test["parameter"], operator)
    ]


def _held(one: Fit, kind: str) -> list[dict[str, Any]]:
    """Score tests of what is equal because it is fixed: intercepts and residual variances of ordered items."""
    operator, ordered = _KINDS[kind], {r.lhs for r in one.table if r.op == "|"}
    places = [
        i
        for i, r in enumerate(one.table.rows)
        if r.group > 1 and not r.free and r.op == operator and r.lhs in ordered and r.rhs in ("", r.lhs)
    ]
    labels = one.table.groups
    out: list[dict[str, Any]] = []
    for place, (chisq, change) in zip(places, freed(one, places), strict=True):
        row = one.table.rows[place]
        names = {"parameter": row.name, "group": labels[0], "other_group": labels[row.group - 1]}
        out.append({**names, "chisq": chisq, "df": 1, "p": chi2_sf(chisq, 1), "difference": change})
    return sorted(out, key=lambda r: -r["chisq"])


def _of_kind(name: str, operator: str) -> bool:
    if operator == "~1":
        return name.endswith("~1")
    left, found, right = name.partition(operator)
    return bool(found) and (operator != "~~" or left == right)


def _parameters(fits: Sequence[Fit]) -> Table:
    records: list[dict[str, Any]] = []
    for f in fits:
        records += [{"step": f.id} | {str(k): v for k, v in r.items()} for r in f.tidy().to_dict("records")]
    return Table.of(records)


_STEP_WORDS = {
    "configural": {"en": "nothing held equal", "zh": "形态等值"},
    "thresholds": {"en": "equal thresholds", "zh": "阈值等值"},
    "metric": {"en": "equal loadings", "zh": "载荷等值"},
    "scalar": {"en": "equal intercepts", "zh": "截距等值"},
    "strict": {"en": "equal residual variances", "zh": "残差方差等值"},
    "variances": {"en": "equal variances of the constructs", "zh": "构念方差等值"},
    "means": {"en": "equal means of the constructs", "zh": "构念均值等值"},
}
_TEXTS = {
    "SEM_MEANS_NOT_COMPARABLE": {
        "en": "Equal intercepts do not hold, so differences between the groups' means may come from how the items "
        "are understood. Latent means are not to be compared before single items are released.",
        "zh": "截距等值不成立，各组均值之差可能来自对题目的不同理解；在放开个别题目之前，不宜比较潜变量均值。",
    },
    "SEM_LOADINGS_NOT_EQUAL": {
        "en": "Equal loadings do not hold, so relations between constructs are not to be compared between the groups.",
        "zh": "载荷等值不成立，不宜在各组之间比较构念间的关系。",
    },
    "SEM_STEP_CHECK": {
        "en": "The model with {step}: {why}",
        "zh": "{step}模型：{why}",
    },
}


def _checks(records: Sequence[dict[str, Any]], fits: Sequence[Fit]) -> list[Check]:
    out = []
    failed = next((r["model"] for r in records if r["holds"] is False), None)
    if failed in ("thresholds", "metric"):
        out.append(Check("SEM_LOADINGS_NOT_EQUAL", "caution", _TEXTS["SEM_LOADINGS_NOT_EQUAL"], (failed,)))
    if failed in ("thresholds", "metric", "scalar"):
        out.append(
            Check("SEM_MEANS_NOT_COMPARABLE", "caution", _TEXTS["SEM_MEANS_NOT_COMPARABLE"], (failed,))
        )
    for i, one in enumerate(fits):
        for check in one.checks:
            if check.level == "refuse" or (check.level == "caution" and i == 0):
                texts = {
                    language: text.format(step=_STEP_WORDS[one.id][language], why=check.text(language))
                    for language, text in _TEXTS["SEM_STEP_CHECK"].items()
                }
                out.append(Check("SEM_STEP_CHECK", "caution", texts, (one.id, *check.about), check.values))
    return out
