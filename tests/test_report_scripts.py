"""methods.R and methods.py: what they fit again is what the study found."""

from __future__ import annotations

import ast
import csv
import io
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
from contextlib import chdir, redirect_stdout
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from surveykit.report import Report
from surveykit.report._scripts import scripts_of
from surveykit.report._scripts_answers import answers_of
from surveykit.responses import Responses, read
from surveykit.sem import fit
from surveykit.sem.lavaan import r_text
from surveykit.study.assemble import reports_of
from surveykit.study.execute import compute
from surveykit.study.prepare import prepare
from tests.report_study import report, study

HOSTILE = 'say "no" \\ \'\'\' 质𠮷\u202e"""); quit()'
"""A label that would end a text of R or Python, turn the order of writing, or need another encoding."""
QUESTIONNAIRE = """
id: small
title: {en: Small, zh: 小}
version: "1"
languages: [en, zh]
citation: none
scales:
  agree: {min: 1, max: 7, labels: {1: {en: Never, zh: 从不}, 7: {en: Always, zh: 总是}}, missing: {"9": dont_know}}
items:
  a1: {text: {en: "First, of all", zh: 一}, scale: agree}
  a2: {text: {en: Second, zh: 二}, scale: agree, reverse: true}
  a3: {text: {en: Third, zh: 三}, scale: agree}
  b1: {text: {en: Fourth, zh: 四}, scale: agree}
  b2: {text: {en: Fifth, zh: 五}, scale: agree}
  b3: {text: {en: Sixth, zh: 六}, scale: agree}
  site:
    text: {en: "Where?", zh: 哪里？}
    type: single
    options: {north: {en: HOSTILE, zh: 北}, south: {en: South, zh: 南}}
  w: {text: {en: Weight, zh: 权重}, type: number}
constructs:
  A: {title: {en: A, zh: 甲}, items: [a1, a2, a3]}
  B: {title: {en: B, zh: 乙}, items: [b1, b2, b3]}
paths: [A -> B]
"""
STUDY = r"""
title: {en: Small, zh: 小}
questionnaire: q.yaml
data: people.csv
seed: 3
analyses:
  - {analysis: regression, outcome: B, predictors: [A]}
  - {analysis: invariance, by: site, steps: [configural, metric]}
  - {analysis: cfa}
models:
  - {id: full, title: {en: "Ends\n''' \" here \\", zh: 全}}
  - {id: robust, method: mlr, missing: listwise, sampling_weights: w}
  - {id: sites, group: site, group_equal: [loadings], title: {en: Two sites, zh: 两地}}
  - {id: pls, method: pls, bootstrap: 20}
  - {id: plsc, method: plsc, bootstrap: 20, scheme: centroid}
  - {id: methods, method: compare, bootstrap: 20}
  - {id: pls_sites, method: pls, group: site, bootstrap: 20, permutations: 19}
  - {id: means, model: "B ~ A"}
"""


def questionnaire(label: str = HOSTILE) -> str:
    quoted = label.replace("\\", "\\\\").replace('"', '\\"').replace("\u202e", "\\u202e")
    return QUESTIONNAIRE.replace("HOSTILE", f'"{quoted}"')


@cache
def results():
    _, found = study()
    return {k: v for k, v in found.items() if v.kind == "fit"}


def answers(n: int = 160) -> list[list[str]]:
    """A header and simulated people as an export holds them: words, codes, gaps, rows that do not count."""
    draw = np.random.Generator(np.random.Philox(key=11))
    a = draw.standard_normal(n)
    b = 0.6 * a + 0.8 * draw.standard_normal(n)
    scores = [
        np.clip(np.round(4 + 1.2 * (f + 0.7 * draw.standard_normal(n))), 1, 7).astype(int)
        for f in (a, a, a, b, b, b)
    ]
    scores[1] = 8 - scores[1]
    rows = [["First, of all", "Second\nline", "a3", "b1", "b2", "b3", "Where?", "w", "a note"]]
    for i in range(n):
        cells = [str(s[i]) for s in scores]
        cells[2] = {"1": "从不", "7": " Always "}.get(cells[2], cells[2])
        if i % 9 == 0:
            cells[i % 6] = ("", "9")[i % 2]
        site = HOSTILE if i % 2 else "South"
        rows.append(
            [*cells, site, "0" if i % 40 == 5 else f"{0.5 + (i % 70) / 70:.4f}", 'a "word", and\nanother']
        )
        if i % 50 == 7:
            rows.append([""] * 9)
    return rows


