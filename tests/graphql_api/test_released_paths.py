"""Import paths that the documentation of a release names go on working."""

from __future__ import annotations

from importlib import import_module

import pytest

RELEASED = {
    "graphql_api.app": ("build_app",),
    "graphql_api.compose": ("Application", "Ports", "choose_ports", "compose", "prepare_database"),
    "graphql_api.settings": ("Settings", "SettingsRefused", "read_settings"),
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
