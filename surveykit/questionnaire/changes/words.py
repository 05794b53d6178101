"""The reasons that a comparison of two waves gives, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from surveykit.format import pick

__all__ = ["REASONS", "TREND", "say"]

TREND: Mapping[str, Mapping[str, str]] = {
    "yes": {"en": "yes", "zh": "可以"},
    "caution": {"en": "yes, with caution", "zh": "可以，但须谨慎"},
    "no": {"en": "no", "zh": "不可以"},
}

REASONS: Mapping[str, Mapping[str, str]] = {
    "added": {
        "en": "asked in the second wave only",
        "zh": "仅第二次调查有此项",
    },
    "removed": {
        "en": "asked in the first wave only",
        "zh": "仅第一次调查有此项",
    },
    "renamed": {
        "en": "{before} is now called {after}; the wording is the same, so add the alias {before} to {after}",
        "zh": "{before}改名为{after}，题目文字相同；请在{after}中加入别名{before}",
    },
    "type": {
        "en": "the kind of question changed from {before} to {after}",
        "zh": "题型由{before}改为{after}",
    },
    "points": {
        "en": "the scale changed from {before} to {after}: means, shares and top boxes are not on one footing",
        "zh": "量表由{before}改为{after}：均值、比例和高分占比不可直接比较",
    },
    "turned": {
        "en": "the scale was turned round: the words of its low end now stand at its high end",
        "zh": "量表方向颠倒：原低分端的文字现在位于高分端",
    },
    "labels": {
        "en": "words of the scale changed: {before} → {after}",
        "zh": "量表文字改变：{before} → {after}",
    },
    "labels_added": {
        "en": "points of the scale that had no words now have some, or the other way round ({points})",
        "zh": "部分量表点新增或取消了文字（{points}）",
    },
    "kind": {
        "en": "the scale counts as {after}, formerly {before}",
        "zh": "量表性质由{before}改为{after}",
    },
    "wording": {
        "en": "the wording changed ({language}): “{before}” → “{after}”",
        "zh": "题目文字改变（{language}）：“{before}”→“{after}”",
    },
    "another": {
        "en": "the wording is another question ({language}): “{before}” → “{after}”",
        "zh": "题目已是另一个问题（{language}）：“{before}”→“{after}”",
    },
    "negated": {
        "en": "one wording denies what the other says ({language}): “{before}” → “{after}”",
        "zh": "两次题目一正一反（{language}）：“{before}”→“{after}”",
    },
    "negated_keyed": {
        "en": "wording and key were both turned round ({language}); people do not answer denied wordings in mirror image",
        "zh": "题目与计分方向同时反转（{language}）；受访者对反向表述的回答并非镜像",
    },
    "translation": {
        "en": "only the translation changed ({language}): “{before}” → “{after}”; "
        "the question stands in {own}: trends among answers in {language} need a look at both translations",
        "zh": "仅译文改变（{language}）：“{before}”→“{after}”；{own}题目未变。"
        "若要比较{language}作答者的趋势，请先核对两次译文是否等价",
    },
    "exchanged": {
        "en": "the first wave asked this under the id {before}: ids were exchanged; "
        "give the questions their first ids back and the trend can be drawn",
        "zh": "第一次调查中此题的编号为{before}：题目编号互换了；恢复原编号后即可比较趋势",
    },
    "missing_recoded": {
        "en": "codes for missing answers changed: {before} → {after}; the reasons are the same, "
        "and each wave is read with its own codes",
        "zh": "缺失值编码改变：{before}→{after}；缺失原因相同，两次各按自己的编码读取",
    },
    "languages": {
        "en": "asked in {after}, formerly in {before}: compare within a language",
        "zh": "语言版本由{before}变为{after}：请在同一语言内比较",
    },
    "signs": {
        "en": "only signs, case or blanks of the wording changed ({language})",
        "zh": "仅标点、大小写或空格改变（{language}）",
    },
    "language": {
        "en": "has words in {after}, formerly in {before}: compare within a language",
        "zh": "题目语言由{before}变为{after}：请在同一语言内比较",
    },
    "reverse": {
        "en": "now {after}, formerly {before}: score both waves with one key",
        "zh": "计分方向由{before}改为{after}：两次数据须用同一计分方式",
    },
    "construct": {
        "en": "belongs to {after}, formerly to {before}: the answers compare, the constructs do not",
        "zh": "由{before}改归{after}：题目本身可比，构念得分不可比",
    },
    "missing": {
        "en": "codes for missing answers changed: {before} → {after}; the shares that are missing do not compare",
        "zh": "缺失值编码改变：{before}→{after}；缺失比例不可比",
    },
    "missing_valid": {
        "en": "{codes} counts as an answer in one wave and as missing in the other",
        "zh": "编码{codes}在一次调查中为有效回答，在另一次为缺失",
    },
    "option_words": {
        "en": "the code {code} means another thing: {before} → {after}",
        "zh": "编码{code}含义改变：{before} → {after}",
    },
    "option_edited": {
        "en": "the words of the option {code} changed: {before} → {after}",
        "zh": "选项{code}的文字改变：{before} → {after}",
    },
    "option_recoded": {
        "en": "options were given other codes ({codes}): bring the waves to one code before they are compared",
        "zh": "选项编码改变（{codes}）：比较前须统一编码",
    },
    "option_added": {
        "en": "options were added ({codes}): the shares of the others can fall for that reason alone",
        "zh": "新增选项（{codes}）：其他选项的比例可能仅因此下降",
    },
    "option_removed": {
        "en": "options were removed ({codes}): who would have chosen them is spread over the others",
        "zh": "删除选项（{codes}）：原会选择这些选项的人分散到其他选项",
    },
    "order": {
        "en": "the order of the options changed",
        "zh": "选项顺序改变",
    },
    "moved": {
        "en": "the question stands at another place among those that both waves ask: answers can depend on what comes before",
        "zh": "该题在两次共有题目中的位置改变：回答可能受前面题目影响",
    },
    "items_gone": {
        "en": "measured by other items: compare both waves on what they share ({items})",
        "zh": "测量题目不同：请仅用两次共有的题目比较（{items}）",
    },
    "items_few": {
        "en": "the waves share {shared} of {n} items: no common measure",
        "zh": "两次调查合计{n}题，可比的仅{shared}题：没有共同的测量",
    },
    "items_broken": {
        "en": "no trend may be drawn in {items}: compare both waves on the other items",
        "zh": "{items}不可作趋势比较：请仅用其余题目比较",
    },
    "items_weak": {
        "en": "changes in {items}, see there; test measurement invariance over the waves",
        "zh": "{items}有改变（见上）；请检验跨次测量不变性",
    },
    "items_reversed": {
        "en": "other items are reverse-keyed ({items}): score both waves with one key",
        "zh": "反向计分的题目不同（{items}）：两次数据须用同一计分方式",
    },
    "measurement": {
        "en": "measured as {after}, formerly as {before}",
        "zh": "测量方式由{before}改为{after}",
    },
    "min_valid": {
        "en": "the share of items that must be answered changed from {before} to {after}: other people have a score",
        "zh": "最低有效题目比例由{before}改为{after}：得分人群不同",
    },
    "metric": {
        "en": "computed as {after}, formerly as {before}",
        "zh": "计算方法由{before}改为{after}",
    },
    "metric_options": {
        "en": "computed with {after}, formerly with {before}: compute both waves alike",
        "zh": "计算选项由{before}改为{after}：两次须用同一算法",
    },
    "rests_on": {
        "en": "rests on {names}: see there",
        "zh": "基于{names}：见该项说明",
    },
    "paths": {
        "en": "the model has other paths: only in the first wave {before}; only in the second {after}",
        "zh": "模型路径不同：仅第一次有{before}；仅第二次有{after}",
    },
    "model": {
        "en": "the text of the model changed: fit both waves with one model",
        "zh": "模型语法改变：两次须用同一模型估计",
    },
    "weight": {
        "en": "weighted by {after}, formerly by {before}",
        "zh": "权重由{before}改为{after}",
    },
}  # fmt: skip


def say(reason: str, language: str, values: Mapping[str, str]) -> str:
    """A reason with its values, in ``language``."""
    return pick(REASONS[reason], language).format(**values)
