"""Strict YAML: scalars of YAML 1.2, refusals with their exact place, and no traceback ever."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from surveykit.errors import Problems, SurveykitError, Where
from surveykit.questionnaire import strict


def refused(text: str) -> list[SurveykitError]:
    with pytest.raises(SurveykitError) as caught:
        strict.parse(text, "f.yaml")
    return list(caught.value.errors)


def places(errors: list[SurveykitError]) -> list[tuple[str, int | None, int | None]]:
    assert all(isinstance(e.where, Where) and e.where.file == "f.yaml" for e in errors)
    return [(e.code, e.where.line, e.where.position) for e in errors if isinstance(e.where, Where)]


SCALARS = [
    ("no", "no"), ("No", "No"), ("on", "on"), ("yes", "yes"), ("off", "off"), ("y", "y"),
    ("012", "012"), ("0o14", "0o14"), ("0x1F", "0x1F"), ("1:30", "1:30"), ("1_0", "1_0"), ("1,5", "1,5"),
    ("2026-11-22", "2026-11-22"), (".inf", ".inf"), (".nan", ".nan"), (".", "."), ("-", None), ("e5", "e5"),
    ("５", "５"), ("+", "+"),
    ("0", 0), ("-3", -3), ("+7", 7), ("10", 10), ("1.5", 1.5), ("-.5", -0.5), ("1.", 1.0), ("1e3", 1000.0),
    ("true", True), ("True", True), ("TRUE", True), ("tRUE", "tRUE"), ("false", False),
    ("null", None), ("~", None), ("Null", None), ("nULL", "nULL"), ("", None),
    ('"3"', "3"), ("'true'", "true"), ('"no"', "no"), ('""', ""), ("'~'", "~"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "meant"), [s for s in SCALARS if s[0] != "-"])
def test_scalars_follow_yaml_1_2(written: str, meant: Any) -> None:
    found = strict.parse(f"key: {written}").data["key"]
    assert found == meant
    assert type(found) is type(meant)


def test_keys_are_texts_as_written() -> None:
    assert strict.parse("1: a\nno: b\n012: c\n'true': d").data == {
        "1": "a",
        "no": "b",
        "012": "c",
        "true": "d",
    }


REFUSED = [
    ("a: !!python/object/apply:os.system ['id']", "YAML_TAG", 1, 4),
    ("a: 1\nb: !x 2", "YAML_TAG", 2, 4),
    ("a: ! 2", "YAML_TAG", 1, 4),
    ("!x a: 2", "YAML_TAG", 1, 1),
    ("a: &n 1", "YAML_ANCHOR", 1, 4),
    ("a: *n", "YAML_ALIAS", 1, 4),
    ("a:\n  <<: {b: 1}", "YAML_MERGE_KEY", 2, 3),
    ("a: 1\nb: 2\na: 3", "YAML_DUPLICATE_KEY", 3, 1),
    ("a: {b: 1, c: 2, b: 3}", "YAML_DUPLICATE_KEY", 1, 17),
    ("1: a\n'1': b", "YAML_DUPLICATE_KEY", 2, 1),
    ("a: 1\n---\nb: 2", "YAML_SEVERAL_DOCUMENTS", 2, 1),
    ("? [a]\n: 1", "YAML_KEY", 1, 3),
    ("? {a: 1}\n: 1", "YAML_KEY", 1, 3),
    ("~: 1", "YAML_KEY", 1, 1),
    ("a: 1e999", "YAML_NUMBER", 1, 4),
    ("a: 1234567890123456789012345", "YAML_NUMBER", 1, 4),
    ('a: "\\ud800"', "YAML_CHARACTER", 1, 4),
    ('"\\ud800": a', "YAML_KEY", 1, 1),
    ("[" * 60 + "]" * 60, "YAML_DEPTH", 1, 52),
    ("", "YAML_EMPTY", 1, None),
    ("# nothing but a remark\n", "YAML_EMPTY", 1, None),
    ("a: b: c", "YAML_SYNTAX", 1, 5),
    ("a:\n\t- b", "YAML_SYNTAX", 2, 1),
    ("a: 1\nb: [1, 2\nc: 3", "YAML_SYNTAX", 3, 2),
    ("a: 'b", "YAML_SYNTAX", 1, 6),
    ("a: \x01", "YAML_SYNTAX", 1, 4),
    ("a: 1\n b: 2", "YAML_SYNTAX", 2, 3),
    ("%TAG ! tag:x,2000:\n---\na: 1", "YAML_TAG", 1, 1),
]


@pytest.mark.parametrize(("text", "code", "line", "position"), REFUSED)
def test_refused_with_its_place(text: str, code: str, line: int, position: int | None) -> None:
    assert places(refused(text)) == [(code, line, position)]


@pytest.mark.parametrize("text", ['a: "\\UFFFFFFFF"', "%YAML 1." + "9" * 5000 + "\n---\na: 1"])
def test_escapes_and_versions_that_overflow(text: str) -> None:
    assert [e.code for e in refused(text)] == ["YAML_SYNTAX"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_as_editors_count_them(end: str) -> None:
    """U+2028 and U+0085 break lines for YAML, for no editor."""
    text = end.join(['a: "x\u2028y\x85z"', "# \u2029", "b: 1", "b: 2"])
    assert places(refused(text)) == [("YAML_DUPLICATE_KEY", 4, 1)]
    assert places(refused(text.replace("b: 2", "c: d: e"))) == [("YAML_SYNTAX", 4, 5)]


def test_all_findings_come_together() -> None:
    errors = refused("a: !x 1\na: 2\nb: &r 3\nc: *r\n<<: {d: 1, d: 2}\n? [x]\n: 1\n")
    assert places(errors) == [
        ("YAML_TAG", 1, 4),
        ("YAML_DUPLICATE_KEY", 2, 1),
        ("YAML_ANCHOR", 3, 4),
        ("YAML_ALIAS", 4, 4),
        ("YAML_MERGE_KEY", 5, 1),
        ("YAML_DUPLICATE_KEY", 5, 12),
        ("YAML_KEY", 6, 3),
    ]
    assert "line 1" in errors[1].hint


def test_messages_neither_print_control_characters_nor_long_texts() -> None:
    text = "'" + "\\x1b" + "secret " * 30 + "': 1\n"
    shown = str(refused((text + text).replace("'", '"'))[0])
    assert "\x1b" not in shown
    assert "\\x1b" in shown
    assert shown.count("secret") < 8


def test_fifty_levels_are_read() -> None:
    strict.parse("[" * 50 + "]" * 50)


def test_too_many_nodes_are_refused_before_they_are_all_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strict, "MAX_NODES", 1000)
    assert places(refused("[" + "1, " * 2000 + "'"))[0][0] == "YAML_NODES"
    assert len(strict.parse("[" + "1, " * 900 + "]").data) == 900


def test_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strict, "MAX_BYTES", 100)
    path = tmp_path / "big.yaml"
    path.write_text("a: " + "x" * 200, encoding="utf-8")
    for read in (lambda: strict.load(path), lambda: strict.parse("a: " + "x" * 200)):
        with pytest.raises(SurveykitError) as caught:
            read()
        assert caught.value.code == "YAML_SIZE"


def test_nothing_hangs_on_an_alias_bomb() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 50))
    begun = time.monotonic()
    assert len(refused(bomb)) == 50 + 98
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        ("title: 忠诚\n".encode("gbk"), "YAML_ENCODING", 1),
        ("id: x\n# 说明\ntitle: a\n".encode("gb18030"), "YAML_ENCODING", 2),
        ("a: 1\n".encode("utf-16"), "YAML_ENCODING", 1),
        ("a: 1\n".encode("utf-16-le"), "YAML_ENCODING", 1),
        ("a: 1\n".encode("utf-32"), "YAML_ENCODING", 1),
        (b"a: 1\nb: caf\xe9\n", "YAML_ENCODING", 2),
    ],
)
def test_other_encodings(tmp_path: Path, content: bytes, code: str, line: int) -> None:
    path = tmp_path / "q.yaml"
    path.write_bytes(content)
    with pytest.raises(SurveykitError) as caught:
        strict.load(path)
    assert (caught.value.code, caught.value.where) == (code, Where(str(path), line))
    assert "UTF-8" in caught.value.hint


def test_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "q.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb:\r\n  c: \xe5\xbf\xa0\r\n")
    document = strict.load(path)
    assert document.data == {"a": 1, "b": {"c": "忠"}}
    assert document.where(("b", "c")).line == 3


@pytest.mark.parametrize("name", ["missing.yaml", ".", "a\0b", "x" * 300])
def test_files_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "mising.yaml").write_text("a: 1", encoding="utf-8")
    with pytest.raises(SurveykitError) as caught:
        strict.load(tmp_path / name)
    assert caught.value.code in {"FILE_NOT_FOUND", "FILE_UNREADABLE"}
    if name == "missing.yaml":
        assert "mising.yaml" in caught.value.hint


def test_endless_devices_are_not_read() -> None:
    with pytest.raises(SurveykitError, match="plain file"):
        strict.load("/dev/zero")


# -- validate ----------------------------------------------------------------------------------------


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: dict[str, str] | str
    reverse: bool = False
    kind: Literal["left", "right"] = "left"
    min: Annotated[int, Field(ge=1)] = 1


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: str
    version: str = "1"
    parts: dict[str, Part]
    many: list[Part | str] = []


WRONG = """\
id: 3
version: 1.0
prats: 3
parts:
  p1: {text: {en: 3}, revrse: true, reverse: "no", kind: rihgt}
  p2: {text: 3, min: 0}
  p3: hi
  p4: {}
