"""R40: tokens of a real issuer, and everything that someone else might try."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import timedelta

import jwt
import pytest

from graphql_api.access import tokens
from graphql_api.access.caller import ANONYMOUS
from tests.servers.issuer import SigningKey

MINUTE = timedelta(minutes=1)


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def unsigned(claims, signature="", **header):
    return f"{part({'alg': 'none', 'typ': 'JWT', **header})}.{part(claims)}.{signature}"


async def accepted(answer):
    assert answer.status_code == 200, answer.text
    return answer.json()["data"] == {"renewalLink": {"usable": False}}


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_a_token_of_the_issuer(guarded, issuer, ask, algorithm):
    """R40: each algorithm with a public key."""
    key = SigningKey("another", algorithm)
    issuer.server.keys.append(key.jwk)
    assert await accepted(await ask(key.sign(issuer.claims(), typ="at+jwt")))


@pytest.mark.parametrize("typ", [None, "JWT", "at+JWT", "application/at+jwt"])
async def test_types_of_access_tokens(guarded, issuer, ask, typ):
    """RFC 9068: with or without the prefix, in any case."""
    assert await accepted(await ask(issuer.key.sign(issuer.claims(), typ=typ)))


async def test_nobody_needs_a_token(guarded, issuer, ask):
    """R40: the portal's pages are a voter's, who shows nothing; and no key is fetched for it."""
    assert await accepted(await ask())
    assert issuer.server.asked == 0


async def test_the_scheme_may_be_written_anyhow(guarded, issuer, ask):
    """RFC 9110: schemes have no case."""
    assert await accepted(await ask(headers={"Authorization": f"bEaReR  {issuer.partner()} "}))


CLAIMS = {
    "expired": ({"iat": -600, "exp": -31}, "expired"),
    "expires in no time that there is": ({"exp": float("nan")}, "malformed_claim"),
    "expires with a word": ({"exp": "tomorrow"}, "malformed_claim"),
    "expires beyond all numbers": ({"exp": 10**400}, "malformed_claim"),
    "expires truly": ({"exp": True}, "malformed_claim"),
    "not yet valid": ({"nbf": 31}, "not_yet_valid"),
    "issued tomorrow": ({"iat": 86400, "exp": 86500}, "not_yet_valid"),
    "lives for a year": ({"exp": 31_536_000}, "lives_too_long"),
    "without an end": ({"exp": None}, "missing_claim"),
    "without a beginning": ({"iat": None}, "missing_claim"),
    "without an audience": ({"aud": None}, "missing_claim"),
    "for another audience": ({"aud": "somebody-else"}, "wrong_audience"),
    "for an audience that is none": ({"aud": 5}, "wrong_audience"),
    "of another issuer": ({"iss": "https://login.example.net"}, "unknown_issuer"),
    "of no issuer": ({"iss": None}, "unknown_issuer"),
    "of an issuer that is a list": ({"iss": ["https://login.example.org"]}, "unknown_issuer"),
    "of no client": ({"client_id": None}, "unknown_partner"),
    "of a client that is a list": ({"client_id": ["consulat"]}, "unknown_partner"),
    "of a client with a strange name": ({"client_id": "Consulat\n"}, "unknown_partner"),
    "for a partner and a dashboard": (
        {"aud": ["reassort-partners", "reassort-dashboards"]},
        "wrong_audience",
    ),
    "for signing in": ({"typ": "ID"}, "forbidden_type"),
    "of nobody at a dashboard": ({"aud": "reassort-dashboards"}, "missing_claim"),
    "of a number": ({"aud": "reassort-dashboards", "sub": 5}, "malformed_claim"),
}


@pytest.mark.parametrize("name", CLAIMS)
async def test_a_token_that_is_not_for_us_now(guarded, issuer, ask, refused, name):
    """R40: signed by the issuer, and yet refused; nobody but the operators learns why."""
    given, reason = CLAIMS[name]
    now = int(issuer.clock.now().timestamp())
    moments = {
        claim: now + value
        for claim, value in given.items()
        if claim in ("exp", "iat", "nbf") and type(value) is int and value < 10**12
    }
    token = issuer.partner(**(given | moments))
    refused(await ask(token), reason, token)


async def test_clocks_may_differ_a_little(guarded, issuer, ask):
    """R40: by half a minute, either way."""
    now = int(issuer.clock.now().timestamp())
    assert await accepted(await ask(issuer.partner(iat=now - 300, exp=now - 29)))
    assert await accepted(await ask(issuer.partner(iat=now + 29)))


async def test_a_forged_signature(guarded, issuer, ask, refused):
    """R40: the right key's name on another's work."""
    token = SigningKey("first").sign(issuer.claims())
    refused(await ask(token), "bad_signature", token)


async def test_claims_that_were_changed(guarded, issuer, ask, refused):
    """R40: a signature is of these claims and no others."""
    header, _, signature = issuer.partner().split(".")
    token = f"{header}.{part(issuer.claims(client_id='other'))}.{signature}"
    refused(await ask(token), "bad_signature", token)


@pytest.mark.parametrize("name", ["none", "None", "NONE", "", None, 5])
async def test_no_algorithm(guarded, issuer, ask, refused, name):
    """RFC 8725, 3.1: `none` is none, however it is written."""
    token = unsigned(issuer.claims(), alg=name, kid="first")
    refused(await ask(token), "forbidden_algorithm", token)
    token = unsigned(issuer.claims(), issuer.partner().split(".")[2], alg=name, kid="first")
    refused(await ask(token), "forbidden_algorithm", token)


@pytest.mark.parametrize("name", ["HS256", "HS384", "HS512"])
async def test_the_public_key_as_a_secret(guarded, issuer, ask, refused, name):
    """RFC 8725, 2.1: what everyone can read proves nothing."""
    secret = json.dumps(issuer.key.jwk).encode()
    signed = f"{part({'alg': name, 'kid': 'first'})}.{part(issuer.claims())}"
    signature = hmac.digest(secret, signed.encode(), "sha" + name[2:])
    token = f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
    refused(await ask(token), "forbidden_algorithm", token)


async def test_an_algorithm_that_this_issuer_does_not_use(open_guarded, trust, issuer, refused):
    """R40: the settings name those of each issuer."""
    portal = await open_guarded(issuers=[trust(algorithms=["RS256"])])
    token = issuer.partner()
    answer = await portal.http.post(
        "/graphql", json={"query": "{ __typename }"}, headers={"authorization": f"Bearer {token}"}
    )
    refused(answer, "forbidden_algorithm", token)


async def test_an_algorithm_that_is_not_the_keys(guarded, issuer, ask, refused):
    """RFC 8725, 3.1: the key says how it is used, the token does not."""
    rsa = SigningKey("rsa", "RS256")
    issuer.server.keys.append({**rsa.jwk, "alg": "ES256"})
    token = rsa.sign(issuer.claims())
    refused(await ask(token), "unknown_key_id", token)


@pytest.mark.parametrize("header", ["jku", "jwk", "x5u", "x5c"])
async def test_a_key_that_the_token_brings(guarded, issuer, ask, refused, header):
    """RFC 8725, 3.10: whoever signs does not say where the key is."""
    mine = SigningKey("mine")
    brought = {"jku": issuer.server.url, "x5u": issuer.server.url, "jwk": mine.jwk, "x5c": ["x"]}
    token = mine.sign(issuer.claims(), **{header: brought[header]})
    refused(await ask(token), "unknown_key_id", token)
    assert issuer.server.asked == 1


@pytest.mark.parametrize("key_id", ["../../etc/passwd", "' OR 1=1 --", "", "a" * 3000])
async def test_a_key_id_that_leads_elsewhere(guarded, issuer, ask, refused, key_id):
    """RFC 8725, 3.10: it is compared, and used for nothing else."""
    token = issuer.key.sign(issuer.claims(), kid=key_id)
    refused(await ask(token), "unknown_key_id", token)


async def test_no_key_id(guarded, issuer, ask, refused):
    """R40: keys are not tried one after the other."""
    token = jwt.encode(issuer.claims(), issuer.key.private, "ES256")
    refused(await ask(token), "unknown_key_id", token)
    assert issuer.server.asked == 0


@pytest.mark.parametrize(
    "header", [{"typ": "logout+jwt"}, {"typ": "dpop+jwt"}, {"crit": ["b64"], "b64": True}]
)
async def test_a_token_for_something_else(guarded, issuer, ask, refused, header):
    """RFC 8725, 3.11: what is no access token opens nothing; nor what asks for more care."""
    token = unsigned(issuer.claims(), "c2lnbmVk", alg="ES256", kid="first", **header)
    refused(await ask(token), "forbidden_type", token)


@pytest.mark.parametrize(
    "token",
    ["x", "a.b", "a.b.c", "....", "é.é.é", f"{part([])}.{part({})}.x", f"{part({})}.{part([])}.x"],
)
async def test_what_is_no_token(guarded, ask, refused, token):
    """R37: refused like any other, and no defect."""
    answer = await ask(headers={"authorization": f"Bearer {token}".encode()})
    refused(answer, "malformed", token)


async def test_numbers_without_end(guarded, ask, refused):
    """R38: Python refuses to read them, and so do we."""
    claims = base64.urlsafe_b64encode(b'{"exp": ' + b"9" * 5000 + b"}").decode()
    token = f"{part({'alg': 'ES256'})}.{claims}.x"
    refused(await ask(token), "malformed", token)


async def test_a_huge_token(guarded, issuer, ask, refused):
    """R38: not even read."""
    token = issuer.partner(padding="x" * 8192)
    refused(await ask(token), "too_long", token)


@pytest.mark.parametrize(
    "names",
    [("authorization", "authorization"), ("authorization", "x-api-key"), ("x-api-key",) * 2],
)
async def test_two_credentials(guarded, issuer, ask, refused, names):
    """R40: a proxy and we might each look at another one."""
    token = issuer.partner()
    values = {"authorization": f"Bearer {token}", "x-api-key": "rsk_x"}
    answer = await ask(headers=[(name, values[name]) for name in names])
    refused(answer, "several_credentials", token)


@pytest.mark.parametrize("value", ["Basic dXNlcjpwYXNz", "Bearer", "Bearer ", "", "Digest x"])
async def test_another_scheme(guarded, ask, refused, value):
    """R40: whoever shows something that we cannot read is not taken for a voter."""
    refused(await ask(headers={"authorization": value}), "unknown_scheme", value)


async def test_an_issuer_nobody_has_named(open_guarded, issuer, refused):
    """R40: without issuers no token is believed, and nothing is fetched."""
    portal = await open_guarded(issuers=[])
    token = issuer.partner()
    answer = await portal.http.post(
        "/graphql", json={"query": "{ __typename }"}, headers={"authorization": f"Bearer {token}"}
    )
    refused(answer, "unknown_issuer", token)
    assert issuer.server.asked == 0


async def test_the_reason_is_for_operators(guarded, issuer, ask, logged):
    """R40, R42: with the issuer, which is ours to know; of the caller's words nothing."""
    token = issuer.partner(exp=int(issuer.clock.now().timestamp()) - 60, client_id="some-client")
    await ask(token)
    (line,) = [json.loads(each) for each in logged.getvalue().splitlines() if "caller_ref" in each]
    assert line["issuer"] == "https://login.example.org/realms/vote"
    assert "some-client" not in logged.getvalue()


