"""Ten thousand renewals with receipts, by an SMSC that writes its ids in one way or another.

Run by hand, from the top folder:

    .venv/bin/python -m tests.trials.receipts_of_ten_thousand [COUNT [FORM [FIRST_ID]]]

COUNT is 10000; FORM `same`, `case`, `hex_to_decimal` (the default) or `decimal_to_hex`; FIRST_ID
10: short ids, many of which could be another's in the other base. Route "first" reports one SMS in
fifty as undeliverable; route "second" should get those and no other. The setting is `auto`.

Ends with 1 when an SMS was sent twice, or a renewal that should have been delivered was not.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from adapters.jobs.chores import Chore, Chores
from adapters.jobs.settings import Backoff
from adapters.register.memory import MemoryRegister
from adapters.sms.senders import SenderIds
from adapters.sms.smpp.settings import SmppSettings
from adapters.sms.smpp.sms import SmppSms
from adapters.sms.text import SmsText
from adapters.store.migrate import migrate
from adapters.store.sqlite import SqliteStore
from adapters.system import SystemClock
from core.messages import Acceptance, EmailMessage, MessageKind
from core.ports.email import Email
from core.ports.sms import Sms
from core.receipts import Receipt
from core.routes import Route
from core.use_cases.conclude_sms import ConcludeSms
from core.use_cases.settle_receipts import SettleReceipts
from core.voter import EmailAddress, Identifier, Numic, PhoneNumber, Voter
from tests.servers.smsc import Smsc, Submitted, receipt
from tests.simulation.model import Channel, Profile, RouteModel
from tests.simulation.portal import Portal

IDENTIFIER = Identifier.parse("K7WQ9R3TXYZM")
BAD_ONE_IN = 50
STATES = "SELECT state, count(*) FROM recovery_request GROUP BY state"


@dataclass
class WritingSmsc(Smsc):
    """Its receipts write the id of the response in another form."""

    form: str = "same"
    bad_one_in: int = 0

    def _id(self, number: int) -> str:
        return str(number) if self.form == "decimal_to_hex" else f"{number:x}"

    def _owe(self, message: Submitted) -> None:
        number = int(message.message_id, 10 if self.form == "decimal_to_hex" else 16)
        written = {
            "same": f"{number:x}",
            "case": f"{number:08X}",
            "hex_to_decimal": str(number),
            "decimal_to_hex": f"{number:X}",
        }[self.form]
        bad = self.bad_one_in and int(message.destination[2]) % self.bad_one_in == 0
        self.owed[written] = receipt(written, "UNDELIV" if bad else "DELIVRD")


class Mailboxes:
    """The port `Email`: keeps the tokens of links."""

    def __init__(self) -> None:
        self.tokens: asyncio.Queue[str] = asyncio.Queue()

    async def send(self, message: EmailMessage) -> Acceptance:
        if message.kind is MessageKind.LINK:
            self.tokens.put_nowait(str(message.facts["token"]))
        return Acceptance("relay")


class Office(Portal):
    """The portal over a file, by the system's clock."""

    def __init__(self, path: Path, *given: object) -> None:
        self._path = path
        super().__init__(*given)  # type: ignore[arg-type]

    def _wire(
        self, relays: Mapping[str, Email], gateways: Mapping[str, Sms], backoff: Backoff
    ) -> None:
        self.store = SqliteStore(self._path)  # type: ignore[assignment]
        super()._wire(relays, gateways, backoff)
        begin, read = self.store.begin, self.store.read
        conclude = ConcludeSms(begin, self.clock, self.events)
        self.settle = SettleReceipts(begin, read, conclude, self.clock, self.events)
        self._chores = Chores([Chore(self.settle, timedelta(seconds=5))], self.clock)


