"""What a whole renewal costs our processes in CPU time, and what that goes to; run by hand.

    python -m tests.benchmarks.whole_renewal [--engines sqlite postgres] [--renewals 120]
        [--at-once 8] [--rate 0] [--sample] [--beside TREE]

The real commands `serve` and `worker` at settings as they come (logs at INFO, uses counted),
PostgreSQL or SQLite on a disk, an SMTP relay and a Kannel, each a process of its own over loopback.
Every voter asks, gets the link by e-mail, confirms, gets the SMS and the notice. Security codes are
made before, and the page of the link is not opened.

CPU is of whole processes, by /proc, all threads and the kernel's part. What argon2id takes is
measured in the threads that hash, and told apart. `--rate`: so many renewals a second in place of
as many as `--at-once` connections bring about; a worker that waits in between pays for each job's
waking. `--sample`: what the worker's main thread spends it on.
`--beside`: the same in turns with another checkout that has a `.venv`, so that whatever else the
machine does meets both alike.

A first batch warms up. Then both processes rest, so that what they do anyway is known; and after
the last notice once more, while figures are folded.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import psutil

from core.security_code import RenewalStep
from graphql_api.compose import load_register, prepare_database
from graphql_api.settings import read_settings
from tests.benchmarks.cost_of_steps import CONFIRM, REQUEST
from tests.benchmarks.http_load import Load, post
from tests.benchmarks.sampled_command import hashed_for
from tests.end_to_end.conftest import Deployment
from tests.servers.postgres import PostgresServer, administer
from tests.servers.postgres import run as awaited

HERE = Path.cwd()
SAMPLED = Path(__file__).with_name("sampled_command.py")
IDLE, ASKING, CONFIRMING, AFTER = "idle", "asking", "confirming", "after"
REST = 11.0
"""Seconds: every chore of ten seconds comes once."""
WARM = 40
"""Renewals."""
PATIENCE = 90.0
COUNTED = {"NETWORK_LIMIT": "1000000/minute", "OVERALL_LIMIT": "1000000/minute"}
"""So high that the load reaches none: they are counted all the same."""


@dataclass
class Spent:
    """Seconds of CPU in one phase."""

    gateway: float = 0.0
    worker: float = 0.0
    server: float = 0.0
    hashing: float = 0.0
    """Of the worker's: what argon2id took."""
    clock: float = 0.0

    def __sub__(self, before: Spent) -> Spent:
        pairs = zip(vars(self).values(), vars(before).values(), strict=True)
        return Spent(*(now - then for now, then in pairs))

    def __add__(self, more: Spent) -> Spent:
        return self - (Spent() - more)


class OnEither(Deployment):
    """A deployment of a checkout, on the database that is named or on the file in its folder."""

    def __init__(self, folder: Path, tree: Path, database_url: str) -> None:
        super().__init__(folder, self._begin)
        self._tree, self.database_url = tree, database_url
        del self.settings["DEV_INBOX"]
        self.settings |= COUNTED | {"LOG_LEVEL": "INFO"}

    def environment(self) -> dict[str, str]:
        named = {"DATABASE_URL": self.database_url} if self.database_url else {}
        return super().environment() | named | {"PYTHONPATH": str(self._tree)}

    def messages(self) -> tuple[int, int]:
        """E-mails and SMS so far."""
        return _lines(self.outside / "emails.jsonl"), _lines(self.outside / "sms.jsonl")

    def _begin(self, arguments: list[str], out: Any, err: Any, env: dict[str, str]) -> Any:
        own = self._tree / ".venv" / "bin" / "python"
        python = sys.executable if self._tree == HERE else str(own)
        command = [python, *arguments]
        return subprocess.Popen(command, stdout=out, stderr=err, env=env, cwd=self._tree)


