"""A real gateway behind a socket, one for all tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.over_http.gateway import GatewayProcess
from tests.servers.commands import Nursery


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> Iterator[GatewayProcess]:
    """As a deployment has it: introspection off, no trusted documents."""
    process = GatewayProcess(tmp_path_factory.mktemp("gateway"), nursery.start)
    yield process
    assert process.stop() == 0
