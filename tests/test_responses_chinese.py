"""Exports of Chinese platforms as researchers download them: by text, by number, by score, of older years, with blanks."""

# ruff: noqa: E501  (a row stays on one line)

from __future__ import annotations

import pytest

from surveykit.responses import read

WJX = ["序号", "提交答卷时间", "所用时间", "来源", "来源详情", "来自IP"]
SATISFIED = ["非常不满意", "不满意", "一般", "满意", "非常满意"]


def start(i):
    return [str(i + 1), f"2026/9/{1 + i} 1:56:57", f"{83 + i}秒", "微信", "N/A", f"1.2.3.{i}(浙江-杭州)"]


@pytest.fixture
def drafted(drafted, tmp_path):
    def make(rows, encoding="utf-8", name="a.csv"):
        made, q = drafted(rows, encoding, name=name)
        return made, q, read(tmp_path / name, q, platform=made.report.platform or None)

    return make


def by_text(q, word):
    return next(i for i in q.items.values() if any(word in t for t in i.text.values()))


def words(item):
    return [t for texts in item.options.values() for t in texts.values()]


def test_wenjuanxing_of_older_years_numbers_its_matrices_by_question(drafted):
    header = [
        *WJX,
        "1、您的性别",
        "第2题(教学质量)",
        "第2题(食堂服务)",
        "第2题(住宿条件)",
        "第3题(数学)",
        "第3题(英语)",
        "第3题(体育)",
    ]
    boxes = [["1", "1", "0"], ["0", "1", "1"], ["-3", "-3", "-3"]]
    rows = [
        [*start(i), *map(str, (1 + i % 2, 1 + i % 5, 1 + i % 4, 5 - i % 5)), *boxes[i % 3]] for i in range(20)
    ]
    made, q, data = drafted([header, *rows])
    assert made.report.platform == "wenjuanxing"
    (battery,) = q.constructs.values()
    assert [q.items[i].text["zh"] for i in battery.items] == ["教学质量", "食堂服务", "住宿条件"]
    assert {(s.min, s.max) for s in q.scales.values()} == {(1, 5)}
    courses = by_text(q, "第3题")
    assert courses.type == "multi"
    assert words(courses) == ["数学", "英语", "体育"]
    ticked = data.frame([f"{courses.id}__{code}" for code in courses.options]).to_numpy()
    assert ticked[:2].tolist() == [[1, 1, 0], [0, 1, 1]]
    assert all(x != x for x in ticked[2])  # skipped by logic is no row of zeros


def test_wenjuanxing_boxes_by_number_with_the_text_of_a_choice_beside_them(drafted):
    header = [*WJX, "1、您用过哪些产品？(手机)", "1、(电脑)", "1、(其他)", "1、其他【请注明】", "2、您的想法"]
    rows = [
        [
            *start(i),
            "1",
            str(i % 2),
            str(int(i % 3 == 0)),
            "耳机" if i % 3 == 0 else "(跳过)",
            ["-2", "很好"][i % 2],
        ]
        for i in range(20)
    ]
    _, q, data = drafted([header, *rows])
    used = by_text(q, "您用过哪些产品")
    assert used.type == "multi"
    assert words(used) == ["手机", "电脑", "其他"]
    assert data.frame([f"{used.id}__3"])[f"{used.id}__3"].tolist()[:4] == [1, 0, 0, 1]
    assert by_text(q, "请注明").type == "text"
    # -2 among words is the platform's code for an empty answer
    thoughts = by_text(q, "您的想法")
    assert "-2" not in words(thoughts)
    assert {c.item: dict(c.missing) for c in data.import_report.columns}[thoughts.id] == {"skipped": 10}


