"""Accepting a request for a new password, beside peers and floors, on one core; run by hand.

    python -m tests.benchmarks.beside_peers [--quick] [--beside TREE] [--out FOLDER]
        [--write-docs] [--peers FOLDER] [--only NAME …] [--from JSON]

Servers have CPU 0, each for as long as it is asked; the load generator, PostgreSQL and the relay
have CPU 1. All are up at once and measured in turns, in an order drawn anew each round, so that
other work on the machine meets all alike. Each request is a new one, made before the clock starts:
ours with a fresh, valid security code, those of peers of a known user. Ratios are taken within a
round.

    reassort         requestPasswordRenewal: GraphQL, security code, request and job in one commit;
                     by `reassort serve`, logs at INFO to a file, uses counted by network and
                     overall with limits that none reaches; and in other settings, named so
    bare Starlette   reads JSON, inserts one row, one commit a request
    Better Auth      /request-password-reset, one Node process (`better_auth/server.mjs`)
    django-allauth   its headless API, one gunicorn worker (`django_allauth/site_settings.py`)

Peers send the e-mail in the process that answers, reassort in its worker. So each peer has a column
whose e-mails go nowhere, and there is a table with all CPU of both until each e-mail is at the
relay; there the worker shares CPU 0 with its gateway.

`--quick`: about three minutes on a quiet machine, otherwise fifteen. `--out`: report, JSON and
plots. `--write-docs`: the same into docs/reference and docs/pictures. `--from`: from the JSON of an
earlier run, without measuring. `--peers`: keeps what npm and pip install, for the next time.
Exits with 1 when a bound is not met.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from .bounds import bounds
from .circumstances import machine, versions
from .contenders import Contender, contenders
from .documents import DOCS, documents
from .measuring import MAIL_CONNECTIONS, Case, Run
from .page import plots, report
from .peers import INSTALLED, install
from .place import place
from .renewals import held, whole_renewal
from .results import Results
from .running import CLIENT_CPU

FIGURES = DOCS / "reference" / "performance.json"
VOTERS = 20_000
FULL = {
    "seconds": 1.0,
    "rounds": 5,
    "connections": (1, 16, 64, 256),
    "mails": 400,
    "warm": 1_500,
    "renewals": 300,
}
QUICK = {
    "seconds": 0.6,
    "rounds": 2,
    "connections": (16, 64),
    "mails": 150,
    "warm": 400,
    "renewals": 80,
}


def measure(options: argparse.Namespace, say: Callable[[str], None]) -> Results:
    plan: dict[str, Any] = QUICK if options.quick else FULL
    everyone = [
        each
        for each in contenders(options.beside)
        if not options.only or any(each.name.startswith(name) for name in options.only)
    ]
    before, everywhere = os.getloadavg()[0], os.sched_getaffinity(0)
    with tempfile.TemporaryDirectory(prefix="reassort-peers-") as folder, ExitStack() as stack:
        root = Path(folder)
        _bring_peers(root, options.peers)
        say("the peers are installed")
        here = stack.enter_context(place(root, VOTERS))
        run = Run(here, plan["seconds"])
        run.start(everyone, stack)
        say("all servers are up")
        os.sched_setaffinity(0, {CLIENT_CPU})
        run.warm_up(everyone, plan["warm"])
        say("all servers are warm")
        run.measure(_cases(everyone, plan["connections"], plan["mails"]), plan["rounds"], say)
        extras = held(run, here)
        told = machine() | {
            "versions": versions(root / INSTALLED),
            "quick": options.quick,
            "load": [before, os.getloadavg()[0]],
            "rounds": plan["rounds"],
            "seconds": plan["seconds"],
            "warm": plan["warm"],
        }
    os.sched_setaffinity(0, everywhere)
    renewal = whole_renewal(plan["renewals"])
    say("a whole renewal is measured")
    words = {each.name: each.words for each in everyone}
    engines = {each.name: each.kind.engine for each in everyone}
    return Results(told, words, engines, run.figures, renewal, extras)


def _bring_peers(root: Path, kept: Path | None) -> None:
    """Installed anew, or in `kept` the first time and then used from there."""
    home = kept.resolve() if kept else root / INSTALLED
    if not home.exists():
        install(home)
    if kept:
        (root / INSTALLED).symlink_to(home)


def _cases(everyone: list[Contender], connections: tuple[int, ...], mails: int) -> list[Case]:
    loads = [Case(each, many) for each in everyone if each.loaded for many in connections]
    sent = [Case(each, MAIL_CONNECTIONS, mails) for each in everyone if each.sends]
    return loads + sent


def write_out(results: Results, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    results.write(folder / "performance.json")
    (folder / "performance.md").write_text(report(results, ".") + "\n", "utf-8")
    for name, picture in plots(results).items():
        (folder / f"{name}.svg").write_text(picture, "utf-8")


def write_docs(results: Results) -> None:
    results.write(FIGURES)
    for path, text in documents(results).items():
        path.write_text(text, "utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--beside", type=Path, metavar="TREE", help="a checkout with a .venv")
    parser.add_argument("--out", type=Path, metavar="FOLDER")
    parser.add_argument("--write-docs", action="store_true")
    parser.add_argument("--peers", type=Path, metavar="FOLDER")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="beginnings of their names")
    parser.add_argument("--from", dest="earlier", type=Path, metavar="JSON")
    return parser.parse_args()


def main() -> int:
    options, began = _options(), time.monotonic()

    def say(text: str) -> None:
        print(f"[{time.monotonic() - began:4.0f} s] {text}", file=sys.stderr, flush=True)

    results = Results.read(options.earlier) if options.earlier else measure(options, say)
    print(report(results, ""))
    if options.out:
        write_out(results, options.out)
    if options.write_docs:
        write_docs(results)
    return 0 if all(each.is_met for each in bounds(results)) else 1


if __name__ == "__main__":
    sys.exit(main())
