"""The link of the e-mail: its token stays out of sight, and nothing but the form uses it up."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import expect


def token_of(link: str) -> str:
    """What the link carries."""
    return link.partition("#token=")[2]


def history(voter) -> list[str]:
    """The addresses that the tab's back button knows."""
    session = voter.context.new_cdp_session(voter.page)
    entries = session.send("Page.getNavigationHistory")["entries"]
    session.detach()
    return [each["url"] for each in entries]


def test_token_out_of_sight(gateway, voter):
    """R18: the token is in no request line and no Referer, and neither in the address bar nor in
    the tab's list of pages, from the opening of the link to the confirmation and beyond. What the
    browser itself has noted of the address before any script ran, nobody can take back."""
    link = gateway.link()
    token = token_of(link)
    voter.open(link)
    assert voter.page.url == f"{gateway.base}/renouveler"
    assert not any(token in each for each in history(voter))
    voter.fill_confirmation()
    voter.submit()
    voter.see("Votre demande est confirmée")
    voter.page.get_by_role("link", name="Contacter la cellule d’assistance", exact=True).click()
    voter.see("Contacter la cellule d’assistance")
    assert not any(token in each for each in history(voter))
    assert token not in voter.page.content()
    for request in voter.requests:
        assert token not in request.url
        assert "referer" not in request.all_headers(), request.url
    carried = [each.url for each in voter.requests if token in (each.post_data or "")]
    assert set(carried) == {f"{gateway.base}/graphql"}


def test_token_gone_before_the_texts_are_there(gateway, voter):
    """R18: the token leaves the address bar before anything else is fetched by the page's code."""
    release = voter.delay("**/locales/*.json")
    voter.page.goto(gateway.link())
    expect(voter.page).to_have_url(f"{gateway.base}/renouveler")
    voter.see("Valider votre demande")
    release()
    expect(voter.page.locator("#identifier")).to_be_visible()


def test_slow_scripts(gateway, voter):
    """R18, R46: while the page's code is on its way the page can be read, the token is sent to
    nobody, and once the code is there the link is used as ever."""
    release = voter.delay("**/portal/*.js")
    link = gateway.link()
    voter.page.goto(link, wait_until="commit")
    voter.see("Valider votre demande")
    assert not any(token_of(link)[:20] in each.url for each in voter.requests)
    release()
    expect(voter.page.locator("#identifier")).to_be_visible()
    assert voter.page.url == f"{gateway.base}/renouveler"


def test_reload_keeps_the_form(gateway, voter):
    """R18: a reload, as phones do on their own, loses the link no more than it uses it up."""
    voter.open(gateway.link())
    for _ in range(2):
        voter.page.reload()
        voter.see("Valider votre demande")
    voter.fill_confirmation()
    voter.submit()
    voter.see("Votre demande est confirmée")


def test_without_storage(gateway, visit):
    """R18: in a browser that refuses storage, as some in-app ones do, the link works all the same,
    and the language can be changed."""
    voter = visit(gateway)
    voter.context.add_init_script(
        "Object.defineProperty(window, 'sessionStorage',"
        "{ get() { throw new DOMException('refused', 'SecurityError'); } });"
    )
    voter.page.goto(gateway.link())
    voter.see("Valider votre demande")
    voter.page.get_by_role("button", name="English").click()
    voter.see("Confirm your request")
    voter.fill_confirmation()
    voter.submit()
    voter.see("Your request is confirmed")
    voter.page.goto("about:blank")


def test_skip_link_is_no_new_link(gateway, voter):
    """R18, R46: the way past the banner changes the fragment, and loses nothing that was typed."""
    voter.open(gateway.link())
    voter.fill_confirmation()
    voter.page.locator(".skip").focus()
    voter.page.keyboard.press("Enter")
    expect(voter.page).to_have_url(re.compile("#content$"))
    voter.page.wait_for_timeout(200)
    expect(voter.page.locator("#identifier")).not_to_have_value("")
    voter.submit()
    voter.see("Votre demande est confirmée")


def test_newer_link_in_the_same_tab(gateway, voter):
    """R17, R18: a newer link pasted over the older one in the same tab takes its place, and leaves
    no token behind."""
    older, newer = gateway.link(), gateway.link()
    voter.open(older)
    voter.see("Ce lien n’est plus valable")
    voter.page.goto(newer)
    voter.see("Valider votre demande")
    expect(voter.page).to_have_url(f"{gateway.base}/renouveler")
    assert not any("token" in each for each in history(voter))


