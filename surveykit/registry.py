"""One registry class for everything that can be added as one file.

A metric, an analysis, a reader, a finding rule or a report section is one module that registers
one :class:`Entry`. The rooms hold the empty registry; the catalogue is filled by walking the
package (and the entry points of other distributions), which the top floor does once.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from surveykit.errors import SurveykitError, did_you_mean, quote

__all__ = ["Entry", "Registry"]

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Entry(Generic[F]):
    """One thing that can be named in a study: its id, its titles, its options, its source.

    ``title`` maps a language to words. ``options`` is the pydantic model that the entry owns (its
    fields become flags, schema and documentation) or None. ``reference`` cites the formula.
    ``evidence`` names what proves its numbers (the ranks of ``docs/validation.md``). ``example``
    is a runnable snippet. ``extra`` holds what a room needs besides.
    """

    id: str
    title: Mapping[str, str]
    function: F
    reference: str
    evidence: str
    example: str = ""
    options: type[Any] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


class Registry(Generic[F]):
    """Entries by id; ``kind`` is what they are ("metric"), ``group`` their entry-point group."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.group = f"surveykit.{kind}"
        self._entries: dict[str, Entry[F]] = {}

    def register(
        self,
        id: str,
        *,
        title: Mapping[str, str],
        reference: str,
        evidence: str,
        example: str = "",
        options: type[Any] | None = None,
        **extra: Any,
    ) -> Callable[[F], F]:
        """Decorator: register the function below under ``id``. A second entry of one id is a bug."""

        def add(function: F) -> F:
            known = self._entries.get(id)
            if known is not None and known.function is not function:
                raise RuntimeError(f"{self.kind} {id!r} is registered twice")
            self._entries[id] = Entry(id, title, function, reference, evidence, example, options, extra)
            return function

        return add

    def discover(self, package: str) -> None:
        """Import every module of ``package`` and every installed entry point of this kind."""
        from importlib.metadata import entry_points

        root = importlib.import_module(package)
        for module in sorted(m.name for m in pkgutil.iter_modules(root.__path__)):
            if not module.startswith("_"):
                importlib.import_module(f"{package}.{module}")
        for point in sorted(entry_points(group=self.group), key=lambda p: p.name):
            point.load()

    def get(self, id: str) -> Entry[F]:
        """The entry of that id, or an error that says what there is."""
        try:
            return self._entries[id]
        except KeyError:
            raise SurveykitError(
                f"unknown {self.kind} {quote(id)}",
                hint=did_you_mean(id, sorted(self._entries)),
                code="UNKNOWN_" + self.kind.upper(),
            ) from None

    def __iter__(self) -> Iterator[Entry[F]]:
        return iter(self._entries[k] for k in sorted(self._entries))

    def __contains__(self, id: object) -> bool:
        return id in self._entries

    def __len__(self) -> int:
        return len(self._entries)
