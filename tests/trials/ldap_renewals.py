"""Renewals in real directories, with the connection cut at an answer of each.

The directory has carried out what it was asked, and its answer does not arrive: at the first
answer of the first renewal, at the second of the second, and so on. Then the put is repeated, as
the worker does. Every password that is reported set has to open a sign-in and the one before it
none; what is refused has to leave the old password as it was. Where a rule refuses, the renewal
has to end at the first answer that arrives, and the next voter to be served. Run by hand, from the
top folder, with the packages that `tests/trials/directories.py` names:

    .venv/bin/python -m tests.trials.ldap_renewals [COUNT [NAME ...]]

COUNT is 200; NAMEs are those of `DIRECTORIES`. Ends with 1 when somebody is locked out, or when a
directory takes what it should refuse.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from functools import partial

from adapters.connections.directory import Directory, DirectorySettings
from adapters.credentials.ldap import LdapCredentials, LdapCredentialsSettings
from adapters.credentials.ldap_settings import Send
from adapters.credentials.ldap_trial import trial_password
from core.errors import CredentialsRefused, CredentialsUnavailable
from core.password_issuer import Password
from core.ports.credentials import Issuance
from core.voter import Numic
from tests.servers.cutting_proxy import CuttingProxy
from tests.trials.directories import (
    FIRST_PASSWORD,
    Trial,
    directory_server,
    numics,
    openldap,
    samba,
)

COUNT = 200
ANSWERS = 8
"""More than a put has over a connection that is there."""
PUTS = 4
"""As often as a put is repeated before it counts as refused."""
ONE_SECOND = 1.1
"""The grain of OpenLDAP's history, which may refuse what follows at once."""
OF_THE_SECOND = "or its mark is refused", "within the second of its last trial"
REMEMBERING = {"pwdInHistory": "10"}
REMEMBERING_389 = {"passwordHistory": "on", "passwordInHistory": "10"}
Open = Callable[[int], AbstractContextManager[Trial]]

SHORT, YOUNG = {"pwdCheckQuality": "2", "pwdMinLength": "20"}, {"pwdMinAge": "3600"}
SHORT_389 = {"passwordCheckSyntax": "on", "passwordMinLength": "20"}
YOUNG_389 = {"passwordMinAge": "3600"}

DIRECTORIES: dict[str, tuple[Open, Send, bool]] = {
    "slapd-argon2-hash": (partial(openldap, argon2=True), "hash", True),
    "slapd-argon2-password": (
        partial(openldap, argon2=True, policy=REMEMBERING),
        "password",
        True,
    ),
    "slapd-argon2-policy-hash": (
        partial(openldap, argon2=True, policy=REMEMBERING),
        "hash",
        True,
    ),
    "slapd-plain-hash": (partial(openldap, argon2=False), "hash", False),
    "slapd-plain-password": (
        partial(openldap, argon2=False, policy=REMEMBERING),
        "password",
        True,
    ),
    "389-hash": (directory_server, "hash", False),
    "389-password": (partial(directory_server, policy=REMEMBERING_389), "password", True),
    "samba-hash": (samba, "hash", False),
    "samba-password": (samba, "password", False),
    "samba-unicodePwd": (samba, "unicodePwd", True),
    "slapd-short": (partial(openldap, argon2=False, policy=SHORT), "password", False),
    "389-short": (partial(directory_server, policy=SHORT_389), "password", False),
    "samba-complexity": (partial(samba, complexity="on"), "unicodePwd", False),
    "slapd-young": (partial(openldap, argon2=False, policy=YOUNG), "password", True),
    "389-young": (partial(directory_server, policy=YOUNG_389), "password", True),
}
"""How each is started, how passwords are put, and whether it is to take them."""


