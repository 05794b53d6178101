"""Promises of a whole run: offline, same bytes anywhere, nothing half-written, nothing fetched (W1, F1-F3, F7, F9, F10)."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from surveykit import cli, files
from surveykit.errors import ExitCode

ROOT = Path(__file__).parents[1]
CAFE = ROOT / "examples" / "cafe"

SHORT = """\
title: {en: Short, zh: 简短}
questionnaire: questionnaire.yaml
data: answers.csv
simulated: true
languages: [zh]
groups: [store]
analyses:
  - {analysis: drivers, outcome: Satisfaction, predictors: [Quality, Service]}
models: []
"""


@pytest.fixture
def study(tmp_path):
    """A study that runs fast and still draws at random, in Chinese."""
    folder = tmp_path / "study"
    folder.mkdir()
    for name in ("questionnaire.yaml", "answers.csv"):
        shutil.copy(CAFE / name, folder / name)
    (folder / "study.yaml").write_text(SHORT, encoding="utf-8")
    return folder / "study.yaml"


@pytest.fixture
def quick(study):
    """The same with scores alone."""
    text = study.read_text("utf-8")
    study.write_text(text[: text.index("groups:")] + "analyses: []\nmodels: []\n", encoding="utf-8")
    return study


def run_surveykit(study: Path, out: Path, *python: str, cwd: Path | None = None, **env: str):
    return subprocess.run(
        [sys.executable, *python, "-m", "surveykit", "run", str(study), "-o", str(out)],
        cwd=cwd,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        stdin=subprocess.DEVNULL,
    )


def digests(out: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(out.iterdir())}


def test_same_bytes_anywhere(study, tmp_path):
    """F7, F9: another folder, hash seed, time zone, language, second, relative or absolute path."""
    first = run_surveykit(study, tmp_path / "a", PYTHONHASHSEED="1", TZ="UTC", LANG="C.UTF-8")
    assert first.returncode == 0, first.stderr.decode()
    elsewhere = tmp_path / "else where [1]"
    shutil.copytree(study.parent, elsewhere)
    second = run_surveykit(
        Path("study.yaml"),
        Path("out"),
        cwd=elsewhere,
        PYTHONHASHSEED="2",
        TZ="Asia/Shanghai",
        LANG="C",
        LC_ALL="C",
        PYTHONUTF8="0",
        PYTHONCOERCECLOCALE="0",
        HOME=str(tmp_path),
        USER="somebody",
    )
    assert second.returncode == 0, second.stderr.decode()
    assert digests(tmp_path / "a") == digests(elsewhere / "out")
    assert len(digests(tmp_path / "a")) == 4


def test_no_encoding_is_left_to_the_locale(quick, tmp_path):
    """F9: every text file is opened with its encoding named, by us (other libraries are not asked)."""
    flags = ("-X", "warn_default_encoding", "-W", "error::EncodingWarning:surveykit")
    done = run_surveykit(quick, tmp_path / "out", *flags, LANG="C", LC_ALL="C", PYTHONUTF8="0")
    assert done.returncode == 0, done.stderr.decode()


GUARD = """
import os, sys
def guard(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        shown = repr(arguments)
        if "127.0.0.1" not in shown and "localhost" not in shown and "::1" not in shown:
            refuse(event)
    if event in ("os.system", "os.exec"):
        refuse(event)
def refuse(event):
    with open(os.environ["GUARD_LOG"], "a", encoding="utf-8") as log:
        log.write(event + "\\n")
    raise RuntimeError("NETWORK " + event)
sys.addaudithook(guard)
with open(os.environ["GUARD_LOG"], "a", encoding="utf-8") as log:
    log.write("guarded\\n")
"""


def guarded(folder: Path) -> dict[str, str]:
    """The environment in which every Python process, those that a run starts too, is watched from its start."""
    (folder / "guard").mkdir()
    (folder / "guard" / "sitecustomize.py").write_text(GUARD, encoding="utf-8")
    paths = os.pathsep.join([str(folder / "guard"), str(ROOT)])
    return {**os.environ, "PYTHONPATH": paths, "GUARD_LOG": str(folder / "guard.log")}


def test_no_network(study, tmp_path):
    """F10, V9: a full run with charts, both models of output and both renderers opens no socket."""
    text = study.read_text("utf-8").replace("models: []\n", "").replace("[zh]", "[en, zh]")
    study.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "surveykit", "run", str(study), "-o", str(tmp_path / "out"), "--debug"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=guarded(tmp_path),
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert set((tmp_path / "guard.log").read_text("utf-8").split()) == {"guarded"}


def test_the_guard_can_fail(tmp_path):
    code = "import subprocess, sys; subprocess.run([sys.executable, '-P', '-c', sys.argv[1]])"
    dial = "import socket; socket.create_connection(('192.0.2.1', 9), 1)"
    done = subprocess.run(
        [sys.executable, "-c", code, dial], capture_output=True, text=True, env=guarded(tmp_path)
    )
    assert "NETWORK" in done.stderr
    said = (tmp_path / "guard.log").read_text("utf-8").split()
    assert said[:2] == ["guarded", "guarded"]
    assert said[2].startswith("socket.")


class Fail:
    """The os module for surveykit.files; the nth call of one function fails."""

    def __init__(self, name: str, nth: int, number: int) -> None:
        self.name, self.left, self.number = name, nth, number

    def __getattr__(self, name: str):
        real = getattr(os, name)
        if name != self.name:
            return real

        def maybe(*arguments, **named):
            self.left -= 1
            if self.left == 0:
                raise OSError(self.number, os.strerror(self.number))
            return real(*arguments, **named)

        return maybe


@pytest.mark.parametrize(("step", "nth"), [("fsync", 1), ("fsync", 3), ("replace", 1), ("replace", 4)])
def test_a_full_disk_leaves_every_old_file_whole(quick, tmp_path, monkeypatch, capsys, step, nth):
    """F2: exit 74, each output file is the old one or the complete new one, no temporary file stays."""
    out = tmp_path / "out"
    out.mkdir()
    names = ("report.pdf", "report.html", "results.json", "tables.xlsx")
    for name in names:
        (out / name).write_bytes(b"old")
    monkeypatch.setattr(files, "os", Fail(step, nth, errno.ENOSPC))
    assert cli._exit_code(["run", str(quick), "-o", str(out)], debug=False) == ExitCode.INPUT_OUTPUT
    said = capsys.readouterr().err
    assert "No space left on device" in said
    assert "are needed" in said
    assert sorted(p.name for p in out.iterdir()) == sorted(names)
    assert b"old" in {p.read_bytes() for p in out.iterdir()}
    assert all(p.read_bytes() == b"old" or p.stat().st_size > 1000 for p in out.iterdir())


def test_a_folder_that_cannot_be_written_is_found_first(quick, tmp_path, monkeypatch, capsys):
    """F3: exit 73 before the answers are read."""
    monkeypatch.setattr(files, "os", Fail("open", 1, errno.EROFS))
    assert (
        cli._exit_code(["run", str(quick), "-o", str(tmp_path / "out")], debug=False)
        == ExitCode.CANNOT_CREATE
    )
    said = capsys.readouterr().err
    assert "Read-only file system" in said
    assert "answers.csv" not in said
    assert not (tmp_path / "out").exists()


def stop_a_run(study: Path, out: Path, number: signal.Signals, delay: float, until: str) -> int:
    process = subprocess.Popen(
        [sys.executable, "-m", "surveykit", "run", str(study), "-o", str(out)],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith(until):
            break
    time.sleep(delay)
    process.send_signal(number)
    said = process.communicate(timeout=30)[1]
    assert "Traceback" not in said
    return process.returncode


@pytest.mark.parametrize("delay", [0.0, pytest.param(0.004, marks=pytest.mark.nightly)])
def test_kill_while_a_run_writes(quick, tmp_path, delay):
    """F1: after kill -9 every file is the old or the new one, and the next run cleans up."""
    out = tmp_path / "out"
    assert run_surveykit(quick, out).returncode == 0
    before = digests(out)
    quick.write_text(
        quick.read_text("utf-8").replace("Short", "Shorter").replace("简短", "更短"), encoding="utf-8"
    )
    stop_a_run(quick, out, signal.SIGKILL, delay, "writing")
    between = {name: d for name, d in digests(out).items() if not name.startswith(".surveykit-")}
    assert run_surveykit(quick, out).returncode == 0
    after = digests(out)
    assert after != before
    assert set(after) == set(before) == set(between)
    assert all(between[name] in (before[name], after[name]) for name in before)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, ExitCode.INTERRUPTED), (signal.SIGTERM, ExitCode.TERMINATED)]
)
def test_stopping_a_run_leaves_nothing(quick, tmp_path, number, code):
    """F4: stopped in the middle of the work, no output at all."""
    assert stop_a_run(quick, tmp_path / "out", number, 0.2, "rendering") == code
    assert not (tmp_path / "out").exists()


def test_stale_parts_of_a_killed_run_go(quick, tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / f".surveykit-{dead.pid}-00.tmp").write_text("part")
    assert run_surveykit(quick, tmp_path / "out").returncode == 0
    assert not list((tmp_path / "out").glob(".surveykit-*"))
