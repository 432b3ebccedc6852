"""Names in the schema: Strawberry's, remembered.

Strawberry works a name out again for each argument of each operation: in a profile of accepting a
request that was the costliest function of all.
"""

from __future__ import annotations

from functools import lru_cache

from strawberry.schema.name_converter import NameConverter


class RememberedNames(NameConverter):
    """camelCase, as ever."""

    def __init__(self) -> None:
        super().__init__()
        self._name_of = lru_cache(4096)(super().apply_naming_config)

    def apply_naming_config(self, name: str) -> str:
        return self._name_of(name)
