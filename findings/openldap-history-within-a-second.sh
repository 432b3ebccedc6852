#!/usr/bin/env bash
# OpenLDAP's password history: a change within the second of another is refused for a value that the
# client never sent, with the code of a client's mistake (20, attributeOrValueExists).
#
# A client that puts a second password beside the first and takes it away again, as one does to
# change passwords without a gap, meets it. Debian's packages are unpacked in a temporary folder,
# nothing is installed. Needs apt-get, python3 with venv, and a network for both. Ends with 1 when
# OpenLDAP has come to behave otherwise.
set -euo pipefail

VERSION=2.5.13+dfsg-5
LIBRARIES=(libldap-2.5-0 libltdl7 libsasl2-2 libwrap0)

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

apt-get download -q "slapd=$VERSION" "${LIBRARIES[@]}" >apt.log 2>&1 || { cat apt.log; exit 2; }
for package in ./*.deb; do dpkg-deb -x "$package" root; done
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check ldap3==2.9.1 pyasn1==0.6.1

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
import ldap3

ROOT = Path("root").absolute()
FOUND = glob.glob(f"{ROOT}/**/*.so*", recursive=True)
SUFFIX = "dc=example,dc=org"
ENTRY, SERVICE, POLICY = f"cn=sample,{SUFFIX}", f"cn=service,{SUFFIX}", f"cn=policy,{SUFFIX}"
CONFIGURATION = f"""
include {ROOT}/etc/ldap/schema/core.schema
modulepath {ROOT}/usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
database mdb
suffix {SUFFIX}
rootdn cn=root,{SUFFIX}
rootpw secret
directory {Path("data").absolute()}
maxsize 16777216
access to attrs=userPassword by dn.exact={SERVICE} write by anonymous auth by * none
access to * by dn.exact={SERVICE} read by * none
overlay ppolicy
ppolicy_default {POLICY}
"""


def connection(dn, password):
    server = ldap3.Server("127.0.0.1", PORT, get_info=ldap3.NONE)
    made = ldap3.Connection(server, dn, password)
    assert made.bind(), made.result
    return made


def change(client, kind, value):
    client.modify(ENTRY, {"userPassword": [(kind, [value])]})
    return f"{client.result['result']} {client.result['message']}".strip()


def arrange():
    root = connection(f"cn=root,{SUFFIX}", "secret")
    root.add(SUFFIX, ["dcObject", "organization"], {"o": "Sample"})
    rules = {"sn": "Sample", "pwdAttribute": "userPassword", "pwdInHistory": "5"}
    root.add(POLICY, ["person", "pwdPolicy"], rules)
    root.add(SERVICE, ["person"], {"sn": "Sample", "userPassword": "service"})
    root.add(ENTRY, ["person"], {"sn": "Sample", "userPassword": "the first"})
    return connection(SERVICE, "service")


def three_changes(client):
    """The last one is in the same second as the others, or after it."""
    time.sleep(1.05 - time.time() % 1)
    second = int(time.time())
    said = [
        change(client, "MODIFY_ADD", "beside it"),
        change(client, "MODIFY_DELETE", "beside it"),
        change(client, "MODIFY_REPLACE", "the next one"),
    ]
    return said if int(time.time()) == second else None


Path("data").mkdir()
Path("slapd.conf").write_text(CONFIGURATION)
with socket.socket() as bound:
    bound.bind(("127.0.0.1", 0))
    PORT = bound.getsockname()[1]
process = subprocess.Popen(
    [f"{ROOT}/usr/sbin/slapd", "-f", "slapd.conf", "-d", "0", "-h", f"ldap://127.0.0.1:{PORT}"],
    env={**os.environ, "LD_LIBRARY_PATH": ":".join(sorted({os.path.dirname(each) for each in FOUND}))},
)
try:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", PORT), 1).close()
            break
        except OSError:
            time.sleep(0.1)
    client = arrange()
    said = three_changes(client)
    if said is None:
        sys.exit("this machine is too slow to make three changes within a second")
    print(f"1. Within one second: add a second password: {said[0]}; take it away: {said[1]};")
    print(f"   replace the first: {said[2]}")
    time.sleep(1.1)
    later = change(client, "MODIFY_REPLACE", "the next one")
    print(f"2. The same replacement a second later: {later}")
finally:
    process.terminate()
    process.wait(20)

as_written = said[:2] == ["0", "0"] and said[2].startswith("20 ") and "pwdHistory" in said[2]
as_written = as_written and later == "0"
print("As written." if as_written else "CHANGED.")
sys.exit(0 if as_written else 1)
PYTHON
echo "OpenLDAP $VERSION (Debian), overlay ppolicy with pwdInHistory 5"
venv/bin/python finding.py
