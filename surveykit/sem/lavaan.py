"""The R script that gives the same numbers with lavaan: for reviewers who trust what they can run.

Where moments suffice (ML, GLS, ULS on complete rows) they stand in the script. Where the answers themselves are
needed (robust methods, full information, weights and clusters, ordered items, bootstrap) the script reads them
from a file.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surveykit.model import Model
from surveykit.sem.options import Options, usual_errors
from surveykit.sem.sample import GroupSample

__all__ = ["r_script"]

ANSWERS = "answers.csv"
_LV_NAMES = {
    "lv_variances": "lv.variances",
    "lv_covariances": "lv.covariances",
    "residual_covariances": "residual.covariances",
}
_END = ["summary(fit, fit.measures = TRUE, standardized = TRUE)", "standardizedSolution(fit)"]


def r_script(
    model: Model,
    options: Options,
    samples: Sequence[GroupSample],
    *,
    meanstructure: bool,
    data: str = "",
) -> str:
    """An R script that fits ``model`` to the samples' moments; ``sem()`` rescales the n − 1 covariance
    itself. ``data`` names a CSV file of the answers to read instead; estimations that need
    the answers read ``answers.csv`` where no other is named."""
    lines = ["library(lavaan)", "", "model <- '", model.to_text(), "'", ""]
    if any(p.op == "<~" for p in model.parameters):
        lines.insert(
            1,
            '# composites (<~) of this kind: lavaan 0.6-20 or newer, there with optim.gradient = "numerical"',
        )
    if options.auxiliary:
        named = _listed(options.auxiliary)
        lines.insert(
            1,
            f"# this call leaves out the auxiliary variables of stage one: semTools' twostage(aux = {named})",
        )
    if data or _needs_rows(options):
        lines += _reading(options, samples, data or ANSWERS)
        arguments = ["model", "data = data", *_estimation(options, meanstructure), *_groups(options, samples)]
    else:
        lines += _moments(samples, meanstructure)
        arguments = ["model", *_sample(samples, meanstructure), *_estimation(options, meanstructure)]
    arguments += _equalities(options)
    return "\n".join([*lines, f"fit <- sem({', '.join(arguments)})", *_END]) + "\n"


def _needs_rows(options: Options) -> bool:
    return bool(
        options.weighted
        or options.robust
        or options.missing in ("fiml", "two_stage")
        or options.se == "bootstrap"
        or options.sampling_weights
        or options.cluster
    )


def _reading(options: Options, samples: Sequence[GroupSample], file: str) -> list[str]:
    """The line that reads the answers, and a word on what must stand in them."""
    further = [options.group, options.sampling_weights, options.cluster]
    columns = [*samples[0].moments.names, *(c for c in further if c)]
    return [
        "# One row a respondent; numbers, missing answers empty or NA. Columns: " + ", ".join(columns),
        f'data <- read.csv({_quoted(file)}, check.names = FALSE, na.strings = c("NA", ""))',
    ]


def _moments(samples: Sequence[GroupSample], meanstructure: bool) -> list[str]:
    names = samples[0].moments.names
    lines = [f"names <- c({', '.join(_quoted(n) for n in names)})"]
    for i, sample in enumerate(samples, start=1):
        lines.append(f"S{i} <- matrix(c({_numbers(np.asarray(sample.moments.cov).ravel())}),")
        lines.append(f"  {len(names)}, {len(names)}, dimnames = list(names, names))")
        if meanstructure and sample.mean is not None:
            lines.append(f"m{i} <- setNames(c({_numbers(sample.mean)}), names)")
    return [*lines, ""]


def _sample(samples: Sequence[GroupSample], meanstructure: bool) -> list[str]:
    n = [str(s.n) for s in samples]
    arguments = [f"sample.cov = {_each(samples, 'S')}"]
    if meanstructure:
        arguments.append(f"sample.mean = {_each(samples, 'm')}")
    return [*arguments, f"sample.nobs = {n[0] if len(n) == 1 else 'list(' + ', '.join(n) + ')'}"]


def _estimation(options: Options, meanstructure: bool) -> list[str]:
    """What is minimised, how errors and tests are had, how the scale is set."""
    if options.weighted:
        arguments = [f"estimator = {_quoted(options.method.upper())}"]
        if options.ordered:
            named = "TRUE" if options.ordered is True else _listed(options.ordered or ())
            arguments += [f"parameterization = {_quoted(options.parameterization)}", f"ordered = {named}"]
    else:
        arguments = [f"meanstructure = {_logical(meanstructure)}", *_likelihood(options)]
    arguments += [
        f"{name.replace('_', '.')} = TRUE"
        for name in ("std_lv", "effect_coding", "orthogonal")
        if getattr(options, name)
    ]
    if options.bounds != "none":
        arguments.append(f"bounds = {_quoted(options.bounds.replace('_', '.'))}")
    if options.ordered and not options.fixed_x:
        arguments.append("conditional.x = FALSE")
    return [*arguments, f"fixed.x = {_logical(options.fixed_x)}"]


def _likelihood(options: Options) -> list[str]:
    if options.discrepancy != "ml":
        return [f"estimator = {_quoted(options.discrepancy.upper())}"]
    family = _family(options)
    arguments = [f"estimator = {_quoted(family)}"]
    if options.likelihood != "normal":
        arguments.append(f"likelihood = {_quoted(options.likelihood)}")
    if options.missing == "two_stage":  # its errors and test come with it; its EM stops at 1e-5 by itself
        exact = ["em.h1.tol = 1e-13", "em.h1.iter.max = 20000L"]
        return [*arguments, 'missing = "robust.two.stage"', 'information = "observed"', *exact]
    if options.missing == "fiml":
        arguments.append('missing = "ml"')
    usual = "observed" if family == "MLR" or options.missing == "fiml" else "expected"
    if options.information != usual:
        arguments.append(f"information = {_quoted(options.information)}")
    if family == "ML" and options.se != "standard":
        arguments.append(f"se = {_quoted(options.se.replace('_', '.'))}")
    if family == "ML" and options.test != "standard":
        arguments.append(f"test = {_quoted(options.test.replace('_', '.'))}")
    if options.se == "bootstrap":
        arguments += [f"bootstrap = {options.bootstrap}", f"iseed = {options.seed}"]
    for name in ("sampling_weights", "cluster"):
        if getattr(options, name):
            arguments.append(f"{name.replace('_', '.')} = {_quoted(getattr(options, name))}")
    if options.sampling_weights and options.group:
        arguments.append('sampling.weights.normalization = "group"')
    return arguments


def _family(options: Options) -> str:
    """lavaan's estimator whose standard errors and test are ours; ML where they must be named one by one."""
    for method in ("mlr", "mlm", "mlmv", "mlmvs"):
        if (options.se, options.test) == usual_errors(method) and options.missing != "two_stage":
            return method.upper()
    return "ML"


def _groups(options: Options, samples: Sequence[GroupSample]) -> list[str]:
    """The grouping column with the groups in our order: the first one is what the others are compared with."""
    if options.group is None:
        return []
    return [f"group = {_quoted(options.group)}", f"group.label = {_listed([s.label for s in samples])}"]


def _equalities(options: Options) -> list[str]:
    found = []
    for name in ("group_equal", "group_partial"):
        values = getattr(options, name)
        if values:
            found.append(f"{name.replace('_', '.')} = {_listed([_LV_NAMES.get(v, v) for v in values])}")
    return found


def _each(samples: Sequence[GroupSample], letter: str) -> str:
    if len(samples) == 1:
        return f"{letter}1"
    inner = ", ".join(f"{_quoted(s.label)} = {letter}{i}" for i, s in enumerate(samples, start=1))
    return f"list({inner})"


def _listed(values: Sequence[str]) -> str:
    return f"c({', '.join(_quoted(v) for v in values)})"


def _numbers(values: object) -> str:
    return ", ".join(repr(float(v)) for v in np.asarray(values))


def _logical(value: bool) -> str:
    return "TRUE" if value else "FALSE"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
