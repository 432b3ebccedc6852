"""The next hop: a mail server that fails each e-mail in the way that its recipient names, and takes
what is sent back to `vote.example.org` into a maildir."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

from aiosmtpd.smtp import SMTP

OURS = "@vote.example.org"
AT_RCPT = {
    "refused": "550 5.1.1 User unknown",
    "full": "552 5.2.2 Mailbox full",
    "late": "451 4.7.1 Greylisted, try again",
    "codeless": "550 no",
}
AT_DATA = {"policy": "550 5.7.1 Message refused by policy"}
CASES = (*AT_RCPT, *AT_DATA)


class Hop:
    """aiosmtpd's handler."""

    def __init__(self, maildir: Path) -> None:
        for name in ("new", "cur", "tmp"):
            (maildir / name).mkdir(parents=True, exist_ok=True)
        self.maildir, self._numbers = maildir, itertools.count(1)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if answer := AT_RCPT.get(address.partition("@")[0]):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        [recipient] = envelope.rcpt_tos
        if recipient.lower().endswith(OURS):
            sender = (envelope.mail_from or "").strip("<>")
            head = f"Return-Path: <{sender}>\nDelivered-To: {recipient}\n"
            file = self.maildir / "tmp" / f"{next(self._numbers):04}"
            file.write_bytes(head.encode() + envelope.content.replace(b"\r\n", b"\n"))
            file.rename(self.maildir / "new" / file.name)
        return AT_DATA.get(recipient.partition("@")[0], "250 OK")


async def serve(maildir: Path) -> tuple[asyncio.Server, int]:
    """The hop on a free port of the loopback address."""
    loop = asyncio.get_running_loop()
    hop = Hop(maildir)
    server = await loop.create_server(lambda: SMTP(hop, loop=loop), "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1]
