"""A partner's React page, from an empty folder to the SMS, as docs/tutorial-react.md has it:

    .venv/bin/python -m tests.trials.react_page

Runs the page's own commands in a folder of its own, then plays refusals and a renewal in Chromium.
Takes the ports 8000 and 5173 of this machine. Prints what the voter reads, and the seconds.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "docs/tutorial-react.md"
PAGE, SANDBOX = "http://localhost:5173", "http://127.0.0.1:8000"
FILES = {"html": "index.html", "js": "vite.config.js", "jsx": "src/main.jsx"}
BROWSERS = ("chromium-headless-shell", "chromium")
REFUSED = {"busy": "00020001", "closed": "00020002", "defect": "00020004", "http-503": "00020006"}
RIGHT = "1234"
COMMAND = "sandbox/bin/reassort"
PATIENCE = 120.0


def main() -> None:
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", TUTORIAL.read_text("utf-8"), re.M | re.S)
    sandbox, install, serve = [text for language, text in blocks if language == "sh"]
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder, began = Path(name), time.monotonic()
        command = sandbox.replace(COMMAND, str(Path(sys.executable).with_name("reassort")), 1)
        stack.callback(_ended, _started(command, ROOT, SANDBOX))
        subprocess.run(["bash", "-ec", install], cwd=folder, check=True, capture_output=True)
        for language, file in FILES.items():
            (folder / file).write_text(dict(blocks)[language], "utf-8")
        stack.callback(_ended, _started(serve, folder, PAGE))
        print(f"installed and served after {time.monotonic() - began:.0f} s")
        play()
        print(f"renewed after {time.monotonic() - began:.0f} s")


def play() -> None:
    """Reads what a voter reads: wrong fields, refusals, a wrong identifier, then the SMS."""
    program = next(filter(None, map(shutil.which, BROWSERS)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page()
        print("invalid:", asked(page, "1x", "nobody"))
        assert page.input_value("[name=code]") == RIGHT
        print("no code:", asked(page, "00010001", "renewed@sandbox.example.org", code=""))
        assert beside_code(page), "nothing is said beside the box"
        print("wrong code:", asked(page, "00010001", "renewed@sandbox.example.org", code="0000"))
        page.wait_for_function("!document.querySelector('input[name=code]').value")
        for name, numic in REFUSED.items():
            print(f"{name}:", asked(page, numic, f"{name}@sandbox.example.org"))
        print("renewed:", asked(page, "00010001", "renewed@sandbox.example.org"))
        inbox = httpx.get(f"{SANDBOX}/dev/inbox.json").json()
        link = re.search(rf"{PAGE}/#token=[\w-]+", inbox["emails"][0]["text"])
        assert link
        page.goto(link[0])
        print("mismatch:", sent(page, Identifier="ZZZZZZZZZZZZ"))
        page.goto("about:blank")
        page.goto(link[0])
        print("confirmed:", sent(page, Identifier="K7WPQ2M4XN9B"))
        assert "token" not in page.url
        browser.close()
    (sms,) = httpx.get(f"{SANDBOX}/dev/inbox.json").json()["sms"]
    print("SMS:", " / ".join(sms["text"].splitlines()))


def asked(page: Page, numic: str, address: str, code: str = RIGHT) -> str:
    page.goto(PAGE)
    return sent(page, code, **{"NUMIC": numic, "E-mail address": address})


def sent(page: Page, code: str = RIGHT, **typed: str) -> str:
    """What the page shows once the form is sent."""
    page.wait_for_selector("img")
    for label, value in (*typed.items(), ("Security code", code)):
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Send").click()
    page.wait_for_function("document.querySelector('[role=status]').textContent")
    return page.inner_text("[role=status]")


def beside_code(page: Page) -> str:
    """What is said beside the box of the security code."""
    return page.inner_text("p:has([name=code])").removeprefix("Security code").strip()


def _started(command: str, folder: Path, url: str) -> subprocess.Popen[bytes]:
    """A command that serves, once it answers at `url`."""
    process = subprocess.Popen(
        ["bash", "-c", f"exec {command.strip()}"], cwd=folder, stdout=subprocess.DEVNULL
    )
    until = time.monotonic() + PATIENCE
    while True:
        assert process.poll() is None, f"{command} has ended"
        assert time.monotonic() < until, f"{command} does not answer"
        try:
            httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return process


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(PATIENCE)


if __name__ == "__main__":
    main()
