"""Traditional characters: no term of the glossary is set twice, in any text of the house."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from surveykit.findings import Label, Number, fill
from surveykit.findings._finding import plain
from surveykit.hant import traditional

ROOT = Path(__file__).parents[1]
TWICE = re.compile(r"([\u4e00-\u9fff])\1")
CHINESE = re.compile(r"""["']([^"'\n]*[\u4e00-\u9fff][^"'\n]*)["']""")


@pytest.mark.parametrize(
    ("simplified", "expected"),
    [
        ("精确平均值与均值", "精確平均數與平均數"),
        ("结构方程模型与方程式", "結構方程式模型與方程式"),
        ("显著性水平在水平轴上", "顯著性水準在水平軸上"),
        ("文件夹里的文件", "資料夾裡的檔案"),
        ("极大似然估计与偏最小二乘法", "最大概似估計與偏最小平方法"),
        ("堆积条形图与条形图", "堆疊長條圖與長條圖"),
    ],
)
def test_longer_terms_go_before_the_shorter_ones_within_them(simplified: str, expected: str) -> None:
    assert traditional(simplified) == expected


def _texts() -> set[str]:
    """What a Chinese reader may meet: the texts of reports, not the headers of exports that are recognised."""
    rooms = [
        ROOT / "surveykit" / room
        for room in ("analyses", "findings", "report", "scoring", "sem", "study", "model")
    ]
    files = [path for room in rooms for path in room.rglob("*.py")]
    return {t for path in files for t in CHINESE.findall(path.read_text(encoding="utf-8"))}


def test_no_text_of_the_house_doubles_a_character() -> None:
    files = [p for p in (ROOT / "surveykit").rglob("*.py") if p.name != "hant.py"]
    texts = {t for path in files for t in CHINESE.findall(path.read_text(encoding="utf-8"))}
    assert len(texts) > 1000
    assert [t for t in texts if len(TWICE.findall(traditional(t))) > len(TWICE.findall(t))] == []


@pytest.mark.parametrize(
    ("simplified", "expected"),
    [
        ("面点干净，若干干部受到干扰", "麵點乾淨，若干幹部受到干擾"),  # 干
        ("发现头发变白，分发问卷", "發現頭髮變白，分發問卷"),  # 发
        ("前后两位皇后", "前後兩位皇后"),  # 后
        ("店里离公里牌一里路", "店裡離公里牌一里路"),  # 里
        ("最多只称为，不只一次，一只猫", "最多只稱為，不只一次，一隻貓"),  # 只
        ("当面吃面条", "當面吃麵條"),  # 面
        ("最小系数与系统的关系", "最小係數與系統的關係"),  # 系
        ("这批回答与回归", "這批回答與迴歸"),  # 回
        ("各表下注明了样本量，说明了原因", "各表下註明了樣本數，說明了原因"),  # 了
        ("征求意见，复杂的答复，重复", "徵求意見，複雜的答覆，重複"),  # 征, 复
        ("范围与模范，松树与放松", "範圍與模範，松樹與放鬆"),  # 范, 松
        ("台湾的平台", "台灣的平台"),  # 台
    ],
)
def test_one_simplified_character_that_stands_for_several_is_told_by_its_word(
    simplified: str, expected: str
) -> None:
    assert traditional(simplified) == expected


@pytest.mark.parametrize(
    ("simplified", "expected"),
    [
        ("感知质量与感知价值；情感知识", "知覺品質與知覺價值；情感知識"),
        ("信息的质量，软件与视频，默认的渠道", "資訊的品質，軟體與影片，預設的管道"),
        ("完全信息极大似然，观测信息矩阵", "完全訊息最大概似，觀測訊息矩陣"),
        ("有效答卷400份，答卷质量", "有效問卷400份，作答品質"),
        ("极差与效应量，目标总体，有限总体", "全距與效果量，目標母體，有限母體"),
        ("回答分布，发布结果", "回答分布，發布結果"),
        ("总的来说，您的总体满意度", "整體來說，您的整體滿意度"),
        ("在线调查，存在线性相关，变量之间线性相关", "線上調查，存在線性相關，變項之間線性相關"),
        ("点单很省事，地点单位", "點餐很省事，地點單位"),
        ("预付费用户、包月用户，账户与结账", "預付卡用戶、月租型用戶，帳戶與結帳"),
        ("超出单元格容量，单元格频数小于5", "超出儲存格容量，細格次數小於5"),
    ],
)
def test_terms_are_those_of_research_in_taiwan(simplified: str, expected: str) -> None:
    assert traditional(simplified) == expected


MAINLAND = re.compile(
    "质量|質量|信息矩|軟件|硬件|視頻|默認|字節|程序|文件(?!夾)|數據|打印|鏈接|短信|網絡|屏幕|鼠標|"
    "方差|均值|變量|置信|回歸|似然|載荷|因子|檢驗|水平(?!線|軸)|樣本量|單元格|答卷|極差|總體(?!上)|條形圖|散點|字體"
)


def test_no_text_of_the_house_keeps_a_term_of_the_mainland() -> None:
    assert len(_texts()) > 900
    wrong = {t: traditional(t) for t in _texts() if MAINLAND.search(traditional(t))}
    assert wrong == {}


def test_rows_and_columns_have_their_names_of_taiwan() -> None:
    assert (
        traditional("共读入{read}行数据，使用{used}行，剔除{aside}行。")
        == "共讀入{read}列資料，使用{used}列，剔除{aside}列。"
    )
    assert (
        traditional("列百分比；第{first}至{last}列；表中每一列")
        == "欄百分比；第{first}至{last}欄；表中每一欄"
    )
    assert traditional("进行比较，仅列出一组，不列表") == "進行比較，僅列出一組，不列表"
    assert traditional("您乘坐的列车，各列车次") == "您乘坐的列車，各列車次"


def test_quotation_marks_are_corner_brackets_and_an_apostrophe_stays() -> None:
    assert traditional("“‘好’评”与Cronbach’s α") == "「『好』評」與Cronbach’s α"


def test_a_question_in_a_traditional_sentence_stands_in_corner_brackets() -> None:
    from surveykit.findings._finding import quoted_in, unstopped

    asked = Label({"zh": "您满意吗？", "zh-Hant": "您滿意嗎？"}, "/labels/q1")
    assert quoted_in(asked, "zh-Hant", "")[::2] == ("「", "」")
    assert quoted_in(asked, "zh", "")[::2] == ("“", "”")
    assert unstopped("。其後", quoted_in(asked, "zh-Hant", ""), "zh-Hant") == "其後"


def test_a_sentence_is_converted_as_a_whole_across_its_holes() -> None:
    text = fill({"en": "{n}", "zh": "共读入{n}行，使用{n}行。"}, n=Number(5, "count", "/rows/read"))
    assert plain(text, "zh-Hant") == "共讀入5列，使用5列。"
    assert plain(text, "zh") == "共读入5行，使用5行。"
