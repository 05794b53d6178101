"""The codebook as a page, as Markdown and as a workbook."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from surveykit.exchange.codebook import label_of
from surveykit.format import chinese, count, number, percent, pick

if TYPE_CHECKING:
    from surveykit.exchange.codebook import Codebook, Entry, Line

__all__ = ["html_of", "markdown_of", "pdf_of", "xlsx_of"]

_WORDS = {
    "title": {"en": "Codebook", "zh": "编码手册"},
    "version": {"en": "version", "zh": "版本"},
    "items": {"en": "items", "zh": "题目数"},
    "n": {"en": "respondents", "zh": "受访者"},
    "item": {"en": "Item", "zh": "题目编号"},
    "text": {"en": "Wording", "zh": "题目文字"},
    "type": {"en": "Type", "zh": "题型"},
    "scale": {"en": "Scale", "zh": "量表"},
    "key": {"en": "Key", "zh": "计分方向"},
    "construct": {"en": "Construct", "zh": "构念"},
    "used": {"en": "Used by", "zh": "用于"},
    "aliases": {"en": "Other headers", "zh": "其他列名"},
    "check": {"en": "Attention check: the right answer is", "zh": "注意力检测题：正确答案为"},
    "code": {"en": "Code", "zh": "编码"},
    "label": {"en": "Label", "zh": "标签"},
    "kind": {"en": "Missing", "zh": "缺失"},
    "count": {"en": "n", "zh": "人数"},
    "share": {"en": "% of valid", "zh": "有效百分比"},
    "mean": {"en": "mean", "zh": "均值"},
    "sd": {"en": "SD", "zh": "标准差"},
    "valid": {"en": "valid", "zh": "有效"},
    "no_answer": {"en": "missing", "zh": "缺失"},
    "reversed": {"en": "reversed", "zh": "反向"},
    "plain": {"en": "as asked", "zh": "正向"},
    "why": {
        "en": "* Not shown: fewer than {k} people, or a number that would give theirs away by subtraction.",
        "zh": "* 不予显示：不足{k}人，或可由其相减推算得出。",
    },
    "scale_type": {"en": "scale", "zh": "量表题"},
    "single": {"en": "one answer", "zh": "单选"},
    "multi": {"en": "several answers", "zh": "多选"},
    "number": {"en": "number", "zh": "数字"},
    "text_type": {"en": "text", "zh": "文本"},
    "id": {"en": "respondent id", "zh": "受访者编号"},
    "date": {"en": "date", "zh": "日期"},
    "dont_know": {"en": "don't know", "zh": "不知道"},
    "refused": {"en": "refused", "zh": "拒答"},
    "not_shown": {"en": "not shown", "zh": "未显示"},
    "skipped": {"en": "skipped", "zh": "跳过未答"},
    "invalid": {"en": "invalid", "zh": "无效"},
}  # fmt: skip
_STYLE = """
@page { size: A4; margin: 16mm 15mm; }
body { font: 10pt/1.45 FONTS; color: #111; max-width: 180mm; margin: 0 auto; padding: 6mm 3mm; }
h1 { font-size: 16pt; margin: 0; } h2 { font-size: 11pt; margin: 7mm 0 1mm; } p { margin: 0 0 1.5mm; }
.facts { color: #555; font-size: 8.5pt; }
table { border-collapse: collapse; margin: 1mm 0 2mm; min-width: 60%; }
th, td { text-align: left; border-top: 0.4pt solid #bbb; padding: 0.6mm 3mm 0.6mm 0; font-size: 9pt; vertical-align: top; }
th { font-weight: 600; } td.n, th.n { text-align: right; white-space: nowrap; } thead td { border: 0; }
td.bar { width: 45mm; padding-right: 0; } td.bar div { height: 2.6mm; margin-top: 0.9mm; background: #7a9cc6; }
.entry { break-inside: avoid; } .missing td { color: #777; }
"""


def _say(name: str, language: str) -> str:
    return pick(_WORDS[name], language)


def _heading(book: Codebook, language: str) -> tuple[str, str]:
    q = book.questionnaire
    colon, comma = ("：", "，") if language.startswith("zh") else (": ", ", ")
    facts = [f"{q.id}{comma}{_say('version', language)} {q.version}"]
    facts.append(f"{_say('items', language)}{colon}{len(book.entries)}")
    if book.n is not None:
        facts.append(f"{_say('n', language)}{colon}{count(book.n)}")
    return f"{_say('title', language)}{colon}{label_of(q.title, language) or q.id}", comma.join(facts)


def _facts(entry: Entry, language: str, n: int | None) -> list[tuple[str, str]]:
    """What is known of an item besides its wording and codes."""
    item = entry.item
    kind = {"scale": "scale_type", "text": "text_type"}.get(item.type, item.type)
    facts = [(_say("type", language), _say(kind, language))]
    if item.scale is not None:
        facts.append((_say("scale", language), f"{item.scale.id} ({item.scale.min}–{item.scale.max})"))
    if entry.construct:
        title = label_of(entry.construct_title, language)
        named = f"{entry.construct} ({title})" if title and title != entry.construct else entry.construct
        facts.append((_say("construct", language), named))
        key = "reversed" if item.reverse else "plain"
        facts.append((_say("key", language), _say(key, language)))
    if entry.keys:
        facts.append((_say("used", language), ", ".join(entry.keys)))
    if item.aliases:
        facts.append((_say("aliases", language), " | ".join(item.aliases)))
    if item.check is not None:
        facts.append((_say("check", language), str(item.check)))
    if entry.valid is not None:
        facts.append((_say("valid", language), count(entry.valid)))
        facts.append((_say("no_answer", language), _absent(entry, language, (n or 0) - entry.valid)))
    if entry.mean is not None:
        facts.append((_say("mean", language), number(entry.mean)))
        facts.append((_say("sd", language), number(entry.sd)))
    return facts


def _absent(entry: Entry, language: str, n: int) -> str:
    """How many gave no answer, and of which kind."""
    kinds = [
        f"{_say(kind, language)} {'*' if cells is None else count(cells)}"
        for kind, cells in (entry.missing or {}).items()
    ]
    opened, comma, closed = ("（", "，", "）") if chinese(language) else (" (", ", ", ")")
    return count(n) + (f"{opened}{comma.join(kinds)}{closed}" if kinds else "")


def _line(entry: Entry, language: str, n: int | None, sign: str) -> str:
    """The facts in one line."""
    colon = "：" if chinese(language) else ": "
    return sign.join(f"{k}{colon}{v}" for k, v in _facts(entry, language, n))


def _cells(line: Line, entry: Entry, book: Codebook, language: str) -> list[str]:
    kind = _say(line.kind, language) if line.kind else ""
    cells = [line.code, label_of(line.texts, language), kind]
    if book.n is not None:
        share = entry.share(line)
        cells.append("*" if line.hidden else "" if line.n is None else count(line.n))
        cells.append("" if share is None else percent(share, 1))
    return cells


def _hides(book: Codebook) -> bool:
    lines = any(line.hidden for e in book.entries for line in e.lines)
    return lines or any(n is None for e in book.entries for n in (e.missing or {}).values())


def _heads(book: Codebook, language: str) -> list[str]:
    return [
        _say(k, language)
        for k in ("code", "label", "kind", *(["count", "share"] if book.n is not None else []))
    ]


def html_of(book: Codebook, language: str, families: Sequence[str] = ()) -> str:
    """The codebook as one page without scripts or addresses."""
    title, facts = _heading(book, language)
    fonts = ", ".join(f"'{f}'" for f in families) + ", " if families else ""
    parts = [
        f'<!DOCTYPE html>\n<html lang="{escape(language)}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width">'
        f"<style>{_STYLE.replace('FONTS', fonts + 'sans-serif')}</style></head>"
        f'<body><h1>{escape(title)}</h1><p class="facts">{escape(facts)}</p>'
    ]
    for entry in book.entries:
        known = escape(_line(entry, language, book.n, " · "))
        parts.append(
            f'<div class="entry"><h2 id="{escape(entry.item.id)}">{escape(entry.item.id)}</h2>'
            f'<p>{escape(label_of(entry.item.text, language))}</p><p class="facts">{known}</p>'
            f"{_html_table(entry, book, language)}</div>"
        )
    if _hides(book):
        parts.append(f'<p class="facts">{escape(_say("why", language).format(k=book.min_base))}</p>')
    return "\n".join([*parts, "</body></html>\n"])


def _html_table(entry: Entry, book: Codebook, language: str) -> str:
    if not entry.lines:
        return ""
    first = len(_heads(book, language)) - 2 if book.n is not None else 9
    mark = ["" if i < first else ' class="n"' for i in range(5)]
    heads = "".join(
        f'<th scope="col"{mark[i]}>{escape(h)}</th>' for i, h in enumerate(_heads(book, language))
    )
    drawn = book.n is not None and any(entry.share(line) is not None for line in entry.lines)
    rows = "".join(
        ('<tr class="missing">' if line.kind else "<tr>")
        + "".join(f"<td{mark[i]}>{escape(c)}</td>" for i, c in enumerate(_cells(line, entry, book, language)))
        + (_bar(entry.share(line)) if drawn else "")
        + "</tr>"
        for line in entry.lines
    )
    return (
        f"<table><thead><tr>{heads}{'<td></td>' if drawn else ''}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _bar(share: float | None) -> str:
    """A bar as long as the share; the number beside it says the same."""
    width = 0.0 if share is None else 100 * share
    return f'<td class="bar" aria-hidden="true"><div style="width:{width:.1f}%"></div></td>'


def pdf_of(book: Codebook, language: str) -> bytes:
    """The page as PDF."""
    from surveykit.report._pdf import pdf_of as made
    from surveykit.report._theme import load_theme

    families = load_theme("default").families(language)
    style = _STYLE.replace("FONTS", ", ".join(f"'{f}'" for f in (*families, "sans-serif")))
    return made(html_of(book, language, families), style, families, frozenset())


def markdown_of(book: Codebook, language: str) -> str:
    """The codebook as Markdown with one table per item."""
    title, facts = _heading(book, language)
    lines = [f"# {_md(title)}", "", _md(facts)]
    for entry in book.entries:
        lines += ["", f"## {_md(entry.item.id)}", "", _md(label_of(entry.item.text, language)), ""]
        colon = "：" if chinese(language) else ": "
        lines += [f"- {_md(k)}{colon}{_md(v)}" for k, v in _facts(entry, language, book.n)]
        if entry.lines:
            heads = _heads(book, language)
            lines += ["", f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
            lines += [f"| {' | '.join(map(_md, _cells(x, entry, book, language)))} |" for x in entry.lines]
    if _hides(book):
        lines += ["", _md(_say("why", language).format(k=book.min_base))]
    return "\n".join(lines) + "\n"


def _md(text: str) -> str:
    """A text in which Markdown and HTML find nothing of theirs."""
    return re.sub(r"([\\`*_{}\[\]<>|#!])", r"\\\1", " ".join(text.split()))


def xlsx_of(book: Codebook) -> bytes:
    """A workbook: sheet ``items`` (one row per item) and ``codes`` (one row per code), each language a column."""
    import xlsxwriter

    languages = list(book.questionnaire.languages)
    held = io.BytesIO()
    safe = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(held, safe) as file:
        for name, rows in (("items", _items(book, languages)), ("codes", _codes(book, languages))):
            sheet = file.add_worksheet(name)
            bold = file.add_format({"bold": True})
            for i, row in enumerate(rows):
                for j, cell in enumerate(row):
                    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
                        sheet.write_number(i, j, cell)
                    elif cell not in (None, ""):
                        sheet.write_string(i, j, str(cell), bold if i == 0 else None)
            sheet.freeze_panes(1, 1)
            sheet.set_column(0, len(rows[0]) - 1, 22)
    return held.getvalue()


def _items(book: Codebook, languages: list[str]) -> list[list[object]]:
    kinds = list(dict.fromkeys(k for e in book.entries for k in e.missing or {}))
    head = ["item", *(f"text {x}" for x in languages), "type", "scale", "min", "max", "reversed", "construct",
            *(f"construct {x}" for x in languages), "used by", "aliases", "valid", *kinds, "mean", "sd"]  # fmt: skip
    rows: list[list[object]] = [[*head]]
    for entry in book.entries:
        item, scale = entry.item, entry.item.scale
        ends = [scale.id, scale.min, scale.max] if scale else ["", "", ""]
        counted = entry.missing if entry.missing is not None else dict.fromkeys(kinds, "")
        missing = [counted.get(k, 0) for k in kinds]
        rows.append(
            [item.id, *(item.text.get(x, "") for x in languages), item.type, *ends,
             "yes" if item.reverse else "no", entry.construct,
             *(entry.construct_title.get(x, "") for x in languages), ", ".join(entry.keys), " | ".join(item.aliases),
             entry.valid, *("hidden" if n is None else n for n in missing), entry.mean, entry.sd]
        )  # fmt: skip
    return rows


def _codes(book: Codebook, languages: list[str]) -> list[list[object]]:
    rows: list[list[object]] = [["item", "code", *(f"label {x}" for x in languages), "missing", "n"]]
    for entry in book.entries:
        for line in entry.lines:
            n = "hidden" if line.hidden else line.n
            words = [line.texts.get(x, "") for x in languages]
            rows.append([entry.item.id, line.code, *words, line.kind, n])
    return rows
