"""surveykit watch: a change of a file gives a new page, a mistake gives its words, strangers get nothing."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from surveykit.errors import SurveykitError
from surveykit.study.watch import Live, _answer, serve
from tests.watching import STUDY, watched, write_study


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_study(tmp_path)


def test_a_build_is_due_when_a_file_changed_and_not_before(study: Path) -> None:
    live = Live(study)
    assert live.due()
    assert "+30" in live.make().pages["en"]
    assert not live.due()
    with (study.parent / "answers.csv").open("a", encoding="utf-8") as answers:
        answers.write("10\n" * 35)
    assert live.due()
    assert "+47" in live.make().pages["en"]
    assert not live.due()


def test_a_mistake_shows_its_words_and_keeps_the_last_page(study: Path) -> None:
    live = Live(study)
    before = live.make().pages
    study.write_text(STUDY + "grups: [store]\n", encoding="utf-8")
    build = live.make()
    assert build.pages == before
    assert "grups" in build.trouble
    assert "groups" in build.trouble
    study.write_text(STUDY, encoding="utf-8")
    assert live.due()
    assert live.make().trouble == ""


def test_what_did_not_change_is_not_computed_again(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from surveykit import scoring

    live, calls = Live(study), list[int]()
    real: Callable[..., object] = scoring.score

    def counted(*given: object, **options: object) -> object:
        calls.append(1)
        return real(*given, **options)

    monkeypatch.setattr(scoring, "score", counted)
    live.make()
    first = len(calls)
    assert first > 0
    study.write_text(STUDY.replace("Pilot", "Second title"), encoding="utf-8")
    assert "Second title" in live.make().pages["en"]
    assert len(calls) == first
    (study.parent / "answers.csv").write_text("recommend\n" + "9\n" * 100, encoding="utf-8")
    live.make()
    assert len(calls) > first


@pytest.fixture
def address(study: Path) -> Iterator[str]:
    with watched(study) as found:
        yield found


def get(address: str) -> str:
    with urllib.request.urlopen(address, timeout=30) as answer:
        return str(answer.read().decode("utf-8"))


def test_the_page_follows_the_file(study: Path, address: str) -> None:
    assert "build 1" in get(address)
    assert "+30" in get(address + "report.en.html")
    study.write_text(STUDY.replace("Pilot", "<b>New</b> title"), encoding="utf-8")
    for _ in range(600):
        if get(address + "number").split()[0] != "1":
            break
        time.sleep(0.1)
    page = get(address + "report.en.html")
    assert "&lt;b&gt;New&lt;/b&gt; title" in page
    assert "<b>New" not in page


def test_only_who_knows_the_address_on_this_machine_gets_an_answer(address: str) -> None:
    place = urlsplit(address)
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(f"http://{place.netloc}/report.en.html")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(address + "../../etc/passwd")
    stranger = HTTPConnection("127.0.0.1", place.port or 0, timeout=30)
    stranger.request("GET", place.path, headers={"Host": "evil.example:80"})
    assert stranger.getresponse().status == 404
    stranger.close()


def test_a_missing_study_and_a_taken_port_are_said(study: Path, address: str, tmp_path: Path) -> None:
    with pytest.raises(SurveykitError, match="no such study"):
        serve(tmp_path / "nothing.yaml")
    for port in (urlsplit(address).port or 0, 99_999, -1):
        with pytest.raises(SurveykitError, match="port") as found:
            serve(study, port=port)
        assert "1 to 65535" in str(found.value)


def test_the_terminal_hears_what_became_of_each_build(study: Path) -> None:
    live, said = Live(study), list[str]()
    live.make(said.append)
    assert re.fullmatch(r"build 1 is ready \([\d.]+ s\)", said[-1])
    assert "computing scores" in said
    said.clear()
    study.write_text(STUDY.replace("Pilot", "Second title"), encoding="utf-8")
    live.make(said.append)
    assert said[-1].startswith("build 2 is ready")
    assert "computing scores" not in said
    study.write_text(STUDY + "grups: [store]\n", encoding="utf-8")
    live.make(said.append)
    assert said[-1].startswith("build 3 stopped; the last report stays\nerror: ")
    assert "grups" in said[-1]


def test_the_page_is_told_while_a_build_goes_on(study: Path) -> None:
    live, seen = Live(study), list[str]()
    live.make(lambda _text: seen.append(_answer(live, "number")[2]))  # type: ignore[index]
    assert set(seen[:-1]) == {"0 building"}
    assert _answer(live, "number") == (200, "text/plain", "1")


def test_ctrl_c_ends_it_with_a_word(study: Path) -> None:
    command = [sys.executable, "-m", "surveykit", "watch", str(study), "--no-browser"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("http://127.0.0.1:")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 0
    assert said.endswith("stopped watching\n")
    assert "Traceback" not in said
