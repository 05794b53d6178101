"""The first minute with exports as Western platforms write them: what the draft finds, what is kept out, what is said."""

# ruff: noqa: E501  (a row stays on one line)

from __future__ import annotations

import numpy as np
import pytest

from surveykit.errors import SurveykitError
from surveykit.questionnaire import Questionnaire, asking
from surveykit.questionnaire.wording import missing_kind, ordered
from surveykit.responses import read
from surveykit.responses.raw import ReaderOptions, read_raw
from surveykit.study.definition import load_study
from surveykit.study.from_export import study_from_export
from tests.exports import write

N = 40
AGREE = ["Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree"]


def latent(k, points, n=N, seed=1):
    """Columns of whole numbers 1 to ``points`` that go together."""
    generator = np.random.default_rng(seed)
    f = generator.normal(size=n)
    x = f[:, None] * 0.9 + generator.normal(size=(n, k)) * 0.4
    return np.clip(np.round((points + 1) / 2 + x * points / 5), 1, points).astype(int)


def table(header, columns):
    return [header, *[[str(v) for v in row] for row in zip(*columns, strict=True)]]


def ids(n=N):
    return [str(i + 1) for i in range(n)]


def cycle(*words, n=N):
    return [words[i % len(words)] for i in range(n)]


def metric(q, kind):
    return [m.options["item"] for m in q.metrics.values() if m.metric == kind]


@pytest.mark.parametrize(
    ("recommend", "satisfied", "overall"),
    [
        ("How likely are you to recommend us?", "How satisfied are you?", "Overall, how good was it?"),
        ("Wie wahrscheinlich ist es, dass Sie uns weiterempfehlen?", "Wie zufrieden sind Sie?", "Wie zufrieden sind Sie insgesamt?"),
        ("Recommanderiez-vous nos services ?", "Êtes-vous satisfait de l'accueil ?", "Dans l'ensemble, êtes-vous satisfait ?"),
        ("¿Qué tan probable es que nos recomiende?", "¿Está satisfecho?", "En general, ¿está satisfecho?"),
        ("Qual a probabilidade de nos recomendar?", "Está satisfeito?", "Em geral, no geral está satisfeito?"),
        ("Quanto è probabile che ci raccomandi?", "È soddisfatto?", "Nel complesso, è soddisfatto?"),
        ("Hoe waarschijnlijk is het dat u ons aanbeveelt?", "Bent u tevreden?", "Bent u over het algemeen tevreden?"),
        ("友人に勧める可能性はどのくらいですか", "満足していますか", "総合的な満足度"),
        ("저희를 추천하시겠습니까?", "만족하십니까?", "전반적으로 만족하십니까?"),
        ("您有多大可能推荐我们？", "您满意吗？", "总体满意度"),
    ],
)  # fmt: skip
def test_what_a_question_asks_for_in_its_language(recommend, satisfied, overall):
    assert asking.metric_for(recommend, 0, 10) == "nps"
    assert asking.metric_for(satisfied, 1, 5) == "csat"
    assert asking.is_overall(overall)
    assert not asking.is_overall(satisfied)
    assert asking.is_rated(recommend)
    assert asking.is_rated(satisfied)


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("On a scale of 0 to 10, how …", (0, 10)),
        ("Auf einer Skala von 1 bis 7", (1, 7)),
        ("Note de 0 à 10 :", (0, 10)),
        ("推荐可能性（0〜10）", (0, 10)),
        ("(5 = strongly agree, 1 = disagree)", (1, 5)),
        ("Do you have 2 to 5 children?", None),
        ("Since 2010-10-01", None),
    ],
)
def test_a_scale_that_the_question_names(text, ends):
    assert asking.asked_range(text) == ends


