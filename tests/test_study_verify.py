"""surveykit verify: a report, its results and its inputs belong together, and a change of any shows."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from surveykit.errors import SurveykitError
from surveykit.study import run, verify

STUDY = """
title: {en: Pilot, zh: 试点}
questionnaire: nps
data: answers.csv
languages: [en, zh]
seed: 3
report: {forms: [docx, pptx]}
"""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("verify")
    answers = [10] * 60 + [8] * 30 + [2] * 25
    (folder / "answers.csv").write_text("recommend\n" + "\n".join(map(str, answers)) + "\n", encoding="utf-8")
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    run(folder / "study.yaml", folder / "out")
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "copy"))


def wrong(folder: Path, **options: Path) -> list[str]:
    return [c.name for c in verify(folder / "out", **options) if not c.ok]


def test_a_run_as_it_came_agrees_in_every_form(folder: Path) -> None:
    found = verify(folder / "out", study=folder / "study.yaml")
    assert all(c.ok for c in found), [c.text() for c in found if not c.ok]
    names = {c.name for c in found}
    assert {
        "report.en.pdf",
        "report.zh.html",
        "report.en.docx",
        "tables.xlsx",
        "answers.csv",
        "rows",
        "run again",
    } <= names


def test_a_changed_answer_shows(folder: Path) -> None:
    answers = folder / "answers.csv"
    answers.write_text(answers.read_text(encoding="utf-8").replace("10", "9", 1), encoding="utf-8")
    assert wrong(folder) == ["answers.csv"]
    assert wrong(folder, study=folder / "study.yaml") == ["answers.csv", "run again"]


def test_a_changed_theme_shows(tmp_path: Path) -> None:
    """A client's theme is among the inputs by the names of its files; one that was changed or taken away shows."""
    client = tmp_path / "client"
    client.mkdir()
    theme = 'accent: "#0B6E63"\nfonts: {en: [Noto Sans CJK KR], zh: [Noto Sans CJK SC]}\n'
    (client / "theme.yaml").write_text(theme, encoding="utf-8")
    (client / "style.css").write_text("h1 { letter-spacing: 0 }", encoding="utf-8")
    (tmp_path / "answers.csv").write_text("recommend\n" + "10\n8\n2\n" * 30, encoding="utf-8")
    text = STUDY.replace("languages: [en, zh]", "languages: [en]").replace(
        "forms: [docx, pptx]", "theme: client"
    )
    (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
    run(tmp_path / "study.yaml", tmp_path / "out")
    assert wrong(tmp_path) == []
    assert {"client/theme.yaml", "client/style.css"} <= {c.name for c in verify(tmp_path / "out")}
    (client / "theme.yaml").write_text(theme.replace("0B6E63", "6E0B63"), encoding="utf-8")
    assert wrong(tmp_path) == ["client/theme.yaml"]
    (client / "style.css").unlink()
    assert wrong(tmp_path) == ["client/theme.yaml", "client/style.css"]


def test_changed_results_disown_every_form(folder: Path) -> None:
    results = folder / "out" / "results.json"
    results.write_text(
        results.read_text(encoding="utf-8").replace('"seed": 3', '"seed": 4'), encoding="utf-8"
    )
    assert {"report.en.pdf", "report.zh.pdf", "report.en.html", "report.en.docx", "tables.xlsx"} <= set(
        wrong(folder)
    )


def test_a_number_edited_on_the_page_shows(folder: Path) -> None:
    page = folder / "out" / "report.en.html"
    text = page.read_text(encoding="utf-8")
    at = text.index('data-format="count">115<')
    page.write_text(text[:at] + text[at:].replace(">115<", ">915<", 1), encoding="utf-8")
    assert wrong(folder) == ["report.en.html", "numbers of report.en.html"]


def test_a_word_edited_on_the_page_shows(folder: Path) -> None:
    page = folder / "out" / "report.en.html"
    page.write_text(page.read_text(encoding="utf-8").replace("Promoters", "Friends", 1), encoding="utf-8")
    assert wrong(folder) == ["report.en.html"]


# What people do with the usual programs, and the findings of it.


def in_workbook(path: Path) -> None:
    from openpyxl import load_workbook

    book = load_workbook(path)
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row if isinstance(c.value, float)]
    cells[0].value += 0.01
    book.save(path)


