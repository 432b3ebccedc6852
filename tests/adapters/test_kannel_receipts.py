"""KannelReceipts: what Kannel fetches when an SMS has come to something."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from adapters.connections.http import http_client
from adapters.sms.kannel import KannelSettings, KannelSms, dlr_url
from adapters.sms.kannel_receipts import KannelReceipts
from adapters.sms.receipt_tags import ReceiptTags
from adapters.sms.senders import SenderIds
from adapters.sms.text import SmsText
from adapters.trial import SetClock
from core.delivery import DeliveryState
from core.keys import Keyring, SecretKey
from core.locale import Locale
from core.messages import PasswordSms
from core.password_issuer import Password
from core.receipt_refusals import ReceiptForged, ReceiptMalformed, ReceiptRefused
from core.receipts import Receipt
from core.voter import PhoneNumber

MOMENT = datetime(2027, 6, 5, 12, tzinfo=UTC)
OLD, NEW = SecretKey("2026", b"o" * 32), SecretKey("2027", b"n" * 32)
ATTEMPT = "r1.password.1"
TEXT = "id:17 sub:001 dlvrd:001 submit date:2706051159 done date:2706051200 "

SMS = PasswordSms(ATTEMPT, PhoneNumber("+33639980001"), Locale.FR, Password("CANARY234567"), MOMENT)


def tags(*keys, route="kannel") -> ReceiptTags:
    return ReceiptTags(Keyring(keys or (NEW, OLD)), route)


@pytest.fixture
def read(clock):
    """Reads a query, with the right tag unless another is given."""

    def read(**query):
        query = {"id": ATTEMPT, "mac": tags().of(query.get("id", ATTEMPT)), "status": "1"} | query
        given = {name: value for name, value in query.items() if value is not None}
        return KannelReceipts(tags(), clock).parse("GET", given, {}, b"")

    return read


def test_delivered(read, noon):
    """R30: the receipt is that of our attempt, whatever the SMSC calls the message."""
    answer = f"{TEXT}stat:DELIVRD err:000 text:Nouveau mot de"
    assert read(answer=answer, smsc="operateur1") == Receipt(
        "kannel", DeliveryState.DELIVERED, noon, attempt=ATTEMPT
    )


@pytest.mark.parametrize(
    ("status", "answer", "state", "reason"),
    [
        ("2", "", DeliveryState.FAILED, "undeliverable"),
        ("2", "id:17 stat:DELIVERED err:000 text:", DeliveryState.DELIVERED, None),
        ("2", "id:17 stat:delivrd err:000 text:", DeliveryState.DELIVERED, None),
        ("2", "id:17,stat:DELIVRD,err:000,text:x", DeliveryState.DELIVERED, None),
        ("2", "id:17 stat:ACCEPTED err:000 text:", DeliveryState.ACCEPTED, "accepted"),
        ("2", "id:17 err:000 text:x", DeliveryState.ACCEPTED, "state unknown"),
        ("2", "stat:UNDELIV err:012 text:", DeliveryState.FAILED, "undeliverable, code 012"),
        ("2", "stat:UNDELIV err:000", DeliveryState.FAILED, "undeliverable"),
        ("2", "stat:EXPIRED err:04A", DeliveryState.EXPIRED, "validity over, code 04A"),
        ("2", "stat:DELETED", DeliveryState.FAILED, "deleted"),
        ("2", "stat:REJECTD err:8", DeliveryState.FAILED, "rejected, code 8"),
        ("2", "stat:UNKNOWN err:1", DeliveryState.ACCEPTED, "state unknown, code 1"),
        ("2", "stat:undeliv err:ABSENT", DeliveryState.FAILED, "undeliverable"),
        ("4", "", DeliveryState.ACCEPTED, "queued"),
        ("8", "ACK/", DeliveryState.ACCEPTED, "accepted"),
        ("16", "NACK/", DeliveryState.FAILED, "rejected"),
        ("16", "NACK/validity expired", DeliveryState.EXPIRED, "validity over"),
        (
            "16",
            "NACK/0x0000000b/Invalid Destination Address",
            DeliveryState.FAILED,
            "rejected, 0x0b destination refused",
        ),
        ("16", "NACK/0x00000499/+33639980001", DeliveryState.FAILED, "rejected, 0x499"),
        ("34", "", DeliveryState.EXPIRED, "validity over"),
        ("66", "", DeliveryState.ACCEPTED, "state unknown"),
    ],
)
def test_states_and_reasons(read, status, answer, state, reason):
    """R30: the state by Kannel's bits, made finer by what the SMSC wrote; the reason by tables."""
    receipt = read(status=status, answer=answer)
    assert (receipt.state, receipt.reason) == (state, reason)


