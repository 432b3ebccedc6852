"""What the tests of a process would work out again and again: the types of the schema, documents
that make sense, which library runs the event loop, whose packages are installed. None of it has a
state."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from copy import copy
from functools import cache, lru_cache
from importlib.metadata import packages_distributions

import pytest
from graphql import GraphQLSchema

from graphql_api import app
from graphql_api.documents import reading
from graphql_api.documents.hardening.limits import DocumentLimits
from graphql_api.documents.reading import ReadDocument, read_document
from graphql_api.running import doctor
from graphql_api.schema import executable
from graphql_api.schema.executable import GatewaySchema, build_schema
from graphql_api.subgraph import build_subgraph_schema, router_door


@pytest.fixture(scope="session", autouse=True)
def _worked_out_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(app, "build_schema", _of_the_same_types(build_schema))
        patched.setattr(
            router_door, "build_subgraph_schema", _of_the_same_types(build_subgraph_schema)
        )
        patched.setattr(reading, "read_document", _read)
        patched.setattr(executable, "read_document", _read)
        patched.setattr(doctor, "packages_distributions", cache(packages_distributions))
        if "sniffio" not in sys.modules:
            # httpx looks for it at each request to an application, in all of `sys.path`.
            patched.setitem(sys.modules, "sniffio", None)
        yield


def _of_the_same_types(build: Callable[..., GatewaySchema]) -> Callable[..., GatewaySchema]:
    """A schema with a memory of its own for documents."""
    first = cache(build)
    return lambda documents, limits, **which: copy(first(**which)).remember(documents, limits)


class _Refused(Exception):
    """Errors are made anew each time that the document is read."""


def _read(schema: GraphQLSchema, text: str, limits: DocumentLimits) -> ReadDocument:
    try:
        return copy(_read_once(schema, text, limits))
    except _Refused:
        return read_document(schema, text, limits)


@lru_cache(1024)
def _read_once(schema: GraphQLSchema, text: str, limits: DocumentLimits) -> ReadDocument:
    read = read_document(schema, text, limits)
    if read.errors:
        raise _Refused
    return read
