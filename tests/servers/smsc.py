"""An SMSC on the loopback address, written from the SMPP 3.4 specification alone.

It shares no line with `adapters/sms/smpp`, so that the two cannot be wrong in the same way. What it
does badly is told by its attributes, which a test sets before or during the conversation.
"""

from __future__ import annotations

import asyncio
import ssl
import struct
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field

ENQUIRE_LINK, UNBIND, SUBMIT_SM, DELIVER_SM, BIND_TRANSCEIVER = 0x15, 0x06, 0x04, 0x05, 0x09
DATA_SM = 0x103
GENERIC_NACK = RESP = 0x80000000
ROK, RINVPASWD, RTHROTTLED, RINVDSTADR = 0x00, 0x0E, 0x58, 0x0B

_ALPHABET = (  # 3GPP TS 23.038, 6.2.1, sixteen septets a line
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ?ÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)


@dataclass(frozen=True)
class Submitted:
    """A `submit_sm`, field by field."""

    message_id: str
    source: tuple[int, int, str]
    destination: tuple[int, int, str]
    esm_class: int
    validity: str
    registered: int
    coding: int
    octets: bytes

    @property
    def text(self) -> str:
        """GSM 03.38, one septet an octet. The extension table is not spoken here."""
        return "".join(_ALPHABET[octet] for octet in self.octets)


@dataclass(eq=False)
class Bound:
    """One client's connection."""

    writer: asyncio.StreamWriter
    bound: bool = False
    sequence: int = 0
    waiting: dict[int, asyncio.Future[int]] = field(default_factory=dict)

    def send(self, command: int, sequence: int, status: int = 0, body: bytes = b"") -> None:
        self.writer.write(struct.pack(">4L", 16 + len(body), command, status, sequence) + body)


