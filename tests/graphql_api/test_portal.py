"""The portal's files as they are served, and the links that lead back to partners' own pages."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from core.locale import Locale
from graphql_api.portal.pages import CONTENT_SECURITY_POLICY, PAGES
from graphql_api.schema.messages import catalogue
from graphql_api.settings import Settings, SettingsRefused

PARTNER = {"consulat": "https://consulat.example.org/mot-de-passe#token={token}"}


@pytest.mark.parametrize("path", PAGES)
async def test_a_page(open_portal, path):
    """R46, R18: each page is HTML under a policy without exceptions, never stored, and tells no
    one where the voter came from."""
    portal = await open_portal(portal=True)
    page = await portal.http.get(path)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert page.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    head = await portal.http.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert (await portal.http.post(path)).status_code == 405


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/portal/request.js", "text/javascript"),
        ("/portal/theme.css", "text/css"),
        ("/portal/locales/fr.json", "application/json"),
        ("/portal/operations/renewal-link.graphql", "application/graphql"),
    ],
)
async def test_a_part_of_the_pages(open_portal, path, kind):
    """Parts are asked after by their tag and sent again only when they have changed."""
    portal = await open_portal(portal=True)
    part = await portal.http.get(path)
    assert (part.status_code, part.headers["content-type"]) == (200, f"{kind}; charset=utf-8")
    again = await portal.http.get(path, headers={"if-none-match": part.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["index.html", "locales/en.json", "request.js"])
async def test_indentation_is_for_who_reads_the_files(open_portal, name):
    """R46: pages and catalogues are served without it, and else as they are; scripts keep it."""
    portal = await open_portal(portal=True)
    source = files("graphql_api.portal").joinpath(name).read_text("utf-8")
    path = next((path for path, page in PAGES.items() if page == name), f"/portal/{name}")
    served = (await portal.http.get(path)).text
    assert "\n  " in source
    if name.endswith(".js"):
        assert served == source
        return
    assert "\n " not in served
    plain = [line.lstrip() for line in source.splitlines() if "<!-- " not in line]
    assert set(plain) <= set(served.splitlines())


@pytest.mark.parametrize(
    "path", ["/portal/pages.py", "/portal/__init__.py", "/portal/../doctor.py", "/portal/"]
)
async def test_nothing_else_is_served(open_portal, path):
    """Only what the pages are made of, never the program around them."""
    portal = await open_portal(portal=True)
    assert (await portal.http.get(path)).status_code == 404


async def test_no_pages_unless_switched_on(open_portal):
    """A gateway behind a partner's own front end shows no pages."""
    portal = await open_portal(portal=False)
    for path in (*PAGES, "/portal/request.js"):
        assert (await portal.http.get(path)).status_code == 404


async def test_opening_the_link_consumes_nothing(open_portal, camille):
    """R15: a scanner may GET and HEAD the link's page as often as it likes."""
    portal = await open_portal(portal=True)
    token = await portal.token()
    for _ in range(3):
        assert (await portal.http.get(f"/renouveler?x={token}")).status_code == 200
        assert (await portal.http.head("/renouveler")).status_code == 200
    assert (await portal.link(token))["usable"]
    assert (await portal.confirm(token, camille.identifier))["__typename"] == "PasswordRenewed"


