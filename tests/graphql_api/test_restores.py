"""F-3: a backup that is put back at any step of a renewal, on each engine: one renewal a link."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from adapters.register.memory import MemoryRegister
from core.clock_check import Heartbeat, ProcessKind, Uptime
from core.errors import CannotProceed, MessageDeferred
from core.use_cases.watch_lineage import WatchLineage
from core.voter import EmailAddress, Identifier, Numic, PhoneNumber, Voter

HOUR = timedelta(hours=1)
NUMIC = Numic("00012345")
CAMILLE = Voter(NUMIC, EmailAddress("camille.martin@example.org"), PhoneNumber("+33639980001"))
REGISTER = MemoryRegister({NUMIC: CAMILLE}, {NUMIC: Identifier.parse("K7WPQ2M4XN9B")})
STEPS = ("requested", "link queued", "link sent", "identifier wrong", "confirmed", "password sent")
OPEN = STEPS[1:4]
"""The steps at which the backup holds a link that is not used yet."""


class Relay:
    """The port `Email` over another one, that takes nothing while `busy`."""

    busy = False

    def __init__(self, email):
        self._email = email

    async def send(self, message):
        if self.busy:
            raise MessageDeferred("busy")
        return await self._email.send(message)


class Deployment:
    """One whose database is backed up and put back; its other files stay as they are."""

    def __init__(self, engine, request, open_portal):
        self._open, self._relay = open_portal, None
        self._databases = request.getfixturevalue("databases") if engine == "postgres" else None
        self._url = self._databases.create("template0") if self._databases else ""
        self.portal = None

    async def open(self):
        def adapt(ports):
            self._relay = Relay(ports.email)
            return replace(ports, email=self._relay, register=REGISTER)

        where = {"database_url": self._url} if self._url else {}
        self.portal = await self._open(adapt, **where)
        return self.portal

    async def backup(self):
        """As SQLite's own, or a copy of the whole database on its server."""
        await self.portal.application.stop()
        if self._databases:
            saved = self._databases.create(urlsplit(self._url).path[1:])
        else:
            saved = self.portal.application.settings.data_dir / "saved.sqlite3"
            _copy(self.portal.application.settings.database, saved)
        await self.open()
        return saved

    async def restore(self, saved):
        await self.portal.application.stop()
        if self._databases:
            self._url = self._databases.create(urlsplit(saved).path[1:])
        else:
            _copy(saved, self.portal.application.settings.database)
        return await self.open()

    async def until(self, step):
        """The first steps of a renewal, and the token of its link; what follows is `finish`."""
        portal = self.portal
        await portal.request()
        if step == "requested":
            return None
        self._relay.busy = step == "link queued"
        await portal.work()
        if step == "link queued":
            return None
        token = portal.newest_token
        if step == "identifier wrong":
            await portal.confirm(token, "T4RJH8C2VW6D")
        if step in ("confirmed", "password sent"):
            await portal.confirm(token, "K7WPQ2M4XN9B")
        if step == "password sent":
            await portal.work()
        return token

    async def finish(self, clock, token):
        """The voter's renewal, to its end; the token that was used for it."""
        self._relay.busy = False
        clock.advance(timedelta(seconds=30))  # after the pause of a job that the relay put off
        await self.portal.work()
        token = token or self.portal.newest_token
        await self.portal.confirm(token, "K7WPQ2M4XN9B")
        await self.portal.work()
        return token


def _copy(source, target):
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


@pytest.fixture(params=["sqlite", "postgres"])
async def deployment(request, open_portal):
    made = Deployment(request.param, request, open_portal)
    await made.open()
    return made


@pytest.mark.parametrize("later", [timedelta(0), HOUR])
@pytest.mark.parametrize("step", STEPS)
async def test_one_renewal_a_link(deployment, clock, step, later):
    """R13, R17: at whichever step the backup was made, and whenever it is put back, a used link is
    not used again; its voter is told, asks again, and has another."""
    token = await deployment.until(step)
    saved = await deployment.backup()
    used = await deployment.finish(clock, token)
    passwords = {each["text"].splitlines()[1] for each in deployment.portal.sms}
    assert len(passwords) == 1

    portal = await deployment.restore(saved)
    clock.advance(later)
    ended = await portal.application.follow_restore("ada")
    assert ended == (step in OPEN)
    mails = len(portal.emails)
    clock.advance(timedelta(seconds=1))  # codes of the same second count as answered
    await portal.work()

    again = await portal.confirm(used, "K7WPQ2M4XN9B")
    assert again["__typename"] == "LinkRejected", again
    await portal.work()
    assert {each["text"].splitlines()[1] for each in portal.sms} == passwords
    told = [each["subject"] for each in portal.emails[: len(portal.emails) - mails]]
    if step in OPEN:
        assert told == ["Votre lien de renouvellement n’est plus valable"]
        assert (await portal.link(used))["code"] == "LINK_REVOKED"
    if step == "requested":  # decided once more: another link, for the same request
        assert told == ["Votre lien pour renouveler votre mot de passe de vote"]
    clock.advance(timedelta(minutes=3))  # the pause between two requests
    newest = portal.newest_token if step == "requested" else await portal.token()
    assert newest != used
    assert (await portal.confirm(newest, "K7WPQ2M4XN9B"))["__typename"] == "PasswordRenewed"


async def test_a_used_code_stays_used(deployment):
    """R27: one that was issued before the backup and answered after it; a new one is taken."""
    code = await deployment.portal.code("REQUEST")
    saved = await deployment.backup()
    assert (await deployment.portal.request(securityCode=code))["__typename"] == "RenewalRequested"
    portal = await deployment.restore(saved)
    await portal.application.follow_restore("ada")
    refused = await portal.request(securityCode=code)
    assert (refused["__typename"], refused["code"]) == (
        "SecurityCodeRejected",
        "SECURITY_CODE_USED",
    )
    portal.clock.advance(timedelta(seconds=1))
    assert (await portal.request())["__typename"] == "RenewalRequested"


async def test_it_is_refused_while_a_process_works(deployment, clock):
    """R29: what it has read may be of before."""
    beat = Heartbeat("w", ProcessKind.GATEWAY, clock.now(), Uptime("boot", HOUR))
    application = deployment.portal.application
    async with application.ports.store.begin() as unit:
        await unit.clocks.beat(beat)
    with pytest.raises(CannotProceed, match="stop every one"):
        await application.follow_restore("ada")
    with pytest.raises(ValueError, match="by has 1 to"):
        await application.follow_restore(" ")
    clock.advance(timedelta(minutes=1))
    assert await application.follow_restore("ada") == 0


async def test_a_restored_database_is_refused_until_then(deployment, clock):
    """R13, R29: by every process of this machine, which knows what it has seen."""

    def watch() -> WatchLineage:
        return deployment.portal.application.watch_lineage

    await watch()()
    saved = await deployment.backup()
    await watch()()
    portal = await deployment.restore(saved)
    with pytest.raises(CannotProceed, match="after-restore"):
        await watch().refuse()
    await portal.application.follow_restore("ada")
    await watch().refuse()
    await watch()()
