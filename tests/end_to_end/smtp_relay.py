"""An SMTP relay as a process of its own: keeps what it takes, answers what it is told to.

    python smtp_relay.py FOLDER [--port N] [--certificate PEM --key PEM --login USER:PASSWORD]

Prints `listening on PORT`. Every message taken is a line of FOLDER/emails.jsonl. While the file
FOLDER/smtp-answer exists its text is the answer to every RCPT. It offers PIPELINING, as Postfix
and Exim do. With a certificate the relay demands STARTTLS, and a login after it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import ssl
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult


class Relay:
    """aiosmtpd's handler."""

    def __init__(self, folder: Path) -> None:
        self._answer = folder / "smtp-answer"
        self._kept = folder / "emails.jsonl"

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        return [responses[0], "250-PIPELINING", *responses[1:]]

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self._answer.exists():
            return self._answer.read_text("ascii")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        record = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "content": envelope.content.decode("utf-8"),
            "secured": session.ssl is not None,
            "login": session.auth_data,
        }
        with self._kept.open("a", encoding="utf-8") as kept:
            kept.write(json.dumps(record) + "\n")
        return "250 2.0.0 Ok: queued as 4XyZ"


async def main() -> None:
    options = _options()
    protection: dict = {}
    if options.certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options.certificate, options.key)
        expected = tuple(options.login.encode().split(b":", 1))

        def authenticate(server, session, envelope, mechanism, given):
            right = (given.login, given.password) == expected
            return AuthResult(success=right, auth_data=given.login.decode() if right else None)

        protection = {
            "tls_context": context,
            "require_starttls": True,
            "auth_required": True,
            "authenticator": authenticate,
        }
    handler = Relay(options.folder)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(handler, hostname="relay.example.org", enable_SMTPUTF8=True, **protection),
        "127.0.0.1",
        options.port,
    )
    print(f"listening on {server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--login")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main())
