"""SmppSms against an SMSC of our own making that misbehaves on demand."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import shutil
import ssl
import struct
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from adapters.sms.gsm0338 import DEFAULT, EXTENSION
from adapters.sms.senders import SenderIds
from adapters.sms.smpp.alphabet import Alphabet, octets
from adapters.sms.smpp.settings import ReceiptIds, SmppSettings
from adapters.sms.smpp.sms import SmppSms
from adapters.sms.text import SmsText
from core.delivery import DeliveryState
from core.errors import MessageDeferred, MessageRefused, StoreUnavailable
from core.locale import Locale
from core.messages import Acceptance, PasswordSms
from core.password_issuer import Password
from core.receipts import Receipt
from core.voter import PhoneNumber
from tests.servers import smsc as smpp
from tests.servers.smsc import Smsc, data_sm, deliver_sm, receipt
from tests.tracebacks import told_by

NOW = datetime(2027, 3, 12, 14, 7, tzinfo=UTC)
SMS = PasswordSms(
    "r1.password",
    PhoneNumber("+33639980001"),
    Locale.FR,
    Password("CANARY234567"),
    datetime(2027, 3, 12, 13, 5, tzinfo=UTC),
)
QUICK = SmppSettings(
    "127.0.0.1",
    "reassort",
    "CANARYKEY",
    connect_timeout=5,
    response_timeout=5,
    first_wait=0.02,
    longest_wait=0.1,
    receipt_ids=ReceiptIds.SAME,
)
NODE_MODULES = Path(__file__).parents[1] / "servers" / "node_modules"


class StoppedClock:
    def now(self) -> datetime:
        return NOW


class Box:
    """Where receipts are brought; `failures` of them are not taken."""

    def __init__(self) -> None:
        self.receipts: list[Receipt] = []
        self.failures = 0
        self.hangs = False
        self.slow = 0.0

    async def take(self, receipt: Receipt) -> None:
        await asyncio.sleep(self.slow)
        if self.hangs:
            await asyncio.Event().wait()
        if self.failures:
            self.failures -= 1
            raise StoreUnavailable("with +33639980001 and CANARY234567")
        self.receipts.append(receipt)

    async def holds(self, count: int) -> list[Receipt]:
        await until(lambda: len(self.receipts) >= count)
        return self.receipts


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.005)


@pytest.fixture
async def smsc() -> AsyncIterator[Smsc]:
    smsc = Smsc()
    await smsc.start()
    yield smsc
    await smsc.stop()


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
async def connect(smsc, box):
    """Makes clients of the SMSC, and takes leave for them."""
    made: list[SmppSms] = []

    def make(**changes) -> SmppSms:
        settings = replace(QUICK, **{"port": smsc.port, **changes})
        senders = SenderIds("VOTE", {"+33": "VoteFrance", "+1": "+15550100", "+44": "60777"})
        made.append(SmppSms(settings, SmsText(12), senders, StoppedClock(), box.take))
        return made[-1]

    yield make
    for sms in made:
        await sms.aclose()


@pytest.fixture
def logged(caplog, capsys) -> Callable[[], str]:
    """What was logged so far, at every level, be structlog configured or not."""
    caplog.set_level(logging.DEBUG)
    return lambda: caplog.text + "".join(capsys.readouterr())


async def send_at_last(sms: SmppSms) -> Acceptance:
    """As the worker does: what is deferred is tried again."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await sms.send(SMS)
            except MessageDeferred:
                await asyncio.sleep(0.01)


# What goes out


async def test_one_segment_with_a_final_receipt(smsc, connect):
    """R33, R30: GSM 03.38 under data_coding 0, a final receipt asked for; the reference is the
    SMSC's id."""
    assert await connect().send(SMS) == Acceptance("smpp", "a28")
    [submitted] = smsc.submitted
    assert submitted.text == SmsText(12).write(SMS)
    assert (submitted.coding, submitted.esm_class, submitted.registered) == (0, 0, 1)
    assert submitted.validity == ""


