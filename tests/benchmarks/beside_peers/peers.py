"""Peers: installed into a temporary folder, set for production, their own limits off."""

from __future__ import annotations

import os
import shutil
import sys
from collections import deque
from dataclasses import dataclass
from pathlib import Path

import orjson

from tests.benchmarks.http_load import post

from .place import Place
from .running import Server, run, start

NONE, BACKGROUND, AWAITED = "none", "background", "awaited"
"""What becomes of an e-mail: nothing, sent while the answer goes out, or before."""
_SOURCES = Path(__file__).parent
INSTALLED = "peers"
"""The folder of both, within a run's."""


@dataclass
class BetterAuth:
    """One Node process."""

    mail: str
    engine = "postgres"
    expected = b'"status":true'
    _next: int = 0

    def start(self, place: Place, name: str) -> Server:
        home = _installed(place, "better_auth")
        dsn = place.database(name)
        command = ["node", str(home / "server.mjs"), dsn, str(place.relay_port), self.mail]
        environment = os.environ | {"NODE_ENV": "production"}
        process, said = start(
            [*command, str(place.voters)],
            place.folder(name),
            environment,
            r"listening on (\d+)\n",
        )
        self._voters = place.voters
        return Server(process, int(said[1]))

    async def requests(self, count: int) -> deque[bytes]:
        """Of known users, one after the other."""
        made = deque(_known(count, self._next, self._voters, "/api/auth/request-password-reset"))
        self._next += count
        return made


@dataclass
class DjangoAllauth:
    """One gunicorn worker with threads, which serves the headless API."""

    mail: str
    engine = "postgres"
    expected = b'"status": 200'
    _next: int = 0

    def start(self, place: Place, name: str) -> Server:
        home = _installed(place, "django_allauth")
        place.database(name)
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "site_settings",
            "PYTHONPATH": str(home),
            "PEER_DATABASE": name,
            "PEER_DATABASE_HOST": str(place.server.folder),
            "PEER_RELAY": "0" if self.mail == NONE else str(place.relay_port),
        }
        python = str(home / "venv" / "bin" / "python")
        folder = place.folder(name)
        run([python, str(home / "make_users.py"), str(place.voters)], folder, environment)
        command = [python, "-m", "gunicorn", "--workers", "1", "--threads", "16"]
        command += ["--keep-alive", "600", "--worker-connections", "1000", "--no-control-socket"]
        command += ["--bind", "127.0.0.1:0", "django.core.wsgi:get_wsgi_application()"]
        process, said = start(command, folder, environment, r"Listening at: http://\S+:(\d+) ")
        self._voters = place.voters
        return Server(process, int(said[1]))

    async def requests(self, count: int) -> deque[bytes]:
        path = "/_allauth/app/v1/auth/password/request"
        made = deque(_known(count, self._next, self._voters, path))
        self._next += count
        return made


def _known(count: int, first: int, voters: int, path: str) -> list[bytes]:
    addresses = (f"voter-{each % voters:08}@example.org" for each in range(first, first + count))
    return [post(orjson.dumps({"email": each}), path, "Accept: */*\r\n") for each in addresses]


def install(home: Path) -> None:
    """Both into a new folder, by npm and pip, in the versions that are written down here."""
    for name in ("better_auth", "django_allauth"):
        shutil.copytree(_SOURCES / name, home / name)
    node = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    run(node, home / "better_auth", os.environ)
    django = home / "django_allauth"
    run([sys.executable, "-m", "venv", "venv"], django, os.environ)
    pip = ["venv/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "--no-deps", "-r", "requirements.txt"], django, os.environ)


def _installed(place: Place, name: str) -> Path:
    return place.root / INSTALLED / name
