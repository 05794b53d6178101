"""Words of quality and amount that stand in one fixed order, such as *Excellent, Très bon, Bon, Passable, Mauvais*.

No rule of strength and direction puts them in order: each language has its ladder.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["rungs_in"]

# Words of one rank mean the same; two of them in one scale have no known order.
_LADDERS: dict[str, tuple[str, ...]] = {
    "fr": ("exécrable", "très mauvais(?:e|es)?|très mal", "mauvais(?:e|es)?|mal|insuffisant(?:e|es)?", "médiocres?|faibles?",
           "passables?|moyen(?:ne)?s?|acceptables?|corrects?", "assez (?:bon(?:ne)?|bien)|satisfaisant(?:e|es)?",
           "bon(?:ne)?s?|bien", "très (?:bon(?:ne)?s?|bien)", "excellent(?:e|es)?|parfait(?:e|es)?"),
    "it": ("gravemente insufficiente|pessim[oaie]|molto scars[oaie]", "insufficiente|scars[oaie]|cattiv[oaie]|male", "mediocre",
           "sufficiente|accettabile|medi[oa]", "discret[oaie]|abbastanza buon[oaie]", "buon[oaie]|bene",
           "molto (?:buon[oaie]|bene)|distint[oaie]", "ottim[oaie]|eccellente"),
    "es": ("pésim[oa]|terrible", "muy mal[oa]?", "mal[oa]?|deficiente|insuficiente", "regular|aceptable|suficiente|normal",
           "buen[oa]?|bien", "muy (?:buen[oa]?|bien)|notable", "excelente|sobresaliente"),
    "pt": ("péssim[oa]|muito (?:ruim|mau|má)", "ruim|mau|má|insuficiente", "regular|razoável|aceitável|suficiente",
           "bo[ma]|bem", "muito (?:bo[ma]|bem)", "excelente|ótim[oa]"),
    "de": ("ungenügend|miserabel", "sehr schlecht", "mangelhaft|schlecht", "ausreichend|mittelmässig|mittel",
           "befriedigend|zufriedenstellend", "gut", "sehr gut", "ausgezeichnet|hervorragend|exzellent"),
    "nl": ("zeer slecht|heel slecht", "slecht", "matig|onvoldoende", "voldoende|redelijk", "goed", "zeer goed|heel goed",
           "uitstekend"),
    "sv": ("mycket dålig[ta]?|meget dårlig[te]?|svært dårlig", "dålig[ta]?|dårlig[te]?", "godkän[dt]|acceptabel|okej|ok|middels",
           "bra|god[te]?", "mycket bra|meget god[te]?|svært god[te]?", "utmärk[ta]+|fremragende|utmerket"),
    "pl": ("fatalny|tragiczn[yae]", "bardzo (?:zł[yae]|źle|słab[yae]|słabo)", "zł[yae]|źle|słab[yae]|słabo|niedostateczn[yae]",
           "przeciętn[yaei]+|średni[ao]?|średnio|dostateczn[yaei]+|dopuszczając[yae]", "dobr[yae]|dobrze",
           "bardzo dobr[yae]|bardzo dobrze", "doskonał[yae]|znakomit[yae]|świetn[yae]|celując[yae]|doskonale"),
    "cs": ("velmi špatn[ýáéě]", "špatn[ýáéě]", "průměrn[ýáéě]|dostatečn[ýáéě]", "dobr[ýáé]|dobře", "velmi dobr[ýáé]|velmi dobře",
           "výborn[ýáéě]|vynikající"),
    "tr": ("çok kötü|berbat", "kötü|zayıf|yetersiz",
           "orta|fena değil|idare eder|vasat", "iyi", "çok iyi|pekiyi", "mükemmel|harika"),
    "ru": ("ужасно", "очень плох[оаяйе]+", "плох[оаяйе]+|неудовлетворительн[оаяые]+", "средне|нормально|удовлетворительн[оаяые]+",
           "хорош[оаяие]+", "очень хорош[оаяие]+", "отличн[оаяые]+|превосходн[оаяые]+"),
    "vi": ("rất (?:kém|tệ)", "kém|yếu|tệ|không tốt",
           "trung bình|bình thường|tạm được", "khá", "tốt", "rất tốt", "xuất sắc|tuyệt vời"),
    "id": ("sangat (?:buruk|jelek)", "buruk|jelek", "kurang|kurang baik", "cukup|sedang|biasa", "baik", "sangat baik|baik sekali",
           "luar biasa|istimewa"),
    "th": ("แย่มาก", "แย่|ไม่ดี|ควรปรับปรุง|ต้องปรับปรุง", "พอใช้", "ปานกลาง", "ดี", "ดีมาก", "ดีเยี่ยม|ยอดเยี่ยม"),
    "th amounts": (".*น้อยที่สุด", ".*น้อย", ".*ปานกลาง", ".*มาก", ".*มากที่สุด"),
    "ar": ("سيء جدا|ضعيف جدا", "سيء|ضعيف", "مقبول|متوسط", "جيد", "جيد جدا", "ممتاز"),
    "ja": ("非常に悪い|とても悪い|最悪", "悪い", "やや悪い", "普通|ふつう", "やや良い|まあ良い", "良い|よい",
           "とても良い|非常に良い|大変良い",
           "素晴らしい|最高"),
    "ko": ("매우 나쁨|매우 나쁘다", "나쁨|나쁘다", "보통|보통이다", "좋음|좋다", "매우 좋음|매우 좋다", "탁월함|훌륭함"),
}  # fmt: skip


def rungs_in(labels: Sequence[str]) -> list[float] | None:
    """The place of each label on the first ladder that has them all, from the worst; None where none has.

    >>> rungs_in(["bon", "excellent", "mauvais", "passable", "très bon"]), rungs_in(["bon", "mal", "mauvais"])
    ([6.0, 8.0, 2.0, 4.0, 7.0], None)
    """
    for rungs in _LADDERS.values():
        found = [_rung(rungs, label) for label in labels]
        known = [r for r in found if r is not None]
        if len(known) == len(labels) == len(set(known)):
            return known
    return None


def _rung(rungs: Sequence[str], label: str) -> float | None:
    # the best fits last: "มากที่สุด" ends like "ที่สุด" and begins like "มาก"
    fitting = [i for i, pattern in enumerate(rungs) if re.fullmatch(pattern, label)]
    return float(fitting[-1]) if fitting else None
