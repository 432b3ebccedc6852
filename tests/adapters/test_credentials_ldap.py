"""Passwords in an LDAP directory: what a real server holds after each step, and after none."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.connections.directory import Connection, Directory, DirectorySettings
from adapters.credentials.hashing import Argon2Parameters
from adapters.credentials.ldap import LdapCredentials, LdapCredentialsSettings
from adapters.credentials.ldap_entry import VoterEntry
from adapters.credentials.mark import Mark, UnreadableMark
from adapters.credentials.one_at_a_time import OneAtATime
from adapters.trial import SetClock
from core.errors import CredentialsUnavailable
from core.password_issuer import Password
from core.ports.credentials import Issuance
from core.voter import Numic
from tests.servers.slapd import (
    ADMIN,
    ADMIN_PASSWORD,
    BASE,
    ROOT,
    ROOT_PASSWORD,
    Slapd,
    entry,
    opens,
    why_not,
)

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))

NUMIC = Numic("00012345")
NOON = datetime(2027, 6, 5, 12, tzinfo=UTC)
reading = VoterEntry.read
OLD, NEW = Password("ABCDEFGHJKLM"), Password("MLKJHGFEDCBA")
MODES: list[Any] = ["hash", "password"]
Open = Callable[..., tuple[LdapCredentials, Directory]]


def issuance(seconds: float = 0, request: str = "r1") -> Issuance:
    return Issuance(request, "2027-1", NOON + timedelta(seconds=seconds))


@pytest.fixture(scope="module")
def slapd() -> Iterator[Slapd]:
    server = Slapd(
        entry("camille", numic="00012345"),
        entry("twin-1", numic="00000002"),
        entry("twin-2", numic="00000002"),
        entry("marked", numic="00000003", reassortIssuance="something else"),
    )
    yield server
    server.close()


@pytest.fixture
def reach(slapd: Slapd) -> DirectorySettings:
    return DirectorySettings(slapd.url, ADMIN, ADMIN_PASSWORD, slapd.ca_file)


@pytest.fixture
async def root(reach: DirectorySettings) -> AsyncIterator[Directory]:
    """For arranging and looking: the gateway's account may do neither."""
    directory = Directory(replace(reach, bind_dn=ROOT, bind_password=ROOT_PASSWORD))
    yield directory
    await directory.aclose()


@pytest.fixture
async def open_store(
    reach: DirectorySettings, root: Directory, clock: SetClock
) -> AsyncIterator[Open]:
    """Opens a store like another process would, over a Camille without password or mark."""
    opened: list[Directory] = []

    def make(**given: Any) -> tuple[LdapCredentials, Directory]:
        directory = Directory(reach)
        opened.append(directory)
        settings = LdapCredentialsSettings(BASE, **given)
        return LdapCredentials(directory, settings, clock), directory

    await root.run(lambda each: write(each, None))
    yield make
    for directory in opened:
        await directory.aclose()


def write(connection: Connection, mark: str | None) -> None:
    """Puts a mark in the place of Camille's, and takes the password away."""
    changes = {
        "reassortIssuance": [("MODIFY_REPLACE", [mark] if mark else [])],
        "userPassword": [("MODIFY_REPLACE", [])],
    }
    assert connection.modify(f"cn=camille,{BASE}", changes), connection.result


def read(connection: Connection) -> tuple[str | None, str | None]:
    """Camille's mark and password, as they are stored."""
    names = ["reassortIssuance", "userPassword"]
    connection.search(f"cn=camille,{BASE}", "(cn=*)", "BASE", attributes=names)
    raw = connection.response[0]["raw_attributes"]
    mark, password = ([each.decode("latin-1") for each in raw.get(name, [])] for name in names)
    return (mark[0] if mark else None), (password[0] if password else None)


@pytest.mark.parametrize(
    ("send", "hashed"),
    [
        ("hash", "{ARGON2}$argon2id$v=19$m=19456,t=2,p=1$"),
        ("password", "{ARGON2}$argon2i$v=19$m=19456,t=2,p=1$"),
    ],
)
async def test_what_the_directory_holds(
    open_store: Open, root: Directory, slapd: Slapd, send: str, hashed: str
):
    """R19, R21: our argon2id hash, or whatever the directory makes of a password (Debian's makes
    argon2i), and a mark without anything personal."""
    store, _ = open_store(send=send)
    assert await store.put(NUMIC, NEW, issuance())
    mark, password = await root.run(read)
    assert mark == "2027-06-05T12:00:00.000000Z r1"
    assert password is not None
    assert password.startswith(hashed)
    assert opens(slapd, "camille", NEW.reveal())


