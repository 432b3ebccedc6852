"""The table of voters: what the screen says, what the mailbox gets, what the store holds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from tests.rehearsal import TrialRegister

CORRELATION_ID = "x-correlation-id"


@dataclass(frozen=True)
class Kind:
    """One kind of voter: the form, the mailbox's subject afterwards, the request's end."""

    numic: str
    email: str
    subject: str | None
    state: str
    reason: str | None


KINDS = {
    "known": Kind("00012345", "camille.martin@example.org", "Votre lien", "link_sent", None),
    "unknown": Kind("99999999", "camille.martin@example.org", None, "dismissed", "unknown_voter"),
    "other e-mail": Kind("00012345", "nobody@example.org", None, "dismissed", "email_differs"),
    "no phone": Kind(
        "00054321",
        "dominique.bernard@example.org",
        "Nouveau mot de passe de vote",
        "dismissed",
        "no_phone",
    ),
    "no phone, other e-mail": Kind(
        "00054321", "nobody@example.org", None, "dismissed", "email_differs"
    ),
    "identifier renewed": Kind(
        "00067890",
        "claude.petit@example.org",
        "Votre mot de passe de vote ne peut pas être renouvelé",
        "dismissed",
        "identifier_renewed",
    ),
    "identifier renewed, other e-mail": Kind(
        "00067890", "nobody@example.org", None, "dismissed", "email_differs"
    ),
}


def seen(response):
    """All that a caller can tell two answers apart by."""
    headers = [(k, v) for k, v in response.headers.raw if k.decode().lower() != CORRELATION_ID]
    return response.status_code, headers, response.content


async def test_same_screen_for_everyone(portal):
    """R3, R23: status, headers and bytes are the same for every kind of voter, in one portal."""
    answers = [
        seen(await portal.request_over_http(numic=kind.numic, email=kind.email))
        for kind in KINDS.values()
    ]
    assert answers[0][0] == 200
    assert b"RenewalRequested" in answers[0][2]
    assert all(answer == answers[0] for answer in answers)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
async def test_mailbox_and_store(portal, kind):
    """R7, R8, R25: who is eligible gets the link, who is not but owns the mailbox gets the reason,
    everyone else gets nothing; the store has the reason."""
    await portal.request(numic=kind.numic, email=kind.email)
    await portal.work()
    assert portal.requests == [(kind.state, kind.reason)]
    if kind.subject is None:
        assert portal.emails == []
    else:
        (email,) = portal.emails
        assert email["to"] == kind.email
        assert email["subject"].startswith(kind.subject)
    assert portal.sms == []
    assert portal.rows("SELECT typed_email FROM recovery_request") == [(None,)]


async def test_explanation_without_phone(portal, dominique):
    """R7: who has no phone is told what to do: the register, the consulate, the assistance."""
    await portal.request(numic=dominique.numic, email=dominique.email)
    await portal.work()
    text = portal.emails[0]["text"]
    assert "registre des Français établis hors de France" in text
    assert "consulat" in text
    assert "assistance@example.org" in text
    assert "#token=" not in text


@pytest.mark.parametrize(
    "typed",
    [
        "12345",
        "00012345",
        "0001 2345",
        "0001.2345",
        "00-01-23-45",
        "\u00a012\u202f345 ",
        "\uff11\uff12\uff13\uff14\uff15",
        "1\u200b2345\ufeff",
    ],
)
async def test_numic_as_people_type_it(portal, typed, camille):
    """R10: a NUMIC is padded, and spaces, dots, hyphens and full-width digits are taken."""
    answer = await portal.request(numic=typed)
    assert answer["__typename"] == "RenewalRequested"
    assert portal.rows("SELECT number FROM recovery_request") == [("numic:00012345",)]
    await portal.work()
    assert [each["to"] for each in portal.emails] == [camille.email]


async def test_spelling_does_not_get_around_the_quota(portal):
    """R26, R10: quotas count what was meant: one voter's number and address, however typed."""
    await portal.request(numic="12345", email="Camille.Martin@example.org")
    await portal.request(numic="0001 2345", email=" camille.martin@EXAMPLE.org")
    assert len(portal.rows("SELECT DISTINCT pair FROM recovery_request")) == 1
    await portal.request(numic="12346")
    assert len(portal.rows("SELECT DISTINCT pair FROM recovery_request")) == 2


