"""What is said to a relay for one e-mail, in as few turns as the relay allows.

aiosmtplib opens a connection, protects it, logs in and takes leave. It holds one answer at a time,
so that its own commands would take four turns for an e-mail; here a relay that offers PIPELINING
(RFC 2920) is given the envelope in one.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import aiosmtplib
from aiosmtplib import SMTPResponse, SMTPStatus

_LONGEST_ANSWER = 32768
"""Bytes of one answer, all its lines: what relays say to EHLO has a few thousand."""
_LONGEST_TURN = 3
"""Commands, and hence answers."""
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_LINE_END = re.compile(rb"\r\n|\r|\n")


class ContentLost(aiosmtplib.SMTPServerDisconnected):
    """The relay hung up after it was given the content: it may have the e-mail."""


@dataclass(frozen=True)
class Command:
    """`refused` makes the exception of an answer whose code is none of `expected`."""

    words: bytes
    expected: tuple[int, ...]
    refused: Callable[[int, str], aiosmtplib.SMTPResponseException]

    def __post_init__(self) -> None:
        if _CONTROL.search(self.words):
            raise ValueError("a control character in an SMTP command")


DATA = Command(b"DATA", (SMTPStatus.start_input,), aiosmtplib.SMTPDataError)


@contextmanager
def conversation(relay: aiosmtplib.SMTP) -> Iterator[Conversation]:
    """On an open connection, which is aiosmtplib's again afterwards."""
    transport, library = relay.transport, relay.protocol
    if not relay.is_connected or transport is None or library is None:
        raise aiosmtplib.SMTPServerDisconnected("Connection lost")
    spoken = Conversation(relay, cast(asyncio.Transport, transport), library)
    transport.set_protocol(spoken)
    try:
        yield spoken
    finally:
        transport.set_protocol(library)
        if spoken.is_out_of_step:
            relay.close()


class Conversation(asyncio.Protocol):
    """Of one e-mail: first `envelope`, then `content`. Raises what `aiosmtplib` raises."""

    def __init__(
        self, relay: aiosmtplib.SMTP, transport: asyncio.Transport, library: asyncio.Protocol
    ) -> None:
        self._relay, self._transport, self._library = relay, transport, library
        self._heard, self._lines = b"", list[bytes]()
        self._answers = deque[SMTPResponse]()
        self._waiter: asyncio.Future[None] | None = None
        self._end: aiosmtplib.SMTPException | None = None

    @property
    def is_out_of_step(self) -> bool:
        """The relay has said what nobody asked for, or what is no answer."""
        return bool(self._answers or self._lines or self._heard or self._end)

    async def envelope(
        self, commands: Sequence[Command], step: float, left: Callable[[], float]
    ) -> None:
        """Returns when the relay waits for the content. `commands`: MAIL, RCPT and DATA. `step`:
        seconds for each answer; the last may take what `left` says."""
        at_once = self._relay.supports_extension("pipelining")
        if at_once:
            self._say(*commands)
        for number, command in enumerate(commands, 1):
            patience = step if number < len(commands) else left()
            if not at_once:
                self._say(command)
            answer = await self._answer(patience)
            if answer.code not in command.expected:
                if at_once:
                    await self._call_off(commands[number:], step)
                self._closed_by(answer)
                raise command.refused(answer.code, answer.message)

    async def content(self, content: bytes, patience: float) -> SMTPResponse:
        """Hand over the e-mail, and give the relay `patience` seconds to take it. Raises
        `ContentLost` besides."""
        self._write(stuffed(content))
        try:
            answer = await self._answer(patience)
        except aiosmtplib.SMTPServerDisconnected as lost:
            raise ContentLost(lost.message) from None
        if answer.code != SMTPStatus.completed:
            self._closed_by(answer)
            raise aiosmtplib.SMTPDataError(answer.code, answer.message)
        return answer

    async def _call_off(self, outstanding: Sequence[Command], step: float) -> None:
        """After a refusal: the answers to what was said in the same turn. A relay that wants the
        content all the same is given none (RFC 2920, 3.1), and is left if it knows for whom."""
        try:
            taken = [(await self._answer(step)).code in each.expected for each in outstanding]
            if any(taken[:-1]):
                self._relay.close()
            elif any(taken):
                self._write(b".\r\n")
                await self._answer(step)
        except (aiosmtplib.SMTPException, OSError):
            self._relay.close()

    def _closed_by(self, answer: SMTPResponse) -> None:
        if answer.code == SMTPStatus.domain_unavailable:
            self._relay.close()

    # -- What is said --

    def _say(self, *commands: Command) -> None:
        self._write(b"".join(each.words + b"\r\n" for each in commands))

    def _write(self, said: bytes) -> None:
        """What was heard before is no answer to it."""
        if self._answers or self._lines or self._heard:
            self._break("An answer that nobody asked for")
        if self._end:
            raise self._end
        if self._transport.is_closing():
            raise aiosmtplib.SMTPServerDisconnected("Connection lost")
        self._transport.write(said)

    # -- What is heard --

    async def _answer(self, patience: float) -> SMTPResponse:
        while not self._answers:
            if self._end:
                raise self._end
            loop = asyncio.get_running_loop()
            self._waiter = loop.create_future()
            timer = loop.call_later(
                patience, self._wake, aiosmtplib.SMTPReadTimeoutError("timeout")
            )
            try:
                await self._waiter
            finally:
                timer.cancel()
        return self._answers.popleft()

    def data_received(self, data: bytes) -> None:
        *lines, self._heard = (self._heard + data).split(b"\n")
        try:
            for line in lines:
                self._hear(line)
        except ValueError:
            told = lines[-1].decode("utf-8", "replace")
            self._break(f"Malformed SMTP response line: {told}")
        size = len(self._heard) + sum(map(len, self._lines))
        if size > _LONGEST_ANSWER or len(self._answers) > _LONGEST_TURN:
            self._break("Response too long")
        if self._answers:
            self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end = self._end or aiosmtplib.SMTPServerDisconnected("Connection lost")
        self._wake()
        self._library.connection_lost(exc)

    def _hear(self, line: bytes) -> None:
        """A line of an answer; the last has no `-` behind its code (RFC 5321, 4.2.1)."""
        code = int(line[:3])
        self._lines.append(line[4:].strip(b" \t\r\n"))
        if line[3:4] != b"-":
            text = b"\n".join(self._lines).decode("utf-8", "surrogateescape")
            self._answers.append(SMTPResponse(code, text))
            self._lines.clear()

    def _break(self, reason: str) -> None:
        """For good. Answers that were whole by then are answers all the same."""
        self._end = aiosmtplib.SMTPResponseException(SMTPStatus.invalid_response, reason)
        self._relay.close()
        self._wake()

    def _wake(self, failure: Exception | None = None) -> None:
        if self._waiter is None or self._waiter.done():
            return
        if failure:
            self._waiter.set_exception(failure)
        else:
            self._waiter.set_result(None)


def stuffed(content: bytes) -> bytes:
    """With CRLF for every end of a line, dots doubled where a line begins with one, and the end
    that SMTP wants (RFC 5321, 4.5.2)."""
    ends = content.count(b"\r\n")
    if ends != content.count(b"\n") or ends != content.count(b"\r"):
        content = _LINE_END.sub(b"\r\n", content)
    doubled = content.replace(b"\r\n.", b"\r\n..")
    first = b"." if content.startswith(b".") else b""
    last = b"" if content.endswith(b"\r\n") else b"\r\n"
    return b"".join((first, doubled, last, b".\r\n"))
