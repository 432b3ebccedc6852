"""A real gateway behind a socket, one for all tests of a module."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.over_http.gateway import GatewayProcess
from tests.over_http.held_open import Opened
from tests.servers.commands import Nursery


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> Iterator[GatewayProcess]:
    """As a deployment has it: introspection off, no trusted documents."""
    process = GatewayProcess(tmp_path_factory.mktemp("gateway"), nursery.start)
    yield process
    assert process.stop() == 0


@pytest.fixture
def opened(gateway: GatewayProcess) -> Iterator[Opened]:
    """Opens connections, which end with the test."""
    with ExitStack() as stack:
        yield Opened(gateway, stack)
