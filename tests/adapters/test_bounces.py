"""Bounces: reports as mail servers write them, and what people and forgers send."""

from __future__ import annotations

import quopri
from base64 import b64encode
from datetime import UTC, datetime
from email.mime.message import MIMEMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.email.bounce_reasons import reason
from adapters.email.bounces import LONGEST, Bounces, NotABounce
from adapters.email.message_ids import MessageIds, Named
from adapters.email.renderer import AssistanceContact, EmailRenderer, EmailSettings
from adapters.trial import SetClock
from core.delivery import DeliveryState
from core.keys import Keyring, Purpose, SecretKey
from core.locale import Locale
from core.messages import EmailMessage, MessageKind
from core.use_cases.record_bounce import Bounce
from core.voter import EmailAddress

MOMENT = datetime(2027, 6, 5, 12, tzinfo=UTC)
NEW, OLD = SecretKey("2027", b"n" * 32), SecretKey("2026", b"o" * 32)
DOMAIN = "vote.example.org"
SAMPLES = Path(__file__).parent / "bounces"
DELIVERY = "mzxw6ytboi2dsmbrgiztinjw.link"


def ids(*keys, domain=DOMAIN) -> MessageIds:
    return MessageIds(domain, Keyring(keys or (NEW, OLD)))


MESSAGE_ID = ids().of(DELIVERY)
SENDING = ids().of_sending(DELIVERY, 3)


def read(mail: str | bytes, message_ids=None) -> Bounce:
    raw = mail.encode() if isinstance(mail, str) else mail
    return Bounces(message_ids or ids(), SetClock(MOMENT)).read(raw)


def sample(name: str, message_id=MESSAGE_ID, sending="none") -> str:
    text = (SAMPLES / f"{name}.eml").read_text("utf-8")
    return text.replace("{message_id}", message_id).replace("{sending}", sending)


def no_bounce(mail: str | bytes, message_ids=None) -> str:
    with pytest.raises(NotABounce) as refusal:
        read(mail, message_ids)
    return refusal.value.reason


FAILED, ACCEPTED, DELIVERED = DeliveryState.FAILED, DeliveryState.ACCEPTED, DeliveryState.DELIVERED
BY_SERVER = [
    ("postfix", FAILED, "5.1.1 no such mailbox"),
    ("exim", FAILED, "5.2.2 mailbox full"),
    ("exchange", FAILED, "5.7.1 not authorised"),
    ("gmail", ACCEPTED, "4.4.1 no answer from the host"),
    ("postfix_policy", FAILED, "5.7.1 not authorised"),
    ("exim_given_up", FAILED, "4.7.1 not authorised"),
    ("sendmail_full", FAILED, "5.2.2 mailbox full"),
    ("sendmail_delayed", ACCEPTED, "4.7.1 not authorised"),
    ("opensmtpd_full", FAILED, "5.2.2 mailbox full"),
    ("opensmtpd_delayed", ACCEPTED, "4.7.1 not authorised"),
    ("opensmtpd_given_up", FAILED, "4.4.7 delivery time expired"),
    ("nullmailer_given_up", FAILED, "4.7.1 not authorised"),
    ("dma_refused", FAILED, "5.1.1 no such mailbox"),
    ("dma_given_up", FAILED, "5.4.7 delivery time expired"),
]
"""The later ones are of Postfix 3.7.11, Exim 4.96, Sendmail 8.17.1.9, OpenSMTPD 6.8.0p2, nullmailer
2.2 and dma 0.13, as `tests/trials/mail_servers/bounces.py` got them."""


@pytest.mark.parametrize(("server", "state", "why"), BY_SERVER)
@pytest.mark.parametrize("end_of_line", ["\n", "\r\n"])
def test_reports_of_mail_servers(server, state, why, end_of_line):
    """R30: the delivery by its Message-ID, the state, and the reason by a table."""
    mail = sample(server).replace("\n", end_of_line)
    bounce = read(mail)
    assert (bounce.delivery, bounce.state, bounce.reason, bounce.at) == (
        DELIVERY,
        state,
        why,
        MOMENT,
    )


