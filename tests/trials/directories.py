"""Directories of others for trials, in temporary folders, stopped by their handles.

    apt-get install slapd slapd-contrib ldap-utils 389-ds-base
    apt-get install samba-ad-dc samba-ad-provision ldb-tools

No system service is used or touched. Samba wants to be root, and lets no port be chosen: it takes
389 of 127.77.0.1, an address of this machine's own.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tests.servers import slapd
from tests.servers.cutting_proxy import Address

PATIENCE = 240.0
SUFFIX = "dc=example,dc=org"
FIRST_PASSWORD, GATEWAY_PASSWORD, ROOT_PASSWORD = "First-s3cret", "Gateway-s3cret", "Root-s3cret"
SAMBA = ("127.77.0.1", 389)
LOCKED, GUESSED = "00009999", "00009998"
_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Trial:
    """A running directory: where, as whom it is asked, and where its voters are."""

    server: Address
    gateway: str
    gateway_password: str
    base: str
    filter: str = "(numic={number})"
    mark: str = "reassortIssuance"
    locked: str = ""
    """A voter whom an administrator has locked, if there is one."""
    guessed: str = ""
    """A voter of whom three wrong passwords close the account, even to a new one."""

    def dn(self, numic: str) -> str:
        return f"cn=v{numic},{self.base}"

    def opens(self, numic: str, password: str) -> bool:
        """Whether the directory lets this voter in, asked by OpenLDAP's client."""
        return signed_in(self.server, self.dn(numic), password)


def signed_in(server: Address, dn: str, password: str) -> bool:
    if isinstance(server, str):
        url = f"ldapi://{quote(server, safe='')}"
    else:
        url = f"ldap://{server[0]}:{server[1]}"
    command = ["ldapsearch", "-x", "-H", url, "-D", dn, "-w", password, "-s", "base", "-b", ""]
    return subprocess.run([*command, "1.1"], capture_output=True, check=False).returncode == 0


def numics(count: int) -> list[str]:
    return [f"{each:08d}" for each in range(1, count + 1)]


@contextmanager
def openldap(count: int, argon2: bool, policy: slapd.Policy | None = None) -> Iterator[Trial]:
    """Debian's slapd, with its module for argon2 or without it."""
    entries = (
        slapd.entry(f"v{each}", numic=each, userPassword=FIRST_PASSWORD) for each in numics(count)
    )
    server = slapd.Slapd(*entries, argon2=argon2, policy=policy)
    host, _, port = server.plain_url.removeprefix("ldap://").partition(":")
    try:
        yield Trial((host, int(port)), slapd.ADMIN, slapd.ADMIN_PASSWORD, slapd.BASE)
    finally:
        server.close()


