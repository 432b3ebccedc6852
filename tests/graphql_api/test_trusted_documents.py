"""Documents that operators have looked at: by id, by partner, and, if wanted, nothing else."""

from __future__ import annotations

import json
import os
from hashlib import sha256

import pytest

from graphql_api.access.caller import PARTNER, partner_of
from graphql_api.documents.hardening.limits import DocumentLimits
from graphql_api.documents.reading import read_document
from graphql_api.documents.trusted import DocumentNotServed, TrustedDocuments
from graphql_api.documents.trusted_files import DocumentsRefused, read_folder
from graphql_api.schema.executable import build_schema

SCHEMA = build_schema()._schema
TYPENAME, ROUND = "{ __typename }", "query Round { votingRound { id } }"


def read(text):
    return read_document(SCHEMA, text, DocumentLimits())


def digest(text):
    return sha256(text.encode()).hexdigest()


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def folder(tmp_path):
    """One document for everyone, one of a partner's, and a manifest."""
    folder = tmp_path / "documents"
    (folder / "embassy").mkdir(parents=True)
    (folder / "typename.graphql").write_text(TYPENAME)
    (folder / "embassy" / "round.graphql").write_text(ROUND)
    (folder / "embassy" / "manifest.json").write_text(json.dumps({"round-1": ROUND}))
    (folder / "README.md").write_text("not a document")
    return folder


def code_of(documents, *asked):
    with pytest.raises(DocumentNotServed) as refusal:
        documents.choose(*asked)
    return refusal.value.code


def test_by_id(folder):
    """R38: by digest with or without its prefix, by a manifest's id, or word for word."""
    documents = TrustedDocuments(read, folder)
    found = documents.choose("", digest(TYPENAME), None)
    assert found is not None
    assert found.errors == ()
    assert documents.choose("", f"sha256:{digest(TYPENAME)}", None) is found
    assert documents.choose(TYPENAME, None, None) is found
    assert documents.choose(TYPENAME, digest(TYPENAME), None) is found
    assert documents.choose("", "round-1", None) is not None
    assert code_of(documents, "", "unknown", None) == "PERSISTED_QUERY_NOT_FOUND"
    assert code_of(documents, TYPENAME, "a" * 64, None) == "BAD_REQUEST"


def test_others_unless_only(folder):
    """R38: any other document is read as ever, or refused by its own code."""
    assert TrustedDocuments(read, folder).choose("{ a: __typename }", None, None) is None
    only = TrustedDocuments(read, folder, only=True)
    assert code_of(only, "{ a: __typename }", None, None) == "DOCUMENT_NOT_TRUSTED"
    assert code_of(only, TYPENAME + " ", None, None) == "DOCUMENT_NOT_TRUSTED"
    assert only.choose(TYPENAME, None, None) is not None


def test_by_partner(folder):
    """R38: once someone makes sure who calls, a partner has its own documents and everyone's."""
    documents = TrustedDocuments(read, folder)
    assert documents.choose("", "round-1", "embassy") is not None
    assert documents.choose("", digest(TYPENAME), "ministry") is not None
    assert code_of(documents, "", "round-1", "ministry") == "PERSISTED_QUERY_NOT_FOUND"
    assert partner_of({PARTNER: "embassy"}) == "embassy"
    assert partner_of({}) is None


def test_use_is_counted(folder):
    """R38: uses by document and partner, so that operators see which are still needed; no caller
    can make up an entry."""
    documents = TrustedDocuments(read, folder)
    for _ in range(2):
        documents.choose("", "round-1", None)
    documents.choose(TYPENAME, None, "embassy")
    documents.choose("{ a: __typename }", None, None)
    code_of(documents, "", "made up", None)
    assert documents.use.counts() == {("round-1", "embassy"): 2, (digest(TYPENAME), ""): 1}


def test_apollo_manifest(tmp_path):
    """R38: Apollo's manifest is read as it is written by its tools."""
    operation = {"id": "abc", "name": "Round", "type": "query", "body": ROUND}
    manifest = {
        "format": "apollo-persisted-query-manifest",
        "version": 1,
        "operations": [operation],
    }
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    assert TrustedDocuments(read, tmp_path).choose("", "abc", None) is not None


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.graphql", b"{", "Syntax Error"),
        ("a.graphql", b"{ nope }", "Cannot query field 'nope'"),
        ("a.graphql", b"\xff", "cannot be read as UTF-8"),
        ("a.graphql", b"{ __schema { queryType { name } } }", "introspection is switched off"),
        ("embassy/a.graphql", b"{ nope }", "Cannot query field 'nope'"),
        ("a.json", b"[]", "not a manifest"),
        ("a.json", b"{", "not a manifest"),
        ("a.json", b'{"a": 5}', "not a manifest"),
        ("a.json", b'{"operations": [{"id": "a"}]}', "not a manifest"),
        ("a.json", b'{"a": "{ nope }"}', "Cannot query field 'nope'"),
    ],
)
def test_broken_files(folder, name, content, reason):
    """R38: a broken file is named, and keeps the gateway from starting."""
    (folder / name).write_bytes(content)
    with pytest.raises(DocumentsRefused, match=f"^{name}: {reason}"):
        TrustedDocuments(read, folder)


