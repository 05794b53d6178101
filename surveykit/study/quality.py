"""The key ``quality`` of a study: who is doubted, who is set aside because the study says so, what that changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from surveykit.errors import Problems, SurveykitError, did_you_mean, quote

if TYPE_CHECKING:
    from surveykit.responses import Responses
    from surveykit.responses.quality import QualityOptions
    from surveykit.results import Result
    from surveykit.study.definition import LoadedStudy
    from surveykit.study.prepare import Plan

__all__ = ["excluded", "quality_options", "quality_results", "set_aside", "weighted"]

POOR = "poor"
"""Beside the reasons, what may be excluded: everybody whose grade is poor."""


def quality_options(loaded: LoadedStudy, problems: Problems) -> QualityOptions | None:
    """The options under the study's ``quality``, judged before the answers are read; None without the key."""
    from surveykit.catalogue import registry
    from surveykit.options import validated
    from surveykit.responses.quality import REASONS

    spec = loaded.study.quality
    if spec is None:
        return None
    for i, name in enumerate(spec.exclude):
        if name not in REASONS and name != POOR:
            problems.add(
                f"unknown reason {quote(name)} to exclude for",
                loaded.document.where(("quality", "exclude", i)),
                hint=did_you_mean(name, [POOR, *REASONS]),
                code="STUDY_EXCLUDE",
            )
    try:
        options: QualityOptions = validated(registry("analyses").get("quality"), spec.options, "analysis")
        return options
    except SurveykitError as error:
        for one in loaded.placed(error, "quality"):
            problems.add(one)
        return None


def excluded(data: Responses, loaded: LoadedStudy, options: QualityOptions | None) -> Responses:
    """The answers without those that the study excludes, each row counted under its first reason."""
    spec = loaded.study.quality
    if spec is None or options is None or not spec.exclude:
        return data
    return set_aside(data, spec.exclude, options, loaded.document.where(("quality", "exclude")))


def set_aside(
    data: Responses, reasons: Sequence[str], options: QualityOptions | Mapping[str, Any], where: Any = ""
) -> Responses:
    """The answers without the respondents whom quality judges so, each row counted under its first reason.

    ``options`` are those of the analysis ``quality``; ``where`` is the place that an error names.
    """
    from surveykit.responses.quality import GRADES, REASONS, QualityOptions, judge, without

    judged = judge(data, options if isinstance(options, QualityOptions) else QualityOptions(**options))
    poor = [g == POOR for g in judged.grade]
    masks = {}
    for name in reasons:
        if name == POOR:
            masks[GRADES[POOR]["en"]] = poor
        elif name in judged.reasons:
            masks[REASONS[name].texts["en"]] = judged.reasons[name].tolist()
        else:
            raise SurveykitError(
                f"nobody can be excluded for {quote(name)}",
                where,
                got=judged.skipped.get(name, "it is ignored"),
                code="STUDY_EXCLUDE",
            )
    return without(data, masks)


def weighted(data: Responses, loaded: LoadedStudy) -> Responses:
    """The answers with the weights that the study's ``weighting`` asks for."""
    from surveykit.responses import weigh

    wanted = loaded.study.weighting
    return data if wanted is None else weigh(data, wanted.margins, bounds=wanted.bounds)


def quality_results(
    plan: Plan, results: Mapping[str, Result], again: Callable[[Plan], Mapping[str, Result]]
) -> dict[str, Result]:
    """The results ``quality`` and ``sensitivity`` of a study that asks for them."""
    from surveykit.analyses import analyse
    from surveykit.responses.quality import judge, without
    from surveykit.study.sensitivity import sensitivity

    spec = plan.study.quality
    if spec is None or plan.quality is None:
        return {}
    made: dict[str, Result] = {"quality": analyse(plan.data, "quality", **spec.options)}
    if spec.sensitivity:
        poor = [g == POOR for g in judge(plan.data, plan.quality).grade]

        def reduced() -> Mapping[str, Result]:
            rest = weighted(without(plan.data, {POOR: poor}), plan.loaded)
            return again(replace(plan, data=rest, fits=()))

        made["sensitivity"] = sensitivity(results, reduced, plan.data.n_rows, sum(poor))
    return made
