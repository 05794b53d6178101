"""What may leave a protected room: means, covariances and counts, without a row and without a small cell.

A structural model needs no more than moments. ``surveykit summarise`` writes them to JSON where the answers are,
``surveykit fit MODEL moments.json`` fits there or anywhere else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surveykit.bases import MIN_BASE, suppressed
from surveykit.errors import ExitCode, SurveykitError, Where, quote
from surveykit.moments import Counts, Moments

if TYPE_CHECKING:
    from surveykit.responses import Responses

__all__ = ["SCHEMA", "Summary", "is_summary", "summarise"]

SCHEMA = 1
_KIND = "surveykit moments"
_MOST_LEVELS = 30
_MOST_BYTES = 100_000_000
_SOLVED = 3
_NO_ANSWER = "\0missing"


@dataclass(frozen=True, slots=True)
class Summary:
    """Moments of some columns (complete rows) and the counts of each, by group; group "" is everybody.

    ``facts`` say where they come from. ``hidden`` names the groups left out because fewer than ``min_base`` people
    are in them, or because such a group could be had by subtraction.
    """

    moments: Mapping[str, Moments]
    counts: Mapping[str, Mapping[str, Mapping[str, Any]]]
    facts: Mapping[str, Any]
    hidden: tuple[str, ...] = ()

    @property
    def sample(self) -> Moments | dict[str, Moments]:
        """What :func:`surveykit.fit` takes: moments of everybody, or of each group."""
        return self.moments[""] if set(self.moments) == {""} else dict(self.moments)

    def responses(self, questionnaire: Any = None) -> Responses:
        """The moments in the place of answers, for analyses that need no more (``analyse``); no rows.

        ``questionnaire`` (a :class:`~surveykit.questionnaire.Questionnaire`, a path or an id) says what the columns mean.
        """
        from surveykit.responses.stored import stored_responses

        if questionnaire is not None and not hasattr(questionnaire, "items"):
            from surveykit.questionnaire import Questionnaire

            questionnaire = Questionnaire.load(questionnaire)
        by = str(self.facts.get("by", ""))
        return stored_responses(
            self.moments, by, self.hidden, str(self.facts.get("design", "")), questionnaire
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data at full precision."""
        return {
            "kind": _KIND,
            "schema": SCHEMA,
            **self.facts,
            "suppressed_groups": list(self.hidden),
            "moments": {group: m.to_dict() for group, m in self.moments.items()},
            "counts": {group: dict(tables) for group, tables in self.counts.items()},
        }

    def save(self, path: str | Path) -> Path:
        """Write the summary as JSON."""
        from surveykit.files import write_atomic

        text = json.dumps(self.to_dict(), ensure_ascii=False, indent=1, allow_nan=False)
        write_atomic(Path(path), text + "\n")
        return Path(path)

    @classmethod
    def load(cls, path: str | Path) -> Summary:
        """The summary in a file that :meth:`save` wrote."""
        data = _json(Path(path))
        if not isinstance(data, dict) or data.get("kind") != _KIND:
            raise _unfit(path, "the file holds no moments", 'a file of "surveykit summarise"')
        if data.get("schema") != SCHEMA:
            raise _unfit(path, f"moments of schema {data.get('schema')!r}", f"schema {SCHEMA}")
        try:
            moments = {str(group): Moments.from_dict(m) for group, m in data["moments"].items()}
            facts = {
                k: data[k] for k in ("surveykit", "questionnaire", "columns", "by", "weight", "min_base")
            }
            facts["left_out"] = list(data.get("left_out", ()))
            facts["design"] = str(data.get("design", ""))
            return cls(moments, data["counts"], facts, tuple(data["suppressed_groups"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _unfit(path, "the moments are not complete", "the file as it was written", error) from None


def is_summary(path: str | Path) -> bool:
    """Whether a file begins as :meth:`Summary.save` writes it."""
    try:
        with open(path, "rb") as file:
            return f'"kind": "{_KIND}"'.encode() in file.read(200)
    except OSError:
        return False


def summarise(
    data: Responses, columns: Sequence[str] | None = None, by: str | None = None, *, min_base: int = MIN_BASE
) -> Summary:
    """Moments and counts of ``columns`` (all items on a scale and all constructs) over the complete rows.

    ``by`` gives them per group. Groups and answers of fewer than ``min_base`` people are left out, and so is
    the next smallest where one could be had by subtraction. A column of two or three values of which a count is hidden has
    no moments (they would tell it; ``facts["left_out"]``). Columns of more than thirty different values have no
    counts: they would show single people. Raises :class:`SurveykitError` for unknown columns and too few rows.

    >>> import pandas as pd, surveykit as sk
    >>> answers = sk.read(pd.DataFrame({"a": [1, 2, 3, 4, 5, 5] * 4, "b": [2, 1, 4, 3, 5, 4] * 4}))
    >>> sk.summarise(answers).sample.n
    24
    """
    if min_base < MIN_BASE:
        raise SurveykitError(
            "min_base is too small", expected=f"{MIN_BASE} or more", got=str(min_base), code="MIN_BASE"
        )
    names = list(columns) if columns else _usual(data)
    shown, hidden = data, frozenset[str]()
    if by is not None:
        shown, hidden = _without_small_groups(data, by, min_base)
    moments = {"": shown.moments(names)} if by is None else shown.moments(names, by=by)
    small = suppressed({g: m.n for g, m in moments.items()}, min_base)
    moments = {g: m for g, m in moments.items() if g not in small}
    if not moments:
        raise SurveykitError(
            "no group is large enough to be shown", expected=f"{min_base} complete rows", code="TOO_FEW_ROWS"
        )
    shown.prepare(names, by)
    tables: dict[str, dict[str, Any]] = {g: {} for g in moments}
    telling: dict[str, None] = {}
    for name in names:
        found = {"": shown.counts(name)} if by is None else shown.counts(name, by=by)
        for group in moments:
            table = found.get(group)
            if table is not None and table.n.size <= _MOST_LEVELS:
                tables[group][name] = _shown(table, min_base)
                telling |= {name: None} if _tells(table, min_base) else {}
    kept = [name for name in names if name not in telling]
    if not kept:
        raise SurveykitError(
            "every column has few values, one of them with few people: mean and variance would tell how many",
            expected=f"values that {min_base} people or more have",
            got=", ".join(quote(n) for n in list(telling)[:8]),
            code="SMALL_CELLS",
        )
    if telling:
        moments = {g: m.select(kept) for g, m in moments.items()}
    facts = {**_facts(data, names, by, min_base), "left_out": list(telling)}
    return Summary(moments, tables, facts, tuple(sorted(hidden | small)))


def _tells(table: Counts, k: int) -> bool:
    """Whether n, mean and variance of a column give away that few people have one of its values: three unknowns at most."""
    return table.n.size <= _SOLVED and bool(((table.n > 0) & (table.n < k)).any())


def _usual(data: Responses) -> list[str]:
    q = data.questionnaire
    if q is None:
        names = [c for c in data.columns if c in data.numeric and c != data.weight]
    else:
        names = [i for i, item in q.items.items() if item.type == "scale" and i in data.columns]
        names += [c for c in q.constructs if data.has(c)]
    if not names:
        raise SurveykitError("no column of numbers to summarise", hint="name columns", code="NOT_NUMERIC")
    return names


def _without_small_groups(data: Responses, by: str, k: int) -> tuple[Responses, frozenset[str]]:
    """The rows of groups that may be shown; the names of the others."""
    import narwhals as nw

    from surveykit.responses.facts import demand_groups
    from surveykit.responses.statistics import group_label

    groups = demand_groups(data, by)
    table = data.counts(by)
    sizes = {group_label(v): int(n) for v, n in zip(table.levels[0], table.n, strict=True)}
    hidden = suppressed({g: sizes[g] for g in groups}, k)
    if not hidden:
        return data, hidden
    kept = [v for v in table.levels[0] if group_label(v) not in hidden]
    return replace(data, native=data.native.filter(nw.col(by).is_in(kept))), hidden


def _shown(table: Counts, k: int) -> dict[str, Any]:
    """Levels, people and weights; cells that may not be shown are null."""
    # how many gave no answer is a cell like the others: the number of rows is known
    cells = {str(v): int(n) for v, n in zip(table.levels[0], table.n, strict=True)}
    hidden = suppressed({**cells, _NO_ANSWER: int(table.missing)}, k)
    there = [str(v) not in hidden for v in table.levels[0]]
    return {
        "levels": list(table.levels[0]),
        "n": [int(n) if show else None for n, show in zip(table.n, there, strict=True)],
        "w": [float(w) if show else None for w, show in zip(table.w, there, strict=True)],
        "missing": None if _NO_ANSWER in hidden else int(table.missing),
    }


def _facts(data: Responses, names: Sequence[str], by: str | None, k: int) -> dict[str, Any]:
    from surveykit import __version__

    return {
        "surveykit": __version__,
        "questionnaire": "" if data.questionnaire is None else data.questionnaire.id,
        "columns": list(names),
        "by": by or "",
        "weight": data.weight or "",
        "min_base": k,
        "design": ", ".join(data.design.columns),
    }


def _json(path: Path) -> Any:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise _unfit(path, "the file is too large for moments", f"at most {_MOST_BYTES:,} bytes")
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SurveykitError(
            f"cannot read {quote(str(path))}",
            got=error.strerror or type(error).__name__,
            code="UNREADABLE",
            exit_code=ExitCode.INPUT_OUTPUT,
        ) from None
    except (ValueError, RecursionError) as error:
        raise _unfit(path, "the file is no JSON", 'a file of "surveykit summarise"', error) from None


def _unfit(path: str | Path, what: str, expected: str, error: Exception | None = None) -> SurveykitError:
    got = "" if error is None else str(error)[:100]
    return SurveykitError(what, Where(str(path)), expected=expected, got=got, code="MOMENTS_FILE")
