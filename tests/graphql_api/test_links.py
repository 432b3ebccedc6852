"""The one-time link over HTTP: what consumes it, what does not, and how it dies."""

from __future__ import annotations

import shutil
from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import timedelta

import pytest

from core.errors import MessageDeferred, StoreUnavailable
from core.keys import SecretKey
from core.link_code import code_of
from graphql_api.compose import compose, load_register
from tests.rehearsal import TrialMessages, TrialRegister

WRONG = "AAAAAAAAAAAA"


def ring(keyring, *ids):
    """`REASSORT_KEYS` with a new key `2028` and those of `keyring` that are named."""
    keys = {key.id: key for key in (SecretKey("2028", b"y" * 32), *keyring.keys)}
    return ",".join(f"{id}:{urlsafe_b64encode(keys[id].secret).decode()}" for id in ids)


async def test_the_code_of_the_email_serves_as_the_token(portal, camille):
    """R18: the code that the e-mail prints beside its link is taken wherever the token is, as
    people type it."""
    token = await portal.token()
    code = code_of(token)
    assert code in portal.emails[-1]["text"]
    assert (await portal.link(code.lower()))["usable"] is True
    spelt = code.replace(" ", "-").replace("0", "O")
    assert (await portal.confirm(spelt, camille.identifier))["__typename"] == "PasswordRenewed"
    assert (await portal.link(token))["code"] == (await portal.link(code))["code"] == "LINK_USED"


async def test_looking_consumes_nothing(portal, camille):
    """R15: GET and HEAD of the link's page, and any number of look-ups, as mail scanners do, leave
    the link good for its voter; by GET, which would write it into logs, it is not looked up."""
    token = await portal.token()
    before = portal.rows("SELECT * FROM recovery_request")
    for _ in range(3):
        await portal.http.get("/renouveler", params={"token": token})
        await portal.http.head("/renouveler", params={"token": token})
        query = {"query": portal.LINK, "variables": f'{{"token": "{token}"}}'}
        assert (await portal.http.get("/graphql", params=query)).status_code == 405
        await portal.http.head("/graphql", params=query)
        assert (await portal.link(token))["usable"] is True
    assert portal.rows("SELECT * FROM recovery_request") == before
    assert (await portal.confirm(token, camille.identifier))["__typename"] == "PasswordRenewed"


async def test_used_link(portal, camille):
    """R13: a link is good for one renewal; afterwards page and form say that it was used."""
    token = await portal.token()
    await portal.confirm(token, camille.identifier)
    again = await portal.confirm(token, camille.identifier)
    assert (again["__typename"], again["code"]) == ("LinkRejected", "LINK_USED")
    assert again["attemptsLeft"] == 0
    await portal.work()
    assert len(portal.sms) == 1
    looked = await portal.link(token, locale="EN")
    assert (looked["usable"], looked["code"]) == (False, "LINK_USED")
    assert looked["message"].startswith("This link has been used.")


@pytest.mark.parametrize("token", ["x", "A" * 43, "é" * 43, "A" * 10_000, "' OR 1=1 --"])
async def test_unknown_link(portal, token):
    """R37: what is no token is an unknown link, on the page and on the form."""
    looked = await portal.link(token)
    assert (looked["usable"], looked["code"], looked["expiresAt"]) == (False, "UNKNOWN_LINK", None)
    assert looked["message"].startswith("Ce lien n’est pas reconnu.")
    refused = await portal.confirm(token, WRONG)
    assert (refused["__typename"], refused["code"]) == ("LinkRejected", "UNKNOWN_LINK")


async def test_expired_link(portal, clock, camille):
    """R17: a link lives 60 minutes from its sending, to the second."""
    token = await portal.token()
    good = await portal.link(token)
    assert good["expiresAt"] == "2027-06-05T13:00:00.123456+00:00"
    assert (good["code"], good["message"]) == (None, None)
    clock.advance(timedelta(minutes=60) - timedelta(microseconds=1))
    assert (await portal.link(token))["usable"] is True
    clock.advance(timedelta(microseconds=1))
    looked = await portal.link(token)
    assert (looked["usable"], looked["code"]) == (False, "LINK_EXPIRED")
    refused = await portal.confirm(token, camille.identifier)
    assert (refused["code"], refused["attemptsLeft"]) == ("LINK_EXPIRED", 0)


async def test_lifetime_counts_from_the_sending(portal, clock):
    """R17: a link that waited for its e-mail lives 60 minutes from when the e-mail went."""
    await portal.request()
    clock.advance(timedelta(minutes=50))
    await portal.work()
    clock.advance(timedelta(minutes=59))
    assert (await portal.link(portal.newest_token))["usable"] is True


