"""Ctrl-C and SIGTERM while Java starts are heard once it runs: a Java process left halfway would stay for ever."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from surveykit.responses import spark


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_waits_for_java(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pyspark = pytest.importorskip("pyspark")
    steps: list[str] = []

    def heard(*_: Any) -> None:
        steps.append("heard")
        raise KeyboardInterrupt

    def start() -> None:
        os.kill(os.getpid(), number)
        steps.append("started")

    monkeypatch.setattr(pyspark.SparkContext, "_ensure_initialized", start)
    before = signal.signal(number, heard)
    try:
        with pytest.raises(KeyboardInterrupt):
            spark._start_java()
        assert signal.getsignal(number) is heard
    finally:
        signal.signal(number, before)
    assert steps == ["started", "heard"]


def test_what_is_ignored_stays_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under nohup or in the background of a shell nothing is to be heard afterwards."""
    pyspark = pytest.importorskip("pyspark")
    monkeypatch.setattr(
        pyspark.SparkContext, "_ensure_initialized", lambda: os.kill(os.getpid(), signal.SIGINT)
    )
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        spark._start_java()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
