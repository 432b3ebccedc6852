"""How long an import of the whole register takes. Run by hand, from the checkout's root:

    python tests/benchmarks/import_register.py [--voters 1500000] [--processes N] [--twice]
        [--postgres]

Voters are fictitious: example.org addresses, phone numbers that Arcep reserves for fiction or like
the examples of every country's mobile numbers. Lines that an import must reject or remark on are
mixed in, and NUMICs come in no order. Prints seconds, lines a second, peak memory (this
process and the greatest of its children, times their number) and the reconciliation. With
`--postgres` into a server of its own, the second time beside a process that looks voters up 200
times a second: prints how long these wait before, during, and in the second of the swap.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import phonenumbers

from adapters.connections.postgres import PostgresPool
from adapters.register.import_csv import import_register
from adapters.register.import_csv.into_postgres import PostgresDestination
from adapters.register.import_csv.parallel import suitable_processes
from adapters.register.postgres import PostgresRegister
from core.keys import Keyring, SecretKey
from core.voter import Identifier, Numic
from tests.servers.postgres import PostgresServer

_SYMBOLS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_KEYRING = Keyring((SecretKey("benchmark", b"k" * 32),))
_RATE = 200
_ODD = ("", "01 99 00 12 34", "+33 1 99 00 12 34", "not a number", "+33 6 39 98")


def _mobiles() -> list[str]:
    """The library's example of a mobile number for each country, without its last four digits."""
    examples = (
        phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
        for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    )
    numbers = [
        phonenumbers.format_number(each, phonenumbers.PhoneNumberFormat.E164)[:-4]
        for each in examples
        if each is not None
    ]
    spaced = [f"{number[:3]} {number[3:]}" for number in numbers]
    return numbers + spaced + [f"00{number[1:]}" for number in numbers]


def _phone(chance: random.Random, mobiles: list[str], number: int) -> str:
    if number % 20 == 0:
        return chance.choice(_ODD)
    start = "+33 6 39 98 " if number % 20 == 1 else chance.choice(mobiles)
    return f"{start}{chance.randrange(10_000):04d}"


def _lines(voters: int) -> Iterator[str]:
    chance = random.Random(2026)
    yield "numic;numel;identifier;email;phone;identifier_renewed_in\n"
    mobiles = _mobiles()
    numics = chance.sample(range(10**8), voters)
    numels = chance.sample(range(10**9), voters)
    for number, (numic, numel) in enumerate(zip(numics, numels, strict=True)):
        identifier = "".join(chance.choices(_SYMBOLS, k=12))
        if number % 1000 == 999:
            identifier = "short"
        if number % 5000 == 2500:
            numic = numics[number - 1]
        email = f"voter.{number % (voters - voters // 50)}@example.org"
        phone = _phone(chance, mobiles, number)
        yield f"{numic:08d};{numel:09d};{identifier};{email};{phone};\n"


def _memory() -> tuple[float, float]:
    """Peak MB of this process, and of the greatest child."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return own / 1024, child / 1024


def _import(source: Path, folder: Path, processes: int | None, dsn: str | None) -> None:
    file, report = folder / "register.sqlite3", folder / "report.csv"
    register = PostgresDestination(dsn) if dsn else file
    if processes is None:
        processes = suitable_processes(source.stat().st_size)
    started, cpu = time.perf_counter(), time.process_time()
    outcome = import_register(source, register, _KEYRING, report=report, processes=processes)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    own, child = _memory()
    sizes = [path.stat().st_size >> 20 if path.exists() else 0 for path in (source, file)]
    print(f"{outcome.lines} lines in {seconds:.1f} s: {outcome.lines / seconds:.0f} a second")
    print(f"{processes} parsing processes; {cpu:.1f} s of processor in the loading one")
    print(f"peak memory {own:.0f} MB and {processes} x {child:.0f} MB")
    print(f"source {sizes[0]} MB, register {sizes[1]} MB")
    print(outcome)


async def _look_up(source: Path, dsn: str, taken: Path) -> None:
    """Until killed: a line for each lookup, of when it began and how many milliseconds it took."""
    pool = PostgresPool(dsn)
    register = PostgresRegister(pool, _KEYRING)
    with source.open() as lines:
        numics = [Numic(line[:8]) for _, line in zip(range(5000), lines, strict=False)][1:]
    identifier = Identifier.parse("K7WPQ2M4XN9B")

    async def one(numic: Numic, find: bool) -> None:
        began = time.time()
        await (register.find(numic) if find else register.identifier_matches(numic, identifier))
        file.write(f"{began} {(time.time() - began) * 1000}\n")

    with taken.open("w", buffering=1) as file:
        started, number, running = time.time(), 0, set[asyncio.Task[None]]()
        while True:
            task = asyncio.create_task(one(random.choice(numics), number % 2 == 0))
            running.add(task)
            task.add_done_callback(running.discard)
            number += 1
            await asyncio.sleep(max(0, started + number / _RATE - time.time()))


def _print_waits(taken: Path, began: float, ended: float) -> None:
    times = [tuple(map(float, line.split())) for line in taken.read_text().splitlines()]
    spans = {"before": (0, began), "during": (began, ended), "last second": (ended - 1, ended + 1)}
    for name, (first, last) in spans.items():
        waits = sorted(wait for at, wait in times if first <= at < last)
        p50, p99 = waits[len(waits) // 2], waits[len(waits) * 99 // 100]
        print(
            f"{name}: {len(waits)} lookups, p50 {p50:.1f}, p99 {p99:.1f}, most {waits[-1]:.1f} ms"
        )


def _into_postgres(folder: str, asked: list[str]) -> None:
    server, taken = PostgresServer(), Path(folder) / "taken"
    step = ["--folder", folder, "--dsn", server.dsn(), "--step"]
    try:
        _apart([*step, "import", *asked])
        with subprocess.Popen([sys.executable, __file__, *step, "look-up"]) as looking:
            try:
                time.sleep(10)
                began = time.time()
                _apart([*step, "import", *asked])
                ended = time.time()
                time.sleep(3)
            finally:
                looking.kill()
        _print_waits(taken, began, ended)
    finally:
        server.stop()


def _apart(arguments: list[str]) -> None:
    """In a process of its own: a process counts its starter's peak memory as its own."""
    subprocess.run([sys.executable, __file__, *arguments], check=True)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--voters", type=int, default=1_500_000)
    options.add_argument("--processes", type=int)
    options.add_argument("--twice", action="store_true", help="import again over the first")
    options.add_argument(
        "--step", choices=("make", "import", "look-up"), help="used by the script itself"
    )
    options.add_argument("--folder", type=Path)
    options.add_argument("--postgres", action="store_true", help="into a server of its own")
    options.add_argument("--dsn", help="used by the script itself")
    given = options.parse_args()
    if given.step == "make":
        with (given.folder / "voters.csv").open("w") as file:
            file.writelines(_lines(given.voters))
    elif given.step == "import":
        _import(given.folder / "voters.csv", given.folder, given.processes, given.dsn)
    elif given.step == "look-up":
        asyncio.run(_look_up(given.folder / "voters.csv", given.dsn, given.folder / "taken"))
    else:
        with tempfile.TemporaryDirectory() as folder:
            _apart(["--folder", folder, "--step", "make", "--voters", str(given.voters)])
            asked = [] if given.processes is None else ["--processes", str(given.processes)]
            if given.postgres:
                _into_postgres(folder, asked)
                return
            for _ in range(2 if given.twice else 1):
                _apart(["--folder", folder, "--step", "import", *asked])


if __name__ == "__main__":
    main()
