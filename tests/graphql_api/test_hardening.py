"""What a document may cost: every limit at its edge, and the cost of looking."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
import strawberry
from graphql import FieldNode, NameNode, OperationDefinitionNode, OperationType, SelectionSetNode

from graphql_api.documents.hardening.expansion import CEILING, expand
from graphql_api.documents.hardening.limits import DocumentLimits
from graphql_api.documents.hardening.measure import WEIGHTS, Measure, Spread, measure
from graphql_api.documents.reading import Documents, read_document
from graphql_api.schema.executable import GatewaySchema, UnweighedField, build_schema
from graphql_api.schema.queries import Query
from graphql_api.schema.scalars import config
from graphql_api.subgraph.schema import build_subgraph_schema

LINK = "{renewalLink(token:%s){usable}}"
ISSUE = "issueSecurityCode(input:{step:REQUEST}){id}"
ASSIST = "contactAssistance(input:$i){__typename}"
HEAD = "mutation($i:ContactAssistanceInput!)"


@pytest.fixture(scope="module")
def schema():
    return build_schema()._schema


def refusal(schema, text, **limits):
    """The code and message of what is wrong with a document, or None."""
    read = read_document(schema, text, DocumentLimits(**limits))
    if not read.errors:
        return None
    assert read.document is None, read.errors
    return read.errors[0].code, read.errors[0].message


@pytest.mark.parametrize(
    ("limit", "most", "code", "fits", "exceeds", "found"),
    [
        ("length", 12, "DOCUMENT_TOO_LONG", "{__typename}", "{__typename }", 13),
        ("length", 20, "DOCUMENT_TOO_LONG", "{__typename}#€", "{__typename}#€€€", 22),
        ("comments", 5, "COMMENTS_TOO_LONG", "#12\n{__typename}#1", "#12\n{__typename}#12", 6),
        ("string", 5, "STRING_TOO_LONG", LINK % '"abc"', LINK % '"abcd"', 6),
        ("string", 9, "STRING_TOO_LONG", LINK % '"""abc"""', LINK % '"""abcd"""', 10),
        ("name", 11, "NAME_TOO_LONG", "{renewalLink{usable}}", "query Abcdefghijkl{a}", 12),
        ("literal_depth", 2, "LITERAL_TOO_DEEP", LINK % "[[1]]", LINK % "[[[1]]]", 3),
        ("literal_depth", 1, "LITERAL_TOO_DEEP", LINK % "[1]", LINK % "{a:[1]}", 2),
        ("operations", 1, "TOO_MANY_OPERATIONS", "query A{__typename}",
         "query A{__typename}query B{__typename}", 2),
        ("fragments", 1, "TOO_MANY_FRAGMENTS", "{...A}fragment A on Query{__typename}",
         "{...A ...B}fragment A on Query{__typename}fragment B on Query{__typename}", 2),
        ("repeats", 2, "TOO_MANY_REPEATS", "{__typename __typename}",
         "{__typename ...A}fragment A on Query{__typename a:__typename __typename}", 3),
        ("directives_at_once", 1, "TOO_MANY_DIRECTIVES", "{__typename@skip(if:false)}",
         "{__typename@skip(if:false)@include(if:true)}", 2),
        ("directives_at_once", 0, "TOO_MANY_DIRECTIVES", "query($a:Int){__typename}",
         "query($a:Int@skip(if:false)){__typename}", 1),
        ("directives_at_once", 0, "TOO_MANY_DIRECTIVES", "{...{__typename}}",
         "{...@skip(if:false){__typename}}", 1),
        ("directives_at_once", 0, "TOO_MANY_DIRECTIVES", "query A{__typename}",
         "query A@skip(if:false){__typename}", 1),
        ("directives", 1, "TOO_MANY_DIRECTIVES",
         "{...A}fragment A on Query{__typename@skip(if:false)}",
         "{...A ...A}fragment A on Query{__typename@skip(if:false)}", 2),
        ("depth", 2, "DOCUMENT_TOO_DEEP", "{votingRound{id}}", "{a{...{b{c}}}}", 3),
        ("depth", 2, "DOCUMENT_TOO_DEEP", "{...A}fragment A on Query{votingRound{id}}",
         "{a{...A}}fragment A on Query{votingRound{id}}", 3),
        ("fields", 3, "TOO_MANY_FIELDS", "{...A ...A}fragment A on Query{__typename}",
         "{...A ...A}fragment A on Query{votingRound{id}}", 4),
        ("aliases", 1, "TOO_MANY_ALIASES", "{...A}fragment A on Query{a:__typename}",
         "{b:__typename ...A}fragment A on Query{a:__typename}", 2),
        ("cost", 21, "DOCUMENT_TOO_COSTLY", "mutation{" + ISSUE + "}",
         "mutation{" + ISSUE + " __typename}", 22),
    ],
)  # fmt: skip
def test_limits(schema, limit, most, code, fits, exceeds, found):
    """R38: the most passes, one more does not; the error names the limit, what was found, and
    nothing of the document."""
    told = refusal(schema, exceeds, **{limit: most})
    assert told is not None
    assert told[0] == code
    assert told[1].endswith(f": {found} of at most {most}")
    read = read_document(schema, fits, DocumentLimits(**{limit: most}))
    assert not any(hasattr(error, "code") for error in read.errors)


def test_tokens(schema):
    """R38: parsing is given up at the limit, comments counted."""
    assert refusal(schema, "{__typename}", tokens=3) is None
    assert refusal(schema, "{__typename a}", tokens=3) == ("TOO_MANY_TOKENS", "tokens: more than 3")
    assert refusal(schema, "#\n{__typename}", tokens=3) is not None


def test_sensitive_mutations_go_one_at_a_time(schema):
    """R38: of everything but issuing codes there is one in an operation, however it is spread."""
    code, message = refusal(schema, HEAD + "{a:" + ASSIST + " b:" + ASSIST + "}")
    assert (code, message) == ("TOO_MANY_MUTATIONS", "sensitive mutations: 2 of at most 1")
    fragment = "fragment F on Mutation{" + ASSIST + "}"
    assert refusal(schema, HEAD + "{...F a:" + ASSIST + "}" + fragment)[0] == code
    assert refusal(schema, HEAD + "{...F ...F}" + fragment)[0] == code
    assert (
        refusal(schema, HEAD + "{__typename " + ASSIST + " a:" + ISSUE + " b:" + ISSUE + "}")
        is None
    )


def test_every_operation_counts(schema):
    """R38: a document is refused for the operation that is not asked for as well."""
    text = "query A{__typename}query B{a:__typename b:__typename}"
    assert refusal(schema, text, aliases=1)[0] == "TOO_MANY_ALIASES"


def test_lists_weigh_more(schema):
    """R38: what stands within a list counts five times."""
    text = HEAD + "{contactAssistance(input:$i){...on InvalidFields{fields{code}}}}"
    assert refusal(schema, text, cost=26) is None
    assert refusal(schema, text, cost=25) == ("DOCUMENT_TOO_COSTLY", "cost: 26 of at most 25")
    spread = text.replace("{code}", "{...F}") + "fragment F on FieldProblem{code}"
    assert refusal(schema, spread, cost=25) == ("DOCUMENT_TOO_COSTLY", "cost: 26 of at most 25")


def test_introspection(schema):
    """R38: `__schema` and `__type` are refused wherever they stand; `__typename` is not. Where they
    are answered, their depth and cost are left to graphql-core's own rule."""
    for text in (
        "{__schema{queryType{name}}}",
        "{a:__schema{queryType{name}}}",
        '{__typename ...on Query{__type(name:"a"){name}}}',
        "query A{__typename}fragment F on Query{__schema{queryType{name}}}",
    ):
        assert refusal(schema, text) == ("INTROSPECTION_OFF", "introspection is switched off")
    assert refusal(schema, "{__typename}") is None
    deep = "{__schema{...F}}fragment F on __Schema{queryType{" + "ofType{" * 8 + "name" + "}" * 10
    assert refusal(schema, deep, introspection=True, depth=3, cost=3) is None
    fields = "{__schema{types{fields{type{fields{type{fields{name}}}}}}}}"
    (error,) = read_document(schema, fields, DocumentLimits(introspection=True)).errors
    assert "introspection depth" in error.message


