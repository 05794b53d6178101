"""The registry of report sections; a section is one file: ``(view: View) -> blocks``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from surveykit.registry import Registry
from surveykit.report._blocks import Block, View

__all__ = ["Section", "sections"]

Section = Callable[[View], Sequence[Block]]
sections: Registry[Section] = Registry("section")
