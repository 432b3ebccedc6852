"""The text of the SMS: alphabet, linter, renderer, senders."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sms.gsm0338 import DEFAULT, EXTENSION, foreign, septets, to_gsm
from adapters.sms.lint import SmsTemplateRefused, lint
from adapters.sms.senders import SenderIds
from adapters.sms.text import SmsText
from core.locale import Locale
from core.messages import PasswordSms
from core.password_issuer import Password
from core.policy import PROFILES
from core.voter import PhoneNumber

ISSUED = datetime(2027, 7, 1, 12, 5, 59, tzinfo=UTC)


def sms(password="K7WPQ2M4XNGB", locale=Locale.FR, issued_at=ISSUED, is_last=False) -> PasswordSms:
    phone = PhoneNumber("+33639980001")
    return PasswordSms("r1.password", phone, locale, Password(password), issued_at, is_last)


def test_alphabet_has_its_size():
    """R33: 3GPP TS 23.038 lists 127 characters beside the escape, and ten extended ones."""
    assert len(DEFAULT) == 127
    assert len(EXTENSION) == 10


@pytest.mark.parametrize(
    ("text", "gsm"),
    [
        ("reçu, fenêtre, île, hôtel, sûr, Noël", "recu, fenetre, ile, hotel, sur, Noel"),
        ("à é è ù É Ç", "à é è ù É Ç"),
        ("À Ê Œuvre, cœur", "A E OEuvre, coeur"),
        ("l’été", "l'été"),
        ("«\u00a0dernier\u202f»", '"dernier"'),
        ("14\u00a0h\u202f05", "14 h 05"),
        ("– — …", "- - ..."),
        ("e\u0301 c\u0327", "é c"),
        ("{}[]~|^\\€", "{}[]~|^\\€"),
        ("１２", "12"),
    ],
)
def test_substitution(text, gsm):
    """R33: what French writes and GSM lacks becomes its nearest relation."""
    assert to_gsm(text) == gsm
    assert foreign(gsm) == []


def test_foreign_characters_are_named_once():
    """R33: what has no relation stays and is named."""
    assert foreign(to_gsm("vote 🗳 и 🗳")) == ["🗳", "и"]


@given(st.text())
def test_substitution_ends(text):
    """R33: substituting again changes nothing, and never makes a foreign character."""
    once = to_gsm(text)
    assert to_gsm(once) == once
    assert set(foreign(once)) <= set(foreign(text)) | set(once)


@pytest.mark.parametrize("policy", PROFILES.values(), ids=list(PROFILES))
@pytest.mark.parametrize("locale", list(Locale))
def test_shipped_texts_are_one_segment(policy, locale):
    """R33: one GSM segment for every profile's password, at the longest date; the last SMS takes no
    longer password away than the others."""
    length = policy.password_length
    made = SmsText(length)
    texts = [made.write(sms("W" * length, locale, is_last=each)) for each in (False, True)]
    assert [foreign(each) for each in texts] == [[], []]
    assert septets(texts[1]) <= septets(texts[0]) <= 160


def test_the_last_sms_names_the_assistance_cell():
    """R61, R19: in both languages, and that only the last one issued counts."""
    assert SmsText(12).write(sms(is_last=True)) == (
        "Nouveau mot de passe de vote :\nK7WPQ2M4XNGB\nÉmis le 1er juillet 2027 à 14 h 05 (Paris)."
        " Seul le dernier émis compte. Pour un autre : cellule d'assistance."
    )
    assert SmsText(12).write(sms(locale=Locale.EN, is_last=True)) == (
        "Your new voting password:\nK7WPQ2M4XNGB\nIssued on 1 July 2027 at 14:05 (Paris)."
        " Only the last issued counts. For another: assistance cell."
    )


def test_says_when_and_that_only_the_last_counts():
    """R19: day and hour in Paris time, and that the last one issued is the valid one."""
    text = SmsText(12).write(sms())
    assert text == (
        "Nouveau mot de passe de vote :\nK7WPQ2M4XNGB\n"
        "Émis le 1er juillet 2027 à 14 h 05 (heure de Paris)."
        " Seul le dernier émis est valable. Ne le donnez à personne."
    )


def test_a_longer_password_keeps_to_one_segment():
    """R11, R33: where the month's name leaves no room, for a longer password or in a deployment's
    own text, the date is told in digits; in English so that nobody takes July for January (W6)."""
    assert "Émis le 01/07/2027 à 14h05" in SmsText(17).write(sms("W" * 17))
    own = {Locale.FR: "{password}\n{issued}" + " x" * 62}
    assert "\n01/07/2027 à 14h05 x" in SmsText(12, own).write(sms())
    own = {Locale.EN: "{password}\n{issued}" + " x" * 62}
    assert "\n2027-07-01 at 14:05 x" in SmsText(12, own).write(sms(locale=Locale.EN))


def test_speaks_english():
    """R46: the same in English."""
    lines = SmsText(12).write(sms(locale=Locale.EN)).split("\n")
    assert lines[1] == "K7WPQ2M4XNGB"
    assert "1 July 2027 at 14:05 (Paris time). Only the last one issued is valid." in lines[2]


def test_password_has_its_own_line():
    """R6: the guide has the voter copy the password: nothing stands beside it."""
    for locale, is_last in product(Locale, (False, True)):
        text = SmsText(12).write(sms(locale=locale, is_last=is_last))
        assert "K7WPQ2M4XNGB" in text.split("\n")


def test_password_too_long_for_one_segment_is_refused_at_start():
    """R33: a policy of 64 characters does not start with these texts."""
    with pytest.raises(SmsTemplateRefused, match=r"SMS in FR: \d+ septets"):
        SmsText(64)


def test_password_longer_than_announced_is_not_sent():
    """R20, R33: the text was linted for 12 characters; the error does not tell the password."""
    with pytest.raises(ValueError, match="longer") as refusal:
        SmsText(12).write(sms("CANARY2345678"))
    assert "CANARY" not in str(refusal.value)


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{password} {issued} " + "a" * 150, "septets at worst"),
        ("{password} {issued} 🗳", "outside GSM 03.38"),
        ("{password} {issued} https://vote.example.org", "URL"),
        ("{password} {issued} vote.example.org", "URL"),
        ("{password} {issued} www.x", "URL"),
        ("{password} {issued}.Seul", "URL"),
        ("{password}", "issued"),
        ("{issued}", "password"),
        ("{password} {issued} {numic}", "not a template"),
        ("{password} {issued} {", "not a template"),
        ("{password} {issued} {0}", "not a template"),
    ],
)
def test_linter_refuses(template, problem):
    """R33: too long, foreign characters, a URL, a missing or unknown field: each by its name."""
    with pytest.raises(SmsTemplateRefused, match=problem):
        lint(template, {"password": "W" * 12, "issued": "01/07/2027 à 14h05"})


def test_own_template_is_linted_and_used():
    """R33, R46: an authority may bring its own text, under the same rules."""
    own = SmsText(12, {Locale.FR: "Mot de passe reçu le {issued} :\n{password}"})
    assert own.write(sms()) == "Mot de passe recu le 1er juillet 2027 à 14 h 05 :\nK7WPQ2M4XNGB"
    assert own.write(sms(is_last=True)) == own.write(sms())
    with pytest.raises(SmsTemplateRefused, match="SMS in EN"):
        SmsText(12, {Locale.EN: "{password} {issued} https://example.org"})


def test_sender_of_the_longest_prefix():
    """R33: each country gets the sender its networks let through; the longest prefix wins."""
    senders = SenderIds("VOTE", {"+1": "+12025550100", "+1514": "38000", "+33": "VoteFrance"})
    assert senders.towards(PhoneNumber("+33639980001")) == "VoteFrance"
    assert senders.towards(PhoneNumber("+15145550100")) == "38000"
    assert senders.towards(PhoneNumber("+12025550101")) == "+12025550100"
    assert senders.towards(PhoneNumber("+4930123456")) == "VOTE"


@pytest.mark.parametrize(
    "sender", ["", "VF", "VoteFrance12", "Vote FR", "Élection", "Vote-FR", "+0123456789", "12"]
)
def test_sender_that_no_network_carries_is_refused(sender):
    """R33: France carries 3 to 11 letters and digits; anything else stops the start-up."""
    with pytest.raises(ValueError, match="sender ID"):
        SenderIds("VOTE", {"+33": sender})
    with pytest.raises(ValueError, match="sender ID"):
        SenderIds(sender)


@pytest.mark.parametrize("prefix", ["33", "+", "+0", "0033", "+33 6"])
def test_prefix_that_is_none_is_refused(prefix):
    """R33: a prefix that could never match is a mistake in the settings."""
    with pytest.raises(ValueError, match="prefix"):
        SenderIds("VOTE", {prefix: "VOTE"})
