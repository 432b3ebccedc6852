"""SmppSms: the SMS with the password over SMPP, and the receipts that come back."""

from __future__ import annotations

import asyncio

import structlog

from core.messages import Acceptance, PasswordSms
from core.ports.clock import Clock
from core.receipts import TakeReceipt

from ..senders import SenderIds
from ..text import SmsText
from . import status
from .alphabet import octets
from .link import Link, LinkState
from .names import submitted_id
from .pdu import Command, Garbled, Pdu, c_octets
from .receipt import DeliverSm, read_receipt
from .settings import SmppSettings

_INTERNATIONAL = (1, 1)
_ALPHANUMERIC = (5, 0)
_SHORT_CODE = (3, 0)
"""TON and NPI (5.2.5, 5.2.6)."""
_FINAL_RECEIPT = 1
_GSM = 0

_log = structlog.stdlib.get_logger("reassort.smpp")


class SmppSms:
    """`core.ports.sms.Sms` over one account. `start` it wherever receipts are to be taken, be
    nothing sent there; close it with `aclose`.

    SMPP knows no reference of the client's: a retry after a lost answer may send the SMS twice,
    with the same password. `receipts` is given each receipt at least once, in any order, and also
    before `send` has returned; the SMSC is told OK when it returns, and to come again when it
    raises. A text that the SMSC's alphabet cannot write is refused here (`UnicodeEncodeError`).
    """

    def __init__(
        self,
        settings: SmppSettings,
        text: SmsText,
        senders: SenderIds,
        clock: Clock,
        receipts: TakeReceipt,
    ) -> None:
        for sample in text.samples():
            octets(sample, settings.alphabet)
        self._settings = settings
        self._text = text
        self._senders = senders
        self._clock = clock
        self._receipts = receipts
        self._link = Link(settings, self._deliver)

    @property
    def state(self) -> LinkState:
        """Read it inside the running loop."""
        return self._link.state

    async def start(self) -> None:
        """Bind, and stay bound until `aclose`. Returns after the first attempt, raises nothing."""
        await self._link.start()

    async def aclose(self) -> None:
        """Unbind, once what is on its way is answered."""
        await self._link.aclose()

    async def send(self, message: PasswordSms) -> Acceptance:
        """The reference is the `message_id` under which the receipts come back."""
        await self._link.start()
        answer = await self._link.submit(self._submit_sm(message))
        if answer.status != status.OK:
            raise status.failure(answer.status, self._settings.refusals)
        return Acceptance(self._settings.route, self._reference(answer))

    def _reference(self, answer: Pdu) -> str | None:
        """Taken over it is, even by an SMSC that gives it no name; then no receipt finds it."""
        return submitted_id(answer.body, self._settings.receipt_ids)

    def _submit_sm(self, message: PasswordSms) -> bytes:
        """The body (4.4.1): one segment in the SMSC's default alphabet."""
        short_message = octets(self._text.write(message), self._settings.alphabet)
        return b"".join(
            (
                c_octets(self._settings.service_type),
                _address(self._senders.towards(message.to)),
                _address(message.to.value),
                bytes(3),  # esm_class, protocol_id, priority_flag
                c_octets(""),  # schedule_delivery_time: now
                c_octets(self._settings.validity_period),
                bytes((_FINAL_RECEIPT, 0, _GSM, 0, len(short_message))),
                short_message,
            )
        )

    async def _deliver(self, pdu: Pdu) -> int:
        """The status of the response: OK is said once nothing can be lost any more."""
        route = self._settings.route
        try:
            message = _read(pdu)
        except Garbled:
            _log.info("smpp_receipt_unreadable", route=route)
            return status.NEVER
        receipt = None
        if message.is_receipt:
            receipt = read_receipt(message, self._settings, self._clock.now())
        if receipt is None:
            _log.info("smpp_not_a_receipt", route=route, receipt=message.is_receipt)
            return status.OK
        try:
            async with asyncio.timeout(self._settings.response_timeout):
                await self._receipts(receipt)
        except Exception as error:
            _log.warning("smpp_receipt_not_taken", route=route, error=type(error).__name__)
            return status.TRY_AGAIN
        return status.OK


def _read(pdu: Pdu) -> DeliverSm:
    is_data_sm = pdu.command == Command.DATA_SM
    return DeliverSm.read_data_sm(pdu.body) if is_data_sm else DeliverSm.read(pdu.body)


def _address(value: str) -> bytes:
    """TON, NPI and the address. Numbers of E.164 go without their plus."""
    if value.startswith("+"):
        ton_npi = _INTERNATIONAL
    else:
        ton_npi = _SHORT_CODE if value.isdecimal() else _ALPHANUMERIC
    return bytes(ton_npi) + c_octets(value.removeprefix("+"))
