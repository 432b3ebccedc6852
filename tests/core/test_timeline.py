"""R45: what happened to one request, in plain words, and in order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.attempt import NO_RECEIPT, Attempt
from core.delivery import Delivery, DeliveryState
from core.locale import Locale
from core.mail_attempt import MailAttempt
from core.message_change import MessageChange
from core.messages import Acceptance, Channel, MessageKind
from core.reasons import Dismissal, Revocation
from core.recovery_request import State
from core.timeline import Case, Entry, Step, timeline
from core.timeline_words import sentence

NOON = datetime(2027, 6, 5, 12, 0, 0, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SMS = Delivery.queued(MessageKind.PASSWORD, "r1", Locale.FR, NOON)
MAIL = Delivery.queued(MessageKind.LINK, "r1", Locale.FR, NOON)
QUEUED, ACCEPTED, DELIVERED, FAILED, EXPIRED = (
    DeliveryState.QUEUED,
    DeliveryState.ACCEPTED,
    DeliveryState.DELIVERED,
    DeliveryState.FAILED,
    DeliveryState.EXPIRED,
)


def attempt(number=1, route="north", **fields):
    return Attempt("r1.password", number, route, "AR", 70_000, NOON + number * MINUTE, **fields)


def change(state, minute, number=1, route="north", was=ACCEPTED, **fields):
    at = NOON + minute * MINUTE
    made = MessageChange("r1.password", number, Channel.SMS, route, "AR", state, at, at, was=was)
    return replace(made, **fields)


def mail_change(state, minute, number=1, was=ACCEPTED, **fields):
    made = change(state, minute, number, "own", was)
    return replace(made, delivery="r1.link", channel=Channel.EMAIL, place="example.org", **fields)


def steps(case):
    return [each.step for each in timeline(case)]


def test_from_the_form_to_the_sms(link_sent):
    """R45: a request that failed over: who calls hears when, by which route, and why."""
    request = link_sent(
        received_at=NOON,
        written_at=NOON,
        confirmed_at=NOON + 3 * MINUTE,
        state=State.DELIVERED,
        partner="consulat",
    )
    changes = [
        mail_change(QUEUED, 0, was=None),
        mail_change(ACCEPTED, 1, was=QUEUED),
        change(QUEUED, 4, was=None),
        change(ACCEPTED, 4, was=QUEUED),
        change(FAILED, 6, reason="absent subscriber", operator="722-34"),
        change(QUEUED, 7, 2, "south", was=None),
        change(ACCEPTED, 7, 2, "south", was=QUEUED),
        change(DELIVERED, 8, 2, "south", operator="722-34"),
        change(DELIVERED, 8, 0, "south"),
    ]
    parts = [MailAttempt("r1.link", 1, "own", "example.org", NOON, 1)]
    case = Case(request, [MAIL, SMS], [*parts, attempt(), attempt(2, "south")], changes)
    told = [
        (each.at - NOON, sentence(each, Locale.EN), sentence(each, Locale.FR))
        for each in timeline(case)
    ]
    south = "south (AR, attempt 2), says operator 722-34"
    sud = "south (AR, tentative 2), selon l’opérateur 722-34"
    assert told == [
        (
            0 * MINUTE,
            "The request is received through consulat.",
            "La demande est reçue par le site de consulat.",
        ),
        (
            0 * MINUTE,
            "A link is issued, and its e-mail queued.",
            "Un lien est créé, et son courriel mis en file.",
        ),
        (
            1 * MINUTE,
            "The e-mail with the link is handed to route own.",
            "Le courriel avec le lien est remis à la route own.",
        ),
        (
            3 * MINUTE,
            "The voter confirms by the link.",
            "L’électeur confirme par le lien.",
        ),
        (
            4 * MINUTE,
            "The SMS is handed to route north (AR).",
            "Le SMS est remis à la route north (AR).",
        ),
        (
            6 * MINUTE,
            "The SMS has not arrived by route north (AR), says operator 722-34: "
            "“absent subscriber”.",
            "Le SMS n’est pas arrivé par la route north (AR), selon l’opérateur 722-34 : "
            "« absent subscriber ».",
        ),
        (
            7 * MINUTE,
            "The SMS is handed to route south (AR, attempt 2).",
            "Le SMS est remis à la route south (AR, tentative 2).",
        ),
        (
            8 * MINUTE,
            f"The SMS has arrived by route {south}: the voter is reached.",
            f"Le SMS est arrivé par la route {sud} : l’électeur est joint.",
        ),
    ]


@pytest.mark.parametrize("reason", Dismissal)
@pytest.mark.parametrize("locale", Locale)
def test_every_dismissal_is_told_in_words(received, reason, locale):
    """R45: not by its code."""
    request = received(state=State.DISMISSED, reason=reason, changed_at=NOON + MINUTE)
    last = timeline(Case(request))[-1]
    assert (last.step, last.reason, last.at) == (Step.DISMISSED, reason, NOON + MINUTE)
    assert reason.value not in sentence(last, locale)


@pytest.mark.parametrize(
    ("state", "reason", "step", "words"),
    [
        (State.EXPIRED, None, Step.LINK_EXPIRED, "unused"),
        (State.SUPERSEDED, None, Step.LINK_SUPERSEDED, "later link"),
        (State.REVOKED, None, Step.LINK_REVOKED, "wrong identifiers"),
        (State.REVOKED, Revocation.MAIL_FAILED, Step.LINK_REVOKED, "did not arrive"),
        (State.REVOKED, Revocation.RESTORED, Step.LINK_REVOKED, "backup"),
    ],
)
def test_a_link_ends(link_sent, state, reason, step, words):
    """R45: and by what."""
    request = link_sent(state=state, reason=reason, changed_at=NOON + 60 * MINUTE)
    last = timeline(Case(request))[-1]
    assert (last.step, last.at) == (step, NOON + 60 * MINUTE)
    assert words in sentence(last, Locale.EN)


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("locale", Locale)
def test_every_step_has_words(step, locale):
    """R45: in each language, with whatever is known or not."""
    bare = Entry(NOON, step, NOON, message=MessageKind.LINK)
    full = replace(bare, number=2, route="north", country="AR", operator="722-34", reason="busy")
    for each in (bare, full):
        assert sentence(each, locale).endswith(".")
        assert "{" not in sentence(each, locale)
    assert "None" not in sentence(bare, locale)


@pytest.mark.parametrize("kind", MessageKind)
@pytest.mark.parametrize("locale", Locale)
def test_every_message_has_a_name(kind, locale):
    """R45: in each language."""
    entry = Entry(NOON, Step.EMAIL_ARRIVED, NOON, message=kind)
    assert not sentence(entry, locale).startswith(" ")


def test_a_mailbox_is_not_told(link_sent):
    """R42: its domain may be one person's."""
    parts = [MailAttempt("r1.link", 1, "own", "example.org", NOON, 1)]
    case = Case(link_sent(), [MAIL], parts, [mail_change(ACCEPTED, 1, was=None)])
    assert "example.org" not in repr(timeline(case))


