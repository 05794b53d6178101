"""Nobody is named by a result: identifiers in the names of groups, options and files are replaced before anything is written.

Columns of identifiers are left out where answers are read. What is left are single ones among names: a consultant who is
called by an e-mail address, a telephone number in the name of a file. The study's ``keep`` lets a column's stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from surveykit.identifiers import masked

__all__ = ["unnamed"]


def unnamed(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with identifiers in its labels, its results and the study's title and files replaced by their kind."""
    study = dict(document["study"])
    allowed = frozenset(_kept(document, frozenset(study.get("keep") or ())))
    known: dict[str, str] = {}

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            return masked(value, known, allowed)
        if isinstance(value, Mapping):
            return {
                masked(k, known, allowed) if isinstance(k, str) else k: clean(v) for k, v in value.items()
            }
        if isinstance(value, list | tuple):
            return [clean(v) for v in value]
        return value

    for name in ("title", "questionnaire"):
        if isinstance(study.get(name), Mapping):
            words = study[name]
            study[name] = {k: v if k == "sha256" else clean(v) for k, v in words.items()}
    if study.get("inputs"):
        study["inputs"] = {clean(name): digest for name, digest in study["inputs"].items()}
    return {
        **document,
        "study": study,
        **{part: clean(document[part]) for part in ("labels", "sample", "results")},
    }


def _kept(document: Mapping[str, Any], keep: frozenset[str]) -> Iterator[str]:
    """The texts of the columns that the study keeps."""
    for name, words in document["labels"].items():
        if name in keep or name.partition("=")[0] in keep:
            yield from words.values()
    for result in document["results"].values():
        if (result.get("options") or {}).get("by") in keep:
            yield from (str(row["group"]) for row in result["tidy"] if row.get("group"))