@pytest.mark.parametrize(
    ("number", "source"),
    [
        ("+33639980001", (5, 0, "VoteFrance")),
        ("+15550111", (1, 1, "15550100")),
        ("+447700900001", (3, 0, "60777")),
    ],
)
async def test_addresses(smsc, connect, number, source):
    """R33: the sender ID of the country, with its type of number; the voter's in E.164."""
    await connect().send(replace(SMS, to=PhoneNumber(number)))
    assert smsc.submitted[0].source == source
    assert smsc.submitted[0].destination == (1, 1, number.removeprefix("+"))


async def test_validity(smsc, connect):
    """R29: a time after which the SMSC gives up, relative, so that no clock matters."""
    await connect(validity_minutes=26 * 60 + 5).send(SMS)
    assert smsc.submitted[0].validity == "000001020500000R"


def test_alphabet_is_that_of_the_linter():
    """R33: what the linter lets through can be written, in the octets of 3GPP TS 23.038."""
    assert {each for each in DEFAULT | EXTENSION if octets(each)} == DEFAULT | EXTENSION
    assert octets("@ÉàA€") == b"\x00\x1f\x7fA\x1be"
    assert len({octets(each) for each in DEFAULT}) == len(DEFAULT) == 127
    assert {len(octets(each)) for each in EXTENSION} == {2}


# What the SMSC answers


@pytest.mark.parametrize(
    ("alphabet", "codec", "text"),
    [
        (Alphabet.LATIN_1, "latin-1", "\nÉmis le 12 mars 2027 à 14 h 05"),
        (Alphabet.ASCII, "ascii", "\nEmis le 12 mars 2027 a 14 h 05"),
    ],
)
async def test_an_smsc_with_another_default_alphabet(smsc, connect, alphabet, codec, text):
    """R33: the SMS arrives in the letters that the SMSC reads (S5), the password as it is."""
    await connect(alphabet=alphabet).send(SMS)
    [submitted] = smsc.submitted
    assert submitted.coding == 0
    assert text in submitted.octets.decode(codec)
    assert "\nCANARY234567\n" in submitted.octets.decode(codec)


def test_a_text_that_the_alphabet_cannot_write_is_refused():
    """R33: before anything is sent, not when the first voter waits for it."""
    text = SmsText(12, {Locale.FR: "{password} € {issued}"})
    for alphabet in (Alphabet.LATIN_1, Alphabet.ASCII):
        settings = replace(QUICK, alphabet=alphabet)
        with pytest.raises(UnicodeEncodeError):
            SmppSms(settings, text, SenderIds("VOTE"), StoppedClock(), Box().take)
    SmppSms(QUICK, text, SenderIds("VOTE"), StoppedClock(), Box().take)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (0x0B, "smpp: 0x0b destination refused"),
        (0x0A, "smpp: 0x0a sender ID refused"),
        (0x48, "smpp: 0x48 kind of sender ID refused"),
        (0x51, "smpp: 0x51 kind of destination refused"),
        (0x01, "smpp: 0x01 message length refused"),
        (0x65, "smpp: 0x65 refused for good"),
        (0x66, "smpp: 0x66 message rejected"),
        (0x410, "smpp: 0x410"),
    ],
)
async def test_answers_about_the_message_refuse(smsc, connect, answer, reason):
    """R29, R31: a number or a sender ID that cannot pass this way is failed, for another route to
    try (S6: as through Kannel); the settings may add statuses of the vendor's."""
    smsc.statuses.append(answer)
    with pytest.raises(MessageRefused) as refusal:
        await connect(refusals=frozenset({0x410})).send(SMS)
    assert refusal.value.reason == reason


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (0x08, "smpp: 0x08 system error"),
        (0x14, "smpp: 0x14 queue full"),
        (0x45, "smpp: 0x45 submission failed"),
        (0x58, "smpp: 0x58 throttled"),
        (0x64, "smpp: 0x64 busy"),
        (0x411, "smpp: 0x411"),
        (0x0FFFFFFF, "smpp: 0xfffffff"),
    ],
)
async def test_answers_about_load_and_settings_defer(smsc, connect, answer, told):
    """R29: what waiting or mending the settings would deliver is kept; so is what has no name."""
    smsc.statuses.append(answer)
    sms = connect()
    with pytest.raises(MessageDeferred, match=f"^{told}$"):
        await sms.send(SMS)
    assert (await send_at_last(sms)).reference


