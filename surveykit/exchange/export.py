"""A questionnaire written as the form of a platform, with what brings the answers back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from surveykit.errors import SurveykitError, did_you_mean, quote
from surveykit.exchange.questions import not_offered
from surveykit.files import write_atomic
from surveykit.format import HANT
from surveykit.questionnaire import Item, Questionnaire, Scale
from surveykit.questionnaire.definitions import Frozen, Texts
from surveykit.questionnaire.draft import NO_LANGUAGE
from surveykit.registry import Registry

__all__ = ["Exported", "Form", "Writer", "export", "fielded", "forms"]


@dataclass(frozen=True, slots=True)
class Form:
    """What a writer made: the bytes, what a reader should know, and the names that the platform needs.

    ``headers`` gives the headers that an item can have in the platform's export, ``codes`` the code that an answer
    of an item will have there, where they differ from the questionnaire's.
    """

    content: bytes
    notes: tuple[str, ...] = ()
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Exported:
    """The files that were written and what to know. ``bind_with`` names the questionnaire for the answers."""

    files: tuple[Path, ...]
    notes: tuple[str, ...]
    bind_with: str


Writer = Callable[[Questionnaire, str, str, bool], Form]
"""A questionnaire, the form's first language, the ending of the file and whether batteries are grids, to a form."""
forms: Registry[Writer] = Registry("form")


def export(
    questionnaire: Questionnaire | str | Path,
    to: str,
    path: str | Path,
    language: str | None = None,
    grids: bool = True,
) -> Exported:
    """Write a questionnaire as a form: ``to`` is xlsform, surveyjs, limesurvey or paper.

    ``language`` is the form's first language (paper: its only one); left out, the questionnaire's first. Items of a
    construct that share a scale are rows of one table, or one by one without ``grids``. Where the
    platform cannot take the names or codes as they are, a second file is written beside ``path``: the questionnaire with
    the platform's names as aliases, to which its exports bind without any flag.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> [f.name for f in export("nps", "surveyjs", folder / "nps.json").files]
    ['nps.json']
    """
    asked = questionnaire if isinstance(questionnaire, Questionnaire) else Questionnaire.load(questionnaire)
    forms.discover("surveykit.exchange.forms")
    entry, target = forms.get(to), Path(path)
    wanted = language or asked.languages[0]
    if wanted not in asked.languages and not (wanted == HANT and "zh" in asked.languages):
        raise SurveykitError(
            f"the questionnaire is not written in {quote(wanted)}",
            asked.file or asked.id,
            expected=", ".join(asked.languages),
            code="LANGUAGE",
        )
    suffixes = entry.extra["suffixes"]
    if target.suffix.casefold() not in suffixes:
        raise SurveykitError(
            f"a form for {to} does not end in {quote(target.suffix)}",
            str(target),
            expected=" or ".join(suffixes),
            hint=did_you_mean(target.suffix, suffixes) or f"name it {target.stem}{suffixes[0]}",
            code="SUFFIX",
        )
    form = entry.function(asked, wanted, target.suffix.casefold(), grids)
    files = [write_atomic(target, form.content)]
    bind_with = asked.file or asked.id
    if form.headers or form.codes:
        bound = target.with_name(f"{target.stem}.questionnaire.yaml")
        files.append(write_atomic(bound, fielded(asked, form).to_yaml()))
        bind_with = str(bound)
    return Exported(tuple(files), (*form.notes, *not_offered(asked)), bind_with)


def fielded(q: Questionnaire, form: Form) -> Questionnaire:
    """The questionnaire as it was fielded: the platform's headers as aliases, its codes beside the words."""
    by_scale = {item.scale.id: form.codes[n] for n, item in q.items.items() if item.scale and n in form.codes}
    scales = {name: _scale(s, by_scale.get(name, {})) for name, s in q.scales.items()}
    items = {name: _item(item, form, scales) for name, item in q.items.items()}
    return replace(q, items=Frozen(items), scales=Frozen(scales))


def _item(item: Item, form: Form, scales: Mapping[str, Scale]) -> Item:
    codes = form.codes.get(item.id, {})
    aliases = tuple(dict.fromkeys([*item.aliases, *form.headers.get(item.id, ())]))
    options = {c: _worded(texts, codes.get(c)) for c, texts in item.options.items()}
    return replace(
        item,
        aliases=aliases,
        scale=scales[item.scale.id] if item.scale else None,
        options=Frozen(options),
        missing=Frozen({**item.missing, **{codes[c]: k for c, k in item.missing.items() if c in codes}}),
    )


def _scale(scale: Scale, codes: Mapping[str, str]) -> Scale:
    """A scale whose points are also known by the platform's codes."""
    labels: dict[int, Texts] = dict(scale.labels)
    for code in range(scale.min, scale.max + 1):
        if str(code) in codes:
            labels[code] = _worded(labels.get(code, Frozen()), codes[str(code)])
    missing = {**scale.missing, **{codes[c]: k for c, k in scale.missing.items() if c in codes}}
    return replace(scale, labels=Frozen(sorted(labels.items())), missing=Frozen(missing))


def _worded(texts: Texts, code: str | None) -> Texts:
    return texts if code is None else Frozen({**texts, NO_LANGUAGE: code})
