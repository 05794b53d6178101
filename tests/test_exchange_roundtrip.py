"""Questionnaire to form and back, for generated questionnaires: what the form holds is equal, the rest is named."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surveykit.exchange import export
from surveykit.exchange.questions import CANNOT_ANSWER, choices
from surveykit.questionnaire import Construct, Item, Questionnaire, Scale
from surveykit.questionnaire.definitions import Frozen
from surveykit.questionnaire.wording import missing_kind
from surveykit.responses.definitions import definition_of

ENDINGS = {"xlsform": ".xlsx", "surveyjs": ".json", "limesurvey": ".txt"}
LIBRARY = ("ecsi", "nps", "csat", "ces", "loyalty-state", "loyalty-dependence", "loyalty-commitment", "loyalty-tripartite",
           "loyalty-relationship")  # fmt: skip
LETTERS = "abcdefgXYZ äßé 价格满意店员，。？ \"'<&>=+-@#|:;\\/%$*[]()（）{}0123456789"
TYPES = ("scale", "scale", "scale", "single", "multi", "number", "text", "date", "slider")


def _plain(text):
    """What every form can hold: one line without markup, references or brackets of a stem."""
    return " ".join(text.split())


WORDS = st.text(LETTERS, min_size=1, max_size=24).map(_plain).filter(
    lambda t: t and not missing_kind(t) and not any(m in t for m in ("<", "&", "{", "$")) and not t.isdigit()
)  # fmt: skip
SAID = st.builds(lambda en, zh: Frozen({"en": en, "zh": zh}), WORDS, WORDS)
CODES = st.text("abcdeXY019", min_size=1, max_size=5).filter(lambda c: c != "other")


@st.composite
def scales(draw, name):
    low = draw(st.sampled_from([-2, 0, 1]))
    high = low + draw(st.integers(1, 10))
    named = draw(st.sets(st.integers(low, high), max_size=4))
    labels = {code: draw(SAID) for code in sorted(named)}
    kinds = draw(st.lists(st.sampled_from(["dont_know", "refused", "not_shown"]), unique=True, max_size=3))
    return Scale(name, low, high, Frozen(labels), Frozen({str(-(91 + i)): k for i, k in enumerate(kinds)}))


@st.composite
def questionnaires(draw):
    held = {name: draw(scales(name)) for name in ("s1", "s2")}
    held["slide"] = Scale("slide", 0, 100, kind="numeric")
    items = {}
    stem = draw(SAID)
    for number, kind in enumerate(draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=9)), 1):
        name, text = f"q_{number}", draw(SAID)
        if kind == "scale":
            if draw(st.booleans()):
                text = Frozen({k: f"{w} ({stem[k]})" for k, w in text.items()})
            scale = held[draw(st.sampled_from(["s1", "s2"]))]
            items[name] = Item(name, text, "scale", scale, draw(st.booleans()), missing=scale.missing)
        elif kind == "slider":
            items[name] = Item(name, text, "scale", held["slide"])
        elif kind in {"single", "multi"}:
            options = draw(st.dictionaries(CODES, SAID, min_size=2, max_size=5))
            options |= {"other": draw(SAID)} if draw(st.booleans()) else {}
            items[name] = Item(name, text, kind, options=Frozen(options))
        else:
            items[name] = Item(name, text, kind)
    rated = [n for n, i in items.items() if i.scale is not None and i.scale.kind == "ordinal"]
    groups = {"c1": Construct("c1", draw(SAID), tuple(rated))} if rated else {}
    return Questionnaire("gen", draw(SAID), "1", ("en", "zh"), Frozen(items), Frozen(held), Frozen(groups))


def told(item):
    """What a form holds of an item: not its key and construct, and of a slider no codes for no answer."""
    scale = item.scale
    ends = (scale.min, scale.max, scale.kind, scale.labels) if scale else None
    offered = {c.code: c.kind for c in choices(item) if c.kind}
    held = {} if scale is not None and scale.kind == "numeric" else offered
    return dict(item.text), item.type, ends, list(item.options.items()), held


@pytest.mark.parametrize("to", ["xlsform", "surveyjs"])
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=questionnaires(), grids=st.booleans(), language=st.sampled_from(["en", "zh"]))
def test_a_generated_questionnaire_comes_back_equal(tmp_path, to, asked, grids, language):
    path = export(asked, to, tmp_path / f"f{ENDINGS[to]}", language, grids).files[0]
    draft = definition_of(path)
    back = draft.questionnaire()
    assert not draft.left_out
    assert [told(i) for i in back.items.values()] == [told(i) for i in asked.items.values()]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=questionnaires(), grids=st.booleans())
def test_under_limesurveys_names_it_comes_back_with_the_same_words(tmp_path, asked, grids):
    done = export(asked, "limesurvey", tmp_path / "f.txt", "en", grids)
    back = definition_of(done.files[0]).questionnaire()
    assert [told(i)[0:2] for i in back.items.values()] == [told(i)[0:2] for i in asked.items.values()]
    ends = [i.scale and (i.scale.min, i.scale.max) for i in asked.items.values()]
    assert [i.scale and (i.scale.min, i.scale.max) for i in back.items.values()] == ends
    for before, after in zip(asked.items.values(), back.items.values(), strict=True):
        assert [w for _, w in told(before)[3]] == [w for _, w in told(after)[3]]
        assert len(told(before)[4]) == len(told(after)[4])


@pytest.mark.parametrize("name", LIBRARY)
@pytest.mark.parametrize("to", ["xlsform", "surveyjs"])
def test_every_shipped_questionnaire_comes_back_equal(tmp_path, name, to):
    asked = Questionnaire.load(name)
    for grids in (True, False):
        back = definition_of(
            export(asked, to, tmp_path / f"f{ENDINGS[to]}", "zh", grids).files[0]
        ).questionnaire()
        assert [(i.id, told(i)) for i in back.items.values()] == [
            (i.id, told(i)) for i in asked.items.values()
        ]


def test_each_kind_of_no_answer_that_is_offered_is_read_back():
    assert {
        kind: missing_kind(words) for kind, texts in CANNOT_ANSWER.items() for words in texts.values()
    } == {kind: kind for kind in CANNOT_ANSWER}
