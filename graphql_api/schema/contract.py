"""The schema as a contract: what a release may change, and whether partners' operations hold (R41).

What is removed breaks clients, unless the release before had said so: a field, an argument or a
value that was deprecated there with `Goes with <version>` may go in that version or later, a type
when all of its fields were.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    find_breaking_changes,
    find_dangerous_changes,
)

from .executable import GatewaySchema

GOES = re.compile(r"Deprecated (\d{4}-\d{2}-\d{2})\b.*\bGoes with (\d+)\.0\.0\b", re.DOTALL)
"""What every deprecation says: since when, and with which major version it ends."""
_REMOVED = re.compile(
    r"(?:Field |Argument |Enum value )?(\S+) was removed(?: from union type \S+)?\."
)


@dataclass(frozen=True)
class Comparison:
    """What changed since a release, each in a sentence. `announced`: breaking, and due."""

    breaking: tuple[str, ...]
    dangerous: tuple[str, ...]
    announced: tuple[str, ...] = ()


@dataclass(frozen=True)
class Flaw:
    """Where an operation asks for what the schema does not have."""

    file: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


def compare(released: str, current: str, version: str) -> Comparison:
    """The schema of a release with the one of `version`, both as SDL. Raises `GraphQLError` for
    what is no schema."""
    before, after = build_schema(released), build_schema(current)
    due = {name for name, major in _announced(before) if major <= int(version.split(".")[0])}
    breaking, announced = list[str](), list[str]()
    for change in find_breaking_changes(before, after):
        named = _REMOVED.fullmatch(change.description)
        is_due = named is not None and named[1] in due
        (announced if is_due else breaking).append(change.description)
    dangerous = (change.description for change in find_dangerous_changes(before, after))
    return Comparison(tuple(breaking), tuple(dangerous), tuple(announced))


def deprecations(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """Name and reason of everything deprecated, named as graphql-core names what is removed."""
    for name, element in _elements(schema):
        if element.deprecation_reason is not None:
            yield name, element.deprecation_reason


def check_operations(schema: GatewaySchema, files: Iterable[Path]) -> list[Flaw]:
    """Everything in these files that the gateway would refuse, its limits included."""
    return [finding for file in files for finding in _check(schema, file)]


def _check(schema: GatewaySchema, file: Path) -> Iterator[Flaw]:
    for error in schema.read(file.read_text("utf-8")).errors:
        line = error.locations[0].line if error.locations else 1
        yield Flaw(file, line, error.message)


def _announced(schema: GraphQLSchema) -> Iterator[tuple[str, int]]:
    """What may go, with the major version in which it may. A type goes with the last of its fields
    or values, all of them deprecated."""
    ends = dict[str, list[float]]()
    for name, element in _elements(schema):
        said = GOES.search(element.deprecation_reason or "")
        if said is not None:
            yield name, int(said[2])
        if "(" not in name:
            ends.setdefault(name.split(".")[0], []).append(int(said[2]) if said else inf)
    yield from ((kind, int(max(all_))) for kind, all_ in ends.items() if max(all_) < inf)


def _elements(schema: GraphQLSchema) -> Iterator[tuple[str, Any]]:
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLEnumType):
            yield from ((f"{kind.name}.{name}", value) for name, value in kind.values.items())
        elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for name, field in kind.fields.items():
                yield f"{kind.name}.{name}", field
                arguments = getattr(field, "args", {})
                for argument in arguments:
                    yield f"{kind.name}.{name}({argument}:)", arguments[argument]
