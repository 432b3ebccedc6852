"""The security code on the page: seen, heard or computed."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from core.code_price import CodePrice
from core.locale import Locale
from tests.paying import proof_for


def issued_id(voter) -> str:
    """The id of the code on the page, as the gateway gave it."""
    (request,) = voter.mutations("issueSecurityCode")[-1:]
    return request.response().json()["data"]["issueSecurityCode"]["id"]


def test_another_picture(gateway, voter):
    """R27: another picture on demand, announced; it is the last one whose digits count."""
    voter.open("/demande")
    first, old = voter.picture(), gateway.newest_code
    voter.page.get_by_role("button", name="Une autre image").click()
    expect(voter.code_status).to_have_text("Nouveau code de sécurité.")
    assert voter.picture() != first
    assert gateway.newest_code != old
    voter.fill_request()
    voter.submit()
    voter.see("Votre demande est enregistrée")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_heard(gateway, visit, catalogues, language):
    """R27, R46: the very code of the picture is read aloud in the page's language, the picture
    stays, and the focus waits in the field."""
    says = catalogues[language]
    voter = visit(gateway, locale=language)
    voter.open("/demande")
    picture = voter.picture()
    voter.page.get_by_role("button", name=says["code.listen"]).click()
    audio = voter.page.locator("audio")
    expect(audio).to_have_attribute("src", re.compile("^data:audio/wav;base64,"))
    expect(audio).to_be_visible()
    expect(voter.page.locator("#answer")).to_be_focused()
    heard = b64decode((audio.get_attribute("src") or "").partition(",")[2])
    captcha = gateway.application.ports.captcha
    spoken = gateway.run(captcha.sound(issued_id(voter), Locale(language)))
    assert heard == spoken.content
    assert voter.page.evaluate("document.querySelector('audio').error") is None
    assert voter.picture() == picture
    assert len(voter.mutations("issueSecurityCode")) == 1
    voter.fill_request()
    voter.submit()
    voter.see(says["requested.heading"])


def test_too_late_to_be_heard(gateway, voter, clock):
    """R27: a code that has run out is not read aloud: another one takes its place."""
    voter.open("/demande")
    picture = voter.picture()
    clock.advance(timedelta(minutes=11))
    voter.page.get_by_role("button", name="Écouter le code").click()
    expect(voter.code_status).to_have_text("Nouveau code de sécurité.")
    assert voter.picture() != picture


def test_expired(gateway, voter, clock):
    """R27: an answer that comes too late is told so, and another picture is there."""
    voter.open("/demande")
    voter.fill_request()
    clock.advance(timedelta(minutes=11))
    voter.submit()
    expect(voter.summary).to_contain_text("a expiré")
    voter.page.locator("#answer").fill(voter.read_code())
    voter.submit()
    voter.see("Votre demande est enregistrée")


def test_computed(gateway, voter, camille, read_link):
    """R27: without picture and without sound, on screen 2 and on screen 5, the device computes and
    the renewal is accepted."""
    voter.open("/demande")
    voter.page.locator("#numic").fill(camille.numic)
    voter.page.locator("#email").fill(camille.email)
    compute_and_send(voter, "Votre demande est enregistrée")
    voter.open(read_link(gateway.email()["text"]))
    voter.page.locator("#identifier").fill(camille.identifier)
    compute_and_send(voter, "Votre demande est confirmée")
    gateway.sms()


def test_computed_too_late(gateway, voter, camille, clock):
    """R27, R46: what was computed and is no longer good is computed again and sent at the next
    click; no field is said to be wrong, as none is there."""
    voter.open("/demande")
    voter.page.locator("#numic").fill(camille.numic)
    voter.page.locator("#email").fill(camille.email)
    voter.picture()
    voter.page.get_by_role("button", name="Continuer sans image ni son").click()
    expect(voter.code_status).to_have_text("Vérification faite : aucun code à saisir.")
    clock.advance(timedelta(minutes=11))
    voter.submit()
    check_redone(voter)
    voter.summary.get_by_role("button", name="Réessayer l’envoi").click()
    voter.see("Votre demande est enregistrée")


def check_redone(voter):
    """The device's part was refused: nothing is asked of the voter but to send again."""
    expect(voter.summary).to_be_focused()
    expect(voter.summary).to_contain_text("La vérification que fait votre appareil")
    expect(voter.summary.get_by_role("link")).to_have_count(0)
    expect(voter.page.locator("[aria-invalid]")).to_have_count(0)


def compute_and_send(voter, heading):
    voter.page.get_by_role("button", name="Continuer sans image ni son").click()
    expect(voter.code_status).to_have_text("Vérification faite : aucun code à saisir.")
    expect(voter.page.locator("#answer")).to_be_hidden()
    expect(voter.page.locator("[data-security-code] img")).to_be_hidden()
    voter.submit()
    voter.see(heading)


