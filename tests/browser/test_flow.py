"""The guide's six screens, from the first click to the SMS."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from core.locale import Locale
from core.moments import written

SCREENS = {
    "fr": {
        "signin": "Se connecter au vote par internet",
        "lost": "Mot de passe perdu ou non reçu ?",
        "request": "Demander un nouveau mot de passe",
        "requested": "Votre demande est enregistrée",
        "neutral": "Si les informations saisies correspondent à celles du registre",
        "confirm": "Valider votre demande",
        "validate": "Valider",
        "confirmed": "Votre demande est confirmée",
        "by sms": "Vous allez recevoir votre nouveau mot de passe par SMS",
        "subject": "mot de passe",
        "sms": "Nouveau mot de passe de vote",
    },
    "en": {
        "signin": "Sign in to internet voting",
        "lost": "Password lost or not received?",
        "request": "Ask for a new password",
        "requested": "Your request is recorded",
        "neutral": "If what you entered matches the register",
        "confirm": "Confirm your request",
        "validate": "Confirm",
        "confirmed": "Your request is confirmed",
        "by sms": "You will receive your new password by SMS",
        "subject": "password",
        "sms": "Your new voting password",
    },
}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_six_screens(gateway, visit, read_link, camille, language):
    """R1-R6, R46: a voter who clicks from screen 1 on gets a password by SMS that works, in the
    language of the browser on every screen, in the e-mail and in the SMS."""
    says = SCREENS[language]
    voter = visit(gateway, locale={"fr": "fr-FR", "en": "en-GB"}[language])
    voter.open("/")
    voter.see(says["signin"])
    voter.page.get_by_role("link", name=says["lost"]).click()
    voter.see(says["request"])
    voter.fill_request()
    voter.page.get_by_role("button", name=says["request"]).click()
    voter.see(says["requested"])
    expect(voter.answer_message).to_contain_text(says["neutral"])
    mail = gateway.email()
    assert mail["to"] == camille.email
    assert says["subject"] in mail["subject"]
    voter.open(read_link(mail["text"]))
    voter.see(says["confirm"])
    voter.fill_confirmation()
    voter.page.get_by_role("button", name=says["validate"]).click()
    voter.see(says["confirmed"])
    expect(voter.answer_message).to_contain_text(says["by sms"])
    # Where a new request is advised, there is a way to one.
    expect(voter.page.locator("main a[href=demande]")).to_be_visible()
    sms = gateway.sms()
    assert sms["to"] == "+33639980001"
    assert sms["text"].startswith(says["sms"])
    assert gateway.works(re.search(r"^[A-Z2-9]{12}$", sms["text"], re.M)[0])


def test_language_switch(gateway, voter, read_link):
    """R46: the switch changes the whole page at once, keeps what was typed, is remembered on the
    next page, and is carried into the answer and the e-mail; the SMS follows the page that
    confirms."""
    voter.open("/demande")
    voter.fill_request()
    voter.page.get_by_role("button", name="English").click()
    voter.see("Ask for a new password")
    expect(voter.page.locator("html")).to_have_attribute("lang", "en")
    expect(voter.page).to_have_title("Ask for a new password – Internet voting")
    expect(voter.page.locator("#numic")).to_have_value("12345")
    expect(voter.page.locator("#numic-padded")).to_have_text("We will use: 00012345")
    expect(voter.page.get_by_label("The 4 digits of the security code")).to_be_visible()
    expect(voter.page.locator("#calendar")).to_contain_text("open until 5 July 2027 at 14:00")
    voter.submit()
    voter.see("Your request is recorded")
    expect(voter.answer_message).to_contain_text("matches the register")
    mail = gateway.email()
    assert "password" in mail["subject"]
    voter.open(read_link(mail["text"]))
    voter.see("Confirm your request")
    voter.page.get_by_role("button", name="Français").click()
    voter.see("Valider votre demande")
    voter.fill_confirmation()
    voter.submit()
    voter.see("Votre demande est confirmée")
    assert gateway.sms()["text"].startswith("Nouveau mot de passe")
    voter.page.get_by_role("button", name="English").click()
    voter.see("Your request is confirmed")
    expect(voter.answer_message).to_contain_text("by SMS")
    expect(voter.page).to_have_title("Your request is confirmed – Internet voting")


@pytest.mark.parametrize(
    ("locale", "address", "heading"),
    [
        ("en-US", "/", "Sign in to internet voting"),
        ("es-AR", "/", "Se connecter au vote par internet"),
        ("fr-CA", "/?lang=en", "Sign in to internet voting"),
        ("en-GB", "/?lang=fr", "Se connecter au vote par internet"),
    ],
)
def test_language_by_browser(gateway, visit, locale, address, heading):
    """R46: the browser's language, French for want of one of ours, or the one in the address."""
    voter = visit(gateway, locale=locale)
    voter.open(address)
    voter.see(heading)


