"""Fills databases with what a deployment has in the middle of a round, and writes them down.

Run by hand, once, with a released version installed (its wheel, or its commit's work tree):

    python tests/releases/fill.py sqlite 0.2.0.sqlite.json
    DATABASE_URL=postgresql://... python tests/releases/fill.py postgres 0.2.0.postgres.json

Later versions have to go on from there: `test_opened_by_this_version.py`. Every voter is made up.
The PostgreSQL database is empty before; `PG_DUMP` names a pg_dump of its version.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from adapters.trial import SeededRandomness, SetClock
from core.delivery import DeliveryState
from core.receipts import Receipt
from graphql_api.app import build_app
from graphql_api.compose import choose_ports, compose, load_register, prepare_database
from graphql_api.settings import read_settings

NOON = datetime(2027, 6, 5, 12, tzinfo=UTC)
KEYS = {"2027": b"n" * 32, "2026": b"o" * 32}
IDENTIFIER = "K7WPQ2M4XN9B"
NAMES = ("living", "used", "received", "confirmed", "quota", "revoked")
NAMES += ("expired", "delivered", "undelivered", "dismissed")
"""What becomes of each voter, in the order of their NUMICs."""
REQUEST = """mutation ($input: RequestPasswordRenewalInput!) {
  requestPasswordRenewal(input: $input) { __typename } }"""
CONFIRM = """mutation ($input: ConfirmPasswordRenewalInput!) {
  confirmPasswordRenewal(input: $input) { __typename ... on Problem { code } } }"""
HELP = """mutation ($input: ContactAssistanceInput!) {
  contactAssistance(input: $input) { __typename } }"""
ISSUE = """mutation ($input: IssueSecurityCodeInput!) { issueSecurityCode(input: $input) { id } }"""


def numic_of(name: str) -> str:
    return f"{70001 + NAMES.index(name):08}"


def address_of(name: str) -> str:
    return f"{name}@example.org"


def register_csv() -> str:
    lines = ["numic,email,phone,identifier"]
    for index, name in enumerate(NAMES):
        phone = "" if name == "dismissed" else f"+336399801{index:02}"
        lines.append(f"{numic_of(name)},{address_of(name)},{phone},{IDENTIFIER}")
    return "\n".join(lines) + "\n"


def settings_of(folder: Path, **given: Any) -> Any:
    """The deployment's; a test opens what was written with the same."""
    keys = (f"{id}:{base64.urlsafe_b64encode(secret).decode()}" for id, secret in KEYS.items())
    round_ = {"id": "demo", "opens_at": NOON - timedelta(days=1)}
    round_["closes_at"] = NOON + timedelta(days=30)
    return read_settings(
        keys=",".join(keys),
        data_dir=folder,
        voting_rounds=[round_],
        email="inbox",
        sms="inbox",
        dev_inbox=True,
        network_limit="",
        link_template="https://vote.example.org/renouveler#token={token}",
        **given,
    )


class Portal:
    """A deployment in this process, as voters and its worker see it."""

    def __init__(self, settings: Any, clock: SetClock, seed: bytes) -> None:
        ports = choose_ports(settings, clock=clock, randomness=SeededRandomness(seed))
        self.application = compose(settings, ports)
        transport = httpx.ASGITransport(build_app(self.application))
        self._http = httpx.AsyncClient(transport=transport, base_url="http://gateway.example.org")

    @property
    def inbox(self) -> Any:
        return self.application.ports.inbox.contents()

    async def ask(self, document: str, form: Any, headers: Any = None) -> Any:
        body = {"query": document, "variables": {"input": form}}
        answer = await self._http.post("/graphql", json=body, headers=headers)
        (value,) = answer.json()["data"].values()
        return value

    async def code(self, step: str) -> Any:
        issued = await self.ask(ISSUE, {"step": step})
        return {"id": issued["id"], "answer": self.inbox["securityCodes"][issued["id"]]}

    async def request(self, name: str, code: Any = None) -> Any:
        code = code or await self.code("REQUEST")
        form = {"numic": numic_of(name), "email": address_of(name), "securityCode": code}
        return await self.ask(REQUEST, form)

    async def confirm(self, token: str, identifier: str = IDENTIFIER) -> Any:
        form = {"token": token, "identifier": identifier}
        return await self.ask(CONFIRM, {**form, "securityCode": await self.code("CONFIRM")})

    async def ask_for_help(self) -> None:
        form = {"topic": "PASSWORD", "message": "Help.", "email": address_of("used")}
        form["securityCode"] = await self.code("ASSISTANCE")
        assert (await self.ask(HELP, form))["__typename"] == "AssistanceContacted"

    async def work(self) -> None:
        await self.application.worker.drain()

    async def report(self, state: DeliveryState, reference: str | None = None) -> None:
        """A receipt of the latest SMS, or of one that the route calls `reference`."""
        async with self.application.ports.store.read() as unit:
            latest = "SELECT reference FROM attempt ORDER BY begun_at DESC LIMIT 1"
            reference = reference or (await unit.requests._sql.fetch(latest))[0][0]
        now = self.application.ports.clock.now()
        await self.application.record_receipt(Receipt("inbox", state, now, reference=reference))

    @property
    def token(self) -> str:
        return self.inbox["emails"][0]["text"].partition("#token=")[2][:43]


