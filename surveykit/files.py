"""Writing files so that a reader sees the old or the new one, never a part; and safe output names.

Everything that surveykit writes goes through :func:`write_atomic`. :func:`require_writable` asks the
same of a folder before a long analysis starts.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from surveykit.errors import ExitCode, SurveykitError, quote

__all__ = [
    "atomic_file", "clean_stale_temps", "inert", "inside", "live", "require_writable", "sha256", "write_atomic",
]  # fmt: skip

_TEMP_PREFIX = ".surveykit-"
_FORMULA = r"[=+\-@＝＋－＠]"
_GUARDED = rf"(?='*(?:[^\S\t\r\n]*{_FORMULA}|[\t\r\n\0]))", rf"(?='*{_FORMULA})"
"""What must not begin a cell, and what must not follow a mark that some countries' programs take for the end of one."""
_INERT = re.compile(rf"^{_GUARDED[0]}|(?<=[;\t\r\n]){_GUARDED[1]}")
_LIVE = re.compile(rf"^'{_GUARDED[0]}|(?<=[;\t\r\n])'{_GUARDED[1]}")
_DEVICES = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"com{i}" for i in range(1, 10)),
    *(f"lpt{i}" for i in range(1, 10)),
}


def write_atomic(path: str | Path, content: bytes | str) -> Path:
    """Write ``content`` to ``path``: a temporary file beside it, fsync, replace, fsync of the folder.

    Whatever happens in between, ``path`` holds its old bytes or the new ones. Text is UTF-8.
    Raises :class:`SurveykitError` with exit code 73 where nothing can be created, 74 where writing fails.
    """
    target = Path(path)
    data = content.encode("utf-8") if isinstance(content, str) else content
    if target.is_dir():
        raise _cannot_create(target, "it is a directory")
    temp = target.parent / _temp_name()
    try:
        handle = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise _cannot_create(target, error.strerror or str(error)) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temp, 0o666 & ~_umask())
        os.replace(temp, target)
        _sync_folder(target.parent)
    except OSError as error:
        raise _cannot_write(target, error, len(data)) from None
    finally:
        with contextlib.suppress(OSError):
            temp.unlink()
    return target


@contextlib.contextmanager
def atomic_file(path: str | Path) -> Iterator[Path]:
    """A temporary file beside ``path`` for what is written in pieces; it takes the name when the block ends well.

    An error leaves what was there before and no temporary file. Codes are those of :func:`write_atomic`.
    """
    target = Path(path)
    if target.is_dir():
        raise _cannot_create(target, "it is a directory")
    temp = target.parent / _temp_name()
    try:
        os.close(os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise _cannot_create(target, error.strerror or str(error)) from None
    try:
        yield temp
        with open(temp, "rb") as file:
            os.fsync(file.fileno())
        os.chmod(temp, 0o666 & ~_umask())
        os.replace(temp, target)
        _sync_folder(target.parent)
    except OSError as error:
        size = temp.stat().st_size if temp.exists() else 0
        raise _cannot_write(target, error, size) from None
    finally:
        with contextlib.suppress(OSError):
            temp.unlink()


def require_writable(directory: str | Path, names: Iterable[str] = ()) -> None:
    """Raise now what :func:`write_atomic` would raise later, before the work of minutes is done.

    The folder need not exist: then the nearest one above it must let files be created. Whether it does
    is tried, not asked: permissions say little on a read-only mount or to root. Nothing stays behind.
    """
    wanted = Path(directory)
    folder = wanted
    while not folder.exists() and not folder.is_symlink() and folder.parent != folder:
        folder = folder.parent
    if not folder.is_dir():
        raise _cannot_create(wanted, f"{folder} is not a directory")
    probe = folder / _temp_name()
    try:
        os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise _cannot_create(wanted, error.strerror or str(error)) from None
    finally:
        with contextlib.suppress(OSError):
            probe.unlink()
    for name in names:
        if inside(wanted, name).is_dir():
            raise _cannot_create(wanted / name, "it is a directory")


def inside(directory: str | Path, name: str) -> Path:
    """``directory / name``, refused where it would leave the directory or is no portable file name.

    >>> inside("/out", "report.pdf").name
    'report.pdf'
    """
    stem = name.split(".", 1)[0].casefold()
    reason = ""
    if not name or name in {".", ".."} or any(c in name for c in "/\\\0"):
        reason = "a plain file name is needed"
    elif stem in _DEVICES:
        reason = "that is the name of a device"
    elif len(name.encode("utf-8", "replace")) > 255:
        reason = "it is longer than 255 bytes"
    path = Path(directory) / name
    if not reason and path.is_symlink() and not path.resolve().is_relative_to(Path(directory).resolve()):
        reason = "it is a link that leads out of the directory"
    if reason:
        raise SurveykitError(
            f"refused output name {quote(name)}", str(directory), got=reason, code="OUTPUT_NAME"
        )
    return path


def inert(text: str) -> str:
    """A text for a cell of a CSV file that no spreadsheet takes for a formula: an apostrophe stands before what would begin one.

    Behind ``;`` and a tab as well, where programs of some countries begin a new cell. :func:`live` takes it away again.

    >>> inert("=1+1"), inert("tea;=1+1"), inert("it's; - good"), inert("'=1")
    ("'=1+1", "tea;'=1+1", "it's; - good", "''=1")
    """
    return _INERT.sub("'", text)


def live(text: str) -> str:
    """The text as it was before :func:`inert`.

    >>> live("tea;'=1+1"), live("''=1"), live("it's")
    ('tea;=1+1', "'=1", "it's")
    """
    return _LIVE.sub("", text)


def sha256(path: str | Path) -> str:
    """The SHA-256 of a file's bytes, as hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def clean_stale_temps(directory: str | Path) -> int:
    """Remove temporary files that a killed run left in ``directory``; how many there were."""
    stale = [p for p in Path(directory).glob(f"{_TEMP_PREFIX}*.tmp") if not _alive(p)]
    for path in stale:
        with contextlib.suppress(OSError):
            path.unlink()
    return len(stale)


def _alive(temp: Path) -> bool:
    try:
        os.kill(int(temp.name.removeprefix(_TEMP_PREFIX).split("-")[0]), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def _temp_name() -> str:
    return f"{_TEMP_PREFIX}{os.getpid()}-{secrets.token_hex(4)}.tmp"


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _cannot_create(target: Path, reason: str) -> SurveykitError:
    return SurveykitError(
        "cannot create the output file",
        str(target),
        got=reason,
        hint="choose a folder that exists and may be written, with -o",
        code="CANNOT_CREATE",
        exit_code=ExitCode.CANNOT_CREATE,
    )


def _cannot_write(target: Path, error: OSError, size: int) -> SurveykitError:
    hint = "the file that was there before is unchanged"
    if error.errno == errno.ENOSPC:
        with contextlib.suppress(OSError):
            hint = f"{shutil.disk_usage(target.parent).free:,} are free; {hint}"
        hint = f"{size:,} bytes are needed; {hint}"
    return SurveykitError(
        "writing failed",
        str(target),
        got=error.strerror or str(error),
        hint=hint,
        code="WRITE_FAILED",
        exit_code=ExitCode.INPUT_OUTPUT,
    )
