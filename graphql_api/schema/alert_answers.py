"""What operators do about an alert, and what they are answered (R53)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import strawberry

from core.alert import Alert as Record
from core.errors import FieldProblem, InvalidFields
from core.locale import Locale as Language
from core.trace import LONGEST_WORDS
from core.use_cases.answer_alerts import AnswerAlerts
from graphql_api.access.caller import Access
from graphql_api.access.demands import refusal_for
from graphql_api.access.rule import ACTING, open_to, shown_to
from graphql_api.access.scopes import OPERATIONS, OPERATIONS_ACT

from . import problems
from .alert_list import Alert
from .call import counted
from .cursors import checked
from .enums import Locale
from .errors import REFUSALS, answer

ACTED = open_to(Access.DASHBOARD, OPERATIONS, OPERATIONS_ACT)
_SHOWN = shown_to(Access.DASHBOARD, OPERATIONS)

_Id = Annotated[strawberry.ID, strawberry.argument(description="The alert's.")]
_Note = Annotated[
    str,
    strawberry.argument(
        description="What the others should know: 200 characters at most, and nothing of a voter. "
        "Empty: the note before stays."
    ),
]
_Locale = Annotated[Locale, strawberry.argument(description="The language of a refusal.")]
_Verb = Callable[[AnswerAlerts, str, str, str], Awaitable[Record]]


@_SHOWN
@strawberry.type(description="It is noted, with the name of whoever called.")
class AlertAnswered:
    alert: Alert = strawberry.field(description="As it stands now.")


AnswerAlertResult = Annotated[
    AlertAnswered
    | problems.AlertRejected
    | problems.InvalidFields
    | problems.TooManyRequests
    | problems.TemporarilyUnavailable,
    strawberry.union(
        "AnswerAlertResult", description="The alert as it stands now, or why nothing was done."
    ),
]


async def acknowledge_alert(
    info: strawberry.Info, id: _Id, note: _Note = "", locale: _Locale = Language.FR
) -> AnswerAlertResult:
    return await _answered(info, AnswerAlerts.acknowledge, id, note, locale)


async def resolve_alert(
    info: strawberry.Info, id: _Id, note: _Note = "", locale: _Locale = Language.FR
) -> AnswerAlertResult:
    return await _answered(info, AnswerAlerts.resolve, id, note, locale)


async def _answered(
    info: strawberry.Info, verb: _Verb, id: str, note: str, locale: Language
) -> Any:
    """Asks once more who calls: a host may run these fields without our fence."""
    try:
        call = await counted(info)
        if not ACTING.admits(call.caller):
            raise refusal_for(call.caller)
        if len(note.strip()) > LONGEST_WORDS:
            raise InvalidFields(FieldProblem("note", "TOO_LONG"))
        if note and not note.isprintable():
            raise InvalidFields(FieldProblem("note", "MALFORMED"))
        by = call.caller.name[:LONGEST_WORDS]
        answers = call.gateway.answer_alerts
        record = await verb(answers, checked("id", id), by, note.strip())
    except REFUSALS as refusal:
        return answer(refusal, locale)
    return AlertAnswered(alert=Alert.of(record))
