"""The settings as they are on one route of a table."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import SecretStr, ValidationError

from graphql_api.settings import Settings, SettingsRefused


def settings_with(settings: Settings, place: str, options: Mapping[str, object]) -> Settings:
    """The settings with these options instead, as they stand in `place`. Raises
    `SettingsRefused`."""
    from graphql_api.settings.given import GivenSettings

    revealed = {
        key: value.get_secret_value() if isinstance(value, SecretStr) else value
        for key, value in options.items()
    }
    if strange := sorted(set(options) - set(Settings.model_fields)):
        raise SettingsRefused(f"{place}: there is no {', '.join(strange)}")
    try:
        return GivenSettings.model_validate(settings.model_dump(exclude_defaults=True) | revealed)
    except ValidationError as refusal:
        named = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in refusal.errors())
        raise SettingsRefused(f"{place}: {named}") from None
