"""Worker and gateway killed at every step of a renewal: nothing is lost, nothing is doubled.

`crash_rounds.py` runs the renewals and says what each came to; what must hold of them is said here.
REASSORT_CRASH_ROUNDS sets how many more are killed at random moments.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROUNDS = Path(__file__).parent / "crash_rounds.py"
AT_RANDOM = os.environ.get("REASSORT_CRASH_ROUNDS", "4")
OLDER = "OLDERPASSWORD"
MISSED_AT_MOST = 4
"""The worker's loop may claim two jobs in one commit one time and in two commits the next, so that
the last of its own commits does not come in every round."""

Round = dict[str, Any]


@pytest.fixture(scope="module")
def rounds(tmp_path_factory: pytest.TempPathFactory) -> list[Round]:
    """What every renewal came to."""
    folder = tmp_path_factory.mktemp("crash")
    done = subprocess.run(
        [sys.executable, str(ROUNDS), str(folder), "--random", AT_RANDOM],
        capture_output=True,
        text=True,
        timeout=900 + 30 * int(AT_RANDOM),
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_step_was_a_crash(rounds):
    """R29: every step of both processes had its crash, and each crash was one."""
    learnt = rounds[0]
    planned = [each for each in rounds if each["end"] is not None]
    assert len(planned) == len(set(learnt["steps"]))
    verbs = {step.split()[2] for step in learnt["steps"]}
    assert verbs >= {
        "captcha.check",
        "commit",
        "register.find",
        "register.identifier_matches",
        "email.send",
        "credentials.put",
        "sms.send",
        "answer",
    }
    missed = [each["end"] for each in planned if not each["reached"]]
    assert len(missed) <= MISSED_AT_MOST
    assert all(step.startswith("loop commit") for step in missed)
    assert [each["round"] for each in planned if each["reached"] and not each["killed"]] == []


def test_no_request_is_lost(rounds):
    """R29: every accepted request comes to its end; a repeated one is answered alike and dismissed;
    no job is left over or given up."""
    _all_hold(rounds, lambda each: each["failure"] is None)
    _all_hold(rounds, lambda each: each["asked"] == "RenewalRequested")
    _all_hold(rounds, lambda each: _states(each).count("password_sent") == 1)
    _all_hold(rounds, lambda each: set(_states(each)) <= {"password_sent", "dismissed"})
    _all_hold(rounds, lambda each: each["dead"] == 0)
    _all_hold(
        rounds,
        lambda each: (
            {tuple(delivery) for delivery in each["deliveries"]}
            == {("link", "accepted"), ("password", "accepted"), ("password_changed", "accepted")}
        ),
    )


def test_exactly_one_password_is_valid(rounds):
    """R19, R20: however often an SMS was sent, it carried the one password that signs in; the one
    from before does not; no seed is left."""
    _all_hold(rounds, lambda each: len(each["passwords"]) >= 1)
    _all_hold(rounds, lambda each: len(set(each["passwords"])) == 1)
    _all_hold(rounds, lambda each: each["sign_in"] == {each["passwords"][0]: True, OLDER: False})
    _all_hold(rounds, lambda each: [seed for _, _, seed in each["requests"] if seed] == [])


def test_a_repeated_email_is_the_same(rounds):
    """R29, R34: an e-mail that may not have left is sent again with its Message-ID and its link."""
    _all_hold(rounds, lambda each: len({tuple(link) for link in each["links"]}) == 1)
    _all_hold(rounds, lambda each: len(set(each["notices"])) == 1)
    after_sending = [each for each in rounds if each["end"] == "deliver_email email.send 1 after"]
    assert [len(each["links"]) for each in after_sending] == [2]


def test_a_lost_answer(rounds):
    """R13, R29: a voter whose confirmation was not answered learns at the next try that the link is
    used when it was recorded, and succeeds when it was not."""
    said = {each["end"]: each["confirmed"] for each in rounds if each["role"] == "gateway"}
    assert said["loop commit 2 before committing"] == "PasswordRenewed"
    assert said["loop commit 2 committed"] == "LINK_USED"
    assert said["loop answer 2 before"] == "LINK_USED"
    assert said["loop answer 2 after"] == "PasswordRenewed"


def _states(each: Round) -> list[str]:
    return [state for state, _, _ in each["requests"]]


def _all_hold(rounds: list[Round], holds) -> None:
    assert [each for each in rounds if not holds(each)] == []