@dataclass
class Smsc:
    """Takes everything, and sends a receipt after each response, unless told otherwise."""

    system_id: str = "reassort"
    password: str = "CANARYKEY"
    statuses: deque[int] = field(default_factory=deque)
    """Of the next submissions, before all is well again."""
    bind_statuses: deque[int] = field(default_factory=deque)
    delay: float = 0
    """Seconds before a submission is answered."""
    receipts: str = "after"
    """"before" or "after" the response, "held" until `release`, or "none"."""
    stat: str = "DELIVRD"
    first_id: int = 2600
    silent: bool = False
    """Answers nothing but binds."""
    mute_binds: int = 0
    """So many binds are not answered either."""
    nameless: bool = False
    """Responses hold no message id."""
    drops: int = 0
    """So many submissions are taken and answered by ending the connection."""
    retry: float = 0.02
    """Seconds until a receipt that was not taken is sent again."""
    submitted: list[Submitted] = field(default_factory=list)
    binds: list[tuple[str, str, int]] = field(default_factory=list)
    unbinds: int = 0
    enquiries: int = 0
    nacks: list[tuple[int, int]] = field(default_factory=list)
    """Sequence and status of each `generic_nack` received."""
    answers: list[int] = field(default_factory=list)
    """The statuses of each `deliver_sm_resp`."""
    owed: dict[str, bytes] = field(default_factory=dict)
    """Receipts not yet taken, by message id: they outlive connections and `stop`."""
    links: list[Bound] = field(default_factory=list)
    most_at_once: int = 0
    """Submissions that awaited their answer at the same time."""
    port: int = 0
    _answering: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self, tls: ssl.SSLContext | None = None) -> None:
        """Listens; a second time on the same port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]
        self._retrying = asyncio.create_task(self._retry())

    async def stop(self) -> None:
        """As by a kill: no leave is taken."""
        self._server.close()
        self._retrying.cancel()
        self.drop()
        await self._server.wait_closed()

    def drop(self) -> None:
        """Ends every connection."""
        for link in self.links:
            link.writer.transport.abort()

    def release(self) -> None:
        """Receipts held so far, and all later ones, go out."""
        self.receipts = "after"

    def send(self, octets: bytes) -> None:
        """Any octets, to every client."""
        for link in self.links:
            link.writer.write(octets)

    async def deliver(self, body: bytes) -> int:
        """A `deliver_sm` to the last client; returns the status of its response."""
        status = await self.ask(DELIVER_SM, body)
        self.answers.append(status)
        return status

    async def ask(self, command: int, body: bytes = b"") -> int:
        """Any request to the last client; returns the status of its response."""
        link = self.links[-1]
        link.sequence += 1
        link.waiting[link.sequence] = answer = asyncio.get_running_loop().create_future()
        link.send(command, link.sequence, body=body)
        return await answer

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Bound(writer)
        self.links.append(link)
        with suppress(OSError, EOFError):
            while True:
                length, command, status, sequence = struct.unpack(
                    ">4L", await reader.readexactly(16)
                )
                body = await reader.readexactly(length - 16)
                if not await self._handle(link, command, status, sequence, body):
                    break
        self.links.remove(link)
        for answer in link.waiting.values():
            if not answer.done():
                answer.set_exception(ConnectionResetError())
        writer.close()

    async def _handle(
        self, link: Bound, command: int, status: int, sequence: int, body: bytes
    ) -> bool:
        if command == BIND_TRANSCEIVER:
            if self.mute_binds:
                self.mute_binds -= 1
                return True
            link.send(command | RESP, sequence, self._bind(link, body), b"smsc\0")
        elif command & RESP and command != GENERIC_NACK:
            link.waiting.pop(sequence).set_result(status)
        elif command == GENERIC_NACK:
            self.nacks.append((sequence, status))
        elif command == SUBMIT_SM and link.bound:
            return await self._take(link, sequence, body)
        elif command == ENQUIRE_LINK:
            self.enquiries += 1
            if not self.silent:
                link.send(command | RESP, sequence)
        elif command == UNBIND:
            self.unbinds += 1
            if not self.silent:
                link.send(command | RESP, sequence)
        return command != UNBIND

    def _bind(self, link: Bound, body: bytes) -> int:
        system_id, password, _system_type, rest = body.split(b"\0", 3)
        self.binds.append((system_id.decode(), password.decode(), rest[0]))
        right = (self.system_id, self.password) == (system_id.decode(), password.decode())
        status = self.bind_statuses.popleft() if self.bind_statuses else ROK
        status = status if right else RINVPASWD
        link.bound = status == ROK
        return status

    async def _take(self, link: Bound, sequence: int, body: bytes) -> bool:
        status = self.statuses.popleft() if self.statuses else ROK
        if self.silent:
            return True
        if status != ROK:
            link.send(SUBMIT_SM | RESP, sequence, status)
            return True
        message = parse_submit_sm(body, self._id(self.first_id + len(self.submitted)))
        self.submitted.append(message)
        if self.drops:
            self.drops -= 1
            self._owe(message)
            return False
        answering = asyncio.create_task(self._answer(link, sequence, message))
        self._answering.add(answering)
        self.most_at_once = max(self.most_at_once, len(self._answering))
        answering.add_done_callback(self._answering.discard)
        return True

    def _id(self, number: int) -> str:
        """As responses write it."""
        return f"{number:x}"

    async def _answer(self, link: Bound, sequence: int, message: Submitted) -> None:
        if self.receipts == "before":
            with suppress(ConnectionError):
                await self.deliver(receipt(message.message_id, self.stat))
        await asyncio.sleep(self.delay)
        name = "" if self.nameless else message.message_id
        link.send(SUBMIT_SM | RESP, sequence, body=name.encode() + b"\0")
        if self.receipts != "before":
            self._owe(message)

    def _owe(self, message: Submitted) -> None:
        if self.receipts != "none" and message.registered == 1:
            self.owed[message.message_id] = receipt(message.message_id, self.stat)

    async def _retry(self) -> None:
        """Sends what is owed, again and again, to whoever is bound."""
        while True:
            await asyncio.sleep(self.retry)
            if self.receipts == "held" or not any(link.bound for link in self.links):
                continue
            for message_id, body in list(self.owed.items()):
                with suppress(ConnectionError, IndexError):
                    if await self.deliver(body) == ROK:
                        self.owed.pop(message_id, None)


def parse_submit_sm(body: bytes, message_id: str) -> Submitted:
    """4.4.1."""
    _service_type, rest = body.split(b"\0", 1)
    source_ton, source_npi = rest[:2]
    source, rest = rest[2:].split(b"\0", 1)
    destination_ton, destination_npi = rest[:2]
    destination, rest = rest[2:].split(b"\0", 1)
    esm_class, _protocol, _priority = rest[:3]
    _schedule, validity, rest = rest[3:].split(b"\0", 2)
    registered, _replace, coding, _default, length = rest[:5]
    assert len(rest) == 5 + length
    return Submitted(
        message_id,
        (source_ton, source_npi, source.decode()),
        (destination_ton, destination_npi, destination.decode()),
        esm_class,
        validity.decode(),
        registered,
        coding,
        rest[5:],
    )


def receipt(
    message_id: str, stat: str = "DELIVRD", done: str = "2703121406", err: str = "000"
) -> bytes:
    """The body of a receipt as Appendix B has it."""
    text = f"id:{message_id} sub:001 dlvrd:001 submit date:2703121405 done date:{done} "
    text += f"stat:{stat} err:{err} text:Nouveau mot de passe"
    return deliver_sm(text.encode())


def deliver_sm(
    text: bytes, parameters: dict[int, bytes] | None = None, esm_class: int = 4
) -> bytes:
    """4.6.1: from the voter's number to a sender ID."""
    head = _ADDRESSES + bytes((esm_class, 0, 0)) + b"\0\0"
    return head + bytes((0, 0, 0, 0, len(text))) + text + _optional(parameters or {})


def data_sm(parameters: dict[int, bytes], esm_class: int = 4) -> bytes:
    """4.7.1: from the voter's number to a sender ID."""
    return _ADDRESSES + bytes((esm_class, 0, 0)) + _optional(parameters)


_ADDRESSES = b"\0\x01\x0133639980001\0\x05\0VoteFrance\0"


def _optional(parameters: dict[int, bytes]) -> bytes:
    return b"".join(
        struct.pack(">HH", tag, len(value)) + value for tag, value in parameters.items()
    )
