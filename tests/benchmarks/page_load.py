"""Print how long each page of the portal takes to be usable on a slow processor; run by hand.

    python -m tests.benchmarks.page_load [slowdown]

Needs Debian's Chromium (or CHROMIUM) and Playwright. A demo is served by a process of its own on a
port that the system chooses. Usable: the form is in its language and its security code is shown, or
on screen 1, the language can be switched. Measured from the navigation's start by the browser's own
clock; the median and the longest of ten loads each, with an empty cache. The weight is that of the
page and of all that it fetched except /graphql, uncompressed.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys

from playwright.sync_api import Browser, sync_playwright

PAGES = {
    "screen 1": ("/", "[data-language]"),
    "screen 2": ("/demande", "[data-security-code] img[src^='data:']"),
    "screen 5, no link": ("/renouveler", "#dead-view h1"),
    "help": ("/assistance", "[data-security-code] img[src^='data:']"),
}
LOADS = 10
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


def main(slowdown: float) -> None:
    """Measure each page with the processor ``slowdown`` times slower than it is."""
    command = [sys.executable, "-m", "graphql_api", "demo", "--port", "0"]
    demo = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        base = _address(demo)
        with sync_playwright() as playwright:
            chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            for name, (path, usable) in PAGES.items():
                loads = [_load(browser, base + path, usable, slowdown) for _ in range(LOADS)]
                times = [time for time, _ in loads]
                print(
                    f"{name:>18}: {statistics.median(times):5.0f} ms, longest {max(times):5.0f} ms,"
                    f" {loads[0][1]:6} bytes"
                )
            browser.close()
    finally:
        demo.terminate()
        demo.wait()


def _address(demo: subprocess.Popen[str]) -> str:
    assert demo.stdout is not None
    for line in demo.stdout:
        found = re.search(r"Portal\s+(http://\S+?)/?\s*$", line)
        if found:
            return found[1]
    raise SystemExit("the demo did not start")


def _load(browser: Browser, address: str, usable: str, slowdown: float) -> tuple[float, int]:
    """Milliseconds until usable, and the bytes of the page and its parts."""
    context = browser.new_context(locale="fr-FR")
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
    page.goto(address, wait_until="commit")
    page.locator(usable).wait_for()
    time = page.evaluate("performance.now()")
    size = page.evaluate(
        """() => [...performance.getEntriesByType("navigation"),
                  ...performance.getEntriesByType("resource")]
          .filter((each) => !each.name.endsWith("/graphql"))
          .reduce((sum, each) => sum + each.decodedBodySize, 0)"""
    )
    context.close()
    return time, size


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 4)
