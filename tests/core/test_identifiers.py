"""Ids of rows, and keys of jobs."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from core.identifiers import CHANCE_BYTES, new_id
from core.jobs import Job, JobKind

NOW = datetime(2027, 5, 28, 10, 0, 30, 123_456, tzinfo=UTC)


def test_ids_are_random_and_plain(randomness):
    """R42: 72 bits that tell nothing beside the time, in lower-case letters and digits."""
    ids = {new_id(NOW, randomness.token(CHANCE_BYTES)) for _ in range(1000)}
    assert len(ids) == 1000
    assert all(re.fullmatch(r"[0-9a-v]{24}", each) for each in ids)
    assert CHANCE_BYTES * 8 >= 72


@pytest.mark.parametrize("later", [timedelta(milliseconds=1), timedelta(days=36_525)])
def test_a_later_id_stands_after_an_earlier_one(later):
    """Whatever chance adds, so that an index grows at its end. The alphabet is in the order of
    its values, which that of `base32` is not."""
    assert new_id(NOW, b"\xff" * CHANCE_BYTES) < new_id(NOW + later, bytes(CHANCE_BYTES))


def test_every_bit_of_chance_is_told():
    """R42: and every one of them counts."""
    ids = {new_id(NOW, (1 << bit).to_bytes(CHANCE_BYTES)) for bit in range(8 * CHANCE_BYTES)}
    assert len(ids) == 8 * CHANCE_BYTES


def test_a_job_is_named_by_kind_and_subject():
    """R29: the key by which a job is queued once."""
    assert Job(JobKind.SEND_LINK, "r1").key == "send_link:r1"
    assert len({Job(kind, "r1").key for kind in JobKind}) == len(JobKind)