async def test_bind_status_refused_binds_anew(smsc, connect):
    """R29: an SMSC that forgot our bind is bound to again."""
    smsc.statuses.append(0x04)
    sms = connect()
    with pytest.raises(MessageDeferred):
        await sms.send(SMS)
    assert (await send_at_last(sms)).reference
    assert len(smsc.binds) == 2


async def test_no_answer_defers(smsc, connect):
    """R29: an SMSC that says nothing may have the message or not: tried again."""
    sms = connect(response_timeout=0.2)
    await sms.start()
    smsc.silent = True
    with pytest.raises(MessageDeferred, match=r"^smpp: timeout$"):
        await sms.send(SMS)


async def test_late_answer_is_dropped(smsc, connect):
    """R29: an answer after its time is nobody's; the connection stays in step."""
    smsc.delay = 0.3
    sms = connect(response_timeout=0.2)
    with pytest.raises(MessageDeferred):
        await sms.send(SMS)
    smsc.delay = 0
    await asyncio.sleep(0.2)
    assert (await sms.send(SMS)).reference == "a29"
    assert len(smsc.binds) == 1


async def test_lost_connection_defers_and_binds_anew(smsc, connect, box):
    """R29: taken or not, an SMS whose answer is lost is sent again, with the same text; the
    receipts of both come in."""
    smsc.drops = 1
    sms = connect()
    with pytest.raises(MessageDeferred, match=r"^smpp: connection lost$"):
        await sms.send(SMS)
    await send_at_last(sms)
    assert len({each.octets for each in smsc.submitted}) == 1
    assert {each.reference for each in await box.holds(2)} == {"a28", "a29"}


async def test_response_without_an_id_is_an_acceptance(smsc, connect):
    """R29: taken over without a name: accepted, and no receipt will find it."""
    smsc.nameless = True
    assert await connect().send(SMS) == Acceptance("smpp", None)


async def test_window_bounds_what_is_on_its_way(smsc, connect):
    """R29: never more submissions at once than the operator allows."""
    smsc.delay = 0.02
    sms = connect(window=3)
    sent = await asyncio.gather(*(sms.send(SMS) for _ in range(9)))
    assert len({each.reference for each in sent}) == 9
    assert smsc.most_at_once == 3


async def test_sequence_numbers_begin_again(smsc, connect, monkeypatch):
    """R29: a worker that lives long runs out of numbers, and takes those that are free again."""
    monkeypatch.setattr("adapters.sms.smpp.session.LAST_SEQUENCE", 3)
    sms = connect(window=2)
    sent = await asyncio.gather(*(sms.send(SMS) for _ in range(8)))
    assert len({each.reference for each in sent}) == 8


async def test_full_window_defers(smsc, connect):
    """R29: nobody waits for a place for ever."""
    smsc.delay = 10
    sms = connect(window=1, response_timeout=0.2)
    outcomes = await asyncio.gather(*(sms.send(SMS) for _ in range(3)), return_exceptions=True)
    assert all(isinstance(each, MessageDeferred) for each in outcomes)
    assert "smpp: no place in the window" in map(str, outcomes)


