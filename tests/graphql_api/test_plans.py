"""Plans answer what graphql-core answers, letter by letter, whatever resolvers do.

Documents are made up by hypothesis-graphql from our schema and from a foreign one; half of their
arguments become variables, some of these with values that do not fit. Resolvers give, by chance,
what their type takes, nothing, something else, an error, or any of these later.
Each is run with several moods of the resolvers, 1,000 times in all for each schema.
`PLAN_EXAMPLES=5000` tries 50,000, by hand: an hour.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import random
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import hypothesis
import pytest
from graphql import (
    ArgumentNode,
    DocumentNode,
    ExecutionResult,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    NameNode,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Undefined,
    VariableNode,
    Visitor,
    build_schema,
    execute,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    parse,
    parse_type,
    print_ast,
    validate,
    value_from_ast_untyped,
    visit,
)
from graphql.execution.executor import Executor
from graphql.language import VariableDefinitionNode
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st
from hypothesis_graphql import from_schema
from strawberry.execution import optimized_is_awaitable

from graphql_api.documents.hardening.limits import DocumentLimits
from graphql_api.documents.reading import read_document
from graphql_api.plans import Plan, plan_of, run
from graphql_api.schema.executable import build_schema as our_schema
from graphql_api.schema.executable import sdl
from graphql_api.strawberry_inside import executable, reads_only

EXAMPLES = int(os.environ.get("PLAN_EXAMPLES", "200"))
MOODS = 5
"""Runs of each document."""
FOREIGN = """
"A library, which has nothing to do with voting."
scalar Moment
enum Genre { POEM PLAY NOVEL }
interface Named { name: String! }
interface Dated implements Named { name: String! at: Moment }
type Author implements Named {
  name: String! born: Moment books(first: Int = 3, genre: Genre): [Book!]!
}
type Book implements Dated & Named {
  name: String! at: Moment genre: Genre! pages: Int weight: Float lent: Boolean!
  author: Author keywords: [String] shelves: [[Int!]!] related: [Thing!] next: Book!
}
type Magazine implements Dated & Named { name: String! at: Moment! issue: ID! editors: [Author]! }
union Thing = Author | Book | Magazine
input Span { from: Moment to: Moment = "2000" }
input Wish {
  word: String! genres: [Genre!] = [POEM] span: Span pages: Int = 7 lent: Boolean
  exact: Float id: ID
}
type Query {
  book(id: ID!): Book
  books(wish: Wish, wishes: [Wish!], limit: Int! = 5): [Book]!
  things(wish: Wish! = {word: "x"}): [Thing!]!
  named(word: String, genre: Genre! = PLAY): Named
  dated: [Dated]
  count: Int!
  tags: [String!]
}
type Mutation {
  lend(id: ID!, wish: Wish): Book
  add(wishes: [Wish]!): Thing!
  close: Boolean
}
"""


def seeded(*parts: object) -> random.Random:
    return random.Random(repr(parts))


@dataclass
class Source:
    """An object, of a type by name."""

    seed: object
    typename: str


SOURCES = {
    name: type(name, (Source,), {})
    for name in ("Author", "Book", "Magazine", "RenewalRequested", "PasswordRenewed")
}
"""Classes of which each has one type; the values of other types share one."""


def type_of_source(types: Iterable[GraphQLObjectType], value: Any) -> GraphQLObjectType | None:
    """By the class, where it is one type's."""
    return next((each for each in types if SOURCES.get(each.name) is type(value)), None)


@dataclass
class Later:
    """A value that has to be awaited. No coroutine: graphql-core leaves some that an error has made
    needless, and Python would tell of those in whichever test comes next."""

    value: Any

    def __await__(self) -> Iterator[Any]:
        yield from asyncio.sleep(0).__await__()
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