@pytest.mark.parametrize("send", MODES)
async def test_repeating_rewrites_nothing(open_store: Open, root: Directory, send: str):
    """R20, R29: what is marked is in force; the entry stays as it is."""
    store, _ = open_store(send=send)
    assert await store.put(NUMIC, NEW, issuance())
    before = await root.run(read)
    assert await store.put(NUMIC, NEW, issuance())
    assert await root.run(read) == before


async def test_mark_and_hash_are_written_together_or_not_at_all(
    open_store: Open, root: Directory, monkeypatch: pytest.MonkeyPatch
):
    """R19: when somebody was quicker, the modification fails as a whole, and is decided anew."""
    store, _ = open_store()
    other, _ = open_store()
    assert await store.put(NUMIC, OLD, issuance(0))

    entry_read, go_on = threading.Event(), threading.Event()

    def slow(entry: VoterEntry) -> Mark | None:
        found = reading(entry)
        if not entry_read.is_set():
            entry_read.set()
            assert go_on.wait(10)
        return found

    monkeypatch.setattr(VoterEntry, "read", slow)  # stops between reading and writing
    late = asyncio.ensure_future(store.put(NUMIC, OLD, issuance(1)))
    await asyncio.to_thread(entry_read.wait, 10)
    assert await other.put(NUMIC, NEW, issuance(2))
    held = await root.run(read)
    go_on.set()
    assert not await late
    assert await root.run(read) == held


@pytest.mark.parametrize("send", MODES)
async def test_first_passwords_from_many_processes_end_with_the_latest(
    open_store: Open, slapd: Slapd, send: str
):
    """R13, R19: an entry without a mark lets one of them through at a time, too."""
    stores = [open_store(send=send)[0] for _ in range(6)]
    passwords = [Password(f"{place:012d}") for place in range(6)]

    async def insist(place: int) -> bool:
        """As the worker does: tried again until it is known."""
        for _ in range(200):
            try:
                return await stores[place].put(NUMIC, passwords[place], issuance(place))
            except CredentialsUnavailable:
                await asyncio.sleep(0.02)
        raise AssertionError

    answers = await asyncio.gather(*(insist(place) for place in range(6)))
    assert answers[-1]
    assert opens(slapd, "camille", passwords[-1].reveal())


async def test_an_earlier_password_that_is_being_set_is_waited_for(
    open_store: Open, root: Directory, slapd: Slapd, clock: SetClock
):
    """R19: until it is done or its lease is over; the later one may not be overtaken by it."""
    store, _ = open_store(send="password")
    pending = Mark(("2027-06-05T11:00:00.000000Z", "r0")).pending_until(
        clock.now() + timedelta(seconds=60)
    )
    await root.run(lambda each: write(each, pending.written))
    with pytest.raises(CredentialsUnavailable, match="is being set"):
        await store.put(NUMIC, NEW, issuance())
    clock.advance(timedelta(seconds=60))
    assert await store.put(NUMIC, NEW, issuance())
    assert opens(slapd, "camille", NEW.reveal())


@pytest.mark.parametrize("send", MODES)
async def test_what_a_killed_process_began_is_finished_at_once(
    open_store: Open, root: Directory, slapd: Slapd, clock: SetClock, send: str
):
    """R29: the same issuance has no need to wait for its own lease."""
    store, _ = open_store(send=send)
    began = Mark(("2027-06-05T12:00:00.000000Z", "r1")).pending_until(clock.now())
    await root.run(lambda each: write(each, began.written))
    assert await store.put(NUMIC, NEW, issuance())
    assert opens(slapd, "camille", NEW.reveal())
    mark, _ = await root.run(read)
    assert mark is not None
    assert "pending" not in mark


async def test_a_later_password_that_is_being_set_wins(
    open_store: Open, root: Directory, clock: SetClock
):
    """R19: done or not, it is the later one."""
    store, _ = open_store(send="password")
    later = Mark(("2027-06-05T13:00:00.000000Z", "r2")).pending_until(clock.now())
    await root.run(lambda each: write(each, later.written))
    assert not await store.put(NUMIC, OLD, issuance())


async def test_whoever_was_overtaken_while_setting_says_so(
    open_store: Open, root: Directory, monkeypatch: pytest.MonkeyPatch
):
    """R19: a lease that was too short is noticed; the job is run again and finds the later one."""
    store, _ = open_store(send="password")
    setting = VoterEntry.set_password
    later = "2027-06-05T13:00:00.000000Z r2"

    def overtaken(entry: VoterEntry, password: str) -> None:
        root._once(lambda each: write(each, later))
        setting(entry, password)

    monkeypatch.setattr(VoterEntry, "set_password", overtaken)  # another process, in between
    with pytest.raises(CredentialsUnavailable, match="did not wait"):
        await store.put(NUMIC, OLD, issuance())
    assert not await store.put(NUMIC, OLD, issuance())
    assert (await root.run(read))[0] == later


