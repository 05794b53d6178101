"""The model: what the analyst claims, as a value. Text in lavaan's notation goes both ways without loss."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from surveykit.errors import Problems, SurveykitError, Where, quote
from surveykit.model.checks import Place, check_model
from surveykit.model.defaults import build_table
from surveykit.model.expression import Expression, Name, number_text
from surveykit.model.parameters import Construct, Equation, Parameter, Written, split_written
from surveykit.model.syntax import read_equation, read_expression, read_model, read_modifier
from surveykit.model.table import ParameterTable
from surveykit.model.tokens import Source, Token
from surveykit.model.variables import Roles, roles_of
from surveykit.model.words import describe

__all__ = ["Model"]

Path = tuple[str, str] | tuple[str, str, str | float]


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Model:
    """Constructs with their indicators, paths, covariances and defined effects; frozen, equal by value.

    ``paths`` are (from, to), ``covariances`` (one, other); a third entry is a modifier: a number fixes
    the parameter, a text is lavaan's modifier (``"a"`` a label, ``"start(0.5)"``, ``"c(a,b)"`` per group).
    ``intercepts`` are variables or (variable, modifier); ``defined`` maps names to arithmetic over labels.
    ``parameters`` and ``equations`` hold all of it in the order in which it was written.

    >>> from surveykit.model import Model, reflective
    >>> constructs = [reflective("sat", ["s1", "s2"]), reflective("loy", ["l1", "l2"])]
    >>> model = Model(constructs, [("sat", "loy", "b")])
    >>> print(model.to_text())
    sat =~ s1 + s2
    loy =~ l1 + l2
    loy ~ b*sat
    >>> Model.parse(model.to_text()) == model
    True
    """

    parameters: tuple[Parameter, ...]
    equations: tuple[Equation, ...]
    mode_a: tuple[str, ...]

    def __init__(
        self,
        constructs: Iterable[Construct] = (),
        paths: Iterable[Path] = (),
        covariances: Iterable[Path] = (),
        *,
        intercepts: Iterable[Written] = (),
        defined: Mapping[str, str | Expression] | None = None,
        constraints: Iterable[str] = (),
    ) -> None:
        problems = Problems()
        add = _Gatherer(problems)
        constructs = _checked(constructs)
        for c in constructs:
            operator = "=~" if c.kind == "reflective" else "<~"
            for name, modifier in c.written or tuple((i, None) for i in c.indicators):
                add.parameter(Parameter(c.name, operator, name), modifier)
            if not c.indicators:
                problems.add(f"the construct {quote(c.name)} has no indicators", code="MODEL_EMPTY")
        for source, target, modifier in (_three(path, problems) for path in paths):
            add.parameter(Parameter(target, "~", source), modifier)
        for one, other, modifier in (_three(pair, problems) for pair in covariances):
            add.parameter(Parameter(one, "~~", other), modifier)
        for name, modifier in (split_written(item) for item in intercepts):
            add.parameter(Parameter(name, "~1", ""), modifier)
        for name, text in (defined or {}).items():
            add.definition(name, text)
        for text in constraints:
            add.constraint(text)
        mode_a = tuple(c.name for c in constructs if c.kind == "composite" and c.mode == "A")
        if not len(problems):
            check_model(add.parameters, add.equations, problems, _place)
        problems.raise_if_any()
        self._set(tuple(add.parameters), tuple(add.equations), mode_a)

    def _set(
        self, parameters: tuple[Parameter, ...], equations: tuple[Equation, ...], mode_a: tuple[str, ...]
    ) -> None:
        object.__setattr__(self, "parameters", parameters)
        object.__setattr__(self, "equations", equations)
        composites = dict.fromkeys(p.lhs for p in parameters if p.op == "<~")
        object.__setattr__(self, "mode_a", tuple(name for name in composites if name in mode_a))

    @classmethod
    def of(
        cls, parameters: Iterable[Parameter], equations: Iterable[Equation] = (), mode_a: Iterable[str] = ()
    ) -> Model:
        """A model from its parts, checked like any other."""
        model = object.__new__(cls)
        problems = Problems()
        model._set(tuple(parameters), tuple(equations), tuple(mode_a))
        check_model(model.parameters, model.equations, problems, _place)
        problems.raise_if_any()
        return model

    @classmethod
    def parse(cls, text: str, *, file: str = "", first_line: int = 1) -> Model:
        """A model from lavaan text; every fault of the text is in one error, with line and place.

        ``file`` and ``first_line`` say where the text stands (a questionnaire file), for the messages.
        Not written: blocks (``group:``), interactions (``x:z``), scaling factors (``~*~``).

        >>> Model.parse("loy =~ l1 + l2\\nloy ~ b*sat").paths
        (('sat', 'loy'),)
        >>> Model.parse("loy ~ loy")
        Traceback (most recent call last):
        surveykit.errors.SurveykitError: 'loy' has a path to itself
          where:    model text, line 1, position 7
          got:      loy ~ »loy«
          hint:     a variance is loy ~~ loy
        """
        if not isinstance(text, str):
            raise SurveykitError(
                "a model text is needed", expected="text", got=type(text).__name__, code="MODEL_TEXT"
            )
        source, problems = Source(text, file, first_line), Problems()
        reading = read_model(source, problems)
        tokens: dict[int, tuple[Token, ...]] = {}
        for parameter, token in zip(reading.parameters, reading.parameter_tokens, strict=True):
            tokens[id(parameter)] = (token,)
        for equation, part in zip(reading.equations, reading.equation_tokens, strict=True):
            tokens[id(equation)] = part

        def place(about: Parameter | Equation, word: str) -> tuple[Where | str, str]:
            part = tokens[id(about)]
            token = next((t for t in part if word and t.text == word), part[0])
            return source.where(token), source.marked(token)

        if reading.parameters or not len(problems):
            _check_what_was_read(reading.parameters, reading.equations, problems, place)
        problems.raise_if_any()
        model = object.__new__(cls)
        model._set(tuple(reading.parameters), tuple(reading.equations), tuple(reading.mode_a))
        return model

    # --- what it says -----------------------------------------------------------------------------

    @property
    def roles(self) -> Roles:
        """Which variables are observed, latent, exogenous (lavaan's rules)."""
        return _roles(self)

    @property
    def latents(self) -> tuple[str, ...]:
        """Constructs (reflective and composite), in order of appearance."""
        return self.roles.latents

    @property
    def observed(self) -> tuple[str, ...]:
        """Observed variables in lavaan's order: indicators, outcomes, predictors, then others."""
        return self.roles.observed

    @property
    def constructs(self) -> tuple[Construct, ...]:
        """Each construct with its indicators."""
        found: dict[str, list[Parameter]] = {}
        for p in self.parameters:
            if p.op in ("=~", "<~"):
                found.setdefault(p.lhs, []).append(p)
        return tuple(self._construct(name, parts) for name, parts in found.items())

    def _construct(self, name: str, parts: Sequence[Parameter]) -> Construct:
        indicators = tuple(p.rhs for p in parts)
        if parts[0].op == "=~":
            return Construct(name, "reflective", indicators, "A")
        return Construct(name, "composite", indicators, "A" if name in self.mode_a else "B")

    @property
    def paths(self) -> tuple[tuple[str, str], ...]:
        """(from, to) of every regression, in the order written."""
        return tuple((p.rhs, p.lhs) for p in self.parameters if p.op == "~")

    @property
    def covariances(self) -> tuple[tuple[str, str], ...]:
        """The covariances (and variances) that are written."""
        return tuple((p.lhs, p.rhs) for p in self.parameters if p.op == "~~")

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of parameters, in order of appearance."""
        return tuple(dict.fromkeys(label for p in self.parameters for label in p.label))

    @property
    def defined(self) -> dict[str, Expression]:
        """The defined effects: name and expression."""
        return {e.lhs.name: e.rhs for e in self.equations if e.op == ":=" and isinstance(e.lhs, Name)}

    def __repr__(self) -> str:
        return (
            f"Model({len(self.latents)} constructs, {len(self.observed)} variables, {len(self.paths)} paths)"
        )

    # --- what is made of it -----------------------------------------------------------------------

    def to_text(self) -> str:
        """The model as lavaan text, one formula a line, in the order written.

        It reads back as an equal model. Only ``mode("A")``, PLS' mode of a composite, is not lavaan's.
        """
        lines: list[str] = []
        before: tuple[str, str] | None = None
        composites: set[str] = set()
        for p in self.parameters:
            first_of_composite = p.op == "<~" and p.lhs not in composites
            if p.op == "<~":
                composites.add(p.lhs)
            term = _term_text(p, first_of_composite and p.lhs in self.mode_a)
            if before == (p.lhs, p.op):
                lines[-1] += f" + {term}"
            else:
                lines.append(f"{p.lhs} {'~' if p.op == '~1' else p.op} {term}")
            before = (p.lhs, p.op)
        lines += [f"{e.lhs.to_text()} {e.op} {e.rhs.to_text()}" for e in self.equations]
        return "\n".join(lines)

    def describe(self, language: str = "en", titles: Mapping[str, str] | None = None) -> str:
        """The model in words for a reader, English or Chinese; ``titles`` are readers' names of variables."""
        return describe(self, language, titles)

    def table(self, **options: Any) -> ParameterTable:
        """The parameter table with lavaan's defaults for ``sem()``; options as in :func:`build_table`."""
        return build_table(self.parameters, self.equations, **options)


@lru_cache(maxsize=64)
def _roles(model: Model) -> Roles:
    """Asked for at every step of a fit."""
    return roles_of(model.parameters)


def _checked(constructs: Iterable[Construct] | object) -> tuple[Construct, ...]:
    if isinstance(constructs, str):
        raise SurveykitError(
            "a model text is read by Model.parse",
            got=quote(constructs),
            hint="Model.parse(text)",
            code="MODEL_TEXT",
        )
    found = tuple(constructs) if isinstance(constructs, Iterable) else (constructs,)
    for c in found:
        if not isinstance(c, Construct):
            raise SurveykitError(
                "this is no construct",
                "model",
                "reflective(...) or composite(...)",
                quote(c),
                code="MODEL_TERM",
            )
    return found


class _Gatherer:
    """Collects parameters and equations of a model that is written in Python, and their faults."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.parameters: list[Parameter] = []
        self.equations: list[Equation] = []

    def parameter(self, parameter: Parameter, modifier: str | float | None) -> None:
        try:
            self.parameters.append(_modified(parameter, modifier))
        except SurveykitError as error:
            self.problems.add(error)

    def definition(self, name: str, given: str | Expression) -> None:
        try:
            tree = read_expression(given) if isinstance(given, str) else given
            self.equations.append(Equation(Name(name), ":=", tree))
        except SurveykitError as error:
            self.problems.add(error)

    def constraint(self, text: str) -> None:
        try:
            self.equations.append(read_equation(text))
        except SurveykitError as error:
            self.problems.add(error)


def _modified(parameter: Parameter, modifier: str | float | None) -> Parameter:
    if modifier is None:
        return parameter
    if isinstance(modifier, str):
        changed, mode = read_modifier(modifier, parameter)
        if mode:
            raise SurveykitError("the mode of a composite is an argument of composite()", got=quote(modifier))
        return changed
    if (
        isinstance(modifier, bool)
        or not isinstance(modifier, int | float)
        or not abs(modifier) < float("inf")
    ):
        raise SurveykitError(
            f"unknown modifier of {parameter.name}",
            expected="a number or a text such as 'a' or 'start(0.5)'",
            got=quote(modifier),
            code="MODEL_MODIFIER",
        )
    return replace(parameter, fixed=(float(modifier),))


def _three(path: Any, problems: Problems) -> tuple[str, str, str | float | None]:
    if isinstance(path, tuple) and len(path) in (2, 3) and all(isinstance(end, str) for end in path[:2]):
        return path[0], path[1], path[2] if len(path) == 3 else None
    problems.add(
        "this is no pair of variables",
        "model",
        "('sat', 'loy') or ('sat', 'loy', 'b')",
        quote(path),
        code="MODEL_PATH",
    )
    return "invalid", "pair", None


def _check_what_was_read(
    parameters: Sequence[Parameter],
    equations: Sequence[Equation],
    problems: Problems,
    place: Place,
) -> None:
    """Check a text's model; what hangs on a statement lost to a syntax error is not complained about."""
    incomplete = len(problems) > 0
    found = Problems()
    check_model(parameters, equations, found, place)
    for error in found:
        if not (incomplete and error.code in ("MODEL_UNKNOWN", "MODEL_EMPTY")):
            problems.add(error)


def _place(about: Parameter | Equation, _word: str) -> tuple[Where | str, str]:
    """Where a part of a model that was written in Python stands: its own text says it best."""
    text = about.name if isinstance(about, Parameter) else f"{about.lhs} {about.op} {about.rhs}"
    return "model", quote(text)


def _term_text(p: Parameter, mode_a: bool) -> str:
    """A term; several modifiers are written as lavaan reads them, the term repeated for each."""
    target = p.rhs or "1"
    modifiers = ['mode("A")'] if mode_a else []
    if p.fixed:
        modifiers.append(_vector(["NA" if value is None else number_text(value) for value in p.fixed]))
    if p.label:
        modifiers.append(_vector(list(p.label)))
    if p.start:
        modifiers.append(f"start({_vector([number_text(value) for value in p.start])})")
    for name, values in (("lower", p.lower), ("upper", p.upper)):
        if values:
            modifiers.append(f"{name}({_vector([number_text(value) for value in values])})")
    if p.equal:
        modifiers.append(f'equal("{p.equal}")')
    return " + ".join(f"{m}*{target}" for m in modifiers) or target


def _vector(entries: list[str]) -> str:
    return entries[0] if len(entries) == 1 else f"c({','.join(entries)})"
