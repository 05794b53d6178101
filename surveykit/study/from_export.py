"""``surveykit new DIR --from EXPORT``: a study from answers alone. Nothing is asked, everything is said."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from surveykit.errors import ExitCode, SurveykitError
from surveykit.files import require_writable, write_atomic
from surveykit.format import REPORT_LANGUAGES

if TYPE_CHECKING:
    from surveykit.responses import ImportReport
    from surveykit.responses.drafting import Drafted
    from surveykit.responses.raw import Raw

__all__ = ["FromExport", "empty_folder", "study_from_export"]

_NAMING = frozenset({"e-mail", "telephone", "identity card", "card"})
"""Identifiers that are never the name of an option."""

_STUDY = """\
# Drafted from {name}. Run it with: surveykit run {study} -o out
title:
  {language}: {title}
questionnaire: questionnaire.yaml
data: {data}
{platform}{sheet}{unfinished}languages: [{language}]
seed: 1
{groups}{quality}
# Which analyses and models are run is chosen from the questionnaire and said in the report. To choose
# yourself, name them (`surveykit list analyses`; `surveykit schema study` for editors):
# analyses:
#   - analysis: descriptives
"""

_QUALITY = """\
# who answered how carefully; nobody is removed unless `exclude:` says so
quality:
  duration: {duration}
"""
_SEEN = 1000


@dataclass(frozen=True)
class FromExport:
    """The files that were written, how the answers were read, and what the draft says."""

    files: tuple[Path, ...]
    report: ImportReport
    drafted: Drafted
    beside: str = ""

    def summary(self) -> str:
        """The import report and the draft in words."""
        draft = self.drafted.draft
        kinds: dict[str, int] = {}
        for item in draft.items:
            kinds[item.type] = kinds.get(item.type, 0) + 1
        listed = ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items()))
        lines = [self.report.summary(), f"drafted: {len(draft.items)} items ({listed})"]
        lines += [f"  construct {n}: {', '.join(items)}" for n, (_, items) in draft.constructs.items()]
        lines += [f"  metric {n}: {spec['metric']} of {spec['item']}" for n, spec in draft.metrics.items()]
        lines += [f"  left out as personal: {name} ({kind})" for name, kind in self.drafted.personal.items()]
        turned = [i.id for i in draft.items if i.reverse]
        if turned:
            lines.append(f"  turned round, as 1 is the most by its words: {', '.join(turned)}")
        confirm = sum(bool(i.notes) for i in draft.items) + sum(
            bool(s.note or s.missing) for s in draft.scales.values()
        )
        if confirm:
            lines.append(f"  {confirm} places in questionnaire.yaml to confirm: look for the comments")
        if self.beside:
            lines.append(
                f"  a form lies beside the export: --definition {self.beside} takes wording and codes from it"
            )
        return "\n".join(lines)


def study_from_export(
    directory: str | Path,
    export: str | Path,
    *,
    platform: str | None = None,
    sheet: str | None = None,
    definition: str | Path | None = None,
    keep_unfinished: bool = False,
) -> FromExport:
    """Read ``export``, draft its questionnaire and write ``questionnaire.yaml`` and ``study.yaml``.

    ``definition`` is the form that was fielded (.qsf, .lss, XLSForm, SurveyJS, DDI …): it gives wording, scales and codes
    of the items that have a column.

    The export stays where it is; the study names its path. The draft is read back and the answers are
    bound to it before anything is written, so that `surveykit run` works on what is left behind.
    """
    from surveykit.questionnaire import Questionnaire
    from surveykit.responses import read
    from surveykit.responses.definitions import definition_of
    from surveykit.responses.drafting import draft_from
    from surveykit.responses.drafting.defined import draft_with
    from surveykit.responses.raw import ReaderOptions, read_raw

    folder, source = empty_folder(directory), Path(export)
    raw, frame = read_raw(
        source, ReaderOptions(sheet=sheet, platform=platform, keep_unfinished=keep_unfinished)
    )
    drafted = (
        draft_with(raw, frame, definition_of(Path(definition))) if definition else draft_from(raw, frame)
    )
    _unnamed(drafted, asked=definition is not None)
    if not drafted.draft.items:
        raise SurveykitError("no column of the export holds answers", str(source), code="NO_ITEMS")
    text = drafted.draft.yaml()
    asked = Questionnaire.from_text(text, "questionnaire.yaml")
    report = read(
        source, asked, platform=platform, sheet=sheet, keep_unfinished=keep_unfinished
    ).import_report
    contents = {
        "questionnaire.yaml": text,
        "study.yaml": _study(
            drafted, source, folder, platform or raw.platform, sheet, keep_unfinished, _duration(raw)
        ),
    }
    folder.mkdir(parents=True, exist_ok=True)
    files = tuple(write_atomic(folder / name, content) for name, content in contents.items())
    return FromExport(files, report, drafted, "" if definition else _form_beside(source))


def _unnamed(drafted: Drafted, asked: bool) -> None:
    """No identifier in the title, which is the file's name, nor among the options of a question that no form asks."""
    from surveykit.identifiers import identifier_kind
    from surveykit.privacy import scrub

    draft = drafted.draft
    title, found = scrub(draft.title)
    if found:
        draft.title = title
        name = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
        draft.id = (name if name[:1].isalpha() else f"study-{name}")[:60].strip("-")
    for item in [] if asked else list(draft.items):
        kind = next((k for w in item.options.values() if (k := identifier_kind(w)) in _NAMING), "")
        if kind:
            draft.items.remove(item)
            draft.groups = [g for g in draft.groups if g != item.id]
            draft.metrics = {n: m for n, m in draft.metrics.items() if m["item"] != item.id}
            drafted.personal[item.text] = kind
            draft.notes.append(f"Left out as personal data: {item.text} ({kind} among its answers).")