async def test_cancelled_send_gives_its_place_back(smsc, connect):
    """R29: a job that is cancelled does not take a place in the window with it."""
    smsc.delay = 0.2
    sms = connect(window=1)
    sending = asyncio.create_task(sms.send(SMS))
    await until(lambda: smsc.submitted)
    assert sms.state.outstanding == 1
    sending.cancel()
    smsc.delay = 0
    assert (await sms.send(SMS)).reference == "a29"


async def test_throttling_pauses_the_whole_link(smsc, connect, logged):
    """R29: after ESME_RTHROTTLED nothing is sent for a while, by anyone; longer each time, until
    something is taken."""
    smsc.statuses.extend([smpp.RTHROTTLED] * 2)
    sms = connect(first_wait=0.1, longest_wait=1)
    waits = []
    for outcome in ("throttled", "throttled", "taken", "taken"):
        began = asyncio.get_running_loop().time()
        if outcome == "throttled":
            with pytest.raises(MessageDeferred, match="throttled"):
                await sms.send(SMS)
            assert sms.state.paused
        else:
            await sms.send(SMS)
        waits.append(asyncio.get_running_loop().time() - began)
    assert waits[1] >= 0.09
    assert waits[2] >= 0.19
    assert not sms.state.paused
    smsc.statuses.append(smpp.RTHROTTLED)
    with pytest.raises(MessageDeferred, match="throttled"):
        await sms.send(SMS)
    assert sms.state.throttlings == 3
    assert re.findall(r"seconds\W+([\d.]+)", logged()) == ["0.1", "0.2", "0.1"]


async def test_long_pause_defers_at_once(smsc, connect):
    """R29: a pause longer than anyone should wait is told as such."""
    smsc.statuses.append(smpp.RTHROTTLED)
    sms = connect(first_wait=9, longest_wait=9)
    with pytest.raises(MessageDeferred):
        await sms.send(SMS)
    with pytest.raises(MessageDeferred, match=r"^smpp: paused$"):
        await sms.send(SMS)


@pytest.mark.parametrize("status", [0x58, 0x14])
async def test_one_throttling_of_a_full_window_counts_once(smsc, connect, status):
    """R29: ten refusals of one moment, be it for a full queue, are one throttling, not ten
    doublings."""
    smsc.statuses.extend([status] * 10)
    sms = connect(window=10, first_wait=9, longest_wait=9)
    outcomes = await asyncio.gather(*(sms.send(SMS) for _ in range(10)), return_exceptions=True)
    assert all(isinstance(each, MessageDeferred) for each in outcomes)
    assert sms.state.throttlings == 1


# Binding


async def test_binds_as_a_transceiver_of_3_4(smsc, connect):
    """R30: `start` binds, though nothing is ever sent, so that receipts come in."""
    sms = connect()
    await sms.start()
    assert smsc.binds == [("reassort", "CANARYKEY", 0x34)]
    assert sms.state.bound
    await sms.start()
    assert len(smsc.binds) == 1


async def test_starts_without_an_smsc(smsc, connect):
    """R29: an outage at start stops no worker; sends defer until the SMSC is there."""
    await smsc.stop()
    sms = connect()
    await sms.start()
    assert not sms.state.bound
    with pytest.raises(MessageDeferred, match=r"^smpp: not bound$"):
        await sms.send(SMS)
    await smsc.start()
    assert (await send_at_last(sms)).reference


@pytest.mark.parametrize("refusal", [0x0D, 0x0E, 0x05])
async def test_refused_bind_is_tried_again(smsc, connect, refusal):
    """R29: a wrong password, an account bound elsewhere: deferred, and tried until mended."""
    smsc.bind_statuses.extend([refusal] * 2)
    sms = connect()
    with pytest.raises(MessageDeferred, match=r"^smpp: not bound$"):
        await sms.send(SMS)
    assert (await send_at_last(sms)).reference
    assert len(smsc.binds) == 3