class WithoutScript(HTMLParser):
    """What a browser shows that runs no script and knows no style, and what its forms would send
    into an address."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.sent: list[str] = []
        self.methods: set[str] = set()
        self._unseen = 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self._unseen += tag in ("script", "style", "title")
        if tag == "form":
            self.methods.add(given.get("method", "get"))
        if tag in ("input", "select", "textarea", "button") and given.get("name"):
            self.sent.append(given["name"])

    def handle_endtag(self, tag):
        self._unseen -= tag in ("script", "style", "title")

    def handle_data(self, data):
        if not self._unseen and data.strip():
            self.words.append(data.strip())


async def test_without_script_nothing_untrue_is_read(open_portal):
    """R46: W3: text browsers show what is hidden, too. So no page holds what is not so yet, each
    says how to reach the assistance cell in both languages, and no form sends by an address."""
    hours = {"fr": "de 9 h à 18 h", "en": "9:00 to 18:00"}
    portal = await open_portal(
        portal=True,
        assistance_email="aide@example.org",
        assistance_phone="+33 1 99 00 00 00",
        assistance_hours=hours,
    )
    words = {each: json.loads(read_catalogue(each)) for each in ("fr", "en")}
    not_yet = [
        text
        for texts in words.values()
        for key, text in texts.items()
        if key.startswith(("requested.", "confirmed.", "closed.", "dead.", "ask.", "confirm.wait"))
    ]
    for path in PAGES:
        page = WithoutScript((await portal.http.get(path)).text)
        said = " ".join(page.words)
        assert [text for text in not_yet if text in page.words] == []
        assert page.words.count("Téléphone") == 1  # none without its number
        assert words["fr"]["noscript"] in said
        assert words["en"]["noscript"] in said
        assert said.count("+33 1 99 00 00 00") == said.count("aide@example.org") == 2
        assert all(text in said for text in hours.values())
        assert page.sent == []
        assert page.methods <= {"post"}


def read_catalogue(language: str) -> str:
    return files("graphql_api.portal").joinpath("locales", f"{language}.json").read_text("utf-8")


async def test_footer(open_portal):
    """R46: U6: each page ends with the way to help, and with the pages that a deployment names. The
    help page does not lead to itself: what is being written there would be lost."""
    address = "https://vote.example.org/accessibilite?a=1&b=2"
    portal = await open_portal(portal=True, portal_accessibility_url=address)
    for path in PAGES:
        footer = (await portal.http.get(path)).text.partition("<footer")[2]
        to_help = 'href="assistance" data-t="footer.help"' in footer
        assert to_help == (path != "/assistance")
        assert f'href="{address.replace("&", "&amp;")}" data-t="footer.accessibility"' in footer
        assert "footer.legal" not in footer


@pytest.mark.parametrize("address", ["javascript:alert(1)", "accessibilite", "//example.org/x y"])
async def test_footer_leads_to_pages(make_settings, address):
    """U6: what the foot of a page leads to is the address of a page."""
    with pytest.raises(SettingsRefused, match="write an address"):
        make_settings(portal_legal_url=address)


async def test_what_the_gateway_says_is_there_in_both_languages(open_portal):
    """R46: U6: a page that changes its language finds there what was said of a problem."""
    portal = await open_portal(portal=True, policy="trial")
    for locale in Locale:
        said = (await portal.http.get(f"/portal/messages/{locale.value}.json")).json()
        assert said.keys() == catalogue(locale).keys()
        assert "12" in said["identifier.WRONG_LENGTH"]


SPOILT = (
    "%23token=",
    "%2523token=",
    "?token=",
    "%3Ftoken=",
    "&token=",
    "%23token%3D",
    "/%23token=",
)


async def test_a_link_that_was_spoilt_on_its_way(open_portal, logged):
    """R18: W1: whatever a scanner makes of the link's `#`, its page opens, consumes nothing, and no
    log has the token, although it came to the server now."""
    portal = await open_portal(portal=True)
    token = await portal.token()
    page = (await portal.http.get("/renouveler")).content
    for between in SPOILT:
        answer = await portal.http.get(
            f"/renouveler{between}{token}", headers={"accept": "text/html"}
        )
        if between.startswith("/"):
            assert answer.status_code == 404
            assert token not in answer.text
        else:
            assert (answer.status_code, answer.content) == (200, page)
    assert (await portal.link(token))["usable"]
    assert token[:20] not in logged.getvalue()


async def test_a_link_leads_back_to_the_partner(open_portal):
    """R18, R61: the partner's page names it; where its links lead is in the settings alone. The
    e-mail names the site, and holds the portal's link as well."""
    portal = await open_portal(partner_links=PARTNER)
    portal.http.headers["origin"] = "https://consulat.example.org"
    token = await portal.token(partner="consulat")
    (email,) = portal.emails
    for link in ("consulat.example.org/mot-de-passe", "vote.example.org/renouveler"):
        assert f"\nhttps://{link}#token={token}\n" in email["text"]
        assert f'href="https://{link}#token={token}"' in email["html"]
    assert "sur le site consulat.example.org" in email["text"]


async def test_no_portal_is_named_where_there_is_none(open_portal, make_settings):
    """R18: a partner's voters are not sent to the default, which is this machine."""
    assert make_settings().has_portal
    settings = Settings(keys=make_settings().keys)
    assert not settings.has_portal
    assert settings.model_copy(update={"portal": True}).has_portal


@pytest.mark.parametrize("partner", ["", "nobody", "https://evil.example.org/#token={token}"])
async def test_an_unknown_partner_is_refused(open_portal, partner):
    """R18: no address is ever taken from a request."""
    portal = await open_portal(partner_links=PARTNER)
    refused = await portal.request(partner=partner)
    assert [(each["field"], each["code"]) for each in refused["fields"]] == [
        ("partner", "UNKNOWN_PARTNER")
    ]
    assert portal.emails == []


async def test_assistance_is_told(open_portal):
    """R1: how to reach the cell, in the voter's language."""
    hours = {"fr": "de 9 h à 18 h", "en": "9:00 to 18:00"}
    portal = await open_portal(assistance_phone="+33 1 99 00 00 00", assistance_hours=hours)
    query = "query ($l: Locale!) { assistance { email phone hours(locale: $l) } }"
    answers = [(await portal.send(query, {"l": each})).json()["data"] for each in ("FR", "EN")]
    assert [each["assistance"]["hours"] for each in answers] == list(hours.values())
    assert answers[0]["assistance"]["phone"] == "+33 1 99 00 00 00"
