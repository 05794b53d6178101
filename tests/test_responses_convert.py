"""Text of any size to Parquet: what is read from it is what is read from the text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import surveykit as sk
from surveykit.cli import app
from surveykit.errors import SurveykitError
from surveykit.responses import Limits
from surveykit.responses.convert import convert

STUDY = """
id: small
title: {en: Small}
languages: [en]
scales:
  s: {min: 1, max: 5}
items:
  q1: {scale: s, text: {en: One}, missing: {8: dont_know}}
  q2: {scale: s, text: {en: Two}}
  spend: {type: number, text: {en: Spend}}
  city: {type: single, text: {en: City}, options: {ulm: {en: Ulm}, bonn: {en: Bonn}}}
reverse: [q2]
constructs:
  sat: {title: {en: Sat}, items: [q1, q2]}
"""


@pytest.fixture(scope="module")
def questionnaire(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place: Path = tmp_path_factory.mktemp("q") / "q.yaml"
    place.write_text(STUDY, encoding="utf-8")
    return place


def both(text: str, folder: Path, questionnaire: Any, **options: Any) -> tuple[Any, Any]:
    """The text read as it is, and as the Parquet that it becomes, in blocks."""
    (folder / "a.csv").write_bytes(text.encode(options.get("encoding") or "utf-8"))
    convert(folder / "a.csv", folder / "a.parquet", **options)
    from_text = sk.read(
        folder / "a.csv", questionnaire, **{k: v for k, v in options.items() if k != "missing"}
    )
    return from_text, sk.read(folder / "a.parquet", questionnaire, limits=Limits(in_memory=0))


def cells_of(report: Any) -> dict[str, Any]:
    return {c.item: (c.cells, c.valid, dict(c.missing)) for c in report.columns}


CELLS = {
    "q1": st.sampled_from(["1", "2", "5", "8", " 3 ", "4.0", ""]),
    "q2": st.sampled_from(["1", "3", "5", "", "2"]),
    "spend": st.one_of(st.just(""), st.floats(0, 1e6).map(lambda v: f"{v:.3f}"), st.just("12")),
    "city": st.sampled_from(["ulm", "bonn", "", "Ulm"]),
}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(*CELLS.values()), min_size=3, max_size=40), mark=st.sampled_from([",", ";", "\t"])
)
def test_generated_text(rows: list[tuple[str, ...]], mark: str, questionnaire: Path, tmp_path: Path) -> None:
    """Rows read are rows kept and set aside, cells are valid or missing by kind, by both ways alike."""
    rows = [("3", "3", "1.5", "ulm"), *rows]
    text = "\n".join(mark.join(r) for r in [tuple(CELLS), *rows]) + "\n"
    text_read, blocks_read = both(text, tmp_path, questionnaire)
    for data in (text_read, blocks_read):
        report = data.import_report
        aside = sum(n for _, n in report.set_aside)
        assert report.rows_read == len(rows) == report.rows_used + aside
        for column in report.columns:
            assert column.cells == report.rows_used == column.valid + sum(column.missing.values())
    blank = text_read.import_report.rows_read - text_read.import_report.rows_used
    ours, theirs = cells_of(blocks_read.import_report), cells_of(text_read.import_report)
    for name, (cells, valid, missing) in theirs.items():
        # a row of delimiters only is set aside by the reader of text; Parquet keeps it as a row without an answer
        assert ours[name][:2] == (cells + blank, valid), name
        kinds = {k: n + (blank if k == "skipped" else 0) for k, n in {"skipped": 0, **missing}.items()}
        assert {"skipped": 0, **ours[name][2]} == kinds, name
    if text_read.counts("sat").total > 1:
        np.testing.assert_allclose(
            blocks_read.moments(["sat"]).mean, text_read.moments(["sat"]).mean, rtol=1e-12
        )


def test_types(tmp_path: Path) -> None:
    """Numbers where every cell is one; codes with leading zeros, mixed cells and identifiers stay text."""
    many = range(5_000)
    lines = ["n,zero,mixed,frac,id,big,quoted"]
    lines += [
        f'{i % 7},00{i % 9},{"NA" if i % 5 == 0 else i % 3},{i / 8},R{i},{2**53 + i},"a, ""b"" {i % 3}"'
        for i in many
    ]
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    found = convert(tmp_path / "a.csv", tmp_path / "a.parquet")
    assert found.numbers == ("n", "frac")
    table = pq.read_table(tmp_path / "a.parquet")
    assert [str(t) for t in table.schema.types] == [
        "int64",
        "string",
        "string",
        "double",
        "string",
        "string",
        "string",
    ]
    assert table.column("frac").to_pylist()[-1] == 4_999 / 8
    assert table.column("quoted").to_pylist()[1] == 'a, "b" 1'
    assert table.column("big").to_pylist()[3] == str(2**53 + 3)


def test_words_among_many_numbers_are_asked_about(tmp_path: Path) -> None:
    lines = ["x", *(f"{i}.5" if i % 50 else "NA" for i in range(5_000))]  # one column is a plain table too
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(SurveykitError, match="--missing") as caught:
        convert(tmp_path / "a.csv", tmp_path / "a.parquet")
    assert caught.value.errors[0].code == "MIXED_COLUMN"
    assert not (tmp_path / "a.parquet").exists()
    found = convert(tmp_path / "a.csv", tmp_path / "a.parquet", missing=["NA"])
    assert found.numbers == ("x",)
    assert pq.read_table(tmp_path / "a.parquet").column("x").null_count == 100


@pytest.mark.parametrize("encoding", ["gb18030", "cp1252", "utf-8-sig", "utf-16"])
def test_encodings(encoding: str, tmp_path: Path) -> None:
    word = "满意" if encoding == "gb18030" else "Grüße"
    text = "x,w\r\n" + "".join(f"{i % 5},{word}{i % 3}\r\n" for i in range(3_000))
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    given = encoding if encoding in {"gb18030", "cp1252"} else None
    assert convert(tmp_path / "a.csv", tmp_path / "a.parquet", encoding=given).rows == 3_000
    assert set(pq.read_table(tmp_path / "a.parquet").column("w").to_pylist()) == {
        f"{word}{i}" for i in range(3)
    }


def test_decimal_commas(tmp_path: Path) -> None:
    text = "x;y\n" + "".join(f"{i},5;{i % 4}\n" for i in range(5_000))
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    convert(tmp_path / "a.csv", tmp_path / "a.parquet")
    assert pq.read_table(tmp_path / "a.parquet").column("x").to_pylist()[3] == 3.5


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a,b\n1,2\n3\n", "RAGGED"),
        ("a,b\n" + "1,2\n" * 600_000 + "1,2,3\n", "RAGGED"),
        ("a,a\n1,2\n", "DUPLICATE_HEADER"),
        ("", "EMPTY_FILE"),
        ("a,b\n", "NO_ROWS"),
        ("A title\na,b\n1,2\n", "RAGGED"),
    ],
)
def test_what_cannot_be_is_said(text: str, code: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    with pytest.raises(SurveykitError) as caught:
        convert(tmp_path / "a.csv", tmp_path / "a.parquet")
    assert caught.value.errors[0].code == code
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


def test_an_export_of_a_platform_is_not_converted(shared_data: Any, tmp_path: Path) -> None:
    source = next(p for p in sorted(shared_data("exports").rglob("*.csv")) if "qualtrics" in str(p))
    with pytest.raises(SurveykitError) as caught:
        convert(source, tmp_path / "a.parquet")
    assert caught.value.errors[0].code == "NO_PLAIN_TABLE"


def test_the_command_line_and_the_words_that_lead_to_it(questionnaire: Path, tmp_path: Path) -> None:
    """What the refusal of a large file says, word for word, makes a file that scores."""
    text = "q1,q2,spend,city\n" + "5,1,2.5,ulm\n4,2,,bonn\n" * 500
    (tmp_path / "big.csv").write_text(text, encoding="utf-8")
    with pytest.raises(SurveykitError) as caught:
        sk.read(tmp_path / "big.csv", questionnaire, limits=Limits(megabytes=0.001))
    hint = caught.value.errors[0].hint
    assert hint.startswith("surveykit convert big.csv -o big.parquet")
    words = ["convert", str(tmp_path / "big.csv"), "-o", str(tmp_path / "big.parquet")]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "1,000 rows, 3 columns of numbers, 1 of text" in done.output
    data = sk.read(tmp_path / "big.parquet", questionnaire)
    assert data.moments(["sat"]).n == 1_000
