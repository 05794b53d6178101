"""Whether a report is the one that these inputs give: hashes, the flow of rows, the numbers on the page.

Every form of a report carries the SHA-256 of its ``results.json`` (as a keyword of its metadata), and
``results.json`` carries those of the study, the questionnaire and the answers. Every form also says what it held when it was
made. What was changed afterwards shows, in inputs, results and every form; which number it was, in all but the PDF.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from surveykit.errors import SurveykitError, quote
from surveykit.files import sha256 as file_digest
from surveykit.findings import FORMATS, Document
from surveykit.identifiers import masked
from surveykit.questionnaire import data_dir
from surveykit.report import JOINER, SEAL
from surveykit.report._whole import as_made
from surveykit.study.edited import strangers

__all__ = ["Checked", "verify"]

_SEAL = re.compile(re.escape(SEAL).encode() + rb"([0-9a-f]{64})")
_MOST = 512 << 20  # bytes; a report unpacks to far less


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that was looked at: its name, whether it holds, what was found."""

    name: str
    ok: bool
    found: str

    def text(self) -> str:
        """One line."""
        return f"{'ok    ' if self.ok else 'DIFFERS'}  {self.name}: {self.found}"

    def to_dict(self) -> dict[str, Any]:
        """The finding as plain data."""
        return asdict(self)


def verify(
    report: str | Path, *, inputs: str | Path | None = None, study: str | Path | None = None
) -> tuple[Checked, ...]:
    """Check a file of a run (``report.pdf``, ``.html``, ``.docx``, ``tables.xlsx``, ``results.json``) or its folder.

    The ``results.json`` beside it must be the one the report was made from; the inputs it names are looked for in
    ``inputs``, else in the folder of the report and the one above; rows read must be rows used and set aside; each file must be
    as it was made; each number on an HTML page must be the one under its key, each of a workbook one of ``results.json``, each of
    a document or of slides one of the page beside it. With ``study`` the study is run again, in memory,
    and must give the same ``results.json``.

    Raises :class:`SurveykitError` where there is nothing to check.
    """
    path = Path(report)
    folder = path if path.is_dir() else path.parent
    results = folder / "results.json"
    if not results.is_file():
        raise SurveykitError(
            "there is no results.json beside the report",
            str(folder),
            expected="the files of one run together in a folder",
            code="NO_RESULTS",
        )
    content = results.read_bytes()
    document = _document(content, results)
    found = [*_sealed(_forms(path), content), *_inputs(document, _folders(folder, inputs)), _flow(document)]
    whole = [p for p in _forms(path) if not _unreadable(p)]
    found += [
        c
        for p in whole
        for c in (_page(p, Document(document)) if p.suffix == ".html" else _form(p, document))
    ]
    if study is not None:
        found.append(_again(study, content))
    return tuple(found)


def _document(content: bytes, path: Path) -> dict[str, Any]:
    try:
        document = json.loads(content)
        ok = isinstance(document, dict) and {"study", "rows", "results"} <= set(document)
    except ValueError:
        ok = False
    if not ok:
        raise SurveykitError("this is no results.json of surveykit", str(path), code="NO_RESULTS")
    found: dict[str, Any] = document
    return found


def _forms(path: Path) -> Sequence[Path]:
    """The files that carry a seal: the one that was named, or all in the folder."""
    kinds = (".pdf", ".html", ".docx", ".pptx", ".xlsx")
    if path.is_dir():
        return sorted(p for p in path.iterdir() if p.suffix in kinds)
    if not path.is_file():
        raise SurveykitError("no such file", str(path), code="FILE_NOT_FOUND")
    return [path] if path.suffix in kinds else []


def _sealed(files: Sequence[Path], results: bytes) -> Iterator[Checked]:
    made = sha256(results).hexdigest()
    for path in files:
        if problem := _unreadable(path):
            yield Checked(path.name, False, problem)
            continue
        content = path.read_bytes()
        seals = set(_seals(path.suffix, content))
        as_it_was = as_made(content, path.suffix[1:])
        if not seals:
            yield Checked(path.name, False, "it does not name the results.json it was made from")
        elif seals != {made}:
            yield Checked(path.name, False, "made from another results.json")
        elif as_it_was is None:
            yield Checked(path.name, False, "it no longer says what it held when it was made")
        elif not as_it_was:
            yield Checked(path.name, False, "edited, or saved by another program, since it was made")
        else:
            yield Checked(path.name, True, "made from the results.json beside it, and as it was made")


