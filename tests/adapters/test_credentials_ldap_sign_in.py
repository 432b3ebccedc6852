"""A password that is reported set opens a sign-in; what is refused changes nothing for anybody.

By real servers, under the rights of a service account: with and without argon2, with policies, and
with answers that never arrive.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.connections.directory import (
    Connection,
    Directory,
    DirectorySettings,
    DirectoryUnavailable,
    SignIn,
)
from adapters.connections.directory_root import RootDse, root_dse
from adapters.credentials.ldap import LdapCredentials, LdapCredentialsSettings
from adapters.credentials.ldap_entry import VoterEntry
from adapters.credentials.ldap_locks import tells_of_a_lock
from adapters.credentials.ldap_objections import objection_to
from adapters.credentials.mark import Mark
from adapters.credentials.rank import rank_of
from core.circuit import CircuitSettings
from core.errors import (
    CredentialsProblem,
    CredentialsRefused,
    CredentialsUnavailable,
    RegisterUnavailable,
)
from core.password_issuer import Password
from core.ports.credentials import Issuance
from core.voter import Numic
from tests.servers.cutting_proxy import CuttingProxy
from tests.servers.slapd import (
    ADMIN,
    ADMIN_PASSWORD,
    BASE,
    POLICY,
    ROOT,
    ROOT_PASSWORD,
    Policy,
    Slapd,
    entry,
    opens,
    why_not,
)

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))

CAMILLE, DOMINIQUE, TRIAL = Numic("00012345"), Numic("00054321"), "99999999"
NOON = datetime(2027, 6, 5, 12, tzinfo=UTC)
FIRST, NEW = "ABCDEFGHJKLM", Password("MLKJHGFEDCBA")
REMEMBERING = {"pwdInHistory": "10", "pwdLockout": "TRUE", "pwdMaxFailure": "50"}
STRICT = {"pwdCheckQuality": "2", "pwdMinLength": "20"}
FOREIGN = {"pwdSafeModify": "TRUE"}
PATIENT = {"pwdMinAge": "3600", "pwdLockout": "TRUE", "pwdMaxFailure": "3"}


def issuance(seconds: float = 0, request: str = "r1") -> Issuance:
    return Issuance(request, "2027-1", NOON + timedelta(seconds=seconds))


@contextmanager
def directory_of(
    argon2: bool = True,
    policy: Policy | None = None,
    one_password: bool = False,
    names_policy: bool = False,
) -> Iterator[Slapd]:
    """Camille and Dominique with a first password, and nobody."""
    named = POLICY if names_policy else None
    server = Slapd(
        entry("camille", numic=CAMILLE.value, userPassword=FIRST, pwdPolicySubentry=named),
        entry("dominique", numic=DOMINIQUE.value, userPassword=FIRST),
        entry("nobody", numic=TRIAL),
        argon2=argon2,
        policy=policy,
        one_password=one_password,
    )
    try:
        yield server
    finally:
        server.close()


@asynccontextmanager
async def store_in(
    server: Slapd,
    url: str = "",
    ca: Any = None,
    failures: int = 5,
    is_a_voter: Callable[[Numic], Awaitable[bool]] | None = None,
    **given: Any,
) -> AsyncIterator[LdapCredentials]:
    circuit = CircuitSettings(failures_to_open=failures)
    reach = DirectorySettings(
        url or server.url, ADMIN, ADMIN_PASSWORD, ca or server.ca_file, circuit=circuit
    )
    directory = Directory(reach)
    settings = LdapCredentialsSettings(BASE, **given)
    yield LdapCredentials(directory, settings, is_a_voter=is_a_voter)
    await directory.aclose()


async def by_root(server: Slapd, work: Any) -> Any:
    directory = Directory(DirectorySettings(server.url, ROOT, ROOT_PASSWORD, server.ca_file))
    try:
        return await directory.run(work)
    finally:
        await directory.aclose()


def give_first_password(connection: Connection) -> None:
    """Camille's, by somebody else than us."""
    assert connection.modify(f"cn=camille,{BASE}", {"userPassword": [("MODIFY_REPLACE", [FIRST])]})