class Renewals:
    """One deployment, and voters who renew."""

    def __init__(self, deployment: OnEither, server: PostgresServer | None, most: int) -> None:
        """`most`: voters there may be."""
        self.deployment, self._server, self._most = deployment, server, most
        self._hashing = deployment.folder / "hashing"
        self._renewed = 0
        self.spent: dict[str, list[Spent]] = {}

    def start(self) -> None:
        """Everything runs."""
        deployment = self.deployment
        self._make_register()
        deployment.relay()
        deployment.gateway()
        self._port = int(deployment.serve().url.rpartition(":")[2])
        self._worker = deployment.work(str(SAMPLED), str(self._hashing), "worker")

    def rest(self, phase: str) -> None:
        self._timed(phase, lambda: time.sleep(REST))

    def look_closely(self) -> None:
        """Have the worker sampled from now on, or no more."""
        self._worker.handle.send_signal(signal.SIGUSR2)

    def parts(self) -> Counter[str]:
        """Seconds of the worker's main thread by part; ends it."""
        self._worker.stop()
        return Counter(json.loads(Path(f"{self._hashing}.parts").read_text()))

    def renew(self, many: int, at_once: int, rate: float) -> None:
        """So many voters more, from the request to the notice."""
        voters = range(self._renewed + 1, self._renewed + many + 1)
        self._renewed += many
        mails, sms = self.deployment.messages()
        asking = self._forms(RenewalStep.REQUEST, voters, {})

        def ask() -> None:
            asyncio.run(Load(asking, b"RenewalRequested").run_out(self._port, at_once, rate))
            self._until(lambda: self.deployment.messages() == (mails + many, sms))

        def confirm() -> None:
            asyncio.run(Load(confirming, b"PasswordRenewed").run_out(self._port, at_once, rate))
            self._until(lambda: self.deployment.messages() == (mails + 2 * many, sms + many))

        self._timed(ASKING, ask)
        confirming = self._forms(RenewalStep.CONFIRM, voters, self._tokens())
        self._timed(CONFIRMING, confirm)

    def _make_register(self) -> None:
        deployment = self.deployment
        named = {"database_url": deployment.database_url} if self._server else {}
        settings = read_settings(
            keys=deployment.settings["KEYS"], data_dir=deployment.data, sms="inbox", **named
        )
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        prepare_database(settings)
        source = deployment.folder / "register.csv"
        lines = (
            f"{each:08};AAAA{each:08};voter-{each:08}@example.org;+3363998{each % 10000:04}\n"
            for each in range(1, self._most + 1)
        )
        source.write_text("numic;identifier;email;phone\n" + "".join(lines), "utf-8")
        load_register(settings, source, deployment.folder / "report.csv")

    # -- A phase --

    def _timed(self, phase: str, act: Callable[[], object]) -> None:
        before = self._so_far()
        act()
        self.spent.setdefault(phase, []).append(self._so_far() - before)

    def _so_far(self) -> Spent:
        gateway, worker = (
            _cpu(self.deployment.process(each).handle.pid) for each in ("serve", "worker")
        )
        server = sum(_cpu(each.pid) for each in self._server_processes())
        return Spent(gateway, worker, server, hashed_for(self._hashing), time.monotonic())

    def _server_processes(self) -> list[psutil.Process]:
        """Those that serve us stay while their connections do."""
        return [] if self._server is None else psutil.Process(self._server.pid).children()

    def _until(self, condition: Callable[[], bool]) -> None:
        ends = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > ends:
                raise SystemExit(f"messages are missing: see {self.deployment.logs}")
            time.sleep(0.05)

    # -- Forms --

    def _tokens(self) -> dict[int, str]:
        """By voter, from the e-mails."""
        found = zip(self.deployment.envelopes(), self.deployment.emails(), strict=True)
        texts = ((each["to"][0], mail.get_body(("plain",))) for each, mail in found)
        return {
            int(to.removeprefix("voter-").partition("@")[0]): token[1]
            for to, text in texts
            if text and (token := re.search(r"#token=([\w-]{43})", text.get_content()))
        }

    def _forms(self, step: RenewalStep, voters: range, tokens: dict[int, str]) -> deque[bytes]:
        codes = asyncio.run(self.deployment.security_codes(step, len(voters)))
        forms: deque[bytes] = deque()
        for voter, code in zip(voters, codes, strict=True):
            if step is RenewalStep.REQUEST:
                form = {"numic": f"{voter:08}", "email": f"voter-{voter:08}@example.org"}
            else:
                form = {"token": tokens[voter], "identifier": f"AAAA{voter:08}"}
            query = REQUEST if step is RenewalStep.REQUEST else CONFIRM
            variables = {"input": form | {"securityCode": code}}
            forms.append(post(orjson.dumps({"query": query, "variables": variables})))
        return forms


def _lines(file: Path) -> int:
    return file.read_bytes().count(b"\n") if file.exists() else 0


