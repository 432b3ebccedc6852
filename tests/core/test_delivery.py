"""The record of one message."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.delivery import Delivery, DeliveryState, delivery_id
from core.jobs import JobKind
from core.locale import Locale
from core.messages import Acceptance, MessageKind

SECOND = timedelta(seconds=1)


@pytest.fixture
def queued(noon):
    return Delivery.queued(MessageKind.LINK, "r1", Locale.FR, noon)


def test_its_subject_and_kind_name_it(queued):
    """R29: one subject causes one message of a kind: a second one could not be stored."""
    assert queued.id == delivery_id("r1", MessageKind.LINK) == "r1.link"
    ids = {delivery_id("r1", kind) for kind in MessageKind}
    assert len(ids) == len(MessageKind)


@pytest.mark.parametrize("kind", MessageKind)
def test_its_job_sends_it(noon, kind):
    """R20, R29: an e-mail's job names the e-mail, a password's the request that it is made for. A
    message to the assistance cell has a kind of job of its own."""
    is_password = kind is MessageKind.PASSWORD
    job = Delivery.queued(kind, "r1", Locale.FR, noon).job
    of_its_own = {
        MessageKind.PASSWORD: JobKind.ISSUE_PASSWORD,
        MessageKind.ASSISTANCE: JobKind.DELIVER_TO_CELL,
    }
    assert job.kind is of_its_own.get(kind, JobKind.DELIVER_EMAIL)
    assert job.subject == ("r1" if is_password else f"r1.{kind}")


def test_it_is_queued_first(queued):
    """R29: open, with no attempt yet."""
    assert (queued.state, queued.attempts, queued.is_open) == (DeliveryState.QUEUED, 0, True)


def test_accepted(queued, noon):
    """R29: taken over, with the route, its reference and the end of what went wrong before."""
    taken = queued.deferred("450 busy", noon).accepted(Acceptance("relay", "ref"), noon + SECOND)
    assert taken.state is DeliveryState.ACCEPTED
    assert (taken.route, taken.reference, taken.reason) == ("relay", "ref", None)
    assert (taken.attempts, taken.changed_at) == (2, noon + SECOND)
    assert not taken.is_open


def test_deferred(queued, noon):
    """R29: still open, one attempt more, with what was heard."""
    later = queued.deferred("450 busy", noon + SECOND)
    assert (later.state, later.is_open, later.attempts) == (DeliveryState.QUEUED, True, 1)
    assert (later.reason, later.changed_at) == ("450 busy", noon + SECOND)


def test_failed(queued, noon):
    """R29: refused for good, with the reason."""
    ended = queued.failed("550 unknown", noon + SECOND)
    assert (ended.state, ended.is_open) == (DeliveryState.FAILED, False)
    assert (ended.attempts, ended.reason, ended.changed_at) == (1, "550 unknown", noon + SECOND)


def test_expired(queued, noon):
    """R29: given up without another attempt; the last thing heard is kept."""
    ended = queued.deferred("450 busy", noon).expired(noon + SECOND)
    assert (ended.state, ended.is_open) == (DeliveryState.EXPIRED, False)
    assert (ended.attempts, ended.reason, ended.changed_at) == (1, "450 busy", noon + SECOND)


def test_it_holds_no_address(queued):
    """R44: whom to write to is read from the register, never kept here."""
    assert not {"to", "email", "phone", "address"} & set(vars(queued))
