"""What the pages are made of: their policy, their weight, their names and roles, their print."""

from __future__ import annotations

import re
from importlib.resources import files

import httpx
import pytest
from playwright.sync_api import expect

from graphql_api.portal.pages import CONTENT_SECURITY_POLICY, PAGES

PORTAL = files("graphql_api.portal")
ADDRESSES = sorted(PAGES)
LIGHTEST = 80 * 1024
"""Bytes that the whole portal may have, uncompressed."""

HEADER = """
- link "Aller au contenu"
- banner:
  - navigation "Langue et aide":
    - button "English"
    - 'link "J’ai besoin d’aide : contacter la cellule d’assistance"'
"""
CODE = """
  - group "Code de sécurité":
    - img "Image de quatre chiffres à recopier"
    - button "Une autre image"
    - button "Écouter le code"
    - button "Continuer sans image ni son"
    - status
    - textbox "Les 4 chiffres du code de sécurité"
"""
FOOTER = """
- contentinfo:
  - link "Aide"
"""
CONTROLS = {
    "/": HEADER
    + """
- main:
  - heading "Se connecter au vote par internet" [level=1]
  - group "Vos codes de vote":
    - textbox "Identifiant" [disabled]
    - textbox "Mot de passe" [disabled]
    - button "Se connecter" [disabled]
  - link "Mot de passe perdu ou non reçu ?"
"""
    + FOOTER,
    "/demande": HEADER
    + """
- main:
  - heading "Demander un nouveau mot de passe" [level=1]
  - textbox "Numéro d’identification consulaire (NUMIC)"
  - status
  - group: Où trouver mon NUMIC ?
  - 'button "Je n’ai pas mon NUMIC : utiliser mon numéro d’électeur"'
  - textbox "Adresse électronique"
"""
    + CODE
    + """
  - button "Demander un nouveau mot de passe"
"""
    + FOOTER,
    "link": HEADER
    + """
- main:
  - heading "Valider votre demande" [level=1]
  - textbox "Identifiant"
"""
    + CODE
    + """
  - button "Valider"
"""
    + FOOTER,
    "/renouveler": HEADER
    + """
- main:
  - heading "Ouvrez le lien de votre courriel" [level=1]
  - textbox "Lien ou code du courriel"
  - button "Continuer"
  - heading "Si vous n’avez pas de courriel" [level=2]
  - link "Faire une nouvelle demande"
  - link "Contacter la cellule d’assistance"
"""
    + FOOTER,
    "/assistance": """
- link "Aller au contenu"
- banner:
  - navigation "Langue":
    - button "English"
- main:
  - heading "Contacter la cellule d’assistance" [level=1]
  - link "+33 1 99 00 00 00"
  - link "assistance@example.org"
  - combobox "Sujet":
    - option "Mon mot de passe" [selected]
    - option "Mon identifiant"
    - option "Mon numéro de téléphone"
    - option "Mon adresse électronique"
    - option "Autre chose"
  - textbox "Message"
  - textbox "Votre adresse électronique"
"""
    + CODE
    + """
  - button "Envoyer"
  - link "Revenir à la page de connexion"
""",
}
"""The controls of each page in their order, by role and name; `link`: screen 5."""


@pytest.mark.parametrize("address", CONTROLS)
def test_names_and_roles(gateway, voter, address):
    """R46: a screen reader is told the role and the name of every control, in reading order."""
    voter.open(gateway.link() if address == "link" else address)
    voter.picture() if "Code de sécurité" in CONTROLS[address] else None
    tree = voter.page.locator("body").aria_snapshot()
    assert named(tree) == named(CONTROLS[address]), tree


def named(tree: str) -> list[str]:
    """Role and name of what can be operated or jumped to, in the order of the tree."""
    roles = "heading|link|button|textbox|combobox|option|img|group|navigation|banner|main"
    return [match[1] for match in re.finditer(rf"- '?((?:{roles})\b[^:\n]*(?: : [^:\n]*)?)", tree)]