def value_of(type_: Any, seed: tuple[object, ...], schema: GraphQLSchema, calm: bool) -> Any:
    """What a resolver gives for a type; by chance not what the type takes."""
    chance = seeded("value", *seed)
    mood = 1.0 if calm else chance.random()
    if mood < 0.03:
        return ValueError(f"given {seed[-1]}")
    if mood < 0.07:
        return None
    if mood < 0.10:
        return chance.choice(["?", -1, [], {}, object, 1e400])
    if mood < 0.18 and seed[-1] != "later":
        return Later(value_of(type_, (*seed, "later"), schema, calm))
    type_ = type_.of_type if is_non_null_type(type_) else type_
    if is_list_type(type_):
        length = chance.randrange(4)
        return [value_of(type_.of_type, (*seed, at), schema, calm) for at in range(length)]
    if isinstance(type_, GraphQLEnumType):
        return type_.values[chance.choice(sorted(type_.values))].value
    if is_leaf_type(type_):
        plain = {"Int": 7, "Float": 0.5, "Boolean": True}
        return plain.get(type_.name, f"text {chance.randrange(9)}")
    kinds = schema.get_possible_types(type_) if is_abstract_type(type_) else [type_]
    name = chance.choice([each.name for each in kinds])
    return SOURCES.get(name, Source)(seed, name)


def moment(value: Any) -> Any:
    """What is given for the scalar `Moment`."""
    if value == "never":
        raise ValueError("never")
    return Undefined if value == 3 else f"at {value}"


def written(value: Any) -> Any:
    """What is answered for it: of some values nothing."""
    return None if value in ("text 1", {}) else f"{value}"


@dataclass
class World:
    """A schema whose resolvers are made up, and what they were asked."""

    schema: GraphQLSchema
    seed: int = 0
    calm: bool = False
    asked: list[tuple[list[Any], Any]] = field(default_factory=list[Any])

    def __post_init__(self) -> None:
        for type_ in self.schema.type_map.values():
            if type_.name.startswith("__"):
                continue
            if is_abstract_type(type_):
                type_.resolve_type = lambda value, info, abstract: value.typename
            if isinstance(type_, GraphQLObjectType):
                for name, each in type_.fields.items():
                    each.resolve = self._resolver(type_.name, name, each)
        scalar = self.schema.get_type("Moment")
        if scalar is not None:
            scalar.coerce_input_value = moment  # pyright: ignore[reportAttributeAccessIssue]
            scalar.coerce_output_value = written  # pyright: ignore[reportAttributeAccessIssue]

    def _resolver(self, parent: str, name: str, of: GraphQLField) -> Callable[..., Any]:
        def value(source: Any, args: object) -> Any:
            seed = (self.seed, getattr(source, "seed", None), parent, name, repr(args))
            if not self.calm and seeded("raise", *seed).random() < 0.04:
                raise ValueError(f"raised by {name}")
            return value_of(of.type, seed, self.schema, self.calm)

        if (
            not of.args
            and is_leaf_type(get_named_type(of.type))
            and (len(name) % 2 or name == "at")
        ):

            def read(source: Any, *_: Any, **__: Any) -> Any:
                return value(source, None)

            read._is_default = True  # pyright: ignore[reportFunctionMemberAccess]
            return read

        def resolve(source: Any, info: GraphQLResolveInfo, **args: Any) -> Any:
            given = args, info.context, len(info.field_nodes), info.return_type is of.type
            self.asked.append((info.path.as_list(), given))
            return value(source, args)

        return resolve

    async def told(
        self, act: Callable[[], ExecutionResult | Awaitable[ExecutionResult]]
    ) -> tuple[str, list[str], list[str]]:
        """The answer as it is written, and what the resolvers were asked: those of the root in
        their order, and all. What an error has made needless may be asked after the answer."""
        self.asked = []
        result = act()
        if optimized_is_awaitable(result):
            result = await result  # pyright: ignore[reportGeneralTypeIssues]
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others)
        told = [repr(each) for each in self.asked]
        roots = [repr(each) for each in self.asked if len(each[0]) == 1]
        return json.dumps(result.formatted, default=repr), roots, sorted(told)  # pyright: ignore


