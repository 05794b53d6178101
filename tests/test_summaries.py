"""Moments that may leave the room: the same model from them as from the rows, and no small cell in the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import surveykit as sk
from surveykit.cli import app
from surveykit.responses import Limits
from surveykit.summaries import Summary

MODEL = "f =~ x1 + x2 + x3 + x4"


def answers(n: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    common = rng.normal(size=n)
    frame = pd.DataFrame(
        {f"x{i}": np.clip(np.rint(4 + common + rng.normal(size=n)), 1, 7).astype(int) for i in range(1, 5)}
    )
    frame["area"] = np.where(np.arange(n) < 3, "tiny", np.where(rng.random(n) < 0.5, "north", "south"))
    frame["spend"] = rng.gamma(2, 50, n)
    return frame


def test_a_model_fitted_from_the_file_is_the_model_of_the_rows(tmp_path: Path) -> None:
    file = sk.summarise(answers(), ["x1", "x2", "x3", "x4"]).save(tmp_path / "m.json")
    ours, rows = sk.fit(MODEL, file), sk.fit(MODEL, answers()[["x1", "x2", "x3", "x4"]])
    pd.testing.assert_frame_equal(ours.tidy(), rows.tidy(), rtol=1e-10)
    stored = json.loads(file.read_text(encoding="utf-8"))
    moments = sk.Moments.from_dict(stored["moments"][""])
    assert moments.n == 400
    assert np.array_equal(moments.cov, sk.summarise(answers()).moments[""].select(moments.names).cov)


def test_the_command_line_writes_and_fits(tmp_path: Path) -> None:
    answers().to_parquet(tmp_path / "a.parquet")
    run = CliRunner()
    out = tmp_path / "moments.json"
    done = run.invoke(
        app, ["summarise", str(tmp_path / "a.parquet"), "-c", "x1", "-c", "x2", "-c", "x3", "-o", str(out)]
    )
    assert done.exit_code == 0, done.output
    assert "400 of 400 rows complete in 3 columns" in done.output
    fitted = run.invoke(app, ["fit", "f =~ x1 + x2 + x3", str(out)])
    assert fitted.exit_code == 0, fitted.output
    assert "x3" in fitted.output


def test_small_groups_and_what_gives_them_away_are_left_out(tmp_path: Path) -> None:
    found = sk.summarise(answers(), ["x1", "x2"], by="area")
    sizes = answers()["area"].value_counts()
    assert set(found.hidden) == {"tiny", sizes[["north", "south"]].idxmin()}
    text = found.save(tmp_path / "m.json").read_text(encoding="utf-8")
    assert set(json.loads(text)["moments"]) == {sizes[["north", "south"]].idxmax()}


def test_no_count_below_the_base_stands_in_the_file(tmp_path: Path) -> None:
    frame = answers()
    frame.loc[:2, "x1"] = 9  # three people with a value of their own
    found = sk.summarise(frame, ["x1", "spend"])
    table = found.counts[""]["x1"]
    assert table["levels"][-1] == 9
    assert table["n"][-1] is None
    assert sum(n is None for n in table["n"]) >= 2
    assert all(n is None or n >= 5 for n in table["n"])
    assert "spend" not in found.counts[""]  # every value is one person's


def test_groups_give_a_model_of_several_groups(tmp_path: Path) -> None:
    frame = answers()[3:]
    file = sk.summarise(frame, ["x1", "x2", "x3", "x4"], by="area").save(tmp_path / "m.json")
    sample = Summary.load(file).sample
    assert set(sample) == {"north", "south"}
    north = frame[frame["area"] == "north"][["x1", "x2", "x3", "x4"]]
    np.testing.assert_allclose(sample["north"].cov, north.cov(), rtol=1e-12)


def test_a_file_in_blocks_gives_the_same_summary(tmp_path: Path) -> None:
    answers().to_parquet(tmp_path / "a.parquet")
    lazy = sk.read(tmp_path / "a.parquet", limits=Limits(in_memory=0))
    for by in (None, "area"):
        a, b = sk.summarise(lazy, ["x1", "x2"], by=by), sk.summarise(answers(), ["x1", "x2"], by=by)
        assert a.hidden == b.hidden
        assert a.counts == b.counts
        for group in b.moments:
            np.testing.assert_allclose(a.moments[group].cov, b.moments[group].cov, rtol=1e-12)


SCALES = {"s": ["x1", "x2", "x3"], "t": ["x2", "x4"]}


@pytest.mark.parametrize("by", [None, "area"])
def test_analyses_from_the_file_are_those_of_the_rows(by: str | None, tmp_path: Path) -> None:
    """Reliability and drivers need no row but for their bootstrap."""
    frame = answers()[3:]
    file = sk.summarise(frame, ["x1", "x2", "x3", "x4"], by=by).save(tmp_path / "m.json")
    there = sk.read(file)
    for name, options in {
        "reliability": {"scales": SCALES, "bootstrap": 0},
        "drivers": {"outcome": "x4", "predictors": ["x1", "x2", "x3"], "bootstrap": 0},
    }.items():
        ours = sk.analyse(there, name, by=by, **options)
        rows = sk.analyse(frame, name, by=by, **options)
        pd.testing.assert_frame_equal(ours.tidy(), rows.tidy(), rtol=1e-10)


def test_structural_analyses_from_the_file(tmp_path: Path) -> None:
    frame = answers()[["x1", "x2", "x3", "x4"]]
    there = sk.read(sk.summarise(frame).save(tmp_path / "m.json"))
    for method in ("ml", "pls"):
        model = "f =~ x1 + x2\ng =~ x3 + x4\ng ~ f"
        pd.testing.assert_frame_equal(
            sk.fit(model, there, method=method).tidy()[["estimate"]],
            sk.fit(model, frame, method=method).tidy()[["estimate"]],
            rtol=1e-8,
        )
    regression = sk.fit("x4 ~ x1 + x2", tmp_path / "m.json").tidy()
    slopes = np.linalg.lstsq(
        np.column_stack([np.ones(400), frame[["x1", "x2"]]]), frame["x4"].to_numpy(float), rcond=None
    )[0][1:]
    np.testing.assert_allclose(regression["estimate"][:2], slopes, rtol=1e-9)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("drivers", {"outcome": "x4", "predictors": ["x1", "x2"]}),
        ("regression", {"outcome": "x4", "predictors": ["x1", "x2"]}),
        ("descriptives", {"items": ["x1"]}),
        ("logit", {"outcome": "x4", "predictors": ["x1"]}),
        ("missingness", {"items": ["x1", "x2"]}),
    ],
)
def test_what_needs_rows_says_so(name: str, options: dict[str, Any], tmp_path: Path) -> None:
    there = sk.read(sk.summarise(answers(), ["x1", "x2", "x4"]).save(tmp_path / "m.json"))
    with pytest.raises(sk.SurveykitError) as caught:
        sk.analyse(there, name, **options)
    assert caught.value.errors[0].code == "NEEDS_ROWS"
    assert "bootstrap=0" in caught.value.errors[0].hint


def test_everybody_is_not_made_of_groups_with_one_left_out(tmp_path: Path) -> None:
    frame = answers()
    there = sk.read(sk.summarise(frame, ["x1", "x2", "x3"], by="area").save(tmp_path / "m.json"))
    with pytest.raises(sk.SurveykitError) as caught:
        there.moments(["x1", "x2"])
    assert caught.value.errors[0].code == "GROUPS_ONLY"
    with pytest.raises(sk.SurveykitError) as caught:
        there.moments(["x1"], by="region")
    assert caught.value.errors[0].code == "UNKNOWN_GROUP"
    whole = sk.read(sk.summarise(frame[3:], ["x1", "x2"], by="area").save(tmp_path / "w.json"))
    np.testing.assert_allclose(whole.moments(["x1", "x2"]).cov, frame[3:][["x1", "x2"]].cov(), rtol=1e-12)


def test_the_command_line_analyses_the_file(tmp_path: Path) -> None:
    file = sk.summarise(answers(), ["x1", "x2", "x3", "x4"]).save(tmp_path / "m.json")
    run = CliRunner()
    words = ["analyse", "drivers", str(file), "--outcome", "x4", "--predictors", "x1,x2"]
    done = run.invoke(app, [*words, "--bootstrap", "0"])
    assert done.exit_code == 0, done.output
    refused = run.invoke(app, words)
    assert isinstance(refused.exception, sk.SurveykitError)
    assert refused.exception.errors[0].code == "NEEDS_ROWS"
    weighted = run.invoke(app, [*words, "--weight", "w"])
    assert isinstance(weighted.exception, sk.SurveykitError)


def test_a_design_that_the_file_loses_is_said(tmp_path: Path) -> None:
    frame = answers()
    frame["school"] = [f"s{i % 20}" for i in range(400)]
    frame["w"] = 1.0 + np.arange(400) % 3
    data = sk.read(frame, weight="w", clusters="school")
    there = sk.read(sk.summarise(data, ["x1", "x2"]).save(tmp_path / "m.json"))
    assert "school" in there.import_report.warnings[0]


@pytest.mark.parametrize(
    "change",
    [
        lambda d: {},
        lambda d: [],
        lambda d: d | {"kind": "other"},
        lambda d: d | {"schema": 2},
        lambda d: {k: v for k, v in d.items() if k != "counts"},
        lambda d: d | {"moments": {"": {"n": 3}}},
        lambda d: d | {"moments": {"": {**d["moments"][""], "n": 1}}},
        lambda d: d | {"moments": {"": {**d["moments"][""], "cov": [[1.0, 2.0], [3.0, 1.0]]}}},
    ],
)
def test_another_file_is_one_clear_error(tmp_path: Path, change: Any) -> None:
    data = sk.summarise(answers(), ["x1", "x2"]).to_dict()
    (tmp_path / "m.json").write_text(json.dumps(change(data)), encoding="utf-8")
    with pytest.raises(sk.SurveykitError):
        Summary.load(tmp_path / "m.json")


def test_text_that_is_no_json_and_a_missing_file_are_said(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text("x1,x2\n1,2\n", encoding="utf-8")
    with pytest.raises(sk.SurveykitError, match="no JSON"):
        sk.fit(MODEL, tmp_path / "m.json")
    with pytest.raises(sk.SurveykitError, match="cannot read"):
        sk.fit(MODEL, tmp_path / "none.json")


def test_correlations_of_the_file_are_those_of_the_answers(tmp_path: Path) -> None:
    rows = answers()
    there = sk.read(sk.summarise(rows, ["x1", "x2", "x4"]).save(tmp_path / "m.json"))
    told = sk.analyse(rows, "correlation", items=["x1", "x2", "x4"]).tidy()
    found = sk.analyse(there, "correlation", items=["x1", "x2", "x4"]).tidy()
    assert found["estimate"].tolist() == pytest.approx(told["estimate"].tolist(), abs=1e-9)
    assert found["low"].tolist() == pytest.approx(told["low"].tolist(), abs=1e-9)
