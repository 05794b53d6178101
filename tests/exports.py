"""Tiny exports of each platform, as the platform would write them; tests read and draft from them."""

# ruff: noqa: E501  (a row stays on one line)

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

Rows = Sequence[Sequence[str]]

QUALTRICS: Rows = [
    ["StartDate", "Status", "IPAddress", "Finished", "ResponseId", "Q1", "Q2_1", "Q2_2", "Q3_1", "Q3_2", "Q3_3", "Q4"],
    ["Startdatum", "Antworttyp", "IP-Adresse", "Abgeschlossen", "Antwort-ID", "How likely are you to recommend us?",
     "Which do you use? - Tea", "Which do you use? - Coffee", "Rate us: - Price", "Rate us: - Staff", "Rate us: - Place", "Why?"],
    ['{"ImportId":"startDate"}', '{"ImportId":"status"}', '{"ImportId":"ipAddress"}', '{"ImportId":"finished"}',
     '{"ImportId":"_recordId"}', '{"ImportId":"QID1"}', '{"ImportId":"QID2","choiceId":"1"}', '{"ImportId":"QID2","choiceId":"2"}',
     '{"ImportId":"QID3_1"}', '{"ImportId":"QID3_2"}', '{"ImportId":"QID3_3"}', '{"ImportId":"QID4_TEXT"}'],
    ["2026-01-01 10:00:00", "0", "1.2.3.4", "1", "R_1", "9", "1", "", "5", "4", "-1", "good"],
    ["2026-01-01 10:01:00", "0", "1.2.3.5", "1", "R_2", "10", "1", "1", "1", "2", "3", ""],
    ["2026-01-01 10:02:00", "1", "1.2.3.6", "1", "R_3", "0", "", "1", "2", "2", "2", "preview"],
    ["2026-01-01 10:03:00", "0", "1.2.3.7", "0", "R_4", "3", "", "", "", "", "", ""],
    ["2026-01-01 10:04:00", "0", "1.2.3.8", "1", "R_5", "0", "", "", "-2", "5", "5", ""],
]  # fmt: skip
SURVEYMONKEY: Rows = [
    [
        "Respondent ID",
        "IP Address",
        "Which brands do you know?",
        "",
        "",
        "How satisfied are you?",
        "",
        "Gender",
    ],
    ["", "", "Alpha", "Beta", "Other (please specify)", "Price", "Service", "Response"],
    ["101", "1.1.1.1", "Alpha", "", "", "Very satisfied", "Satisfied", "Female"],
    [
        "102",
        "1.1.1.2",
        "Alpha",
        "Beta",
        "Gamma’s",
        "Dissatisfied",
        "Neither satisfied nor dissatisfied",
        "Male",
    ],
    ["103", "1.1.1.3", "", "", "", "", "", "Female"],
]
GOOGLE: Rows = [
    ["Timestamp", "What do you teach?", "Rate [Price]", "Rate [Staff]", "Rate [Place]", "Email Address"],
    *[
        ["4/22/2016 19:57:50", teach, "4", "5", "3", "a@b.org"]
        for teach in ["Labs, Mixed (talks, courses)", "Labs", "Yes, online, Labs", "Mixed (talks, courses)", "Yes, online", "",
                      "Labs, Yes, online", "Labs, Mixed (talks, courses)"]
    ],
]  # fmt: skip
LIMESURVEY: Rows = [
    ["id", "submitdate", "lastpage", "startlanguage", "ipaddr", "G1[SQ1]", "G1[SQ2]", "G1[other]", "A1[r1]", "A1[r2]", "A1[r3]", "N1"],
    ["1", "2026-01-01 00:00:00", "3", "en", "1.2.3.4", "Yes", "No", "", "Agree", "Disagree", "Strongly agree", "12"],
    ["2", "2026-01-01 00:00:00", "3", "en", "1.2.3.5", "No", "No", "mine", "Strongly disagree", "Agree", "Agree", "N/A"],
    ["3", "", "1", "en", "1.2.3.6", "N/A", "N/A", "", "N/A", "N/A", "N/A", "N/A"],
    ["4", "2026-01-01 00:00:00", "3", "en", "1.2.3.7", "N/A", "N/A", "", "Agree", "Agree", "Neutral", "7"],
]  # fmt: skip
MS_FORMS: Rows = [
    ["ID", "Start time", "Completion time", "Email", "Name", "Which do you use?", "How easy was it?"],
    ["1", "2026-01-01 10:00:00", "2026-01-01 10:05:00", "anonymous", "", "Word;Excel;", "Very easy"],
    ["2", "2026-01-01 10:00:00", "2026-01-01 10:05:00", "anonymous", "", "Excel;", "Easy"],
    ["3", "2026-01-01 10:00:00", "2026-01-01 10:05:00", "anonymous", "", "", "Difficult"],
    ["4", "2026-01-01 10:00:00", "2026-01-01 10:05:00", "anonymous", "", "Word;my own;", "Neutral"],
]
TYPEFORM: Rows = [
    ["#", "<strong>Do you</strong> work?", "Reading", "Sport", "Other", "Reading", "Chess", "Start Date (UTC)", "Submit Date (UTC)", "Network ID"],
    ["a1", "1", "Reading", "", "", "", "Chess", "2026-01-01", "2026-01-01", "x1"],
    ["a2", "0", "Reading", "Sport", "", "Reading", "", "2026-01-01", "2026-01-01", "x2"],
    ["a3", "1", "", "Sport", "Diving", "Reading", "", "2026-01-01", "2026-01-01", "x3"],
]  # fmt: skip
WENJUANXING: Rows = [
    ["序号", "提交答卷时间", "所用时间", "来自IP", "1、您的性别", "2、您使用过哪些产品？", "3、请评价以下方面—价格", "3、服务", "3、环境", "4、您的手机号"],
    ["1", "2026/9/19 1:56:57", "1分23秒", "1.2.3.4(北京)", "男", "手机┋电脑", "非常满意", "满意", "一般", "13800000001"],
    ["2", "2026/9/19 1:57:57", "45秒", "1.2.3.5(北京)", "女", "其他〖平板〗", "满意", "不满意", "非常满意", "13800000002"],
    ["3", "2026/9/19 1:58:57", "300秒", "1.2.3.6(北京)", "女", "(跳过)", "(空)", "满意", "满意", "13800000003"],
]  # fmt: skip
WENJUANXING_CODES: Rows = [
    [
        "序号",
        "提交答卷时间",
        "所用时间",
        "1、您的性别",
        "2、您使用过哪些产品？(手机)",
        "2、(电脑)",
        "3、您有多大可能推荐我们？",
    ],
    ["1", "2026/9/19 1:56:57", "83秒", "1", "1", "1", "10"],
    ["2", "2026/9/19 1:57:57", "45秒", "2", "0", "0", "-2"],
    ["3", "2026/9/19 1:58:57", "30秒", "2", "-3", "-3", "0"],
]
TENCENT: Rows = [
    ["2seq", "source", "Q1", "Q2|A1|open", "Q3|A1", "Q3|A2", "start", "finish", "time_used", "ip"],
    ["1", "微信", "1", "很好，㐂", "1", "0", "2026-01-01", "2026-01-01", "30", "1.2.3.4"],
    ["2", "微信", "2", "一般，没有意见", "1", "1", "2026-01-01", "2026-01-01", "31", "1.2.3.5"],
]
KOBO: Rows = [
    ["start", "group/fruit", "group/fruit/apple", "group/fruit/pear", "group/fruit_other", "_id", "_uuid", "_submission_time", "_index"],
    ["2026-01-01", "apple pear", "1", "1", "", "1", "u1", "2026-01-01", "1"],
    ["2026-01-01", "pear", "0", "1", "", "2", "u2", "2026-01-01", "2"],
    ["2026-01-01", "", "0", "0", "", "3", "u3", "2026-01-01", "3"],
    ["2026-01-01", "", "", "", "", "4", "u4", "2026-01-01", "4"],
]  # fmt: skip

