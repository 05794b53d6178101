"""The commands about people: anonymity, release, forget, inventory (promises V3, V5, V8)."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import surveykit as sk
from surveykit.cli import app
from surveykit.erasure import forget, inventory
from surveykit.errors import SurveykitError
from surveykit.responses.privacy import anonymity_of, release

PEOPLE = pd.DataFrame(
    {
        "respondent_id": [f"R{i:02d}" for i in range(30)],
        "age": [20, 30, 40] * 10,
        "town": ["a"] * 29 + ["b"],
        "illness": ["flu", "none", "none"] * 10,
        "score": range(30),
        "why": [f"because of reason number {i}" for i in range(30)],
    }
)


def test_who_stands_out_is_counted_and_which_column_gives_it_away():
    data = sk.read(PEOPLE)
    found = anonymity_of(data, ["age", "town"], "illness", k=5)
    groups = PEOPLE.groupby(["age", "town"])["illness"]
    assert (found.n, found.k, found.unique, found.few) == (30, 1, 1, 1)
    assert (found.groups, found.l) == (groups.ngroups, groups.nunique().min())
    assert found.without == {"age": 1, "town": 0}
    with pytest.raises(SurveykitError, match="no column is named"):
        anonymity_of(data, [])


def test_what_is_released_has_neither_ids_nor_text_nor_the_order_of_the_rows(tmp_path: Path):
    release(sk.read(PEOPLE), tmp_path / "out.csv", [], quasi=["age"], seed=2)
    out = pd.read_csv(tmp_path / "out.csv")
    assert list(out) == ["age", "town", "illness", "score"]
    assert out["score"].tolist() != sorted(out["score"])
    assert sorted(out["score"]) == list(range(30))
    text = (tmp_path / "out.csv").read_text()
    assert "R0" not in text
    assert "reason" not in text
    assert "20.0" not in text


def test_the_commands(tmp_path: Path):
    PEOPLE.to_csv(tmp_path / "a.csv", index=False)
    run = CliRunner().invoke
    found = run(app, ["anonymity", str(tmp_path / "a.csv"), "--quasi", "age", "--quasi", "town", "--json"])
    assert json.loads(found.stdout)["unique"] == 1
    out = str(tmp_path / "out.csv")
    refused = run(app, ["release", str(tmp_path / "a.csv"), "--quasi", "age", "--quasi", "town", "-o", out])
    assert isinstance(refused.exception, SurveykitError)
    assert not Path(out).exists()
    forced = ["release", str(tmp_path / "a.csv"), "--quasi", "age", "--quasi", "town", "-o", out, "--force"]
    assert run(app, forced).exit_code == 0
    assert "not_anonymous" in Path(out).read_text()
    assert run(app, ["forget", str(tmp_path / "a.csv"), "R07"]).exit_code == 0
    assert "R07" not in (tmp_path / "a.csv").read_text()


def test_a_grade_for_each_respondent(tmp_path: Path):
    items = "".join(f"i{k}: {{text: i{k}, scale: a5}}, " for k in range(8))
    (tmp_path / "q.yaml").write_text(
        f"{{id: t, title: T, scales: {{a5: {{min: 1, max: 5}}}}, items: {{rid: {{text: Id, type: id}}, {items[:-2]}}}}}"
    )
    frame = pd.DataFrame({f"i{k}": [(k * r + r) % 5 + 1 for r in range(1, 31)] for k in range(8)})
    frame.loc[3] = 4
    frame.assign(rid=[f"R{r}" for r in range(30)], took=["5:12"] * 29 + ["0:20"]).to_csv(
        tmp_path / "a.csv", index=False
    )
    command = [
        "grade",
        str(tmp_path / "a.csv"),
        "-q",
        str(tmp_path / "q.yaml"),
        "-o",
        str(tmp_path / "g.csv"),
    ]
    assert CliRunner().invoke(app, [*command, "--duration", "took"]).exit_code == 0
    told = pd.read_csv(tmp_path / "g.csv", keep_default_na=False)
    assert told["row"].tolist() == list(range(1, 31))
    assert "straight" in told.loc[3, "reasons"]
    assert "speed" in told.loc[29, "reasons"]
    assert told["rid"].is_unique
    assert not told["rid"].str.startswith("R").any()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_who_is_forgotten_leaves_and_all_else_stays_byte_by_byte(tmp_path: Path, encoding: str):
    rows = [
        "姓名;分数;评论",
        '"张一";5;"很好\n满意"',
        "张二;4;一般般的服务",
        "张三;3;;".rstrip(";") + ";不满意的地方很多",
    ]
    path = tmp_path / "a.csv"
    path.write_bytes("\r\n".join(rows).encode(encoding))
    done = forget(path, "张二")
    assert (done.column, done.removed, done.left) == ("姓名", 1, 2)
    assert path.read_bytes() == "\r\n".join([*rows[:2], rows[3]]).encode(encoding)


def test_forgetting_never_takes_more_than_was_meant(tmp_path: Path):
    PEOPLE.to_csv(tmp_path / "a.csv", index=False)
    PEOPLE.to_parquet(tmp_path / "a.parquet")
    before = (tmp_path / "a.csv").read_bytes()
    for file in ("a.csv", "a.parquet"):
        with pytest.raises(SurveykitError, match="10 rows"):
            forget(tmp_path / file, "30", column=None)
        with pytest.raises(SurveykitError, match="nobody") as raised:
            forget(tmp_path / file, "ann@example.org")
        assert "ann@" not in str(raised.value)
    assert (tmp_path / "a.csv").read_bytes() == before
    assert forget(tmp_path / "a.parquet", "R07", out=tmp_path / "b.parquet").left == 29
    assert "R07" not in pd.read_parquet(tmp_path / "b.parquet")["respondent_id"].tolist()
    assert forget(tmp_path / "a.csv", "30", column="age").removed == 10
    (tmp_path / "a.xlsx").write_bytes(b"x")
    with pytest.raises(SurveykitError, match="cannot be taken out"):
        forget(tmp_path / "a.xlsx", "R07")


def test_the_inventory_names_every_file_of_a_run(tmp_path: Path):
    from surveykit.study.new import new_study

    new_study(tmp_path / "study", "ecsi")
    listed = inventory(tmp_path / "study" / "study.yaml", tmp_path / "out")
    assert [Path(k.file).name for k in listed if k.people] == ["answers.csv"]
    assert all(k.there for k in listed[:3])
    assert {Path(k.file).name for k in listed} >= {"report.en.pdf", "results.json", "tables.xlsx"} or {
        Path(k.file).name for k in listed
    } >= {"report.pdf", "results.json", "tables.xlsx"}
    assert all(set(k.purpose) == set(k.keep) == {"en", "zh"} for k in listed)
