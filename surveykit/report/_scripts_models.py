"""The models of a study in the language of R: calls of lavaan, and PLS on correlations that stand in the script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from surveykit.errors import SurveykitError
from surveykit.report._scripts_rows import wrapped
from surveykit.sem.lavaan import needs_rows, r_text, rows_call

if TYPE_CHECKING:
    from surveykit.responses import Responses
    from surveykit.results import Result

__all__ = ["Part", "lavaan_part", "parts_of", "reported", "standardised"]


@dataclass(frozen=True, slots=True)
class Part:
    """What R does for one model: its lines, the variables that it needs of the answers, whether PLS is used."""

    title: str
    lines: tuple[str, ...]
    columns: tuple[str, ...] = ()
    pls: bool = False


def parts_of(
    title: str, result: Result, data: Responses | None, task: Mapping[str, Any] | None
) -> Iterator[Part]:
    """The parts of R for one result: one for a model, several for one that was fitted in several ways or groups.

    ``task`` is the model's entry in the study's recipe, which a comparison needs to be fitted again.
    """
    if result.kind == "fit" and hasattr(result, "to_lavaan"):
        yield lavaan_part(title, result, None if data is None else data.weight)
    elif result.kind == "fit":
        yield _pls(title, result, _figures_of_pls(result))
    elif task is not None and data is not None:
        yield from _several(title, result, data, task)


def lavaan_part(
    title: str,
    fit: Any,
    weight: str | None = None,
    report: Sequence[tuple[str, ...]] | None = None,
    shown: Sequence[str] = (
        "print(summary(fit, fit.measures = TRUE, standardized = TRUE))",
        "found <- parameterEstimates(fit)",
    ),
) -> Part:
    """A call of lavaan, ``shown``, which also makes ``found``, and the comparison with the figures of the ``report``.

    ``weight`` is the column that the answers were read with: it counts where the model names none of its own.
    """
    rows = needs_rows(fit.options)
    own = rows and weight is not None and fit.options.sampling_weights is None
    options = replace(fit.options, sampling_weights=weight) if own else fit.options
    lines = rows_call(fit.model, options, fit.samples, meanstructure=fit.table.meanstructure)
    further = (options.group, options.sampling_weights, options.cluster, *options.auxiliary)
    columns = tuple(dict.fromkeys((*fit.samples[0].moments.names, *(c for c in further if c))))
    if rows:  # lavaan takes a column that bears a construct's name for an observed one
        lines = [*wrapped(f"data <- data[{_listed(columns)}]"), *lines]
    said = [_note(line) for line in _unlike(fit)]
    if own and not options.ordered:
        said.append(
            _note(
                "weights count as repeated answers in the standard errors of the report, not in those of lavaan"
            )
        )
    lines = [
        *said,
        *lines,
        *shown,
        *_against(reported(fit.tidy().to_dict("records"), fit.samples) if report is None else report),
    ]
    return Part(title, tuple(lines), columns if rows else ())


def _unlike(fit: Any) -> list[str]:
    """Where lavaan does something else, on purpose."""
    options, said = fit.options, []
    if any(p.op == "<~" for p in fit.model.parameters):
        said.append(
            'composites (<~) of this kind: lavaan 0.6-20 or newer, there with optim.gradient = "numerical"'
        )
    if options.se == "bootstrap":
        said.append(
            "lavaan draws other bootstrap samples: estimates are the same, intervals alike but not to the digit"
        )
    if options.strata:
        said.append(
            "lavaan knows no strata: estimates are the same, standard errors are those of the clusters and weights"
        )
    if options.auxiliary:
        named = ", ".join(options.auxiliary)
        said.append(
            f"auxiliary variables ({named}) of the first stage are left out here: semTools' twostage(aux = ) has them"
        )
    if options.method in ("uls", "dwls") and not options.ordered:
        said.append(
            "lavaan before 0.6-16 fits ULS and DWLS of continuous items otherwise: figures are those of later versions"
        )
    if options.engine == "semopy":
        said.append("the report shows the estimates of semopy, which may stop short of the minimum")
    return said


def _note(text: str) -> str:
    """A line of R that says how what follows differs from the report."""
    return f"cat({r_text('note: ' + text)}, fill = TRUE)"


def reported(
    rows: Iterable[Mapping[str, Any]],
    samples: Sequence[Any] = (),
    *,
    op: str = "",
    estimate: str = "estimate",
    se: str = "se",
) -> list[tuple[str, ...]]:
    """The figures of the report for a comparison: lhs, op, rhs, place of the group among ``samples``, estimate, standard error.

    ``op`` where rows have none; ``estimate`` and ``se`` are the columns, ``se=""`` where there is nothing to compare.
    """
    place = {s.label: str(i) for i, s in enumerate(samples, start=1)}
    return [
        (
            r["lhs"],
            op or r["op"],
            r["rhs"],
            place.get(r.get("group"), "1"),
            _figure(r[estimate]),
            _figure(r[se]) if se else "NA",
        )
        for r in rows
    ]


def standardised(op: str) -> list[str]:
    """The lines of R that take the standardised solution's rows of one kind."""
    kept = f"found <- subset(standardizedSolution(fit), op == {r_text(op)})"
    return [kept, 'names(found)[names(found) == "est.std"] <- "est"', "print(found)"]


def _figure(value: float) -> str:
    """A number of the report, at its ten digits."""
    return f"{value:.10g}" if np.isfinite(value) else "NA"