async def test_wrong_password_binds_nowhere(smsc, connect, logged):
    """R42: said in the log, without the password."""
    sms = connect(password="CANARYWRONG")
    await sms.start()
    assert not sms.state.bound
    told = logged()
    assert "password refused" in told
    assert "CANARY" not in told


async def test_bind_without_an_answer_is_tried_again(smsc, connect):
    """R29: a port where nobody speaks SMPP holds nobody up."""
    smsc.mute_binds = 1
    sms = connect(response_timeout=0.2)
    await sms.start()
    assert not sms.state.bound
    assert (await send_at_last(sms)).reference


async def test_waits_grow_between_attempts(smsc, connect):
    """R29: an SMSC that is down is not hammered: the waits double, up to the longest."""
    smsc.bind_statuses.extend([0x0D] * 100)
    began = asyncio.get_running_loop().time()
    await connect(first_wait=0.05, longest_wait=0.2).start()
    await until(lambda: len(smsc.binds) == 5)
    assert asyncio.get_running_loop().time() - began >= (0.05 + 0.1 + 0.2 + 0.2) / 2


async def test_waits_grow_with_an_smsc_that_hangs_up(smsc, connect):
    """R29: neither is one that takes the bind and then hangs up."""
    began = asyncio.get_running_loop().time()
    await connect(first_wait=0.05, longest_wait=0.2).start()
    for binds in range(1, 5):
        await until(lambda binds=binds: len(smsc.binds) == binds and smsc.links)
        smsc.drop()
        await until(lambda: not smsc.links)
    await until(lambda: len(smsc.binds) == 5)
    assert asyncio.get_running_loop().time() - began >= (0.05 + 0.1 + 0.2 + 0.2) / 2


async def test_waits_begin_again_after_a_long_bind(smsc, connect):
    """R29: the troubles of last week do not make today's restart of the SMSC any longer."""
    smsc.bind_statuses.extend([0x0D] * 4)
    await connect(first_wait=0.05, longest_wait=0.4).start()
    await until(lambda: len(smsc.binds) == 5)
    await asyncio.sleep(0.45)
    began = asyncio.get_running_loop().time()
    smsc.drop()
    await until(lambda: len(smsc.binds) == 6)
    assert asyncio.get_running_loop().time() - began < 0.4 / 2


async def test_silent_smsc_is_left_and_bound_anew(smsc, connect):
    """R29: after a long idle a dead connection is found out by enquire_link, not by a voter."""
    sms = connect(enquire_every=0.05, response_timeout=0.2)
    await sms.start()
    await until(lambda: smsc.enquiries >= 2)
    assert len(smsc.binds) == 1
    smsc.silent = True
    await until(lambda: len(smsc.binds) >= 2)
    smsc.silent = False
    assert (await send_at_last(sms)).reference


async def test_answers_the_smscs_enquiries(smsc, connect):
    """R29: the SMSC asks as well whether we are there."""
    await connect().start()
    assert await smsc.ask(smpp.ENQUIRE_LINK) == smpp.ROK


async def test_unbind_by_the_smsc(smsc, connect):
    """R29: an SMSC that takes leave is answered, and bound to again."""
    sms = connect()
    await sms.start()
    assert await smsc.ask(smpp.UNBIND) == smpp.ROK
    await until(lambda: len(smsc.binds) == 2)
    assert (await send_at_last(sms)).reference


@pytest.mark.parametrize(
    "octets",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        struct.pack(">4L", 15, 5, 0, 1),
        struct.pack(">4L", 0xFFFFFFFF, 5, 0, 1),
        b"\0" * 64,
    ],
)
async def test_garbage_ends_the_connection(smsc, connect, octets):
    """R29: a stream out of step is given up at once: it never finds its step again."""
    sms = connect()
    await sms.start()
    smsc.send(octets)
    await until(lambda: len(smsc.binds) == 2)
    assert (await send_at_last(sms)).reference


