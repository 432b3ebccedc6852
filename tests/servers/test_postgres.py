"""The one server of a run's parallel workers."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

from tests.servers.postgres import administer, one_server, run

PATIENCE = 120


def _use(folder: Path, found: list[str], done) -> None:
    with one_server(folder) as dsn:
        found.append(dsn)
        done.wait(PATIENCE)


def test_one_server_for_all(tmp_path):
    """Who comes later uses the server at once, and whoever started it waits with its end for
    them; who comes after that has another."""
    spawn = multiprocessing.get_context("spawn")
    with spawn.Manager() as manager:
        found, done = manager.list(), manager.Event()
        with one_server(tmp_path) as dsn:
            later = spawn.Process(target=_use, args=(tmp_path, found, done))
            later.start()
            while not found and later.is_alive():
                later.join(0.05)
            assert list(found) == [dsn]
            done.set()
        later.join(PATIENCE)
        assert later.exitcode == 0
    assert list(tmp_path.glob("*.dsn")) == []
    with one_server(tmp_path) as another:
        assert another != dsn
        assert run(administer(another, "SELECT 1")) == [(1,)]


async def test_what_is_measured_and_killed_lasts(own_server):
    """A server of one's own writes as one in use does; the one for all has no need to."""
    assert await administer(own_server.dsn(), "SHOW fsync") == [("on",)]