def chain(length, body):
    """Fragments, each of which holds the next as `body` says."""
    links = [
        f"fragment F{n} on Query{{{body.replace('NEXT', f'...F{n + 1}')}}}" for n in range(length)
    ]
    return "{...F0}" + "".join(links) + f"fragment F{length} on Query{{__typename}}"


@pytest.mark.parametrize("body", ["NEXT NEXT NEXT", "a:__typename NEXT ...on Query{NEXT}"])
def test_fan_out_costs_what_the_document_is_long(schema, body):
    """R38: 400 fragments that each double the next are looked at in milliseconds, and twice as many
    in about twice the time: none is looked at more than once."""
    wide = DocumentLimits(length=10**6, tokens=10**6, fragments=10**6, repeats=10**6)

    def seconds(length):
        text, taken = chain(length, body), []
        for _ in range(3):
            begun = time.process_time()
            (error,) = read_document(schema, text, wide).errors
            taken.append(time.process_time() - begun)
            assert error.code in ("TOO_MANY_FIELDS", "TOO_MANY_ALIASES")
            assert f"{CEILING}" in error.message
        return min(taken)

    assert seconds(800) < 4 * seconds(400) + 0.05
    assert seconds(400) < 1


def test_cycles_end(schema):
    """R38: fragments within themselves are added up once; validation then refuses them."""
    for text in (
        "{...A}fragment A on Query{...A}",
        "{...A}fragment A on Query{__typename ...B}fragment B on Query{...A ...C}"
        "fragment C on Query{...B}",
    ):
        read = read_document(schema, text, DocumentLimits())
        assert read.document is not None
        assert "within itself" in read.errors[0].message


