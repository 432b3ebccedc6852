"""Security codes over HTTP: for one step, once, not for long, seen or heard."""

from __future__ import annotations

import json
import wave
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import altcha
import pytest

from adapters.captcha.proof_of_work import Work
from core.errors import SecurityCodesUnavailable

MEDIA = """
mutation ($input: IssueSecurityCodeInput!) {
  issueSecurityCode(input: $input) { id image audio }
}
"""


def wrong(code):
    """The same code, answered wrongly."""
    return {**code, "answer": f"{(int(code['answer']) + 1) % 10_000:04}"}


async def test_issue(portal):
    """R27: a code has an id, its kind and its end; a digits code has no challenge."""
    issued = await portal.ask(portal.ISSUE, input={"step": "REQUEST"})
    assert issued["id"]
    assert issued["kind"] == "DIGITS"
    assert issued["expiresAt"] == "2027-06-05T12:10:00+00:00"
    assert issued["challenge"] is None


async def test_nothing_is_stored_at_issue(portal):
    """R27: asking for codes fills no table."""
    before = portal.application.settings.database.stat().st_size
    for _ in range(50):
        await portal.code("REQUEST")
    assert portal.rows("SELECT count(*) FROM consumed_code") == [(0,)]
    assert portal.application.settings.database.stat().st_size == before


@pytest.mark.parametrize("step", ["CONFIRM", "ASSISTANCE"])
async def test_bound_to_its_step(portal, step):
    """R27: a code issued for another form is unknown, and still good for its own."""
    code = await portal.code(step)
    refused = await portal.request(securityCode=code)
    assert (refused["__typename"], refused["code"]) == (
        "SecurityCodeRejected",
        "SECURITY_CODE_UNKNOWN",
    )
    assert portal.rows("SELECT count(*) FROM consumed_code") == [(0,)]


async def test_single_use(portal):
    """R27: the right answer is taken once."""
    code = await portal.code("REQUEST")
    assert (await portal.request(securityCode=code))["__typename"] == "RenewalRequested"
    again = await portal.request(securityCode=code)
    assert (again["__typename"], again["code"]) == ("SecurityCodeRejected", "SECURITY_CODE_USED")
    assert len(portal.requests) == 1


async def test_one_try(portal):
    """R27: a wrong answer uses the code up; the right one then comes too late."""
    code = await portal.code("REQUEST")
    assert (await portal.request(securityCode=wrong(code)))["code"] == "SECURITY_CODE_WRONG"
    assert (await portal.request(securityCode=code))["code"] == "SECURITY_CODE_USED"
    assert portal.requests == []


async def test_not_another_callers(portal, open_portal):
    """R27: a code that one caller has answered is of no use to another one."""
    code = await portal.code("REQUEST")
    await portal.request(securityCode=code)
    other = await open_portal(client="198.51.100.9")
    taken = await other.request(
        numic="00054321", email="dominique.bernard@example.org", securityCode=code
    )
    assert taken["code"] == "SECURITY_CODE_USED"


async def test_expiry(portal, clock):
    """R27: after ten minutes no answer is taken."""
    code = await portal.code("REQUEST")
    clock.advance(timedelta(minutes=10))
    assert (await portal.request(securityCode=code))["code"] == "SECURITY_CODE_EXPIRED"
    assert portal.rows("SELECT count(*) FROM consumed_code") == [(0,)]


def _respelt(id):
    raw = urlsafe_b64decode(id + "=" * (-len(id) % 4))
    last_bit = raw[:-1] + bytes([raw[-1] ^ 1])
    return [
        id + "=",
        id + "==",
        f" {id}",
        f"{id}\n",
        id.swapcase(),
        id[:-1],
        id + "A",
        "",
        "\u0000",
        "é" * len(id),
        urlsafe_b64encode(last_bit).decode().rstrip("="),
        raw.hex(),
        "A" * len(id),
    ]


async def test_other_spellings_of_an_id(portal):
    """R27: an id has one spelling; any other is unknown, and the code itself stays good."""
    code = await portal.code("REQUEST")
    for id in _respelt(code["id"]):
        refused = await portal.request(securityCode={**code, "id": id})
        assert refused["code"] in ("SECURITY_CODE_UNKNOWN", "INVALID_FIELDS"), id
    assert (await portal.request(securityCode=code))["__typename"] == "RenewalRequested"


@pytest.mark.parametrize("spaced", ["{} ", " {}", "{}\u00a0"])
async def test_spaces_around_the_digits(portal, spaced):
    """R10: spaces around the four digits do not count."""
    code = await portal.code("REQUEST")
    answer = spaced.format(" ".join(code["answer"]))
    taken = await portal.request(securityCode={**code, "answer": answer})
    assert taken["__typename"] == "RenewalRequested"


