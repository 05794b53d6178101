"""A form to print: PDF, or one HTML page that needs nothing beside it; boxes hold the codes to type in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from surveykit.exchange.export import Form, forms
from surveykit.exchange.grids import Grid, blocks
from surveykit.exchange.questions import Choice, choices
from surveykit.format import pick
from surveykit.questionnaire import Item, Questionnaire
from surveykit.questionnaire.wording import is_chinese

__all__ = ["write_paper"]

_OTHER = "other"
_WIDE = _SHORT = 4
_WORDS = {
    "serial": {"en": "Questionnaire no.", "zh": "问卷编号"},
    "interviewer": {"en": "Interviewer", "zh": "访问员"},
    "date": {"en": "Date", "zh": "日期"},
    "place": {"en": "Place", "zh": "地点"},
    "how": {
        "en": "Please put a cross in one box per question unless it says otherwise. To change an answer, blacken the box "
        "and cross another one. There are no right or wrong answers.",
        "zh": "除另有说明外，每题请只在一个方框中打“×”。如需修改，请涂黑原方框，再在另一个方框中打“×”。答案没有对错之分。",
    },
    "several": {"en": "Several answers are possible.", "zh": "可多选。"},
    "number": {"en": "A number", "zh": "请填写数字"},
    "between": {"en": "A number from {low} to {high}", "zh": "请填写{low}至{high}之间的数字"},
    "day": {"en": "Year – month – day", "zh": "年 – 月 – 日"},
    "colon": {"en": ": ", "zh": "："},
    "end": {"en": "Thank you for your answers.", "zh": "感谢您的回答。"},
    "office": {
        "en": "For data entry: the grey word beside a question is the name of its column, the number in a box the code.",
        "zh": "录入说明：题旁灰色文字为列名，方框中的数字为编码。",
    },
}  # fmt: skip
_STYLE = """
@page { size: A4; margin: 16mm 15mm 18mm 15mm;
  @bottom-center { content: counter(page) " / " counter(pages); font: 8pt FONTS; color: #666; } }
* { box-sizing: border-box; }
body { font: 10pt/1.4 FONTS; color: #111; max-width: 180mm; margin: 0 auto; padding: 6mm 0; }
h1 { font-size: 15pt; margin: 0 0 3mm; }
.office { display: table; width: 100%; border-collapse: collapse; margin-bottom: 3mm; font-size: 8.5pt; }
.office div { display: table-cell; border: 0.5pt solid #888; padding: 1mm 2mm 6mm; width: 25%; }
.how { border-left: 2pt solid #111; padding-left: 3mm; margin: 3mm 0 5mm; }
.q { break-inside: avoid; margin: 0 0 5mm; }
.q p { margin: 0 0 1.5mm; }
.text { font-weight: 600; }
.id { color: #777; font-size: 7.5pt; font-weight: 400; padding-left: 2mm; }
.note { color: #444; font-size: 8.5pt; }
.box { display: inline-block; min-width: 6mm; height: 5mm; border: 0.8pt solid #111; text-align: center;
  font-size: 7pt; line-height: 4.6mm; color: #999; padding: 0 1mm; margin-right: 1.5mm; }
.choice { display: inline-block; margin: 0 6mm 1.5mm 0; }
.list .choice { display: block; }
.line { border-bottom: 0.6pt solid #111; height: 7mm; }
.short { display: inline-block; border-bottom: 0.6pt solid #111; width: 45mm; height: 5mm; }
.grid { margin: 0 0 6mm; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; }
th { font-weight: 400; font-size: 7.5pt; line-height: 1.25; vertical-align: bottom; padding: 0 0.3mm 1mm;
  text-align: center; hyphens: auto; hyphenate-character: "-"; overflow-wrap: break-word; }
.part { display: inline-block; white-space: nowrap; }
tbody td, tbody th { border-top: 0.4pt solid #bbb; padding: 1.2mm 0.3mm; text-align: center; vertical-align: middle; }
tr { break-inside: avoid; } thead { break-after: avoid; }
th.item, tbody th.item { text-align: left; width: 42%; font-size: 10pt; line-height: 1.35; padding-right: 3mm;
  hyphens: manual; }
th.item.text { font-weight: 600; } th.item.note { font-size: 8.5pt; }
td .box { margin-right: 0; }
th.low, td.low, .ends td.low { text-align: left; padding-left: 1mm; }
th.high, td.high, .ends td.high { text-align: right; padding-right: 1mm; }
.apart { border-left: 2mm solid transparent; }
.ends tbody td { border: 0; font-size: 8pt; line-height: 1.25; padding: 0 0.6mm; vertical-align: top; }
.ends tbody td.apart { border-left: 2mm solid transparent; } .ends .words td { padding-top: 0.8mm; }
.end { margin-top: 8mm; }
@media screen { body { padding: 10mm 6mm; } }
"""  # fmt: skip


@forms.register(
    "paper",
    title={"en": "Printable form (PDF or HTML)", "zh": "可打印问卷（PDF或HTML）"},
    reference="codes in the boxes, item ids beside the questions, for data entry",
    evidence="brute force: every item, choice and code of the questionnaire stands on the form",
    suffixes=(".pdf", ".html"),
)
def write_paper(q: Questionnaire, language: str, suffix: str, grids: bool) -> Form:
    """One language; items that share a scale and follow each other stand in one grid."""
    from surveykit.report._pdf import pdf_of
    from surveykit.report._theme import load_theme

    families = load_theme("default").families(language)
    style = _STYLE.replace("FONTS", ", ".join(f"'{f}'" for f in (*families, "sans-serif")))
    page = _page(q, language, style, grids)
    notes = ("type the answers into a table whose column names are the item ids: it binds as it is",)
    if suffix == ".html":
        return Form(page.encode("utf-8"), notes)
    return Form(pdf_of(page, style, families, frozenset()), notes)


def _page(q: Questionnaire, language: str, style: str, grids: bool) -> str:
    said = {name: pick(texts, language) for name, texts in _WORDS.items()}
    title = escape(pick(q.title, language) or q.id)
    office = "".join(f"<div>{escape(said[k])}</div>" for k in ("serial", "interviewer", "date", "place"))
    asked = "\n".join(_questions(q, language, said, grids))
    return f"""<!DOCTYPE html>
<html lang="{escape(language)}"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width"><style>{style}</style></head>
<body><h1>{title}</h1>
<div class="office">{office}</div>
<p class="how">{escape(said["how"])}</p>
{asked}
<p class="end">{escape(said["end"])}</p><p class="note">{escape(said["office"])}</p>
</body></html>
"""


def _questions(q: Questionnaire, language: str, said: dict[str, str], grids: bool) -> Iterator[str]:
    number = 1
    for block in blocks(q, grids, across=True):
        if isinstance(block, Grid):
            yield _grid(block, number, language)
            number += len(block.items)
        elif block.type != "id":
            yield _question(block, number, language, said)
            number += 1


def _grid(grid: Grid, number: int, language: str) -> str:
    listed = choices(grid.items[0])
    cells = "".join(f"<td{_apart(listed, i)}>{_box(c.code)}</td>" for i, c in enumerate(listed))
    rows = "".join(
        f'<tr><th class="item" scope="row">{number + i}. {_worded(grid.rows[item.id], item, language)}</th>'
        f"{cells}</tr>"
        for i, item in enumerate(grid.items)
    )
    stem, kind = escape(pick(grid.stem, language)), "text" if grid.stemmed else "note"
    head = f'<tr><th class="item {kind}" scope="col">{stem}</th>{_words(listed, language, "th")}</tr>'
    return f'<div class="grid"><table><thead>{head}</thead><tbody>{rows}</tbody></table></div>'


def _words(listed: Sequence[Choice], language: str, tag: str) -> str:
    """The words of a scale above or below its boxes; where only the ends have some, each has half of the room."""
    said = [_label(c, language) for c in listed]
    points = [i for i, c in enumerate(listed) if not c.kind]
    scope = ' scope="col"' if tag == "th" else ""
    cells = [f"<{tag}{scope}{_apart(listed, i)}>{_breakable(words)}</{tag}>" for i, words in enumerate(said)]
    if len(points) < _WIDE or any(said[i] for i in points[1:-1]):
        return "".join(cells)
    half = len(points) // 2
    group = ' scope="colgroup"' if tag == "th" else ""
    ends = (
        f'<{tag}{group} class="low" colspan="{len(points) - half}">{escape(said[0])}</{tag}>'
        f'<{tag}{group} class="high" colspan="{half}">{escape(said[points[-1]])}</{tag}>'
    )
    return ends + "".join(cells[len(points) :])


def _breakable(words: str) -> str:
    """Words for a narrow column: Chinese ones break in equal parts, not before their last character."""
    if len(words) < _SHORT or not is_chinese(words) or " " in words:
        return escape(words)
    n, lines = len(words), max(2, -(-len(words) // _SHORT))
    parts = (escape(words[i * n // lines : (i + 1) * n // lines]) for i in range(lines))
    return "".join(f'<span class="part">{part}</span>' for part in parts)


def _apart(listed: Sequence[Choice], place: int) -> str:
    """The first of the choices that are no answer stands apart from the scale."""
    return ' class="apart"' if listed[place].kind and not listed[place - 1].kind else ""


def _question(item: Item, number: int, language: str, said: dict[str, str]) -> str:
    text = f'<p class="text">{number}. {_worded(item.text, item, language)}</p>'
    return f'<div class="q">{text}{_answer(item, language, said)}</div>'


def _worded(texts: Mapping[str, str], item: Item, language: str) -> str:
    return f'{escape(pick(texts, language) or item.id)}<span class="id">{escape(item.id)}</span>'


def _answer(item: Item, language: str, said: dict[str, str]) -> str:
    """Where the answer goes."""
    if item.scale is not None and item.scale.kind == "numeric":
        note = said["between"].format(low=item.scale.min, high=item.scale.max)
        return f'<p class="note">{escape(note + said["colon"])}<span class="short"></span></p>'
    if item.scale is not None:
        return _row(choices(item), language)
    if item.type in {"single", "multi"}:
        note = f'<p class="note">{escape(said["several"])}</p>' if item.type == "multi" else ""
        listed = "".join(
            f'<div class="choice">{_box(c.code)}{escape(_label(c, language) or c.code)}'
            + (' <span class="short"></span>' if c.code == _OTHER else "")
            + "</div>"
            for c in choices(item)
        )
        return f'{note}<div class="list">{listed}</div>'
    if item.type in {"number", "date"}:
        note = said["number" if item.type == "number" else "day"]
        return f'<p class="note">{escape(note + said["colon"])}<span class="short"></span></p>'
    return '<div class="line"></div>' * 3


def _row(listed: Sequence[Choice], language: str) -> str:
    """A scale in one row, its words below the boxes."""
    boxes = "".join(f"<td{_apart(listed, i)}>{_box(c.code)}</td>" for i, c in enumerate(listed))
    words = _words(listed, language, "td")
    return f'<table class="ends"><tbody><tr>{boxes}</tr><tr class="words">{words}</tr></tbody></table>'


def _label(choice: Choice, language: str) -> str:
    return pick(choice.texts, language) if choice.texts else ""


def _box(code: str) -> str:
    return f'<span class="box">{escape(code)}</span>'
