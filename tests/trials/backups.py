"""The commands of docs/how-to/back-up-and-restore.md, with the programs that they name:

    python -m tests.trials.backups

Needs Debian's `sqlite3` and `postgresql`. For each way of backing up: a database with a live link
and a security code, looked at and backed up while it is open; then the link is used, the code
answered, and the backup put back. Prints what `reassort worker` and `after-restore` say, and what
became of link and code. Exits with 1 when the backup is not refused, or either can be used again.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.locale import Locale
from core.one_time_link import OneTimeLink
from core.recovery_request import RecoveryRequest, State
from core.voter import Numic
from graphql_api.compose import compose
from graphql_api.running.fresh_key import new_key
from graphql_api.settings import read_settings

PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin"))
HOUR = timedelta(hours=1)


def reassort(*arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "graphql_api", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return done.returncode, (done.stdout + done.stderr).strip()


class Server:
    """PostgreSQL on a folder, as `nobody`, behind a socket in that folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.owner = folder, pwd.getpwnam("nobody")

    def run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(PROGRAMS / program), *arguments],
            check=True,
            user=self.owner.pw_uid,
            cwd="/",
            capture_output=True,
            timeout=120,
        )

    def make(self) -> None:
        os.chown(self.folder, self.owner.pw_uid, self.owner.pw_gid)
        data = str(self.folder / "data")
        self.run("initdb", "-D", data, "-U", "reassort", "--auth=trust", "--locale=C.UTF-8")

    def start(self, data: str = "data") -> str:
        options = f"-k {self.folder} -c listen_addresses="
        where = str(self.folder / data)
        self.run("pg_ctl", "-D", where, "-w", "-o", options, "-l", f"{where}.log", "start")
        return self.dsn("postgres")

    def stop(self, data: str = "data") -> None:
        self.run("pg_ctl", "-D", str(self.folder / data), "-m", "fast", "-w", "stop")

    def dsn(self, database: str) -> str:
        return f"postgresql://reassort@/{database}?host={self.folder}"


@dataclass
class Way:
    """`backup` while the database is open; `restore` while nobody has it open."""

    name: str
    backup: Callable[[], object]
    restore: Callable[[], object]


async def prepare() -> None:
    """A live link, and two looks at the database."""
    application = compose(read_settings())
    await application.open()
    keyring, now = application.settings.keyring, datetime.now(UTC)
    link = OneTimeLink.issue(keyring, "r1", b"n" * 32, now + HOUR, 5)
    voter = RecoveryRequest("r1", Numic("00012345"), None, "pair", Locale.FR, now - HOUR / 60)
    voter = voter.with_link(link, now, "voter", "trial")
    async with application.ports.store.begin() as unit:
        await unit.requests.add(voter)
    for _ in range(2):
        await application.watch_lineage()
    await application.stop()


async def use() -> tuple[bool, bool, str]:
    """Whether link and code could be used now; and the state of the request after it."""
    application = compose(read_settings())
    await application.open()
    now = datetime.now(UTC)
    async with application.ports.store.begin() as unit:
        request = await unit.requests.get("r1")
        redeemed = await unit.links.redeem(request.link.digest, now, b"s" * 32, "k")
        consumed = await unit.codes.consume("code", LATER)
        state = (await unit.requests.get("r1")).state
    if state is State.CONFIRMED:
        await application.watch_lineage()
    await application.stop()
    return redeemed is not None, consumed, state


LATER = datetime.now(UTC) + timedelta(minutes=9)


def try_out(way: Way) -> bool:
    code, told = reassort("migrate")
    assert code == 0, told
    asyncio.run(prepare())
    way.backup()
    assert asyncio.run(use())[:2] == (True, True)
    way.restore()
    refused, sentence = reassort("worker")
    code, told = reassort("after-restore", "--by", "trial")
    again = asyncio.run(use())
    print(f"{way.name}\n    worker: exit {refused}: {sentence[-150:]}")
    print(f"    after-restore: exit {code}: {told.splitlines()[0] if told else ''}")
    print(f"    link used again {again[0]}, code answered again {again[1]}, link {again[2]}")
    return refused == 1 and code == 0 and again[:2] == (False, False)


def sqlite(data: Path) -> Way:
    kept, saved = data / "recovery.sqlite3", data / "saved.sqlite3"

    def restore() -> None:
        for ending in ("-wal", "-shm"):
            Path(f"{kept}{ending}").unlink(missing_ok=True)
        shutil.copyfile(saved, kept)

    vacuum = ["sqlite3", str(kept), f"VACUUM INTO '{saved}'"]
    return Way("sqlite3: VACUUM INTO", lambda: subprocess.run(vacuum, check=True), restore)


def dump(server: Server) -> Way:
    file, target = str(server.folder / "reassort.dump"), "reassort_restored"
    socket = ["-h", str(server.folder), "-U", "reassort"]

    def restore() -> None:
        server.run("createdb", *socket, target)
        server.run(
            "pg_restore", "--exit-on-error", "--no-owner", *socket, f"--dbname={target}", file
        )
        os.environ["DATABASE_URL"] = server.dsn(target)

    backup = ("--format=custom", f"--file={file}", server.dsn("postgres"))
    return Way("pg_dump and pg_restore", lambda: server.run("pg_dump", *backup), restore)


def base(server: Server) -> Way:
    copy = str(server.folder / "base")
    socket = ["-h", str(server.folder), "-U", "reassort"]

    def restore() -> None:
        server.stop()
        server.start("base")

    options = (f"--pgdata={copy}", "--wal-method=stream", "--checkpoint=fast", *socket)
    return Way("pg_basebackup", lambda: server.run("pg_basebackup", *options), restore)


def main() -> int:
    os.environ["PYTHONPATH"] = str(Path.cwd())
    now = datetime.now(UTC)
    opens, closes = (now - HOUR).isoformat(), (now + 24 * HOUR).isoformat()
    os.environ |= {
        "REASSORT_EMAIL": "inbox",
        "REASSORT_SMS": "inbox",
        "REASSORT_VOTING_ROUNDS": f'[{{"id":"trial","opens_at":"{opens}","closes_at":"{closes}"}}]',
    }
    sound = True
    for make in (sqlite, dump, base):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            folder.chmod(0o755)
            data = folder / "data-folder"
            os.environ |= {"REASSORT_KEYS": new_key(), "REASSORT_DATA_DIR": str(data)}
            os.environ.pop("DATABASE_URL", None)
            if make is sqlite:
                sound = try_out(sqlite(data)) and sound
                continue
            server = Server(folder / "server")
            server.folder.mkdir()
            server.make()
            os.environ["DATABASE_URL"] = server.start()
            stack.callback(server.stop, "base" if make is base else "data")
            sound = try_out(make(server)) and sound
    return 0 if sound else 1


if __name__ == "__main__":
    raise SystemExit(main())
