"""The table of SMS providers: one row for each that the settings know."""

from __future__ import annotations

from typing import get_args

import pytest

from graphql_api.compose.sms_providers import PROVIDERS
from graphql_api.settings import Settings
from graphql_api.settings.sms_providers import CHOICE, SmsProvider


def test_a_row_for_each_name():
    """A name that the settings take has a row, and the settings page explains it."""
    assert set(PROVIDERS) == set(get_args(SmsProvider))
    assert [name for name in PROVIDERS if f"`{name}`: " not in CHOICE] == []


@pytest.mark.parametrize("name", PROVIDERS)
def test_what_a_provider_needs_is_a_setting(name: str):
    """What a row names as needed is a setting of this provider that is empty unless given."""
    fields = {each: Settings.model_fields[each] for each in PROVIDERS[name].needs}
    assert all(each.startswith(f"{name}_") for each in fields)
    assert not any(
        getattr(each.default, "get_secret_value", lambda each=each: each.default)()
        for each in fields.values()
    )