def _duration(raw: Raw) -> str:
    """The column with the time an interview took, where the platform writes one and it is filled."""
    named = [n for n, f in raw.fields.items() if f.role == "duration"]
    filled = [
        n for n in named if any(c and c.strip() for c in raw.table.column(n).slice(0, _SEEN).to_pylist())
    ]
    return filled[0] if filled else ""


def _form_beside(export: Path) -> str:
    """A definition in the folder of the export whose name begins like the export's."""
    from surveykit.responses.definitions import is_definition

    for path in sorted(export.parent.iterdir()) if export.parent.is_dir() else []:
        alike = path.stem and (export.stem.startswith(path.stem) or path.stem.startswith(export.stem))
        if alike and path.suffix != export.suffix and path.is_file() and is_definition(path):
            return str(path)
    return ""


def empty_folder(directory: str | Path) -> Path:
    """The folder, which must not hold anything yet."""
    folder = Path(directory)
    if folder.is_dir() and any(folder.iterdir()):
        raise SurveykitError(
            "the folder is not empty",
            str(folder),
            hint="name a folder that does not exist yet",
            code="NOT_EMPTY",
            exit_code=ExitCode.CANNOT_CREATE,
        )
    require_writable(folder)
    return folder


def _study(
    drafted: Drafted,
    source: Path,
    folder: Path,
    platform: str,
    sheet: str | None,
    keep_unfinished: bool,
    duration: str,
) -> str:
    draft = drafted.draft
    beside = os.path.relpath(source.resolve(), folder.resolve())
    return _STUDY.format(
        name=" ".join(source.name.split()),
        study=folder.name + "/study.yaml",
        # a report is written in one of its own languages, whatever the questionnaire was asked in
        language=draft.language if draft.language in REPORT_LANGUAGES else REPORT_LANGUAGES[0],
        title=json.dumps(draft.title, ensure_ascii=False),
        data=json.dumps(beside, ensure_ascii=False),
        platform=f"platform: {platform}\n" if platform else "",
        sheet=f"sheet: {json.dumps(sheet, ensure_ascii=False)}\n" if sheet else "",
        unfinished="keep_unfinished: true\n" if keep_unfinished else "",
        groups=f"groups: [{', '.join(draft.groups)}]\n" if draft.groups else "",
        quality=_QUALITY.format(duration=json.dumps(duration, ensure_ascii=False)) if duration else "",
    )