@pytest.mark.parametrize(
    "labels",
    [
        ["Helemaal mee oneens", "Mee oneens", "Neutraal", "Mee eens", "Helemaal mee eens"],
        ["전혀 그렇지 않다", "그렇지 않다", "보통이다", "그렇다", "매우 그렇다"],
        ["полностью не согласен", "не согласен", "нейтрально", "согласен", "полностью согласен"],
        ["Péssimo", "Ruim", "Regular", "Bom", "Ótimo"],
        ["Ungenügend", "Schlecht", "Mittelmäßig", "Gut", "Ausgezeichnet"],
        ["Very low effort", "Low effort", "Neither low nor high", "High effort", "Very high effort"],
        ["Bad", "OK", "Good", "Great"],
    ],
)
def test_more_words_with_an_order(labels):
    found = ordered(reversed(labels))
    assert found is not None
    assert [found.codes[w] for w in labels] == list(range(1, len(labels) + 1))


def test_a_german_no_idea():
    assert missing_kind("weiß nicht") == "dont_know"


@pytest.mark.parametrize(
    ("text", "low", "expected"),
    [
        ("How likely are you to recommend us?", 1, (0, 10)),
        ("How likely are you to recommend us (1-10)?", 1, (1, 10)),
        ("How satisfied are you?", 3, (1, 10)),
    ],
)
def test_a_recommendation_of_which_nobody_chose_zero(drafted, text, low, expected):
    values = [i % (11 - low) + low for i in range(N)]
    _, q = drafted(table(["id", text], [ids(), values]))
    item = q.items["q2"]
    assert (item.scale.min, item.scale.max) == expected
    assert metric(q, "nps") == (["q2"] if expected == (0, 10) else [])


def test_a_note_says_that_zero_was_added(drafted):
    made, _ = drafted(table(["id", "Would you recommend us?"], [ids(), [i % 10 + 1 for i in range(N)]]))
    assert "nobody chose 0" in made.files[0].read_text(encoding="utf-8")


def test_effort_and_ease_are_two_versions(drafted):
    header = ["id", "How much effort did it take?", "How easy was it to order?"]
    _, q = drafted(table(header, [ids(), cycle(*"12345"), cycle(*"1234567")]))
    effort, ease = sorted(
        (m for m in q.metrics.values() if m.metric == "ces"), key=lambda m: m.options["item"]
    )
    assert effort.options.get("version") == 1
    assert ease.options.get("version") != 1


def test_percent_cells_are_numbers(drafted, tmp_path):
    _, q = drafted(
        table(["id", "Share of wallet"], [ids(), cycle("80%", "12,5 %", "100 ％", "")]), delimiter=";"
    )
    data = read(tmp_path / "a.csv", q)
    assert data.frame(["q2"])["q2"].tolist()[:3] == [80, 12.5, 100]
    column = next(c for c in data.import_report.columns if c.item == "q2")
    assert {c.what: c.count for c in column.changes}["percent sign dropped"] == 30
    plain = read(tmp_path / "a.csv")
    assert plain.frame(["Share of wallet"])["Share of wallet"].max() == 100


def test_percent_signs_in_some_cells_only(tmp_path):
    q = Questionnaire.from_text(
        "id: x\ntitle: {en: X}\nversion: '1'\nlanguages: [en]\n"
        "items:\n  share: {text: {en: Share}, type: number}\n", "q.yaml"
    )  # fmt: skip
    path = write(tmp_path / "a.csv", table(["share"], [["80%", "0.8", "75%"]]))
    with pytest.raises(SurveykitError, match="percent sign in 2 cells of the column, none in 1") as caught:
        read(path, q)
    assert "line 3" in str(caught.value)


def test_yes_and_no_in_several_spellings(drafted, tmp_path):
    _, q = drafted(table(["id", "Member?"], [ids(), cycle("Yes", "Y", "yes", "NO", "n", "No", "")]))
    item = next(i for i in q.items.values() if i.type == "single")
    assert [t["en"] for t in item.options.values()] == ["yes", "no"] or len(item.options) == 2
    counts = read(tmp_path / "a.csv", q).frame([item.id])[item.id].value_counts()
    assert counts["1"] == 18
    assert counts["2"] == 17


