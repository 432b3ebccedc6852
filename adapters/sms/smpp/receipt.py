"""Receipts: `deliver_sm` and `data_sm` read as SMPP 3.4 has them, in optional parameters, in
Appendix B's text, or in both. The text ends with the beginning of the SMS: it goes into no log and
no exception."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

from core.delivery import DeliveryState
from core.receipts import Receipt

from ..operators import operator_code
from .names import readings
from .pdu import Fields
from .settings import SmppSettings

_MESSAGE_TYPE = 0b0011_1100
_DELIVERY_RECEIPT = 0b0000_0100
_INTERMEDIATE = 0b0010_0000
_NETWORK_ERROR = 0x0423
_MESSAGE_PAYLOAD = 0x0424
_MESSAGE_STATE = 0x0427
_RECEIPTED_ID = 0x001E
_FIELD = re.compile(
    r"\b(id|sub|dlvrd|submit date|done date|stat|err):([^\s:,;]*)(?=[\s,;]|$)", re.IGNORECASE
)
_TEXT = re.compile(r"\btext:", re.IGNORECASE)
_ERROR_CODE = re.compile(r"[0-9A-Fa-f]{1,8}")

_STATES = {
    "ENROUTE": (DeliveryState.ACCEPTED, "on its way"),
    "DELIVRD": (DeliveryState.DELIVERED, None),
    "EXPIRED": (DeliveryState.EXPIRED, "validity over"),
    "DELETED": (DeliveryState.FAILED, "deleted"),
    "UNDELIV": (DeliveryState.FAILED, "undeliverable"),
    "ACCEPTD": (DeliveryState.ACCEPTED, "accepted"),
    "UNKNOWN": (DeliveryState.ACCEPTED, "state unknown"),
    "REJECTD": (DeliveryState.FAILED, "rejected"),
}
"""UNKNOWN, and whatever is not on this list, is no proof that it failed: the time limit for
receipts decides."""
_NUMBERED = dict(enumerate(_STATES, start=1))
"""`message_state` (5.2.28): 1 is ENROUTE, 8 is REJECTED, in the order of the table."""
_IN_FULL = {
    "DELIVERED": "DELIVRD",
    "UNDELIVERABLE": "UNDELIV",
    "UNDELIVERED": "UNDELIV",
    "ACCEPTED": "ACCEPTD",
    "REJECTED": "REJECTD",
}
"""The words of 5.2.28, where an SMSC does not cut them to Appendix B's seven letters."""
_AHEAD = timedelta(hours=1)
_BEHIND = timedelta(days=30)
"""A date further off is nonsense: a wrong offset or a clock that was never set."""


@dataclass(frozen=True)
class DeliverSm:
    """The fields of a `deliver_sm` or `data_sm` that say something to us."""

    esm_class: int
    text: str = field(repr=False)
    parameters: dict[int, bytes] = field(repr=False)

    @classmethod
    def read(cls, body: bytes) -> DeliverSm:
        """`deliver_sm` (4.6.1). Raises `Garbled`."""
        fields = _after_addresses(body)
        esm_class, _protocol, _priority = fields.octets(3)
        fields.c_octets()  # schedule_delivery_time
        fields.c_octets()  # validity_period
        _registered, _replace, _data_coding, _default_message, length = fields.octets(5)
        text, parameters = fields.octets(length), fields.parameters()
        return cls(esm_class, _decoded(text or parameters.get(_MESSAGE_PAYLOAD, b"")), parameters)

    @classmethod
    def read_data_sm(cls, body: bytes) -> DeliverSm:
        """`data_sm` (4.7.1), whose text is a parameter. Raises `Garbled`."""
        fields = _after_addresses(body)
        esm_class, _registered, _data_coding = fields.octets(3)
        parameters = fields.parameters()
        return cls(esm_class, _decoded(parameters.get(_MESSAGE_PAYLOAD, b"")), parameters)

    @property
    def is_receipt(self) -> bool:
        """Of the SMSC, final or not. Without the type, parameters that no phone can send make it
        one; a text alone does not, for people can write what they like."""
        of_the_smsc = self._type in (_DELIVERY_RECEIPT, _INTERMEDIATE)
        return of_the_smsc or {_RECEIPTED_ID, _MESSAGE_STATE} <= self.parameters.keys()

    @property
    def is_intermediate(self) -> bool:
        """A notification (5.2.12): the SMSC goes on trying."""
        return self._type == _INTERMEDIATE

    @property
    def _type(self) -> int:
        return self.esm_class & _MESSAGE_TYPE


