"""Calls to an HTTP neighbour: what bounds them, when it is left alone, what is never said of it."""

import asyncio
import gzip
import logging
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import respx
import trustme

from adapters.connections.guarded_http import (
    CircuitOpen,
    GuardedHttp,
    GuardSettings,
    NoAnswer,
    PassingFailure,
    hide_queries,
    secret_url,
)
from adapters.connections.http import HttpSettings, http_client
from adapters.trial import SetClock
from core.circuit import CircuitSettings, CircuitState
from core.web_address import is_loopback

URL = "https://neighbour.example.org/numbers"
SETTINGS = GuardSettings(
    deadline=60,  # the machine may be busy
    at_once=2,
    max_bytes=1000,
    circuit=CircuitSettings(failures_to_open=3, open_seconds=10, longest_open_seconds=60),
)
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
def service() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        yield router


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with http_client() as client:
        yield client


@pytest.fixture
def http(client: httpx.AsyncClient, clock: SetClock) -> GuardedHttp:
    return GuardedHttp(client, SETTINGS, clock)


@asynccontextmanager
async def serving(handle: Handler, ca: trustme.CA | None = None) -> AsyncIterator[str]:
    """A real server on loopback, on a port of the system's choice; gives its URL."""
    context = None
    if ca is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert("127.0.0.1").configure_cert(context)

    handlers: set[asyncio.Task[None]] = set()

    async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        handlers.add(task)
        with suppress(OSError, asyncio.IncompleteReadError):
            await handle(reader, writer)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(closing, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"{'https' if ca else 'http'}://127.0.0.1:{port}/"
    finally:
        server.close()
        await asyncio.wait_for(asyncio.gather(*handlers), 5)
        await server.wait_closed()


def answering(*pieces: bytes, pause: float = 0) -> Handler:
    """Reads a request's head, then sends the pieces, with a pause before each."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for piece in pieces:
            await asyncio.sleep(pause)
            writer.write(piece)
            await writer.drain()

    return handle


def resetting(times: int, seen: list[bytes]) -> Handler:
    """Resets so many connections after the request's head, then answers."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        if len(seen) <= times:
            writer.transport.abort()
        else:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            await writer.drain()

    return handle


async def test_an_answer_comes_back_whole(service: respx.MockRouter, http: GuardedHttp):
    """R29: status, headers and body; any status below 500 but 408, 425 and 429 is an answer."""
    service.put(URL).respond(409, headers={"X-Said": "later"}, text="no")
    answer = await http.send("PUT", URL, {"X-Key": "k"}, b"{}")
    assert (answer.status_code, answer.headers["X-Said"], answer.text) == (409, "later", "no")
    sent = service.calls.last.request
    assert (sent.headers["X-Key"], sent.content) == ("k", b"{}")


async def test_a_redirect_is_an_answer(service: respx.MockRouter, http: GuardedHttp):
    """R42: whoever moves is no longer the one in the settings; the token does not follow."""
    elsewhere = service.get("https://elsewhere.example.org/")
    service.get(URL).respond(302, headers={"Location": "https://elsewhere.example.org/"})
    assert (await http.send("GET", URL, {"Authorization": "Bearer t"})).status_code == 302
    assert not elsewhere.called


@pytest.mark.parametrize(
    "failure",
    [httpx.ConnectError("00012345"), httpx.ReadTimeout("00012345"), httpx.Response(500, text="1")],
)
async def test_after_failures_in_a_row_the_neighbour_is_left_alone(
    service: respx.MockRouter,
    http: GuardedHttp,
    clock: SetClock,
    failure: httpx.Response | Exception,
):
    """R29: refused at once, nothing sent; later one probe goes out and closes the circuit."""
    route = service.post(URL).mock(side_effect=[failure, failure, failure, httpx.Response(200)])
    for _ in range(3):
        with pytest.raises(PassingFailure) as failed:
            await http.send("POST", URL, {})
        assert "12345" not in str(failed.value)
    with pytest.raises(CircuitOpen):
        await http.send("POST", URL, {})
    assert route.call_count == 3
    clock.advance(timedelta(seconds=10))
    assert (await http.send("POST", URL, {})).status_code == 200
    assert http.circuit.state is CircuitState.CLOSED


async def test_one_probe_goes_out_however_many_ask(
    service: respx.MockRouter, http: GuardedHttp, clock: SetClock
):
    """R29: a neighbour that comes back is not met by all who waited for it."""
    route = service.post(URL).mock(return_value=httpx.Response(503))
    for _ in range(3):
        with pytest.raises(PassingFailure):
            await http.send("POST", URL, {})
    clock.advance(timedelta(seconds=10))
    asked = [http.send("POST", URL, {}) for _ in range(5)]
    failures = await asyncio.gather(*asked, return_exceptions=True)
    assert sorted(type(each).__name__ for each in failures) == ["CircuitOpen"] * 4 + [
        "PassingFailure"
    ]
    assert route.call_count == 4


async def test_refusals_of_a_neighbour_that_is_up_open_nothing(
    service: respx.MockRouter, http: GuardedHttp
):
    """R29: 4xx is about the request or the settings."""
    service.post(URL).respond(400)
    for _ in range(9):
        assert (await http.send("POST", URL, {})).status_code == 400


@pytest.mark.parametrize("status", [408, 425, 429, 503])
async def test_the_neighbour_says_for_how_long(
    service: respx.MockRouter, http: GuardedHttp, clock: SetClock, status: int
):
    """R29: Retry-After opens the circuit at once, for every call, for that long."""
    service.post(URL).respond(status, headers={"Retry-After": "7"})
    with pytest.raises(PassingFailure) as failed:
        await http.send("POST", URL, {})
    assert failed.value.wait == 7
    clock.advance(timedelta(seconds=6.9))
    with pytest.raises(CircuitOpen):
        await http.send("POST", URL, {})
    clock.advance(timedelta(seconds=0.1))
    with pytest.raises(PassingFailure):
        await http.send("POST", URL, {})


@pytest.mark.parametrize("said", ["", "soon", "-1", "1.5", "²", "Wed, 21 Oct 2026 07:28:00 GMT"])
async def test_other_waits_are_not_guessed(service: respx.MockRouter, http: GuardedHttp, said: str):
    """R29: seconds in digits, or nothing."""
    service.post(URL).respond(429, headers=[("Retry-After", said.encode())])
    with pytest.raises(PassingFailure) as failed:
        await http.send("POST", URL, {})
    assert failed.value.wait is None


async def test_so_many_calls_at_once(service: respx.MockRouter, http: GuardedHttp):
    """R13: the others wait for a place."""
    under_way, most = 0, 0

    async def slow(request: httpx.Request) -> httpx.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.01)
        under_way -= 1
        return httpx.Response(200)

    service.get(URL).mock(side_effect=slow)
    await asyncio.gather(*(http.send("GET", URL, {}) for _ in range(10)))
    assert most == SETTINGS.at_once


