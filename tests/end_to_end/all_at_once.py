"""Posts GraphQL operations all at the same moment, from a process of its own.

Reads from standard input a line with a JSON list of `[url, body]`; prints `ready` when every one
has its open connection; posts at the next line; prints the answers, a JSON list in the same order.
"""

from __future__ import annotations

import asyncio
import json
import sys
from urllib.parse import urlsplit


async def main() -> None:
    loop = asyncio.get_running_loop()
    posts = json.loads(await loop.run_in_executor(None, sys.stdin.readline))
    connections = [await _connected(url) for url, _ in posts]
    print("ready", flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    bodies = (json.dumps(body).encode() for _, body in posts)
    exchanges = [
        _post(*connection, body) for connection, body in zip(connections, bodies, strict=True)
    ]
    print(json.dumps(await asyncio.gather(*exchanges)))


async def _connected(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(urlsplit(url).hostname, urlsplit(url).port)


async def _post(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> object:
    head = (
        "POST /graphql HTTP/1.1\r\nHost: vote.example.org\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    answer = await reader.read()
    writer.close()
    return json.loads(answer.partition(b"\r\n\r\n")[2])


if __name__ == "__main__":
    asyncio.run(main())
