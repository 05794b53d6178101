"""report.html in Chromium: on a telephone and a desk, in light and dark, by pointer, finger, keyboard and on paper."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from pypdf import PdfReader

from surveykit.findings import FORMATS
from tests.browser.chromium import Browser, Page
from tests.report_study import report

pytestmark = pytest.mark.browser

SIZES = {"phone": (390, 844, True), "desk": (1280, 900, False)}
CHECKS = (Path(__file__).parent / "checks.js").read_text(encoding="utf-8")
LANG = {"study.zh": "zh-Hans", "harbour.zh-Hant": "zh-Hant"}
EVERY = ["study.en", "study.zh", "groups", "moderated", "ugly", "differing", "harbour.zh-Hant"]

Pages = Callable[[str], Path]


def opened(
    browser: Browser, path: Path, size: str = "desk", *, dark: bool = False, script: bool = True
) -> Page:
    width, height, touch = SIZES[size]
    page = browser.page(width, height, dark=dark, touch=touch, script=script)
    page.open(path)
    return page


def status(page: Page, figure: str) -> str:
    return str(page.eval(f"document.querySelector('#{figure} .status').textContent"))


def clean(page: Page, path: Path) -> None:
    """Nothing went wrong and nothing was asked for but the page itself."""
    assert page.troubles() == []
    assert page.requests() == [path.as_uri()]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", EVERY)
def test_a_page_is_whole_readable_and_alone(
    browser: Browser, pages: Pages, name: str, size: str, dark: bool
) -> None:
    page = opened(browser, pages(name), size, dark=dark)
    drawn, with_plot = page.eval(
        "[document.querySelectorAll('figure.drawn .mark:first-of-type, figure.drawn .chart').length, "
        "Object.values(JSON.parse(document.getElementById('plots').textContent).figures).filter(f => f.kind).length]"
    )
    assert drawn >= with_plot > 0
    assert page.eval("document.querySelectorAll('figure.drawn').length") == with_plot
    assert page.eval("[...document.querySelectorAll('.drawn .chart')].every(c => c.querySelector('.mark'))")
    options = (
        f"{{lang: '{LANG.get(name, 'en')}', touch: {str(SIZES[size][2]).lower()}, width: {SIZES[size][0]}}}"
    )
    assert page.eval(f"({CHECKS})({options})") == []
    # With everything unfolded too: tables, choices, numbers.
    page.eval("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.eval("document.querySelectorAll('.live .numbers').forEach(b => b.click())")
    assert page.eval(f"({CHECKS})({options})") == []
    clean(page, pages(name))
    folder = os.environ.get("SURVEYKIT_SHOTS")
    if folder:
        page.open(pages(name))
        page.picture(Path(folder) / f"{name}.{size}.{'dark' if dark else 'light'}.png", "body")


@pytest.mark.parametrize("name", [n for n in EVERY if n != "ugly"])
def test_the_keyboard_reaches_every_mark_and_hears_it(browser: Browser, pages: Pages, name: str) -> None:
    page = opened(browser, pages(name))
    figures = page.eval("[...document.querySelectorAll('figure.drawn')].map(f => f.id)")
    reached: list[str] = []
    for _ in range(400):
        page.press("Tab")
        at = page.eval(
            "document.activeElement.matches('.chart') ? document.activeElement.closest('figure').id : ''"
        )
        if at:
            reached.append(at)
            walked(page, at)
        elif page.eval("document.activeElement === document.body"):
            break
    assert list(dict.fromkeys(reached)) == figures
    clean(page, pages(name))


def walked(page: Page, figure: str) -> None:
    """Every mark of a chart by the arrow keys, to and fro; the focus can be seen; Enter holds, Esc lets go."""
    assert page.eval("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert page.eval(f"getComputedStyle(document.querySelector('#{figure} .hint')).display") == "block"

    def at() -> str:
        return str(page.eval(f"document.querySelector('#{figure} .mark.on').dataset.mark"))

    def moved(key: str) -> bool:
        before = at()
        page.press(key)
        return at() != before

    many = page.eval(f"document.querySelectorAll('#{figure} .mark').length")
    page.press("Home")
    seen, way, back = {at()}, "ArrowRight", "ArrowLeft"
    while True:
        while moved(way):
            seen.add(at())
            assert re.search(r"\d", status(page, figure))
        if not moved("ArrowDown"):
            break
        seen.add(at())
        way, back = back, way
    assert seen == {str(i) for i in range(many)}
    page.press("End")
    assert page.eval(f"document.querySelectorAll('#{figure} .mark.on').length") == 1
    page.press("Enter")
    assert page.eval(f"document.querySelector('#{figure} .chart').classList.contains('held')")
    page.press("Escape")
    assert page.eval(f"document.querySelectorAll('#{figure} .mark.on').length") == 0
    assert page.eval(f"document.querySelector('#{figure} .tip').hidden")


def test_the_pointer_shows_value_interval_and_n(browser: Browser, pages: Pages) -> None:
    page = opened(browser, pages("groups"))
    page.hover("#figure-scores-store-1 .row")
    told = page.eval("document.querySelector('#figure-scores-store-1 .tip').innerText")
    assert re.search(r"North\n\d+% \[\d+%, \d+%\], n = \d+", told), told
    page.hover("#figure-nps-store .seg")
    told = page.eval("document.querySelector('#figure-nps-store .tip').innerText")
    assert re.search(r"Detractors: \d+%\n[+−]?\d+ \[.*\], n = \d+", told), told
    assert page.eval("document.querySelector('#figure-scores-store-1 .tip').hidden")
    inside = page.eval(
        "(() => { const b = document.querySelector('#figure-nps-store .tip').getBoundingClientRect();"
        "return b.left >= 0 && b.right <= innerWidth && b.top >= 0; })()"
    )
    assert inside
    page.press("Escape")
    assert page.eval("document.querySelector('#figure-nps-store .tip').hidden")


def test_a_heat_map_says_mean_interval_and_n_and_its_groups_can_be_chosen(
    browser: Browser, pages: Pages
) -> None:
    page = opened(browser, pages("differing"))
    heat = page.eval("document.querySelector('figure[id^=figure-heat]').id")
    page.hover(f"#{heat} .cell.mark")
    told = page.eval(f"document.querySelector('#{heat} .tip').innerText")
    assert re.search(r"Quality, North.*\n[\d.]+ \[[\d.]+, [\d.]+\]\nd = \+[.\d]+\nn = \d+", told), told
    heads = f"[...document.querySelectorAll('#{heat} .head')].map(e => e.textContent)"
    before = page.eval(heads)
    assert [h.split(" (")[0] for h in before] == ["North", "South"]
    page.click(f"#{heat} summary")
    boxes = f"[...document.querySelectorAll('#{heat} .choose input')]"
    page.eval(f"{boxes}.at(-1).click()")
    assert page.eval(heads) == before[:1]
    assert status(page, heat).endswith("1 of 2 shown")
    page.eval(f"{boxes}[0].click()")
    assert page.eval(f"document.querySelectorAll('#{heat} .cell').length") == 2
    page.click(f"#{heat} .all")
    assert page.eval(heads) == before
    corner = page.eval("document.querySelector('figure[id^=figure-correlation]').id")
    page.click(f"#{corner} summary")
    page.eval(f"document.querySelector('#{corner} .choose input').click()")
    assert page.eval(f"document.querySelectorAll('#{corner} .cell.mark').length") == 1
    clean(page, pages("differing"))


def test_a_construct_keeps_its_own_paths_in_sight(browser: Browser, pages: Pages) -> None:
    page = opened(browser, pages("study.en"))
    page.click("#figure-chain [data-knot='1']")
    told = page.eval("document.querySelector('#figure-chain .tip').innerText")
    assert re.search(r"^\w+\n(R² [.\d]+\n)?.* [.\d]+ \[[.\d]+, [.\d]+\]\n[\s\S]*n = 240$", told), told
    links = page.eval(
        "JSON.parse(document.getElementById('plots').textContent).figures['figure-chain'].drawing.links"
    )
    page.eval("new Promise(r => setTimeout(r, 100))")
    for place, (source, target, words) in enumerate(links):
        parts = f"[...document.querySelectorAll(\"#figure-chain [data-link='{place}']\")]"
        seen = page.eval(f"{parts}.map(e => Number(getComputedStyle(e).opacity))")
        assert seen == [1 if 1 in (source, target) else 0.2] * 2, (place, seen)
        page.eval(
            f"document.activeElement.blur(); {parts}.at(-1).dispatchEvent(new MouseEvent('click', {{bubbles: true}}))"
        )
        assert words in page.eval("document.querySelector('#figure-chain .tip').innerText")
        page.click("#figure-chain [data-knot='1']")
    clean(page, pages("study.en"))


def test_a_finger_shows_and_lets_go(browser: Browser, pages: Pages) -> None:
    page = opened(browser, pages("study.zh"), "phone")
    page.tap("#figure-map-pls-Loyalty .dot")
    shown = page.until("document.querySelector('#figure-map-pls-Loyalty .tip:not([hidden])')?.innerText")
    assert re.search(r"重要性\.?\d.*绩效\d.*n = 240", shown.replace("\n", " ")), shown
    page.tap("h1")
    page.until("document.querySelector('#figure-map-pls-Loyalty .tip').hidden")


def test_rows_are_chosen_sorted_and_parts_switched(browser: Browser, pages: Pages) -> None:
    page = opened(browser, pages("groups"))
    rows = "[...document.querySelectorAll('#figure-groups-groups .label')].map(e => e.textContent)"
    every = page.eval(rows)
    assert every == ["North", "South"] * (len(every) // 2)
    page.eval("document.querySelector('#figure-groups-groups summary').focus()")
    page.press("Enter")
    page.eval("document.querySelectorAll('#figure-groups-groups input[type=checkbox]')[3].focus()")
    page.press(" ")
    assert page.eval(rows) == ["South"] * (len(every) // 2)
    assert status(page, "figure-groups-groups") == f"North, {len(every) // 2} of {len(every)} shown"
    page.press("Escape")
    assert page.eval("!document.querySelector('#figure-groups-groups details').open")
    assert page.eval("document.activeElement.matches('#figure-groups-groups summary')")
    page.click("#figure-groups-groups summary")
    page.click("#figure-groups-groups .all")
    assert page.eval(rows) == every
    values = (
        "[...document.querySelectorAll('#figure-answers-2 .row')].map(r => "
        "[...r.querySelectorAll('.seg')].reduce((s, e, i) => s + Math.sign(i - 3) * parseFloat(e.textContent), 0))"
    )
    given = page.eval(values)
    page.click("#figure-answers-2 .sort")
    ordered = page.eval(values)
    assert sorted(ordered) == sorted(given)
    assert all(a >= b - 4 for a, b in pairwise(ordered)), ordered  # parts are shown rounded
    many = page.eval("document.querySelectorAll('#figure-nps-store .seg').length")
    page.click("#figure-nps-store .key")
    assert page.eval("document.querySelectorAll('#figure-nps-store .seg').length") == many * 2 // 3
    assert page.eval("document.querySelector('#figure-nps-store .key').ariaPressed") == "false"
    for _ in range(2):
        page.click("#figure-nps-store .key[aria-pressed=true]")
    assert (
        page.eval("document.querySelector('#figure-nps-store .nothing').textContent") == "Nothing is chosen."
    )
    clean(page, pages("groups"))


@pytest.mark.parametrize("name", ["study.en", "study.zh"])
def test_the_numbers_open_beneath_each_figure(browser: Browser, pages: Pages, name: str) -> None:
    page = opened(browser, pages(name))
    for figure in page.eval("[...document.querySelectorAll('main figure')].map(f => f.id)"):
        page.eval(f"document.querySelector('#{figure} .numbers').focus()")
        page.press("Enter")
        assert page.eval(f"document.querySelector('#{figure} .numbers').ariaExpanded") == "true"
        shown, behind = page.eval(
            f"[document.querySelector('#{figure} .panel-numbers table').innerText, document.getElementById(JSON.parse("
            f"document.getElementById('plots').textContent).figures['{figure}'].table).querySelector('table').textContent]"
        )
        assert re.sub(r"\s", "", shown) == re.sub(r"\s", "", behind)
        page.press("Enter")
        assert page.eval(f"document.querySelector('#{figure} .panel-numbers').hidden")


def test_a_number_tells_its_key_and_what_stands_there(browser: Browser, pages: Pages) -> None:
    page = opened(browser, pages("study.zh"))
    document = report("zh").document
    numbers = "[...document.querySelectorAll('.n[data-key]')]"
    for place, (key, format_) in enumerate(
        page.eval(f"{numbers}.slice(0, 200).map(n => [n.dataset.key, n.dataset.format])")
    ):
        page.eval(f"{numbers}[{place}].click()")
        said = page.eval("document.querySelector('.source').innerText").split("\n")
        assert said[3] == key
        value = document.value(key)
        told = said[1].removeprefix("未四舍五入的数值：")
        assert (told == "无") if value is None else (float(told) == value)
        assert said[0] == FORMATS[format_](value).replace("\u2060", "")
    page.press("Escape")
    assert page.eval("document.querySelector('.source').innerText") == ""
    # By keyboard: no stop among the numbers until they are asked for.
    assert page.eval("document.querySelectorAll('.n[tabindex]').length") == 0
    page.eval("document.querySelector('.sources').focus()")
    page.press("Enter", "Tab")
    assert page.eval("document.querySelector('.sources').ariaPressed") == "true"
    for _ in range(20):
        if page.eval("document.activeElement.matches('.n')"):
            break
        page.press("Tab")
    page.press("Enter")
    assert page.eval("document.activeElement.dataset.key") in page.eval(
        "document.querySelector('.source').innerText"
    )
    left, right = page.eval(
        "(b => [b.left, b.right])(document.querySelector('.source .tip').getBoundingClientRect())"
    )
    assert 0 <= left < right <= 1280
    clean(page, pages("study.zh"))


def test_a_table_wider_than_a_telephone_says_so_and_keeps_its_names(browser: Browser, pages: Pages) -> None:
    page = opened(browser, pages("groups"), "phone")
    page.until("document.querySelectorAll('.table-block .scroll.fits').length")
    told = page.eval(
        "[...document.querySelectorAll('.table-block .scroll')].filter(s => s.checkVisibility())"
        ".map(s => [s.scrollWidth > s.clientWidth + 1, s.previousElementSibling?.matches('.sideways') ?? false])"
    )
    assert {wide for wide, _ in told} == {True, False}
    assert all(wide == hint for wide, hint in told)
    left, caption = page.eval(
        "(() => { const s = document.querySelector('.table-block .scroll:not(.fits)'); s.scrollLeft = 60;"
        "const box = (e) => e.getBoundingClientRect();"
        "return [box(s.querySelector('tbody tr > *')).left - box(s).left, box(s.querySelector('caption')).right - 390]; })()"
    )
    assert abs(left) < 1
    assert caption <= 0
    desk = opened(browser, pages("groups"))
    assert desk.until("document.querySelectorAll('.table-block .scroll.fits').length")
    top = desk.eval(
        "(() => { const t = [...document.querySelectorAll('main table')].find(t => t.checkVisibility() && t.offsetHeight > 200);"
        "scrollBy(0, t.tBodies[0].getBoundingClientRect().top + 60);"
        "return t.tHead.rows[0].cells[0].getBoundingClientRect().top; })()"
    )
    assert abs(top) < 1


def test_a_link_to_a_folded_table_opens_it(browser: Browser, pages: Pages) -> None:
    page = opened(browser, pages("study.en"))
    page.click("#figure-answers-1 .notes a.ref")
    assert page.eval("document.querySelector('#table-answers-1').closest('details').open")


def test_without_script_the_pictures_stand_still(browser: Browser, pages: Pages) -> None:
    page = opened(browser, pages("study.en"), script=False)
    seen = "[...document.querySelectorAll('figure img')].map(i => i.naturalWidth > 0 && i.getBoundingClientRect().width > 300)"
    page.send("Emulation.setScriptExecutionDisabled", value=False)
    assert page.eval("document.querySelectorAll('.live').length") == 0
    assert all(page.eval(seen))
    clean(page, pages("study.en"))


@pytest.mark.parametrize("name", ["study.en", "study.zh", "harbour.zh-Hant"])
def test_paper_gets_the_still_picture_and_every_table(browser: Browser, pages: Pages, name: str) -> None:
    page = opened(browser, pages(name), dark=True)
    pdf = PdfReader(io.BytesIO(page.printed()))
    text = "".join(sheet.extract_text() for sheet in pdf.pages)
    assert len(pdf.pages) > 8
    for word in ("Show the numbers", "显示数据", "Sort, highest first", "从高到低排序"):
        assert word not in text
    tables = page.eval(
        "[...document.querySelectorAll('main .table-block')].map(t => t.querySelector('.caption-no').textContent)"
    )
    printed = re.sub(r"\s", "", text)
    assert all(re.sub(r"\s", "", number) in printed for number in tables)
    assert page.eval("document.querySelectorAll('details[open]').length") == 0


def test_of_a_line_only_the_point_that_is_read_is_marked(browser: Browser, pages: Pages) -> None:
    page = opened(browser, pages("moderated"), dark=True)
    figure = page.eval("document.querySelector('figure[id^=figure-slopes]').id")
    page.click(f"#{figure} .mark")
    assert page.eval(f"document.querySelector('#{figure} .chart').classList.contains('held')")
    seen = f"[...document.querySelectorAll('#{figure} .mark')].filter(m => getComputedStyle(m).opacity > 0).length"
    assert page.eval(seen) == 1
    told = page.eval(f"document.querySelector('#{figure} .tip').innerText")
    assert re.search(r"Quality: low\nSatisfaction .*: −2\nLoyalty .*: [−\d.]+\nn = 240", told), told


def test_a_label_runs_no_script(browser: Browser, pages: Pages) -> None:
    page = opened(browser, pages("ugly"))
    assert page.said("Page.javascriptDialogOpening") == []
    assert page.eval("document.querySelectorAll('script').length") == 2
    assert page.eval("document.querySelectorAll('.live img, .live script').length") == 0
    assert "<img src=x onerror=alert(1)>" in page.eval(
        "[...document.querySelectorAll('.label')].map(e => e.textContent)"
    )
    clean(page, pages("ugly"))


def test_the_checks_find_what_is_wrong(browser: Browser, pages: Pages) -> None:
    page = opened(browser, pages("groups"), "phone")
    page.eval(
        "document.documentElement.lang = ''; document.querySelector('main p').style.color = '#999';"
        "document.querySelector('img').alt = ''; document.querySelector('.live .numbers').style.minHeight = '20px';"
        "document.querySelector('th').removeAttribute('scope'); document.querySelector('h1').style.width = '900px';"
        "document.querySelector('.chart').ariaLabel = null; document.querySelector('main p').id = 'section-scores'"
    )
    found = "\n".join(page.eval(f"({CHECKS})({{lang: 'en', touch: true, width: 390}})"))
    for words in ("its language", "contrast 2.8", "picture without words", "a target of", "heads without scope or words",
                  "no label", "outside at the right", "an id stands twice"):  # fmt: skip
        assert words in found, (words, found)


@pytest.mark.parametrize("name", ["study.en", "study.zh"])
def test_names_of_rows_leave_room_for_long_texts_on_a_telephone(
    browser: Browser, pages: Pages, name: str
) -> None:
    page = opened(browser, pages(name), "phone")
    widths = page.eval(
        "[...document.querySelectorAll('#section-explained tbody tr')].map(r => [...r.children].map(c => c.clientWidth))"
    )
    assert len(widths) > 5
    assert all(words > 1.5 * name for name, words in widths)
