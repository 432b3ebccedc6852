"""A renewal in browsers that no test runs, and the pages in those that run no script; by hand.

    python -m tests.trials.browsers firefox webkit lynx w3m links2 elinks

Of Debian: firefox-esr; webkit2gtk-driver and xvfb; lynx, w3m, links2, elinks. What steers the first
two is `marionette_driver` (Mozilla's own, needs no geckodriver) and `selenium`, best in an
environment of their own: nothing else is imported. `reassort demo` is that of `.venv`, anew for
each browser: a voter is not written to twice within two minutes. One line a step; a step that fails
ends those of its browser, and the whole ends with 1.

WebKitGTK runs on a display that nobody sees. A sound has to be loaded, not heard: where there is no
sound card Firefox may say so. No mail client is run: the link is taken from the demo's inbox.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.request import urlopen

ROOT = Path(__file__).parents[2]
WORDS = {
    language: json.loads((ROOT / f"graphql_api/portal/locales/{language}.json").read_text("utf-8"))
    for language in ("fr", "en")
}
NUMIC, ADDRESS, IDENTIFIER = "12345", "camille.martin@example.org", "k7wp q2m4 xn9b"
PATIENCE = 240.0
"""Seconds for a browser on a busy machine."""
HEADING = "[...document.querySelectorAll('h1')].find(each => each.offsetParent)?.innerText"
SOUND = "document.querySelector('audio')"
NO_CARD = "OnMediaSinkAudioError"
"""What Firefox says of a sound that it has read and cannot play."""
PICTURE = "document.querySelector('.digits img')?.src"
PAGES = ("", "demande", "renouveler", "assistance", "renouveler%23token=x")
LATER = ("requested.", "confirmed.", "dead.", "ask.", "code.", "form.", "assistance.done", "closed")
"""What is true only once a script has done something, by the beginnings of its keys."""
TEXT = ("lynx", "w3m", "links2", "elinks")
"""Browsers that run no script, and print a page with `-dump`."""


class Browser:
    """A page that WebDriver or Marionette steers, which name what is used here alike."""

    def __init__(self, page: Any, go: Callable[[str], Any], version: str) -> None:
        self._page, self.go, self.version = page, go, version
        self.run, self.reload, self.end = page.execute_script, page.refresh, page.quit

    def click(self, css: str) -> None:
        self._page.find_element("css selector", css).click()

    def type(self, css: str, text: str) -> None:
        field = self._page.find_element("css selector", css)
        field.clear()
        field.send_keys(text)


def firefox(home: str, stack: ExitStack) -> Browser:
    """By Marionette, which Firefox brings."""
    from marionette_driver.marionette import Marionette

    page = Marionette(
        bin=shutil.which("firefox-esr") or shutil.which("firefox"),
        port=free_port(),
        headless=True,
        startup_timeout=PATIENCE,
        prefs={"intl.accept_languages": "fr-FR,fr", "media.autoplay.default": 0},
        gecko_log=f"{home}/firefox.log",
    )
    page.start_session()
    return Browser(page, page.navigate, page.session_capabilities["browserVersion"])


def webkit(home: str, stack: ExitStack) -> Browser:
    """WebKitGTK's MiniBrowser, by its own WebDriver."""
    from selenium import webdriver
    from selenium.webdriver.webkitgtk.options import Options
    from selenium.webdriver.webkitgtk.service import Service

    os.environ["DISPLAY"] = stack.enter_context(display())
    options = Options()
    programs = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))
    options.binary_location = str(programs[-1])
    options.add_argument("--automation")
    page = webdriver.WebKitGTK(options, Service(shutil.which("WebKitWebDriver")))
    return Browser(page, page.get, page.capabilities["browserVersion"])


