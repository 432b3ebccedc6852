"""A real nginx for tests, over a configuration of one's own, in a folder and on loopback."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PATIENCE = 60.0
_PROGRAM = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
_AROUND = """
{user}
worker_processes 1;
pid {folder}/pid;
error_log {folder}/start.log;
events {{ worker_connections 64; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/unused;
    uwsgi_temp_path {folder}/unused;
    scgi_temp_path {folder}/unused;
{inner}
}}
"""

needs_nginx = pytest.mark.skipif(
    _PROGRAM is None, reason="nginx is not installed (Debian: apt install nginx-light)"
)


@contextmanager
def nginx(inner: str, folder: Path, port: int) -> Iterator[None]:
    """Runs for as long as the block lasts with `inner` within `http`, and listens on `port`."""
    assert _PROGRAM is not None
    file = folder / "nginx.conf"
    # As root its workers are another account, which may not write into our folder.
    user = "user root;" if os.geteuid() == 0 else ""
    file.write_text(_AROUND.format(user=user, folder=folder, inner=inner), "utf-8")
    log = folder / "start.log"
    place = ("-p", str(folder), "-c", str(file), "-e", str(log))
    process = subprocess.Popen([_PROGRAM, *place, "-g", "daemon off;"])
    try:
        until = time.monotonic() + PATIENCE
        while not _listens(port):
            assert process.poll() is None, log.read_text("utf-8")
            assert time.monotonic() < until, "nginx did not listen"
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _listens(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0
