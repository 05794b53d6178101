"""Runs what a theme brings along in a process of its own: its templates, and its style sheet over the pages.

A template may loop and a style sheet may ask for a million pages; neither may take the machine with it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from surveykit.errors import SurveykitError

__all__ = ["PAGES", "TEMPLATE", "Limits", "distant_pdf", "guarded_pdf", "judged", "rendered"]

MOST_PAGES = 2_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes of memory, seconds of processor (0: as many as it takes), characters of output, pages."""

    memory: int
    seconds: int
    output: int = 0
    pages: int = MOST_PAGES


TEMPLATE = Limits(memory=384_000_000, seconds=10, output=200_000)
PAGES = Limits(memory=3_000_000_000, seconds=240)
FREE = Limits(memory=0, seconds=0, pages=0)

_PDF = (
    "import json,sys; task=json.loads(sys.stdin.buffer.read()); sys.path[:]=task['path']; "
    "from surveykit.report._guard import serve; serve(task)"
)


def rendered(source: str, context: Mapping[str, Any], place: str, limits: Limits = TEMPLATE) -> str:
    """What a client's template gives; raises :class:`SurveykitError` where it fails or does not end."""
    return _of_template({"source": source, "context": dict(context), **asdict(limits)}, place, limits)


def judged(source: str, may: Mapping[str, Any], place: str, limits: Limits = TEMPLATE) -> None:
    """Read a client's template without running it; raises :class:`SurveykitError` where what is written cannot be used.

    ``may`` are the ``tags`` it may use, those of them with a class (``classed``), ``names`` and ``formats``.
    """
    _of_template({"source": source, "context": None, "may": dict(may), **asdict(limits)}, place, limits)


def _of_template(task: Mapping[str, Any], place: str, limits: Limits) -> str:
    child = Path(__file__).with_name("_template_child.py")
    done = _child([str(child)], task, place, "template", limits)
    answer = json.loads(done)
    if "html" in answer:
        return str(answer["html"])
    if answer["error"] == "MEMORY":
        raise _endless(place, "template", "more memory than it may have", limits)
    line = answer.get("line")
    raise SurveykitError(
        "the theme's template failed",
        f"{place}, line {line}" if line else place,
        got=answer["error"],
        hint="a template gets plain data: language, study, rows, findings, results; and number(key, format), label(name)",
        code="TEMPLATE",
    )


def guarded_pdf(
    html: str,
    style: str,
    families: tuple[str, ...],
    allowed: frozenset[str],
    place: str,
    limits: Limits = PAGES,
) -> bytes:
    """The PDF of a report under a client's style sheet; the same bytes as without the guard."""
    task = _task(html, style, families, allowed, limits)
    done = _child(["-c", _PDF], task, place, "style sheet", limits)
    head, _, body = done.partition(b"\n")
    answer = json.loads(head)
    if "error" not in answer:
        return body
    if answer["error"] == "MEMORY":
        raise _endless(place, "style sheet", "more memory than it may have", limits)
    raise SurveykitError(**answer["error"])


def distant_pdf(html: str, style: str, families: tuple[str, ...], allowed: frozenset[str]) -> bytes:
    """What :func:`surveykit.report._pdf.pdf_of` gives, made by a process beside this one; the same errors.

    Where the process cannot be had or dies (of memory, say) the work is done here.
    """
    from surveykit.report._pdf import pdf_of

    task = _task(html, style, families, allowed, FREE)
    try:
        done = subprocess.run(  # noqa: S603  (our own interpreter, on our own file)
            [sys.executable, "-P", "-c", _PDF],
            input=json.dumps(task).encode("utf-8", "surrogatepass"),
            capture_output=True,
        )
        head, _, body = done.stdout.partition(b"\n")
        error = "DIED" if done.returncode or not head else json.loads(head).get("error")
    except OSError:
        error, body = "DIED", b""
    if isinstance(error, dict):
        raise SurveykitError(**error)
    return pdf_of(html, style, families, allowed) if error else body


def _task(
    html: str, style: str, families: tuple[str, ...], allowed: frozenset[str], limits: Limits
) -> dict[str, Any]:
    return {
        "html": html, "style": style, "families": list(families), "allowed": sorted(allowed), "path": sys.path,
        **asdict(limits),
    }  # fmt: skip


def serve(task: Mapping[str, Any]) -> None:
    """The child's side of :func:`guarded_pdf` and :func:`distant_pdf`."""
    from surveykit.report._pdf import pdf_of
    from surveykit.report._template_child import limit

    if task["memory"]:
        limit(task["memory"], task["seconds"])
    body = b""
    try:
        body = pdf_of(
            task["html"], task["style"], tuple(task["families"]), frozenset(task["allowed"]), task["pages"]
        )
        head: dict[str, Any] = {}
    except SurveykitError as error:
        head = {"error": {k: getattr(error, k) for k in ("what", "expected", "got", "hint", "code")}}
    except MemoryError:
        head = {"error": "MEMORY"}
    sys.stdout.buffer.write(json.dumps(head).encode("utf-8") + b"\n" + body)


def _child(arguments: list[str], task: Mapping[str, Any], place: str, what: str, limits: Limits) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603  (our own interpreter, on our own file)
            [sys.executable, "-P", *arguments],
            input=json.dumps(task).encode("utf-8", "surrogatepass"),
            capture_output=True,
            timeout=4 * limits.seconds,
        )
    except subprocess.TimeoutExpired:
        raise _endless(place, what, "longer than it may take", limits) from None
    if done.returncode < 0:
        raise _endless(place, what, "longer than it may take", limits)
    if done.returncode or not done.stdout:
        told = "memory" in done.stderr.decode("utf-8", "replace").lower()
        raise _endless(
            place, what, "more memory than it may have" if told else "something it may not have", limits
        )
    return done.stdout


def _endless(place: str, what: str, took: str, limits: Limits) -> SurveykitError:
    return SurveykitError(
        f"the theme's {what} takes {took}",
        place,
        expected=f"at most {limits.seconds} seconds of processor and {limits.memory // 1_000_000:,} MB",
        hint=f"look for a loop without an end or a size beyond all measure in the {what}",
        code="THEME_LIMIT",
    )


__all__ += ["MOST_PAGES", "serve"]
