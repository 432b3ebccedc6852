"""An SMS gateway as a process of its own, in the place of Kannel (interface `sendsms`, by POST).

    python sms_gateway.py FOLDER [--port N]

Prints `listening on PORT`. Every SMS taken is a line of FOLDER/sms.jsonl. While the file
FOLDER/sms-answer exists its first line is the status of every answer (`503 Busy`) and the rest its
body, in which `{text}` becomes the SMS; the status `hang up` closes the connection instead.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from asyncio import StreamReader, StreamWriter
from pathlib import Path


class Gateway:
    """One connection after the other, one request after the other."""

    def __init__(self, folder: Path) -> None:
        self._answer = folder / "sms-answer"
        self._kept = folder / "sms.jsonl"

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                headers = _headers(head)
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                status, _, answer = self._told(headers, body.decode()).partition("\n")
                if status == "hang up":
                    break
                content = answer.encode()
                writer.write(
                    f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\n\r\n".encode()
                )
                writer.write(content)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _told(self, headers: dict[str, str], text: str) -> str:
        if self._answer.exists():
            return self._answer.read_text("utf-8").replace("{text}", text)
        record = {"to": headers["x-kannel-to"], "user": headers["x-kannel-username"], "text": text}
        with self._kept.open("a", encoding="utf-8") as kept:
            kept.write(json.dumps(record) + "\n")
        return "202 Accepted\n0: Accepted for delivery"


def _headers(head: bytes) -> dict[str, str]:
    lines = head.decode("latin-1").split("\r\n")[1:]
    pairs = (line.partition(":") for line in lines if line)
    return {name.lower(): value.strip() for name, _, value in pairs}


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    server = await asyncio.start_server(Gateway(options.folder).serve, "127.0.0.1", options.port)
    print(f"listening on {server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