def test_sent_while_computing(gateway, voter, camille):
    """R27: a form that is sent before the computation has ended waits for it, and is then sent."""
    voter.open("/demande")
    voter.page.locator("#numic").fill(camille.numic)
    voter.page.locator("#email").fill(camille.email)
    voter.picture()
    voter.page.get_by_role("button", name="Continuer sans image ni son").click()
    expect(voter.page.locator("#answer")).to_be_hidden()
    voter.submit()
    voter.see("Votre demande est enregistrée")
    assert len(voter.mutations("requestPasswordRenewal")) == 1


def test_back_to_the_picture(gateway, voter):
    """R27: whoever computed can have a picture after all."""
    voter.open("/demande")
    voter.page.get_by_role("button", name="Continuer sans image ni son").click()
    voter.page.get_by_role("button", name="Revenir à l’image").click()
    voter.fill_request()
    voter.submit()
    voter.see("Votre demande est enregistrée")


def test_back_while_computing(voter):
    """R27, R46: a computation that lasts can be left for the picture, and then ends."""
    voter.open("/demande")
    voter.page.evaluate(
        """() => {
          window.attempts = 0;
          crypto.subtle.deriveBits = async (parameters, key, bits) => {
            window.attempts++;
            return new Uint8Array(bits / 8).fill(255).buffer; // never what is looked for
          };
        }"""
    )
    voter.page.get_by_role("button", name="Continuer sans image ni son").click()
    expect(voter.code_status).to_contain_text("fait un calcul")
    voter.page.wait_for_function("window.attempts > 5")
    voter.page.get_by_role("button", name="Revenir à l’image").click()
    voter.picture()
    voter.page.wait_for_timeout(100)
    done = voter.page.evaluate("window.attempts")
    voter.page.wait_for_timeout(300)
    assert voter.page.evaluate("window.attempts") == done


def test_the_last_choice_counts(gateway, voter, camille):
    """R27: a picture that comes late, after the voter chose to compute, changes nothing."""
    voter.open("/demande")
    voter.picture()
    voter.page.locator("#numic").fill(camille.numic)
    voter.page.locator("#email").fill(camille.email)
    held = []

    def hold_digits(route):
        if '"DIGITS"' in (route.request.post_data or ""):
            held.append(route)
        else:
            route.fallback()

    voter.page.route("**/graphql", hold_digits)
    voter.page.get_by_role("button", name="Une autre image").click()
    voter.page.get_by_role("button", name="Continuer sans image ni son").click()
    expect(voter.code_status).to_contain_text("aucun code à saisir")
    with voter.page.expect_response("**/graphql"):
        held[0].continue_()
    voter.page.wait_for_timeout(100)
    expect(voter.code_status).to_contain_text("aucun code à saisir")
    voter.submit()
    voter.see("Votre demande est enregistrée")


def test_captcha_out(serve, visit, camille):
    """R27: while the captcha is out the page computes without being asked, says so, and the
    renewal goes through: never an open door, never a closed one."""
    gateway = serve(captcha_out=True)
    voter = visit(gateway)
    voter.open("/demande")
    expect(voter.code_status).to_have_text("Vérification faite : aucun code à saisir.")
    voter.page.locator("#numic").fill(camille.numic)
    voter.page.locator("#email").fill(camille.email)
    voter.submit()
    voter.see("Votre demande est enregistrée")
    gateway.email()


def test_paid_while_the_voter_types(gateway, voter):
    """R27: the price of the very code is paid, without a word, and the page stays alive."""
    voter.open("/demande")
    voter.fill_request()
    voter.submit()
    voter.see("Votre demande est enregistrée")
    sent = voter.sent("requestPasswordRenewal")["securityCode"]
    price = CodePrice(gateway.application.settings.keyring, bits=10)
    assert sent["id"] == issued_id(voter)
    assert price.is_paid(sent["id"], sent["proof"])


@pytest.mark.parametrize("bits", [0, 1, 7, 12, 16])
def test_the_page_pays_what_is_asked(voter, bits):
    """R27: as the schema describes it; a price of another kind is left unpaid."""
    voter.open("/demande")
    pay = "async ([price]) => (await import('./portal/price.js')).pay(price)"
    price = f"sha256:{bits}:{'0123456789abcdef' * 2}"
    assert voter.page.evaluate(pay, [price]) == proof_for(price)
    for other in (None, "argon2:1:00", price + "x"):
        assert voter.page.evaluate(pay, [other]) is None


def test_what_is_done_while_the_page_pays(voter):
    """R27: the page answers between pieces of a computation, which ends with its code."""
    voter.open("/demande")
    pay = """async () => {
      const { pay } = await import('./portal/price.js');
      let [asked, answered] = [0, false];
      setTimeout(() => (answered = true));
      const proof = await pay('sha256:32:00', () => ++asked < 3);
      return [proof, answered];
    }"""
    assert voter.page.evaluate(pay) == [None, True]