async def test_lines_of_a_partner_name_it(guarded, issuer, ask, logged):
    """R42: a partner's requests can be told from others'; a dashboard's caller is a person."""
    await ask(issuer.partner(scope=""))
    await ask(issuer.dashboard(sub="camille", scope=""), "{ routes { route } }")
    partner, dashboard = (
        each for each in logged.getvalue().splitlines() if "graphql_errors" in each
    )
    assert '"partner":"consulat"' in partner
    assert "partner" not in dashboard
    assert "camille" not in logged.getvalue()


async def test_refused_before_anything_is_done(guarded, issuer, ask):
    """R40: whatever is asked for, in whatever form."""
    answer = await guarded.http.put("/graphql", headers={"authorization": "Bearer x"})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


async def test_a_caller_is_not_told_by_its_text():
    """R42: the name of a caller is not in its representation."""
    assert "name" not in repr(ANONYMOUS)


async def test_a_signature_is_verified_once(guarded, issuer, ask, refused, monkeypatch):
    """R40: a partner's token comes with every request; its end, and its key's, still count."""
    verified = []
    verify = tokens._verified
    monkeypatch.setattr(tokens, "_verified", lambda *given: verified.append(1) or verify(*given))
    token = issuer.partner()
    for _ in range(3):
        assert await accepted(await ask(token))
    assert len(verified) == 1
    issuer.clock.advance(timedelta(seconds=331))
    refused(await ask(token), "expired", token)


async def test_a_token_that_is_remembered_ends_with_its_key(guarded, issuer, ask, refused):
    """R40: the issuer has taken the key out of its set."""
    token = issuer.partner(exp=int(issuer.clock.now().timestamp()) + 3600)
    assert await accepted(await ask(token))
    issuer.server.keys = [SigningKey("second").jwk]
    issuer.clock.advance(timedelta(minutes=6))
    refused(await ask(token), "unknown_key_id", token)
