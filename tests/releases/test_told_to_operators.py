"""What a process of the released version cannot read is told to those who replace it while others
run, and what was released is not rewritten."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

from adapters.store.migrations import SCHEMA_VERSION
from core.delivery import DeliveryState
from core.jobs import JobKind
from core.messages import MessageKind
from core.reasons import Dismissal, Revocation
from core.recovery_request import State

ROOT = Path(__file__).parents[2]
RELEASED = frozenset(
    [
        "accepted",
        "assistance",
        "confirmed",
        "deliver_email",
        "delivered",
        "dismissed",
        "email_differs",
        "expired",
        "fail_over",
        "failed",
        "follow_sms",
        "identifier_renewed",
        "issue_password",
        "link",
        "link_sent",
        "no_phone",
        "over_quota",
        "password",
        "password_changed",
        "password_not_sent",
        "password_sent",
        "queued",
        "received",
        "revoked",
        "round_closed",
        "send_link",
        "superseded",
        "undelivered",
        "unknown_voter",
        "written_recently",
    ]
)
"""The words that 0.2.0 writes into requests, deliveries and jobs, and reads there."""
CHANGES_UP_TO_0_2_0 = "5aeebf8569f0b13efbe9fb1ea994a667cffceec838a90cf3f292268f8f91490a"


def test_words_that_0_2_0_cannot_read_stand_in_the_how_to() -> None:
    """R29: nothing is lost, and nobody is surprised, while old and new processes run together."""
    kinds = (State, Dismissal, Revocation, MessageKind, DeliveryState, JobKind)
    new = {each.value for kind in kinds for each in kind} - RELEASED
    page = (ROOT / "docs/how-to/deploy-on-several-machines.md").read_text("utf-8")
    section = page.partition("### From 0.2.0")[2].partition("\n#")[0]
    assert new == set(re.findall(r"^\| `(\w+)`", section, re.MULTILINE))


def test_the_changelog_tells_the_schema_and_leaves_released_sections_alone() -> None:
    """Whoever upgrades reads what changed since the release that they have, under that release."""
    unreleased, released = (ROOT / "CHANGELOG.md").read_text("utf-8").split("## 0.2.0\n")
    assert f"schema is version {SCHEMA_VERSION}:" in unreleased
    assert sha256(released.encode()).hexdigest() == CHANGES_UP_TO_0_2_0
    entries = re.split(r"\n(?=- |#)", unreleased)
    assert not [each for each in entries if each.startswith("- ") and entries.count(each) > 1]
