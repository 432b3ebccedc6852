"""A proxy before an LDAP server, that cuts a connection at an answer of one's choice.

The server has done what it was asked; its answer never arrives. TLS ends at the proxy, so that
answers can be told apart; behind it the server is reached in plain, on this very machine.
"""

from __future__ import annotations

import socket
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import trustme

CHUNK = 65536
Address = tuple[str, int] | str
"""Host and port, or the path of a Unix socket."""


class CuttingProxy:
    """Between a client and `server`. Listens on a port of the system's choice until closed."""

    def __init__(self, server: Address) -> None:
        self._server = server
        self._left = 0
        self._lock = threading.Lock()
        self.cuts = 0
        self._folder = tempfile.TemporaryDirectory(prefix="reassort-proxy-")
        self.ca_file = Path(self._folder.name) / "ca.pem"
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.ca_file)
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(self._tls)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"ldaps://127.0.0.1:{self._listening.getsockname()[1]}"

    def cut_at(self, answer: int) -> None:
        """The so-manieth answer from now on does not arrive; 0: all do."""
        with self._lock:
            self._left = answer

    def close(self) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for each in list(self._open):
            _end(each)
        self._folder.cleanup()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        try:
            client = self._tls.wrap_socket(plain, server_side=True)
            server = _connected(self._server)
        except OSError:
            _end(plain)
            return
        self._open |= {client, server}
        threading.Thread(target=_copy, args=(client, server), daemon=True).start()
        with suppress(OSError):
            for message in _messages(server):
                if self._is_to_be_cut():
                    break
                client.sendall(message)
        self._open -= {client, server}
        _end(client)
        _end(server)

    def _is_to_be_cut(self) -> bool:
        with self._lock:
            self._left -= 1
            cut = self._left == 0
            self.cuts += cut
            return cut


def _connected(address: Address) -> socket.socket:
    if not isinstance(address, str):
        return socket.create_connection(address, 10)
    unix = socket.socket(socket.AF_UNIX)
    unix.connect(address)
    return unix


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(CHUNK):
            target.sendall(chunk)
    _end(target)


def _messages(source: socket.socket) -> Iterator[bytes]:
    """One LDAPMessage after the other: a tag, a length in BER, and so many octets."""
    held = b""
    while chunk := source.recv(CHUNK):
        held += chunk
        while (size := _size(held)) is not None and len(held) >= size:
            message, held = held[:size], held[size:]
            yield message


def _size(held: bytes) -> int | None:
    if len(held) < 2:
        return None
    if held[1] < 0x80:
        return 2 + held[1]
    octets = held[1] & 0x7F
    if len(held) < 2 + octets:
        return None
    return 2 + octets + int.from_bytes(held[2 : 2 + octets])


def _end(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
