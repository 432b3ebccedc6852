"""Consumer contracts (Pact) of partners, verified against the sandbox (R41)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from graphql_api.sandbox.process import Sandbox, running_sandbox

pact = pytest.importorskip("pact", reason="needs pact-python, of the test group")
PACTS = sorted((Path(__file__).parent / "pacts").glob("*.json"))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox(["--at", "2027-06-05T12:00:00Z", "--no-limits"]) as running:
        yield running


@pytest.fixture(autouse=True)
def _no_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    """The verifier tells nobody that it was used."""
    monkeypatch.setenv("PACT_DO_NOT_TRACK", "true")


@pytest.mark.parametrize("contract", PACTS, ids=lambda path: path.stem)
def test_a_partner_s_contract_holds(contract: Path, sandbox: Sandbox) -> None:
    """R41: every interaction, from its provider state, by the matching rules of its consumer."""
    verifier_of(sandbox).add_source(contract).verify()


def test_a_contract_that_does_not_hold_is_found(tmp_path: Path, sandbox: Sandbox) -> None:
    """R41: a consumer that expects another link's code is told so."""
    contract = json.loads(PACTS[0].read_text("utf-8"))
    (used,) = (each for each in contract["interactions"] if "used link" in each["description"])
    contract["interactions"] = [used]
    used["response"]["body"]["data"]["confirmPasswordRenewal"]["code"] = "LINK_TIRED"
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps(contract), "utf-8")
    with pytest.raises(RuntimeError):
        verifier_of(sandbox).add_source(broken).verify()


def verifier_of(sandbox: Sandbox):
    """States are brought about at `/dev/state`."""
    verifier = pact.Verifier("reassort", host="127.0.0.1").add_transport(url=sandbox.url)
    return verifier.state_handler(f"{sandbox.url}/dev/state", body=True, teardown=False)
