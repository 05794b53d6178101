"""HTML to tagged PDF: nothing is fetched, nothing is left to chance, no glyph is missing in silence."""

from __future__ import annotations

import gc
import hashlib
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from html import escape
from typing import Any

from surveykit.errors import SurveykitError, quote
from surveykit.report._fit import nearly_fitting
from surveykit.report._flow import run_on
from surveykit.report._fonts import installed
from surveykit.report._marks import set_chinese
from surveykit.report._render import HTML_LANG
from surveykit.report._slanted import slant_upright
from surveykit.report._spelled import note, ours, spelled, undrawable
from surveykit.report._tree import only, tree_of

__all__ = ["pdf_of"]

_BASE = "surveykit:report"
_HINT = "apt-get install fonts-noto-cjk"
_FURTHER = (
    "; emoji: fonts-noto-color-emoji; rare Han characters: fonts-hanazono; other scripts: fonts-noto-core"
)
_ONE_PAGE = "section-summary"
_TIGHTNESS = ("", "tight", "tight tighter")
_LANGUAGE = re.compile(r'<html[^>]*? lang="([^"]*)"')


def pdf_of(
    html: str, style: str, families: tuple[str, ...], allowed: frozenset[str], most_pages: int = 0
) -> bytes:
    """The PDF/UA-1 bytes of ``html`` under ``style``; the same input gives the same bytes.

    ``allowed`` are the data URIs that the report made itself: any other address stops the run. A character of an answer or a
    name that no installed font has stands in words (:mod:`surveykit.report._spelled`). Raises :class:`SurveykitError` where no
    font family is installed or one of our own characters has no glyph, or where there are more than ``most_pages``
    (0: as many as it takes).
    """
    require_font(families)
    missing = undrawable(html)
    while True:
        watch = _Watch()
        with _seldom_collected(), _hanging_blanks():
            pdf = _made(_on_paper(html, missing), style, allowed, most_pages, watch)
        more = {c for c in watch.missing if not ours(c)}.difference(missing)
        if not more:
            break
        missing = tuple(sorted({*missing, *more}))
    watch.judge()
    return pdf


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Garbage is looked for seldom: all boxes live to the end, and to look them through takes a fifth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(500_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def _hanging_blanks() -> Iterator[None]:
    """A blank that is kept takes no room at the end of a line (CSS Text 3, 4.1.3).

    The renderer counts it: a line that is full but for its blank, and holds an emphasis, is broken before the emphasis. Two
    functions of its own are named here (WeasyPrint 70); a release without them sets such lines its own way.
    """
    from weasyprint.layout import inline

    known = getattr(inline, "trailing_whitespace_size", None)
    if known is None or not hasattr(inline, "split_text_box"):
        yield  # another release, with names of its own: lines break as it likes
        return

    def size(context: Any, box: Any) -> float:
        last = box
        while getattr(last, "children", None):
            last = last.children[-1]
        text = getattr(last, "text", "")
        if not text.endswith(" ") or last.style["white_space"] != "pre-wrap":
            return float(known(context, box))
        blank, _, _ = inline.split_text_box(context, last.copy_with_text(" "), None, 0)
        return float(blank.width) * (len(text) - len(text.rstrip(" ")))

    inline.trailing_whitespace_size = size
    try:
        yield
    finally:
        inline.trailing_whitespace_size = known


def _on_paper(html: str, missing: tuple[str, ...]) -> str:
    """The page with the characters that no font has in words, and a sentence at its end that says so."""
    if not missing:
        return html
    tag = _LANGUAGE.search(html)
    language = {v: k for k, v in HTML_LANG.items()}.get(tag[1] if tag else "", "en")
    said = f"<p>{escape(note(missing, language))}</p>"
    head, end, tail = html.rpartition("</section>")
    if not end:
        head, end, tail = html.rpartition("</body>")
    return spelled(f"{head}{said}{end}{tail}", language, missing)


def _made(html: str, style: str, allowed: frozenset[str], most_pages: int, watch: logging.Handler) -> bytes:
    from weasyprint import CSS
    from weasyprint.logger import LOGGER
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import FatalURLFetchingError

    fetcher = _fetcher(allowed)
    fonts = FontConfiguration()
    level, silent = LOGGER.level, LOGGER.propagate
    LOGGER.addHandler(watch)
    LOGGER.setLevel(logging.WARNING)
    LOGGER.propagate = False
    try:
        sheet = CSS(string=style, base_url=_BASE, font_config=fonts, url_fetcher=fetcher)

        def lay(tightness: str, alone: bool) -> Any:
            page = _page(html, style, fetcher, alone)
            if page is None:
                return None
            page.etree_element.set("class", tightness)
            # Page one is judged as it is; how close it is set leaves its picture room enough.
            with nullcontext() if alone else nearly_fitting():
                return page.render(stylesheets=[sheet], font_config=fonts, presentational_hints=False)

        laid = _fitted(lay)
        if 0 < most_pages < len(laid.pages):
            raise SurveykitError(
                "the report has too many pages",
                expected=f"at most {most_pages:,}",
                got=f"{len(laid.pages):,}",
                hint="a style sheet of the theme breaks pages or sets sizes beyond measure",
                code="THEME_LIMIT",
            )
        pdf: bytes = laid.write_pdf(
            finisher=_finished,
            pdf_variant="pdf/ua-1",
            pdf_identifier=hashlib.sha256((html + style).encode("utf-8")).digest()[:16],
        )
    except FatalURLFetchingError as error:
        raise SurveykitError(
            "the report asks for something that it did not make itself",
            got=str(error),
            hint="a template or a style sheet of the theme names a file or an address; nothing is fetched",
            code="FETCH_BLOCKED",
        ) from None
    finally:
        LOGGER.removeHandler(watch)
        LOGGER.setLevel(level)
        LOGGER.propagate = silent
    return pdf


def _fitted(lay: Callable[[str, bool], Any]) -> Any:
    """The pages; set closer where the page for who reads one page would run over to a second.

    How close is tried with that page alone, and held against the whole.
    """
    laid = None
    for tightness in _TIGHTNESS:
        last = tightness == _TIGHTNESS[-1]
        if not last and (trial := lay(tightness, True)) is not None and _runs_over(trial.pages):
            continue
        laid = lay(tightness, False)
        if last or not _runs_over(laid.pages):
            break
    return laid


def _runs_over(pages: Sequence[Any]) -> bool:
    """Whether page one, which answers all that a hurried reader asks, goes on after its end."""
    return sum(_ONE_PAGE in page.anchors for page in pages) > 1


def _page(html: str, style: str, fetcher: Any, alone: bool) -> Any:
    """The page for the renderer: from our own tree where it is one, else from the text.

    ``alone`` gives the cover and page one without the rest; None where they cannot be told apart. It is made anew each time:
    what the style sheet asks of an element is looked up only once.
    """
    from weasyprint import HTML

    root = tree_of(html, style)
    if alone and (root is None or not only(root, _ONE_PAGE)):
        return None
    if root is None:
        return HTML(string=html, base_url=_BASE, url_fetcher=fetcher)
    run_on(root, style)
    set_chinese(root)
    page = HTML(string="<html></html>", base_url=_BASE, url_fetcher=fetcher)
    page.wrapper_element = type(page.wrapper_element).from_html_root(root, content_language=None)
    page.etree_element = page.wrapper_element.etree_element
    return page


def _finished(document: Any, pdf: Any) -> None:
    _scoped(document, pdf)
    slant_upright(pdf)


def _scoped(_document: Any, pdf: Any) -> None:
    """Say of every head of a table whether it heads a column or a row; the renderer leaves that open."""
    objects: dict[int, Any] = {o.number: o for o in pdf.objects if hasattr(o, "get")}

    def parent(element: Any) -> Any:
        return objects.get(int(bytes(element["P"]).split()[0]), {})

    for element in objects.values():
        if element.get("S") == "/TH" and "A" in element:
            inside = parent(parent(element)).get("S")
            element["A"]["Scope"] = "/Column" if inside == "/THead" else "/Row"


def require_font(families: tuple[str, ...]) -> None:
    """Raise where none of the families is installed: a page of empty boxes helps nobody."""
    if not any(installed(f) for f in families):
        raise SurveykitError(
            "no font for the report is installed",
            expected=" or ".join(families),
            hint=f"{_HINT}; or name one that is installed under `fonts:` in a theme of your own (fc-list shows them)",
            code="FONT_MISSING",
        )


def _fetcher(allowed: frozenset[str]) -> Any:
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    class Closed(URLFetcher):  # type: ignore[misc]
        """Fetches the pictures that the report made, and nothing else."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            if url not in allowed:
                raise FatalURLFetchingError(quote(url))
            return super().fetch(url, headers)

    return Closed(allowed_protocols=("data",), allow_redirects=False, fail_on_errors=True)


class _Watch(logging.Handler):
    """Collects what the renderer complains about."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.missing: dict[str, None] = {}
        self.others: dict[str, None] = {}

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg.startswith(".notdef glyph") and isinstance(record.args, tuple):
            self.missing.setdefault(str(record.args[0]))
        else:
            self.others.setdefault(record.getMessage())

    def judge(self) -> None:
        if self.missing:
            shown = " ".join(f"{c} (U+{ord(c):04X})" for c in list(self.missing)[:10])
            raise SurveykitError(
                f"no installed font has a glyph for {len(self.missing)} character(s) of the report",
                got=shown,
                hint=_HINT + _FURTHER,
                code="GLYPH_MISSING",
            )
