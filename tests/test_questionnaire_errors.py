"""Every mistake of meaning in a questionnaire file: its code, its line, its key; all of a file at once."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveykit.errors import SurveykitError, Where
from surveykit.questionnaire import Questionnaire, library, strict

GOOD = """\
id: shop
title: {en: Shop, zh: 商店}
languages: [en, zh]
scales:
  agree:
    min: 1
    max: 5
    labels: {1: {en: No, zh: 不}, 5: {en: Yes, zh: 是}}
    missing: {9: dont_know}
items:
  q1: {text: {en: One, zh: 一}, scale: agree}
  q2: {text: {en: Two, zh: 二}, scale: agree}
  q3: {text: {en: Three, zh: 三}, scale: agree, reverse: true}
  q4: {text: {en: Four, zh: 四}, scale: agree}
  city: {text: {en: City, zh: 城市}, options: {a: {en: A, zh: 甲}, b: {en: B, zh: 乙}}}
  why: {text: {en: Why, zh: 原因}, type: text}
constructs:
  sat: {items: [q1, q2, q3]}
  loy: {items: [q4]}
metrics:
  top: {metric: csat, item: q1, top: 2}
  all: {metric: loyalty, dimensions: [sat, loy], weights: {sat: 1, loy: 2}}
paths: [sat -> loy]
groups: [city]
"""


def findings(text: str) -> list[tuple[str, int | None, str]]:
    with pytest.raises(SurveykitError) as caught:
        Questionnaire.from_text(text, "f.yaml")
    found = []
    for error in caught.value.errors:
        assert isinstance(error.where, Where)
        assert error.where.file == "f.yaml"
        assert error.where.position is not None
        found.append((error.code, error.where.line, error.where.key))
    return found


def test_the_good_file_is_good() -> None:
    q = Questionnaire.from_text(GOOD)
    assert q.paths == (("sat", "loy"),)
    assert q.items["q3"].reverse
    assert q.items["city"].type == "single"


# old text, new text, and what is then found
MISTAKES = [
    ("id: shop\n", "", "MISSING_KEY", 1, ""),
    ("id: shop", "id: 3", "WRONG_TYPE", 1, "id"),
    ("id: shop", "id: a b", "WRONG_VALUE", 1, "id"),
    ("id: shop", "id: -a", "WRONG_VALUE", 1, "id"),
    ("id: shop", "id: " + "a" * 65, "WRONG_VALUE", 1, "id"),
    ("id: shop", "id: shop\nversion: 1", "WRONG_TYPE", 2, "version"),
    ("languages: [en, zh]", "languages: [english]", "WRONG_VALUE", 3, "languages[1]"),
    ("groups:", "gruops:", "UNKNOWN_KEY", 24, "gruops"),
    ("reverse: true", 'reverse: "no"', "WRONG_TYPE", 13, "items.q3.reverse"),
    ("reverse: true", "reverse: no", "WRONG_TYPE", 13, "items.q3.reverse"),
    ("reverse: true", "revers: true", "UNKNOWN_KEY", 13, "items.q3.revers"),
    ("  why:", "  q1:", "YAML_DUPLICATE_KEY", 16, ""),
    ("  why:", "  Q1:", "DUPLICATE_ID", 16, "items.Q1"),
    ("  why:", "  ｑ１:", "DUPLICATE_ID", 16, "items.ｑ１"),
    ("  why:", "  Loy:", "DUPLICATE_ID", 19, "constructs.loy"),
    ("  why:", "  2q:", "WRONG_VALUE", 16, "items.2q"),
    ("  why:", "  w y:", "WRONG_VALUE", 16, "items.w y"),
    ("  why:", "  why__raw:", "WRONG_VALUE", 16, "items.why__raw"),
    ("  why:", "  _why:", "WRONG_VALUE", 16, "items._why"),
    ("  why:", "  NA:", "WRONG_VALUE", 16, "items.NA"),
    ("  why:", f"  {'w' * 65}:", "WRONG_VALUE", 16, "items." + "w" * 39 + "…"),
    ("zh: 乙}}", "zh: 乙}}, missing: {b: refused}", "MISSING_CODE", 15, "items.city.missing.b"),
    ("type: text", "type: words", "WRONG_VALUE", 16, "items.why.type"),
    (", type: text", "", "ITEM_TYPE", 16, "items.why"),
    ("type: text", "type: single", "ITEM_TYPE", 16, "items.why"),
    ("type: text", "type: text, scale: agree", "ITEM_TYPE", 16, "items.why.scale"),
    ("type: text", "type: text, reverse: true", "ITEM_REVERSE", 16, "items.why.reverse"),
    ("{en: Why, zh: 原因}", "''", "WRONG_VALUE", 16, "items.why.text"),
    ("zh: 原因", "zh: ", "WRONG_TYPE", 16, "items.why.text.zh"),
    (
        "  q4: {text: {en: Four, zh: 四}, scale: agree}",
        "  q4: {scale: agree}",
        "MISSING_KEY",
        14,
        "items.q4.text",
    ),
    ("zh: 四}, scale: agree", "zh: 四}, scale: agre", "UNKNOWN_SCALE", 14, "items.q4.scale"),
    ("max: 5", "max: 1", "SCALE_RANGE", 7, "scales.agree.max"),
    (
        "max: 5",
        "max: 5000\n    kind: numeric\n  x:\n    min: 1\n    max: 5",
        "SCALE_RANGE",
        7,
        "scales.agree.max",
    ),
    ("max: 5", "max: 5.0", "WRONG_TYPE", 7, "scales.agree.max"),
    ("5: {en: Yes", "6: {en: Yes", "LABEL_RANGE", 8, "scales.agree.labels.6"),
    ("5: {en: Yes", "five: {en: Yes", "WRONG_TYPE", 8, "scales.agree.labels.five"),
    ("9: dont_know", "3: dont_know", "MISSING_CODE", 9, "scales.agree.missing.3"),
    ("9: dont_know", "9: dontknow", "WRONG_VALUE", 9, "scales.agree.missing.9"),
    ("groups: [city]", "groups: [citty]", "UNKNOWN_ITEM", 24, "groups[1]"),
    ("groups: [city]", "groups: [city]\nreverse: [q1, q9]", "UNKNOWN_ITEM", 25, "reverse[2]"),
    ("groups: [city]", "groups: [city]\nreverse: why", "ITEM_REVERSE", 25, "reverse"),
    ("items: [q4]", "items: [q4, q2]", "ITEM_IN_TWO", 19, "constructs.loy.items[2]"),
    ("items: [q4]", "items: [q4, q4]", "ITEM_IN_TWO", 19, "constructs.loy.items[2]"),
    ("reverse: true", "reverse: *yes", "YAML_ALIAS", 13, ""),
    ("max: 5", "max: 123456789012345678901", "YAML_NUMBER", 7, ""),
    ("items: [q4]", "items: [q4, *q2]", "YAML_ALIAS", 19, ""),
    ("items: [q4]", "items: !seq [q4]", "YAML_TAG", 19, ""),
    ("items: [q4]", "items: [q5]", "UNKNOWN_ITEM", 19, "constructs.loy.items[1]"),
    ("items: [q4]", "items: [city]", "ITEM_TYPE", 19, "constructs.loy.items[1]"),
    ("items: [q4]", "items: []", "WRONG_VALUE", 19, "constructs.loy.items"),
    ("items: [q4]", "items: [q4], min_valid: 2", "WRONG_VALUE", 19, "constructs.loy.min_valid"),
    ("items: [q4]", "items: [q4], measurement: formative", "WRONG_VALUE", 19, "constructs.loy.measurement"),
    ("item: q1", "item: q11", "UNKNOWN_ITEM", 21, "metrics.top.item"),
    ("metric: csat", "metric: c sat", "WRONG_VALUE", 21, "metrics.top.metric"),
    (
        "dimensions: [sat, loy]",
        "dimensions: [sat, lay]",
        "UNKNOWN_CONSTRUCT",
        22,
        "metrics.all.dimensions[2]",
    ),
    ("{sat: 1, loy: 2}", "{sat: 1, q9: 2}", "UNKNOWN_CONSTRUCT", 22, "metrics.all.weights.q9"),
    ("{sat: 1, loy: 2}", "{sat: '1'}", "WRONG_TYPE", 22, "metrics.all.weights.sat"),
    ("sat -> loy", "sat -> loyal", "UNKNOWN_CONSTRUCT", 23, "paths[1]"),
    ("sat -> loy", "sat -> q1", "PATH_ITEM", 23, "paths[1]"),
    ("sat -> loy", "sat -> why", "ITEM_TYPE", 23, "paths[1]"),
    ("groups: [city]", "weight: why", "ITEM_TYPE", 24, "weight"),
    ("sat -> loy", "sat > loy", "PATH_FORM", 23, "paths[1]"),
    ("sat -> loy", "sat -> sat", "PATH_LOOP", 23, "paths[1]"),
    ("[sat -> loy]", "[sat -> loy, sat -> loy]", "PATH_TWICE", 23, "paths[2]"),
    ("groups: [city]", "groups: [city]\nmodel: loy ~ sat", "MODEL_TWICE", 23, "paths"),
    ("paths: [sat -> loy]", "model: |\n  # chain\n  loy ~ sat + * q1", "SYNTAX", 25, "model"),
    ("paths: [sat -> loy]", "model: |\n  loy ~ sat + prize", "UNKNOWN_ITEM", 24, "model"),
    ("paths: [sat -> loy]", "model: loy ~ sat + prize", "UNKNOWN_ITEM", 23, "model"),
]


@pytest.mark.parametrize(("old", "new", "code", "line", "key"), MISTAKES)
def test_one_mistake_is_one_finding_at_its_line(old: str, new: str, code: str, line: int, key: str) -> None:
    assert old in GOOD
    (found,) = findings(GOOD.replace(old, new, 1))
    if code == "SYNTAX":  # the model room's own code
        assert found[1:] == (line, key)
    else:
        assert found == (code, line, key)


def test_the_hint_names_the_nearest() -> None:
    for old, new, hint in [
        ("item: q1", "item: q11", "did you mean 'q1'?"),
        ("sat -> loy", "sat -> lou", "did you mean 'loy'?"),
        ("reverse: true", "revese: true", "did you mean 'reverse'?"),
        ("groups:", "groupes:", "did you mean 'groups'?"),
        ("type: text", "type: txt", "did you mean 'text'?"),
        ("max: 5", "max: '5'", "write it without quotes"),
        ("zh: 四", "zh: 4", "write it in quotes"),
        ("zh: 四", "zh: ", "nothing stands after the colon"),
        ("items: [q4]", "items: [q4, q2]", "it is in 'sat' already"),
        ("reverse: true", "reverse: no", "write false, without quotes"),
    ]:
        with pytest.raises(SurveykitError) as caught:
            Questionnaire.from_text(GOOD.replace(old, new, 1))
        assert caught.value.hint == hint


def test_the_hint_where_there_is_nothing_to_choose_from() -> None:
    with pytest.raises(SurveykitError) as caught:
        Questionnaire.from_text("id: x\ntitle: a\nitems: {q: {text: a, scale: agree}}")
    assert (caught.value.code, caught.value.hint) == ("UNKNOWN_SCALE", "the file defines no scales")


def test_many_mistakes_come_at_once_in_the_order_of_the_file() -> None:
    """Mistakes of YAML, of form and of meaning, in one run; a wrong definition is no unknown name."""
    text = (
        GOOD.replace("id: shop", "id: shop\nid: shop")
        .replace("reverse: true", 'reverse: "no"')
        .replace("max: 5", "max: 5\n    color: red")
        .replace("items: [q4]", "items: [q4, q3, q8]")
        .replace("sat -> loy", "sat -> lay")
        .replace("groups:", "model: |\n  a ~\ngroups:")
    )
    found = findings(text)
    assert [line for _, line, _ in found] == sorted(line or 0 for _, line, _ in found)
    assert [f[0] for f in found[:5]] == [
        "YAML_DUPLICATE_KEY",
        "UNKNOWN_KEY",
        "WRONG_TYPE",
        "ITEM_IN_TWO",
        "UNKNOWN_ITEM",
    ]
    assert {f[0] for f in found[5:]} >= {"MODEL_TWICE", "UNKNOWN_CONSTRUCT"}
    assert len(found) == 8


def test_a_missing_file_and_an_unknown_id() -> None:
    with pytest.raises(SurveykitError) as caught:
        Questionnaire.load("ecsii")
    assert (caught.value.code, caught.value.hint) == ("UNKNOWN_QUESTIONNAIRE", "did you mean 'ecsi'?")
    with pytest.raises(SurveykitError) as caught:
        Questionnaire.load("nowhere/ecsi.yaml")
    assert caught.value.code == "FILE_NOT_FOUND"
    with pytest.raises(SurveykitError, match="no such file") as caught:
        Questionnaire.load("ecsi.yaml")
    assert "'ecsi'" in caught.value.hint


@pytest.mark.parametrize(
    "content", ["- a\n- b\n", "text\n", "3\n", "{}\n", "items: 3\n", "items: {}\nid: x\n"]
)
def test_files_that_are_no_questionnaire(content: str) -> None:
    with pytest.raises(SurveykitError):
        Questionnaire.from_text(content)


# -- fuzz: whatever becomes of a file, it is read or refused in words --------------------------------

FILES = {name: path.read_bytes() for name, path in library().items()}


def survives(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "fuzz.yaml"
    path.write_bytes(content)
    try:
        q = Questionnaire.load(path)
    except SurveykitError as error:
        for each in error.errors:
            if not each.what:
                pytest.fail("a refusal without words")
    else:
        q.model  # noqa: B018  # a file that was read gives its model


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(sorted(FILES)), share=st.floats(0, 1))
def test_truncated_library_files(tmp_path_factory: pytest.TempPathFactory, name: str, share: float) -> None:
    content = FILES[name]
    survives(tmp_path_factory.getbasetemp(), content[: int(len(content) * share)])


@settings(max_examples=120, deadline=None)
@given(name=st.sampled_from(sorted(FILES)), seed=st.integers(0, 2**32), flips=st.integers(1, 4))
def test_flipped_bits_in_library_files(
    tmp_path_factory: pytest.TempPathFactory, name: str, seed: int, flips: int
) -> None:
    content = bytearray(FILES[name])
    chance = random.Random(seed)
    for _ in range(flips):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    survives(tmp_path_factory.getbasetemp(), bytes(content))


@settings(max_examples=120, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_exchanged_words(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    """Scalars of a file in each other's places: valid YAML, wrong types and names everywhere."""
    chance = random.Random(seed)
    words = GOOD.replace("{", "{ ").split(" ")
    for _ in range(3):
        i, j = chance.randrange(len(words)), chance.randrange(len(words))
        words[i], words[j] = words[j], words[i]
    survives(tmp_path_factory.getbasetemp(), " ".join(words).encode())


@pytest.mark.nightly
@pytest.mark.parametrize("name", sorted(FILES))
def test_a_thousand_damaged_copies_of_each(tmp_path: Path, name: str) -> None:
    chance = random.Random(name)
    for _ in range(1000):
        content = bytearray(FILES[name])
        for _ in range(chance.randrange(1, 5)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        survives(tmp_path, bytes(content[: chance.randrange(len(content) // 2, len(content) + 1)]))


def test_the_place_of_a_key_that_is_there() -> None:
    document = strict.parse(GOOD, "f.yaml")
    assert str(document.where(("items", "q3", "reverse"), key=True)).startswith(
        "f.yaml, line 13, position 48"
    )
