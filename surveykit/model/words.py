"""A model in a reader's words, for reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from surveykit.errors import SurveykitError, did_you_mean, quote

if TYPE_CHECKING:
    from surveykit.model.spec import Model

__all__ = ["describe"]

_JOIN = {"en": ", ", "zh": "、"}
_SENTENCES: Mapping[str, Mapping[str, str]] = {
    "constructs": {
        "en": "{n} {constructs}: {listed}.",
        "zh": "{n}个构念：{listed}。",
    },
    "construct": {
        "en": "{name} ({kind}, {n} {indicators})",
        "zh": "{name}（{kind}，{n}个指标）",
    },
    "paths": {
        "en": "{n} {paths}: {listed}.",
        "zh": "{n}条路径：{listed}。",
    },
    "no_paths": {
        "en": "No paths: all constructs may covary.",
        "zh": "没有路径：各构念之间可以自由相关。",
    },
    "defined": {
        "en": "Defined: {listed}.",
        "zh": "自定义参数：{listed}。",
    },
}
_KINDS: Mapping[str, Mapping[str, str]] = {
    "reflective": {"en": "reflective", "zh": "反映型"},
    "composite": {"en": "composite", "zh": "复合型"},
}


def describe(model: Model, language: str, titles: Mapping[str, str] | None = None) -> str:
    """What the model says, in one to three sentences; ``titles`` gives readers' names for variables.

    >>> from surveykit.model import Model
    >>> describe(Model.parse("sat =~ s1 + s2 + s3\\nloy ~ sat"), "en")
    '1 construct: sat (reflective, 3 indicators). 1 path: sat → loy.'
    >>> describe(Model.parse("sat =~ s1 + s2 + s3\\nloy ~ sat"), "zh", {"sat": "满意度", "loy": "忠诚"})
    '1个构念：满意度（反映型，3个指标）。1条路径：满意度 → 忠诚。'
    """
    if language not in _JOIN:
        raise SurveykitError(
            f"unknown language {quote(language)}",
            expected=", ".join(_JOIN),
            hint=did_you_mean(language, _JOIN),
        )
    names = titles or {}

    def said(key: str, listed: Sequence[str] = (), **values: object) -> str:
        return _SENTENCES[key][language].format(listed=_JOIN[language].join(listed), **values)

    constructs = [
        said(
            "construct",
            name=names.get(c.name, c.name),
            kind=_KINDS[c.kind][language],
            n=len(c.indicators),
            indicators=_plural("indicator", len(c.indicators)),
        )
        for c in model.constructs
    ]
    arrows = [f"{names.get(a, a)} → {names.get(b, b)}" for a, b in model.paths]
    defined = [f"{name} = {tree}" for name, tree in model.defined.items()]
    sentences = []
    if constructs:
        n = len(constructs)
        sentences.append(said("constructs", constructs, n=n, constructs=_plural("construct", n)))
    if arrows:
        sentences.append(said("paths", arrows, n=len(arrows), paths=_plural("path", len(arrows))))
    elif len(constructs) > 1:
        sentences.append(said("no_paths"))
    if defined:
        sentences.append(said("defined", defined))
    return ("" if language == "zh" else " ").join(sentences)


def _plural(word: str, n: int) -> str:
    return word if n == 1 else word + "s"
