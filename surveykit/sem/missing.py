"""Which rows count: complete ones (listwise), or every row with what it has (FIML).

Left open, FIML is chosen for ``method="ml"`` with ordinary standard errors, and for ``"mlr"`` without predictors held
fixed, where answers are incomplete and rows are at hand: it keeps all rows and is right when values are missing at random,
where listwise deletion needs them to be missing completely at random. What was done is printed with the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from surveykit.errors import SurveykitError, quote
from surveykit.model import Model
from surveykit.moments import Moments
from surveykit.sem.fiml import Patterns, fiml_sample
from surveykit.sem.incomplete import CaseScores, two_stage_moments
from surveykit.sem.options import Options
from surveykit.sem.robust import COMPLETE, Kind
from surveykit.sem.sample import GroupSample, demand_usable, read_samples, responses_of
from surveykit.sem.sandwich import Sandwich
from surveykit.sem.weighted import weighted_samples

__all__ = ["Taken", "take_sample"]

_TOO_FEW = ("TOO_FEW_ROWS", "SEM_N_TOO_SMALL")


@dataclass(frozen=True, slots=True)
class Taken:
    """The groups' samples, the options as they are now settled, and the patterns under FIML."""

    options: Options
    samples: tuple[GroupSample, ...]
    patterns: tuple[Patterns, ...] = ()
    scores: CaseScores | None = None
    kind: Kind = COMPLETE

    @property
    def sandwich(self) -> Sandwich:
        """Robust inference on these rows."""
        return Sandwich(self.samples, self.kind, self.scores, self.options.information)

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(s.label for s in self.samples)


def take_sample(model: Model, sample: Any, options: Options) -> Taken:
    """The sample as the options want it; see the module for what is done where they leave it open."""
    answers = not isinstance(sample, Moments | dict)
    if options.by_design:
        return _weighted(model, sample, options, answers)
    if options.missing in ("fiml", "two_stage"):
        _demand_possible(options, answers)
        return _full_information(model, responses_of(sample), options, None)
    open_to = _possible(options) or _possible_robust(model, options)
    if options.missing == "listwise" or not answers or not open_to:
        return _listwise(model, sample, options)
    data = responses_of(sample)
    try:
        complete = _listwise(model, data, options)
    except SurveykitError as error:
        if not all(e.code in _TOO_FEW for e in error.errors):
            raise
        return _full_information(model, data, options, error)
    if all(s.n == s.n_total for s in complete.samples):
        return complete
    return _full_information(model, data, options, None)


def _possible(options: Options) -> bool:
    plain = options.method == "ml" and options.se in ("standard", "none") and options.test == "standard"
    own = options.engine != "semopy" and options.likelihood == "normal"
    return plain and own and not options.bootstrap


def _possible_robust(model: Model, options: Options) -> bool:
    """MLR as it stands, with nothing in it that takes complete rows."""
    plain = (options.method, options.se, options.test) == ("mlr", "robust_huber_white", "yuan_bentler_mplus")
    own = options.engine != "semopy" and options.likelihood == "normal" and options.information != "expected"
    return plain and own and not options.bootstrap and not _fixed_exogenous(model, options)


def _demand_possible(options: Options, answers: bool) -> None:
    if not answers:
        raise SurveykitError(
            f"missing='{options.missing}' needs the answers themselves: moments no longer show what was missing",
            code="SEM_FIML",
        )
    robust = (options.se, options.test) in (
        {("robust_huber_white", "yuan_bentler_mplus"), ("robust_huber_white", "standard")}
        if options.missing == "fiml"
        else {("robust_sem", "satorra_bentler")}
    )
    own = options.discrepancy == "ml" and options.engine != "semopy" and options.likelihood == "normal"
    if not (own and (robust or (options.missing == "fiml" and _possible(options)))):
        raise SurveykitError(
            f"missing='{options.missing}' goes with "
            + ("method='ml' or 'mlr'" if options.missing == "fiml" else "method='ml'")
            + " and the normal likelihood, without bootstrap",
            hint="use missing='listwise' for other standard errors and tests",
            code="OPTION_UNSUPPORTED",
        )


def _weighted(model: Model, sample: Any, options: Options, answers: bool) -> Taken:
    """Complete rows with sampling weights, clusters or both."""
    if not answers:
        raise SurveykitError(
            "sampling weights and clusters need the answers themselves: moments no longer show them",
            code="SEM_WEIGHT",
        )
    if options.cluster and options.meanstructure is None:
        options = replace(options, meanstructure=True)
    usual = "expected" if options.cluster and options.sampling_weights else "observed"
    settled = replace(options, information=options.information or usual).settled("listwise")
    samples, crossproducts = weighted_samples(sample, model.observed, options)
    return Taken(settled, samples, kind=Kind(crossproducts=crossproducts))


