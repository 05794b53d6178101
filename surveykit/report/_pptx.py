"""The report as slides: page one, every finding, every picture as an editable chart, and the small tables.

Built from the plain data that :func:`surveykit.report._render.lay_out` gives to every form, so that each
sentence and number is that of the page. A slide with a picture has the finding that belongs to it as its title.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from surveykit.report._blocks import FigureBlock
from surveykit.report._office import Parts, clean, lines_of, need_office, plain, png_of
from surveykit.report._office_theme import inches
from surveykit.report._pptx_charts import CHARTS, Canvas
from surveykit.report._pptx_pieces import BARS, BESIDE, piece_of, pieces_of
from surveykit.report._pptx_planes import add_chart, runs
from surveykit.report._pptx_sentences import about, bulleted, entry, fitting, score_line, sentences, slides_of
from surveykit.report._pptx_shapes import add_diagram, add_grid, cramped
from surveykit.report._pptx_slides import BODY, FOOT, LEFT, TOP, WIDTH, Slides, taken, text
from surveykit.report._pptx_tables import NOTE, add_cards, add_table, caption, height_of, panel, parted
from surveykit.report._theme import Theme
from surveykit.report.charts import Plot
from surveykit.report.charts._base import inked

__all__ = ["pptx_of"]

_SIDE, _OVER, _REST = 14.0, 16.0, 14.0
"""Points of the type beside a picture, above a table, of the list of what is elsewhere."""
_ABOVE = 3
"""So many sentences at most stand above a table."""
_LONGEST, _MOST = 900, 60
"""Characters of one text on a slide, sentences under one heading."""
_ASKED = "table-sample-box"
"""Of the pages that slides leave out, the table that is shown: who was asked."""
_WORDS = {
    "rest": {"en": "Where the rest is", "zh": "其他内容"},
    "tables": {"en": "All tables with all rows: the workbook.", "zh": "全部表格及所有行：见Excel工作簿。"},
    "larger": {"en": "Not on these slides, but there:", "zh": "幻灯片中未列出、见Excel工作簿的表格："},
    "report": {
        "en": "Method, limits and explanations: the report as PDF.",
        "zh": "方法、局限与统计量解释：见PDF版报告。",
    },
    "numbers": {"en": "Every number under its key: results.json.", "zh": "每个数字及其键：见results.json。"},
    "cut": {"en": "(the whole text: the report as PDF)", "zh": "（全文见PDF版报告）"},
    "more": {"en": "{n} more are in the report as PDF.", "zh": "其余{n}条见PDF版报告。"},
    "plain": {
        "en": "The questions behind each construct are left out here; they are in the report as PDF.",
        "zh": "此处略去各构念的题目，见PDF版报告。",
    },
}


def pptx_of(laid: Mapping[str, Any], figures: Sequence[FigureBlock], theme: Theme) -> bytes:
    """The bytes of ``report.pptx``; ``figures`` are those of the report. The same report gives the same bytes.

    Raises :class:`SurveykitError` where python-pptx (the extra ``office``) is not installed.
    """
    need_office("pptx", "report.pptx")
    return _Deck(laid, figures, theme).bytes()


class _Deck:
    """Writes slides one after the other."""

    def __init__(self, laid: Mapping[str, Any], figures: Sequence[FigureBlock], theme: Theme) -> None:
        self.laid = laid
        self.plots = {f.id: f.plot for f in figures if f.plot is not None}
        self.drawn = {
            f.numbers for f in figures if f.plot is not None and (f.plot.kind in CHARTS or f.plot.paired)
        }
        self.slides = Slides(laid, theme)
        self.elsewhere: list[Mapping[str, Any]] = []

    def bytes(self) -> bytes:
        self._cover()
        for section in self.laid["sections"]:
            self._section(section)
        self._rest()
        return self.slides.bytes()

    def _cover(self) -> None:
        cover, slides = self.laid["cover"], self.slides
        ground, ink = slides.palette.ground, inked(slides.palette.ground)
        slide = slides.deck.slides.add_slide(slides.deck.slide_layouts.get_by_name("Title Slide"))
        slide.background.fill.solid()
        slides.palette.paint(slide.background.fill.fore_color, ground)
        slide.placeholders[1]._element.getparent().remove(slide.placeholders[1]._element)
        title = slide.shapes.title
        title.left, title.top, title.width, title.height = inches(LEFT, 1.7, WIDTH, 1.4)
        size = 34.0 if lines_of(cover["title"], WIDTH, 34) < 3 else 22.0
        slides.write(title.text_frame.paragraphs[0], text(cover["title"]), size, ink, bold=True)
        colon = ": " if slides.language == "en" else "："
        lines = [text(cover["subtitle"])]
        lines += [(*text(f["name"] + colon), *f["parts"]) for f in cover["facts"]]
        if self.laid["simulated"]:
            lines.append(({"kind": "strong", "text": self.laid["simulated"]},))
        slides.lines(slide, lines, (LEFT, 3.3, WIDTH, FOOT - 3.3), BODY, ink)

    def _section(self, section: Mapping[str, Any]) -> None:
        """The slides of one section, heading by heading; explanations and formulas stay in the other forms."""
        blocks = section["blocks"]
        if section["style"] == "page":
            shown = [b for b in blocks if b["kind"] == "table" and b["id"] == _ASKED]
            self.elsewhere += [b for b in blocks if b["kind"] == "table" and b["id"] != _ASKED]
            if not shown:
                return
            blocks = [blocks[0], *shown]
        head, place, part = "", "", list[Mapping[str, Any]]()
        for block in blocks:
            question = block["kind"] == "paragraph" and block["style"] == "question"
            if block["kind"] == "heading" or question:
                self._part(head, place, part)
                part = []
            if block["kind"] == "heading":
                place = head if block["level"] > 1 and not place else place
                head = f"{block['number']}  {block['text']}"
            elif question:
                place = place or head
                head = plain(block["parts"])
            else:
                part.append(block)
        self._part(head, place, part)

    def _part(self, head: str, place: str, blocks: Sequence[Mapping[str, Any]]) -> None:
        """What stands under one heading: scores, pictures beside sentences, sentences alone, then tables."""
        if self._pair(head, place, blocks):
            return
        han = self.slides.han
        entries = [entry(e, han) for b in blocks if b["kind"] == "listing" for e in b["entries"]]
        lines = [self._short(line) for b in blocks for line in sentences(b, han)]
        tiles = [tile for b in blocks if b["kind"] == "tiles" for tile in b["entries"]]
        figures = [b for b in blocks if b["kind"] == "figure"]
        tables = [b for b in blocks if b["kind"] == "table" and b["id"] not in self.drawn]
        shown = {t["id"]: parts for t in tables if (parts := parted(t))}
        self.elsewhere += [t for t in tables if t["id"] not in shown]
        if tiles:
            lines = self._scores(head, place, tiles, lines)
        if figures:
            lines = self._figures(head, place, figures, entries, lines)
        whole = [p for t in tables for p in shown.get(t["id"], ())]
        title, above = text(head), place
        first: Sequence[Parts] = ()
        if whole and not figures:
            stubs = [plain(r["cells"][0]) for p in whole for r in p["rows"] if r["cells"]]
            if found := about(entries, stubs):
                lines = [line for line in lines if line != bulleted(found)]
                title, above = found, head
        if whole and len(lines) <= _ABOVE:
            first, lines = lines, []
            if again := parted(tables[0], taken(first, WIDTH, _OVER) + 0.15) if first else []:
                shown[tables[0]["id"]] = again
                whole = [p for t in tables for p in shown.get(t["id"], ())]
        for here in slides_of(self._bounded(lines)):
            self.slides.lines(
                self.slides.slide(text(head), place), here, (LEFT, TOP, WIDTH, FOOT - TOP), BODY
            )
        self._tables(title, above, head, place, whole, first)

    def _figures(
        self,
        head: str,
        place: str,
        figures: Sequence[Mapping[str, Any]],
        entries: list[Parts],
        lines: list[Parts],
    ) -> list[Parts]:
        """Pictures, each under the finding that it shows, the first beside sentences; the sentences that are left."""
        for i, figure in enumerate(figures):
            plot = self.plots.get(figure["id"])
            found = about(entries, _names(plot))
            if not found and i == 0 and len(entries) == 1 and entries[0][-1]["kind"] == "tag":
                found = about(entries, [plain(entries[0])])  # the only finding is what the picture shows
            title, above = (found, head) if found else (text(head), place)
            if found:
                entries.remove(found)
                lines = [line for line in lines if line != bulleted(found)]
            # a drawing for a page on its side and lines over time need the whole slide
            alone = i > 0 or figure["wide"] or (plot is not None and bool(plot.waves))
            beside: Sequence[Parts] = ()
            if not alone:
                beside, lines = fitting(lines, BESIDE, FOOT - TOP, _SIDE)
                entries = [e for e in entries if bulleted(e) in lines]
            self._figure(title, above, figure, beside)
        return lines

    def _pair(self, head: str, place: str, blocks: Sequence[Mapping[str, Any]]) -> bool:
        """Two boxes side by side below the sentences, as on the page; False for other blocks, and where there is no room."""
        pair = next((b for b in blocks if b["kind"] == "boxes" and len(b["entries"]) == 2), None)
        if pair is None or any(b is not pair and b["kind"] != "paragraph" for b in blocks):
            return False
        above = [line for b in blocks if b is not pair for line in sentences(b, self.slides.han)]
        columns = [list(sentences({**box, "kind": "box"}, self.slides.han)) for box in pair["entries"]]
        wide, pad = (WIDTH - 0.3) / 2, 0.15
        top = TOP + (taken(above, WIDTH, BODY) + 0.1 if above else 0.0)
        high = max(taken(lines, wide - 2 * pad, _OVER) for lines in columns) + 2 * pad
        if top + high > FOOT:
            return False
        slide = self.slides.slide(text(head), place)
        if above:
            self.slides.lines(slide, above, (LEFT, TOP, WIDTH, top - TOP), BODY)
        for i, (box, lines) in enumerate(zip(pair["entries"], columns, strict=True)):
            left = LEFT + i * (wide + 0.3)
            panel(self.slides, slide, (left, top, wide, high)).name = clean(box["title"])
            self.slides.lines(slide, lines, (left + pad, top + pad, wide - 2 * pad, high - 2 * pad), _OVER)
        return True

    def _short(self, parts: Parts) -> Parts:
        """A text that no slide can hold, cut; where all of it stands is said."""
        if sum(len(p["text"]) for p in parts) <= _LONGEST:
            return parts
        cut = plain(parts)[: _LONGEST // 2].rstrip()
        return text(f"{cut}… {self.slides.say(_WORDS['cut'])}")

    def _bounded(self, lines: Sequence[Parts]) -> Sequence[Parts]:
        """As many sentences as a talk can hold; how many more there are, and where, is said."""
        if len(lines) <= _MOST:
            return lines
        more = self.slides.say(_WORDS["more"]).format(n=len(lines) - _MOST)
        return [*lines[:_MOST], text(more)]

    def _scores(
        self, head: str, place: str, tiles: Sequence[Mapping[str, Any]], lines: Sequence[Parts]
    ) -> list[Parts]:
        """Scores as cards, below them as many sentences as there is room for; the other sentences."""
        slide = self.slides.slide(text(head), place)
        top = add_cards(self.slides, slide, tiles[:12], TOP)
        said = [score_line(t) for t in tiles[:12]]
        rest = [line for line in lines if line not in said]
        if not rest or FOOT - top < 0.6:
            return rest
        here, rest = fitting(rest, WIDTH, FOOT - top, _OVER)
        if taken(here, WIDTH, _OVER) > FOOT - top:
            return [*here, *rest]
        self.slides.lines(slide, here, (LEFT, top + 0.1, WIDTH, FOOT - top - 0.1), _OVER)
        return rest

    def _figure(self, title: Parts, above: str, block: Mapping[str, Any], beside: Sequence[Parts]) -> None:
        plot = self.plots.get(block["id"])
        pieces = pieces_of(plot) if plot is not None else [None]
        for i, piece in enumerate(pieces, start=1):
            slide = self.slides.slide(title, above)
            left = LEFT + BESIDE + 0.35 if beside else LEFT
            if beside:
                self.slides.lines(slide, beside, (LEFT, TOP - 0.1, BESIDE, FOOT - TOP), _SIDE)
            mark = self._mark(i, len(pieces))
            caption(self.slides, slide, block, left, TOP, mark)
            width = LEFT + WIDTH - left
            notes = [*block["notes"]]
            told = "".join(map(plain, (block["caption"], *notes))).replace("\N{NO-BREAK SPACE}", " ")
            if plot is not None and plot.base and plot.base not in told:
                notes = [text(plot.base), *notes]
            if piece is not None and piece.drawing is not None and cramped(piece.drawing, width):
                notes = [*notes, text(self.slides.say(_WORDS["plain"]))]
            below = taken(notes, width, NOTE)
            head = 0.4 if lines_of(f"{block['name']}  {plain(block['caption'])}", width, 14.5) < 2 else 0.65
            room = (left, TOP + head, width, FOOT - TOP - head - below)
            shape = self._drawn(slide, block, piece, room)
            shape._element.xpath(".//p:cNvPr")[0].set("descr", clean(block["alt"]))
            shape.name = clean(block["name"])
            self.slides.note(slide, text(block["alt"]))
            end = (shape.top + shape.height) / 914_400 + 0.05
            under = FOOT - below if plot is None or plot.waves else min(FOOT - below, end)
            self.slides.lines(
                slide, notes, (left, under, width, below), NOTE, self.slides.palette.slots["dk2"]
            )
            beside = ()

    def _mark(self, part: int, parts: int) -> str:
        """Which part of a figure or table it is; nothing where it is whole."""
        if parts < 2:
            return ""
        return f"（{part}/{parts}）" if self.slides.han else f"  ({part}/{parts})"

    def _drawn(
        self, slide: Any, block: Mapping[str, Any], plot: Plot | None, room: tuple[float, float, float, float]
    ) -> Any:
        """The figure as what PowerPoint has for it: a chart, a table, shapes; as a picture where it has nothing."""
        slides = self.slides
        if plot is None:
            return self._picture(slide, block["src"], room)
        if plot.kind == "grid":
            return add_grid(slide, plot, room, slides.write)
        if plot.drawing is not None:
            return add_diagram(slide, plot.drawing, room, slides)
        left, top, width, height = room
        if plot.waves:
            return self._trends(slide, plot, room)
        if plot.kind in BARS:
            height = min(height, 1.2 + 0.95 * len(plot.categories))
        whole = self.plots[block["id"]]
        ends = (min(whole.low), max(whole.high)) if whole.low else None
        canvas = Canvas(slide, (left, top, width, height), slides.palette, slides.tag, ends)
        return add_chart(canvas, plot, slides.say)

    def _trends(self, slide: Any, plot: Plot, room: tuple[float, float, float, float]) -> Any:
        """One chart for each series, two abreast; the first, whose text speaks for all."""
        left, top, width, height = room
        found = runs(plot)
        across = 1 if len(found) == 1 else 2
        down = -(-len(found) // across)
        wide, high = width / across, height / down
        made = []
        for i, (start, end) in enumerate(found):
            place = (left + i % across * wide, top + i // across * high, wide - 0.1, min(high, 4.4))
            canvas = Canvas(slide, place, self.slides.palette, self.slides.tag)
            piece = piece_of(plot, slice(start, end))
            made.append(add_chart(canvas, piece, self.slides.say))
            told = "; ".join(f"{w}: {t}" for w, t in zip(piece.categories, piece.texts, strict=True))
            made[-1]._element.xpath(".//p:cNvPr")[0].set("descr", clean(f"{plot.groups[start]}. {told}."))
        return made[0]

    def _picture(self, slide: Any, uri: str, room: tuple[float, float, float, float]) -> Any:
        """The picture as large as its room allows, in the middle of it."""
        content = png_of(base64.b64decode(uri.partition(";base64,")[2]).decode("utf-8"))
        left, top, width, height = inches(*room)
        picture = slide.shapes.add_picture(io.BytesIO(content), left, top)
        scale = min(width / picture.width, height / picture.height)
        picture.width, picture.height = int(picture.width * scale), int(picture.height * scale)
        picture.left = int(left + (width - picture.width) / 2)
        return picture

    def _tables(
        self,
        title: Parts,
        above: str,
        head: str,
        place: str,
        blocks: Sequence[Mapping[str, Any]],
        first: Sequence[Parts],
    ) -> None:
        """Tables one under the other, as many on a slide as it has room for; a long one goes on with its head repeated."""
        slide, top = None, TOP
        for block in blocks:
            same = [b for b in blocks if b["id"] == block["id"]]
            mark = self._mark(same.index(block) + 1, len(same))
            if first and taken(first, WIDTH, _OVER) + 0.15 + height_of(block) > FOOT - TOP + 0.3:
                self.slides.lines(
                    self.slides.slide(title, above), first, (LEFT, TOP, WIDTH, FOOT - TOP), BODY
                )
                first, title, above = (), text(head), place
            if slide is None or top + height_of(block) > FOOT + 0.3:
                slide, top = self.slides.slide(title, above), TOP
                title, above = text(head), place
                if first:
                    tall = taken(first, WIDTH, _OVER)
                    self.slides.lines(slide, first, (LEFT, top - 0.1, WIDTH, tall), _OVER)
                    top += tall + 0.15
                    first = ()
            add_table(self.slides, slide, block, top, mark)
            top += height_of(block)

    def _rest(self) -> None:
        say = self.slides.say
        lines: list[Parts] = [text(say(_WORDS[k])) for k in ("report", "numbers", "tables")]
        if self.elsewhere:
            lines.append(text(say(_WORDS["larger"])))
            lines += [(*text(f"• {t['name']}  "), *t["caption"]) for t in self.elsewhere]
        for here in slides_of(lines, _REST):
            slide = self.slides.slide(text(say(_WORDS["rest"])))
            self.slides.lines(slide, here, (LEFT, TOP - 0.2, WIDTH, FOOT - TOP), _REST)


def _names(plot: Plot | None) -> list[str]:
    """What a picture is about: its panels, else its categories."""
    if plot is None:
        return []
    panels = [re.sub(r"\s*\(n\s=.*\)$", "", g) for g in plot.groups]
    return panels or list(plot.categories)