def test_a_bare_file_never_averages_codes_of_no_answer(tmp_path):
    path = write(
        tmp_path / "a.csv",
        table(
            ["q", "age", "t"],
            [cycle("1", "4", "-99", "5", "999"), cycle("18", "64", "99"), cycle("-9", "3.5", "1")],
        ),
    )
    data = read(path)
    assert data.frame(["q"])["q"].max() == 5
    assert data.frame(["q"])["q"].isna().sum() == 16
    assert any("-99, 999 (16 cells) taken as no answer" in g for g in data.import_report.guesses)
    # an age of 99 and a measured -9 are left alone
    assert data.frame(["age", "t"]).isna().sum().tolist() == [0, 0]
    assert data.frame(["t"])["t"].min() == -9


def test_statements_side_by_side_are_a_battery(drafted):
    x = latent(3, 5)
    words = [[AGREE[v - 1] for v in column] for column in x.T]
    words[2] = [AGREE[5 - v] for v in x[:, 2]]
    header = ["Timestamp", "I am happy", "I feel valued", "I want to leave", "Department"]
    made, q = drafted(table(header, [cycle("3/1/2026 10:10:10"), *words, cycle("A", "B")]))
    (construct,) = q.constructs.values()
    assert len(construct.items) == 3
    assert made.files[0].read_text(encoding="utf-8").count("reversed?") == 1
    assert list(q.groups) == ["Department"]


def test_numbers_side_by_side_are_a_battery_where_they_go_together(drafted):
    x = latent(3, 5)
    generator = np.random.default_rng(3)
    header = ["Fallnummer", "Sauberkeit", "Lage", "Ruhe", "Kanal", "Filiale", "Tarif"]
    codes = [generator.integers(1, 6, N) for _ in range(3)]
    _, q = drafted(table(header, [ids(), *x.T, *codes]), "cp1252", ";")
    (construct,) = q.constructs.values()
    assert list(construct.items) == ["Sauberkeit", "Lage", "Ruhe"]
    assert q.items["Kanal"].type == "single"
    assert q.items["Fallnummer"].type == "id"


def test_headers_that_begin_alike_share_a_stem(drafted):
    x = latent(3, 5)
    for header in (
        ["Rate us: Price", "Rate us: Speed", "Rate us: Staff"],
        ["quality.price", "quality.speed", "quality.staff"],
    ):
        _, q = drafted_once(drafted, table(["id", *header], [ids(), *x.T]))
        (construct,) = q.constructs.values()
        assert [q.items[i].text["en"].casefold() for i in construct.items] == ["price", "speed", "staff"]


def drafted_once(drafted, rows):
    import shutil

    made, q = drafted(rows)
    shutil.rmtree(made.files[0].parent)
    return made, q


def test_ranks_and_shares_are_no_constructs(drafted):
    generator = np.random.default_rng(5)
    ranks = np.array([generator.permutation(3) + 1 for _ in range(N)])
    first, second = generator.integers(0, 50, N), generator.integers(0, 50, N)
    header = ["id", *[f"Rank the brands: {b}" for b in "ABC"], *[f"Split 100 points: {b}" for b in "XYZ"]]
    made, q = drafted(table(header, [ids(), *ranks.T, first, second, 100 - first - second]))
    assert not q.constructs
    text = made.files[0].read_text(encoding="utf-8")
    assert "ranks: 1 is the first" in text
    assert text.count("adds up to 100") == 3


def test_answers_joined_in_a_plain_table(drafted, tmp_path):
    header = ["id", "features", "place"]
    _, q = drafted(
        table(
            header,
            [
                ids(),
                cycle("fast, cheap", "easy", "fast", "fast, cheap, easy", ""),
                cycle("Paris, France", "Lyon, France", "Bonn, Germany"),
            ],
        )
    )
    assert q.items["features"].type == "multi"
    assert q.items["place"].type == "single"
    ticks = read(tmp_path / "a.csv", q).frame(["features__1"])["features__1"]
    assert ticks.isna().sum() == 8


