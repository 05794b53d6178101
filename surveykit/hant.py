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
    "置信域": "信賴區域",
    "异方差": "異質變異數",
    "概率": "機率",
    "优势比": "勝算比",
    "优势是每有": "勝算是每有",
    "其优势是": "其勝算是",
    "比例优势": "比例勝算",
    "逻辑回归": "邏輯斯迴歸",
    "极大似然": "最大概似",
    "似然": "概似",
    "最小二乘法": "最小平方法",
    "最小二乘": "最小平方",
    "嵌套": "巢套",
    "频数": "次數",
    "单元格": "細格",
    "条形图": "長條圖",
    "堆积条形图": "堆疊長條圖",
    "散点图": "散佈圖",
    "跟踪": "追蹤",
    "设置": "設定",
    "计算机": "電腦",
    "字体": "字型",
    "}通过": "}透過",
    "通过中间": "透過中間",
    "注：": "註：",
    # research as institutes and journals in Taiwan write it
    "感知": "知覺",
    "极差": "全距",
    "效应量": "效果量",
    "平均方差抽取量": "平均變異數萃取量",
    "信息矩阵": "訊息矩陣",
    "完全信息": "完全訊息",
    "目标总体": "目標母體",
    "有限总体": "有限母體",
    "总体规模": "母體大小",
    "总体值": "母體值",
    "总的来说": "整體來說",
    "总体来说": "整體來說",
    "总体质量": "整體品質",
    "总体评价": "整體評價",
    "总体满意": "整體滿意",
    "答卷质量": "作答品質",
    "答卷": "問卷",
    "通俗解释": "白話說明",
    "分布": "分布",
    "发布": "發布",
    "公布": "公布",
    "宣布": "宣布",
    "单元格容量": "儲存格容量",
    "工作簿": "活頁簿",
    "交互图表": "互動圖表",
    "幻灯片": "投影片",
    "用于演示": "用於示範",
    "吻合": "適配",
    # what questionnaires speak of
    "年龄段": "年齡層",
    "点单": "點餐",
    "外卖": "外送",
    "预付费用户": "預付卡用戶",
    "包月用户": "月租型用戶",
    "在线问卷": "線上問卷",
    "在线调查": "線上調查",
    "在线购": "線上購",
    "在线客服": "線上客服",
    "在线服务": "線上服務",
    "在线支付": "線上支付",
    "在线课程": "線上課程",
    "在线平台": "線上平台",
    "账": "帳",
    "互联网": "網際網路",
    "移动应用": "行動應用程式",
    "移动网络": "行動網路",
    "移动支付": "行動支付",
    "智能手机": "智慧型手機",
    "人工智能": "人工智慧",
    "屏幕": "螢幕",
    "鼠标": "滑鼠",
    "硬件": "硬體",
    "服务器": "伺服器",
    "数据库": "資料庫",
    "搜索": "搜尋",
    "登录": "登入",
    "分钟": "分鐘",
    # a row is 列 and a column 欄 in Taiwan, where the mainland has 行 and 列
    "列百分比": "欄百分比",
    "权重列": "權重欄",
    "列间比较": "欄間比較",
    "各列": "各欄",
    "每一列": "每一欄",
    "这些列": "這些欄",
    "的列": "的欄",
    "相应列": "相應欄",
    "多列": "多欄",
    "}列": "}欄",
    "同行与同列": "同列與同欄",
    "行内": "列內",
    "所有行": "所有列",
    "任何一行": "任何一列",
    "上一行": "上一列",
    "有效行": "有效列",
    "整行": "整列",
    "各行中": "各列中",
    "多行中": "多列中",
    # where the converter takes characters for another word
    "系数": "係數",
    "回答": "回答",
    "注明": "註明",
}

# 台 is what people write; corner brackets are the quotation marks of Traditional print.
_MARKS = str.maketrans("臺“”‘’", "台「」『』")
_APOSTROPHE = re.compile(r"(?<=[A-Za-z])』(?=[A-Za-z])")
# 隻 counts things (一隻貓); after any other word 只 means "only" and the converter has mistaken it (最多只).
_ONLY = re.compile(r"(?<![一二兩三四五六七八九十百千萬幾數每這那半整船艦\d])隻(?![身字言])|(?<=[最至])多隻")
# A term is one only where it is no part of a longer word: 的列 of a table, not 的列车; 感知, not 情感知识.
_GOES_ON = {"列": "车举出入表印队强", "感知": "识名道晓", "点单": "位独一纯价元"}
_GLOSSARY = re.compile(
    "|".join(
        term + "".join(f"(?![{after}])" for end, after in _GOES_ON.items() if term.endswith(end))
        for term in sorted(GLOSSARY, key=len, reverse=True)
    )
)


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
    whole = "".join((*parts, _converter().convert(text[start:]))).translate(_MARKS)
    whole = _ONLY.sub(lambda found: found.group().replace("隻", "只"), whole)
    return _APOSTROPHE.sub("\N{RIGHT SINGLE QUOTATION MARK}", whole)


@cache
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("s2tw")
