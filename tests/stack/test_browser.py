"""Prometheus' own pages, as the guide has one use them, in a real browser."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from playwright.sync_api import expect, sync_playwright
from tests.programs import program
from tests.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page
    from tests.stack.conftest import RunningStack

PICTURES = os.environ.get("TEST_PICTURES")
"""A folder for screenshots, for who wants them."""
QUERY = "rate(api_requests_total[1m])"


@contextmanager
def _page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        yield page
        browser.close()


def _picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"))


def _open(page: Page, prometheus: str, name: str) -> None:
    """Open one of the pages, wherever this build has it: Debian's has the classic ones alone."""
    answer = page.goto(f"{prometheus}/{name}")
    assert answer is not None
    if answer.status == httpx.codes.NOT_FOUND:
        page.goto(f"{prometheus}/classic/{name}")


def _type(page: Page, text: str) -> None:
    """Type at the pace of a person, who holds Shift for a parenthesis.

    Without it the page takes one for an arrow key that moves through its suggestions.
    """
    for character in text:
        key = {"(": "Shift+Digit9", ")": "Shift+Digit0"}.get(character, character)
        page.keyboard.press(key, delay=20)


def test_the_guides_query_draws_a_graph(stack: RunningStack) -> None:
    """One opens Prometheus, types the guide's query, clicks Execute, and a graph appears."""
    wait_for(lambda: stack.query(QUERY))
    with _page() as page:
        page.goto(stack.prometheus)
        # The page swallows what is typed while it fills its list of metrics.
        listed = page.locator("option", has_text="api_requests_total")
        expect(listed.first).to_be_attached(timeout=20_000)
        box = page.get_by_role("textbox").first
        box.click()
        _type(page, QUERY)
        page.keyboard.press("Escape")
        expect(box).to_have_value(QUERY)
        page.locator("input[value=Execute], button:has-text('Execute')").first.click()
        page.locator("a:text-is('Graph')").last.click()
        legend = page.get_by_role("listitem").filter(has_text='endpoint="/predict/best-move",')
        expect(legend.first).to_be_visible(timeout=20_000)
        graph = page.locator(".rickshaw_graph svg, canvas").first
        expect(graph).to_be_visible(timeout=20_000)
        # A line at a constant height counts as invisible.
        expect(page.locator(".rickshaw_graph svg path, canvas").first).to_be_attached()
        _picture(page, "graph")


def test_the_pages_that_the_guide_names(stack: RunningStack) -> None:
    """Targets are up, the guide's alerts are listed by name, and the rules of ours."""
    wait_for(lambda: stack.query('up{job="prometheus"} == 1'))
    with _page() as page:
        _open(page, stack.prometheus, "targets")
        for job in ("api", "otel-collector", "node-exporter", "alertmanager", "prometheus"):
            expect(page.get_by_text(f"{job} (1/1 up)")).to_be_visible(timeout=20_000)
        _picture(page, "targets")
        _open(page, stack.prometheus, "alerts")
        for alert in ("HighAPILatency", "APIDown", "LowModelConfidence", "LowMemoryAvailable"):
            expect(page.get_by_text(alert).first).to_be_visible(timeout=20_000)
        _picture(page, "alerts")
        _open(page, stack.prometheus, "rules")
        for group in ("burn rates", "silence"):
            expect(page.get_by_text(group).first).to_be_visible(timeout=20_000)
        _picture(page, "rules")