def test_questions_about_telephones_are_no_personal_data(drafted):
    header = [
        "id",
        "How satisfied are you with your mobile phone?",
        "How often do you use e-mail?",
        "Leave your phone number",
        "First name",
    ]
    made, q = drafted(
        table(
            header,
            [
                ids(),
                cycle(*"12345"),
                cycle("Never", "Sometimes", "Always"),
                [f"+44 7700 9{i:05d}" for i in range(N)],
                cycle("Ann", "Bo"),
            ],
        )
    )
    assert set(made.drafted.personal.values()) == {"telephone", "name"}
    assert len(q.items) == 3


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("Prénom", "name"),
        ("Nachname", "name"),
        ("Apellidos", "name"),
        ("氏名", "name"),
        ("Correo electrónico", "e-mail"),
        ("Telefonnummer", "telephone"),
    ],
)
def test_personal_headers_in_other_languages(header, kind):
    assert asking.is_personal(header, []) == kind


QMETA = ["StartDate", "Status", "Progress", "Finished", "ResponseId"]
QIDS = ["startDate", "status", "progress", "finished", "_recordId"]


def qualtrics(questions, rows, meta=None):
    """Three header rows and rows of a Qualtrics export; ``questions`` are name, label, import id."""
    meta = meta or (lambda i: ["2026-03-01 10:00:00", "IP Address", "100", "True", f"R_{i}"])
    return [
        [*QMETA, *(q[0] for q in questions)],
        [*QMETA, *(q[1] for q in questions)],
        [f'{{"ImportId":"{x}"}}' for x in (*QIDS, *(q[2] for q in questions))],
        *[[*meta(i), *row] for i, row in enumerate(rows)],
    ]


def test_qualtrics_timers_files_orders_and_embedded_data(drafted):
    questions = [
        ("Q1", "How likely?", "QID1"), ("Q1_NPS_GROUP", "How likely? - Group", "QID1_NPS_GROUP"),
        ("Q2", "Which one? - Selected Choice", "QID2"), ("Q2_4_TEXT", "Which one? - Other - Text", "QID2_4_TEXT"),
        ("Q3_First Click", "Timing - First Click", "QID3_FIRST_CLICK"), ("Q3_Page Submit", "Timing - Page Submit", "QID3_PAGE_SUBMIT"),
        ("Q4_Id", "Photo - Id", "QID4_FILE_ID"), ("Q4_Name", "Photo - Name", "QID4_FILE_NAME"), ("Q5_DO", "Order", "QID5_DO"),
        ("segment", "segment", "segment"),
    ]  # fmt: skip
    rows = [
        [
            str(i % 10 + 1),
            "Passive",
            ["Tea", "Milk"][i % 2],
            f"soup {i}",
            "0",
            "12.5",
            f"F_{i}",
            "me.png",
            "1|2",
            ["gold", "silver"][i % 2],
        ]
        for i in range(N)
    ]
    _, q = drafted(qualtrics(questions, rows))
    assert list(q.items) == ["ResponseId", "Q1", "Q2", "Q2_4_TEXT", "segment"]
    # grouped by the platform: a recommendation, whatever its words and although nobody chose 0
    assert metric(q, "nps") == ["Q1"]
    assert q.items["Q2"].text["en"] == "Which one?"
    assert q.items["Q2_4_TEXT"].text["en"] == "Which one? - Other - Text"
    assert list(q.groups) == ["segment"]


