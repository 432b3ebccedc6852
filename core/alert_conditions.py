"""What is found in the records, and heard of events, that may be an alert (R53).

Each threshold has a lower one beside it, until which an alert stays open.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from core.alert import AlertAxis, AlertKind, AlertPlace, Condition
from core.delivery import DeliveryState
from core.delivery_figures import LOST, AlertRule, Arrival, Count, Rate, Unreached
from core.events import (
    Alert,
    ClockRefused,
    Event,
    PasswordsRefused,
    RefusalsSurged,
    RestoreFound,
)
from core.jobs import Backlog
from core.link_shares import MailVerdict
from core.messages import Channel
from core.outage import Outage
from core.receipts import BOUNCES
from core.route_health import Health, Verdict
from core.workers_seen import WorkersSeen

_AXES = {Channel.SMS: AlertAxis.COUNTRY, Channel.EMAIL: AlertAxis.MAILBOX_DOMAIN}
ENDED = LOST | {DeliveryState.DELIVERED}
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"


def of_routes(verdicts: Iterable[Verdict]) -> Iterator[Condition]:
    """Routes that have fallen in a country: the verdicts have their own two thresholds."""
    for each in verdicts:
        if each.health is Health.FAILING:
            value = f"{each.route}: {each.country}"
            place = AlertPlace(AlertKind.ROUTE_FELL, AlertAxis.ROUTE, value)
            yield Condition(place, {"route": each.route, "country": each.country})


def of_mail_routes(verdicts: Iterable[MailVerdict]) -> Iterator[Condition]:
    """Relays that have fallen in a mailbox domain, likewise."""
    for each in verdicts:
        if each.health is Health.FAILING:
            value = f"{each.route}: {each.domain}"
            place = AlertPlace(AlertKind.MAIL_ROUTE_FELL, AlertAxis.ROUTE, value)
            yield Condition(place, {"route": each.route, "mailbox_domain": each.domain})


def of_rates(found: Iterable[Rate], rule: AlertRule) -> Iterator[Condition]:
    """Countries and mailbox domains in which too few messages arrive, and hardly by chance."""
    for each in found:
        ended = each.not_refused + each.lost
        is_over = rule.is_low(each) and rule.is_surely_low(each.not_refused, ended)
        if is_over or rule.stays_low(each):
            place = AlertPlace(AlertKind.DELIVERY_FELL, _AXES[each.channel], each.group)
            yield Condition(place, {"delivered": each.not_refused, "ended": ended}, is_over)


def of_first_losses(counts: Iterable[Count], rule: AlertRule) -> Iterator[Condition]:
    """Routes that lose so many of their first SMS to a country that it can hardly be chance: before
    a route has fallen, or a country's share is low."""
    sums = defaultdict[tuple[str, str], Counter[bool]](Counter)
    for each in counts:
        if each.channel is Channel.SMS and each.state in ENDED:
            is_lost = each.state in LOST
            sums[each.route, each.destination][is_lost] += each.messages
    for (route, country), by_loss in sums.items():
        delivered, ended = by_loss[False], by_loss.total()
        is_over = rule.is_surely_low(delivered, ended)
        if is_over or not rule.has_come_up(delivered, ended):
            place = AlertPlace(AlertKind.DELIVERY_FELL, AlertAxis.ROUTE, f"{route}: {country}")
            yield Condition(place, {"delivered": delivered, "ended": ended}, is_over)


def of_constituencies(found: Iterable[Arrival], rule: AlertRule) -> Iterator[Condition]:
    """Constituencies in which too few passwords have arrived in time, and hardly by chance."""
    for each in found:
        is_over = rule.is_surely_low(each.delivered, each.confirmed)
        if is_over or not rule.has_come_up(each.delivered, each.confirmed):
            place = AlertPlace(AlertKind.DELIVERY_FELL, AlertAxis.CONSTITUENCY, each.place)
            figures = {"delivered": each.delivered, "confirmed": each.confirmed}
            yield Condition(place, figures, is_over)


