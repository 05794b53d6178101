"""Names, e-mails, telephones, addresses, places, cards and accounts planted everywhere, looked for in everything written."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveykit import cli
from surveykit.study.execute import results_of
from tests.test_reliability_outputs import plain

N = 120
QUESTIONNAIRE = """
id: shop
title: Shop
items:
  pid: {text: Number, type: id}
  sat: {text: Satisfied, scale: a}
  agent: {text: Consultant, options: {1: "anna.schmidt@plant.example", 2: "Bob", 3: "+49 30 5550999"}}
  why: {text: Why, type: text}
scales:
  a: {min: 1, max: 7, labels: {1: "no", 7: "yes"}}
metrics:
  liked: {metric: csat, item: sat}
groups: [agent]
"""
STUDY = """
title: {en: Shop}
questionnaire: shop.yaml
data: "answers of quentin@plant.example 13855550001.csv"
languages: [en]
groups: [agent]
analyses:
  - {analysis: frequencies, items: [agent]}
models: []
report: {forms: [docx, pptx]}
"""
CARD = "11010519491231002X"
TRACES = re.compile(
    r"quentin|zyxwv|plant\.example|5550\d{3}|555-0\d|1385555|198\.51\.100|52\.5017|13\.40\d\d\d|11010519|wxid_plant|oPLANT|欧阳"
    r"|R_1000|anna\.schmidt",
    re.IGNORECASE,
)
SAID = (
    "call +49 170 5550123 or quentin@plant.example, my name is Quentin Zyxwv",
    f"我的微信号：wxid_plant0001，身份证{CARD}，手机13855550001，我叫欧阳锋",
    "from 198.51.100.7 at 52.5017, 13.40495, (212) 555-0187",
)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A study whose answers hold what nobody may read elsewhere; five columns that no item asks for."""
    folder = tmp_path_factory.mktemp("planted")
    r = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "pid": [f"R_{10_000_000 + i}" for i in range(N)],
            "sat": r.integers(1, 8, N),
            "agent": r.choice(["anna.schmidt@plant.example", "Bob", "+49 30 5550999"], N),
            "why": [SAID[i % 3] for i in range(N)],
            "Name": [f"Quentin {chr(65 + i % 26)}. Zyxwv-{i}" for i in range(N)],
            "姓名": [f"欧阳{chr(0x4E00 + i)}" for i in range(N)],
            "IP": "198.51.100.7",
            "身份证": CARD,
            "openid": "oPLANT0001abcdefghijklmnopqr",
        }
    )
    frame.to_csv(
        folder / "answers of quentin@plant.example 13855550001.csv", index=False, encoding="utf-8-sig"
    )
    (folder / "shop.yaml").write_text(QUESTIONNAIRE, encoding="utf-8")
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    return folder


def found_in(folder: Path) -> dict[str, set[str]]:
    """The traces in each file, its texts and its streams."""
    hits = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        traces = {m.group() for m in TRACES.finditer(plain(path.suffix[1:], path.read_bytes()))}
        hits[path.name] = traces - ({"13.40495"} if path.suffix == ".pdf" else set())
    return hits


@pytest.fixture(scope="module")
def written(home):
    """Everything that the study and the commands write, with a folder for temporary files and no umask."""
    scratch = home / "scratch"
    scratch.mkdir()
    before, umask, kept = tempfile.tempdir, os.umask(0), os.environ.get("TMPDIR")
    tempfile.tempdir = os.environ["TMPDIR"] = str(scratch)
    answers = str(next(home.glob("answers*")))
    questionnaire = str(home / "shop.yaml")
    try:
        for words in (
            ["run", str(home / "study.yaml"), "-o", str(home / "out")],
            ["summarise", answers, "-q", questionnaire, "-o", str(home / "out" / "moments.json")],
            ["release", answers, "--quasi", "sat", "-k", "2", "-o", str(home / "out" / "rows.csv")],
            ["new", str(home / "drafted"), "--from", answers],
        ):
            assert cli._exit_code(words, debug=True) == 0, words
    finally:
        tempfile.tempdir = before
        os.umask(umask)
        os.environ.pop("TMPDIR") if kept is None else os.environ.update(TMPDIR=kept)
    return home


def test_nothing_planted_is_in_anything_written(written):
    """V5, V4: results, web page, PDF (texts, streams, metadata), Word, slides, workbook, moments, released rows."""
    found = found_in(written / "out")
    assert {Path(n).suffix for n in found} == {".html", ".pdf", ".docx", ".pptx", ".xlsx", ".json", ".csv"}
    assert {name: traces for name, traces in found.items() if traces} == {}
    page = (written / "out" / "report.html").read_text("utf-8")
    assert "[e-mail 1]" in page  # the group is there, without whom it names
    assert "[telephone 1]" in page
    assert "Bob" in page


def test_nothing_temporary_stays(written):
    """V7: no cache, no temporary file, after a run under umask 0."""
    assert list((written / "scratch").iterdir()) == []


def test_what_the_study_keeps_is_kept(written):
    """The researcher's own word: `keep:` names the column whose identifiers may be shown."""
    text = (written / "study.yaml").read_text("utf-8")
    (written / "kept.yaml").write_text(
        text.replace("report: {forms: [docx, pptx]}", "keep: [agent]"), encoding="utf-8"
    )
    said = results_of(written / "kept.yaml")
    assert "anna.schmidt@plant.example" in said
    assert "quentin" not in said


def test_a_report_with_a_masked_file_name_is_verified(written, capsys):
    assert (
        cli._exit_code(["verify", str(written / "out" / "report.html"), "--inputs", str(written)], debug=True)
        == 0
    )
    assert "the same bytes" in capsys.readouterr().out


def test_messages_name_places_and_not_people(tmp_path, capsys):
    """V5, B9: cells that do not fit, ids that repeat, labels nobody knows: row and column, never the cell's identifier."""
    rows = ["pid,sat,agent,why"]
    rows += [
        f"R_10000001,{SAID[0].replace(',', ' ')},quentin@plant.example,x",
        f"R_10000001,13855550001,{CARD},x",
    ]
    (tmp_path / "answers.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (tmp_path / "shop.yaml").write_text(QUESTIONNAIRE, encoding="utf-8")
    study = STUDY.replace("answers of quentin@plant.example 13855550001.csv", "answers.csv")
    (tmp_path / "study.yaml").write_text(study, encoding="utf-8")
    assert (
        cli._exit_code(["run", str(tmp_path / "study.yaml"), "-o", str(tmp_path / "out")], debug=False) == 2
    )
    said = capsys.readouterr()
    assert not {m.group() for m in TRACES.finditer(said.out + said.err)} - {"Zyxwv"} - {"Quentin"}
    assert "answers.csv" in said.err


def test_a_draft_takes_no_name_from_the_file_and_no_identifier_for_an_option(written):
    """V5: the title is the file's name without whom it names; a column with e-mails among its answers is left out."""
    text = (written / "drafted" / "questionnaire.yaml").read_text("utf-8")
    assert "[e-mail]" in text
    assert "agent (telephone among its answers)" in text or "agent (e-mail among its answers)" in text
    body = text[text.index("\nid:") :]
    assert not {m.group() for m in TRACES.finditer(body)}
