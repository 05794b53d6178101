"""One study, its answers as CSV, as Parquet read in blocks and as files of Spark: the same numbers in results.json."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from surveykit.errors import SurveykitError
from surveykit.responses import core
from surveykit.study.execute import compute
from surveykit.study.prepare import prepare
from tests.engines import SPARK, spark_session

CAFE = Path(__file__).parent.parent / "examples" / "cafe"


def quiet(_text: Any) -> None:
    pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example with its answers in three forms, and a study for each."""
    place: Path = tmp_path_factory.mktemp("study")
    for name in ("questionnaire.yaml", "answers.csv"):
        shutil.copy(CAFE / name, place / name)
    table = pyarrow.csv.read_csv(place / "answers.csv")
    pq.write_table(table, place / "answers.parquet", row_group_size=61)
    (place / "parts").mkdir()
    for i, start in enumerate(
        range(0, len(table), 90)
    ):  # Spark reads the files of a folder in an order of its own
        pq.write_table(table.slice(start, 90), place / "parts" / f"{i:02}.parquet")
    text = (CAFE / "study.yaml").read_text(encoding="utf-8")
    for name, data in {"csv": "answers.csv", "duckdb": "answers.parquet", "spark": "parts"}.items():
        (place / f"{name}.yaml").write_text(
            text.replace("data: answers.csv", f"data: {data}"), encoding="utf-8"
        )
    return place


def results(folder: Path, name: str, engine: str | None) -> dict[str, Any]:
    plan = prepare(folder / f"{name}.yaml", quiet, quiet, engine)
    assert (plan.data.coded is None) == (engine is None)
    found, notes = compute(plan, quiet)
    assert notes == []
    return {key: result.to_dict() for key, result in found.items()}


def differences(a: Any, b: Any, place: str = "") -> Iterator[str]:
    """Where two results differ by more than 1e-9 of a number's size; the hash of the file does."""
    if place.endswith("/source"):
        return
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        for key in a:
            yield from differences(a[key], b[key], f"{place}/{key}")
    elif isinstance(a, list | tuple) and isinstance(b, list | tuple) and len(a) == len(b):
        for i, (x, y) in enumerate(zip(a, b, strict=True)):
            yield from differences(x, y, f"{place}/{i}")
    elif isinstance(a, float) and isinstance(b, float):
        if not (math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9) or (math.isnan(a) and math.isnan(b))):
            yield f"{place}: {a} {b}"
    elif a != b:
        yield f"{place}: {a} {b}"


@pytest.mark.parametrize("engine", ["duckdb", SPARK])
def test_a_study_gives_the_same_numbers(folder: Path, engine: str) -> None:
    """Bootstraps too: of so few answers single rows are drawn, wherever they are."""
    expected = results(folder, "csv", None)
    if engine == "spark":
        spark_session()
    assert list(differences(results(folder, engine, engine), expected)) == []


def test_what_needs_too_many_rows_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rank correlation of more cells than memory holds is one clear error, sums still go."""
    import surveykit as sk

    data = sk.read(folder / "answers.parquet", folder / "questionnaire.yaml", engine="duckdb")
    monkeypatch.setattr(core, "MOST_FETCHED", 100)
    items = [i for i in data.columns if i in data.numeric][:3]
    assert data.moments(items).n > 100
    with pytest.raises(SurveykitError) as caught:
        data.frame(items)
    assert caught.value.code == "NEEDS_ROWS"