def test_a_late_receipt_stands_where_it_happened(link_sent):
    """R49: and says when it was recorded."""
    late = change(DELIVERED, 60, was=EXPIRED, happened_at=NOON + 5 * MINUTE)
    changes = [
        change(QUEUED, 4, was=None),
        change(ACCEPTED, 4, was=QUEUED),
        change(EXPIRED, 14, reason=NO_RECEIPT),
        late,
    ]
    *_, arrived, silent = timeline(Case(link_sent(), [SMS], [attempt()], changes))
    assert (arrived.step, silent.step) == (Step.SMS_ARRIVED, Step.SMS_SILENT)
    assert (arrived.at, arrived.recorded_at) == (late.happened_at, late.recorded_at)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([change(QUEUED, 4, was=None)], [Step.SMS_BEGUN]),
        (
            [change(QUEUED, 4, was=None), change(QUEUED, 5, was=QUEUED, reason="no answer")],
            [Step.SMS_DEFERRED],
        ),
        ([change(QUEUED, 4, was=None), change(FAILED, 5, was=QUEUED)], [Step.SMS_REFUSED]),
        (
            [
                change(QUEUED, 4, was=None),
                change(ACCEPTED, 4, was=QUEUED),
                change(EXPIRED, 5, reason="validity period over"),
                change(EXPIRED, 5, was=EXPIRED, operator="722-34"),
                change(FAILED, 6, number=0, reason="validity period over"),
            ],
            [Step.SMS_HANDED_OVER, Step.SMS_FAILED, Step.SMS_GIVEN_UP],
        ),
    ],
)
def test_what_becomes_of_an_sms(received, changes, expected):
    """R45: each step that matters, once."""
    assert steps(Case(received(), [SMS], [attempt()], changes))[1:] == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([mail_change(QUEUED, 1, was=None, reason="4.2.1 busy")], [Step.EMAIL_DEFERRED]),
        (
            [mail_change(ACCEPTED, 1, was=None), mail_change(FAILED, 2, reason="5.1.1")],
            [Step.EMAIL_HANDED_OVER, Step.EMAIL_FAILED],
        ),
        (
            [mail_change(ACCEPTED, 1, was=None), mail_change(DELIVERED, 2)],
            [Step.EMAIL_HANDED_OVER, Step.EMAIL_ARRIVED],
        ),
        (
            [
                mail_change(ACCEPTED, 1, was=None),
                mail_change(ACCEPTED, 1, number=0, was=QUEUED),
                mail_change(EXPIRED, 2),
                mail_change(EXPIRED, 2, number=0),
            ],
            [Step.EMAIL_HANDED_OVER, Step.EMAIL_FAILED, Step.EMAIL_GIVEN_UP],
        ),
    ],
)
def test_what_becomes_of_an_e_mail(received, changes, expected):
    """R45: the relays' parts tell it; of the whole only that nothing more is tried."""
    parts = [MailAttempt("r1.link", 1, "own", "example.org", NOON, 1)]
    assert steps(Case(received(), [MAIL], parts, changes))[1:] == expected


