"""What each step costs in CPU beside another version, in turns, on both engines; run by hand.

    git worktree add TREE 0.2.0 && make -C TREE .venv/.ready
    python -m tests.benchmarks.steps_side_by_side TREE [--starts 3] [--rounds 30] [--batch 25]
        [--until STEP] [--engines sqlite,postgres]

`cost_of_steps` of this checkout runs in either tree, each with its own packages: two processes that
wait for each other, so that after a small batch of voters in the one the same follows in the other.
Whatever else a machine does meets both alike. Each round gives a ratio for each step; printed are
the median cost and the median ratio with its quartiles. Both are started several times, since where
a process lies in memory counts, too. On PostgreSQL one server serves both, each with a database of
its own; the server's own CPU time is told, too, and `both` is the ratio of what our process and the
server's take together.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.postgres import PostgresServer, administer, run

HERE = Path.cwd()
SCRIPT = Path(__file__).with_name("cost_of_steps.py")
Costs = dict[str, tuple[float, float]]
"""By step: milliseconds a voter of our process, and of the server's."""


@dataclass(frozen=True)
class Version:
    """A tree's benchmark, which waits for its turn."""

    process: subprocess.Popen[str]

    def round(self) -> Costs:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.process.args} ended")
        found = json.loads(line)
        return {
            step: (costs[0], found["server"].get(step, [0.0])[0])
            for step, costs in found["ours"].items()
        }


@contextmanager
def started(tree: Path, options: argparse.Namespace, dsn: str) -> Iterator[Version]:
    python = sys.executable if tree == HERE else str(tree / ".venv" / "bin" / "python")
    command = [python, str(SCRIPT), "--in-turns"]
    command += ["--batch", str(options.batch), "--rounds", str(options.rounds)]
    command += ["--until", options.until] if options.until else []
    command += ["--engine", "postgres", "--database", dsn] if dsn else []
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    environment = os.environ | {"PYTHONPATH": str(tree)}
    with subprocess.Popen(command, cwd=tree, env=environment, text=True, **pipes) as process:
        try:
            yield Version(process)
        finally:
            process.terminate()


@dataclass
class Comparison:
    """Rounds of the other version and of this one, in pairs."""

    pairs: list[tuple[Costs, Costs]] = field(default_factory=list)

    def add(self, versions: list[Version], rounds: int) -> None:
        for version in versions:
            version.round()  # fills caches
        for number in range(rounds):
            order = versions if number % 2 else versions[::-1]
            costs = [version.round() for version in order]
            other, this = costs if number % 2 else costs[::-1]
            self.pairs.append((other, this))

    def report(self, engine: str, options: argparse.Namespace) -> None:
        load = f"load {os.getloadavg()[0]:.0f}, {time.strftime('%F')}"
        print(f"{engine}: {options.starts} starts, {options.rounds} rounds each, {load}")
        print("| step | other | this | ratio | quartiles | server, other | server, this | both |")
        print("|---|---|---|---|---|---|---|---|")
        for step in self.pairs[0][0]:
            found = [(other[step], this[step]) for other, this in self.pairs]
            ratios = [this[0] / other[0] for other, this in found]
            both = [sum(this) / sum(other) for other, this in found]
            low, _, high = statistics.quantiles(ratios, n=4)
            a, b = ([pair[which][0] for pair in found] for which in (0, 1))
            c, d = ([pair[which][1] for pair in found] for which in (0, 1))
            middle = statistics.median
            print(
                f"| {step} | {middle(a):.3f} | {middle(b):.3f} | {middle(ratios):.2f} "
                f"| {low:.2f} to {high:.2f} | {middle(c):.3f} | {middle(d):.3f} "
                f"| {middle(both):.2f} |",
                flush=True,
            )


def compare(engine: str, options: argparse.Namespace) -> None:
    comparison = Comparison()
    with ExitStack() as stack:
        server = PostgresServer() if engine == "postgres" else None
        if server is not None:
            stack.callback(server.stop)
        for start in range(options.starts):
            versions: list[Version] = []
            with ExitStack() as running:
                for tree in (options.tree.resolve(), HERE):
                    dsn = ""
                    if server is not None:
                        name = f"start_{start}_{len(versions)}"
                        run(administer(server.dsn(), f"CREATE DATABASE {name}"))
                        dsn = server.dsn(name)
                    versions.append(running.enter_context(started(tree, options, dsn)))
                comparison.add(versions, options.rounds)
    comparison.report(engine, options)


def main() -> None:
    parser = argparse.ArgumentParser(description="CPU time of each step, beside another version.")
    parser.add_argument("tree", type=Path, help="a checkout with a .venv")
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--batch", type=int, default=25)
    parser.add_argument("--until", help="leave out the steps that follow this one")
    parser.add_argument("--engines", default="sqlite,postgres")
    options = parser.parse_args()
    for engine in options.engines.split(","):
        compare(engine, options)


if __name__ == "__main__":
    main()
