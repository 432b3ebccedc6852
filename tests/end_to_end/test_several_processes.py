"""`reassort serve --processes 2`: children that die, are replaced, stop, and lose their parent.

The children are commands of their own, as in a deployment. Tests after which the parent serves on
share one.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest
import typer.testing

from graphql_api.cli import cli
from graphql_api.cli import processes as commands_that_serve
from tests.end_to_end.conftest import PATIENCE, Deployment
from tests.servers.commands import Nursery, Running

COMMAND = ("-m", "graphql_api", "serve", "--port", "0", "--processes", "2")
QUERY = {"query": "{ votingRound { id isOpen } }"}


class Load:
    """Clients that ask again and again: some keep their connection, some open one each time."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answered, self.failed = 0, list[str]()
        self._stop = threading.Event()
        kept = [threading.Thread(target=self._ask, args=(True,)) for _ in range(3)]
        fresh = [threading.Thread(target=self._ask, args=(False,)) for _ in range(3)]
        self._threads = kept + fresh

    def __enter__(self) -> Load:
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for each in self._threads:
            each.join()

    def more(self, count: int) -> Callable[[], bool]:
        """A condition: so many more answers than now."""
        enough = self.answered + count
        return lambda: self.answered >= enough

    def _ask(self, keep: bool) -> None:
        with httpx.Client(base_url=self.url, timeout=30, trust_env=False) as client:
            headers = {} if keep else {"connection": "close"}
            while not self._stop.is_set():
                try:
                    answer = client.post("/graphql", json=QUERY, headers=headers)
                    assert answer.json()["data"]["votingRound"]["isOpen"]
                    self.answered += 1
                except (httpx.HTTPError, AssertionError, ValueError) as failure:
                    self.failed.append(repr(failure))
                time.sleep(0.01)


class Serving:
    """A parent with two children that serve."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        deployment.prepare()
        deployment.settings.update(EMAIL="inbox", SMS="inbox", STOP_GRACE="5", LOG_LEVEL="INFO")
        self.url = deployment.serve(*COMMAND).url
        self.parent = deployment.process("serve").handle

    @property
    def children(self) -> list[psutil.Process]:
        return children(self.parent)

    def said(self, event: str) -> list[dict]:
        """What was logged of an event so far."""
        text = self.deployment.process("serve").err.read_text("utf-8").rpartition("\n")[0]
        lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        return [each for each in lines if each["event"] == event]


@contextmanager
def serving(folder: Path, nursery: Nursery) -> Iterator[Serving]:
    deployment = Deployment(folder, nursery.start)
    try:
        served = Serving(deployment)
        before = served.children
        yield served
        for each in before:  # of a parent that a failing test has lost
            with suppress(psutil.NoSuchProcess):
                each.kill()
    finally:
        deployment.stop()


@pytest.fixture(scope="module")
def serving_on(tmp_path_factory, nursery) -> Iterator[Serving]:
    with serving(tmp_path_factory.mktemp("lasting"), nursery) as served:
        yield served


@pytest.fixture
def lasting(serving_on, until) -> Serving:
    """One for all tests after which it serves as before, once what they have ended is gone."""
    until(lambda: len(serving_on.children) == 2)
    return serving_on


@pytest.fixture
def server(tmp_path, nursery) -> Iterator[Serving]:
    """One of the test's own."""
    with serving(tmp_path, nursery) as served:
        yield served


def children(parent: Running) -> list[psutil.Process]:
    return psutil.Process(parent.pid).children(recursive=True)


def none_left(processes: list[psutil.Process]) -> bool:
    return not any(_lives(each) for each in processes)


def _lives(process: psutil.Process) -> bool:
    """It may end while it is looked at."""
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != "zombie"
    return False


def refuses(url: str) -> bool:
    try:
        httpx.get(f"{url}/healthz", trust_env=False)
    except httpx.ConnectError:
        return True
    return False


def test_one_line_when_all_listen(lasting):
    """One address is announced, once, when every child listens; and what is not fit for a
    vote is said once, per-process limits among it."""
    assert len(lasting.children) == 2
    printed = lasting.deployment.process("serve").out.read_text("utf-8")
    assert printed == f"listening on {lasting.url}\n"
    subjects = [each["subject"] for each in lasting.said("not_fit_for_a_vote")]
    assert subjects.count("limits") == 1


def test_a_child_is_killed_under_load(lasting, until):
    """One child dies by kill -9: only what it was answering is lost, the others go on, and a
    new one takes its place."""
    before, died = lasting.children, len(lasting.said("process_died"))
    with Load(lasting.url) as load:
        until(load.more(100))
        before[0].kill()
        until(load.more(100))
        until(lambda: len(lasting.children) == 2 and none_left(before[:1]))
        until(lambda: len(lasting.said("process_died")) == died + 1)
        until(load.more(100))
    assert len(load.failed) <= 6  # one for each client, at most
    assert lasting.parent.poll() is None


def test_a_child_that_keeps_dying(server, until):
    """A child that dies again and again is started again after longer and longer pauses."""
    for number in (1, 2, 3):
        known = set(server.children)
        min(known, key=lambda each: -each.create_time()).kill()
        until(lambda number=number: len(server.said("process_died")) == number)
        until(lambda known=known: set(server.children) - known)
    assert [each["restart_in"] for each in server.said("process_died")] == [0.5, 1.0, 2.0]


