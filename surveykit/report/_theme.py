"""A theme: one accent colour, fonts by language, paper, logo; data only, checked before use."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from string import Template
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from surveykit.errors import SurveykitError, quote
from surveykit.format import HANT, chinese
from surveykit.options import Many
from surveykit.questionnaire import data_dir, strict
from surveykit.report._custom import SUFFIX, CustomSection, judge_template
from surveykit.report._folder import content_of, text_of
from surveykit.report._logo import MAX_LOGO, MAX_PIXELS, bare, kind_of, size_of
from surveykit.report.charts._base import INK, blend, contrast, inked

__all__ = ["PAPERS", "Theme", "load_theme", "style_of"]

Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$")]
FontName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _-]{0,60}$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,100}$")]

_MAX_STYLE = 200_000
_FETCHING = re.compile(
    r"@import|@font-face|url\s*\(|src\s*\(|image(?:-set)?\s*\(|</|<!--|<script", re.IGNORECASE
)
_ESCAPED = re.compile(r"\\([0-9a-fA-F]{1,6})\s?|\\(.)", re.DOTALL)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
PAPERS = {"A4": (210.0, 297.0), "letter": (215.9, 279.4)}
"""Width and height of a sheet in millimetres."""
_HEIGHTS = {"A4": "297mm", "letter": "279mm"}
_MARGINS = {"A4": "24mm 21mm 22mm 21mm", "letter": "24mm 23mm 20mm 23mm"}


class Fonts(BaseModel):
    """The font families of each language, the first one that is installed is used."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    en: Many[FontName] = Field(default=("Noto Sans CJK KR", "Noto Sans", "DejaVu Sans"), min_length=1)
    zh: Many[FontName] = Field(default=("Noto Sans CJK SC",), min_length=1)
    zh_hant: Many[FontName] = Field(default=("Noto Sans CJK TC",), min_length=1, alias="zh-Hant")


class Theme(BaseModel):
    """What a client changes: colours, fonts, paper, logo, a style sheet and sections of its own.

    What a theme leaves out is as in the shipped theme ``default``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    accent: Colour = "#1F5FA8"
    ink: Colour = "#1B2430"
    fonts: Fonts = Fonts()
    mono: Many[FontName] = ("Noto Sans Mono CJK SC", "DejaVu Sans Mono")
    paper: Literal["A4", "letter"] = "A4"
    logo: FileName | None = None
    sections: tuple[CustomSection, ...] = ()
    folder: str = ""

    @model_validator(mode="after")
    def _named_once(self) -> Theme:
        names = [s.id for s in self.sections]
        if len(set(names)) < len(names):
            raise ValueError("two sections of a theme have the same id")
        return self

    @property
    def text_accent(self) -> str:
        """The accent for words and rules on white: a light one darker, until it is read (WCAG 2.2: 4.5 to 1).

        >>> Theme(accent="#1F5FA8").text_accent, Theme(accent="#FFD400").text_accent
        ('#1F5FA8', '#82731A')
        """
        return _darkened(self.accent, self.ink, 4.5)

    @property
    def chart_accent(self) -> str:
        """The accent for what is drawn on white: a light one darker, until it is seen (WCAG 2.2: 3 to 1)."""
        return _darkened(self.accent, self.ink, 3.0)

    def families(self, language: str) -> tuple[str, ...]:
        """The font families for a language, in order of preference."""
        return {"zh": self.fonts.zh, HANT: self.fonts.zh_hant}.get(language, self.fonts.en)

    def logo_uri(self) -> str:
        """The logo as a data URI, the bare picture; "" where there is none. PNG and JPEG up to 1 MB and 4,000 pixels a side."""
        if self.logo is None:
            return ""
        path = str(Path(self.folder) / self.logo)
        content = content_of(self.folder, self.logo, MAX_LOGO, "logo", "THEME_LOGO")
        if content is None:
            raise SurveykitError("the theme's logo is missing", path, code="THEME_LOGO")
        kind = kind_of(content)
        if not kind:
            raise _unusable(
                path, f"a PNG or JPEG picture of at most {MAX_LOGO:,} bytes", "another kind of file"
            )
        size = size_of(content)
        if size is not None and max(size) > MAX_PIXELS:
            got = f"{size[0]:,} × {size[1]:,} pixels"
            raise _unusable(path, f"at most {MAX_PIXELS:,} pixels a side", got)
        picture = None if size is None else bare(content)
        if picture is None:
            raise _unusable(path, f"a whole PNG or JPEG picture of at most {MAX_PIXELS:,} pixels a side")
        return f"data:{kind};base64,{base64.b64encode(picture).decode('ascii')}"

    def judge(self) -> None:
        """Raise now for a logo, a style sheet or a template that a report would stumble on after all is computed.

        Templates are read, not run: tags, names and formats are judged as they are written; what is asked of the results is not
        known yet.
        """
        self.logo_uri()
        self.own_style()
        for section in self.sections:
            judge_template(section, self.folder)

    def files(self) -> tuple[Path, ...]:
        """The files of the theme that are there: what they hold is part of what a report was made from."""
        names = ["theme.yaml", "style.css", *(f"{s.id}{SUFFIX}" for s in self.sections)]
        if self.logo is not None:
            names.append(self.logo)
        return tuple(p for name in names if (p := Path(self.folder) / name).is_file())

    def own_style(self) -> str:
        """The theme's ``style.css``; "" where there is none. A sheet that would fetch anything is refused."""
        style = text_of(self.folder, "style.css", _MAX_STYLE, "style sheet", "THEME_STYLE") or ""
        if found := next((f for view in _views(style) if (f := _FETCHING.search(view))), None):
            raise SurveykitError(
                "the theme's style sheet cannot be used",
                str(Path(self.folder) / "style.css"),
                expected="no url(), @import, @font-face or markup, in comments either: nothing is fetched",
                got=quote(found.group()),
                code="THEME_STYLE",
            )
        return style


def _views(style: str) -> tuple[str, str, str]:
    """A sheet as it is, without escapes, and without comments too.

    Each reader of it ends a comment elsewhere: a page at ``</style>``, whatever stands around it; a sheet does not begin one
    in a string.
    """
    return style, _ESCAPED.sub(_unescaped, style), _ESCAPED.sub(_unescaped, _COMMENT.sub("", style))


def _unusable(path: str, expected: str, got: str = "") -> SurveykitError:
    return SurveykitError(
        "the theme's logo cannot be used", path, expected=expected, got=got, code="THEME_LOGO"
    )


def _unescaped(found: re.Match[str]) -> str:
    """What a CSS escape stands for."""
    code, plain = found.groups()
    if code:
        return chr(int(code, 16)) if int(code, 16) < 0x110000 else ""
    return plain or ""


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
        "accent": theme.text_accent,
        "cover": theme.accent,
        "oncover": inked(theme.accent),
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
    return style + theme.own_style()


def _darkened(colour: str, ink: str, least: float) -> str:
    """``colour`` with as much ink as it takes to stand out from white; as it is where it does, ink where ink is pale."""
    shades = (blend(colour, ink, step / 20) for step in range(21))
    return next((shade for shade in shades if contrast(shade, "#FFFFFF") >= least), INK)


def _mixed(colour: str, white: float) -> str:
    """``colour`` mixed with a share of white."""
    channels = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(c + (255 - c) * white):02X}" for c in channels)
