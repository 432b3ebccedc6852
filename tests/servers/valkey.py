"""A real server of the Valkey protocol for tests, of one's own: on a free port of this machine,
without a disk. Debian's packages `valkey-server` (from trixie on) and `redis-server` will do."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

PATIENCE = 120.0


def server_program() -> str | None:
    """The path of `valkey-server`, or of `redis-server`, if the machine has one."""
    return shutil.which("valkey-server") or shutil.which("redis-server")


needs_valkey = pytest.mark.skipif(
    server_program() is None,
    reason="neither valkey-server nor redis-server is installed (Debian: apt install redis-server)",
)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class ValkeyServer:
    """One server, stopped by its handle. Restarted, it has the same port and has forgotten all."""

    def __init__(self, *options: str, tls: bool = False) -> None:
        """`options` of the server's command line; `tls`: also listen on `tls_port`."""
        self._folder = Path(tempfile.mkdtemp(prefix="reassort-valkey-"))
        self._options = options
        self.port, self.tls_port = _free_port(), _free_port() if tls else 0
        if tls:
            self._options += ("--tls-port", str(self.tls_port))
        self._process: subprocess.Popen | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"valkey://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Returns when connections are taken."""
        program = server_program()
        assert program
        arguments = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [program, *arguments, *self._options], stdout=log, stderr=log, cwd=self._folder
            )
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError((self._folder / "log").read_text())
            time.sleep(0.02)

    def kill(self) -> None:
        assert self._process
        self._process.kill()
        self._process.wait(PATIENCE)

    def freeze(self) -> None:
        """It keeps its connections and answers nothing, until `thaw`."""
        assert self._process
        self._process.send_signal(19)  # SIGSTOP

    def thaw(self) -> None:
        assert self._process
        self._process.send_signal(18)  # SIGCONT

    def stop(self) -> None:
        """End it and remove its folder."""
        if self._process and self._process.poll() is None:
            self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def ask(self, *words: str) -> str:
        """What it answers to one command, in its own protocol."""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as line:
            parts = "".join(f"${len(word.encode())}\r\n{word}\r\n" for word in words)
            line.sendall(f"*{len(words)}\r\n{parts}".encode())
            line.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: line.recv(65536), b"")).decode()

    def _answers(self) -> bool:
        try:
            return self.ask("PING")[:1] in "+-"
        except OSError:
            return False
