"""500 ordinary mails that hold our names: none of them is taken for a report."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime
from email.message import EmailMessage
from email.mime.message import MIMEMessage

import pytest

from adapters.email.bounces import Bounces, NotABounce
from adapters.email.message_ids import MessageIds
from adapters.trial import SetClock
from core.keys import Keyring, SecretKey

IDS = MessageIds("vote.example.org", Keyring((SecretKey("2027", b"n" * 32),)))
DELIVERY = "mzxw6ytboi2dsmbrgiztinjw.link"
MESSAGE_ID, SENDING = IDS.of(DELIVERY), IDS.of_sending(DELIVERY, 1)
PEOPLE = (
    "Camille Martin <camille.martin@example.org>",
    "=?utf-8?q?Ren=C3=A9e?= <renee@example.org>",
    "postmaster@example.org",
    "Postmaster <camille.martin@example.org>",
    "no-reply@tickets.example.net",
    "root@host.example.net",
)
SUBJECTS = (
    "Re: Votre lien pour renouveler votre mot de passe de vote",
    "Absence du bureau",
    "Automatic reply: Votre lien",
    "Out of Office: Votre lien",
    "Je suis en vacances",
    "Tr: Votre lien",
    "[ticket 4711] Votre lien",
    "Bonjour",
    "Lu : Votre lien",
    "",
)
TEXTS = (
    "Bonjour,\nje n'ai pas encore mon mot de passe.",
    "Je suis absente jusqu'au 12. Votre message ne sera pas lu.",
    "Merci de confirmer que vous n'êtes pas un robot : https://example.org/c/4711",
    "My mailbox was full yesterday (552 5.2.2), please send it again.",
    "Le serveur a dit : 550 5.1.1 User unknown. Que faire ?",
    "I am no longer with this company; this account is disabled.",
)


def ours() -> EmailMessage:
    """What the voter has."""
    mail = EmailMessage()
    mail["From"], mail["To"] = "ne-pas-repondre@vote.example.org", "camille.martin@example.org"
    mail["Subject"], mail["Message-ID"] = "Votre lien", MESSAGE_ID
    mail.set_content("https://vote.example.org/renouveler#token=...")
    return mail


def letter(chance: random.Random) -> EmailMessage:
    """Somebody's, with whatever else an answering program or a person puts in."""
    mail = EmailMessage()
    mail["Return-Path"] = chance.choice(["<>", "<camille.martin@example.org>"])
    mail["From"] = chance.choice(PEOPLE)
    mail["To"] = chance.choice([f"r+{SENDING}@vote.example.org", "retours@vote.example.org"])
    mail["Subject"] = chance.choice(SUBJECTS)
    for name in ("In-Reply-To", "References"):
        if chance.random() < 0.7:
            mail[name] = MESSAGE_ID
    if chance.random() < 0.4:
        mail["Auto-Submitted"] = chance.choice(["auto-replied", "auto-generated"])
    quoted = f"> Message-ID: {MESSAGE_ID}\n> ENVID {SENDING}" if chance.random() < 0.6 else ""
    mail.set_content(f"{chance.choice(TEXTS)}\n\n{quoted}\n")
    return mail


def with_ours_attached(mail: EmailMessage) -> EmailMessage:
    mail.add_attachment(ours())
    return mail


def read_receipt(mail: EmailMessage) -> bytes:
    """A notification that ours was displayed (RFC 8098)."""
    head = f"From: {mail['From']}\nReturn-Path: {mail['Return-Path']}\nTo: {mail['To']}\n"
    return (
        f"{head}Subject: Lu : Votre lien\nMIME-Version: 1.0\n"
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nLu.\n"
        "--b\nContent-Type: message/disposition-notification\n\n"
        f"Original-Message-ID: {MESSAGE_ID}\nDisposition: manual-action; displayed\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {MESSAGE_ID}\n--b--\n"
    ).encode()


def complaint(mail: EmailMessage) -> bytes:
    """That somebody took ours for spam (RFC 5965)."""
    return (
        "From: fbl@example.net\nReturn-Path: <>\nSubject: complaint about message\n"
        "MIME-Version: 1.0\n"
        "Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n"
        "--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n"
        f"--b\nContent-Type: message/rfc822\n\nMessage-ID: {MESSAGE_ID}\n\nx\n--b--\n"
    ).encode()


def passed_on(mail: EmailMessage) -> bytes:
    """A bounce that a person forwards."""
    bounce = EmailMessage()
    bounce["From"], bounce["Subject"] = "MAILER-DAEMON@mx.example.net", "failure notice"
    bounce.set_content(f"550 5.1.1 User unknown\n\nMessage-ID: {MESSAGE_ID}\n")
    outer = MIMEMessage(bounce)
    outer["From"], outer["Subject"] = "camille.martin@example.org", "Fwd: failure notice"
    return outer.as_bytes()


SHAPES = (
    lambda mail: mail.as_bytes(),
    lambda mail: with_ours_attached(mail).as_bytes(),
    read_receipt,
    complaint,
    passed_on,
)


@pytest.mark.parametrize("shape", range(len(SHAPES)))
def test_none_of_500_ordinary_mails_is_taken_for_a_report(shape):
    """R30: M3: letters, absence notes, read receipts, complaints and bounces that people pass on,
    though they hold the Message-ID and the sending's name, from `<>` and to the bounce address."""
    chance = random.Random(shape)
    bounces = Bounces(IDS, SetClock(datetime(2027, 6, 5, tzinfo=UTC)))
    reasons = Counter[str]()
    for _ in range(100):
        with pytest.raises(NotABounce) as refusal:
            bounces.read(SHAPES[shape](letter(chance)))
        reasons[refusal.value.reason] += 1
    assert reasons == {"no delivery status": 100}
