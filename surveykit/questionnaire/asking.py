"""What the words of a question ask for, in the languages that questionnaires come in: a recommendation, satisfaction, effort,
a degree, who somebody is, what nobody may keep.

Guesses for drafts, by word stems. English, Chinese, German, French, Spanish, Portuguese, Italian, Dutch, Japanese,
Korean and Russian; the commonest of Polish, Turkish, Vietnamese, Thai, Arabic, Swedish, Danish, Czech and Indonesian.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from surveykit.privacy import identifier_kind
from surveykit.questionnaire.tongues import same

__all__ = [
    "asked_range",
    "asks_effort",
    "is_about_people",
    "is_open",
    "is_overall",
    "is_personal",
    "is_rated",
    "is_recommendation",
    "metric_for",
    "named_ends",
]

_RECOMMEND = re.compile(
    r"\brecommend|(?<![a-z])nps(?![a-z])|\bnet promoter"
    r"|推荐|推薦|weiterempf|empfehl|recommand|recomend|recomiend|raccomand|consiglier|aanbeve+l|aanrad"
    r"|勧め|薦め|すすめ|추천|рекоменд|\bpolec|tavsiye|öner(?:me|ir)|giới thiệu"
    r"|แนะนำ|[أت]وصي|rekommender|anbefal|doporuč|rekomendasi",
    re.IGNORECASE,
)
_SATISFIED = re.compile(
    r"\bsatisf|满意|滿意|zufrieden|satisfait|satisfech|satisfac|satisfeit|satisfaç|soddisf|tevreden|満足|만족|удовлетвор"
    r"|zadowol|satysfak|memnun|hài lòng|พอใจ|راض|رضا|nöjd|tilfreds|fornøyd|spokojen|kepuasan|\bpuas\b",
    re.IGNORECASE,
)
_OVERALL = re.compile(
    r"\boverall\b|\ball in all\b|\bin general\b|总体|整体|总的来说|總體|整體|insgesamt|\balles in allem\b|\bim allgemeinen\b"
    r"|gesamt(?:zufriedenheit|bewertung|eindruck|urteil)|dans l.ensemble|globalement|en général|\ben general\b|en conjunto"
    r"|\bgeneralmente\b|no geral|de modo geral|complessiv|nel complesso|in generale|over het algemeen|総合|全体|전반|в целом"
    r"|ogólnie|ogólna|genel olarak|nhìn chung|โดยรวม|بشكل عام|عموما"
    r"|på det hela taget|överlag|alt i alt|celkově|secara keseluruhan",
    re.IGNORECASE,
)
_EASE = re.compile(
    r"\beffort\b|\bhow (?:easy|difficult)\b|made it easy|省力|轻松|容易程度|輕鬆|wie (?:einfach|leicht|schwierig)|leicht gemacht"
    r"|einfach gemacht|\bfacile?\b.{0,40}\?|(?:a )?rendu (?:les choses )?faciles?|qué tan (?:fácil|difícil)|\bfácil\b.{0,40}\?"
    r"|quanto (?:è|e) stato (?:facile|semplice)|どの(?:程度|くらい)(?:簡単|容易)|簡単でしたか|쉬웠",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"\bhow much (?:\w+ ){0,2}effort\b|费力|费劲|費力|wie viel (?:aufwand|mühe)|wie (?:hoch|groß) war .{0,20}aufwand"
    r"|quel(?:le)?s? (?:\w+ ){0,2}efforts?|combien d.efforts?|cuánto esfuerzo|quanto esforço|quanto sforzo"
    r"|どの(?:程度|くらい)の?(?:労力|手間)",
    re.IGNORECASE,
)
_RATED = re.compile(
    r"\bhow (?:likely|much|important|well|often|willing|good|would you rate)\b|\brate\b|\bscale (?:of|from)\b"
    r"|同意|程度|评价|打分|评分|重要性|評價|評分"
    r"|\bwie (?:wahrscheinlich|wichtig|gut|oft|häufig|sehr|stark|einfach|schwer|beurteil|bewert)|\bbewert|\bbeurteil"
    r"|\binwieweit\b|\bstimmen sie\b|\bskala\b"
    r"|dans quelle mesure|quelle note|qué nota|à quel point|\bévalue|\bnotez\b|d.accord\b|\béchelle\b|quelle est la probabilité"
    r"|qué tan|en qué medida|\bevalú|\bvalore\b|\bcalifi(?:que|ca)\b|de acuerdo\b|\bescala\b|\bcuán\b"
    r"|\bavali[ea]|em que medida|\bo quão\b|\bconcord|in che misura|\bvaluti?\b|\bscala\b"
    r"|\bquanto (?:è|sei|siete|ritien|probabil)|評価|どの程度|どのくらい|重要度|평가|어느 정도|얼마나|\bin hoeverre\b"
    r"|\bhoe (?:waarschijnlijk|belangrijk|goed)\b|насколько|оцените",
    re.IGNORECASE,
)
_PEOPLE = re.compile(
    r"\b(?:gender|sex|age|age group|how old|education|income|occupation|region|country|marital|race|ethnic\w*|employment|degree"
    r"|department|tenure|segment)\b"
    r"|性别|年龄|学历|教育程度|收入|职业|地区|省份|城市|婚姻|年级|培养层次|部门|性別|年齡|學歷|年代|年齢|職業|성별|나이|연령|직업"
    r"|\b(?:geschlecht|alter|altersgruppe|wie alt|bildung\w*|schulabschluss|einkommen|beruf|familienstand|bundesland|abteilung)\b"
    r"|\b(?:sexe|genre|vous êtes|âge|éducation|revenus?|profession|région|niveau d.études)\b"
    r"|\b(?:sexo|género|edad|educación|ingresos|ocupación|región|departamento|idade|gênero|escolaridade|renda|região)\b"
    r"|\b(?:sesso|età|istruzione|reddito|professione|regione|geslacht|leeftijd|opleiding|пол|возраст|образование)\b"
    r"|\b(?:płeć|wiek|wykształcenie|dochód|zawód|województwo"
    r"|cinsiyet\w*|yaş\w*|eğitim|gelir|meslek|kön|ålder|utbildning|køn|kjønn|alder"
    r"|pohlaví|věk|vzdělání|jenis kelamin|usia|pendidikan)\b|giới tính|độ tuổi|học vấn|เพศ|อายุ|การศึกษา|الجنس|العمر|التعليم",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"\bcomments?\b|\banything else\b|\bin your own words\b|\bplease (?:explain|describe|elaborate)\b|\bsuggestions?\b"
    r"|建议|意见和|说说|\bwhat (?:could|can|should) we\b|\bhow (?:could|can) we\b|\bbemerkung"
    r"|\banmerkung|\bkommentar|\bwas können wir\b|\bcommentaires?\b|\bremarques?\b|\bcomentarios?\b"
    r"|\bsugerencias?\b|\bcomentários?\b|\bcommenti?\b|\bsuggeriment|自由記述|ご意見|ご感想|의견",
    re.IGNORECASE,
)
_PERSONAL = (
    ("name", r"\b(first|last|full|your|respondent'?s?|sur|nick)[ _-]?name\b|^name$"
             r"|\bnames? of (the |your )?(\w+ ){0,2}(instructor|teacher|manager|supervisor|contact)s?\b"
             r"|姓名|名字|昵称|网名|称呼"
             r"|\b(vor|nach|familien)name\b|\bprénoms?\b|\bnom de famille\b|^(votre )?noms?( complet)?$|\bapellidos?\b"
             r"|^(su )?nombres?$|\bnombre (completo|y apellidos?)\b|\bsobrenome\b|\bnome (completo|e cognome)\b|\bcognome\b"
             r"|^nome$|\b(voor|achter)naam\b|^naam$|氏名|お名前|^名前$|^姓氏?$|^名$|성명|^이름$|фамилия|^имя$"),
    ("e-mail", r"\be-?mails?\b|邮箱|电子邮件|邮件地址|電子郵件|\bcourriel\b|\bcorreo( electrónico)?\b|メール"
               r"|이메일|эл\w*\. ?почт"),
    ("telephone", r"\b(tele)?phone( ?number)?$|\bmobile( ?(phone|number))?\b|\bcell( ?phone)? number\b"
                  r"|手机号|电话|联系方式|手機|電話|\btelefon(nummer)?\b|\bhandynummer\b|\btéléphone\b|\bteléfono\b|\btelefone\b"
                  r"|\btelefono\b|전화번호|телефон"),
    ("address", r"\bip[ _-]?addr(ess)?\b|\bip$|\b(street|postal|home|mailing) address\b|家庭住址|详细地址|住址|收货地址|住所"
                r"|^(?:您的|联系|通讯|家庭|居住|邮寄)?地址$"
                r"|\b(anschrift|postanschrift|straße und hausnummer)\b|\badresse (ip|postale)\b|\bdirección (ip|postal)\b"
                r"|\bip[- ]adresse\b"),
    ("coordinates", r"latitude\b|longitude\b|\b(gps|coordinates)\b|经度|纬度|坐标|\b(breiten|längen)grad\b"),
    ("identity card", r"\b(passport|id card|social security|ssn|national id)\b|身份证|护照|学号|工号"
                      r"|\bpersonalausweis|\bpasaporte\b|\bdni\b"),
    ("account", r"\bwe-?chat\b|\bqq\b|微信|openid|unionid|\bnetwork id\b|\bdevice ?id\b"),
)  # fmt: skip
_ASKED = re.compile(r"(?=((?:留下|填写|输入|提供|please (?:enter|provide|leave|give)).{0,25}))")
"""What a long question asks for: each place is looked at, for the one before it may run into it."""
_CELLS_SEEN = 2_000
_PLACE_BEHIND = re.compile(r"\s*[(（][^()（）]*[)）]\Z")
_SPAN = re.compile(
    r"(?<![\d.,/-])([01])\s*(?:to|through|-|–|—|bis|à|a|al|até|ate|tot|〜|～|~|至|到|から|에서)\s*(100|10|[3-9])(?![\d/]|[.,-]\d)"
)
_END = re.compile(
    r"(?<![\d.,/-])(100|10|[0-9])\s*(?:=|:|：|means\b|bedeutet\b|signifie\b|significa\b|表示|代表|は)"
)
_NAMED_END = re.compile(r"(?<![\d.,/-])(100|10|[0-9])\s*[=:：]\s*([^\d\W][^,;，；()（）=\d]{1,40})")
_TOPS = {3, 4, 5, 6, 7, 9, 10, 100}


def is_recommendation(text: str) -> bool:
    """Whether a question asks how likely somebody is to recommend.

    >>> is_recommendation("Wie wahrscheinlich ist es, dass Sie uns weiterempfehlen?")
    True
    """
    return bool(_RECOMMEND.search(text))


def metric_for(text: str, low: int, high: int) -> str:
    """``nps``, ``csat``, ``ces`` or "" by wording and scale.

    >>> metric_for("How likely are you to recommend us?", 0, 10), metric_for("Êtes-vous satisfait de votre visite ?", 1, 5)
    ('nps', 'csat')
    """
    if _RECOMMEND.search(text) and (low, high) == (0, 10):
        return "nps"
    if asks_effort(text):
        return "ces" if (low, high) == (1, 5) else ""
    if _EASE.search(text) and (low, high) == (1, 7):
        return "ces"
    if _SATISFIED.search(text) and low == 1 and high in (5, 7, 10):
        return "csat"
    return ""


def asks_effort(text: str) -> bool:
    """Whether a question asks how much effort something took (CES version 1: the lower, the better), not how easy it was.

    >>> asks_effort("How much effort did you have to put forth?"), asks_effort("How easy was it?")
    (True, False)
    """
    return bool(_AMOUNT.search(text))


def is_overall(text: str) -> bool:
    """Whether a question asks about the whole."""
    return bool(_OVERALL.search(text))


def is_rated(text: str) -> bool:
    """Whether the words of a question ask for a degree."""
    return any(p.search(text) for p in (_RECOMMEND, _SATISFIED, _EASE, _AMOUNT, _RATED))


def is_open(text: str) -> bool:
    """Whether a question asks for words of one's own."""
    return bool(_OPEN.search(text))


