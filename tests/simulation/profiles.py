"""Five elections, as a model. What is measured names its source; all else is assumed.

Sources:

- Conseil constitutionnel, 2022-5813/5814 AN, 20 January 2023: when the vote opened, 11 % of the
  SMS with passwords had been delivered in Argentina, 38 % at its end. The vote by internet took
  place from a Friday noon to the next Wednesday noon, in Paris.
- The Government on the same (National Assembly, 24 January 2023): the provider did not succeed with
  every telephone operator abroad. Which ones, and when the late SMS came, is not known:
  `LET_THROUGH` (by one operator, at once) and `HELD_BACK` (by two, for days) are one way through
  both figures, and a test holds them to it.
- TeleSign (telesign.com/blog), "Trusting Delivery Reports": 1 to 5 % of all SMS are lost in normal
  operation; some operators report nothing, and deliveries that never were have been reported.
- Operators in the United States carry no alphanumeric sender names: what becomes of such SMS is the
  route's choice.

Shares of the market are round figures. Operators have invented names. Costs are in millionths of a
unit of money.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.routes import Route

from .model import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Channel,
    Country,
    Delay,
    Demand,
    Outage,
    Profile,
    RouteModel,
)

THREE_OPERATORS = {"Norte": 0.4, "Centro": 0.33, "Sur": 0.27}
ARGENTINA = Country("AR", "+540000", timedelta(hours=-3), THREE_OPERATORS, constituency="2")
GERMANY = Country("DE", "+490000", timedelta(hours=2), THREE_OPERATORS, constituency="7")
BRITAIN = Country("GB", "+440000", timedelta(hours=1), THREE_OPERATORS, constituency="3")
STATES = Country("US", "+10000", timedelta(hours=-4), THREE_OPERATORS, constituency="1")
BRAZIL = Country("BR", "+550000", timedelta(hours=-3), THREE_OPERATORS, constituency="2")
"""Their numbers begin with zeros after the calling code, which no plan gives out."""

GOOD = Channel()
FAIR = Channel(delivered=0.93, delay=Delay(15 * SECOND, 1.3), told=0.9)
POOR = Channel(delivered=0.8, delay=Delay(40 * SECOND, 1.5), told=0.8)
LET_THROUGH = Channel(delivered=0.23, delay=Delay(1 * MINUTE), loss_told=0.2)
HELD_BACK = Channel(delivered=0.535, delay=Delay(100 * HOUR, 0.5), loss_told=0.2)

RECEIPT = 5 * MINUTE


def route(
    name: str, cost: float, within: timedelta | None = RECEIPT, **channels: Channel
) -> RouteModel:
    """A route by its channels; `everywhere` is the channel of places that have none."""
    places = {"*" if place == "everywhere" else place: each for place, each in channels.items()}
    known = Route(name, cost={"*": round(cost * 1_000_000)}, receipt_within=within)
    return RouteModel(known, places)


def through(model: RouteModel, place: str, channel: Channel) -> RouteModel:
    """The route, with a channel of its own to this place."""
    return replace(model, channels={**model.channels, place: channel})


ARGENTINA_2022 = Profile(
    "Argentina 2022",
    {ARGENTINA: 1.0},
    (
        through(route("A", 0.05, everywhere=HELD_BACK), "AR/Sur", LET_THROUGH),
        route("B", 0.07, everywhere=FAIR),
        route("C", 0.11, everywhere=GOOD),
    ),
    demand=Demand(days_before=4, at_the_end=0.3, end=16 * HOUR, during=0.0),
)
"""As in 2022 every SMS is due before the vote opens."""

FOUR_COUNTRIES = {GERMANY: 0.4, BRITAIN: 0.35, STATES: 0.15, ARGENTINA: 0.1}
OUTAGE = Profile(
    "a route goes silent",
    FOUR_COUNTRIES,
    (
        replace(
            route("A", 0.05, everywhere=GOOD),
            outages=(Outage(-6 * HOUR, 6 * HOUR, silent=True), Outage(2 * DAY, 2 * DAY + HOUR)),
        ),
        route("B", 0.07, everywhere=FAIR),
    ),
)
"""It takes SMS and loses them from six hours before the vote opens to six hours after; two days
later it does not answer for an hour."""

SLOW = Profile(
    "a slow route",
    {BRAZIL: 1.0},
    (
        route("A", 0.05, everywhere=Channel(delivered=0.95, delay=Delay(12 * MINUTE, 1.0))),
        route("B", 0.07, everywhere=FAIR),
    ),
)

SENDERS_REFUSED = Profile(
    "sender names refused",
    {STATES: 0.5, BRITAIN: 0.5},
    (
        route("A", 0.05, US=Channel(refused=0.6, delivered=0.3), everywhere=GOOD),
        route("B", 0.07, everywhere=FAIR),
    ),
)
"""In one country A refuses most SMS at once and loses most of the others."""

GOOD_DAY = Profile(
    "a good day",
    {GERMANY: 0.5, BRITAIN: 0.35, STATES: 0.15},
    (route("A", 0.05, everywhere=GOOD), route("B", 0.07, everywhere=FAIR)),
)

TWO_ROUNDS = replace(GOOD_DAY, name="two constituencies", rounds={"7": 5 * DAY, "3": 3 * DAY})
"""Germany's and Britain's vote again, each in a round of its own; the States' does not, and its
voters ask all the same."""

PROFILES = (ARGENTINA_2022, OUTAGE, SLOW, SENDERS_REFUSED, GOOD_DAY)


def lying(profile: Profile, share: float) -> Profile:
    """The profile, with a first route that reports this share of its SMS as delivered at once."""
    first = profile.routes[0]
    channels = {place: replace(each, lies=share) for place, each in first.channels.items()}
    return replace(
        profile,
        name=f"{profile.name}, A lies",
        routes=(replace(first, channels=channels), *profile.routes[1:]),
    )
