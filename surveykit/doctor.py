"""``surveykit doctor``: what is missing on this machine, and the command that mends it."""

from __future__ import annotations

import ctypes
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import Any

__all__ = ["Finding", "examine"]

_MIN_PYTHON = (3, 11)
# library file: (what needs it, Debian's package)
_LIBRARIES = {
    "libpango-1.0.so.0": ("PDF: the text engine", "libpango-1.0-0"),
    "libpangoft2-1.0.so.0": ("PDF: the text engine", "libpangoft2-1.0-0"),
    "libharfbuzz-subset.so.0": ("PDF: Chinese fonts in 1 s instead of 5 to 30 s", "libharfbuzz-subset0"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what it is, whether it is there, what was found, how to mend it."""

    name: str
    ok: bool
    found: str
    needed: str = ""
    command: str = ""

    def text(self) -> str:
        """One line; a second one with the command where something is missing."""
        line = f"{'ok     ' if self.ok else 'MISSING'}  {self.name}: {self.found}"
        if self.ok:
            return line
        return f"{line} ({self.needed})\n         mend it with: {self.command}"

    def to_dict(self) -> dict[str, Any]:
        """The finding as plain data."""
        return asdict(self)


def examine() -> tuple[Finding, ...]:
    """Look at Python, the libraries and their floors, the system's libraries and the fonts."""
    return (_python(), *_packages(), *_system(), *_fonts())


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    needed = ".".join(map(str, _MIN_PYTHON)) + " or newer"
    ok = sys.version_info >= _MIN_PYTHON
    return Finding("Python", ok, version, needed, "apt-get install -y python3")


def _packages() -> Iterator[Finding]:
    try:
        required = metadata.requires("surveykit") or []
    except metadata.PackageNotFoundError:
        yield Finding(
            "surveykit", False, "not installed", "its list of libraries", "python -m pip install -e ."
        )
        return
    for line in sorted(required):
        match = re.fullmatch(r"([A-Za-z0-9._-]+)>=([0-9.]+)", line.split(";")[0].strip())
        if match is None or "extra ==" in line:
            continue
        yield _package(*match.groups())


def _package(name: str, floor: str) -> Finding:
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        version = "not installed"
    ok = version[0].isdigit() and _numbers(version) >= _numbers(floor)
    return Finding(name, ok, version, f"{floor} or newer", f"python -m pip install '{name}>={floor}'")


def _numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version, padded so that 2.0 and 2.0.0 are equal.

    >>> _numbers("70.0") == _numbers("70.0.0"), _numbers("3.1.6") < _numbers("3.10rc1")
    (True, True)
    """
    found = [int(n) for n in re.findall(r"\d+", re.split(r"[a-z+-]", version)[0])][:4]
    return tuple(found + [0] * (4 - len(found)))


def _system() -> Iterator[Finding]:
    for name, (purpose, package) in _LIBRARIES.items():
        try:
            ctypes.CDLL(name)
            ok = True
        except OSError:
            ok = False
        found = "found" if ok else "not found"
        yield Finding(name, ok, found, purpose, f"apt-get install -y {package}")


def _fonts() -> Iterator[Finding]:
    """Whether the default theme's fonts are there: empty boxes in place of characters help nobody."""
    from surveykit.errors import SurveykitError

    try:
        from surveykit.report import load_theme, require_font
    except OSError as error:  # Pango itself is missing
        yield Finding(
            "fonts", False, f"cannot be asked: {error}", "Pango", "apt-get install -y libpango-1.0-0"
        )
        return
    theme = load_theme("default")
    scripts = {"en": "English", "zh": "Chinese", "zh-Hant": "Traditional Chinese"}
    for language, script in scripts.items():
        families, name = theme.families(language), f"font for {script}"
        wanted = " or ".join(families)
        try:
            require_font(families)
            yield Finding(name, True, wanted)
        except (SurveykitError, OSError):
            yield Finding(name, False, "not installed", wanted, "apt-get install -y fonts-noto-cjk")