def test_wenjuanxing_free_text_beside_numbered_choices(drafted):
    header = [*WJX, "1、您的职业", "2、您用过哪些？"]
    rows = [[*start(i), ["1", "2", "3〖自由职业〗"][i % 3], ["1┋2", "2┋3〖平板〗"][i % 2]] for i in range(21)]
    _, q, _ = drafted([header, *rows])
    assert list(by_text(q, "您的职业").options) == ["1", "2", "3"]
    assert by_text(q, "您用过哪些").type == "multi"
    assert list(by_text(q, "您用过哪些").options) == ["1", "2", "3"]


TENCENT = ["编号", "开始答题时间", "结束答题时间", "答题时长"]
TENCENT_END = [
    "语言",
    "清洗数据结果",
    "智能清洗数据无效概率",
    "地理位置省",
    "用户类型",
    "用户标识",
    "昵称",
    "自定义字段",
    "IP",
    "UA",
    "Referrer",
    "中奖金额",
    "审核状态",
    "",
]


def test_tencent_by_words_with_letters_blanks_and_rows_marked_invalid(drafted):
    header = [*TENCENT, "1.您的性别", "2.您去过哪里？:A.食堂", "2.您去过哪里？:B.超市", "2.您去过哪里？:C.其他", "2.您去过哪里？:C.其他:选项填空",
              "3.请评价：:环境", "3.请评价：:服务", "3.请评价：:价格", "4.你来自于：_填空1", "5.您的满意程度", *TENCENT_END]  # fmt: skip
    letters = [f"{'ABCDE'[k]}.{w}" for k, w in enumerate(reversed(SATISFIED))]
    rows = [
        [str(i + 1), "2026-09-01 10:00:00", "2026-09-01 10:03:00", "3分0秒", ["A.男", "B.女"][i % 2], "A.食堂", ["", "B.超市"][i % 2],
         "C.其他" if i % 4 == 0 else "", "书店" if i % 4 == 0 else "", *(SATISFIED[(i + k) % 5] for k in range(3)), "长沙", letters[i % 5],
         "简体中文", "无效" if i == 7 else "有效", "0.01", "湖南", "微信", f"o{i}", f"某{i}", "", "1.2.3.4", "Mozilla", "", "", "", ""]
        for i in range(30)
    ]  # fmt: skip
    made, q, data = drafted([header, *rows], "gb18030")
    assert made.report.platform == "tencent"
    assert dict(made.report.set_aside) == {"marked as invalid (无效) on the platform": 1}
    places = by_text(q, "您去过哪里")
    assert places.type == "multi"
    assert words(places) == ["食堂", "超市", "其他"]
    assert data.frame([f"{places.id}__2"])[f"{places.id}__2"].tolist()[:3] == [0, 1, 0]
    (battery,) = q.constructs.values()
    assert [q.items[i].text["zh"] for i in battery.items] == ["环境", "服务", "价格"]
    whole = by_text(q, "您的满意程度")
    assert (whole.scale.min, whole.scale.max) == (1, 5)
    assert data.frame([whole.id])[whole.id].tolist()[:5] == [5, 4, 3, 2, 1]  # A is the best
    asked = {t for i in q.items.values() for t in i.text.values()}
    assert not asked & set(TENCENT_END[:-1]), "the platform's own columns are no questions"


def test_tencent_by_code_with_matrices(drafted):
    header = [*TENCENT, "Q1", "Q2|R1", "Q2|R2", "Q2|R3", "Q3|A1", "Q3|A2", "Q3|A2|open", "ip"]
    rows = [[str(i), "2026-09-01", "2026-09-01", "60", str(1 + i % 2), *(str(1 + (i + k) % 5) for k in range(3)), "1", str(i % 2), "x" * (i % 2), "1.1.1.1"]
            for i in range(20)]  # fmt: skip
    _, q, _ = drafted([header, *rows])
    (battery,) = q.constructs.values()
    assert len(battery.items) == 3
    assert by_text(q, "Q3").type == "multi"


