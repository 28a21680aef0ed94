"""The pages as people use them: in a browser, with keys, on a phone, in French, in trouble."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect, sync_playwright
from tests.acceptance.service import ROOT, environment, free_port, running
from tests.programs import program, started

from config.settings import UiSettings
from ui.main import PAGES
from ui.views.state import DASHBOARDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page
    from tests.acceptance.service import Service

PICTURES = os.environ.get("TEST_PICTURES")
"""A folder for screenshots, for who wants them."""
PATHS = ["", *(path for path, *_ in PAGES[1:])]
WIDE = {"width": 1200, "height": 900}
PHONE = {"width": 390, "height": 844}
DRAWN = ("data-test-script-state", "notRunning")
"""What the page says of itself once it is complete."""
GRAFANA = UiSettings().grafana_url
ANSWERED = 20_000
"""Milliseconds within which a page has to answer on a busy machine."""

THINKS = 1_000
"""Milliseconds after which the page has begun to think about what was done, and mostly ended."""

expect.set_options(timeout=ANSWERED)


@contextmanager
def _pages(folder: Path, api_url: str, data_dir: Path) -> Iterator[str]:
    """Serve the pages as ``dexwatch ui`` does, in front of some service."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = environment(data_dir, DEXWATCH_UI_PORT=str(port), DEXWATCH_API_URL=api_url)
    command = [sys.executable, "-m", "cli", "ui"]
    with started(command, folder / "ui.log", f"{url}/_stcore/health", settings):
        yield url


@pytest.fixture(scope="module")
def pages(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the pages in front of the shared service."""
    with _pages(tmp_path_factory.mktemp("ui"), service.url, service.data_dir) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start a browser that reaches nothing but this machine."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open a tab with a memory of its own."""
    context = browser.new_context(viewport=WIDE)
    yield context.new_page()
    context.close()


def _open(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def _choose(page: Page, label: str, typed: str) -> None:
    """Choose as a person does: type a part of the name, take what is found."""
    box = page.get_by_role("combobox", name=label)
    box.click()
    box.press_sequentially(typed, delay=20)
    page.keyboard.press("Enter")


def _dashboards() -> Iterator[str]:
    for path in (ROOT / "grafana" / "dashboards").glob("*.json"):
        yield json.loads(path.read_text(encoding="utf-8"))["uid"]


def _picture(page: Page, name: str) -> None:
    if PICTURES:
        page.wait_for_timeout(1500)  # for charts, which draw themselves
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"))


def test_a_question_its_reasons_its_trace_and_who_won(page: Page, pages: str) -> None:
    """One looks for two Pokémon by name, asks, reads why, and tells who won."""
    _open(page, pages)
    _choose(page, "A, who attacks", "gyara")
    expect(page.get_by_text("Earthquake", exact=True)).to_be_visible()
    _choose(page, "B, the foe", "venus")
    page.get_by_role("button", name="Predict", exact=True).click()
    expect(page.get_by_test_id("stMetricValue").first).to_have_text("Earthquake")
    expect(page.get_by_test_id("stMetricValue").last).to_have_text(re.compile(r"9\d"))
    expect(page.get_by_text("Gyarados acts first", exact=False).first).to_be_visible()
    link = page.get_by_role("link", name="The trace of this prediction")
    assert re.search(r"%22query%22%3A%22[0-9a-f]{32}%22", link.get_attribute("href") or "")
    _picture(page, "ui-predict")
    page.get_by_role("button", name="A won", exact=True).click()
    expect(page.get_by_text("Thank you, it is noted: A won.")).to_be_visible()
    page.get_by_role("button", name="B won", exact=True).click()
    expect(page.get_by_text("Conflicting feedback")).to_be_visible()


def test_keys_are_enough_to_ask_and_to_tell_who_won(page: Page, pages: str) -> None:
    """One who has no mouse comes from the top of the page to an answer, and tells its end."""
    _open(page, pages)
    _tab_to(page, page.get_by_role("combobox", name="A, who attacks"))
    page.keyboard.type("mewtwo")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Psychic", exact=True)).to_be_visible()
    _press(page, "Predict")
    expect(page.get_by_test_id("stMetricValue")).to_have_count(2)
    _press(page, "A won")
    expect(page.get_by_text("Thank you, it is noted: A won.")).to_be_visible()


def test_keys_are_enough_for_what_if(page: Page, pages: str) -> None:
    """A move that A keeps is taken away and another one added before the rest is tried.

    What is typed while the page thinks about what was taken away is not lost.
    """
    _open(page, f"{pages}/what-if")
    _tab_to(page, page.get_by_role("combobox", name="B, the foe"))
    page.keyboard.type("venus")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("stApp")).to_have_attribute(*DRAWN)
    kept = page.get_by_test_id("stMultiSelect")
    box = kept.get_by_role("combobox")
    expect(kept).to_contain_text("Ice Beam")
    _tab_to(page, box)
    page.keyboard.press("Backspace")
    page.keyboard.type("thund")
    expect(kept).not_to_contain_text("Ice Beam")
    page.wait_for_timeout(THINKS)
    expect(page.get_by_test_id("stApp")).to_have_attribute(*DRAWN)
    page.keyboard.type("erb")
    expect(box).to_have_value("thunderb")
    page.keyboard.press("Enter")
    expect(kept).to_contain_text("Thunderbolt")
    _press(page, "Try every other move")
    expect(page.get_by_role("row").nth(1)).to_contain_text("%")


def test_keys_are_enough_for_a_team(page: Page, pages: str) -> None:
    """One is left at home, the moves of another are looked at, and the rest play."""
    _open(page, f"{pages}/teams")
    _tab_to(page, page.get_by_role("combobox", name="Your team"))
    page.keyboard.press("Backspace")
    moves = page.locator("summary").filter(has_text="Moves of your team")
    _tab_to(page, moves)
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Venusaur")).to_be_visible()
    _press(page, "Play all duels")
    expect(page.get_by_role("cell").filter(has_text="%")).to_have_count(30)


def test_keys_are_enough_to_look_a_move_up(page: Page, pages: str) -> None:
    """Moves of a type are listed, and one of all is looked at."""
    _open(page, f"{pages}/moves")
    kinds = page.get_by_role("radiogroup", name="Type").get_by_role("radio")
    _tab_to(page, kinds.first)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(kinds.nth(1)).to_be_checked()
    expect(page.get_by_role("row").filter(has_text="Karate Chop")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="Water")).to_have_count(0)
    _tab_to(page, page.get_by_role("combobox"))
    page.keyboard.type("surf")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="can learn it")).to_be_visible()


