"""What each hostile request costs a real server, and whether its memory stays; run by hand.

    python -m tests.benchmarks.hostile_probes [--rounds 200] [--tries 3]

Every case of `tests/over_http/cases.py` goes down a socket: the median of three tries in CPU time
of the server process. Then all cases that do not wait, `--rounds` times over, and the resident
memory before (after a tenth of the rounds, by which every memory is full) and after. Exits with 1
when a case costs more than 50 ms, answers 5xx, or memory grows by more than 16 MB.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from tests.over_http.cases import CANARY, CASES, Case
from tests.over_http.gateway import GatewayProcess
from tests.over_http.raw_http import Answer, exchange

MOST_CPU, MOST_GROWTH = 50.0, 16.0


def ask(gateway: GatewayProcess, case: Case) -> Answer:
    patience = 10 if any(case.status) else 0.3
    return exchange(gateway.host, gateway.port, *case.pieces, pause=case.pause, patience=patience)


def cost(gateway: GatewayProcess, case: Case, tries: int) -> tuple[float, Answer]:
    """Median milliseconds of CPU, and the last answer."""
    figures: list[float] = []
    answer = Answer()
    for _ in range(tries):
        before = gateway.cpu()
        answer = ask(gateway, case)
        figures.append(gateway.cpu() - before)
    return statistics.median(figures), answer


def table(gateway: GatewayProcess, tries: int) -> bool:
    """Print every case, the dearest first; whether all is well."""
    rows = [(*cost(gateway, case, tries), case) for case in CASES]
    well = True
    for spent, answer, case in sorted(rows, key=lambda row: -row[0]):
        bad = spent > MOST_CPU or answer.status >= 500 or CANARY.encode() in answer.body
        well &= not bad
        print(f"{spent:7.1f} ms  {answer.status:3}  {case.name}{'  <-- BAD' if bad else ''}")
    return well


def growth(gateway: GatewayProcess, rounds: int) -> float:
    """Megabytes that the process has gained over the rounds."""
    cases = [case for case in CASES if any(case.status) and not case.pause]
    settled = 0.0
    for number in range(rounds):
        for case in cases:
            ask(gateway, case)
        if number == rounds // 10:
            settled = gateway.memory()
        if number % max(1, rounds // 10) == 0:
            print(f"memory after {number + 1:4} rounds: {gateway.memory():.1f} MB", flush=True)
    print(f"memory after {rounds:4} rounds of {len(cases)} cases: {gateway.memory():.1f} MB")
    return gateway.memory() - settled


def main() -> int:
    parser = argparse.ArgumentParser(description="The cost of hostile requests.")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--tries", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="reassort-probes-") as folder:
        gateway = GatewayProcess(Path(folder), log_level="WARNING")
        try:
            well = table(gateway, options.tries)
            grown = growth(gateway, options.rounds)
        finally:
            gateway.stop()
    print(f"growth: {grown:+.1f} MB (bound {MOST_GROWTH})")
    return 0 if well and grown <= MOST_GROWTH else 1


if __name__ == "__main__":
    sys.exit(main())
