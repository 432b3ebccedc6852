"""Simulate whole elections and print what becomes of their voters; run by hand.

    python -m tests.simulation.run [--voters 1000] [--seed 2022] [--table elections] [--write]

`--table`: that one only. `--write` puts the tables between the markers of
docs/reference/simulation.md. The same seed gives the same tables. All of
them take some half an hour of one core.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import structlog

from .constituencies import held
from .election import Election, simulate
from .intruders import Harm
from .mailboxes import MAIL_RUNS, Mailed, mailed
from .model import Profile
from .outcome import Outcome
from .profiles import PROFILES
from .variants import INTRUSIONS, VARIANTS

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "reference" / "simulation.md"
EXPLANATION = DOCS / "explanation" / "delivery.md"
FEW = 400
"""Voters, for relays that are judged by few links."""
IN_SHORT = (
    "election",
    "routes",
    "able at opening",
    "able at end",
    "wait 50 / 90 / 99 %",
    "SMS a voter",
)
HARM = (
    "of these, victims",
    "guessed at",
    "renewals in 24 h",
    "a password good for",
    "guesses in 24 h",
    "e-mails in 24 h",
    "without a link",
    "robot let in",
)
MAIL = (
    "election",
    "relays",
    "voters of the domain",
    "link within 20 min / 1 h / at all",
    "able at end",
    "others, within 20 min",
    "links a voter: domain / others",
    "fell after",
    "wrong falls",
)
ROUNDS = (
    "constituency",
    "votes for",
    "voters",
    "asked in time",
    "of these able at end",
    "passwords after its end",
    "requests in another round",
)
COLUMNS = (
    "able at opening",
    "able at end",
    "gave up",
    "wrong SMS",
    "wait 50 / 90 / 99 %",
    "SMS a voter",
    "twice",
    "by route",
    "cost a voter",
    "falls / recoveries",
    "unreached: known / real",
)


def row(names: tuple[str, ...], outcome: Outcome) -> str:
    """One line of a table."""
    opening, voters = outcome.opening, outcome.voters
    waits = " / ".join(_short(outcome.wait(share)) for share in (0.5, 0.9, 0.99))
    cells = (
        *names,
        _share(opening.able, opening.asked),
        _share(outcome.able, voters),
        _share(outcome.gave_up, voters),
        _share(outcome.stale, voters),
        waits,
        f"{outcome.sent / voters:.2f}",
        f"{outcome.duplicates / voters:.2f}",
        " / ".join(
            f"{100 * taken / max(outcome.sent, 1):.0f} %" for taken in outcome.taken.values()
        ),
        f"{outcome.cost / voters / 1_000_000:.2f}",
        f"{outcome.falls} / {outcome.recoveries}",
        f"{outcome.thought_unreached} / {outcome.unreached}",
    )
    return f"| {' | '.join(cells)} |"


def head(names: tuple[str, ...]) -> str:
    titles = (*names, *COLUMNS)
    return f"| {' | '.join(titles)} |\n{'|---' * len(titles)}|"


def elections(voters: int, seed: str) -> Iterator[str]:
    """Each profile with one route and with all of them."""
    yield head(("election", "routes"))
    for profile in PROFILES:
        for run in (profile.with_one_route(), profile):
            yield row((profile.name, str(len(run.routes))), simulate(run, voters, seed))


def what_ifs(voters: int, seed: str) -> Iterator[str]:
    """Each variant beside the others."""
    yield head(("election", "what if"))
    for name, profile, change in VARIANTS:
        changed: Profile = replace(change(profile), name=profile.name)
        yield row((profile.name, name), simulate(changed, voters, seed))


def intrusions(voters: int, seed: str) -> Iterator[str]:
    """One election with intruders of each kind, and of all kinds where the caps are tight."""
    titles = ("intruders", "able at end", *HARM)
    yield f"| {' | '.join(titles)} |\n{'|---' * len(titles)}|"
    for name, profile in INTRUSIONS:
        election = Election(profile, voters, seed)
        outcome = election.run_to_end()
        cells = (name, _share(outcome.able, voters), *suffered(election.harm))
        yield f"| {' | '.join(cells)} |"


def mail(voters: int, seed: str) -> Iterator[str]:
    """Elections in which one relay's e-mails are swallowed, without and with a second relay."""
    yield f"| {' | '.join(MAIL)} |\n{'|---' * len(MAIL)}|"
    for profile in MAIL_RUNS:
        yield mail_row(profile.name, len(profile.relays), mailed(profile, 5 * voters, seed))
    for profile in MAIL_RUNS[:2]:
        few = mailed(profile, FEW, seed)
        yield mail_row(f"{profile.name}, {FEW} voters", len(profile.relays), few)


