"""Messages with receipts through a real Kannel, in front of an SMSC that is killed twice.

Our SMPP client cannot bind to Kannel, which is no SMSC. So Kannel stands between: `KannelSms` posts
to its smsbox, its bearerbox speaks SMPP with tests/servers/smsc.js, and the receipts come back to a
small HTTP listener. Run by hand, from the top folder, on Debian:

    apt-get install kannel
    npm ci --prefix tests/servers
    .venv/bin/python -m tests.trials.smpp_behind_kannel [COUNT]

COUNT is 10000. Prints what became of every message, and ends with 1 when one has no receipt.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from adapters.connections.http import http_client
from adapters.jobs.settings import Backoff
from adapters.sms.kannel import KannelSettings, KannelSms
from adapters.sms.senders import SenderIds
from adapters.sms.text import SmsText
from adapters.system import SystemClock
from core.errors import MessageDeferred
from core.locale import Locale
from core.messages import PasswordSms
from core.password_issuer import Password
from core.voter import PhoneNumber
from tests.trials.smpp_smsc import PASSWORD, SYSTEM_ID, NodeSmsc, disturb

WORKERS = 20
BACKOFF = Backoff(timedelta(seconds=0.2), timedelta(seconds=5))
DELIVERED = "1"
CONFIGURATION = """
group = core
admin-port = {admin}
admin-password = trial
admin-interface = 127.0.0.1
smsbox-port = {boxes}
smsbox-interface = 127.0.0.1
log-file = "{folder}/bearerbox.log"
log-level = 2
dlr-storage = internal
store-type = file
store-location = "{folder}/store"

group = smsc
smsc = smpp
smsc-id = node
host = 127.0.0.1
port = {smsc}
transceiver-mode = true
smsc-username = {system_id}
smsc-password = {password}
system-type = ""
max-pending-submits = 10
reconnect-delay = 1
enquire-link-interval = 5
connection-timeout = 10
wait-ack = 10
wait-ack-expire = 0x01

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
sendsms-interface = 127.0.0.1
log-file = "{folder}/smsbox.log"
log-level = 2
http-request-retry = 5
http-queue-delay = 1

group = sendsms-user
username = reassort
password = trial
concatenation = false
max-messages = 1

group = sms-service
keyword = default
max-messages = 0
text = "-"
"""


class Reports:
    """Where Kannel reports to: GET /?id=...&status=..."""

    def __init__(self) -> None:
        self.by_message: Counter[str] = Counter()
        self.others: Counter[str] = Counter()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        asked = parse_qs(urlsplit(head.split(b" ")[1].decode()).query)
        [id], [status] = asked["id"], asked["status"]
        if status == DELIVERED:
            self.by_message[id] += 1
        else:
            self.others[status] += 1
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def ready(box: asyncio.subprocess.Process, port: int, output: Path) -> None:
    """Returns once something listens; a box that gave up says why."""
    while box.returncode is None:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise SystemExit(output.read_text())


async def run(count: int, folder: Path) -> int:
    smsc, reports = NodeSmsc(folder / "journal"), Reports()
    await smsc.start()
    listener = await asyncio.start_server(reports.serve, "127.0.0.1", 0)
    ports = {name: free_port() for name in ("admin", "boxes", "sendsms")}
    (folder / "kannel.conf").write_text(
        CONFIGURATION.format(
            **ports, folder=folder, smsc=smsc.port, system_id=SYSTEM_ID, password=PASSWORD
        )
    )
    boxes: list[asyncio.subprocess.Process] = []
    try:
        for box, port in (("bearerbox", "boxes"), ("smsbox", "sendsms")):
            boxes.append(await started(box, folder))
            await ready(boxes[-1], ports[port], folder / f"{box}.out")
        url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/?id={{id}}&status=%d"
        settings = KannelSettings(
            f"http://127.0.0.1:{ports['sendsms']}/cgi-bin/sendsms", "reassort", "trial", dlr_url=url
        )
        return await send_all(count, settings, smsc, reports)
    finally:
        for box in reversed([box for box in boxes if box.returncode is None]):
            box.terminate()
            await box.wait()
        listener.close()
        await smsc.kill()


async def started(box: str, folder: Path) -> asyncio.subprocess.Process:
    with (folder / f"{box}.out").open("wb") as out:
        return await asyncio.create_subprocess_exec(
            *(f"/usr/sbin/{box}", str(folder / "kannel.conf")), stdout=out, stderr=out
        )


async def send_all(count: int, settings: KannelSettings, smsc: NodeSmsc, reports: Reports) -> int:
    waiting = [f"m{number:05}" for number in range(count)]
    deferred: Counter[str] = Counter()
    taken: list[str] = []
    began = time.monotonic()
    async with http_client() as client:
        senders = SenderIds("VOTE", {"+33": "VoteFrance"})
        sms = KannelSms(settings, SmsText(12), senders, client)
        posting = [work(sms, waiting, taken, deferred) for _ in range(WORKERS)]
        disturbance = asyncio.create_task(
            disturb(smsc, lambda: len(smsc.journal("accepted")), count)
        )
        await asyncio.gather(*posting)
        posted = time.monotonic() - began
        await disturbance
        while len(reports.by_message) < count and time.monotonic() - began < posted + 300:
            await asyncio.sleep(0.2)
    print(tell(count, taken, deferred, smsc, reports, posted, time.monotonic() - began))
    return 0 if len(reports.by_message) == count else 1


async def work(
    sms: KannelSms, waiting: list[str], taken: list[str], deferred: Counter[str]
) -> None:
    while waiting:
        id = waiting.pop()
        message = PasswordSms(
            id,
            PhoneNumber(f"+3363998{int(id[1:]) % 10_000:04}"),
            Locale.FR,
            Password(id.upper() + "KLMNPQ"),
            SystemClock().now(),
        )
        for attempt in range(1, 100):
            try:
                await sms.send(message)
            except MessageDeferred as deferral:
                deferred[str(deferral)] += 1
                await asyncio.sleep(BACKOFF.after(attempt).total_seconds())
            else:
                taken.append(id)
                break


def tell(
    count: int,
    taken: list[str],
    deferred: Counter[str],
    smsc: NodeSmsc,
    reports: Reports,
    posted: float,
    ended: float,
) -> str:
    submissions = smsc.journal("accepted")
    different = {words[3].split("\\n")[1] for words in submissions}
    return (
        f"{len(taken)} of {count} messages taken over by Kannel in {posted:.1f} s; all reported "
        f"after {ended:.1f} s; SMSC restarted {smsc.restarts} times\n"
        f"with a report of delivery: {len(reports.by_message)}; "
        f"lost: {count - len(reports.by_message)}\n"
        f"submissions that the SMSC took: {len(submissions)}, of {len(different)} different "
        f"messages; sent more than once: {len(submissions) - len(different)}\n"
        f"repeated reports: {reports.by_message.total() - len(reports.by_message)}; "
        f"other reports: {dict(reports.others)}; "
        f"throttled: {len(smsc.journal('throttled'))}; deferred: {dict(deferred)}"
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        amount = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
        sys.exit(asyncio.run(run(amount, Path(folder))))
