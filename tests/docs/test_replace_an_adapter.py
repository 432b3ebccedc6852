"""The example of the page on replacing an adapter runs, and its adapter is the one that is used."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path

import httpx
import orjson
import pytest

from graphql_api.compose import load_register, prepare_database
from graphql_api.running.demo import new_key
from graphql_api.running.logs import configure_logs
from graphql_api.settings import Settings, read_settings

OPERATIONS = Path(__file__).parents[2] / "graphql_api/portal/operations"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The environment that the page asks for, over a folder with the sample register."""
    now = datetime.now(UTC)
    voting_round = {
        "id": "sample",
        "opens_at": (now - timedelta(hours=1)).isoformat(),
        "closes_at": (now + timedelta(hours=1)).isoformat(),
    }
    environment = {
        "REASSORT_KEYS": new_key(),
        "REASSORT_DATA_DIR": str(tmp_path),
        "REASSORT_VOTING_ROUNDS": orjson.dumps([voting_round]).decode(),
        "REASSORT_EMAIL": "inbox",
        "REASSORT_SMS": "inbox",
        "REASSORT_DEV_INBOX": "true",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    settings = read_settings()
    configure_logs("CRITICAL")
    prepare_database(settings)
    with as_file(files("graphql_api").joinpath("sample_register.csv")) as sample:
        load_register(settings, sample, tmp_path / "report.csv")
    return settings


class FrontEnd:
    """A front end over the ASGI app, with the example operations."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def call(self, operation: str, **variables: object) -> dict:
        query = (OPERATIONS / f"{operation}.graphql").read_text("utf-8")
        body = {"query": query, "variables": variables}
        answer = await self._http.post("/graphql", json=body)
        (value,) = answer.json()["data"].values()
        return value

    async def inbox(self) -> dict:
        return (await self._http.get("/dev/inbox.json")).json()

    async def emails(self, count: int) -> list[dict]:
        """The e-mails, once there are that many."""
        async with asyncio.timeout(60):
            while len(emails := (await self.inbox())["emails"]) < count:
                await asyncio.sleep(0.05)
        return emails

    async def security_code(self, step: str) -> dict[str, str]:
        code = (await self.call("issue-security-code", input={"step": step}))["id"]
        return {"id": code, "answer": (await self.inbox())["securityCodes"][code]}


async def test_the_hosts_own_adapter_carries_the_password(
    read_page, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """A host passes its own ports: the SMS goes through its adapter, and nowhere else."""
    (example,) = (
        block.text
        for block in read_page("docs/how-to/replace-an-adapter.md").blocks
        if block.language == "python"
    )
    host: dict = {"__name__": "our_gateway"}
    exec(compile(example, "our_gateway.py", "exec"), host)
    application, transport = host["application"], httpx.ASGITransport(host["app"])
    await application.start()
    try:
        async with (
            application.working(),
            httpx.AsyncClient(transport=transport, base_url="http://gateway.example.org") as http,
        ):
            await _renew(FrontEnd(http))
    finally:
        await application.stop()
    assert re.search(r"^SMS to \+33639980001: [A-HJ-NP-Z2-9]{12}$", capsys.readouterr().out, re.M)


async def _renew(front_end: FrontEnd) -> None:
    asked = await front_end.call(
        "request-password-renewal",
        input={
            "numic": "00012345",
            "email": "camille.martin@example.org",
            "securityCode": await front_end.security_code("REQUEST"),
        },
    )
    assert asked["__typename"] == "RenewalRequested"
    (link,) = await front_end.emails(1)
    confirmed = await front_end.call(
        "confirm-password-renewal",
        input={
            "token": link["text"].partition("token=")[2].split()[0],
            "identifier": "K7WPQ2M4XN9B",
            "securityCode": await front_end.security_code("CONFIRM"),
        },
    )
    assert confirmed["__typename"] == "PasswordRenewed"
    await front_end.emails(2)
    assert (await front_end.inbox())["sms"] == []