def _tab_to(page: Page, target: Locator) -> None:
    """Press the Tab key until the target has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if target.evaluate("it => it === document.activeElement"):
            return
    pytest.fail(f"no key leads to {target}")


def _press(page: Page, name: str) -> None:
    """Press a button by keys."""
    _tab_to(page, page.get_by_role("button", name=name, exact=True))
    page.keyboard.press("Enter")


def test_the_language_changes_names_texts_and_reasons(page: Page, pages: str) -> None:
    """In French everything is French, also what had been chosen and answered in English."""
    _open(page, pages)
    _choose(page, "A, who attacks", "bulba")
    expect(page.get_by_text("Sludge Bomb", exact=True)).to_be_visible()
    _choose(page, "B, the foe", "squirtle")
    page.get_by_role("button", name="Predict", exact=True).click()
    expect(page.get_by_test_id("stMetricValue")).to_have_count(2)
    wins = page.get_by_test_id("stMetricValue").last.inner_text()
    page.get_by_text("Français", exact=True).click()
    title = page.get_by_role("heading", level=1)
    expect(title).to_have_text("Quelle capacité A doit-il utiliser contre B ?")
    expect(page.get_by_role("combobox", name="A, qui attaque")).to_have_value("Bulbizarre")
    expect(page.get_by_role("combobox", name="B, l'adversaire")).to_have_value("Carapuce")
    expect(page.get_by_text("Bombe Beurk", exact=True).first).to_be_visible()
    expect(page.get_by_test_id("stMetricValue").last).to_have_text(wins)
    expect(page.get_by_text("agit en premier", exact=False).first).to_be_visible()
    page.reload()
    expect(title).to_have_text("Quelle capacité A doit-il utiliser contre B ?")


@pytest.mark.parametrize(
    ("language", "form", "moves"),
    [
        (
            "Français",
            ("electhor", "Électhor"),
            {"eclair": "Éclair", "light screen": "Mur Lumière"},
        ),
        ("English", ("évoli", "Eevee"), {"meteores": "Swift", "charge": "Tackle"}),
    ],
)
def test_names_are_found_without_accents_and_in_the_other_language(
    page: Page, pages: str, language: str, form: tuple[str, str], moves: dict[str, str]
) -> None:
    """What is typed is taken for what it stands for, and that stands there by its name alone."""
    _open(page, f"{pages}/?language={language}")
    box = page.get_by_role("combobox", name="A, ")
    chosen = page.get_by_test_id("stMultiSelect").first
    tags = chosen.get_by_test_id("stMultiSelectTagsContainer")
    of_another = tags.inner_text()
    typed, named = form
    box.click()
    box.press_sequentially(typed, delay=20)
    page.keyboard.press("Enter")
    expect(box).to_have_value(named)
    # The list of moves is another one then, and what is typed into the old one goes with it.
    expect(tags).not_to_have_text(of_another, use_inner_text=True)
    for typed, named in moves.items():
        chosen.get_by_role("combobox").click()
        chosen.get_by_role("combobox").press_sequentially(typed, delay=20)
        page.keyboard.press("Enter")
        expect(chosen.get_by_text(named, exact=True)).to_be_visible()
    assert len(tags.inner_text().split("\n")) == 6


def test_what_another_move_would_bring(page: Page, pages: str) -> None:
    """Every other move of A's learnset is ranked, with what it gains."""
    _open(page, f"{pages}/what-if")
    page.get_by_role("button", name="Try every other move").click()
    rows = page.get_by_role("row")
    expect(rows.nth(1)).to_contain_text("Thunderbolt")
    expect(rows.nth(1)).to_contain_text("+")
    assert rows.count() > 20
    _picture(page, "ui-what-if")


