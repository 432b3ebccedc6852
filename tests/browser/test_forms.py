"""What the forms forgive, how they say what is wrong, and that they send once."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

PADDED = {
    "12345": "Nous utiliserons : 00012345",
    "0001 2345": "",
    "12 345": "Nous utiliserons : 00012345",
    "1.2": "Nous utiliserons : 00000012",
    "12\u00a0345": "Nous utiliserons : 00012345",
    "12a45": "",
    "123456789": "",
}


def test_padded_numic(voter):
    """R2, R10: zeros are added in front of a short NUMIC, however it is spaced, and shown."""
    voter.open("/demande")
    for typed, said in PADDED.items():
        voter.page.locator("#numic").fill(typed)
        expect(voter.page.locator("#numic-padded")).to_have_text(said)


@pytest.mark.parametrize("typed", ["12345", "0001 2345", "12\u00a0345", " 00012345 "])
def test_spaced_numic_is_understood(gateway, voter, typed):
    """R2, R10: each way of writing one NUMIC brings the same voter an e-mail."""
    voter.open("/demande")
    voter.fill_request(typed, "  Camille.MARTIN@example.org ")
    voter.submit()
    voter.see("Votre demande est enregistrée")
    assert gateway.email()["to"] == "camille.martin@example.org"


def test_numel(gateway, voter, camille):
    """R8: the voter number serves instead of the NUMIC, one of them only, and there is a way
    back."""
    voter.open("/demande")
    voter.page.locator("#numic").fill("99999999")
    voter.page.get_by_role("button", name="Je n’ai pas mon NUMIC").click()
    expect(voter.page.get_by_label("Numéro d’électeur (NUMEL)")).to_be_focused()
    expect(voter.page.locator("#numic")).to_be_hidden()
    voter.page.get_by_role("button", name="Utiliser mon NUMIC").click()
    expect(voter.page.locator("#numic")).to_be_focused()
    expect(voter.page.locator("#numic")).to_have_value("")
    voter.page.get_by_role("button", name="Je n’ai pas mon NUMIC").click()
    voter.page.locator("#numel").fill(camille.numel)
    voter.page.locator("#email").fill(camille.email)
    voter.page.locator("#answer").fill(voter.read_code())
    voter.submit()
    voter.see("Votre demande est enregistrée")
    sent = voter.sent("requestPasswordRenewal")
    assert (sent["numel"], "numic" in sent) == (camille.numel, False)
    gateway.email()


def test_fields_for_password_managers(gateway, voter):
    """R46: what a browser or a password manager may fill in is named, keyboards fit, nothing is
    truncated."""
    seen = {}
    for address in ("/demande", gateway.link(), "/assistance"):
        voter.open(address)
        voter.picture()
        seen |= voter.page.evaluate(
            """() => Object.fromEntries([...document.querySelectorAll("form [name]")].map((each) =>
              [each.name, [each.autocomplete, each.type, each.inputMode, each.maxLength]]))"""
        )
    assert seen["email"] == ["email", "email", "", -1]
    assert seen["identifier"] == ["username", "text", "", -1]
    assert seen["numic"] == seen["numel"] == seen["answer"] == ["off", "text", "numeric", -1]
    assert seen["message"][3] == -1


@pytest.mark.parametrize("field", ["numic", "email", "answer"])
def test_paste(gateway, visit, field):
    """R10, R46: every field takes what is pasted, all of it."""
    voter = visit(gateway, permissions=["clipboard-read", "clipboard-write"])
    voter.open("/demande")
    voter.picture()
    long = "  1 2 3 4 5 6 7 8 9 10 11 12  "
    voter.page.evaluate("(text) => navigator.clipboard.writeText(text)", long)
    voter.page.locator(f"#{field}").focus()
    voter.page.keyboard.press("Control+V")
    pasted = long.strip() if field == "email" else long
    assert voter.page.locator(f"#{field}").input_value().strip() == pasted.strip()


def test_paste_identifier(gateway, visit, camille):
    """R5, R10, R46: an identifier pasted in small letters with spaces is the voter's."""
    voter = visit(gateway, permissions=["clipboard-read", "clipboard-write"])
    voter.open(gateway.link())
    spaced = f" {camille.identifier[:4]} {camille.identifier[4:]} ".lower()
    voter.page.evaluate("(text) => navigator.clipboard.writeText(text)", spaced)
    voter.page.locator("#identifier").focus()
    voter.page.keyboard.press("Control+V")
    voter.page.locator("#answer").fill(voter.read_code())
    voter.submit()
    voter.see("Votre demande est confirmée")


