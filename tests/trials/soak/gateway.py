"""An SMS gateway with receipts, in Kannel's place: two routes that fare differently.

    python gateway.py FOLDER --peers http://127.0.0.1:1,http://127.0.0.1:2

Prints `listening on PORT`. The path says the route: `/a/sendsms`, `/b/sendsms`. Every SMS that
reaches the phone is a line of FOLDER/sms.jsonl, written when it arrives. Route `a` now and then is
busy, fails, or says nothing; `b` delivers. Receipts are repeated until one of the peers, our
gateways, has taken them, and some come twice.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
from asyncio import StreamReader, StreamWriter
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx

DELIVERED, FAILED = "1", "2"
BUSY, FAILS, SILENT, LATE, TWICE = 0.02, 0.10, 0.08, 0.05, 0.10
"""Shares of route `a`'s SMS: refused for now, reported as failed, never reported nor delivered,
delivered only after a minute; and the share of all receipts that come twice."""


class Gateway:
    """Takes SMS, delivers them after a while, reports."""

    def __init__(self, folder: Path, peers: list[str], seed: int) -> None:
        self._kept = (folder / "sms.jsonl").open("a", encoding="utf-8")
        self._peers = peers
        self._chance = random.Random(seed)
        self._client = httpx.AsyncClient(timeout=10, trust_env=False)
        self._pending: set[asyncio.Task[None]] = set()

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                line, headers = _parsed(head)
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                status, text = self._taken(line.split("/")[1], headers, body.decode())
                writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(text)}\r\n\r\n".encode())
                writer.write(text.encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _taken(self, route: str, headers: dict[str, str], text: str) -> tuple[str, str]:
        if route == "a" and self._chance.random() < BUSY:
            return "503 Busy", ""
        work = asyncio.create_task(self._deliver(route, headers, text))
        self._pending.add(work)
        work.add_done_callback(self._pending.discard)
        return "202 Accepted", "0: Accepted for delivery"

    async def _deliver(self, route: str, headers: dict[str, str], text: str) -> None:
        fate = self._chance.random() if route == "a" else 1.0
        await asyncio.sleep(self._chance.uniform(0.05, 2.0))
        if fate < FAILS:
            await self._report(headers, FAILED)
            return
        if fate < FAILS + SILENT:
            return
        if fate < FAILS + SILENT + LATE:
            await asyncio.sleep(60)
        record = {"to": headers["x-kannel-to"], "text": text, "route": route}
        self._kept.write(json.dumps(record) + "\n")
        self._kept.flush()
        await self._report(headers, DELIVERED)
        if self._chance.random() < TWICE:
            await self._report(headers, DELIVERED)

    async def _report(self, headers: dict[str, str], status: str) -> None:
        address = headers["x-kannel-dlr-url"].replace("%d", status).replace("%A", "")
        parts = urlsplit(address.replace("%%", "%"))
        for _ in range(600):
            peer = urlsplit(self._chance.choice(self._peers))
            try:
                url = urlunsplit(parts._replace(netloc=peer.netloc))
                if (await self._client.get(url)).status_code < 300:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.5)
        raise RuntimeError("nobody takes the receipt")


def _parsed(head: bytes) -> tuple[str, dict[str, str]]:
    first, *rest = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in rest if line)
    return first, {name.lower(): value.strip() for name, _, value in pairs}


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--peers", required=True)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    gateway = Gateway(options.folder, options.peers.split(","), options.seed)
    server = await asyncio.start_server(gateway.serve, "127.0.0.1", 0)
    print(f"listening on {server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