many: [1, {text: a, kid: a}]
"""


def test_every_mistake_has_its_line_key_and_words() -> None:
    document = strict.parse(WRONG, "f.yaml")
    with pytest.raises(SurveykitError) as caught:
        strict.validate(document, Whole)
    found = [
        (e.where.line, e.where.position, e.where.key, e.what, e.expected, e.got, e.hint)
        for e in caught.value.errors
        if isinstance(e.where, Where)
    ]
    quotes = "write it in quotes"
    mapping = "a mapping (key: value)"
    assert found == [
        (1, 5, "id", "'id' does not fit", "a text", "3", quotes),
        (2, 10, "version", "'version' does not fit", "a text", "1.0", quotes),
        (3, 1, "prats", "unknown key 'prats'", "", "", "did you mean 'parts'?"),
        (5, 19, "parts.p1.text.en", "'en' does not fit", "a text", "3", quotes),
        (5, 23, "parts.p1.revrse", "unknown key 'revrse'", "", "", "did you mean 'reverse'?"),
        (5, 46, "parts.p1.reverse", "'reverse' does not fit", "true or false", "'no'",
         "write false, without quotes"),
        (5, 58, "parts.p1.kind", "'kind' does not fit", "'left' or 'right'", "'rihgt'",
         "did you mean 'right'?"),
        (6, 14, "parts.p2.text", "'text' does not fit", f"{mapping} or a text", "3", ""),
        (6, 22, "parts.p2.min", "'min' does not fit", "1 or more", "0", ""),
        (7, 7, "parts.p3", "'p3' does not fit", mapping, "'hi'", ""),
        (8, 3, "parts.p4.text", "the key 'text' is missing", "", "", "add it"),
        (9, 8, "many[1]", "entry 1 does not fit", f"{mapping} or a text", "1", ""),
        (9, 21, "many[2].kid", "unknown key 'kid'", "", "", "did you mean 'kind'?"),
    ]  # fmt: skip


def test_what_is_right_is_left_for_further_checks() -> None:
    text = "id: x\nparts:\n  good: {text: a}\n  bad: {text: 1, min: 2}\n  ugly: {text: b, kind: up}\n"
    problems = Problems()
    whole = strict.validate(strict.parse(text), Whole, problems)
    assert len(problems) == 2
    assert whole.parts["good"].text == "a"
    assert whole.parts["ugly"].kind == "left"
    assert "bad" not in whole.parts


class Dated(BaseModel):
    day: date
    names: tuple[str, ...] = ()
    share: float = 0.5


def test_lists_fill_tuples_and_texts_fill_dates_but_nothing_else_is_converted() -> None:
    good = strict.validate(strict.parse("day: 2026-11-22\nnames: [a, b]\nshare: 1"), Dated)
    assert good == Dated(day=date(2026, 11, 22), names=("a", "b"), share=1.0)
    with pytest.raises(SurveykitError) as caught:
        strict.validate(strict.parse("day: 22.11.2026\nnames: a\nshare: '1'"), Dated)
    assert [e.expected for e in caught.value.errors] == ["a date (2026-11-22)", "a list", "a number"]


class Spanned(BaseModel):
    low: int
    high: int = 9
    spans: dict[str, Spanned] = {}

    @field_validator("low")
    @classmethod
    def _even(cls, value: int) -> int:
        if value % 2:
            raise ValueError("low must be even")
        return value

    @model_validator(mode="after")
    def _ordered(self) -> Spanned:
        if self.low > self.high:
            raise ValueError("low lies above high")
        return self


def test_validators_of_a_model_speak_for_themselves() -> None:
    text = "low: 2\nspans:\n  a: {low: 3}\n  b: {low: 8, high: 4}\n  c: {low: true}\n  d: [1, 2]\n"
    with pytest.raises(SurveykitError) as caught:
        strict.validate(strict.parse(text, "f.yaml"), Spanned)
    assert [(e.what, e.got, str(e.where)) for e in caught.value.errors] == [
        ("low must be even", "3", "f.yaml, line 3, position 12, spans.a.low"),
        ("low lies above high", "a mapping with 2 keys", "f.yaml, line 4, position 6, spans.b"),
        ("'low' does not fit", "true", "f.yaml, line 5, position 12, spans.c.low"),
        ("'d' does not fit", "a list of 2", "f.yaml, line 6, position 6, spans.d"),
    ]


def test_a_document_that_is_no_mapping() -> None:
    with pytest.raises(SurveykitError) as caught:
        strict.validate(strict.parse("- a\n- b", "f.yaml"), Whole)
    assert caught.value.expected == "a mapping (key: value)"


# -- fuzz --------------------------------------------------------------------------------------------


TELLING = st.sampled_from(list("ab:-? \n\t[]{}\"'|>&*!%#@`~0.,\\<é忠\x00\x85\ud800"))


def readable(read: Callable[[], strict.Document]) -> strict.Document | None:
    """The document, or None where it was refused in words; anything else fails the test."""
    try:
        return read()
    except SurveykitError as error:
        return None if str(error) else pytest.fail("a refusal without words")


@settings(max_examples=400, deadline=None)
@given(st.text(alphabet=TELLING, max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    document = readable(lambda: strict.parse(text))
    if document is not None:
        assert all(document.where(loc).line is not None for loc in document.places)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.yaml"
    path.write_bytes(content)
    readable(lambda: strict.load(path))


# JSON writes a character beyond U+FFFF as two halves, which YAML does not join
words = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=12)
json_data = st.recursive(
    st.booleans() | st.integers(-(10**9), 10**9) | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words.filter(bool), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(json_data)
def test_json_is_read_as_the_same_data(data: Any) -> None:
    assert strict.parse(json.dumps(data)).data == data
