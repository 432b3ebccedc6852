"""What tests need not pay for: certificates that were read before, hashes that resist a thief."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from functools import cache
from typing import Any

import certifi
import pytest
from argon2 import PasswordHasher

from adapters.credentials import hashing


@pytest.fixture(scope="session", autouse=True)
def _certificates_are_read_once() -> Iterator[None]:
    """httpx reads the usual ones, which takes 20 ms of CPU, for each client that is made."""
    make, usual = ssl.create_default_context, certifi.where()
    first = cache(make)

    def shared(*purpose: object, **given: object) -> ssl.SSLContext:
        return (first if given == {"cafile": usual} else make)(*purpose, **given)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ssl, "create_default_context", shared)
        yield


@pytest.fixture
def hashes_cost_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that do not speak of what a hash costs: the least that argon2 can do, in place of
    20 ms of CPU."""

    def least(**given: Any) -> PasswordHasher:
        return PasswordHasher(**given | {"time_cost": 1, "memory_cost": 8})

    monkeypatch.setattr(hashing, "PasswordHasher", least)
