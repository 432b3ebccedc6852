"""The operators' page: how it is served, what it is made of, and what it cannot be without."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from graphql import GraphQLEnumType, GraphQLSchema, build_schema, parse, validate

from graphql_api.documents.trusted_files import OPERATIONS, read_page
from graphql_api.over_http.static_files import policy_of
from graphql_api.schema.contract import check_operations
from graphql_api.schema.executable import build_schema as executable
from graphql_api.schema.executable import sdl
from graphql_api.settings import SettingsRefused

FOLDER = files("graphql_api.operations_page")
SCRIPTS = sorted(each.name for each in FOLDER.iterdir() if each.name.endswith(".js"))
QUERIES = sorted(each.name for each in FOLDER.joinpath("queries").iterdir())
CATALOGUES = {
    language: json.loads(FOLDER.joinpath("locales", f"{language}.json").read_text("utf-8"))
    for language in ("fr", "en")
}
HEAVIEST = 150_000
"""Bytes of everything, what is shared with the portal included."""
ISSUER = "https://login.example.org/realms/staff"
SIGN_IN = {
    "issuers": [
        {
            "kind": "dashboard",
            "issuer": ISSUER,
            "audience": "reassort-dashboards",
            "jwks_uri": f"{ISSUER}/certs",
        }
    ],
    "operations": True,
    "operations_issuer": ISSUER,
    "operations_client_id": "reassort-operations",
}


def read(name: str) -> str:
    return FOLDER.joinpath(*name.split("/")).read_text("utf-8")


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(sdl(operators=True))


@pytest.fixture
async def page(open_portal):
    """A deployment that serves the page, and no portal."""
    return await open_portal(**SIGN_IN)


async def test_the_page(page):
    """R57, R18: HTML under a policy that lets it call the issuer and nobody else; never stored."""
    answer = await page.http.get("/operations")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = answer.headers["content-security-policy"]
    assert policy == policy_of("https://login.example.org")
    assert "connect-src 'self' https://login.example.org;" in policy
    assert policy.count("http") == 1
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert (await page.http.post("/operations")).status_code == 405


async def test_what_the_page_is_told(page):
    """R57: where one signs in stands on it, as text that cannot leave its place; nothing secret."""
    text = (await page.http.get("/operations")).text
    told = dict(re.findall(r'<meta name="(reassort-[\w-]+)" content="([^"]*)">', text))
    assert json.loads(html.unescape(told["reassort-sign-in"])) == {
        "issuer": ISSUER,
        "client": "reassort-operations",
        "scopes": "openid deliveries:read operations:read evidence:read",
    }
    watched = json.loads(html.unescape(told["reassort-watched"]))
    assert watched == {"below": 0.8, "sample": 20, "cell": 20}


async def test_settings_cannot_leave_their_place(open_portal):
    """R18: whatever a client's id holds, it is text."""
    page = await open_portal(**SIGN_IN | {"operations_client_id": '"><script src=x></script>'})
    assert "<script src=x>" not in (await page.http.get("/operations")).text


@pytest.mark.parametrize("name", [*SCRIPTS, "text.js", "kept.js", "theme.css", "locales/fr.json"])
async def test_parts(page, name):
    """R46: each part is there, also those that are the portal's, though no portal is."""
    part = await page.http.get(f"/operations/{name}")
    assert part.status_code == 200
    again = await page.http.get(
        f"/operations/{name}", headers={"if-none-match": part.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    assert (await page.http.get("/portal/text.js")).status_code == 404


@pytest.mark.parametrize("path", ["pages.py", "__init__.py", "index.html", "operations.html"])
async def test_nothing_else_is_served(page, path):
    """Only what the page is made of, never the program around it, nor the portal's pages."""
    assert (await page.http.get(f"/operations/{path}")).status_code == 404


async def test_no_page_unless_switched_on(open_portal):
    """R57: a deployment shows it only where it is set."""
    portal = await open_portal(portal=True, **{**SIGN_IN, "operations": False})
    for path in ("/operations", "/operations/start.js", "/operations/locales/fr.json"):
        assert (await portal.http.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"operations_issuer": ""}, r"REASSORT_OPERATIONS_ISSUER: operators sign in at an issuer"),
        ({"operations_issuer": "https://other.example.org"}, "name that of an entry"),
        ({"issuers": []}, "REASSORT_ISSUERS whose kind is `dashboard`"),
        ({"operations_client_id": ""}, "REASSORT_OPERATIONS_CLIENT_ID: name the page's public"),
        ({"operations_scopes": "deliveries:read"}, "REASSORT_OPERATIONS_SCOPES"),
        ({"operations_scopes": 'openid "x"'}, "REASSORT_OPERATIONS_SCOPES"),
    ],
)
def test_without_an_issuer_it_does_not_start(make_settings, given, said):
    """R57: a sentence says which setting is missing, and what it is."""
    with pytest.raises(SettingsRefused, match=said):
        make_settings(**SIGN_IN | given)