def test_qualtrics_boxes_seen_and_not_ticked(drafted, tmp_path):
    questions = [(f"Q1_{k}", f"Which? - {w}", f"QID1_{k}") for k, w in ((1, "Red"), (2, "Blue"))]
    made, q = drafted(qualtrics(questions, [["1", "-99"], ["-99", "-99"], ["1", "1"], ["", ""]]))
    assert q.items["Q1"].type == "multi"
    assert any("seen and not ticked" in g for g in made.report.guesses)
    red = read(tmp_path / "a.csv", q).frame(["Q1__1"])["Q1__1"]
    assert red.tolist()[:3] == [1, 0, 1]
    assert red.isna().sum() == 1


@pytest.mark.parametrize(
    "preview", ["Umfragevorschau", "調査プレビュー", "Aperçu de l'enquête", "Anteprima sondaggio", "预览调查"]
)
def test_qualtrics_previews_in_other_languages(drafted, preview):
    rows = [[str(i % 5 + 1)] for i in range(6)]
    made, _ = drafted(
        qualtrics(
            [("Q1", "How satisfied?", "QID1")],
            rows,
            lambda i: ["d", preview if i == 2 else "IP", "100", "True", f"R_{i}"],
        )
    )
    assert made.report.set_aside == (("preview", 1),)


def test_qualtrics_unknown_words_for_finished(drafted):
    rows = [[str(i % 5 + 1)] for i in range(6)]
    made, _ = drafted(
        qualtrics(
            [("Q1", "How satisfied?", "QID1")],
            rows,
            lambda i: ["d", "IP", "40" if i < 2 else "100", "epa" if i < 2 else "tõene", f"R_{i}"],
        )
    )
    assert made.report.set_aside == (("not finished", 2),)
    assert any("from their progress" in g for g in made.report.guesses)


def test_a_single_row_of_codes_is_no_number(drafted, tmp_path):
    questions = [("Q1", "How satisfied are you?", "QID1"), ("Q2", "How many?", "QID2")]
    _, q = drafted(qualtrics(questions, [["1", "-99"]]))
    assert (q.items["Q1"].scale.min, q.items["Q1"].scale.max) == (1, 5)
    assert "Q2" not in q.items or read(tmp_path / "a.csv", q).frame(["Q2"])["Q2"].isna().all()


def test_surveymonkey_in_another_language(drafted, tmp_path):
    header = [
        "ID de répondant",
        "ID de collecteur",
        "Date de début",
        "Adresse IP",
        "Prénom",
        "Donnée 1",
        "Quels produits ?",
        "",
        "",
        "Âge",
        "Adresse",
        "",
    ]
    second = [
        "",
        "",
        "",
        "",
        "",
        "",
        "Crème",
        "Savon",
        "Autre (veuillez préciser)",
        "Response",
        "Nom",
        "Ville",
    ]
    rows = [
        [
            str(i),
            "9",
            "01/03/2026 10:00",
            f"1.2.3.{i}",
            "",
            "",
            "Crème" if i % 2 else "",
            "",
            "huile" if i % 4 == 0 else "",
            "18-30",
            f"Jo Doe{i}",
            "Lyon",
        ]
        for i in range(20)
    ]
    made, q = drafted([header, second, *rows])
    assert q.items["q1"].type == "id" if "q1" in q.items else True
    assert {"Adresse IP", "Prénom", "Donnée 1", "Adresse – Nom"} <= set(made.drafted.personal)
    multi = next(i for i in q.items.values() if i.type == "multi")
    assert "other" in multi.options
    # who wrote in nothing but an own word was asked and answered
    assert read(tmp_path / "a.csv", q).frame([f"{multi.id}__1"]).isna().sum().sum() == 5


