"""What the price of a security code costs us, a voter and an attacker; run by hand.

    python -m tests.benchmarks.cost_of_price [--rounds 3000] [--read 0.875:0.046 …] [--paying 0.033]

1. Checking a proof, in microseconds, with one key in the ring and with three; bound 20.
2. The accept path: `requestPasswordRenewal` as an ASGI app, limits counted and none reached, where
   the price is off, and where it is offered, with a proof and without. CPU time of the process,
   every thread; each round has one request of each, the figure is the median. Bound 1.03 for a
   proof, beside `off` and beside no proof.
3. The page's own `price.js` by node, in seconds of CPU for as many hashes as a price takes on
   average; bound: 0.3 at least. The same by OpenSSL through Python, and by OpenSSL itself as
   `openssl speed` counts: what an attacker may have, on one core.
4. What a thousand accepted forms cost, in 0.2.0 and now: from the default limits, and from readers
   that read the share before the colon in as many seconds of CPU as stand behind it
   (`tests.benchmarks.ocr_rate` measures both). `--paying`: seconds of CPU for one price, of whoever
   has something faster than OpenSSL. The minutes are those that limits have an attacker wait: the
   first window is used up at once, and the CPU may take longer.

Exits with 1 beyond a bound.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from importlib.resources import as_file, files
from itertools import count
from pathlib import Path

import orjson

from core.code_price import BITS, CodePrice
from core.keys import Keyring, SecretKey
from graphql_api.access.client_network import networks_of
from graphql_api.access.limits import Limit, quarter_of
from graphql_api.app import build_endpoint
from graphql_api.compose import compose, prepare_database
from graphql_api.running.logs import configure_logs
from graphql_api.settings import Settings
from tests.benchmarks.cost_of_hardening import post
from tests.benchmarks.gateway_settings import gateway_settings
from tests.benchmarks.http_load import demands
from tests.paying import proof_for

LONGEST_CHECK, MOST, SHORTEST_WORK = 20.0, 1.03, 0.3
EASY = 8
"""Bits for the accept path: a check takes as long for any number of them."""
NETWORKS, FORMS = 65_536, 1_000
READERS = ("0.784:0.0442", "0.68:0.0687", "1:0.0098", "1:0.0147")
"""Two of the public, and those that were made for our stock: one sees, one hears."""
BEFORE = "30/minute"
"""0.2.0 by default: for an IPv4 address or an IPv6 /64, and none for everyone."""
WIDEST = max(times for _, times in networks_of("2001:db8::"))
"""How many times a network's limit a /48 has, which holds 65,536 networks of /64."""
HASHES = 2**BITS
PAGE = """
import { pay } from "./price.mjs";
const begun = process.cpuUsage();
let hashes = 0;
for (let each = 0; each < 16; each++) {
  hashes += 1 + Number(await pay(`sha256:%d:${each.toString(16).padStart(32, "0")}`));
}
const { user, system } = process.cpuUsage(begun);
console.log((user + system) / 1e6 / hashes);
"""


# -- Checking --


def checks() -> dict[str, float]:
    """Microseconds of CPU for a right proof, by what the ring holds; the right key is the last."""
    return {"1 key": _check(1), "3 keys": _check(3)}


def _check(keys: int) -> float:
    ring = Keyring(tuple(SecretKey(str(each), bytes([each]) * 32) for each in range(keys)))
    code = "an-id-as-long-as-they-come-an-id-as-lo"
    price, proof = (
        CodePrice(ring, EASY),
        proof_for(CodePrice(Keyring(ring.keys[-1:]), EASY).of(code)),
    )
    assert price.is_paid(code, proof)
    return 1e6 * _each(lambda: price.is_paid(code, proof))


def _each(work: Callable[[], object], times: int = 20_000) -> float:
    """Seconds of CPU for one, the best of five."""
    took: list[float] = []
    for _ in range(5):
        begun = time.process_time()
        for _ in range(times):
            work()
        took.append((time.process_time() - begun) / times)
    return min(took)


# -- The accept path --


WARM_UP = 100
OFF, UNPAID, PAID = "off", "offered, unpaid", "offered, paid"


async def accept(rounds: int, folder: Path) -> dict[str, float]:
    """Microseconds of CPU for one form."""
    cheap = {"security_code_price_bits": EASY, "log_level": "WARNING"}
    settings = {
        price: gateway_settings(folder / price, as_they_come=True).model_copy(
            update={**cheap, "security_code_price": price}
        )
        for price in ("off", "offered")
    }
    for each in settings.values():
        prepare_database(each)
    applications = {price: compose(each) for price, each in settings.items()}
    for each in applications.values():
        await each.start()
    apps = {
        name: build_endpoint(settings[price], applications[price].gateway)
        for name, price in ((OFF, "off"), (UNPAID, "offered"), (PAID, "offered"))
    }
    price = CodePrice(settings["off"].keyring, EASY)
    raw = await demands(settings["off"].keyring, len(apps) * (rounds + WARM_UP))
    bodies = [each.partition(b"\r\n\r\n")[2] for each in raw]
    found: dict[str, list[float]] = {name: [] for name in apps}
    for _ in range(rounds + WARM_UP):
        for name in random.sample(list(apps), len(apps)):
            body = _paid(bodies.pop(), price) if name == PAID else bodies.pop()
            begun = time.process_time()
            answer = await post(apps[name], body, [])
            found[name].append(1e6 * (time.process_time() - begun))
            assert b"RenewalRequested" in answer, answer
    for each in applications.values():
        await each.stop()
    return {name: statistics.median(took[WARM_UP:]) for name, took in found.items()}