@pytest.mark.parametrize("send", MODES)
@pytest.mark.parametrize(
    ("numic", "given", "problem"),
    [
        ("99999999", {}, "no such voter"),
        ("*", {}, "no such voter"),
        ("00000002", {}, "several entries"),
        ("00000003", {}, "unreadable mark"),
        ("00012345", {"base": "ou=nowhere,dc=example,dc=org"}, "noSuchObject"),
        ("00012345", {"mark": "nothingOfTheSort"}, "undefinedAttributeType"),
    ],
)
async def test_what_cannot_be_put_is_unavailable(
    open_store: Open, send: str, numic: str, given: dict[str, Any], problem: str
):
    """R29, R42: nothing is guessed; neither voter nor password is named."""
    store, _ = open_store(send=send)
    store._settings = replace(store._settings, **given)
    with pytest.raises(CredentialsUnavailable, match=problem) as failure:
        await store.put(Numic(numic), NEW, issuance())
    assert NEW.reveal() not in str(failure.value)
    assert numic == "*" or numic not in str(failure.value)


@pytest.mark.parametrize("send", MODES)
async def test_a_mark_that_is_always_refused_is_given_up(
    open_store: Open, monkeypatch: pytest.MonkeyPatch, send: str
):
    """R29: a constraint of the directory's is not somebody who was quicker, ten times over."""
    store, _ = open_store(send=send)
    monkeypatch.setattr(VoterEntry, "read", lambda entry: reading(entry) or Mark(("2027", "gone")))
    with pytest.raises(CredentialsUnavailable, match="mark is refused"):
        await store.put(NUMIC, NEW, issuance())


@pytest.mark.parametrize("send", MODES)
async def test_no_password_stays_in_the_connections(open_store: Open, send: str):
    """R20: ldap3 keeps the last request; ours do not."""
    store, directory = open_store(send=send)
    assert await store.put(NUMIC, NEW, issuance())
    assert [(each.request, each.response) for each in directory._idle] == [(None, None)]
    assert NEW.reveal() not in repr([vars(each) for each in directory._idle])


@pytest.mark.parametrize(
    "wrong",
    [
        {"base": ""},
        {"mark": ""},
        {"lease_seconds": 0},
        {"numic_filter": "numic"},
        {"argon2id": Argon2Parameters(memory_kib=8)},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, Any]):
    """R21, R29: at start-up."""
    with pytest.raises(ValueError, match=r"LDAP|filter|argon2id"):
        LdapCredentialsSettings(**{"base": BASE, **wrong})


@pytest.mark.parametrize(
    "value",
    [
        "",
        "2027",
        "one r1",
        "2027-06-05T12:00:00.000000Z",
        "2027-06-05T12:00:00.000000Z r1 pending",
        "2027-06-05T12:00:00.000000Z r1 pending soon",
        "2027-06-05T12:00:00.000000+02:00 r1",
    ],
)
def test_other_marks_are_not_guessed(value: str):
    """R19: an attribute that somebody else uses stops us."""
    with pytest.raises(UnreadableMark):
        Mark.read(value)


async def test_turns_are_taken_by_key_and_leave_nothing_behind():
    """R13: voters do not wait for one another; a voter's passwords do."""
    turns, order = OneAtATime(), []

    async def take(key: str, name: str) -> None:
        async with turns.turn(key):
            order.append(f"{name} in")
            await asyncio.sleep(0.01)
            order.append(f"{name} out")

    await asyncio.gather(take("a", "a1"), take("a", "a2"), take("b", "b1"))
    assert order == ["a1 in", "b1 in", "a1 out", "b1 out", "a2 in", "a2 out"]
    assert vars(turns) == {"_locks": {}, "_waiting": {}}


async def test_a_check_searches_and_changes_nothing(open_store: Open, root: Directory):
    """What only looks finds nobody, and is content; a directory that cannot tell is told."""
    store, directory = open_store()
    await store.check()
    assert await root.run(read) == (None, None)
    elsewhere = LdapCredentials(directory, LdapCredentialsSettings("ou=nowhere," + BASE))
    with pytest.raises(CredentialsUnavailable, match="noSuchObject"):
        await elsewhere.check()