def test_opened_twice_and_in_two_browsers(gateway, visit):
    """R13, R15, R18: a link opened twice in one browser and once in another shows three usable
    forms; the first that is sent renews, the others say that the link has served."""
    link = gateway.link()
    first = visit(gateway)
    voters = [first, visit(gateway, context=first.context), visit(gateway)]
    for voter in voters:
        voter.open(link)
        voter.see("Valider votre demande")
    voters[2].page.get_by_role("button", name="Une autre image").click()
    voters[2].fill_confirmation()
    voters[2].submit()
    voters[2].see("Votre demande est confirmée")
    for voter in voters[:2]:
        voter.page.get_by_role("button", name="Une autre image").click()
        voter.fill_confirmation()
        voter.submit()
        voter.see("Ce lien a déjà servi")
        expect(voter.answer_message).to_contain_text("Si vous venez de valider, tout va bien")
    gateway.sms()
    assert len(gateway.inbox["sms"]) == 1


def test_scanner(gateway, visit):
    """R15: mail scanners, be it with GET, with HEAD or with a browser that runs the page's code and
    clicks on nothing, use nothing up, however often they come."""
    link = gateway.link()
    page = link.partition("#")[0]
    before = gateway.rows("SELECT * FROM recovery_request")
    for method in ("GET", "HEAD", "GET", "HEAD"):
        assert httpx.request(method, page).status_code == 200
        assert httpx.request(method, f"{page}?token={token_of(link)}").status_code == 200
    for _ in range(3):
        scanner = visit(gateway)
        scanner.open(link)
        scanner.see("Valider votre demande")
        scanner.page.close()
    assert gateway.rows("SELECT * FROM recovery_request") == before
    assert gateway.rows("SELECT count(*) FROM consumed_code") == [(1,)]  # that of screen 2
    assert gateway.usable(link)
    voter = visit(gateway)
    voter.open(link)
    voter.fill_confirmation()
    voter.submit()
    voter.see("Votre demande est confirmée")


def test_wrong_code_costs_nothing(gateway, voter):
    """R16: a wrong security code takes no attempt from the link; a wrong identifier takes one."""
    link = gateway.link()
    voter.open(link)
    for _ in range(3):
        voter.fill_confirmation()
        voter.page.locator("#answer").fill(voter.misread_code())
        with voter.page.expect_response("**/graphql"):
            voter.submit()
        expect(voter.summary).to_contain_text("n’est pas le bon")
    voter.fill_confirmation("AAAABBBBCCCC")
    voter.submit()
    expect(voter.summary).to_contain_text("4 essais")
    assert gateway.usable(link)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_renewals_that_were_stopped(gateway, visit, catalogues, language):
    """R61: whoever may not renew any more reads on screen 5 which password counts, is led to the
    assistance cell, and is not sent to ask for another link, which would never come."""
    voter = visit(gateway, locale=language)
    texts = catalogues[language]
    voter.open(gateway.link())
    gateway.stop_renewals()
    voter.fill_confirmation()
    voter.submit()
    voter.see(texts["dead.RENEWALS_STOPPED.heading"])
    expect(voter.answer_message).to_have_text(texts["dead.RENEWALS_STOPPED"])
    expect(voter.page.get_by_role("link", name=texts["dead.again"])).to_be_hidden()
    voter.page.get_by_role("link", name=texts["help.link"], exact=True).click()
    voter.see(texts["assistance.heading"])


def test_a_link_whose_email_came_back(gateway, voter, catalogues):
    """R61: M4: a link that ended because its e-mail came back leads to a new request; by a plain
    link, for a more recent e-mail may be there already."""
    link = gateway.link()
    gateway.bounce()
    voter.open(link)
    voter.see("Ce lien n’est plus valable")
    expect(voter.answer_message).to_contain_text("son courriel nous est revenu")
    expect(voter.answer_message).to_have_text(catalogues["fr"]["dead.LINK_REVOKED"])
    expect(voter.page.locator("main .action:visible")).to_have_count(0)
    voter.page.get_by_role("link", name="Faire une nouvelle demande").click()
    voter.see("Demander un nouveau mot de passe")


@pytest.mark.parametrize("failure", [{}, {"status": 503, "body": "down"}])
def test_link_checked_on_demand_again(gateway, voter, failure):
    """R18, R46: when the link cannot be checked the page says so, and checks again when asked to.
    What is spoken on its own is that alone, and no countdown."""
    mend = voter.break_graphql("RenewalLink", **failure)
    voter.page.goto(gateway.link())
    status = voter.page.locator("#waiting-status")
    expect(status).to_have_text(
        "Le lien n’a pas pu être vérifié. Il n’a pas servi : vous pouvez réessayer."
    )
    mend()
    release = voter.delay("**/graphql")
    voter.page.get_by_role("button", name="Réessayer").click()
    expect(status).to_have_text("Vérification du lien…")
    assert voter.focused() == "waiting-heading"
    release()
    expect(voter.page.locator("#identifier")).to_be_visible()
