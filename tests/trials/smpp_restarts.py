"""Messages with receipts over SMPP to an SMSC that is killed twice and throttles once.

Run by hand, from the top folder:

    npm ci --prefix tests/servers
    .venv/bin/python -m tests.trials.smpp_restarts [COUNT]

COUNT is 10000. It sends as the worker does: what is deferred is tried again, after a growing wait.
Every hundredth receipt is not taken the first time. Prints what became of every message, and ends
with 1 when one of them has no receipt.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import structlog
from structlog.typing import EventDict

from adapters.jobs.settings import Backoff
from adapters.sms.senders import SenderIds
from adapters.sms.smpp.settings import SmppSettings
from adapters.sms.smpp.sms import SmppSms
from adapters.sms.text import SmsText
from adapters.system import SystemClock
from core.errors import MessageDeferred
from core.locale import Locale
from core.messages import PasswordSms
from core.password_issuer import Password
from core.receipts import Receipt
from core.voter import PhoneNumber
from tests.trials.smpp_smsc import PASSWORD, SYSTEM_ID, NodeSmsc, disturb

WORKERS = 50
BACKOFF = Backoff(timedelta(seconds=0.2), timedelta(seconds=5))


class Trial:
    """What was sent, what was taken over, and what came back."""

    def __init__(self, count: int, journal: Path) -> None:
        self.smsc = NodeSmsc(journal)
        self.references: dict[str, str] = {}
        """Message by reference, written down when it is taken over."""
        self.taken: list[str] = []
        self.receipts: Counter[str] = Counter()
        self.deferred: Counter[str] = Counter()
        self.not_taken = 0
        self._waiting = [f"m{number:05}" for number in range(count)]
        self._seen = 0

    async def receive(self, receipt: Receipt) -> None:
        self._seen += 1
        if self._seen % 100 == 0:
            self.not_taken += 1
            raise RuntimeError("not this time")
        assert receipt.reference is not None
        self.receipts[receipt.reference] += 1

    async def work(self, sms: SmppSms) -> None:
        while self._waiting:
            id = self._waiting.pop()
            attempts = 0
            while (reference := await self._attempt(sms, id)) is None:
                attempts += 1
                await asyncio.sleep(BACKOFF.after(attempts).total_seconds())
            self.references[reference] = id
            self.taken.append(id)

    async def _attempt(self, sms: SmppSms, id: str) -> str | None:
        password = Password(id.upper() + "KLMNPQ")
        number = PhoneNumber(f"+336399{random.randrange(80000, 90000)}")
        try:
            accepted = await sms.send(
                PasswordSms(id, number, Locale.FR, password, SystemClock().now())
            )
        except MessageDeferred as deferral:
            self.deferred[str(deferral)] += 1
            return None
        return accepted.reference

    @property
    def reported(self) -> set[str]:
        return {self.references[each] for each in self.receipts if each in self.references}


async def run(count: int, folder: Path) -> int:
    trial = Trial(count, folder / "journal")
    await trial.smsc.start()
    settings = SmppSettings(
        "127.0.0.1", SYSTEM_ID, PASSWORD, trial.smsc.port, longest_wait=5, response_timeout=5
    )
    senders = SenderIds("VOTE", {"+33": "VoteFrance"})
    sms = SmppSms(settings, SmsText(12), senders, SystemClock(), trial.receive)
    await sms.start()
    try:
        sent = await send_all(trial, sms, count)
        print(tell(trial, sms, count, sent))
    finally:
        await sms.aclose()
        await trial.smsc.kill()
    return 0 if len(trial.reported) == count else 1


async def send_all(trial: Trial, sms: SmppSms, count: int) -> float:
    """Returns after how many seconds all was taken over; by then the receipts have had their
    time."""
    began = time.monotonic()
    disturbance = asyncio.create_task(disturb(trial.smsc, lambda: len(trial.taken), count))
    await asyncio.gather(*(trial.work(sms) for _ in range(WORKERS)))
    await disturbance
    sent = time.monotonic() - began
    while len(trial.reported) < count and time.monotonic() - began < sent + 30:
        await asyncio.sleep(0.1)
    await asyncio.sleep(1)  # for repeated receipts
    return sent


def tell(trial: Trial, sms: SmppSms, count: int, sent: float) -> str:
    accepted = trial.smsc.journal("accepted")
    texts = [json.loads(words[3]) for words in accepted]
    carried = {text.splitlines()[1] for text in texts}
    wrong = sum("Émis le" not in text or " à " not in text for text in texts)
    return (
        f"{count} messages taken over in {sent:.1f} s; SMSC restarted {trial.smsc.restarts} times\n"
        f"with a receipt that names them: {len(trial.reported)}; lost: "
        f"{count - len(trial.reported)}\n"
        f"submissions that the SMSC took: {len(accepted)}, of {len(carried)} different messages; "
        f"sent more than once: {len(accepted) - len(carried)}\n"
        f"texts that the SMSC decoded wrongly: {wrong}\n"
        f"receipts: {sum(trial.receipts.values())}, refused once: {trial.not_taken}, "
        f"repeated: {sum(trial.receipts.values()) - len(trial.receipts)}, "
        f"of unknown references: {len(trial.receipts.keys() - trial.references.keys())}\n"
        f"throttled: {len(trial.smsc.journal('throttled'))}; deferred: {dict(trial.deferred)}\n"
        f"{sms.state}"
    )


def _without_the_refusals(logger: object, name: str, event: EventDict) -> EventDict:
    """Those of `receive`, one in a hundred: the figures tell how many."""
    if event["event"] == "smpp_receipt_not_taken":
        raise structlog.DropEvent
    return event


if __name__ == "__main__":
    structlog.configure([_without_the_refusals, structlog.processors.KeyValueRenderer()])
    with tempfile.TemporaryDirectory() as folder:
        amount = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
        sys.exit(asyncio.run(run(amount, Path(folder))))