def check_summary(voter, fields: dict[str, str]) -> None:
    """The summary has the focus; each of its entries, by its text, leads to its field, which is
    marked and described."""
    page = voter.page
    expect(voter.summary).to_be_focused()
    links = voter.summary.get_by_role("link")
    expect(links).to_have_text([re.compile(f"^{text}") for text in fields.values()])
    for id, text in fields.items():
        voter.summary.get_by_role("link", name=text).click()
        input = page.locator(f"#{id}")
        expect(input).to_be_focused()
        expect(input).to_have_attribute("aria-invalid", "true")
        described = (input.get_attribute("aria-describedby") or "").split()
        assert described[0] == f"{id}-problem"
        assert all(page.locator(f"[id='{each}']").count() == 1 for each in described)
        expect(page.locator(f"#{id}-problem")).not_to_be_empty()


def test_empty_form(voter):
    """R46: an empty form is not sent; the summary takes the focus and leads to each field."""
    voter.open("/demande")
    voter.picture()
    voter.submit()
    fields = {
        "numic": "Saisissez votre NUMIC.",
        "email": "Saisissez votre adresse électronique.",
        "answer": "Saisissez les 4 chiffres",
    }
    check_summary(voter, fields)
    assert voter.mutations("requestPasswordRenewal") == []


def test_unusable_fields(voter):
    """R10, R37, R46: the gateway's word on each field is shown at it; what was typed is kept, and
    the security code too, for it was not used up."""
    voter.open("/demande")
    voter.fill_request("12 34 56 78 90 12", "camille")
    picture, code = voter.picture(), voter.page.locator("#answer").input_value()
    voter.submit()
    expect(voter.summary).to_contain_text("Il y a un problème")
    check_summary(
        voter, {"numic": "Un NUMIC a 8 chiffres au plus", "email": "Saisissez une adresse"}
    )
    expect(voter.page).to_have_title(re.compile(r"^Erreur\s: Demander un nouveau mot de passe"))
    voter.page.get_by_role("button", name="English").click()
    expect(voter.page.locator("#numic-problem")).to_contain_text("A NUMIC has up to 8 digits")
    expect(voter.summary).to_contain_text("There is a problem")
    voter.page.get_by_role("button", name="Français").click()
    assert voter.page.locator("#numic").input_value() == "12 34 56 78 90 12"
    assert voter.page.locator("#answer").input_value() == code
    assert voter.picture() == picture
    voter.page.locator("#numic").fill("12345")
    voter.page.locator("#email").fill("camille.martin@example.org")
    voter.submit()
    voter.see("Votre demande est enregistrée")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_wrong_code(gateway, visit, catalogues, language):
    """R27, R46: a wrong security code is said at its field, another picture is shown and its field
    is empty; the rest of the form is kept, and goes through with the new code."""
    voter = visit(gateway, locale=language)
    voter.open("/demande")
    voter.fill_request()
    picture = voter.picture()
    voter.page.locator("#answer").fill(voter.misread_code())
    voter.submit()
    check_summary(voter, {"answer": {"fr": "Le code de sécurité", "en": "The security"}[language]})
    assert voter.picture() != picture
    expect(voter.code_status).to_have_text(catalogues[language]["code.renewed"])
    expect(voter.page.locator("#answer")).to_have_value("")
    expect(voter.page.locator("#numic")).to_have_value("12345")
    voter.page.locator("#answer").fill(voter.read_code())
    voter.submit()
    voter.see(catalogues[language]["requested.heading"])
    expect(voter.summary).to_be_hidden()