@pytest.mark.parametrize("server", [name for name, *_ in BY_SERVER[4:]])
def test_the_sending_that_a_report_is_on(server):
    """R30: M4: by the envelope's id or the address that the report came to, though the relay gave
    the e-mail a Message-ID of its own."""
    bounce = read(sample(server, "<0100018d-of-the-relay@relay.example.net>", SENDING))
    assert (bounce.delivery, bounce.sending) == (DELIVERY, 3)


@pytest.mark.parametrize(
    ("server", "is_delay", "domains"),
    [
        ("opensmtpd_delayed", True, {"voter.example.net"}),
        ("opensmtpd_given_up", False, {"voter.example.net"}),
        ("sendmail_delayed", True, {"voter.example.net"}),
        ("nullmailer_given_up", False, {"voter.example.net"}),
        ("dma_given_up", False, set()),
    ],
)
def test_delays_that_are_ends(server, is_delay, domains):
    """R30: M2: OpenSMTPD and nullmailer give up by a report of a delay, and send no other."""
    bounce = read(sample(server))
    assert (bounce.is_delay, bounce.domains) == (is_delay, domains)


def test_a_time_that_ran_out_and_is_still_tried():
    """R30: M2: who says until when it will be tried has not given up, whatever the code."""
    until = "Will-Retry-Until: Sat, 5 Jun 2027 18:00:00 +0000"
    assert read(report(f"Action: delayed\nStatus: 4.4.7\n{until}")).is_delay
    assert read(report("Action: delayed\nStatus: 4.4.7")).state is FAILED


@pytest.mark.parametrize("server", [name for name, *_ in BY_SERVER])
def test_a_report_on_another_mail_is_none_of_ours(server):
    """R30: a Message-ID without our tag, or with a wrong one, names no delivery."""
    for forged in (
        f"<{DELIVERY}@{DOMAIN}>",
        f"<{DELIVERY}.{'0' * 32}@{DOMAIN}>",
        MESSAGE_ID.replace("mzxw", "mzxv"),
        MESSAGE_ID.replace(DOMAIN, "example.org"),
        "<CANARY@example.org>",
        "",
    ):
        assert no_bounce(sample(server, forged)) == "not on an e-mail of ours"


@pytest.mark.parametrize("name", ["vacation", "read_receipt"])
def test_answers_of_machines_are_no_bounces(name):
    """R30: an absence note or a read receipt, though it names our e-mail, fails nothing."""
    assert no_bounce(sample(name)) == "no delivery status"


@pytest.mark.parametrize("mail", ["", "\n", "Bonjour,\nje n’ai rien reçu.", b"\x00\xff" * 500])
def test_letters_are_no_bounces(mail):
    """R30: whoever writes to the bounce address is not taken for a mail server."""
    assert no_bounce(mail) == "no delivery status"


def test_it_is_found_by_what_the_report_answers_to():
    """R30: a mail server that sends nothing back still says what it reports on."""
    for server in ("exim", "exchange", "gmail"):
        mail = sample(server)
        head, _, _ = mail.partition("Content-type: message/rfc822")
        head, _, _ = head.partition("Content-Type: message/rfc822")
        assert read(head).delivery == DELIVERY


def test_a_name_of_ours_anywhere_in_a_report():
    """R30: M3: a mail server's report may hold it in its text, or in a header of the relay's."""
    for server, _, why in [each for each in BY_SERVER if each[1] is FAILED]:
        mail = sample(server, "<other@example.net>")
        for place in (f"X-Original-Message-ID: {MESSAGE_ID}\nSubject: ", f"Subject: {MESSAGE_ID} "):
            bounce = read(mail.replace("Subject: ", place))
            assert (bounce.delivery, bounce.reason) == (DELIVERY, why)


def test_a_report_that_somebody_passes_on():
    """R30: M3: it is another's, as a part of a letter."""
    nested = MIMEMessage(_message(sample("postfix")))
    assert no_bounce(nested.as_bytes()) == "no delivery status"
    passed_on = (
        f"From: camille.martin@example.org\nSubject: Fwd: failure\n\n{sample('dma_refused')}"
    )
    assert no_bounce(passed_on) == "no delivery status"


def _message(text):
    import email

    return email.message_from_string(text)


