"""A browser for the session, and pages of small studies as files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from surveykit.report import Report
from tests.browser.chromium import Browser, executable, started
from tests.report_study import report
from tests.test_report_live import grouped, moderated, ugly
from tests.test_report_pictures import differing

STUDIES: dict[str, Callable[[], Report]] = {
    "study.en": lambda: report("en"),
    "study.zh": lambda: report("zh"),
    "groups": grouped,
    "moderated": moderated,
    "ugly": ugly,
    "differing": differing,
    "harbour.zh-Hant": lambda: differing("zh-Hant", "harbour"),
}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if executable() is None:
        pytest.skip("no Chromium: make test-browser installs it")
    with started() as found:
        yield found


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    folder = tmp_path_factory.mktemp("pages")

    def page(name: str) -> Path:
        path = folder / f"{name}.html"
        if not path.exists():
            path.write_text(STUDIES[name]().html(), encoding="utf-8")
        return path

    return page