def test_the_sms_itself_says_nothing(read):
    """R20, R30: what follows `text:` is the SMS: it moves no state and gets into no reason."""
    receipt = read(status="2", answer="id:17 stat:UNDELIV Text:stat:EXPIRED err:CANARY err:77")
    assert (receipt.state, receipt.reason) == (DeliveryState.FAILED, "undeliverable")


@pytest.mark.parametrize(
    ("operator", "code"),
    [("20801", "208-01"), ("310-410", "310-410"), ("Orange", None), ("", None), (None, None)],
)
def test_operator(read, operator, code):
    """R30: the network by its code, where the gateway says it; nothing else passes for one."""
    assert read(operator=operator).operator == code


@pytest.mark.parametrize("mac", [None, "", "0" * 32, tags().of("r1.password.2"), tags().of()])
def test_a_forged_id_is_refused(read, mac):
    """R30: who knows the tag of one attempt, or none, reports on no other."""
    with pytest.raises(ReceiptForged):
        read(mac=mac)


def test_the_tag_is_the_routes(read):
    """R30: a receipt of one route says nothing of another's attempts."""
    with pytest.raises(ReceiptForged):
        read(mac=tags(route="kannel-ar").of(ATTEMPT))


def test_receipts_come_after_a_rotation_of_keys(read):
    """R14, R30: an SMS that was sent under the older key has its receipt taken."""
    assert read(mac=tags(OLD).of(ATTEMPT)).attempt == ATTEMPT
    with pytest.raises(ReceiptForged):
        read(mac=tags(SecretKey("2025", b"x" * 32)).of(ATTEMPT))


@pytest.mark.parametrize(
    "wrong", [{"status": "3"}, {"status": ""}, {"status": "１"}, {"id": "r1"}, {"id": "r1.x"}]
)
def test_what_names_no_attempt_or_no_state_is_malformed(read, wrong):
    """R30: nothing is stored of it."""
    with pytest.raises(ReceiptMalformed):
        read(**wrong)


@given(st.dictionaries(st.sampled_from(["id", "mac", "status", "answer", "operator"]), st.text()))
def test_whatever_comes_is_read_or_refused(query):
    """R30: no input breaks the parser; and without the tag nothing is taken."""
    with pytest.raises(ReceiptRefused) as refusal:
        KannelReceipts(tags(), SetClock(MOMENT)).parse("GET", query, {}, b"")
    assert refusal.value.reason in ("no tag", "wrong tag")


@given(st.sampled_from(["1", "2", "4", "8", "16", "34", "66", "5"]), st.text(), st.text())
def test_whatever_a_gateway_writes_is_read_or_refused(status, answer, operator):
    """R20, R30: every reason is made of our own words and of hexadecimal digits."""
    query = {
        "id": ATTEMPT,
        "mac": tags().of(ATTEMPT),
        "status": status,
        "answer": answer,
        "operator": operator,
    }
    try:
        receipt = KannelReceipts(tags(), SetClock(MOMENT)).parse("GET", query, {}, b"")
    except ReceiptMalformed:
        assert status == "5"
    else:
        assert len(receipt.reason or "") < 60


async def test_the_address_that_kannel_is_given_is_the_one_that_is_read(clock):
    """R30: what KannelSms asks for and what KannelReceipts takes fit together."""
    url = dlr_url("https://vote.example.org/receipts/", "kannel fr")
    settings = KannelSettings("http://kannel.example.org/", "reassort", "k", dlr_url=url)
    ours = tags(route="kannel fr")
    async with http_client() as client:
        with respx.mock:
            gateway = respx.post("http://kannel.example.org/").respond(202, text="0: Accepted")
            sms = KannelSms(settings, SmsText(12), SenderIds("VOTE"), client, ours)
            await sms.send(replace(SMS, id="r%1.password.1"))
    asked = gateway.calls.last.request.headers["X-Kannel-DLR-Url"]
    assert asked.startswith("https://vote.example.org/receipts/kannel%%20fr?id=r%%251.password.1&")
    filled = asked.replace("%%", "\0").replace("%d", "1").replace("%A", "stat%3ADELIVRD+err%3A000")
    query = dict(parse_qsl(urlsplit(filled.replace("\0", "%")).query))
    receipt = KannelReceipts(ours, clock).parse("GET", query, {}, b"")
    assert (receipt.attempt, receipt.state) == ("r%1.password.1", DeliveryState.DELIVERED)
    assert receipt.route == "kannel fr"


async def test_a_tag_cannot_be_made_without_keys():
    """R30: an address that asks for one is refused at once, not at the first SMS."""
    settings = KannelSettings("http://kannel.example.org/", "u", "k", dlr_url="https://x/?m={mac}")
    async with http_client() as client:
        with pytest.raises(ValueError, match="needs keys"):
            KannelSms(settings, SmsText(12), SenderIds("VOTE"), client)
