"""Promises that no room holds alone (W1, W2, W4, F8, X2, X3, X4), and that docs/reliability.md says where each one is held."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import surveykit as sk
from surveykit.errors import SurveykitError
from surveykit.files import inert, live
from surveykit.report._blocks import Column, TableBlock
from surveykit.report._pdf import pdf_of
from surveykit.report._render import Page
from surveykit.report._tables import workbook
from surveykit.responses import read
from surveykit.responses.privacy import release

ROOT = Path(__file__).parents[1]
FAMILIES = ("Noto Sans CJK SC",)
PAGE = ROOT / "docs" / "reliability.md"
WATCHED: list[str] = []
_watching = False


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if _watching and (event.startswith("socket.") or (event == "open" and "passwd" in str(arguments[0]))):
        WATCHED.append(f"{event} {arguments}")


sys.addaudithook(_hook)


@pytest.fixture
def watched():
    """Every socket and every look at /etc/passwd while the test runs."""
    global _watching
    WATCHED.clear()
    _watching = True
    yield WATCHED
    _watching = False


@pytest.mark.parametrize(
    "answer",
    [
        '<link rel=attachment href="file:///etc/passwd">',
        '<base href="http://169.254.169.254/"><img src="latest/meta-data">',
        '<img src="ftp://127.0.0.1:21/x">',
        '<embed src="file:///etc/passwd">',
        '<ul style="list-style-image: url(http://127.0.0.1:9/x)"><li>x</li></ul>',
        "<p style=\"content: url('file:///etc/passwd')\">x</p>",
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9">'
        '<image xlink:href="file:///etc/passwd" width="9" height="9"/></svg>',
        '<iframe src="file:///etc/passwd"></iframe>',
        '<script src="http://127.0.0.1:9/x.js"></script>',
    ],
)
def test_an_answer_that_escaped_escaping_still_reaches_nothing(answer, watched):
    """W1, W2, W4: the layer below autoescape alone. No socket, no file; what asks for one stops the run."""
    html = f'<!DOCTYPE html><html lang="en"><head><title>t</title></head><body><p>x</p>{answer}</body></html>'
    try:
        made = pdf_of(html, "p { margin: 0 }", FAMILIES, frozenset())
    except SurveykitError as error:
        assert error.code == "FETCH_BLOCKED"  # noqa: PT017 - either outcome is right, as long as nothing was reached
    else:
        assert b"root:" not in made
        assert b"/EmbeddedFiles" not in made
    assert watched == []


def test_the_watch_can_fail(watched):
    Path("/etc/passwd").read_bytes()
    assert watched


ASKED = {
    "correlation": {"items": ["a", "b", "c"]},
    "regression": {"outcome": "a", "predictors": ["b", "c"]},
    "descriptives": {"items": ["nps"]},
}
CHILD = "import sys; from tests.test_reliability_promises import published; print(published(sys.argv[1]))"


def published(path: str | Path) -> str:
    """The hash of what a score, correlations, a regression and descriptives from DuckDB publish."""
    data = sk.read(path, engine="duckdb")
    found = [sk.score(data, "nps", item="nps", by="shop").to_dict()]
    found += [sk.analyse(data, name, **options).to_dict() for name, options in ASKED.items()]
    return hashlib.sha256(json.dumps(found, sort_keys=True, default=str).encode()).hexdigest()


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Weighted-looking answers whose sums depend on the order in which they are added."""
    rng = np.random.default_rng(5)
    n = 6_000
    frame = pd.DataFrame(rng.normal(1e6, 1.0, (n, 3)), columns=["a", "b", "c"])
    frame["nps"], frame["shop"] = rng.integers(0, 11, n), rng.choice(list("xyz"), n)
    path = tmp_path_factory.mktemp("many") / "answers.parquet"
    frame.to_parquet(path)
    return path


def summed(path: Path, threads: int) -> str:
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "OPENBLAS_NUM_THREADS": str(threads),
        "PYTHONHASHSEED": str(threads),
    }
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path)],
        capture_output=True,
        text=True,
        env={**env, "OMP_NUM_THREADS": str(threads)},
    )
    assert done.returncode == 0, done.stderr[-1500:]
    return done.stdout.strip()


def test_duckdb_gives_the_same_numbers_twice_and_with_other_threads(many):
    """F8 on the embedded engine: twice here, and in a process with eight threads and another hash seed."""
    assert published(many) == published(many) == summed(many, 8)


@pytest.mark.nightly
def test_duckdb_five_times_with_one_two_and_eight_threads(many):
    """F8, long form."""
    assert len({summed(many, t) for t in (1, 2, 8) for _ in range(5)}) == 1


DANGEROUS = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\0x", "＝1", "'=1", "it's", "plain", "−1"]


