"""Connections to an LDAP directory: never without TLS, never for long."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme

from adapters.connections.directory import (
    Connection,
    Directory,
    DirectorySettings,
    DirectoryUnavailable,
)
from adapters.connections.directory_search import one_entry
from tests.servers.slapd import ADMIN, ADMIN_PASSWORD, BASE, Slapd, why_not

real_server = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))
SETTINGS = DirectorySettings("ldaps://ldap.example.org", ADMIN, ADMIN_PASSWORD)


def protocol_of(connection: Connection) -> str:
    """What the connection is made of, once it has answered something."""
    assert one_entry(connection, BASE, "(ou=voters)", ["ou"], 3) is not None
    return type(connection.socket).__name__


async def outcome(settings: DirectorySettings) -> str:
    directory = Directory(settings)
    try:
        return await directory.run(protocol_of)
    finally:
        await directory.aclose()


@pytest.fixture(scope="module")
def slapd() -> Iterator[Slapd]:
    server = Slapd()
    yield server
    server.close()


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that takes connections and never says anything."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


@real_server
async def test_both_ways_lead_over_tls(slapd: Slapd):
    """R42: LDAPS, and StartTLS on the plain port."""
    reach = DirectorySettings(slapd.url, ADMIN, ADMIN_PASSWORD, slapd.ca_file)
    assert await outcome(reach) == "SSLSocket"
    assert await outcome(replace(reach, url=slapd.plain_url)) == "SSLSocket"


@real_server
async def test_plain_on_this_machine_when_asked_for(slapd: Slapd):
    """R42: by a setting of its own."""
    reach = DirectorySettings(slapd.plain_url, ADMIN, ADMIN_PASSWORD, plain_on_loopback=True)
    assert await outcome(reach) == "socket"


@real_server
@pytest.mark.parametrize("way", ["url", "plain_url"])
async def test_a_certificate_of_nobodys_is_refused(slapd: Slapd, way: str, tmp_path: Path):
    """R42: by the usual authorities, and by another private one; the password is not sent."""
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    for ca_file in (None, tmp_path / "other.pem"):
        reach = DirectorySettings(getattr(slapd, way), ADMIN, "never sent", ca_file)
        with pytest.raises(DirectoryUnavailable, match=r"LDAPSocketOpenError|StartTLS"):
            await outcome(reach)


@real_server
async def test_a_certificate_for_another_host_is_refused(slapd: Slapd):
    """R42: it is made out for 127.0.0.1, not for localhost."""
    url = slapd.url.replace("127.0.0.1", "localhost")
    with pytest.raises(DirectoryUnavailable):
        await outcome(DirectorySettings(url, ADMIN, ADMIN_PASSWORD, slapd.ca_file))


@real_server
async def test_a_wrong_password_is_told_without_it(slapd: Slapd):
    """R42: the standard's name for it."""
    reach = DirectorySettings(slapd.url, ADMIN, "wr0ng", slapd.ca_file)
    with pytest.raises(DirectoryUnavailable, match="bind refused: invalidCredentials") as refused:
        await outcome(reach)
    assert "wr0ng" not in str(refused.value)


async def test_a_silent_directory_is_given_up(silent: int):
    """R29: by the limit of a read, and by the deadline for the whole, whichever comes first."""
    url = f"ldap://127.0.0.1:{silent}"
    patient = DirectorySettings(url, ADMIN, "x", answer_timeout=1, plain_on_loopback=True)
    for settings in (patient, replace(patient, deadline=0.1)):
        started = time.perf_counter()
        with pytest.raises(DirectoryUnavailable):
            await outcome(settings)
        assert time.perf_counter() - started < 3


async def test_whoever_waits_for_a_thread_is_given_up_too(silent: int):
    """R13: a directory that hangs holds so many threads, and no more callers than that."""
    url = f"ldap://127.0.0.1:{silent}"
    settings = DirectorySettings(
        url, ADMIN, "x", None, True, answer_timeout=1, deadline=0.2, connections=2
    )
    directory = Directory(settings)
    before = threading.active_count()
    asked = [directory.run(protocol_of) for _ in range(20)]
    failures = await asyncio.gather(*asked, return_exceptions=True)
    assert {type(each) for each in failures} == {DirectoryUnavailable}
    assert threading.active_count() - before <= 2
    await directory.aclose()


async def test_a_closed_directory_is_unavailable():
    """R29: not a stranger's error."""
    directory = Directory(SETTINGS)
    await directory.aclose()
    with pytest.raises(DirectoryUnavailable, match="closed"):
        await directory.run(protocol_of)


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "https://ldap.example.org"},
        {"url": "ldaps://"},
        {"url": "ldaps://admin:s3cret@ldap.example.org"},
        {"url": "ldaps://ldap.example.org/dc=org"},
        {"plain_on_loopback": True},
        {"url": "ldap://ldap.example.org", "plain_on_loopback": True},
        {"bind_dn": ""},
        {"bind_password": ""},
        {"deadline": 0},
        {"connections": 0},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, Any]):
    """R42: at start-up; an empty password would be no sign-in at all (RFC 4513, 5.1.2)."""
    with pytest.raises(ValueError, match=r"directory|TLS") as refused:
        replace(SETTINGS, **wrong)
    assert "s3cret" not in str(refused.value)


def test_ports_are_the_usual_ones_unless_given():
    """RFC 4516: 636 and 389."""
    urls = ("ldaps://a.example.org", "ldap://a.example.org", "ldap://a.example.org:3890")
    assert [replace(SETTINGS, url=url).port for url in urls] == [636, 389, 3890]


def test_the_password_is_not_shown():
    """R42."""
    assert ADMIN_PASSWORD not in repr(SETTINGS)