async def test_unknown_request_is_nacked(smsc, connect):
    """R29: a request that no transceiver knows gets a generic_nack; the connection stays."""
    sms = connect()
    await sms.start()
    smsc.send(struct.pack(">4L", 16, 0x0102, 0, 77))
    await until(lambda: smsc.nacks)
    assert smsc.nacks == [(77, 0x03)]
    assert (await sms.send(SMS)).reference
    assert len(smsc.binds) == 1


async def test_answers_to_nothing_are_dropped(smsc, connect):
    """R29: an answer without a question, or of another kind than the question, changes nothing."""
    sms = connect()
    await sms.start()
    smsc.send(struct.pack(">4L", 16, 0x80000004, 0, 999))
    smsc.delay = 0.05
    sending = asyncio.create_task(sms.send(SMS))
    await until(lambda: smsc.submitted)
    smsc.send(struct.pack(">4L", 16, 0x80000015, 0, 2))
    assert (await sending).reference == "a28"


async def test_generic_nack_defers(smsc, connect):
    """R29: a submission that the SMSC could not read is not the message's fault."""
    smsc.delay = 1
    sms = connect()
    sending = asyncio.create_task(sms.send(SMS))
    await until(lambda: smsc.submitted)
    smsc.send(struct.pack(">4L", 16, 0x80000000, 0x02, 2))
    with pytest.raises(MessageDeferred, match=r"^smpp: 0x02$"):
        await sending


async def test_takes_leave(smsc, connect):
    """R29: what is on its way is answered, then comes unbind; afterwards sends defer."""
    smsc.delay = 0.05
    sms = connect()
    sending = asyncio.create_task(sms.send(SMS))
    await until(lambda: smsc.submitted)
    await sms.aclose()
    assert (await sending).reference == "a28"
    assert smsc.unbinds == 1
    with pytest.raises(MessageDeferred, match=r"^smpp: not bound$"):
        await sms.send(SMS)
    await asyncio.sleep(0.05)
    assert len(smsc.binds) == 1


async def test_leaves_a_silent_smsc_in_time(smsc, connect):
    """R29: no SMSC keeps a process from ending."""
    sms = connect(response_timeout=0.2)
    await sms.start()
    smsc.silent = True
    sending = asyncio.create_task(sms.send(SMS))
    async with asyncio.timeout(60):
        await sms.aclose()
        with pytest.raises(MessageDeferred):
            await sending


async def test_closed_before_it_was_started(smsc, connect):
    """R29: nothing to take leave from, nobody left waiting, and nothing is bound any more."""
    sms = connect()
    await sms.aclose()
    await sms.start()
    with pytest.raises(MessageDeferred, match=r"^smpp: not bound$"):
        await sms.send(SMS)
    await asyncio.sleep(0.05)
    assert smsc.binds == []


async def test_tls(smsc, connect, tmp_path):
    """R42: over TLS, to the SMSC with the right certificate and to no other."""
    await smsc.stop()
    authority, other = trustme.CA(), trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    other.cert_pem.write_to_path(tmp_path / "other.pem")
    await smsc.start(context)
    trusting = connect(tls=True, ca_file=tmp_path / "ca.pem")
    assert (await trusting.send(SMS)).reference
    distrusting = connect(tls=True, ca_file=tmp_path / "other.pem")
    with pytest.raises(MessageDeferred, match=r"^smpp: not bound$"):
        await distrusting.send(SMS)
    assert len(smsc.binds) == 1


# Receipts


async def test_receipt(connect, box):
    """R30: under the id of the submission, with the SMSC's date."""
    await connect().send(SMS)
    at = datetime(2027, 3, 12, 14, 6, tzinfo=UTC)
    delivered = Receipt("smpp", DeliveryState.DELIVERED, at, reference="a28")
    assert await box.holds(1) == [delivered]