def _cpu(pid: int) -> float:
    """Seconds of CPU of the threads that a process has, more finely than in clock ticks."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((each / "schedstat").read_text().split()[0]) for each in threads) / 1e9


# -- What is told --


def rows(run: Renewals, count: int) -> dict[str, float]:
    """Milliseconds a renewal, by what they go to; what both processes do anyway is left out."""
    total = {phase: sum(each, Spent()) for phase, each in run.spent.items()}
    asking, confirming = total[ASKING], total[CONFIRMING]
    folding = total[AFTER] - total[IDLE]
    seconds = {
        "gateway: accept the request": asking.gateway,
        "worker: decide, e-mail with the link": asking.worker,
        "gateway: confirm": confirming.gateway,
        "worker: password, SMS, notice": confirming.worker - confirming.hashing,
        "worker: figures folded afterwards": max(0.0, folding.worker),
        "argon2id": confirming.hashing,
        "PostgreSQL beside it": asking.server + confirming.server + max(0.0, folding.server),
    }
    return {name: each / count * 1000 for name, each in seconds.items() if each}


def report(engine: str, run: Renewals, options: argparse.Namespace) -> None:
    told = rows(run, options.renewals)
    print(f"\n{engine}: {options.renewals} renewals, load {os.getloadavg()[0]:.1f}")
    for name, cost in told.items():
        print(f"  {name:42} {cost:7.2f} ms")
    ours = sum(cost for name, cost in told.items() if name.startswith(("gateway", "worker")))
    worker = sum(cost for name, cost in told.items() if name.startswith("worker"))
    print(f"  {'all of ours, besides argon2id':42} {ours:7.2f} ms")
    rate = 1000 / (worker + told["argon2id"])
    print(f"  renewals a second and core of the worker: {rate:.1f}", end="; ")
    print(f"where argon2id takes 25 ms: {1000 / (worker + 25):.1f}")
    (idle,) = run.spent[IDLE]
    for name in ("gateway", "worker", "server"):
        print(f"  idle, {name}: {getattr(idle, name) / idle.clock * 1000:.1f} ms a second")


def report_parts(parts: Counter[str], renewals: int) -> None:
    print("  the worker's main thread, sampled:")
    whole = sum(parts.values())
    for name, seconds in parts.most_common():
        print(f"    {name:40} {seconds / renewals * 1000:7.2f} ms {seconds / whole:6.1%}")


def report_ratios(this: Renewals, other: Renewals) -> None:
    print("  this beside the other, by CPU: median of the rounds, quartiles")
    for name, phase, who in (
        ("gateway: accept the request", ASKING, "gateway"),
        ("worker: decide, e-mail with the link", ASKING, "worker"),
        ("gateway: confirm", CONFIRMING, "gateway"),
        ("worker: password, SMS, notice", CONFIRMING, "worker"),
        ("PostgreSQL, asking", ASKING, "server"),
        ("PostgreSQL, confirming", CONFIRMING, "server"),
    ):
        pairs = zip(this.spent[phase], other.spent[phase], strict=True)
        found = [
            (getattr(a, who) - a.hashing * (who == "worker"))
            / (getattr(b, who) - b.hashing * (who == "worker"))
            for a, b in pairs
            if getattr(b, who)
        ]
        if found:
            low, middle, high = statistics.quantiles(found, n=4)
            print(f"    {name:40} {middle:5.2f}  {low:.2f} to {high:.2f}")


# -- The run --


@contextmanager
def _server(engine: str) -> Iterator[PostgresServer | None]:
    server = PostgresServer() if engine == "postgres" else None
    try:
        yield server
    finally:
        if server:
            server.stop()


def _started(
    engine: str, trees: list[Path], options: argparse.Namespace, stack: ExitStack
) -> list[Renewals]:
    begun: list[Renewals] = []
    for tree in trees:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="reassort-whole-")))
        server = stack.enter_context(_server(engine))  # of its own, so that its CPU is known
        deployment = OnEither(folder, tree, server.dsn() if server else "")
        stack.callback(deployment.stop)
        begun.append(Renewals(deployment, server, WARM + options.renewals))
        begun[-1].start()
        begun[-1].renew(WARM, options.at_once, 0)
        begun[-1].spent.clear()
        if server:  # nothing of it is left to be done in the middle
            awaited(administer(server.dsn(), "CHECKPOINT"))
    return begun


def costs(engine: str, renewals: int, at_once: int = 8) -> dict[str, float]:
    """Milliseconds of CPU a renewal, by what they go to: `rows` of a run that is not shown."""
    options = argparse.Namespace(renewals=renewals, at_once=at_once)
    with ExitStack() as stack:
        (run,) = _started(engine, [HERE], options, stack)
        run.rest(IDLE)
        run.renew(renewals, at_once, 0)
        run.rest(AFTER)
        return rows(run, renewals)


def measure(engine: str, options: argparse.Namespace) -> None:
    trees = [HERE, *([options.beside.resolve()] if options.beside else [])]
    with ExitStack() as stack:
        runs = _started(engine, trees, options, stack)
        runs[0].rest(IDLE)
        if options.sample:
            runs[0].look_closely()
        rounds = options.rounds if options.beside else 1
        for number in range(rounds):
            for run in runs if number % 2 else runs[::-1]:
                run.renew(options.renewals // rounds, options.at_once, options.rate)
        if options.sample:
            runs[0].look_closely()
        runs[0].rest(AFTER)
        report(engine, runs[0], options)
        if options.sample:
            report_parts(runs[0].parts(), options.renewals)
        if options.beside:
            report_ratios(*runs)


def main() -> int:
    parser = argparse.ArgumentParser(description="CPU time of a whole renewal.")
    parser.add_argument("--engines", nargs="+", default=["sqlite", "postgres"])
    parser.add_argument("--renewals", type=int, default=120)
    parser.add_argument("--at-once", type=int, default=8, help="connections to the gateway")
    parser.add_argument("--rate", type=float, default=0, help="a second; 0: as many as go")
    parser.add_argument("--sample", action="store_true", help="say what the worker's goes to")
    parser.add_argument("--beside", type=Path, help="another checkout, with a .venv")
    parser.add_argument("--rounds", type=int, default=10, help="turns with the other")
    options = parser.parse_args()
    for engine in options.engines:
        measure(engine, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