def test_a_late_e_mail_is_told_by_the_whole(received):
    """R45: what a process of release 0.2.0 sends has no parts."""
    late = mail_change(ACCEPTED, 2, number=0, reason="delayed: 4.4.7 busy")
    changes = [mail_change(ACCEPTED, 1, number=0, was=QUEUED), late]
    expected = [Step.EMAIL_HANDED_OVER, Step.EMAIL_DEFERRED]
    assert steps(Case(received(), [MAIL], [], changes))[1:] == expected


def test_an_sms_that_no_route_may_carry(received):
    """R45: there is no attempt that could tell it."""
    changes = [change(FAILED, 1, number=0, was=QUEUED, reason="destination not allowed: XX")]
    assert steps(Case(received(), [SMS], [], changes))[1:] == [Step.SMS_GIVEN_UP]


def test_what_release_0_2_0_did_is_told_as_far_as_rows_say(received):
    """R29, R45: no change was kept of it."""
    accepted = MAIL.accepted(Acceptance("own"), NOON + MINUTE, "example.org")
    ended = accepted.ended(FAILED, NOON + 2 * MINUTE, "5.1.1")
    parts = [attempt(state=FAILED, receipt_due_at=NOON, changed_at=NOON + 5 * MINUTE)]
    parts += [attempt(2, "south", state=ACCEPTED), attempt(3, "west")]
    case = Case(received(), [ended, SMS], parts)
    assert [(each.step, each.at - NOON) for each in timeline(case)][1:] == [
        (Step.EMAIL_HANDED_OVER, MINUTE),
        (Step.SMS_HANDED_OVER, MINUTE),
        (Step.EMAIL_GIVEN_UP, 2 * MINUTE),
        (Step.SMS_HANDED_OVER, 2 * MINUTE),
        (Step.SMS_BEGUN, 3 * MINUTE),
        (Step.SMS_FAILED, 5 * MINUTE),
    ]


def test_what_release_0_2_0_began_is_told_whole(received):
    """R29, R45: the attempt was accepted before, and arrived after."""
    case = Case(received(), [SMS], [attempt(state=DELIVERED)], [change(DELIVERED, 9)])
    assert steps(case)[1:] == [Step.SMS_HANDED_OVER, Step.SMS_ARRIVED]
