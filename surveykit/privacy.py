"""Who answered must not be read off what was answered: identifiers, pseudonyms, free text, small cells.

Identifiers are recognised by form (:mod:`surveykit.identifiers`). Pseudonyms are HMAC-SHA-256 with a key that lies
outside the data. What has no form (a name in a sentence, a nickname) is not found; :data:`BLIND` says so.
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
from surveykit.identifiers import FORMS, HINT, TOKEN, identifier_kind, is_chinese_id, plainly

__all__ = [
    "BLIND", "KEY_VARIABLE", "anonymity", "identifier_kind", "is_chinese_id", "key_from", "new_key", "pseudonym", "scrub",
    "suppress_cells",
]  # fmt: skip

KEY_VARIABLE = "SURVEYKIT_KEY"
"""The environment variable that names the key file, so that the key need not lie beside the data."""

BLIND = {
    "en": "Names of people and places inside sentences (unless a word announces them), nicknames and hints to a person are not "
    "recognised.",
    "zh": "句子中的人名和地名（前有“我叫”“姓名”等提示语的除外）、昵称以及可间接识别个人的描述无法自动识别。",
}
_LEAST_KEY = 16


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
    plain, start = plainly(text), 0
    if not HINT.search(plain):
        return text, {}
    for token in TOKEN.finditer(plain):
        parts += [_scrubbed(plain[start : token.start()], key, counts), token.group()]
        start = token.end()
    parts.append(_scrubbed(plain[start:], key, counts))
    return ("".join(parts), dict(counts)) if counts else (text, {})


def _scrubbed(text: str, key: bytes | None, counts: Counter[str]) -> str:
    for kind, pattern, test in FORMS:
        if not pattern.search(text):
            continue

        def token(found: re.Match[str], kind: str = kind, test: Callable[[str], bool] | None = test) -> str:
            if test is not None and not test(found.group()):
                return found.group()
            counts[kind] += 1
            return f"[{kind}]" if key is None else f"[{kind}:{pseudonym(found.group(), key, 8)}]"

        # tokens that were just written are no text to search
        pieces = re.split(f"({TOKEN.pattern})", text)
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
