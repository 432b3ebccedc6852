"""What people are shown at an address that cannot be shown; programs go on reading JSON."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from core.locale import Locale
from graphql_api.over_http.media_types import prefers_html
from graphql_api.over_http.problem_page import POLICY, ProblemPage
from graphql_api.over_http.queue import full
from graphql_api.running import uvicorn_inside

BROWSERS = {
    "Chromium": "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8",
    "Firefox": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "lynx": "text/html, text/plain, text/sgml, text/css, */*;q=0.01",
    "w3m": "text/html, text/*;q=0.5, image/*, application/*",
}
PROGRAMS = [
    "*/*",
    "application/json",
    "application/graphql-response+json, application/json;q=0.9",
    "application/json, text/html;q=0.5",
    "text/plain",
    "text/html;q=0",
    "",
]


class Text(HTMLParser):
    """What can be read, and where its links lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.languages: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.links += [given["href"]] if tag == "a" else []
        self.languages += [given["lang"]] if tag == "section" else []

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture
async def portal(open_portal):
    return await open_portal(
        portal=True,
        link_template="https://vote.example.org/renouveler#token={token}",
        assistance_phone="+33 1 99 00 00 00",
        assistance_hours={"fr": "de 9 h à 18 h", "en": "9:00 to 18:00"},
    )


@pytest.mark.parametrize(
    ("method", "path", "content", "status", "french", "english"),
    [
        ("GET", "/nowhere", b"", 404, "n’existe pas", "does not exist"),
        ("GET", "/portal/pages.py", b"", 404, "n’existe pas", "does not exist"),
        ("POST", "/demande", b"x=1", 405, "JavaScript", "JavaScript"),
        ("PUT", "/renouveler", b"", 405, "JavaScript", "JavaScript"),
        ("POST", "/assistance", b"x" * 70_000, 413, "trop long", "too long"),
    ],
)
async def test_people_read_a_page(portal, method, path, content, status, french, english):
    """R46: W1: at whatever address, a person reads in both languages what happened, is led on, and
    finds how to reach the assistance cell; the status stays what it is."""
    for accept in BROWSERS.values():
        headers = {"accept": accept, "accept-language": "en-GB,en"}
        answer = await portal.http.request(method, path, content=content, headers=headers)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["content-security-policy"] == POLICY
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        read = Text(answer.text)
        text = " ".join(read.words)
        for said in (french, english, "+33 1 99 00 00 00", "de 9 h à 18 h", "9:00 to 18:00"):
            assert said in text
        assert read.languages == ["en", "fr"]
        assert {"tel:+33199000000", "/", "https://vote.example.org/renouveler"} <= set(read.links)


async def test_programs_read_json(portal):
    """R37: whoever does not ask for HTML first gets the error as ever."""
    for accept in PROGRAMS:
        assert not prefers_html(accept)
        answer = await portal.http.get("/nowhere", headers={"accept": accept})
        assert answer.status_code == 404
        assert answer.json()["errors"][0]["message"] == "Not Found"


async def test_what_is_served_stays(portal):
    """W1: pages and their parts, and what operators and developers look at, are what they are."""
    headers = {"accept": BROWSERS["Firefox"]}
    assert "Demander" in (await portal.http.get("/demande", headers=headers)).text
    assert (await portal.http.get("/graphql", headers=headers)).json()["errors"]
    await portal.application.ports.store.close()
    ready = await portal.http.get("/readyz", headers=headers)
    assert (ready.status_code, ready.json()) == (503, {"status": "database unreachable"})


async def test_head_has_no_body(portal):
    """W1: HEAD tells the page's length and sends nothing of it."""
    headers = {"accept": BROWSERS["Firefox"]}
    head = await portal.http.head("/nowhere", headers=headers)
    page = await portal.http.get("/nowhere", headers=headers)
    assert (head.status_code, head.content) == (404, b"")
    assert head.headers["content-length"] == str(len(page.content))


async def test_a_defect_has_a_reference(open_portal):
    """R37: a defect is told with the reference under which the log has it, and what to do."""

    def adapt(ports):
        ports.inbox.contents = None
        return ports

    portal = await open_portal(adapt)
    answer = await portal.http.get("/dev/inbox.json", headers={"accept": BROWSERS["Firefox"]})
    assert answer.status_code == 500
    assert answer.text.count(answer.headers["x-correlation-id"]) == 2
    assert "Une erreur est survenue" in answer.text


async def test_too_many_at_once():
    """W1: a person whom a full process turns away reads when to come again, a program JSON."""
    sent = []

    async def send(message):
        sent.append(message)

    accept = [(b"accept", BROWSERS["Firefox"].encode())]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": accept}
    await uvicorn_inside._FULL(scope, None, send)
    await full({**scope, "headers": []}, None, send)
    page, json = sent[1]["body"].decode(), sent[3]["body"].decode()
    assert "Réessayez dans 10\u00a0secondes" in page
    assert "Try again in 10 seconds" in page
    assert page.count("Réessayez") == page.count("Try again in") == 1
    assert '<p class="name">Vote par internet</p>' in page
    assert json.startswith('{"errors"')
    assert sent[0]["status"] == sent[2]["status"] == 503


@pytest.mark.parametrize(
    ("wait", "told"), [("1", ("1 seconde.", "1 second.")), ("2", ("2 secondes.", "2 seconds."))]
)
def test_a_second_is_told_as_one(wait, told):
    """R46, W1: in both languages."""
    page = ProblemPage().write(503, Locale.FR, wait=wait).decode().replace("\u00a0", " ")
    assert [each in page for each in told] == [True, True]


def test_a_deployment_that_names_nothing():
    """W1: without telephone, mailbox and portal the page has no empty line and no link astray."""
    read = Text(ProblemPage().write(404, Locale.FR).decode())
    assert read.links == []
    assert "Cellule" not in " ".join(read.words)
