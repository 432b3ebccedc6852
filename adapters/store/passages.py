"""What is counted of a request: made of the tables, and as it was counted."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

from adapters.store.request_rows import rounds_from_column
from adapters.store.sql import Row, moment
from core.passages import STEP_OF, Axis, Passage, Step, length_of
from core.recovery_request import State

HOUR = 3_600_000_000
"""Microseconds."""
COLUMNS = (
    "hour", "request", "rounds", "step", "was_taken", "reason", "constituency", "post", "country",
    "route", "operator", "domain", "partner", "link_mailed", "link_used", "sms_taken",
    "sms_arrived", "whole",
)  # fmt: skip
"""Of what was counted, as `statistics_counted` has it."""
COLUMN_OF = {Axis.MAILBOX_DOMAIN: "domain"}
"""Where it is not the axis's own name."""
_TAKEN = """coalesce((
    SELECT min(change.recorded_at) FROM message_change AS change
    WHERE change.delivery = asked.id || '.{kind}' AND change.number = 0
      AND change.state = 'accepted'
), {message}.accepted_at)"""
# Of what release 0.2.0 did no changes were kept: the messages' rows say what they can. A message
# that goes by another route is accepted once more; the first time counts.
FACTS = f"""
asked.received_at / {HOUR}, asked.id, coalesce(asked.round_id, asked.rounds, ''), asked.state, 0,
coalesce(asked.reason, ''), coalesce(asked.constituency, ''), coalesce(asked.post, ''),
coalesce(asked.country, sms.destination, ''), coalesce(sms.route, ''), coalesce(sms.operator, ''),
coalesce(mail.destination, ''), coalesce(asked.partner, ''), asked.received_at,
{_TAKEN.format(kind="link", message="mail")}, asked.confirmed_at,
{_TAKEN.format(kind="password", message="sms")},
coalesce((
    SELECT min(change.happened_at) FROM message_change AS change
    WHERE change.delivery = asked.id || '.password' AND change.state = 'delivered'
), CASE WHEN sms.state = 'delivered' THEN sms.changed_at END)
"""
"""Of a request as it is: a value for each of `COLUMNS`, with its state in place of the step, and
moments in place of the last five."""
UNDECIDED = f"""
SELECT asked.received_at / {HOUR}, asked.id, coalesce(asked.round_id, asked.rounds, ''),
    asked.state, 0, coalesce(asked.reason, ''), coalesce(asked.constituency, ''),
    coalesce(asked.post, ''), coalesce(asked.country, ''), '', '', '',
    coalesce(asked.partner, ''), asked.received_at, CAST(NULL AS BIGINT), asked.confirmed_at,
    CAST(NULL AS BIGINT), CAST(NULL AS BIGINT)
FROM recovery_request AS asked WHERE asked.changed_at IS NULL
"""
"""The same of requests that nobody has decided on: there is no message of these."""
MESSAGES = """
LEFT JOIN delivery AS mail ON mail.id = asked.id || '.link'
LEFT JOIN delivery AS sms ON sms.id = asked.id || '.password'
"""
"""To follow `FROM recovery_request AS asked`."""


def counted(facts: Row) -> Row:
    """The values of `COLUMNS`, from those of `FACTS`."""
    step, moments = STEP_OF[State(facts[3])], facts[13:]
    was_taken = moments[3] is not None or step in (Step.PASSWORD_SENT, Step.DELIVERED)
    stretches = (*pairwise(moments), (moments[0], moments[-1]))
    lengths = (
        None if begun is None or over is None else length_of((over - begun) / 1_000_000)
        for begun, over in stretches
    )
    return (*facts[:3], step.value, int(was_taken), *facts[5:13], *lengths)


def is_of(round_id: str, row: Row) -> bool:
    """Whether the request is this round's: the voter's, or one of those that were open when it came
    while nobody knows the voter."""
    return row[2] == round_id or round_id in rounds_from_column(row[2])


def passage_of(row: Row) -> Passage:
    """From the values of `COLUMNS`."""
    return Passage._make((_hour(row[0]), *row[3:13], row[13:]))


@lru_cache(maxsize=10_000)
def _hour(number: int) -> str:
    return moment(number * HOUR).isoformat()
