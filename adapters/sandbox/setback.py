"""Setback: what happens to a call before it is made, such as a wait or a failure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

Key = TypeVar("Key")
Setback = Callable[[], Awaitable[None]]
"""Returns, at once or later, when the call may go on; raises when it may not."""


async def befall(setbacks: Mapping[Key, Setback], key: Key) -> None:
    """What is planned for `key`, if anything is."""
    if key in setbacks:
        await setbacks[key]()
