"""Every state of every page: without an accessibility defect, on wide and narrow windows, in light
and dark, with large text, in forced colours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import expect

WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 320, "height": 640}

STATES: dict[str, Callable] = {}
"""Each brings a voter's page into one state, and the heading that is then to be seen."""


def state(heading: str):
    """Note a state under its function's name."""

    def note(reach: Callable) -> Callable:
        STATES[reach.__name__] = (reach, heading)
        return reach

    return note


@state("Se connecter au vote par internet")
def sign_in(voter):
    voter.open("/")


@state("Demander un nouveau mot de passe")
def request(voter):
    voter.open("/demande")
    voter.page.locator("#numic").fill("12345")
    voter.page.locator("summary").click()


@state("Demander un nouveau mot de passe")
def request_by_voter_number(voter):
    voter.open("/demande")
    voter.page.locator("#use-numel").click()


@state("Le renouvellement n’est pas ouvert")
def request_before_the_round(voter):
    voter.gateway.clock.advance(timedelta(days=-30))
    voter.open("/demande")
    expect(voter.page.locator("#closed")).to_contain_text("Il ouvre le")


@state("Demander un nouveau mot de passe")
def request_left_empty(voter):
    voter.open("/demande")
    voter.submit()
    expect(voter.summary).to_be_visible()


@state("Demander un nouveau mot de passe")
def request_with_unusable_fields(voter):
    voter.open("/demande")
    voter.fill_request("123 45 67 89 012", "camille")
    voter.submit()
    expect(voter.summary).to_contain_text("Il y a un problème")


@state("Demander un nouveau mot de passe")
def request_with_a_wrong_code(voter):
    voter.open("/demande")
    voter.fill_request()
    voter.page.locator("#answer").fill(voter.misread_code())
    voter.submit()
    expect(voter.summary).to_contain_text("n’est pas le bon")


@state("Le renouvellement n’est pas ouvert")
def request_while_closed(voter):
    voter.open("/demande")
    voter.gateway.clock.advance(timedelta(days=31))
    voter.page.get_by_role("button", name="Une autre image").click()
    voter.fill_request()
    voter.submit()
    expect(voter.page.locator("#closed")).to_contain_text("Aucun vote n’est prévu")


@state("Demander un nouveau mot de passe")
def request_with_the_connection_lost(voter):
    voter.open("/demande")
    voter.fill_request()
    voter.break_graphql("RequestPasswordRenewal")
    voter.submit()
    expect(voter.summary).to_contain_text("connexion")


@state("Demander un nouveau mot de passe")
def request_while_the_service_is_down(voter):
    voter.open("/demande")
    voter.fill_request()
    voter.break_graphql("RequestPasswordRenewal", status=503, body="down")
    voter.submit()
    expect(voter.summary).to_contain_text("momentanément indisponible")


@state("Demander un nouveau mot de passe")
def request_being_sent(voter):
    voter.open("/demande")
    voter.fill_request()
    voter.delay("**/graphql")
    voter.submit()
    expect(voter.page.locator("[type=submit]")).to_have_text("Envoi…")


@state("Demander un nouveau mot de passe")
def code_that_cannot_be_loaded(voter):
    voter.break_graphql("IssueSecurityCode", status=503, body="down")
    voter.open("/demande")
    expect(voter.page.get_by_role("button", name="Réessayer")).to_be_visible()


@state("Demander un nouveau mot de passe")
def code_being_heard(voter):
    voter.open("/demande")
    voter.page.get_by_role("button", name="Écouter le code").click()
    expect(voter.page.locator("audio")).to_be_visible()


@state("Demander un nouveau mot de passe")
def code_being_loaded(voter):
    voter.open("/demande")
    voter.delay("**/graphql")
    voter.page.get_by_role("button", name="Une autre image").click()
    expect(voter.code_status).to_contain_text("se charge")


@state("Demander un nouveau mot de passe")
def code_that_was_computed(voter):
    voter.open("/demande")
    voter.page.get_by_role("button", name="Continuer sans image ni son").click()
    expect(voter.code_status).to_contain_text("aucun code à saisir")


@state("Votre demande est enregistrée")
def requested(voter):
    voter.open("/demande")
    voter.fill_request()
    voter.submit()
    expect(voter.answer_message).to_be_visible()


@state("Valider votre demande")
def link_being_checked(voter):
    voter.delay("**/graphql")
    voter.page.goto(voter.gateway.link())
    expect(voter.page.locator("[data-language]")).to_be_visible()


@state("Valider votre demande")
def link_that_cannot_be_checked(voter):
    voter.break_graphql("RenewalLink")
    voter.page.goto(voter.gateway.link())
    expect(voter.page.get_by_role("button", name="Réessayer")).to_be_visible()


@state("Valider votre demande")
def confirm(voter):
    voter.open(voter.gateway.link())


@state("Valider votre demande")
def confirm_left_empty(voter):
    confirm(voter)
    voter.submit()
    expect(voter.summary).to_be_visible()