def report(*recipients: str, about="Reporting-MTA: dns; mx.example.org", head="", body=None) -> str:
    """A report with these blocks, in the shortest form."""
    status = "\n\n".join((about, *recipients)) if body is None else body
    return (
        "MIME-Version: 1.0\nContent-Type: multipart/report; boundary=b\n\n"
        f"--b\nContent-Type: message/delivery-status\n{head}\n{status}\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {MESSAGE_ID}\n\n--b--\n"
    )


@pytest.mark.parametrize(
    ("recipient", "state", "why"),
    [
        ("Action: failed\nStatus: 5.1.1", FAILED, "5.1.1 no such mailbox"),
        ("Action: failed\nStatus: 4.4.7", FAILED, "4.4.7 delivery time expired"),
        ("ACTION:FAILED (for good)\nstatus:5.1.1 (bad)", FAILED, "5.1.1 no such mailbox"),
        ("Action : failed\nStatus : 5.2.1", FAILED, "5.2.1 mailbox disabled"),
        ("Action:\n failed\nStatus:\n\t5.1.10", FAILED, "5.1.10 address takes no mail"),
        ("Action: delivered\nStatus: 2.0.0", DELIVERED, "2.0.0"),
        ("Action: relayed\nStatus: 2.1.9", ACCEPTED, "2.1.9 address trouble"),
        ("Action: expanded\nStatus: 2.0.0", ACCEPTED, "2.0.0"),
        ("Action: delayed\nStatus: 4.2.2", ACCEPTED, "4.2.2 mailbox full"),
        ("Action: failed", FAILED, None),
        ("Action: failed\nStatus: five", FAILED, None),
        ("Action: failed\nStatus: 5.99.99", FAILED, "5.99.99"),
        ("Action: failed\nStatus: 5.7.999", FAILED, "5.7.999 refused by policy"),
        ("Status: 5.1.1", FAILED, "5.1.1 no such mailbox"),
        ("Status: 4.2.2", ACCEPTED, "4.2.2 mailbox full"),
        ("Status: 2.0.0", DELIVERED, "2.0.0"),
        ("Action: exploded\nStatus: 5.1.2", FAILED, "5.1.2 no such mail domain"),
        ("Action: exploded\nDiagnostic-Code: smtp; 550 5.1.1 x", FAILED, "5.1.1 no such mailbox"),
    ],
)
def test_actions_and_statuses(recipient, state, why):
    """R30: RFC 3464's fields, however they are spaced, folded, commented or left out."""
    bounce = read(report(recipient))
    assert (bounce.state, bounce.reason) == (state, why)
    assert bounce.is_delay is ("delayed" in recipient)


@pytest.mark.parametrize(
    ("status", "diagnostic", "why"),
    [
        ("5.0.0", "smtp; 550-5.1.1 x\n 550 5.1.1 y", "5.1.1 no such mailbox"),
        ("5.0.0", "smtp; 550 no", "550 refused"),
        ("4.0.0", "smtp; 421 busy", "421 deferred"),
        ("5.0.0", "x-unix; gone", "5.0.0"),
        ("5.0.0", "smtp; host 5.1.1.2 or 10.5.1.1 said 12345", "5.0.0"),
        ("5.0.0", "", "5.0.0"),
        ("", "", None),
        ("5.2.0", "smtp; 550 5.1.1 x", "5.1.1 no such mailbox"),
        ("5.1.1", "smtp; 552 5.2.2 x", "5.2.2 mailbox full"),
        ("5.2.2", "smtp; 250 2.0.0 x", "5.2.2 mailbox full"),
        ("5.0.0", "smtp; 550-'5.7.1 x", "5.7.1 not authorised"),
        ("5.6.7", "X-Postfix; SMTPUTF8 is required", "5.6.7 non-ASCII address not taken"),
        ("5.0.0", "smtp; 450 5.1.1 x, 550 5.2.2 y", "5.2.2 mailbox full"),
        ("4.0.0", "smtp; mailbox full, try later", "4.2.2 mailbox full"),
        ("2.0.0", "smtp; 550 5.1.1 x", "5.1.1 no such mailbox"),
        ("５.1.1", "smtp; ５５０", None),
    ],
)
def test_reasons(status, diagnostic, why):
    """R30: Exim's general status is made finer by the answer that it quotes; of that, numbers only,
    and no address of a host."""
    assert reason(status, diagnostic) == why


