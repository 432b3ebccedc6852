"""Import paths that the documentation of a release names go on working."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from graphql_api.app import build_app
from graphql_api.compose import choose_ports, compose
from graphql_api.settings import Settings, SettingsRefused

RELEASED = {
    "graphql_api.app": ("build_app",),
    "graphql_api.compose": ("Application", "Ports", "choose_ports", "compose", "prepare_database"),
    "graphql_api.settings": ("Settings", "SettingsRefused", "read_settings"),
    "graphql_api.gateway": ("Call",),
    "graphql_api.plugin": (),
    "graphql_api.logs": ("configure_logs",),
    "graphql_api.sandbox.pytest_plugin": (),
    "graphql_api.trusted_documents": ("DocumentUse",),
    "core.errors": ("DomainError", "MessageRefused"),
    "core.messages": ("Acceptance", "PasswordSms"),
}


@pytest.mark.parametrize("path", RELEASED)
def test_a_released_path_works(path):
    """R41: a host that follows the pages of 0.2.0 is not broken by a move of ours."""
    module = import_module(path)
    for name in (*RELEASED[path], *getattr(module, "__all__", ())):
        assert hasattr(module, name), name


def choose(settings: Settings) -> None:
    choose_ports(settings)


def serve(settings: Settings) -> None:
    build_app(compose(settings))


@pytest.mark.parametrize("caught", [ValueError, SettingsRefused])
@pytest.mark.parametrize(
    ("wrong", "start"),
    [
        ({"link_template": "http://vote.example.org/#token={token}"}, choose),
        ({"trusted_documents": Path("nowhere")}, serve),
    ],
)
def test_what_a_host_of_0_2_0_catches_at_its_start_is_raised(make_settings, wrong, start, caught):
    """R41: `ValueError` for what an adapter refuses, `SettingsRefused` for trusted documents; what
    is raised now is both."""
    settings = make_settings(**wrong)
    with pytest.raises(caught):
        start(settings)
