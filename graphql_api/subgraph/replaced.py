"""What was declared of a type or a field, to be declared again of the one that takes its place."""

from __future__ import annotations

from typing import Any

from strawberry.types.base import get_object_definition


def description_of(type_: type) -> str | None:
    return get_object_definition(type_, strict=True).description


def as_declared(type_: type, python_name: str) -> dict[str, Any]:
    """Description and metadata (among it, who has access) of a field, as arguments for another."""
    fields: list[Any] = get_object_definition(type_, strict=True).fields
    found = next(each for each in fields if each.python_name == python_name)
    return {"description": found.description, "metadata": found.metadata}