def world(text: str) -> World:
    return World(build_schema(text))


WORLDS = {"foreign": world(FOREIGN), "ours": world(sdl(operators=True))}


class Varied(Visitor):
    """Puts variables in the place of arguments, by chance."""

    def __init__(self, types: TypeInfo, chance: random.Random) -> None:
        super().__init__()
        self.types, self.chance = types, chance
        self.definitions: list[VariableDefinitionNode] = []
        self.values: dict[str, Any] = {}

    def leave_argument(self, node: ArgumentNode, *_: Any) -> ArgumentNode | None:
        argument = self.types.get_argument()
        if argument is None or self.chance.random() < 0.4:
            return None
        name, value = f"v{len(self.definitions)}", value_from_ast_untyped(node.value)
        if self.chance.random() < 0.9:
            self.values[name] = spoilt(value, argument.type, self.chance)
        default: Any = node.value if self.chance.random() < 0.2 and value is not None else None
        variable = VariableNode(name=NameNode(value=name))
        self.definitions.append(
            VariableDefinitionNode(
                variable=variable, type=parse_type(str(argument.type)), default_value=default
            )
        )
        return ArgumentNode(name=node.name, value=variable)


def spoilt(value: Any, type_: Any, chance: random.Random) -> Any:
    """The value, in a few cases with a part that does not fit."""
    if chance.random() < 0.06:
        return chance.choice([None, [], {}, "never", 3, True, {"more": 1}, [value], 1.5])
    named = type_.of_type if is_non_null_type(type_) else type_
    if isinstance(value, list) and is_list_type(named):
        return [spoilt(each, named.of_type, chance) for each in value]
    if isinstance(value, dict) and isinstance(named, GraphQLInputObjectType):
        return {name: spoilt(each, named.fields[name].type, chance) for name, each in value.items()}
    return value


def varied(
    schema: GraphQLSchema, document: DocumentNode, chance: random.Random
) -> tuple[DocumentNode, dict[str, Any]]:
    types = TypeInfo(schema)
    look = Varied(types, chance)
    changed = visit(document, TypeInfoVisitor(types, look))
    operation, *rest = changed.definitions
    operation = replace(operation, variable_definitions=tuple(look.definitions))
    return parse("\n".join(map(print_ast, (operation, *rest)))), look.values


def planned(schema: GraphQLSchema, document: DocumentNode, name: str | None = None) -> Plan | None:
    [operation] = [
        each
        for each in document.definitions
        if isinstance(each, OperationDefinitionNode)
        and (name is None or (each.name and each.name.value == name))
    ]
    return plan_of(schema, document, operation, reads_only, type_of_source)


async def compare(
    made_up: World,
    document: DocumentNode,
    variables: dict[str, Any],
    learnt: Plan | None = None,
) -> str:
    """Both ways, the plan three times as it learns; the answer. `learnt`: a plan that has run."""
    plan = learnt or planned(made_up.schema, document)
    assert plan is not None
    expected = await made_up.told(
        lambda: execute(
            made_up.schema,
            document,
            context_value="context",
            variable_values=variables,
            is_awaitable=optimized_is_awaitable,  # pyright: ignore[reportArgumentType]
            hide_suggestions=True,
        )
    )
    for _ in range(3):
        found = await made_up.told(lambda: run(plan, variables, "context", optimized_is_awaitable))
        assert found == expected, print_ast(document)
    return expected[0]


