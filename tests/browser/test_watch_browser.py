"""surveykit watch in Chromium: a new build appears by itself, in the language that was chosen, at the place that was read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from surveykit.study.watch import serve
from tests.browser.chromium import Browser

pytestmark = pytest.mark.browser

STUDY = "title: {en: Pilot, zh: 试点}\nlanguages: [en, zh]\nquestionnaire: nps\ndata: answers.csv\n"
_FRAME = "document.querySelector('iframe').contentDocument"
INSIDE = f"({_FRAME}?.documentElement ? {_FRAME} : document)"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    rows = "\n".join(map(str, [10] * 60 + [8] * 30 + [2] * 25))
    (tmp_path / "answers.csv").write_text(f"recommend\n{rows}\n", encoding="utf-8")
    path = tmp_path / "study.yaml"
    path.write_text(STUDY, encoding="utf-8")
    return path


@pytest.fixture
def address(study: Path) -> Iterator[str]:
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


def test_a_new_build_keeps_the_language_and_the_place(browser: Browser, study: Path, address: str) -> None:
    page = browser.page(1280, 900)
    page.open(address)
    page.until(f"{INSIDE}.querySelectorAll('figure.drawn').length")
    assert page.eval(f"{INSIDE}.documentElement.lang") == "en"
    page.click("nav a[data-language=zh]")
    page.until(f"{INSIDE}.documentElement.lang === 'zh-Hans' && {INSIDE}.readyState === 'complete'")
    assert page.eval("location.hash") == "#zh"
    assert page.eval("document.querySelector('nav a[aria-current=true]').textContent") == "简体中文"
    page.eval("document.querySelector('iframe').contentWindow.scrollTo(0, 700)")
    study.write_text(STUDY.replace("试点", "第二个题目"), encoding="utf-8")
    page.until("document.getElementById('build').textContent === 'build 2'")
    page.until(f"{INSIDE}.title.includes('第二个题目') && {INSIDE}.querySelectorAll('.drawn').length")
    page.until(f"{INSIDE}.documentElement.lang === 'zh-Hans'")
    page.until("document.querySelector('iframe').contentWindow.scrollY === 700")
    # A mistake: its words above the last report; mended, they go.
    study.write_text(STUDY + "grups: [store]\n", encoding="utf-8")
    page.until("document.querySelector('#trouble pre')?.textContent.includes('grups')")
    page.until(f"{INSIDE}.documentElement.lang === 'zh-Hans'")
    study.write_text(STUDY, encoding="utf-8")
    page.until("!document.querySelector('#trouble pre')")
    # A new visit to the same address finds the language again.
    page.open("about:blank")
    page.open(address + "#zh")
    page.until(f"{INSIDE}.documentElement.lang === 'zh-Hans'")
    assert page.troubles() == []
    assert all(url.startswith((address.rstrip("/"), "about:")) for url in page.requests())


def test_a_study_that_is_wrong_from_the_start_says_so(browser: Browser, study: Path, address: str) -> None:
    study.write_text(STUDY.replace("nps", "nothing"), encoding="utf-8")
    page = browser.page(390, 844, touch=True)
    page.open(address)
    page.until("document.querySelector('#trouble pre')?.textContent.includes('nothing')")
    assert page.eval("document.documentElement.scrollWidth") <= 390
    assert page.troubles() == []
