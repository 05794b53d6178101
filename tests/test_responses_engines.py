"""One test body over every engine: the same numbers from pandas, polars and DuckDB, eager and lazy.

The yardstick is numpy on the same rows (brute force). Tolerance 1e-10: the engines add in another order.
"""

from __future__ import annotations

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pytest

from surveykit.errors import SurveykitError, Where
from surveykit.questionnaire import Questionnaire
from surveykit.responses import core, read
from surveykit.responses.duck import relation_of

ENGINES = [
    "pandas",
    "pandas_nullable",
    "polars",
    "polars_lazy",
    "pyarrow",
    "duckdb",
    "csv",
    "csv_duckdb",
    "parquet",
]
Q = Questionnaire.from_text(
    """
id: engines
title: {en: Engines, zh: 引擎}
version: "1"
languages: [en, zh]
scales:
  five: {min: 1, max: 5, missing: {"8": dont_know}}
items:
  s1: {text: {en: Satisfied, zh: 满意}, scale: five}
  s2: {text: {en: Let down, zh: 失望}, scale: five, reverse: true}
  s3: {text: {en: Again, zh: 再来}, scale: five}
  spend: {text: {en: Spent, zh: 花费}, type: number}
  region:
    text: {en: Region, zh: 地区}
    type: single
    options: {s: {en: South, zh: 南}, n: {en: North, zh: 北}}
  w: {text: {en: Weight, zh: 权重}, type: number}
constructs:
  sat: {title: {en: Satisfaction, zh: 满意度}, items: [s1, s2, s3], min_valid: 0.6}
"""
)


def rows(n=400, seed=3):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.integers(1, 6, (n, 3)).astype(float), columns=["s1", "s2", "s3"])
    frame["spend"] = np.round(1e6 + rng.normal(size=n) * 50, 2)
    frame["w"] = np.round(rng.uniform(0.2, 3, n), 3)
    frame["region"] = rng.choice(np.array(["n", "s", None], dtype=object), n, p=[0.5, 0.4, 0.1])
    for column in ("s1", "s2", "spend"):
        frame.loc[rng.random(n) < 0.15, column] = np.nan
    frame.loc[rng.random(n) < 0.05, "s3"] = 8
    return frame


def source(engine, frame, tmp_path):
    if engine == "pandas":
        return frame
    if engine == "pandas_nullable":
        return frame.astype({"s1": "Int64", "s2": "Int8", "s3": "category", "region": "category"})
    table = pa.Table.from_pandas(frame, preserve_index=False)
    if engine == "pyarrow":
        return table
    if engine.startswith("polars"):
        made = pl.DataFrame(table).with_columns(pl.col("s3").cast(pl.Int8))
        return made.lazy() if engine == "polars_lazy" else made
    if engine == "duckdb":
        return relation_of(table)
    path = tmp_path / ("answers.parquet" if engine == "parquet" else "answers.csv")
    if engine == "parquet":
        pa.parquet.write_table(table, path)
    else:
        frame.to_csv(path, index=False)
    return path


@pytest.fixture(params=ENGINES)
def both(request, tmp_path):
    """Responses on an engine, with the weighted and plain values that must come out."""
    frame = rows()
    name = request.param
    engine = "duckdb" if name in {"csv_duckdb", "parquet"} else None
    made = source(name, frame, tmp_path)
    plain = frame.copy()
    plain["s2"] = 6 - plain["s2"]
    plain["s3"] = plain["s3"].where(plain["s3"] != 8)
    items = plain[["s1", "s2", "s3"]]
    plain["sat"] = items.mean(axis=1).where(items.notna().sum(axis=1) >= 2)
    return made, engine, plain


def brute(frame, columns, weight=None):
    used = frame.dropna(subset=columns)
    x = used[columns].to_numpy(float)
    w = np.ones(len(x)) if weight is None else used[weight].to_numpy() / used[weight].mean()
    mean = (w @ x) / w.sum()
    return len(x), mean, (w[:, None] * (x - mean)).T @ (x - mean) / (w.sum() - 1), w