def test_an_issuer_of_partners_signs_no_operator_in(make_settings):
    """R57: nor does one that browsers would ask in clear."""
    (issuer,) = SIGN_IN["issuers"]
    partners = issuer | {"kind": "partner", "partners": {"a": "consulat"}}
    with pytest.raises(SettingsRefused, match="whose kind is `dashboard`"):
        make_settings(**SIGN_IN | {"issuers": [partners]})
    clear = "http://login.example.org"
    with pytest.raises(SettingsRefused, match=r"browsers ask it: `https://`"):
        make_settings(
            **SIGN_IN | {"issuers": [issuer | {"issuer": clear}], "operations_issuer": clear}
        )


@pytest.mark.parametrize("name", QUERIES)
def test_queries_hold(schema, name, tmp_path):
    """R41: the deployment's schema takes each, within the limits of production."""
    assert validate(schema, parse(read(f"queries/{name}"))) == []
    file = tmp_path / name
    file.write_text(read(f"queries/{name}"), "utf-8")
    assert [str(each) for each in check_operations(executable(operators=True), [file])] == []


def test_every_query_is_trusted():
    """R38: under the page's own name."""
    documents = read_page(OPERATIONS, executable(operators=True).read_anew)
    assert len(documents) == len(QUERIES)
    assert {each.partner for each in documents} == {OPERATIONS}


async def test_the_page_works_where_nothing_else_is_read(open_portal):
    """R38: its documents are served, if not to everybody; others are not."""
    page = await open_portal(**SIGN_IN, trusted_documents_only=True)
    for query, code in (
        (read("queries/now.graphql"), "UNAUTHENTICATED"),
        ("{ a }", "DOCUMENT_NOT_TRUSTED"),
    ):
        told = (await page.http.post("/graphql", json={"query": query})).json()
        assert {each["extensions"]["code"] for each in told["errors"]} == {code}


def test_weight():
    """R46: all of it, uncompressed, with what it shares with the portal."""
    shared = [files("graphql_api.portal").joinpath(name) for name in ("text.js", "kept.js")]
    own = [FOLDER, FOLDER.joinpath("locales"), FOLDER.joinpath("queries")]
    parts = [each for folder in own for each in folder.iterdir() if each.is_file()]
    served = [each for each in (*parts, *shared) if not each.name.endswith(".py")]
    assert sum(len(each.read_bytes()) for each in served) <= HEAVIEST


class Words(HTMLParser):
    """Each text of the page with its key."""

    def __init__(self) -> None:
        super().__init__()
        self.key: str | None = None
        self.found: list[tuple[str | None, str]] = []
        self.feed(read("operations.html"))

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.key = "language.other" if "data-language" in given else given.get("data-t")
        if "aria-label" in given:
            self.found.append((given.get("data-t-label"), given["aria-label"]))

    def handle_data(self, data):
        if data.strip():
            self.found.append((self.key, data.strip()))


NOTHING_TO_DO = ("RECEIPT_NOT_EXPECTED", "LINK_NOT_TAKEN")
"""Causes of no voter who counts as unreached."""


def families(schema: GraphQLSchema) -> set[str]:
    """Keys that end with a code of the schema's, or with a choice."""
    enums = {
        "cause": "UnreachedCause",
        "cause.hint": "UnreachedCause",
        "state": "RequestState",
        "reason": "RequestReason",
        "health": "RouteHealth",
        "by": "DeliveryGrouping",
        "axis": "EvidenceAxis",
        "channel": "Channel",
    }
    named = set[str]()
    for family, name in enums.items():
        kind = schema.type_map[name]
        assert isinstance(kind, GraphQLEnumType)
        named |= {f"{family}.{value}" for value in kind.values}
    return named - {f"cause.hint.{each}" for each in NOTHING_TO_DO}


def test_every_code_has_words(schema):
    """R46: a code that joins the schema is not shown as a code."""
    assert families(schema) - CATALOGUES["fr"].keys() == set()


