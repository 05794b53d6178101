"""How people spell yes, no and their gender in fields without choices, in the languages of questionnaires."""

from __future__ import annotations

__all__ = ["gender_in", "yes_no_in"]

_YES = frozenset({
    "yes", "y", "true", "yep", "yeah", "yup", "ja", "j", "jawohl", "oui", "o", "sí", "si", "sim", "sì",
    "s", "tak", "evet", "ano", "có", "ναι", "ใช่", "نعم", "ya", "是", "是的", "有", "对", "はい", "예", "네",
    "да", "д", "हाँ",
})  # fmt: skip
_NO = frozenset({
    "no", "n", "false", "nope", "nah", "nein", "non", "não", "nee", "nie", "hayır", "ne", "không",
    "όχι", "ไม่ใช่", "ไม่", "لا", "tidak", "nej", "nei", "否", "不是", "没有", "不", "いいえ", "아니요", "아니오",
    "нет", "н",
})  # fmt: skip
_GENDERS: dict[str, frozenset[str]] = {
    side: frozenset(words.split("|"))
    for side, words in {
        "female": "female|f|fem|woman|women|girl|lady|w|weiblich|frau|femme|féminin|mujer|femenino|mulher|donna|femmina|vrouw"
        "|kobieta|k|kadın|žena|kvinna|kvinde|kvinne|nữ|หญิง|انثى|أنثى|женский|жен|ж|женщина|女|女性"
        "|女士|女生|여|여성|여자|perempuan|wanita|feminino",
        "male": "male|m|masc|man|men|boy|gentleman|männlich|mann|homme|masculin|hombre|masculino|homem|uomo|maschio"
        "|mężczyzna|erkek|muž|mand|nam"
        "|ชาย|ذكر|мужской|муж|м|мужчина|男|男性|男士|男生|남|남성|남자|laki-laki|pria",
        "other": "other|non-binary|nonbinary|non binary|nb|diverse|divers|d|x|enby|autre|otro|outro|altro|anders"
        "|其他|その他|기타|inne",
    }.items()
}


def yes_no_in(word: str) -> str:
    """``yes`` or ``no`` where a folded word is a spelling of it; "" for any other."""
    return "yes" if word in _YES else "no" if word in _NO else ""


def gender_in(word: str) -> str:
    """``female``, ``male`` or ``other`` where a folded word is a spelling of it; "" for any other.

    >>> gender_in("f"), gender_in("männlich"), gender_in("non-binary"), gender_in("bremen")
    ('female', 'male', 'other', '')
    """
    return next((side for side, words in _GENDERS.items() if word in words), "")
