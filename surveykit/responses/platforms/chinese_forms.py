"""Chinese form tools (金数据, 腾讯文档, 飞书, 见数): one sheet, the tool's own columns around the questions."""

# ruff: noqa: E501  (Chinese characters count twice)

from __future__ import annotations

import re

from surveykit.responses.exports import Evidence, Head, Survey, platforms
from surveykit.responses.platforms._boxes import SEPARATOR, several_answers

_DATES = {"提交时间", "更新时间", "修改时间", "创建时间", "开始时间", "结束时间", "填写时间", "开始填写时间", "结束填写时间", "提交日期",
          "最后修改时间", "完成时间", "填答時間", "會員時間", "提交時間", "建立時間"}  # fmt: skip
_PEOPLE = {"提交人", "提交者", "填写人", "填写者", "创建人", "修改人", "答题人", "提交人姓名", "微信昵称", "微信头像", "微信openid", "openid",
           "微信姓名", "用户id", "用户名", "用户昵称", "ip", "ip地址", "填写ip", "作答ip", "提交ip", "手机号", "手机", "ip紀錄", "使用者紀錄", "會員編號"}  # fmt: skip
_WRITTEN = {"填写设备", "操作系统", "浏览器", "填写地区", "作答地区", "ip属地", "ip所在地", "数据来源", "来源", "渠道", "扩展属性", "数据状态",
            "提交状态", "作答状态", "答题状态", "状态", "流程状态", "填写语言", "微信性别", "微信国家", "微信省市", "总分", "审核状态",
            "額滿結束註記", "hash"}  # fmt: skip
_DURATIONS = {
    "填写时长",
    "答题时长",
    "作答时长",
    "总时长",
    "填写用时",
    "答题用时",
    "用时",
    "耗时",
    "填答秒數",
}
_NUMBERS = {"序号", "编号", "数据id", "答卷id", "作答id", "提交id", "记录id"}
_TELLING = {*_DATES, "提交人", "提交者", "填写人", "填写者", "微信昵称", "微信openid", "填写设备", "填写地区", "填写时长", "作答地区", "作答时长",
            "作答状态", "答题时长", "总时长", "填写ip", "作答ip", "作答id", "数据id", "扩展属性", "填答時間", "填答秒數", "ip紀錄", "額滿結束註記", "ip属地", "答题人"}  # fmt: skip
_ASIDE = re.compile(
    r"\s*[(（](?:自动|必填|选填|单选|多选|必答|选答|秒|可多选|单选题|多选题)[)）]|[*＊]+\s*\Z"
)
_SEPARATORS = ("┋", "；", ";", "，", ", ", ",", "、", "|")
_REPEATED = 3


def _bare(name: str) -> str:
    return " ".join(_ASIDE.sub("", name.replace("\ufeff", "")).split())


def _role(name: str) -> str:
    plain = _bare(name).casefold()
    if plain in _NUMBERS:
        return "id"
    if plain in _DATES:
        return "date"
    if plain in _DURATIONS:
        return "duration"
    return "identifier" if plain in _PEOPLE else "meta" if plain in _WRITTEN else ""


def _evidence(head: Head) -> Evidence:
    own = [h.strip() for h in head.header if _bare(h).casefold() in _TELLING]
    found: Evidence = [(min(len(own), 2) + 1, f"columns {'、'.join(own[:5])}")] if len(own) > 1 else []
    if found and _labels_below(head.header, head.rows[0] if head.rows else ()):
        found.append((1, "a second header with the questions"))
    return found


def _labels_below(header: tuple[str, ...] | list[str], row: tuple[str, ...] | list[str]) -> bool:
    """Whether the first row is a second header: the tool's columns repeat their names, others have words."""
    same = sum(bool(a.strip()) and a.strip() == b.strip() for a, b in zip(header, row, strict=False))
    return same >= _REPEATED and not any(c.strip().replace(".", "", 1).isdigit() for c in row)


@platforms.register(
    "chinese_forms",
    title={"en": "Chinese form tools", "zh": "金数据等表单工具"},
    reference="sheets of Jinshuju, Tencent Docs, Feishu and Credamo",
    evidence="brute force: exports written by the tests",
    marks=_evidence,
)
def chinese_forms(survey: Survey) -> None:
    """The tool's own columns named, a second header as the questions' words, joined cells as multiple answers."""
    texts = [_bare(h) or h for h in survey.header]
    if _labels_below(survey.header, survey.row(0)):
        texts = [_bare(c) or h for c, h in zip(survey.row(0), texts, strict=True)]
        survey.drop_first(1)
        survey.guesses.append("the second row holds the questions")
    for i, text in enumerate(texts):
        survey.describe(i, text=text, role=_role(survey.header[i]))
        if not survey.fields[i].role:
            if any("\n" in c for c in survey.cells[i]):
                _lines_as_answers(survey, i)
            else:
                several_answers(survey, i, _SEPARATORS)


def _lines_as_answers(survey: Survey, i: int) -> None:
    """Answers on lines of their own in one cell; several lines of a free text stay as they are."""
    kept = survey.cells[i]
    survey.cells[i] = [SEPARATOR.join(p.strip() for p in c.splitlines() if p.strip()) for c in kept]
    if not several_answers(survey, i, (SEPARATOR,)):
        survey.cells[i] = kept