def mean_of(moments):
    return np.asarray(moments.mean)


def place(error):
    assert isinstance(error.where, Where)
    return error.where


def same(moments, frame, columns, weight=None):
    n, mean, cov, w = brute(frame, columns, weight)
    assert moments.n == n
    np.testing.assert_allclose(mean_of(moments), mean, rtol=1e-12, atol=1e-10)
    np.testing.assert_allclose(moments.cov, cov, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose([moments.sumw, moments.sumw2], [n, w @ w], rtol=1e-10)


@pytest.mark.parametrize("weight", [None, "w"])
@pytest.mark.parametrize("fetched", [True, False])
def test_moments(both, weight, fetched, monkeypatch):
    """A lazy frame goes both ways: rows fetched, and one query of sums."""
    monkeypatch.setattr(core, "LOCAL_CELLS", 10**9 if fetched else 0)
    made, engine, frame = both
    data = read(made, Q, weight=weight, engine=engine)
    columns = ["s1", "s2", "s3", "spend", "sat"]
    moments = data.moments(columns)
    same(moments, frame, columns, weight)
    assert moments.n_total == data.n_rows == len(frame)
    parts = data.moments(["s2", "sat"], by="region")
    assert list(parts) == ["s", "n"]
    for group, part in parts.items():
        here = frame[frame["region"] == group]
        same(part, here, ["s2", "sat"], weight)
        assert part.n_total == len(here)


@pytest.mark.parametrize("fetched", [True, False])
def test_offset_of_a_milliard_costs_nothing(both, fetched, monkeypatch):
    monkeypatch.setattr(core, "LOCAL_CELLS", 10**9 if fetched else 0)
    made, engine, frame = both
    data = read(made, Q, engine=engine).derive({"far": nw.col("s1") + 1e9, "near": nw.col("s2")})
    cov = data.moments(["far", "near"]).cov
    np.testing.assert_allclose(cov, brute(frame, ["s1", "s2"])[2], rtol=1e-10)


@pytest.mark.parametrize("weight", [None, "w"])
def test_counts(both, weight):
    made, engine, frame = both
    data = read(made, Q, weight=weight, engine=engine)
    table = data.counts("s1", "s2")
    used = frame.dropna(subset=["s1", "s2"])
    cross = pd.crosstab(used["s1"], used["s2"])
    assert table.levels == ((1, 2, 3, 4, 5), (1, 2, 3, 4, 5))
    assert table.n.tolist() == cross.to_numpy().tolist()
    assert table.missing == len(frame) - len(used)
    assert table.sumw == pytest.approx(len(used), abs=1e-9)
    parts = data.counts("s3", by="region")
    assert list(parts) == ["s", "n"]
    assert parts["n"].total == int(frame.loc[frame["region"] == "n", "s3"].notna().sum())
    assert data.set_aside("region") == int(frame["region"].isna().sum())
    assert data.groups("region") == ("s", "n")


def test_rows_kinds_and_report(both):
    made, engine, frame = both
    data = read(made, Q, weight="w", engine=engine)
    out = data.frame(["s1", "s3", "sat", "region"], weights=True, kinds=True)
    for column in ("s1", "s3", "sat"):
        np.testing.assert_allclose(out[column], frame[column], rtol=1e-12)
    assert out["region"].where(out["region"].notna(), None).tolist() == frame["region"].tolist()
    assert out["_weight"].mean() == pytest.approx(1, abs=1e-12)
    assert out["s3__missing"].value_counts().to_dict() == {
        "": int(frame["s3"].notna().sum()),
        "dont_know": int(frame["s3"].isna().sum()),
    }
    report = data.import_report
    assert report.rows_read == report.rows_used == len(frame)
    by_item = {c.item: c for c in report.columns}
    assert by_item["s3"].missing == {"dont_know": int(frame["s3"].isna().sum())}
    assert by_item["s1"].valid == int(frame["s1"].notna().sum())


def test_derived_columns_and_unknown_names(both):
    made, engine, frame = both
    data = read(made, Q, engine=engine).derive({"promoter": (nw.col("s1") >= 4).cast(nw.Float64)})
    n, mean, _, _ = brute(frame.assign(promoter=(frame["s1"] >= 4).where(frame["s1"].notna())), ["promoter"])
    moments = data.moments(["promoter"])
    assert moments.n == n
    assert mean_of(moments)[0] == pytest.approx(mean[0], abs=1e-12)
    for wrong in ("sta", "s4"):
        with pytest.raises(SurveykitError, match="unknown column"):
            data.moments([wrong])
    with pytest.raises(SurveykitError, match="taken"):
        data.derive({"sat": nw.lit(1)})
    with pytest.raises(SurveykitError, match="numbers"):
        data.moments(["region"])
    with pytest.raises(SurveykitError, match="different columns"):
        data.moments(["s1", "s1"])


def test_patterns_and_fourth_moments(both):
    made, engine, frame = both
    data = read(made, Q, engine=engine)
    columns = ["s1", "s2", "spend"]
    parts = data.moments(columns, patterns=True)
    seen = frame[columns].notna()
    assert sum(p.n for p in parts) == int(seen.any(axis=1).sum())
    assert parts[0].names == tuple(columns)
    for part in parts:
        here = (seen == pd.Series({c: c in part.names for c in columns})).all(axis=1)
        assert part.n == int(here.sum())
        np.testing.assert_allclose(mean_of(part), frame.loc[here, list(part.names)].mean(), rtol=1e-12)
    gamma = data.moments(["s1", "s2"], order=4).gamma
    x = frame.dropna(subset=["s1", "s2"])[["s1", "s2"]].to_numpy()
    d = x - x.mean(axis=0)
    z = np.column_stack([d, d[:, 0] ** 2, d[:, 0] * d[:, 1], d[:, 1] ** 2])
    np.testing.assert_allclose(np.asarray(gamma), np.cov(z.T, bias=True), rtol=1e-9, atol=1e-9)


def test_the_same_findings_from_every_engine(request, tmp_path):
    frame = rows(30)
    frame.loc[4, "s1"] = 11
    frame.loc[[5, 6], "s3"] = 99
    frame.loc[7, "region"] = "east"
    frame.loc[8, "w"] = -1
    verdicts = set()
    for name in ENGINES:
        folder = tmp_path / name
        folder.mkdir()
        with pytest.raises(SurveykitError) as caught:
            read(source(name, frame, folder), Q, weight="w", engine="duckdb" if name == "parquet" else None)
        verdicts.add(tuple(sorted((e.code, e.what) for e in caught.value.errors)))
    assert verdicts == {
        (
            ("VALUE_OPTION", "a value that is no option of this item"),
            ("VALUE_RANGE", "a value outside the scale"),
            ("VALUE_SENTINEL", "a code outside the scale (2 times)"),
            ("WEIGHT", "a negative weight"),
        )
    }


def test_a_pattern_of_a_single_row_is_its_row():
    frame = pd.DataFrame({"x": [1.0, 2.0, 4.0, 7.0], "y": [3.0, 1.0, 2.0, np.nan]})
    complete, single = read(frame).moments(["x", "y"], patterns=True)
    assert (complete.n, single.n, single.names, mean_of(single).tolist()) == (3, 1, ("x",), [7.0])
    merged = complete.select(["x"]) + single
    np.testing.assert_allclose(merged.cov, [[np.var(frame["x"], ddof=1)]], rtol=1e-12)


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
@pytest.mark.parametrize("cells", [0, 10**9])
def test_a_group_of_one_and_a_column_that_is_no_group(engine, cells, monkeypatch):
    monkeypatch.setattr(core, "LOCAL_CELLS", cells)
    monkeypatch.setattr(core, "MAX_GROUPS", 3)
    frame = pd.DataFrame({"x": [1.0, 2, 3, 4], "g": ["a", "a", "a", "b"], "i": list("pqrs")})
    data = read(frame, engine=engine)
    with pytest.raises(SurveykitError, match="too few complete rows") as caught:
        data.moments(["x"], by="g")
    assert (str(caught.value.where), caught.value.got) == ("group 'b'", "1 of 1")
    with pytest.raises(SurveykitError, match="4 groups"):
        data.counts("x", by="i")


def test_int8_never_overflows():
    wide = {"a": [100] * 3, "b": [100, 101, 102], "c": [100] * 3}
    for native in (pd.DataFrame(wide, dtype="int8"), pl.DataFrame(wide, schema=dict.fromkeys(wide, pl.Int8))):
        data = read(native).derive({"sum": nw.col("a") + nw.col("b") + nw.col("c")})
        assert data.frame(["sum"])["sum"].tolist() == [300.0, 301.0, 302.0]
        assert mean_of(data.moments(["a", "b", "c"]))[1] == pytest.approx(101)


def test_reversing_uint8_does_not_wrap():
    data = read(pl.DataFrame({"s2": [1, 3, 5]}, schema={"s2": pl.UInt8}), _only("s2"))
    assert data.frame(["s2"])["s2"].tolist() == [5.0, 3.0, 1.0]


def test_decimals_booleans_and_nullable_types():
    from decimal import Decimal

    frame = pd.DataFrame(
        {
            "d": [Decimal("1.5"), None, Decimal("2")],
            "b": [True, False, True],
            "i": pd.array([1, None, 3], dtype="Int64"),
            "mixed": [1, None, "x"],
        }
    )
    for native in (frame, pa.Table.from_pandas(frame.drop(columns="mixed"))):
        data = read(native)
        assert {"d", "b", "i"} <= data.numeric
        assert data.moments(["d", "i"]).n == 2
        assert data.frame(["b"])["b"].tolist() == [1.0, 0.0, 1.0]
    assert "mixed" not in read(frame).numeric
    assert mean_of(read(pl.DataFrame({"d": [Decimal("1.5"), Decimal("2.5")]})).moments(["d"]))[0] == 2.0


def test_all_missing_is_missing_and_not_zero():
    data = read(pd.DataFrame({"a": [np.nan, np.nan], "b": [1.0, 2.0]}))
    with pytest.raises(SurveykitError, match="too few complete rows"):
        data.moments(["a"])
    assert data.frame(["a"])["a"].isna().all()
    assert data.counts("a").missing == 2


def test_infinity_is_an_error_with_its_row():
    for native in (pd.DataFrame({"x": [1.0, np.inf, 2.0]}), pl.DataFrame({"x": [1.0, float("-inf"), 2.0]})):
        with pytest.raises(SurveykitError) as caught:
            read(native)
        assert caught.value.code == "VALUE_INFINITE"
        assert place(caught.value).row == 2


def test_rows_and_columns_in_another_order_give_the_same():
    frame = rows(200)
    shuffled = frame.sample(frac=1, random_state=5)[frame.columns[::-1]]
    one, two = (read(f, Q).moments(["s1", "s2", "sat"]) for f in (frame, shuffled))
    np.testing.assert_allclose(one.cov, two.cov, rtol=1e-12)


def test_columns_that_hold_no_answers_are_left_out_with_a_word():
    frame = pl.DataFrame({"x": [1, 2], "list": [[1], [2]], "wait": pl.Series([1, 2]).cast(pl.Duration)})
    frame = frame.with_columns(
        pl.Series("thing", [object(), object()], dtype=pl.Object), day=pl.date(2026, 1, 1)
    )
    data = read(frame)
    assert data.columns == ("x", "day")
    assert data.groups("day") == ("2026-01-01",)
    assert len(data.import_report.warnings) == 3


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "DUPLICATE_HEADER"),
        (pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])), "MULTIINDEX"),
        (pd.DataFrame({"a": [1]}, index=pd.MultiIndex.from_tuples([(1, 2)])), "MULTIINDEX"),
        (pd.DataFrame({"a": []}), "NO_ROWS"),
        (pd.DataFrame({"a": [1], "a__raw": [1]}), "NAME_CONFLICT"),
        (pd.Series([1, 2]), "NO_TABLE"),
        ([1, 2, 3], "NO_TABLE"),
        (None, "NO_TABLE"),
    ],
)
def test_objects_that_are_no_table(frame, code):
    with pytest.raises(SurveykitError) as caught:
        read(frame)
    assert caught.value.code == code


