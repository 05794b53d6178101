"""Words of scales, and the language of a text, beyond English and Simplified Chinese: for drafts from exports.

Labels are ranked by strength and direction as in ``wording``: *sehr unzufrieden* is against, strongly. Languages are told apart
by script, by letters that only they have, and by their commonest words.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["ARABIC", "language_of", "missing_in", "often_in", "ranks_in", "same", "simplified"]


@dataclass(frozen=True, slots=True)
class _Tongue:
    """Patterns of one language: strongly, weakly, for, against, between, and what turns a word round."""

    strong: str
    weak: str
    pro: str
    contra: str
    neutral: str
    denied: str


_TONGUES: dict[str, _Tongue] = {
    "de": _Tongue(
        r"voll und ganz|ausgezeichnet|hervorragend|ungenügend"
        r"|überhaupt|\bgar\b|völlig|vollkommen|\bvoll\b|sehr|äusserst|absolut|extrem|stark"
        r"|auf jeden fall|auf keinen fall",
        r"\beher\b|etwas|ein wenig|einigermassen|teilweise",
        r"stimme|\bzu$|trifft|zufrieden|wahrscheinlich|wichtig|\bgut|einfach|leicht|nützlich|hilfreich|gern|jeden fall"
        r"|ausgezeichnet|hervorragend",
        r"unzufrieden|unwahrscheinlich|unwichtig|schlecht|schwierig|schwer|lehne|ablehn|ungern|keinen fall"
        r"|mangelhaft|ungenügend",
        r"teils[ ,/]*teils|weder\b.*|neutral|unentschieden|mittelmässig|mittel|durchschnittlich|befriedigend",
        r"\bnicht\b",
    ),
    "fr": _Tongue(
        r"tout à fait|\btrès\b|extrêmement|totalement|entièrement|complètement|fortement|du tout|absolument"
        r"|parfaitement|excellent",
        r"plutôt|\bassez\b|un peu|\bpeu\b|moyennement|partiellement",
        r"accord|satisfait|probable|important|\bbon|\bbien|facile|utile|certain|excellent",
        r"désaccord|médiocre"
        r"|insatisfait|mécontent|improbable|mauvais|difficile|inutile|peu (?:probable|important|satisfait|utile)",
        r"ni\b.* ni\b.*|neutre|moyen(?:ne)?|passable|indifférent\w*",
        r"\bpas\b",
    ),
    "es": _Tongue(
        r"totalmente|completamente|\bmuy\b|extremadamente|absolutamente|plenamente|para nada|en absoluto"
        r"|\bnada\b|excelente|pésim",
        r"\balgo\b|más bien|un poco|\bpoco\b|parcialmente|\bbastante\b",
        r"de acuerdo|satisfech|probable|importante|\bbuen|\bbien\b|fácil|útil|excelente",
        r"desacuerdo|pésim|insatisfech|improbable|\bmal[oa]?\b|difícil|inútil|poco (?:probable|importante|satisfech\w+|útil)",
        r"ni\b.* ni\b.*|neutral|neutro|indiferente|regular",
        r"\bno\b|\bnada\b",
    ),
    "pt": _Tongue(
        r"totalmente|completamente|\bmuit[oa]\b|extremamente|plenamente|absolutamente|de forma alguma|fortemente|\bnada\b"
        r"|ótim|excelente|péssim",
        r"parcialmente|em parte|um pouco|\bpouco\b",
        r"concordo|satisfeit|provável|importante|\bbo[ma]\b|fácil|útil|ótim|excelente",
        r"discordo|insatisfeit|improvável|ruim|\bm[aá]u?\b|difícil|péssim|pouco (?:provável|importante|satisfeit\w+|útil)",
        r"nem\b.* nem\b.*|neutr[oa]|indiferente|regular|não concordo nem discordo",
        r"\bnão\b|\bnada\b",
    ),
    "it": _Tongue(
        r"completamente|totalmente|\bmolto\b|estremamente|del tutto|fortemente|assolutamente|pienamente|per niente|per nulla"
        r"|ottim|eccellent|pessim",
        r"abbastanza|piuttosto|\bpoco\b|un po'|parzialmente",
        r"d'accordo|soddisfatt|probabile|importante|\bbuon|\bbene\b|facile|utile|ottim|eccellent",
        r"disaccordo|insoddisfatt|improbabile|cattiv|difficile|\bmale\b|inutile|pessim"
        r"|poco (?:probabile|importante|soddisfatt\w+|utile)",
        r"n[éèe]\b.* n[éèe]\b.*|neutral\w|indifferente|così così|sufficiente",
        r"\bnon\b|per niente|per nulla",
    ),
    "nl": _Tongue(
        r"helemaal|\bzeer\b|\bheel\b|volledig|uiterst|totaal|uitstekend",
        r"enigszins|een beetje|eerder|deels",
        r"\beens\b|tevreden|waarschijnlijk|belangrijk|\bgoed|makkelijk|nuttig|uitstekend",
        r"oneens|ontevreden|onwaarschijnlijk|onbelangrijk|slecht|moeilijk",
        r"neutraal|niet .* niet .*|noch\b.*|redelijk|matig",
        r"\bniet\b",
    ),
    "ko": _Tongue(
        r"매우|전혀|아주|대단히|완전히",
        r"약간|조금|다소|어느 ?정도",
        r"만족|그렇다|그런 편|동의|중요|쉽|쉬움|좋|높|가능성",
        r"불만족|그렇지 않|동의하지 않|중요하지 않|어렵|어려움|나쁘|낮",
        r"보통(?:이다)?|중립",
        r"(?!)",
    ),
    "ru": _Tongue(
        r"полностью|совершенно|очень|крайне|абсолютно|отлично|ужасно",
        r"скорее|немного|отчасти",
        r"соглас|удовлетвор|важн|легк|хорош|вероятн|отлично",
        r"неудовлетвор|плох|трудн|маловероятн|неважн|ужасно",
        r"нейтральн\w*|ни\b.* ни\b.*|средне|нормально|затрудняюсь.*",
        r"\bне\b",
    ),
    "ja": _Tongue(
        r"非常に|とても|大変|たいへん|全く|まったく|強く|極めて|完全に|大いに|かなり",
        r"やや|どちらかといえば|どちらかと言えば|少し|あまり|ある程度|まあ",
        r"思う|同意|満足|当てはまる|あてはまる|高い|良い|よい|重要|勧め|賛成|しやすい|易しい|簡単|役に立つ|その通り",
        r"思わない|不満|当てはまらない|あてはまらない|低い|悪い|反対|しにくい|難しい|役に立たない|重要でない"
        r"|重要ではない|同意しない|同意できない",
        r"どちらとも(?:いえない|言えない)|どちらでもない|普通|ふつう|中立",
        r"(?!)",
    ),
    "pl": _Tongue(
        r"zdecydowanie|bardzo|całkowicie|w pełni|zupełnie|skrajnie|niezwykle|wcale|w ogóle",
        r"raczej|trochę|częściowo|\bdość\b|umiarkowanie|nieco",
        r"zgadzam|zadowol|prawdopodobn|ważn|łatw|dobr|przydatn|\btak$",
        r"niezadowol|nieprawdopodobn|mało (?:prawdopodobn|ważn|zadowol)|nieważn|trudn|\bzł|nieprzydatn|\bnie$",
        r"ani\b.* ani\b.*|trudno powiedzieć|neutraln\w*|obojętn\w*|nie mam zdania|ani tak,? ani nie|średnio",
        r"\bnie (?=\w)",
    ),
    "cs": _Tongue(
        r"velmi|rozhodně|zcela|naprosto|určitě|vůbec|úplně",
        r"spíše|trochu|částečně|poměrně",
        r"spokojen|souhlas|pravděpodobn|důležit|snadn|dobř|dobr|užitečn|\bano$",
        r"nespokojen|nesouhlas|nepravděpodobn|nedůležit|obtížn|špatn|neužitečn|\bne$",
        r"ani\b.* ani\b.*|neutráln\w*|průměrn\w*|něco mezi",
        r"(?!)",
    ),
    "tr": _Tongue(
        r"kesinlikle|\bçok\b|tamamen|son derece|\bhiç\b|tümüyle",
        r"kısmen|biraz|oldukça|bir miktar",
        r"memnun|katılıyorum|olası|önemli|kolay|\biyi\b|yararlı|faydalı|tatmin",
        r"memnuniyetsiz|katılmıyorum|önemsiz|\bzor\b|kötü|yararsız",
        r"kararsız\w*|ne\b.* ne\b.*|nötr|orta(?: düzeyde)?",
        r"değil",
    ),
    "vi": _Tongue(
        r"rất|hoàn toàn|cực kỳ|vô cùng",
        r"\bkhá\b|\bhơi\b|một phần|tương đối|phần nào",
        r"hài lòng|đồng ý|quan trọng|dễ|tốt|khả năng|hữu ích|ủng hộ",
        r"\bkhó\b|\btệ\b|kém|phản đối",
        r"bình thường|trung lập|trung bình|không ý kiến|phân vân|không .* (?:cũng|mà) không .*",
        r"không",
    ),
    "id": _Tongue(
        r"sangat|\bamat\b|sekali|sepenuhnya",
        r"kurang|cukup|agak|sedikit",
        r"puas|setuju|penting|mudah|baik|mungkin|bermanfaat",
        r"sulit|sukar|buruk|jelek",
        r"netral|biasa saja|sedang|ragu-?ragu|antara .*",
        r"\btidak\b|\bkurang\b|\btak\b",
    ),
    "sv": _Tongue(
        r"mycket|\bhelt\b|absolut|starkt|\balls\b|meget|svært|\bslet\b|fullstendig|sterkt",
        r"ganska|delvis|något|till viss del|\blitt\b|\blidt\b|\bnoe\b|ganske|\bnoget\b",
        r"nöjd|instämmer|håller med|sannolik|viktig|lätt|\bbra\b|\benig|tilfreds|fornøyd|sandsynlig|sannsynlig|vigtig",
        r"missnöjd|osannolik|oviktig|svår|dålig|avstånd|uenig|utilfreds|misfornøyd|usandsynlig|usannsynlig",
        r"varken\b.*|hverken\b.*|verken\b.*|neutral\w*|nøytral\w*|både och",
        r"\binte\b|\bikke\b",
    ),
    "th": _Tongue(
        r"อย่างยิ่ง|ที่สุด|มาก|โดยสิ้นเชิง",
        r"ค่อนข้าง|เล็กน้อย|บ้าง",
        r"พอใจ|เห็นด้วย|สำคัญ|ง่าย|เป็นไปได้|แนะนำ",
        r"ยาก|แย่",
        r"เฉย ?ๆ|เป็นกลาง|ไม่แน่ใจ|ปานกลาง",
        r"ไม่",
    ),
    "ar": _Tongue(
        r"بشده|جدا|تماما|للغايه|علي الاطلاق|مطلقا",
        r"الي حد ما|نوعا ما|قليلا|بعض الشيء",
        r"اوافق|موافق|راض|محتمل|مهم|سهل|مرجح",
        r"صعب|مستاء|اعارض|معارض|ارفض",
        r"محايد\w*|لا .* ولا .*|متوسط",
        r"\bلا\b|\bغير\b|\bلست\b",
    ),
    "hi": _Tongue(
        r"बहुत|पूरी तरह|दृढ़ता|अत्यधिक|बिल्कुल",
        r"कुछ|थोड़ा|आंशिक",
        r"संतुष्ट|सहमत|संभावना|महत्वपूर्ण|आसान",
        r"असंतुष्ट|असहमत|कठिन|मुश्किल",
        r"तटस्थ|न\b.* न\b.*|न तो.*",
        r"नहीं",
    ),
}  # fmt: skip
_OFTEN: dict[str, float] = {
    "nie": 0, "niemals": 0, "fast nie": 1, "selten": 2, "gelegentlich": 3, "manchmal": 4, "oft": 5.5, "häufig": 5.5,
    "meistens": 6, "sehr oft": 6.2, "sehr häufig": 6.2, "fast immer": 7, "immer": 8,
    "jamais": 0, "presque jamais": 1, "rarement": 2, "parfois": 4, "quelquefois": 4, "de temps en temps": 3.5, "souvent": 5.5,
    "très souvent": 6.2, "presque toujours": 7, "toujours": 8,
    "nunca": 0, "casi nunca": 1, "rara vez": 2, "raramente": 2, "a veces": 4, "algunas veces": 4, "a menudo": 5.5,
    "frecuentemente": 5.5, "con frecuencia": 5.5, "casi siempre": 7, "siempre": 8,
    "quase nunca": 1, "às vezes": 4, "frequentemente": 5.5, "quase sempre": 7, "sempre": 8,
    "mai": 0, "quasi mai": 1, "a volte": 4, "qualche volta": 4, "spesso": 5.5, "quasi sempre": 7,
    "nigdy": 0, "prawie nigdy": 1, "rzadko": 2, "czasami": 4, "czasem": 4, "często": 5.5, "bardzo często": 6.2, "zawsze": 8,
    "hiçbir zaman": 0, "asla": 0, "nadiren": 2, "bazen": 4, "ara sıra": 3.5, "sık sık": 5.5, "çoğu zaman": 6, "her zaman": 8,
    "không bao giờ": 0, "hiếm khi": 2, "thỉnh thoảng": 4, "đôi khi": 4, "thường xuyên": 5.5, "luôn luôn": 8,
    "ابدا": 0, "نادرا": 2, "احيانا": 4, "غالبا": 5.5, "دائما": 8,
    "никогда": 0, "редко": 2, "иногда": 4, "часто": 5.5, "очень часто": 6.2, "всегда": 8,
    "aldrig": 0, "sällan": 2, "sjældent": 2, "ibland": 4, "ofta": 5.5, "alltid": 8,
    "nooit": 0, "zelden": 2, "soms": 4, "vaak": 5.5,
    "altijd": 8, "tidak pernah": 0, "jarang": 2, "kadang-kadang": 4, "sering": 5.5, "selalu": 8,
    "ไม่เคย": 0, "นานๆ ครั้ง": 2, "บางครั้ง": 4, "บ่อยครั้ง": 5.5, "เสมอ": 8,
    "全くない": 0, "まったくない": 0, "ほとんどない": 1, "めったにない": 1.5, "たまに": 3, "時々": 4, "ときどき": 4,
    "よくある": 5.5, "よく": 5.5, "ほとんどいつも": 7, "いつも": 8,
}  # fmt: skip
_MISSING = (
    ("dont_know", r"weiss (?:ich )?nicht|ich weiss (?:es )?nicht|keine meinung|kann ich nicht (?:sagen|beurteilen)"
                  r"|(?:je )?ne sais? pas"
                  r"|sans opinion|no (?:lo )?sé|no sabe|sin opinión|não sei|sem opinião|non (?:lo )?so|nessuna opinione"
                  r"|わからない|分からない|nie wiem|bilmiyorum|fikrim yok"
                  r"|không biết|ไม่ทราบ|لا اعرف|لا ادري|nevím|vet (?:inte|ej)|ved ikke"
                  r"|weet (?:ik )?niet|не знаю|tidak tahu|모름|모르겠다"),
    ("refused", r"keine angabe|k\. ?a\.?|möchte ich nicht (?:sagen|angeben)|(?:je )?préfère ne pas (?:répondre|dire)"
                r"|prefiero no (?:responder|contestar|decir\w*)|prefiro não (?:responder|dizer)"
                r"|preferisco non rispondere|答えたくない|無回答|回答しない"
                r"|odmawiam odpowiedzi|wolę nie odpowiadać|cevap vermek istemiyorum"
                r"|không muốn trả lời|ไม่ต้องการตอบ|افضل عدم الاجابه|отказ от ответа|vill inte svara|wil ik niet zeggen"),
    ("not_shown", r"trifft nicht zu \(.*\)|nicht zutreffend|entfällt|non applicable|sans objet|no aplica|no procede|não se aplica"
                  r"|non applicabile|該当なし|該当しない|nie dotyczy"
                  r"|geçerli değil|không áp dụng|ไม่เกี่ยวข้อง|لا ينطبق|неприменимо|ej aktuellt"
                  r"|niet van toepassing|tidak berlaku"),
)  # fmt: skip
_TRADITIONAL = str.maketrans(
    "滿贊認願較點難關無會沒說確經時從幾總極對還歡瞭積討厭絕應適當過數頻見爾拒絕為這個們來後務體態購買價質電話處專業員員與問題選擇請項評廣讓國實際網機場麼樣種類歲產品學習開發",
    "满赞认愿较点难关无会没说确经时从几总极对还欢了积讨厌绝应适当过数频见尔拒绝为这个们来后务体态购买价质电话处专业员员与问题选择请项评广让国实际网机场么样种类岁产品学习开发",
)
_ONLY_TRADITIONAL = frozenset(chr(k) for k, v in _TRADITIONAL.items() if k != v)
_ONLY_SIMPLIFIED = frozenset(chr(v) for k, v in _TRADITIONAL.items() if k != v) - set(
    "了后几"
)  # both write these
_WORDS = {
    "en": "the of and to is in you your how was are this that with for we would it my do what have"
    " not very agree likely",
    "de": "der die das und ist wie sie ich nicht mit von für ein eine zu sind wir den auf sehr haben ihr ihre war zufrieden"
    " geschlecht alter zufriedenheit einkommen weiterempfehlung beruf abteilung",
    "fr": "le la les des est et vous votre de du une un que pour dans avec avez nous pas très sur êtes à quel quelle",
    "es": "el la los las es y de que un una con por para su usted muy está en qué cómo nuestro nuestra del le ha",
    "pt": "o os as é e de que um uma com por para seu sua você muito está em não nosso nossa do da foi qual",
    "nl": "het een van ik niet hoe u uw met dat zijn voor op te wij ons heeft tevreden bent naar",
    "it": "il lo gli le è e di che un una con per su suo sua molto in non nostro della del dei sono quanto è come",
    "pl": "w na z się jest do nie że jak czy są o od dla po przez oraz ile pan pani twoja twój nasz"
    " nasza płeć wiek uwagi zadowolenie",
    "tr": "ve bir bu ne için ile çok değil mi mı mu nasıl kadar sizin bizim cinsiyet yaş memnuniyet yorum",
    "vi": "của và là bạn có không cho với được những các này mức độ về chúng tôi như thế nào rất giới tính tuổi",
    "sv": "och att det är som på av för med inte du hur en ett till vi oss jag kön ålder",
    "cs": "a je v na se že jak pro s do jste vás naše náš nebo velmi ano pohlaví věk",
    "id": "dan yang di untuk dengan anda seberapa apakah tidak kami ini dari pada sangat usia jenis kelamin",
}
_LISTED = {language: frozenset(words.split()) for language, words in _WORDS.items()}
_LETTERS = {
    "de": "äöü", "fr": "àèëîïœùû", "es": "ñ¿¡", "pt": "ãõêâ", "it": "ìò", "pl": "łąęśżźćń", "tr": "ışğ", "cs": "řěů", "sv": "å",
    "vi": "ạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹđơư",
}  # fmt: skip
_SCRIPTS = {
    "th": "\u0e01-\u0e5b",
    "ar": "\u0620-\u06d3",
    "hi": "\u0904-\u0970",
    "he": "\u05d0-\u05ea",
    "el": "\u0391-\u03c9",
}
ARABIC = str.maketrans({  # letters that writers and keyboards mix, and the signs of vowels
    **dict.fromkeys("أإآ", "ا"), "ى": "ي", "ة": "ه", "ئ": "ء", **dict.fromkeys(map(chr, [0x640, *range(0x64B, 0x653)]), "")
})  # fmt: skip
_ENOUGH = 2
_CODES = 3
_LONGEST = 45


def language_of(texts: Sequence[str], otherwise: str = "en") -> str:
    """The language that most of the texts are in: ``en zh zh-Hant ja ko de fr es pt it nl pl
    tr vi sv cs id ru th ar hi he el``; ``otherwise`` where nothing
    tells.

    >>> language_of(["Wie zufrieden sind Sie mit der Beratung?"]), language_of(["サービスに満足ですか"]), language_of(["q1"])
    ('de', 'ja', 'en')
    """
    found = Counter(language for text in texts if (language := _one(text)))
    han = [t for t in texts if re.search(r"[\u4e00-\u9fff]", t)]
    if (
        found["ja"]
        and found["ja"] + found["zh"] + found["zh-Hant"] >= len(texts) / 2
        and found["ja"] * 4 >= len(han)
    ):
        return "ja"  # answers in Chinese characters alone stand beside questions in kana
    # some people answer a Simplified questionnaire in Traditional characters: the more of the two decide
    if found["zh-Hant"] > sum(not set(t).isdisjoint(_ONLY_SIMPLIFIED) for t in han):
        return "zh-Hant" if found["zh-Hant"] + found["zh"] > len(texts) / 2 else "en"
    found["zh"] += found.pop("zh-Hant", 0)
    if found["zh"]:
        return "zh" if found["zh"] * 2 > len(texts) else next(iter(_rest(found)), "en")
    return next(iter(_rest(found)), otherwise)


def _rest(found: Counter[str]) -> list[str]:
    return [language for language, _ in found.most_common() if language != "zh"]


def _one(text: str) -> str:
    """The language of one text, "" where it does not show."""
    if re.search(r"[\u3040-\u30ff]", text):
        return "ja"
    if re.search(r"[\uac00-\ud7af]", text):
        return "ko"
    if re.search(r"[\u0400-\u04ff]{2}", text):
        return "ru"
    for language, letters in _SCRIPTS.items():
        if re.search(f"[{letters}]{{2}}", text):
            return language
    if re.search(r"[\u4e00-\u9fff]", text):
        return "zh-Hant" if set(text) & _ONLY_TRADITIONAL else "zh"
    # the letters of a code such as y1_x1 are words elsewhere
    words = re.findall(r"[^\W\d_]+", re.sub(r"\S*[\d_]\S*|\bnon-\w+", " ", text.casefold()))
    words = words if len(words) > _CODES else [w for w in words if len(w) > 1]
    points = {language: 1.0 * sum(w in listed for w in words) for language, listed in _LISTED.items()}
    for language, letters in _LETTERS.items():
        points[language] += 1.5 * sum(c in letters for c in text.casefold())
    best, most = max(points.items(), key=lambda p: p[1])
    return best if most >= _ENOUGH or (most >= 1 and len(words) <= 3 and best != "en") else ""


def same(label: str) -> str:
    """A label for comparing: no case, plain signs, no closing mark; the names of forms are words joined by underscores.

    >>> same("Don’t  know."), same("very_satisfied")
    ("don't know", 'very satisfied')
    """
    plain = unicodedata.normalize("NFKC", label).casefold().replace("’", "'").replace("_", " ").strip()
    plain = plain.replace("i\u0307", "i")  # what case folding makes of the Turkish İ
    return " ".join(plain.split()).rstrip(".。!！,，")


def simplified(text: str) -> str:
    """The characters of scale words in their Simplified form; enough to compare labels, not to write them.

    >>> simplified("非常滿意")
    '非常满意'
    """
    return text.translate(_TRADITIONAL)


def ranks_in(labels: Sequence[str]) -> list[float] | None:
    """How far each label is for (above 0) or against (below): in the first language in which all of them say so.

    >>> ranks_in(["sehr unzufrieden", "teils/teils", "zufrieden"]), ranks_in(["やや満足", "非常に不満"]), ranks_in(["rot"])
    ([-3.0, 0.0, 2.0], [1.0, -3.0], None)
    """
    labels = [label.translate(ARABIC) for label in labels]
    for tongue in _TONGUES.values():
        found = [_rank(tongue, label) for label in labels]
        known = [r for r in found if r is not None]
        if len(known) == len(labels) and len(set(known)) == len(known):
            return known
    return None


def _rank(tongue: _Tongue, words: str) -> float | None:
    words = words.replace("ß", "ss")  # as case folding writes it
    if re.fullmatch(tongue.neutral, words):
        return 0.0
    against, pro = re.search(tongue.contra, words), re.search(tongue.pro, words)
    if not (against or pro) or len(words) > _LONGEST:
        return None
    direction = -1.0 if bool(against) != bool(re.search(tongue.denied, words)) else 1.0
    if re.search(tongue.strong, words):
        return 3.0 * direction
    little = re.search(tongue.weak, words) and not re.match(r"(?:peu|poco|pouco) ", words)
    return direction if little else 2.0 * direction


def often_in(words: str) -> float | None:
    """How often a word of frequency means, from 0 (never) to 8 (always)."""
    return _OFTEN.get(words.translate(ARABIC))


def missing_in(words: str) -> str:
    """The kind of missing that a label means, "" for an answer."""
    folded = words.replace("ß", "ss").translate(ARABIC)
    return next((kind for kind, pattern in _MISSING if re.fullmatch(pattern, folded)), "")
