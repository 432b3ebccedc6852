"""A vote under way, as operators see it: sample voters of several countries, one in trouble.

Nobody is named: voters are pseudonyms, and constituencies those of the law."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.alert import Alert, AlertAxis, AlertKind, AlertPlace
from core.attempt import Attempt
from core.delivery import Delivery, DeliveryState
from core.keys import Keyring
from core.link_shares import MailVerdict
from core.locale import Locale
from core.messages import Acceptance, MessageKind
from core.one_time_link import NONCE_BYTES, OneTimeLink
from core.ports.unit_of_work import UnitOfWork
from core.reasons import Dismissal
from core.recovery_request import RecoveryRequest, State
from core.route_health import Health, Verdict
from core.unreached import Cause
from core.voter import EmailAddress, Numic

MINUTE = timedelta(minutes=1)
ARRIVED, FAILED = DeliveryState.DELIVERED, DeliveryState.FAILED
_STATES = {ARRIVED: State.DELIVERED, FAILED: State.UNDELIVERED, None: State.PASSWORD_SENT}


@dataclass(frozen=True)
class Place:
    """Voters of one country, by what became of their SMS."""

    country: str
    constituency: str
    post: str
    arrived: int
    failed: int
    waiting: int
    operator: str
    route: str = "direct"


PLACES = (
    Place("DE", "7", "Berlin", 118, 2, 3, "262-01"),
    Place("GB", "3", "Londres", 96, 1, 2, "234-10"),
    Place("CH", "6", "Genève", 88, 0, 1, "228-01"),
    Place("BE", "4", "Bruxelles", 74, 3, 0, "206-01"),
    Place("US", "1", "New York", 61, 4, 2, "310-260"),
    Place("MA", "9", "Rabat", 52, 8, 4, "604-01", "south"),
    Place("SN", "9", "Dakar", 31, 4, 2, "608-01", "south"),
    Place("IT", "8", "Rome", 40, 1, 1, "222-01"),
)
ARGENTINA = Place("AR", "2", "Buenos Aires", 6, 44, 12, "722-34", "south")
SMALL = (
    Place("UY", "2", "Montevideo", 3, 1, 0, "748-01"),
    Place("IS", "3", "Reykjavik", 2, 0, 0, "274-01"),
)


async def vote(
    unit: UnitOfWork, keyring: Keyring, noon: datetime, is_troubled: bool = True
) -> None:
    """Stores it, as it stands at `noon`. `is_troubled`: Argentina's SMS do not arrive, a route and
    a relay have fallen there, and voters wait for several causes."""
    places = (*PLACES, *SMALL, ARGENTINA) if is_troubled else ()
    calm = (
        replace(each, arrived=each.arrived + each.failed + each.waiting, failed=0, waiting=0)
        for each in (*PLACES, ARGENTINA)
    )
    for place in places or calm:
        await _place(unit, keyring, noon, place)
    if is_troubled:
        await _trouble(unit, keyring, noon)


async def _place(unit: UnitOfWork, keyring: Keyring, noon: datetime, place: Place) -> None:
    ends = [ARRIVED] * place.arrived + [FAILED] * place.failed + [None] * place.waiting
    for number, end in enumerate(ends):
        at = noon - 50 * MINUTE - number * MINUTE / 2 - (number % 20) * 60 * MINUTE
        cause = {FAILED: Cause.REFUSED, None: Cause.NO_RECEIPT}.get(end)
        fields = {"state": _STATES[end], "cause": cause, "constituency": place.constituency}
        request = sample(
            keyring,
            f"{place.country}{number}",
            at,
            **fields,
            post=place.post,
            country=place.country,
        )
        await unit.requests.add(request)
        await _sms(unit, request.id, place, noon - (5 + number % 50) * MINUTE, at, end)


async def _sms(
    unit: UnitOfWork,
    request: str,
    place: Place,
    begun: datetime,
    confirmed: datetime,
    end: DeliveryState | None,
) -> None:
    sms = Delivery.queued(MessageKind.PASSWORD, request, Locale.FR, confirmed)
    taken = sms.accepted(Acceptance(place.route, f"{sms.id}.1"), confirmed)
    await unit.deliveries.add(taken)
    attempt = Attempt(sms.id, 1, place.route, place.country, 70_000, begun)
    await unit.attempts.add(attempt)
    handed = attempt.accepted(Acceptance(place.route), begun + MINUTE / 60, 30 * MINUTE)
    await unit.attempts.save(handed, was=attempt)
    if end is None:
        return
    reason = None if end is ARRIVED else "absent subscriber"
    at = confirmed + 2 * MINUTE
    await unit.deliveries.save(taken.ended(end, at, reason), was=taken)
    known = replace(handed, state=end, operator=place.operator, reason=reason, changed_at=at)
    await unit.attempts.save(known, was=handed)


async def _trouble(unit: UnitOfWork, keyring: Keyring, noon: datetime) -> None:
    held = (Cause.CAP, Cause.CAP, Cause.CAP, Cause.UNTRIED, Cause.CREDENTIALS)
    for number, cause in enumerate(held):
        at = noon - 45 * MINUTE
        await unit.requests.add(
            sample(
                keyring,
                f"w{number}",
                at,
                state=State.CONFIRMED,
                cause=cause,
                country="MA",
                constituency="9",
                post="Rabat",
            )
        )
    for number in range(7):
        bounced = {"state": State.REVOKED, "cause": Cause.LINK_BOUNCED, "confirmed_at": None}
        await unit.requests.add(sample(keyring, f"b{number}", noon - 90 * MINUTE, **bounced))
    for number, reason in enumerate(_dismissals()):
        request = received(f"d{number}", noon - number * MINUTE).dismissed(
            reason, noon, f"d{number}"
        )
        await unit.requests.add(request)
    since = noon - 115 * MINUTE
    await unit.routes.judge(Verdict("south", "AR", Health.FAILING, since), None)
    await unit.routes.judge(Verdict("direct", "BE", Health.SOUND, since - 300 * MINUTE), None)
    await unit.mail_routes.judge(MailVerdict("own", "aol.com", Health.FAILING, since), None)
    for alert in _alerts(since, noon):
        await unit.alerts.add(alert)


def _alerts(since: datetime, noon: datetime) -> Iterator[Alert]:
    """Those that a worker would raise of all this; one of them is looked after."""
    route, relay = "south: AR", "own: aol.com"
    places = {
        "a1": AlertPlace(AlertKind.DELIVERY_FELL, AlertAxis.COUNTRY, "AR"),
        "a2": AlertPlace(AlertKind.ROUTE_FELL, AlertAxis.ROUTE, route),
        "a3": AlertPlace(AlertKind.MAIL_ROUTE_FELL, AlertAxis.ROUTE, relay),
        "a4": AlertPlace(AlertKind.VOTERS_UNREACHED),
    }
    first = AlertPlace(AlertKind.DELIVERY_FELL, AlertAxis.ROUTE, route)
    passwords = AlertPlace(AlertKind.DELIVERY_FELL, AlertAxis.CONSTITUENCY, "2")
    yield Alert("a5", first, {"delivered": 6, "ended": 50}, since, since, noon)
    yield Alert("a6", passwords, {"delivered": 9, "confirmed": 66}, since, since, noon)
    for id, place in places.items():
        alert = Alert(id, place, {}, since, since, noon)
        is_relay = place.value == relay
        yield alert.acknowledged("operations", "second relay asked", noon) if is_relay else alert


def _dismissals() -> Iterator[Dismissal]:
    yield from (Dismissal.EMAIL_DIFFERS, Dismissal.NO_PHONE, Dismissal.UNKNOWN_VOTER)


def received(id: str, at: datetime) -> RecoveryRequest:
    """A request that has just come in."""
    email = EmailAddress("camille.martin@example.org")
    return RecoveryRequest(id, Numic("00012345"), email, "pair", Locale.FR, at)


def sample(keyring: Keyring, id: str, at: datetime, **fields: object) -> RecoveryRequest:
    """A request that was confirmed three minutes after it came in; fields may be given."""
    nonce = id.encode().ljust(NONCE_BYTES, b".")
    link = OneTimeLink.issue(keyring, id, nonce, at + 60 * MINUTE, 5)
    request = received(id, at - 3 * MINUTE).with_link(link, at - 2 * MINUTE, id, "2027-1")
    usual = {"confirmed_at": at, "round_id": "demo", "round_voter": f"v-{id}"}
    return replace(request, **(usual | fields))
