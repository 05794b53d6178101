"""The R script that gives the same numbers with lavaan: for reviewers who trust what they can run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surveykit.model import Model
from surveykit.sem.options import Options
from surveykit.sem.sample import GroupSample

__all__ = ["r_script"]

_LV_NAMES = {
    "lv_variances": "lv.variances",
    "lv_covariances": "lv.covariances",
    "residual_covariances": "residual.covariances",
}


def r_script(model: Model, options: Options, samples: Sequence[GroupSample], *, meanstructure: bool) -> str:
    """An R script that fits ``model`` to the samples' moments; ``sem()`` rescales the n − 1 covariance
    itself. Ordered items need the answers, which the script reads from a file."""
    if options.ordered:
        return _of_ordered_items(model, options)
    names = samples[0].moments.names
    lines = ["library(lavaan)", "", "model <- '", model.to_text(), "'", ""]
    lines.append(f"names <- c({', '.join(_quoted(n) for n in names)})")
    for i, sample in enumerate(samples, start=1):
        lines.append(f"S{i} <- matrix(c({_numbers(np.asarray(sample.moments.cov).ravel())}),")
        lines.append(f"  {len(names)}, {len(names)}, dimnames = list(names, names))")
        if meanstructure and sample.mean is not None:
            lines.append(f"m{i} <- setNames(c({_numbers(sample.mean)}), names)")
    if options.missing == "fiml":
        lines += ["", '# full information needs the answers: data = …, missing = "fiml"']
    if options.robust:
        lines += ["", f"# robust standard errors and tests need the answers: data = …, {_robust(options)}"]
    lines += ["", _call(options, samples, meanstructure)]
    lines += ["summary(fit, fit.measures = TRUE, standardized = TRUE)", "standardizedSolution(fit)"]
    return "\n".join(lines) + "\n"


def _of_ordered_items(model: Model, options: Options) -> str:
    """The script for answers in ``answers.csv``."""
    lines = ["library(lavaan)", "", "model <- '", model.to_text(), "'", ""]
    lines.append('data <- read.csv("answers.csv")  # one row a respondent, items as numbers')
    named = "TRUE" if options.ordered is True else _listed(tuple(options.ordered or ()))
    arguments = [
        "model",
        "data = data",
        f"ordered = {named}",
        f"estimator = {_quoted(options.method.upper())}",
    ]
    arguments += [
        f"parameterization = {_quoted(options.parameterization)}",
        f"fixed.x = {_logical(options.fixed_x)}",
    ]
    arguments += [f"{n.replace('_', '.')} = TRUE" for n in ("std_lv", "orthogonal") if getattr(options, n)]
    if options.group is not None:
        arguments.append(f"group = {_quoted(options.group)}")
    for name in ("group_equal", "group_partial"):
        values = getattr(options, name)
        if values:
            arguments.append(f"{name.replace('_', '.')} = {_listed([_LV_NAMES.get(v, v) for v in values])}")
    lines.append(f"fit <- sem({', '.join(arguments)})")
    lines += ["summary(fit, fit.measures = TRUE, standardized = TRUE)", "standardizedSolution(fit)"]
    return "\n".join(lines) + "\n"


def _listed(values: Sequence[str]) -> str:
    return f"c({', '.join(_quoted(v) for v in values)})"


def _robust(options: Options) -> str:
    return f'se = "{options.se.replace("_", ".")}", test = "{options.test.replace("_", ".")}"'


def _call(options: Options, samples: Sequence[GroupSample], meanstructure: bool) -> str:
    arguments = ["model"]
    arguments.append(f"sample.cov = {_each(samples, 'S')}")
    if meanstructure:
        arguments.append(f"sample.mean = {_each(samples, 'm')}")
    n = [str(s.n) for s in samples]
    arguments.append(f"sample.nobs = {n[0] if len(n) == 1 else 'list(' + ', '.join(n) + ')'}")
    arguments.append(f"meanstructure = {_logical(meanstructure)}")
    for name in ("std_lv", "effect_coding", "orthogonal"):
        if getattr(options, name):
            arguments.append(f"{name.replace('_', '.')} = TRUE")
    arguments.append(f"fixed.x = {_logical(options.fixed_x)}")
    if options.discrepancy != "ml":
        arguments.append(f"estimator = {_quoted(options.discrepancy.upper())}")
    elif options.likelihood != "normal":
        arguments.append(f"likelihood = {_quoted(options.likelihood)}")
    if options.information != "expected":
        arguments.append(f"information = {_quoted(options.information)}")
    for name in ("group_equal", "group_partial"):
        values = getattr(options, name)
        if values:
            listed = ", ".join(_quoted(_LV_NAMES.get(v, v)) for v in values)
            arguments.append(f"{name.replace('_', '.')} = c({listed})")
    return f"fit <- sem({', '.join(arguments)})"


def _each(samples: Sequence[GroupSample], letter: str) -> str:
    if len(samples) == 1:
        return f"{letter}1"
    inner = ", ".join(f"{_quoted(s.label)} = {letter}{i}" for i, s in enumerate(samples, start=1))
    return f"list({inner})"


def _numbers(values: object) -> str:
    return ", ".join(repr(float(v)) for v in np.asarray(values))


def _logical(value: bool) -> str:
    return "TRUE" if value else "FALSE"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
