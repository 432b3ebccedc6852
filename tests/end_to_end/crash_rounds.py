"""Renewals during which the worker or the gateway is killed, at every step one after the other.

    python crash_rounds.py FOLDER [--lanes N] [--random N]

First a renewal that nothing disturbs, to learn the steps; then one renewal for each step of each
process, which is killed (SIGKILL, by itself) at that step and started again; then some in which
both are killed from outside at random moments. Prints what each came to, a JSON object a line.
Every process is forked from this one, which has everything imported and composed once, and no
thread.

Each round has a folder and a database of its own. The relay and the SMS gateway are shared: rounds
are told apart by the envelope's sender and by the gateway's user.
"""

from __future__ import annotations

import argparse
import asyncio
import email
import email.policy
import gc
import http.client
import json
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from fatal_ports import Fate, fatal, fatal_app

from adapters.captcha.digits import DigitsCaptcha
from adapters.credentials import hashing
from adapters.credentials.sqlite import SqliteCredentials
from adapters.system import SystemClock, SystemRandomness
from core.password_issuer import Password
from core.ports.credentials import Issuance
from core.security_code import RenewalStep
from core.voter import Numic
from graphql_api.app import build_app
from graphql_api.compose import choose_ports, compose, load_register, prepare_database
from graphql_api.running.logs import configure_logs
from graphql_api.running.serving import bind, serve, work
from graphql_api.settings import Settings, read_settings

HERE = Path(__file__).parent
PATIENCE = 180.0
VOTER = Numic("00012345")
OLDER = "OLDERPASSWORD"
REGISTER = (
    "numic;identifier;email;phone\n00012345;K7WPQ2M4XN9B;camille.martin@example.org;+33639980001\n"
)
LINK_QUEUED = "SELECT count(*) FROM delivery WHERE kind = 'link' AND state = 'queued'"
REQUEST = """mutation Ask($code: SecurityCodeAnswer!) { result: requestPasswordRenewal(
  input: {numic: "12345", email: "camille.martin@example.org", securityCode: $code}
) { __typename ... on Problem { code } } }"""
CONFIRM = """mutation Confirm($code: SecurityCodeAnswer!, $token: String!) {
  result: confirmPasswordRenewal(
    input: {token: $token, identifier: "K7WPQ2M4XN9B", securityCode: $code}
  ) { __typename ... on Problem { code } } }"""


@dataclass(frozen=True)
class Round:
    """One renewal. `end`: the step at which `role` dies; without one, `kills` are random."""

    name: str
    role: str
    end: str | None = None
    kills: int = 0


@dataclass(frozen=True)
class Site:
    """Where all rounds take place."""

    folder: Path
    smtp_port: int
    sms_port: int
    opens_at: datetime

    def settings(self, name: str) -> Settings:
        """A deployment of its own for each round; leases as short as they may be."""
        calendar = {
            "id": "2027-1",
            "opens_at": self.opens_at,
            "closes_at": self.opens_at + timedelta(days=9),
        }
        return read_settings(
            keys="2027:" + "a2V5" * 11,
            voting_rounds=[calendar],
            data_dir=self.folder / name,
            link_template="https://vote.example.org/renouveler#token={token}",
            smtp_port=self.smtp_port,
            smtp_security="plain",
            bounce_address=f"{name}@example.org",
            kannel_url=f"http://127.0.0.1:{self.sms_port}/cgi-bin/sendsms",
            kannel_username=name,
            kannel_password="gateway-password",
            network_limit="none",
            job_lease=2,
            smtp_timeout=0.7,
        )


# -- The processes of one round --


def run_gateway(settings: Settings, listening: socket.socket, fate: Fate) -> None:
    app = build_app(compose(settings, fatal(choose_ports(settings), fate)))
    serve(fatal_app(app, fate), listening, settings, lambda: None)


def run_worker(settings: Settings, fate: Fate) -> None:
    application = compose(settings, fatal(choose_ports(settings), fate))
    asyncio.run(work(application, lambda: None))


