"""The register behind REST: what is sent, what is accepted, what is tried again."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import respx

from adapters.register.rest import RestRegister, RestRegisterSettings
from adapters.trial import SetClock
from core.circuit import CircuitSettings
from core.errors import RegisterUnavailable
from core.voter import Identifier, Numel, Numic

URL = "https://register.example.org/api"
SETTINGS = RestRegisterSettings(
    URL + "/", "s3cret", attempts=3, attempt_timeout=0.5, first_wait=0.001, longest_wait=0.002
)
CAMILLE, IDENTIFIER = Numic("00012345"), Identifier.parse("koi7 wpq2 m4xn")
VOTER: dict[str, Any] = {
    "numic": "00012345",
    "numel": "000000042",
    "email": "camille.martin@example.org",
    "phone": "+33639980001",
    "identifier_renewed_in": None,
}


@pytest.fixture
def service() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url=URL, assert_all_called=False) as router:
        yield router


@pytest.fixture
async def register(service: respx.MockRouter) -> AsyncIterator[RestRegister]:
    async with httpx.AsyncClient() as client:
        yield RestRegister(client, SETTINGS)


async def test_no_number_stands_in_a_url(service: respx.MockRouter, register: RestRegister):
    """R42: POST, numbers in the body, bearer token in the header."""
    route = service.post("/voters/search").respond(json=VOTER)
    await register.find(CAMILLE)
    await register.find(Numel("000000042"))
    sent = [call.request for call in route.calls]
    assert [json.loads(each.content) for each in sent] == [
        {"numic": "00012345"},
        {"numel": "000000042"},
    ]
    assert all(each.url == URL + "/voters/search" for each in sent)
    assert all(each.headers["Authorization"] == "Bearer s3cret" for each in sent)


async def test_identifiers_are_sent_in_canonical_form(
    service: respx.MockRouter, register: RestRegister
):
    """R10: capitals, no spaces, O as 0 and I as 1."""
    route = service.post("/voters/identifier-check").respond(json={"matches": True})
    assert await register.identifier_matches(CAMILLE, IDENTIFIER)
    sent = json.loads(route.calls.last.request.content)
    assert sent == {"numic": "00012345", "identifier": "K017WPQ2M4XN"}


async def test_left_out_members_are_none(service: respx.MockRouter, register: RestRegister):
    """R7: a voter of whom only the NUMIC is known; what we do not know is ignored."""
    service.post("/voters/search").respond(json={"numic": "00012345", "civility": "X"})
    voter = await register.find(CAMILLE)
    assert voter is not None
    assert (voter.email, voter.phone, voter.numel) == (None, None, None)


@pytest.mark.parametrize(
    ("phone", "unusable"), [("+33142685300", True), ("+24107123456", True), (None, False)]
)
async def test_a_phone_that_takes_no_sms_is_told_apart_from_none(
    service: respx.MockRouter, register: RestRegister, phone: str | None, unusable: bool
):
    """R50: a landline and a former number are there, and not sent to."""
    service.post("/voters/search").respond(json={"numic": "00012345", "phone": phone})
    voter = await register.find(CAMILLE)
    assert voter is not None
    assert (voter.phone, voter.has_unusable_phone) == (None, unusable)


UNUSABLE: dict[str, Any] = {
    "not an object": [],
    "null": None,
    "no numic": {**VOTER, "numic": None},
    "numic too short": {**VOTER, "numic": "12345"},
    "numic a number": {**VOTER, "numic": 12345},
    "another voter": {**VOTER, "numic": "00054321"},
    "numel with letters": {**VOTER, "numel": "00000004x"},
    "e-mail malformed": {**VOTER, "email": "camille"},
    "e-mail empty": {**VOTER, "email": ""},
    "e-mail a list": {**VOTER, "email": ["camille.martin@example.org"]},
    "one other address": {**VOTER, "other_emails": "camille@example.org"},
    "another of no use": {**VOTER, "other_emails": ["camille"]},
    "another a number": {**VOTER, "other_emails": [7]},
    "phone national": {**VOTER, "phone": "0639980001"},
    "phone spaced": {**VOTER, "phone": "+33 6 39 98 00 01"},
    "phone a number": {**VOTER, "phone": 33639980001},
    "round a number": {**VOTER, "identifier_renewed_in": 1},
    "constituency a number": {**VOTER, "constituency": 2},
    "a round a number": {**VOTER, "identifier_renewed_in": ["2027-1", 2]},
    "post a list": {**VOTER, "post": ["Lima"]},
}


@pytest.mark.parametrize("answer", UNUSABLE.values(), ids=UNUSABLE.keys())
async def test_a_voter_that_breaks_the_contract_is_unavailable(
    service: respx.MockRouter, register: RestRegister, answer: Any
):
    """R28, R42: nothing is guessed, nobody taken for another; the text repeats no value."""
    service.post("/voters/search").respond(content=json.dumps(answer))
    with pytest.raises(RegisterUnavailable) as failure:
        await register.find(CAMILLE)
    for value in ("12345", "54321", "camille", "3363", "0639", "s3cret"):
        assert value not in str(failure.value)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404),
        httpx.Response(404, html="<h1>Not found</h1>"),
        httpx.Response(404, json={"code": "NO_SUCH_ROUTE"}),
        httpx.Response(404, json=["UNKNOWN_VOTER"]),
        httpx.Response(204),
        httpx.Response(302, headers={"Location": "https://elsewhere.example.org"}),
        httpx.Response(401, json={"code": "UNKNOWN_VOTER"}),
        httpx.Response(200, text="camille"),
        httpx.Response(200, content=b"\xff\xfe"),
        httpx.Response(200, content=b"[" * 60_000),
        httpx.Response(200, content=b" " * 70_000),
        httpx.DecodingError("camille"),
    ],
)
async def test_unusable_answers_are_never_an_unknown_voter(
    service: respx.MockRouter, register: RestRegister, answer: httpx.Response | Exception
):
    """R29: a wrong address must not dismiss every voter; such answers are not tried again."""
    route = service.post("/voters/search")
    route.side_effect = [answer]
    with pytest.raises(RegisterUnavailable):
        await register.find(CAMILLE)
    assert route.call_count == 1


@pytest.mark.parametrize("answer", [{}, {"matches": "true"}, {"matches": 1}, {"matches": None}, 5])
async def test_only_true_and_false_say_whether_an_identifier_matches(
    service: respx.MockRouter, register: RestRegister, answer: Any
):
    """R5, R16: neither a match nor a wrong attempt is read into anything else."""
    service.post("/voters/identifier-check").respond(json=answer)
    with pytest.raises(RegisterUnavailable, match="matches"):
        await register.identifier_matches(CAMILLE, IDENTIFIER)


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ConnectError("refused 00012345"),
        httpx.ReadTimeout("late"),
        httpx.RemoteProtocolError("garbled"),
        httpx.Response(500),
        httpx.Response(503),
        httpx.Response(429),
        httpx.Response(429, headers={"Retry-After": "0"}),
        httpx.Response(503, headers={"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}),
    ],
)
async def test_passing_failures_are_tried_again(
    service: respx.MockRouter, register: RestRegister, failure: httpx.Response | Exception
):
    """R29: twice it fails, then it answers."""
    route = service.post("/voters/search")
    route.side_effect = [failure, failure, httpx.Response(200, json=VOTER)]
    assert await register.find(CAMILLE) is not None
    assert route.call_count == 3


async def test_attempts_are_bounded(service: respx.MockRouter, register: RestRegister):
    """R29: after three the job is left to be tried later; the text quotes no exception."""
    route = service.post("/voters/search").mock(side_effect=httpx.ConnectError("00012345"))
    with pytest.raises(RegisterUnavailable) as failure:
        await register.find(CAMILLE)
    assert route.call_count == 3
    assert "12345" not in str(failure.value)


async def test_a_wait_beyond_the_budget_is_not_waited_for(
    service: respx.MockRouter, register: RestRegister
):
    """R29: Retry-After of an hour fails at once."""
    route = service.post("/voters/search").respond(429, headers={"Retry-After": "3600"})
    started = time.perf_counter()
    with pytest.raises(RegisterUnavailable, match="429"):
        await register.find(CAMILLE)
    assert (route.call_count, time.perf_counter() - started < 1) == (1, True)


async def test_a_register_that_hangs_is_given_up(service: respx.MockRouter):
    """R29: each attempt has its time, and all of them together have theirs."""

    calls = 0

    async def hang(request: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        await asyncio.sleep(60)
        raise AssertionError

    service.post("/voters/search").mock(side_effect=hang)
    settings = RestRegisterSettings(
        URL, "s3cret", attempts=100, attempt_timeout=0.05, budget=0.3, first_wait=0.001
    )
    started = time.perf_counter()
    async with httpx.AsyncClient() as client:
        with pytest.raises(RegisterUnavailable):
            await RestRegister(client, settings).find(CAMILLE)
    assert time.perf_counter() - started < 2
    assert 1 < calls < 10


async def test_a_register_that_is_down_is_left_alone(service: respx.MockRouter, clock: SetClock):
    """R29: after failures in a row the next lookup fails at once; a probe brings it back."""
    settings = RestRegisterSettings(
        URL, "s3cret", attempts=1, circuit=CircuitSettings(failures_to_open=2, open_seconds=10)
    )
    route = service.post("/voters/search")
    route.side_effect = [httpx.Response(500), httpx.ConnectError("12345"), httpx.Response(404)]
    async with httpx.AsyncClient() as client:
        register = RestRegister(client, settings, clock)
        for _ in range(4):
            with pytest.raises(RegisterUnavailable):
                await register.find(CAMILLE)
        with pytest.raises(RegisterUnavailable, match="left alone"):
            await register.identifier_matches(CAMILLE, IDENTIFIER)
        assert route.call_count == 2
        clock.advance(timedelta(seconds=10))
        with pytest.raises(RegisterUnavailable, match="JSON"):
            await register.find(CAMILLE)
    assert route.call_count == 3


async def test_a_short_wait_that_the_register_asks_for_is_kept(
    service: respx.MockRouter, register: RestRegister
):
    """R29: the second attempt comes after the second that was asked for, and not before."""
    route = service.post("/voters/search")
    busy = httpx.Response(429, headers={"Retry-After": "1"})
    route.side_effect = [busy, httpx.Response(200, json=VOTER)]
    started = time.perf_counter()
    assert await register.find(CAMILLE) is not None
    assert 1 <= time.perf_counter() - started < 3


async def test_nothing_of_a_voter_is_kept(service: respx.MockRouter, register: RestRegister):
    """R42, R44: each lookup asks anew."""
    route = service.post("/voters/search").respond(json=VOTER)
    for _ in range(2):
        assert await register.find(CAMILLE) is not None
    assert route.call_count == 2


async def test_the_budget_is_for_everything(service: respx.MockRouter):
    """R29: an attempt may not outlast it."""

    async def hang(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(60)
        raise AssertionError

    service.post("/voters/search").mock(side_effect=hang)
    settings = RestRegisterSettings(URL, "s3cret", attempt_timeout=30, budget=0.1)
    async with httpx.AsyncClient() as client:
        with pytest.raises(RegisterUnavailable, match="no answer in time"):
            await RestRegister(client, settings).find(CAMILLE)


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://register.example.org"},
        {"max_bytes": 0},
        {"at_once": 0},
        {"token": " "},
        {"attempts": 0},
        {"budget": 0},
        {"url": "register.example.org"},
        {"url": "https://user:s3cret@register.example.org"},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, Any]):
    """R42: at start-up; secrets are in the header alone."""
    with pytest.raises(ValueError, match=r"register|neighbour") as refusal:
        RestRegisterSettings(**{"url": URL, "token": "s3cret", **wrong})
    assert "s3cret" not in str(refusal.value)


def test_the_token_is_not_shown():
    """R42: neither by the settings' repr."""
    assert "s3cret" not in repr(SETTINGS)
