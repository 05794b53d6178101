"""Bad input through the front door: one block with place and remedy, exit code 2, nothing written (B1-B6)."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from surveykit import cli
from surveykit.errors import ExitCode
from tests.test_study import QUESTIONNAIRE, STUDY, write_study

MODEL = STUDY + "analyses: []\nscores: []\nmodels:\n  - id: m\n"


class Run:
    """What the command line said and left behind."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        before = sorted(p.name for p in folder.iterdir())
        self.code = cli._exit_code(
            ["run", str(folder / "study.yaml"), "-o", str(folder / "out")], debug=False
        )
        caught = capsys.readouterr()
        self.said, self.printed = caught.err, caught.out
        self.written = sorted({p.name for p in folder.iterdir()} - set(before))

    def check_refused(self, *words: str) -> None:
        assert self.code == ExitCode.BAD_INPUT, self.said
        assert self.said.count("error: ") == 1
        assert "Traceback" not in self.said
        assert self.printed == ""
        assert self.written == []
        for word in words:
            assert word in self.said, self.said


@pytest.fixture
def lines(tmp_path):
    """The good answers as lines; the study beside them."""
    write_study(tmp_path, STUDY + "analyses: []\nmodels: []\n")
    return (tmp_path / "answers.csv").read_text().splitlines()


def save(folder: Path, lines: list[str], encoding: str = "utf-8") -> None:
    (folder / "answers.csv").write_bytes(("\n".join(lines) + "\n").encode(encoding))


def with_cell(lines: list[str], row: int, column: str, value: str) -> list[str]:
    """The lines with one cell of a data row (from 1) replaced."""
    index = lines[0].split(",").index(column)
    cells = lines[row].split(",")
    cells[index] = value
    return [*lines[:row], ",".join(cells), *lines[row + 1 :]]


def test_the_good_answers_are_good(tmp_path, lines, capsys):
    assert Run(tmp_path, capsys).code == ExitCode.OK


def test_empty_file(tmp_path, lines, capsys):
    (tmp_path / "answers.csv").write_bytes(b"")
    Run(tmp_path, capsys).check_refused("answers.csv", "empty")


def test_header_only(tmp_path, lines, capsys):
    save(tmp_path, lines[:1])
    Run(tmp_path, capsys).check_refused("answers.csv", "row")


def test_ragged_rows(tmp_path, lines, capsys):
    save(tmp_path, [*lines[:4], lines[4] + ",1,2", *lines[5:9], "1,2", *lines[10:]])
    Run(tmp_path, capsys).check_refused("answers.csv", "line 5", "line 10")


def test_nps_of_eleven(tmp_path, lines, capsys):
    save(tmp_path, with_cell(lines, 17, "nps", "11"))
    Run(tmp_path, capsys).check_refused("answers.csv", "data row 17", "'nps'", "'11'", "hint:")


def test_text_in_a_likert_column(tmp_path, lines, capsys):
    save(tmp_path, with_cell(lines, 5, "a2", "rather good"))
    Run(tmp_path, capsys).check_refused("data row 5", "'a2'", "'rather good'", "hint:")


def test_an_item_that_the_export_lacks(tmp_path, lines, capsys):
    column = lines[0].split(",").index("s2")
    save(tmp_path, [",".join(c for i, c in enumerate(line.split(",")) if i != column) for line in lines])
    Run(tmp_path, capsys).check_refused("s2", "hint:")


def test_a_header_twice(tmp_path, lines, capsys):
    save(tmp_path, [lines[0].replace("a2", "a1"), *lines[1:]])
    Run(tmp_path, capsys).check_refused("'a1'", "answers.csv")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("study.yaml", "title: [", ("study.yaml, line",)),
        ("study.yaml", "", ("study.yaml", "empty")),
        ("study.yaml", STUDY + "seed: 8\n", ("line 6", "twice")),
        ("study.yaml", STUDY + "date: tomorrow\n", ("line 6", "date", "2026-11-22")),
        ("q.yaml", "id: shop\n  items: :\n", ("q.yaml, line",)),
        (
            "q.yaml",
            QUESTIONNAIRE.replace("scale: likely", "scale: likly"),
            ("line 17", "did you mean 'likely'?"),
        ),
        ("q.yaml", QUESTIONNAIRE.replace("items: [s1, s2, s3]", "items: [s1, s2, s9]"), ("s9",)),
        (
            "q.yaml",
            QUESTIONNAIRE.replace("id: shop", "id: !!python/object:os.system shop"),
            ("line 1", "tag"),
        ),
    ],
)
def test_definitions(tmp_path, lines, capsys, name, text, words):
    (tmp_path / name).write_text(text, encoding="utf-8")
    Run(tmp_path, capsys).check_refused(*words)


def test_bytes_that_are_no_text(tmp_path, lines, capsys):
    (tmp_path / "study.yaml").write_bytes(b"title: \xff\xfe\x00")
    Run(tmp_path, capsys).check_refused("study.yaml")


def test_too_few_answers_for_the_model(tmp_path, capsys):
    write_study(tmp_path, MODEL, rows=5)
    Run(tmp_path, capsys).check_refused("study.yaml, line 9", "5")


