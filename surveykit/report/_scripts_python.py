"""``methods.py``: the study in calls of surveykit, each model compared with the figures of the report."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from surveykit.report._scripts_answers import CODED
from surveykit.sem.lavaan import needs_rows
from surveykit.sem.options import usual_errors

if TYPE_CHECKING:
    from surveykit.responses import Responses
    from surveykit.results import Result

__all__ = ["STRUCTURAL", "python_lines"]

STRUCTURAL = ("invariance", "cfa")
"""Analyses that are structural models."""
_SHOW = '''
def show(name, work, column=None, report=()):
    """Print a result, and how far it is from the figures of the report."""
    print(f"\\n== {name} ==")
    try:
        result = work()
    except sk.SurveykitError as error:
        print(error)
        failed.append(name)
        return
    print(result.tidy().to_string())
    if column is None:
        return
    print(result.glance().T.to_string(header=False))
    pairs = zip(result.tidy()[column], report, strict=True)
    apart = [abs(a - b) for a, b in pairs if b is not None]
    print(f"{len(apart)} estimates of the report found again; largest difference {max(apart, default=0):.1e}")
    if not max(apart, default=0) <= 1e-6:
        failed.append(name)
'''
_ANSWERS = """
try:
    found = hashlib.sha256(pathlib.Path(answers).read_bytes()).hexdigest()
except OSError as error:
    sys.exit(f"the answers are not there: {answers} ({error.strerror}); python methods.py ANSWERS QUESTIONNAIRE names them")
