"""Workers and gateways whose clock is wrong, over a database that is in use, on both engines:

    python -m tests.trials.wrong_clocks [--seconds 45]

Needs libfaketime (Debian: `apt-get install faketime`). For each of +400 days, +2 hours, -2 hours,
-20 days it starts `serve` and `worker` with that clock: beside another process that lives, alone,
and leaping while they run. Prints what became of each, and what of the rows: requests, messages and
answered codes that are gone, links that ended early. Exits with 1 when any is.

On SQLite a lone process that is ahead is believed after a minute; so `--seconds` is less.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.clock_check import Heartbeat, Uptime
from core.delivery import Delivery
from core.locale import Locale
from core.messages import MessageKind
from core.one_time_link import OneTimeLink
from core.recovery_request import RecoveryRequest, State
from core.voter import Numic
from graphql_api.compose import compose, prepare_database
from graphql_api.running.fresh_key import new_key
from graphql_api.settings import Settings, read_settings
from tests.servers.postgres import PostgresServer

LIBRARY = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")
SHIFTS = {"+400 d": "+400d", "+2 h": "+2h", "-2 h": "-2h", "-20 d": "-20d"}
COMMANDS = (["worker"], ["serve", "--port", "0"])
VOTERS = 200
PATIENCE = 60.0
"""Seconds for a process to start: the machine may be busy."""
HOUR = timedelta(hours=1)


@dataclass
class Deployment:
    """One database, and the environment of its processes."""

    settings: Settings
    environment: dict[str, str]
    folder: Path
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, command: list[str], shift: str = "+0", file: Path | None = None):
        """A process whose clock is off by `shift`, or by what stands in `file`."""
        fake = {"LD_PRELOAD": str(LIBRARY), "DONT_FAKE_MONOTONIC": "1", "FAKETIME": shift}
        if file is not None:
            del fake["FAKETIME"]
            fake |= {"FAKETIME_TIMESTAMP_FILE": str(file), "FAKETIME_CACHE_DURATION": "1"}
        log = self.folder / f"log-{len(self.started)}"
        with log.open("wb") as out:
            arguments = [sys.executable, "-m", "graphql_api", *command]
            self.started.append(
                subprocess.Popen(
                    arguments, stdout=out, stderr=out, env=self.environment | fake, cwd=self.folder
                )
            )
        return self.started[-1], log

    def stop(self) -> None:
        for process in self.started:
            process.terminate()
        for process in self.started:
            process.wait(60)
        self.started.clear()

    async def fill(self) -> None:
        """Requests of every age and state, their messages, and codes that were answered."""
        application = compose(self.settings)
        await application.open()
        keyring, now = self.settings.keyring, datetime.now(UTC)
        async with application.ports.store.begin() as unit:
            for number in range(VOTERS):
                state = (State.LINK_SENT, State.CONFIRMED, State.DISMISSED)[number % 3]
                at = now - (timedelta(minutes=5) if state is State.LINK_SENT else number * HOUR)
                made = RecoveryRequest(
                    f"r{number}",
                    Numic(f"{number:08}"),
                    None,
                    f"pair{number}",
                    Locale.FR,
                    at,
                    state=state,
                    voter=f"voter{number}",
                    round_id="trial",
                    rounds=("trial",),
                    written_at=at,
                    changed_at=at,
                    confirmed_at=at if state is State.CONFIRMED else None,
                    link=OneTimeLink.issue(keyring, f"r{number}", os.urandom(32), now + HOUR, 5),
                )
                await unit.requests.add(made)
                kind = MessageKind.LINK
                await unit.deliveries.add(Delivery.queued(kind, made.id, Locale.FR, at))
                await unit.codes.consume(f"code{number}", now + timedelta(minutes=10))
            await unit.clocks.move_mark(now)
        await application.stop()

    async def rows(self) -> dict[str, int]:
        application = compose(self.settings)
        await application.open()
        counted = {
            "requests": "SELECT count(*) FROM recovery_request",
            "messages": "SELECT count(*) FROM delivery",
            "codes": "SELECT count(*) FROM consumed_code",
            "live links": "SELECT count(*) FROM recovery_request WHERE state = 'link_sent'",
        }
        async with application.ports.store.read() as unit:
            found = {name: (await unit.sql.fetch(sql))[0][0] for name, sql in counted.items()}
        await application.stop()
        return found

    async def nobody_lives(self) -> None:
        """As after a longer stop: the heartbeats are of another start of the machine."""
        application = compose(self.settings)
        await application.open()
        async with application.ports.store.begin() as unit:
            for each in await unit.clocks.beats():
                old = Heartbeat(each.process, each.kind, each.at, Uptime("another", HOUR))
                await unit.clocks.beat(old)
        await application.stop()


@contextmanager
def deployment(engine: str) -> Iterator[Deployment]:
    server = PostgresServer() if engine == "postgres" else None
    with tempfile.TemporaryDirectory(prefix="reassort-trial-") as folder:
        now = datetime.now(UTC)
        opens, closes = (now - timedelta(days=30)).isoformat(), (now + 500 * 24 * HOUR).isoformat()
        given = {
            "REASSORT_KEYS": new_key(),
            "REASSORT_DATA_DIR": folder,
            "REASSORT_EMAIL": "inbox",
            "REASSORT_SMS": "inbox",
            "REASSORT_VOTING_ROUNDS": json.dumps(
                [{"id": "trial", "opens_at": opens, "closes_at": closes}]
            ),
        }
        if server is not None:
            given["DATABASE_URL"] = server.dsn()
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd()), **given}
        os.environ |= given
        settings = read_settings()
        prepare_database(settings)
        made = Deployment(settings, environment, Path(folder))
        try:
            asyncio.run(made.fill())
            yield made
        finally:
            made.stop()
            if server is not None:
                server.stop()


def ended(process: subprocess.Popen[bytes], log: Path, seconds: float) -> str:
    """How it ended within that time, in its own words; or that it works."""
    begun = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < begun:
        time.sleep(0.2)
        if any(word in log.read_bytes() for word in (b"working", b"listening")):
            break
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.2)
    text = log.read_text("utf-8")
    told = [line for line in text.splitlines() if "the clock is" in line]
    if process.poll() is not None:
        return f"refused (exit {process.returncode}): {told[-1][-110:] if told else text[-200:]}"
    alerts = [name for name in ("clock_refused", "clock_unconfirmed") if name in text]
    return f"works; {', '.join(alerts) or 'says nothing'}"


def beside(made: Deployment, shift: str, seconds: float) -> list[str]:
    """A process with the right time lives."""
    right, log = made.start(["worker"])
    while b"working" not in log.read_bytes():
        time.sleep(0.2)
    time.sleep(12)  # its first heartbeats
    started = [made.start(command, shift) for command in COMMANDS]
    found = [ended(*each, seconds / 2) for each in started]
    assert right.poll() is None, log.read_text("utf-8")
    return found


def alone(made: Deployment, shift: str, seconds: float) -> list[str]:
    asyncio.run(made.nobody_lives())
    return [ended(*made.start(COMMANDS[0], shift), seconds)]


def leaping(made: Deployment, shift: str, seconds: float) -> list[str]:
    """The clock is set while a worker and a gateway run, and nobody else lives."""
    file = made.folder / "clock"
    file.write_text("+0\n")
    started = [made.start(command, file=file) for command in COMMANDS]
    time.sleep(25)
    file.write_text(f"{shift}\n")
    return [ended(*each, seconds) for each in started]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=45)
    parser.add_argument("--engines", default="sqlite,postgres")
    seconds = parser.parse_args().seconds
    lost = 0
    for engine in parser.parse_args().engines.split(","):
        for name, shift in SHIFTS.items():
            for way in (beside, alone, leaping):
                with deployment(engine) as made:
                    before = asyncio.run(made.rows())
                    found = way(made, shift, seconds)
                    made.stop()
                    after = asyncio.run(made.rows())
                gone = {each: before[each] - after[each] for each in before}
                lost += sum(gone.values())
                print(f"{engine} {name} {way.__name__}: lost {gone}", flush=True)
                for command, told in zip(("worker", "gateway"), found, strict=False):
                    print(f"    {command}: {told}", flush=True)
    print(f"{lost} rows lost or links ended early")
    return 1 if lost else 0


if __name__ == "__main__":
    raise SystemExit(main())
