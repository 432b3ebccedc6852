"""A partner who calls a sandbox, and reads its answers in the words of the table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from graphql_api.scenarios.scenario import IDENTIFIER, Scenario

BASE = "http://127.0.0.1:8000"
AT = datetime(2027, 6, 5, 12, tzinfo=UTC)
MUTATION = """mutation ($input: {input}!) {{
  {field}(input: $input) {{
    __typename ... on Problem {{ code }} ... on InvalidFields {{ fields {{ code }} }} {more}
  }} }}"""
REQUEST = MUTATION.format(
    input="RequestPasswordRenewalInput", field="requestPasswordRenewal", more=""
)
CONFIRM = MUTATION.format(
    input="ConfirmPasswordRenewalInput", field="confirmPasswordRenewal", more=""
)
ASSIST = MUTATION.format(
    input="ContactAssistanceInput",
    field="contactAssistance",
    more="... on AssistanceContacted { reference }",
)


class Partner:
    """A partner's tests, in a room of their own."""

    def __init__(self, http: httpx.AsyncClient, room: str = "") -> None:
        self.http = http
        self._headers = {"x-sandbox": room} if room else {}
        self._codes = 0

    async def post(self, path: str, body: object) -> httpx.Response:
        return await self.http.post(path, json=body, headers=self._headers)

    async def get(self, path: str) -> Any:
        return (await self.http.get(path, headers=self._headers)).raise_for_status().json()

    async def send(self, document: str, form: Mapping[str, object]) -> httpx.Response:
        return await self.post("/graphql", {"query": document, "variables": {"input": form}})

    def code(self, step: str, answer: str = "1234") -> dict[str, str]:
        """A code that was never issued, and good all the same."""
        self._codes += 1
        return {"id": f"sandbox-{step}-{self._codes}", "answer": answer}

    async def request(self, scenario: Scenario, **given: object) -> str:
        code = self.code("request")
        form = {"numic": scenario.numic, "email": scenario.address, "securityCode": code, **given}
        return outcome(await self.send(REQUEST, form))

    async def confirm(self, token: str, **given: object) -> str:
        code = self.code("confirm")
        form = {"token": token, "identifier": IDENTIFIER, "securityCode": code, **given}
        return outcome(await self.send(CONFIRM, form))

    async def assist(self, email: str, **given: object) -> str:
        code = self.code("assistance")
        form = {"topic": "OTHER", "message": "Help.", "email": email, "securityCode": code, **given}
        return outcome(await self.send(ASSIST, form))

    async def watch(self, query: str, field: str) -> Any:
        """What a dashboard is told of this field."""
        body, token = {"query": query}, {"authorization": "Bearer sandbox-dashboard"}
        answer = await self.http.post("/graphql", json=body, headers={**self._headers, **token})
        return answer.json()["data"][field]

    async def inbox(self) -> Any:
        return await self.get("/dev/inbox.json")

    async def token(self, scenario: Scenario) -> str:
        """The token of the newest link to this voter, or nothing."""
        texts = [e["text"] for e in (await self.inbox())["emails"] if e["to"] == scenario.address]
        return next((t.split("token=")[1].split()[0] for t in texts if "token=" in t), "")

    async def link(self, scenario: Scenario) -> str:
        """Ask, and read the token."""
        assert await self.request(scenario) == "RenewalRequested"
        return await self.token(scenario)

    async def state(self, scenario: Scenario, kind: str) -> str:
        """Where the newest message of this kind to the voter stands, or nothing."""
        known = (await self.inbox())["deliveries"]
        to = (scenario.address, scenario.phone)
        return next((d["state"] for d in known if d["kind"] == kind and d["to"] in to), "")

    async def is_written_to(self, scenario: Scenario) -> bool:
        """Whether anything was tried to be sent to the voter's address."""
        known = (await self.inbox())["deliveries"]
        return any(each["to"] == scenario.address for each in known)

    async def advance(self, seconds: float) -> None:
        (await self.post("/dev/clock", {"advance": seconds})).raise_for_status()

    async def reset(self) -> None:
        (await self.post("/dev/reset", {})).raise_for_status()


def outcome(answer: httpx.Response) -> str:
    """An answer in the words of the table."""
    if answer.status_code != 200:
        return f"HTTP {answer.status_code}"
    body = answer.json()
    if "errors" in body:
        return body["errors"][0]["extensions"]["code"]
    (field,) = body["data"].values()
    spoken = field["__typename"] in ("LinkRejected", "SecurityCodeRejected")
    return f"{field['__typename']} {field['code']}" if spoken else field["__typename"]


def client_of(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE)
