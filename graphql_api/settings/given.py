"""Settings of which nothing is read from the environment: one SMS route's, a demo's election's."""

from __future__ import annotations

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from .deployment import Settings


class GivenSettings(Settings):
    """Settings of which nothing is read from the environment."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)
