"""Who answered must not be read off what was answered: identifiers, pseudonyms, free text, small cells.

Identifiers are recognised by form (e-mail, telephone, IP, coordinates, identity cards with their check digit, WeChat ids),
after Unicode's NFKC so that full-width digits count. Pseudonyms are HMAC-SHA-256 with a key that lies outside the data.
What has no form (a name in a sentence, a nickname) is not found; :data:`BLIND` says so.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveykit.errors import SurveykitError, quote

__all__ = [
    "BLIND", "KEY_VARIABLE", "anonymity", "identifier_kind", "is_chinese_id", "key_from", "new_key", "pseudonym", "scrub",
    "suppress_cells",
]  # fmt: skip

KEY_VARIABLE = "SURVEYKIT_KEY"
"""The environment variable that names the key file, so that the key need not lie beside the data."""

BLIND = {
    "en": "Names of people and places inside sentences, nicknames and hints to a person are not recognised.",
    "zh": "句子中出现的人名、地名、昵称以及可间接识别个人的描述无法自动识别。",
}
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_TOKEN = re.compile(
    r"\[(?:e-mail|telephone|identity card|account|address|coordinates|card)(?::[a-z2-7]{8})?\]"
)
_HINT = re.compile(
    r"@|\(at\)|\[at\]|(?:\d\D{0,4}){5}|::|wx|vx|weixin|wechat|微信|v信|qq|\bo[A-Za-z0-9_-]{27}", re.IGNORECASE
)
"""Without one of these a text holds no identifier that has a form: most answers need no second look."""
_LEAST_KEY = 16


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


_HEX = r"[0-9A-Fa-f]{1,4}"
_IP6 = rf"(?<![\w:])(?:(?:{_HEX}:){{4,7}}{_HEX}|(?:{_HEX}:){{2,6}}:{_HEX})(?![\w:])"
_ACCOUNT = (
    r"(?:微信号?|wechat|weixin|wx|vx|v信|qq号?)\s*(?:id)?\s*[:：是为 ]?\s*"
    r"(?=[A-Za-z0-9_-]*\d|[A-Za-z][A-Za-z_-]{5})[A-Za-z0-9][A-Za-z0-9_-]{4,19}"
)
_Test = Callable[[str], bool]
_FORMS: tuple[tuple[str, re.Pattern[str], _Test | None], ...] = (
    ("e-mail", re.compile(r"[\w.+%'-]+\s?(?:@|\(at\)|\[at\])\s?(?:[\w-]+\.)+[A-Za-z]{2,}", re.IGNORECASE), None),
    ("identity card", re.compile(r"(?<![\dA-Za-z])\d{17}[\dXx](?![\dA-Za-z])"), is_chinese_id),
    ("identity card", re.compile(r"(?<!\d)\d{15}(?!\d)"), _old_chinese_id),
    ("identity card", re.compile(r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)"), None),
    ("address", re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])"), _ip),
    ("address", re.compile(_IP6), None),
    ("telephone", re.compile(r"(?<![\d.])(?:\+|00)\d{1,3}[ ./()-]*\d(?:[ ./()-]*\d){5,12}(?!\d)"), _telephone),
    ("telephone", re.compile(r"(?<![\d.])(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?!\d)"), None),
    ("telephone", re.compile(r"(?<![\d.])(?:\(0?\d{2,4}\)[ -]?|0\d{2,4}[ /-])\d{3,4}[ -]?\d{3,5}(?!\d)"), _telephone),
    ("telephone", re.compile(r"(?<![\d.])\(?[2-9]\d{2}\)?[-. ]\d{3}[-. ]\d{4}(?!\d)"), None),
    ("card", re.compile(r"(?<![\d.])\d{4}(?:[ -]?\d{4}){2}[ -]?\d{1,7}(?!\d)"), _payment_card),
    ("coordinates", re.compile(r"(?<![\d.])-?(?:[1-8]?\d|90)\.\d{3,}\s*[,，;/ ]\s*-?(?:1[0-7]\d|[1-9]?\d|180)\.\d{3,}"), None),
    ("account", re.compile(r"\bwxid_[A-Za-z0-9]{6,}\b|\bo[A-Za-z0-9_-]{27}\b"), None),
    ("account", re.compile(_ACCOUNT, re.IGNORECASE), None),
)  # fmt: skip


def identifier_kind(text: str) -> str:
    """What identifier a whole cell is, "" for none.

    >>> identifier_kind("ａｎｎ＠ｅｘａｍｐｌｅ．ｏｒｇ"), identifier_kind("138 1234 5678"), identifier_kind("5")
    ('e-mail', 'telephone', '')
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    for kind, pattern, test in _FORMS:
        if (found := pattern.fullmatch(plain)) and (test is None or test(found.group())):
            return kind
    return ""


