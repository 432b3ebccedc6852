"""Who is measured, by a name for files and in words for pages."""

from __future__ import annotations

import subprocess
import tomllib
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from .floors import Floor
from .ours import COUNTED, LEAN, PARTNER, PRICED, Gateway
from .peers import AWAITED, BACKGROUND, NONE, BetterAuth, DjangoAllauth
from .place import Place
from .running import Server

OURS, LEAN_OURS, BARE = "ours", "ours_lean", "bare"
SQLITE_OURS, SQLITE_BARE = "sqlite_ours", "sqlite_bare"
BETTER_AUTH = ("better_auth_none", "better_auth_background", "better_auth_awaited")
ALLAUTH = ("allauth_none", "allauth_awaited")
OURS_WITH_MAIL, BEFORE_WITH_MAIL = "ours_mail", "before_mail"
BEFORE, SQLITE_BEFORE = "before", "sqlite_before"
SENDERS = (OURS_WITH_MAIL, BEFORE_WITH_MAIL, *BETTER_AUTH[1:], *ALLAUTH[1:])
"""Whose e-mails reach the relay."""


class Kind(Protocol):
    """How one is started, and what it is asked."""

    engine: str
    expected: bytes

    def start(self, place: Place, name: str) -> Server: ...

    async def requests(self, count: int) -> deque[bytes]: ...


@dataclass(frozen=True)
class Contender:
    name: str
    words: str
    kind: Kind

    @property
    def sends(self) -> bool:
        return self.name in SENDERS

    @property
    def loaded(self) -> bool:
        """Measured at each number of connections; the others by their e-mails alone."""
        return self.name not in (OURS_WITH_MAIL, BEFORE_WITH_MAIL)


def contenders(before: Path | None) -> list[Contender]:
    """All of them; with the build of another tree beside it."""
    found = [*_ours(), *_floors(), *_peers()]
    return found + _before(before) if before else found


def _ours() -> list[Contender]:
    postgres = {
        OURS: ("reassort, default settings", Gateway("postgres", given=COUNTED)),
        LEAN_OURS: ("reassort, lean: WARNING, no limit", Gateway("postgres", given=LEAN)),
        "ours_two": ("reassort, two processes", Gateway("postgres", given=COUNTED, processes=2)),
        "ours_partner": (
            "reassort, a partner's API key",
            Gateway("postgres", given=COUNTED | PARTNER, with_partner=True),
        ),
        "ours_price": (
            "reassort, the code's price required",
            Gateway("postgres", given=COUNTED | PRICED),
        ),
        OURS_WITH_MAIL: (
            "reassort, gateway and worker",
            Gateway("postgres", given=COUNTED, with_worker=True),
        ),
    }
    sqlite = {
        SQLITE_OURS: ("reassort, default settings", Gateway("sqlite", given=COUNTED)),
        "sqlite_lean": ("reassort, lean: WARNING, no limit", Gateway("sqlite", given=LEAN)),
    }
    both = {**postgres, **sqlite}
    return [Contender(name, words, kind) for name, (words, kind) in both.items()]


def _floors() -> list[Contender]:
    return [
        Contender(BARE, "bare Starlette, one asyncpg INSERT", Floor("postgres")),
        Contender(SQLITE_BARE, "bare Starlette, one FULL commit", Floor("sqlite")),
    ]


def _peers() -> list[Contender]:
    mails = {NONE: "no e-mail", BACKGROUND: "e-mail not awaited", AWAITED: "e-mail awaited"}
    node = zip(BETTER_AUTH, (NONE, BACKGROUND, AWAITED), strict=True)
    django = zip(ALLAUTH, (NONE, AWAITED), strict=True)
    return [
        *(Contender(name, f"Better Auth, {mails[mail]}", BetterAuth(mail)) for name, mail in node),
        *(
            Contender(name, f"django-allauth, {mails[mail]}", DjangoAllauth(mail))
            for name, mail in django
        ),
    ]


def _before(tree: Path) -> list[Contender]:
    command = ["git", "-C", str(tree), "describe", "--always", "--tags"]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    version = tomllib.loads((tree / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    words = f"reassort {version} at {ended.stdout.strip()}"
    given = {
        BEFORE: Gateway("postgres", tree, COUNTED),
        SQLITE_BEFORE: Gateway("sqlite", tree, COUNTED),
        BEFORE_WITH_MAIL: Gateway("postgres", tree, COUNTED, with_worker=True),
    }
    return [Contender(name, words, kind) for name, kind in given.items()]
