"""Many at once: two client processes against two gateway processes over one database file."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from core.security_code import RenewalStep

CLIENT = Path(__file__).parent / "all_at_once.py"


@pytest.fixture
def gateways(deployment, until):
    """Two gateways, one worker, and the token of a link that was just e-mailed."""
    deployment.prepare()
    deployment.relay()
    deployment.gateway()
    voters = [deployment.serve(), deployment.serve()]
    deployment.work()
    voters[0].ask()
    until(deployment.tokens)
    return voters


async def test_one_link_renews_once(deployment, until, gateways):
    """R13: 100 simultaneous confirmations of one link, from two processes through two gateways,
    give one renewal, 99 refusals with a code, and one SMS."""
    (token,) = deployment.tokens()
    codes = await deployment.security_codes(RenewalStep.CONFIRM, 100)
    answers = _confirm(deployment, gateways, token, ["K7WPQ2M4XN9B"] * 100, codes)
    assert Counter(answers) == {"PasswordRenewed": 1, "LINK_USED": 99}
    (password,) = until(deployment.passwords)
    until(lambda: deployment.rows("SELECT count(*) FROM job") == [(0,)])
    assert len(deployment.sms()) == 1
    assert len(deployment.emails()) == 2
    assert await deployment.signs_in(password)


async def test_wrong_identifiers_are_counted(deployment, gateways):
    """R16: of 60 simultaneous wrong identifiers from one network no more than five are judged; then
    the link is refused there, for the right identifier too. It stays the voter's elsewhere."""
    (token,) = deployment.tokens()
    codes = await deployment.security_codes(RenewalStep.CONFIRM, 60)
    wrong = [f"ZZZZZZZZ{number:04}" for number in range(60)]
    answers = _confirm(deployment, gateways, token, wrong, codes)
    assert Counter(answers) == {"IDENTIFIER_MISMATCH": 5, "LINK_REVOKED": 55}
    assert gateways[1].confirm(token)["code"] == "LINK_REVOKED"
    assert deployment.rows("SELECT state FROM recovery_request") == [("link_sent",)]
    assert deployment.sms() == []


async def test_the_right_identifier_among_wrong_ones(deployment, gateways):
    """R13, R16: whether the right identifier comes in time or not, no more than five wrong ones are
    judged and at most one renewal follows."""
    (token,) = deployment.tokens()
    codes = await deployment.security_codes(RenewalStep.CONFIRM, 40)
    mixed = ["K7WPQ2M4XN9B" if number % 4 == 0 else f"ZZZZZZZZ{number:04}" for number in range(40)]
    counts = Counter(_confirm(deployment, gateways, token, mixed, codes))
    assert counts["IDENTIFIER_MISMATCH"] <= 5
    assert counts["PasswordRenewed"] <= 1
    assert counts["PasswordRenewed"] or counts["IDENTIFIER_MISMATCH"] == 5
    assert set(counts) <= {"PasswordRenewed", "IDENTIFIER_MISMATCH", "LINK_USED", "LINK_REVOKED"}


async def test_a_security_code_is_answered_once(deployment, gateways):
    """R27: one security code sent 40 times at once is good for one of them."""
    (code,) = await deployment.security_codes(RenewalStep.REQUEST, 1)
    form = {"numic": "99999999", "email": "nobody@example.org", "code": code}
    bodies = [{"query": deployment.request_mutation, "variables": form}] * 40
    answers = _at_once(gateways, bodies, "requestPasswordRenewal")
    assert Counter(answers) == {"RenewalRequested": 1, "SECURITY_CODE_USED": 39}
    assert deployment.rows("SELECT count(*) FROM recovery_request") == [(2,)]


def _confirm(deployment, gateways, token, identifiers, codes) -> list[str]:
    bodies = [
        {
            "query": deployment.confirm_mutation,
            "variables": {"token": token, "identifier": identifier, "code": code},
        }
        for identifier, code in zip(identifiers, codes, strict=True)
    ]
    return _at_once(gateways, bodies, "confirmPasswordRenewal")


def _at_once(gateways, bodies, field) -> list[str]:
    """The code of each answer, or its type when it is no problem."""
    posts = [(f"{gateways[each % 2].url}", body) for each, body in enumerate(bodies)]
    half = len(posts) // 2
    clients = [_client(posts[:half]), _client(posts[half:])]
    for client in clients:
        assert client.stdout.readline() == "ready\n"
    for client in clients:
        client.stdin.write("go\n")
        client.stdin.flush()
    answers = [
        each for client in clients for each in json.loads(client.communicate(timeout=180)[0])
    ]
    results = [answer["data"][field] for answer in answers]
    return [result.get("code", result["__typename"]) for result in results]


def _client(posts) -> subprocess.Popen[str]:
    client = subprocess.Popen(
        [sys.executable, str(CLIENT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    client.stdin.write(json.dumps(posts) + "\n")
    client.stdin.flush()
    return client
