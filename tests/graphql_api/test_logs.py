"""Logs: one JSON object a line, in UTC, scrubbed by key and by look."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from io import StringIO

import httpx
import pytest
import structlog

from graphql_api.running.logs import SCRUBBED, configure_logs


def lines(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def last(stream):
    return lines(stream)[-1]


def test_one_json_object_a_line(logged):
    """R42: ours and libraries' records are JSON objects with a UTC time, a level and a logger."""
    structlog.stdlib.get_logger("reassort.test").info("went\nwell", count=1, ratio=0.5, ok=True)
    logging.getLogger("library").warning("two\nlines %s", "here")
    ours, theirs = lines(logged)
    assert (ours["event"], ours["logger"], ours["level"]) == ("went\nwell", "reassort.test", "info")
    assert (ours["count"], ours["ratio"], ours["ok"]) == (1, 0.5, True)
    assert (theirs["event"], theirs["logger"]) == ("two\nlines here", "library")
    for line in (ours, theirs):
        assert line["timestamp"].endswith("Z")
        at = datetime.fromisoformat(line["timestamp"])
        assert abs((datetime.now(UTC) - at).total_seconds()) < 5


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "new_password",
        "token",
        "access_token",
        "secret",
        "email",
        "typed_email",
        "e_mail",
        "phone",
        "numic",
        "numel",
        "identifier",
        "Authorization",
        "cookie",
        "answer",
        "address",
        "variables",
        "body",
    ],
)
def test_scrubbed_by_key(logged, key):
    """R42: what is named like a secret or like personal data is not written, nested or not."""
    log = structlog.stdlib.get_logger("reassort.test")
    log.info("event", **{key: "x"})
    log.info("event", outer={key: ["x"], "kept": "y"})
    flat, nested = lines(logged)
    assert flat[key] == SCRUBBED
    assert nested["outer"] == {key: SCRUBBED, "kept": "y"}


@pytest.mark.parametrize(
    "value",
    [
        "camille.martin@example.org",
        "+33639980001",
        "+33 6 39 98 00 01",
        "0PjQ3mXo1c5n7ZpZk2mR4v8w-_Aa6tYbBcCdDeEfFgG",
        "00012345",
        "000000101",
        "numic:00012345",
        "K7WPQ2M4XN9B",
        "FZKMUY6SQ5X3",
    ],
)
def test_scrubbed_by_look(logged, value):
    """R42: an address, phone number, token, NUMIC, NUMEL, identifier or password is taken out of
    any text, whatever it is called and however deep it lies."""
    log = structlog.stdlib.get_logger("reassort.test")
    log.info(f"sent to {value}.", note=value, deep=[{"inner": (value,)}])
    logging.getLogger("library").error("failed for %s", value)
    assert value not in logged.getvalue()
    ours, theirs = (line["event"] for line in lines(logged))
    assert ours.endswith(f"{SCRUBBED}.")
    assert theirs.endswith(SCRUBBED)


@pytest.mark.parametrize(
    "text",
    [
        "2027-06-05T12:00:00Z",
        "127.0.0.1:8000",
        "RENEWAL_REQUESTED",
        "SQLITE_BUSY",
        "INVALID_FIELDS",
    ],
)
def test_kept(logged, text):
    """R42: times, addresses of machines and codes stay readable."""
    structlog.stdlib.get_logger("reassort.test").info(text, note=text)
    assert (last(logged)["event"], last(logged)["note"]) == (text, text)


def test_exceptions_without_their_text(logged):
    """R20, R42: of an exception, its causes and its locals only the kind and places are kept."""
    try:
        try:
            raise KeyError("CANARY-cause")
        except KeyError as cause:
            raise ValueError("CANARY-text") from cause
    except ValueError as failure:
        structlog.stdlib.get_logger("reassort.test").exception("failed")
        structlog.stdlib.get_logger("reassort.test").error("failed", exc_info=failure)
        logging.getLogger("library").exception("failed")
    assert "CANARY" not in logged.getvalue()
    for line in lines(logged):
        assert line["exception"] == "ValueError"
        assert re.fullmatch(r"test_exceptions_without_their_text:\d+ test_logs\.py", line["at"][0])


async def test_pseudonyms_in_place_of_voters(portal, logged, camille):
    """R42: a whole renewal leaves neither NUMIC, e-mail, phone, identifier, token, password nor
    security code in the log; the voter appears as a keyed pseudonym, the same in every line."""
    logged.truncate(0)
    password = await portal.renew()
    await portal.request(numic=camille.numic, email="nobody@example.org")
    await portal.work()
    text = logged.getvalue()
    secrets = [camille.numic, camille.email, camille.phone, camille.phone[3:], camille.identifier]
    secrets += [password, portal.newest_token, "nobody@", *portal.inbox["securityCodes"]]
    assert [secret for secret in secrets if secret in text] == []
    voters = {line["voter"] for line in lines(logged) if "voter" in line}
    assert len(voters) == 1
    assert re.fullmatch(r"[0-9a-f]{32}", voters.pop())
    events = [line["event"] for line in lines(logged) if line["logger"] == "reassort.events"]
    assert events == [
        "renewal_requested",
        "link_issued",
        "message_ended",
        "renewal_confirmed",
        "password_issued",
        "message_ended",
        "renewal_requested",
        "renewal_dismissed",
    ]


async def test_lines_of_a_request_carry_its_correlation_id(portal, logged):
    """R37: what a request logs can be found by the id in its answer."""
    response = await portal.request_over_http()
    line = next(line for line in lines(logged) if line["event"] == "renewal_requested")
    assert line["correlation_id"] == response.headers["x-correlation-id"]


async def test_http_clients_do_not_log_urls(logged):
    """R20: httpx, which logs each URL with its query, is told to be silent, even on DEBUG."""
    transport = httpx.MockTransport(lambda _: httpx.Response(204))
    async with httpx.AsyncClient(transport=transport) as http:
        await http.get("https://user:CANARY@sms.example.org/send?password=CANARY")
    assert "CANARY" not in logged.getvalue()
    assert not {line["logger"] for line in lines(logged)} & {"httpx", "httpcore"}


@pytest.mark.parametrize("name", ["httpx", "httpcore", "uvicorn.access", "mail", "stamina"])
def test_noisy_libraries(logged, name):
    """R42: libraries that log what passes through them are heard from WARNING on."""
    logging.getLogger(name).info("hello")
    assert logged.getvalue() == ""
    logging.getLogger(name).warning("trouble")
    assert last(logged)["event"] == "trouble"


def test_level_and_pretty_text(logged):
    """R42: below the level nothing is written; the pretty form is scrubbed all the same."""
    stream = StringIO()
    configure_logs("WARNING", stream, pretty=True)
    log = structlog.stdlib.get_logger("reassort.test")
    log.info("unheard")
    log.warning("heard", numic="00012345", note="write to camille.martin@example.org")
    text = stream.getvalue()
    assert "unheard" not in text
    assert "heard" in text
    assert "00012345" not in text
    assert "camille" not in text
