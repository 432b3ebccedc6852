"""A row of table `recovery_request`, and the request that it stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import MISSING, fields

from adapters.store.sql import Row, moment, to_column, to_datetime
from core.locale import Locale
from core.one_time_link import OneTimeLink
from core.reasons import Dismissal, Revocation
from core.recovery_request import RecoveryRequest, State
from core.unreached import Cause
from core.voter import ElectoralNumber, EmailAddress, Numel, Numic

COLUMNS = (
    "id",
    "number",
    "typed_email",
    "pair",
    "locale",
    "received_at",
    "partner",
    "state",
    "reason",
    "voter",
    "round_id",
    "written_at",
    "link_key",
    "link_nonce",
    "link_digest",
    "link_expires_at",
    "link_attempts_left",
    "confirmed_at",
    "seed",
    "password_key",
    "changed_at",
    "password_was_in_force",
    "rounds",
    "round_voter",
    "cause",
    "constituency",
    "post",
    "country",
)
RECEIVED = (*COLUMNS[: COLUMNS.index("state") + 1], "rounds")
"""What may be known of a request that was just received; the other columns stay empty."""
_EMPTY = {
    each.name: each.default
    for each in fields(RecoveryRequest)
    if each.default is not MISSING and each.name not in RECEIVED
}
"""What all else of such a request is."""
_REVOCATIONS = frozenset(Revocation)


def was_just_received(request: RecoveryRequest) -> bool:
    """Whether nothing is known of it but `RECEIVED`."""
    return vars(request).items() >= _EMPTY.items()


def to_received_row(request: RecoveryRequest) -> tuple[object, ...]:
    """The values of `RECEIVED`. Raises `ValueError` for a request with a value in another column,
    which would be lost."""
    if not was_just_received(request):
        beyond = ", ".join(name for name, empty in _EMPTY.items() if vars(request)[name] != empty)
        raise ValueError(f"not known of a request that was just received: {beyond}")
    return (*_known(request), rounds_to_column(request.rounds))


def _known(request: RecoveryRequest) -> tuple[object, ...]:
    """The columns up to its state."""
    return (
        request.id,
        number_to_column(request.number),
        request.typed_email.value if request.typed_email else None,
        request.pair,
        request.locale.value,
        to_column(request.received_at),
        request.partner,
        request.state.value,
    )


def to_row(request: RecoveryRequest) -> tuple[object, ...]:
    """The values of `COLUMNS`, in their order."""
    link = request.link
    return (
        *_known(request),
        request.reason.value if request.reason else None,
        request.voter,
        request.round_id,
        to_column(request.written_at),
        link.key_id if link else None,
        link.nonce if link else None,
        link.digest if link else None,
        to_column(link.expires_at) if link else None,
        link.attempts_left if link else None,
        to_column(request.confirmed_at),
        request.seed,
        request.password_key,
        to_column(request.changed_at),
        int(request.password_was_in_force),
        rounds_to_column(request.rounds),
        request.round_voter,
        request.cause.value if request.cause else None,
        request.constituency,
        request.post,
        request.country,
    )


def rounds_to_column(rounds: Sequence[str]) -> str | None:
    """One id a line; NULL while they are not known."""
    return "\n".join(rounds) or None


def rounds_from_column(column: str | None) -> tuple[str, ...]:
    """The reverse of `rounds_to_column`."""
    return tuple(column.split("\n")) if column else ()


def request_of(row: Row) -> RecoveryRequest:
    """From the values of `COLUMNS`."""
    return _from_row(dict(zip(COLUMNS, row, strict=True)))


def _from_row(row: dict[str, object]) -> RecoveryRequest:
    values: dict = row
    return RecoveryRequest(
        id=values["id"],
        number=number_from_column(values["number"]),
        typed_email=EmailAddress(values["typed_email"]) if values["typed_email"] else None,
        pair=values["pair"],
        locale=Locale(values["locale"]),
        received_at=moment(values["received_at"]),
        partner=values["partner"],
        state=State(values["state"]),
        reason=reason_from_column(values["reason"]),
        voter=values["voter"],
        round_id=values["round_id"],
        written_at=to_datetime(values["written_at"]),
        link=_link(values) if values["link_digest"] is not None else None,
        confirmed_at=to_datetime(values["confirmed_at"]),
        seed=values["seed"],
        password_key=values["password_key"],
        changed_at=to_datetime(values["changed_at"]),
        password_was_in_force=bool(values["password_was_in_force"]),
        rounds=rounds_from_column(values["rounds"]),
        round_voter=values["round_voter"],
        cause=Cause(values["cause"]) if values["cause"] else None,
        constituency=values["constituency"],
        post=values["post"],
        country=values["country"],
    )


def reason_from_column(column: str | None) -> Dismissal | Revocation | None:
    """Why it was dismissed, or its link ended."""
    if not column:
        return None
    return Revocation(column) if column in _REVOCATIONS else Dismissal(column)


def _link(row: dict) -> OneTimeLink:
    return OneTimeLink(
        key_id=row["link_key"],
        nonce=row["link_nonce"],
        digest=row["link_digest"],
        expires_at=moment(row["link_expires_at"]),
        attempts_left=row["link_attempts_left"],
    )


def number_to_column(number: ElectoralNumber) -> str:
    """`numic:00012345`: a reference to the register, and which one."""
    return f"{'numic' if isinstance(number, Numic) else 'numel'}:{number.value}"


def number_from_column(column: str) -> ElectoralNumber:
    """The reverse of `number_to_column`."""
    kind, _, value = column.partition(":")
    return Numic(value) if kind == "numic" else Numel(value)
