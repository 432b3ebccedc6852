"""The elections that `reassort demo --election` shows: simulated, and recorded into the package.

python -m tests.simulation.timeline_data --write
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import structlog

import adapters.replay
from adapters.replay.recorded import ELECTIONS, ENDING, write_election

from .election import Election
from .model import HOUR, Demand, Profile
from .profiles import (
    ARGENTINA,
    ARGENTINA_2022,
    BRAZIL,
    GERMANY,
    GOOD,
    GOOD_DAY,
    HELD_BACK,
    LET_THROUGH,
    STATES,
    route,
    through,
)
from .recorder import Recorder
from .variants import one_operator_blocks

FOLDER = Path(adapters.replay.__file__).parent / ELECTIONS
SEED = "2022"
ABOUT = (
    "Made up by a simulation (docs/reference/simulation.md): no voter, no operator and no message "
    "in it has ever been."
)
SOON = Demand(days_before=1, at_the_end=0.25, end=8 * HOUR, during=0.1)
"""Many ask on the first day, so that much happens while one looks."""


@dataclass(frozen=True)
class Shown:
    """`starts`: so long after renewals have opened."""

    title: str
    profile: Profile
    voters: int
    starts: timedelta


AMONG_OTHERS = replace(
    ARGENTINA_2022,
    countries={ARGENTINA: 0.4, BRAZIL: 0.2, GERMANY: 0.25, STATES: 0.15},
    routes=(
        through(through(route("A", 0.05, everywhere=GOOD), "AR", HELD_BACK), "AR/Sur", LET_THROUGH),
        *ARGENTINA_2022.routes[1:],
    ),
    demand=SOON,
)
"""Route A does in Argentina what it did in 2022, and well everywhere else."""

SHOWN: Mapping[str, Shown] = {
    "argentina-2022": Shown("Argentina 2022, among others", AMONG_OTHERS, 1500, HOUR),
    "an-operator-blocks": Shown(
        "an operator blocks, in Argentina", one_operator_blocks(AMONG_OTHERS), 1000, 5 * HOUR
    ),
    "a-good-day": Shown("a good day", replace(GOOD_DAY, demand=SOON), 400, 2 * HOUR),
}


def recorded(shown: Shown) -> Recorder:
    """Of an election that is to be run."""
    recorder = Recorder(Election(shown.profile, shown.voters, SEED))
    recorder.election.every_hour = recorder
    return recorder


def lines(shown: Shown, recorder: Recorder) -> Iterator[bytes]:
    """Of the file: the heading, then the changes."""
    yield orjson.dumps(_heading(shown))
    yield from map(orjson.dumps, recorder.changes())


def _heading(shown: Shown) -> dict[str, Any]:
    profile = shown.profile
    (held,) = profile.calendar.rounds
    routes = (each.route for each in profile.routes)
    return {
        "about": ABOUT,
        "title": shown.title,
        "voters": shown.voters,
        "round": held.id,
        "opens_at": held.opens_at,
        "vote_opens_at": profile.opens_at,
        "closes_at": held.closes_at,
        "starts_at": held.opens_at + shown.starts,
        "routes": {
            each.name: (each.cost["*"] / 1_000_000, each.receipt_within.total_seconds())
            for each in routes
            if each.receipt_within is not None
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    for name, shown in SHOWN.items():
        recorder = recorded(shown)
        recorder.election.run_to_end()
        made = list(lines(shown, recorder))
        if given.write:
            write_election(FOLDER / f"{name}{ENDING}", made)
        print(f"{name}: {len(made) - 1:,} changes")


if __name__ == "__main__":
    main()
