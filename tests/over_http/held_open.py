"""Connections that a test holds open, and what comes back on them."""

from __future__ import annotations

import socket
from contextlib import ExitStack

from tests.over_http.gateway import GatewayProcess
from tests.over_http.raw_http import Answer, parse, post, read_to_end

TYPENAME = post({"query": "{__typename}"}).replace(b"Connection: close\r\n", b"")


class Opened:
    """Connections that are closed at the end of a test."""

    def __init__(self, gateway: GatewayProcess, stack: ExitStack) -> None:
        self._gateway, self._stack = gateway, stack

    def __call__(self, sent: bytes = b"") -> socket.socket:
        address = self._gateway.host, self._gateway.port
        connection = self._stack.enter_context(socket.create_connection(address, 20))
        connection.sendall(sent)
        return connection


def rest(connection: socket.socket) -> Answer:
    """What comes until the server ends the connection."""
    return parse(read_to_end(connection))


def one(connection: socket.socket, request: bytes = TYPENAME) -> Answer:
    """One answer on a connection that stays open."""
    connection.sendall(request)
    received = b""
    while b"\r\n\r\n" not in received or not received.endswith(b"}"):
        piece = connection.recv(65536)
        assert piece, received
        received += piece
    return parse(received)
