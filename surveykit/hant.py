"""Traditional characters: the second Chinese catalogue, made from the first.

Every Chinese text of the house is written once, in Simplified characters. For ``zh-Hant`` it is converted: the
terms of the trade by the glossary below, as journals and institutes in Taiwan write them (置信区间 is 信賴區間), all
other words by OpenCC's tables, which know that 发 is 發 in 发布 and 髮 in 头发. A text that is written in
``zh-Hant`` itself is never converted.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

__all__ = ["GLOSSARY", "traditional"]

# Simplified term: Traditional term. Only words whose term differs, not those whose characters do.
GLOSSARY: dict[str, str] = {
    "置信区间": "信賴區間",
    "置信水平": "信賴水準",
    "置信区域": "信賴區域",
    "置信": "信賴",
    "构念": "構念",
    "协方差": "共變異數",
    "方差": "變異數",
    "因子载荷": "因素負荷量",
    "交叉载荷": "交叉負荷量",
    "载荷": "負荷量",
    "因子分析": "因素分析",
    "单因子": "單因素",
    "因子": "因素",
    "自变量": "自變項",
    "因变量": "依變項",
    "预测变量": "預測變項",
    "协变量": "共變項",
    "变量": "變項",
    "回归": "迴歸",
    "方程式": "方程式",
    "方程": "方程式",
    "显著性检验": "顯著性檢定",
    "检验": "檢定",
    "样本量": "樣本數",
    "平均值": "平均數",
    "均值": "平均數",
    "测量不变性": "測量恆等性",
    "不变性": "恆等性",
    "区分效度": "區別效度",
    "聚合效度": "收斂效度",
    "收敛效度": "收斂效度",
    "拟合优度": "適配度",
    "拟合指标": "適配指標",
    "拟合": "適配",
    "重抽样": "重複抽樣",
    "自助法": "拔靴法",
    "自助": "拔靴",
    "整群": "集群",
    "复本权重": "複本權重",
    "条目": "題項",
    "题项": "題項",
    "数据行": "資料列",
    "行数据": "列資料",
    "数据": "資料",
    "行数": "列數",
    "}行": "}列",
    "局限": "限制",
    "复现": "重現",
    "信息": "資訊",
    "软件": "軟體",
    "程序": "程式",
    "文件夹": "資料夾",
    "文件": "檔案",
    "默认": "預設",
    "质量": "品質",
    "水平": "水準",
    "反馈": "回饋",
    "渠道": "管道",
    "最高几档": "最高幾檔",
    "运营商": "電信業者",
    "网络": "網路",
    "短信": "簡訊",
    "视频": "影片",
    "打印": "列印",
    "链接": "連結",
    "字符": "字元",
    "算法": "演算法",
    "迭代": "疊代",
    "水平线": "水平線",
    "水平轴": "水平軸",
}

# 台 is what people write; corner brackets are the quotation marks of Traditional print.
_MARKS = str.maketrans("臺“”‘’", "台「」『』")
_GLOSSARY = re.compile("|".join(sorted(GLOSSARY, key=len, reverse=True)))


@cache
def traditional(text: str) -> str:
    """``text`` in Traditional characters, terms as the glossary has them; what is no Chinese stays as it is.

    >>> traditional("满意度的95%置信区间（n = {n}）")
    '滿意度的95%信賴區間（n = {n}）'
    >>> traditional("因子载荷的标准误与协方差，数据质量")
    '因素負荷量的標準誤與共變異數，資料品質'
    >>> traditional("“满意”")
    '「滿意」'
    """
    parts: list[str] = []
    start = 0
    for match in _GLOSSARY.finditer(text):
        parts += [_converter().convert(text[start : match.start()]), GLOSSARY[match.group()]]
        start = match.end()
    return "".join((*parts, _converter().convert(text[start:]))).translate(_MARKS)


@cache
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("s2tw")