async def test_receipt_is_answered_once_it_is_stored(smsc, connect, box):
    """R30: at least once: what could not be stored is asked for again, and comes again."""
    box.failures = 2
    await connect().send(SMS)
    await box.holds(1)
    await until(lambda: not smsc.owed)
    assert smsc.answers == [0x64, 0x64, 0x00]


async def test_receipt_that_takes_too_long_comes_again(smsc, connect, box):
    """R30: a store that hangs is a store that failed."""
    box.hangs = True
    await connect(response_timeout=0.2).send(SMS)
    await until(lambda: 0x64 in smsc.answers)
    box.hangs = False
    assert len(await box.holds(1)) == 1


async def test_storing_does_not_hold_up_the_rest(smsc, connect, box):
    """R30: while receipts wait for the store, SMS go out and enquiries are answered."""
    box.hangs = True
    sms = connect()
    await sms.start()
    waiting = asyncio.create_task(smsc.deliver(receipt("a28")))
    assert (await sms.send(SMS)).reference
    assert await smsc.ask(smpp.ENQUIRE_LINK) == smpp.ROK
    await smsc.stop()
    with pytest.raises(ConnectionError):
        await waiting


async def test_too_many_receipts_at_once_come_later(smsc, connect, box):
    """R30: an SMSC without a window of its own does not fill our memory."""
    box.hangs = True
    await connect(response_timeout=0.2).start()
    answers = await asyncio.gather(*(smsc.deliver(receipt(f"{n:x}")) for n in range(203)))
    assert sorted(answers) == [0x14] * 3 + [0x64] * 200


async def test_receipt_before_the_response(smsc, connect, box):
    """R30: an SMSC may report before it has answered: the receipt is handed over all the same."""
    smsc.receipts = "before"
    accepted = await connect().send(SMS)
    assert [each.reference for each in box.receipts] == [accepted.reference]


async def test_receipts_of_an_earlier_process(smsc, connect, box):
    """R30: what was sent before a restart is reported after it, to a process that sends nothing."""
    smsc.receipts = "held"
    first = connect()
    references = {(await first.send(SMS)).reference for _ in range(5)}
    await first.aclose()
    smsc.release()
    await connect().start()
    assert {each.reference for each in await box.holds(5)} == references


async def test_receipts_after_a_reconnection(smsc, connect, box):
    """R30: receipts owed by an SMSC that went down come when it is back, without a send."""
    smsc.receipts = "held"
    await connect().send(SMS)
    await smsc.stop()
    smsc.release()
    await smsc.start()
    assert (await box.holds(1))[0].reference == "a28"


async def test_receipt_in_hand_is_answered_before_leaving(smsc, connect, box):
    """R30: leaving waits for the store, so that the SMSC need not repeat itself."""
    sms = connect()
    await sms.start()
    box.slow = 0.05
    delivering = asyncio.create_task(smsc.deliver(receipt("a28")))
    await asyncio.sleep(0.02)
    await sms.aclose()
    assert await delivering == smpp.ROK
    assert len(box.receipts) == 1


@pytest.mark.parametrize(
    "body",
    [
        deliver_sm(b"STOP", esm_class=0),
        deliver_sm(b"id:a28 stat:DELIVRD", esm_class=0),
        deliver_sm(b"no id at all"),
        deliver_sm(b""),
    ],
)
async def test_what_is_no_receipt_is_answered_and_dropped(smsc, connect, box, body, logged):
    """R30: answers that people send, be they written like receipts, receipts of nothing: never
    again."""
    await connect().start()
    assert await smsc.deliver(body) == smpp.ROK
    assert box.receipts == []
    told = logged()
    assert "smpp_not_a_receipt" in told
    assert "STOP" not in told


async def test_receipt_by_data_sm(smsc, connect, box):
    """R30: SMPP 3.4 (2.11) lets a receipt come by `data_sm` as well: stored, then answered."""
    await connect().start()
    box.failures = 1
    body = data_sm({0x001E: b"a28\0", 0x0427: b"\2"})
    assert await smsc.ask(smpp.DATA_SM, body) == 0x64
    assert await smsc.ask(smpp.DATA_SM, body) == smpp.ROK
    assert [each.reference for each in box.receipts] == ["a28"]
    assert not smsc.nacks