def test_chinese_form_tools_and_their_own_columns(drafted):
    header = ["序号", "您的性别（必填）", "您从哪些渠道了解我们（多选）", "总体满意度*", "您的建议", "提交人", "提交时间", "修改时间", "填写时长(秒)",
              "微信昵称", "微信OpenID", "填写设备", "操作系统", "浏览器", "填写地区", "IP"]  # fmt: skip
    heard = ["朋友圈，公众号", "公众号", "朋友推荐，公众号", "朋友圈"]
    rows = [
        [str(i + 1), "男女"[i % 2], heard[i % 4], SATISFIED[i % 5], "" if i % 3 else "价格，服务都好", "匿名", "2026-09-01 10:00:00",
         "2026-09-01 10:00:00", str(50 + i), f"昵称{i}", f"oA{i}", "手机", "iOS", "微信", "广东深圳", "1.2.3.4"]
        for i in range(40)
    ]  # fmt: skip
    made, q, data = drafted([header, *rows], "gb18030")
    assert made.report.platform == "chinese_forms"
    assert [t for i in q.items.values() for t in i.text.values()] == [
        "序号",
        "您的性别",
        "您从哪些渠道了解我们",
        "总体满意度",
        "您的建议",
    ]
    heard = by_text(q, "渠道")
    assert heard.type == "multi"
    assert sorted(words(heard)) == ["公众号", "朋友圈", "朋友推荐"]
    code = next(c for c, t in heard.options.items() if "公众号" in t.values())
    assert data.frame([f"{heard.id}__{code}"])[f"{heard.id}__{code}"].sum() == 30
    assert set(made.drafted.personal) == {"提交人", "微信昵称", "微信OpenID", "IP"}


def test_a_second_header_with_the_questions(drafted):
    own = ["作答ID", "用户ID", "开始时间", "结束时间", "总时长(秒)", "作答状态", "作答IP"]
    asked = ["您的性别", "我信任该品牌", "该品牌可靠", "该品牌诚实"]
    rows = [
        [f"10{i}", f"u{i}", "2026-09-01 10:00:00", "2026-09-01 10:02:00", "120", "已完成", "1.1.1.1", "男女"[i % 2],
         *(SATISFIED[(i + k) % 5] for k in range(3))]
        for i in range(20)
    ]  # fmt: skip
    made, q, data = drafted([[*own, "Q1", "Q2_1", "Q2_2", "Q2_3"], [*own, *asked], *rows])
    assert made.report.platform == "chinese_forms"
    assert made.report.rows_read == 20
    assert any("second row" in g for g in made.report.guesses)
    assert q.items["Q2_1"].text["zh"] == "我信任该品牌"
    assert data.frame(["Q2_1"])["Q2_1"].tolist()[:2] == [1, 2]


def test_codes_are_of_no_language_but_the_platform_is(drafted):
    header = [*TENCENT, "Q1", "Q2|R1", "Q2|R2", "Q2|R3"]
    rows = [
        [str(i), "2026-09-01", "2026-09-01", "60", str(1 + i % 2), *(str(1 + (i + k) % 5) for k in range(3))]
        for i in range(20)
    ]
    _, q, _ = drafted([header, *rows])
    assert q.languages == ("zh",)


def test_wenjuanxing_with_its_own_columns_deleted(drafted):
    header = ["1、您的性别", "2、满意程度—(1)质量", "2、(2)服务", "2、(3)价格", "3、您的意见\n和建议"]
    rows = [["男女"[i % 2], *(SATISFIED[(i + k) % 5] for k in range(3)), "好"] for i in range(20)]
    made, q, _ = drafted([header, *rows], "gb18030")
    assert made.report.platform == "wenjuanxing"
    (battery,) = q.constructs.values()
    assert battery.title["zh"] == "满意程度"
    assert [q.items[i].text["zh"] for i in battery.items] == ["质量", "服务", "价格"]
    assert by_text(q, "意见").text["zh"] == "您的意见和建议"


