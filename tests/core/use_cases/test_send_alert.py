"""R53: who is told what of an alert, by e-mail and by webhook; faults of relay and webhook."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.alert import AlertAxis, AlertKind, AlertPlace, AlertState, Condition
from core.alert_notice import AlertNotice, Notice, Recipient
from core.errors import MessageDeferred, MessageRefused
from core.jobs import JobKind
from core.mail_routes import MailRouteTable
from core.messages import MessageKind
from core.use_cases.answer_alerts import AnswerAlerts
from core.use_cases.dispatch_email import DispatchEmail
from core.use_cases.raise_alerts import RaiseAlerts
from core.use_cases.send_alert import SendAlert
from core.voter import EmailAddress
from tests.rehearsal import TrialMessages

MINUTE = timedelta(minutes=1)
PLACE = AlertPlace(AlertKind.DELIVERY_FELL, AlertAxis.COUNTRY, "AR")
OVER = Condition(PLACE, {"delivered": 3, "ended": 20})
WATCHED = frozenset(AlertKind)
FIRST, SECOND = EmailAddress("astreinte@example.org"), EmailAddress("cadre@example.org")


class TrialWebhook:
    """The port `AlertWebhook`: keeps what it is given, after the setbacks planned for it."""

    def __init__(self):
        self.taken, self.setbacks = [], []

    async def send(self, notice_id, payload):
        if self.setbacks:
            raise self.setbacks.pop(0)
        self.taken.append((notice_id, payload))


class OnCall:
    """Workers that watch, and somebody who is told."""

    def __init__(self, portal, relays=("own",)):
        self.portal, self.clock = portal, portal.clock
        begin, read = portal.store.begin, portal.store.read
        told = frozenset(Recipient)
        self.look = RaiseAlerts(begin, read, portal.clock, portal.randomness, recipients=told)
        self.answers = AnswerAlerts(begin, read, portal.clock, portal.events, told)
        self.webhook = TrialWebhook()
        self.relays = {name: TrialMessages() for name in relays}
        table = MailRouteTable.of(*relays)
        dispatch = DispatchEmail(read, self.relays, table, portal.clock)
        addresses = {Recipient.FIRST: FIRST, Recipient.SECOND: SECOND}
        self.send = SendAlert(read, addresses, self.webhook, dispatch, portal.clock)

    async def jobs(self):
        """The subjects of what is due now, taken."""
        room, lease = {JobKind.SEND_ALERT: 50}, timedelta(hours=9)
        taken = await self.portal.jobs.claim(room, self.clock.now(), lease)
        await self.portal.jobs.settle(taken, [], [], self.clock.now())
        return [each.job.subject for each in taken]

    async def work(self):
        for subject in await self.jobs():
            await self.send(subject)

    @property
    def written(self):
        sent = [each for relay in self.relays.values() for each in relay.sent]
        return [(each.to.value, each.facts["notice"]) for each in sent]

    @property
    def called(self):
        return [payload["type"] for _, payload in self.webhook.taken]

    async def alert(self):
        async with self.portal.store.read() as unit:
            (alert,) = await unit.alerts.newest((), 2, None)
        return alert


@pytest.fixture
def on_call(portal):
    return OnCall(portal)


async def test_whoever_is_on_call_is_told_once(on_call, clock):
    """R53, R29: in the commit of the alert; and again only when it is over."""
    for _ in range(3):
        await on_call.look([OVER], WATCHED)
        await on_call.work()
        clock.advance(MINUTE)
    assert on_call.written == [(FIRST.value, Notice.RAISED)]
    assert on_call.called == ["alert.raised"]
    await on_call.answers.acknowledge((await on_call.alert()).id, "jeanne")
    clock.advance(9 * MINUTE)
    await on_call.look([], WATCHED)
    await on_call.work()
    assert on_call.written[1:] == [(FIRST.value, Notice.RESOLVED)]
    assert on_call.called == ["alert.raised", "alert.resolved"]


async def test_without_an_answer_another_person_is_told(on_call, clock):
    """R53: after a quarter of an hour; and of the end as well."""
    await on_call.look([OVER], WATCHED)
    clock.advance(15 * MINUTE - timedelta(seconds=1))
    await on_call.look([OVER], WATCHED)
    await on_call.work()
    assert on_call.written == [(FIRST.value, Notice.RAISED)]
    clock.advance(timedelta(seconds=1))
    await on_call.work()
    assert on_call.written[1:] == [(SECOND.value, Notice.REPEATED)]
    await on_call.answers.resolve((await on_call.alert()).id, "paul")
    await on_call.work()
    assert sorted(on_call.written[2:]) == [
        (FIRST.value, Notice.RESOLVED),
        (SECOND.value, Notice.RESOLVED),
    ]


async def test_whoever_has_answered_is_not_passed_over(on_call, clock):
    """R53: the second address is left alone."""
    await on_call.look([OVER], WATCHED)
    await on_call.answers.acknowledge((await on_call.alert()).id, "jeanne")
    clock.advance(60 * MINUTE)
    await on_call.look([OVER], WATCHED)
    await on_call.work()
    await on_call.answers.resolve((await on_call.alert()).id, "jeanne")
    await on_call.work()
    assert SECOND.value not in dict(on_call.written)


async def test_what_comes_back_is_told_again(on_call, clock):
    """R53: of the second opening, and of nothing that was so before."""
    await on_call.look([OVER], WATCHED)
    clock.advance(10 * MINUTE)
    await on_call.look([], WATCHED)
    clock.advance(MINUTE)
    await on_call.look([OVER], WATCHED)
    assert (await on_call.alert()).times == 2
    await on_call.work()
    assert on_call.written == [(FIRST.value, Notice.RAISED)]
    (notice_id, _) = on_call.webhook.taken[-1]
    assert AlertNotice.parse(notice_id).times == 2


async def test_what_is_written(on_call):
    """R53: what, where, since when, the figures, which page helps; the same over retries."""
    await on_call.look([OVER], WATCHED)
    subject = next(each for each in await on_call.jobs() if each.endswith("first"))
    await on_call.send(subject)
    await on_call.send(subject)
    first, again = on_call.relays["own"].sent
    assert first == again
    assert (first.kind, first.to) == (MessageKind.ALERT, FIRST)
    alert = await on_call.alert()
    assert first.facts == {
        "notice": "raised",
        "alert": alert.id,
        "kind": "delivery_fell",
        "axis": "country",
        "value": "AR",
        "figures": "delivered: 3\nended: 20",
        "raised_at": alert.raised_at,
        "ended_at": alert.last_seen,
        "by": "",
        "times": 1,
        "help": "docs/how-to/the-last-evening.md",
    }


async def test_what_the_webhook_gets(on_call, noon):
    """R53: type, moment, data; `noon` is the moment of the alert."""
    await on_call.look([OVER], WATCHED)
    await on_call.work()
    ((notice_id, payload),) = on_call.webhook.taken
    alert = await on_call.alert()
    assert "." not in notice_id
    assert payload["type"] == "alert.raised"
    assert payload["timestamp"] == f"{noon:%Y-%m-%dT%H:%M:%SZ}"
    assert payload["data"]["id"] == alert.id
    assert payload["data"]["figures"] == {"delivered": 3, "ended": 20}
    assert payload["data"]["text"]["en"] == "Too few messages arrive (country AR)."


async def test_a_relay_that_refuses_passes_it_on(portal):
    """R53, R51: by the routes that voters' e-mails have; one that defers is tried again later."""
    on_call = OnCall(portal, ("own", "other"))
    await on_call.look([OVER], WATCHED)
    subject = next(each for each in await on_call.jobs() if each.endswith("first"))
    on_call.relays["own"].setbacks.append(MessageRefused("no"))
    await on_call.send(subject)
    assert len(on_call.relays["other"].sent) == 1
    on_call.relays["own"].setbacks.append(MessageDeferred("busy"))
    with pytest.raises(MessageDeferred, match="busy"):
        await on_call.send(subject)