def test_paying_waits_for_no_timer(voter):
    """R27: browsers make timers wait, for a third of the time and more; and two prices that are
    paid at once do not disturb one another."""
    voter.open("/demande")
    pay = """async (prices) => {
      const { pay } = await import('./portal/price.js');
      window.setTimeout = () => 0;
      let asked = 0;
      const late = await pay('sha256:32:00', () => ++asked < 9);
      return [late, ...(await Promise.all(prices.map((price) => pay(price))))];
    }"""
    prices = [f"sha256:14:{each}" for each in ("0123456789abcdef" * 2, "fedcba9876543210" * 2)]
    assert voter.page.evaluate(pay, prices) == [None, *map(proof_for, prices)]


def test_the_price_goes_up(gateway, voter):
    """R27: the code, what was typed and the digits stay; sent again, the form is accepted."""
    codes = gateway.application.gateway.security_codes
    voter.open("/demande")
    voter.fill_request()
    picture, before = voter.picture(), codes.price
    object.__setattr__(codes, "price", CodePrice(before.keyring, before.bits + 2))
    voter.submit()
    check_redone(voter)
    assert voter.picture() == picture
    voter.summary.get_by_role("button", name="Réessayer l’envoi").click()
    voter.see("Votre demande est enregistrée")
    first, second = (json.loads(each.post_data) for each in voter.mutations("requestPassword"))
    answers = [each["variables"]["input"]["securityCode"] for each in (first, second)]
    assert answers[0]["id"] == answers[1]["id"]


def test_nothing_to_pay(serve, visit):
    """R27: where the price is off the page sends no proof."""
    voter = visit(serve(security_code_price="off"))
    voter.open("/demande")
    voter.fill_request()
    voter.submit()
    voter.see("Votre demande est enregistrée")
    assert "proof" not in voter.sent("requestPasswordRenewal")["securityCode"]


def test_too_many_codes(serve, visit):
    """R26, R27: a network that has had too many codes is told how long to wait, offered nothing
    that would be refused as well, and has a picture afterwards."""
    gateway = serve(network_limit="1/minute")
    voter = visit(gateway)
    voter.page.clock.install()
    voter.open("/demande")
    voter.page.get_by_role("button", name="Une autre image").click()
    expect(voter.code_status).to_have_text("Le code de sécurité n’a pas pu être chargé.")
    choices = voter.page.locator("[data-security-code]").get_by_role("button")
    expect(choices).to_have_text([re.compile(r"^Réessayer dans \d+\ss$")])
    choices.click(force=True)
    assert len(voter.mutations("issueSecurityCode")) == 2
    voter.page.clock.fast_forward("01:00")
    expect(choices).to_have_text(["Réessayer"])
    voter.page.get_by_role("button", name="English").click()
    expect(choices).to_have_text(["Try again"])
    with voter.page.expect_request("**/graphql"):
        choices.click()
    assert len(voter.mutations("issueSecurityCode")) == 3


def test_cannot_be_heard(voter):
    """R27: a sound that does not come leaves the picture as good as it was."""
    voter.break_graphql("query SecurityCode", status=503, body="down")
    voter.open("/demande")
    picture = voter.picture()
    voter.page.get_by_role("button", name="Écouter le code").click()
    expect(voter.code_status).to_contain_text("Le son n’a pas pu être chargé.")
    assert voter.picture() == picture
    voter.fill_request()
    voter.submit()
    voter.see("Votre demande est enregistrée")


@pytest.mark.parametrize("way", ["Réessayer", "Continuer sans image ni son"])
def test_cannot_be_loaded(gateway, voter, camille, way):
    """R27: when no code can be had the page says so and offers two ways on; a form sent without one
    leads there and keeps what was typed: sending it again would do no good."""
    mend = voter.break_graphql("IssueSecurityCode", status=503, body="down")
    voter.open("/demande")
    expect(voter.code_status).to_have_text("Le code de sécurité n’a pas pu être chargé.")
    voter.page.locator("#numic").fill(camille.numic)
    voter.page.locator("#email").fill(camille.email)
    voter.submit()
    expect(voter.summary).to_be_focused()
    expect(voter.summary.get_by_role("button")).to_have_count(0)
    voter.summary.get_by_role("link", name="n’a pas pu être chargé").click()
    expect(voter.code_status).to_be_focused()
    assert voter.mutations("requestPasswordRenewal") == []
    mend()
    voter.page.get_by_role("button", name=way, exact=True).click()
    if way == "Réessayer":
        voter.page.locator("#answer").fill(voter.read_code())
    expect(voter.page.locator("#numic")).to_have_value(camille.numic)
    voter.submit()
    voter.see("Votre demande est enregistrée")
