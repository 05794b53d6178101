"""Where the oracles' numbers and the public data are, and a last line that says how many were compared.

``SURVEYKIT_REFERENCE`` names a directory that holds ``reference/`` (outputs of lavaan, psych, seminr …)
and ``data/`` (public data sets). Without it the tests that ask for one of them skip. With it, nothing
that asks may skip: a file that is missing fails, and so does a test that skips for another reason.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

VARIABLE = "SURVEYKIT_REFERENCE"
_ORACLE_FIXTURES = {"reference", "shared_data"}
_COUNTS = pytest.StashKey[dict[str, int]]()


def shared_path(folder: str, name: str) -> Path:
    """A file of the shared directory; skips where there is none, fails where the file is missing."""
    root = os.environ.get(VARIABLE)
    if not root:
        pytest.skip(f"{VARIABLE} is not set")
    path = Path(root) / folder / name
    if not path.exists():
        pytest.fail(f"{VARIABLE} is set but {folder}/{name} is missing")
    return path


@pytest.fixture(scope="session")
def reference() -> Callable[[str], Any]:
    """``reference("hs_cfa_ml")`` is the parsed ``reference/hs_cfa_ml.json``."""

    def load(name: str) -> Any:
        return json.loads(shared_path("reference", f"{name}.json").read_text(encoding="utf-8"))

    return load


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """``shared_data("mobi.csv")`` is the path of ``data/mobi.csv``."""
    return lambda name: shared_path("data", name)


@pytest.fixture
def drafted(tmp_path: Path) -> Callable[..., tuple[Any, Any]]:
    """``drafted(rows)``: the study and the questionnaire drafted from rows written as a CSV, none of them lost."""
    from surveykit.questionnaire import Questionnaire
    from surveykit.study.from_export import study_from_export
    from tests.exports import Rows, write

    def make(
        rows: Rows, encoding: str = "utf-8", delimiter: str = ",", name: str = "a.csv"
    ) -> tuple[Any, Any]:
        made = study_from_export(tmp_path / "s", write(tmp_path / name, rows, encoding, delimiter))
        report = made.report
        assert report.rows_read == report.rows_used + sum(n for _, n in report.set_aside)
        return made, Questionnaire.load(made.files[0])

    return make


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _ORACLE_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("oracle")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_COUNTS] = {"ran": 0, "skipped": 0}


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Any:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and not hasattr(session.config, "workerinput"):
        counts = session.config.stash[_COUNTS]
        for outcome in ("passed", "failed", "skipped"):
            for report in reporter.stats.get(outcome, []):
                if "oracle" in getattr(report, "keywords", {}):
                    counts["skipped" if outcome == "skipped" else "ran"] += 1
        if os.environ.get(VARIABLE) and counts["skipped"] and session.exitstatus == 0:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
    return (yield)


def pytest_unconfigure(config: pytest.Config) -> None:
    """The last line of all: after pytest's own summary."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(config, "workerinput"):
        return
    counts = config.stash[_COUNTS]
    where = os.environ.get(VARIABLE)
    remark = f"{VARIABLE}={where}" if where else f"set {VARIABLE} to run them"
    if where and counts["skipped"]:
        remark += ": a skip is a failure here"
    reporter.write_line(f"oracle tests: {counts['ran']} ran, {counts['skipped']} skipped ({remark})")