def new_key(path: str | Path) -> Path:
    """Make a key file of 32 random bytes that only its owner may read; an existing file is never replaced."""
    target = Path(path)
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise SurveykitError(
            f"there is a file {quote(str(target))} already", hint="a new key makes new pseudonyms; choose another name",
            code="KEY_EXISTS",
        ) from None  # fmt: skip
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")
    return target


def key_from(path: str | Path | None = None) -> bytes:
    """The key in a file, in the file that ``SURVEYKIT_KEY`` names, or, without either, a random one for this run."""
    named = path if path is not None else os.environ.get(KEY_VARIABLE)
    if not named:
        return secrets.token_bytes(32)
    try:
        content = Path(named).read_bytes().strip()
    except OSError as error:
        raise SurveykitError(
            "the key of the pseudonyms cannot be read", str(named), got=error.strerror or "", code="KEY"
        ) from None
    if len(content) < _LEAST_KEY:
        raise SurveykitError(
            "the key of the pseudonyms is too short", str(named), expected=f"{_LEAST_KEY} characters or more",
            hint='make one with surveykit.privacy.new_key("…")', code="KEY",
        )  # fmt: skip
    return content


def pseudonym(value: str, key: bytes, length: int = 16) -> str:
    """A stable token for an id: HMAC-SHA-256, base 32. Who lacks the key can neither undo nor guess it.

    >>> a, b = pseudonym("R-001", b"k" * 32), pseudonym(" R-001", b"k" * 32)
    >>> a == b, a != pseudonym("R-001", b"x" * 32), len(a)
    (True, True, 16)
    """
    plain = unicodedata.normalize("NFKC", value).strip()
    digest = hmac.new(key, plain.encode("utf-8"), hashlib.sha256).digest()
    return base64.b32encode(digest).decode("ascii").lower().rstrip("=")[:length]


def scrub(text: str, key: bytes | None = None) -> tuple[str, dict[str, int]]:
    """A text with its identifiers replaced, and how many of each kind there were.

    With a ``key`` equal identifiers get equal tokens. What was scrubbed before stays as it is.

    >>> scrub("Mail me: ann@example.org or +49 30 1234567")
    ('Mail me: [e-mail] or [telephone]', {'e-mail': 1, 'telephone': 1})
    >>> scrub(scrub("手机１３８１２３４５６７８")[0])
    ('手机[telephone]', {})
    """
    parts: list[str] = []
    counts: Counter[str] = Counter()
    plain, start = unicodedata.normalize("NFKC", text), 0
    if not _HINT.search(plain):
        return text, {}
    for token in _TOKEN.finditer(plain):
        parts += [_scrubbed(plain[start : token.start()], key, counts), token.group()]
        start = token.end()
    parts.append(_scrubbed(plain[start:], key, counts))
    return ("".join(parts), dict(counts)) if counts else (text, {})


def _scrubbed(text: str, key: bytes | None, counts: Counter[str]) -> str:
    for kind, pattern, test in _FORMS:

        def token(found: re.Match[str], kind: str = kind, test: _Test | None = test) -> str:
            if test is not None and not test(found.group()):
                return found.group()
            counts[kind] += 1
            return f"[{kind}]" if key is None else f"[{kind}:{pseudonym(found.group(), key, 8)}]"

        # tokens that were just written are no text to search
        pieces = re.split(f"({_TOKEN.pattern})", text)
        text = "".join(p if i % 2 else pattern.sub(token, p) for i, p in enumerate(pieces))
    return text


