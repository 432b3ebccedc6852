"""Workers and gateways whose clock is wrong, over a database that is in use, on both engines:

    python -m tests.trials.wrong_clocks [--seconds 45]

Needs libfaketime (Debian: `apt-get install faketime`). For each of +400 days, +2 hours, -2 hours,
-20 days it starts `serve` and `worker` with that clock: beside another process that lives, alone,
and leaping while they run. Prints what became of each, and what of the rows: requests, messages and
answered codes that are gone, links that ended early. Exits with 1 when any is, and when a process
did not do as docs/how-to/keep-the-clocks-right.md says: refuse its clock with a sentence, or, alone
and ahead on SQLite, work and say that its clock is not confirmed.

On SQLite a lone process that is ahead is believed after a minute; so `--seconds` is less.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

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
PATIENCE = 180.0
"""Seconds for a process to start: the machine may be busy."""
HOUR = timedelta(hours=1)
NAMES = ("worker", "gateway", "worker with the right time")
STARTED = (b"working", b"listening")
REFUSED, UNCONFIRMED = "clock_refused", "clock_unconfirmed"


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


def wait_for(process: subprocess.Popen[bytes], log: Path, seconds: float, *words: bytes) -> None:
    """Until the process has said one of these words, has ended, or the time is over."""
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        if any(word in log.read_bytes() for word in words):
            return
        time.sleep(0.2)


def start_rightly(started: tuple[subprocess.Popen[bytes], Path]) -> None:
    wait_for(*started, PATIENCE, *STARTED)
    process, log = started
    text = log.read_text("utf-8")
    if process.poll() is not None or not any(word.decode() in text for word in STARTED):
        raise SystemExit(f"a process with the right time did not start: {text[-500:]}")


def ended(process: subprocess.Popen[bytes], log: Path, seconds: float) -> tuple[str, str]:
    """What became of it within that time after its start, in a word, and what it said of it."""
    wait_for(process, log, PATIENCE, *STARTED, REFUSED.encode())
    started = any(word in log.read_bytes() for word in STARTED)
    wait_for(process, log, seconds, REFUSED.encode())
    wait_for(process, log, 5)  # a worker that has refused its clock ends
    text = log.read_text("utf-8")
    sentences = [line for line in text.splitlines() if "the clock is" in line]
    if sentences and (REFUSED in text or process.poll() is not None):
        code = process.poll()
        how = f"/readyz answers {readiness(text)}" if code is None else f"exit {code}"
        return REFUSED, f"{how}: {sentences[-1][-110:]}"
    if process.poll() is not None:
        return "ended", f"exit {process.returncode}: {text[-300:]}"
    if not started:
        return "not started", f"within {PATIENCE:.0f} s: {text[-300:]}"
    return (UNCONFIRMED if UNCONFIRMED in text else "works"), "works"


def readiness(log: str) -> str:
    """What a gateway that goes on answers at /readyz: a status, or why there is none."""
    found = re.search(r"listening on (\S+)", log)
    if found is None:
        return "nothing: it is a worker"
    try:
        return str(httpx.get(f"{found[1]}/readyz", timeout=30).status_code)
    except httpx.HTTPError as failure:
        return type(failure).__name__


def expected(engine: str, shift: str, way: Way) -> str:
    """What becomes of each process, by the documentation."""
    lone_and_ahead = engine == "sqlite" and shift.startswith("+") and way is alone
    return UNCONFIRMED if lone_and_ahead else REFUSED


def beside(made: Deployment, shift: str, seconds: float) -> list[tuple[str, str]]:
    """A process with the right time lives."""
    right = made.start(["worker"])
    start_rightly(right)
    time.sleep(12)  # its first heartbeats
    started = [made.start(command, shift) for command in COMMANDS]
    found = [ended(*each, seconds / 2) for each in started]
    if right[0].poll() is not None:
        found.append(("ended", f"the one with the right time: {right[1].read_text()[-300:]}"))
    return found


def alone(made: Deployment, shift: str, seconds: float) -> list[tuple[str, str]]:
    asyncio.run(made.nobody_lives())
    return [ended(*made.start(COMMANDS[0], shift), seconds)]


def leaping(made: Deployment, shift: str, seconds: float) -> list[tuple[str, str]]:
    """The clock is set while a worker and a gateway run, and nobody else lives."""
    file = made.folder / "clock"
    file.write_text("+0\n")
    started = [made.start(command, file=file) for command in COMMANDS]
    for each in started:
        start_rightly(each)
    time.sleep(12)  # their first heartbeats
    file.write_text(f"{shift}\n")
    return [ended(*each, seconds) for each in started]


Way = Callable[[Deployment, str, float], list[tuple[str, str]]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=45)
    parser.add_argument("--engines", default="sqlite,postgres")
    given = parser.parse_args()
    lost, otherwise = 0, 0
    for engine in given.engines.split(","):
        for name, shift in SHIFTS.items():
            for way in (beside, alone, leaping):
                with deployment(engine) as made:
                    before = asyncio.run(made.rows())
                    found = way(made, shift, given.seconds)
                    made.stop()
                    after = asyncio.run(made.rows())
                gone = {each: before[each] - after[each] for each in before}
                lost += sum(map(abs, gone.values()))
                print(f"{engine} {name} {way.__name__}: lost {gone}", flush=True)
                for command, (became, told) in zip(NAMES, found, strict=False):
                    as_expected = became == expected(engine, shift, way)
                    otherwise += not as_expected
                    mark = "" if as_expected else "OTHERWISE THAN EXPECTED: "
                    print(f"    {command}: {mark}{became}: {told}", flush=True)
    print(f"{lost} rows lost or links ended early; {otherwise} processes did otherwise")
    return 1 if lost or otherwise else 0


if __name__ == "__main__":
    raise SystemExit(main())
