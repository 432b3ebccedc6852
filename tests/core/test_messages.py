"""The two channels, and what can never be written on either."""

from __future__ import annotations

import pytest

from core.errors import ForbiddenChannel
from core.locale import Locale
from core.messages import Channel, EmailMessage, MessageKind, PasswordSms
from core.password_issuer import Password
from core.voter import EmailAddress, Identifier, Numel, Numic, PhoneNumber

TO = EmailAddress("camille.martin@example.org")
PHONE = PhoneNumber("+33639980001")
PASSWORD = Password("CANARY234567")
EMAILS = [kind for kind in MessageKind if kind.channel is Channel.EMAIL]


def test_each_message_has_one_channel():
    """R9: the password goes by SMS and everything else by e-mail; there is no second choice."""
    assert [kind for kind in MessageKind if kind.channel is Channel.SMS] == [MessageKind.PASSWORD]
    assert len(EMAILS) == len(MessageKind) - 1


@pytest.mark.parametrize("kind", EMAILS)
@pytest.mark.parametrize("name", ["password", "token", "reference"])
def test_no_email_holds_a_password(kind, name):
    """R9: whichever e-mail it is and whatever the fact is called."""
    with pytest.raises(ForbiddenChannel):
        EmailMessage("d1", kind, TO, Locale.FR, {"expires_at": "later", name: PASSWORD})


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("facts", [{}, {"password": PASSWORD}, {"password": "CANARY234567"}])
def test_the_password_message_is_no_email(locale, facts):
    """R9: the message that carries the password cannot be made an e-mail, even without it."""
    with pytest.raises(ForbiddenChannel):
        EmailMessage("d1", MessageKind.PASSWORD, TO, locale, facts)


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize(
    "content",
    [Identifier("K7WPQ2M4XN9B"), "K7WPQ2M4XN9B", Numic("00012345"), Numel("000012345"), TO, None],
)
def test_an_sms_carries_nothing_but_a_password(noon, locale, content):
    """R9: no identifier, nor anything else, however it is dressed."""
    with pytest.raises(ForbiddenChannel):
        PasswordSms("d1", PHONE, locale, content, noon)


def test_a_refusal_does_not_quote_what_it_refuses(noon):
    """R20: the text of the error holds no secret."""
    with pytest.raises(ForbiddenChannel) as email:
        EmailMessage("d1", MessageKind.LINK, TO, Locale.FR, {"password": PASSWORD})
    with pytest.raises(ForbiddenChannel) as sms:
        PasswordSms("d1", PHONE, Locale.FR, Identifier("K7WPQ2M4XN9B"), noon)
    assert "CANARY" not in str(email.value)
    assert "K7WPQ2M4XN9B" not in str(sms.value)


@pytest.mark.parametrize("kind", EMAILS)
def test_what_is_allowed(kind, noon):
    """R4, R22: every other e-mail can be written, and its facts stay out of its `repr`."""
    message = EmailMessage("d1", kind, TO, Locale.EN, {"token": "secret-token", "expires_at": noon})
    assert "secret-token" not in repr(message)
    assert "camille" not in repr(message)


def test_the_sms_with_the_password(noon):
    """R6: a password to a phone number; neither shows in a log line."""
    message = PasswordSms("d1", PHONE, Locale.FR, PASSWORD, noon)
    assert "CANARY" not in repr(message)
    assert "33639980001" not in repr(message)
