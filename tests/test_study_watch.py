"""surveykit watch: a change of a file gives a new page, a mistake gives its words, strangers get nothing."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from surveykit.errors import SurveykitError
from surveykit.study.watch import Live, serve
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
        if get(address + "number") != "1":
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
    with pytest.raises(SurveykitError, match="port"):
        serve(study, port=urlsplit(address).port or 0)