def _paid(body: bytes, price: CodePrice) -> bytes:
    asked = orjson.loads(body)
    code = asked["variables"]["input"]["securityCode"]
    code["proof"] = proof_for(price.of(code["id"]))
    return orjson.dumps(asked)


# -- Paying --


def by_page() -> float | None:
    """Seconds of CPU for one hash, by the page's own script; None without node."""
    if shutil.which("node") is None:
        return None
    page = files("graphql_api.portal").joinpath("price.js")
    with as_file(page) as script, tempfile.TemporaryDirectory() as folder:
        shutil.copy(script, Path(folder, "price.mjs"))
        Path(folder, "page.mjs").write_text(PAGE % BITS, "utf-8")
        command = ["node", Path(folder, "page.mjs")]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def by_python() -> float:
    """The same by OpenSSL, from Python: the text before the number is hashed once."""
    begun, numbers = sha256(b"sha256:19:" + b"0" * 32 + b":"), count()

    def one() -> None:
        tried = begun.copy()
        tried.update(b"%d" % next(numbers))
        tried.digest()

    return _each(one, 100_000)


def by_openssl() -> float | None:
    """The same by OpenSSL itself, on one core; None without its command."""
    if shutil.which("openssl") is None:
        return None
    command = ["openssl", "speed", "-seconds", "3", "-bytes", "48", "sha256"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"^sha256\s+([\d.]+)k", told, re.M | re.I)
    return 48 / (1000 * float(found[1])) if found else None


# -- An attacker, who pays by OpenSSL --


def attack(share: float, reading: float, paying: float) -> list[str]:
    """A thousand forms accepted: tries, CPU for reading and paying, and how long the limits make it
    take from one address, from one IPv6 /48, and from as many addresses."""
    fields = Settings.model_fields
    limit, overall = (Limit.of(fields[name].default) for name in ("network_limit", "overall_limit"))
    unpaid, before = quarter_of(limit), Limit.of(BEFORE)
    each, free = before.amount, NETWORKS * before.amount
    cases = {
        "0.2.0": (0.0, (each, free, free)),
        "now, `offered`, unpaid": (0.0, _uses(unpaid.amount, overall.amount)),
        "now, paid": (paying, _uses(limit.amount, overall.amount)),
    }
    tries = FORMS / share
    lines: list[str] = []
    for name, (price, uses) in cases.items():
        waits = "".join(f"{math.ceil(tries / many) - 1:10}" for many in uses)
        lines.append(f"{name:24}{tries:7.0f}{tries * (reading + price):8.0f}{waits}")
    return lines


def _uses(network: int, everyone: int) -> tuple[int, int, int]:
    """Uses a minute of one address, of one /48, of many addresses."""
    uses = (network, WIDEST * network, NETWORKS * network)
    return min(uses[0], everyone), min(uses[1], everyone), min(uses[2], everyone)


def main() -> int:
    parser = argparse.ArgumentParser(description="The price of a security code.")
    parser.add_argument("--rounds", type=int, default=3000)
    parser.add_argument("--read", nargs="*", default=READERS, help="share:seconds of CPU")
    parser.add_argument("--paying", type=float, help="seconds of CPU for one price")
    options = parser.parse_args()
    configure_logs("WARNING")
    checked = checks()
    for name, took in checked.items():
        print(f"checking, {name:28}{took:8.1f} us")
    with tempfile.TemporaryDirectory(prefix="reassort-price-") as folder:
        took = asyncio.run(accept(options.rounds, Path(folder)))
    for name, each in took.items():
        print(f"accepting, {name:27}{each:8.1f} us{each / took[OFF]:8.3f}")
    page, python, native = by_page(), by_python(), by_openssl()
    named = {"by the page (node)": page, "by Python": python, "by OpenSSL": native}
    for name, each in named.items():
        told = "not here" if each is None else f"{HASHES * each:.3f} s"
        print(f"paying, {name:25}{told:>13}")
    for reader in options.read:
        share, reading = map(float, reader.split(":"))
        print(f"\n{FORMS} accepted forms, {share:.1%} read in {1000 * reading:.0f} ms each")
        print(f"{'':24}{'tries':>7}{'CPU s':>8}{'1, min':>10}{'/48, min':>10}{'many, min':>10}")
        print("\n".join(attack(share, reading, options.paying or HASHES * (native or python))))
    is_cheap = max(checked.values()) <= LONGEST_CHECK and took[PAID] <= MOST * min(
        took[OFF], took[UNPAID]
    )
    is_work = page is None or page * HASHES >= SHORTEST_WORK
    return 0 if is_cheap and is_work else 1


if __name__ == "__main__":
    sys.exit(main())