def test_weights(tmp_path):
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "w": [1.0, 0.0, 2.0, 1.0]})
    for native in (frame, pl.from_pandas(frame), pl.from_pandas(frame).lazy(), duckdb.from_df(frame)):
        data = read(native, weight="w")
        assert data.flow().rows == (("read", 4), ("weight is zero", 1), ("used", 3))
        assert mean_of(data.moments(["x"]))[0] == pytest.approx(11 / 4)
        assert data.moments(["x"]).n == 3
    for bad, what in ((-1.0, "negative"), (np.nan, "missing")):
        with pytest.raises(SurveykitError) as caught:
            read(frame.assign(w=[1.0, bad, bad, 1.0]), weight="w")
        assert f"a {what} weight (2 times)" in caught.value.what
        assert place(caught.value).row == 2
    with pytest.raises(SurveykitError, match="no column for the weight"):
        read(frame, weight="ww")
    path = tmp_path / "a.csv"
    path.write_text("x,w\n1,1\n2,heavy\n3,\n", encoding="utf-8")
    with pytest.raises(SurveykitError) as caught:
        read(path, weight="w")
    assert (caught.value.code, place(caught.value).line) == ("VALUE_TEXT", 3)


def test_a_weight_of_two_counts_as_the_row_twice():
    frame = pd.DataFrame({"x": [1.0, 2.0, 4.0], "y": [2.0, 1.0, 5.0], "w": [2.0, 1.0, 1.0]})
    twice = pd.concat([frame, frame.iloc[:1]])
    weighted, repeated = read(frame, weight="w").moments(["x", "y"]), read(twice).moments(["x", "y"])
    np.testing.assert_allclose(mean_of(weighted), mean_of(repeated), rtol=1e-12)
    np.testing.assert_allclose(weighted.cor, repeated.cor, rtol=1e-12)