@pytest.mark.filterwarnings("ignore:coroutine 'Executor.complete_")
@pytest.mark.parametrize("name", WORLDS)
def test_the_same_answer(name):
    """R36: whatever a document asks, with whatever variables, and whatever resolvers do. In lists
    of lists graphql-core leaves coroutines, once in some thousand documents
    (`findings/graphql-core-leaves-awaitables-of-inner-lists.sh`)."""
    made_up = WORLDS[name]
    seen = {"errors": 0, "data": 0, "refused": 0}

    @hypothesis.settings(
        max_examples=EXAMPLES if name == "foreign" else EXAMPLES // 4,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    @given(text=from_schema(made_up.schema), seed=st.integers(0, 1 << 32))
    def each(text: str, seed: int) -> None:
        for mood in range(MOODS if name == "foreign" else MOODS * 4):
            made_up.seed, chance = seed + mood, seeded("document", seed, mood)
            made_up.calm = chance.random() < 0.3
            document, variables = varied(made_up.schema, parse(text), chance)
            answer = json.loads(asyncio.run(compare(made_up, document, variables)))
            seen["errors"] += "errors" in answer
            seen["data"] += answer["data"] is not None
            seen["refused"] += not made_up.asked and answer["data"] is None

    each()
    gc.collect()  # what is never awaited would be told of here
    assert min(seen.values()) > EXAMPLES // 4, seen


DOCUMENTS = {
    "fragments": "{ things { ...N ... on Book { name pages ...B } } } fragment N on Named "
    "{ __typename name } fragment B on Book { genre author { ...N } }",
    "one field in two places": "{ book(id: 1) { author { name } author { born name } n: name } "
    "again: book(id: 2) { name } }",
    "mutations one by one": "mutation { a: close b: close lend(id: 3) { name } }",
    "introspection": '{ __schema { queryType { name } } __type(name: "Book") { fields { name } } '
    "__typename }",
    "nothing but a name": "{ __typename }",
    "literals that hold variables": "query($w: String!, $g: [Genre!]) "
    "{ books(wish: {word: $w, genres: $g, span: {from: 1}}, limit: 2) { name } }",
    "objects of which values are read": "{ book(id: 1) { at } dated { at } "
    "things { ... on Book { at } ... on Magazine { m: at } } }",
    "lists in lists": "{ book(id: 1) { shelves keywords related { ... on Named { name } } } }",
}


@pytest.mark.parametrize("text", DOCUMENTS.values(), ids=DOCUMENTS)
def test_documents_of_every_kind(text):
    """R36: named fragments, fields that are merged, several mutations, introspection; by a plan
    that has learnt from runs in which everything was otherwise."""
    made_up, document = WORLDS["foreign"], parse(text)
    assert validate(made_up.schema, document) == []
    made_up.calm = False
    plan = planned(made_up.schema, document)
    for seed in range(60):
        made_up.seed = seed
        given = {"w": "x", "g": ["PLAY", "POEM"][: seed % 3]}
        asyncio.run(compare(made_up, document, given, plan))


@pytest.mark.parametrize(
    "text",
    [
        "query($a: Boolean!) { count @include(if: $a) }",
        "{ book(id: 1) { name @skip(if: true) } }",
        "query @anything { count }",
        "{ ... F } fragment F on Query @anything { count }",
        "subscription { count }",
    ],
)
def test_what_has_no_plan(text):
    """What selects other fields from run to run, and what never ends, is graphql-core's."""
    schema = build_schema(FOREIGN + "type Subscription { count: Int }")
    assert planned(schema, parse(text)) is None


def test_variables_of_fragments():
    """A fragment with variables of its own selects by them."""
    text = "{ ...F(a: 1) } fragment F($a: ID!) on Query { book(id: $a) { name } }"
    document = parse(text, experimental_fragment_arguments=True)
    assert planned(WORLDS["foreign"].schema, document) is None


def test_a_root_that_is_missing():
    """A schema without mutations has no plan for one."""
    assert planned(build_schema("type Query { a: Int }"), parse("mutation { a }")) is None


def test_types_that_only_graphql_core_coerces():
    """R36: an input that holds itself, one of which one field is given, an unknown type, a scalar
    that takes nothing."""
    schema = build_schema(
        "input Tree { value: Int more: [Tree!] } input Either @oneOf { a: Int b: String } "
        "type Query { tree(of: Tree): Int either(of: Either): Int }"
    )
    made_up = World(schema, calm=True)
    values = [{"value": 1, "more": [{"value": 2}]}, {"a": 1}, {"a": 1, "b": "x"}, None]
    for argument, kind in (("tree", "Tree"), ("either", "Either")):
        document = parse(f"query($v: {kind}) {{ {argument}(of: $v) }}")
        for value in values:
            asyncio.run(compare(made_up, document, {"v": value}))
    dated = parse("query($w: Wish!) { books(wish: $w) { at } }")
    for at in (3, "never", "2000"):
        given = {"w": {"word": "x", "span": {"from": at}}}
        asyncio.run(compare(WORLDS["foreign"], dated, given))
    unknown = parse("query($v: Nothing) { tree }")
    assert "Nothing" in asyncio.run(compare(made_up, unknown, {}))


@pytest.mark.parametrize("given", [{"l": None}, {"l": 2}, {}])
def test_null_for_an_argument_that_takes_none(given):
    """R36: a variable with a default may stand there, and null may be given for it all the same."""
    WORLDS["foreign"].calm = True
    document = parse("query($l: Int = 5) { books(limit: $l) { name } }")
    answer = asyncio.run(compare(WORLDS["foreign"], document, given))
    assert ("errors" in answer) == (given == {"l": None})


def test_values_that_hardly_anyone_gives():
    """An undefined value, a tuple, an input without a field that it must have."""
    made_up = WORLDS["foreign"]
    made_up.calm = True
    document = parse("query($w: Wish!, $l: [Wish!]) { books(wish: $w, wishes: $l) { name } }")
    for wish in ({}, {"word": Undefined}, {"word": "x", "pages": Undefined}, {"word": "x"}):
        for wishes in (Undefined, (wish,), [wish]):
            asyncio.run(compare(made_up, document, {"w": wish, "l": wishes}))


def test_an_item_in_the_place_of_its_list():
    """What was learnt of the items of a list is not taken for the list, whatever stands there."""
    schema = build_schema("type Query { books: [Book] } type Book { name: String }")
    assert schema.query_type is not None

    def read(source: Any, *_: Any, **__: Any) -> str:
        return "a name"

    read._is_default = True  # pyright: ignore[reportFunctionMemberAccess]
    made_up = World(schema)
    schema.type_map["Book"].fields["name"].resolve = read  # pyright: ignore
    shelves: list[Any] = []
    schema.query_type.fields["books"].resolve = lambda *_: shelves[-1]
    document = parse("{ books { name } }")
    plan = planned(schema, document)
    for books in ([Source((), "Book"), []], Source((), "Book"), [[], [[]]], []):
        shelves.append(books)
        asyncio.run(compare(made_up, document, {}, plan))


async def test_the_schema_of_ours_is_planned():
    """Our own fields that read an attribute are known as such; a document has its plan from the
    second time on."""
    schema = executable(our_schema())
    renewed = schema.get_type("PasswordRenewed")
    assert isinstance(renewed, GraphQLObjectType)
    assert reads_only(renewed.fields["message"])
    assert schema.mutation_type is not None
    assert not reads_only(schema.mutation_type.fields["confirmPasswordRenewal"])
    read = read_document(schema, "{ a: __typename } ", DocumentLimits())
    operation = read.operation(None)
    assert operation is not None
    assert read.plan_of(schema, operation) is None
    plan = read.plan_of(schema, operation)
    assert plan is not None
    assert read.plan_of(schema, operation) is plan


async def test_an_operation_is_gone_at_once():
    """R29: what has run it leaves nothing for the collector, whose search would stop everyone."""
    made_up = WORLDS["foreign"]
    made_up.calm = True
    plan = planned(made_up.schema, parse("{ books { name } }"))
    assert plan is not None
    gc.collect()
    gc.disable()
    try:
        result = run(plan, {}, "context", optimized_is_awaitable)
        if not isinstance(result, ExecutionResult):
            await result
        left = [each for each in gc.get_objects() if isinstance(each, Executor)]
    finally:
        gc.enable()
    assert left == []
