"""surveykit watch in Chromium: a new build appears by itself, in the language that was chosen, at the place that was read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import Browser
from tests.watching import STUDY as PILOT
from tests.watching import watched, write_study

pytestmark = pytest.mark.browser

STUDY = PILOT + "languages: [en, zh]\n"
_FRAME = "document.querySelector('iframe').contentDocument"
INSIDE = f"({_FRAME}?.documentElement ? {_FRAME} : document)"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_study(tmp_path, STUDY)


@pytest.fixture
def address(study: Path) -> Iterator[str]:
    with watched(study) as found:
        yield found


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
    page.until("document.getElementById('state').textContent === ''")
    # A new visit to the same address finds the language again.
    page.open("about:blank")
    page.open(address + "#zh")
    page.until(f"{INSIDE}.documentElement.lang === 'zh-Hans'")
    assert page.troubles() == []
    assert all(url.startswith((address.rstrip("/"), "about:")) for url in page.requests())


def test_the_page_says_that_watching_has_ended(browser: Browser, study: Path) -> None:
    with watched(study) as found:
        page = browser.page(1280, 900)
        page.open(found)
        page.until(f"{INSIDE}.querySelectorAll('figure.drawn').length")
    page.until("document.getElementById('state').textContent.includes('has ended')")
    assert page.eval(f"{INSIDE}.querySelectorAll('figure.drawn').length") > 0


def test_a_study_that_is_wrong_from_the_start_says_so(browser: Browser, study: Path, address: str) -> None:
    study.write_text(STUDY.replace("nps", "nothing"), encoding="utf-8")
    page = browser.page(390, 844, touch=True)
    page.open(address)
    page.until("document.querySelector('#trouble pre')?.textContent.includes('nothing')")
    assert page.eval("document.documentElement.scrollWidth") <= 390
    assert page.troubles() == []