def test_unknown_voter_sees_the_same(gateway, visit):
    """R3: the confirmation is the same, to the letter, for a voter who is not on the register."""
    shown = []
    for numic, email in (("12345", "camille.martin@example.org"), ("999", "x@example.org")):
        voter = visit(gateway)
        voter.open("/demande")
        voter.fill_request(numic, email)
        voter.submit()
        voter.see("Votre demande est enregistrée")
        shown.append(voter.page.locator("main").inner_text())
    assert shown[0] == shown[1]
    gateway.email()
    assert len(gateway.inbox["emails"]) == 1


def test_help_icon(gateway, voter):
    """R1: the help icon of screens 1, 2 and 5 leads to the assistance cell: its numbers, and a form
    whose message reaches its mailbox with a reference."""
    for address in ("/", "/demande", gateway.link()):
        voter.open(address)
        voter.page.get_by_role("link", name="J’ai besoin d’aide").click()
        voter.see("Contacter la cellule d’assistance")
    expect(voter.page.locator("#contact")).to_contain_text("+33 1 99 00 00 00")
    expect(voter.page.locator("#contact")).to_contain_text("du lundi au vendredi")
    opens = voter.page.locator("#contact a").evaluate_all("all => all.map(({ href }) => href)")
    assert opens == ["tel:+33199000000", "mailto:assistance@example.org"]  # U6: a device dials
    voter.page.get_by_label("Sujet").select_option(label="Mon numéro de téléphone")
    voter.fill_assistance("Mon numéro a changé.")
    voter.page.get_by_role("button", name="Envoyer").click()
    voter.see("Votre message est transmis")
    mail = gateway.email(2)
    assert mail["to"] == "assistance@example.org"
    assert "Mon numéro a changé." in mail["text"]
    assert voter.sent("contactAssistance")["topic"] == "PHONE_NUMBER"
    reference = re.search(
        r"Référence de votre message\s: (\S+)\.", voter.answer_message.inner_text()
    )[1]
    assert reference in mail["subject"] + mail["text"]
    voter.page.get_by_role("link", name="Revenir à la page de connexion").click()
    voter.see("Se connecter au vote par internet")


def test_time_of_paris_and_here(gateway, visit):
    """R12: the end of the round and of the link are told in Paris time, and in the voter's where
    that is another."""
    voter = visit(gateway, timezone_id="America/Argentina/Buenos_Aires")
    voter.open("/demande")
    calendar = voter.page.locator("#calendar")
    expect(calendar).to_contain_text(
        "jusqu’au 5 juillet 2027 à 14\u00a0h\u00a000 (heure de Paris), soit le"
    )
    voter.open(gateway.link())
    expires = voter.page.locator("#expires")
    when = "juin 2027 à 15\u00a0h\u00a000 (heure de Paris), soit le"
    expect(expires).to_contain_text(re.compile(f"{re.escape(when)} .* 10\u00a0h\u00a000 chez vous"))
    at_home = visit(gateway)
    at_home.open("/demande")
    expect(at_home.page.locator("#calendar")).not_to_contain_text("chez vous")


MOMENTS = (
    datetime(2027, 7, 1, 12, 5, tzinfo=UTC),
    datetime(2027, 12, 31, 23, 30, tzinfo=UTC),
    datetime(2027, 3, 28, 0, 59, tzinfo=UTC),
    datetime(2027, 8, 9, 22, 0, tzinfo=UTC),
    datetime(2028, 2, 29, 11, 59, 59, tzinfo=UTC),
)


@pytest.mark.parametrize("locale", Locale)
def test_pages_and_messages_write_a_moment_alike(gateway, voter, locale):
    """R46: W6: one form, to the letter, so that nobody takes the end of a link for two."""
    voter.open(f"/?lang={locale.value}")
    shown = voter.page.evaluate(
        """async (moments) => {
          const { startText, written } = await import("/portal/text.js");
          await startText();
          return moments.map((each) => written(each, "Europe/Paris"));
        }""",
        [each.isoformat() for each in MOMENTS],
    )
    assert shown == [written(each, locale) for each in MOMENTS]