def supervise(site: Site, this: Round) -> None:
    """Start the round's processes, start again what was killed, end when the voter has ended."""
    settings = site.settings(this.name)
    folder = settings.data_dir
    listening = bind("127.0.0.1", 0)

    def start(role: str, life: int) -> int:
        end = this.end if role == this.role and life == 1 else None
        fate = Fate(end, folder / f"{role}-{life}.steps")
        act = run_gateway if role == "gateway" else run_worker
        arguments = (settings, listening, fate) if role == "gateway" else (settings, fate)
        return fork(lambda: act(*arguments), folder / f"{role}-{life}.log")

    lives = {"gateway": 1, "worker": 1}
    running = {start(role, 1): role for role in lives}
    port = listening.getsockname()[1]
    voter = fork(lambda: be_voter(site, this, port), folder / "voter.log")
    kills = _random_kills(this)
    parent = os.getppid()
    while os.getppid() == parent:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == voter:
            break
        if pid:
            role = running.pop(pid)
            if not os.WIFSIGNALED(status):
                os.kill(voter, signal.SIGKILL)
                break
            lives[role] += 1
            running[start(role, lives[role])] = role
        elif kills and time.monotonic() > kills[0]:
            kills.pop(0)
            os.kill(random.choice(list(running)), signal.SIGKILL)
        else:
            time.sleep(0.005)
    for pid in running:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    steps = [line for file in sorted(folder.glob("*-1.steps")) for line in _steps(file)]
    result = {"failure": f"a process ended by itself, see {folder}"}
    if (folder / "result.json").exists():
        result = json.loads((folder / "result.json").read_text("utf-8"))
    result |= {
        "round": this.name,
        "role": this.role,
        "end": this.end,
        "reached": this.end is None or f"{this.role}: {this.end}" in steps,
        "killed": sum(lives.values()) - len(lives),
        "steps": steps if this.role == "nobody" else [],
    }
    (folder / "result.json").write_text(json.dumps(result), "utf-8")


def _steps(file: Path) -> list[str]:
    role = file.name.partition("-")[0]
    return [f"{role}: {line}" for line in file.read_text("ascii").splitlines()]


def _random_kills(this: Round) -> list[float]:
    chance = random.Random(this.name)
    now = time.monotonic()
    return sorted(now + chance.uniform(0.2, 2.5) for _ in range(this.kills))