def test_six_against_six(page: Page, pages: str) -> None:
    """The grid holds a duel for each pair, and says whom to send."""
    _open(page, f"{pages}/teams")
    page.get_by_role("button", name="Play all duels").click()
    expect(page.get_by_role("heading", name="Whom to send")).to_be_visible()
    expect(page.get_by_role("cell").filter(has_text="%")).to_have_count(36)
    _picture(page, "ui-teams")


def test_six_against_six_on_a_phone(page: Page, pages: str) -> None:
    """The moves that the grid promises can be read there, too, and nothing is cut off."""
    page.set_viewport_size(PHONE)
    _open(page, f"{pages}/teams")
    page.get_by_role("button", name="Play all duels").click()
    expect(page.get_by_role("heading", name="Whom to send")).to_be_visible()
    cells = page.get_by_role("cell").filter(has_text="%")
    expect(cells).to_have_count(36)
    for move in cells.locator("span").all():
        expect(move).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    cells.first.scroll_into_view_if_needed()
    _picture(page, "ui-phone-teams-played")


@pytest.mark.parametrize("path", PATHS)
def test_every_page_is_well_on_a_phone_in_the_dark_and_in_light(
    browser: Browser, pages: str, path: str
) -> None:
    """Nothing is wider than the screen, nothing comes from elsewhere, dark is dark, light light."""
    context = browser.new_context(viewport=PHONE, color_scheme="dark")
    page = context.new_page()
    elsewhere: list[str] = []
    page.on("request", lambda request: elsewhere.append(request.url))
    _open(page, f"{pages}/{path}")
    expect(page.get_by_test_id("stApp")).to_have_attribute(*DRAWN)
    assert page.get_by_test_id("stException").count() == 0
    _look(page, path, background=range(64), text=range(192, 256))
    page.emulate_media(color_scheme="light")
    expect(page.get_by_test_id("stApp")).to_have_css("color-scheme", "light")
    _look(page, path, background=range(192, 256), text=range(96))
    assert [url for url in elsewhere if not url.startswith((pages, "data:", "blob:"))] == []
    context.close()


def _look(page: Page, path: str, background: range, text: range) -> None:
    """See that nothing is cut off, and that what is to be read stands out."""
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    for selector, style, shades in (
        (".stApp", "backgroundColor", background),
        ("[data-testid=stMain] h1", "color", text),
    ):
        said = page.evaluate(f"getComputedStyle(document.querySelector('{selector}')).{style}")
        assert {int(part) for part in re.findall(r"\d+", said)[:3]} <= set(shades), selector
    _picture(page, f"ui-phone-{'light-' * (min(background) > 0)}{path or 'predict'}")


def test_every_page_can_be_reached_by_its_name(page: Page, pages: str) -> None:
    """The names on the side lead to their pages, and whatever else is linked exists."""
    _open(page, pages)
    linked = set()
    for path, title, _, _ in PAGES[1:]:
        page.get_by_test_id("stSidebarNav").get_by_role("link", name=title, exact=True).click()
        page.wait_for_url(f"{pages}/{path}*")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_test_id("stApp")).to_have_attribute(*DRAWN)
        linked |= set(page.eval_on_selector_all("a[href]", "links => links.map(it => it.href)"))
    dashboards = {f"{GRAFANA}/d/{uid}" for uid in _dashboards()}
    own = {f"{pages}/{path}" for path in PATHS}
    assert {link.partition("#")[0].partition("?")[0] for link in linked} <= dashboards | own
    assert len(linked & dashboards) == len(DASHBOARDS)


def test_the_pages_outlive_the_service(browser: Browser, data_dir: Path, tmp_path: Path) -> None:
    """Without the service the page says so; once it is there, trying again is enough."""
    port = free_port()
    away = browser.new_context(viewport=WIDE).new_page()
    with _pages(tmp_path, f"http://127.0.0.1:{port}", tmp_path) as url:
        away.goto(url)
        expect(away.get_by_text("The service does not answer.")).to_be_visible()
        assert away.get_by_test_id("stColumn").count() == 0  # no frame stands there empty
        _picture(away, "ui-away")
        with running(data_dir, port=port):
            away.get_by_role("button", name="Try again").click()
            expect(away.get_by_role("button", name="Predict", exact=True)).to_be_visible()
        away.get_by_role("button", name="Predict", exact=True).click()
        expect(away.get_by_text("The service does not answer.")).to_be_visible()
    away.context.close()


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    """A wrong address stops the start with one line that names the variable."""
    refused = subprocess.run(
        [sys.executable, "-m", "cli", "ui"],
        env=environment(tmp_path, DEXWATCH_API_URL="localhost:8000"),
        capture_output=True,
        check=False,
        text=True,
    )
    assert refused.returncode == 1
    assert refused.stderr == "Error: DEXWATCH_API_URL: it is not a valid URL\n"