def held(connection: Connection) -> tuple[list[bytes], list[bytes]]:
    """Camille's marks and passwords."""
    names = ["reassortIssuance", "userPassword"]
    connection.search(f"cn=camille,{BASE}", "(cn=*)", "BASE", attributes=names)
    raw = connection.response[0]["raw_attributes"]
    return raw.get(names[0], []), raw.get(names[1], [])


@pytest.mark.parametrize("trial", ["", TRIAL])
async def test_hashes_that_open_nothing_are_refused_before_anything_changes(trial: str):
    """L1, R19: slapd without its argon2 module takes them without a word."""
    with directory_of(argon2=False) as server:
        before = await by_root(server, held)
        async with store_in(server, send="hash", trial_numic=trial) as store:
            for _ in range(2):
                with pytest.raises(CredentialsUnavailable, match="does not verify our hashes"):
                    await store.put(CAMILLE, NEW, issuance())
        assert await by_root(server, held) == before
        assert opens(server, "camille", FIRST)


async def test_a_password_opens_without_argon2_when_the_directory_hashes():
    """L1: `password` is for such a directory."""
    with directory_of(argon2=False) as server:
        async with store_in(server, send="password") as store:
            assert await store.put(CAMILLE, NEW, issuance())
        assert opens(server, "camille", NEW.reveal())
        assert not opens(server, "camille", FIRST)


async def test_hashes_are_tried_under_a_policy_too():
    """L1, L2: beside the present password, or on an entry that is nobody's; a policy that refuses
    the trial refuses the renewal, and the old password stays.

    OpenLDAP's history has one second's grain: it may refuse what follows the trial at once.
    """
    for given in ({}, {"trial_numic": TRIAL}):
        with directory_of(policy=REMEMBERING) as server:
            async with store_in(server, send="hash", **given) as store:
                assert await insist(store, NEW, issuance(), pause=1.1)
            assert opens(server, "camille", NEW.reveal())
            assert not opens(server, "camille", FIRST)
    for given in ({}, {"trial_numic": TRIAL}):
        with directory_of(policy=STRICT) as server:
            async with store_in(server, send="hash", **given) as store:
                with pytest.raises(CredentialsRefused, match="their quality") as refusal:
                    await store.put(CAMILLE, NEW, issuance())
            assert refusal.value.why is CredentialsProblem.UNFIT
            assert opens(server, "camille", FIRST)


async def test_a_trial_that_is_cut_off_says_nothing_of_hashes(monkeypatch: pytest.MonkeyPatch):
    """L7: tried again within its second, OpenLDAP's history refuses it: the directory must not be
    said to verify no hashes. The next attempt is taken."""
    with directory_of(policy=REMEMBERING) as server:
        async with store_in(server, send="hash") as store:
            await asyncio.sleep(1 - datetime.now(UTC).timestamp() % 1)  # the second begins
            with monkeypatch.context() as cut:
                cut.setattr(store._directory, "bind_as", unanswered)
                with pytest.raises(CredentialsUnavailable, match="no answer"):
                    await store.put(CAMILLE, NEW, issuance())
            (said,) = await asyncio.gather(  # within its second, unless the machine is slow
                store.put(CAMILLE, NEW, issuance()), return_exceptions=True
            )
            assert "does not verify" not in str(said)
            await asyncio.sleep(1.1)
            assert await insist(store, NEW, issuance(), pause=1.1)
        assert opens(server, "camille", NEW.reveal())
        assert not opens(server, "camille", FIRST)


def unanswered(dn: str, password: str) -> SignIn:
    raise DirectoryUnavailable("no answer")


async def test_the_old_password_is_gone_after_a_hash_was_tried_beside_it():
    """R19: once it is known that hashes open, the new password is the only one."""
    with directory_of() as server:
        async with store_in(server, send="hash") as store:
            assert await store.put(CAMILLE, NEW, issuance())
        assert not opens(server, "camille", FIRST)
        assert len((await by_root(server, held))[1]) == 1


