"""Operations made up from the schema by schemathesis: whatever fits it is answered.
`SCHEMA_EXAMPLES=20000` tries more, by hand: ten minutes."""

from __future__ import annotations

import os
from functools import cache
from io import StringIO

import hypothesis
import schemathesis
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from graphql_api.schema.executable import sdl

EXAMPLES = int(os.environ.get("SCHEMA_EXAMPLES", "100"))
REFUSED = {"INVALID_FIELDS", "UNAUTHENTICATED"}
"""What a field without a union may answer with: a kind of security code that is not on offer, or
that it is not for everyone."""


@cache
def operations():
    """Every field of the schema's roots, as a strategy of operations."""
    schema = schemathesis.graphql.from_file(StringIO(sdl()))
    found = [operation.ok() for operation in schema.get_all_operations()]
    return {operation.label: operation.as_strategy() for operation in found}


def test_every_root_field_is_tried():
    """R41: the next test reaches each query and mutation."""
    assert operations().keys() >= {
        "Query.renewalLink",
        "Query.votingRound",
        "Mutation.issueSecurityCode",
        "Mutation.requestPasswordRenewal",
        "Mutation.confirmPasswordRenewal",
        "Mutation.contactAssistance",
    }


@hypothesis.settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
async def test_operations_from_the_schema(portal, data):
    """R37: no operation that fits the schema is answered with a server error, a validation error
    or a masked defect."""
    label = data.draw(st.sampled_from(sorted(operations())))
    case = data.draw(operations()[label])
    response = await portal.send(case.body)
    assert response.status_code == 200, response.text
    errors = response.json().get("errors", [])
    assert {error["extensions"]["code"] for error in errors} <= REFUSED, errors