async def test_whoever_waits_too_long_for_a_place_says_nothing_of_the_neighbour(
    service: respx.MockRouter, client: httpx.AsyncClient, clock: SetClock
):
    """R29: no answer in time, and no failure in the circuit but those of calls that were made."""
    made: list[httpx.Request] = []

    async def hang(request: httpx.Request) -> httpx.Response:
        made.append(request)
        await asyncio.sleep(60)
        raise AssertionError

    service.get(URL).mock(side_effect=hang)
    http = GuardedHttp(client, GuardSettings(deadline=0.05, at_once=1), clock)
    asked = [http.send("GET", URL, {}) for _ in range(6)]
    failures = await asyncio.gather(*asked, return_exceptions=True)
    assert {str(each) for each in failures} == {"no answer in time"}
    assert 1 <= http.circuit.failures == len(made) < 6


async def test_a_caller_who_goes_away_is_no_failure(service: respx.MockRouter, http: GuardedHttp):
    """R29: nobody opens the circuit by hanging up."""

    async def hang(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(60)
        raise AssertionError

    service.get(URL).mock(side_effect=hang)
    for _ in range(4):
        asking = asyncio.ensure_future(http.send("GET", URL, {}))
        await asyncio.sleep(0.01)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    assert http.circuit.failures == 0


async def test_a_neighbour_that_drips_is_given_up(client: httpx.AsyncClient, clock: SetClock):
    """R29: the deadline is for the whole call; no single read ever times out here."""
    drops = [b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", *[b"."] * 900]
    async with serving(answering(*drops, pause=0.05)) as url:
        http = GuardedHttp(client, replace(SETTINGS, deadline=0.5), clock)
        started = time.perf_counter()
        with pytest.raises(PassingFailure, match="no answer in time"):
            await http.send("GET", url, {})
        assert time.perf_counter() - started < 20  # of 45 that all drops take


@pytest.mark.parametrize(
    "head", [b"Content-Length: 2000000000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"]
)
async def test_a_huge_answer_is_not_read_to_its_end(http: GuardedHttp, head: bytes):
    """R29: a thousand bytes, whatever was announced; and this is not worth another attempt."""
    body = [b"400\r\n" + b"x" * 1024 + b"\r\n"] * 1000
    async with serving(answering(b"HTTP/1.1 200 OK\r\n" + head, *body)) as url:
        with pytest.raises(NoAnswer, match="too large") as failed:
            await http.send("POST", url, {})
    assert not isinstance(failed.value, PassingFailure)


async def test_a_packed_answer_is_not_unpacked(service: respx.MockRouter, http: GuardedHttp):
    """R29: a few bytes may hold gigabytes. It was not asked for, either."""
    bomb = gzip.compress(bytes(100_000))
    service.get(URL).respond(headers={"Content-Encoding": "gzip"}, content=bomb)
    with pytest.raises(NoAnswer, match="packed"):
        await http.send("GET", URL, {})
    assert service.calls.last.request.headers["Accept-Encoding"] == "identity"


async def test_a_get_is_repeated_once_when_the_connection_is_reset(http: GuardedHttp):
    """R29: as happens to a connection kept alive for too long."""
    seen: list[bytes] = []
    async with serving(resetting(1, seen)) as url:
        assert (await http.send("GET", url, {})).text == "ok"
    assert len(seen) == 2


async def test_a_get_is_not_repeated_twice(http: GuardedHttp):
    """R29: and that counts as one failure."""
    seen: list[bytes] = []
    async with serving(resetting(9, seen)) as url:
        with pytest.raises(PassingFailure):
            await http.send("GET", url, {})
    assert (len(seen), http.circuit.failures) == (2, 1)


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_nothing_else_is_repeated(http: GuardedHttp, method: str):
    """R29: what may have changed something is the caller's to repeat."""
    seen: list[bytes] = []
    async with serving(resetting(1, seen)) as url:
        with pytest.raises(PassingFailure):
            await http.send(method, url, {}, b"{}")
    assert len(seen) == 1


async def test_what_cannot_be_understood_is_no_answer(service: respx.MockRouter, http: GuardedHttp):
    """R42: the exception's text is not repeated."""
    service.get(URL).mock(side_effect=httpx.DecodingError("00012345"))
    with pytest.raises(NoAnswer) as failed:
        await http.send("GET", URL, {})
    assert str(failed.value) == "DecodingError"


async def test_tls_is_verified(clock: SetClock, tmp_path: Path):
    """R42: a certificate of nobody's is refused; with the file of its authority it is trusted."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    answer = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    async with serving(answer, ca) as url, http_client() as stranger:
        with pytest.raises(PassingFailure, match="ConnectError"):
            await GuardedHttp(stranger, SETTINGS, clock).send("GET", url, {})
        async with http_client(HttpSettings(ca_file=tmp_path / "ca.pem")) as informed:
            answered = await GuardedHttp(informed, SETTINGS, clock).send("GET", url, {})
            assert answered.status_code == 200
            elsewhere = url.replace("127.0.0.1", "localhost")
            with pytest.raises(PassingFailure, match="ConnectError"):
                await GuardedHttp(informed, SETTINGS, clock).send("GET", elsewhere, {})


async def test_queries_do_not_come_into_logs(
    service: respx.MockRouter, http: GuardedHttp, caplog: pytest.LogCaptureFixture
):
    """R42: httpx logs the URL of each request."""
    hide_queries()
    service.get(URL).respond(200)
    with caplog.at_level(logging.DEBUG):
        await http.send("GET", URL, {}, params={"username": "00012345"})
        logging.getLogger("httpx").info("without arguments")
    assert "neighbour.example.org" in caplog.text
    assert "12345" not in caplog.text


@pytest.mark.parametrize(
    "url", ["https://example.org/", "http://127.0.0.1:80", "http://localhost/a", "http://[::1]:1"]
)
def test_secrets_go_over_tls_or_stay_on_the_machine(url: str):
    """R42."""
    assert secret_url(url) == url.rstrip("/")


@pytest.mark.parametrize("url", ["http://example.org", "http://10.0.0.1", "http://localhost.evil"])
def test_secrets_do_not_go_elsewhere_in_clear(url: str):
    """R42: and the refusal does not repeat the URL."""
    with pytest.raises(ValueError, match="https") as refused:
        secret_url(url)
    assert url not in str(refused.value)


def test_what_is_on_this_machine():
    """R42: by address, or by the one name that is reserved for it."""
    hosts = ("localhost", "127.8.9.1", "::1", "127.0.0.1.example.org", "")
    assert [is_loopback(each) for each in hosts] == [True, True, True, False, False]


@pytest.mark.parametrize("wrong", [{"deadline": 0}, {"at_once": 0}, {"max_bytes": 0}])
def test_bounds_that_cannot_work_are_refused(wrong: dict[str, int]):
    """R29: at start-up."""
    with pytest.raises(ValueError, match="a neighbour needs"):
        GuardSettings(**wrong)  # type: ignore[arg-type]


async def test_certificates_are_read_once(monkeypatch, tmp_path):
    """The usual certificates are read for the first client of a process; a private CA of another
    one's neighbour is trusted by that client alone."""
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    read: list[object] = []
    load = ssl.SSLContext.load_verify_locations

    def note(context, *arguments, **named):
        read.append(context)
        return load(context, *arguments, **named)

    async with http_client():
        monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", note)
        async with http_client():
            assert read == []
        async with http_client(HttpSettings(ca_file=tmp_path / "ca.pem")):
            assert len(read) == 1
