"""A whole renewal over HTTP, from the first form to the password in the portal's store."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from core.errors import MessageRefused
from tests.rehearsal import TrialMessages


@pytest.mark.parametrize(
    ("locale", "confirmation", "subject", "sms"),
    [
        ("FR", "Votre demande est enregistrée.", "Votre lien pour renouveler", "Nouveau mot de"),
        ("EN", "Your request is recorded.", "Your link to renew", "Your new voting password"),
    ],
)
async def test_renewal(portal, camille, locale, confirmation, subject, sms):
    """R2-R6: form, e-mail, link, confirmation and SMS, in the language of the request; the
    password in the SMS is then the voter's."""
    asked = await portal.request(locale=locale)
    assert asked["__typename"] == "RenewalRequested"
    assert asked["message"].startswith(confirmation)
    assert portal.emails == []
    await portal.work()

    (email,) = portal.emails
    assert email["to"] == camille.email
    assert email["subject"].startswith(subject)
    token = portal.newest_token
    assert (await portal.link(token))["usable"] is True

    renewed = await portal.confirm(token, camille.identifier, locale=locale)
    assert renewed["__typename"] == "PasswordRenewed"
    assert portal.sms == []
    await portal.work()

    (text,) = portal.sms
    assert text["to"] == camille.phone
    assert text["text"].startswith(sms)
    assert await portal.works(portal.newest_password)
    assert portal.requests == [("password_sent", None)]


@pytest.mark.parametrize(
    ("asked", "screen", "sms", "notice"),
    [
        ("EN", {"smsLocale": "FR"}, "Nouveau mot de", "Votre mot de passe"),
        ("FR", {"smsLocale": "EN"}, "Your new voting password", "Your voting password"),
        ("EN", {}, "Your new voting password", "Your voting password"),
        ("EN", {"locale": "FR"}, "Your new voting password", "Your voting password"),
    ],
)
async def test_the_sms_speaks_as_the_screen(portal, camille, asked, screen, sms, notice):
    """R61: A3: whoever asked, and in whatever language, the SMS and the notice are in that of the
    screen from which the voter confirms; in that of the request, where the screen names none."""
    token = await portal.token(locale=asked)
    renewed = await portal.confirm(token, camille.identifier, **screen)
    assert renewed["__typename"] == "PasswordRenewed"
    await portal.work()
    assert portal.sms[0]["text"].startswith(sms)
    assert portal.emails[0]["subject"].startswith(notice)


async def test_only_the_last_password_works(portal, clock):
    """R19: after a second renewal the newer password works and the older one does not."""
    first = await portal.renew()
    assert await portal.works(first)
    clock.advance(timedelta(minutes=5))
    second = await portal.renew()
    assert second != first
    assert await portal.works(second)
    assert not await portal.works(first)


async def test_nothing_changes_before_the_confirmation(portal, clock, camille):
    """R19: asking, receiving the link and failing to confirm leave the password in force."""
    password = await portal.renew()
    clock.advance(timedelta(minutes=5))
    token = await portal.token()
    refused = await portal.confirm(token, "AAAAAAAAAAAA")
    assert refused["code"] == "IDENTIFIER_MISMATCH"
    await portal.work()
    assert await portal.works(password)


async def test_notice_after_a_renewal(portal):
    """R22, R9: the mailbox is told of the renewal, with whom to call, and without the password."""
    password = await portal.renew()
    notice, link = portal.emails
    assert notice["subject"] == "Votre mot de passe de vote a été renouvelé"
    assert "assistance@example.org" in notice["text"]
    for email in (notice, link):
        assert password not in email["text"] + email["html"] + email["subject"]


async def test_notice_when_the_sms_is_refused(open_portal, camille):
    """R19, R29: a voter whose SMS no gateway takes reads in the mailbox that the old password is
    dead; the request ends in a named state."""
    gateway = TrialMessages()
    gateway.setbacks.append(MessageRefused("invalid number"))
    portal = await open_portal(lambda ports: replace(ports, sms={"inbox": gateway}))
    await portal.confirm(await portal.token(), camille.identifier)
    await portal.work()
    assert (gateway.sent, portal.requests) == ([], [("undelivered", None)])
    notice = portal.emails[0]
    assert notice["to"] == camille.email
    assert notice["subject"] == "Votre nouveau mot de passe de vote n’a pas pu vous être envoyé"
    assert "Votre ancien mot de passe ne fonctionne plus" in notice["text"]
    assert "assistance@example.org" in notice["text"]


async def test_sms_says_when_it_was_issued(portal):
    """R19, R33: the SMS names its time in Paris and that only the last one counts, without a URL
    and within one segment."""
    await portal.renew(locale="EN")
    text = portal.sms[0]["text"]
    assert "14:00" in text
    assert "Only the last one issued is valid" in text
    assert "http" not in text
    assert len(text) <= 160


