"""Receipts as SMSCs write them: how the id of the response comes back, in what, and around what.

Every form has an id of its own, so that all can be under way at once: what ties wrongly shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.servers.smsc import DATA_SM, DELIVER_SM, data_sm, deliver_sm

ID, STATE, PAYLOAD = 0x001E, 0x0427, 0x0424
DELIVERED_STATE = b"\x02"


@dataclass(frozen=True)
class Form:
    """One way of writing a receipt of an SMS that arrived, unless `state` says otherwise."""

    name: str
    response: str
    """The `message_id` of `submit_sm_resp`."""
    body: bytes
    command: int = DELIVER_SM
    state: str = "delivered"
    before: bool = False
    """The receipt comes before the response."""


def text(id: str, stat: str = "DELIVRD", rest: str = " err:000 text:Nouveau mot") -> bytes:
    """Appendix B."""
    dates = "submit date:2703121405 done date:2703121406"
    return f"id:{id} sub:001 dlvrd:001 {dates} stat:{stat}{rest}".encode()


def _written(name: str, response: str, receipt: str) -> Form:
    return Form(f"id, {name}", response, deliver_sm(text(receipt)))


def _ids() -> Iterator[Form]:
    """The id of the response, written otherwise in the receipt."""
    yield _written("the same, decimal", "3000004", "3000004")
    yield _written("the same, hexadecimal", "2dc6c5", "2dc6c5")
    yield _written("the same, hexadecimal, upper case", "2DC6C6", "2DC6C6")
    yield _written("lower case, then upper", "2dc6c7", "2DC6C7")
    yield _written("upper case, then lower", "2DC6C8", "2dc6c8")
    yield _written("zeros in the response", "002DC6C9", "2DC6C9")
    yield _written("zeros in the receipt", "2DC6CA", "002DC6CA")
    yield _written("decimal, zeros in the receipt", "3000016", "0003000016")
    yield _written("decimal, zeros in the response", "0003000017", "3000017")
    yield _written("zeros and case", "002dc6cc", "2DC6CC")
    yield _written("hexadecimal, then decimal", "2dc6cd", str(0x2DC6CD))
    yield _written("hexadecimal with zeros, then decimal", "002DC6CE", f"{0x2DC6CE:010}")
    yield _written("decimal, then hexadecimal", str(0x2DC6CF), "2dc6cf")
    yield _written("decimal, then hexadecimal with zeros", str(0x2DC6DA), "002DC6DA")
    yield _written("hexadecimal of digits, then decimal", "4000021", str(0x4000021))
    yield _written("decimal, then hexadecimal of digits", str(0x4000022), "4000022")
    yield _written("short hexadecimal, then decimal", "a28", str(0xA28))
    yield _written("short decimal, then hexadecimal", str(0xB2C), "b2c")
    yield _written("eight hexadecimal digits, then decimal", "F0C6D1E5", str(0xF0C6D1E5))
    uuid = "5f0c2f6e-8d0a-4e1b-9f6a-0123456789ab"
    yield _written("UUID", uuid, uuid)
    uuid = "6f0c2f6e-8d0a-4e1b-9f6a-0123456789ab"
    yield _written("UUID, then in upper case", uuid, uuid.upper())
    yield _written("a name", "ops-17a-3z", "ops-17a-3z")
    yield _written("letters in both cases", "QWxhZGRpbjE_x", "QWxhZGRpbjE_x")
    yield _written("twenty digits", "98765432101234567891", "98765432101234567891")
    yield _written("thirty-two hexadecimal digits", "e3" * 16, "e3" * 16)
    yield _written("0x before it", "0x2DC6D5", "2DC6D5")


def _containers() -> Iterator[Form]:
    """Where the id and the state stand, and under which type of message."""
    number = iter(range(7_100_001, 7_200_000, 7))

    def form(
        name: str, short_message: bytes = b"", esm_class: int = 4, tail: bytes = b"", **named: bytes
    ) -> Form:
        id = str(next(number))
        parameters = {
            {"id": ID, "state": STATE, "payload": PAYLOAD}[key]: _filled(value, id)
            for key, value in named.items()
        }
        body = deliver_sm(_filled(short_message, id), parameters, esm_class) + tail
        return Form(f"in {name}", id, body)

    id, state, appendix = b"{id}\0", DELIVERED_STATE, text("{id}")
    yield form("parameters", id=id, state=state)
    yield form("parameters and text", appendix, id=id, state=state)
    yield form("a parameter, the state in the text", appendix, id=id)
    yield form("the text, the state in a parameter", appendix, state=state)
    yield form("the text without stat, the state in a parameter", b"id:{id} err:000", state=state)
    yield form("parameters, the id without its NUL", id=b"{id}", state=state)
    yield form("message_payload", payload=appendix)
    yield form("parameters, a NUL behind", id=id, state=state, tail=b"\0")
    yield form("the text, a NUL behind", appendix, tail=b"\0")
    yield form("parameters, no type", esm_class=0, id=id, state=state)
    yield form("parameters and text, no type", appendix, esm_class=0, id=id, state=state)
    yield form("a notification on the way", appendix, esm_class=0x20, id=id, state=state)
    yield form("a receipt with a header", appendix, esm_class=0x44)
    for name, parameters in (
        ("parameters of data_sm", {ID: id, STATE: state}),
        ("message_payload of data_sm", {PAYLOAD: appendix}),
        ("parameters of data_sm, no type", {ID: id, STATE: state}),
    ):
        given = str(next(number))
        filled = {tag: _filled(value, given) for tag, value in parameters.items()}
        body = data_sm(filled, 0 if name.endswith("no type") else 4)
        yield Form(f"in {name}", given, body, DATA_SM)
    both = deliver_sm(text(str(0x6DC6D1)), {ID: b"6dc6d1\0", STATE: state})
    yield Form("in parameters as in the response, in the text decimal", "6dc6d1", both)
    both = deliver_sm(text("6DC6D2"), {ID: f"{0x6DC6D2}".encode() + b"\0", STATE: state})
    yield Form("in parameters decimal, in the text as in the response", "6dc6d2", both)


def _spellings() -> Iterator[Form]:
    """Appendix B, more or less."""
    number = iter(range(8_100_001, 8_200_000, 7))

    def form(name: str, template: str, before: bool = False) -> Form:
        id = str(next(number))
        return Form(f"text {name}", id, deliver_sm(template.format(id=id).encode()), before=before)

    dates = "submit date:2703121405 done date:2703121406"
    yield form("as in Appendix B", text("{id}").decode())
    yield form("without text:", f"id:{{id}} sub:001 dlvrd:001 {dates} stat:DELIVRD err:000")
    yield form("with Text:", f"id:{{id}} sub:001 dlvrd:001 {dates} stat:DELIVRD err:000 Text:Nou")
    yield form("of id and stat alone", "id:{id} stat:DELIVRD")
    yield form("in another order", f"stat:DELIVRD err:000 {dates} id:{{id}} text:")
    yield form("with commas", "id:{id},sub:001,dlvrd:001,stat:DELIVRD,err:000,text:x")
    yield form(
        "with seconds",
        "id:{id} sub:001 dlvrd:001 submit date:270312140500 done date:270312140600 stat:DELIVRD "
        "err:000 text:",
    )
    yield form("with an error in letters", f"id:{{id}} {dates} stat:DELIVRD err:00A text:")
    yield form("with a false id behind", text("{id}", rest=" err:000 text:id:3000004").decode())
    yield form("before the response", text("{id}").decode(), before=True)
    id = str(next(number))
    yield Form("text in UCS-2", id, deliver_sm(text(id).decode().encode("utf-16-be")))


def _states() -> Iterator[Form]:
    """Appendix B's states."""
    stats = {
        "UNDELIV": "failed",
        "EXPIRED": "expired",
        "DELETED": "failed",
        "REJECTD": "failed",
        "UNKNOWN": "accepted",
        "ENROUTE": "accepted",
        "ACCEPTD": "accepted",
        "DELIVERED": "delivered",
        "delivrd": "delivered",
    }
    for number, (stat, state) in enumerate(stats.items(), start=9_100_001):
        yield Form(f"stat:{stat}", str(number), deliver_sm(text(str(number), stat)), state=state)


def _filled(template: bytes, id: str) -> bytes:
    return template.replace(b"{id}", id.encode())


FORMS = (*_ids(), *_containers(), *_spellings(), *_states())
