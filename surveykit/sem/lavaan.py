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

__all__ = ["needs_rows", "r_script", "r_text", "rows_call"]

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
    lines = ["library(lavaan)", "", *_model(model), ""]
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
    if data or needs_rows(options):
        lines += _reading(options, samples, data or ANSWERS)
        call = _of_rows(options, samples, meanstructure)
    else:
        lines += _moments(samples, meanstructure)
        call = _of_moments(options, samples, meanstructure)
    return "\n".join([*lines, call, *_END]) + "\n"


def rows_call(
    model: Model, options: Options, samples: Sequence[GroupSample], *, meanstructure: bool
) -> list[str]:
    """The lines that make ``fit`` from a data frame ``data`` of the answers, or from moments where these suffice."""
    if needs_rows(options):
        return [*_model(model), _of_rows(options, samples, meanstructure)]
    return [*_model(model), *_moments(samples, meanstructure), _of_moments(options, samples, meanstructure)]


def _of_rows(options: Options, samples: Sequence[GroupSample], meanstructure: bool) -> str:
    arguments = ["model", "data = data", *_estimation(options, meanstructure), *_groups(options, samples)]
    return f"fit <- sem({', '.join([*arguments, *_equalities(options)])})"


def _of_moments(options: Options, samples: Sequence[GroupSample], meanstructure: bool) -> str:
    arguments = ["model", *_sample(samples, meanstructure), *_estimation(options, meanstructure)]
    return f"fit <- sem({', '.join([*arguments, *_equalities(options)])})"


def _model(model: Model) -> list[str]:
    """The model as a text of R: as it is written where no character of it means something else there."""
    text = model.to_text().rstrip("\n")
    if text.isascii() and text.replace("\n", "").isprintable() and not set(text) & set("'\\"):
        return ["model <- '", text, "'"]
    return [
        "model <- paste(c(",
        ",\n".join(f"  {r_text(line)}" for line in text.split("\n")),
        '), collapse = "\\n")',
    ]


def needs_rows(options: Options) -> bool:
    """Whether lavaan needs the answers themselves for what the options ask."""
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
        f'data <- read.csv({r_text(file)}, check.names = FALSE, na.strings = c("NA", ""))',
    ]


def _moments(samples: Sequence[GroupSample], meanstructure: bool) -> list[str]:
    names = samples[0].moments.names
    lines = [f"names <- c({', '.join(r_text(n) for n in names)})"]
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
        arguments = [f"estimator = {r_text(options.method.upper())}"]
        if options.ordered:
            named = "TRUE" if options.ordered is True else _listed(options.ordered or ())
            arguments += [f"parameterization = {r_text(options.parameterization)}", f"ordered = {named}"]
        if options.missing == "pairwise":
            arguments.append('missing = "pairwise"')
        arguments += _design(options)
    else:
        arguments = [f"meanstructure = {_logical(meanstructure)}", *_likelihood(options)]
    arguments += [
        f"{name.replace('_', '.')} = TRUE"
        for name in ("std_lv", "effect_coding", "orthogonal")
        if getattr(options, name)
    ]
    if options.bounds != "none":
        arguments.append(f"bounds = {r_text(options.bounds.replace('_', '.'))}")
    if options.ordered and not options.fixed_x:
        arguments.append("conditional.x = FALSE")
    return [*arguments, f"fixed.x = {_logical(options.fixed_x)}"]


def _likelihood(options: Options) -> list[str]:
    if options.discrepancy != "ml":
        return [f"estimator = {r_text(options.discrepancy.upper())}"]
    family = _family(options)
    arguments = [f"estimator = {r_text(family)}"]
    if options.likelihood != "normal":
        arguments.append(f"likelihood = {r_text(options.likelihood)}")
    if options.missing == "two_stage":  # its errors and test come with it; its EM stops at 1e-5 by itself
        exact = ["em.h1.tol = 1e-13", "em.h1.iter.max = 20000L"]
        return [*arguments, 'missing = "robust.two.stage"', 'information = "observed"', *exact]
    if options.missing == "fiml":
        arguments.append('missing = "ml"')
    usual = "observed" if family == "MLR" or options.missing == "fiml" else "expected"
    if options.information != usual:
        arguments.append(f"information = {r_text(options.information)}")
    if family == "ML" and options.se != "standard":
        arguments.append(f"se = {r_text(options.se.replace('_', '.'))}")
    if family == "ML" and options.test != "standard":
        arguments.append(f"test = {r_text(options.test.replace('_', '.'))}")
    if options.se == "bootstrap":
        arguments += [f"bootstrap = {options.bootstrap}", f"iseed = {options.seed}"]
    return arguments + _design(options)


def _design(options: Options) -> list[str]:
    arguments = [
        f"{name.replace('_', '.')} = {r_text(column)}"
        for name in ("sampling_weights", "cluster")
        if (column := getattr(options, name))
    ]
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
    return [f"group = {r_text(options.group)}", f"group.label = {_listed([s.label for s in samples])}"]


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
    inner = ", ".join(f"{r_text(s.label)} = {letter}{i}" for i, s in enumerate(samples, start=1))
    return f"list({inner})"


def _listed(values: Sequence[str]) -> str:
    return f"c({', '.join(r_text(v) for v in values)})"


def _numbers(values: object) -> str:
    return ", ".join(repr(float(v)) for v in np.asarray(values))


def _logical(value: bool) -> str:
    return "TRUE" if value else "FALSE"


def r_text(text: str) -> str:
    """A text as R writes it, in ASCII: nothing in it can end it, and it is read alike under every locale.

    >>> print(r_text('a "b"\\n質'))
    "a \\"b\\"\\n\\u8cea"
    """
    return '"' + "".join(map(_written, text)) + '"'


def _written(character: str) -> str:
    code = ord(character)
    if character in '"\\':
        return "\\" + character
    if 32 <= code < 127:
        return character
    if character in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[character]
    return f"\\U{code:08x}" if code > 0xFFFF else f"\\u{code:04x}"