async def test_link_ends_with_its_round(open_portal, noon, clock):
    """R12: no link outlives its voting round, whatever its lifetime."""
    closes_at = noon + timedelta(minutes=10)
    rounds = [{"id": "demo", "opens_at": noon - timedelta(days=1), "closes_at": closes_at}]
    portal = await open_portal(voting_rounds=rounds)
    token = await portal.token()
    assert (await portal.link(token))["expiresAt"] == closes_at.isoformat()
    clock.advance(timedelta(minutes=10))
    assert (await portal.confirm(token, "K7WPQ2M4XN9B"))["code"] == "RENEWAL_CLOSED"
    looked = await portal.link(token)
    assert (looked["usable"], looked["code"]) == (False, "RENEWAL_CLOSED")


@pytest.mark.parametrize(
    ("left", "told"), [(60, 60), (59.99, 59), (10, 10), (1.5, 1), (0.5, 1)], ids=str
)
async def test_the_lifetime_that_is_told_ends_with_the_round(open_portal, noon, left, told):
    """R12, R3: shortly before the closing nobody is told of sixty minutes; the closing is public,
    so the answer stays the same for everyone."""
    closes_at = noon + timedelta(minutes=left)
    rounds = [{"id": "demo", "opens_at": noon - timedelta(days=1), "closes_at": closes_at}]
    portal = await open_portal(voting_rounds=rounds)
    assert (await portal.request())["linkLifetime"] == told
    assert (await portal.request(numic="00099999"))["linkLifetime"] == told


async def test_a_link_after_the_round(open_portal, noon, clock, camille):
    """R12: once the round is over a used link still says that it was used, any other that renewal
    is closed: a new request would be of no use."""
    rounds = [
        {"id": "demo", "opens_at": noon - timedelta(days=1), "closes_at": noon + timedelta(hours=2)}
    ]
    portal = await open_portal(voting_rounds=rounds)
    used = await portal.token()
    await portal.confirm(used, camille.identifier)
    clock.advance(timedelta(minutes=90))
    other = await portal.token()
    clock.advance(timedelta(hours=1))
    assert (await portal.link(used))["code"] == "LINK_USED"
    assert (await portal.link(other))["code"] == "RENEWAL_CLOSED"
    assert (await portal.link("x"))["code"] == "UNKNOWN_LINK"


async def test_wrong_identifiers_use_up_a_network_s_tries(open_portal, camille):
    """R16, R61: A14: attempts count down with each wrong identifier; after the fifth the right one
    comes too late from this network, an IPv6 /48 being one, and in time from another. Whoever looks
    is told the same."""
    portal = await open_portal(client="10.0.0.1", trusted_proxies="10.0.0.1")
    portal.http.headers["x-forwarded-for"] = "2001:db8:7:1::1"
    token = await portal.token()
    for left in (4, 3, 2, 1, 0):
        refused = await portal.confirm(token, WRONG)
        assert (refused["code"], refused["attemptsLeft"]) == ("IDENTIFIER_MISMATCH", left)
        said = f"{left} essai" if left else "nouvelle demande"
        assert said in refused["message"]
    late = await portal.confirm(token, camille.identifier)
    assert (late["code"], late["attemptsLeft"]) == ("LINK_REVOKED", 0)
    looked = await portal.link(token)
    assert (looked["usable"], looked["code"]) == (False, "LINK_REVOKED")
    portal.http.headers["x-forwarded-for"] = "2001:db8:7:2::1"
    assert (await portal.confirm(token, camille.identifier))["code"] == "LINK_REVOKED"
    portal.http.headers["x-forwarded-for"] = "2001:db8:8:1::1"
    assert (await portal.link(token))["usable"] is True
    assert (await portal.confirm(token, camille.identifier))["__typename"] == "PasswordRenewed"


async def test_right_identifier_after_wrong_ones(portal, camille):
    """R16: a failed form does not burn the link."""
    token = await portal.token()
    for _ in range(4):
        await portal.confirm(token, WRONG)
    assert (await portal.confirm(token, camille.identifier))["__typename"] == "PasswordRenewed"


async def test_another_voters_identifier(portal, claude):
    """R5: the identifier of another voter is as wrong as any."""
    refused = await portal.confirm(await portal.token(), claude.identifier)
    assert refused["code"] == "IDENTIFIER_MISMATCH"


