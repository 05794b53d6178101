"""Two waves compared: what changed, and whether a trend may be drawn."""

from __future__ import annotations

import json

import pytest

import surveykit as sk
from surveykit.cli import main
from surveykit.questionnaire import Questionnaire
from surveykit.questionnaire.changes import diff
from surveykit.questionnaire.changes.words import REASONS

WAVE = """
id: shop
title: {en: Shop}
languages: [en, zh]
scales:
  agree: {min: 1, max: 5, labels: {1: {en: Disagree, zh: 不同意}, 5: {en: Agree, zh: 同意}}, missing: {"9": dont_know}}
items:
  a1: {text: {en: The price is fair., zh: 价格合理。}, scale: agree}
  a2: {text: {en: The staff are kind., zh: 店员友善。}, scale: agree}
  a3: {text: {en: The shop is clean., zh: 店面整洁。}, scale: agree}
  a4: {text: {en: I will come back., zh: 我会再来。}, scale: agree}
  use: {text: {en: Which one, zh: 哪一个}, options: {"1": {en: Tea, zh: 茶}, "2": {en: Coffee, zh: 咖啡}}}
constructs:
  quality: {title: {en: Quality, zh: 质量}, items: [a1, a2, a3]}
metrics:
  top: {metric: csat, item: a4}
"""


def changed(*edits: tuple[str, str]):
    text = WAVE
    for before, after in edits:
        assert before in text, before
        text = text.replace(before, after)
    return diff(Questionnaire.from_text(WAVE), Questionnaire.from_text(text))


ENDS = "1: {en: Disagree, zh: 不同意}, 5: {en: Agree, zh: 同意}"
TURNED = "5: {en: Disagree, zh: 不同意}, 1: {en: Agree, zh: 同意}"
TEA, COFFEE, MILK = "{en: Tea, zh: 茶}", "{en: Coffee, zh: 咖啡}", "{en: Milk, zh: 牛奶}"
PRICE = "{en: The price is fair., zh: 价格合理。}, scale: agree"


def kinds(found, name):
    return [c.what for c in found.verdict(name).changes]


def test_nothing_changed():
    found = changed()
    assert (found.trend, bool(found), found.changed) == ("yes", False, ())
    assert {v.name for v in found.verdicts} == {"a1", "a2", "a3", "a4", "use", "quality", "top"}


@pytest.mark.parametrize(
    ("name", "before", "after", "what", "trend"),
    [
        ("a1", "The price is fair.", "The price  is fair", "signs", "yes"),
        ("a1", "The price is fair.", "The prices are fair.", "wording", "caution"),
        ("a1", "The price is fair.", "The price is not fair.", "negated", "no"),
        ("a1", "价格合理。", "价格不合理。", "negated", "no"),
        ("a1", "The price is fair.", "I buy much online.", "another", "no"),
        ("a4", f"max: 5, labels: {{{ENDS}", f"max: 7, labels: {{{ENDS.replace('5:', '7:')}", "points", "no"),
        ("a4", ENDS, TURNED, "turned", "no"),
        ("a4", "en: Disagree", "en: Strongly disagree", "labels", "caution"),
        ("a4", "labels: {1:", "labels: {3: {en: Neutral, zh: 中立}, 1:", "labels_added", "caution"),
        ("a4", '"9": dont_know', '"9": refused', "missing", "caution"),
        ("a4", '"9": dont_know', '"8": dont_know', "missing_recoded", "yes"),
        ("a1", "价格合理。", "要价很公道。", "translation", "caution"),
        ("a1", "价格合理。", "价格是合理的。", "translation", "caution"),
        ("model", "languages: [en, zh]", "languages: [en]", "languages", "caution"),
        ("a4", "min: 1, max: 5", "kind: numeric, min: 1, max: 5", "kind", "caution"),
        ("a1", "价格合理。}, scale: agree", "价格合理。}, scale: agree, reverse: true", "reverse", "caution"),
        ("a1", "The price is fair., zh: 价格合理。}", "The price is fair.}", "language", "caution"),
        ("a1", PRICE, PRICE.replace("scale: agree", "type: number"), "type", "no"),
        ("use", f'"2": {COFFEE}', f'"2": {COFFEE}, "3": {MILK}', "option_added", "caution"),
        ("use", ', "2": {en: Coffee, zh: 咖啡}', ', "3": {en: Water, zh: 水}', "option_removed", "caution"),
        ("use", '"2": {en: Coffee, zh: 咖啡}', '"2": {en: Milk, zh: 牛奶}', "option_words", "no"),
        ("use", f'"1": {TEA}, "2": {COFFEE}', f'"1": {COFFEE}, "2": {TEA}', "option_recoded", "caution"),
        ("quality", "items: [a1, a2, a3]", "items: [a1, a2, a3, a4]", "items_gone", "caution"),
        ("quality", "items: [a1, a2, a3]", "items: [a1, a4]", "items_few", "no"),
        ("quality", "items: [a1, a2, a3]", "items: [a1, a2, a3], measurement: composite", "measurement", "caution"),
        ("quality", "items: [a1, a2, a3]", "items: [a1, a2, a3], min_valid: 1.0", "min_valid", "caution"),
        ("quality", "价格合理。}, scale: agree", "价格合理。}, scale: agree, reverse: true", "items_reversed", "caution"),
        ("quality", "The price is fair.", "The price is not fair.", "items_broken", "caution"),
        ("top", "metric: csat", "metric: mean", "metric", "no"),
        ("top", "item: a4", "item: a3", "metric_options", "no"),
        ("top", "item: a4", "item: a4, top: 1", "metric_options", "caution"),
        ("top", "I will come back.", "Where do you live", "rests_on", "no"),
    ],
)  # fmt: skip
def test_each_change_and_its_verdict(name, before, after, what, trend):
    found = changed((before, after))
    verdict = found.verdict(name)
    assert what in kinds(found, name)
    assert verdict.trend == trend
    assert all(verdict.reasons("zh"))
    assert all(verdict.reasons("en"))