async def test_a_hash_for_another_attribute_is_not_signed_in_with():
    """A portal that reads hashes by itself binds as nobody."""
    with directory_of(argon2=False) as server:
        async with store_in(server, send="hash", password="description") as store:
            with pytest.raises(CredentialsUnavailable, match="insufficientAccessRights"):
                await store.put(CAMILLE, NEW, issuance())
        async with store_in(server, send="hash", password="description") as store:
            store._directory = Directory(
                DirectorySettings(server.url, ROOT, ROOT_PASSWORD, server.ca_file)
            )
            assert await store.put(CAMILLE, NEW, issuance())
            assert await store.put(CAMILLE, NEW, issuance())
            await store._directory.aclose()
        assert opens(server, "camille", FIRST)


@pytest.mark.parametrize(
    ("send", "policy"), [("hash", None), ("password", None), ("password", REMEMBERING)]
)
async def test_a_lost_answer_costs_nobody_their_password(send: str, policy: Policy | None):
    """L2, R19, R29: cut at every answer in turn, a put that is repeated ends in force; the policy
    remembers passwords, so that none can be set twice."""
    with directory_of(policy=policy) as server:
        host, port = server.plain_url.removeprefix("ldap://").split(":")
        proxy = CuttingProxy((host, int(port)))
        old = FIRST
        for answer in range(1, 13):
            new = Password(f"{answer:02d}" + "ABCDEFGHJK")
            proxy.cut_at(answer)
            async with store_in(server, proxy.url, proxy.ca_file, send=send) as store:
                assert await insist(store, new, issuance(answer, f"r{answer}"))
            assert opens(server, "camille", new.reveal())
            assert not opens(server, "camille", old)
            old = new.reveal()
        assert proxy.cuts >= 6
        proxy.close()


async def insist(
    store: LdapCredentials, password: Password, which: Issuance, pause: float = 0
) -> bool:
    """As the worker does: a second time after what was cut off."""
    try:
        return await store.put(CAMILLE, password, which)
    except CredentialsUnavailable:
        await asyncio.sleep(pause)
        return await store.put(CAMILLE, password, which)


@pytest.mark.parametrize("trial", ["", TRIAL])
@pytest.mark.parametrize(
    ("policy", "why", "said"),
    [
        (PATIENT, CredentialsProblem.TOO_YOUNG, r"too young to be changed \(19\)"),
        (STRICT, CredentialsProblem.UNFIT, r"too short \(19\)"),
        (
            FOREIGN,
            CredentialsProblem.NOT_ALLOWED,
            r"wants the old password with the new one \(50\)",
        ),
    ],
)
async def test_a_rules_refusal_is_an_answer(
    policy: Policy, why: CredentialsProblem, said: str, trial: str
):
    """L2, R29: with its reason, at once, and nothing is changed: the directory is well, and a
    circuit that opens at one outage stays closed. An entry for trials that is refused likewise
    stands in nobody's way."""
    with directory_of(policy=policy) as server:
        await by_root(server, give_first_password)
        before = await by_root(server, held)
        async with store_in(server, send="password", failures=1, trial_numic=trial) as store:
            for _ in range(3):
                with pytest.raises(CredentialsRefused, match=said) as refusal:
                    await store.put(CAMILLE, NEW, issuance())
                assert (refusal.value.why, refusal.value.until) == (why, None)
            if not trial:
                await store.check()
        assert await by_root(server, held) == before
        assert opens(server, "camille", FIRST)


async def test_an_entry_for_trials_that_is_too_young_stops_no_voter():
    """L2: each process tries a password there. With `password` the voter's own entry answers; with
    `hash` a trial beside the voter's password would make that one too young: the job waits."""
    with directory_of(policy=PATIENT) as server:
        async with store_in(server, send="password", trial_numic=TRIAL) as store:
            assert await store.put(CAMILLE, NEW, issuance())
        async with store_in(server, send="password", trial_numic=TRIAL) as store:
            assert await store.put(DOMINIQUE, NEW, issuance())
            with pytest.raises(CredentialsUnavailable, match=r"entry for trials: .* too young"):
                await store.check()
        async with store_in(server, send="hash", trial_numic=TRIAL) as store:
            with pytest.raises(CredentialsUnavailable, match=r"entry for trials: .* too young"):
                await store.put(DOMINIQUE, Password(FIRST), issuance(1, "r2"))
        assert opens(server, "dominique", NEW.reveal())


