"""Makes the pictures of the screens from the real pages: `python docs/pictures/make.py`.

Runs the demo in a folder of its own on a port that the system chooses, goes through a renewal in
Chromium as a voter would, and photographs each screen, wide in French and narrow in English. Then
the operators' page of a simulated election, light and dark. Needs the test dependencies and
`chromium`, or `chromium-headless-shell`, on the path.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from urllib.request import urlopen

from PIL import Image
from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).parent
WIDE, NARROW = {"width": 760, "height": 600}, {"width": 320, "height": 568}
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


ELECTION = ("--election", "argentina-2022", "--speed", "200")
"""Past noon of its first day within a minute."""
SHADES = 160
"""Of the operators' page: its bars lose their colour in fewer."""


@contextmanager
def demo(*options: str, address: str = "Portal") -> Iterator[str]:
    """The address of a running demo."""
    command = [sys.executable, "-m", "graphql_api", "demo", "--port", "0", *options]
    with subprocess.Popen(  # noqa: S603 - our own demo
        command, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            lines = iter(process.stdout.readline, "") if process.stdout else iter(())
            found = (re.search(rf"{address} +(http://[^/\s]+)/", line) for line in lines)
            yield next(each[1] for each in found if each)
        finally:
            process.terminate()


def photograph(page: Page, name: str, full_page: bool = True, colours: int = 64) -> None:
    """A picture of the page, in few colours."""
    taken = Image.open(BytesIO(page.screenshot(full_page=full_page)))
    taken.quantize(colours).save(FOLDER / f"{name}.png", optimize=True)


class Voter:
    """Goes through the screens and photographs them."""

    def __init__(self, page: Page, base: str, suffix: str) -> None:
        self.page, self.base, self.suffix = page, base, suffix

    def inbox(self) -> dict:
        with urlopen(f"{self.base}/dev/inbox.json") as answer:  # noqa: S310 - our own demo
            return json.load(answer)

    def photograph(self, name: str) -> None:
        photograph(self.page, f"{name}-{self.suffix}")

    def answer_code(self) -> None:
        self.page.wait_for_selector(".digits img[src]")
        self.page.fill("#answer", next(iter(self.inbox()["securityCodes"].values())))

    def submit(self, until: str) -> None:
        self.page.click("button[type=submit]")
        self.page.wait_for_selector(until)

    def renew(self, numic: str, email: str, identifier: str) -> None:
        """Screens 1 to 6, with a mistake on each form."""
        page = self.page
        page.goto(f"{self.base}/renouveler")
        page.wait_for_selector("#ask-view:not([hidden])")
        self.photograph("screen-5-code")
        page.goto(self.base)
        page.wait_for_load_state("networkidle")
        self.photograph("screen-1")
        page.click("a.action")
        page.fill("#numic", numic)
        page.fill("#email", email)
        page.wait_for_selector(".digits img[src]")
        self.photograph("screen-2")
        page.fill("#answer", "0000")
        self.submit(".problems a")
        page.wait_for_selector(".digits img[src]")
        self.photograph("screen-2-problem")
        self.answer_code()
        self.submit("#done-view:not([hidden])")
        self.photograph("screen-3")
        link = self.wait_for_link(email)
        page.goto(link["address"])
        page.wait_for_selector("#form-view:not([hidden]) .digits img[src]")
        self.photograph("screen-5")
        page.fill("#identifier", "AAAA BBBB CCCC")
        self.answer_code()
        self.submit(".problems a")
        self.photograph("screen-5-problem")
        page.fill("#identifier", identifier)
        self.answer_code()
        self.submit("#done-view:not([hidden])")
        self.photograph("screen-6")
        page.goto("about:blank")
        page.goto(link["address"])
        page.wait_for_selector("#dead-view:not([hidden])")
        self.photograph("screen-5-used")
        page.goto("about:blank")
        page.set_content(link["html"])
        self.photograph("screen-4")
        page.goto(f"{self.base}/assistance")
        page.wait_for_selector(".digits img[src]")
        self.photograph("assistance")

    def wait_for_link(self, email: str) -> dict[str, str]:
        while True:
            for each in self.inbox()["emails"]:
                found = re.search(r"http\S+token=\S+", each["text"])
                if found and each["to"] == email:
                    return {"address": found[0], "html": each["html"]}
            self.page.wait_for_timeout(100)


def watch(page: Page, base: str, suffix: str, role: str, full_page: bool) -> None:
    """The views of the operators' page, once SMS do not arrive somewhere."""
    page.goto(f"{base}/operations")
    page.click("#sign-in")
    page.get_by_role("button", name=role).click()
    page.wait_for_selector(".headline")
    while not page.query_selector(".headline.bad, .headline.watch"):
        page.wait_for_timeout(2000)
        page.click("#refresh")
    settled(page)
    photograph(page, f"operations-now-{suffix}", full_page, SHADES)
    for view in ("round", "requests"):
        page.click(f"#views a[href='#{view}']")
        page.wait_for_selector(f"table.{'evidence' if view == 'round' else 'requests'}")
        settled(page)
        if view == "round":
            page.wait_for_selector("table.funnel")
        photograph(page, f"operations-{view}-{suffix}", full_page and view == "round", SHADES)
    page.click("table.requests a")
    page.wait_for_selector(".timeline")
    photograph(page, f"operations-request-{suffix}", full_page, SHADES)


def settled(page: Page) -> None:
    """Wait until nothing is asked for any more."""
    page.wait_for_selector("#refresh:not([aria-disabled])")


def main() -> None:
    """All pictures, overwritten."""
    found = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    chromium = found or sys.exit("there is no `chromium` on the path")
    with demo() as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        wide = browser.new_context(locale="fr-FR", viewport=WIDE, timezone_id="America/Lima")
        Voter(wide.new_page(), base, "fr").renew(
            "12345", "camille.martin@example.org", "K7WPQ2M4XN9B"
        )
        narrow = browser.new_context(locale="en-GB", viewport=NARROW, timezone_id="Asia/Tokyo")
        Voter(narrow.new_page(), base, "en-narrow").renew(
            "24680", "lou.durand@example.org", "F3HT6YPW9KZR"
        )
        browser.close()
    with demo(*ELECTION, address="Operations") as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        given = {"locale": "fr-FR", "viewport": {"width": 1100, "height": 900}}
        page = browser.new_context(**given).new_page()
        page.goto(base)
        page.wait_for_timeout(45_000)
        watch(page, base, "fr", "Exploitant", full_page=True)
        given = {"locale": "en-GB", "viewport": {"width": 320, "height": 1000}}
        dark = browser.new_context(**given, color_scheme="dark", device_scale_factor=1)
        watch(dark.new_page(), base, "en-narrow", "Operator", full_page=False)
        browser.close()


if __name__ == "__main__":
    main()
