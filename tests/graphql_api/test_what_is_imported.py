"""What a process imports: what its settings and its command need, and no more."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FOREIGN = ("strawberry", "starlette", "httpx", "asyncpg", "pgqueuer", "argon2", "jinja2", "ldap3")
MINIMAL = {
    "REASSORT_KEYS": "2027:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY",
    "REASSORT_KANNEL_USERNAME": "reassort",
    "REASSORT_KANNEL_PASSWORD": "x",
}


def imported(code: str, folder: Path, given: bytes = b"") -> set[str]:
    """The modules of a process once it has run `code`, with `given` as its standard input."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}
    show = "import sys; print(end='modules:'); print(*sys.modules)"
    command = [sys.executable, "-c", f"{code}\n{show}"]
    environment |= MINIMAL | {"REASSORT_DATA_DIR": str(folder)}
    ended = subprocess.run(command, env=environment, input=given, capture_output=True, check=True)
    return set(ended.stdout.decode().rpartition("modules:")[2].split())


def ours(modules: set[str]) -> set[str]:
    """Our adapters, and those of others' packages that a command can do without."""
    return {
        each
        for each in modules
        if each.startswith("adapters.") or each.partition(".")[0] in FOREIGN
    }


@pytest.mark.parametrize(
    "module",
    ["graphql_api.compose", "graphql_api.compose.ports", "graphql_api.compose.application"],
)
def test_the_composition_imports_no_adapter(module: str, tmp_path: Path):
    """To import the composition imports no adapter, and no framework of the gateway."""
    found = ours(imported(f"import {module}", tmp_path))
    assert {each for each in found if each.startswith("adapters.")} == set()
    assert not {each for each in found if each.partition(".")[0] == "strawberry"}


ON_DEMAND = """
from graphql_api.compose import compose_on_demand
from graphql_api.settings import read_settings
application = compose_on_demand(read_settings())
application.{part}
"""


@pytest.mark.parametrize("part", ["report_deliveries", "record_bounce", "keep_partners", "jobs"])
def test_a_command_imports_the_store_alone(part: str, tmp_path: Path):
    """What a command uses stands on the store, the clock and the journal: no SMS provider, captcha,
    relay, register or credential store is imported for it."""
    found = imported(ON_DEMAND.format(part=part), tmp_path)
    rooms = {each.split(".")[1] for each in found if each.startswith("adapters.")}
    assert rooms <= {"store", "journal", "system"}
    assert not [each for each in found if each.startswith("adapters.store.p") and "pg" in each]


def test_a_gateway_without_a_worker_imports_nothing_of_it(tmp_path: Path):
    """A process that only serves holds no relay, SMS provider or credential store, neither the
    engine that was not chosen nor, without issuers, what verifies tokens."""
    code = (
        "from graphql_api.compose import compose\n"
        "from graphql_api.settings import read_settings\n"
        "compose(read_settings(), work=False)"
    )
    found = imported(code, tmp_path)
    rooms = {each.split(".")[1] for each in found if each.startswith("adapters.")}
    assert not rooms & {"email", "credentials", "jobs", "countries"}
    assert not found & {"adapters.sms.kannel", "adapters.store.postgres", "asyncpg", "pgqueuer"}
    assert not found & {"httpx", "jwt", "cryptography"}


COMMAND = """
import sys
from graphql_api.__main__ import main
sys.argv = ["reassort", "{name}"]
try:
    main()
except SystemExit as end:
    assert not end.code
"""
PREPARE = (
    "from graphql_api.compose import prepare_database\n"
    "from graphql_api.settings import read_settings\n"
    "prepare_database(read_settings())"
)


def test_a_bounce_imports_nothing_that_prints(tmp_path: Path):
    """R30: what a mail server pipes in, mail by mail, goes without rich, which structlog imports
    where it finds it, without the settings of single routes, and without a gateway."""
    imported(PREPARE, tmp_path)
    letter = b"From: camille.martin@example.org\n\nBonjour"
    found = imported(COMMAND.format(name="record-bounce"), tmp_path, letter)
    assert {"structlog", "adapters.email.bounces"} <= found
    assert not {each for each in found if each.partition(".")[0] in (*FOREIGN, "rich", "pygments")}
    assert not found & {"graphql_api.settings.given", "graphql_api.running.fresh_key"}


def test_a_report_of_deliveries_imports_its_table_alone(tmp_path: Path):
    """R32: rich prints its table, and nothing else of rich is there; it records no event."""
    imported(PREPARE, tmp_path)
    found = imported(COMMAND.format(name="deliveries"), tmp_path)
    assert {"structlog", "rich.table"} <= found
    assert not {each for each in found if each.partition(".")[0] in (*FOREIGN, "pygments")}
    assert not found & {"core.events", "rich.traceback", "graphql_api.settings.given"}


def test_a_migration_imports_the_chosen_engine_alone(tmp_path: Path):
    """To make the embedded engine's file, nothing of PostgreSQL's is imported."""
    found = imported(PREPARE, tmp_path)
    assert "adapters.store.migrate" in found
    assert not {each for each in found if each.partition(".")[0] in FOREIGN}


def test_help_imports_no_settings(tmp_path: Path):
    """A page of help reads no settings and opens nothing."""
    found = imported(COMMAND.format(name="--help"), tmp_path)
    assert "typer" in found
    assert not found & {"pydantic_settings", "structlog", "asyncio", "secrets", "rich"}


def test_a_short_command_looks_for_no_garbage(tmp_path: Path):
    """R30: neither while it imports, nor once more when it ends. How near to looking the
    interpreter is when it starts depends on what is installed, and is not ours."""
    imported(PREPARE, tmp_path)
    at_the_end = (
        "import atexit, gc, os\natexit.register(lambda: gc.get_freeze_count() or os._exit(1))"
    )
    looked = "gc.collect(0)\nlooked = gc.get_stats()[0]['collections']"
    never = "assert gc.get_stats()[0]['collections'] == looked"
    command = COMMAND.format(name="record-bounce")
    imported(f"{at_the_end}\n{looked}\n{command}\n{never}", tmp_path, b"\n\nBonjour")
