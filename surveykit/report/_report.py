"""A report: one document, one language, one theme; rendered to HTML, PDF, workbook, JSON."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date as Date
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surveykit.errors import SurveykitError, did_you_mean, quote
from surveykit.files import write_atomic
from surveykit.findings import Document, Finding, document_of, findings_of
from surveykit.format import REPORT_LANGUAGES
from surveykit.report._blocks import FigureBlock, View
from surveykit.report._cover import cover_of, guide_of
from surveykit.report._custom import custom_blocks
from surveykit.report._facts import labels_of, rows_of, sample_of
from surveykit.report._guard import distant_pdf, guarded_pdf
from surveykit.report._live import data_island, live_page, values_of
from surveykit.report._pdf import pdf_of
from surveykit.report._precision import bases_of, with_precision
from surveykit.report._registry import sections
from surveykit.report._render import SEAL, Page, Rendered, lay_out, render
from surveykit.report._scripts import Scripts, scripts_of
from surveykit.report._tables import workbook
from surveykit.report._theme import Theme, load_theme, style_of
from surveykit.report._together import Together
from surveykit.report._whole import marked

if TYPE_CHECKING:
    from surveykit.responses import Responses
    from surveykit.results import Result

__all__ = ["Report", "build_report"]

KINDS = ("html", "pdf", "docx", "pptx", "xlsx", "json", "r", "py")
MIN_CELL = 10
_LONG = 400_000
"""Characters of a page of some ten sheets of paper."""


@dataclass(frozen=True)
class Report:
    """A report on the results of a study.

    ``study`` are its facts: ``title`` (a text per language), and if there are any ``client``, ``author``,
    ``date``, ``seed``, ``simulated``, ``min_cell``, ``inputs`` (file name: SHA-256), ``titles`` (result id: texts),
    ``recipe`` (see :mod:`surveykit.study.recipe`: what ``methods.py`` does again).
    ``results`` are by id. The same arguments give the same bytes, on any day, under any locale.

    Raises :class:`SurveykitError` for an unknown language or theme, a missing font, a missing glyph.

    >>> import pandas as pd
    >>> from surveykit.responses import read
    >>> from surveykit.scoring import score
    >>> data = read(pd.DataFrame({"recommend": [10] * 120 + [8] * 50 + [3] * 30}))
    >>> scores = score(data, "nps", item="recommend")
    >>> report = Report({"title": {"en": "Pilot", "zh": "试点"}}, data, {"scores": scores}, "zh")
    >>> report.findings[0].text("zh")
    '净推荐值（NPS）为+45（95%置信区间为+34至+55，n = 200）：推荐者占60%，贬损者占15%。'
    >>> [page.id for page in report.pages]
    ['summary', 'sample', 'scores', 'explained', 'method']
    """

    study: Mapping[str, Any]
    data: Responses
    results: Mapping[str, Result]
    language: str = "en"
    theme: str | Path = "default"

    def __post_init__(self) -> None:
        if self.language not in REPORT_LANGUAGES:
            hint = did_you_mean(self.language, REPORT_LANGUAGES)
            raise SurveykitError(
                f"no report in the language {quote(self.language)}", hint=hint, code="LANGUAGE"
            )

    @cached_property
    def look(self) -> Theme:
        """The theme, loaded and checked."""
        return load_theme(self.theme)

    def in_language(self, language: str) -> Report:
        """The same report in another language; what has no language is not computed again."""
        other = replace(self, language=language)
        for name in ("document", "findings", "_seal"):
            other.__dict__[name] = getattr(self, name)  # where cached_property looks first
        return other

    @cached_property
    def document(self) -> Document:
        """The plain data of ``results.json``, findings included; small cells are taken out."""
        findings = [f.to_dict() for f in self.findings]
        return replace(self._bare, data={**self._bare.data, "findings": findings})

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """The sentences, the most important first."""
        return findings_of(self._bare)

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        """Every section with its blocks, in order; sections that have nothing to say are left out."""
        view = self._view
        sections.discover("surveykit.report")
        with _unchecked():
            made = [
                (
                    e.extra["order"],
                    Page(e.id, tuple(with_precision(view, e.function(view))), str(e.extra.get("style", ""))),
                )
                for e in sections
            ]
        made += [
            (s.order, Page(s.name, custom_blocks(view, s, self.look.folder), s.style))
            for s in self.look.sections
        ]
        made.sort(key=lambda entry: (entry[0], entry[1].id))
        return tuple(page for _, page in made if page.blocks)

    def html(self) -> str:
        """The report as one self-contained HTML text with charts that answer to pointer, finger and keyboard.

        Its policy allows its own style sheet, script and pictures, nothing else; without the script the pictures stand still.
        """
        values = values_of(self._laid_out, self.document.value)
        island = data_island(self._figures, self.language, self._laid_out["simulated"], values)
        page = live_page(self._rendered.html, style_of(self.look, self.language, live=True), island)
        return marked(page.encode("utf-8"), "html").decode("utf-8")

    def pdf(self, *, beside: bool = False) -> bytes:
        """The report as a tagged PDF (PDF/UA-1) with bookmarks.

        ``beside`` lets a process of its own lay out the pages, so that a thread that waits for it leaves this one to others.
        """
        rendered = self._rendered
        style = style_of(self.look, self.language)
        families = self.look.families(self.language)
        if self.look.own_style():
            place = str(Path(self.look.folder) / "style.css")
            return marked(guarded_pdf(rendered.html, style, families, rendered.assets, place), "pdf")
        made = (distant_pdf if beside else pdf_of)(rendered.html, style, families, rendered.assets)
        return marked(made, "pdf")

    def docx(self) -> bytes:
        """The report as a Word document, to be edited; needs the extra ``office``."""
        from surveykit.report._docx import docx_of

        return docx_of(self._laid_out, self.look)

    def pptx(self) -> bytes:
        """The report as slides with editable charts; needs the extra ``office``."""
        from surveykit.report._pptx import pptx_of

        return pptx_of(self._laid_out, self._figures, self.look)

    def xlsx(self) -> bytes:
        """Every table of the report as a workbook with real numbers."""
        return workbook(
            self.pages, self.language, self._title, self._seal, bases_of(self.pages, self.document)
        )

    def json(self) -> str:
        """``results.json``: every number of the report under its key."""
        return self.document.to_json()

    def r(self) -> str:
        """``methods.R``: the structural models, fitted again with lavaan and base R."""
        return self._scripts.r

    def py(self) -> str:
        """``methods.py``: the structural models and analyses, computed again with surveykit."""
        return self._scripts.py

    @cached_property
    def _scripts(self) -> Scripts:
        return scripts_of(self.results, self._titles, self.data, self.study.get("recipe"))

    @property
    def _titles(self) -> Mapping[str, Mapping[str, str]]:
        return {k: v for k, v in (self.study.get("titles") or {}).items() if v}

    def save(self, path: str | Path) -> Path:
        """Write the report to ``path``; its suffix (.html .pdf .docx .pptx .xlsx .json .R .py) says what it becomes."""
        kind = Path(path).suffix.lower().removeprefix(".")
        if kind not in KINDS:
            raise SurveykitError(
                "unknown kind of report",
                str(path),
                expected="a name that ends in .pdf, .html, .docx, .pptx, .xlsx, .json, .R or .py",
                hint=did_you_mean(kind, KINDS),
                code="REPORT_KIND",
            )
        make: Any = getattr(self, kind)
        return write_atomic(path, make())

    @cached_property
    def _bare(self) -> Document:
        """The document that the findings are composed from."""
        from surveykit import __version__

        study = dict(self.study)
        titles = study.pop("titles", None) or {}
        study.pop("recipe", None)
        min_cell = int(study.get("min_cell") or MIN_CELL)
        q = self.data.questionnaire
        if q is not None:
            named = {
                "id": q.id,
                "version": q.version,
                "title": dict(q.title),
                "sha256": q.sha256,
                "citation": q.citation,
            }
            study.setdefault("questionnaire", named)
        study["min_cell"] = min_cell
        study["simulated"] = bool(study.get("simulated"))
        return document_of(
            study,
            rows_of(self.data),
            sample_of(self.data, min_cell),
            labels_of(self.data, self.results, titles),
            self.results,
            version=__version__,
            min_cell=min_cell,
            beside=Together(self.data, self.results, min_cell),
        )

    @cached_property
    def _view(self) -> View:
        day = self.study.get("date")
        return View(
            document=self.document,
            findings=self.findings,
            language=self.language,
            accent=self.look.chart_accent,
            font=", ".join(f"'{f}'" for f in self.look.families(self.language)),
            simulated=bool(self.study.get("simulated")),
            date=Date.fromisoformat(day) if isinstance(day, str) else day,
        )

    @property
    def _figures(self) -> list[FigureBlock]:
        return [b for page in self.pages for b in page.blocks if isinstance(b, FigureBlock)]

    @property
    def long(self) -> bool:
        """Whether its pages take longer to lay out than a process takes to start."""
        return len(self._rendered.html) > _LONG

    @cached_property
    def _rendered(self) -> Rendered:
        return render(self._laid_out)

    @cached_property
    def _laid_out(self) -> Mapping[str, Any]:
        return lay_out(
            cover_of(self._view),
            guide_of(self._view),
            self.pages,
            self.language,
            simulated=self._view.simulated,
            logo=self.look.logo_uri(),
            seal=self._seal,
        )

    @cached_property
    def _seal(self) -> str:
        return SEAL + sha256(self.json().encode("utf-8")).hexdigest()

    @property
    def _title(self) -> str:
        return str(cover_of(self._view)["title"])


def _unchecked() -> AbstractContextManager[None]:
    """Altair checks each mark against its schema as it is made; that a chart is right is what our tests say."""
    from altair.utils.schemapi import debug_mode

    return debug_mode(False)


def build_report(
    study_facts: Mapping[str, Any],
    data: Responses,
    results: Mapping[str, Result],
    language: str = "en",
    theme: str | Path = "default",
    date: Date | None = None,
    simulated: bool = False,
) -> Report:
    """A report from the facts of a study, the answers and the results by id."""
    facts = dict(study_facts)
    if date is not None:
        facts["date"] = date
    if simulated:
        facts["simulated"] = True
    return Report(facts, data, results, language, theme)
