"""The files of a theme's folder: plain files that stand in it, of a size that is looked at before they are read."""

from __future__ import annotations

from pathlib import Path

from surveykit.errors import SurveykitError
from surveykit.files import inside

__all__ = ["content_of", "text_of"]


def content_of(folder: str | Path, name: str, most: int, what: str, code: str) -> bytes | None:
    """The bytes of a file of the folder; None where there is none.

    Raises :class:`SurveykitError` with ``code`` for a link that leads out of the folder (what it leads to would stand in a
    report that is sent away) and for more than ``most`` bytes, of which none is read.
    """
    try:
        path = inside(folder, name)
    except SurveykitError as error:
        raise _refused(
            what, Path(folder) / name, "a file of the theme's own folder", error.got, code
        ) from None
    if not path.is_file():
        return None
    size = path.stat().st_size
    if size > most:
        raise _refused(what, path, f"at most {most:,} bytes", f"{size:,} bytes", code)
    with path.open("rb") as file:
        return file.read(most)


def text_of(folder: str | Path, name: str, most: int, what: str, code: str) -> str | None:
    """The same as text; one that is not UTF-8 is refused."""
    content = content_of(folder, name, most, what, code)
    if content is None:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = f"byte {error.start + 1:,}"
        raise _refused(what, Path(folder) / name, "text in UTF-8", f"something else at {at}", code) from None


def _refused(what: str, path: Path, expected: str, got: str, code: str) -> SurveykitError:
    return SurveykitError(
        f"the theme's {what} cannot be used", str(path), expected=expected, got=got, code=code
    )
