"""The tests themselves reach nobody."""

from __future__ import annotations

import socket

import pytest
from pytest_socket import SocketConnectBlockedError


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80)])
def test_the_world_is_out_of_reach(address):
    """R41: a test that connects to anything but this machine fails, so results never depend on
    the network."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with pytest.raises(SocketConnectBlockedError):
        socket.socket(family).connect(address)


def test_this_machine_is_within_reach():
    """R41: servers started by a test can be talked to."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
