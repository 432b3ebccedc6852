"""What a vote needs, computed from the figures of a run: cores, machines, SMS routes, money.

Every figure from outside has its source beside it, and is there to be replaced by one's own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .page import table
from .renewals import CODE
from .results import Results

RENEWALS, HOURS, PEAK = 272_000, 48, 10
"""As many as voters renewed, how long, and how many times the mean the busiest seconds are."""
STORM = 1_600
"""Renewals a second: a hundred times the peak."""
BUSY = 0.5
"""The part of a core that is used at the peak. The rest is for a machine that is lost, for retries,
and for what a measurement does not see."""
PARTS = ("gateway", "worker", "argon2id", "PostgreSQL")
"""What a cost's name begins with."""
CORES_OF_A_MACHINE = 4
EURO_A_CORE_HOUR = 2.35 / 64
PRICE_SOURCE = (
    "2.35 € an hour for the 64 vCPU of Scaleway's ENT1-XL, without storage "
    "([its documentation, September 2024](https://github.com/scaleway/docs-content/pull/3707))"
)
EURO_AN_SMS = 0.048
SMS_SOURCE = (
    "a credit of OVHcloud in packs of 100, [February 2023]"
    "(https://help.ovhcloud.com/csm/en-ie-sms-credit-management"
    "?id=kb_article_view&sysparm_article=KB0051353); an SMS to metropolitan France "
    "takes [one credit](https://help.ovhcloud.com/csm/en-ie-sms-faq"
    "?id=kb_article_view&sysparm_article=KB0075339), to other countries what its grid says"
)


@dataclass(frozen=True)
class Route:
    """SMS a second that a provider tells as its default; None where it tells none."""

    name: str
    rate: float | None
    source: str


ROUTES = (
    Route(
        "Vonage, one API key",
        30,
        "[30 requests a second by default](https://api.support.vonage.com/hc/en-us/articles/"
        "203993598-What-is-the-Throughput-Limit-for-Outbound-SMS), more on request",
    ),
    Route(
        "Telnyx, one account",
        50,
        "[50 a second by default, 0.1 for one alphanumeric sender ID]"
        "(https://developers.telnyx.com/docs/messaging/messages/rate-limiting), more on request",
    ),
    Route(
        "8x8, one sub-account",
        1_800,
        "[1,800 requests a second by default]"
        "(https://developer.8x8.com/connect/docs/api-rate-limiting); "
        "what operators take is another matter",
    ),
    Route("OVHcloud, one account", None, "none is published: ask, and fill in"),
    Route("an operator's SMSC, one bind", None, "by contract: fill in"),
)


@dataclass(frozen=True)
class Demand:
    """How many renewals a second, and for how many hours machines are paid."""

    words: str
    rate: float
    hours: int = HOURS


def demands() -> Sequence[Demand]:
    mean = RENEWALS / HOURS / 3600
    return (
        Demand(f"on average, {mean:.1f} a second", mean),
        Demand(f"at the peak, {PEAK * mean:.0f} a second", PEAK * mean),
        Demand(f"{STORM:,} a second", STORM, 1),
    )


def cores(costs: Mapping[str, float], rate: float) -> dict[str, float]:
    """By who needs them, at `rate` renewals a second: two codes, and each step once."""
    milliseconds: dict[str, float] = dict.fromkeys(PARTS, 0.0)
    for name, cost in costs.items():
        who = next(each for each in milliseconds if name.startswith(each))
        milliseconds[who] += 2 * cost if name == CODE else cost
    return {who: cost * rate / 1000 / BUSY for who, cost in milliseconds.items()}


def machines(needed: float) -> int:
    """With so many cores, one of them to spare, two at least."""
    return max(2, math.ceil(needed / CORES_OF_A_MACHINE) + 1)


def euro_for_machines(count: int, hours: float) -> float:
    return count * CORES_OF_A_MACHINE * hours * EURO_A_CORE_HOUR


def plan(results: Results) -> str:
    """The tables, as Markdown. Raises `ValueError` where no renewal was measured."""
    if not results.renewal:
        raise ValueError("no whole renewal was measured")
    load = results.circumstances["load"][1]
    measured = (
        f"Measured on {results.circumstances['when']} on one machine ("
        f"{results.circumstances['processor']}, load {load:.0f}), milliseconds of CPU a renewal:"
    )
    parts = [measured, _costs(results.renewal), _cores(results.renewal), _machines(results)]
    return "\n\n".join([*parts, *_routes()])


def _costs(costs: Mapping[str, float]) -> str:
    rows = [
        [name + (", twice" if name == CODE else ""), f"{each:.2f}"] for name, each in costs.items()
    ]
    return table(["what", "ms"], rows)


def _cores(costs: Mapping[str, float]) -> str:
    needed = {each.words: cores(costs, each.rate) for each in demands()}
    rows = [
        [who, *(f"{needed[words][who]:,.2f}" for words in needed)]
        for who in next(iter(needed.values()))
    ]
    rows.append(["together", *(f"{sum(each.values()):,.2f}" for each in needed.values())])
    return table([f"cores, each {BUSY:.0%} busy", *_heads()], rows)


def _machines(results: Results) -> str:
    columns = [_needed(results.renewal, each) for each in demands()]
    rows = [[what, *(each[what] for each in columns)] for what in columns[0]]
    stored = results.extras.get("request_bytes", 0.0) * RENEWALS / 2**20
    note = (
        f"Money at {PRICE_SOURCE}. The rows of {RENEWALS:,} accepted requests and their jobs, with "
        f"indexes, take {stored:,.0f} MiB."
    )
    return f"{table(['machines', *_heads()], rows)}\n\n{note}"


def _needed(costs: Mapping[str, float], demand: Demand) -> dict[str, str]:
    """What and how many, in words."""
    needed = cores(costs, demand.rate)
    stored = math.ceil(needed.pop("PostgreSQL") / CORES_OF_A_MACHINE)
    ours = machines(sum(needed.values()))
    hours = "an hour" if demand.hours == 1 else f"{demand.hours} hours"
    euro = euro_for_machines(ours + 2 * stored, demand.hours)
    return {
        "gateways and workers, one to spare": f"{ours:,} × {CORES_OF_A_MACHINE} cores",
        "PostgreSQL, and a standby": f"2 × {stored * CORES_OF_A_MACHINE:,} cores",
        "all of them": f"{euro:,.0f} € for {hours}",
    }


def _routes() -> list[str]:
    _, peak, storm = demands()
    rows = [
        [
            route.name,
            f"{route.rate:,.0f}" if route.rate else "…",
            *(
                f"{math.ceil(each.rate / route.rate)}" if route.rate else f"{each.rate:,.0f} / …"
                for each in (peak, storm)
            ),
            route.source,
        ]
        for route in ROUTES
    ]
    head = ["route", "SMS a second", f"routes {peak.words}", f"for {storm.words}", "source"]
    price = (
        f"{RENEWALS:,} SMS at {EURO_AN_SMS} € are {RENEWALS * EURO_AN_SMS:,.0f} €: {SMS_SOURCE}. "
        "Voters abroad have other prices: multiply by your route's, by country."
    )
    return [table(head, rows), price]


def _heads() -> list[str]:
    return [each.words for each in demands()]