def in_document(path: Path) -> None:
    from docx import Document

    document = Document(str(path))
    run = next(
        r for t in document.tables for c in t._cells for p in c.paragraphs for r in p.runs if r.text == "115"
    )
    run.text = "915"
    document.save(str(path))


def in_slides(path: Path) -> None:
    from pptx import Presentation

    deck = Presentation(str(path))
    texts = (s.text_frame for slide in deck.slides for s in slide.shapes if s.has_text_frame)
    run = next(r for t in texts for p in t.paragraphs for r in p.runs if "115" in r.text)
    run.text = run.text.replace("115", "915")
    deck.save(str(path))


def in_pdf(path: Path) -> None:
    import pikepdf

    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        del pdf.pages[-1]
        pdf.save(path)


def after_pdf(path: Path) -> None:
    """What a program does that saves only what it changed."""
    path.write_bytes(path.read_bytes() + b"1 0 obj\n<<>>\nendobj\n")


@pytest.mark.parametrize(
    ("name", "edit", "found"),
    [
        ("tables.xlsx", in_workbook, ["tables.xlsx", "numbers of tables.xlsx"]),
        ("report.en.docx", in_document, ["report.en.docx", "numbers of report.en.docx"]),
        ("report.zh.pptx", in_slides, ["report.zh.pptx", "numbers of report.zh.pptx"]),
        ("report.en.pdf", in_pdf, ["report.en.pdf"]),
        ("report.zh.pdf", after_pdf, ["report.zh.pdf"]),
    ],
)
def test_a_number_edited_in_any_form_shows(
    folder: Path, name: str, edit: Callable[[Path], None], found: list[str]
) -> None:
    edit(folder / "out" / name)
    assert wrong(folder) == found


def test_a_number_edited_by_hand_in_a_part_of_an_archive_shows(folder: Path) -> None:
    """Seal and all other parts stay; a chart's number is no text, and is found by the digest alone."""
    path = folder / "out" / "report.en.pptx"
    with zipfile.ZipFile(path) as archive:
        parts = [(entry, archive.read(entry)) for entry in archive.infolist()]
    with zipfile.ZipFile(path, "w") as archive:
        for entry, content in parts:
            chart = entry.filename.startswith("ppt/charts/chart")
            archive.writestr(entry, re.sub(rb"<c:v>0?\.\d+", b"<c:v>0.999", content) if chart else content)
    assert wrong(folder) == ["report.en.pptx"]


def test_a_document_whose_words_alone_were_edited_keeps_its_numbers(folder: Path) -> None:
    from docx import Document

    path = folder / "out" / "report.en.docx"
    document = Document(str(path))
    document.paragraphs[-1].add_run(" Seen by the board.")
    document.save(str(path))
    assert wrong(folder) == ["report.en.docx"]


@pytest.mark.parametrize(
    "damage", [lambda c: c[: len(c) // 2], lambda c: c[:900] + b"??" + c[902:], lambda c: b""]
)
def test_a_damaged_form_is_no_traceback(folder: Path, damage: Callable[[bytes], bytes]) -> None:
    for name in ("tables.xlsx", "report.en.docx", "report.zh.pptx"):
        path = folder / "out" / name
        path.write_bytes(damage(path.read_bytes()))
        assert wrong(folder)[0] == name
        path.unlink()


def test_a_form_without_its_account_is_not_trusted(folder: Path) -> None:
    page = folder / "out" / "report.zh.html"
    text = page.read_text(encoding="utf-8")
    page.write_text(text[: text.rindex("<!-- surveykit-content-")], encoding="utf-8")
    assert wrong(folder) == ["report.zh.html"]


def test_inputs_are_looked_for_where_they_are_said_to_be(folder: Path, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere"
    shutil.move(str(folder / "out"), moved / "out")
    assert [c.name for c in verify(moved / "out") if not c.ok] == ["study.yaml", "answers.csv"]
    assert all(c.ok for c in verify(moved / "out" / "report.zh.pdf", inputs=folder))


def test_nothing_to_check_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SurveykitError, match=r"no results\.json"):
        verify(tmp_path)
    (tmp_path / "results.json").write_text("[]", encoding="utf-8")
    with pytest.raises(SurveykitError, match=r"no results\.json of surveykit"):
        verify(tmp_path)
