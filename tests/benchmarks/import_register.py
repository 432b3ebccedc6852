"""How long an import of the whole register takes. Run by hand, from the checkout's root:

    python tests/benchmarks/import_register.py [--voters 1500000] [--processes N] [--twice]

Voters are fictitious: example.org addresses, phone numbers that Arcep reserves for fiction or like
the examples of every country's mobile numbers. Lines that an import must reject or remark on are
mixed in, and NUMICs come in no order. Prints seconds, lines a second, peak memory (this
process and the greatest of its children, times their number) and the reconciliation.
"""

from __future__ import annotations

import argparse
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

from adapters.register.import_csv import import_register
from adapters.register.import_csv.parallel import suitable_processes
from core.keys import Keyring, SecretKey

_SYMBOLS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
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


def _import(source: Path, folder: Path, processes: int | None) -> None:
    keyring = Keyring((SecretKey("benchmark", b"k" * 32),))
    register, report = folder / "register.sqlite3", folder / "report.csv"
    if processes is None:
        processes = suitable_processes(source.stat().st_size)
    started, cpu = time.perf_counter(), time.process_time()
    outcome = import_register(source, register, keyring, report=report, processes=processes)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    own, child = _memory()
    sizes = [path.stat().st_size >> 20 for path in (source, register)]
    print(f"{outcome.lines} lines in {seconds:.1f} s: {outcome.lines / seconds:.0f} a second")
    print(f"{processes} parsing processes; {cpu:.1f} s of processor in the loading one")
    print(f"peak memory {own:.0f} MB and {processes} x {child:.0f} MB")
    print(f"source {sizes[0]} MB, register {sizes[1]} MB")
    print(outcome)


def _apart(arguments: list[str]) -> None:
    """In a process of its own: a process counts its starter's peak memory as its own."""
    subprocess.run([sys.executable, __file__, *arguments], check=True)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--voters", type=int, default=1_500_000)
    options.add_argument("--processes", type=int)
    options.add_argument("--twice", action="store_true", help="import again over the first")
    options.add_argument("--step", choices=("make", "import"), help="used by the script itself")
    options.add_argument("--folder", type=Path)
    given = options.parse_args()
    if given.step == "make":
        with (given.folder / "voters.csv").open("w") as file:
            file.writelines(_lines(given.voters))
    elif given.step == "import":
        _import(given.folder / "voters.csv", given.folder, given.processes)
    else:
        with tempfile.TemporaryDirectory() as folder:
            _apart(["--folder", folder, "--step", "make", "--voters", str(given.voters)])
            asked = [] if given.processes is None else ["--processes", str(given.processes)]
            for _ in range(2 if given.twice else 1):
                _apart(["--folder", folder, "--step", "import", *asked])


if __name__ == "__main__":
    main()
