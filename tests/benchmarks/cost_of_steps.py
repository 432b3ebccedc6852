"""What one step costs in CPU time, in one process: gateway, store and worker; run by hand.

    python -m tests.benchmarks.cost_of_steps [--engine postgres] [--batch 200] [--rounds 7]
        [--until STEP] [--profile STEP]
    python -m tests.benchmarks.steps_side_by_side TREE   # beside another version

CPU time is that of the whole process (`time.process_time`: every thread, the one that commits too),
the database a real file with synchronous=FULL. On PostgreSQL, a server of its own, the CPU time of
the server's processes that serve this one is told apart, and bounds are for ours alone. Each round
works through a batch of voters; the figure is the median over rounds of a batch's cost by voter, in
milliseconds. Steps of the gateway are timed as the ASGI app sees them, from a finished request to a
finished answer, and, for reference, as the bare use case; those of the worker with claiming and
settling their jobs. E-mails are written out and kept in memory; SMS too; the credential store
hashes nothing, so that argon2id (54 ms) does not drown the rest.

Exits with 1 when a step costs more than its bound. A profiled step costs more than it would.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import gc
import json
import os
import pstats
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from adapters.captcha.digits import DigitsCaptcha
from adapters.email.inbox import InboxEmail
from adapters.inbox import Inbox
from adapters.jobs.worker import Worker
from adapters.sms.inbox import InboxSms
from adapters.sms.text import SmsText
from core.jobs import JobKind
from core.locale import Locale
from core.password_issuer import Password
from core.ports.credentials import Issuance
from core.security_code import RenewalStep, SecurityCodeAnswer, SecurityCodeKind
from core.use_cases.confirm_renewal import Confirmation
from core.use_cases.request_renewal import RenewalDemand
from core.voter import EmailAddress, Identifier, Numic
from graphql_api.app import build_app
from graphql_api.compose import (
    Application,
    choose_ports,
    compose,
    load_register,
    prepare_database,
)

try:
    from graphql_api.running.logs import configure_logs
except ImportError:  # 0.2.0, measured beside
    from graphql_api.logs import configure_logs  # pyright: ignore[reportMissingImports]
from graphql_api.settings import Settings, read_settings

ACCEPTED = "accept a request"
BOUNDS = {
    "issue a code with its image": 2.0,
    ACCEPTED: 1.5,
    "confirm": 2.0,
    "send an e-mail": 1.0,
    "issue a password, without argon2id": 2.0,
}
"""Milliseconds of CPU."""
CODE = "mutation { issueSecurityCode(input: {step: REQUEST}) { id expiresAt image } }"
REQUEST = (
    "mutation Ask($input: RequestPasswordRenewalInput!) { requestPasswordRenewal(input: $input) "
    "{ __typename ... on RenewalRequested { message } ... on Problem { code message } } }"
)
CONFIRM = (
    "mutation Confirm($input: ConfirmPasswordRenewalInput!) "
    "{ confirmPasswordRenewal(input: $input) "
    "{ __typename ... on PasswordRenewed { message } ... on Problem { code message } } }"
)


class NoHash:
    """The port `Credentials`, without a hash and without a store."""

    async def put(self, numic: Numic, password: Password, issuance: Issuance) -> bool:
        return True


class Bench:
    """One application in this process, and the CPU time that its steps took."""

    def __init__(self, settings: Settings, profiled: str | None) -> None:
        inbox = Inbox()
        ports = choose_ports(settings)
        text = SmsText(settings.renewal_policy.password_length)
        email: InboxEmail = ports.email  # pyright: ignore[reportAssignmentType]
        self.email = InboxEmail(email._renderer, inbox)
        ports = replace(
            ports,
            email=self.email,
            sms=dict.fromkeys(ports.sms, InboxSms(text, inbox, ports.clock)),
            credentials=NoHash(),
        )
        self.settings, self.ports = settings, ports
        self.application: Application = compose(settings, ports)
        self.app = build_app(self.application)
        self.captcha = DigitsCaptcha(
            settings.keyring, ports.clock, ports.randomness, timedelta(minutes=10)
        )
        self.costs: dict[str, list[float]] = {}
        self.servers: dict[str, list[float]] = {}
        """The same of the database's server, where there is one."""
        self.profile = cProfile.Profile()
        self._profiled = profiled

    def spare_the_collector(self) -> None:
        """As `serve` does, so that what was merely imported costs nothing here either."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 50)

    async def timed(self, step: str, count: int, act: Callable[[], Awaitable[Any]]) -> Any:
        """Do it, and note its cost by piece."""
        server = await self._server_time()
        if step == self._profiled:
            self.profile.enable()
        began = time.process_time()
        result = await act()
        took = time.process_time() - began
        self.profile.disable()
        self.costs.setdefault(step, []).append(took / count * 1000)
        if self.settings.engine == "postgres":
            server = await self._server_time() - server
            self.servers.setdefault(step, []).append(server / count * 1000)
        return result

    async def _server_time(self) -> float:
        """Seconds of CPU that the server's processes for this database have had so far. Those that
        look at it are few: connections stay open from the first round on."""
        if self.settings.engine != "postgres":
            return 0.0
        async with self.ports.store.read() as unit:
            asked = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            pids = [row[0] for row in await unit.requests._sql.fetch(asked)]
        return sum(_schedule(pid) for pid in pids)

    # -- Steps --

    async def round(self, voters: list[str], until: str | None) -> None:
        """Every step, for each of these voters, whose renewal begins and ends here; or those up to
        the acceptance of the request."""
        many = len(voters)
        await self.timed(
            "issue a code with its image",
            many,
            lambda: self.post([CODE_BODY] * many, "data:image/png"),
        )
        await self.timed("issue a code, bare, without image", many, lambda: self.issue_bare(many))
        forms = [await self._request_body(voter) for voter in voters[: many // 2]]
        await self.timed(ACCEPTED, len(forms), lambda: self.post(forms, "RenewalReq"))
        demands = [await self._demand(voter) for voter in voters[many // 2 :]]
        await self.timed(
            f"{ACCEPTED}, bare", len(demands), lambda: self.each(self.request, demands)
        )
        if until == ACCEPTED:
            return
        await self.timed("decide and make a link", many, self.drain(JobKind.SEND_LINK, many))
        await self.timed("send an e-mail", many, self.drain(JobKind.DELIVER_EMAIL, many))
        tokens = await self._tokens()
        assert len(tokens) == many, (len(tokens), many)
        half = list(tokens.items())
        forms = [await self._confirm_body(token, voter) for voter, token in half[: many // 2]]
        await self.timed("confirm", len(forms), lambda: self.post(forms, "PasswordRenewed"))
        confirmations = [
            await self._confirmation(token, voter) for voter, token in half[many // 2 :]
        ]
        await self.timed(
            "confirm, bare", len(confirmations), lambda: self.each(self.confirm, confirmations)
        )
        await self.timed(
            "issue a password, without argon2id", many, self.drain(JobKind.ISSUE_PASSWORD, many)
        )
        notice = self.drain(JobKind.DELIVER_EMAIL, many)
        await self.timed("send an e-mail (the notice)", many, notice)

    async def issue_bare(self, count: int) -> None:
        issue = self.application.gateway.issue_security_code
        for _ in range(count):
            await issue(RenewalStep.REQUEST, SecurityCodeKind.DIGITS)

    async def each(self, act: Callable[[Any], Awaitable[None]], commands: list[Any]) -> None:
        for command in commands:
            await act(command)

    @property
    def request(self) -> Callable[[RenewalDemand], Awaitable[None]]:
        return self.application.gateway.request_renewal

    @property
    def confirm(self) -> Callable[[Confirmation], Awaitable[None]]:
        return self.application.gateway.confirm_renewal

    async def post(self, bodies: list[bytes], expected: str) -> None:
        """One request after the other, straight into the ASGI app."""
        for body in bodies:
            answer = await _asgi(self.app, body)
            if expected.encode() not in answer:
                raise SystemExit(answer.decode())

    def drain(self, kind: JobKind, count: int) -> Callable[[], Awaitable[None]]:
        """All due jobs of one kind, claimed and settled as the worker does. Raises `SystemExit`
        when there are not so many: a step that finds nothing to do would cost nothing."""
        handle, done = self.application.worker._handlers[kind], 0

        async def counted(subject: str) -> object:
            nonlocal done
            done += 1
            return await handle(subject)

        async def drained() -> None:
            worker = Worker(self.application.jobs, {kind: counted}, _nothing, self.ports.clock)
            await worker.drain()
            if done != count:
                raise SystemExit(f"{kind}: {done} jobs were due in place of {count}")

        return drained

    # -- Forms --

    async def _code(self, step: RenewalStep) -> SecurityCodeAnswer:
        id = (await self.captcha.issue(step)).id
        return SecurityCodeAnswer(id, self.captcha.answer_to(id) or "")

    async def _request_body(self, voter: str) -> bytes:
        code = await self._code(RenewalStep.REQUEST)
        form = {"numic": voter, "email": f"voter-{voter}@example.org", "securityCode": _typed(code)}
        return json.dumps({"query": REQUEST, "variables": {"input": form}}).encode()

    async def _demand(self, voter: str) -> RenewalDemand:
        address = EmailAddress(f"voter-{voter}@example.org")
        code = await self._code(RenewalStep.REQUEST)
        return RenewalDemand(Numic(voter), address, code, Locale.FR)

    async def _tokens(self) -> dict[str, str]:
        """The open links, by voter: made again from the rows, as for an e-mail."""
        async with self.ports.store.read() as unit:
            rows = await unit.requests._sql.fetch(
                "SELECT id FROM recovery_request WHERE state = 'link_sent'"
            )
            requests = [await unit.requests.get(row[0]) for row in rows]
        keyring = self.settings.keyring
        return {each.number.value: each.link.token(keyring, each.id) for each in requests}

    async def _confirm_body(self, token: str, voter: str) -> bytes:
        code = await self._code(RenewalStep.CONFIRM)
        form = {"token": token, "identifier": f"AAAA{voter}", "securityCode": _typed(code)}
        return json.dumps({"query": CONFIRM, "variables": {"input": form}}).encode()

    async def _confirmation(self, token: str, voter: str) -> Confirmation:
        identifier = Identifier.parse(f"AAAA{voter}")
        return Confirmation(token, identifier, await self._code(RenewalStep.CONFIRM))


CODE_BODY = json.dumps({"query": CODE}).encode()


def _typed(code: SecurityCodeAnswer) -> dict[str, str]:
    """As a voter's form has it."""
    return {"id": code.id, "answer": code.answer}