@pytest.mark.parametrize(
    ("actions", "state"),
    [
        (["failed", "failed"], FAILED),
        (["failed", "delayed"], ACCEPTED),
        (["delayed", "failed", "delivered"], DELIVERED),
        (["relayed", "failed"], ACCEPTED),
    ],
)
def test_several_recipients(actions, state):
    """R30: where ours forwards to several, it failed when it failed for all."""
    blocks = [f"Action: {each}\nStatus: 5.0.{i}" for i, each in enumerate(actions, 1)]
    bounce = read(report(*blocks))
    assert bounce.state is state
    assert bounce.reason is not None
    assert bounce.reason.startswith(f"5.0.{1 + actions.index(str(_action(state, actions)))}")


def _action(state, actions):
    names = {FAILED: ["failed"], DELIVERED: ["delivered"], ACCEPTED: ["delayed", "relayed"]}
    return next(each for each in actions if each in names[state])


@pytest.mark.parametrize(
    ("encoding", "encode"),
    [
        ("base64", lambda text: b64encode(text.encode()).decode()),
        ("quoted-printable", lambda text: text.replace("5.1.1", "5=2E1=2E1")),
        ("8BIT", lambda text: text),
    ],
)
@pytest.mark.parametrize("kind", ["delivery-status", "global-delivery-status"])
def test_encodings(encoding, encode, kind):
    """R30: whatever way the status part travels (RFC 6533: in UTF-8, too), it is read."""
    body = encode("Reporting-MTA: dns; é.example.org\n\nAction: failed\nStatus: 5.1.1\n")
    mail = report(head=f"Content-Transfer-Encoding: {encoding}\n", body=body)
    bounce = read(mail.replace("message/delivery-status", f"message/{kind}"))
    assert (bounce.state, bounce.reason) == (FAILED, "5.1.1 no such mailbox")


@pytest.mark.parametrize(
    "trick",
    [
        lambda mail: mail.replace("message/delivery-status", "text/plain"),
        lambda mail: mail.replace("Action: failed\nStatus: 5.1.1", "Action: won"),
        lambda mail: mail.replace("Action", "=?utf-8?q?Action?=").replace("Status", "State"),
        lambda mail: mail.replace("boundary=b", "boundary=c"),
        lambda mail: mail.replace("multipart/report", "text/plain"),
        lambda mail: mail.replace("delivery-status\n", "delivery-status\nX: y\n\n", 1)[:120],
    ],
)
def test_parts_that_are_missing(trick):
    """R30: without a delivery status, nothing is reported."""
    assert no_bounce(trick(report("Action: failed\nStatus: 5.1.1"))) == "no delivery status"


def test_wrapped_once_more():
    """R30: a list server or a gateway that puts a report into a part of its own."""
    inner = report("Action: failed\nStatus: 5.1.1")
    mail = f"Content-Type: multipart/mixed; boundary=a\n\n--a\n{inner}\n--a--\n"
    assert read(mail).delivery == DELIVERY


def test_nothing_of_a_voter_is_kept():
    """R42: no address, name or text of the report gets into what is recorded."""
    for server, *_ in BY_SERVER:
        told = repr(read(sample(server)))
        for personal in ("camille", "Camille", "192.0.2", "User unknown", "late@", "Envelope exp"):
            assert personal not in told


def from_daemon(text: str, subject="failure notice", head="") -> str:
    """A report in words alone."""
    return (
        f"From: MAILER-DAEMON@mx.example.net\nSubject: {subject}\n{head}\n{text}\n\n"
        f"--- Below this line is a copy of the message.\n\nReceived: x\nMessage-ID: {MESSAGE_ID}\n"
    )