def test_wrong_identifier(gateway, voter):
    """R16: a wrong identifier is said at its field with the attempts left, kept to be corrected,
    and asks for a new security code."""
    voter.open(gateway.link())
    voter.fill_confirmation("K7WPQ2M4XN9C")
    picture = voter.picture()
    voter.submit()
    check_summary(voter, {"identifier": "Cet identifiant n’est pas"})
    expect(voter.summary).to_contain_text("4 essais")
    expect(voter.page.locator("#identifier")).to_have_value("K7WPQ2M4XN9C")
    assert voter.picture() != picture
    voter.fill_confirmation()
    voter.submit()
    voter.see("Votre demande est confirmée")


def double_click(voter):
    voter.page.locator("[type=submit]").dblclick()


def enter_enter(voter):
    voter.page.locator("#answer").press("Enter")
    voter.page.locator("#answer").press("Enter")


def click_and_enter(voter):
    voter.submit()
    voter.page.locator("#answer").press("Enter")
    voter.page.locator("[type=submit]").click(force=True)


@pytest.mark.parametrize("send", [double_click, enter_enter, click_and_enter])
def test_sent_once(gateway, voter, send):
    """R13: however impatiently the form is sent, one request leaves."""
    voter.open("/demande")
    voter.fill_request()
    release = voter.delay("**/graphql")
    send(voter)
    button = voter.page.locator("[type=submit]")
    expect(button).to_have_text("Envoi…")
    expect(button).to_have_attribute("aria-disabled", "true")
    voter.page.get_by_role("button", name="English").click()
    expect(button).to_have_text("Sending…")
    voter.page.get_by_role("button", name="Français").click()
    release()
    voter.see("Votre demande est enregistrée")
    assert len(voter.mutations("requestPasswordRenewal")) == 1
    assert len(gateway.requests) == 1


def cut(voter):
    return voter.break_graphql("PasswordRenewal")


def offline(voter):
    voter.context.set_offline(True)
    voter.forgiven.append("Failed to load resource")
    return lambda: voter.context.set_offline(False)


def unavailable(voter):
    return voter.break_graphql("PasswordRenewal", status=503, body="<h1>503</h1>")


def full(voter):
    """What a gateway says that has more to do than it can."""
    extensions = {"code": "TEMPORARILY_UNAVAILABLE", "retryAfter": 1}
    body = json.dumps({"errors": [{"message": "unavailable", "extensions": extensions}]})
    return voter.break_graphql("PasswordRenewal", status=503, body=body)


def nonsense(voter):
    return voter.break_graphql("PasswordRenewal", status=200, body="<h1>Welcome to the hotel</h1>")


def masked(voter):
    body = json.dumps({"data": None, "errors": [{"message": "masked"}]})
    return voter.break_graphql("PasswordRenewal", status=200, body=body)


@pytest.mark.parametrize("failure", [cut, offline, unavailable, full, nonsense, masked])
@pytest.mark.parametrize("screen", ["request", "confirm"])
def test_no_answer(gateway, voter, screen, failure):
    """R46: when no answer comes, or none of ours, the form and its security code are kept, the
    focus goes to what happened, and the voter sends again when it suits."""
    if screen == "request":
        voter.open("/demande")
        voter.page.locator("#numic").wait_for()
        voter.fill_request()
        # The document is fetched at the first sending; have it in hand before the line is cut.
        voter.page.evaluate("fetch('portal/operations/request-password-renewal.graphql')")
    else:
        voter.open(gateway.link())
        voter.fill_confirmation()
    mend = failure(voter)
    voter.submit()
    expect(voter.summary).to_be_focused()
    expect(voter.summary).to_contain_text("Vos informations sont conservées")
    kept = voter.page.locator("#numic, #identifier").first
    expect(kept).not_to_have_value("")
    expect(voter.page.locator("#answer")).not_to_have_value("")
    expect(voter.page.locator("[type=submit]")).not_to_have_attribute("aria-disabled", "true")
    mend()
    voter.summary.get_by_role("button", name="Réessayer l’envoi").click()
    headings = {
        "request": "Votre demande est enregistrée",
        "confirm": "Votre demande est confirmée",
    }
    voter.see(headings[screen])


