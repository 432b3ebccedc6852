"""A10: links do not wait behind messages to the assistance cell, on every engine."""

from __future__ import annotations

import asyncio

from adapters.jobs.settings import WorkerSettings
from adapters.jobs.worker import Worker
from core.delivery import Delivery
from core.jobs import JobKind
from core.locale import Locale
from core.messages import MessageKind

MANY = 1000


async def test_a_thousand_help_mails_delay_no_link(store, jobs, clock):
    """R61, A10: a relay that hangs at each message to the cell, of which a thousand wait: a link
    that is queued after them all goes out at once, and so do its explanations."""
    now, went, hanging = clock.now(), [], asyncio.Event()

    async def send(subject):
        if subject.endswith(".assistance"):
            await hanging.wait()
        went.append(subject)

    async with store.begin() as unit:
        for number in range(MANY):
            await unit.queue(Delivery.queued(MessageKind.ASSISTANCE, f"{number}", Locale.FR, now))
    async with store.begin() as unit:
        for kind in (MessageKind.LINK, MessageKind.NO_PHONE, MessageKind.PASSWORD_CHANGED):
            await unit.queue(Delivery.queued(kind, "voter", Locale.FR, now))

    async def tidy():
        pass

    stop = asyncio.Event()
    worker = Worker(jobs, dict.fromkeys(JobKind, send), tidy, clock, WorkerSettings())
    working = asyncio.create_task(worker.run(stop))
    try:
        async with asyncio.timeout(60):
            while len(went) < 3:
                await asyncio.sleep(0.01)
    finally:
        stop.set()
        hanging.set()
        await working
    assert {each.partition(".")[0] for each in went[:3]} == {"voter"}