async def test_wrong_security_code_costs_the_link_nothing(portal, camille):
    """R16: wrong, used and unknown security codes leave the link all its attempts."""
    token = await portal.token()
    for _ in range(6):
        code = await portal.code("CONFIRM")
        wrong = {**code, "answer": f"{(int(code['answer']) + 1) % 10_000:04}"}
        refused = await portal.confirm(token, camille.identifier, securityCode=wrong)
        assert refused["code"] == "SECURITY_CODE_WRONG"
        refused = await portal.confirm(token, WRONG, securityCode=code)
        assert refused["code"] == "SECURITY_CODE_USED"
        unknown = {"id": "nonsense", "answer": "1234"}
        refused = await portal.confirm(token, WRONG, securityCode=unknown)
        assert refused["code"] == "SECURITY_CODE_UNKNOWN"
    assert portal.rows("SELECT link_attempts_left FROM recovery_request") == [(20,)]
    assert (await portal.confirm(token, camille.identifier))["__typename"] == "PasswordRenewed"


async def test_new_link_revokes_the_older(portal, clock, camille):
    """R17: only the latest link works; the older one says that it was revoked."""
    older = await portal.token()
    clock.advance(timedelta(minutes=5))
    newer = await portal.token()
    assert newer != older
    assert (await portal.link(older))["code"] == "LINK_REVOKED"
    assert (await portal.confirm(older, camille.identifier))["code"] == "LINK_REVOKED"
    assert (await portal.confirm(newer, camille.identifier))["__typename"] == "PasswordRenewed"
    assert portal.requests == [("superseded", None), ("confirmed", None)]


async def test_link_host_comes_from_the_configuration(portal):
    """R18: Host, X-Forwarded-Host and Forwarded change nothing in the link."""
    forged = {
        "host": "evil.example.org",
        "x-forwarded-host": "evil.example.org",
        "forwarded": "host=evil.example.org",
        "origin": "https://evil.example.org",
    }
    portal.http.headers.update(forged)
    await portal.token()
    assert "evil" not in str(portal.emails)


async def test_token_is_not_stored(portal):
    """R14: the recovery store's file holds neither the token nor a part of it."""
    token = await portal.token()
    database = portal.application.settings.database
    stored = b"".join(file.read_bytes() for file in database.parent.glob(database.name + "*"))
    assert len(token) == 43
    assert token.encode() not in stored
    assert token[:12].encode() not in stored


async def test_key_rotation(open_portal, portal, keyring, camille):
    """R14: links and security codes made before a rotation work after it, old keys kept."""
    token, code = await portal.token(), await portal.code("CONFIRM")
    rotated = await open_portal(keys=ring(keyring, "2028", "2027", "2026"))
    assert (await rotated.link(token))["usable"] is True
    answer = await rotated.confirm(token, camille.identifier, securityCode=code)
    assert answer["__typename"] == "PasswordRenewed"
    await rotated.work()
    assert await rotated.works(rotated.newest_password)


async def test_quotas_survive_a_rotation(open_portal, portal, keyring, clock):
    """R26: a rotation forgets nobody: the voter who was written to is still known."""
    await portal.token()
    clock.advance(timedelta(minutes=1))
    rotated = await open_portal(keys=ring(keyring, "2028", "2027"))
    await rotated.request()
    await rotated.work()
    assert rotated.requests[-1] == ("dismissed", "written_recently")


async def test_lost_register_key(open_portal, portal, keyring, camille):
    """R37: a register made with a key that is gone is a typed answer, not a failure, and costs
    neither the link nor the security code."""
    rotated = await open_portal(keys=ring(keyring, "2028", "2027"))
    token = await rotated.token()
    bare = await open_portal(keys=ring(keyring, "2028"))
    code = await bare.code("CONFIRM")
    refused = await bare.confirm(token, camille.identifier, securityCode=code)
    assert refused["__typename"] == "TemporarilyUnavailable"
    back = await open_portal(keys=ring(keyring, "2028", "2027"))
    answer = await back.confirm(token, camille.identifier, securityCode=code)
    assert answer["__typename"] == "PasswordRenewed"


async def test_a_link_dies_with_its_key(
    open_portal, portal, keyring, camille, sample_register, make_settings
):
    """R14: a key that is taken out of the ring takes its links with it, whoever holds them."""
    token = await portal.token()
    await open_portal(keys=ring(keyring, "2028", "2027"))
    keys = ring(keyring, "2028")
    shutil.copy(
        sample_register(make_settings(keys=keys)), portal.application.settings.register_file
    )
    bare = await open_portal(keys=keys)
    assert (await bare.link(token))["code"] == "LINK_REVOKED"
    assert (await bare.confirm(token, camille.identifier))["code"] == "LINK_REVOKED"
    assert (await bare.confirm(token, "AAAABBBBCCCC"))["code"] == "LINK_REVOKED"


