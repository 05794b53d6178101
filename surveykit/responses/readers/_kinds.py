"""What a file is by its first bytes, where its name says something else."""

from __future__ import annotations

from surveykit.errors import SurveykitError

__all__ = ["refuse_other_kinds"]

_UNPACK = "unpack it and give the file inside"
_KINDS: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook",
     "give it its own ending (.xlsx, .ods); unpack an archive and give the file inside"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook, or one with a password", "give it the ending .xls"),
    (b"PAR1", "a Parquet file", "give it the ending .parquet"),
    (b"\x1f\x8b", "a packed file (gzip)", _UNPACK),
    (b"BZh", "a packed file (bzip2)", _UNPACK),
    (b"\xfd7zXZ", "a packed file (xz)", _UNPACK),
    (b"7z\xbc\xaf", "a packed file (7z)", _UNPACK),
    (b"(\xb5/\xfd", "a packed file (zstd)", _UNPACK),
    (b"Rar!", "a packed file (RAR)", _UNPACK),
    (b"$FL", "an SPSS file", "give it the ending .sav"),
    (b"<stata_dta>", "a Stata file", "give it the ending .dta"),
    (b"ARROW1", "an Arrow file", "save it as Parquet"),
    (b"SQLite format 3", "a SQLite database", "export the table as CSV or Parquet"),
    (b"%PDF", "a PDF", "export the answers as CSV or XLSX from where they were collected"),
    (b"\x89PNG", "a picture", "export the answers as CSV or XLSX from where they were collected"),
)  # fmt: skip
_PAGES = (b"<!doctype html", b"<html", b"<head", b"<?xml")


def refuse_other_kinds(data: bytes, source: str) -> None:
    """Refuse bytes that are no text: the file has another kind's beginning, or is a web page."""
    found = next(((what, hint) for mark, what, hint in _KINDS if data.startswith(mark)), None)
    if found is None and data[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_PAGES):
        found = (
            "a web page, or XML",
            "a download that asks to sign in gives such a page; export the answers as CSV or XLSX",
        )
    if found is not None:
        raise SurveykitError(
            f"this is {found[0]} under the name of a text file",
            source,
            expected="delimited text (CSV)",
            hint=found[1],
            code="OTHER_KIND",
        )
