"""What Word and PowerPoint files share: text that XML can hold, bytes that do not depend on the clock."""

from __future__ import annotations

import io
import re
import zipfile
from importlib.util import find_spec

from surveykit.errors import SurveykitError

__all__ = ["clean", "fixed_bytes", "need_office", "png_of"]

_LIBRARIES = {"docx": "python-docx", "pptx": "python-pptx"}
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff￾￿⁠]")
_DATED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_FORMULA = re.compile(rb'(<c [^>]*?)(?: t="[^"]*")?><f>(.*?)</f>(?:<v>.*?</v>|<v/>)?</c>', re.DOTALL)
_EPOCH = (1980, 1, 1, 0, 0, 0)


def need_office(module: str, file: str) -> None:
    """Raise where the library that writes ``file`` is not installed."""
    if find_spec(module) is None:
        raise SurveykitError(
            f"{file} needs a library that is not installed",
            expected=_LIBRARIES[module],
            hint="pip install 'surveykit[office]'",
            code="NEEDS_OFFICE",
        )


def clean(text: str) -> str:
    """Text that an XML document can hold: no control characters, no halves of characters, no joiners.

    >>> clean("a\\x00b\\u2060c")
    'abc'
    """
    return _UNFIT.sub("", text)


def fixed_bytes(archive: bytes) -> bytes:
    """The same archive with every entry dated alike, so that two runs give the same bytes, and without formulas."""
    memory = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(memory, "w") as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            content = source.read(name)
            if name.endswith(".xlsx"):  # the sheet behind a chart
                content = fixed_bytes(content)
            elif name.startswith("xl/worksheets/"):  # a name like =cmd|… came there as a live formula
                content = _FORMULA.sub(
                    rb'\1 t="inlineStr"><is><t xml:space="preserve">=\2</t></is></c>', content
                )
            elif name == "docProps/core.xml":
                content = _DATED.sub(rb"\g<1>2000-01-01T00:00:00Z", content)
            target.writestr(entry, content)
    return memory.getvalue()


def png_of(svg: str) -> bytes:
    """A picture for programs that show no SVG."""
    import vl_convert

    png: bytes = vl_convert.svg_to_png(svg, scale=2.0)
    return png
