"""The wheel works from an empty folder: questionnaires, templates, themes and reproductions travel inside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("surveykit-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """An unpacked installation, without the checkout beside it."""
    target = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", str(target)]
    subprocess.run([*pip, str(wheel)], check=True, capture_output=True, stdin=subprocess.DEVNULL)
    return target


def run_installed(installed: Path, folder: Path, *arguments: str):
    return subprocess.run(
        [sys.executable, "-m", "surveykit", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
    )


def test_what_the_wheel_holds(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = archive.read(next(n for n in names if n.endswith("METADATA"))).decode()
        points = archive.read(next(n for n in names if n.endswith("entry_points.txt"))).decode()
    assert "surveykit/py.typed" in names
    for path in sorted(ROOT.glob("questionnaires/*.yaml")):
        assert f"surveykit/_data/questionnaires/{path.name}" in names
    assert "surveykit/_data/reports/themes/default/theme.yaml" in names
    assert "surveykit/reproductions/mobile-phone.yaml" in names
    assert not [n for n in names if n.startswith(("tests/", "examples/", "docs/"))]
    assert "surveykit = surveykit.cli:main" in points
    head = Parser().parsestr(metadata)
    assert head["License-Expression"] == "GPL-3.0-or-later"
    assert head["Requires-Python"] == ">=3.11"


def test_security_floors():
    """W5 and the advisories: versions below these have published vulnerabilities."""
    from importlib.metadata import requires

    floors = {r.split(";")[0].strip().lower() for r in requires("surveykit") or []}
    for floor in ("weasyprint>=70.0", "jinja2>=3.1.6", "lxml>=6.1.0", "fonttools>=4.60.2"):
        assert floor in floors
    for floor in ("duckdb>=1.1.0", "pyarrow>=14.0.1", "defusedxml>=0.7.1"):
        assert floor in floors


def test_from_an_empty_folder(installed, tmp_path):
    where = subprocess.run(
        [sys.executable, "-c", "import surveykit; print(surveykit.__file__)"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(where.stdout.strip()).is_relative_to(installed)
    assert run_installed(installed, tmp_path, "reproduce", "holzinger-swineford").returncode == 0
    listed = json.loads(run_installed(installed, tmp_path, "list", "questionnaires", "--json").stdout)
    assert {"nps", "csat", "ces", "ecsi"} <= {q["id"] for q in listed["questionnaires"]}
    assert run_installed(installed, tmp_path, "new", "mine", "-q", "nps").returncode == 0
    done = run_installed(installed, tmp_path, "run", "mine/study.yaml", "-o", "out")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "report.zh.pdf").read_bytes().startswith(b"%PDF")