async def test_no_relay_takes_it_ever(portal):
    """R53: that ends as a dead letter, and not as silence."""
    on_call = OnCall(portal, ("own", "other"))
    await on_call.look([OVER], WATCHED)
    subject = next(each for each in await on_call.jobs() if each.endswith("first"))
    for relay in on_call.relays.values():
        relay.setbacks.append(MessageRefused("no such mailbox"))
    with pytest.raises(MessageRefused, match="no such mailbox"):
        await on_call.send(subject)


async def test_a_webhook_that_fails_is_called_again(on_call):
    """R53: with the same id."""
    await on_call.look([OVER], WATCHED)
    subject = next(each for each in await on_call.jobs() if each.endswith("webhook"))
    on_call.webhook.setbacks.append(MessageDeferred("webhook: status 500"))
    with pytest.raises(MessageDeferred):
        await on_call.send(subject)
    await on_call.send(subject)
    assert [each for each, _ in on_call.webhook.taken] == [subject]


@pytest.mark.parametrize("subject", ["", "a1-1-raised", "a1-x-raised-first", "a1-1-raised-nobody"])
async def test_a_subject_that_is_none(on_call, subject):
    """R29: a job of another release does nothing."""
    await on_call.send(subject)
    assert AlertNotice.parse(subject) is None
    assert on_call.written == []


async def test_whom_the_settings_name_no_more(on_call):
    """R53: what was queued for them is dropped."""
    await on_call.look([OVER], WATCHED)
    quiet = replace(on_call.send, addresses={}, webhook=None)
    for subject in await on_call.jobs():
        await quiet(subject)
    assert (on_call.written, on_call.called) == ([], [])
    await quiet("a9-1-raised-first")
    assert (await on_call.alert()).state is AlertState.RAISED