async def test_when_a_password_is_old_enough_is_told():
    """L2: where the entry names its policy, and the gateway's account may read it; then it is
    taken."""
    policy = {**PATIENT, "pwdMinAge": "2"}
    with directory_of(policy=policy, names_policy=True) as server:
        async with store_in(server, send="password") as store:
            assert await store.put(CAMILLE, NEW, issuance())
            with pytest.raises(CredentialsRefused) as refusal:
                await store.put(CAMILLE, Password("YOUNGPASSWRD"), issuance(1, "r2"))
            until = refusal.value.until
            assert until is not None
            left = (until - datetime.now(UTC)).total_seconds()
            assert 0 < left <= 3
            await asyncio.sleep(left)
            assert await store.put(CAMILLE, Password("YOUNGPASSWRD"), issuance(1, "r2"))
        assert opens(server, "camille", "YOUNGPASSWRD")


async def test_a_refused_voter_does_not_hold_up_the_next():
    """L2: Camille's password is too young to be changed; Dominique's is not."""
    with directory_of(policy=PATIENT) as server:
        async with store_in(server, send="password", failures=1) as store:
            assert await store.put(CAMILLE, NEW, issuance())
            with pytest.raises(CredentialsRefused):
                await store.put(CAMILLE, Password(FIRST), issuance(1, "r2"))
            assert await store.put(DOMINIQUE, NEW, issuance())
        assert opens(server, "camille", NEW.reveal())
        assert opens(server, "dominique", NEW.reveal())


async def test_attempts_in_a_row_lock_no_voter_out():
    """L2: a sign-in that fails counts against the voter, so it is tried once, however often the
    policy refuses afterwards."""
    with directory_of(policy=PATIENT) as server:
        async with store_in(server, send="password") as store:
            assert await store.put(CAMILLE, Password("YOUNGPASSWRD"), issuance())
            cut_off = Mark(rank_of(issuance(1, "r2"))).pending_until(NOON)
            changes = {"reassortIssuance": [("MODIFY_REPLACE", [cut_off.written])]}
            await by_root(server, lambda each: each.modify(f"cn=camille,{BASE}", changes))
            for _ in range(6):
                with pytest.raises(CredentialsRefused, match="19"):
                    await store.put(CAMILLE, NEW, issuance(1, "r2"))
        assert opens(server, "camille", "YOUNGPASSWRD")


async def test_a_repeated_put_whose_password_was_changed_since_sets_it_again():
    """R19: "in force" means that it opens."""
    with directory_of() as server:
        for send in ("hash", "password"):
            async with store_in(server, send=send) as store:
                assert await store.put(CAMILLE, NEW, issuance())
                changed = {"userPassword": [("MODIFY_REPLACE", [FIRST])]}
                await by_root(
                    server, lambda each, to=changed: each.modify(f"cn=camille,{BASE}", to)
                )
                assert await store.put(CAMILLE, NEW, issuance())
            assert opens(server, "camille", NEW.reveal())


async def test_a_new_password_opens_what_failed_sign_ins_had_locked():
    """L2: OpenLDAP's lock ends with it."""
    with directory_of(policy={"pwdLockout": "TRUE", "pwdMaxFailure": "3"}) as server:
        for _ in range(4):
            assert not opens(server, "camille", "a guess")
        assert not opens(server, "camille", FIRST)
        async with store_in(server, send="password") as store:
            assert await store.put(CAMILLE, NEW, issuance())
        assert opens(server, "camille", NEW.reveal())


async def test_an_entry_that_cannot_be_signed_in_as_is_told(monkeypatch: pytest.MonkeyPatch):
    """L1: whatever keeps it closed; no SMS is sent for it."""
    with directory_of() as server:
        for send in ("hash", "password"):
            async with store_in(server, send=send) as store:
                monkeypatch.setattr(store._directory, "bind_as", lambda dn, password: SignIn(32))
                if send == "hash":
                    monkeypatch.setattr(store._put, "_proven", True)
                with pytest.raises(CredentialsUnavailable, match=r"does not open a sign-in \(32\)"):
                    await store.put(CAMILLE, NEW, issuance(1 if send == "hash" else 2, send))