def test_a_constant_item(tmp_path, capsys):
    write_study(tmp_path, MODEL)
    lines = (tmp_path / "answers.csv").read_text().splitlines()
    for row in range(1, len(lines)):
        lines = with_cell(lines, row, "a2", "3")
    save(tmp_path, lines)
    Run(tmp_path, capsys).check_refused("a2", "study.yaml, line 9")


def test_every_finding_of_a_file_at_once(tmp_path, lines, capsys):
    bad = with_cell(with_cell(with_cell(lines, 3, "nps", "11"), 9, "a1", "x"), 40, "s3", "0")
    save(tmp_path, bad)
    run = Run(tmp_path, capsys)
    run.check_refused("'nps'", "'a1'", "'s3'", "data row 3", "data row 9", "data row 40")


CHINESE = QUESTIONNAIRE.replace(
    "options: {n: {en: North, zh: 北}, s: {en: South, zh: 南}}",
    "options: {n: {en: North, zh: 北京}, s: {en: South, zh: 南京}}",
)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-8-sig"])
def test_other_encodings_are_read_right_or_refused(tmp_path, lines, capsys, encoding):
    (tmp_path / "q.yaml").write_text(CHINESE, encoding="utf-8")
    (tmp_path / "study.yaml").write_text(
        STUDY + "analyses: []\nmodels: []\ngroups: [town]\n", encoding="utf-8"
    )
    chinese = [
        line.replace(",n", ",北京").replace(",s", ",南京") if i else line for i, line in enumerate(lines)
    ]
    save(tmp_path, chinese, encoding)
    run = Run(tmp_path, capsys)
    if run.code == ExitCode.OK:
        html = (tmp_path / "out" / "report.html").read_text("utf-8")
        assert "North" in html
        assert "�" not in html
    else:
        run.check_refused("answers.csv", "encoding")


def test_control_characters_never_reach_the_terminal(tmp_path, lines, capsys):
    """B9: what a cell holds is quoted and escaped."""
    save(tmp_path, with_cell(lines, 2, "a1", "\x1b[31mred\x07"))
    run = Run(tmp_path, capsys)
    run.check_refused("data row 2")
    assert "\x1b" not in run.said
    assert "\x07" not in run.said


def test_formats_that_are_not_what_they_say(tmp_path, lines, capsys):
    for name, content in (
        ("answers.xlsx", b"PK\x03\x04nonsense"),
        ("answers.parquet", b"PAR1"),
        ("answers.sav", b"x"),
    ):
        (tmp_path / name).write_bytes(content)
        study = STUDY.replace("answers.csv", name) + "analyses: []\nmodels: []\n"
        (tmp_path / "study.yaml").write_text(study, encoding="utf-8")
        Run(tmp_path, capsys).check_refused(name)


def test_truncated_files_are_never_a_bug(tmp_path, lines, capsys):
    """B6: whatever is cut off, the answer is a report or a finding."""
    whole = (tmp_path / "q.yaml").read_bytes()
    for cut in range(0, len(whole), 97):
        (tmp_path / "q.yaml").write_bytes(whole[:cut])
        assert cli._exit_code(["check", str(tmp_path / "q.yaml")], debug=False) in {
            ExitCode.OK,
            ExitCode.BAD_INPUT,
        }
    out = io.StringIO(capsys.readouterr().err)
    assert "bug" not in out.getvalue()


@pytest.mark.parametrize(
    "model",
    [
        "f =~ a1 + a2 + a3\nCONSTRAINT(exp(__import__('os').system('touch {marker}'))>0)",
        "f =~ a1 + a2 + a3\nx := __import__('os').system('touch {marker}')",
        "f =~ a1 + a2 + a3\nx := system('touch {marker}')",
        "f =~ a1 + a2 + a3\na1 ~~ start(__import__('os').system('touch {marker}'))*a2",
        "f =~ a1 + a2 + equal('{marker}')*a3",
    ],
)
@pytest.mark.parametrize("engine", ["surveykit", "semopy"])
def test_code_in_a_model_never_runs(tmp_path, capsys, model, engine):
    """P1: the text reaches our own grammar and nothing that evaluates it."""
    marker = tmp_path / "marker"
    indented = model.format(marker=marker).replace("\n", "\n      ")
    study = (
        STUDY + f"analyses: []\nscores: []\nmodels:\n  - engine: {engine}\n    model: |\n      {indented}\n"
    )
    write_study(tmp_path, study)
    run = Run(tmp_path, capsys)
    assert not marker.exists()
    run.check_refused("study.yaml, line 1")


@pytest.mark.parametrize(
    "text",
    [
        "x: !!python/object/apply:os.system ['touch {marker}']",
        "title: {{en: \"{{{{ cycler.__init__.__globals__.os.system('touch {marker}') }}}}\", zh: x}}",
    ],
)
def test_code_in_yaml_never_runs(tmp_path, capsys, text):
    """P3, J1: a tag is refused; a template's braces in a text are text."""
    marker = tmp_path / "marker"
    text = text.format(marker=marker)
    rest = STUDY if text.startswith("x") else STUDY.split("\n", 1)[1]
    write_study(tmp_path, f"{text}\n{rest}analyses: []\nmodels: []\n")
    run = Run(tmp_path, capsys)
    assert not marker.exists()
    if text.startswith("x"):
        run.check_refused("line 1", "tag")
    else:
        assert run.code == ExitCode.OK, run.said
        assert "cycler.__init__" in (tmp_path / "out" / "report.html").read_text("utf-8")
