"""What is said to a relay for one e-mail, turn by turn, and what is made of its answers."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress

import pytest
from aiosmtplib.protocol import PERIOD_REGEX, normalize_message_line_endings

from adapters.email.renderer import AssistanceContact, EmailRenderer, EmailSettings
from adapters.email.smtp import SmtpEmail
from adapters.email.smtp_connections import SmtpSecurity, SmtpSettings
from adapters.email.smtp_conversation import Command, stuffed
from adapters.system import SystemClock
from core.errors import MessageDeferred, MessageRefused
from core.locale import Locale
from core.messages import EmailMessage, MessageKind
from core.voter import EmailAddress

RENDERER = EmailRenderer(
    EmailSettings(
        "vote@example.org",
        "Vote",
        "https://vote.example.org/r#{token}",
        "vote.example.org",
        AssistanceContact("assistance@example.org"),
    ),
    SystemClock(),
)
MESSAGE = EmailMessage(
    "r1.no_phone", MessageKind.NO_PHONE, EmailAddress("camille@example.org"), Locale.FR
)


class Relay:
    """Answers a whole turn at a time, as a script has it; keeps the first words of what it was
    told, turn by turn, and each connection's apart."""

    def __init__(self, **answers: str) -> None:
        """By command; `CONTENT` for the content, `.` for an end without content."""
        self.answers = {
            "EHLO": "250-relay\r\n250-PIPELINING\r\n250 DSN",
            "MAIL": "250 ok",
            "RCPT": "250 ok",
            "DATA": "354 go on",
            "CONTENT": "250 queued as Q1",
            ".": "554 no recipients",
            "RSET": "250 ok",
            "NOOP": "250 ok",
            "QUIT": "221 bye",
        } | answers
        self.sessions: list[list[list[str]]] = []
        self.pieces = 1 << 16
        """How many bytes of an answer go out at once."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await self._serve(reader, writer)
        writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        turns: list[list[str]] = []
        self.sessions.append(turns)
        await self._answer(writer, "220 relay")
        while heard := await reader.read(1 << 20):
            if turns and turns[-1][-1] == "DATA" and self.answers["DATA"].startswith("354"):
                while not (heard == b".\r\n" or heard.endswith(b"\r\n.\r\n")):
                    more = await reader.read(1 << 20)
                    if not more:
                        return
                    heard += more
                said = ["." if heard == b".\r\n" else "CONTENT"]
            else:
                said = [line[:4].decode() for line in heard.split(b"\r\n")[:-1]]
            turns.append(said)
            for each in said:
                if self.answers[each] == "hang up":
                    return
                await self._answer(writer, self.answers[each])

    async def _answer(self, writer: asyncio.StreamWriter, answer: str) -> None:
        """An empty one is none."""
        sent = f"{answer}\r\n".encode() if answer else b""
        for start in range(0, len(sent), self.pieces):
            writer.write(sent[start : start + self.pieces])
            await asyncio.sleep(0)


@asynccontextmanager
async def to(relay: Relay, step: float = 2):
    server = await asyncio.start_server(relay.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    settings = SmtpSettings(
        "127.0.0.1",
        "retours@vote.example.org",
        port=port,
        security=SmtpSecurity.PLAIN,
        helo_name="localhost",
        command_timeout=step,
        deadline=5,
    )
    smtp = SmtpEmail(RENDERER, settings)
    async with server:
        try:
            yield smtp
        finally:
            await smtp.aclose()
            await asyncio.sleep(0.02)


async def test_the_envelope_takes_one_turn():
    """R29: RFC 2920: MAIL, RCPT and DATA are said at once, and then the content."""
    relay = Relay()
    async with to(relay) as smtp:
        assert (await smtp.send(MESSAGE)).reference == "Q1"
        await smtp.send(MESSAGE)
    (turns,) = relay.sessions
    assert turns == [["EHLO"], *[["MAIL", "RCPT", "DATA"], ["CONTENT"]] * 2, ["QUIT"]]


async def test_a_relay_that_does_not_offer_it_is_asked_one_thing_after_the_other():
    """R29: it may lose what it is told before its turn."""
    relay = Relay(EHLO="250 relay")
    async with to(relay) as smtp:
        await smtp.send(MESSAGE)
    assert relay.sessions[0][1:5] == [["MAIL"], ["RCPT"], ["DATA"], ["CONTENT"]]


async def test_answers_in_pieces():
    """R29: an answer of several lines that comes byte by byte is the same answer."""
    relay = Relay(MAIL="250-2.1.0 well\r\n250 2.1.0 done", CONTENT="250-2.0.0 Ok:\r\n250 id=1rA-2")
    relay.pieces = 1
    async with to(relay) as smtp:
        assert (await smtp.send(MESSAGE)).reference == "1rA-2"


@pytest.mark.parametrize(
    ("answers", "follows"),
    [
        ({"RCPT": "550 5.1.1 unknown", "DATA": "503 no recipients"}, ["RSET"]),
        ({"RCPT": "550 5.1.1 unknown", "DATA": "354 go on"}, ["."]),
        ({"RCPT": "550 5.1.1 unknown", "DATA": "354 go on", ".": "250 ok"}, ["."]),
        ({"MAIL": "550 5.1.1 unknown", "RCPT": "503 no", "DATA": "503 no"}, ["RSET"]),
        ({"MAIL": "550 5.1.1 unknown", "RCPT": "503 no", "DATA": "354 go on"}, ["."]),
        ({"DATA": "550 5.1.1 unknown"}, ["RSET"]),
    ],
)
async def test_a_refusal_keeps_the_connection_and_gives_no_content(answers, follows):
    """R29: RFC 2920, 3.1: a relay that wants the content although it refused the recipient gets an
    end and nothing before it; the first refusal is the one that is told."""
    relay = Relay(**answers)
    async with to(relay) as smtp:
        with pytest.raises(MessageRefused) as refusal:
            await smtp.send(MESSAGE)
        relay.answers |= {"MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go on"}
        assert refusal.value.reason == "550 5.1.1 unknown"
        assert relay.sessions[0][2] == follows
        await smtp.send(MESSAGE)
    (turns,) = relay.sessions
    assert turns[-2] == ["CONTENT"]


async def test_a_relay_that_would_send_nothing_to_somebody_is_left():
    """R29: it refused the sender, and has taken recipient and content all the same: an end would
    be an empty e-mail to the voter."""
    relay = Relay(MAIL="451 4.3.0 later")
    async with to(relay) as smtp:
        with pytest.raises(MessageDeferred, match=r"^451 4\.3\.0 later$"):
            await smtp.send(MESSAGE)
        relay.answers["MAIL"] = "250 ok"
        await smtp.send(MESSAGE)
    first, second = relay.sessions
    assert first == [["EHLO"], ["MAIL", "RCPT", "DATA"]]
    assert second[-2] == ["CONTENT"]


@pytest.mark.parametrize("silent", ["RCPT", "DATA"])
async def test_a_relay_that_hangs_up_after_a_refusal(silent):
    """R29: the refusal is what is told."""
    relay = Relay(MAIL="550 5.7.1 no", **{silent: "hang up"})
    async with to(relay) as smtp:
        with pytest.raises(MessageRefused) as refusal:
            await smtp.send(MESSAGE)
    assert refusal.value.reason == "550 5.7.1 no"


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
async def test_a_connection_lost_over_the_envelope_is_opened_once_more(command):
    """R29: nothing was handed over; a relay that hangs up again is tried again later."""
    relay = Relay(**{command: "hang up"})
    async with to(relay) as smtp:
        with pytest.raises(MessageDeferred, match=r"^no connection$"):
            await smtp.send(MESSAGE)
    assert len(relay.sessions) == 2


async def test_a_connection_lost_over_the_content_is_not():
    """R29: F-7: the relay may have the e-mail: the retry is the job's, with the same Message-ID."""
    relay = Relay(CONTENT="hang up")
    async with to(relay) as smtp:
        with pytest.raises(MessageDeferred, match=r"^no connection$"):
            await smtp.send(MESSAGE)
    assert len(relay.sessions) == 1


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("what?", "Malformed SMTP response line"),
        ("250-" + "x" * 40000, "Response too long"),
    ],
)
async def test_what_is_no_answer(answer, told):
    """R29: deferred, and the connection is not used again."""
    relay = Relay(RCPT=answer)
    async with to(relay) as smtp:
        with pytest.raises(MessageDeferred, match=told):
            await smtp.send(MESSAGE)
        relay.answers["RCPT"] = "250 ok"
        await smtp.send(MESSAGE)
    assert len(relay.sessions) == 2


