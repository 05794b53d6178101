"""Identifiers by their form: what of a text tells who wrote it, in English and Chinese and how people write it elsewhere.

E-mail addresses (also spelled out), telephones, IP and postal addresses, coordinates, identity cards and passports, bank
cards and accounts, number plates, birthdays, accounts of social networks, and names after words that announce one. Where a
form has a check digit (identity cards, cards, IBAN) it decides. All after Unicode's NFKC, so that full-width digits count.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, MutableMapping

from surveykit.errors import quote

__all__ = ["FORMS", "HINT", "TOKEN", "identifier_kind", "is_chinese_id", "masked", "plainly", "shown_cell"]

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
KINDS = (
    "e-mail", "telephone", "identity card", "account", "address", "coordinates", "card", "birthday", "number plate", "name",
)  # fmt: skip
TOKEN = re.compile(rf"\[(?:{'|'.join(KINDS)})(?::[a-z2-7]{{8}})?\]")
HINT = re.compile(
    r"@|%40|\(at\)|\[at\]|\bat\b|\d|::|wx|vx|weixin|wechat|微信|v信|qq|\bo[A-Za-z0-9_-]{27}|\.com|\.me/|name|我叫|姓名|名字"
    r"|[一幺][三四五六七八九]",
    re.IGNORECASE,
)
"""Without one of these a text holds no identifier that has a form: most answers need no second look."""


def is_chinese_id(text: str) -> bool:
    """Whether a text is a Chinese identity number of 18 places: region, birthday, check digit (GB 11643-1999).

    >>> is_chinese_id("11010519491231002X"), is_chinese_id("110105194912310021")
    (True, False)
    """
    if not re.fullmatch(
        r"[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]", text
    ):
        return False
    total = sum(int(d) * w for d, w in zip(text[:17], _WEIGHTS, strict=True))
    return _CHECK[total % 11] == text[-1].upper()


def _old_chinese_id(text: str) -> bool:
    return bool(re.fullmatch(r"[1-9]\d{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}", text))


def _payment_card(text: str) -> bool:
    digits = [int(c) for c in text if c.isdigit()]
    if not 13 <= len(digits) <= 19:
        return False
    doubled = [d if i % 2 == 0 else (2 * d - 9 if d > 4 else 2 * d) for i, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def _ip(text: str) -> bool:
    return all(int(p) < 256 for p in text.split("."))


def _telephone(text: str) -> bool:
    return 7 <= sum(c.isdigit() for c in text) <= 15


def _iban(text: str) -> bool:
    """The check digits of an IBAN (ISO 13616)."""
    plain = text.replace(" ", "")
    if not 15 <= len(plain) <= 34:
        return False
    return int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1


_HEX = r"[0-9A-Fa-f]{1,4}"
_IP6 = rf"(?<![\w:])(?:(?:{_HEX}:){{4,7}}{_HEX}|(?:{_HEX}:){{2,6}}:{_HEX})(?![\w:])"
_ACCOUNT = (
    r"(?:微信号?|wechat|weixin|wx|vx|v信|qq号?)\s*(?:id)?\s*[:：是为 ]?\s*"
    r"(?=[A-Za-z0-9_-]{0,19}\d|[A-Za-z][A-Za-z_-]{5})[A-Za-z0-9][A-Za-z0-9_-]{4,19}"
)
_NETWORKS = r"facebook|fb|instagram|twitter|x|linkedin|tiktok|douyin|weibo|xiaohongshu|telegram|t|vk|youtube|zhihu|bilibili"
_PROFILE = (
    rf"(?:https?://)?(?<![\w-])(?:[\w-]{{1,63}}\.)?(?:{_NETWORKS})\.(?:com|me|cn|ru)/[\w.@%/-]{{3,200}}"
)
_TOP = r"(?:[A-Za-z]{2,24}|[^\W\d_A-Za-z]{2,24})"
_MAIL = rf"(?<![\w.+%'-])[\w.+%'-]{{1,64}}?\s?(?:@|%40|\(at\)|\[at\])\s?(?:[\w-]{{1,63}}\.){{1,8}}{_TOP}"
_SPELLED = (
    r"(?<![\w.+-])[\w.+-]{1,64}(?:(?:\sdot\s|\s?(?:\[dot\]|\(dot\))\s?)[\w-]{1,63}){0,3}\s?(?:\[at\]|\(at\)|\bat\b)\s?[\w-]{1,63}"
    r"(?:\s?(?:\bdot\b|\[dot\]|\(dot\)|\.)\s?[\w-]{1,63}){0,3}?\s?(?:\bdot\b|\[dot\]|\(dot\))\s?[A-Za-z]{2,24}\b"
)
_NAMED = r"(?:\b[Mm]y name is|\b[Ii] am called|\b[Nn]ame\s?[:：])\s+[A-Z][\w'’-]+(?:\s[A-Z][\w'’-]+){0,3}"
_NAMED_ZH = (
    r"(?:我叫|我的名字[是叫]|姓名\s?[:：是为])\s?(?![了过来着人他她它你我大咱这那个外])[\u4e00-\u9fff·]{2,3}"
)
_STREET = (
    r"\b\d{1,5}[A-Za-z]?,?\s(?:[A-Z][\w'’.-]{1,40}\s){1,4}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Boulevard|Blvd|Court|Square)\b\.?"
    r"|\b(?:\b[A-ZÄÖÜ][\w-]{0,40}(?:straße|strasse|allee|gasse)|[A-ZÄÖÜ][\w-]{0,40}\s(?:Straße|Strasse|Allee))\s\d{1,4}[a-z]?\b"
    r"|\b\d{1,4},?\s(?:rue|avenue|boulevard|place|calle)\s[\w' ’-]{3,40}"
)
_STREET_ZH = (
    r"[\u4e00-\u9fff]{2,20}(?:路|街|大道|巷|弄|胡同|道)\s?\d{1,5}\s?[号弄]"
    r"(?:[\u4e00-\u9fff\d-]{0,12}?\d+\s?(?:楼|层|室|单元|栋|幢))*"
)
_PASSPORT = r"(?:\bpassport|护照|通行证|台胞证|回乡证)\s?(?:no|number|nr|号码?|号)?\.?\s?[:：#是为]?\s?[A-Z]{0,2}\d{7,9}(?!\d)"
_CARD_ZH = r"身份证(?:号码?|号)?\s?[:：是为]?\s?\d{14,17}[\dXx](?!\d)"
_BORN = (
    r"(?:\bdob|\bdate of birth|\bborn(?: on)?|生日|出生(?:日期|于|年月)?)\s?[:：是为]?\s?"
    r"(?:\d{4}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}\s?日?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}"
    r"|\d{1,2}(?:st|nd|rd|th)? [A-Z][a-z]{2,8}\.?,? \d{4}"
    r"|[A-Z][a-z]{2,8}\.? \d{1,2},? \d{4})"
)
_PLATE = r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][ ·•]?[A-HJ-NP-Z0-9]{5,6}(?![A-Za-z0-9])"
_BANK = r"(?:银行卡|卡号|账号|帐号|\baccount (?:no\.?|number))号?\s?[:：是为]?\s?\d{9,19}(?!\d)"
_PLACE = r"\d{1,3}\.\d{3,}"
_VERBATIM = 60
_Test = Callable[[str], bool]
FORMS: tuple[tuple[str, re.Pattern[str], _Test | None], ...] = (
    ("e-mail", re.compile(_MAIL, re.IGNORECASE), None),
    ("e-mail", re.compile(_SPELLED, re.IGNORECASE), None),
    ("account", re.compile(_PROFILE, re.IGNORECASE), None),
    ("identity card", re.compile(_CARD_ZH), None),
    ("identity card", re.compile(_PASSPORT, re.IGNORECASE), None),
    ("identity card", re.compile(r"(?<![\dA-Za-z])\d{17}[\dXx](?![\dA-Za-z])"), is_chinese_id),
    ("identity card", re.compile(r"(?<!\d)\d{15}(?!\d)"), _old_chinese_id),
    ("identity card", re.compile(r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)"), None),
    ("birthday", re.compile(_BORN, re.IGNORECASE), None),
    ("address", re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])"), _ip),
    ("address", re.compile(_IP6), None),
    ("card", re.compile(r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){2,7}(?:\s?[A-Z0-9]{1,3})?\b"), _iban),
    ("telephone", re.compile(r"(?<![\d.])(?:\+|00)\d{1,3}[ ./()-]*\d(?:[ ./()-]*\d){5,12}(?!\d)"), _telephone),
    ("telephone", re.compile(r"(?<![\d.])(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?!\d)"), None),
    ("telephone", re.compile(r"(?<![\d.])1(?:[ .-][3-9])(?:[ .-]\d){9}(?!\d)"), None),
    ("telephone", re.compile(r"[一幺][三四五六七八九](?:[ ，-]?[零〇一二三四五六七八九幺]){9}"), None),
    ("telephone", re.compile(r"(?<![\d.])0[1-9](?:[ .-]\d{2}){4}(?!\d)"), None),
    ("telephone", re.compile(r"(?<![\d.])(?:\(0?\d{2,4}\)[ -]?|0\d{2,4}[ /-])\d{3,4}[ -]?\d{3,5}(?!\d)"), _telephone),
    ("telephone", re.compile(r"(?<![\d.])(?:1[ -])?\(?[2-9]\d{2}\)?[-. ]\d{3}[-. ]\d{4}(?!\d)"), None),
    ("card", re.compile(_BANK, re.IGNORECASE), None),
    ("card", re.compile(r"(?<![\d.])\d{4}(?:[ -]?\d{4}){2}[ -]?\d{1,7}(?!\d)"), _payment_card),
    ("coordinates", re.compile(r"(?<![\d.])-?(?:[1-8]?\d|90)\.\d{3,}\s*[,，;/ ]\s*-?(?:1[0-7]\d|[1-9]?\d|180)\.\d{3,}"), None),
    ("coordinates", re.compile(rf"{_PLACE}\s?°?\s?[NS]\s?[,，;/]?\s?{_PLACE}\s?°?\s?[EW]\b"), None),
    ("coordinates", re.compile(rf"\b(?:lat|latitude|纬度)\s?[:：=]?\s?-?{_PLACE}.{{0,3}}(?:lo?ng?|longitude|经度)"
                               rf"\s?[:：=]?\s?-?{_PLACE}", re.IGNORECASE), None),
    ("number plate", re.compile(_PLATE), None),
    ("address", re.compile(_STREET), None),
    ("address", re.compile(_STREET_ZH), None),
    ("account", re.compile(r"\bwxid_[A-Za-z0-9]{6,}\b|\bo[A-Za-z0-9_-]{27}\b"), None),
    ("account", re.compile(_ACCOUNT, re.IGNORECASE), None),
    ("account", re.compile(r"(?<![\w.@])@[A-Za-z]\w{2,29}\b"), None),
    ("name", re.compile(_NAMED), None),
    ("name", re.compile(_NAMED_ZH), None),
)  # fmt: skip
"""Kind, pattern and, where the form has one, the test that decides; the more telling forms come first."""


_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")


def plainly(text: str) -> str:
    """A text as its forms are looked for: after NFKC, without marks that nobody sees (they come along where it is copied).

    >>> plainly("ａnn\u200b@example.org")
    'ann@example.org'
    """
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text))


def identifier_kind(text: str) -> str:
    """What identifier a whole cell is, "" for none.

    >>> identifier_kind("ａｎｎ＠ｅｘａｍｐｌｅ．ｏｒｇ"), identifier_kind("138 1234 5678"), identifier_kind("5")
    ('e-mail', 'telephone', '')
    """
    plain = plainly(text).strip()
    for kind, pattern, test in FORMS:
        if (found := pattern.fullmatch(plain)) and (test is None or test(found.group())):
            return kind
    return ""


def shown_cell(value: object) -> str:
    """A cell of the answers for a message: identifiers by their kind, long texts by their length, the rest quoted.

    >>> shown_cell("Maybe"), shown_cell("write to ann@example.org")
    ("'Maybe'", "'write to [e-mail]'")
    """
    if not isinstance(value, str):
        return quote(value)
    if len(value) > _VERBATIM:
        return f"a text of {len(value):,} characters"
    plain = plainly(value)
    if not HINT.search(plain):
        return quote(value)
    hidden = plain
    for kind, pattern, test in FORMS:
        for found in reversed(list(pattern.finditer(hidden))):
            if test is None or test(found.group()):
                hidden = f"{hidden[: found.start()]}[{kind}]{hidden[found.end() :]}"
    return quote(value if hidden == plain else hidden)


_LONG = re.compile(
    r"@|\(at\)|\d[\d .()/-]{5,}[\dXx]|\d[.]\d{3,}|::|wxid_|\bo[A-Za-z0-9_-]{27}\b", re.IGNORECASE
)
_MASKED = tuple(
    (kind, pattern, test)
    for kind, pattern, test in FORMS
    if kind in ("e-mail", "telephone", "identity card", "coordinates", "card")
    or (kind == "address" and (test is _ip or pattern.pattern == _IP6))
    or (kind == "account" and "wxid_" in pattern.pattern)
)


def masked(text: str, known: MutableMapping[str, str], allowed: frozenset[str] = frozenset()) -> str:
    """A name that is to be shown (of a group, an option, a file), its identifiers replaced by their kind.

    Only what is unmistakable by its form: shop names with a street in them stay. Equal identifiers get equal words and
    different ones different numbers, so that groups stay apart; ``known`` remembers them. ``allowed`` ones stay.

    >>> seen = {}
    >>> masked("ann@example.org", seen), masked("bob@example.org", seen), masked("12 Oak Street", seen)
    ('[e-mail 1]', '[e-mail 2]', '12 Oak Street')
    """
    if not _LONG.search(plain := plainly(text)):
        return text
    hidden = plain
    for kind, pattern, test in _MASKED:
        for found in reversed(list(pattern.finditer(hidden))):
            one = found.group()
            if one in allowed or (test is not None and not test(one)):
                continue
            if one not in known:
                known[one] = f"[{kind} {1 + sum(v.startswith(f'[{kind} ') for v in known.values())}]"
            hidden = f"{hidden[: found.start()]}{known[one]}{hidden[found.end() :]}"
    return text if hidden == plain else hidden