def is_about_people(text: str) -> bool:
    """Whether a question asks who the respondent is (gender, age, …) rather than what they think."""
    return bool(_PEOPLE.search(text)) and len(text) < 60


def asked_range(text: str) -> tuple[int, int] | None:
    """The ends of a scale that a question names, None where it names none.

    >>> asked_range("On a scale of 0 to 10, how likely …"), asked_range("(5 = strongly agree, 1 = disagree)"), asked_range("Why?")
    ((0, 10), (1, 5), None)
    """
    span = _SPAN.search(text)
    if span and int(span[2]) in _TOPS:
        return int(span[1]), int(span[2])
    ends = sorted({int(m[1]) for m in _END.finditer(text)})
    return (ends[0], ends[-1]) if len(ends) > 1 and ends[0] in (0, 1) and ends[-1] in _TOPS else None


def named_ends(text: str) -> dict[int, str]:
    """The words that a question gives to the numbers of its scale.

    >>> named_ends("How was it? (1 = very good, 5 = very poor)")
    {1: 'very good', 5: 'very poor'}
    """
    return {int(m[1]): m[2].strip() for m in _NAMED_END.finditer(text)}


def is_personal(header: str, cells: Sequence[str]) -> str:
    """What personal data a column holds by its name or its cells, "" for none."""
    words = same(header)
    asked = words if len(words) < 60 else "\n".join(m[1] for m in _ASKED.finditer(words))
    found = next((kind for kind, pattern in _PERSONAL if re.search(pattern, asked)), "")
    if found:
        return found
    kind, share = _form(cells)
    return kind if share >= 0.6 else ""


def _form(cells: Sequence[str]) -> tuple[str, float]:
    """The commonest form of an identifier among the cells, and its share of them."""
    filled = [c.strip() for c in cells if c.strip()]
    kinds = Counter[str]()
    for cell, n in Counter(filled[:_CELLS_SEEN]).items():  # a choice stands in many cells: looked at once
        kinds[identifier_kind(_PLACE_BEHIND.sub("", cell))] += n
    kind, n = kinds.most_common(1)[0] if kinds else ("", 0)
    return kind, n / max(sum(kinds.values()), 1)
