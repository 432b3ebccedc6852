"""How many instructions each step takes beside another version; run by hand, for half an hour.

    git worktree add TREE 0.2.0 && make -C TREE .venv/.ready
    python -m tests.benchmarks.instructions_side_by_side TREE [--rounds 3] [--batch 10]
        [--engines sqlite,postgres]

Needs Debian's `valgrind`, which counts the instructions of `cost_of_steps` of this checkout in
either tree, all threads, between one reading of the process's clock and the next. That is the same
on a busy machine as on an idle one, to half a percent. It leaves out the kernel's part and the
database server's, which `steps_side_by_side` has. Printed are thousands a voter, the least of the
rounds after the first, and their ratio. The first request costs more: caches are filled.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.servers.postgres import PostgresServer, administer, run

HERE = Path.cwd()
SCRIPT = Path(__file__).with_name("cost_of_steps.py")
PATIENCE = 3 * 3600
HALF = ("accept a request", "confirm")
"""Steps of which each form, over HTTP and bare, has half of a batch's voters."""


def begin(tree: Path, options: argparse.Namespace, dsn: str, folder: Path) -> subprocess.Popen[str]:
    python = sys.executable if tree == HERE else str(tree / ".venv" / "bin" / "python")
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out"]
    command += ["--dump-before=time_process_time", python, str(SCRIPT), "--in-turns"]
    command += ["--batch", str(options.batch), "--rounds", str(options.rounds)]
    command += ["--engine", "postgres", "--database", dsn] if dsn else []
    environment = os.environ | {"PYTHONPATH": str(tree), "PYTHONHASHSEED": "0"}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=tree, env=environment, text=True, **pipes)


def counted(
    process: subprocess.Popen[str], options: argparse.Namespace, folder: Path
) -> dict[str, float]:
    """Thousands of instructions a voter, by step."""
    told, errors = process.communicate("\n" * (options.rounds + 1), timeout=PATIENCE)
    if process.returncode:
        raise SystemExit(errors[-2000:])
    steps = list(json.loads(told.splitlines()[-1])["ours"])
    found: dict[str, list[float]] = {step: [] for step in steps}
    for number in range(len(steps), len(steps) * (options.rounds + 1)):
        # Dumps lie before each reading of the clock: 1 is the start, 2 the first step, 3 what
        # lies between it and the second.
        dump = (folder / f"out.{2 * number + 2}").read_text()
        total = re.search(r"^totals: (\d+)", dump, re.MULTILINE)
        assert total
        step = steps[number % len(steps)]
        voters = options.batch // 2 if step.startswith(HALF) else options.batch
        found[step].append(int(total[1]) / voters / 1000)
    return {step: min(counts) for step, counts in found.items()}


def compare(engine: str, options: argparse.Namespace) -> None:
    trees = (options.tree.resolve(), HERE)
    with ExitStack() as stack:
        server = PostgresServer() if engine == "postgres" else None
        if server is not None:
            stack.callback(server.stop)
        begun: list[tuple[subprocess.Popen[str], Path]] = []
        for number, tree in enumerate(trees):
            dsn = ""
            if server is not None:
                run(administer(server.dsn(), f"CREATE DATABASE tree_{number}"))
                dsn = server.dsn(f"tree_{number}")
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            process = begin(tree, options, dsn, folder)
            stack.callback(process.terminate)
            begun.append((process, folder))
        other, this = (counted(process, options, folder) for process, folder in begun)
    print(f"{engine}\n| step | other | this | ratio |\n|---|---|---|---|")
    for step in this:
        ratio = this[step] / other[step]
        print(f"| {step} | {other[step]:,.0f} | {this[step]:,.0f} | {ratio:.3f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Instructions of each step, beside a version.")
    parser.add_argument("tree", type=Path, help="a checkout with a .venv")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batch", type=int, default=10)
    parser.add_argument("--engines", default="sqlite,postgres")
    options = parser.parse_args()
    for engine in options.engines.split(","):
        compare(engine, options)


if __name__ == "__main__":
    main()
