"""A real LDAP server for tests: Debian's `slapd`, started on loopback in a folder of its own.

Packages: `slapd` and `ldap-utils`. No system service is used or touched. The gateway has an account
with the rights that the documentation asks for; `ROOT` is for arranging and looking, as no rule and
no policy binds it.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trustme

from adapters.connections.directory import StandardTls, ldap3

BASE = "ou=voters,dc=example,dc=org"
ADMIN, ADMIN_PASSWORD = "cn=gateway,dc=example,dc=org", "directory s3cret"
POLICY = "cn=policy,dc=example,dc=org"
ROOT, ROOT_PASSWORD = "cn=root,dc=example,dc=org", "root s3cret"
READER, READER_PASSWORD = "cn=reader,dc=example,dc=org", "reader s3cret"
"""Like the gateway, and may read identifiers."""
PATIENCE = 60.0

Policy = dict[str, str]

_SCHEMA = """
attributetype ( 1.3.6.1.4.1.4203.666.1.9001 NAME 'numic'
  EQUALITY caseExactMatch SUBSTR caseExactSubstringsMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.3.6.1.4.1.4203.666.1.9002 NAME 'numel'
  EQUALITY caseExactMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.3.6.1.4.1.4203.666.1.9003 NAME 'votingIdentifier'
  EQUALITY caseExactMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.4203.666.1.9004 NAME 'identifierRenewedIn'
  EQUALITY caseExactMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.3.6.1.4.1.4203.666.1.9005 NAME 'reassortIssuance'
  EQUALITY caseExactMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.4203.666.1.9006 NAME 'constituency'
  EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.4203.666.1.9007 NAME 'consularPost'
  EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.90 NAME 'unicodePwd'
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
objectclass ( 1.3.6.1.4.1.4203.666.1.9101 NAME 'voter' SUP top AUXILIARY
  MAY ( numic $ numel $ votingIdentifier $ identifierRenewedIn $ constituency $ consularPost $
    reassortIssuance $ unicodePwd ) )
"""
_CONFIGURATION = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include {folder}/voter.schema
modulepath /usr/lib/ldap
moduleload back_mdb
{modules}
pidfile {folder}/pid
argsfile {folder}/args
TLSCACertificateFile {folder}/ca.pem
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.key
{hashing}
database mdb
suffix "dc=example,dc=org"
rootdn "{root}"
rootpw "{password}"
directory {folder}/data
dbnosync
maxsize 16777216
access to attrs=userPassword,unicodePwd by dn.exact="{gateway}" =w by anonymous auth by * none
access to attrs=reassortIssuance by dn.exact="{gateway}" write by * none
access to attrs=votingIdentifier by dn.exact="{reader}" read by dn.exact="{gateway}" compare
  by * none
access to * by dn.exact="{gateway}" read by dn.exact="{reader}" read by * none
{overlay}
"""
_POLICY_OVERLAY = f"""overlay ppolicy
ppolicy_default "{POLICY}"
"""
_ONE_PASSWORD = """overlay constraint
constraint_attribute userPassword count 1
"""
_TOP = """
dn: dc=example,dc=org
objectClass: dcObject
objectClass: organization
o: Sample
dc: example

dn: {gateway}
objectClass: person
cn: gateway
sn: Sample
userPassword: {gateway_password}

dn: {reader}
objectClass: person
cn: reader
sn: Sample
userPassword: {reader_password}

dn: {policy}
objectClass: person
objectClass: pwdPolicy
cn: policy
sn: Sample
pwdAttribute: userPassword
{rules}

dn: {base}
objectClass: organizationalUnit
ou: voters

dn: ou=elsewhere,dc=example,dc=org
objectClass: organizationalUnit
ou: elsewhere

dn: cn=part,ou=elsewhere,dc=example,dc=org
objectClass: referral
objectClass: extensibleObject
cn: part
ref: ldap://127.0.0.1:1/cn=part,dc=example,dc=org
"""


def why_not() -> str | None:
    """Why no server can be started here, or None when one can."""
    missing = [name for name in ("slapd", "slapadd") if shutil.which(name, path=_PATH) is None]
    return (
        f"{' and '.join(missing)} not on this machine: apt-get install slapd" if missing else None
    )


_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def entry(name: str, **attributes: str | list[str] | None) -> str:
    """A voter's entry in LDIF; attributes without a value are left out."""
    lines = [f"dn: cn={name},{BASE}", "objectClass: inetOrgPerson", "objectClass: voter"]
    for key, given in {"cn": name, "sn": "Sample", **attributes}.items():
        values = given if isinstance(given, list) else [given] if given else []
        lines += [f"{key}: {value}" for value in values]
    return "\n".join(lines) + "\n"


class Slapd:
    """One server over the entries given, with TLS. Stopped by its handle, its folder removed."""

    def __init__(
        self,
        *entries: str,
        argon2: bool = True,
        policy: Policy | None = None,
        one_password: bool = False,
    ) -> None:
        """`entries`: each in LDIF. `argon2`: whether hashes of that scheme are verified. `policy`:
        attributes of a password policy, which then applies to all. `one_password`: whether an entry
        may hold one only."""
        self._argon2, self._policy, self._one_password = argon2, policy, one_password
        self._folder = Path(tempfile.mkdtemp(prefix="reassort-slapd-"))
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._write()
            self._run("slapadd", "-q", given="\n".join((self._top(), *entries)).encode())
            self.start()
        except BaseException:
            self.close()
            raise

    @property
    def ca_file(self) -> Path:
        return self._folder / "ca.pem"

    def start(self) -> None:
        """Listens on ports of the system's choice: the same ones again after a stop."""
        if not hasattr(self, "_ports"):
            self._ports = _free_port(), _free_port()
        plain, tls = self._ports
        self.plain_url, self.url = f"ldap://127.0.0.1:{plain}", f"ldaps://127.0.0.1:{tls}"
        slapd = shutil.which("slapd", path=_PATH)
        assert slapd is not None
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(slapd, "-f", str(self._folder / "slapd.conf"), "-d", "none"),
                    *("-h", f"{self.plain_url} {self.url}"),
                ],
                stdout=log,
                stderr=log,
            )
        self._await()

    def stop(self) -> None:
        """Cuts every connection. What was written stays."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE)
            self._process = None

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Hangs meanwhile: takes connections, and says nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WNOWAIT)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _write(self) -> None:
        ca = trustme.CA()
        server = ca.issue_cert("127.0.0.1")
        ca.cert_pem.write_to_path(self.ca_file)
        server.private_key_pem.write_to_path(self._folder / "server.key")
        for number, blob in enumerate(server.cert_chain_pems):
            blob.write_to_path(self._folder / "server.pem", append=number > 0)
        (self._folder / "voter.schema").write_text(_SCHEMA)
        (self._folder / "data").mkdir()
        (self._folder / "slapd.conf").write_text(self._configuration())

    def _configuration(self) -> str:
        modules = ["moduleload argon2 m=19456 t=2 p=1"] if self._argon2 else []
        return _CONFIGURATION.format(
            folder=self._folder,
            modules="\n".join([*modules, "moduleload ppolicy", "moduleload constraint"]),
            hashing="password-hash {ARGON2}" if self._argon2 else "",
            root=ROOT,
            password=ROOT_PASSWORD,
            gateway=ADMIN,
            reader=READER,
            overlay=(_POLICY_OVERLAY if self._policy is not None else "")
            + (_ONE_PASSWORD if self._one_password else ""),
        )

    def _top(self) -> str:
        rules = "\n".join(f"{name}: {value}" for name, value in (self._policy or {}).items())
        return _TOP.format(
            base=BASE,
            gateway=ADMIN,
            gateway_password=ADMIN_PASSWORD,
            reader=READER,
            reader_password=READER_PASSWORD,
            policy=POLICY,
            rules=rules or "pwdSafeModify: FALSE",
        )

    def _run(self, name: str, *arguments: str, given: bytes) -> None:
        program = shutil.which(name, path=_PATH)
        assert program is not None
        command = [program, "-f", str(self._folder / "slapd.conf"), *arguments]
        done = subprocess.run(command, input=given, capture_output=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{name}: {done.stderr.decode()}")

    def _await(self) -> None:
        assert self._process is not None
        limit = time.monotonic() + PATIENCE
        while time.monotonic() < limit and self._process.poll() is None:
            try:
                for port in self._ports:
                    socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(f"slapd does not listen: {(self._folder / 'log').read_text()}")


def opens(server: Slapd, name: str, password: str) -> bool:
    """Whether the entry can be bound as with this password: the portal's sign-in."""
    try:
        typed = password.encode()
    except UnicodeEncodeError:
        return False
    if not typed:
        return False  # a bind without a password is anonymous, and succeeds
    tls = StandardTls(server.ca_file)
    reach = ldap3.Server(server.url, use_ssl=True, tls=tls, get_info=ldap3.NONE)
    connection = ldap3.Connection(reach, f"cn={name},{BASE}", typed, receive_timeout=10)
    try:
        return connection.bind()
    finally:
        connection.unbind()


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return bound.getsockname()[1]