def text_of(rows: list[list[str]], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The report of a study with every kind of model, and the folder of its inputs."""
    folder: Path = tmp_path_factory.mktemp("study")
    rows = answers()
    rows[0][1] = "Second"
    (folder / "people.csv").write_bytes(text_of(rows).encode("utf-8"))
    (folder / "q.yaml").write_text(questionnaire(), encoding="utf-8")
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    plan = prepare(folder / "study.yaml", str, bool)
    found, _ = compute(plan, str)
    made = reports_of(plan, found)["en"]
    (folder / "methods.py").write_text(made.py(), encoding="utf-8")
    (folder / "methods.R").write_text(made.r(), encoding="utf-8")
    return made, folder


def run(folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=120, env={**os.environ, **environment}
    )


def python(folder: Path, *arguments: str) -> tuple[str, str]:
    """What methods.py prints in this process, which has surveykit loaded already, and the words that it ends with."""
    printed, ended = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), ""
    with chdir(folder), redirect_stdout(printed), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["methods.py", *arguments])
        try:
            runpy.run_path("methods.py", run_name="__main__")
        except SystemExit as end:
            ended = str(end.code or "")
    printed.seek(0)
    return printed.read(), ended


def lavaan(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed")
    found = run(folder, "Rscript", "methods.R", *arguments, LC_ALL="C")
    if "there is no package called" in found.stderr:
        pytest.skip("lavaan is not installed")
    return found


def differences(output: str) -> list[tuple[int, float]]:
    """How many estimates each model compared, and the largest difference."""
    found = re.findall(
        r"^(\d+)(?: of \d+)? estimates of the report found again; largest difference ([\d.e+-]+)",
        output,
        re.M,
    )
    return [(int(n), float(d)) for n, d in found]


def test_models_whose_moments_suffice_need_no_answers(tmp_path):
    (tmp_path / "methods.py").write_text(scripts_of(results(), {}).py, encoding="utf-8")
    printed, ended = python(tmp_path)
    assert ended == ""
    assert results()["chain"].tidy().to_string() in printed
    assert "pls: needs the answers, which this report does not know." in (tmp_path / "methods.py").read_text(
        "utf-8"
    )
    (tmp_path / "methods.R").write_text(scripts_of(results(), {}).r, encoding="utf-8")
    found = lavaan(tmp_path)
    assert found.returncode == 0, found.stderr
    chain, pls = differences(found.stdout)
    # lavaan stops when its function value changes by less than 1e-10 of itself: five digits of a coefficient
    assert chain[0] == len(results()["chain"].tidy())
    assert chain[1] < 2e-5
    # the same fixed point, searched to 1e-10 by both; the report has ten digits
    assert pls[0] == len(results()["pls"].tidy())
    assert pls[1] < 1e-8


def test_python_fits_every_model_of_a_study_again(made):
    _, folder = made
    found = run(folder, sys.executable, "methods.py", "people.csv", "q.yaml")
    assert found.returncode == 0, found.stderr + found.stdout[-2000:]
    assert "the file of the report by its SHA-256" in found.stdout
    assert "== regression ==" in found.stdout
    compared = differences(found.stdout)
    assert len(compared) == 8 + 2
    assert all(n > 0 and d < 1e-8 for n, d in compared)


def test_lavaan_and_base_r_fit_every_model_of_a_study_again(made):
    report, folder = made
    found = lavaan(folder, "people.csv")
    assert found.returncode == 0, found.stderr + found.stdout[-2000:]
    compared = differences(found.stdout)
    assert len(compared) == 5 + 4 + 2 + 1 + 2 + 1  # the comparison has four methods, PLS by site two groups
    sizes = [len(report.results[name].tidy()) for name in ("full", "robust", "sites")]
    assert [n for n, _ in compared[:3]] == sizes
    # lavaan's own search leaves up to some 1e-5; its EM and ours stop at other places
    assert max(d for _, d in compared) < 1e-4
    assert max(d for n, d in (*compared[3:8], *compared[9:11])) < 1e-8  # PLS: one fixed point


def test_other_answers_are_refused_by_both(made, tmp_path):
    _, folder = made
    for name in ("methods.py", "methods.R", "q.yaml"):
        shutil.copy(folder / name, tmp_path / name)
    text = (folder / "people.csv").read_bytes().decode("utf-8")
    fewer = "\r\n".join(text.split("\r\n")[:60]) + "\r\n"
    (tmp_path / "people.csv").write_bytes(fewer.encode("utf-8"))
    printed, ended = python(tmp_path)
    assert "these are other answers" in ended
    assert "NOT the file" in printed
    found = lavaan(tmp_path)
    assert found.returncode == 1
    assert "these are other answers" in found.stderr
    changed = text.replace("从不", "2", 1)
    assert changed != text
    (tmp_path / "people.csv").write_bytes(changed.encode("utf-8"))
    found = lavaan(tmp_path)
    assert found.returncode == 1
    assert "the column a3 is not the one of the report" in found.stderr
    assert "the answers are not there" in lavaan(tmp_path, "nowhere.csv").stderr


def test_no_label_and_no_title_breaks_out_of_the_scripts(made):
    report, folder = made
    for script, comment in (
        (report.py(), "# Ends ''' \" here \\ (full)"),
        (report.r(), "# Ends ''' \" here \\ (full)"),
    ):
        assert comment in script.splitlines()
        assert "\u202e" not in script
        assert str(folder) not in script
    ast.parse(report.py())
    code = "\n".join(line for line in report.r().splitlines() if not line.startswith("#"))
    assert code.isascii()
    assert r_text(HOSTILE) in code
    assert r_text("\t\r\n\x07" + '"\\') == '"\\t\\r\\n\\u0007\\"\\\\"'


def test_no_answer_stands_in_a_script(made):
    report, _ = made
    for script in (report.py(), report.r()):
        assert "another" not in script  # the open answers
        longest = max((len(m) for m in re.findall(r"(?:\d, ){20,}", script)), default=0)
        assert longest == 0  # no column of codes


def test_r_rakes_weights_as_the_study_did(made, tmp_path):
    _, folder = made
    for name in ("people.csv", "q.yaml"):
        shutil.copy(folder / name, tmp_path / name)
    margins = {"site": {"north": 30, "south": 70}, "turn": {"x": 45, "y": 55}}
    text = (folder / "people.csv").read_bytes().decode("utf-8")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    rows = [[*r, "turn" if i == 0 else "xy"[i % 3 == 0]] for i, r in enumerate(rows) if any(r)]
    (tmp_path / "people.csv").write_text(text_of(rows), encoding="utf-8", newline="")
    model = {"id": "raked", "method": "mlr", "missing": "listwise", "sampling_weights": "surveykit_weight"}
    facts = {
        "title": {"en": "Raked", "zh": "加权"}, "questionnaire": "q.yaml", "data": "people.csv", "analyses": [], "weight": "w",
        "weighting": {"margins": margins, "bounds": [0.4, 1.9]}, "models": [model], "keep": ["turn"],
    }  # fmt: skip
    (tmp_path / "study.yaml").write_text(json.dumps(facts), encoding="utf-8")
    plan = prepare(tmp_path / "study.yaml", str, bool)
    found, _ = compute(plan, str)
    script = reports_of(plan, found)["en"].r()
    assert "bounds = c(0.4, 1.9)" in script
    (tmp_path / "methods.R").write_text(script, encoding="utf-8")
    done = lavaan(tmp_path)
    assert done.returncode == 0, done.stderr
    assert differences(done.stdout)[0][1] < 1e-4


def exported(folder: Path, encoding: str, delimiter: str, comma: bool) -> Responses:
    """Answers as another program exports them, read."""
    rows = [
        [*r[:6], "x" if "say" in r[6] else r[6], r[7].replace(".", ",") if comma else r[7], "顾客满意度测试"]
        for r in answers(90)
        if any(r)
    ]
    rows[0][1] = "Second"
    rows[0][-1] = "说明"
    rows = [[c.replace("从不", "1") for c in r] for r in rows]
    (folder / "people.csv").write_bytes(text_of(rows, delimiter).encode(encoding))
    (folder / "q.yaml").write_text(questionnaire("x"), encoding="utf-8")
    return read(folder / "people.csv", folder / "q.yaml", weight="w")


EXPORTS = pytest.mark.parametrize(
    ("encoding", "delimiter", "comma"),
    [("utf-8-sig", ";", True), ("utf-16", "\t", False), ("gb18030", ",", False)],
)


@EXPORTS
def test_how_a_file_is_encoded_and_split_is_known(tmp_path, encoding, delimiter, comma):
    how = answers_of(exported(tmp_path, encoding, delimiter, comma), ["a1", "w"])
    assert not how.coded
    assert how.delimiter == delimiter
    assert how.columns[1].comma is comma
    assert how.encoding == {"utf-8-sig": "UTF-8"}.get(encoding, encoding).upper()


@pytest.mark.nightly
@EXPORTS
def test_r_reads_files_as_they_are_encoded_and_split(tmp_path, encoding, delimiter, comma):
    data = exported(tmp_path, encoding, delimiter, comma)
    text = "A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nB ~ A"
    found = {"model": fit(text, data, method="mlr", missing="listwise")}
    (tmp_path / "methods.R").write_text(scripts_of(found, {}, data).r, encoding="utf-8")
    done = lavaan(tmp_path, "people.csv")
    assert done.returncode == 0, done.stderr
    assert differences(done.stdout)[0][1] < 1e-4


def workbook(folder: Path) -> None:
    """Answers in a workbook, and both scripts of a model of them."""
    import pandas as pd

    rows = answers(90)
    frame_of = {h: [r[i] for r in rows[1:] if any(r)] for i, h in enumerate(rows[0])}
    path = folder / "people.xlsx"
    pd.DataFrame(frame_of).to_excel(path, index=False, engine="xlsxwriter")
    (folder / "q.yaml").write_text(questionnaire().replace("Second,", '"Second line",'), encoding="utf-8")
    data = read(path, folder / "q.yaml", weight="w")
    text = "甲 =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nB ~ 甲"
    made = scripts_of({"model": fit(text, data, group="site", method="mlr", missing="fiml")}, {}, data)
    (folder / "methods.R").write_text(made.r, encoding="utf-8")
    (folder / "methods.py").write_text(made.py, encoding="utf-8")


def test_where_r_cannot_read_the_answers_python_makes_codes_of_them(tmp_path):
    workbook(tmp_path)
    assert "make the file of codes first" in (tmp_path / "methods.R").read_text("utf-8")
    assert python(tmp_path, "people.xlsx", "q.yaml", "coded.csv")[1] == ""
    rows = list(csv.reader(io.StringIO((tmp_path / "coded.csv").read_text("utf-8"))))
    assert {"a1", "b3", "site", "w"} <= set(rows[0])
    assert len(rows) - 1 == read(tmp_path / "people.xlsx", tmp_path / "q.yaml", weight="w").n_rows


@pytest.mark.nightly
def test_r_reads_the_codes_that_python_made(tmp_path):
    workbook(tmp_path)
    python(tmp_path, "people.xlsx", "q.yaml", "coded.csv")
    done = lavaan(tmp_path)
    assert done.returncode == 0, done.stderr
    assert differences(done.stdout)[0][1] < 1e-4


def test_models_stand_in_the_order_of_the_study(made):
    report, _ = made
    ids = [
        "means",
        "full",
        "robust",
        "sites",
        "pls",
        "plsc",
        "methods",
        "pls_sites",
        "regression",
        "invariance",
        "cfa",
    ]
    shown = re.findall(r"^show\('(?:.*\()?(\w+)\)?'", report.py(), re.M)
    assert shown == [i for i in ids if i in shown]
    assert len(shown) == 11


def test_a_report_saves_them_by_their_suffix(tmp_path):
    made: Report = report("en")
    assert made.save(tmp_path / "methods.R").read_text("utf-8") == made.r()
    assert made.save(tmp_path / "methods.py").read_text("utf-8") == made.py()
    assert "# Quality to loyalty (chain)" in made.py()