class Voter:
    """Camille Martin of the sample register. Each step's name is its line; each may tell more."""

    def __init__(self, browser: Browser, base: str) -> None:
        self.browser, self.base = browser, base
        self.answered = ""
        """The picture that was shown when a form was sent: another follows it."""

    def steps(self) -> list[Callable[[], str | None]]:
        return [
            *(self.screen_1_leads_to_2, self.wrong_digits_are_told, self.the_sound_is_loaded),
            *(self.screen_3_comes, self.the_link_opens_screen_5, self.a_wrong_identifier_is_told),
            *(self.an_encoded_link_opens_it, self.the_code_of_the_email_opens_it),
            *(self.a_code_without_picture_or_sound, self.screen_6_comes_and_the_sms),
            *(self.screen_6_can_be_loaded_again, self.the_used_link_is_told, self.in_english),
            *(self.assistance_takes_a_message, self.nothing_is_wider_than_the_window),
        ]

    def screen_1_leads_to_2(self) -> None:
        self.browser.go(self.base)
        self._see("signin.heading")
        self.browser.click("a.action")
        self._see("request.heading")

    def wrong_digits_are_told(self) -> None:
        """The voter is led to what is wrong."""
        self._fill(numic=NUMIC, email=ADDRESS, answer=f"{(int(self._code()) + 1) % 10_000:04}")
        padded = self.browser.run("return document.querySelector('#numic-padded').textContent")
        assert padded.endswith("00012345"), padded
        self._send()
        self._wait("document.querySelector('.problems a')")
        assert self.browser.run("return document.activeElement.id") == "problems"

    def the_sound_is_loaded(self) -> str:
        self._code()
        self._choose("code.listen")
        self._wait(f"{SOUND}?.src.startsWith('data:audio')")
        self._wait(f"{SOUND}.readyState >= 1 || {SOUND}.error")
        failed = self.browser.run(f"return {SOUND}.error?.message") or ""
        assert failed in ("", NO_CARD), failed
        return failed or self.browser.run(f"return `${{{SOUND}.duration.toFixed(1)}} s of sound`")

    def screen_3_comes(self) -> None:
        self._fill(answer=self._code())
        self._send()
        self._see("requested.heading")

    def the_link_opens_screen_5(self) -> None:
        """The token stays in no address that is shown."""
        self.browser.go(self._link())
        self._see_form()
        assert "token" not in self.browser.run("return location.href")

    def a_wrong_identifier_is_told(self) -> str:
        self._fill(identifier="AAAA BBBB CCCC", answer=self._code())
        self._send()
        return self._wait("document.querySelector('.problems a')?.textContent")

    def an_encoded_link_opens_it(self) -> None:
        self._leave()
        self.browser.go(self._link().replace("#", "%23"))
        self._see_form()
        assert "token" not in self.browser.run("return location.href")

    def the_code_of_the_email_opens_it(self) -> None:
        self.browser.run("sessionStorage.clear()")
        self._leave()
        self.browser.go(f"{self.base}/renouveler")
        self._see("ask.NO_LINK.heading")
        code = re.search(r"\n((?:[0-9A-Z]{4}\s){13})", self._email())
        assert code
        self._fill(link=code[1].strip())
        self.browser.click("#link-form button[type=submit]")
        self._see_form()

    def a_code_without_picture_or_sound(self) -> None:
        self._code()
        self._choose("code.compute")
        told = json.dumps(WORDS["fr"]["code.computed"])
        statuses = "[...document.querySelectorAll('[role=status]')]"
        self._wait(f"{statuses}.some(each => each.textContent === {told})")

    def screen_6_comes_and_the_sms(self) -> None:
        self._fill(identifier=IDENTIFIER)
        self._send()
        self._see("confirmed.heading")
        until(lambda: self._inbox()["sms"], "an SMS")

    def screen_6_can_be_loaded_again(self) -> None:
        self.browser.reload()
        self._see("confirmed.heading")

    def the_used_link_is_told(self) -> None:
        self._leave()
        self.browser.go(self._link())
        self._see("dead.LINK_USED.heading")

    def in_english(self) -> None:
        self.browser.click("[data-language]")
        self._see("dead.LINK_USED.heading", "en")
        assert self.browser.run("return document.documentElement.lang") == "en"

    def assistance_takes_a_message(self) -> None:
        """In English still, with the cell's number."""
        self.browser.go(f"{self.base}/assistance")
        self._see("assistance.heading", "en")
        self._wait("document.querySelector('#contact a[href^=tel]')")
        self._fill(message="Nothing came.", email=ADDRESS, answer=self._code())
        self._send()
        self._see("assistance.done", "en")

    def nothing_is_wider_than_the_window(self) -> None:
        page = "document.documentElement"
        assert self.browser.run(f"return {page}.scrollWidth - {page}.clientWidth") == 0

    def _see(self, key: str, language: str = "fr") -> None:
        wanted = json.dumps(WORDS[language][key])
        self._wait(f"{HEADING} === {wanted}")

    def _see_form(self) -> None:
        self._see("confirm.heading")
        self._wait("document.querySelector('#identifier')?.offsetParent")

    def _wait(self, condition: str) -> Any:
        return until(partial(self.browser.run, f"return {condition}"), condition)

    def _fill(self, **fields: str) -> None:
        for name, text in fields.items():
            self.browser.type(f"#{name}", text)

    def _send(self) -> None:
        self.answered = self.browser.run(f"return {PICTURE}")
        self.browser.click("form:not(#link-form) button[type=submit]")

    def _choose(self, key: str) -> None:
        """One of the buttons below the picture."""
        wanted = json.dumps(WORDS["fr"][key])
        buttons = "[...document.querySelectorAll('.choices button')]"
        self.browser.run(f"{buttons}.find(each => each.textContent === {wanted}).click()")

    def _leave(self) -> None:
        self.browser.go("about:blank")

    def _code(self) -> str:
        """The digits of the picture that is shown, which is the last that was issued."""
        answered = json.dumps(self.answered)
        self._wait(f"{PICTURE}?.startsWith('data:') && {PICTURE} !== {answered}")
        return next(iter(self._inbox()["securityCodes"].values()))

    def _email(self) -> str:
        def found() -> str | None:
            told = [each["text"] for each in self._inbox()["emails"] if ADDRESS in each["to"]]
            return next((text for text in told if "#token=" in text), None)

        return until(found, "an e-mail with a link")

    def _link(self) -> str:
        found = re.search(r"http\S+#token=[\w-]+", self._email())
        assert found
        return found[0]

    def _inbox(self) -> Any:
        with urlopen(f"{self.base}/dev/inbox.json") as answer:
            return json.load(answer)


