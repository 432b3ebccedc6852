"""Ids of rows, and keys of jobs."""

from __future__ import annotations

import re

from core.identifiers import ID_BYTES, new_id
from core.jobs import Job, JobKind


def test_ids_are_random_and_plain(randomness):
    """R42: 120 bits that tell nothing, in lower-case letters and digits."""
    ids = {new_id(randomness.token(ID_BYTES)) for _ in range(1000)}
    assert len(ids) == 1000
    assert all(re.fullmatch(r"[a-z2-7]{24}", each) for each in ids)


def test_a_job_is_named_by_kind_and_subject():
    """R29: the key by which a job is queued once."""
    assert Job(JobKind.SEND_LINK, "r1").key == "send_link:r1"
    assert len({Job(kind, "r1").key for kind in JobKind}) == len(JobKind)
