"""A second way for voters whose link does not open: the page finds the token, or asks for it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from core.link_code import code_of

TOKEN = "Zk3v-_" + "a" * 36 + "A"
CODE = code_of(TOKEN) or ""
BARE = CODE.replace(" ", "")
LINK = f"https://vote.example.org/renouveler#token={TOKEN}"
READ = {
    LINK: TOKEN,
    LINK.replace("#", "%23"): TOKEN,
    LINK.replace("#token=", "%2523token%3D"): TOKEN,
    LINK.replace("#", "?"): TOKEN,
    f"{LINK}&utm_source=mail": TOKEN,
    f"Voici :\n\n{LINK}\n\nCe lien expire": TOKEN,
    f"> {LINK[:60]}\n> {LINK[60:]}\n> \n> Ce lien": TOKEN,
    f"{LINK[:60]}=\r\n{LINK[60:]}".replace("token=", "token=3D"): TOKEN,
    f"  {TOKEN}\n": TOKEN,
    f"« {TOKEN} »": TOKEN,
    CODE: BARE,
    CODE.lower(): BARE.lower(),
    f"> {CODE.replace(' ', chr(10) + '> ')}": BARE,
    CODE.replace(" ", "-"): BARE,
    BARE: BARE,
    f"donnez-y ce code :\n\n{CODE}\n\nThis link is good": BARE,
    LINK[:-1]: "",
    CODE[:-1]: "",
    "https://vote.example.org/renouveler": "",
    "": "",
    "Bonjour, je n’ai rien reçu.": "",
}


def test_what_people_paste_is_read(gateway, voter):
    """R18: W1: the token or the code is found in a link that was encoded, moved, wrapped or quoted,
    in a whole e-mail, and as people type it; a part of it is none."""
    voter.open("/renouveler")
    read = voter.page.evaluate(
        """async (texts) => {
          const { readToken } = await import("/portal/read-token.js");
          return texts.map(readToken);
        }""",
        list(READ),
    )
    assert dict(zip(READ, read, strict=True)) == READ


@pytest.mark.parametrize("between", ["%23token=", "?lang=fr&token=", "?token="])
def test_a_moved_token(gateway, voter, between):
    """R18: W1: whatever a scanner made of the link's `#`, the form opens, and the address bar has
    the token no more."""
    token = gateway.link().partition("#token=")[2]
    voter.open(f"/renouveler{between}{token}")
    expect(voter.page.locator("#identifier")).to_be_visible()
    assert voter.page.url == gateway.base + "/renouveler" + (
        "?lang=fr" if "lang" in between else ""
    )
    voter.page.reload()
    expect(voter.page.locator("#identifier")).to_be_visible()


def test_the_code_of_the_email(gateway, voter):
    """R18: W1: a link that was cut leads to a field; half a code is said to be one, an unknown one
    too, which is there to be corrected, and the code of the e-mail renews the password."""
    link = gateway.link()
    voter.open(link[:-20])
    voter.see("Il manque une partie du lien")
    assert voter.page.url == f"{gateway.base}/renouveler"
    code = code_of(link.partition("#token=")[2])
    assert code in gateway.email()["text"]
    field = voter.page.get_by_label("Lien ou code du courriel")
    field.fill(code[:30])
    voter.submit()
    expect(voter.summary).to_contain_text("13 groupes de 4")
    expect(voter.summary).to_be_focused()
    mistyped = code[:-1] + ("0" if code[-1] != "0" else "G")
    field.fill(mistyped)
    release = voter.delay("**/graphql")
    voter.submit()
    expect(voter.page.locator("#waiting-status")).to_have_text("Vérification du lien…")
    release()
    voter.see("Ce lien n’est pas reconnu")
    expect(field).to_have_value(mistyped)
    field.fill(code.lower())
    voter.submit()
    expect(voter.page.locator("#identifier")).to_be_visible()
    voter.fill_confirmation()
    voter.submit()
    voter.see("Votre demande est confirmée")


def test_what_was_typed_is_kept_through_help(gateway, voter, camille):
    """R46: U6: number and address are there again after a look at the help page; once they were
    sent, a new visit finds the form empty."""
    voter.open("/demande")
    voter.fill_request("12345")
    voter.page.get_by_role("link", name="J’ai besoin d’aide").click()
    voter.see("Contacter la cellule d’assistance")
    voter.page.goto(f"{gateway.base}/demande")
    expect(voter.page.locator("#numic")).to_have_value("12345")
    expect(voter.page.locator("#email")).to_have_value(camille.email)
    voter.page.locator("#answer").fill(voter.read_code())
    voter.submit()
    voter.see("Votre demande est enregistrée")
    expect(voter.page.locator("main .action:visible")).to_have_count(0)
    again = voter.page.get_by_role("link", name="Revoir ma saisie")
    again.click()
    expect(voter.page.locator("#numic")).to_have_value("12345")
    expect(voter.page.locator("#answer")).to_have_value("")
    voter.page.locator("#answer").fill(voter.read_code())
    voter.submit()
    voter.see("Votre demande est enregistrée")
    voter.open("/demande")
    expect(voter.page.locator("#numic")).to_have_value("")


def test_a_failure_says_its_reference_and_counts_down(gateway, voter):
    """R37, R46: U5: a gateway that is full is told with the reference under which its log has it,
    and with a button that works once the time has come."""
    body = '{"errors": [{"message": "x", "extensions": {"retryAfter": 2}}]}'
    headers = {"x-correlation-id": "0123456789abcdef"}
    mend = voter.break_graphql("RequestPasswordRenewal", status=503, body=body, headers=headers)
    voter.open("/demande")
    voter.fill_request()
    voter.submit()
    expect(voter.summary).to_contain_text("0123456789abcdef")
    button = voter.summary.get_by_role("button")
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(button).to_contain_text("Réessayer dans")
    button.click(force=True)
    assert len(voter.mutations("RequestPasswordRenewal")) == 1
    mend()
    expect(button).to_have_text("Réessayer l’envoi")
    button.click()
    voter.see("Votre demande est enregistrée")


def test_focus_is_never_lost(gateway, voter):
    """R46: U6: what had the focus and goes hands it on."""
    voter.open("/demande")
    voter.picture()
    for name in ("Continuer sans image ni son", "Revenir à l’image"):
        voter.page.get_by_role("button", name=name).click()
        expect(voter.code_status).to_be_focused()
