"""The questionnaires that come with surveykit, and finding one by its id or its path."""

from __future__ import annotations

import dataclasses
import hashlib
from functools import lru_cache
from pathlib import Path

from surveykit.errors import Problems, SurveykitError, did_you_mean, quote
from surveykit.questionnaire import encoding, strict
from surveykit.questionnaire.definitions import Questionnaire

__all__ = ["data_dir", "find", "from_text", "library", "read"]

_PACKAGE = Path(__file__).resolve().parents[1]
_SUFFIXES = (".yaml", ".yml")


def data_dir(name: str) -> Path:
    """The folder ``questionnaires`` or ``reports``: inside an installed package, or beside it in a checkout.

    >>> data_dir("questionnaires").name
    'questionnaires'
    """
    for folder in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise SurveykitError(
        f"the folder {quote(name)} of this installation is missing",
        str(_PACKAGE),
        hint="install surveykit again",
        code="INSTALLATION",
    )


def library() -> dict[str, Path]:
    """The questionnaires that come with surveykit: id to file.

    >>> "nps" in library()
    True
    """
    return {path.stem: path for path in sorted(data_dir("questionnaires").glob("*.yaml"))}


def find(id_or_path: str | Path) -> Path:
    """The file of a library id, or the path itself. A word without a suffix is an id first."""
    if isinstance(id_or_path, str) and Path(id_or_path).suffix.casefold() not in _SUFFIXES:
        known = library()
        if id_or_path in known:
            return known[id_or_path]
        if "/" not in id_or_path and "\\" not in id_or_path and not _exists(id_or_path):
            raise SurveykitError(
                f"unknown questionnaire {quote(id_or_path)}",
                expected="an id of the library, or a YAML file",
                hint=did_you_mean(id_or_path, known),
                code="UNKNOWN_QUESTIONNAIRE",
            )
    path = Path(id_or_path)
    if path.name == str(id_or_path) and path.stem in library() and not _exists(path.name):
        hint = f"without the ending it is a questionnaire of the library: {quote(path.stem)}"
        raise SurveykitError("no such file", str(path), hint=hint, code="FILE_NOT_FOUND")
    return path


def read(path: Path) -> Questionnaire:
    """The questionnaire in a file, with its path and the SHA-256 of its bytes."""
    raw = encoding.read_bytes(path, strict.MAX_BYTES)
    q = from_text(encoding.decode(raw, str(path)), str(path))
    return dataclasses.replace(q, path=path, sha256=hashlib.sha256(raw).hexdigest())


@lru_cache(maxsize=8)
def from_text(text: str, file: str = "") -> Questionnaire:
    """A questionnaire from YAML text (the same text gives the same frozen object)."""
    from surveykit.questionnaire import build

    problems = Problems()
    document = strict.parse(text, file, problems)
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
    q = build.questionnaire(document, problems)
    return dataclasses.replace(q, sha256=digest, file=file, source=text)


def _exists(name: str) -> bool:
    try:
        return Path(name).is_file()
    except (OSError, ValueError):
        return False