def test_keyboard_only(gateway, voter, read_link, camille):
    """R46: the whole way with Tab, Enter and the keys of what is typed, no pointer; the focus is
    seen at every stop and goes to the heading of what comes next."""
    keyboard = voter.page.keyboard

    def tab_to(target: str, most: int = 20) -> None:
        for _ in range(most):
            keyboard.press("Tab")
            assert voter.page.evaluate(
                "getComputedStyle(document.activeElement).outlineStyle !== 'none'"
            ), voter.focused()
            if target in voter.focused():
                return
        raise AssertionError(f"{target} is not reached")

    voter.open("/")
    tab_to("Aller au contenu", 1)
    tab_to("Mot de passe perdu")
    keyboard.press("Enter")
    voter.see("Demander un nouveau mot de passe")
    code = voter.read_code()
    tab_to("numic")
    keyboard.type("12345")
    tab_to("email")
    keyboard.type(camille.email)
    tab_to("answer")
    keyboard.type(code)
    keyboard.press("Enter")
    voter.see("Votre demande est enregistrée")
    assert voter.focused() == "done-heading"
    voter.open(read_link(gateway.email()["text"]))
    assert voter.focused() == "form-heading"
    code = voter.read_code()
    tab_to("identifier", 2)
    keyboard.type(camille.identifier.lower())
    tab_to("answer")
    keyboard.type(code)
    tab_to("Valider", 1)
    keyboard.press("Space")
    voter.see("Votre demande est confirmée")
    assert voter.focused() == "done-heading"
    gateway.sms()


@pytest.mark.parametrize("address", ["/", "/demande", "/renouveler", "/assistance"])
def test_skip_link(voter, address):
    """R46: the first stop of each page leads past the banner."""
    voter.open(address)
    voter.page.evaluate("document.activeElement.blur()")
    voter.page.locator(".skip").focus()
    voter.page.keyboard.press("Enter")
    voter.page.keyboard.press("Tab")
    assert voter.page.evaluate("document.activeElement.closest('main') !== null")


def test_back_on_each_page(gateway, voter, read_link):
    """R15, R18: the back button leads to the page before, whose form can be used again; coming back
    to screen 5 neither loses nor uses up the link."""
    voter.open("/")
    voter.page.get_by_role("link", name="Mot de passe perdu").click()
    voter.see("Demander un nouveau mot de passe")
    voter.page.go_back()
    voter.see("Se connecter au vote par internet")
    voter.page.go_forward()
    voter.fill_request()
    voter.submit()
    voter.see("Votre demande est enregistrée")
    voter.open(read_link(gateway.email()["text"]))
    voter.see("Valider votre demande")
    voter.page.go_back()
    voter.see("Votre demande est enregistrée")
    voter.page.go_forward()
    voter.see("Valider votre demande")
    voter.page.get_by_role("link", name="J’ai besoin d’aide").click()
    voter.see("Contacter la cellule d’assistance")
    voter.page.go_back()
    voter.see("Valider votre demande")
    voter.fill_confirmation()
    voter.submit()
    voter.see("Votre demande est confirmée")
    gateway.sms()


def test_reload_after_the_request(gateway, voter):
    """R3: U2: whoever loads screen 3 again, or whose phone does, or who comes back to it from the
    help page, sees it again, and asks anew by a link only; a new visit begins with the form."""
    voter.open("/demande")
    voter.fill_request()
    voter.submit()
    voter.see("Votre demande est enregistrée")
    said = voter.page.locator("main li").all_inner_texts()
    voter.page.reload()
    voter.see("Votre demande est enregistrée")
    assert voter.page.locator("main li").all_inner_texts() == said
    voter.page.locator("main a[href=assistance]").click()
    voter.see("Contacter la cellule d’assistance")
    voter.page.go_back()
    voter.see("Votre demande est enregistrée")
    voter.page.get_by_role("link", name="Faire une nouvelle demande").click()
    voter.see("Demander un nouveau mot de passe")
    voter.page.reload()
    voter.see("Demander un nouveau mot de passe")
    assert len(voter.mutations("requestPasswordRenewal")) == 1


def test_reload_after_the_renewal(gateway, voter):
    """R6: U2: whoever reloads screen 6, or whose phone does, sees screen 6 again; the token is gone
    from the tab, where one word stays."""
    voter.open(gateway.link())
    voter.fill_confirmation()
    voter.submit()
    voter.see("Votre demande est confirmée")
    for _ in range(2):
        voter.page.reload()
        voter.see("Votre demande est confirmée")
    kept = voter.page.evaluate("Object.entries(sessionStorage)")
    assert kept == [["reassort.renewed", "yes"]]
    assert len(gateway.inbox["sms"]) <= 1
