"""One renewal through real processes: gateway, worker, SMTP relay and SMS gateway."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
import trustme

from core.policy import UNAMBIGUOUS


@pytest.fixture
def running(deployment):
    """Everything up, under the policy that lets a voter ask again at once; the voter there."""
    deployment.settings["POLICY"] = "trial"
    deployment.prepare()
    deployment.relay()
    deployment.gateway()
    voter = deployment.serve()
    deployment.work()
    return voter


async def test_whole_renewal(deployment, until, running):
    """R4, R6, R19, R22: e-mail with a link, SMS with the password, notice by e-mail; the new
    password signs in and the one before does not. A second renewal outdates the first."""
    voter = running
    assert voter.ask() == "RenewalRequested"
    (token,) = until(deployment.tokens)
    assert voter.link(token)["usable"]
    assert voter.confirm(token)["__typename"] == "PasswordRenewed"
    (first,) = until(deployment.passwords)
    assert re.fullmatch(f"[{UNAMBIGUOUS}]{{12}}", first)
    assert deployment.sms()[0]["to"] == "+33639980001"
    until(lambda: len(deployment.emails()) == 2)
    notice = deployment.emails()[1]
    assert notice["Auto-Submitted"] == "auto-generated"
    assert first not in str(notice)
    assert await deployment.signs_in(first)
    assert voter.link(token)["code"] == "LINK_USED"

    assert voter.ask() == "RenewalRequested"
    until(lambda: len(deployment.tokens()) == 2)
    assert voter.confirm(deployment.tokens()[1])["__typename"] == "PasswordRenewed"
    until(lambda: len(deployment.sms()) == 2)
    second = deployment.passwords()[1]
    assert second != first
    assert await deployment.signs_in(second)
    assert not await deployment.signs_in(first)


def test_only_the_mailbox_on_file_is_written_to(deployment, until, running):
    """R7, R25: an unknown voter and a wrong e-mail cause no message; a voter without a phone gets
    the explanation and no password."""
    voter = running
    assert voter.ask("99999999", "nobody@example.org") == "RenewalRequested"
    assert voter.ask("00012345", "someone.else@example.org") == "RenewalRequested"
    assert voter.ask("00054321", "dominique.bernard@example.org") == "RenewalRequested"
    until(lambda: deployment.rows("SELECT count(*) FROM job") == [(0,)])
    assert [each["to"] for each in deployment.envelopes()] == [["dominique.bernard@example.org"]]
    assert deployment.tokens() == []
    assert deployment.sms() == []
    reasons = deployment.rows("SELECT reason FROM recovery_request ORDER BY received_at")
    assert reasons == [("unknown_voter",), ("email_differs",), ("no_phone",)]


def test_relay_with_starttls_and_login(deployment, until, tmp_path):
    """R29: a relay that demands STARTTLS and a login gets both; its certificate is verified against
    the authority in the settings, and without it nothing is handed over."""
    authority, certificate, key = _certificate(tmp_path)
    deployment.prepare()
    deployment.relay(
        *("--certificate", certificate, "--key", key, "--login", "portal:relay-password")
    )
    deployment.gateway()
    deployment.settings |= {
        "SMTP_HOST": "localhost",
        "SMTP_SECURITY": "starttls",
        "SMTP_USERNAME": "portal",
        "SMTP_PASSWORD": "relay-password",
    }
    voter = deployment.serve()
    distrustful = deployment.work()
    assert voter.ask() == "RenewalRequested"
    until(lambda: deployment.rows("SELECT reason FROM delivery WHERE attempts > 0"))
    distrustful.stop()
    assert deployment.rows("SELECT state, reason FROM delivery") == [("queued", "TLS failed")]
    assert deployment.envelopes() == []

    deployment.settings["SMTP_CA_FILE"] = authority
    deployment.work()
    (envelope,) = until(deployment.envelopes)
    assert envelope["secured"]
    assert envelope["login"] == "portal"
    assert "relay-password" not in _all_logs(deployment)


def test_relay_down_for_a_while(deployment, until, dead_port):
    """R29: nobody answers at the relay's port, then it is too busy (4xx): the request waits and its
    e-mail goes out once the relay is back, with one Message-ID and one link."""
    deployment.prepare()
    deployment.gateway()
    deployment.settings["SMTP_PORT"] = str(dead_port)
    voter = deployment.serve()
    worker = deployment.work()
    assert voter.ask() == "RenewalRequested"
    until(lambda: _delivery(deployment, "link")[1:] == ("queued", "no connection"))

    deployment.answer_emails_with("451 4.3.2 Try again later")
    worker.stop()
    deployment.relay()
    deployment.work()
    until(lambda: _delivery(deployment, "link")[1:] == ("queued", "451 4.3.2 Try again later"))
    assert deployment.envelopes() == []

    deployment.answer_emails_with(None)
    (token,) = until(deployment.tokens)
    until(lambda: _delivery(deployment, "link")[1:] == ("accepted", None))
    attempts, _, _ = _delivery(deployment, "link")
    assert attempts >= 3
    assert voter.confirm(token)["__typename"] == "PasswordRenewed"
    until(deployment.sms)


async def test_relay_that_dies_and_comes_back(deployment, until, running):
    """R29: the worker's kept connection breaks when the relay is killed; the next e-mail waits for
    the relay that comes up in its place."""
    voter = running
    assert voter.ask("54321", "dominique.bernard@example.org") == "RenewalRequested"
    until(deployment.envelopes)
    deployment.process("relay").kill()
    assert voter.ask() == "RenewalRequested"
    until(lambda: _delivery(deployment, "link")[1:] == ("queued", "no connection"))
    deployment.relay("--port", deployment.settings["SMTP_PORT"])
    until(deployment.tokens)
    assert len(deployment.envelopes()) == 2


def test_relay_that_refuses_for_good(deployment, until, running):
    """R29: a 5xx answer ends the delivery as *failed* with the relay's reason, which does not name
    the voter; it is not tried again."""
    deployment.answer_emails_with("550 5.1.1 <camille.martin@example.org> Mailbox unavailable")
    assert running.ask() == "RenewalRequested"
    until(lambda: deployment.rows("SELECT 1 FROM delivery WHERE state = 'failed'"))
    assert _delivery(deployment, "link") == (1, "failed", "550 5.1.1 Mailbox unavailable")
    until(lambda: deployment.rows("SELECT count(*) FROM job") == [(0,)])
    deployment.answer_emails_with(None)
    time.sleep(1)
    assert deployment.envelopes() == []


async def test_sms_gateway_down_for_a_while(deployment, until, running):
    """R19, R29, R31: the SMS gateway hangs up, then answers 503: the confirmed renewal waits, its
    SMS goes out once the gateway is back, with the password that already signs in."""
    voter = running
    voter.ask()
    (token,) = until(deployment.tokens)
    deployment.answer_sms_with("hang up")
    assert voter.confirm(token)["__typename"] == "PasswordRenewed"
    until(lambda: _delivery(deployment, "password")[1:] == ("queued", "kannel: no connection"))
    deployment.answer_sms_with("503 Service Unavailable\nSMS service is down")
    until(lambda: _delivery(deployment, "password")[1:] == ("queued", "kannel: 503"))
    assert deployment.sms() == []
    assert deployment.rows("SELECT state FROM recovery_request") == [("confirmed",)]

    deployment.answer_sms_with(None)
    until(lambda: deployment.rows("SELECT state FROM recovery_request") == [("password_sent",)])
    (password,) = deployment.passwords()
    assert _delivery(deployment, "password")[1:] == ("accepted", None)
    assert await deployment.signs_in(password)
    assert deployment.rows("SELECT seed FROM recovery_request") == [(None,)]


async def test_processes_stop_politely(deployment, until, running):
    """R29: SIGTERM ends gateway and worker with 0, and what was asked before is done after a
    restart."""
    voter = running
    assert deployment.process("worker").stop() == 0
    assert voter.ask() == "RenewalRequested"
    assert deployment.process("serve").stop() == 0
    deployment.work()
    (token,) = until(deployment.tokens)
    assert deployment.serve().link(token)["usable"]


def _delivery(deployment, kind: str) -> tuple:
    rows = deployment.rows("SELECT attempts, state, reason FROM delivery WHERE kind = ?", kind)
    return rows[0] if rows else (0, None, None)


def _all_logs(deployment) -> str:
    return "".join(each.read_text("utf-8") for each in deployment.logs.iterdir())


def _certificate(folder: Path) -> tuple[str, str, str]:
    """Files of an authority, of a certificate for localhost that it signed, and of its key."""
    authority, paths = trustme.CA(), [str(folder / name) for name in ("ca", "cert", "key")]
    issued = authority.issue_cert("localhost")
    authority.cert_pem.write_to_path(paths[0])
    issued.cert_chain_pems[0].write_to_path(paths[1])
    issued.private_key_pem.write_to_path(paths[2])
    return paths[0], paths[1], paths[2]
