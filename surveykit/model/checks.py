"""What a model may not say: faults that no estimator could mend, found before any data is seen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from surveykit.errors import MAX_SHOWN, Problems, SurveykitError, Where, did_you_mean, quote
from surveykit.model.expression import Name
from surveykit.model.parameters import OPERATORS, Equation, Parameter
from surveykit.model.tokens import is_name

__all__ = ["Place", "check_model", "cycle_in"]

Complain = Callable[..., None]
Place = Callable[[Parameter | Equation, str], tuple[Where | str, str]]
_THRESHOLD = re.compile(r"t[1-9][0-9]*")


def check_model(
    parameters: Sequence[Parameter],
    equations: Sequence[Equation],
    problems: Problems,
    place: Place,
) -> None:
    """Add every fault of a model to ``problems``.

    ``place`` gives where a part (or, in an equation, a word of it) stands, and its marked source.
    """

    def complain(
        about: Parameter | Equation, what: str, code: str, expected: str = "", hint: str = "", word: str = ""
    ) -> None:
        where, got = place(about, word)
        problems.add(SurveykitError(what, where, expected, got, hint, code=code))

    _check_names(parameters, complain)
    _check_repeats(parameters, complain)
    _check_measurement(parameters, complain)
    _check_groups(parameters, complain)
    _check_equal(parameters, complain)
    _check_equations(parameters, equations, complain)
    if not parameters:
        problems.add(
            "the model is empty",
            expected="at least one formula such as sat =~ s1 + s2 + s3",
            code="MODEL_EMPTY",
        )


def _check_names(parameters: Sequence[Parameter], complain: Complain) -> None:
    for p in parameters:
        if p.op not in OPERATORS:
            complain(p, f"unknown operator {quote(p.op)}", "MODEL_OPERATOR", " ".join(OPERATORS))
        for name in (p.lhs, *(() if p.op == "~1" else (p.rhs,)), *p.label):
            if not is_name(name):
                complain(p, f"{quote(name)} cannot be a name", "MODEL_NAME", "letters, digits, _ and .")
        if p.op == "|" and not _THRESHOLD.fullmatch(p.rhs):
            complain(p, f"{quote(p.rhs)} is no threshold", "MODEL_THRESHOLD", "t1, t2, ...")
        if p.op == "~" and p.lhs == p.rhs:
            complain(
                p,
                f"{quote(p.lhs)} has a path to itself",
                "MODEL_SELF",
                hint=f"a variance is {p.lhs} ~~ {p.lhs}",
            )


def _check_repeats(parameters: Sequence[Parameter], complain: Complain) -> None:
    seen: set[tuple[str, str, str]] = set()
    for p in parameters:
        if p.key in seen:
            complain(
                p,
                f"{p.name} stands twice in the model",
                "MODEL_DUPLICATE",
                "each parameter once",
                "several modifiers of one parameter stand in one formula: a*x + start(0.5)*x",
            )
        seen.add(p.key)


def _check_measurement(parameters: Sequence[Parameter], complain: Complain) -> None:
    kinds: dict[str, str] = {}
    part_of: dict[str, list[str]] = {}
    for p in parameters:
        if p.op not in ("=~", "<~"):
            continue
        if kinds.setdefault(p.lhs, p.op) != p.op:
            complain(
                p, f"{quote(p.lhs)} is measured both as reflective (=~) and as composite (<~)", "MODEL_KIND"
            )
        if p.lhs == p.rhs:
            complain(p, f"{quote(p.lhs)} is its own indicator", "MODEL_SELF")
        else:
            part_of.setdefault(p.lhs, []).append(p.rhs)
    cycle = cycle_in(part_of)
    if cycle:
        first = next(p for p in parameters if p.op in ("=~", "<~") and p.lhs == cycle[0])
        complain(first, "constructs measure each other in a circle: " + " -> ".join(cycle), "MODEL_CYCLE")
    for p in parameters:
        if p.op == "|" and p.lhs in kinds:
            complain(
                p,
                f"the construct {quote(p.lhs)} has no thresholds",
                "MODEL_THRESHOLD",
                "an observed variable",
            )


def _check_groups(parameters: Sequence[Parameter], complain: Complain) -> None:
    sizes = {len(v): p for p in parameters for v in (p.fixed, p.start, p.label) if len(v) > 1}
    if len(sizes) > 1:
        complain(
            sizes[max(sizes)],
            "modifiers speak of different numbers of groups: " + ", ".join(str(n) for n in sorted(sizes)),
            "MODEL_GROUPS",
            "one entry a group in every c(...)",
        )


def _check_equal(parameters: Sequence[Parameter], complain: Complain) -> None:
    names = {p.name for p in parameters}
    for p in parameters:
        if p.equal and p.label:
            complain(p, f"{p.name} has a label and equal()", "MODEL_MODIFIER", "one of the two")
        if p.equal and (p.equal not in names or p.equal == p.name):
            complain(
                p,
                f"equal() names no other parameter: {quote(p.equal)}",
                "MODEL_UNKNOWN",
                hint=did_you_mean(p.equal, names - {p.name}),
            )


def _check_equations(
    parameters: Sequence[Parameter], equations: Sequence[Equation], complain: Complain
) -> None:
    labels = {label for p in parameters for label in p.label}
    defined: dict[str, tuple[str, ...]] = {}
    for e in equations:
        if e.op == ":=" and isinstance(e.lhs, Name):
            name = e.lhs.name
            if name in defined:
                complain(e, f"{quote(name)} is defined twice", "MODEL_DUPLICATE")
            elif name in labels:
                complain(e, f"{quote(name)} is a label and cannot be defined too", "MODEL_DEFINED")
            defined.setdefault(name, e.rhs.names())
    known = labels | defined.keys()
    hints: dict[str, str] = {}
    for e in equations:
        spoken = e.rhs.names() if e.op == ":=" else e.lhs.names() + e.rhs.names()
        own = e.lhs.to_text()
        for name in dict.fromkeys(spoken):
            if name not in known:
                if name not in hints:  # searching is slow: as many hints as errors are shown
                    hints[name] = did_you_mean(name, sorted(known - {own})) if len(hints) < MAX_SHOWN else ""
                complain(
                    e,
                    f"{quote(name)} is neither a label nor a defined effect",
                    "MODEL_UNKNOWN",
                    "a label that is written in a formula, as b in loy ~ b*sat",
                    hints[name],
                    name,
                )
        if e.op != ":=" and not spoken:
            complain(e, "this constraint speaks of no parameter", "MODEL_CONSTRAINT", "a label, as in a == b")
    cycle = cycle_in(defined)
    if cycle:
        first = next(e for e in equations if isinstance(e.lhs, Name) and e.lhs.name == cycle[0])
        complain(first, "effects are defined by each other: " + " -> ".join(cycle), "MODEL_CYCLE")


def cycle_in(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """A circle of a directed graph (first node repeated at the end), or an empty list.

    >>> cycle_in({"a": ["b"], "b": ["c"], "c": ["a"]})
    ['a', 'b', 'c', 'a']
    """
    done: set[str] = set()
    for root in graph:
        path: list[str] = []
        stack = [(root, iter(graph.get(root, ())))] if root not in done else []
        if stack:
            path.append(root)
        while stack:
            node, children = stack[-1]
            child = next((c for c in children if c in graph and c not in done), None)
            if child is None:
                done.add(node)
                stack.pop()
                path.pop()
            elif child in path:
                return [*path[path.index(child) :], child]
            else:
                stack.append((child, iter(graph[child])))
                path.append(child)
    return []