@pytest.mark.parametrize("address", ADDRESSES)
def test_strict_policy(gateway, address):
    """R18: every page comes with a policy that allows its own files and nothing else, is not kept,
    not framed, and sends no Referer."""
    answer = httpx.get(gateway.base + address)
    policy = answer.headers["content-security-policy"]
    assert policy == CONTENT_SECURITY_POLICY
    directives = dict(each.split(" ", 1) for each in policy.split("; "))
    assert directives["default-src"] == directives["form-action"] == "'none'"
    assert directives["frame-ancestors"] == directives["base-uri"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == "'self'"
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_policy_is_in_force(gateway, visit):
    """R18: the policy is not only sent: the browser stops a script, a style, a picture and a
    request from elsewhere, and the tests take note of each."""
    voter = visit(gateway)
    voter.open("/")
    voter.page.evaluate(
        """async () => {
          const add = (name, properties) =>
            document.body.append(Object.assign(document.createElement(name), properties));
          add("style", { textContent: "body { color: red }" });
          add("img", { src: "https://example.org/picture.png" });
          await fetch("https://example.org/").catch(() => {});
          try { document.body.innerHTML = "<b>no</b>"; } catch { /* trusted types */ }
        }"""
    )
    breaches = " ".join(voter.breaches())
    for directive in ("style-src", "img-src", "connect-src", "require-trusted-types-for"):
        assert directive in breaches
    assert len(voter.complaints) >= 4
    voter.page.close()


@pytest.mark.parametrize("name", sorted(PAGES.values()))
def test_nothing_inline(name):
    """R18: no script, no style and no handler stands in the HTML, and nothing from elsewhere."""
    html = PORTAL.joinpath(name).read_text("utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", html)
    assert not re.search(r"""(?:src|href)=["'](?:\w+:)?//""", html)


def test_weight(gateway, visit):
    """R46: the whole portal weighs at most 80 KB uncompressed, pictures of security codes apart:
    what screens 1, 2 and 5 and the help page fetch, and all files together."""
    voter = visit(gateway)
    for address in ("/", "/demande", gateway.link(), "/assistance"):
        voter.open(address)
        voter.picture() if address != "/" else None
    fetched = {each.url.partition("#")[0] for each in voter.requests if each.method == "GET"}
    fetched = {url for url in fetched if url.startswith(gateway.base)}
    weights = {url: len(httpx.get(url).content) for url in fetched}
    print(f"fetched on four pages: {sum(weights.values())} bytes in {len(weights)} files")
    assert sum(weights.values()) <= LIGHTEST, weights
    endings = (".html", ".css", ".js", ".json", ".graphql")
    parts = [
        each
        for folder in (PORTAL, *(PORTAL.joinpath(n) for n in ("locales", "operations")))
        for each in folder.iterdir()
        if each.name.endswith(endings)
    ]
    everything = sum(len(each.read_bytes()) for each in parts)
    print(f"all files: {everything} bytes")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_print(gateway, visit, scheme):
    """R46: printed, screen 3 is its text alone, dark on white even where the screen is dark."""
    voter = visit(gateway, color_scheme=scheme)
    voter.open("/demande")
    voter.fill_request()
    voter.submit()
    voter.see("Votre demande est enregistrée")
    voter.page.emulate_media(media="print", color_scheme=scheme)
    for hidden in (".tools", "form", ".skip", ".action:not(form *)"):
        expect(voter.page.locator(hidden).first).to_be_hidden()
    expect(voter.page.get_by_text("Ouvrez votre messagerie")).to_be_visible()
    paper, ink = voter.page.evaluate(
        "(({ backgroundColor, color }) => [backgroundColor, color])"
        "(getComputedStyle(document.documentElement))"
    )
    assert (paper, ink) == ("rgb(255, 255, 255)", "rgb(27, 30, 43)")


def test_nothing_moves(gateway, visit):
    """R46: nothing on the pages is animated, so there is nothing to calm for those who ask for
    reduced motion; with that wish the flow is the same."""
    voter = visit(gateway, reduced_motion="reduce")
    voter.open("/demande")
    voter.fill_request()
    voter.submit()
    voter.see("Votre demande est enregistrée")
    assert voter.page.evaluate("document.getAnimations().length") == 0
    styles = [PORTAL.joinpath(name).read_text("utf-8") for name in ("theme.css", "portal.css")]
    assert not re.search(r"\b(transition|animation|scroll-behavior)\b", "".join(styles))


def test_high_contrast_wish(gateway, visit):
    """R46: who asks for more contrast gets no soft greys."""
    voter = visit(gateway, contrast="more")
    voter.open("/demande")
    colours = voter.page.locator("#email-hint").evaluate(
        "(hint) => [getComputedStyle(hint).color, getComputedStyle(document.body).color]"
    )
    assert colours[0] == colours[1]


@pytest.mark.parametrize("address", ["/", "/demande", "/assistance"])
def test_phone(gateway, visit, address):
    """R46: on a phone of 320 pixels with touch, nothing scrolls sideways and every target is large
    enough for a thumb."""
    voter = visit(gateway, viewport={"width": 320, "height": 568}, has_touch=True, is_mobile=True)
    voter.open(address)
    assert voter.overflow() <= 0
    small = voter.page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, textarea, .action, .help")]
          .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 44)
          .map((each) => each.outerHTML)"""
    )
    assert small == []


def test_inbox_on_a_phone(gateway, voter):
    """R46: the trial's inbox, with its long ids, needs no scrolling sideways either."""
    voter.open("/demande")
    gateway.link()
    voter.page.set_viewport_size({"width": 320, "height": 568})
    voter.page.goto(gateway.base + "/dev/inbox")
    expect(voter.page.locator("li code").first).to_be_visible()
    assert voter.overflow() <= 0


def test_large_and_spaced_text_on_a_phone(gateway, visit):
    """R46: W5: with text of twice the size the code's picture keeps its width, and words break by
    their syllables; with letters set apart the way past the banner stays out of sight."""
    voter = visit(gateway, viewport={"width": 320, "height": 568})
    voter.open("/demande")
    width = "document.querySelector('.digits img').getBoundingClientRect().width"
    voter.picture()
    before = voter.page.evaluate(width)
    voter.page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert voter.page.evaluate(width) >= before > 250
    assert voter.page.evaluate("getComputedStyle(document.body).hyphens") == "auto"
    voter.page.evaluate(
        "document.body.style.cssText = 'letter-spacing: 0.12em; word-spacing: 0.16em; "
        "line-height: 1.5'"
    )
    below = "document.querySelector('.skip').getBoundingClientRect().bottom"
    assert voter.page.evaluate(below) <= 0
    assert voter.overflow() <= 0