said = "the file of the report by its SHA-256" if found == SHA256 else "NOT the file of the report by its SHA-256"
said = said if SHA256 else "the report was made of a data frame: SHA-256 not compared"
print(f"answers: {pathlib.Path(answers).name} - {said}")
"""
_MODULE = (
    "import sys", "", "import surveykit as sk", "from surveykit import Moments", "",
    'sys.stdout.reconfigure(errors="backslashreplace")', "failed = []",
)  # fmt: skip
_SKIPPED = frozenset({"name", "seed", "bootstrap", "method", "engine"})
_LEAST_SQUARES = frozenset({"likelihood", "se", "test", "information", "meanstructure"})


def python_lines(
    results: Mapping[str, Result],
    titles: Mapping[str, str],
    data: Responses | None,
    recipe: Mapping[str, Any] | None,
    coded: Sequence[str],
) -> list[str]:
    """The script; ``coded`` are the variables of the file of codes that R needs, where it needs one."""
    recipe = recipe or {}
    tasks = {task["id"]: task for task in recipe.get("models", ())}
    own = {id_: r for id_, r in results.items() if r.kind == "fit" or id_ in tasks}
    printed = [id_ for id_, r in own.items() if _from_moments(r, id_ in tasks)]
    rows = [id_ for id_ in own if id_ not in printed]
    analyses = [t for t in recipe.get("analyses", ()) if t["id"] in results and _plain(t["options"])]
    reads = data is not None and bool(rows or analyses)
    lines = ["# The models of this study, fitted again with surveykit.", *(_usage(coded) if reads else ())]
    lines += [*_MODULE, _SHOW]
    for id_ in printed:
        lines += ["", f"# {titles[id_]}", *_moments_call(titles[id_], own[id_])]
    if reads and data is not None:
        lines += ["", *_reading(data, recipe), *(_codes(coded) if coded else ())]
        for id_ in rows:
            lines += ["", f"# {titles[id_]}", *_rows_call(titles[id_], own[id_], tasks.get(id_))]
        for task in analyses:
            title = titles[task["id"]]
            lines += ["", f"# {title}", _analysis(title, results[task["id"]], task)]
    elif rows:
        lines += [f"# {titles[id_]}: needs the answers, which this report does not know." for id_ in rows]
    lines += ["", "if failed:", "    sys.exit(f\"not the figures of the report: {', '.join(failed)}\")"]
    return lines


def _usage(coded: Sequence[str]) -> Iterator[str]:
    yield "#   python methods.py ANSWERS QUESTIONNAIRE" + (
        f" {CODED}   (written for methods.R)" if coded else ""
    )
    yield "# The answers are no part of the report: they are personal data."
    yield "import hashlib"
    yield "import pathlib"


def _codes(coded: Sequence[str]) -> Iterator[str]:
    """The file of codes for R, where it is asked for."""
    yield "if codes is not None:"
    yield f"    data.frame({list(coded)!r}).to_csv(codes, index=False)"
    yield '    print(f"codes for methods.R: {codes} (they are answers: personal data)")'
    yield "    sys.exit()"


def _analysis(title: str, result: Result, task: Mapping[str, Any]) -> str:
    """The call of an analysis; one that is a structural model is compared with the report."""
    given = "".join(f", {k}={v!r}" for k, v in task["options"].items())
    call = f"sk.analyse(data, {task['analysis']!r}{given})"
    further = f", 'estimate', {_figures_of(result)!r}" if task["analysis"] in STRUCTURAL else ""
    return f"show({title!r}, lambda: {call}{further})"


def _from_moments(result: Result, told: bool) -> bool:
    """Whether a fit is written from moments: where these suffice, and the last of several stages of PLS, of which a
    result without the study knows no other."""
    if hasattr(result, "to_lavaan"):
        return not needs_rows(result.options)  # type: ignore[attr-defined]
    return _staged(result) and not told


def _staged(result: Result) -> bool:
    behind = getattr(result, "behind", None)
    return behind is not None and not behind.plan.plain


def _plain(options: Mapping[str, Any]) -> bool:
    """Whether options are names, numbers, lists and the like, which mean the same when they are read again."""
    try:
        return bool(ast.literal_eval(repr(dict(options))) == dict(options))
    except (ValueError, SyntaxError):
        return False


def _reading(data: Responses, recipe: Mapping[str, Any]) -> Iterator[str]:
    report, q = data.import_report, data.questionnaire
    name = recipe.get("answers") or PurePath(report.source).name or "answers.csv"
    yield "given = sys.argv[1:]"
    yield f"codes = given.pop() if given and given[-1].endswith({CODED!r}) else None"
    yield f"answers = given[0] if given else {name!r}"
    beside = recipe.get("questionnaire") or (None if q is None else PurePath(q.path).name if q.path else q.id)
    yield f"questionnaire = given[1] if len(given) > 1 else {beside!r}"
    yield f"SHA256 = {report.sha256!r}"
    yield _ANSWERS.strip()
    given = recipe["read"] if "read" in recipe else _reading_options(data)
    options = "".join(f", {k}={v!r}" for k, v in given.items())
    if recipe.get("exclude"):
        yield "from surveykit.study.quality import set_aside"
    if recipe.get("weighting"):
        yield "from surveykit.responses import weigh"
    yield "try:"
    yield f"    data = sk.read(answers, questionnaire{options})"
    if recipe.get("exclude"):
        yield f"    data = set_aside(data, {recipe['exclude']!r}, {recipe['quality']!r})"
    if recipe.get("weighting"):
        bounds = recipe["weighting"]["bounds"]
        further = "" if bounds is None else f", bounds={tuple(bounds)!r}"
        yield f"    data = weigh(data, {recipe['weighting']['margins']!r}{further})"
    yield "except sk.SurveykitError as error:"
    yield "    sys.exit(str(error))"
    yield f"if data.n_rows != {data.n_rows}:"
    yield f'    sys.exit(f"{{data.n_rows}} rows where the report used {data.n_rows}: these are other answers")'


def _reading_options(data: Responses) -> dict[str, Any]:
    """How the answers were read, as far as they still tell it."""
    design, q = data.design, data.questionnaire
    found: dict[str, Any] = {}
    if design.weight is not None and design.weight in {c.item for c in data.import_report.columns}:
        found["weight"] = design.weight
    for name in ("strata", "clusters", "fpc", "lonely", "nest", "replicates", "replicate_kind"):
        value = getattr(design, name)
        if value != getattr(type(design)(), name):
            found[name] = list(value) if isinstance(value, tuple) else value
    if q is not None:
        named = {c.item for c in data.import_report.columns} - set(q.items) - {design.weight, *design.columns}
        keep = [n for n in data.columns if n in named]
        found |= {"keep": keep} if keep else {}
    return found


def _rows_call(title: str, result: Any, task: Mapping[str, Any] | None) -> Iterator[str]:
    if task is not None:
        return _call(title, task["model"], "data", task["options"], result)
    return _call(title, result.model.to_text(), "data", _asked(result.options), result)


def _moments_call(title: str, result: Any) -> Iterator[str]:
    if not hasattr(result, "to_lavaan"):
        yield from _last_stage(title, result)
        return
    samples = [(s.label, _moments(s.moments)) for s in result.samples]
    whole = samples[0][1] if len(samples) == 1 else "{" + ", ".join(f"{k!r}: {m}" for k, m in samples) + "}"
    options = {k: v for k, v in _asked(result.options).items() if k not in ("group", "missing")}
    yield from _call(title, result.model.to_text(), whole, options, result)


def _last_stage(title: str, fit: Any) -> Iterator[str]:
    """PLS on the moments of the scores and products of the stages before, without a bootstrap."""
    asked = fit.options
    modes = {c: m for c, m in zip(fit.design.constructs, fit.design.modes, strict=True) if m not in "AB"}
    options = {
        "method": asked.method,
        "scheme": asked.scheme,
        "modes": modes,
        "hierarchy": asked.hierarchy,
        "bootstrap": 0,
    }
    yield "# the last of several stages: scores of the stage before, or products, are among the indicators"
    yield from _call(title, fit.model.to_text(), _moments(fit.sample.moments), options, fit, "std")


def _moments(moments: Any) -> str:
    parts = [f"n={moments.n}", f"cov={moments.cov.tolist()!r}"]
    if moments.mean is not None:
        parts.append(f"mean={moments.mean.tolist()!r}")
    return f"Moments({', '.join(parts)}, names={list(moments.names)!r})"


def _call(
    title: str, text: str, sample: str, options: Mapping[str, Any], result: Any, column: str = "estimate"
) -> Iterator[str]:
    given = "".join(f", {k}={v!r}" for k, v in options.items() if k != "name")
    yield f"model = {text!r}"
    yield f"report = {_figures_of(result, column)!r}"
    yield f"show({title!r}, lambda: sk.fit(model, {sample}{given}), {column!r}, report)"


def _figures_of(result: Any, column: str = "estimate") -> list[float | None]:
    """A column of the report, at its ten digits."""
    return [_figure(v) for v in result.tidy()[column]]


def _figure(value: float) -> float | None:
    return float(f"{value:.10g}") if abs(value) < float("inf") else None


def _asked(options: Any) -> dict[str, Any]:
    """The options of :func:`surveykit.fit` that say again what a fit was asked for."""
    defaults = {f.name: getattr(type(options)(), f.name) for f in fields(options)}
    changed = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in ((f.name, getattr(options, f.name)) for f in fields(options))
        if name not in _SKIPPED and value != defaults[name]
    }
    if hasattr(options, "discrepancy"):
        if options.discrepancy != "ml":
            changed = {k: v for k, v in changed.items() if k not in _LEAST_SQUARES}
        elif (options.se, options.test) == usual_errors(options.method):
            changed = {k: v for k, v in changed.items() if k not in ("se", "test")}
        if options.se == "bootstrap":
            changed |= {"se": "bootstrap", "bootstrap": options.bootstrap, "seed": options.seed}
    else:
        changed |= {"bootstrap": options.bootstrap, "seed": options.seed}
        changed = {k: dict(v) if isinstance(v, Mapping) else v for k, v in changed.items()}
    engine = getattr(options, "engine", None)
    return {"method": options.method, **({} if engine is None else {"engine": engine}), **changed}
