"""Scales and languages beyond English and Simplified Chinese, in drafts from exports."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveykit.questionnaire import Questionnaire, wording
from surveykit.questionnaire.tongues import language_of
from surveykit.study.from_export import study_from_export

SCALES = {
    "stars": "★☆☆☆☆|★★☆☆☆|★★★☆☆|★★★★☆|★★★★★",
    "agree de": "Stimme überhaupt nicht zu|Stimme nicht zu|"
    "Stimme eher nicht zu|Teils/teils|Stimme eher zu|Stimme zu|Stimme voll und ganz zu",
    "satisfied de": "sehr unzufrieden|eher unzufrieden|weder zufrieden noch unzufrieden|eher zufrieden|sehr zufrieden",
    "likely de": "sehr unwahrscheinlich|unwahrscheinlich|neutral|wahrscheinlich|sehr wahrscheinlich",
    "true de": "trifft gar nicht zu|trifft eher nicht zu|trifft eher zu|trifft voll und ganz zu",
    "agree fr": "pas du tout d'accord|plutôt pas d’accord|ni d'accord ni pas d'accord|plutôt d'accord|tout à fait d'accord",
    "satisfied fr": "Très insatisfait(e)|Plutôt insatisfait(e)|"
    "Ni satisfait(e) ni insatisfait(e)|Plutôt satisfait(e)|Très satisfait(e)",
    "likely fr": "très improbable|peu probable|neutre|probable|très probable",
    "agree es": "Totalmente en desacuerdo|En desacuerdo|Ni de acuerdo ni en desacuerdo|De acuerdo|Totalmente de acuerdo",
    "satisfied es": "nada satisfecho|poco satisfecho|algo satisfecho|satisfecho|muy satisfecho",
    "likely es": "muy improbable|poco probable|neutral|probable|muy probable",
    "agree pt": "discordo totalmente|discordo parcialmente|neutro|concordo parcialmente|concordo totalmente",
    "quality fr": "Mauvais|Passable|Bon|Très bon|Excellent",
    "quality it": "Scarso|Sufficiente|Discreto|Buono|Ottimo",
    "quality de": "Ungenügend|Mangelhaft|Ausreichend|Befriedigend|Gut|Sehr gut",
    "agree pl": "Zdecydowanie się nie zgadzam|"
    "Raczej się nie zgadzam|Trudno powiedzieć|Raczej się zgadzam|Zdecydowanie się zgadzam",
    "yes pl": "Zdecydowanie nie|Raczej nie|Trudno powiedzieć|Raczej tak|Zdecydowanie tak",
    "agree tr": "Kesinlikle katılmıyorum|Katılmıyorum|Kararsızım|Katılıyorum|Kesinlikle katılıyorum",
    "satisfied tr": "Hiç memnun değilim|Memnun değilim|Ne memnunum ne değilim|Memnunum|Çok memnunum",
    "quality tr": "Çok kötü|Kötü|Orta|İyi|Çok iyi",
    "agree ar": "لا أوافق بشدة|لا أوافق|محايد|أوافق|أوافق بشدّة",
    "satisfied ar": "غير راض على الإطلاق|غير راض|محايد|راض|راض جداً",
    "satisfied vi": "Rất không hài lòng|Không hài lòng|Bình thường|Hài lòng|Rất hài lòng",
    "agree vi": "Hoàn toàn không đồng ý|Không đồng ý|Trung lập|Đồng ý|Hoàn toàn đồng ý",
    "satisfied th": "พึงพอใจน้อยที่สุด|พึงพอใจน้อย|ปานกลาง|พึงพอใจมาก|พึงพอใจมากที่สุด",
    "agree th": "ไม่เห็นด้วยอย่างยิ่ง|ไม่เห็นด้วย|เฉยๆ|เห็นด้วย|เห็นด้วยอย่างยิ่ง",
    "satisfied sv": "Mycket missnöjd|Ganska missnöjd|Varken nöjd eller missnöjd|Ganska nöjd|Mycket nöjd",
    "satisfied cs": "Velmi nespokojen|Spíše nespokojen|Ani spokojen ani nespokojen|Spíše spokojen|Velmi spokojen",
    "agree id": "Sangat tidak setuju|Tidak setuju|Netral|Setuju|Sangat setuju",
    "agree it": "completamente in disaccordo|in disaccordo|né d'accordo né in disaccordo|d'accordo|completamente d'accordo",
    "satisfied it": "per niente soddisfatto|poco soddisfatto|abbastanza soddisfatto|molto soddisfatto",
    "agree ja": "全くそう思わない|あまりそう思わない|どちらとも言えない|ややそう思う|非常にそう思う",
    "satisfied ja": "非常に不満|不満|どちらともいえない|満足|非常に満足",
    "likely ja": "可能性は非常に低い|可能性は低い|どちらともいえない|可能性は高い|可能性は非常に高い",
    "agree zh-Hant": "非常不同意|不同意|普通|同意|非常同意",
    "satisfied zh-Hant": "非常不滿意|不滿意|普通|滿意|非常滿意",
    "likely zh-Hant": "非常不可能|不太可能|一般|比較可能|非常可能",
    "often de": "nie|selten|manchmal|oft|immer",
    "often fr": "jamais|rarement|parfois|souvent|toujours",
    "often zh-Hant": "從不|很少|有時|經常|總是",
}  # fmt: skip


@pytest.mark.parametrize("name", SCALES)
def test_scale_words_are_ranked(name: str):
    words = SCALES[name].split("|")
    found = wording.ordered(words[::-1])
    assert found is not None
    assert sorted(words, key=lambda w: found.codes[w]) == words
    assert found.points == len(words)


@pytest.mark.parametrize(
    "words",
    [
        "rot|blau|grün",
        "Berlin|Hamburg|München",
        "Vollzeit|Teilzeit|zu Hause",
        "東京|大阪|京都",
        "oui|non|peut-être",
    ],
)
def test_options_without_an_order_stay_options(words: str):
    assert wording.ordered(words.split("|")) is None


@pytest.mark.parametrize(
    ("texts", "language"),
    [
        (["Wie zufrieden sind Sie mit uns?", "Alter"], "de"), (["Êtes-vous satisfait de notre service ?"], "fr"),
        (["¿Qué tan probable es que nos recomiende?"], "es"), (["Com que frequência você usa o app?"], "pt"),
        (["Quanto è soddisfatto del servizio?"], "it"), (["このサービスに満足していますか", "年齢"], "ja"),
        (["您對服務的滿意程度", "年齡"], "zh-Hant"), (["您对服务的满意程度", "年龄"], "zh"), (["만족도"], "ko"),
        (["How satisfied are you?", "Name of the café"], "en"), (["sat_1", "q2"], "en"),
    ],
)  # fmt: skip
def test_the_language_of_questions(texts: list[str], language: str):
    assert language_of(texts) == language


@pytest.mark.parametrize(
    ("language", "questions", "scale"),
    [
        (
            "de",
            [
                "Ich bin mit der Beratung zufrieden",
                "Die Filiale ist gut zu erreichen",
                "Ich würde wieder kommen",
            ],
            "agree de",
        ),
        ("ja", ["サービスに満足している", "店員は親切だ", "また来たい"], "agree ja"),
        ("zh-Hant", ["我對服務感到滿意", "店員態度親切", "我會再次光臨"], "agree zh-Hant"),
        ("de", ["f1", "f2", "f3"], "satisfied de"),  # only the answers tell
    ],
)
def test_a_draft_in_another_language(tmp_path: Path, language: str, questions: list[str], scale: str):
    words = SCALES[scale].split("|")
    stream = np.random.default_rng(4)
    level = stream.normal(size=80)
    frame = pd.DataFrame(
        {q: [words[min(len(words) - 1, max(0, round(2 + v + e)))] for v, e in zip(level, stream.normal(0, 0.5, 80), strict=True)]
         for q in questions}
    )  # fmt: skip
    frame.to_csv(tmp_path / "export.csv", index=False)
    study_from_export(tmp_path / "study", tmp_path / "export.csv")
    q = Questionnaire.load(tmp_path / "study" / "questionnaire.yaml")
    assert q.languages[0] == language
    assert all(i.type == "scale" for i in q.items.values())
    scale_of = next(iter(q.items.values())).scale
    assert scale_of is not None
    assert scale_of.max == len(words)


def test_words_of_a_language_that_is_not_known_are_said(tmp_path: Path):
    words = ["täysin samaa mieltä", "samaa mieltä", "siltä väliltä", "eri mieltä", "täysin eri mieltä"]
    rows = [[words[(i + k) % 5] for k in range(3)] for i in range(30)]
    pd.DataFrame(rows, columns=["laatu", "hinta", "palvelu"]).to_csv(tmp_path / "a.csv", index=False)
    study_from_export(tmp_path / "study", tmp_path / "a.csv")
    text = (tmp_path / "study" / "questionnaire.yaml").read_text(encoding="utf-8")
    assert text.count("the same 5 words answer 3 questions, and no order of them is known") == 3
