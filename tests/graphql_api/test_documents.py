"""Documents: read once when they make sense, never remembered when they do not."""

from __future__ import annotations

import pytest
from graphql import get_introspection_query

from graphql_api.documents.hardening.limits import DocumentLimits
from graphql_api.documents.reading import LONGEST_REMEMBERED, Documents
from graphql_api.schema.executable import build_schema

GOOD = "{ __typename }"


@pytest.fixture(scope="module")
def schema():
    return build_schema()._schema


@pytest.fixture
def documents():
    return Documents(2)


def remembered(documents):
    return len(documents._kept)


def test_a_good_document_is_read_once(schema, documents):
    """The same text gives the same document; the least recently used is forgotten first."""
    first = documents.read(schema, GOOD)
    assert first.errors == ()
    assert documents.read(schema, GOOD) is first
    for number in range(5):
        documents.read(schema, f"query Q{number} {{ __typename }}")
    assert remembered(documents) == 2
    assert documents.read(schema, GOOD) is not first


@pytest.mark.parametrize("text", ["{", "", "{ nope }", "query A { __typename } query A { nope }"])
def test_what_makes_no_sense_is_not_remembered(schema, documents, text):
    """R38: strangers cannot push partners' documents out of the memory with nonsense."""
    first = documents.read(schema, GOOD)
    for _ in range(5):
        read = documents.read(schema, text)
        assert read.errors
    assert remembered(documents) == 1
    assert documents.read(schema, GOOD) is first


def test_a_long_document_is_not_remembered(schema):
    """R38: nor with long ones, where the limits let them pass; they are read all the same."""
    documents = Documents(2, DocumentLimits(length=2 * LONGEST_REMEMBERED))
    read = documents.read(schema, GOOD.ljust(LONGEST_REMEMBERED + 1))
    assert (read.errors, remembered(documents)) == ((), 0)
    documents.read(schema, GOOD.ljust(LONGEST_REMEMBERED))
    assert remembered(documents) == 1


def test_limits_belong_to_the_memory(schema):
    """R38: what one deployment remembers passed its own limits, not those of another."""
    wide, narrow = Documents(2), Documents(2, DocumentLimits(fields=1))
    text = "{ __typename a: __typename }"
    assert wide.read(schema, text).errors == ()
    (error,) = narrow.read(schema, text).errors
    assert (error.code, error.message) == ("TOO_MANY_FIELDS", "fields: 2 of at most 1")


def test_introspection_fits(schema):
    """R41: where it is switched on, tools that ask for everything there is to know are within the
    limits; elsewhere they are told why not."""
    query = get_introspection_query(
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
    )
    assert Documents(2, DocumentLimits(introspection=True)).read(schema, query).errors == ()
    (error,) = Documents(2).read(schema, query).errors
    assert error.code == "INTROSPECTION_OFF"


@pytest.mark.parametrize(
    ("text", "name", "found"),
    [
        (GOOD, None, None),
        (GOOD, "", None),
        ("query A { __typename }", None, "A"),
        ("query A { __typename } query B { __typename }", "B", "B"),
        ("query A { __typename } fragment F on Query { ...F }", "A", "A"),
    ],
)
def test_the_operation_that_is_meant(schema, documents, text, name, found):
    """R36: the only operation, or the one that is named."""
    operation = documents.read(schema, text).operation(name)
    assert operation is not None
    assert (operation.name and operation.name.value) == found


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("{", None),
        (GOOD, "A"),
        ("query A { __typename } query B { __typename }", None),
        ("query A { __typename } query A { __typename }", "A"),
        ("fragment F on Query { __typename }", None),
    ],
)
def test_no_operation_is_meant(schema, documents, text, name):
    """R36: none, or more than one: nothing is guessed."""
    assert documents.read(schema, text).operation(name) is None