def test_no_folder(tmp_path):
    """R38: nor does it start without the folder."""
    with pytest.raises(DocumentsRefused, match="folder of trusted documents is missing"):
        TrustedDocuments(read, tmp_path / "gone")


def test_reading_again(folder, logged):
    """R38: a file that is added, changed or removed counts within a second; a broken one leaves
    everything as it was, and the log says so, once."""
    clock = Clock()
    documents = TrustedDocuments(read, folder, only=True, tick=clock)
    new = folder / "new.graphql"
    new.write_text("{ a: __typename }")
    assert code_of(documents, "{ a: __typename }", None, None) == "DOCUMENT_NOT_TRUSTED"
    clock.now = 1.0
    assert documents.choose("{ a: __typename }", None, None) is not None
    new.write_text("{ CANARY")
    clock.now = 2.0
    assert documents.choose("{ a: __typename }", None, None) is not None
    clock.now = 3.0
    assert documents.choose(TYPENAME, None, None) is not None
    assert logged.getvalue().count("trusted_documents_kept") == 1
    new.unlink()
    clock.now = 4.0
    assert code_of(documents, "{ a: __typename }", None, None) == "DOCUMENT_NOT_TRUSTED"
    assert logged.getvalue().count("trusted_documents_read") == 2


def test_a_file_that_goes_away_meanwhile(folder):
    """R38: a link to nothing is not looked at, and then cannot be read."""
    (folder / "dead.graphql").symlink_to(folder / "nowhere")
    with pytest.raises(DocumentsRefused, match=r"^dead\.graphql: cannot be read"):
        TrustedDocuments(read, folder)


async def test_over_http(open_portal, folder):
    """R36, R38: by POST and by GET, in the draft's form and in Apollo's; nothing else is served,
    and the limits of GET hold."""
    portal = await open_portal(trusted_documents=folder, trusted_documents_only=True)
    apollo = {"persistedQuery": {"version": 1, "sha256Hash": digest(TYPENAME)}}
    for response in (
        await portal.http.post("/graphql", json={"documentId": digest(TYPENAME)}),
        await portal.http.post("/graphql", json={"extensions": apollo}),
        await portal.http.get("/graphql", params={"documentId": f"sha256:{digest(TYPENAME)}"}),
        await portal.http.get("/graphql", params={"extensions": json.dumps(apollo)}),
        await portal.http.post("/graphql", json={"query": TYPENAME}),
    ):
        assert response.json() == {"data": {"__typename": "Query"}}
    for body, code in (
        ({"query": "{ a: __typename }"}, "DOCUMENT_NOT_TRUSTED"),
        ({"documentId": "CANARY"}, "PERSISTED_QUERY_NOT_FOUND"),
        ({"query": TYPENAME, "documentId": "a" * 64}, "BAD_REQUEST"),
    ):
        response = await portal.http.post("/graphql", json=body)
        assert response.status_code == 400
        assert response.json()["errors"][0]["extensions"]["code"] == code
        assert "CANARY" not in response.text


async def test_without_trusted_documents(portal):
    """R36: an id alone is answered by the code that Apollo's clients understand."""
    response = await portal.http.post("/graphql", json={"documentId": "a"})
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "PERSISTED_QUERY_NOT_SUPPORTED"


async def test_the_portal_is_trusted(open_portal, folder):
    """R38: with the reference front end switched on, its operations are always served; mutations
    still do not come by GET."""
    portal = await open_portal(portal=True, trusted_documents_only=True)
    address = "/portal/operations/issue-security-code.graphql"
    operation = (await portal.http.get(address)).text
    variables = {"input": {"step": "REQUEST"}}
    body = {"query": operation, "variables": variables}
    assert (await portal.http.post("/graphql", json=body)).json()["data"]
    by_get = {"documentId": digest(operation), "variables": json.dumps(variables)}
    assert (await portal.http.get("/graphql", params=by_get)).status_code == 405
    link = (await portal.http.get("/portal/operations/renewal-link.graphql")).text
    by_get = {"documentId": digest(link), "variables": json.dumps({"token": "x"})}
    refused = await portal.http.get("/graphql", params=by_get)
    assert refused.status_code == 405
    assert refused.json()["errors"][0]["extensions"]["code"] == "SECRET_IN_URL"
    response = await portal.http.post("/graphql", json={"query": TYPENAME})
    assert response.json()["errors"][0]["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"


def test_times_are_compared_finely(folder):
    """R38: a change that leaves the size as it was counts, too."""
    clock = Clock()
    documents = TrustedDocuments(read, folder, tick=clock)
    file = folder / "typename.graphql"
    file.write_text("{__typename  }")
    os.utime(file, ns=(1, 1))
    clock.now = 1.0
    assert documents.choose("", digest("{__typename  }"), None) is not None


def test_an_id_that_is_another_document_s_digest_is_refused(tmp_path):
    """R38: else whoever sends the other document would be run this one."""
    other = sha256(b"{ __typename }").hexdigest()
    manifest = {f"sha256:{other}": "{ votingRound { id } }"}
    (tmp_path / "partner.json").write_text(json.dumps(manifest))
    with pytest.raises(DocumentsRefused, match="the SHA-256 of another document"):
        read_folder(tmp_path, read)