def test_answer_lost_on_its_way(gateway, voter):
    """R13, R46: when the renewal was done and only its answer was lost, sending again does not do
    it twice, and the page says that the password is on its way."""
    voter.open(gateway.link())
    voter.fill_confirmation()

    def lose(route):
        if "ConfirmPasswordRenewal" in (route.request.post_data or ""):
            route.fetch()
            route.abort("connectionreset")
        else:
            route.fallback()

    voter.page.route("**/graphql", lose)
    voter.forgiven.append("Failed to load resource")
    voter.submit()
    expect(voter.summary).to_contain_text("connexion a été perdue")
    voter.page.unroute("**/graphql")
    gateway.sms()
    voter.summary.get_by_role("button", name="Réessayer l’envoi").click()
    expect(voter.summary).to_contain_text("déjà servi")
    voter.fill_confirmation()
    voter.submit()
    voter.see("Ce lien a déjà servi")
    expect(voter.answer_message).to_contain_text("tout va bien")
    assert len(gateway.inbox["sms"]) == 1


def test_slow_answer(gateway, visit):
    """R46: an answer that takes longer than the page waits is one that was lost; the form is
    kept."""
    voter = visit(gateway)
    voter.open("/demande")
    voter.fill_request()
    voter.page.evaluate(
        """() => { const timeout = AbortSignal.timeout;
          AbortSignal.timeout = () => timeout.call(AbortSignal, 300); }"""
    )
    voter.delay("**/graphql")
    voter.submit()
    expect(voter.summary).to_contain_text("connexion a été perdue")
    voter.page.evaluate("AbortSignal.timeout = () => new AbortController().signal")
    voter.forgiven.append("Failed to load resource")
    voter.let_go()
    voter.summary.get_by_role("button", name="Réessayer l’envoi").click()
    voter.see("Votre demande est enregistrée")


def test_too_many(serve, visit):
    """R26, R46: a refusal for too many requests counts down how long to wait, in one place alone,
    sends nothing before, keeps the form and its security code, and then goes through."""
    gateway = serve(network_limit="2/minute")
    voter = visit(gateway)
    voter.page.clock.install()
    voter.open("/demande")
    voter.fill_request("123456789")
    for turn in (1, 2):
        with voter.page.expect_response("**/graphql"):
            voter.submit()
        expect(voter.summary).to_contain_text("Il y a un problème")
        assert len(voter.mutations("RequestPasswordRenewal")) == turn
    voter.fill_request()
    voter.submit()
    expect(voter.summary).to_be_focused()
    expect(voter.summary).to_contain_text("Trop de demandes arrivent de votre réseau")
    expect(voter.summary.get_by_role("heading")).to_have_text("Il y a un problème")
    expect(voter.summary.locator("p")).not_to_contain_text(re.compile(r"\d"))
    again = voter.summary.get_by_role("button")
    expect(again).to_have_text(re.compile(r"^Réessayer dans \d+\ss$"))
    again.click(force=True)
    voter.submit()
    expect(voter.summary).to_be_focused()
    assert len(voter.mutations("RequestPasswordRenewal")) == 3
    voter.page.clock.fast_forward("01:00")
    expect(again).to_have_text("Réessayer l’envoi")
    expect(again).not_to_have_attribute("aria-disabled", "true")
    expect(voter.page.locator("#answer")).not_to_have_value("")
    with voter.page.expect_request("**/graphql"):
        again.click()


