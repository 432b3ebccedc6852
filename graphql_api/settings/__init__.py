"""Every setting, read from the environment, with what it means, and refused by name when wrong.

One file a subject: its settings, what is checked of them, and which of them the chosen adapter
needs. The page `docs/reference/settings.md` is made from these files.
"""

from .deployment import Settings
from .keys import read_keys
from .reading import SettingsRefused, read_settings
from .section import PREFIX, Section, variable

__all__ = [
    "PREFIX",
    "Section",
    "Settings",
    "SettingsRefused",
    "read_keys",
    "read_settings",
    "variable",
]