def rounds(voters: int, seed: str) -> Iterator[str]:
    """One election in which constituencies vote for different times, and one does not."""
    yield f"| {' | '.join(ROUNDS)} |\n{'|---' * len(ROUNDS)}|"
    for each in held(voters, seed):
        lasts = f"{each.days} days" if each.days else "-"
        able = _share(each.able, each.in_time)
        cells = (each.name, lasts, each.voters, each.in_time, able, each.too_late, each.astray)
        yield f"| {' | '.join(str(cell) for cell in cells)} |"


def mail_row(name: str, relays: int, seen: Mailed) -> str:
    cells = (
        name,
        str(relays),
        f"{seen.asked:,}",
        " / ".join(f"{100 * share:.1f} %" for share in seen.within),
        f"{100 * seen.able:.1f} %",
        f"{100 * seen.others_within:.1f} %",
        f"{seen.links:.2f} / {seen.others_links:.2f}",
        f"{seen.fell_after.total_seconds() / 3600:.1f} h" if seen.fell_after else "-",
        str(seen.wrongly_fell),
    )
    return f"| {' | '.join(cells)} |"


def suffered(harm: Harm) -> tuple[str, ...]:
    """The cells of `HARM`; a dash where nobody was there to do it."""
    good_for = f"{harm.good_for.total_seconds() / 3600:.1f} h" if harm.good_for else "-"
    return (
        _of(harm.able, harm.victims),
        _of(harm.guessed_able, harm.guessed),
        str(harm.confirmed or "-"),
        good_for,
        str(harm.guesses or "-"),
        str(harm.written or "-"),
        _of(harm.without_link, harm.samples),
        _of(harm.opened, harm.tried),
    )


def _of(part: int, of: int) -> str:
    return f"{part} of {of:,}" if of else "-"


def in_short(lines: Sequence[str]) -> list[str]:
    """The elections with the columns that the explanation shows."""
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    places = [table[0].index(title) for title in IN_SHORT]
    return [f"| {' | '.join(cells[place] for place in places)} |" for cells in table]


def write(name: str, lines: Sequence[str]) -> None:
    """The table into its page, and what the explanation has of it."""
    PAGE.write_text(put(PAGE.read_text("utf-8"), name, "\n".join(lines)), "utf-8")
    if name == "elections":
        short = put(EXPLANATION.read_text("utf-8"), "summary", "\n".join(in_short(lines)))
        EXPLANATION.write_text(short, "utf-8")


def put(page: str, block: str, content: str) -> str:
    """The page with this block's content between its markers."""
    start, end = f"<!-- {block}: written by tests/simulation/run.py -->", f"<!-- end of {block} -->"
    before, found, rest = page.partition(start)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise SystemExit(f"the markers of the block `{block}` are missing")
    return f"{before}{start}\n\n{content}\n\n{end}{after}"


def _share(part: int, of: int) -> str:
    return f"{100 * part / of:.1f} %" if of else "-"


def _short(wait: timedelta | None) -> str:
    if wait is None:
        return "-"
    minutes = wait.total_seconds() / 60
    return f"{minutes:.0f} min" if minutes < 100 else f"{minutes / 60:.0f} h"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(";")[0])
    parser.add_argument("--voters", type=int, default=1000)
    parser.add_argument("--seed", default="2022")
    parser.add_argument("--table", choices=TABLES)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    quiet = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=quiet)
    for name in [given.table] if given.table else TABLES:
        lines: list[str] = []
        for line in TABLES[name](given.voters, given.seed):
            print(line, flush=True)
            lines += line.splitlines()
        if given.write:
            write(name, lines)
    print(f"{time.process_time():.0f} s of one core", file=sys.stderr)


TABLES = {
    "elections": elections,
    "what-ifs": what_ifs,
    "rounds": rounds,
    "intruders": intrusions,
    "mail": mail,
}

if __name__ == "__main__":
    main()
