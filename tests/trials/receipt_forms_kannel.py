"""What a real Kannel ties of the receipts in tests/servers/receipt_forms.py, in each `msg-id-type`.

Run by hand, from the top folder, on Debian:

    apt-get install kannel
    .venv/bin/python -m tests.trials.receipt_forms_kannel

Prints a line for each form: the `%d` of each report, with `*` where it came for another message.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from adapters.connections.http import http_client
from adapters.sms.kannel import KannelSettings, KannelSms
from adapters.sms.senders import SenderIds
from adapters.sms.text import SmsText
from adapters.system import SystemClock
from core.locale import Locale
from core.messages import PasswordSms
from core.password_issuer import Password
from core.voter import PhoneNumber
from tests.servers.receipt_forms import FORMS
from tests.trials.forms_smsc import FormsSmsc, number_of
from tests.trials.smpp_behind_kannel import CONFIGURATION, free_port, ready, started

TYPES = ("unset", "0x00", "0x01", "0x02", "0x03")
REPORTED_AFTER = 8.0


async def run(msg_id_type: str, folder: Path) -> dict[str, list[str]]:
    """By the form's name, what Kannel reported."""
    reports: dict[str, list[str]] = {form.name: [] for form in FORMS}

    async def report(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        asked = parse_qs(urlsplit(head.split(b" ")[1].decode()).query)
        reports[FORMS[int(asked["id"][0])].name].append(asked["status"][0])
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    smsc = FormsSmsc()
    await smsc.start()
    listener = await asyncio.start_server(report, "127.0.0.1", 0)
    ports = {name: free_port() for name in ("admin", "boxes", "sendsms")}
    text = CONFIGURATION.format(
        **ports, folder=folder, smsc=smsc.port, system_id="reassort", password="secret"
    )
    if msg_id_type != "unset":
        text = text.replace(
            "max-pending-submits", f"msg-id-type = {msg_id_type}\nmax-pending-submits"
        )
    (folder / "kannel.conf").write_text(text)
    boxes: list[asyncio.subprocess.Process] = []
    try:
        for box, port in (("bearerbox", "boxes"), ("smsbox", "sendsms")):
            boxes.append(await started(box, folder))
            await ready(boxes[-1], ports[port], folder / f"{box}.out")
        url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/?id={{id}}&status=%d"
        settings = KannelSettings(
            f"http://127.0.0.1:{ports['sendsms']}/cgi-bin/sendsms", "reassort", "trial", dlr_url=url
        )
        await send_all(settings)
        await smsc.report()
        await asyncio.sleep(REPORTED_AFTER)
    finally:
        for box in reversed([box for box in boxes if box.returncode is None]):
            box.terminate()
            await box.wait()
        listener.close()
        await smsc.stop()
    return reports


async def send_all(settings: KannelSettings) -> None:
    async with http_client() as client:
        sms = KannelSms(settings, SmsText(12), SenderIds("VOTE"), client)
        for number, form in enumerate(FORMS):
            message = PasswordSms(
                str(number),
                PhoneNumber(number_of(form)),
                Locale.FR,
                Password("CANARY234567"),
                SystemClock().now(),
            )
            await sms.send(message)


async def main() -> None:
    found = {}
    for each in TYPES:
        with tempfile.TemporaryDirectory() as folder:
            found[each] = await run(each, Path(folder))
        tied = sum(bool(reported) for reported in found[each].values())
        print(f"msg-id-type {each}: {tied} of {len(FORMS)} tied", file=sys.stderr)
    print("form".ljust(66), *(each.ljust(7) for each in TYPES))
    for form in FORMS:
        cells = (",".join(found[each][form.name]) or "-" for each in TYPES)
        print(form.name.ljust(66), *(cell.ljust(7) for cell in cells))


if __name__ == "__main__":
    asyncio.run(main())