def suppress_cells(counts: ArrayLike, k: int) -> NDArray[np.bool_]:
    """Which cells of a two-way table of people may not be shown where its margins are, shape (r, c).

    Cells of 1 to k − 1 people, and further ones (the smallest that serve) until no hidden cell is determined by the
    table's rows and columns, alone or as a sum of fewer than k people in one row or column. Zeros stay: nobody is behind
    them. Published together with other tables of the same people, more may be determined.

    >>> suppress_cells([[20, 3, 30], [40, 50, 60], [15, 25, 35]], 5).astype(int).tolist()
    [[1, 1, 0], [0, 0, 0], [1, 1, 0]]
    """
    table = np.asarray(counts)
    hidden = (table > 0) & (table < k)
    for _ in range(table.size):
        open_cells = _determined(table, hidden, k)
        if not open_cells:
            break
        i, j = open_cells[0]
        further = _partner(table, hidden, i, j)
        if further is None:
            return np.asarray(table > 0)  # nothing else can hide it
        for at in further:
            hidden[at] = True
    return np.asarray(hidden)


def _determined(table: NDArray[np.int_], hidden: NDArray[np.bool_], k: int) -> list[tuple[int, int]]:
    """Hidden cells that the margins give away: a linear system whose solution is unique in them."""
    cells = np.argwhere(hidden)
    if not len(cells):
        return []
    r, c = table.shape
    system = np.zeros((r + c, len(cells)))
    for at, (i, j) in enumerate(cells):
        system[i, at] = system[r + j, at] = 1.0
    _, s, vt = np.linalg.svd(system)
    rank = int((s > 1e-9).sum())
    null = vt[rank:]
    fixed = np.abs(null).max(axis=0) < 1e-9 if len(null) else np.ones(len(cells), dtype=bool)
    found = [(int(i), int(j)) for (i, j), known in zip(cells, fixed, strict=True) if known]
    for axis, size in ((0, r), (1, c)):
        for line in range(size):
            mine = [(int(i), int(j)) for i, j in cells if (i, j)[axis] == line]
            if mine and sum(table[at] for at in mine) < k:
                found.append(mine[0])
    return found


def _partner(
    table: NDArray[np.int_], hidden: NDArray[np.bool_], i: int, j: int
) -> list[tuple[int, int]] | None:
    """The cheapest cells that turn a determined cell into a corner of a rectangle of hidden ones."""
    best: tuple[int, list[tuple[int, int]]] | None = None
    for row in range(table.shape[0]):
        for column in range(table.shape[1]):
            if row == i or column == j:
                continue
            corners = [(i, column), (row, j), (row, column)]
            if any(table[at] == 0 for at in corners):
                continue
            new = [at for at in corners if not hidden[at]]
            cost = int(sum(table[at] for at in new))
            if new and (best is None or cost < best[0]):
                best = (cost, new)
    return None if best is None else best[1]


def anonymity(quasi: Sequence[Sequence[str]], sensitive: Sequence[str] | None = None) -> dict[str, int]:
    """How well people hide among others with the same quasi-identifiers (one sequence of labels each).

    ``k`` is the size of the smallest group of equals, ``unique`` how many people are alone in theirs, ``groups`` their
    number; ``l`` the fewest different ``sensitive`` values in a group (Machanavajjhala et al. 2007).

    >>> anonymity([["f", "f", "m"], ["20", "20", "30"]], ["a", "b", "a"])
    {'k': 1, 'unique': 1, 'groups': 2, 'l': 1}
    """
    people = list(zip(*quasi, strict=True))
    sizes = Counter(people)
    found = {
        "k": min(sizes.values(), default=0),
        "unique": sum(n == 1 for n in sizes.values()),
        "groups": len(sizes),
    }
    if sensitive is not None:
        values: dict[tuple[str, ...], set[str]] = {}
        for person, value in zip(people, sensitive, strict=True):
            values.setdefault(person, set()).add(value)
        found["l"] = min((len(v) for v in values.values()), default=0)
    return found