def answers(voter, **answer):
    """What the gateway says of a request for a new password."""
    body = json.dumps({"data": {"requestPasswordRenewal": answer}})
    voter.break_graphql("RequestPasswordRenewal", status=200, body=body)


def test_a_long_wait(voter):
    """R26, R46: nobody is told to wait for 3600 seconds: what is longer than two minutes is counted
    in minutes, in both languages."""
    voter.page.clock.install()
    voter.open("/demande")
    voter.fill_request()
    code = "TOO_MANY_REQUESTS"
    answers(voter, __typename="TooManyRequests", code=code, message="x", retryAfter=3600)
    voter.submit()
    button = voter.summary.get_by_role("button")
    expect(button).to_have_text("Réessayer dans 60 min")
    voter.page.get_by_role("button", name="English").click()
    expect(voter.summary).to_contain_text("Too many requests come from your network.")
    voter.page.clock.fast_forward("57:01")
    expect(button).to_have_text("Try again in 3 min")
    voter.page.clock.fast_forward("01:00")
    expect(button).to_have_text(re.compile(r"^Try again in \d+\ss$"))


def test_one_is_no_plural(voter):
    """R46: one minute is told as one, in the page's other language, too."""
    voter.open("/demande")
    voter.fill_request()
    answers(voter, __typename="RenewalRequested", message="", linkLifetime=1)
    voter.page.get_by_role("button", name="English").click()
    voter.submit()
    expect(voter.page.get_by_text("only once, and for 1 minute.")).to_be_visible()
    voter.page.get_by_role("button", name="Français").click()
    expect(voter.page.get_by_text("est valable 1\u00a0minute.")).to_be_visible()


def test_neighbour_down(gateway, voter):
    """R27, R46: while the register is down screen 5 says to try again; nothing was used up, so the
    very same form goes through afterwards."""
    voter.open(gateway.link())
    voter.fill_confirmation()
    picture = voter.picture()
    gateway.register.down = True
    voter.submit()
    expect(voter.summary).to_contain_text("momentanément indisponible")
    assert voter.picture() == picture
    expect(voter.page.locator("#answer")).not_to_have_value("")
    gateway.register.down = False
    voter.submit()
    voter.see("Votre demande est confirmée")


@pytest.mark.parametrize("address", ["/demande", "/assistance"])
def test_not_sent_without_its_code(gateway, voter, address):
    """R18: W3: before the page's code is there, or without it, the form can be read and filled in;
    what a browser would send holds none of it, and goes into no address."""
    release = voter.delay("**/portal/*.js")
    voter.page.goto(gateway.base + address, wait_until="commit")
    voter.page.locator("#email").fill("camille.martin@example.org")
    form = "document.getElementById('form')"
    assert voter.page.evaluate(f"[{form}.method, {form}.action, ...new FormData({form})]") == [
        "post",
        gateway.base + address,
    ]
    assert not any("camille" in each.url for each in voter.requests)
    release()
    voter.picture()
    expect(voter.page.locator("#email")).to_have_value("camille.martin@example.org")


def test_without_javascript(gateway, visit):
    """R46: without JavaScript the page says so first thing, shows no form that would do nothing,
    asks for nothing to be written, and still leads to the assistance cell."""
    voter = visit(gateway, java_script_enabled=False)
    voter.page.goto(f"{gateway.base}/demande")
    voter.see("Demander un nouveau mot de passe")
    notice = voter.page.locator("noscript")
    assert "Sans JavaScript" in (notice.text_content() or "")
    expect(voter.page.locator("noscript + main")).to_be_visible()
    expect(voter.page.locator("form")).to_be_hidden()
    expect(voter.page.locator("[data-language]")).to_be_hidden()
    expect(voter.page.locator(".help")).to_be_visible()
    voter.page.goto(f"{gateway.base}/assistance")
    expect(voter.page.get_by_text("Écrivez-nous")).to_be_hidden()
    voter.page.close()
