"""A new version of the schema, and a rolling restart, under load, without a failed request:

    python -m tests.trials.rolling_upgrade [--next | --before TREE] [--rows 200000] [--seconds 20]

Starts PostgreSQL with the schema of the version before, `serve --processes 3` behind one socket,
two workers, a mail relay and an SMS gateway; voters renew without a pause, half of them over a new
connection for each request. Then, as docs/how-to/deploy-on-several-machines.md has it: the new
release is installed, `reassort migrate`, the workers one by one, SIGHUP for the gateways. Exits
with 1 when a request had anything but the answer that it should have, or a message was lost.

The release before is today's code, which calls the version before its own (see `release.py`): it
shows that today's code works on both schemas, and that what runs goes on. `--before` names the work
tree of a real one, with its environment in `.venv` (0.2.0 is eb3c96a): its processes run until they
are replaced, and it is its parent that starts gateways of today's code. Then gateways go first, as
the page has it for 0.2.0. `--next` goes from today's version to one that does not exist, and whose
migration takes the locks that hurt: a column and an index for the two tables that every request
writes. `--rows` fills one of them first, with messages of yesterday.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil

from adapters.captcha.digits import DigitsCaptcha
from adapters.store import migrations
from adapters.system import SystemClock, SystemRandomness
from tests.servers.postgres import administer
from tests.trials.soak.deployment import PATIENCE, Deployment
from tests.trials.soak.voters import Crowd, Post, Voter

ROOT = Path(__file__).parents[2]
MIGRATIONS = "adapters/store/migrations/*.sql"
PROCESSES = 3
NEXT = """
ALTER TABLE recovery_request ADD COLUMN trial TEXT;
ALTER TABLE delivery ADD COLUMN trial TEXT;
CREATE INDEX recovery_request_trial ON recovery_request (trial, received_at);
CREATE INDEX delivery_trial ON delivery (trial, queued_at);
"""
FILL = """
INSERT INTO delivery (id, kind, subject, locale, queued_at, state, attempts)
SELECT 'old-' || n, 'link', 'old-' || n, 'fr', {queued_at} + n, 'delivered', 1
FROM generate_series(1, {rows}) AS n
"""


class Upgraded(Deployment):
    """One gateway of several processes and two workers, of the release that is installed."""

    def __init__(
        self, folder: Path, voters: Sequence[Voter], version: int, before: Path | None = None
    ) -> None:
        """`before`: the tree of the release whose schema is `version`; None: today's."""
        super().__init__(folder, voters)
        self._before, self._old = before, version
        self._settings["PROCESSES"] = str(PROCESSES)
        self._ports = {"gateway": self._ports["gateway-0"]}
        self.names = ["gateway", "worker-0", "worker-1"]
        self._installed, self._migrations = folder / "installed", folder / "migrations"
        self.python = str(self._installed)
        self._migrations.mkdir()
        for file in Path(str(migrations.folder())).glob("*.sql"):
            (self._migrations / file.name).write_bytes(file.read_bytes())
        next_version = migrations.SCHEMA_VERSION + 1
        (self._migrations / f"{next_version:04}_next.sql").write_text(NEXT, "utf-8")
        self.install(version)

    def install(self, version: int) -> None:
        """What is started from now on is of this version."""
        tree = self._before if self._before and version == self._old else ROOT
        python = sys.executable if tree == ROOT else tree / ".venv/bin/python"
        release = f"{python} -P {tree / 'tests/trials/release.py'} {version}"
        new = self._installed.with_suffix(".new")
        new.write_text(f'#!/bin/sh\nexec {release} "$@"\n', "utf-8")
        new.chmod(0o755)
        new.replace(self._installed)

    def migrate(self) -> float:
        """Seconds that it took."""
        started = time.monotonic()
        self._command("migrate")
        return time.monotonic() - started

    def refuses_to_start(self) -> bool:
        """Whether a gateway of the installed release does not start on this database."""
        command = [self.python, "-m", "graphql_api", "serve", "--port", "0"]
        environment = self._environment()
        ended = subprocess.run(command, env=environment, capture_output=True, timeout=PATIENCE)
        return ended.returncode == 1 and b"later version" in ended.stderr + ended.stdout

    async def roll_workers(self) -> None:
        for name in self.names[1:]:
            await asyncio.to_thread(self._replace, name)

    async def roll_gateways(self) -> None:
        """Returns when every process that served has ended."""
        parent = psutil.Process(self._running["gateway"].pid)
        before = parent.children()
        parent.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 3 * PATIENCE
        while any(each.is_running() for each in before):
            if time.monotonic() > deadline:
                raise RuntimeError((self.folder / "gateway.err").read_text("utf-8")[-2000:])
            await asyncio.sleep(0.2)
        assert len(parent.children()) == PROCESSES

    async def fill(self, rows: int) -> None:
        queued_at = int((time.time() - 86_400) * 1_000_000)
        statement = FILL.format(queued_at=queued_at, rows=rows)
        await administer(self._database.dsn(), statement, "ANALYZE delivery")

    async def version(self) -> int:
        query = "SELECT max(version) FROM reassort_schema"
        return (await administer(self._database.dsn(), query))[0][0]

    def _replace(self, name: str) -> None:
        """Politely: it ends what it has begun."""
        self._running[name].terminate()
        self._running[name].wait(PATIENCE)
        (self.folder / f"{name}.out").unlink()
        self._start(name)
        self._await_ready(name)

    def _start(self, name: str) -> None:
        serving = ["serve", "--port", str(self._ports["gateway"])]
        command = serving if name == "gateway" else ["worker"]
        self._spawn(name, self.python, "-m", "graphql_api", *command)

    def _environment(self) -> dict[str, str]:
        trial = {"TRIAL_INSTALLED": self._installed, "TRIAL_MIGRATIONS": self._migrations}
        return super()._environment() | {name: str(path) for name, path in trial.items()}