GRAPHICAL = {"firefox": firefox, "webkit": webkit}


def read(browser: str, base: str, page: str) -> None:
    """A page without script: says in both languages that nothing can be sent from here, and whom
    to call; and nothing that is not so."""
    command = [browser, "-dump", f"{base}/{page}"]
    surroundings = os.environ | {"LC_ALL": "C.UTF-8"}
    dumped = subprocess.run(command, env=surroundings, check=True, stdout=subprocess.PIPE)
    text = " ".join(dumped.stdout.decode().split())
    with urlopen(f"{base}/{page}") as answer:
        html = answer.read().decode()
    cell = re.findall(r'<a href="(?:tel|mailto):[^"]+">([^<]+)<', html.split("</noscript>")[0])
    assert len(cell) == 4, "the telephone and the mailbox, in two languages"
    for each in cell:
        assert text.count(each) >= 2, each
    for language, words in WORDS.items():
        assert folded(words["noscript"]) in folded(text), language
        untrue = [key for key in words if key.startswith(LATER) and len(words[key]) > 20]
        assert untrue
        for key in untrue:
            assert folded(words[key]) not in folded(text), key


def folded(text: str) -> str:
    """Letters and digits: text browsers wrap, and write signs in their own way."""
    return "".join(filter(str.isalnum, text))


def until(look: Callable[[], Any], what: str) -> Any:
    """The first true value of `look`. A page that is just being replaced is asked again."""
    ends, failed = time.monotonic() + PATIENCE, None
    while time.monotonic() < ends:
        try:
            if found := look():
                return found
        except Exception as failure:
            failed = failure
        time.sleep(0.2)
    raise AssertionError(f"no {what} within {PATIENCE:.0f} s") from failed


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


@contextmanager
def ended(command: list[str], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, **options)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE)


@contextmanager
def display() -> Iterator[str]:
    """A display that nobody sees: its name."""
    ours, theirs = os.pipe()
    command = ["Xvfb", "-displayfd", str(theirs), "-nolisten", "tcp"]
    with ended(command, pass_fds=[theirs], stderr=subprocess.DEVNULL):
        os.close(theirs)
        with os.fdopen(ours) as told:
            yield f":{told.readline().strip()}"


@contextmanager
def demo() -> Iterator[str]:
    """The address of a new demo."""
    port = str(free_port())
    command = [str(ROOT / ".venv/bin/reassort"), "demo", "--port", port]
    with ended(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        base = f"http://127.0.0.1:{port}"
        until(lambda: urlopen(f"{base}/readyz").status == 200, "demo")
        yield base


def tried(name: str) -> bool:
    """Whether every step in this browser went well."""
    with ExitStack() as stack:
        base = stack.enter_context(demo())
        home = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        os.environ["HOME"] = home
        if name in TEXT:
            steps = {f"/{page}": partial(read, name, base, page) for page in PAGES}
        else:
            browser = GRAPHICAL[name](home, stack)
            stack.callback(browser.end)
            print(f"{name} {browser.version}", flush=True)
            steps = {each.__name__.replace("_", " "): each for each in Voter(browser, base).steps()}
        for title, step in steps.items():
            began = time.monotonic()
            try:
                told = step()
            except Exception as failure:
                print(f"FAIL {name}: {title}: {failure!r}", flush=True)
                return False
            took = time.monotonic() - began
            print(f"ok   {name}: {title}, {took:.1f} s", *filter(None, [told]), flush=True)
    return True


if __name__ == "__main__":
    results = [tried(each) for each in sys.argv[1:]]
    sys.exit(not all(results))