def test_choices_are_those_of_the_schema(schema):
    """R45: a state or a reason that joins can be looked for."""
    source = read("requests.js")
    source += read("unreached.js") + read("round.js").replace("const AXES", "export const AXES")
    enums = {
        "AXES": "EvidenceAxis",
        "STATES": "RequestState",
        "REASONS": "RequestReason",
        "CAUSES": "UnreachedCause",
    }
    for constant, name in enums.items():
        body = source.partition(f"export const {constant} = [")[2].partition("];")[0]
        kind = schema.type_map[name]
        assert isinstance(kind, GraphQLEnumType)
        assert set(re.findall(r'"(\w+)"', body)) == set(kind.values) - set(NOTHING_TO_DO)


def test_the_gravest_alerts_are_the_schema_s(schema):
    """R53: an alert whose kind is renamed does not lose its rank in silence."""
    body = read("judge.js").partition("const KINDS = [")[2].partition("];")[0]
    kind = schema.type_map["AlertKind"]
    assert isinstance(kind, GraphQLEnumType)
    ranked = re.findall(r'"(\w+)"', body)
    assert len(ranked) == 10
    assert set(ranked) <= set(kind.values)


PREFIXES = (
    *("span", "unreached", "rates", "tally", "round.at", "moment", "basis", "trouble", "level"),
    *("signin.failed", "judge.poor", "judge.fell", "standing", "step", "stretch"),
)
"""Of keys that end with a choice."""


def test_texts(schema):
    """R46: both languages have the same keys and gaps, each key is used, and each that is used is
    there; French is written as French is."""
    fr, en = CATALOGUES["fr"], CATALOGUES["en"]
    assert fr.keys() == en.keys()
    for key, text in fr.items():
        assert text.strip()
        assert en[key].strip()
        gaps = re.findall(r"\{(\w+)\}", text)
        assert sorted(gaps) == sorted(re.findall(r"\{(\w+)\}", en[key])), key
        assert not re.search(r"(?<![\u00a0\u202f])[:;?!»]|«(?![\u00a0\u202f])|'|\.\.\.", text), key
    used = {key for name in SCRIPTS for key in keys_in(name)}
    counted = {
        key for key in fr if key.rpartition(".")[0] in used and key.endswith(("one", "other"))
    }
    in_page = {key for key, _ in Words().found}
    known = used | counted | in_page | families(schema) | {"title", "moment", "language.other"}
    made = {key for key in fr if key.startswith(tuple(f"{each}." for each in PREFIXES))}
    assert fr.keys() - known - made == set()
    counts = {key.rpartition(".")[0] for key in counted}
    assert used - fr.keys() - counts - {"cause.hint", "reassort.every"} == set()


def keys_in(name: str) -> set[str]:
    return set(re.findall(r'"([a-z]+(?:\.\w+)+|loading|none|seconds|minutes|hours)"', read(name)))


def test_the_page_says_what_the_catalogue_says():
    """R46: what stands in the HTML is the French catalogue's."""
    for key, text in Words().found:
        assert key is not None, text
        assert CATALOGUES["fr"][key] == text


UNSAID = ("not there", "bar wide", "figures legend")
"""What is no sentence: an exception's text, which is never shown, and names of classes."""


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_hold_no_words_no_markup_and_keep_no_token(name):
    """R46, R18: sentences are in the catalogues; nothing is made of markup; what is kept in the tab
    goes through `keep`, and none of it is a token."""
    source = re.sub(r"/\*.*?\*/|//[^\n]*", "", read(name), flags=re.S)
    quoted = re.findall(r'"([^"\n]*)"', source)
    sentences = [each for each in quoted if re.search(r"[A-Za-zÀ-ÿ]{3,} [a-zà-ÿ]{3,}", each)]
    assert [each for each in sentences if each not in UNSAID] == []
    assert not re.search(r"innerHTML|insertAdjacent|document\.write|\beval\b|new Function", source)
    assert not re.search(r"localStorage|sessionStorage|document\.cookie|indexedDB", source)
    kept = re.findall(r"\bkeep\((\w+), ([^)]+)", source)
    assert set(kept) <= {
        ("PENDING", "JSON.stringify(pending"),
        ("PENDING", '""'),
        ("CHOICE", "value"),
    }


def test_nothing_inline():
    """R18: no script, no style and no handler stands in the HTML, and nothing from elsewhere."""
    text = read("operations.html")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", text)
    assert not re.search(r"""(?:src|href)=["'](?:\w+:)?//""", text)


def test_nothing_moves():
    """R46: nothing is animated, so there is nothing to calm."""
    assert not re.search(r"\b(transition|animation|scroll-behavior)\b", read("operations.css"))
