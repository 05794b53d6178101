"""A theme: one accent colour, fonts by language, paper, logo; data only, checked before use."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from string import Template
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from surveykit.errors import SurveykitError, quote
from surveykit.files import inside
from surveykit.format import HANT, chinese
from surveykit.options import Many
from surveykit.questionnaire import data_dir, strict

__all__ = ["Theme", "load_theme", "style_of"]

Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$")]
FontName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _-]{0,60}$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,100}$")]

_MAX_LOGO = 1_000_000
_LOGO_TYPES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
_HEIGHTS = {"A4": "297mm", "letter": "279mm"}
_MARGINS = {"A4": "24mm 21mm 22mm 21mm", "letter": "24mm 23mm 20mm 23mm"}


class Fonts(BaseModel):
    """The font families of each language, the first one that is installed is used."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    en: Many[FontName]
    zh: Many[FontName]
    zh_hant: Many[FontName] = Field(default=("Noto Sans CJK TC",), alias="zh-Hant")


class Theme(BaseModel):
    """What a client changes: colours, fonts, paper, logo."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    accent: Colour
    ink: Colour = "#1B2430"
    fonts: Fonts
    mono: Many[FontName] = ("DejaVu Sans Mono",)
    paper: Literal["A4", "letter"] = "A4"
    logo: FileName | None = None
    folder: str = ""

    def families(self, language: str) -> tuple[str, ...]:
        """The font families for a language, in order of preference."""
        return {"zh": self.fonts.zh, HANT: self.fonts.zh_hant}.get(language, self.fonts.en)

    def logo_uri(self) -> str:
        """The logo as a data URI; "" where there is none. PNG and JPEG up to one megabyte."""
        if self.logo is None:
            return ""
        path = inside(self.folder, self.logo)
        if not path.is_file():
            raise SurveykitError("the theme's logo is missing", str(path), code="THEME_LOGO")
        content = path.read_bytes()
        kind = next((t for magic, t in _LOGO_TYPES.items() if content.startswith(magic)), "")
        if not kind or len(content) > _MAX_LOGO:
            raise SurveykitError(
                "the theme's logo cannot be used",
                str(path),
                expected="a PNG or JPEG picture of at most 1 MB",
                got=f"{len(content):,} bytes" if kind else "another kind of file",
                code="THEME_LOGO",
            )
        return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def load_theme(name: str | Path) -> Theme:
    """A shipped theme by its name, or the theme in a folder that holds ``theme.yaml``."""
    folder = Path(name)
    if isinstance(name, str) and re.fullmatch(r"[A-Za-z0-9_-]+", name) and not folder.is_dir():
        folder = data_dir("reports") / "themes" / name
    source = folder / "theme.yaml"
    if not source.is_file():
        shipped = sorted(p.parent.name for p in (data_dir("reports") / "themes").glob("*/theme.yaml"))
        raise SurveykitError(
            f"unknown theme {quote(str(name))}",
            expected="a folder with theme.yaml, or the name of a shipped theme",
            hint=f"possible: {', '.join(shipped)}",
            code="UNKNOWN_THEME",
        )
    theme = strict.validate(strict.load(source), Theme)
    return theme.model_copy(update={"folder": str(folder)})


def style_of(theme: Theme, language: str, *, live: bool = False) -> str:
    """The style sheet: the shipped one with the theme's values, then the theme's own ``style.css``.

    ``live`` adds the style of the charts that the page draws itself.
    """
    folder = data_dir("reports") / "templates"
    families = ", ".join(f'"{f}"' for f in theme.families(language)) + ", sans-serif"
    han = language if chinese(language) else "zh"
    values = {
        "accent": theme.accent,
        "tint": _mixed(theme.accent, 0.92),
        "soft": _mixed(theme.accent, 0.75),
        "bright": _mixed(theme.accent, 0.5),
        "ink": theme.ink,
        "font": families,
        "han": ", ".join(f'"{f}"' for f in theme.families(han)) + ", sans-serif",
        "mono": ", ".join(f'"{f}"' for f in (*theme.mono, *theme.families(han))) + ", monospace",
        "paper": theme.paper,
        "height": _HEIGHTS[theme.paper],
        "margins": _MARGINS[theme.paper],
    }
    sheets = ("report.css", "report.live.css") if live else ("report.css",)
    style = "".join(
        Template((folder / name).read_text(encoding="utf-8")).substitute(values) for name in sheets
    )
    own = Path(theme.folder) / "style.css"
    return style + (own.read_text(encoding="utf-8") if own.is_file() else "")


def _mixed(colour: str, white: float) -> str:
    """``colour`` mixed with a share of white."""
    channels = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(c + (255 - c) * white):02X}" for c in channels)