def _after_addresses(body: bytes) -> Fields:
    """What follows service_type, source and destination."""
    fields = Fields(body)
    fields.c_octets()
    for _source_then_destination in range(2):
        fields.octets(2)
        fields.c_octets()
    return fields


def read_receipt(message: DeliverSm, settings: SmppSettings, now: datetime) -> Receipt | None:
    """What the receipt says; None for one that names no message."""
    said = _said(message.text)
    parameter = message.parameters.get(_RECEIPTED_ID, b"")
    named = readings(parameter, said.get("id", ""), settings.receipt_ids)
    if not named:
        return None
    state, reason = _STATES.get(_state(message, said), _STATES["UNKNOWN"])
    if message.is_intermediate and state is not DeliveryState.DELIVERED:
        state = DeliveryState.ACCEPTED
    code = _error(message, said)
    return Receipt(
        route=settings.route,
        state=state,
        at=_done(said.get("done date", ""), settings.utc_offset_minutes, now),
        reference=named[0].reference,
        operator=_operator(message, settings.operator_tag),
        reason=f"{reason}, code {code}" if reason and code else reason,
        otherwise=named[1:],
    )


def _decoded(text: bytes) -> str:
    """Every field is ASCII; in UCS-2, each letter comes with a NUL."""
    return text.replace(b"\0", b"").decode("latin-1")


def _said(text: str) -> dict[str, str]:
    """The fields before the text of the SMS, which could look like a field itself."""
    found = _FIELD.findall(_TEXT.split(text, maxsplit=1)[0])
    return {name.lower(): value for name, value in reversed(found)}


def _state(message: DeliverSm, said: dict[str, str]) -> str:
    number = message.parameters.get(_MESSAGE_STATE, b"")
    if len(number) == 1 and number[0] in _NUMBERED:
        return _NUMBERED[number[0]]
    stat = said.get("stat", "").upper()
    return _IN_FULL.get(stat, stat)


def _error(message: DeliverSm, said: dict[str, str]) -> str | None:
    """The network's own number for the reason: digits and nothing else. 0 is none."""
    parameter = message.parameters.get(_NETWORK_ERROR, b"")
    if len(parameter) == 3:
        _network, code = struct.unpack("!BH", parameter)
        return str(code) if code else None
    code = said.get("err", "")
    return code if _ERROR_CODE.fullmatch(code) and code.strip("0") else None


def _operator(message: DeliverSm, tag: int | None) -> str | None:
    value = message.parameters.get(tag, b"").rstrip(b"\0").decode("latin-1") if tag else ""
    return operator_code(value)


def _done(date: str, utc_offset_minutes: int, now: datetime) -> datetime:
    """YYMMDDhhmm, with seconds, or with the century, by the SMSC's clock; nonsense is now."""
    zone = timezone(timedelta(minutes=utc_offset_minutes))
    form = {10: "%y%m%d%H%M", 12: "%y%m%d%H%M%S", 14: "%Y%m%d%H%M%S"}.get(len(date))
    try:
        done = datetime.strptime(date, form or "?").replace(tzinfo=zone).astimezone(UTC)
    except ValueError:
        return now
    return done if now - _BEHIND <= done <= now + _AHEAD else now