def test_rolling_restart_under_load(lasting, until):
    """SIGHUP replaces every child, one by one, under load: no request fails."""
    before = lasting.children
    with Load(lasting.url) as load:
        until(load.more(100))
        lasting.parent.send_signal(signal.SIGHUP)
        until(lambda: none_left(before))
        until(load.more(100))
    assert load.failed == []
    assert len(lasting.children) == 2
    assert not set(before) & set(lasting.children)


def test_a_replacement_that_does_not_start(lasting, until):
    """When the new children cannot start, the old ones are kept."""
    before, kept = lasting.children, len(lasting.said("process_not_replaced"))
    store = lasting.deployment.data / "recovery.sqlite3"
    hidden = store.rename(store.with_suffix(".away"))
    lasting.parent.send_signal(signal.SIGHUP)
    until(lambda: len(lasting.said("process_not_replaced")) > kept)
    hidden.rename(store)
    assert set(lasting.children) >= set(before)
    assert httpx.get(f"{lasting.url}/healthz", trust_env=False).status_code == 200
    until(lambda: set(lasting.children) == set(before))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop(server, until, number):
    """SIGTERM and SIGINT end every process, with 0, and what was asked is answered."""
    before = server.children
    with Load(server.url) as load:
        until(load.more(10))
        server.parent.send_signal(number)
        assert server.parent.wait(PATIENCE) == 0
        assert none_left(before)
    assert refuses(server.url)


def test_told_to_stop_during_a_rolling_restart(server, until):
    """SIGTERM is obeyed at any time, and no new child outlives it."""
    before = server.children
    server.parent.send_signal(signal.SIGHUP)
    until(lambda: len(server.children) > 2)
    during = server.children
    server.parent.send_signal(signal.SIGTERM)
    assert server.parent.wait(PATIENCE) == 0
    assert none_left([*before, *during])


def test_the_parent_is_killed(server, until):
    """Without their parent, killed by kill -9, the children end by themselves."""
    before = server.children
    server.parent.kill()
    server.parent.wait(PATIENCE)
    until(lambda: none_left(before))
    assert refuses(server.url)


def test_a_child_that_hangs_is_killed(server):
    """A child that does not stop in its grace is ended by force."""
    before = server.children
    os.kill(before[0].pid, signal.SIGSTOP)
    server.parent.send_signal(signal.SIGTERM)
    assert server.parent.wait(PATIENCE) == 0
    assert none_left(before)
    assert server.said("process_killed")


def test_children_that_cannot_start(deployment):
    """When a child cannot serve, nothing is announced and the exit code says so."""
    deployment.prepare()
    deployment.settings.update(EMAIL="inbox", SMS="inbox")
    broken = "import sys; sys.argv[1:] = ['serve', '--port', '0', '--processes', '2'];"
    broken += "sys.executable = '/bin/false'; from graphql_api.cli import main; main()"
    process = deployment.start("serve", "-c", broken)
    assert process.handle.wait(PATIENCE) == 1
    assert process.out.read_text("utf-8") == ""


def test_one_shared_file(lasting):
    """Several processes work on one SQLite store: each request of many is accepted once."""
    voters = [lasting.deployment.voter_at(lasting.url) for _ in range(6)]
    answers: list[str] = []
    threads = [threading.Thread(target=lambda v=v: answers.append(v.ask())) for v in voters]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert answers == ["RenewalRequested"] * 6
    assert lasting.deployment.rows("SELECT count(*) FROM recovery_request") == [(6,)]


def test_concurrency_of_one_worker(deployment, monkeypatch):
    """`worker --concurrency` goes before REASSORT_JOB_CONCURRENCY, within the same bounds."""
    deployment.prepare()
    deployment.settings.update(EMAIL="inbox", SMS="inbox")
    for name, value in deployment.environment().items():
        monkeypatch.setenv(name, value)
    seen: list[int] = []

    async def note(application, ready) -> None:
        seen.append(application.settings.job_concurrency)

    monkeypatch.setattr(commands_that_serve, "work", note)
    commands = typer.testing.CliRunner()
    assert commands.invoke(cli, ["worker", "--concurrency", "3"]).exit_code == 0
    assert commands.invoke(cli, ["worker"]).exit_code == 0
    assert seen == [3, 8]
    assert commands.invoke(cli, ["worker", "--concurrency", "0"]).exit_code == 2
    assert commands.invoke(cli, ["serve", "--processes", "0"]).exit_code == 2


def test_supervised_from_this_process(deployment, monkeypatch, signals):
    """`serve --processes 2` in this process: one line when both listen, 0 when told to stop."""
    deployment.prepare()
    deployment.settings.update(EMAIL="inbox", SMS="inbox", PROCESSES="2")
    for name, value in deployment.environment().items():
        monkeypatch.setenv(name, value)
    announce = commands_that_serve.warn

    def warn_and_stop(settings) -> None:
        announce(settings)
        signals.deliver(signal.SIGTERM)

    monkeypatch.setattr(commands_that_serve, "warn", warn_and_stop)
    outcome = typer.testing.CliRunner().invoke(cli, ["serve", "--port", "0", "--with-worker"])
    assert outcome.exit_code == 0
    assert outcome.stdout.startswith("listening on http://127.0.0.1:")