def test_released_rows_start_no_formula_and_come_back(tmp_path):
    """X2: an apostrophe before what a spreadsheet would run, taken off again by `unescape_csv`; numbers as they are."""
    from surveykit.report import unescape_csv

    frame = pd.DataFrame({"name": DANGEROUS * 3, "x": [-2.5, 1.0, 3.25] * 12})
    data = read(frame, keep=["name"])
    release(data, tmp_path / "rows.csv", ["name", "x"], seed=1)
    with (tmp_path / "rows.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    assert not [r for r in rows if r[0][:1] in "=+-@\t\r\0＝＋－＠"]
    assert sorted(unescape_csv(r[0]) for r in rows) == sorted(data.frame(["name"])["name"])
    assert {float(r[1]) for r in rows} == {-2.5, 1.0, 3.25}


def test_no_header_and_no_cell_behind_a_semicolon_starts_a_formula(tmp_path):
    """X2: names of columns come from files of others too; where `;` parts cells, a text may hold a cell that begins anew."""
    frame = pd.DataFrame(
        {"=cmd|' /C calc'!A0": ["a;=HYPERLINK(1)", "b"] * 10, "-x": ["tea\t@SUM(1)", "c"] * 10}
    )
    data = read(frame, keep=list(frame.columns))
    release(data, tmp_path / "rows.csv", list(frame.columns), seed=1)
    text = (tmp_path / "rows.csv").read_text("utf-8")
    assert not [cell for cell in re.split(r"[,;\t\r\n]", text) if cell.startswith(("=", "-", "@"))]
    assert {live(c) for c in next(csv.reader(io.StringIO(text)))} == set(frame.columns)


def test_what_is_made_inert_comes_back_whatever_it_is():
    marks = ["=", "+", "-", "@", "＝", "'", "''", ";", "\t", "\r", "\n", "\0", " ", "\u00a0", "a", "1"]
    draw = np.random.Generator(np.random.Philox(key=3))
    for _ in range(4_000):
        text = "".join(draw.choice(marks, draw.integers(0, 8)))
        guarded = inert(text)
        assert live(guarded) == text
        assert not [
            c
            for c in re.split("[;\t\r\n]", guarded)
            if c.lstrip(" \u00a0")[:1] in {*"=+-@＝"} and c[:1] in {*"=+-@＝"}
        ]


def test_a_sheet_takes_any_text_and_says_where_it_was_cut():
    """X3: control characters, half of a pair, forty thousand characters."""
    texts = ["a\x0bb\x00c", "\ud800x", "y" * 40_000]
    table = TableBlock("t", ("T",), (Column(("name",), "left"),), tuple(((t,),) for t in texts))
    with zipfile.ZipFile(io.BytesIO(workbook([Page("p", (table,))], "en", "T"))) as book:
        strings = book.read("xl/sharedStrings.xml").decode("utf-8")
    assert "a\ufffdb\ufffdc" in strings
    assert "_x000B_" not in strings
    assert "\ufffdx" in strings
    assert "y" * 32_766 + "…" in strings


def test_a_member_that_would_leave_the_archive_is_never_written(tmp_path):
    """X4 (zip slip): the workbook's own parts are read, others stay where they are."""
    path = tmp_path / "deep" / "a.xlsx"
    path.parent.mkdir()
    pd.DataFrame({"x": [1, 2, 3]}).to_excel(path, index=False)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../evil.txt", "evil")
        archive.writestr("/tmp/surveykit-evil.txt", "evil")
    try:
        assert read(path).n_rows == 3
    except SurveykitError as error:
        assert "evil" in str(error)  # noqa: PT017 - refused by name is as good
    assert not list(tmp_path.rglob("evil*"))
    assert not Path("/tmp/surveykit-evil.txt").exists()


@pytest.mark.parametrize("pad", [0, 70_000])
def test_an_entity_behind_a_long_comment_and_a_part_that_stands_twice_are_refused(tmp_path, pad):
    """X4: only the first bytes of a part are looked at for a declaration, so an element has to begin within them."""
    good, bad, twice = (tmp_path / f"{name}.xlsx" for name in ("good", "bad", "twice"))
    pd.DataFrame({"x": [1, 2, 3]}).to_excel(good, index=False)
    lead = b"<!--" + b"<a>" * (pad // 3) + b'--><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(bad, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, lead + content if name == "xl/worksheets/sheet1.xml" else content)
    with pytest.raises(SurveykitError, match="entities"):
        read(bad)
    twice.write_bytes(good.read_bytes())
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(twice, "a") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "<worksheet/>")
    with pytest.raises(SurveykitError, match="stands twice"):
        read(twice)
    assert read(good).n_rows == 3


PROMISED = [
    "F7", "F8", "F14", "F18", *(f"W{i}" for i in range(1, 9)), *(f"J{i}" for i in range(1, 7)), *(f"X{i}" for i in range(1, 5)),
    *(f"V{i}" for i in range(1, 10)),
]  # fmt: skip


def listed() -> dict[str, list[tuple[str, str]]]:
    """Promise: the tests that docs/reliability.md names, as file and function."""
    found: dict[str, list[tuple[str, str]]] = {}
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [c.strip() for c in line.split("|")]
        if len(cells) > 3 and re.fullmatch(r"[A-Z]\d+", cells[1]):
            found[cells[1]] = re.findall(r"`(\w+)::(\w+)`", line)
    return found


@pytest.mark.parametrize("promise", PROMISED)
def test_every_promise_names_tests_that_are_there(promise):
    """A promise without a test is a wish. Each named test exists, and its file says which promise it holds."""
    tests = listed().get(promise)
    assert tests, f"docs/reliability.md names no test for {promise}"
    told = False
    for file, name in tests:
        text = (ROOT / "tests" / f"{file}.py").read_text("utf-8")
        assert re.search(rf"^def {name}\(", text, re.MULTILINE), (file, name)
        spans = re.findall(r"\b([A-Z])(\d)-[A-Z]?(\d)\b", text)
        told |= bool(re.search(rf"\b{promise}\b", text)) or any(
            promise[0] == letter and int(low) <= int(promise[1:]) <= int(high) for letter, low, high in spans
        )
    assert told, f"no test file of {promise} names it"
