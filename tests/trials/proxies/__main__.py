"""HAProxy and Apache before the gateway, asked what nginx is asked in tests/plugging/test_nginx.py:

    apt-get install haproxy apache2-bin
    .venv/bin/python -m tests.trials.proxies [haproxy] [apache]

Prints what was found of each; exits with 1 when something is not as it should be. What a proxy is
told stands beside, in haproxy.cfg and apache.conf. Everything listens on the loopback.
"""

from __future__ import annotations

import os
import re
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import trustme

from tests.servers.nginx import free_port

HERE = Path(__file__).parent
PROXIES = {
    "haproxy": ["haproxy", "-f", str(HERE / "haproxy.cfg")],
    "apache": ["/usr/sbin/apache2", "-D", "FOREGROUND", "-f", str(HERE / "apache.conf")],
}
LIMITING = {"haproxy"}
"""Those that are told to limit calls; Apache brings no such module."""
MONITORING, VOTER, ANOTHER, MANY = (f"127.0.0.{n}" for n in (2, 3, 4, 5))
ISSUE = {"query": "mutation { issueSecurityCode(input: {step: REQUEST}) { id } }"}
ASK = {"query": "{ votingRound { id } }"}
ROUND = '[{"id": "trial", "opens_at": "2020-01-01T00:00:00Z", "closes_at": "2099-01-01T00:00:00Z"}]'
SPOILT = ("/renouveler%23token=a-live-token", "/renouveler?token=a-live-token")
PATIENCE = 60.0


def main() -> None:
    right = [tried(name) for name in sys.argv[1:] or PROXIES]
    sys.exit(not all(right))


def tried(name: str) -> bool:
    """Starts gateway and proxy, asks, prints; whether all was as it should be."""
    with tempfile.TemporaryDirectory() as folder_name, ExitStack() as stack:
        folder, authority = Path(folder_name), trustme.CA()
        certificate = authority.issue_cert("127.0.0.1")
        certificate.private_key_and_cert_chain_pem.write_to_path(str(folder / "both.pem"))
        trusted = ssl.create_default_context()
        authority.configure_trust(trusted)
        gateway, secure = free_port(), free_port()
        stack.enter_context(reassort(folder, gateway))
        told = {"SECURE": str(secure), "GATEWAY": f"127.0.0.1:{gateway}", "FOLDER": folder_name}
        base = f"https://127.0.0.1:{secure}"
        with running(PROXIES[name], told, folder / "proxy.log", f"{base}/", trusted):
            found = dict(asked(name, base, trusted))
        logs = [each.read_text("utf-8") for each in folder.glob("*.log")]
        found["pages are logged"] = any("/renouveler" in each for each in logs)
        found["no token is logged"] = not any("a-live-token" in each for each in logs)
    for question, answer in found.items():
        print(name, "|", question, "|", "yes" if answer else "NO")
    return all(found.values())


def asked(name: str, base: str, trusted: ssl.SSLContext) -> Iterator[tuple[str, bool]]:
    """Questions, and whether the answer was right."""

    def call(who: str, method: str, path: str, **sent: object) -> httpx.Response:
        transport = httpx.HTTPTransport(verify=trusted, local_address=who)
        with httpx.Client(transport=transport, base_url=base, timeout=30) as http:
            return http.request(method, path, **sent)  # pyright: ignore[reportArgumentType]

    def code_issued(who: str, forwarded: str) -> bool:
        headers = {"X-Forwarded-For": forwarded}
        return "errors" not in call(who, "POST", "/graphql", json=ISSUE, headers=headers).json()

    issued = code_issued(VOTER, "203.0.113.7"), code_issued(VOTER, "203.0.113.8")
    yield "limits count for the voter's network", issued == (True, False)
    yield "another voter has a limit of her own", code_issued(ANOTHER, "203.0.113.7")
    sent = {"X-Correlation-Id": "from-outside-0001"}
    answer = call(VOTER, "POST", "/graphql", json=ASK, headers=sent)
    id = answer.headers["x-correlation-id"]
    yield "the id is the proxy's", re.fullmatch(r"[0-9a-f-]{32,36}", id) is not None
    yield "TLS is asked for", "strict-transport-security" in answer.headers
    headers = {"content-type": "application/json"}
    most = call(VOTER, "POST", "/graphql", content=b" " * 65_536, headers=headers)
    yield "64 KiB pass", most.headers.get("x-correlation-id") is not None
    beyond = call(VOTER, "POST", "/graphql", content=b" " * 65_537, headers=headers)
    yield "a byte more does not", beyond.status_code == 413
    yield "the inbox is nobody's", call(VOTER, "GET", "/dev/inbox").status_code in (403, 404)
    yield "probes are not the voter's", call(VOTER, "GET", "/readyz").status_code == 403
    yield "they are the monitoring's", call(MONITORING, "GET", "/readyz").status_code == 200
    shown = [call(VOTER, "GET", each, headers={"accept": "text/html"}) for each in SPOILT]
    yield "a spoilt link opens the page", all(each.status_code == 200 for each in shown)
    if name in LIMITING:
        statuses = {call(MANY, "POST", "/graphql", json=ASK).status_code for _ in range(60)}
        yield "calls are limited", statuses == {200, 429}


@contextmanager
def reassort(folder: Path, port: int) -> Iterator[None]:
    """`reassort serve`, as the deployment page has it, with an inbox in the place of relays."""
    command = str(Path(sys.executable).with_name("reassort"))
    key = subprocess.run([command, "new-key"], capture_output=True, text=True, check=True).stdout
    settings = {
        "KEYS": key.strip(),
        "DATA_DIR": str(folder),
        "VOTING_ROUNDS": ROUND,
        "LINK_TEMPLATE": "https://vote.example.org/renouveler#token={token}",
        "EMAIL": "inbox",
        "SMS": "inbox",
        "DEV_INBOX": "true",
        "PORTAL": "true",
        "TRUSTED_PROXIES": "127.0.0.1",
        "NETWORK_LIMIT": "1/minute",
    }
    told = {f"REASSORT_{name}": value for name, value in settings.items()}
    subprocess.run([command, "migrate"], env=os.environ | told, capture_output=True, check=True)
    serve = [command, "serve", "--port", str(port)]
    with running(serve, told, folder / "gateway.txt", f"http://127.0.0.1:{port}/healthz"):
        yield


@contextmanager
def running(
    command: list[str],
    told: Mapping[str, str],
    log: Path,
    url: str,
    trusted: ssl.SSLContext | bool = True,
) -> Iterator[None]:
    """A process that answers at `url`, and ends with the block."""
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=os.environ | told, stdout=out, stderr=out)
    try:
        until = time.monotonic() + PATIENCE
        while not _answers(url, trusted):
            assert process.poll() is None, log.read_text("utf-8")
            assert time.monotonic() < until, "no answer"
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _answers(url: str, trusted: ssl.SSLContext | bool) -> bool:
    try:
        return httpx.get(url, verify=trusted).status_code < 500
    except httpx.TransportError:
        return False


if __name__ == "__main__":
    main()