def _listwise(model: Model, sample: Any, options: Options) -> Taken:
    settled = options.settled("listwise")
    samples = read_samples(
        sample,
        model.observed,
        group=options.group,
        likelihood=options.likelihood,
        meanstructure=_means(model, sample, options),
        order=4 if options.robust else 2,
    )
    return Taken(settled, samples)


def _means(model: Model, sample: Any, options: Options) -> bool:
    """Whether the model will have a mean structure; asked before the groups' labels are known."""
    if any(p.op == "~1" for p in model.parameters):
        return True
    if options.meanstructure is not None:
        return options.meanstructure
    several = options.group is not None or (isinstance(sample, dict) and len(sample) > 1)
    return several or bool({"intercepts", "means"} & set(options.group_equal))


def _full_information(model: Model, data: Any, options: Options, otherwise: SurveykitError | None) -> Taken:
    """FIML; where nothing is partly missing it is the ordinary likelihood of the rows with answers.

    Auxiliary variables of two stages take part in the first: what is missing is at random given them too.
    """
    names, items = (*model.observed, *_auxiliary(model, options)), set(model.observed)
    demand_usable(data, names, options.group)
    order = 4 if options.robust else 2
    found = data.moments(list(names), by=options.group, order=order, patterns=True)
    by_label = {"": found} if options.group is None else dict(found)
    fixed = _fixed_exogenous(model, options)
    kept = {
        label: [m for m in parts if fixed <= set(m.names) and items & set(m.names)]
        for label, parts in by_label.items()
    }
    if any(not parts for parts in kept.values()):
        raise otherwise or SurveykitError(
            "no row has values of all exogenous variables",
            hint="use fixed_x=False",
            code="TOO_FEW_ROWS",
        )
    if all(len(parts) == 1 and len(parts[0].names) == len(names) for parts in kept.values()):
        if otherwise is not None:
            raise otherwise
        whole: Any = {label: parts[0].select(model.observed) for label, parts in kept.items()}
        taken = _listwise(model, whole if options.group is not None else whole[""], options)
        if options.group is not None:
            return taken
        # rows without a single answer were never among the patterns, and count among those looked at
        return replace(taken, samples=tuple(replace(s, n_total=data.n_rows) for s in taken.samples))
    pairs = [fiml_sample(parts, names, label) for label, parts in kept.items()]
    total = data.n_rows if options.group is None else None
    samples = tuple(replace(s, n_total=total) if total else s for s, _ in pairs)
    patterns = tuple(p for _, p in pairs)
    missing = "two_stage" if options.missing == "two_stage" else "fiml"
    settled = replace(options, meanstructure=True).settled(missing)
    if not options.robust:
        return Taken(settled, samples, patterns)
    _demand_random(fixed)
    scores = CaseScores(samples, patterns, tuple(tuple(parts) for parts in kept.values()))
    if missing == "two_stage":
        stage = tuple(_of_items(s, len(model.observed)) for s in two_stage_moments(scores))
        return Taken(settled, stage, kind=Kind(at_sample=True))
    return Taken(settled, samples, patterns, scores)


def _auxiliary(model: Model, options: Options) -> tuple[str, ...]:
    inside = [n for n in options.auxiliary if n in model.observed]
    if inside:
        raise SurveykitError(
            "an auxiliary variable is one that the model does not have",
            got=", ".join(quote(n) for n in inside),
            code="OPTION_VALUE",
        )
    return options.auxiliary


def _of_items(sample: GroupSample, p: int) -> GroupSample:
    """The first ``p`` variables of a sample: those of the model."""
    if len(sample.S) == p:
        return sample
    mean = None if sample.mean is None else sample.mean[:p]
    moments = sample.moments.select(sample.moments.names[:p])
    return replace(sample, S=sample.S[:p, :p], S_ml=sample.S_ml[:p, :p], mean=mean, moments=moments)


def _demand_random(fixed: set[str]) -> None:
    """Robust inference on incomplete rows takes every variable as random."""
    if fixed:
        raise SurveykitError(
            "robust standard errors of incomplete answers need all variables in the model's likelihood",
            got="fixed exogenous: " + ", ".join(sorted(fixed)),
            hint="use fixed_x=False",
            code="OPTION_UNSUPPORTED",
        )


def _fixed_exogenous(model: Model, options: Options) -> set[str]:
    """Names whose moments are taken from the sample: rows without them say nothing."""
    if not options.fixed_x:
        return set()
    written = {n for p in model.parameters if p.op in ("~~", "~1") for n in (p.lhs, p.rhs)}
    return {name for name in _exogenous(model) if name not in written}


def _exogenous(model: Model) -> Sequence[str]:
    return model.roles.exogenous