@pytest.mark.parametrize(
    ("words", "state", "why"),
    [
        ("Sorry, no mailbox here by that name. (#5.1.1)", FAILED, "5.1.1 no such mailbox"),
        ("Remote host said: 552 5.2.2 over quota", FAILED, "5.2.2 mailbox full"),
        ("This user doesn't have a mail.example account", FAILED, "5.1.1 no such mailbox"),
        ("The mailbox of this user is full", FAILED, "5.2.2 mailbox full"),
        ("Host or domain name not found", FAILED, "5.1.2 no such mail domain"),
        ("501: 5.1.8 Sender address rejected", FAILED, "5.1.8 sender's domain refused"),
        ("Server 10.5.1.1 running 5.1.1.2 said no", FAILED, None),
        ("It did not work out.", FAILED, None),
        ("host said: 554 no", FAILED, "554 refused"),
        ("Your mail is delayed, and will be tried again.", ACCEPTED, None),
        ("Still trying: 451 4.2.2 try later", ACCEPTED, "4.2.2 mailbox full"),
        ("Your message was successfully delivered.", ACCEPTED, None),
        ("Action: failed\nStatus: 5.1.1", FAILED, "5.1.1 no such mailbox"),
    ],
)
def test_reports_in_words(words, state, why):
    """R30: M3: a daemon that writes no RFC 3464 is read: a code from its text, what its words mean,
    or else a failure for a reason unknown; or a delay."""
    bounce = read(from_daemon(words, "your mail" if state is ACCEPTED else "failure notice"))
    assert (bounce.delivery, bounce.state, bounce.reason) == (DELIVERY, state, why)


@pytest.mark.parametrize(
    ("subject", "words", "is_delay"),
    [
        ("Delivery Status Notification (Delay)", "It could not be delivered yet.", True),
        ("Warning: could not send message for past 4 hours", "It will be tried again.", True),
        ("Undelivered Mail", "We tried again and again. It was returned.", False),
        ("failure notice", "It was delayed, and is given up.", False),
    ],
)
def test_delays_in_words(subject, words, is_delay):
    """R30: M2: a subject that speaks of a delay is believed; a text when it speaks of no end."""
    bounce = read(from_daemon(words, subject))
    assert (bounce.is_delay, bounce.state) == (is_delay, ACCEPTED if is_delay else FAILED)


@pytest.mark.parametrize(
    "encoding", ["base64", "quoted-printable"], ids=["in base64", "in quoted-printable"]
)
def test_reports_in_words_that_are_encoded(encoding):
    """R30: M3: the name is found in a text that is encoded, over the breaks of its lines."""
    head, _, body = from_daemon("550 5.1.1 no").partition("\n\n")
    lines = quopri.encodestring(body.encode()).decode()
    coded = b64encode(body.encode()).decode() if encoding == "base64" else lines
    bounce = read(f"{head}\nContent-Transfer-Encoding: {encoding}\n\n{coded}")
    assert (bounce.delivery, bounce.reason) == (DELIVERY, "5.1.1 no such mailbox")


@pytest.mark.parametrize(
    ("sender", "is_one"),
    [
        ("Return-Path: <>\nFrom: postmaster@mx.example.net\nSubject: Undeliverable: x", True),
        ("From: postmaster@mx.example.net\nSubject: Undeliverable: x", True),
        (
            "Return-Path: <>\nFrom: a@mx.example.net\nSubject: =?utf-8?q?=C3=89chec_de_remise?=",
            True,
        ),
        ("From: <>\nSubject: Mail could not be delivered", True),
        ('From: "Mail Delivery System" <no-reply@mx.example.net>\nSubject: x', True),
        ("Return-Path: <>\nFrom: camille.martin@example.org\nSubject: Re: Votre lien", False),
        ("Return-Path: <>\nFrom: a@example.org\nSubject: =?x-none?q?=C3?=", False),
        ("Return-Path: <a@b.org>\nFrom: postmaster@b.org\nSubject: Undeliverable", False),
        ("Return-Path: <>\nFrom: a@b.org\nX-Autoreply: yes\nSubject: Undeliverable", False),
        ("Return-Path: <>\nFrom: a@b.org\nSubject: Out of office (mail error)", False),
        ("Subject: Undeliverable", False),
    ],
)
def test_who_is_a_mail_server(sender, is_one):
    """R30: M3: a name of ours in a text counts only when a mail server wrote it."""
    mail = f"{sender}\n\n550 5.1.1 no\n{MESSAGE_ID}\n"
    if is_one:
        assert read(mail).reason == "5.1.1 no such mailbox"
    else:
        assert no_bounce(mail) == "no delivery status"


