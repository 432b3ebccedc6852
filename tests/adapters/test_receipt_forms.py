"""Every form of receipt that we know, in every mode of ids: what Kannel 1.4.5 or Jasmin 0.11.0 ties
is tied (S1, S3), and none to another SMS. The trials in tests/trials put the same to both."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adapters.sms.smpp.names import submitted_id
from adapters.sms.smpp.receipt import DeliverSm, read_receipt
from adapters.sms.smpp.settings import ReceiptIds, SmppSettings
from core.attempt import Attempt
from core.delivery import DeliveryState
from core.receipt_ties import tied_at_once, tied_later, ties, usual_way, weights
from tests.servers.receipt_forms import FORMS, Form
from tests.servers.smsc import DATA_SM

NOW = datetime(2027, 3, 12, 14, 7, tzinfo=UTC)
TO_DECIMAL = {
    "id, hexadecimal, then decimal",
    "id, hexadecimal with zeros, then decimal",
    "id, hexadecimal of digits, then decimal",
    "id, short hexadecimal, then decimal",
    "id, eight hexadecimal digits, then decimal",
}
TO_HEX = {
    "id, decimal, then hexadecimal",
    "id, decimal, then hexadecimal with zeros",
    "id, decimal, then hexadecimal of digits",
    "id, short decimal, then hexadecimal",
}


def told(form: Form, ids: ReceiptIds) -> dict[str, DeliveryState]:
    """The forms whose attempts the receipt of `form` ends up at, and how it says they fare; all
    are under way."""
    attempts = [
        Attempt(
            str(number),
            1,
            "smpp",
            "FR",
            0,
            NOW,
            DeliveryState.ACCEPTED,
            reference=submitted_id(each.response.encode() + b"\0", ids),
        )
        for number, each in enumerate(FORMS)
    ]
    read = DeliverSm.read_data_sm if form.command == DATA_SM else DeliverSm.read
    message = read(form.body)
    assert message.is_receipt
    settings = SmppSettings("smsc.example.org", "reassort", "secret", receipt_ids=ids)
    receipt = read_receipt(message, settings, NOW)
    assert receipt is not None
    found = ties(receipt, attempts)
    later = tied_later(found, usual_way(weights([found]))) if receipt.otherwise else None
    tied = tied_at_once(receipt, attempts) or (later and later.attempt)
    return {FORMS[int(tied.delivery)].name: receipt.state} if tied else {}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_auto_ties_every_form(form):
    """R30: without a setting, whatever the SMSC makes of the ids; to the SMS itself."""
    assert told(form, ReceiptIds.AUTO) == {form.name: DeliveryState(form.state)}


def is_tied(form: Form, ids: ReceiptIds) -> bool:
    """Whether a form is within what the mode says of the ids."""
    if form.name == "in parameters decimal, in the text as in the response":
        return ids is not ReceiptIds.SAME
    if form.name == "in parameters as in the response, in the text decimal":
        return ids is not ReceiptIds.DECIMAL_TO_HEX
    converted = {ReceiptIds.HEX_TO_DECIMAL: TO_DECIMAL, ReceiptIds.DECIMAL_TO_HEX: TO_HEX}
    if form.name in TO_DECIMAL | TO_HEX:
        return form.name in converted.get(ids, ())
    if form.name.startswith("in parameters") and b"id:" not in form.body:
        return True  # a parameter is the response's id (5.3.2.12)
    return not form.response.isdigit() or ids is ReceiptIds.SAME


@pytest.mark.parametrize("ids", [each for each in ReceiptIds if each is not ReceiptIds.AUTO])
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_the_other_modes(form, ids):
    """R30: case and zeros count in none; what a mode does not read so is tied to nothing, never to
    another SMS. A number with letters is hexadecimal in every mode."""
    expected = {form.name: DeliveryState(form.state)} if is_tied(form, ids) else {}
    assert told(form, ids) == expected
