"""Whatever happens while a file is written, its reader sees the old bytes or the new ones (F1-F3, P4)."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from surveykit import files
from surveykit.errors import ExitCode, SurveykitError


def leftovers(folder: Path) -> list[str]:
    return [p.name for p in folder.iterdir() if p.name.startswith(".surveykit-")]


def test_writes_text_as_utf8_and_replaces(tmp_path):
    target = tmp_path / "报告.txt"
    files.write_atomic(target, "满意")
    files.write_atomic(target, "忠诚")
    assert target.read_bytes() == "忠诚".encode()
    assert leftovers(tmp_path) == []


def test_mode_follows_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        files.write_atomic(tmp_path / "a", b"x")
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


class TornWriter:
    """A file whose write puts half of the bytes on the disk and then fails."""

    def __init__(self, handle: int, number: int) -> None:
        self.file = os.fdopen(os.dup(handle), "wb")
        os.close(handle)
        self.number = number

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def write(self, data: bytes) -> None:
        self.file.write(data[: len(data) // 2])
        self.file.flush()
        raise OSError(self.number, os.strerror(self.number))


@pytest.mark.parametrize("step", ["write", "fsync", "chmod", "replace"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_a_failure_leaves_the_old_file(tmp_path, monkeypatch, step, number):
    target = tmp_path / "report.pdf"
    target.write_bytes(b"old")

    def fail(*_a, **_k):
        raise OSError(number, os.strerror(number))

    if step == "write":
        torn = _os_with(fdopen=lambda handle, _mode: TornWriter(handle, number))
        monkeypatch.setattr(files, "os", torn)
    else:
        monkeypatch.setattr(files, "os", _os_with(**{step: fail}))
    with pytest.raises(SurveykitError) as caught:
        files.write_atomic(target, b"new and longer")
    assert caught.value.exit_code == ExitCode.INPUT_OUTPUT
    assert target.read_bytes() == b"old"
    assert leftovers(tmp_path) == []
    if number == errno.ENOSPC:
        assert "14 bytes are needed" in caught.value.hint
        assert "are free" in caught.value.hint


def _os_with(**replaced):
    """The os module with some functions replaced, for surveykit.files alone."""

    class Fake:
        def __getattr__(self, name):
            return replaced.get(name) or getattr(os, name)

    return Fake()


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_leaves_no_part(tmp_path, monkeypatch, stop):
    target = tmp_path / "results.json"
    target.write_text("old")

    def interrupted(*_):
        raise stop

    monkeypatch.setattr(files, "os", _os_with(fsync=interrupted))
    with pytest.raises(stop):
        files.write_atomic(target, "new")
    assert target.read_text() == "old"
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("place", ["missing/report.pdf", "folder", "file/report.pdf"])
def test_what_cannot_be_created(tmp_path, place):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x")
    with pytest.raises(SurveykitError) as caught:
        files.write_atomic(tmp_path / place, b"new")
    assert caught.value.exit_code == ExitCode.CANNOT_CREATE
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder"]


def test_require_writable_accepts_and_leaves_nothing(tmp_path):
    files.require_writable(tmp_path, ["report.pdf"])
    files.require_writable(tmp_path / "new" / "deeper", ["report.pdf"])
    assert list(tmp_path.iterdir()) == []


def test_require_writable_refuses(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("x")
    (tmp_path / "out" / "report.pdf").mkdir(parents=True)
    cases = [(tmp_path / "file", ()), (tmp_path / "file" / "out", ()), (tmp_path / "out", ("report.pdf",))]
    if Path("/proc/self").exists():  # nobody creates files there, not even the superuser
        cases.append((Path("/proc/surveykit-out"), ()))
    for directory, names in cases:
        with pytest.raises(SurveykitError) as caught:
            files.require_writable(directory, names)
        assert caught.value.exit_code == ExitCode.CANNOT_CREATE

    def read_only(*_):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(files, "os", _os_with(open=read_only))
    with pytest.raises(SurveykitError, match="cannot create"):
        files.require_writable(tmp_path)


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../x", "a/b", "/etc/passwd", "a\\b", "a\0b", "CON", "nul.pdf", "com1.txt", "长" * 86],
)
def test_inside_refuses(tmp_path, name):
    with pytest.raises(SurveykitError, match="refused output name"):
        files.inside(tmp_path, name)


def test_inside_refuses_a_link_that_leads_out(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "secret").write_text("x")
    (out / "report.pdf").symlink_to(tmp_path / "secret")
    (out / "near.pdf").symlink_to(out / "other.pdf")
    with pytest.raises(SurveykitError, match="refused output name"):
        files.inside(out, "report.pdf")
    assert files.inside(out, "near.pdf").name == "near.pdf"
    assert files.inside(out, "长" * 85).parent == out


def test_sha256(tmp_path):
    (tmp_path / "a").write_bytes(b"abc" * 100_000)
    assert files.sha256(tmp_path / "a") == hashlib.sha256(b"abc" * 100_000).hexdigest()


def test_stale_temps_go_and_those_of_the_living_stay(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (tmp_path / f".surveykit-{dead.pid}-0011.tmp").write_text("x")
    (tmp_path / ".surveykit-nonsense.tmp").write_text("x")
    living = tmp_path / f".surveykit-{os.getpid()}-0011.tmp"
    living.write_text("x")
    (tmp_path / "report.pdf").write_text("x")
    assert files.clean_stale_temps(tmp_path) == 2
    assert sorted(p.name for p in tmp_path.iterdir()) == [living.name, "report.pdf"]


WRITER = """
import sys
from surveykit.files import write_atomic
print("ready", flush=True)
i = 0
while True:
    write_atomic(sys.argv[1], bytes([65 + i % 26]) * 3_000_000)
    i += 1
"""


def kill_while_writing(folder: Path, delay: float) -> None:
    target = folder / "report.pdf"
    target.write_bytes(b"@" * 3_000_000)
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(target)], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    writer.stdout.readline()
    time.sleep(delay)
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    written = target.read_bytes()
    assert len(written) == 3_000_000
    assert len(set(written)) == 1
    files.clean_stale_temps(folder)
    assert leftovers(folder) == []


@pytest.mark.parametrize("delay", [0.0, 0.003, 0.011, 0.02, 0.047])
def test_kill_while_writing(tmp_path, delay):
    kill_while_writing(tmp_path, delay)


@pytest.mark.nightly
@pytest.mark.parametrize("delay", [i * 0.0017 for i in range(50)])
def test_kill_while_writing_often(tmp_path, delay):
    kill_while_writing(tmp_path, delay)