async def test_hashes_where_an_entry_holds_one_password():
    """L1: none can be tried beside it. Without an entry for trials that is said, and nothing is
    changed; with one, hashes are tried there."""
    with directory_of(one_password=True) as server:
        before = await by_root(server, held)
        async with store_in(server, send="hash") as store:
            with pytest.raises(CredentialsUnavailable, match=r"\(19\).*TRIAL_NUMIC has to name"):
                await store.put(CAMILLE, NEW, issuance())
        assert await by_root(server, held) == before
        async with store_in(server, send="hash", trial_numic=TRIAL) as store:
            assert await store.put(CAMILLE, NEW, issuance())
        assert opens(server, "camille", NEW.reveal())
        assert not opens(server, "camille", FIRST)


async def test_a_password_is_tried_where_it_is_nobodys_before_a_voters_is_changed(
    monkeypatch: pytest.MonkeyPatch,
):
    """L1, R19: with `password`, too, where there is such an entry; once for each process."""
    with directory_of() as server:
        async with store_in(server, send="password", trial_numic=TRIAL) as store:
            before = await by_root(server, held)
            with monkeypatch.context() as nothing_opens:
                nothing_opens.setattr(store._directory, "bind_as", lambda dn, password: SignIn(49))
                with pytest.raises(CredentialsUnavailable, match=r"does not open a sign-in \(49\)"):
                    await store.put(CAMILLE, NEW, issuance())
            assert await by_root(server, held) == before
            assert await store.put(CAMILLE, NEW, issuance())
            asked: list[str] = []
            bind_as = store._directory.bind_as
            monkeypatch.setattr(
                store._directory, "bind_as", lambda dn, pw: (asked.append(dn), bind_as(dn, pw))[1]
            )
            assert await store.put(DOMINIQUE, NEW, issuance())
            assert asked == [f"cn=dominique,{BASE}"]
        assert opens(server, "camille", NEW.reveal())


LOCKED = {"pwdAccountLockedTime": [("MODIFY_REPLACE", ["000001010000Z"])]}


@pytest.mark.parametrize("send", ["hash", "password"])
async def test_an_entry_that_somebody_has_locked_is_refused_before_it_changes(send: str):
    """L2, R29: an answer about one voter, which no waiting changes. A new password would end
    OpenLDAP's lock: the administrator's stays. Others are served."""
    with directory_of(policy={"pwdLockout": "TRUE"}) as server:
        await by_root(server, lambda each: each.modify(f"cn=camille,{BASE}", LOCKED))
        before = await by_root(server, held)
        async with store_in(server, send=send, failures=1) as store:
            for _ in range(2):
                with pytest.raises(CredentialsRefused, match=r"the account is locked$"):
                    await store.put(CAMILLE, NEW, issuance())
            assert await store.put(DOMINIQUE, NEW, issuance())
        assert await by_root(server, held) == before
        assert not opens(server, "camille", FIRST)


@pytest.mark.parametrize("send", ["hash", "password"])
async def test_a_lock_that_shows_at_the_sign_in_is_told(send: str, monkeypatch: pytest.MonkeyPatch):
    """L2: 389's and Active Directory's, whose attributes the account may not read."""
    with directory_of() as server:
        async with store_in(server, send=send) as store:
            assert await store.put(DOMINIQUE, NEW, issuance())
            monkeypatch.setattr(store._directory, "bind_as", lambda dn, password: SignIn(53))
            with pytest.raises(CredentialsRefused, match="after its password was changed"):
                await store.put(CAMILLE, NEW, issuance())