def fork(act: Callable[[], None], log: Path) -> int:
    """A child that does `act` and ends; its output goes to `log`."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        with log.open("ab", buffering=0) as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        configure_logs("INFO")
        act()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


# -- The voter --


def be_voter(site: Site, this: Round, port: int) -> None:
    """The whole renewal, patiently; what it came to goes to `result.json`."""
    settings = site.settings(this.name)
    result: dict[str, object] = {"failure": None}
    try:
        asked, asking = patiently(settings, port, RenewalStep.REQUEST, REQUEST)
        token = _until(lambda: tokens(site, this.name))[0]
        # Not at once: an e-mail of which nobody knows whether it left is sent again, as it was.
        _until(lambda: not _count(settings, LINK_QUEUED))
        said, confirming = patiently(settings, port, RenewalStep.CONFIRM, CONFIRM, token=token)
        _until(lambda: _count(settings, "SELECT count(*) FROM job WHERE dead_at IS NULL") == 0)
        result |= {"asked": asked, "confirmed": said, "retries": [asking, confirming]}
        result |= came_to(site, this.name, settings)
    except Exception:
        result["failure"] = traceback.format_exc()
    (settings.data_dir / "result.json").write_text(json.dumps(result), "utf-8")


def patiently(
    settings: Settings, port: int, step: RenewalStep, query: str, **variables: str
) -> tuple[str, int]:
    """Send a form until there is an answer, each time with a fresh security code; the answer's code
    or type, and how often the connection was lost."""
    for retries in range(20):
        code = asyncio.run(_security_code(settings, step))
        body = json.dumps({"query": query, "variables": {"code": code, **variables}})
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            connection.request("POST", "/graphql", body, {"Content-Type": "application/json"})
            answer = json.loads(connection.getresponse().read())["data"]["result"]
            return answer.get("code", answer["__typename"]), retries
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
        finally:
            connection.close()
    raise TimeoutError("no answer")


async def _security_code(settings: Settings, step: RenewalStep) -> dict[str, str]:
    clock, chance = SystemClock(), SystemRandomness()
    captcha = DigitsCaptcha(settings.keyring, clock, chance, timedelta(minutes=10))
    id = (await captcha.issue(step)).id
    return {"id": id, "answer": captcha.answer_to(id) or ""}


def came_to(site: Site, name: str, settings: Settings) -> dict[str, object]:
    """What is in the store, what left the house, and which passwords sign in."""
    passwords = [each["text"].splitlines()[1] for each in sms(site, name)]
    messages = emails(site, name)
    return {
        "requests": _rows(settings, "SELECT state, reason, seed FROM recovery_request"),
        "deliveries": _rows(settings, "SELECT kind, state FROM delivery ORDER BY kind"),
        "dead": _count(settings, "SELECT count(*) FROM job WHERE dead_at IS NOT NULL"),
        "links": [[each["Message-ID"], _token(each)] for each in messages if _token(each)],
        "notices": [each["Message-ID"] for each in messages if not _token(each)],
        "passwords": passwords,
        "sign_in": asyncio.run(_sign_in(settings, [*dict.fromkeys(passwords), OLDER])),
    }


async def _sign_in(settings: Settings, passwords: list[str]) -> dict[str, bool]:
    credentials = SqliteCredentials(settings.credentials_file)
    try:
        return {each: await credentials.verify(VOTER, each) for each in passwords}
    finally:
        await credentials.aclose()


def emails(site: Site, name: str) -> list[email.message.EmailMessage]:
    return [
        email.message_from_string(each["content"], policy=email.policy.default)
        for each in _lines(site.folder / "emails.jsonl", f"{name}@example.org")
        if each["from"] == f"{name}@example.org"
    ]


def tokens(site: Site, name: str) -> list[str]:
    return [token for each in emails(site, name) if (token := _token(each))]


def sms(site: Site, name: str) -> list[dict[str, str]]:
    return [each for each in _lines(site.folder / "sms.jsonl", name) if each["user"] == name]


def _token(message: email.message.EmailMessage) -> str | None:
    found = re.search(r"#token=([\w-]{43})", message.get_body(("plain",)).get_content())
    return found[1] if found else None


def _lines(file: Path, word: str) -> list[dict]:
    """Those with `word` in them: the others, of all rounds, need not be understood."""
    if not file.exists():
        return []
    text, _, _ = file.read_text("utf-8").rpartition("\n")
    return [json.loads(line) for line in text.splitlines() if word in line]


def _rows(settings: Settings, query: str) -> list[tuple]:
    connection = sqlite3.connect(settings.database, timeout=PATIENCE, isolation_level=None)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def _count(settings: Settings, query: str) -> int:
    return _rows(settings, query)[0][0]


def _until(condition: Callable):
    deadline = time.monotonic() + PATIENCE
    while not (held := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError("in vain")
        time.sleep(0.03)
    return held


# -- All rounds --


def all_rounds(site: Site, lanes: int, at_random: int) -> None:
    """One after the other, `lanes` at a time."""
    undisturbed = Round("undisturbed", "nobody")
    (learnt,) = run(site, [undisturbed], 1)
    named = [step.partition(": ") for step in dict.fromkeys(learnt["steps"])]
    rounds = [Round(f"{role}-{number}", role, end) for number, (role, _, end) in enumerate(named)]
    rounds += [Round(f"random-{number}", "both", kills=3) for number in range(at_random)]
    run(site, rounds, lanes)


def run(site: Site, rounds: list[Round], lanes: int) -> list[dict]:
    waiting, running, results = list(reversed(rounds)), {}, []
    while waiting or running:
        while waiting and len(running) < lanes:
            this = waiting.pop()
            shutil.copytree(site.folder / "template", site.folder / this.name)
            log = site.folder / this.name / "round.log"
            running[fork(lambda this=this: supervise(site, this), log)] = this
        pid, _ = os.wait()
        this = running.pop(pid)
        result = json.loads((site.folder / this.name / "result.json").read_text("utf-8"))
        print(json.dumps(result), flush=True)
        results.append(result)
    return results


async def make_template(settings: Settings) -> None:
    """An empty store, a register of one voter, and a password that was issued before."""
    prepare_database(settings)
    source = settings.data_dir / "register.csv"
    source.write_text(REGISTER, "utf-8")
    load_register(settings, source, settings.data_dir / "report.csv")
    credentials = SqliteCredentials(settings.credentials_file)
    before = Issuance("before", "2027-1", datetime.now(UTC) - timedelta(hours=2))
    await credentials.put(VOTER, Password(OLDER), before)
    await credentials.aclose()


def compose_once(settings: Settings) -> None:
    """What a first application imports and reads in its process, the others find there."""
    build_app(compose(settings, choose_ports(settings)))


def least_hash(**given: Any) -> PasswordHasher:
    """What a hash costs is not the question here: the least that argon2 can do."""
    return PasswordHasher(**given | {"time_cost": 1, "memory_cost": 8})


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lanes", type=int, default=6)
    parser.add_argument("--random", type=int, default=6)
    options = parser.parse_args()
    hashing.PasswordHasher = least_hash
    neighbours = [
        subprocess.Popen(
            [sys.executable, str(HERE / script), str(options.folder)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for script in ("smtp_relay.py", "sms_gateway.py")
    ]
    try:
        ports = [int(each.stdout.readline().rpartition(" ")[2]) for each in neighbours]
        site = Site(options.folder, *ports, datetime.now(UTC) - timedelta(days=1))
        (options.folder / "template").mkdir()
        asyncio.run(make_template(site.settings("template")))
        compose_once(site.settings("template"))
        gc.collect()
        gc.freeze()  # what all have in common is not copied for each
        all_rounds(site, options.lanes, options.random)
    finally:
        for each in neighbours:
            each.terminate()
            each.wait()


if __name__ == "__main__":
    main()