@dataclass
class Measured(Crowd):
    """Notes when each request began and how many seconds it took."""

    taken: list[tuple[float, float]] = field(default_factory=list)

    async def _post(
        self, client: httpx.AsyncClient, query: str, variables: dict[str, Any]
    ) -> dict[str, Any]:
        began = time.monotonic()
        try:
            return await super()._post(client, query, variables)
        finally:
            self.taken.append((began, time.monotonic() - began))

    def tell(self, phase: str, began: float, ended: float) -> None:
        waits = sorted(took * 1000 for at, took in self.taken if began <= at < ended)
        p50, p99 = waits[len(waits) // 2], waits[len(waits) * 99 // 100]
        rate = len(waits) / (ended - began)
        print(f"{phase}: {len(waits)} requests, {rate:.0f} a second, ", end="")
        print(f"p50 {p50:.0f}, p99 {p99:.0f}, most {waits[-1]:.0f} ms", flush=True)


async def keep_renewing(
    crowd: Measured, voters: list[Voter], fresh: bool, stop: asyncio.Event
) -> None:
    headers = {"connection": "close"} if fresh else {}
    async with httpx.AsyncClient(timeout=30, trust_env=False, headers=headers) as client:
        for voter in voters:
            if stop.is_set():
                return
            await crowd.renew(voter, client)


async def upgrade(
    deployment: Upgraded, crowd: Measured, old: int, new: int, options: argparse.Namespace
) -> None:
    """The procedure, timed."""
    seconds = options.seconds
    started = time.monotonic()
    await asyncio.sleep(seconds)
    assert await deployment.version() == old
    installed = time.monotonic()
    deployment.install(new)
    print(f"migrate took {await asyncio.to_thread(deployment.migrate):.1f} s", flush=True)
    migrated = time.monotonic()
    assert await deployment.version() == new
    parts = [deployment.roll_workers, deployment.roll_gateways]
    for roll in reversed(parts) if options.before else parts:
        await asyncio.sleep(seconds / 4)
        await roll()
    rolled = time.monotonic()
    await asyncio.sleep(seconds)
    crowd.tell("before", started, installed)
    crowd.tell("during the migration", installed, migrated)
    crowd.tell("during the restarts", migrated, rolled)
    crowd.tell("after", rolled, time.monotonic())


async def rehearse(deployment: Upgraded, old: int, new: int, options: argparse.Namespace) -> int:
    captcha = DigitsCaptcha(
        deployment.keyring, SystemClock(), SystemRandomness(), timedelta(minutes=10)
    )
    crowd = Measured(deployment.addresses, captcha, Post(deployment.outside))
    await deployment.fill(options.rows)
    stop, places = asyncio.Event(), range(options.at_once)
    groups = [[Voter(n) for n in range(i, options.voters, options.at_once)] for i in places]
    following = asyncio.create_task(crowd.post.follow())
    loads = [keep_renewing(crowd, group, i % 2 == 0, stop) for i, group in enumerate(groups)]
    load = asyncio.gather(*loads)
    try:
        await upgrade(deployment, crowd, old, new, options)
    finally:
        stop.set()
        await load
        following.cancel()
    deployment.install(old)
    refused = await asyncio.to_thread(deployment.refuses_to_start)
    await deployment.come_to_rest()
    return report(crowd, refused, await deployment.messages_without_end())


def report(crowd: Measured, refused: bool, unended: dict[str, int]) -> int:
    """The exit code."""
    renewed = crowd.met.pop("renewed", 0)
    failed = sum(crowd.met.values())
    print(f"{len(crowd.taken)} requests, {failed} failed {dict(crowd.met)}; {renewed} renewals")
    print(f"messages lost: {len(crowd.lost)} {crowd.lost[:10]}; without an end: {unended}")
    print(f"a gateway of the old version refuses to start: {'yes' if refused else 'NO'}")
    return 0 if refused and renewed and not failed and not crowd.lost and not unended else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--next", action="store_true")
    parser.add_argument("--before", type=Path, metavar="TREE")
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=20, help="before and after")
    parser.add_argument("--at-once", type=int, default=24)
    parser.add_argument("--voters", type=int, default=10_000)
    options = parser.parse_args()
    old = migrations.SCHEMA_VERSION if options.next else migrations.SCHEMA_VERSION - 1
    new = old + 1
    if options.before:
        options.before = options.before.resolve()
        old = max(int(each.name[:4]) for each in options.before.glob(MIGRATIONS))
    with tempfile.TemporaryDirectory(prefix="reassort-upgrade-") as folder:
        os.chmod(folder, 0o755)
        voters = [Voter(n) for n in range(options.voters)]
        deployment = Upgraded(Path(folder), voters, old, options.before)
        try:
            deployment.start()
            return asyncio.run(rehearse(deployment, old, new, options))
        finally:
            deployment.stop()


if __name__ == "__main__":
    sys.exit(main())