ALL = {
    "qualtrics": (QUALTRICS, "utf-8-sig", ","),
    "surveymonkey": (SURVEYMONKEY, "cp1252", ","),
    "google_forms": (GOOGLE, "utf-8", ","),
    "limesurvey": (LIMESURVEY, "utf-8", ";"),
    "ms_forms": (MS_FORMS, "utf-8", ","),
    "typeform": (TYPEFORM, "utf-8", ","),
    "wenjuanxing": (WENJUANXING, "gb18030", ","),
    "tencent": (TENCENT, "gb18030", ","),
    "kobo": (KOBO, "utf-8", ";"),
}


def write(path: Path, rows: Rows, encoding: str = "utf-8", delimiter: str = ",") -> Path:
    """Rows as a CSV file."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def write_platform(folder: Path, platform: str) -> Path:
    """The tiny export of a platform."""
    rows, encoding, delimiter = ALL[platform]
    return write(folder / f"{platform}.csv", rows, encoding, delimiter)


def write_workbook(path: Path, rows: Rows, merge: str = "") -> Path:
    """Rows as a workbook, every cell as text."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("answers")
        for i, row in enumerate(rows):
            for j, cell in enumerate(row):
                sheet.write_string(i, j, cell)
        if merge:
            sheet.merge_range(merge, rows[0][int("CDEFGH".index(merge[0])) + 2])
    return path