@contextmanager
def directory_server(count: int, policy: slapd.Policy | None = None) -> Iterator[Trial]:
    """389 Directory Server, at a Unix socket: in plain over TCP it changes no password."""
    folder = Path(tempfile.mkdtemp(prefix="reassort-389-"))
    process: subprocess.Popen[bytes] | None = None
    try:
        server = _write_389(folder, policy or {})
        (folder / "voters.ldif").write_text(_entries_for_389(count))
        program = _program("ns-slapd", "389-ds-base")
        given = ["-D", f"{folder}/etc"]
        _run(program, "ldif2db", *given, "-n", "userroot", "-i", f"{folder}/voters.ldif")
        with (folder / "output").open("wb") as output:
            command = [program, *given, "-i", f"{folder}/pid", "-d", "0"]
            process = subprocess.Popen(command, stdout=output, stderr=output)
        gateway = f"cn=gateway,{SUFFIX}"
        _await(process, server, gateway, GATEWAY_PASSWORD)
        base = f"ou=voters,{SUFFIX}"
        yield Trial(server, gateway, GATEWAY_PASSWORD, base, locked=LOCKED)
    finally:
        _stop(process)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def samba(count: int, complexity: str = "off") -> Iterator[Trial]:
    """Samba as an Active Directory's domain controller, with its LDAP service alone."""
    folder = Path(tempfile.mkdtemp(prefix="reassort-samba-"))
    process: subprocess.Popen[bytes] | None = None
    try:
        _provision(folder)
        rules = f"--complexity={complexity}", "--account-lockout-threshold=3", "--min-pwd-age=0"
        _run("samba-tool", "domain", "passwordsettings", "set", *rules, *_conf(folder))
        _add_to_samba(folder, count)
        _grant_in_samba(folder)
        with (folder / "output").open("wb") as output:
            process = subprocess.Popen(
                [_program("samba", "samba-ad-dc"), "-i", *_conf(folder)],
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        base = "cn=users,dc=vote,dc=example,dc=org"
        _await(process, SAMBA, f"cn=gateway,{base}", GATEWAY_PASSWORD)
        where = "(employeeNumber={number})", "info"
        gateway = f"cn=gateway,{base}"
        yield Trial(SAMBA, gateway, GATEWAY_PASSWORD, base, *where, LOCKED, GUESSED)
    finally:
        _stop(process, group=True)
        shutil.rmtree(folder, ignore_errors=True)


_SCHEMA_OF_389 = """dn: cn=schema
attributeTypes: ( 1.3.6.1.4.1.4203.666.1.9001 NAME 'numic' EQUALITY caseExactMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributeTypes: ( 1.3.6.1.4.1.4203.666.1.9005 NAME 'reassortIssuance' EQUALITY caseExactMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
objectClasses: ( 1.3.6.1.4.1.4203.666.1.9101 NAME 'voter' SUP top AUXILIARY
  MAY ( numic $ reassortIssuance ) )
"""
_TOP_OF_389 = f"""dn: {SUFFIX}
objectClass: domain
dc: example
aci: (targetattr="objectClass || cn || numic")(version 3.0; acl "find"; allow (read, search)
  userdn="ldap:///cn=gateway,{SUFFIX}";)
aci: (targetattr="reassortIssuance")(version 3.0; acl "mark"; allow (read, search, write)
  userdn="ldap:///cn=gateway,{SUFFIX}";)
aci: (targetattr="userPassword")(version 3.0; acl "set"; allow (write)
  userdn="ldap:///cn=gateway,{SUFFIX}";)

dn: cn=gateway,{SUFFIX}
objectClass: person
cn: gateway
sn: Sample
userPassword: {GATEWAY_PASSWORD}

dn: ou=voters,{SUFFIX}
objectClass: organizationalUnit
ou: voters
"""
_VOTER_OF_389 = f"""
dn: cn=v{{numic}},ou=voters,{SUFFIX}
objectClass: person
objectClass: voter
cn: v{{numic}}
sn: Sample
numic: {{numic}}
userPassword: {FIRST_PASSWORD}
"""


def _entries_for_389(count: int) -> str:
    voters = [_VOTER_OF_389.format(numic=each) for each in (*numics(count), LOCKED)]
    return _TOP_OF_389 + "".join(voters) + "nsAccountLock: true\n"


def _write_389(folder: Path, policy: slapd.Policy) -> str:
    """The package's own templates, with folders of ours. Returns the socket's path."""
    names = ("lock", "tmp", "ldif", "bak", "run", "log", "db")
    for name in ("etc", "etc/schema", *names):
        (folder / name).mkdir()
    values = {
        **{f"{name}_dir": f"{folder}/{name}" for name in names},
        "schema_dir": f"{folder}/etc/schema",
        **{"cert_dir": f"{folder}/etc", "config_dir": f"{folder}/etc", "inst_dir": str(folder)},
        **{"db_home_dir": f"{folder}/db", "db_lib": "bdb", "ds_bename": "userroot"},
        **{"ds_port": "0", "ds_user": "root", "ds_suffix": SUFFIX, "fqdn": "localhost"},
        "rootdn": "cn=Directory Manager",
        **{"ldapi_enabled": "on", "ldapi_autobind": "off", "ldapi": f"{folder}/run/socket"},
    }
    templates = Path("/usr/share/dirsrv/data")
    parts = [(templates / f"template-{each}.ldif").read_text() for each in ("dse", "suffix-db")]
    text = re.sub(r"^(#|nsslapd-rootpw:).*\n", "", "\n".join(parts), flags=re.MULTILINE)
    text = re.sub(r"%(\w+)%", lambda found: values[found[1]], re.sub(r"\n{3,}", "\n\n", text))
    rules = "".join(f"{name}: {value}\n" for name, value in policy.items())
    text = text.replace("cn: config\n", f"cn: config\n{rules}", 1)
    (folder / "etc/dse.ldif").write_text(text)
    shutil.copy("/etc/dirsrv/config/slapd-collations.conf", folder / "etc")
    (folder / "etc/schema/99user.ldif").write_text(_SCHEMA_OF_389)
    return values["ldapi"]


def _conf(folder: Path) -> list[str]:
    return [
        f"--configfile={folder}/ad/etc/smb.conf",
        *("--option=server services=ldap", f"--option=log file={folder}/log"),
        "--option=ldap server require strong auth=no",
    ]


def _provision(folder: Path) -> None:
    _run(
        *("samba-tool", "domain", "provision", f"--targetdir={folder}/ad", "--host-name=dc"),
        *("--realm=VOTE.EXAMPLE.ORG", "--domain=VOTE", "--server-role=dc", "--dns-backend=NONE"),
        *(f"--adminpass={ROOT_PASSWORD}", f"--option=interfaces={SAMBA[0]}/8"),
        "--option=bind interfaces only=yes",
    )


def _add_to_samba(folder: Path, count: int) -> None:
    """Into its database, before it runs."""
    names = {"gateway": (GATEWAY_PASSWORD, "0")}
    voters = (*numics(count), LOCKED, GUESSED)
    names |= {f"v{each}": (FIRST_PASSWORD, each) for each in voters}
    (folder / "people.ldif").write_text(
        "\n".join(
            f"dn: cn={name},cn=users,dc=vote,dc=example,dc=org\nobjectClass: user\n"
            f"sAMAccountName: {name}\nemployeeNumber: {numic}\n"
            f"userAccountControl: {514 if numic == LOCKED else 512}\n"
            f"clearTextPassword:: {_as_in_samba(password)}\n"
            for name, (password, numic) in names.items()
        )
    )
    database = f"{folder}/ad/private/sam.ldb"
    _run("ldbadd", "-H", database, f"{folder}/people.ldif", *_conf(folder)[:1])


_USERS = "bf967aba-0de6-11d0-a285-00aa003049e2"
_RIGHTS = (
    f"(OA;CIIO;CR;00299570-246d-11d0-a768-00aa006e0529;{_USERS};{{sid}})"
    f"(OA;CIIO;WP;bf96793e-0de6-11d0-a285-00aa003049e2;{_USERS};{{sid}})"
)
"""To reset passwords of users, and to write their `info`."""


def _grant_in_samba(folder: Path) -> None:
    database = f"{folder}/ad/private/sam.ldb"
    found = subprocess.run(
        ["ldbsearch", "-H", database, "(cn=gateway)", "objectSid", *_conf(folder)[:1]],
        capture_output=True,
        check=True,
    )
    sid = re.search(r"S-1-5-[\d-]+", found.stdout.decode())
    assert sid is not None
    where = "--objectdn=cn=users,dc=vote,dc=example,dc=org"
    _run(
        *("samba-tool", "dsacl", "set", "-H", database, where, "--action=allow"),
        *(f"--sddl={_RIGHTS.format(sid=sid[0])}", *_conf(folder)[:1]),
    )


def _as_in_samba(password: str) -> str:
    return base64.b64encode(password.encode("utf-16-le")).decode()


def _program(name: str, package: str) -> str:
    found = shutil.which(name, path=_PATH)
    if found is None:
        raise SystemExit(f"{name} is not on this machine: apt-get install {package}")
    return found


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command[0]}: {(done.stderr or done.stdout).decode()[-2000:]}")


def _await(process: subprocess.Popen[bytes], server: Address, dn: str, password: str) -> None:
    limit = time.monotonic() + PATIENCE
    while not signed_in(server, dn, password):
        if process.poll() is not None or time.monotonic() > limit:
            raise SystemExit(f"no directory serves at {server}: is something else there?")
        time.sleep(0.3)


def _stop(process: subprocess.Popen[bytes] | None, group: bool = False) -> None:
    """`group`: Samba's are many processes, in a session of their own."""
    if process is None or process.poll() is not None:
        return
    if group:
        os.killpg(process.pid, signal.SIGTERM)
    else:
        process.terminate()
    process.wait(PATIENCE)
