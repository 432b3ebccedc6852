"""A whole deployment on this machine: the real commands, a relay, an SMS gateway, a voter.

Every process is started with a handle of its own and ended by it; the system chooses every port.
"""

from __future__ import annotations

import email
import email.policy
import json
import os
import re
import socket
import sqlite3
import subprocess
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.captcha.digits import DigitsCaptcha
from adapters.credentials.sqlite import SqliteCredentials
from adapters.system import SystemClock, SystemRandomness
from core.keys import Keyring
from core.security_code import RenewalStep
from core.voter import Numic
from graphql_api.compose import load_register
from graphql_api.settings import read_keys, read_settings
from tests.servers.commands import Nursery, Start
from tests.servers.sqlite import new_database

HERE = Path(__file__).parent
PATIENCE = 180.0
"""Seconds to wait for what usually takes a few: the machine may be busy with other work."""
REGISTER = """\
numic;numel;identifier;email;phone;identifier_renewed_in
00012345;000000101;K7WPQ2M4XN9B;camille.martin@example.org;+33 6 39 98 00 01;
00054321;000000102;T4RJH8C2VW6D;dominique.bernard@example.org;;
"""
REQUEST = """
mutation Ask($numic: String!, $email: String!, $code: SecurityCodeAnswer!, $locale: Locale! = FR) {
  requestPasswordRenewal(
    input: {numic: $numic, email: $email, securityCode: $code, locale: $locale}
  ) { __typename ... on Problem { code message } ... on RenewalRequested { message } }
}
"""
CONFIRM = """
mutation Confirm($token: String!, $identifier: String!, $code: SecurityCodeAnswer!) {
  confirmPasswordRenewal(input: {token: $token, identifier: $identifier, securityCode: $code}) {
    __typename
    ... on Problem { code message }
    ... on LinkRejected { attemptsLeft }
    ... on PasswordRenewed { message }
  }
}
"""


class Process:
    """One process: its handle, and what it says, kept in files."""

    def __init__(
        self, name: str, start: Start, arguments: list[str], logs: Path, env: dict[str, str]
    ) -> None:
        logs.mkdir(exist_ok=True)
        number = len(list(logs.iterdir()))
        self.name = name
        self.out, self.err = logs / f"{number}-{name}.out", logs / f"{number}-{name}.err"
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.handle = start(arguments, out, err, env)

    def said(self, pattern: str) -> str:
        """What the process prints once it is ready: the first group of `pattern`."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if found := re.search(pattern, self.out.read_text("utf-8")):
                return found[1]
            if self.handle.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError(f"{self.out.name}: {self.err.read_text('utf-8')[-2000:]}")

    def stop(self) -> int:
        """End it politely; its exit code."""
        if self.handle.poll() is None:
            self.handle.terminate()
        return self.handle.wait(PATIENCE)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.handle.kill()
        self.handle.wait(PATIENCE)


class Voter:
    """What a voter's browser does, over HTTP. `answers` keeps every body that came back."""

    def __init__(self, url: str, answers: list[bytes]) -> None:
        self.url = url
        self._client = httpx.Client(base_url=url, timeout=PATIENCE, trust_env=False)
        self._answers = answers

    def post(self, query: str, **variables: object) -> Any:
        """The `data` of one GraphQL operation; None when there was none."""
        answer = self._client.post("/graphql", json={"query": query, "variables": variables})
        self._answers.append(answer.content + repr(answer.headers).encode())
        return answer.json().get("data")

    def security_code(self, step: str) -> dict[str, str]:
        """A fresh security code, with the answer that the inbox lays open."""
        query = "mutation Code($step: RenewalStep!) "
        query += "{ issueSecurityCode(input: {step: $step}) { id image } }"
        id = self.post(query, step=step)["issueSecurityCode"]["id"]
        return {"id": id, "answer": self.inbox()["securityCodes"][id]}

    def inbox(self) -> dict[str, Any]:
        """What the trial's inbox shows."""
        answer = self._client.get("/dev/inbox.json")
        self._answers.append(answer.content)
        return answer.json()

    def ask(self, numic: str = "12345", email: str = "camille.martin@example.org") -> str:
        """Screens 2 and 3; the answer's type."""
        code = self.security_code("REQUEST")
        answer = self.post(REQUEST, numic=numic, email=email, code=code)
        return answer["requestPasswordRenewal"]["__typename"]

    def link(self, token: str) -> dict[str, Any]:
        """What the page learns of the link when it opens."""
        query = "query Link($token: String!) "
        query += "{ renewalLink(token: $token) { usable code expiresAt } }"
        return self.post(query, token=token)["renewalLink"]

    def confirm(self, token: str, identifier: str = "K7WPQ2M4XN9B") -> dict[str, Any]:
        """Screens 5 and 6."""
        code = self.security_code("CONFIRM")
        answer = self.post(CONFIRM, token=token, identifier=identifier, code=code)
        return answer["confirmPasswordRenewal"]

    def close(self) -> None:
        self._client.close()


