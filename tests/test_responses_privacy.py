"""Identifiers at import, pseudonyms, free text, small cells: promises V1-V5."""

from __future__ import annotations

import json
import stat

import numpy as np
import pandas as pd
import pytest

import surveykit as sk
from surveykit.analyses import analyse
from surveykit.errors import SurveykitError
from surveykit.privacy import (
    BLIND,
    identifier_kind,
    is_chinese_id,
    key_from,
    new_key,
    pseudonym,
    scrub,
    suppress_cells,
)
from surveykit.questionnaire import Questionnaire
from surveykit.responses import read
from surveykit.responses.privacy import release

N = 40
PERSONAL_EN = {
    "Name": [f"Person {chr(65 + i % 26)}{i}" for i in range(N)],
    "Email Address": [f"user{i}@example.org" for i in range(N)],
    "Mobile Phone Number": [f"+44 20 7946 {1000 + i}" for i in range(N)],
    "IP Address": [f"203.0.113.{i + 1}" for i in range(N)],
    "LocationLatitude": [51.5 + i / 997 for i in range(N)],
    "LocationLongitude": [-0.12 - i / 997 for i in range(N)],
}
PERSONAL_ZH = {
    "1、您的姓名": [f"张{chr(0x4E00 + i)}" for i in range(N)],
    "2、手机号码": [str(13800000000 + i) for i in range(N)],
    "3、微信号": [f"wxid_abc{i:04d}xyz" for i in range(N)],
    "来源详情IP": [f"117.136.0.{i + 1}(北京)" for i in range(N)],
    "邮箱": [f"yonghu{i}@qq.com" for i in range(N)],
}
ANSWERS = {"sat": [1 + i % 7 for i in range(N)], "city": ["A", "B"] * (N // 2)}


def chinese_id(i: int) -> str:
    body = f"1101011990{1 + i % 9:02d}{10 + i % 18}{100 + i}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


@pytest.mark.parametrize("personal", [PERSONAL_EN, PERSONAL_ZH, {"q9": [chinese_id(i) for i in range(N)]}])
def test_identifiers_are_left_out_at_import_and_from_every_output(personal, tmp_path):
    frame = pd.DataFrame({**personal, **ANSWERS})
    frame.to_csv(tmp_path / "answers.csv", index=False, encoding="utf-8-sig")
    for data in (read(frame), read(tmp_path / "answers.csv")):
        assert data.columns == ("sat", "city")
        warned = " ".join(data.import_report.warnings)
        assert all(name in warned for name in personal)
        out = json.dumps(
            [
                data.import_report.to_dict(),
                analyse(data, "descriptives").to_dict(),
                sk.summarise(data).to_dict(),
            ],
            ensure_ascii=False,
            default=str,
        )
        assert not [v for column in personal.values() for v in column if str(v) in out]
        with pytest.raises(SurveykitError) as raised:
            data.frame([next(iter(personal))])
        assert str(next(iter(personal.values()))[0]) not in str(raised.value)
    kept = read(frame, keep=[next(iter(personal))])
    assert next(iter(personal)) in kept.columns


def test_answers_that_only_look_personal_stay():
    frame = pd.DataFrame(
        {
            "email": [1 + i % 5 for i in range(N)],  # a rating of the service by e-mail
            "phone": ["yes", "no"] * (N // 2),
            "name of brand": ["Alpha", "Beta"] * (N // 2),
            "amount": [1380000.5 + i for i in range(N)],
            "version": ["1.2", "2.0"] * (N // 2),
        }
    )
    assert read(frame).columns == tuple(frame.columns)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ann.lee+x@mail.example.co.uk", "e-mail"), ("ａｎｎ＠ｅｘａｍｐｌｅ．ｏｒｇ", "e-mail"),
        ("ann(at)example.org", "e-mail"),
        ("13812345678", "telephone"), ("+86 138-1234-5678", "telephone"), ("010-12345678", "telephone"),
        ("+1 (212) 555-0187", "telephone"), ("212-555-0187", "telephone"), ("+49 30 1234567", "telephone"),
        ("192.168.10.254", "address"), ("2001:db8:85a3:0:0:8a2e:370:7334", "address"),
        ("11010519491231002X", "identity card"), ("123-45-6789", "identity card"), ("4111 1111 1111 1111", "card"),
        ("39.9042, 116.4074", "coordinates"), ("wxid_abcd1234efgh", "account"), ("微信：zhang_san88", "account"),
        ("999.1.1.1", ""), ("110105194912310021", ""), ("2026-11-22 14:05", ""), ("12345", ""), ("10", ""), ("1.5, 2.5", ""),
        ("very good", ""), ("4111 1111 1111 1112", ""), ("3.14159", ""),
    ],
)  # fmt: skip
def test_forms_of_identifiers(text, kind):
    assert identifier_kind(text) == kind


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("write to john [at] company [dot] com", "write to [e-mail]"), ("john dot doe at company dot com", "[e-mail]"),
        ("身份证号110105194912310025", "[identity card]"), ("passport E12345678", "[identity card]"),
        ("My name is Anna Schmidt and I", "[name] and I"), ("我叫张三，很满意", "[name],很满意"),
        ("IBAN DE89 3704 0044 0532 0130 00", "IBAN [card]"), ("DE88370400440532013000", "DE88370400440532013000"),
        ("银行卡6222021234567890123", "[card]"), ("lat 39.9042, lon 116.4074", "[coordinates]"),
        ("see facebook.com/john.doe", "see [account]"), ("I am @john_doe", "I am [account]"),
        ("车牌京A12345", "车牌[number plate]"), ("born on 6 May 1990", "[birthday]"), ("生日1990年5月6日", "[birthday]"),
        ("1 3 8 1 2 3 4 5 6 7 8", "[telephone]"), ("一三八一二三四五六七八", "[telephone]"), ("06 12 34 56 78", "[telephone]"),
        ("住上海市浦东新区世纪大道100号5楼", "[address]"), ("at 12 Oak Street", "at [address]"), ("Hauptstraße 12", "[address]"),
        ("2024-05-06 12:30", ""), ("rated 10 of 10 in 2024, 1,234,567 users", ""), ("我叫了外卖", ""), ("我们在这里", ""),
        ("order 2023123456", ""), ("一五一十地说", ""), ("4 out of 5, name it well", ""), ("we met at noon", ""),
    ],
)  # fmt: skip
def test_how_people_write_identifiers_in_sentences(text, left):
    assert scrub(text)[0] == (left or text)
    assert scrub(scrub(text, b"k" * 32)[0], b"k" * 32)[1] == {}


@pytest.mark.parametrize("unit", ["qq", "a1", "a dot ", "a at ", "12 Ab ", "@", "x.com/", "1 ", "中"])
def test_a_huge_cell_is_searched_in_proportion_to_its_length(unit):
    from time import process_time

    start = process_time()
    scrub(unit * (100_000 // len(unit)) + "1")
    assert process_time() - start < 3  # 0.1 s; quadratic searches took minutes


def test_what_is_not_found_is_said():
    for text in ("the lady with the red hat in room 12", "ask Anna from the second floor"):
        assert scrub(text) == (text, {})
    assert all(BLIND[language] for language in ("en", "zh"))


def test_the_check_digit_decides():
    good = [chinese_id(i) for i in range(50)]
    assert all(map(is_chinese_id, good))
    wrong = [i[:-1] + ("0" if i[-1] != "0" else "1") for i in good]
    assert not any(map(is_chinese_id, wrong))


def test_free_text_is_scrubbed_with_stable_tokens(tmp_path):
    q = Questionnaire.from_text(
        "{id: t, title: T, items: {rid: {text: Id, type: id}, why: {text: Why, type: text}, "
        "s: {text: S, type: number}}}"
    )
    said = ["call 13812345678 or ann@example.org", "fine", "again ann@example.org", None] * 5
    frame = pd.DataFrame({"rid": [f"R-{i:03d}" for i in range(20)], "why": said, "s": range(20)})
    key = new_key(tmp_path / "key")
    data = read(frame, q, key=key)
    why = data.frame(["why"])["why"]
    assert not why.dropna().str.contains("138|ann@", regex=True).any()
    assert why[0].split(" or ")[1] == why[2].removeprefix("again ")
    ids = data.frame(["rid"])["rid"]
    assert ids.nunique() == 20
    assert not ids.str.contains("R-").any()
    assert ids.tolist() == read(frame, q, key=key).frame(["rid"])["rid"].tolist()
    assert ids.tolist() != read(frame, q).frame(["rid"])["rid"].tolist()  # another key in every run
    assert read(frame, q, keep=["rid"]).frame(["rid"])["rid"][0] == "R-000"
    shown = " ".join([str(data.import_report.to_dict()), str(data.native.to_native())])
    assert "ann@" not in shown
    assert "R-000" not in shown
    assert "telephone 5" in shown


def test_scrubbing_is_idempotent_and_keyed():
    text = "Mail ａｎｎ＠ｅｘａｍｐｌｅ．ｏｒｇ, tel. +49 30 1234567, 身份证11010519491231002X，微信号 zhang_san88"
    once, counts = scrub(text, b"k" * 32)
    assert counts == {"e-mail": 1, "telephone": 1, "identity card": 1, "account": 1}
    assert scrub(once, b"k" * 32) == (once, {})
    assert scrub(text, b"x" * 32)[0] != once


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("ann\u200b@exam\u00adple.org, bye", "[e-mail], bye"),
        (
            "tel \u200b".join(
                ["", "1\u200b3\u200b8\u200b1\u200b2\u200b3\u200b4\u200b5\u200b6\u200b7\u200b8"]
            ),
            "tel [telephone]",
        ),
        ("ann(dot)lee(at)example(dot)org", "[e-mail]"),
        ("ann%40example.org", "[e-mail]"),
        ("写信给 фёдор@пример.рф 或 bob@例子.中国。", "写信给 [e-mail] 或 [e-mail]。"),
    ],
)
def test_marks_that_nobody_sees_and_other_scripts_hide_nobody(text, left):
    assert scrub(text)[0] == left
    assert scrub(left) == (left, {})


def test_what_nobody_sees_stays_where_nothing_is_found():
    text = "می\u200cخواهم 5 👩\u200d💻"  # a join that letters and signs need
    assert scrub(text) == (text, {})


def test_keys(tmp_path):
    made = new_key(tmp_path / "key")
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    with pytest.raises(SurveykitError, match="there is a file"):
        new_key(made)
    assert pseudonym("a", key_from(made)) == pseudonym("a", key_from(made))
    (tmp_path / "short").write_text("x")
    for path in ("short", "none"):
        with pytest.raises(SurveykitError) as raised:
            key_from(tmp_path / path)
        assert raised.value.code == "KEY"


def test_a_repeated_id_is_named_by_its_rows_only():
    q = Questionnaire.from_text(
        "{id: t, title: T, items: {rid: {text: Id, type: id}, s: {text: S, type: number}}}"
    )
    with pytest.raises(SurveykitError) as raised:
        read(pd.DataFrame({"rid": ["ann@example.org", "b", "ann@example.org"], "s": [1, 2, 3]}), q)
    assert raised.value.code == "DUPLICATE_ID"
    assert "ann@" not in str(raised.value)


@pytest.mark.parametrize(
    ("column", "cell", "shown"),
    [
        ("s", "ann@example.org", "[e-mail]"), ("g", "Call +49 151 23456789", "Call [telephone]"),
        ("s", "I would rather tell a long story about my neighbour, who lives next door", "a text of 72 characters"),
        ("m", "Tea;ask ann@example.org", "[e-mail]"), ("w", "13812345678x", "number"),
    ],
)  # fmt: skip
def test_findings_hide_what_tells_who_answered(column, cell, shown):
    q = Questionnaire.from_text(
        "{id: t, title: T, scales: {a5: {min: 1, max: 5}}, items: {s: {text: S, scale: a5}, "
        "g: {text: G, type: single, options: {a: A, b: B}}, m: {text: M, type: multi, options: {t: Tea, c: Coffee}}}}"
    )
    frame = pd.DataFrame(
        {"s": [1, 2, 3], "g": ["a", "b", "a"], "m": ["Tea", "Tea;Coffee", "Tea"], "w": [1, 1, 2]}
    )
    frame[column] = frame[column].astype(object)
    frame.loc[1, column] = cell
    with pytest.raises(SurveykitError) as raised:
        read(frame, q, weight="w")
    said = str(raised.value)
    assert shown in said
    assert not [part for part in ("ann@", "+49 151", "neighbour") if part in said]


def _undetermined(table: np.ndarray, hidden: np.ndarray) -> bool:
    """No hidden cell follows from the open cells and the margins: solved as a linear system."""
    r, c = table.shape
    rows = [np.eye(r * c)[i * c + j] for i, j in np.argwhere(~hidden)]
    rows += [np.kron(e, np.ones(c)) for e in np.eye(r)] + [np.kron(np.ones(r), e) for e in np.eye(c)]
    s, vt = np.linalg.svd(np.array(rows))[1:]
    null = vt[int((s > 1e-9).sum()) :]
    return all(len(null) and np.abs(null[:, i * c + j]).max() > 1e-9 for i, j in np.argwhere(hidden))


def test_suppressed_cells_cannot_be_solved_for():
    rng = np.random.default_rng(7)
    for _ in range(150):
        table = rng.poisson(rng.choice([4, 9, 20]), size=rng.integers(2, 6, 2))
        hidden = suppress_cells(table, 5)
        assert hidden[(table > 0) & (table < 5)].all()
        if hidden.all() or (hidden == (table > 0)).all() or not hidden.any():
            continue
        assert _undetermined(table, hidden), table
        for axis in (0, 1):
            sums, some = (table * hidden).sum(axis=axis), hidden.any(axis=axis)
            assert (sums[some] >= 5).all()


def test_a_release_needs_people_alike(tmp_path):
    frame = pd.DataFrame({"age": ["20", "20", "30"] * 5, "rare": ["x"] * 14 + ["y"], "score": range(15)})
    data = read(frame)
    found = release(data, tmp_path / "out.csv", ["age", "score"], quasi=["age"], k=5, seed=1)
    assert found == {"k": 5, "unique": 0, "groups": 2}
    written = pd.read_csv(tmp_path / "out.csv")
    assert sorted(written.score) == list(range(15))
    assert written.score.tolist() != list(range(15))
    with pytest.raises(SurveykitError, match="could be recognised"):
        release(data, tmp_path / "no.csv", ["score"], quasi=["age", "rare"])
    assert not (tmp_path / "no.csv").exists()
    release(data, tmp_path / "forced.csv", ["score"], quasi=["age", "rare"], force=True)
    assert "not_anonymous" in (tmp_path / "forced.csv").read_text()


def test_a_cross_table_closes_small_cells_and_their_partners():
    rows = ["a"] * 23 + ["b"] * 50 + ["c"] * 15 + ["a"] * 3 + ["b"] * 40 + ["c"] * 30
    columns = ["x"] * 88 + ["y"] * 73
    data = read(pd.DataFrame({"r": rows, "g": columns}))
    found = analyse(data, "crosstab", rows="r", columns="g", min_cell=5)
    table = found.tidy()
    inner = table[table.group != ""]
    shut = inner[inner.remark == "suppressed"]
    assert len(shut) == 4  # the cell of three, and the three other corners
    assert shut[["estimate", "count", "se"]].isna().all().all()
    assert {r["term"] for r in found.tables()["pairs"].records()} == {"b"}
    assert not (analyse(data, "crosstab", rows="r", columns="g").tidy().remark == "suppressed").any()


def test_a_summary_hides_who_gave_no_answer_like_any_other_cell():
    frame = pd.DataFrame({"x": [1.0] * 20 + [2.0] * 30 + [np.nan] * 2})
    told = sk.summarise(read(frame)).counts[""]["x"]
    assert told["missing"] is None
    assert told["n"].count(None) == 1  # else the number of rows would tell


def test_moments_do_not_tell_a_count_that_is_hidden():
    frame = pd.DataFrame({"rare": [0] * 48 + [1] * 2, "even": [0, 1] * 25, "x": range(50)})
    summary = sk.summarise(read(frame))
    assert summary.facts["left_out"] == ["rare"]
    assert summary.sample.names == ("even", "x")
    assert summary.counts[""]["rare"]["n"] == [None, None]
    with pytest.raises(SurveykitError, match="few values"):
        sk.summarise(read(frame), ["rare"])
