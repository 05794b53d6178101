"""``methods.R`` and ``methods.py``: the structural models of a study, fitted again from their moments.

A reviewer needs neither the answers nor surveykit's files: each script holds n, covariances, means and
the model, and prints the estimates. Models that need the answers themselves (full information, robust
or ordinal estimation, composites) are named with the reason why they are not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from surveykit.format import pick

if TYPE_CHECKING:
    from surveykit.results import Result

__all__ = ["py_script", "r_script"]

FROM_MOMENTS = ("ml", "gls", "uls")
PASSED = (
    "likelihood", "information", "meanstructure", "std_lv", "effect_coding", "orthogonal", "fixed_x",
    "group_equal", "group_partial", "level",
)  # fmt: skip
"""The options of a fit that its estimates or standard errors depend on."""


def r_script(results: Mapping[str, Result], titles: Mapping[str, Mapping[str, str]]) -> str:
    """One R script with a lavaan call per model, in the order of the study.

    >>> print(r_script({}, {}).splitlines()[0])
    # The structural models of this study, from their moments, with lavaan.
    """
    lines = ["# The structural models of this study, from their moments, with lavaan."]
    for id_, result, why in _models(results):
        lines += ["", f"# {_title(id_, titles)}"]
        lines += [f"# {why}"] if why else ["local({", result.to_lavaan().rstrip(), "})"]
    return _printed("\n".join(lines) + "\n")


def py_script(results: Mapping[str, Result], titles: Mapping[str, Mapping[str, str]]) -> str:
    """One Python script that fits each model with surveykit and prints its estimates.

    >>> print(py_script({}, {}).splitlines()[0])
    # The structural models of this study, from their moments, with surveykit.
    """
    lines = ["# The structural models of this study, from their moments, with surveykit."]
    lines += ["from surveykit import Moments, fit"]
    for id_, result, why in _models(results):
        lines += ["", f"# {_title(id_, titles)}"]
        lines += [f"# {why}"] if why else list(_call(id_, result))
    return "\n".join(lines) + "\n"


def _models(results: Mapping[str, Result]) -> Iterator[tuple[str, Any, str]]:
    """Each fit with its id and, where its moments do not suffice, the reason."""
    for id_, result in results.items():
        if result.kind != "fit":
            continue
        options: Any = getattr(result, "options", None)
        method = getattr(options, "method", "")
        if (
            options is None
            or not hasattr(result, "to_lavaan")
            or method not in FROM_MOMENTS
            or options.ordered
        ):
            yield id_, result, "Not here: this estimation needs the answers themselves."
        elif options.missing not in ("", "listwise"):
            yield id_, result, "Not here: full information needs the incomplete answers themselves."
        elif options.weighted:
            yield id_, result, "Not here: sampling weights and clusters need the answers themselves."
        elif options.robust or options.bootstrap:
            yield id_, result, "Not here: robust and bootstrap standard errors need the answers themselves."
        else:
            yield id_, result, ""


def _call(id_: str, result: Any) -> Iterator[str]:
    samples = []
    for sample in result.samples:
        moments = sample.moments
        parts = [f"n={moments.n}", f"cov={moments.cov.tolist()!r}"]
        if moments.mean is not None:
            parts.append(f"mean={moments.mean.tolist()!r}")
        parts.append(f"names={list(moments.names)!r}")
        samples.append((sample.label, f"Moments({', '.join(parts)})"))
    whole = samples[0][1] if len(samples) == 1 else "{" + ", ".join(f"{k!r}: {m}" for k, m in samples) + "}"
    arguments = [f"{result.model.to_text()!r}", whole, f"method={result.options.method!r}"]
    arguments += [f"{name}={value!r}" for name, value in _chosen(result.options)]
    yield f"print({id_!r})"
    yield f"print(fit({', '.join(arguments)}).tidy().to_string())"


def _chosen(options: Any) -> Iterator[tuple[str, Any]]:
    """The options that differ from their defaults."""
    defaults = {f.name: f.default for f in fields(options)}
    for name in PASSED:
        value = getattr(options, name)
        if value != defaults[name]:
            yield name, value


def _title(id_: str, titles: Mapping[str, Mapping[str, str]]) -> str:
    """The model's name on one line: a title cannot end the comment it stands in."""
    name = pick(titles[id_], "en") if id_ in titles else id_
    return " ".join(name.split()) + ("" if name == id_ else f" ({id_})")


def _printed(script: str) -> str:
    """Inside ``local`` a value is not shown by itself."""
    shown = ("summary(fit", "standardizedSolution(fit")
    lines = (f"print({line})" if line.startswith(shown) else line for line in script.split("\n"))
    return "\n".join(lines)
