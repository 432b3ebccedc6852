"""The schema is a contract: written down, described, and never less than what was promised."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
    build_schema,
    is_specified_scalar_type,
)
from graphql.utilities.print_schema import print_input_value

from graphql_api.schema.executable import build_schema as build_gateway_schema
from graphql_api.schema.executable import sdl

KINDS = (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
)
ROOT = Path(__file__).parents[2]
PROMISED = """
scalar DateTime
scalar DataUri
type Mutation {
  issueSecurityCode(input: IssueSecurityCodeInput!): SecurityCode!
  requestPasswordRenewal(input: RequestPasswordRenewalInput!): RequestPasswordRenewalResult!
  confirmPasswordRenewal(input: ConfirmPasswordRenewalInput!): ConfirmPasswordRenewalResult!
  contactAssistance(input: ContactAssistanceInput!): ContactAssistanceResult!
}
type Query { renewalLink(token: String!): RenewalLink!  votingRound: VotingRound }
type VotingRound { id: ID! }
enum RenewalStep { REQUEST CONFIRM ASSISTANCE }
enum Locale { FR EN }
input IssueSecurityCodeInput {
  step: RenewalStep!
  kind: SecurityCodeKind! = DIGITS
  locale: Locale! = FR
}
enum SecurityCodeKind { DIGITS PROOF_OF_WORK }
type SecurityCode {
  id: ID!
  kind: SecurityCodeKind!
  expiresAt: DateTime!
  image: DataUri
  audio: DataUri
  challenge: String
}
input SecurityCodeAnswer { id: ID!  answer: String! }
input RequestPasswordRenewalInput {
  numic: String
  numel: String
  email: String!
  securityCode: SecurityCodeAnswer!
  locale: Locale! = FR
}
union RequestPasswordRenewalResult =
  RenewalRequested | InvalidFields | SecurityCodeRejected | TooManyRequests | RenewalClosed
input ConfirmPasswordRenewalInput {
  token: String!
  identifier: String!
  securityCode: SecurityCodeAnswer!
  locale: Locale! = FR
}
union ConfirmPasswordRenewalResult =
  PasswordRenewed | InvalidFields | SecurityCodeRejected | LinkRejected | TooManyRequests
  | RenewalClosed
input ContactAssistanceInput { securityCode: SecurityCodeAnswer! }
union ContactAssistanceResult = InvalidFields
interface Problem { code: String!  message: String! }
type RenewalRequested { message: String! }
type PasswordRenewed { message: String! }
type SecurityCodeRejected implements Problem { code: String!  message: String! }
type RenewalClosed implements Problem { code: String!  message: String! }
type InvalidFields implements Problem {
  code: String!
  message: String!
  fields: [FieldProblem!]!
}
type FieldProblem { field: String!  code: String!  message: String! }
type TooManyRequests implements Problem { code: String!  message: String!  retryAfter: Int! }
type LinkRejected implements Problem { code: String!  message: String!  attemptsLeft: Int! }
type RenewalLink { usable: Boolean!  code: String  expiresAt: DateTime }
"""


@pytest.fixture(scope="module")
def schema():
    return build_gateway_schema()._schema


def own_types(schema):
    return {
        name: kind
        for name, kind in schema.type_map.items()
        if not name.startswith("__") and not is_specified_scalar_type(kind)
    }


def parts(name, kind):
    """Everything in a type that can be named, each as a line; a line that is gone was promised."""
    yield f"{name}: {next(each.__name__ for each in KINDS if isinstance(kind, each))}"
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        for interface in kind.interfaces:
            yield f"{name} implements {interface.name}"
        for field_name, field in kind.fields.items():
            yield f"{name}.{field_name}: {field.type}"
            for argument_name, argument in field.args.items():
                yield (
                    f"{name}.{field_name}({argument_name}: {argument.type} = "
                    f"{default_of(argument)})"
                )
    elif isinstance(kind, GraphQLInputObjectType):
        for field_name, field in kind.fields.items():
            yield f"{name}.{field_name}: {field.type} = {default_of(field)}"
    elif isinstance(kind, GraphQLUnionType):
        for member in kind.types:
            yield f"{name} | {member.name}"
    elif isinstance(kind, GraphQLEnumType):
        for value in kind.values:
            yield f"{name}.{value}"


def default_of(argument):
    """The default as the SDL writes it; a null default is none."""
    _, _, default = print_input_value("x", argument).partition(" = ")
    return "" if default == "null" else default


def every_part(schema):
    return {part for name, kind in own_types(schema).items() for part in parts(name, kind)}


def test_everything_promised_is_there(schema):
    """R41: names, types, arguments and defaults that others rely on are there, as promised."""
    assert every_part(build_schema(PROMISED)) - every_part(schema) == set()


def test_nothing_new_is_required(schema):
    """R41: whatever joined the promised inputs and arguments can be left out."""
    promised = build_schema(PROMISED)
    for name, kind in own_types(promised).items():
        if isinstance(kind, GraphQLInputObjectType) and name != "ContactAssistanceInput":
            ours = schema.type_map[name].fields
            required = {field for field in set(ours) - set(kind.fields) if _required(ours[field])}
            assert required == set(), name
        if isinstance(kind, GraphQLObjectType):
            for field_name, field in kind.fields.items():
                ours = schema.type_map[name].fields[field_name].args
                assert {arg for arg in set(ours) - set(field.args) if _required(ours[arg])} == set()


def _required(argument):
    return str(argument.type).endswith("!") and not default_of(argument)


def test_every_member_but_the_success_is_a_problem(schema):
    """R37: each union has one success; everything else in it is a `Problem`."""
    for kind in own_types(schema).values():
        if isinstance(kind, GraphQLUnionType):
            successes = [
                member
                for member in kind.types
                if "Problem" not in [interface.name for interface in member.interfaces]
            ]
            assert len(successes) == 1, kind


def test_everything_is_described(schema):
    """R41: every type, field, argument, input field and enum value says what it means."""
    bare = []
    for name, kind in own_types(schema).items():
        bare += [name] if not kind.description else []
        members = dict(getattr(kind, "fields", None) or getattr(kind, "values", None) or {})
        for member_name, member in members.items():
            bare += [f"{name}.{member_name}"] if not member.description else []
            for argument_name, argument in getattr(member, "args", {}).items():
                if not argument.description:
                    bare.append(f"{name}.{member_name}({argument_name})")
    assert bare == []


def test_written_schema_is_current():
    """R41: `docs/schema.graphql` is this schema; write it anew with
    `.venv/bin/reassort schema > docs/schema.graphql`."""
    assert (ROOT / "docs" / "schema.graphql").read_text("utf-8") == sdl()


def test_sdl_can_be_read(schema):
    """R41: the exported SDL builds a schema with the same parts."""
    assert every_part(build_schema(sdl())) == every_part(schema)


def test_no_type_tells_of_a_voter(schema):
    """R23, R39: no type of the answers has a NUMIC, an address, a phone number or a password of a
    voter's; the assistance cell has its own."""
    forbidden = {"numic", "numel", "email", "phone", "password", "identifier", "token"}
    for name, kind in own_types(schema).items():
        if name != "Assistance" and isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            assert set(kind.fields) & forbidden == set(), name


def test_two_schemas_do_not_share(schema):
    """Nothing is built at import: each call builds a schema of its own."""
    assert build_gateway_schema()._schema is not schema