def test_surveymonkey_numbers_instead_of_words_and_one_header(drafted):
    header = ["Respondent ID", "Collector ID", "Brands?", "", "", "How satisfied?"]
    rows = [[str(i), "9", "1" if i % 2 else "", "2" if i % 3 else "", "", str(i % 5 + 1)] for i in range(20)]
    _, q = drafted_once(
        drafted, [header, ["", "", "Alpha", "Beta", "Other (please specify)", "Response"], *rows]
    )
    assert next(i for i in q.items.values() if i.type == "multi").options["2"]["en"] == "Beta"
    made, q = drafted(
        [
            ["Respondent ID", "Collector ID", "How satisfied?"],
            *[[str(i), "9", str(i % 5 + 1)] for i in range(20)],
        ]
    )
    assert made.report.platform == "surveymonkey"
    assert made.report.rows_used == 20


def test_limesurvey_code_and_text(drafted):
    header = ["id. Antwort ID", "submitdate. Datum Abgeschickt", "lastpage. Letzte Seite", "Q1[A]. Bewerten Sie [Preis]", "Q1[B]. Bewerten Sie [Lage]",
              "Q1[C]. Bewerten Sie [Ruhe]", "Q2. Geschlecht", "groupTime5. Gruppenzeit: Start", "UP[filecount]. filecount - Foto"]  # fmt: skip
    x = latent(3, 5, 20)
    rows = [[str(i), "2026-03-01", "3", *map(str, x[i]), ["w", "m"][i % 2], "12.5", "0"] for i in range(20)]
    _, q = drafted([header, *rows])
    assert list(q.items) == ["id", "Q1_A", "Q1_B", "Q1_C", "Q2"]
    assert q.items["Q1_A"].text["de"] == "Preis"
    assert list(q.constructs) == ["Q1_all"]


def test_limesurvey_answer_codes_and_rankings(drafted):
    header = ["id", "submitdate", "lastpage", "S[1]", "S[2]", "S[3]", "R[1]", "R[2]", "R[3]"]
    x, generator = latent(3, 5, 20), np.random.default_rng(2)
    rows = [
        [
            str(i),
            "2026-03-01",
            "3",
            *(f"A{v}" for v in x[i]),
            *(f"B{v + 1}" for v in generator.permutation(3)),
        ]
        for i in range(20)
    ]
    made, q = drafted([header, *rows])
    assert [list(c.items) for c in q.constructs.values()] == [["S_1", "S_2", "S_3"]]
    assert q.items["R_1"].type == "single"
    assert "a ranking by place?" in made.files[0].read_text(encoding="utf-8")


def test_microsoft_forms_in_any_language_with_a_ranking(drafted):
    header = [
        "ID",
        "Luomisaika",
        "Valmistumisaika",
        "Sähköposti",
        "Nimi",
        "Rank these",
        "How satisfied are you?",
    ]
    orders = ["A;B;C;", "B;A;C;", "C;B;A;"]
    rows = [
        [
            str(i),
            "3/1/2026 10:00:00",
            "3/1/2026 10:05:00",
            "anonymous",
            f"Pat {i}",
            orders[i % 3],
            str(i % 5 + 1),
        ]
        for i in range(20)
    ]
    made, q = drafted([header, *rows])
    assert made.report.platform == "ms_forms"
    assert set(made.drafted.personal) == {"Sähköposti", "Nimi"}
    assert sum(i.scale is not None and i.scale.max == 3 for i in q.items.values()) == 3
    assert not q.constructs


def test_google_quiz_points_and_uploads(drafted):
    header = ["Horodateur", "Score", "Joindre un fichier", "Êtes-vous satisfait ?"]
    rows = [
        ["01/03/2026 10:00:00", f"{i % 11} / 10", f"https://drive.google.com/open?id=a{i}", str(i % 5 + 1)]
        for i in range(20)
    ]
    _, q = drafted([header, *rows])
    assert len(q.items) == 1
    assert metric(q, "csat")


def test_a_study_may_be_named_by_its_folder(drafted):
    made, _ = drafted(table(["id", "How satisfied are you?"], [ids(), cycle(*"12345")]))
    loaded = load_study(made.files[0].parent)
    assert loaded is not None
    assert loaded.path == made.files[1]