def _against(figures: Sequence[tuple[str, ...]]) -> list[str]:
    """The comparison with the figures of the report: lhs, op, rhs, group, estimate, standard error."""
    rows = ["  " + ", ".join(map(r_text, row)) for row in figures]
    return ["against(found, c(", ",\n".join(rows), "))"]


def _figures_of_pls(fit: Any) -> list[tuple[str, ...]]:
    """Loadings, weights and standardised paths; no standard errors, which only the bootstrap has."""
    blocks = _blocks(fit.design)
    rows = [
        r
        for r in fit.tidy().to_dict("records")
        if r["op"] == "~" or (r["op"] in ("=~", "<~") and r["rhs"] in blocks[r["lhs"]])
    ]
    return reported(rows, estimate="std", se="")


def _blocks(design: Any) -> dict[str, list[str]]:
    return {c: [design.indicators[i] for i in design.block(j)] for j, c in enumerate(design.constructs)}


def _pls(title: str, fit: Any, figures: Sequence[tuple[str, ...]]) -> Part:
    """PLS from the correlations of the indicators; those of a model in stages are scores of the stage before."""
    design, options, moments = fit.design, fit.options, fit.sample.moments
    names = list(design.indicators)
    at = [moments.names.index(n) for n in names]
    r = np.asarray(moments.cor)[np.ix_(at, at)]
    lower = ", ".join(f"{r[i, j]:.15g}" for i in range(len(names)) for j in range(i + 1))
    said = [_note("the bootstrap of the report is not repeated here: methods.py repeats it, draw by draw")]
    if fit.behind is not None and not fit.behind.plan.plain:
        said.append(
            "# the last of several stages: scores of the stage before, or products, are among the indicators"
        )
    lines = [*said, *wrapped(f"names <- {_listed(names)}"), *wrapped(f"R <- symmetric(c({lower}), names)")]
    blocks = ", ".join(f"{r_text(c)} = {_listed(items)}" for c, items in _blocks(design).items())
    modes = ", ".join(
        f"{r_text(c)} = {r_text(m)}" for c, m in zip(design.constructs, design.modes, strict=True)
    )
    lines += [*wrapped(f"blocks <- list({blocks})"), *wrapped(f"modes <- list({modes})")]
    paths = [(s, t) for s, t in fit.model.paths]
    call = f"R, blocks, modes, {_listed([s for s, _ in paths])}, {_listed([t for _, t in paths])}"
    if design.wholes:
        i, j = np.nonzero(design.inner)
        call += (
            f", {_listed([design.constructs[k] for k in i])}, {_listed([design.constructs[k] for k in j])}"
        )
    call += f", scheme = {r_text(options.scheme)}"
    if options.method == "plsc":
        call += f", common = {_listed([c for c, common in zip(design.constructs, design.common, strict=True) if common])}"
    if not options.scaled:
        call += f", sd = c({', '.join(f'{moments.sd[k]:.15g}' for k in at)})"
    lines += [*wrapped(f"found <- pls({call})"), "print(found)", *_against(figures)]
    return Part(title, tuple(lines), pls=True)


def _listed(values: Sequence[str]) -> str:
    return f"c({', '.join(map(r_text, values))})" if values else "character()"


def _several(title: str, result: Any, data: Responses, task: Mapping[str, Any]) -> Iterator[Part]:
    """A comparison of methods or of groups: each of its models from the moments that it was fitted to."""
    options = dict(task["options"])
    method, group = str(options.get("method", "")).lower(), options.get("group")
    try:
        if method == "compare":
            yield from _by_method(title, result, data, task["model"], options)
        elif method in ("pls", "plsc") and group is not None:
            yield from _by_group(title, result, data, task["model"], options)
    except SurveykitError as error:
        yield Part(title, (f"stop({r_text(error.errors[0].what + ': methods.py fits this one again')})",))


def _by_method(
    title: str, result: Any, data: Responses, text: str, options: Mapping[str, Any]
) -> Iterator[Part]:
    from surveykit.model import Model
    from surveykit.sem import fit
    from surveykit.sem.pls.compare import METHODS, asked_of, without_covariances

    parsed = Model.parse(text)
    moments = data.moments(list(parsed.observed))
    rows = result.tidy().to_dict("records")
    for method, asked in asked_of(parsed, scheme=options.get("scheme", "path")).items():
        own = [r for r in rows if r["method"] == method]
        report = reported(own, op="~", se="se" if method == "ml" else "")
        if not report:
            continue
        named = f"{title}: {METHODS[method]['en']}"
        found = fit(parsed if method == "ml" else without_covariances(parsed), moments, **asked)
        yield (
            lavaan_part(named, found, None, report, standardised("~"))
            if method == "ml"
            else _pls(named, found, report)
        )


def _by_group(
    title: str, result: Any, data: Responses, text: str, options: Mapping[str, Any]
) -> Iterator[Part]:
    from surveykit.model import Model
    from surveykit.sem import fit

    chosen = {k: v for k, v in options.items() if k in ("method", "scheme", "modes", "hierarchy", "level")}
    if (
        options.get("interactions")
        or options.get("missing", "listwise") != "listwise"
        or options.get("sampling_weights")
    ):
        raise SurveykitError("groups with products, incomplete rows or weights of their own", code="SCRIPT")
    rows = result.tidy().to_dict("records")
    for label, moments in data.moments(list(Model.parse(text).observed), by=options["group"]).items():
        report = reported([r for r in rows if r["group"] == label], op="~", se="")
        if report:
            found = fit(text, moments, bootstrap=0, **chosen)
            yield _pls(f"{title}: {label}", found, report)