async def renew(store: LdapCredentials, numic: str, password: str, which: Issuance) -> str:
    """ "set", or the last refusal."""
    refusal = ""
    for _ in range(PUTS):
        try:
            return "set" if await store.put(Numic(numic), Password(password), which) else "later"
        except CredentialsRefused as refused:
            return f"given up: {refused}"
        except CredentialsUnavailable as problem:
            refusal = str(problem)
            await asyncio.sleep(ONE_SECOND if refusal.endswith(OF_THE_SECOND) else 0)
    return refusal


async def renewals(trial: Trial, proxy: CuttingProxy, count: int, send: Send) -> Counter[str]:
    """What became of each. Every tenth store is a new process, as it were."""
    outcomes: Counter[str] = Counter()
    noon = datetime.now(UTC)
    reach = DirectorySettings(proxy.url, trial.gateway, trial.gateway_password, proxy.ca_file)
    settings = LdapCredentialsSettings(trial.base, trial.filter, trial.mark, send)
    directory = Directory(reach)
    store = LdapCredentials(directory, settings)
    which = Issuance("none", "2027-1", noon)
    for place, numic in enumerate(numics(count)):
        if place and place % 10 == 0:
            await directory.aclose()
            directory = Directory(reach)
            store = LdapCredentials(directory, settings)
        password = trial_password()
        proxy.cut_at(place % ANSWERS + 1)
        which = Issuance(f"r{place}", "2027-1", noon + timedelta(seconds=place))
        said = await renew(store, numic, password, which)
        proxy.cut_at(0)
        outcomes[verdict(trial, numic, password, said)] += 1
    said = await renew(store, numics(1)[0], trial_password(), which)
    outcomes[f"once more, {said}"] += 1
    if trial.locked:
        said = await renew(store, trial.locked, trial_password(), which)
        outcomes[f"locked by an administrator, {said}"] += 1
    if trial.guessed:
        for _ in range(4):
            trial.opens(trial.guessed, "a guess")
        said = await renew(store, trial.guessed, trial_password(), which)
        outcomes[f"locked by guesses, {said}"] += 1
    await directory.aclose()
    return outcomes


def verdict(trial: Trial, numic: str, password: str, said: str) -> str:
    new, old = trial.opens(numic, password), trial.opens(numic, FIRST_PASSWORD)
    if said == "set":
        return "set, and opens" if new and not old else f"LOCKED OUT: set, new {new}, old {old}"
    if old and not new:
        return f"refused, nothing changed: {said}"
    return f"CHANGED: {said}, new {new}, old {old}"


def is_wanted(name: str, outcome: str) -> bool:
    """Whether that is what should become of a renewal there."""
    if name.endswith(("short", "complexity")):  # a rule refuses every password of ours
        return outcome.startswith(("refused", "once", "locked")) and "given up" in outcome
    if not DIRECTORIES[name][2]:
        return outcome.startswith(("refused", "once", "locked"))
    locked = "locked by an administrator, given up", "locked by guesses, given up"
    return outcome in ("set, and opens", once_more(name)) or outcome.startswith(locked)


def once_more(name: str) -> str:
    """What becomes of a second renewal of the first voter, where the first was taken."""
    young = "credential store: the policy's minimum age: the present password is too young"
    return f"once more, {f'given up: {young} to be changed (19)' if 'young' in name else 'set'}"


async def main(count: int, names: list[str]) -> bool:
    good = True
    for name in names:
        open_directory, send, _ = DIRECTORIES[name]
        began = time.monotonic()
        with open_directory(count) as trial:
            proxy = CuttingProxy(trial.server)
            outcomes = await renewals(trial, proxy, count, send)
            proxy.close()
        print(f"{name}: {proxy.cuts} answers cut, {time.monotonic() - began:.0f} s")
        for outcome, times in outcomes.most_common():
            wanted = is_wanted(name, outcome)
            good = good and wanted
            print(f"  {'' if wanted else 'WRONG '}{times} x {outcome}", flush=True)
    return good


if __name__ == "__main__":
    arguments = sys.argv[1:]
    asked = int(arguments[0]) if arguments else COUNT
    sys.exit(0 if asyncio.run(main(asked, arguments[1:] or list(DIRECTORIES))) else 1)