async def run(count: int, form: str, first_id: int, folder: Path) -> int:
    migrate(folder / "state.sqlite3")
    smscs = {
        name: WritingSmsc(password="secret", form=form, first_id=first_id, bad_one_in=bad)
        for name, bad in (("first", BAD_ONE_IN), ("second", 0))
    }
    gateways: dict[str, SmppSms] = {}

    async def take(report: Receipt) -> None:
        await office.record_receipt(report)

    for name, smsc in smscs.items():
        await smsc.start()
        settings = SmppSettings("127.0.0.1", "reassort", "secret", smsc.port, route=name)
        senders = SenderIds("VOTE")
        gateways[name] = SmppSms(settings, SmsText(12), senders, SystemClock(), take)
    routes = tuple(
        RouteModel(Route(name, receipt_within=timedelta(minutes=5)), {"*": Channel()})
        for name in smscs
    )
    clock, mailboxes = SystemClock(), Mailboxes()
    now = clock.now()
    profile = Profile("trial", {}, routes, opens_at=now - timedelta(days=1))
    voters = [
        Voter(
            Numic(f"{number:08}"),
            EmailAddress(f"v{number}@example.org"),
            PhoneNumber(f"+3363998{number:04}"),
        )
        for number in range(count)
    ]
    register = MemoryRegister(
        {each.numic: each for each in voters}, {each.numic: IDENTIFIER for each in voters}
    )
    relays = {"relay": mailboxes}
    office = Office(folder / "state.sqlite3", profile, "trial", clock, register, relays, gateways)
    await office.store.open()
    stop = asyncio.Event()
    working = asyncio.create_task(office.worker.run(stop))
    began = time.monotonic()
    try:
        asking = asyncio.create_task(ask(office, voters))
        for _ in voters:
            await office.confirm(await mailboxes.tokens.get(), IDENTIFIER)
        await asking
        await ended(office, count)
    finally:
        stop.set()
        await working
        for gateway in gateways.values():
            await gateway.aclose()
    return await tell(office, smscs, count, time.monotonic() - began)


async def ask(office: Office, voters: list[Voter]) -> None:
    for voter in voters:
        await office.ask(voter)


async def states(office: Office) -> Counter[str]:
    async with office.store.read() as unit:
        return Counter(dict(await unit.sql.fetch(STATES)))


async def ended(office: Office, count: int) -> None:
    """Returns once all are delivered, or two minutes after nothing moved any more."""
    last, since = -1, time.monotonic()
    while last < count and time.monotonic() - since < 120:
        await asyncio.sleep(1)
        if (delivered := (await states(office))["delivered"]) != last:
            last, since = delivered, time.monotonic()


async def tell(office: Office, smscs: dict[str, WritingSmsc], count: int, seconds: float) -> int:
    found = await states(office)
    sent = {
        name: Counter(each.destination[2] for each in smsc.submitted)
        for name, smsc in smscs.items()
    }
    twice = sum(many - 1 for each in sent.values() for many in each.values())
    bad = {number for number in sent["first"] if int(number) % BAD_ONE_IN == 0}
    print(f"{count} renewals in {seconds:.0f} s: {dict(found)}")
    print(f"by the first route {sent['first'].total()}, by the second {sent['second'].total()}")
    print(f"sent twice by one route: {twice}")
    print(f"sent again though delivered: {len(sent['second'].keys() - bad)}")
    print(f"not sent again though not delivered: {len(bad - sent['second'].keys())}")
    kinds = Counter(type(each).__name__ for each in office.events.kept)
    print(f"events: {dict(kinds)}")
    print(f"how the ids were read: {office.settle.seen.by_route}")
    await office.store.close()
    for smsc in smscs.values():
        await smsc.stop()
    fine = found["delivered"] == count and not twice and sent["second"].keys() == bad
    return 0 if fine else 1


if __name__ == "__main__":
    given = [*sys.argv[1:], *["10000", "hex_to_decimal", "10"][len(sys.argv) - 1 :]]
    with tempfile.TemporaryDirectory() as temporary:
        sys.exit(asyncio.run(run(int(given[0]), given[1], int(given[2]), Path(temporary))))
