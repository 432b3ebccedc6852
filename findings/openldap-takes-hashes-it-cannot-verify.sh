#!/usr/bin/env bash
# OpenLDAP and argon2id hashes: what is stored without a word, and whom it lets in.
#
# Debian's packages are unpacked in a temporary folder, nothing is installed. Needs apt-get, python3
# with venv, and a network for both. Ends with 1 when OpenLDAP has come to behave otherwise.
set -euo pipefail

VERSION=2.5.13+dfsg-5
LIBRARIES=(libldap-2.5-0 libargon2-1 libltdl7 libsasl2-2 libwrap0)

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

apt-get download -q "slapd=$VERSION" "slapd-contrib=$VERSION" "${LIBRARIES[@]}" >apt.log 2>&1 ||
  { cat apt.log; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check ldap3==2.9.1 pyasn1==0.6.1 argon2-cffi==25.1.0

cat >finding.py <<'PYTHON'
import glob
import os
import socket
import subprocess
import sys
import time
import warnings
from pathlib import Path

warnings.simplefilter("ignore", DeprecationWarning)
import argon2
import ldap3

ROOT = Path("root").absolute()
LIBRARIES = ":".join(sorted({os.path.dirname(each) for each in glob.glob(f"{ROOT}/**/*.so*", recursive=True)}))
ENTRY, PASSWORD = "cn=sample,dc=example,dc=org", "MLKJHGFEDCBA"
CONFIGURATION = """
include {root}/etc/ldap/schema/core.schema
modulepath {root}/usr/lib/ldap
moduleload back_mdb
{lines}
database mdb
suffix dc=example,dc=org
rootdn cn=root,dc=example,dc=org
rootpw secret
directory {data}
maxsize 16777216
"""


class Slapd:
    def __init__(self, name, *lines):
        self.folder = Path(name)
        (self.folder / "data").mkdir(parents=True)
        text = CONFIGURATION.format(root=ROOT, data=(self.folder / "data").absolute(), lines="\n".join(lines))
        (self.folder / "slapd.conf").write_text(text)
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))
            self.port = bound.getsockname()[1]

    def __enter__(self):
        self.process = subprocess.Popen(
            [f"{ROOT}/usr/sbin/slapd", "-f", f"{self.folder}/slapd.conf", "-d", "0", "-h", f"ldap://127.0.0.1:{self.port}"],
            env={**os.environ, "LD_LIBRARY_PATH": LIBRARIES},
        )
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        self.root = self.connection("cn=root,dc=example,dc=org", "secret")
        assert self.root.bind(), self.root.result
        self.root.add("dc=example,dc=org", ["dcObject", "organization"], {"o": "Sample"})
        self.root.add(ENTRY, ["person"], {"sn": "Sample", "userPassword": "the old one"})
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)

    def connection(self, dn, password):
        server = ldap3.Server("127.0.0.1", self.port, get_info=ldap3.NONE)
        return ldap3.Connection(server, dn, password)

    def opens(self, password):
        return self.connection(ENTRY, password).bind()

    def stored(self):
        self.root.search(ENTRY, "(cn=*)", "BASE", attributes=["userPassword"])
        return self.root.response[0]["raw_attributes"]["userPassword"][0].decode()


HASH = "{ARGON2}" + argon2.PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1).hash(PASSWORD)
ARGON2 = "moduleload argon2 m=19456 t=2 p=1"
seen = []

with Slapd("without") as server:
    server.root.modify(ENTRY, {"userPassword": [("MODIFY_REPLACE", [HASH])]})
    said = server.root.result["description"]
    print(f"1. Without its module `argon2` it takes an argon2id hash with `{said}`;")
    print(f"   the new password then opens a sign-in: {server.opens(PASSWORD)}, the old one: {server.opens('the old one')}.")
    seen.append((said, server.opens(PASSWORD), server.opens("the old one")) == ("success", False, False))

with Slapd("with", ARGON2) as server:
    server.root.modify(ENTRY, {"userPassword": [("MODIFY_REPLACE", [HASH])]})
    print(f"2. With it the same hash opens a sign-in: {server.opens(PASSWORD)}.")
    seen.append(server.opens(PASSWORD))
    server.root.extend.standard.modify_password(ENTRY, new_password=PASSWORD)
    scheme = server.stored().partition("}")[0] + "}"
    print(f"3. With `{ARGON2}` alone, a password by RFC 3062 is stored as {scheme}.")
    seen.append(scheme == "{SSHA}")

with Slapd("told", ARGON2, "password-hash {ARGON2}") as server:
    server.root.extend.standard.modify_password(ENTRY, new_password=PASSWORD)
    kind = server.stored()[: len("{ARGON2}$argon2id")].rstrip("$")
    print(f"4. With `password-hash {{ARGON2}}` as well, as {kind}: the module makes no argon2id.")
    seen.append(kind.startswith("{ARGON2}$argon2i") and not kind.startswith("{ARGON2}$argon2id"))

print("As written." if all(seen) else f"CHANGED: {seen}")
sys.exit(0 if all(seen) else 1)
PYTHON
echo "OpenLDAP $VERSION (Debian), with and without its module argon2"
venv/bin/python finding.py