@pytest.mark.parametrize("answer", ["12345", "-1", "1e3", "abcd", "١٢٣٤", "1" * 4096])
async def test_answers_that_are_no_four_digits(portal, answer):
    """R27: whatever is not the four digits is a wrong answer."""
    code = await portal.code("REQUEST")
    refused = await portal.request(securityCode={**code, "answer": answer})
    assert refused["code"] == "SECURITY_CODE_WRONG"


@pytest.mark.parametrize(("locale", "text"), [("FR", "n’est pas le bon"), ("EN", "not the right")])
async def test_refusal_is_localised(portal, locale, text):
    """R46: the refusal is in the language of the form."""
    code = await portal.code("REQUEST")
    assert text in (await portal.request(securityCode=wrong(code), locale=locale))["message"]


async def test_picture_and_sound(portal):
    """R27: picture and sound come as data addresses, a PNG and a WAV of 16 kHz."""
    media = await portal.ask(MEDIA, input={"step": "REQUEST", "locale": "EN"})
    kind, _, image = media["image"].partition(",")
    assert kind == "data:image/png;base64"
    assert b64decode(image).startswith(b"\x89PNG\r\n\x1a\n")
    kind, _, audio = media["audio"].partition(",")
    assert kind == "data:audio/wav;base64"
    with wave.open(BytesIO(b64decode(audio))) as sound:
        assert sound.getframerate() == 16_000
        assert 1 < sound.getnframes() / sound.getframerate() < 10


async def test_media_only_when_asked_for(open_portal):
    """R27: neither picture nor sound is made unless the query asks for it."""
    drawn = []

    def adapt(ports):
        captcha = ports.captcha

        async def picture(code_id):
            drawn.append("picture")
            return

        async def sound(code_id, locale):
            drawn.append(f"sound {locale}")
            return

        captcha.picture, captcha.sound = picture, sound
        return ports

    portal = await open_portal(adapt)
    await portal.code("REQUEST")
    assert drawn == []
    assert (await portal.ask(MEDIA, input={"step": "REQUEST"}))["image"] is None
    assert sorted(drawn) == ["picture", "sound fr"]


async def test_proof_of_work(portal):
    """R27: a computation stands in for the digits, once and on its own step alone."""
    answer = await portal.send(WORK, {"input": {"step": "REQUEST", "kind": "PROOF_OF_WORK"}})
    code = answer.json()["data"]["issueSecurityCode"]
    assert (code["kind"], code["image"], code["audio"]) == ("PROOF_OF_WORK", None, None)
    challenge = altcha.Challenge.from_dict(json.loads(code["challenge"]))
    payload = altcha.Payload(challenge, altcha.solve_challenge(challenge))
    proof = {"id": code["id"], "answer": payload.to_base64()}
    elsewhere = await portal.confirm("x", "K7WPQ2M4XN9B", securityCode=proof)
    assert elsewhere["code"] == "SECURITY_CODE_UNKNOWN"
    assert (await portal.request(securityCode=proof))["__typename"] == "RenewalRequested"
    assert (await portal.request(securityCode=proof))["code"] == "SECURITY_CODE_USED"


async def test_a_captcha_that_is_out(open_portal):
    """R27: while the captcha is out a harder proof of work stands in, for fewer callers; nobody is
    let in without either."""

    def adapt(ports):
        return replace(ports, captcha=OutOfOrder())

    portal = await open_portal(adapt, fallback_limit="2/minute")
    issued = [(await portal.send(WORK, {"input": {"step": "REQUEST"}})).json() for _ in range(3)]
    first, _, third = issued
    parameters = json.loads(first["data"]["issueSecurityCode"]["challenge"])["parameters"]
    assert parameters["cost"] > Work().iterations
    assert third["errors"][0]["extensions"]["code"] == "TOO_MANY_REQUESTS"


class OutOfOrder:
    """A captcha service that does not answer."""

    async def issue(self, step):
        raise SecurityCodesUnavailable("rehearsed")

    check = find = picture = sound = issue


WORK = """
mutation ($input: IssueSecurityCodeInput!) {
  issueSecurityCode(input: $input) { id kind image audio challenge }
}
"""
AGAIN = """
query ($id: ID!, $locale: Locale! = FR) {
  securityCode(id: $id, locale: $locale) { id kind expiresAt image audio }
}
"""


async def test_once_more(portal, clock):
    """R27: who looks at a picture can listen to the same code: both are the same each time, and
    asking uses nothing up; an unknown code or one that has run out is null."""
    code = await portal.code("REQUEST")
    first = await portal.ask(AGAIN, id=code["id"])
    assert await portal.ask(AGAIN, id=code["id"]) == first
    assert first["image"].startswith("data:image/png")
    assert (await portal.ask(AGAIN, id=code["id"], locale="EN"))["audio"] != first["audio"]
    assert await portal.ask(AGAIN, id="nonsense") is None
    assert (await portal.request(securityCode=code))["__typename"] == "RenewalRequested"
    clock.advance(timedelta(minutes=10))
    assert await portal.ask(AGAIN, id=code["id"]) is None