async def fill(portal: Portal, clock: SetClock) -> dict[str, Any]:
    """Brings each voter to where its name says; what was handed out on the way."""
    told = await reach_an_end(portal, clock)
    code = await portal.code("REQUEST")
    await portal.request("quota", code)
    await portal.work()
    for _ in range(2):
        clock.advance(timedelta(minutes=5))
        await portal.request("quota")
        await portal.work()
    told["used_code"] = code
    for name in ("living", "used", "confirmed", "revoked"):
        await portal.request(name)
        await portal.work()
        told[name] = portal.token
    for _ in range(5):
        await portal.confirm(told["revoked"], "WRONGWRONGWR")
    await portal.confirm(told["used"])
    await portal.work()
    told["password"] = portal.inbox["sms"][0]["text"].splitlines()[1]
    await portal.confirm(told["confirmed"])
    await portal.request("received")
    await portal.report(DeliveryState.DELIVERED, "early")
    await portal.ask_for_help()
    partners = portal.application.keep_partners
    key = await partners.register("consulat-sample", ["renewals:write"], ())
    told["api_key"] = key.reveal()
    return told


async def reach_an_end(portal: Portal, clock: SetClock) -> dict[str, Any]:
    """Of the voters with whom nothing is left to do, but for what receipts may bring: the links."""
    links: dict[str, Any] = {}
    await portal.request("dismissed")
    await portal.work()
    await portal.request("expired")
    await portal.work()
    links["expired"] = portal.token
    clock.advance(timedelta(minutes=61))
    await portal.application.worker.catch_up()
    ends = {"delivered": DeliveryState.DELIVERED, "undelivered": DeliveryState.FAILED}
    for name, state in ends.items():
        await portal.request(name)
        await portal.work()
        links[name] = portal.token
        await portal.confirm(portal.token)
        await portal.work()
        clock.advance(timedelta(seconds=20))
        await portal.report(state)
        await portal.work()
    return links


async def main(engine: str, file: str) -> None:
    clock = SetClock(NOON)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        given = {"database_url": os.environ["DATABASE_URL"]} if engine == "postgres" else {}
        settings = settings_of(folder, **given)
        await asyncio.to_thread(prepare_database, settings)
        (folder / "register.csv").write_text(register_csv(), "utf-8")
        await asyncio.to_thread(
            load_register, settings, folder / "register.csv", folder / "report.csv"
        )
        portal = Portal(settings, clock, b"release")
        await portal.application.start()
        told = await fill(portal, clock)
        await portal.application.stop()
        sql = written(given.get("database_url", ""), folder)
    document = {"at": clock.now().isoformat(), "told": told, "sql": sql}
    Path(file).write_text(json.dumps(document, indent=1) + "\n", "utf-8")


def written(dsn: str, folder: Path) -> dict[str, list[str]]:
    """The statements that make the databases again: of PostgreSQL as a dump, of each file of SQLite
    under the file's name."""
    if dsn:
        command = [os.environ.get("PG_DUMP", "pg_dump"), "--inserts", "--no-owner", "-d", dsn]
        dump = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return {"postgres": [line for line in dump.splitlines() if line[:1] not in ("", "\\")]}
    found = {}
    for file in sorted(folder.glob("*.sqlite3")):
        with sqlite3.connect(file) as database:
            found[file.name] = list(database.iterdump())
            for kept in ("user_version", "application_id"):  # iterdump leaves them out
                (value,) = database.execute(f"PRAGMA {kept}").fetchone()
                found[file.name].append(f"PRAGMA {kept} = {value};")
    return found


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
