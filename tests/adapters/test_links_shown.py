"""Whether an e-mail came back with its link in it, however the relay has encoded the body."""

from __future__ import annotations

from base64 import encodebytes
from datetime import UTC, datetime

import pytest

from adapters.email.bounces import Bounces
from adapters.email.links_shown import tokens_in
from adapters.email.message_ids import MessageIds
from adapters.email.renderer import AssistanceContact, EmailRenderer, EmailSettings
from adapters.trial import SetClock
from core.keys import Keyring, SecretKey
from core.locale import Locale
from core.messages import EmailMessage, MessageKind
from core.one_time_link import digest_of
from core.voter import EmailAddress

NOW = datetime(2027, 6, 5, 12, tzinfo=UTC)
KEYRING = Keyring((SecretKey("2027", b"n" * 32),))
SETTINGS = EmailSettings(
    sender="a@vote.example.org",
    sender_name="Vote",
    link_template="https://vote.example.org/renouveler#token={token}",
    message_id_domain="vote.example.org",
    assistance=AssistanceContact("help@example.org", "", {}),
)
TOKENS = ["Zk3v-_" + "a" * 37, "-" * 43, "_3D" + "Q" * 40, "3D2D5F" + "b" * 37]
REPORT = """\
From: MAILER-DAEMON@relay.example.net
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example.net

Final-Recipient: rfc822; camille.martin@example.org
Action: failed
Status: 5.7.1

--b
Content-Type: {kind}

{returned}
--b--
"""


def mail_with(token: str) -> str:
    facts = {"token": token, "expires_at": NOW, "phone_country": "FR", "phone_end": "01"}
    message = EmailMessage(
        "r1.link", MessageKind.LINK, EmailAddress("camille.martin@example.org"), Locale.FR, facts
    )
    written = EmailRenderer(SETTINGS, SetClock(NOW), KEYRING).render(message)
    return written.content.decode().replace("\r\n", "\n")


def read(returned: str, kind: str = "message/rfc822"):
    names = MessageIds("vote.example.org", KEYRING)
    report = REPORT.format(kind=kind, returned=returned)
    return Bounces(names, SetClock(NOW)).read(report.encode())


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers", "text/plain"])
def test_the_whole_mail(token, kind):
    """R51: as we wrote it, in whatever part of the report: OpenSMTPD calls a body headers."""
    assert digest_of(token) in read(mail_with(token), kind).tokens


@pytest.mark.parametrize("token", TOKENS)
def test_encoded_anew(token):
    """R51: a relay may have made base64 of the body."""
    head, _, body = mail_with(token).partition("\n\n")
    encoded = encodebytes(body.encode()).decode()
    assert (
        digest_of(token) in read(f"{head}\nContent-Transfer-Encoding: base64\n\n{encoded}").tokens
    )


@pytest.mark.parametrize("token", TOKENS)
def test_the_headers_alone(token):
    """R51: asked for by RET=HDRS: the link lies open nowhere."""
    head = mail_with(token).partition("\n\n")[0]
    bounce = read(head, "text/rfc822-headers")
    assert (bounce.delivery, digest_of(token) in bounce.tokens) == ("r1.link", False)


def test_what_is_too_long_or_too_short_is_no_token():
    """R51: and a text full of them costs no more than a thousand."""
    assert tokens_in("a" * 42 + " " + "b" * 44) == frozenset()
    many = " ".join(f"{number:043}" for number in range(2000))
    assert len(tokens_in(many)) == 1000