def test_columns_without_a_name_and_a_cell_are_left_out_and_said(drafted):
    rows = [[*start(i), "男女"[i % 2], SATISFIED[i % 5], "", ""] for i in range(20)]
    made, q, _ = drafted([[*WJX, "1、性别", "2、满意度", "", ""], *rows], "gb18030")
    assert sum("neither a name nor a cell" in w for w in made.report.warnings) == 2
    assert q.languages == ("zh",)


def test_answers_on_lines_of_their_own_in_traditional_characters(drafted):
    header = [
        "填答時間",
        "填答秒數",
        "IP紀錄",
        "額滿結束註記",
        "Hash",
        "您的性別",
        "您使用過的產品",
        "推薦意願",
    ]
    used = ["手機\n電腦", "手機", "平板\n手機", "電腦\n平板"]
    rows = [
        ["2026-09-01 10:00:00", str(60 + i), "1.2.3.4", "", f"h{i}", "男女"[i % 2], used[i % 4], str(i % 11)]
        for i in range(44)
    ]
    made, q, _ = drafted([header, *rows], "big5")
    assert made.report.platform == "chinese_forms"
    assert made.report.encoding == "cp950"
    assert q.languages == ("zh-Hant",)
    products = by_text(q, "產品")
    assert products.type == "multi"
    assert sorted(words(products)) == sorted(["手機", "電腦", "平板"])
    assert [m.metric for m in q.metrics.values()] == ["nps"]


@pytest.mark.parametrize(
    ("seen", "points", "top"),
    [
        (["不太了解", "一般", "比较了解", "非常了解"], 5, 5),
        (["一般", "满意", "非常满意"], 5, 5),
        (["不满意", "满意", "非常满意"], 4, 4),
        (["有点重要", "重要", "非常重要"], 3, 3),
    ],
)
def test_points_that_nobody_chose(seen, points, top):
    from surveykit.questionnaire.wording import ordered

    found = ordered(seen)
    assert (found.points, found.codes[seen[-1]]) == (points, top)


def test_two_words_of_a_scale_are_on_it(drafted):
    rows = [[*start(i), SATISFIED[3 + i % 2], SATISFIED[i % 5]] for i in range(20)]
    _, q, data = drafted([[*WJX, "1、您对产品的满意度", "2、您对价格的满意度"], *rows])
    product = by_text(q, "产品")
    assert (product.scale.min, product.scale.max) == (1, 5)
    assert data.frame([product.id])[product.id].tolist()[:2] == [4, 5]


def test_series_of_names_are_batteries_of_their_own(drafted):
    header = ["样本号", "满意度1", "满意度2", "满意度3", "忠诚度1", "忠诚度2", "忠诚度3"]
    base = [1, 2, 3, 4, 5] * 8
    rows = [
        [f"S{i}", *(str(min(5, max(1, v + (i * k) % 2))) for k in range(3)), *(str(6 - v) for _ in range(3))]
        for i, v in enumerate(base)
    ]
    rows[0][1] = rows[7][2] = "9"
    _, q, _ = drafted([header, *rows], "gbk")
    assert [len(c.items) for c in q.constructs.values()] == [3, 3]


def test_answers_by_number_do_not_say_which_end_is_the_best(drafted):
    header = [*WJX, "1、您对服务的满意度", "2、您有多大可能推荐我们？"]
    made, _, _ = drafted([header, *([*start(i), str(1 + i % 5), str(i % 11)] for i in range(22))])
    (said,) = (w for w in made.report.warnings if "whether 1 is the best" in w)
    assert said.startswith("1 questions")  # 0 to 10 speak for themselves


def test_the_time_that_an_interview_took_goes_into_the_study(drafted):
    made, q, _ = drafted([[*WJX, "1、您的性别"], *([*start(i), "男女"[i % 2]] for i in range(12))])
    assert {i.id: i.text["zh"] for i in q.items.values()} == {"id": "序号", "q1": "您的性别"}
    assert 'quality:\n  duration: "所用时间"' in made.files[1].read_text(encoding="utf-8")