async def test_a_worker_empties_the_log_of_the_database(portal):
    """R20: what was wiped does not stay in SQLite's log: a worker writes it back when it tidies."""
    await portal.renew()
    database = portal.application.settings.database
    log = database.with_name(database.name + "-wal")
    assert log.stat().st_size > 0
    async with asyncio.timeout(180), portal.application.working():  # it tidies each minute
        while log.stat().st_size > 0:
            await asyncio.sleep(0.01)


async def test_numel_in_place_of_the_numic(portal, camille):
    """R8: the voter number serves in place of the NUMIC, and the same voter's password changes."""
    asked = await portal.request(numic=None, numel="101")
    assert asked["__typename"] == "RenewalRequested"
    await portal.work()
    await portal.confirm(portal.newest_token, camille.identifier)
    await portal.work()
    assert await portal.works(portal.newest_password)


@pytest.mark.parametrize(
    "typed", ["k7wpq2m4xn9b", " K7WP Q2M4 XN9B ", "K7WP-Q2M4-XN9B", "Ｋ７ＷＰＱ２Ｍ４ＸＮ９Ｂ"]
)
async def test_forgiving_identifier(portal, typed):
    """R10: case, spaces, hyphens and full-width letters in the identifier do not count."""
    assert (await portal.confirm(await portal.token(), typed))["__typename"] == "PasswordRenewed"


@pytest.mark.parametrize(
    "typed", [" Camille.MARTIN@Example.ORG ", "\u00a0camille.martin@example.org"]
)
async def test_forgiving_email(portal, camille, typed):
    """R10, R25: the e-mail is compared trimmed and without case; the message goes to the address
    as it is on file."""
    await portal.request(email=typed)
    await portal.work()
    assert [each["to"] for each in portal.emails] == [camille.email]


async def test_any_browser(portal, camille, open_portal):
    """R18: the link works from another network and device than the one that asked."""
    token = await portal.token()
    elsewhere = await open_portal(client="2001:db8::7")
    answer = await elsewhere.confirm(token, camille.identifier)
    assert answer["__typename"] == "PasswordRenewed"


async def test_assistance(portal):
    """R1: a message to the assistance cell gets a reference, and reaches the cell with it."""
    form = {
        "topic": "PHONE_NUMBER",
        "message": "Mon numéro a changé.",
        "email": "someone@example.org",
        "securityCode": await portal.code("ASSISTANCE"),
    }
    answer = await portal.ask(portal.ASSIST, input=form)
    assert answer["__typename"] == "AssistanceContacted"
    assert answer["reference"] in answer["message"]
    await portal.work()
    (email,) = portal.emails
    assert email["to"] == "assistance@example.org"
    assert answer["reference"] in email["subject"]
    assert "Mon numéro a changé." in email["text"]
    assert portal.rows("SELECT contact, message FROM assistance_request") == [(None, None)]


async def write_to_the_cell(portal, email: str) -> str:
    code = await portal.code("ASSISTANCE")
    form = {"topic": "PASSWORD", "email": email, "message": "Aidez-moi.", "securityCode": code}
    return (await portal.ask(portal.ASSIST, input=form))["__typename"]


async def test_the_cell_is_not_flooded(open_portal):
    """R26: in the name of one address three messages an hour, however it is spelt; from one network
    five; and the mailbox as a whole has a limit, too. A refusal costs nothing more."""
    portal = await open_portal(assistance_address_limit="3/hour")
    spelt = ("camille.martin@example.org", "Camille.Martin@example.org")
    told = [await write_to_the_cell(portal, spelt[each % 2]) for each in range(4)]
    assert told == ["AssistanceContacted"] * 3 + ["TooManyRequests"]
    assert await write_to_the_cell(portal, "dominique.bernard@example.org") == "AssistanceContacted"
    portal = await open_portal(network_limit="1000/minute")
    told = [await write_to_the_cell(portal, f"voter{each}@example.org") for each in range(6)]
    assert told == ["AssistanceContacted"] * 5 + ["TooManyRequests"]
    portal = await open_portal(assistance_mailbox_limit="2/hour")
    told = [await write_to_the_cell(portal, f"voter{each}@example.org") for each in range(3)]
    assert told == ["AssistanceContacted"] * 2 + ["TooManyRequests"]


async def test_voting_round(portal, clock):
    """R12: the page learns whether renewal is open, in Paris time; none after the last round."""
    query = "{ votingRound { id opensAt closesAt isOpen } }"
    assert await portal.ask(query) == {
        "id": "demo",
        "opensAt": "2027-06-04T14:00:00.123456+02:00",
        "closesAt": "2027-07-05T14:00:00.123456+02:00",
        "isOpen": True,
    }
    clock.advance(timedelta(days=-2))
    assert (await portal.ask(query))["isOpen"] is False
    clock.advance(timedelta(days=60))
    assert await portal.ask(query) is None