def _unreadable(path: Path) -> str:
    """What is wrong with a file that cannot be looked into; "" where nothing is."""
    if path.suffix not in (".docx", ".pptx", ".xlsx"):
        return ""
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MOST:
                return "it would unpack to more than any report"
            return "damaged" if archive.testzip() else ""
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError):
        return "damaged"


def _seals(suffix: str, content: bytes) -> Iterator[str]:
    """The hashes that a file carries, wherever its format keeps keywords."""
    if suffix in (".docx", ".pptx", ".xlsx"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = [archive.read(n) for n in archive.namelist() if n == "docProps/core.xml"]
    elif suffix == ".pdf":
        parts = [content, *_inflated(content)]
    else:
        parts = [content]
    for part in parts:
        yield from (found.decode("ascii") for found in _SEAL.findall(part))


def _inflated(pdf: bytes) -> Iterator[bytes]:
    for start in re.finditer(rb"stream\r?\n", pdf):
        try:
            yield zlib.decompressobj().decompress(pdf[start.end() :], _MOST)
        except zlib.error:
            continue  # an image or a font under another filter


def _folders(folder: Path, inputs: str | Path | None) -> Sequence[Path]:
    named = [Path(inputs)] if inputs is not None else [folder, folder.resolve().parent]
    return [*named, data_dir("questionnaires")]  # a study may name a shipped questionnaire


def _inputs(document: Mapping[str, Any], folders: Sequence[Path]) -> Iterator[Checked]:
    for name, digest in (document["study"].get("inputs") or {}).items():
        there = [p for f in folders for n in (name, Path(name).name) if (p := f / n).is_file()]
        there = there or _called(name, folders)
        if not there:
            yield Checked(name, False, "not found: name its folder with --inputs")
        elif any(file_digest(p) == digest for p in there):
            yield Checked(name, True, "the same bytes as in the run")
        else:
            yield Checked(name, False, "changed since the run")


def _called(name: str, folders: Sequence[Path]) -> list[Path]:
    """Files whose name held an identifier, which the report replaced by its kind."""
    if "[" not in name:
        return []
    alike = re.sub(r" \d+\]", "]", name)
    files = [p for f in folders if f.is_dir() for p in f.iterdir() if p.is_file()]
    return [p for p in files if re.sub(r" \d+\]", "]", masked(p.name, {})) == alike]


def _flow(document: Mapping[str, Any]) -> Checked:
    rows = document["rows"]
    aside = sum(entry["rows"] for entry in rows["set_aside"])
    told = f"{rows['read']} read = {rows['used']} used + {aside} set aside"
    return Checked("rows", rows["read"] == rows["used"] + aside, told)


class _Numbers(HTMLParser):
    """Every number of a page with its key and its format."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str]] = []
        self._at: tuple[str, str] | None = None

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        key, shown = named.get("data-key"), named.get("data-format")
        self._at = (key, shown) if key and shown and shown != "text" else None

    def handle_data(self, data: str) -> None:
        if self._at is not None:
            self.found.append((*self._at, data))
            self._at = None


def _page(path: Path, document: Document) -> Iterator[Checked]:
    parser = _Numbers()
    parser.feed(path.read_text(encoding="utf-8"))
    wrong = [(key, shown) for key, kind, shown in parser.found if not _agrees(document, key, kind, shown)]
    if wrong:
        key, shown = wrong[0]
        yield Checked(f"numbers of {path.name}", False, f"{len(wrong)} differ, first {quote(shown)} at {key}")
    else:
        yield Checked(f"numbers of {path.name}", True, f"{len(parser.found):,} are those under their keys")


def _form(path: Path, document: Mapping[str, Any]) -> Iterator[Checked]:
    found = strangers(path, document)
    if found is None:
        return
    n, strange, where = found
    if strange:
        number, at = strange[0]
        told = f"{len(strange)} not {where}, first {quote(number)} at {quote(at)}"
        yield Checked(f"numbers of {path.name}", False, told)
    else:
        yield Checked(f"numbers of {path.name}", True, f"{n:,} stand {where}")


def _agrees(document: Document, key: str, kind: str, shown: str) -> bool:
    try:
        value = document.value(key)
        text = "–" if value is None else FORMATS[kind](value)
    except (SurveykitError, KeyError, TypeError, ValueError):
        return False
    return text == shown.replace(JOINER, "")


def _again(study: str | Path, content: bytes) -> Checked:
    from surveykit.study.execute import results_of

    same = results_of(study).encode("utf-8") == content
    told = "the same results.json" if same else "another results.json"
    return Checked("run again", same, told)