@pytest.mark.parametrize("send", ["hash", "password"])
async def test_no_password_is_tried_on_a_voters_entry(send: str):
    """L1: `doctor` and a first renewal refuse an entry for trials that the register knows, or of
    which it cannot tell; that voter's password stays. It is asked once."""
    with directory_of() as server:
        asked: list[Numic] = []

        async def is_a_voter(numic: Numic) -> bool:
            asked.append(numic)
            if len(asked) == 1:
                raise RegisterUnavailable("register: down")
            return numic == CAMILLE

        asking = {"is_a_voter": is_a_voter, "send": send}
        async with store_in(server, **asking, trial_numic=CAMILLE.value) as store:
            with pytest.raises(CredentialsUnavailable, match="a voter's\\? register: down"):
                await store.put(DOMINIQUE, NEW, issuance())
            with pytest.raises(CredentialsUnavailable, match="TRIAL_NUMIC names a voter"):
                await store.put(DOMINIQUE, NEW, issuance())
            with pytest.raises(CredentialsUnavailable, match="TRIAL_NUMIC names a voter"):
                await store.check()
        assert opens(server, "camille", FIRST)
        assert opens(server, "dominique", FIRST)
        async with store_in(server, **asking, trial_numic=TRIAL) as store:
            await store.check()
            assert await store.put(DOMINIQUE, NEW, issuance())
        assert asked == [CAMILLE] * 3 + [Numic(TRIAL)]


async def test_a_locked_entry_for_trials_is_no_voters_fault():
    """L2: the job is tried again, and `doctor` says it."""
    with directory_of(policy={"pwdLockout": "TRUE"}) as server:
        await by_root(server, lambda each: each.modify(f"cn=nobody,{BASE}", LOCKED))
        for send in ("hash", "password"):
            async with store_in(server, send=send, trial_numic=TRIAL) as store:
                with pytest.raises(CredentialsUnavailable, match="entry for trials: the account"):
                    await store.put(CAMILLE, NEW, issuance())
                with pytest.raises(CredentialsUnavailable, match="entry for trials"):
                    await store.check()
        assert opens(server, "camille", FIRST)


@pytest.mark.parametrize(
    ("code", "said", "locked"),
    [
        (49, "80090308: LdapErr: DSID-0C090439, comment: …, data 775, v4563", True),
        (49, "80090308: LdapErr: DSID-0C090439, comment: …, data 533, v4563", True),
        (49, "80090308: LdapErr: DSID-0C090439, comment: …, data 52e, v4563", False),
        (53, "Account inactivated. Contact system administrator.", True),
        (19, "Exceed password retry limit. Please try later.", True),
        (49, "", False),
        (32, "", False),
    ],
)
def test_what_tells_of_a_lock(code: int, said: str, locked: bool):
    """L2: in the words of Active Directory (Microsoft's and Samba's) and of 389."""
    assert tells_of_a_lock(SignIn(code, said)) is locked


async def test_active_directory_gets_quoted_utf16_with_the_mark(monkeypatch: pytest.MonkeyPatch):
    """L1: in one modification, and only once a new password has opened a sign-in where it is
    nobody's, if there is such an entry. R19: twice, so that the password before the present one,
    which opens for another hour, is this one too. `tests/trials/ldap_renewals.py` asks Samba."""
    monkeypatch.setattr("adapters.credentials.ldap.root_dse", lambda connection: ACTIVE)
    with directory_of() as server:
        async with store_in(server, send="unicodePwd", trial_numic=TRIAL) as store:
            with monkeypatch.context() as nothing_opens:
                nothing_opens.setattr(store._directory, "bind_as", lambda dn, password: SignIn(49))
                with pytest.raises(CredentialsUnavailable, match="no voter's was changed"):
                    await store.put(CAMILLE, NEW, issuance())
            assert await by_root(server, unicode_pwd) == []
            tried: list[tuple[str, str]] = []
            answer = lambda dn, pw: (tried.append((dn, pw)), SignIn(0))[1]  # noqa: E731
            monkeypatch.setattr(store._directory, "bind_as", answer)
            marks: list[tuple[str, str]] = []
            replace = VoterEntry.replace_mark

            def noted(entry: VoterEntry, there: Any, new: Any, written: Any = None) -> bool:
                marks.append((there and there.written, new.written))
                return replace(entry, there, new, written)

            monkeypatch.setattr(VoterEntry, "replace_mark", noted)
            assert await store.put(CAMILLE, NEW, issuance())
            assert await store.put(CAMILLE, NEW, issuance())
            assert not await store.put(CAMILLE, Password(FIRST), issuance(-1, "r0"))
        written = await by_root(server, unicode_pwd)
        assert written == [b'"\x00' + b"".join(bytes((each, 0)) for each in b'MLKJHGFEDCBA"')]
        done = Mark(rank_of(issuance())).written
        once = marks[0][1]
        assert marks == [(None, once), (once, done)]
        assert once.startswith(f"{done} pending")
        assert (await by_root(server, held))[0] == [done.encode()]
        assert [dn for dn, _ in tried] == [f"cn={each},{BASE}" for each in ("nobody", *_TWICE)]