def test_no_draft_is_in_a_language_of_its_codes(tmp_path):
    header = ["id", "submitdate", "lastpage", "startlanguage", "N[y1_x1]", "N[y1_x2]", "UP", "YN"]
    path = write(
        tmp_path / "a.csv",
        [header, *[[str(i), "2026-01-01", "1", "en", "1", "2", "", "Y"] for i in range(5)]],
    )
    made = study_from_export(tmp_path / "s", path)
    assert made.drafted.draft.language == "en"
    assert read_raw(path, ReaderOptions())[0].platform == "limesurvey"


def test_words_behind_codes_that_run_from_the_most_to_the_least(drafted, tmp_path):
    words = [
        "1 - sehr zufrieden",
        "2 - zufrieden",
        "3 - teils/teils",
        "4 - unzufrieden",
        "5 - sehr unzufrieden",
    ]
    _, q = drafted(table(["id", "Wie zufrieden sind Sie?"], [ids(), cycle(*words)]))
    item = q.items["q2"]
    assert item.reverse
    # the most satisfied is the highest value
    assert read(tmp_path / "a.csv", q).frame(["q2"])["q2"].tolist()[:5] == [5, 4, 3, 2, 1]
    assert metric(q, "csat") == ["q2"]


def test_words_for_no_answer_beside_numbers(drafted, tmp_path):
    header = ["id", "Overall, are you satisfied?", "How many visits last year?"]
    _, q = drafted(
        table(
            header, [ids(), cycle("1", "5", "No answer", "3", "N/A"), cycle("12", "Don't know", "30", "45")]
        )
    )
    assert (q.items["q2"].scale.min, q.items["q2"].scale.max) == (1, 5)
    assert q.items["q3"].type == "number"
    assert read(tmp_path / "a.csv", q).frame(["q2", "q3"]).isna().sum().tolist() == [16, 10]


def test_typeform_choices_that_nobody_ticked_before_other(drafted):
    header = [
        "#",
        "Free days",
        "Monday",
        "Tuesday",
        "Friday",
        "Other",
        "Start Date (UTC)",
        "Submit Date (UTC)",
        "Network ID",
    ]
    rows = [
        [
            f"t{i}",
            "yes",
            ["Monday", ""][i % 2],
            ["Tuesday", ""][i // 2 % 2],
            "",
            ["", "Sunday"][i % 5 == 0],
            "d",
            "d",
            f"n{i}",
        ]
        for i in range(20)
    ]
    _, q = drafted([header, *rows])
    multi = next(i for i in q.items.values() if i.type == "multi")
    assert [t["en"] for t in multi.options.values()] == ["Monday", "Tuesday", "Friday", "Other"]


def test_a_question_that_names_one_as_the_most(drafted, tmp_path):
    header = [
        "id",
        "How satisfied are you? (1 = very satisfied, 5 = very dissatisfied)",
        "How satisfied are you with us? (1 = not at all, 5 = very satisfied)",
    ]
    _, q = drafted(table(header, [ids(), cycle(*"12345"), cycle(*"12345")]))
    assert [i.reverse for i in q.items.values() if i.scale] == [True, False]
    assert read(tmp_path / "a.csv", q).frame(["q2", "q3"]).iloc[0].tolist() == [5, 1]


def test_a_grid_whose_stem_names_one_as_the_most(drafted):
    stem = "Bewerten Sie (1 = sehr gut, 5 = sehr schlecht)"
    header = ["Zeitstempel", *(f"{stem} [{w}]" for w in ("Preis", "Lage", "Ruhe"))]
    _, q = drafted(table(header, [cycle("01.03.2026 10:10:10"), *latent(3, 4).T]))
    scaled = [i for i in q.items.values() if i.scale]
    assert [i.reverse for i in scaled] == [True] * 3
    assert {i.scale.max for i in scaled} == {5}
    assert len(q.constructs) == 1