async def test_security_code_of_a_lost_key(open_portal, portal, keyring):
    """R27: a security code whose key is gone is unknown, and refused by name."""
    code = await portal.code("REQUEST")
    await open_portal(keys=ring(keyring, "2028", "2027"))
    bare = await open_portal(keys=ring(keyring, "2028"))
    assert (await bare.request(securityCode=code))["code"] == "SECURITY_CODE_UNKNOWN"


async def test_other_keys_do_not_open_the_database(open_portal, portal, keyring, camille):
    """R29: a process that was started with other keys is refused before it can give anything up;
    with the right ones everything is as it was."""
    token = await portal.token()
    with pytest.raises(StoreUnavailable, match="belongs to other keys"):
        await open_portal(keys=ring(keyring, "2028"))
    assert (await portal.confirm(token, camille.identifier))["__typename"] == "PasswordRenewed"


async def test_a_database_that_is_refused_is_closed(make_settings, portal, keyring):
    """R29: a process that is refused the database leaves no connection to it open."""
    stranger = compose(make_settings(keys=ring(keyring, "2028")))
    with pytest.raises(StoreUnavailable, match="belongs to other keys"):
        await stranger.start()
    with pytest.raises(StoreUnavailable, match="closed"):
        async with stranger.ports.store.read():
            pass
    await stranger.stop()


async def test_identifier_renewed_after_the_link(portal, make_settings, tmp_path, camille):
    """R8: whoever has renewed the identifier since the link was sent is told so, in plain words,
    and keeps the password; with another identifier it is as wrong as any."""
    token = await portal.token()
    file = tmp_path / "register.csv"
    file.write_text(
        "numic;identifier;email;phone;identifier_renewed_in\n"
        f"{camille.numic};T4RJH8C2VW6D;{camille.email};{camille.phone};demo\n"
    )
    load_register(make_settings(), file, tmp_path / "report.csv", force=True)
    refused = await portal.confirm(token, "T4RJH8C2VW6D")
    assert (refused["__typename"], refused["code"]) == ("LinkRejected", "IDENTIFIER_RENEWED")
    assert refused["message"].startswith("L’identifiant de ce vote a été renouvelé.")
    assert refused["attemptsLeft"] == 0
    mismatch = await portal.confirm(token, camille.identifier)
    assert (mismatch["code"], mismatch["attemptsLeft"]) == ("IDENTIFIER_MISMATCH", 4)
    assert portal.requests == [("link_sent", None)]
    await portal.work()
    assert portal.sms == []


async def test_link_whose_key_is_lost_before_its_email(
    open_portal, clock, keyring, sample_register, make_settings
):
    """R14: without its key a link cannot be made again, so its e-mail does not go; the forms still
    answer."""
    relay = TrialMessages()
    relay.setbacks.append(MessageDeferred("rehearsed"))
    portal = await open_portal(lambda ports: replace(ports, email=relay))
    await portal.request()
    await portal.work()
    assert (portal.requests, relay.sent) == ([("link_sent", None)], [])
    await open_portal(keys=ring(keyring, "2028", "2027"))
    keys = ring(keyring, "2028")
    made = sample_register(make_settings(keys=keys))
    shutil.copy(made, portal.application.settings.register_file)
    bare = await open_portal(keys=keys)
    clock.advance(timedelta(minutes=5))
    await bare.work()
    assert bare.emails == []
    assert (await bare.request())["__typename"] == "RenewalRequested"


async def test_register_down_at_the_confirmation(open_portal, camille):
    """R37, R16: while the register is down the answer is "try again", and neither the security
    code nor the link is consumed: the same form succeeds later."""
    register = None

    def adapt(ports):
        nonlocal register
        register = TrialRegister(ports.register)
        return replace(ports, register=register)

    portal = await open_portal(adapt)
    token, code = await portal.token(), await portal.code("CONFIRM")
    register.down = True
    refused = await portal.confirm(token, camille.identifier, securityCode=code)
    assert (refused["__typename"], refused["retryAfter"]) == ("TemporarilyUnavailable", 10)
    register.down = False
    answer = await portal.confirm(token, camille.identifier, securityCode=code)
    assert answer["__typename"] == "PasswordRenewed"