async def _nothing() -> None:
    pass


async def _asgi(app: Any, body: bytes) -> bytes:
    """One POST as a server would hand it over; the body of the answer."""
    headers = [
        (b"host", b"127.0.0.1"),
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
        "state": {},
    }
    chunks: list[bytes] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        chunks.append(message.get("body", b""))

    await app(scope, receive, send)
    return b"".join(chunks)


def _schedule(pid: int) -> float:
    """Seconds of CPU of a process with one thread, more finely than in clock ticks."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def _settings(folder: Path, voters: int, dsn: str) -> Settings:
    now = datetime.now(UTC)
    calendar = {
        "id": "2027-1",
        "opens_at": now - timedelta(days=1),
        "closes_at": now + timedelta(days=9),
    }
    settings = read_settings(
        keys="2027:" + "a2V5" * 11,
        voting_rounds=[calendar],
        data_dir=folder,
        email="inbox",
        sms="inbox",
        network_limit="none",
        overall_limit="none",
        **({"database_url": dsn} if dsn else {}),
    )
    prepare_database(settings)
    source = folder / "register.csv"
    lines = (
        f"{each:08};AAAA{each:08};voter-{each:08}@example.org;+3363998{each % 10000:04}\n"
        for each in range(1, voters + 1)
    )
    source.write_text("numic;identifier;email;phone\n" + "".join(lines), "utf-8")
    load_register(settings, source, folder / "report.csv")
    return settings


async def run(options: argparse.Namespace, folder: Path) -> Bench:
    rounds = options.rounds + 1
    known = rounds * options.batch
    settings = await asyncio.to_thread(_settings, folder, known, options.database)
    bench = Bench(settings, options.profile)
    await bench.application.start()
    try:
        for number in range(rounds):
            first = number * options.batch + 1
            voters = [f"{each:08}" for each in range(first, first + options.batch)]
            if options.in_turns:
                sys.stdin.readline()
                bench.costs.clear()
                bench.servers.clear()
            await bench.round(voters, options.until)
            if options.in_turns:
                print(json.dumps({"ours": bench.costs, "server": bench.servers}), flush=True)
            if number == 0:
                bench.spare_the_collector()
                bench.costs.clear()  # the first round fills caches
                bench.servers.clear()
    finally:
        await bench.application.ports.store.close()
    return bench


def report(bench: Bench) -> int:
    server = f" {'server':>8}" if bench.servers else ""
    print(f"{'step':36} {'median ms':>10} {'least':>8} {'most':>8}{server} {'bound':>6}")
    over = 0
    for step, costs in bench.costs.items():
        median, bound = statistics.median(costs), BOUNDS.get(step)
        over += bound is not None and median > bound
        mark = "" if bound is None else f"{bound:6.1f} {'ok' if median <= bound else 'OVER'}"
        server = f" {statistics.median(bench.servers[step]):8.3f}" if bench.servers else ""
        print(f"{step:36} {median:10.3f} {min(costs):8.3f} {max(costs):8.3f}{server} {mark}")
    return 1 if over else 0


@contextmanager
def database(options: argparse.Namespace) -> Iterator[None]:
    """Of a server of its own, where PostgreSQL is asked for and none is named."""
    if options.engine == "sqlite" or options.database:
        yield
        return
    from tests.servers.postgres import PostgresServer

    server = PostgresServer()
    try:
        options.database = server.dsn()
        yield
    finally:
        server.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description="CPU time of each step.")
    parser.add_argument("--batch", type=int, default=200, help="voters a round")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--engine", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--database", default="", help="the DSN of an empty one, on this machine")
    parser.add_argument("--until", choices=(ACCEPTED,), help="leave out the steps that follow")
    parser.add_argument("--profile", metavar="STEP", help="print where this step's time goes")
    parser.add_argument(
        "--in-turns", action="store_true", help="a round for each line read; its figures as JSON"
    )
    options = parser.parse_args()
    configure_logs("INFO", stream=open(os.devnull, "w"))  # noqa: SIM115 - written, not shown
    with tempfile.TemporaryDirectory(prefix="reassort-costs-") as folder, database(options):
        bench = asyncio.run(run(options, Path(folder)))
    if options.in_turns:
        return 0
    code = report(bench)
    if options.profile:
        pstats.Stats(bench.profile).sort_stats("cumulative").print_stats(60)
    return code


if __name__ == "__main__":
    sys.exit(main())
