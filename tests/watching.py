"""A small study, and its page as ``surveykit watch`` serves it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from surveykit.study.watch import serve

STUDY = "title: {en: Pilot, zh: 试点}\nquestionnaire: nps\ndata: answers.csv\n"


def write_study(folder: Path, text: str = STUDY) -> Path:
    """``study.yaml`` with 115 answers beside it, of which the score is +30."""
    rows = "\n".join(map(str, [10] * 60 + [8] * 30 + [2] * 25))
    (folder / "answers.csv").write_text(f"recommend\n{rows}\n", encoding="utf-8")
    path = folder / "study.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@contextmanager
def watched(study: Path) -> Iterator[str]:
    """The address of the page, while it is served; the server ends with it."""
    stop, there, found = threading.Event(), threading.Event(), []

    def ready(text: str) -> None:
        found.append(text)
        there.set()

    thread = threading.Thread(
        target=serve, args=(study,), kwargs={"ready": ready, "stop": stop, "pause": 0.05}
    )
    thread.start()
    assert there.wait(120)
    yield found[0]
    stop.set()
    thread.join(30)
    assert not thread.is_alive()