def test_ids_that_were_exchanged_are_named():
    found = changed(("  a1:", "  TMP:"), ("  a2:", "  a1:"), ("  TMP:", "  a2:"))
    assert "exchanged" in kinds(found, "a1")
    assert "ids were exchanged" in found.verdict("a2").reasons()[-1] or "exchanged" in kinds(found, "a2")
    assert found.verdict("a1").trend == "no"


def test_items_with_the_same_reasons_stand_together_and_words_are_the_readers():
    found = changed((f"max: 5, labels: {{{ENDS}", f"max: 7, labels: {{{ENDS.replace('5:', '7:')}"))
    assert "  a1, a2, a3, a4: no\n" in found.summary()
    assert found.summary().count("1–5") == 1
    assert "  a1、a2、a3、a4：不可以\n" in found.summary("zh")
    recoded = changed(('"9": dont_know', '"8": refused'))
    assert "9 (don't know) → 8 (refused)" in recoded.summary()
    assert "9（不知道）→8（拒答）" in recoded.summary("zh")
    assert "（英文）：“The price is fair.”→" in changed(("price is fair", "prices are fair")).summary("zh")


def test_a_key_turned_with_its_wording_needs_caution_only():
    found = changed(
        ("fair., zh: 价格合理。}, scale: agree", "not fair., zh: 价格不合理。}, scale: agree, reverse: true")
    )
    assert set(kinds(found, "a1")) == {"negated_keyed"}
    assert found.verdict("a1").trend == "caution"


def test_a_new_name_is_followed_into_constructs_and_metrics():
    found = changed(
        ("  a4:", "  back:"), ("item: a4", "item: back"), ("  a1:", "  price:"), ("[a1,", "[price,")
    )
    assert kinds(found, "back") == ["renamed"]
    assert found.trend == "yes"
    assert not found.verdict("top").changes
    assert not found.verdict("quality").changes


def test_what_is_new_breaks_no_trend_and_what_is_gone_does():
    new = "  new: {text: {en: Why, zh: 为什么}, type: text}\nconstructs:"
    first, second = Questionnaire.from_text(WAVE), Questionnaire.from_text(WAVE.replace("constructs:", new))
    assert diff(first, second).verdict("new").trend == "no"
    assert diff(first, second).trend == "yes"
    assert diff(second, first).trend == "no"


def test_a_valid_code_that_became_missing():
    text = WAVE.replace("{en: Coffee, zh: 咖啡}}", '{en: Coffee, zh: 咖啡}}, missing: {"3": refused}')
    other = WAVE.replace("{en: Coffee, zh: 咖啡}}", '{en: Coffee, zh: 咖啡}, "3": {en: None, zh: 无}}')
    both = diff(Questionnaire.from_text(text), Questionnaire.from_text(other))
    assert "missing_valid" in kinds(both, "use")
    assert both.verdict("use").trend == "no"


def test_items_out_of_order_are_named():
    lines = WAVE.splitlines()
    a4 = next(i for i, x in enumerate(lines) if x.startswith("  a4"))
    lines.insert(next(i for i, x in enumerate(lines) if x.startswith("  a1")), lines.pop(a4))
    found = diff(Questionnaire.from_text(WAVE), Questionnaire.from_text("\n".join(lines)))
    assert kinds(found, "a4") == ["moved"]
    assert not found.verdict("a1").changes


def test_every_reason_stands_in_both_languages_with_the_same_holes():
    import string

    for name, texts in REASONS.items():
        holes = [{f for _, f, _, _ in string.Formatter().parse(t) if f} for t in texts.values()]
        assert set(texts) == {"en", "zh"}, name
        assert holes[0] == holes[1], name


def test_the_command_and_its_exit_codes(tmp_path, capsys):
    first, second, third = tmp_path / "1.yaml", tmp_path / "2.yaml", tmp_path / "3.yaml"
    first.write_text(WAVE, "utf-8")
    second.write_text(WAVE.replace("price is fair", "prices are fair"), "utf-8")
    third.write_text(WAVE.replace("price is fair", "price is not fair"), "utf-8")

    def leaves(*arguments):
        with pytest.raises(SystemExit) as left:
            main(["diff", *map(str, arguments)])
        return left.value.code, capsys.readouterr().out

    assert leaves(first, first)[0] == 0
    assert leaves(first, second)[0] == 0
    assert leaves(first, second, "--strict")[0] == 3
    code, out = leaves(first, third, "--json")
    assert code == 3
    assert json.loads(out)["trend"] == "no"
    assert "不可以" in leaves(first, third, "--lang", "zh")[1]
    assert leaves(first, tmp_path / "none.yaml")[0] == 2


def test_from_the_front_door():
    found = sk.diff("nps", "csat")
    assert found.trend == "no"
    assert "recommend" in found.to_csv()
    assert list(found.tidy()["trend"]).count("yes") == 0