@state("Valider votre demande")
def confirm_with_an_unusable_identifier(voter):
    confirm(voter)
    voter.fill_confirmation("K7WP")
    voter.submit()
    expect(voter.summary).to_contain_text("Il y a un problème")


@state("Valider votre demande")
def confirm_with_a_wrong_identifier(voter):
    confirm(voter)
    voter.fill_confirmation("AAAABBBBCCCC")
    voter.submit()
    expect(voter.summary).to_contain_text("4 essais")


@state("Valider votre demande")
def confirm_with_a_wrong_code(voter):
    confirm(voter)
    voter.fill_confirmation()
    voter.page.locator("#answer").fill(voter.misread_code())
    voter.submit()
    expect(voter.summary).to_contain_text("n’est pas le bon")


@state("Votre demande est confirmée")
def confirmed(voter):
    confirm(voter)
    voter.fill_confirmation()
    voter.submit()
    expect(voter.answer_message).to_be_visible()


@state("Ouvrez le lien de votre courriel")
def link_missing(voter):
    voter.open("/renouveler")


@state("Ouvrez le lien de votre courriel")
def link_given_in_vain(voter):
    voter.open("/renouveler")
    voter.page.locator("#link").fill("000G 40R4")
    voter.submit()
    expect(voter.summary).to_contain_text("13 groupes")


@state("Il manque une partie du lien")
def link_spoilt(voter):
    voter.open("/renouveler%23token=" + "A" * 20)


@state("Ce lien n’est pas reconnu")
def link_unknown(voter):
    voter.open("/renouveler#token=" + "A" * 43)


@state("Ce lien a déjà servi")
def link_used(voter):
    link = voter.gateway.link()
    voter.open(link)
    voter.fill_confirmation()
    voter.submit()
    voter.see("Votre demande est confirmée")
    voter.page.goto("about:blank")
    voter.open(link)


@state("Ce lien a expiré")
def link_expired(voter):
    link = voter.gateway.link()
    voter.gateway.clock.advance(timedelta(hours=2))
    voter.open(link)


@state("Ce lien n’est plus valable")
def link_superseded(voter):
    link = voter.gateway.link()
    voter.gateway.link()
    voter.open(link)


@state("Ce lien ne sert plus")
def link_revoked(voter):
    confirm(voter)
    for left in range(5)[::-1]:
        voter.fill_confirmation("AAAABBBBCCCC")
        voter.submit()
        said = f"{left} essai" if left else "plusieurs identifiants erronés"
        expect(voter.summary if left else voter.answer_message).to_contain_text(said)


@state("Ce lien n’est plus valable")
def link_used_meanwhile(voter):
    confirm(voter)
    voter.fill_confirmation()
    voter.gateway.link()
    voter.submit()
    expect(voter.answer_message).to_be_visible()


@state("Votre mot de passe ne peut plus être renouvelé")
def link_of_a_voter_who_may_not_renew(voter):
    confirm(voter)
    voter.gateway.stop_renewals()
    voter.fill_confirmation()
    voter.submit()
    expect(voter.answer_message).to_be_visible()


@state("Contacter la cellule d’assistance")
def assistance(voter):
    voter.open("/assistance")
    expect(voter.page.get_by_text("+33 1 99 00 00 00")).to_be_visible()


@state("Contacter la cellule d’assistance")
def assistance_left_empty(voter):
    assistance(voter)
    voter.submit()
    expect(voter.summary).to_be_visible()


@state("Contacter la cellule d’assistance")
def assistance_with_unusable_fields(voter):
    assistance(voter)
    voter.fill_assistance("x" * 2001)
    voter.submit()
    expect(voter.summary).to_contain_text("Il y a un problème")


@state("Votre message est transmis")
def assistance_done(voter):
    assistance(voter)
    voter.fill_assistance()
    voter.submit()
    expect(voter.answer_message).to_contain_text("Référence")


@pytest.mark.parametrize("name", STATES)
def test_state(voter, name):
    """R46: in this state axe finds nothing against WCAG 2.2 AA nor against good practice, on a wide
    and on a narrow window, in light and in dark colours; nothing needs scrolling sideways at 320
    pixels, nor with text of twice the size; nothing disappears in forced colours."""
    reach, heading = STATES[name]
    page = voter.page
    reach(voter)
    voter.see(heading)
    voter.check_clean()
    visible = page.locator("main").inner_text()
    # Colours and widths do not depend on one another: two looks see all four.
    for scheme, window in (("light", WIDE), ("dark", NARROW)):
        page.set_viewport_size(window)
        page.emulate_media(color_scheme=scheme)
        assert voter.violations() == [], (name, scheme, window)
        assert voter.overflow() <= 0, (name, window)
    page.set_viewport_size({"width": 640, "height": 480})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert voter.overflow() <= 0, name
    page.emulate_media(forced_colors="active")
    # These colours are the reader's own, and axe does not see them all.
    assert voter.violations("color-contrast") == [], (name, "forced colours")
    assert page.locator("main").inner_text() == visible