def test_nothing_is_too_deep_to_look_at(schema):
    """R38: ten thousand fields within each other, and as many fragments, are measured without
    recursion, whatever the parser would let through."""
    selections = SelectionSetNode(selections=())
    for _ in range(10_000):
        field = FieldNode(name=NameNode(value="a"), selection_set=selections, directives=())
        selections = SelectionSetNode(selections=(field,))
    operation = OperationDefinitionNode(operation=OperationType.QUERY, selection_set=selections)
    assert measure(schema, operation).depth == 10_000
    links = {f"F{n}": Measure(depth=1, spreads=[Spread(f"F{n + 1}", 1, 1)]) for n in range(10_000)}
    assert expand(links)["F0"].depth == 10_000


def test_depth_is_refused_by_the_parser_first(schema):
    """R38: ten thousand braces are a syntax error, or too long, at once."""
    begun = time.process_time()
    read = read_document(schema, "{a" * 9_000, replace(DocumentLimits(), tokens=50_000))
    assert "too deeply" in read.errors[0].message
    assert time.process_time() - begun < 0.5


def test_errors_are_capped(schema):
    """R38: validation ends after ten errors."""
    text = "{" + " ".join(f"u{n}" for n in range(100)) + "}"
    assert len(read_document(schema, text, DocumentLimits()).errors) == 11
    assert len(read_document(schema, text, DocumentLimits(errors=1)).errors) == 2


def test_refused_documents_are_not_remembered(schema):
    """R38: a stranger's document that is refused pushes nobody's out of the memory."""
    documents = Documents(1)
    first = documents.read(schema, "{__typename}")
    documents.read(schema, "{__schema{queryType{name}}}")
    assert documents.read(schema, "{__typename}") is first


def test_a_field_that_nobody_weighed_refuses_the_start():
    """R38: a field that is worked out counts for what it costs, or nothing is served."""

    @strawberry.type(name="Query")
    class Forgetful(Query):
        @strawberry.field
        def costly(self) -> int:
            return 1

    schema = GatewaySchema(query=Forgetful, config=config())
    with pytest.raises(UnweighedField, match=r"^Query\.costly$"):
        schema.remember(1, DocumentLimits())


def test_every_weight_is_of_a_field_that_there_is():
    """R38: no weight outlives its field."""
    built = (build_subgraph_schema(), build_schema(operators=True))
    types = [each._schema.type_map for each in built]
    for name in WEIGHTS:
        kind, _, field = name.partition(".")
        assert any(kind in each and field in each[kind].fields for each in types), name