async def test_cool_down(portal, clock):
    """R26, R23: asked again within two minutes, the screen is the same and no second e-mail goes;
    the first link still works."""
    first = seen(await portal.request_over_http())
    await portal.work()
    clock.advance(timedelta(seconds=119))
    assert seen(await portal.request_over_http()) == first
    await portal.work()
    assert portal.requests == [("link_sent", None), ("dismissed", "written_recently")]
    assert len(portal.emails) == 1
    assert (await portal.link(portal.newest_token))["usable"] is True


async def test_quota(portal, clock):
    """R26, R23: three e-mails in a day at most, the screen always the same; whoever is over the
    quota still holds a link that works, and when it ends is written to again."""
    answers = []
    for _ in range(5):
        answers.append(seen(await portal.request_over_http()))
        await portal.work()
        clock.advance(timedelta(minutes=3))
    assert all(answer == answers[0] for answer in answers)
    assert [reason for _, reason in portal.requests] == [
        None,
        None,
        None,
        "over_quota",
        "over_quota",
    ]
    assert len(portal.emails) == 3
    assert (await portal.link(portal.newest_token))["usable"] is True
    clock.advance(timedelta(hours=23))
    assert (await portal.link(portal.newest_token))["usable"] is True
    clock.advance(timedelta(hours=1))
    await portal.request()
    await portal.work()
    assert len(portal.emails) == 4


async def test_strangers_cannot_lock_a_voter_out(portal):
    """R26: any number of requests in a voter's name with another e-mail, and with the right one
    for another voter, leaves the voter's own request free."""
    for _ in range(12):
        await portal.request(email="nobody@example.org")
        await portal.request(numic="99999999")
    await portal.work()
    assert portal.emails == []
    await portal.request()
    await portal.work()
    assert len(portal.emails) == 1


async def test_closed_round(portal, clock):
    """R12: outside of the round everyone is told so, and nothing is recorded; the security code
    is not used up."""
    code = await portal.code("REQUEST")
    clock.advance(timedelta(days=-2))
    answers = [
        await portal.request(numic=kind.numic, email=kind.email, securityCode=code)
        for kind in KINDS.values()
    ]
    assert {answer["__typename"] for answer in answers} == {"RenewalClosed"}
    assert answers[0]["code"] == "RENEWAL_CLOSED"
    assert portal.rows("SELECT count(*) FROM recovery_request") == [(0,)]
    assert portal.rows("SELECT count(*) FROM consumed_code") == [(0,)]


async def test_round_that_closes_before_the_worker_looks(portal, clock):
    """R7, R12: a request that waited until the end of the round gets no link; an e-mail says so."""
    await portal.request()
    clock.advance(timedelta(days=30))
    await portal.work()
    assert portal.requests == [("dismissed", "round_closed")]
    (told,) = portal.emails
    assert told["subject"] == "Le renouvellement des mots de passe de vote est fermé"


async def test_register_is_not_asked_while_the_voter_waits(open_portal):
    """R23: with a register that answers nothing the confirmation is the same; the decision waits
    until the register is back."""
    register = None

    def adapt(ports):
        nonlocal register
        register = TrialRegister(ports.register)
        return replace(ports, register=register)

    portal = await open_portal(adapt)
    register.down = True
    answer = await portal.request()
    assert answer["__typename"] == "RenewalRequested"
    assert register.asked == 0

    await portal.work()
    assert register.asked == 1
    assert portal.requests == [("received", None)]
    register.down = False
    portal.clock.advance(timedelta(minutes=1))
    await portal.work()
    assert portal.requests == [("link_sent", None)]