_TWICE = ("camille", "camille")


def unicode_pwd(connection: Connection) -> list[bytes]:
    connection.search(f"cn=camille,{BASE}", "(cn=*)", "BASE", attributes=["unicodePwd"])
    return connection.response[0]["raw_attributes"].get("unicodePwd", [])


async def test_active_directory_in_clear_is_refused():
    """L1: at start: the attribute would go as it is."""
    reach = DirectorySettings("ldap://127.0.0.1:389", ADMIN, ADMIN_PASSWORD, plain_on_loopback=True)
    directory = Directory(reach)
    with pytest.raises(ValueError, match="over TLS only"):
        LdapCredentials(directory, LdapCredentialsSettings(BASE, send="unicodePwd"))
    await directory.aclose()


async def test_a_check_tries_a_password_where_it_is_nobodys():
    """L1, L2: `doctor` learns before the vote what the directory makes of our passwords."""
    with directory_of() as server:
        for send in ("hash", "password"):
            async with store_in(server, send=send, trial_numic=TRIAL) as store:
                await store.check()
    with directory_of(policy=STRICT) as server:
        async with store_in(server, send="password", trial_numic=TRIAL) as store:
            with pytest.raises(CredentialsUnavailable, match=r"entry for trials: .* too short"):
                await store.check()
    with directory_of(argon2=False) as server:
        async with store_in(server, send="hash", trial_numic=TRIAL) as store:
            with pytest.raises(CredentialsUnavailable, match="does not verify"):
                await store.check()


async def test_a_directory_that_says_it_cannot_is_asked_for_nothing_more(
    monkeypatch: pytest.MonkeyPatch,
):
    """L1: before the entry is read."""
    monkeypatch.setattr("adapters.credentials.ldap.root_dse", lambda connection: ACTIVE)
    with directory_of() as server:
        async with store_in(server) as store:
            with pytest.raises(CredentialsUnavailable, match="Active Directory"):
                await store.put(Numic("no such voter"), NEW, issuance())
            with pytest.raises(CredentialsUnavailable, match="Active Directory"):
                await store.check()


async def test_what_openldap_says_of_itself():
    """It lists its operations, and names no vendor."""
    with directory_of() as server:
        root = await by_root(server, root_dse)
        assert (root.is_active_directory, root.is_389, root.lacks_modify_password) == (False,) * 3
        assert root.extensions


ACTIVE = RootDse("", frozenset({"1.2.840.113556.1.4.800"}), frozenset())
MODIFY_PASSWORD = frozenset({"1.3.6.1.4.1.4203.1.11.1"})
WHO_AM_I = frozenset({"1.3.6.1.4.1.4203.1.11.3"})


@pytest.mark.parametrize(
    ("vendor", "extensions", "hash", "password"),
    [
        ("389 Project", MODIFY_PASSWORD, "takes a hash for the password", None),
        ("", MODIFY_PASSWORD, None, None),
        ("", frozenset(), None, None),
        ("", WHO_AM_I, None, "no passwords by RFC 3062"),
    ],
)
def test_objections(vendor: str, extensions: frozenset[str], hash: Any, password: Any):
    """L1: what is said of 389 Directory Server, of others, and of those that say nothing."""
    root = RootDse(vendor, frozenset(), extensions)
    assert "no Active Directory" in str(objection_to(root, "unicodePwd"))
    assert objection_to(ACTIVE, "unicodePwd") is None
    for send, problem in (("hash", hash), ("password", password)):
        objection = objection_to(root, send)  # type: ignore[arg-type] - the two that there are
        assert (objection is None) == (problem is None)
        assert objection is None or problem in objection