@pytest.mark.parametrize("body", [b"", b"\0" * 5, deliver_sm(b"id:a28")[:-3]])
async def test_unreadable_receipt_is_rejected_for_good(smsc, connect, box, body):
    """R30: cut-off fields end neither the connection nor the process, and do not come again."""
    sms = connect()
    await sms.start()
    assert await smsc.deliver(body) == 0x66
    assert (await sms.send(SMS)).reference
    assert len(smsc.binds) == 1


async def test_ids_in_two_forms(smsc, connect, box):
    """R30: an id that is hexadecimal in the response and decimal in the receipt is one id."""
    smsc.receipts = "none"
    sms = connect(receipt_ids=ReceiptIds.HEX_TO_DECIMAL)
    accepted = await sms.send(SMS)
    await smsc.deliver(receipt("0000002600"))
    assert accepted.reference == box.receipts[0].reference == "2600"


# What nobody may see


async def test_secrets_are_in_no_log_and_no_exception(smsc, connect, box, logged):
    """R20, R42: password, credentials and number stay out of logs and exceptions, at every level
    and in every trouble."""
    box.failures = 1
    smsc.statuses.extend([0x0B, 0x58, 0x08])
    smsc.drops = 1
    sms = connect()
    told = repr(QUICK)
    for _ in range(4):
        with pytest.raises((MessageRefused, MessageDeferred)) as problem:
            await sms.send(SMS)
        told += told_by(problem.value)
    await send_at_last(sms)
    await box.holds(1)
    smsc.send(b"HTTP/1.1 400 CANARY +33639980001")
    await until(lambda: len(smsc.binds) >= 3)
    told += logged()
    assert "smpp_receipt_not_taken" in told
    assert "smpp_throttled" in told
    for secret in ("CANARY", "39980001", "Nouveau mot"):
        assert secret not in told


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": ""},
        {"system_id": "sixteen-letters-"},
        {"password": ""},
        {"password": "CANARYclé"},
        {"password": "CANARY\0"},
        {"password": "CANARY" * 11},
        {"system_type": "thirteen-char"},
        {"service_type": "sixsix"},
        {"window": 0},
        {"port": 65536},
        {"validity_minutes": 0},
        {"validity_minutes": 60 * 24 * 28},
        {"utc_offset_minutes": 60 * 15},
    ],
)
def test_settings_that_cannot_be_are_refused(wrong):
    """R42: what no PDU can carry is refused at the start, and not repeated."""
    with pytest.raises(ValueError) as refusal:  # noqa: PT011
        replace(QUICK, **wrong)
    assert "CANARY" not in str(refusal.value)


# By other hands


@pytest.mark.skipif(
    shutil.which("node") is None or not NODE_MODULES.is_dir(),
    reason="needs node and `npm ci --prefix tests/servers`; the SMSC in Python covers the same",
)
async def test_npm_smpp_reads_what_we_write(connect, box, tmp_path):
    """R30, R33: another implementation of SMPP decodes the text, and its receipt is understood."""
    journal = tmp_path / "journal"
    server = NODE_MODULES.parent / "smsc.js"
    node = await asyncio.create_subprocess_exec(
        *("node", str(server), "0", str(journal)), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert node.stdout is not None
        port = int(await node.stdout.readline())
        accepted = await connect(port=port, password="secret").send(SMS)
        assert [each.reference for each in await box.holds(1)] == [accepted.reference]
    finally:
        node.kill()
        await node.wait()
    what, _id, number, text = journal.read_text().splitlines()[0].split(" ", 3)
    assert (what, number) == ("accepted", "33639980001")
    assert json.loads(text) == SmsText(12).write(SMS)