def of_voters(found: Unreached, rule: AlertRule) -> Iterator[Condition]:
    """Voters whom nothing reaches; four fifths of what is too many keep the alert open."""
    most = max(rule.unreached, rule.unreached_untold)
    is_over = found.voters > most
    if is_over or found.voters > most * 4 // 5:
        causes = {each.cause.value: each.voters for each in found.causes}
        place = AlertPlace(AlertKind.VOTERS_UNREACHED)
        yield Condition(place, {"voters": found.voters, **causes}, is_over)


def of_untied(counted: Mapping[str, int], rule: AlertRule) -> Iterator[Condition]:
    """Receipts that tie to no SMS by route, and mail servers' reports that nobody could read."""
    for route, receipts in counted.items():
        is_over = receipts > rule.untied
        if not is_over and receipts <= rule.untied // 2:
            continue
        if route == BOUNCES:
            yield Condition(AlertPlace(AlertKind.BOUNCES_UNREAD), {"reports": receipts}, is_over)
        else:
            place = AlertPlace(AlertKind.RECEIPTS_UNTIED, AlertAxis.ROUTE, route)
            yield Condition(place, {"receipts": receipts}, is_over)


def of_stops(stops: Iterable[tuple[str, str]]) -> Iterator[Condition]:
    """Caps that hold SMS to a country back, this hour or this day."""
    for cap, country in stops:
        place = AlertPlace(AlertKind.SPENDING_STOPPED, AlertAxis.CAP, f"{cap}: {country}")
        yield Condition(place, {"cap": cap, "country": country})


def of_workers(seen: WorkersSeen) -> Iterator[Condition]:
    """No worker, or fewer than there were, though nobody has stopped one."""
    last = f"{seen.last_at:{_MOMENT}}" if seen.last_at else ""
    if not seen.living:
        since = {"since": last} if last else {}
        yield Condition(AlertPlace(AlertKind.WORKERS_MISSING), since)
    elif seen.missing:
        figures = {"missing": seen.missing, "living": seen.living}
        yield Condition(AlertPlace(AlertKind.HEARTBEAT_MISSING), figures)


def of_neighbours(outages: Iterable[Outage]) -> Iterator[Condition]:
    """Neighbours that any process which lives has found to be down."""
    for each in outages:
        place = AlertPlace(AlertKind.NEIGHBOUR_DOWN, AlertAxis.NEIGHBOUR, each.neighbour)
        figures = {"since": f"{each.since:{_MOMENT}}", "failures": each.failures}
        yield Condition(place, figures)


def of_jobs(late: Backlog, half_as_late: Backlog, rule: AlertRule) -> Iterator[Condition]:
    """Jobs that wait for too long, and such as were given up; an alert stays open while some have
    waited for half as long."""
    if half_as_late.late:
        place = AlertPlace(AlertKind.JOBS_LATE)
        figures = {"late": late.late, "waiting": late.waiting}
        yield Condition(place, figures, late.late > 0)
    if late.dead > rule.dead:
        yield Condition(AlertPlace(AlertKind.JOBS_BURIED), {"dead": late.dead})


def heard_of(event: Alert | Event | object) -> Condition | None:
    """What an event is that nobody can look up later; None for all others. Words of neighbours,
    names of networks and pseudonyms stay in the log."""
    match event:
        case RefusalsSurged():
            place = AlertPlace(AlertKind.REFUSALS_SURGED, AlertAxis.REASON, event.reason)
            return Condition(place, {"refusals": event.refusals})
        case PasswordsRefused():
            place = AlertPlace(AlertKind.PASSWORDS_REFUSED, AlertAxis.REASON, event.why)
            return Condition(place)
        case ClockRefused():
            return Condition(AlertPlace(AlertKind.CLOCK_REFUSED), {"reason": event.reason})
        case RestoreFound():
            return Condition(AlertPlace(AlertKind.RESTORE_FOUND), {"reason": event.reason})
        case _:
            return None
