"""HTTP by hand: bytes down a socket, as slowly and as wrongly as wanted."""

from __future__ import annotations

import json
import socket
import time
from dataclasses import dataclass, field
from typing import Any

HEAD = "Host: gateway.example.org\r\nConnection: close\r\n"
PATIENCE = 10.0


@dataclass(frozen=True)
class Answer:
    """What came back; status 0 when the connection ended without an answer."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def codes(self) -> list[str]:
        return [error["extensions"]["code"] for error in self.json.get("errors", [])]

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body)


def post(body: bytes | object, *lines: str, kind: str | None = "application/json") -> bytes:
    """A POST of a body; what is not bytes is sent as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = [f"POST /graphql HTTP/1.1\r\n{HEAD}Content-Length: {len(raw)}"]
    head += [f"Content-Type: {kind}"] if kind is not None else []
    return "\r\n".join([*head, *lines, "", ""]).encode("latin-1") + raw


def get(query_string: str, *lines: str) -> bytes:
    """A GET with a query string as it is."""
    head = f"GET /graphql{query_string} HTTP/1.1\r\n{HEAD}"
    return (head + "".join(f"{line}\r\n" for line in lines) + "\r\n").encode("latin-1")


def exchange(
    host: str, port: int, *pieces: bytes, pause: float = 0.0, patience: float = PATIENCE
) -> Answer:
    """Send the pieces with pauses between, on a connection of their own, and read to the end, or
    for as many seconds as there is patience."""
    with socket.create_connection((host, port), patience) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(pause)
        except OSError:
            pass  # it has answered already and hung up
        return parse(read_to_end(connection))


def read_to_end(connection: socket.socket) -> bytes:
    received = b""
    try:
        while piece := connection.recv(65536):
            received += piece
    except OSError:
        pass
    return received


def parse(received: bytes) -> Answer:
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    if not first.startswith("HTTP/1.1 "):
        return Answer()
    headers = dict(line.split(": ", 1) for line in lines if ": " in line)
    lower = {name.lower(): value for name, value in headers.items()}
    return Answer(int(first.split()[1]), lower, body)