def test_duckdb_can_neither_read_files_nor_python_variables(tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n", encoding="utf-8")
    relation = relation_of(pa.table({'a"; drop table answers; --': [1.0, 2.0], "b": [2.0, 4.0]}))
    for query in (f"select * from read_csv('{secret}')", "select * from secret", "install httpfs"):
        with pytest.raises(duckdb.Error):
            relation.query("answers", query).fetchall()
    data = read(relation)
    assert data.moments(list(data.columns)).n == 2
    assert data.counts('a"; drop table answers; --').total == 2


def test_parquet_under_duckdb_stays_lazy_and_reads_one_file_literally(tmp_path):
    for name, value in (("a[1].parquet", 1.0), ("a1.parquet", 999.0)):
        pa.parquet.write_table(pa.table({"x": [value, value]}), tmp_path / name)
    data = read(tmp_path / "a[1].parquet", engine="duckdb")
    assert isinstance(data.native, nw.LazyFrame)
    assert data.frame(["x"])["x"].tolist() == [1.0, 1.0]


def _only(*items):
    lines = [f"  {i}: {{text: {{en: {i}, zh: {i}}}, scale: five, reverse: true}}" for i in items]
    return Questionnaire.from_text(
        "id: one\ntitle: {en: One, zh: 一}\nversion: '1'\nlanguages: [en, zh]\n"
        "scales:\n  five: {min: 1, max: 5}\nitems:\n" + "\n".join(lines) + "\n"
    )
