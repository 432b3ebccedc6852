"""What is thrown at the endpoint, and what has to come back.

Each case is one or more pieces of raw HTTP, the statuses that may answer, and the code that the
answer's errors carry (none: the server itself may have answered, before any of our code).
`CANARY` stands wherever a caller can put a value; no answer and no log may repeat it.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from urllib.parse import quote

from tests.over_http.raw_http import HEAD, get, post

CANARY = "CANARY7HIDDEN"
OK = '{"query":"{__typename}"'
BAD = "BAD_REQUEST"
FORM = "input:{numic:1,email:1,securityCode:{id:1,answer:1}}"
UPGRADE = (
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)


@dataclass(frozen=True)
class Case:
    """One attempt. `code` None: whatever comes back need not be ours."""

    name: str
    pieces: tuple[bytes, ...] = field(repr=False)
    status: tuple[int, ...]
    code: str | None = None
    pause: float = 0.0

    def __str__(self) -> str:
        return self.name


def of(name: str, raw: bytes, status: int, code: str | None = BAD) -> Case:
    return Case(name, (raw,), (status,), code)


def document(name: str, text: str, code: str = BAD, **more: object) -> Case:
    """A document that is refused: a well-formed request, so 200 in `application/json`."""
    return of(name, post({"query": text, **more}), 200, code)


def json_body(name: str, text: str, status: int = 400, code: str = BAD) -> Case:
    return of(name, post(text.encode("utf-8", "surrogatepass")), status, code)


def fragments(count: int, body: str) -> str:
    """Each spreads the next as `body` says; the last one ends it."""
    chain = "".join(
        f"fragment F{n} on Query{{{body.format(f'...F{n + 1}')}}}" for n in range(count)
    )
    return f"{{...F0}}{chain}fragment F{count} on Query{{__typename}}"


OVERLOADED = [
    document(
        "aliases", "{" + "".join(f"a{n}:__typename " for n in range(100)) + "}", "TOO_MANY_ALIASES"
    ),
    document(
        "aliases of a costly field",
        "{" + "".join(f'a{n}:securityCode(id:"x"){{image audio}}' for n in range(15)) + "}",
        "DOCUMENT_TOO_COSTLY",
    ),
    document(
        "aliases through a fragment",
        "{"
        + "...F " * 3
        + "}fragment F on Query{"
        + "".join(f"a{n}:__typename " for n in range(10))
        + "}",
        "TOO_MANY_ALIASES",
    ),
    document(
        "aliases of a sensitive mutation",
        "mutation{"
        + "".join(f"a{n}:requestPasswordRenewal({FORM}){{__typename}}" for n in range(2))
        + "}",
        "TOO_MANY_MUTATIONS",
    ),
    document(
        "two kinds of sensitive mutation",
        "mutation{confirmPasswordRenewal(input:{}){"
        "__typename}contactAssistance(input:{}){__typename}}",
        "TOO_MANY_MUTATIONS",
    ),
    document(
        "sensitive mutations in fragments",
        "mutation{...A ...B}"
        "fragment A on Mutation{a:contactAssistance(input:{}){__typename}}"
        "fragment B on Mutation{b:contactAssistance(input:{}){__typename}}",
        "TOO_MANY_MUTATIONS",
    ),
    document(
        "a sensitive mutation in the operation not named",
        "query A{__typename}mutation B{a:contactAssistance(input:{}){__typename}"
        "b:contactAssistance(input:{}){__typename}}",
        "TOO_MANY_MUTATIONS",
        operationName="A",
    ),
    document("exponential fragments", fragments(18, "{0} {0}"), "TOO_MANY_FIELDS"),
    document(
        "exponential fragments with aliases",
        fragments(15, "a:__typename {0} {0}"),
        "TOO_MANY_FIELDS",
    ),
    document(
        "exponential inline fragments",
        fragments(12, "...on Query{{{0}}}...{{{0}}}"),
        "TOO_MANY_FIELDS",
    ),
    document(
        "many fragments",
        "{__typename}" + "".join(f"fragment F{n} on Query{{__typename}}" for n in range(100)),
        "TOO_MANY_FRAGMENTS",
    ),
    document("a cycle of one", "{...A}fragment A on Query{...A}"),
    document(
        "a cycle of three",
        "{...A}fragment A on Query{...B}fragment B on Query{...C}fragment C on Query{...A}",
    ),
    document(
        "a cycle beneath fields",
        "{...A}fragment A on Query{votingRound{...B}}fragment B on VotingRound{...B}",
    ),
    document("a fragment twice", "{...A}" + "fragment A on Query{__typename}" * 10),
    document("a fragment that is missing", "{...CANARY7HIDDEN}"),
    document(
        "directives in one place",
        "{__typename" + "@skip(if:false)" * 100 + "}",
        "TOO_MANY_DIRECTIVES",
    ),
    document(
        "directives everywhere",
        "{" + "__typename@skip(if:false) " * 25 + "}",
        "TOO_MANY_DIRECTIVES",
    ),
    document("unknown directives", "{__typename @CANARY7HIDDEN}"),
    document("fields", "{" + "__typename " * 900 + "}", "TOO_MANY_FIELDS"),
    document("fields of one name", "{" + "votingRound{id}" * 40 + "}", "TOO_MANY_REPEATS"),
    document("fields of one name in pairs", "{" + "votingRound{id opensAt}" * 30 + "}", ""),
    document("fields of many names", "{" + " ".join(f"u{n}" for n in range(240)) + "}"),
    document(
        "operations",
        "".join(f"query Q{n}{{__typename}}" for n in range(100)),
        "TOO_MANY_OPERATIONS",
        operationName="Q1",
    ),
    document("tokens", "{" + "__typename " * 5_000 + "}", "DOCUMENT_TOO_LONG"),
    document("tokens in a short document", "{" + "a " * 5_000 + "}", "TOO_MANY_TOKENS"),
    document("a long document", "{__typename}" + " " * 60_000, "DOCUMENT_TOO_LONG"),
    document("commas", "{__typename" + "," * 19_000 + "}", ""),
    document("byte order marks", "{__typename" + "\ufeff" * 6_000 + "}", ""),
    document("comments", "#\n" * 1_500 + "{__typename}", "TOO_MANY_TOKENS"),
    document("a long comment", f"#{CANARY}" + "x" * 15_000 + "\n{__typename}", "COMMENTS_TOO_LONG"),
    document("a long name", "{" + CANARY * 1_000 + "}", "NAME_TOO_LONG"),
    document(
        "a long string", '{renewalLink(token:"' + CANARY * 1_000 + '"){usable}}', "STRING_TOO_LONG"
    ),
    document(
        "a long block string",
        '{renewalLink(token:"""' + " \n" * 8_000 + '"""){usable}}',
        "STRING_TOO_LONG",
    ),
    document(
        "a long number", "{renewalLink(token:" + "9" * 5_000 + "){usable}}", "NUMBER_TOO_LONG"
    ),
    document("a number like 1e999", "{renewalLink(token:1e999){usable}}"),
    document("deep fields", "{a" * 30 + "}" * 30, "DOCUMENT_TOO_DEEP"),
    document("deep fields beyond the parser", "{a" * 450 + "}" * 450),
    document("deep fields by the ten thousand", "{a" * 10_000 + "}" * 10_000, "DOCUMENT_TOO_LONG"),
    document("deep inline fragments", "{" + "...{" * 150 + "__typename" + "}" * 151, ""),
    document(
        "deep lists",
        "{renewalLink(token:" + "[" * 150 + "]" * 150 + "){usable}}",
        "LITERAL_TOO_DEEP",
    ),
    document(
        "deep objects",
        "mutation{issueSecurityCode(input:" + "{step:" * 90 + "1" + "}" * 90 + "){id}}",
        "LITERAL_TOO_DEEP",
    ),
    document(
        "deep defaults", "query($a:Int=" + "[" * 90 + "]" * 90 + "){__typename}", "LITERAL_TOO_DEEP"
    ),
    document(
        "deep types",
        "query($a:" + "[" * 90 + "Int" + "]" * 90 + "){__typename}",
        "LITERAL_TOO_DEEP",
    ),
    document("a long list", "{renewalLink(token:[" + "1 " * 900 + "]){usable}}"),
    document(
        "arguments that are unknown",
        "{renewalLink(" + " ".join(f"{CANARY}{n}:1" for n in range(300)) + "){usable}}",
    ),
    document(
        "input fields that are unknown",
        "mutation{issueSecurityCode(input:{"
        + " ".join(f"{CANARY}{n}:1" for n in range(300))
        + "}){id}}",
    ),
    document(
        "variables that nobody uses",
        "query(" + " ".join(f"$v{n}:Int" for n in range(240)) + "){__typename}",
    ),
]

INTROSPECTION = [
    document("__schema", "{__schema{types{name}}}", "INTROSPECTION_OFF"),
    document("__type", '{__type(name:"Query"){name}}', "INTROSPECTION_OFF"),
    document("__schema by alias", "{a:__schema{queryType{name}}}", "INTROSPECTION_OFF"),
    document(
        "__schema in a fragment",
        "{...F}fragment F on Query{__schema{queryType{name}}}",
        "INTROSPECTION_OFF",
    ),
    document(
        "__schema in an inline fragment",
        "{...on Query{...{__schema{queryType{name}}}}}",
        "INTROSPECTION_OFF",
    ),
    document(
        "__schema switched by a variable",
        "query($a:Boolean!){__schema@include(if:$a){queryType{name}}}",
        "INTROSPECTION_OFF",
        variables={"a": True},
    ),
    document(
        "__schema in the operation not named",
        "query A{__typename}query B{__schema{queryType{name}}}",
        "INTROSPECTION_OFF",
        operationName="A",
    ),
    document(
        "__schema beneath a mutation", "mutation{__schema{queryType{name}}}", "INTROSPECTION_OFF"
    ),
    document(
        "__type in a fragment nobody spreads",
        'query{__typename}fragment F on Query{__type(name:"Query"){name}}',
        "INTROSPECTION_OFF",
    ),
    document("__schema behind line ends", "{#\r\n#\n__schema\n{types{name}}}", "INTROSPECTION_OFF"),
    of(
        "__schema by GET",
        get("?query=%7B__schema%7Btypes%7Bname%7D%7D%7D"),
        200,
        "INTROSPECTION_OFF",
    ),
    document(
        "circular introspection",
        "{__schema{types{" + "fields{type{" * 20 + "name" + "}}" * 20 + "}}}",
        "INTROSPECTION_OFF",
    ),
    document("__typename stays", "{__typename}", ""),
    document("an almost right field", "{votingRoun{id}}"),
    document("an almost right argument", '{renewalLink(tokn:"x"){usable}}'),
    document("an almost right type", "{...on Qery{__typename}}"),
    document("an almost right enum value", "mutation{issueSecurityCode(input:{step:REQUES}){id}}"),
    document("an almost right input field", "mutation{issueSecurityCode(input:{stp:REQUEST}){id}}"),
    document("an almost right directive", "{__typename @skp(if:true)}"),
    document("an almost right variable", "query($token:String!){renewalLink(token:$tokn){usable}}"),
    document("an almost right number", "{renewalLink(token:.5){usable}}"),
    document(
        "entities",
        '{_entities(representations:[{__typename:"Voter",numic:"CANARY7HIDDEN"}]){__typename}}',
    ),
    document("service", "{_service{sdl}}"),
]

VALUES = [
    document("a canary as a string", f'{{renewalLink(token:["{CANARY}"]){{usable}}}}'),
    document("a canary as an enum value", f"{{renewalLink(token:{CANARY}){{usable}}}}"),
    document("a canary as a field", f"{{{CANARY}}}"),
    document(
        "a canary in quotation marks",
        f'{{renewalLink(token:"\\"{CANARY}\\"" "{CANARY}"){{usable}}}}',
    ),
    document("a canary as an escape", f'{{renewalLink(token:"\\x{CANARY}"){{usable}}}}'),
    document("a canary where a name belongs", f'{{"{CANARY}"}}'),
    document("a canary as a type", f"query($a:{CANARY}){{__typename}}"),
    document("a canary as a variable's name", f"query(${CANARY}:Int){{__typename}}"),
    of(
        "a canary as an operation's name twice",
        post({"query": f"query {CANARY}{{a}}query {CANARY}{{b}}", "operationName": CANARY}),
        400,
    ),
    document(
        "a canary in a variable",
        "query($t:String!){renewalLink(token:$t){usable}}",
        "INVALID_VARIABLES",
        variables={"t": [CANARY]},
    ),
    document(
        "a canary as an input field",
        "mutation($i:IssueSecurityCodeInput!){issueSecurityCode(input:$i){id}}",
        "INVALID_VARIABLES",
        variables={"i": {CANARY: CANARY, "step": CANARY}},
    ),
    document(
        "a huge variable map", "{__typename}", "", variables={f"v{n}": CANARY for n in range(2_000)}
    ),
    document(
        "names of prototypes",
        "{__typename}",
        "",
        variables={"__proto__": {"a": 1}, "constructor": {"prototype": {}}},
    ),
    document(
        "prototypes as input",
        "mutation($i:IssueSecurityCodeInput!){issueSecurityCode(input:$i){id}}",
        "INVALID_VARIABLES",
        variables={"i": {"step": "REQUEST", "__proto__": {}, "constructor": {}}},
    ),
    document(
        "a token of every kind of space",
        "query($t:String!){renewalLink(token:$t){usable}}",
        "",
        variables={"t": "\u0000\u200b\u202e\ud83d\ude00 \ufeff"},
    ),
]

BODIES = [
    json_body("no body", ""),
    json_body("null", "null"),
    json_body("a batch", "[" + OK + "}]"),
    json_body("a batch of thousands", "[" + ",".join([OK + "}"] * 2_000) + "]"),
    json_body("deep JSON", OK + ',"variables":{"a":' + "[" * 5_000 + "]" * 5_000 + "}}"),
    json_body("deeper JSON, open", '{"a":' * 12_000),
    json_body("brackets only", "[" * 65_000),
    json_body("a long integer", OK + ',"variables":{"a":' + "9" * 5_000 + "}}"),
    json_body("1e999", OK + ',"variables":{"a":1e999}}'),
    json_body("-1e999", OK + ',"variables":{"a":-1e999}}'),
    json_body("NaN", OK + ',"variables":{"a":NaN}}'),
    json_body("a name twice", OK + ',"query":"{nope}"}'),
    json_body("a variable twice", OK + ',"variables":{"a":1,"a":2}}'),
    json_body("a lone surrogate", '{"query":"\\ud800"}'),
    json_body("a lone surrogate in a name", OK + ',"variables":{"\\udfff":1}}'),
    json_body("surrogates as UTF-8", '{"query":"\ud800"}'),
    json_body("quotation marks without end", '"' + '\\"' * 30_000),
    json_body("a trailing comma", OK + ",}"),
    json_body("two values", OK + "}{}"),
    json_body("a byte order mark", "\ufeff" + OK + "}"),
    json_body("comments in JSON", OK + "/* */}"),
    of("UTF-16", post((OK + "}").encode("utf-16")), 400),
    of("Latin-1", post('{"query":"{é}"}'.encode("latin-1")), 400),
    of("overlong UTF-8", post(b'{"query":"\xc0\xaf"}'), 400),
    json_body("variables as text", OK + ',"variables":"{}"}'),
    json_body("extensions as list", OK + ',"extensions":[]}'),
    json_body("operationName as list", OK + ',"operationName":["a"]}'),
    json_body("query as object", '{"query":{"toString":"{__typename}"}}'),
    json_body("documentId as number", '{"documentId":5}'),
    json_body("an unknown operation", OK + ',"operationName":"' + CANARY + '"}'),
    json_body(
        "an operation's name in lookalike letters",
        '{"query":"query A{__typename}","operationName":"\u0410"}',
    ),
    json_body(
        "an operation's name with a zero byte",
        '{"query":"query A{__typename}","operationName":"A\\u0000"}',
    ),
    json_body(
        "an operation's name turned round",
        '{"query":"query A{__typename}","operationName":"\\u202eA"}',
    ),
    json_body("many operations, none named", '{"query":"query A{__typename}query B{__typename}"}'),
    json_body("a subscription", '{"query":"subscription{x}"}', 200),
    json_body("zero bytes in a document", '{"query":"{\\u0000}"}', 200),
    json_body(
        "persisted query, unknown",
        json.dumps({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "a" * 64}}}),
        400,
        "PERSISTED_QUERY_NOT_SUPPORTED",
    ),
    json_body(
        "persisted query, to be stored",
        OK + ',"extensions":{"persistedQuery":{"version":1,"sha256Hash":"' + "a" * 64 + '"}}}',
        200,
        "",
    ),
    json_body("persisted query without a hash", OK + ',"extensions":{"persistedQuery":5}}'),
    json_body(
        "persisted query, a hash of another kind",
        OK + ',"extensions":{"persistedQuery":{"sha256Hash":{"$gt":""}}}}',
    ),
    json_body(
        "document id, unknown",
        '{"documentId":"' + CANARY + '"}',
        400,
        "PERSISTED_QUERY_NOT_SUPPORTED",
    ),
    of("a megabyte", post(b" " * 1_000_000), 413, "BODY_TOO_LARGE"),
]

HTTP = [
    of("a form", post(b"query=%7B__typename%7D", kind="application/x-www-form-urlencoded"), 415),
    of("plain text", post((OK + "}").encode(), kind="text/plain"), 415),
    of(
        "a type that a page may send, with JSON behind",
        post((OK + "}").encode(), kind="text/plain; application/json"),
        415,
    ),
    of("no type", post((OK + "}").encode(), kind=None), 415),
    of("two types", post((OK + "}").encode(), "Content-Type: text/plain"), 415),
    of("UTF-16 by name", post((OK + "}").encode(), kind="application/json; charset=utf-16"), 415),
    of("compressed", post(gzip.compress((OK + "}").encode()), "Content-Encoding: gzip"), 415),
    of("a bomb", post(gzip.compress(b" " * 10_000_000), "Content-Encoding: gzip"), 415),
    of(
        "multipart upload",
        post(
            b'--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n'
            b'{"query":"mutation{__typename}","variables":{"f":null}}\r\n--x\r\n'
            b'Content-Disposition: form-data; name="map"\r\n\r\n{"0":["variables.f"]}\r\n--x--\r\n',
            kind="multipart/form-data; boundary=x",
        ),
        415,
    ),
    of(
        "an answer nobody reads",
        post((OK + "}").encode(), "Accept: image/png"),
        406,
        "NOT_ACCEPTABLE",
    ),
    of(
        "JSON refused by weight",
        post((OK + "}").encode(), "Accept: application/json;q=0"),
        406,
        "NOT_ACCEPTABLE",
    ),
    of(
        "a flood of media ranges",
        post((OK + "}").encode(), "Accept: " + "a/b," * 3_000),
        406,
        "NOT_ACCEPTABLE",
    ),
    of("a mutation by GET", get("?query=mutation%7B__typename%7D"), 405),
    of(
        "a mutation by GET behind a query",
        get("?query=query%20A%7B__typename%7Dmutation%20B%7B__typename%7D&operationName=B"),
        405,
    ),
    of("GET without a query", get(""), 400),
    of("GET with a parameter twice", get("?query=%7Ba%7D&query=%7B__typename%7D"), 400),
    of("GET with many parameters", get("?" + "&".join(f"a{n}=1" for n in range(1_000))), 400),
    of("GET with bad UTF-8", get("?query=%ff%fe"), 400),
    of("GET with deep variables", get("?query=%7B__typename%7D&variables=" + "[" * 5_000), 400),
    of(
        "GET with a variable twice",
        get("?query=%7B__typename%7D&variables=" + quote('{"a":1,"a":2}')),
        400,
    ),
    of("GET with a canary", get(f"?query=%7B{CANARY}%7D"), 200),
    of("a long URL", get("?query=" + "a" * 20_000), 414, "URL_TOO_LONG"),
    of("PUT", post((OK + "}").encode()).replace(b"POST", b"PUT", 1), 405),
    of("DELETE", get("").replace(b"GET", b"DELETE", 1), 405),
    of("TRACE", get("").replace(b"GET", b"TRACE", 1), 405),
    of(
        "OPTIONS from elsewhere",
        get("", "Origin: https://evil.example.org", "Access-Control-Request-Method: POST").replace(
            b"GET", b"OPTIONS", 1
        ),
        405,
    ),
    of("a method made up", get("").replace(b"GET", b"CANARY7HIDDEN", 1), 400, None),
    of("WebSocket", get("", *UPGRADE, "Connection: Upgrade"), 400, "WEBSOCKET_NOT_SERVED"),
    of(
        "WebSocket with a subprotocol",
        get("", *UPGRADE, "Connection: Upgrade", "Sec-WebSocket-Protocol: graphql-transport-ws"),
        400,
        "WEBSOCKET_NOT_SERVED",
    ),
    of(
        "WebSocket with the legacy subprotocol",
        get("", *UPGRADE, "Connection: Upgrade", "Sec-WebSocket-Protocol: graphql-ws"),
        400,
        "WEBSOCKET_NOT_SERVED",
    ),
    of(
        "WebSocket without its version",
        get("", "Upgrade: websocket", "Connection: Upgrade"),
        400,
        "WEBSOCKET_NOT_SERVED",
    ),
    Case(
        "WebSocket with frames behind",
        (get("", *UPGRADE, "Connection: Upgrade"), b"\x81\xff" + b"\xff" * 4_000, b"\x00" * 4_000),
        (400,),
        "WEBSOCKET_NOT_SERVED",
    ),
    Case("frames and nothing else", (b"\x81\x05hello" * 1_000,), (400,)),
    Case("not HTTP", (b"\x16\x03\x01" + b"\x00" * 500 + b"\r\n\r\n",), (400,)),
    Case(
        "no end of the head",
        (b"GET /graphql HTTP/1.1\r\nHost: x\r\n",) + (b"a: b\r\n",) * 20,
        (0,),
        pause=0.01,
    ),
    Case(
        "a slow body",
        (
            post(b"", kind="application/json")[:-2].replace(
                b"Content-Length: 0", b"Content-Length: 500"
            )
            + b"\r\n",
            *(b"{",) * 30,
        ),
        (0,),
        pause=0.02,
    ),
    Case(
        "less body than declared",
        (post((OK + "}").encode()).replace(b"Content-Length: 24", b"Content-Length: 99"),),
        (0,),
    ),
    of(
        "more body than declared",
        post((OK + "}").encode()).replace(b"Content-Length: 24", b"Content-Length: 23"),
        400,
        BAD,
    ),
    of("two lengths", post((OK + "}").encode(), "Content-Length: 5"), 400, None),
    of(
        "a length below zero",
        post((OK + "}").encode()).replace(b"Content-Length: 24", b"Content-Length: -1"),
        400,
        None,
    ),
    of("length and chunks", post(b"0\r\n\r\n", "Transfer-Encoding: chunked"), 400, None),
    of(
        "a chunk that is too long for any memory",
        f"POST /graphql HTTP/1.1\r\n{HEAD}Content-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n".encode(),
        400,
        None,
    ),
    of(
        "a chunk without a length",
        f"POST /graphql HTTP/1.1\r\n{HEAD}Content-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\nxyz\r\n".encode(),
        400,
        None,
    ),
    of(
        "many small chunks",
        f"POST /graphql HTTP/1.1\r\n{HEAD}Content-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n".encode()
        + b"1\r\n \r\n" * 3_000
        + b"0\r\n\r\n",
        400,
    ),
    of(
        "another transfer coding",
        f"POST /graphql HTTP/1.1\r\n{HEAD}Content-Type: application/json\r\n"
        "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n".encode(),
        400,
        BAD,
    ),
    of("a line end within a header", post((OK + "}").encode(), "X: a\rb"), 400, None),
    of("a zero byte within a header", post((OK + "}").encode(), "X: a\x00b"), 400, None),
    of("many headers", post((OK + "}").encode(), *(f"X-{n}: y" for n in range(500))), 200, ""),
    of("a long header", post((OK + "}").encode(), "X: " + "y" * 8_000), 200, ""),
    of("forged correlation ids", post({"query": "{nope}"}, f"X-Correlation-Id: {CANARY}"), 200),
    of("another path", get("").replace(b"/graphql", b"/graphql/CANARY7HIDDEN", 1), 404),
    of("a path that climbs", get("").replace(b"/graphql", b"/graphql/../../etc/passwd", 1), 404),
]

CASES = [*OVERLOADED, *INTROSPECTION, *VALUES, *BODIES, *HTTP]