@pytest.mark.parametrize("noise", ["", "what?", "x\r\ny", "\r\n".join(["250 ok"] * 9)])
async def test_an_answer_stands_whatever_comes_behind_it(noise):
    """R29: the relay has the e-mail, and it is not sent again; the connection is not used again."""
    relay = Relay(CONTENT=f"250 queued as Q1\r\n{noise}")
    async with to(relay) as smtp:
        assert (await smtp.send(MESSAGE)).reference == "Q1"
        relay.answers["CONTENT"] = "250 queued as Q2"
        assert (await smtp.send(MESSAGE)).reference == "Q2"
    assert [turns[-1] for turns in relay.sessions] == [["CONTENT"], ["QUIT"]]


@pytest.mark.parametrize("extensions", ["PIPELINING", "DSN"])
async def test_a_refusal_stands_whatever_comes_behind_it(extensions):
    """R29: what is no answer does not have the e-mail tried again for hours."""
    relay = Relay(EHLO=f"250-relay\r\n250 {extensions}", RCPT="550 5.1.1 unknown\r\nwhat?")
    async with to(relay) as smtp:
        with pytest.raises(MessageRefused) as refusal:
            await smtp.send(MESSAGE)
    assert refusal.value.reason == "550 5.1.1 unknown"
    assert len(relay.sessions) == 1


