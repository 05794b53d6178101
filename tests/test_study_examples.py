"""The examples are what they say: simulated by their generator, runnable in ten lines, right in their studies."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from surveykit.study.prepare import prepare

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted(p.parent for p in ROOT.glob("examples/*/study.yaml"))


def python(script: Path, cwd: Path):
    return subprocess.run(
        [sys.executable, str(script)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


def test_there_are_both():
    assert [p.name for p in EXAMPLES] == ["cafe", "mobile-phone"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda p: p.name)
def test_the_generator_makes_the_committed_answers(example, tmp_path):
    shutil.copytree(example, tmp_path / "copy", ignore=shutil.ignore_patterns("out"))
    (tmp_path / "copy" / "answers.csv").unlink()
    done = python(tmp_path / "copy" / "generate.py", tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "copy" / "answers.csv").read_bytes() == (example / "answers.csv").read_bytes()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda p: p.name)
def test_the_ten_lines_run(example, tmp_path):
    script = example / "analysis.py"
    assert len([line for line in script.read_text("utf-8").splitlines()[1:] if line.strip()]) <= 10
    done = python(script, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "metric" in done.stdout or "scores" in done.stdout
    html = (tmp_path / "findings.html").read_text("utf-8")
    assert ("模拟数据" if example.name == "cafe" else "SIMULATED DATA") in html


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda p: p.name)
def test_the_study_says_that_it_is_simulated(example):
    plan = prepare(example / "study.yaml", lambda _text: None, lambda _loaded: None)
    assert plan.study.simulated
    assert set(plan.study.languages) == {"en", "zh"}
    assert "SIMULATED" in (example / "README.md").read_text("utf-8")
    assert plan.data.n_rows >= 400
