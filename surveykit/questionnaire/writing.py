"""A questionnaire as YAML text: the way back, so that a changed or drafted one can be kept."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from surveykit.questionnaire.definitions import Item, Questionnaire, Scale

__all__ = ["as_key", "in_line", "quoted", "to_yaml"]

_PLAIN_KEY = re.compile(r"[A-Za-z_\u4e00-\u9fff][\w-]*")
_WIDE = 100


def to_yaml(q: Questionnaire) -> str:
    """YAML text that reads as an equal questionnaire."""
    data: dict[str, Any] = {
        "id": q.id,
        "title": q.title,
        "version": q.version,
        "languages": list(q.languages),
        "citation": q.citation,
        "note": q.note,
        "scales": {name: _scale(s) for name, s in q.scales.items()},
        "items": {name: _item(i) for name, i in q.items.items()},
        "constructs": {
            name: {
                "title": c.title,
                "items": list(c.items),
                "measurement": c.measurement,
                "min_valid": c.min_valid,
            }
            for name, c in q.constructs.items()
        },
        "metrics": {
            name: {"metric": m.metric, "title": m.title, **m.options} for name, m in q.metrics.items()
        },
        "paths": [f"{a} -> {b}" for a, b in q.paths],
        "model": q.model_text,
        "weight": q.weight,
        "groups": list(q.groups),
    }
    return "\n".join(_block(_without_empty(data), 0)) + "\n"


def _scale(scale: Scale) -> dict[str, Any]:
    return {
        "min": scale.min,
        "max": scale.max,
        "kind": scale.kind,
        "labels": {str(code): texts for code, texts in scale.labels.items()},
        "missing": scale.missing,
    }


def _item(item: Item) -> dict[str, Any]:
    inherited = item.scale.missing if item.scale else {}
    return {
        "text": item.text,
        "short": item.short,
        "type": item.type if item.type not in ("scale", "single") else None,
        "scale": item.scale.id if item.scale else None,
        "reverse": item.reverse or None,
        "options": item.options,
        "missing": {code: kind for code, kind in item.missing.items() if inherited.get(code) != kind},
        "aliases": list(item.aliases),
        "check": item.check,
        "contradicts": list(item.contradicts),
    }


def _without_empty(value: Any) -> Any:
    if isinstance(value, Mapping):
        kept = {k: _without_empty(v) for k, v in value.items()}
        return {k: v for k, v in kept.items() if v is not None and v not in ("", [], (), {})}
    return value


def _block(mapping: Mapping[str, Any], depth: int) -> list[str]:
    """A mapping, one key a line; what is short stands in braces."""
    lines: list[str] = []
    indent = "  " * depth
    for key, value in mapping.items():
        flow = f"{indent}{as_key(key)}: {in_line(value)}"
        if isinstance(value, Mapping) and (len(flow) > _WIDE or depth == 0):
            lines += [f"{indent}{as_key(key)}:", *_block(value, depth + 1)]
        else:
            lines.append(flow)
    return lines


def in_line(value: Any) -> str:
    """A value on one line, mappings in braces and lists in brackets."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{as_key(k)}: {in_line(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(in_line(v) for v in value) + "]"
    return quoted(value) if isinstance(value, str) else json.dumps(value)


def as_key(key: str) -> str:
    """A key, quoted where YAML would read it as something else."""
    return (
        key if _PLAIN_KEY.fullmatch(key) and key.casefold() not in {"null", "true", "false"} else quoted(key)
    )


def quoted(text: str) -> str:
    """A text in double quotes (JSON's are YAML's); what cannot be printed is escaped."""
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in json.dumps(text, ensure_ascii=False))
