"""The register in an LDAP directory: what is asked of a real server, and made of its answers."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.connections.directory import Directory, DirectorySettings
from adapters.connections.directory_search import Entry, check_template, escaped, filter_for
from adapters.register.ldap import LdapRegister, LdapRegisterSettings
from adapters.trial import SetClock
from core.circuit import CircuitSettings
from core.errors import RegisterUnavailable
from core.voter import Identifier, Numel, Numic
from tests.servers.slapd import (
    ADMIN,
    ADMIN_PASSWORD,
    BASE,
    READER,
    READER_PASSWORD,
    Slapd,
    entry,
    why_not,
)

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))

CAMILLE, IDENTIFIER = Numic("00012345"), Identifier.parse("K7WPQ2M4XN9B")
SETTINGS = LdapRegisterSettings(BASE)
ENTRIES = (
    entry(
        "camille",
        numic="00012345",
        numel="000000042",
        mail="camille.martin@example.org",
        mobile="+33 6 39 98 00 01",
        telephoneNumber="+33 1 99 00 00 01",
        votingIdentifier="K7WPQ2M4XN9B",
        **{"jpegPhoto:": "//8="},
    ),
    entry("dominique", numic="00054321", telephoneNumber="+33-(6).39-98-00-02"),
    entry("claude", numic="00067890", votingIdentifier="k7wp q2m4 oi9b"),
    entry("twin-1", numic="00000002", votingIdentifier="K7WPQ2M4XN9B"),
    entry("twin-2", numic="00000002", votingIdentifier="K7WPQ2M4XN9B"),
    *(entry(f"triplet-{each}", numic="00000003") for each in "123"),
    entry("short", numic="12345"),
    entry(
        "several",
        numic="00000004",
        mail=["a@example.org", "nothing", "b@example.org", "A@Example.org"],
        mobile=["none yet", "+33 6 39 98 00 04", "+33 6 39 98 00 05"],
        **{"mail;lang-fr": "c@example.org"},
    ),
    entry("bad-mail", numic="00000005", mail="camille"),
    entry("national", numic="00000006", mobile="none yet", telephoneNumber="06 39 98 00 03"),
    entry("letters", numic="000000x9"),
    entry("two-numics", numic=["00000007", "00000008"]),
    entry("odd-identifier", numic="00000009", votingIdentifier="K7W"),
    entry("renewed", numic="00000010", identifierRenewedIn="2026-leg-1"),
    entry("twice", numic="00000011", identifierRenewedIn=["2026-leg-1", "2026-leg-2"]),
)


@pytest.fixture(scope="module")
def slapd() -> Iterator[Slapd]:
    server = Slapd(*ENTRIES)
    yield server
    server.close()


@pytest.fixture
def reach(slapd: Slapd) -> DirectorySettings:
    return DirectorySettings(slapd.url, ADMIN, ADMIN_PASSWORD, slapd.ca_file)


@pytest.fixture
async def open_directory() -> AsyncIterator[Callable[..., Directory]]:
    opened: list[Directory] = []

    def make(settings: DirectorySettings, clock: SetClock | None = None) -> Directory:
        opened.append(Directory(settings, clock))
        return opened[-1]

    yield make
    for directory in opened:
        await directory.aclose()


@pytest.fixture
def register(reach: DirectorySettings, open_directory: Callable[..., Directory]) -> LdapRegister:
    return LdapRegister(open_directory(reach), SETTINGS)


async def test_a_voter_is_found_by_either_number(register: LdapRegister):
    """R2, R8: the mobile phone before the other, in E.164."""
    voter = await register.find(CAMILLE)
    assert voter is not None
    assert voter.phone is not None
    assert voter.phone.value == "+33639980001"
    assert await register.find(Numel("000000042")) == voter


async def test_the_other_phone_will_do(register: LdapRegister):
    """R35: however it is typed, as long as it is international."""
    voter = await register.find(Numic("00054321"))
    assert voter is not None
    assert voter.phone is not None
    assert voter.phone.value == "+33639980002"


async def test_the_round_of_an_identifiers_renewal_is_read_when_named(
    reach: DirectorySettings, open_directory: Callable[..., Directory]
):
    """R8."""
    settings = replace(SETTINGS, identifier_renewed_in="identifierRenewedIn")
    voter = await LdapRegister(open_directory(reach), settings).find(Numic("00000010"))
    assert voter is not None
    assert voter.identifier_renewed_in == "2026-leg-1"
    voter = await LdapRegister(open_directory(reach), settings).find(Numic("00000011"))
    assert voter is not None
    assert voter.has_renewed_identifier_in("2026-leg-1")
    assert voter.has_renewed_identifier_in("2026-leg-2")


@pytest.mark.parametrize(
    ("numic", "problem"),
    [
        ("00000002", "several entries"),
        ("00000003", "several entries"),
        ("12345", "not the one asked for"),
        ("000000x9", "unusable numic"),
        ("00000007", "several values of numic"),
    ],
)
async def test_an_entry_that_is_not_as_agreed_is_unavailable(
    register: LdapRegister, numic: str, problem: str
):
    """R28, R42: nothing is guessed, and no value repeated."""
    with pytest.raises(RegisterUnavailable, match=problem) as failure:
        await register.find(Numic(numic))
    assert numic not in str(failure.value)


async def test_what_cannot_be_reached_is_absent(
    reach: DirectorySettings, open_directory: Callable[..., Directory]
):
    """R35: as in an imported register; a national number needs its country."""
    register = LdapRegister(open_directory(reach), SETTINGS)
    bad_mail = await register.find(Numic("00000005"))
    national = await register.find(Numic("00000006"))
    assert bad_mail is not None
    assert national is not None
    assert (bad_mail.email, national.phone) == (None, None)
    assert national.has_unusable_phone
    assert not bad_mail.has_unusable_phone
    french = LdapRegister(open_directory(reach), replace(SETTINGS, default_region="FR"))
    voter = await french.find(Numic("00000006"))
    assert voter is not None
    assert voter.phone is not None
    assert voter.phone.value == "+33639980003"


async def test_several_values_are_all_looked_at(register: LdapRegister):
    """L3: every address once, with options or none; of the numbers the first usable one, with a
    remark that names nobody."""
    with capture_logs() as logged:
        voter = await register.find(Numic("00000004"))
    assert voter is not None
    assert [each.value[0] for each in voter.emails] == ["a", "b", "c"]
    assert voter.phone is not None
    assert voter.phone.value == "+33639980004"
    remark = {"event": "register_several_values", "attribute": "mobile", "values": 3}
    assert logged == [{**remark, "log_level": "info"}]


@pytest.mark.parametrize("wrong", [{"phones": ("mobileTelephoneNumber",)}, {"email": "surname"}])
async def test_a_name_that_the_directory_does_not_use_is_told(
    reach: DirectorySettings, open_directory: Callable[..., Directory], wrong: dict[str, Any]
):
    """L3: slapd answers `mobile` to whoever asks for `mobileTelephoneNumber`: a voter with a number
    would be told to have none."""
    register = LdapRegister(open_directory(reach), replace(SETTINGS, **wrong))
    with pytest.raises(RegisterUnavailable, match="ask for that name"):
        await register.find(CAMILLE)


INJECTIONS = ["*", "0001*", "00012345)(cn=*", "*)(|(numic=*", "\\2a", "\\", "(", ")", "\0", "é*"]


@pytest.mark.parametrize("typed", [*INJECTIONS, "00012345)(|(objectClass=*)", "\udcff"])
async def test_a_number_is_a_value_and_nothing_else(register: LdapRegister, typed: str):
    """R10, R42: not even one that never came through the parser finds anybody with a pattern."""
    assert await register.find(Numic(typed)) is None
    assert await register.find(Numel(typed)) is None
    assert not await register.identifier_matches(Numic(typed), IDENTIFIER)


@pytest.mark.parametrize("typed", INJECTIONS)
def test_escaping_leaves_nothing_special(typed: str):
    """RFC 4515, 3: letters, digits and escaped octets."""
    assert re.fullmatch(r"([A-Za-z0-9]|\\[0-9a-f]{2})*", escaped(typed))
    assert filter_for("(&(objectClass=voter)(numic={number}))", typed).count("(") == 3


def test_letters_and_digits_stay_as_they_are():
    """RFC 4515: and an accented letter is two octets."""
    assert escaped("Az09é") == "Az09\\c3\\a9"


@pytest.mark.parametrize("template", ["numic={number}", "(numic=1)", "({number}={number})", ""])
def test_templates_that_cannot_work_are_refused(template: str):
    """R29: at start-up."""
    with pytest.raises(ValueError, match="filter"):
        check_template(template)


async def test_the_directory_compares(register: LdapRegister):
    """R5: the voter's own; not another's, none for whoever has none or is unknown."""
    assert await register.identifier_matches(CAMILLE, IDENTIFIER)
    assert not await register.identifier_matches(CAMILLE, Identifier.parse("AAAAAAAAAAAA"))
    assert not await register.identifier_matches(Numic("00054321"), IDENTIFIER)
    assert not await register.identifier_matches(Numic("99999999"), IDENTIFIER)


async def test_the_gateway_compares_what_it_may_read(
    reach: DirectorySettings, open_directory: Callable[..., Directory]
):
    """R5, R10: however the identifier is written there."""
    settings = replace(SETTINGS, identifier_check="read")
    reader = replace(reach, bind_dn=READER, bind_password=READER_PASSWORD)
    register = LdapRegister(open_directory(reader), settings)
    assert await register.identifier_matches(Numic("00067890"), Identifier.parse("K7WPQ2M4019B"))
    assert not await register.identifier_matches(Numic("00067890"), IDENTIFIER)
    assert not await register.identifier_matches(Numic("00054321"), IDENTIFIER)
    assert not await register.identifier_matches(Numic("99999999"), IDENTIFIER)
    for numic in ("00000009", "00000002"):
        with pytest.raises(RegisterUnavailable):
            await register.identifier_matches(Numic(numic), IDENTIFIER)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"base": "ou=elsewhere,dc=example,dc=org"}, "is elsewhere"),
        ({"email": "jpegPhoto"}, "unusable jpegPhoto"),
        ({"base": "ou=nowhere,dc=example,dc=org"}, "noSuchObject"),
        ({"numic_filter": "(numic={number}))"}, "LDAPInvalidFilterError"),
    ],
)
async def test_a_wrong_setting_is_never_an_unknown_voter(
    reach: DirectorySettings,
    open_directory: Callable[..., Directory],
    settings: dict[str, Any],
    problem: str,
):
    """R29: a wrong base must not dismiss every voter."""
    register = LdapRegister(open_directory(reach), replace(SETTINGS, **settings))
    with pytest.raises(RegisterUnavailable, match=problem):
        await register.find(CAMILLE)


async def test_an_attribute_that_cannot_be_compared_is_unavailable(
    reach: DirectorySettings, open_directory: Callable[..., Directory]
):
    """R5: "cannot tell" is not "does not match"."""
    settings = replace(SETTINGS, identifier="jpegPhoto")
    register = LdapRegister(open_directory(reach), settings)
    with pytest.raises(RegisterUnavailable):
        await register.identifier_matches(CAMILLE, IDENTIFIER)


@pytest.mark.parametrize(
    "wrong", [{"base": ""}, {"phones": ()}, {"seconds": 0}, {"default_region": "XX"}]
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, Any]):
    """R29: at start-up."""
    with pytest.raises(ValueError, match="LDAP register"):
        replace(SETTINGS, **wrong)


async def test_nothing_of_a_voter_stays_in_the_connections(
    reach: DirectorySettings, open_directory: Callable[..., Directory]
):
    """R42, R44: neither the question nor the answer."""
    directory = open_directory(reach)
    assert await LdapRegister(directory, SETTINGS).find(CAMILLE) is not None
    held = [(each.request, each.response, each.result) for each in directory._idle]
    assert held == [(None, None, None)]


async def test_many_lookups_share_few_connections(
    reach: DirectorySettings, open_directory: Callable[..., Directory]
):
    """R13: the rest wait for their turn."""
    directory = open_directory(replace(reach, connections=2))
    register = LdapRegister(directory, SETTINGS)
    found = await asyncio.gather(*(register.find(CAMILLE) for _ in range(40)))
    assert all(found)
    assert 1 <= len(directory._idle) <= 2


async def test_a_directory_that_restarts_is_reconnected_to(slapd: Slapd, register: LdapRegister):
    """R29: connections that were cut in the meantime are made anew, unseen."""
    assert await register.find(CAMILLE) is not None
    slapd.stop()
    slapd.start()
    assert await register.find(CAMILLE) is not None


async def test_a_directory_that_hangs_is_not_asked_twice(
    slapd: Slapd, reach: DirectorySettings, open_directory: Callable[..., Directory]
):
    """R29: slow is not gone; afterwards lookups go on."""
    register = LdapRegister(open_directory(replace(reach, answer_timeout=1)), SETTINGS)
    assert await register.find(CAMILLE) is not None
    with slapd.paused():
        started = time.perf_counter()
        with pytest.raises(RegisterUnavailable, match="LDAPSocketReceiveError"):
            await register.find(CAMILLE)
        assert time.perf_counter() - started < 1.9
    assert await register.find(CAMILLE) is not None


def test_an_entry_shows_nothing_of_itself():
    """R42."""
    assert "camille" not in repr(Entry("cn=camille", {"mail": [b"camille@example.org"]}))


async def test_a_directory_that_is_down_is_left_alone(
    slapd: Slapd,
    reach: DirectorySettings,
    open_directory: Callable[..., Directory],
    clock: SetClock,
):
    """R29: after failures in a row lookups fail at once; a probe brings it back."""
    circuit = CircuitSettings(failures_to_open=2, open_seconds=10)
    register = LdapRegister(open_directory(replace(reach, circuit=circuit), clock), SETTINGS)
    slapd.stop()
    try:
        for _ in range(2):
            with pytest.raises(RegisterUnavailable, match="LDAPSocketOpenError"):
                await register.find(CAMILLE)
        with pytest.raises(RegisterUnavailable, match="left alone"):
            await register.find(CAMILLE)
    finally:
        slapd.start()
    clock.advance(timedelta(seconds=10))
    assert await register.find(CAMILLE) is not None
