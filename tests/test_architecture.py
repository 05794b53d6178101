"""The floors hold (function-level imports counted), and importing surveykit is cheap."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "surveykit"

FLOORS = {
    "errors": 0, "registry": 0, "results": 0, "format": 0, "hant": 0, "files": 0, "privacy": 0,
    "identifiers": 0,
    "moments": 1, "intervals": 1, "factor": 1, "htmt": 1, "bases": 1, "options": 1, "sampling": 1, "quality": 1,
    "questionnaire": 1, "model": 1,
    "responses": 2,
    "scoring": 3, "analyses": 3, "sem": 3, "customers": 3,
    "findings": 4,
    "report": 5,
    "verbs": 6, "erasure": 6, "summaries": 6, "catalogue": 6, "study": 6, "reproduce": 6, "doctor": 6, "exchange": 6,
    "__init__": 6,
    "cli": 7, "commands": 7, "privacy_commands": 7, "questionnaire_commands": 7, "__main__": 7,
}  # fmt: skip
# Rooms of one floor that may see each other: a questionnaire gives its model, sampling uses the interval kernels, an
# analysis that asks something of a model fits it.
NEIGHBOURS = {("questionnaire", "model"), ("sampling", "intervals"), ("analyses", "sem")}
FREE_FLOORS = {0, 6, 7}
HEAVY = ("pandas", "pydantic", "statsmodels", "scipy", "altair", "weasyprint", "polars", "duckdb", "semopy")


def room_of(dotted: str) -> str:
    """The room that a dotted module name lies in: ``surveykit.sem.engine`` is in ``sem``."""
    parts = dotted.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def imported_rooms(tree: ast.AST, module: str, is_package: bool) -> Iterator[tuple[int, str]]:
    """Line and room of every import of surveykit in a module, wherever it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "surveykit":
                    yield node.lineno, room_of(alias.name)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, module, is_package)
            if base == "surveykit":
                for alias in node.names:
                    yield node.lineno, alias.name if alias.name in FLOORS else "__init__"
            elif base.startswith("surveykit."):
                yield node.lineno, room_of(base)


def _absolute(node: ast.ImportFrom, module: str, is_package: bool) -> str:
    if not node.level:
        return node.module or ""
    parts = module.split(".")
    parts = parts[: len(parts) - node.level + (1 if is_package else 0)]
    return ".".join(parts + ([node.module] if node.module else []))


def violations(source: str, module: str, is_package: bool = False) -> list[str]:
    """The imports of a module that break the floors."""
    room = room_of(module)
    floor = FLOORS[room]
    found = []
    for line, other in imported_rooms(ast.parse(source), module, is_package):
        if other == room:
            continue
        there = FLOORS.get(other)
        allowed = there is not None and (
            there < floor
            or (there == floor and floor in FREE_FLOORS)
            or (there == floor and (room, other) in NEIGHBOURS)
        )
        # `from surveykit import __version__` names the package, which loads no room by itself
        if not allowed and other != "__init__":
            found.append(f"{module}:{line} (floor {floor}) imports {other} (floor {there})")
    return found


def modules() -> list[Path]:
    return sorted(p for p in PACKAGE.rglob("*.py") if "_data" not in p.parts)


def dotted(path: Path) -> str:
    parts = ("surveykit", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 2 else parts)


def test_every_room_has_a_floor():
    rooms = {p.relative_to(PACKAGE).parts[0].removesuffix(".py") for p in modules()}
    assert rooms <= set(FLOORS), f"give {rooms - set(FLOORS)} a floor here and in docs/architecture.md"


def test_imports_go_down():
    found = [
        v
        for path in modules()
        for v in violations(path.read_text("utf-8"), dotted(path), path.name == "__init__.py")
        if dotted(path) != "surveykit.__init__"
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "source",
    [
        "from surveykit.report import Report",
        "import surveykit.cli",
        "def f():\n    from surveykit.study import run",
        "from .. import study",
        "from ..sem import fit",
        "from surveykit import findings",
    ],
)
def test_the_check_can_fail(source):
    assert violations(source, "surveykit.scoring.nps")


def test_a_lower_floor_may_be_imported():
    source = "from surveykit.errors import Where\nfrom ..moments import Counts\nfrom . import Scores\n"
    assert violations(source, "surveykit.scoring.nps") == []


def test_import_is_cheap():
    code = f"import sys, surveykit; print([m for m in {HEAVY!r} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_verbs_are_not_shadowed_by_rooms():
    code = "import surveykit.report, surveykit as sk; print(type(sk.report).__name__)"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "function"


BANNED_CALLS = {"eval", "exec", "compile", "__import__"}
BANNED_MODULES = {
    "pickle",
    "joblib",
    "shelve",
    "marshal",
    "dill",
    "patsy",
    "formulaic",
    "statsmodels.formula",
}


def test_nothing_is_evaluated_or_unpickled():
    """P1, P2: no user text reaches an evaluator; nothing is pickled."""
    found = []
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.id if isinstance(node.func, ast.Name) else ""
                method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
                if name in BANNED_CALLS or method in {"eval", "query", "read_pickle", "to_pickle", "sympify"}:
                    found.append(f"{path.name}:{node.lineno} calls {name or method}")
                if any(k.arg == "allow_pickle" for k in node.keywords):
                    found.append(f"{path.name}:{node.lineno} allow_pickle")
            names = []
            if isinstance(node, ast.Import):
                names = [a.name for a in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            found += [
                f"{path.name} imports {n}"
                for n in names
                if any(n == b or n.startswith(b + ".") for b in BANNED_MODULES)
            ]
    assert not found, "\n".join(found)


def test_files_are_short():
    long = {
        str(p.relative_to(ROOT)): n for p in modules() if (n := len(p.read_text("utf-8").splitlines())) > 560
    }
    assert not long, long


RANKS = ("exact recovery", "oracle", "brute force", "simulation", "certified", "published")


@pytest.mark.parametrize("kind", ["metrics", "analyses", "findings", "sections"])
def test_every_entry_is_complete(kind):
    """One place: an entry has titles in both languages, a reference and evidence of a named rank."""
    from surveykit.catalogue import registry

    entries = list(registry(kind))
    assert entries
    lacking = []
    for entry in entries:
        if set(entry.title) != {"en", "zh"} or not all(entry.title.values()):
            lacking.append(f"{entry.id}: title")
        if kind in {"metrics", "analyses"}:
            if not entry.reference or not entry.example:
                lacking.append(f"{entry.id}: reference or example")
            if not any(rank in entry.evidence for rank in RANKS):
                lacking.append(f"{entry.id}: evidence {entry.evidence!r}")
            if entry.options is None or any(not f.description for f in entry.options.model_fields.values()):
                lacking.append(f"{entry.id}: options without description")
    assert not lacking, "\n".join(lacking)


def test_nothing_is_registered_by_hand():
    """Adding an entry is adding a file: no module lists the entries of another."""
    entries = {p.stem for room in ("scoring", "analyses") for p in (PACKAGE / room).glob("[a-z]*.py")}
    found = []
    for path in modules():
        room = path.relative_to(PACKAGE).parts[0]
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                parts = node.module.split(".")
                if len(parts) == 3 and parts[0] == "surveykit" and parts[1] in {"scoring", "analyses"}:
                    outside = room not in {"scoring", "analyses"}
                    if parts[2] in entries and outside:
                        found.append(f"{path.name} imports {node.module}")
    assert not found, found