async def test_more_answers_than_were_asked_for():
    """R29: the first is one to the recipient, the next is none to DATA: deferred, and the
    connection is not used again."""
    relay = Relay(RCPT="\r\n".join(["250 ok"] * 9))
    async with to(relay) as smtp:
        with pytest.raises(MessageDeferred, match=r"^250 ok$"):
            await smtp.send(MESSAGE)
        relay.answers["RCPT"] = "250 ok"
        await smtp.send(MESSAGE)
    assert len(relay.sessions) == 2


@pytest.mark.parametrize("early", ["250 queued as Q0", "250-queued\r\n250 as Q0", "250-as", "55"])
@pytest.mark.parametrize(
    ("extensions", "command"),
    [("PIPELINING", "DATA"), ("DSN", "DATA"), ("DSN", "RCPT"), ("DSN", "MAIL")],
)
async def test_an_answer_before_its_question_is_none(early, extensions, command):
    """R29: a relay that says 250 before it has the content has not taken the e-mail: deferred, and
    nothing more is said on that connection."""
    usual = Relay().answers[command]
    relay = Relay(EHLO=f"250-relay\r\n250 {extensions}", **{command: f"{usual}\r\n{early}"})
    async with to(relay) as smtp:
        with pytest.raises(MessageDeferred, match="nobody asked for") as deferral:
            await smtp.send(MESSAGE)
        assert not deferral.value.is_answer
        assert relay.sessions[0][-1][-1] == command
        relay.answers[command] = usual
        assert (await smtp.send(MESSAGE)).reference == "Q1"
    assert len(relay.sessions) == 2


async def test_what_nobody_asked_for_is_nobodys_answer():
    """R29: a relay that says more than it was asked is left after the e-mail, so that its words are
    not taken for the next one's."""
    relay = Relay(CONTENT="250 queued as Q1\r\n550 no")
    async with to(relay) as smtp:
        await smtp.send(MESSAGE)
        relay.answers["CONTENT"] = "250 queued as Q2"
        assert (await smtp.send(MESSAGE)).reference == "Q2"
    assert len(relay.sessions) == 2


async def test_a_silent_relay_takes_a_step():
    """R29: of the answers to one turn each is waited for as long as for any other."""
    relay = Relay(RCPT="", DATA="")
    begun = asyncio.get_running_loop().time()
    async with to(relay, step=0.2) as smtp:
        with pytest.raises(MessageDeferred, match=r"^timeout$"):
            await smtp.send(MESSAGE)
    assert 0.2 <= asyncio.get_running_loop().time() - begun < 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a",
        b".",
        b"a\r\n",
        b".a\r\n..b\r\nc.\r\n.\r\n",
        b"a\nb\rc\r\n\r\r\n\n.d",
        b"a\n.b\n",
        b"\r\n.\r\n",
        b"a\r\r\n\n.\n",
    ],
)
def test_the_content_is_written_as_before(content):
    """R34: RFC 5321, 4.5.2: dots doubled and lines ended, as aiosmtplib writes them."""
    normal = normalize_message_line_endings(content)
    assert stuffed(content) == PERIOD_REGEX.sub(b"..", normal) + b".\r\n"


def test_a_command_is_one_line():
    """R25: no address can bring another command in."""
    with pytest.raises(ValueError, match="control character"):
        Command(b"RCPT TO:<a@example.org>\r\nDATA", (250,), lambda *_: None)  # type: ignore[arg-type]