class Deployment:
    """The commands over one folder, and the neighbours that they talk to."""

    request_mutation = REQUEST
    confirm_mutation = CONFIRM

    def __init__(self, folder: Path, start: Start) -> None:
        self.folder, self._start = folder, start
        self.data, self.logs, self.outside = folder / "data", folder / "logs", folder / "outside"
        self.outside.mkdir()
        self.answers: list[bytes] = []
        self._processes: list[Process] = []
        self._voters: list[Voter] = []
        now = datetime.now(UTC)
        calendar = {
            "id": "2027-1",
            "opens_at": (now - timedelta(days=1)).isoformat(),
            "closes_at": (now + timedelta(days=9)).isoformat(),
        }
        secret = urlsafe_b64encode(os.urandom(32)).decode()
        self.settings = {
            "KEYS": f"2027:{secret}",
            "VOTING_ROUNDS": json.dumps([calendar]),
            "DATA_DIR": str(self.data),
            "LINK_TEMPLATE": "https://vote.example.org/renouveler#token={token}",
            "EMAIL": "smtp",
            "SMTP_SECURITY": "plain",
            "SMTP_TIMEOUT": "10",
            "SMS": "kannel",
            "KANNEL_USERNAME": "reassort",
            "KANNEL_PASSWORD": "gateway-password",
            "DEV_INBOX": "true",
            "NETWORK_LIMIT": "none",
            "OVERALL_LIMIT": "none",
            "LOG_LEVEL": "DEBUG",
        }

    @property
    def keyring(self) -> Keyring:
        return read_keys(self.settings["KEYS"])

    # -- Processes --

    def run(self, *arguments: str) -> str:
        """One `reassort` command to its end; what it prints."""
        process = self.start(arguments[0], "-m", "graphql_api", *arguments)
        code = process.handle.wait(PATIENCE)
        said = process.out.read_text("utf-8") + process.err.read_text("utf-8")
        assert code == 0, said
        return said

    def start(self, name: str, *arguments: str) -> Process:
        """A process that lasts."""
        process = Process(name, self._start, list(arguments), self.logs, self.environment())
        self._processes.append(process)
        return process

    def process(self, name: str) -> Process:
        """The latest of that name: `serve`, `worker`, `relay` or `gateway`."""
        return next(each for each in reversed(self._processes) if each.name == name)

    def environment(self) -> dict[str, str]:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("REASSORT_") and name != "DATABASE_URL"
        }
        ours = {f"REASSORT_{name}": value for name, value in self.settings.items()}
        return {**inherited, **ours, "NO_COLOR": "1"}

    def prepare(self, register: str = REGISTER) -> None:
        """Make the database and import the register."""
        settings = read_settings(keys=self.settings["KEYS"], data_dir=self.data, sms="inbox")
        source = self.folder / "register.csv"
        source.write_text(register, "utf-8")
        new_database(settings.database)
        load_register(settings, source, self.folder / "report.csv")
        source.unlink()

    def relay(self, *options: str) -> Process:
        """A relay; the commands started from now on use it."""
        process = self.start("relay", str(HERE / "smtp_relay.py"), str(self.outside), *options)
        self.settings["SMTP_PORT"] = process.said(r"listening on (\d+)\n")
        return process

    def gateway(self, *options: str) -> Process:
        """An SMS gateway; the commands started from now on use it."""
        process = self.start("gateway", str(HERE / "sms_gateway.py"), str(self.outside), *options)
        port = process.said(r"listening on (\d+)\n")
        self.settings["KANNEL_URL"] = f"http://127.0.0.1:{port}/cgi-bin/sendsms"
        return process

    def serve(self, *command: str) -> Voter:
        """`reassort serve`, or a command in its place, and a voter at its address."""
        process = self.start("serve", *(command or ("-m", "graphql_api", "serve", "--port", "0")))
        return self.voter_at(process.said(r"listening on (http://\S+)\n"))

    def voter_at(self, url: str) -> Voter:
        voter = Voter(url, self.answers)
        self._voters.append(voter)
        return voter

    def work(self, *command: str) -> Process:
        """`reassort worker`, or a command in its place."""
        process = self.start("worker", *(command or ("-m", "graphql_api", "worker")))
        process.said(r"(working)\n")
        return process

    def stop(self) -> None:
        """End whatever is still running, the neighbours last."""
        for voter in self._voters:
            voter.close()
        for process in reversed(self._processes):
            if process.handle.poll() is None:
                process.handle.terminate()
        for process in self._processes:
            try:
                process.handle.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()

    # -- What came out --

    def answer_emails_with(self, answer: str | None) -> None:
        """The relay's answer to every recipient; None: it takes messages."""
        _tell(self.outside / "smtp-answer", answer)

    def answer_sms_with(self, answer: str | None) -> None:
        """The gateway's answer; None: it takes messages."""
        _tell(self.outside / "sms-answer", answer)

    def envelopes(self) -> list[dict[str, Any]]:
        return _lines(self.outside / "emails.jsonl")

    def emails(self) -> list[EmailMessage]:
        policy = email.policy.default
        contents = [each["content"] for each in self.envelopes()]
        return [email.message_from_string(each, policy=policy) for each in contents]

    def sms(self) -> list[dict[str, str]]:
        return _lines(self.outside / "sms.jsonl")

    def tokens(self) -> list[str]:
        """The tokens of the links that were e-mailed, oldest first; an e-mail says its link in both
        languages."""
        texts = [each.get_body(("plain",)).get_content() for each in self.emails()]
        found = [re.findall(r"#token=([\w-]{43})", text) for text in texts]
        return [token for each in found for token in dict.fromkeys(each)]

    def passwords(self) -> list[str]:
        """The password of each SMS: the line that it has to itself."""
        return [each["text"].splitlines()[1] for each in self.sms()]

    def rows(self, query: str, *values: object) -> list[tuple]:
        """What the recovery store holds."""
        path = self.data / "recovery.sqlite3"
        connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    async def signs_in(self, password: str, numic: str = "00012345") -> bool:
        """Whether the portal's sign-in would take this password."""
        credentials = SqliteCredentials(self.data / "credentials.sqlite3")
        try:
            return await credentials.verify(Numic(numic), password)
        finally:
            await credentials.aclose()

    async def security_codes(self, step: RenewalStep, count: int) -> list[dict[str, str]]:
        """Codes with their answers, made here with the deployment's key: none is stored anyway."""
        captcha = DigitsCaptcha(
            self.keyring, SystemClock(), SystemRandomness(), timedelta(minutes=10)
        )
        ids = [(await captcha.issue(step)).id for _ in range(count)]
        return [{"id": id, "answer": captcha.answer_to(id) or ""} for id in ids]


def _tell(file: Path, answer: str | None) -> None:
    if answer is None:
        file.unlink(missing_ok=True)
        return
    draft = file.with_suffix(".draft")
    draft.write_text(answer, "utf-8")
    draft.replace(file)


def _lines(file: Path) -> list[dict[str, Any]]:
    """The whole lines of a file that another process appends to."""
    if not file.exists():
        return []
    text, _, _ = file.read_text("utf-8").rpartition("\n")
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def deployment(tmp_path: Path, nursery: Nursery) -> Iterator[Deployment]:
    """A deployment whose commands have not been started yet."""
    made = Deployment(tmp_path, nursery.start)
    yield made
    made.stop()


@pytest.fixture
def until() -> Callable[..., Any]:
    """Waits until a condition holds, and gives what it gave."""

    def wait(condition: Callable[[], Any], patience: float = PATIENCE) -> Any:
        deadline = time.monotonic() + patience
        while not (held := condition()):
            assert time.monotonic() < deadline, "in vain"
            time.sleep(0.05)
        return held

    return wait


@pytest.fixture
def dead_port() -> Iterator[int]:
    """A port that refuses connections: bound, so that nobody else can have it, not listening."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]
