"""Makes the pictures of the screens from the real pages: `python docs/pictures/make.py`.

Runs the demo in a folder of its own on a port that the system chooses, goes through a renewal in
Chromium as a voter would, and photographs each screen, wide in French and narrow in English. Needs
the test dependencies and `chromium`, or `chromium-headless-shell`, on the path.
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


@contextmanager
def demo() -> Iterator[str]:
    """The address of a running demo."""
    command = [sys.executable, "-m", "graphql_api", "demo", "--port", "0"]
    with subprocess.Popen(  # noqa: S603 - our own demo
        command, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            lines = iter(process.stdout.readline, "") if process.stdout else iter(())
            found = (re.search(r"Portal +(http://\S+)/", line) for line in lines)
            yield next(each[1] for each in found if each)
        finally:
            process.terminate()


class Voter:
    """Goes through the screens and photographs them."""

    def __init__(self, page: Page, base: str, suffix: str) -> None:
        self.page, self.base, self.suffix = page, base, suffix

    def inbox(self) -> dict:
        with urlopen(f"{self.base}/dev/inbox.json") as answer:  # noqa: S310 - our own demo
            return json.load(answer)

    def photograph(self, name: str) -> None:
        taken = Image.open(BytesIO(self.page.screenshot(full_page=True)))
        taken.quantize(64).save(FOLDER / f"{name}-{self.suffix}.png", optimize=True)

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


if __name__ == "__main__":
    main()
