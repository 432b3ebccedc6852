"""The parts of uvicorn that it does not promise are where we look for them.

When an upgrade breaks one, `graphql_api/running/uvicorn_inside.py` is the only file to mend, and
the bounds in `pyproject.toml` say which versions this was tried with. That the connections do what
they should is shown by `tests/over_http/test_connections.py`, on a real server.
"""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from graphql_api.running import uvicorn_inside
from graphql_api.running.bounds import Bounds
from graphql_api.running.uvicorn_inside import BoundedConnection, bounded

OF_A_CONNECTION = (
    *("app", "connections", "cycle", "flow", "headers", "parser", "pipeline", "scope", "tasks"),
    *("transport", "url"),
)
OF_A_REQUEST = (
    *("access_log", "default_headers", "disconnected", "flow", "keep_alive", "message_event"),
    *("more_body", "on_response", "response_complete", "scope", "waiting_for_100_continue"),
)


async def _nothing(scope: Any, receive: Any, send: Any) -> None:
    """An app."""


def assigned(kind: type) -> set[str]:
    """The attributes that a class gives to its instances."""
    tree = ast.parse(inspect.getsource(kind))
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    }


def test_attributes():
    """What we read and set of a connection and of a request is there under the same name."""
    assert set(OF_A_CONNECTION) <= assigned(HttpToolsProtocol)
    assert {*OF_A_REQUEST, "response_started"} <= assigned(RequestResponseCycle)


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, member in vars(BoundedConnection).items()
        if inspect.isfunction(member) and "super()." + name in inspect.getsource(member)
    ],
)
def test_methods(name: str):
    """What we call on is still there, and takes the same."""
    theirs = inspect.signature(getattr(HttpToolsProtocol, name))
    ours = inspect.signature(getattr(BoundedConnection, name))
    if name != "__init__":
        assert list(theirs.parameters) == list(ours.parameters)
    else:
        assert set(ours.parameters) - {"bounds", "more"} <= set(theirs.parameters)


def test_a_parser_that_stops():
    """uvicorn answers for a parser that has stopped by the method that we replace."""
    called = inspect.getsource(HttpToolsProtocol.data_received)
    assert "self.send_400_response(" in called
    assert list(inspect.signature(HttpToolsProtocol.send_400_response).parameters) == [
        "self",
        "msg",
    ]


async def test_a_server_makes_our_connections():
    """uvicorn takes what makes a connection as it is, and hands it what we expect."""
    config = uvicorn.Config(_nothing, http=bounded(Bounds(1, 1024, 1.0)), log_config=None)
    config.load()
    made = config.http_protocol_class(config=config, server_state=ServerState(), app_state={})
    assert isinstance(made, BoundedConnection)


def test_nothing_else_reaches_inside():
    """One file knows uvicorn's protocols."""
    root = Path(uvicorn_inside.__file__).parents[1]
    found = {
        path.name
        for path in root.rglob("*.py")
        if re.search(r"uvicorn\.(protocols|server)|HttpToolsProtocol", path.read_text("utf-8"))
    }
    assert found == {"uvicorn_inside.py", "whole_answers.py"}
