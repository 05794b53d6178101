"""From a document to a questionnaire: its form, its meaning, then the frozen records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surveykit.errors import Problems, SurveykitError, Where
from surveykit.questionnaire import strict, structure
from surveykit.questionnaire.checks import Checks, kind_of, split_path
from surveykit.questionnaire.definitions import (
    Construct,
    Frozen,
    Item,
    MetricSpec,
    Questionnaire,
    Scale,
    Texts,
)
from surveykit.questionnaire.forms import PLAIN, ItemForm, MetricForm, QuestionnaireForm, ScaleForm

__all__ = ["questionnaire"]


def questionnaire(document: strict.Document, problems: Problems) -> Questionnaire:
    """The questionnaire in a document, or one error with all findings, those in ``problems`` included."""
    form: QuestionnaireForm | None = strict.validate(document, QuestionnaireForm, problems)
    if form is not None:
        checks = Checks(document, form, problems)
        checks.run()
        structure.check_text(document, form.constructs, checks.items, problems)
    in_order = Problems()
    for error in sorted(problems, key=_place):
        in_order.add(error)
    in_order.raise_if_any()
    if form is None:
        raise RuntimeError("a document that has no form has no finding either")
    return _Builder(form).questionnaire()


def _place(error: SurveykitError) -> tuple[int, int]:
    where = error.where
    return (where.line or 0, where.position or 0) if isinstance(where, Where) else (0, 0)


class _Builder:
    """Turns a form that was found right into records; a text without a language is in the first one."""

    def __init__(self, form: QuestionnaireForm) -> None:
        self.form = form
        titled = [language for language in form.title if language != PLAIN]
        self.languages = tuple(dict.fromkeys(form.languages or titled)) or ("en",)

    def questionnaire(self) -> Questionnaire:
        form = self.form
        scales = {name: self._scale(name, s) for name, s in form.scales.items()}
        constructs = {
            name: Construct(name, self._texts(c.title), tuple(c.items), c.measurement, float(c.min_valid))
            for name, c in form.constructs.items()
        }
        return Questionnaire(
            id=form.id,
            title=self._texts(form.title),
            version=form.version,
            languages=self.languages,
            citation=(form.citation or "").strip(),
            note=self._texts(form.note),
            scales=Frozen(scales),
            items=Frozen({name: self._item(name, i, scales) for name, i in form.items.items()}),
            constructs=Frozen(constructs),
            metrics=Frozen({name: self._metric(name, m) for name, m in form.metrics.items()}),
            paths=tuple(pair for text in form.paths for pair in _pairs(text)),
            model_text=form.model or "",
            weight=form.weight,
            groups=tuple(dict.fromkeys(form.groups)),
        )

    def _texts(self, texts: Mapping[str, str]) -> Texts:
        return Frozen({language or self.languages[0]: words.strip() for language, words in texts.items()})

    def _scale(self, name: str, scale: ScaleForm) -> Scale:
        labels = {int(code): self._texts(t) for code, t in scale.labels.items()}
        return Scale(
            name, scale.min, scale.max, Frozen(sorted(labels.items())), Frozen(scale.missing), scale.kind
        )

    def _item(self, name: str, item: ItemForm, scales: Mapping[str, Scale]) -> Item:
        scale = scales[item.scale] if item.scale is not None else None
        return Item(
            id=name,
            text=self._texts(item.text),
            type=kind_of(item) or "text",
            scale=scale,
            reverse=item.reverse or name in self.form.reverse,
            options=Frozen({code: self._texts(t) for code, t in item.options.items()}),
            missing=Frozen({**(scale.missing if scale else {}), **item.missing}),
            aliases=tuple(dict.fromkeys(item.aliases)),
            check=str(item.check) if item.check is not None and item.options else item.check,
            contradicts=tuple(dict.fromkeys(item.contradicts)),
            short=self._texts(item.short),
        )

    def _metric(self, name: str, metric: MetricForm) -> MetricSpec:
        given = metric.model_dump(by_alias=True, exclude_none=True, exclude={"title", "metric"})
        title = self._texts(metric.title) if metric.title else None
        return MetricSpec(name, metric.metric, title, Frozen({k: _frozen(v) for k, v in given.items()}))


def _pairs(path: str) -> list[tuple[str, str]]:
    left, right = split_path(path) or ([], [])
    return [(a, b) for a in left for b in right]


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return Frozen({k: _frozen(v) for k, v in value.items()})
    return tuple(_frozen(v) for v in value) if isinstance(value, (list, tuple)) else value