def test_huge_mails():
    """R30: what is said comes first; the rest is not looked at."""
    mail = sample("exim").replace("--=_reassort--", "x" * 5_000_000)
    assert read(mail).reason == "5.2.2 mailbox full"
    assert no_bounce("x" * LONGEST + sample("exim")) == "no delivery status"


def test_many_levels():
    """R30: parts within parts to exhaust the parser are given up."""
    parts = "".join(
        f"Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n" for i in range(3000)
    )
    assert no_bounce(parts) in ("unreadable", "no delivery status")
    blocks = report(*["X: y"] * 10_000, "Action: failed")
    assert no_bounce(blocks) == "no delivery status"


@pytest.mark.parametrize(
    "mail",
    [
        b"Content-Type: message/delivery-status\n\nAction: failed\n\nAction: failed",
        b"Content-Type: multipart/report; boundary*0*=utf-8''%FF; boundary*1=b\n\n--b\n",
        b'Content-Type: multipart/report; boundary="\xff"\n\n--\xff\n\n--\xff--',
        b"Content-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n=A=B",
        b"Content-Transfer-Encoding: \xe9\nContent-Type: message/delivery-status\n\n\xe9: \xe9",
        b"Content-Type: message/rfc822\n\n" * 500,
    ],
)
def test_malformed_mails(mail):
    """R30: every one is `NotABounce`."""
    assert no_bounce(mail)


LINES = [
    "Content-Type: multipart/report; boundary=b",
    "Content-Type: multipart/mixed; boundary=c",
    "Content-Type: message/delivery-status",
    "Content-Type: message/rfc822",
    "Content-Type: text/rfc822-headers; charset=x-é",
    "Content-Transfer-Encoding: base64",
    "Content-Transfer-Encoding: quoted-printable",
    "Content-Type: message/global-delivery-status; charset=utf-16",
    "Action: failed",
    "Status: 5.1.1",
    f"Message-ID: {MESSAGE_ID}",
    f"In-Reply-To: {MESSAGE_ID}",
    "--b",
    "--c",
    "--b--",
    "",
    "",
    "=E9=",
    " \udcff\x00",
]


@given(st.lists(st.sampled_from(LINES) | st.text(max_size=20), max_size=40))
def test_whatever_comes_is_read_or_no_bounce(lines):
    """R30: nothing that anyone sends raises anything but `NotABounce`."""
    try:
        bounce = read("\n".join(lines).encode("utf-8", "surrogateescape"))
    except NotABounce:
        return
    assert bounce.delivery == DELIVERY


@given(st.binary(max_size=300))
def test_whatever_bytes_come_are_no_bounce(mail):
    """R30: so do bytes that are no mail at all, behind a header that promises a report."""
    assert no_bounce(mail)
    assert no_bounce(b"Content-Type: multipart/report; boundary=b\n\n--b\n" + mail)


@given(st.integers(0, 5000), st.binary(min_size=1, max_size=3))
def test_a_damaged_report_is_read_or_no_bounce(at, damage):
    """R30: a report with a few bytes wrong says what it said, or nothing."""
    whole = sample("exchange").encode()
    try:
        bounce = read(whole[:at] + damage + whole[at + len(damage) :])
    except NotABounce:
        return
    assert bounce.delivery == DELIVERY


def test_older_keys_are_understood():
    """R14, R30: a report on an e-mail of before the rotation is ours; not once its key has left."""
    mail = sample("postfix", ids(OLD).of(DELIVERY))
    assert read(mail).delivery == DELIVERY
    assert no_bounce(mail, ids(NEW))


def test_the_tag_has_a_purpose_of_its_own():
    """R14: what shows that a receipt is ours shows nothing of an e-mail."""
    tag = Keyring((NEW,)).tag(Purpose.RECEIPT, DELIVERY)
    assert no_bounce(sample("postfix", f"<{DELIVERY}.{tag}@{DOMAIN}>"))


def test_without_keys_nothing_is_believed():
    """R30: Message-IDs without a tag cannot be told from forgeries."""
    plain = MessageIds(DOMAIN)
    assert plain.of(DELIVERY) == f"<{DELIVERY}@{DOMAIN}>"
    assert plain.named_in(plain.of(DELIVERY)) is None
    assert plain.named_in(MESSAGE_ID) is None


@pytest.mark.parametrize(
    "id", ["a b", "x" * 129, "a..b", "é@x", ">\r\nBcc: x@example.org", "\udcff"]
)
def test_an_id_that_no_message_id_can_hold(id):
    """R34: it goes in as its hash: stable, harmless, and not found again."""
    made = ids().of(id)
    assert made == ids().of(id)
    assert made.isascii()
    assert not set(made) & set(" \r\n")
    assert ids().named_in(made) is None


@pytest.mark.parametrize(
    "written",
    [
        "{}",
        "<r+{}@vote.example.org>",
        "<rebonds-{}@vote.example.org>",
        "rebonds=vote.example.org-{}@mx.example.net",
        "a-b-c-d-e-f-g-{}@mx.example.net",
        "Original-Envelope-Id: {}",
        "X-Original-To: R+{}@VOTE.EXAMPLE.ORG",
    ],
)
@pytest.mark.parametrize("shape", [str, str.upper])
def test_the_name_of_a_sending(written, shape):
    """R30: M4: found in an envelope's id and in an address, whatever stands before it, in capitals
    too; under an older key as well."""
    for keys in ((NEW,), (OLD,)):
        name = ids(*keys).of_sending(DELIVERY, 3)
        assert name.startswith(f"{DELIVERY}.3.")
        assert ids().named_in(written.format(shape(name))) == Named(DELIVERY, 3)


@pytest.mark.parametrize(
    "forged", [f"{DELIVERY}.3.aaaaaaaaaa", f"{DELIVERY}.3", "", f"{DELIVERY}.4.{{}}"]
)
def test_a_made_up_name_of_a_sending(forged):
    """R30: M4: without the tag, or with another sending's, it names nothing."""
    tag = ids().of_sending(DELIVERY, 3).rpartition(".")[2]
    assert ids().named_in(forged.format(tag)) is None


def test_a_sending_that_no_envelope_can_hold():
    """R30: M4: an id that is too long, or holds what an envelope may not, is left out."""
    assert ids().of_sending("é", 1) is None
    assert ids().of_sending("x" * 99, 1) is None
    assert MessageIds(DOMAIN).of_sending(DELIVERY, 1) is None


def test_case_of_the_domain():
    """R30: a mail server may write the domain its own way."""
    for written in (MESSAGE_ID.replace(DOMAIN, DOMAIN.upper()), MESSAGE_ID.upper()):
        assert ids().named_in(written) == Named(DELIVERY)


def test_what_the_renderer_writes_is_what_comes_back():
    """R30, R34: the e-mail's Message-ID is the same for every try, and names its delivery."""
    assistance = AssistanceContact("assistance@example.org")
    link = "https://vote.example.org/renouveler#token={token}"
    settings = EmailSettings("vote@vote.example.org", "Vote", link, DOMAIN, assistance)
    renderer = EmailRenderer(settings, SetClock(MOMENT), Keyring((NEW, OLD)))
    facts = {"token": "t" * 43, "expires_at": MOMENT}
    to = EmailAddress("camille.martin@example.org")
    message = EmailMessage(DELIVERY, MessageKind.LINK, to, Locale.FR, facts)
    first, again = renderer.render(message), renderer.render(message)
    assert first.message_id == again.message_id == MESSAGE_ID
    assert f"\r\nMessage-ID: {MESSAGE_ID}\r\n".encode() in first.content
    assert read(sample("postfix", first.message_id)).delivery == DELIVERY


def test_an_e_mail_with_another_link_is_named_otherwise_and_found():
    """R34, R51: a Message-ID of its own, by which the delivery is found all the same."""
    names = MessageIds(DOMAIN, Keyring((NEW,)))
    first, second = names.of(DELIVERY), names.of(DELIVERY, 2)
    assert first != second
    assert names.of(DELIVERY, 1) == first
    assert {names.named_in(first), names.named_in(second)} == {Named(DELIVERY)}
