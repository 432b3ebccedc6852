"""A password known beforehand is looked for, byte by byte, in everything that is kept or said."""

from __future__ import annotations

import re
from base64 import b64encode, urlsafe_b64decode
from itertools import chain
from pathlib import Path

import pytest

from adapters.password_keys.daily import DailyKeyFile
from adapters.system import SystemClock
from core.password_issuer import PasswordIssuer
from core.policy import STANDARD

LAUNCHER = str(Path(__file__).parent / "planted_seed.py")
SEED = bytes(range(100, 132))
PERSONAL = (
    b"00012345",
    b"camille.martin",
    b"639980001",
    b"6 39 98 00 01",
    b"K7WPQ2M4XN9B",
    b"someone.else",
)
"""NUMIC, e-mail addresses (on file and typed), phone number and identifier."""


@pytest.fixture
def planted(deployment, until):
    """Gateway and worker with a planted seed; a link that was just e-mailed."""
    deployment.prepare()
    deployment.relay()
    deployment.gateway()
    arguments = (SEED.hex(), str(deployment.outside / "sms-raises"))
    voter = deployment.serve(LAUNCHER, "serve", *arguments)
    deployment.work(LAUNCHER, "worker", *arguments)
    voter.ask()
    until(deployment.tokens)
    return voter


def test_no_secret_is_ever_kept(deployment, until, planted):
    """R14, R20, R42: the password is in no database, journal, log, answer, job or dead letter, and
    the link's token is nowhere but in the e-mail: before, between and after, while the SMS gateway
    is down, quotes the text, or makes its adapter fail with an exception that does."""
    voter = planted
    (token,) = deployment.tokens()
    password = _password_to_come(deployment)

    def sweep() -> None:
        assert _found(deployment, _guises(password), "sms.jsonl") == []
        assert (
            _found(deployment, _guises(token, urlsafe_b64decode(token + "=")), "emails.jsonl") == []
        )

    sweep()
    voter.link(token)
    voter.confirm(token, "ZZZZZZZZZZZZ")
    _clumsy(deployment, voter, token)
    sweep()

    deployment.answer_sms_with("503 Busy\nCannot send now: {text}")
    voter.confirm(token)
    until(lambda: _reason(deployment) == "kannel: 503")
    sweep()
    deployment.answer_sms_with("400 Bad Request\nMisformed: {text}")
    until(lambda: _reason(deployment) == "kannel: 400")
    sweep()

    flag = deployment.outside / "sms-raises"
    flag.touch()
    until(lambda: b"ValueError" in _logs(deployment))
    sweep()
    deployment.rows("UPDATE job SET attempts = 9, due_at = 0 WHERE kind = 'issue_password'")
    until(lambda: deployment.rows("SELECT 1 FROM job WHERE dead_at IS NOT NULL"))
    ((job,),) = deployment.rows("SELECT id FROM job WHERE dead_at IS NOT NULL")
    deployment.answers.append(deployment.run("jobs", "list").encode())
    sweep()

    flag.unlink()
    deployment.answer_sms_with(None)
    deployment.answers.append(deployment.run("jobs", "requeue", str(job)).encode())
    until(deployment.sms)
    until(lambda: len(deployment.emails()) == 2)
    assert deployment.passwords() == [password]
    assert len(_found(deployment, _guises(password), allowed="")) == 1, "the search sees nothing"
    voter.confirm(token)
    voter.link(token)
    sweep()
    deployment.stop()
    sweep()


def test_no_personal_data_in_logs(deployment, until, planted):
    """R42: at level DEBUG, through failures of relay, gateway and adapters and through clumsy
    requests, no log line names a voter; what happened is told all the same, by pseudonym."""
    voter = planted
    (token,) = deployment.tokens()
    voter.ask("00012345", "someone.else@example.org")
    _clumsy(deployment, voter, token)
    voter.confirm(token, "ZZZZZZZZZZZZ")
    flag = deployment.outside / "sms-raises"
    flag.touch()
    deployment.answer_emails_with("451 4.2.0 <camille.martin@example.org> is busy, 00012345")
    voter.confirm(token)
    until(lambda: b"ValueError" in _logs(deployment))
    flag.unlink()
    until(deployment.sms)
    until(lambda: b"MessageDeferred" in _logs(deployment))
    deployment.answer_emails_with("550 5.1.1 camille.martin@example.org unknown, 00012345")
    until(lambda: deployment.rows("SELECT 1 FROM delivery WHERE state = 'failed'"))
    deployment.stop()
    logs = _logs(deployment)
    assert [each for each in (*PERSONAL, token.encode()) if each in logs] == []
    assert deployment.passwords()[0].encode() not in logs
    for event in (b"link_issued", b"renewal_confirmed", b"password_issued", b"job_failed"):
        assert event in logs
    assert re.search(rb'"voter":"[0-9a-f]{32}"', logs)


def _password_to_come(deployment) -> str:
    """What the planted seed will give, for the request that is under way."""
    ((request_id,),) = deployment.rows("SELECT id FROM recovery_request")
    path = deployment.data / "recovery.password-key"
    keys = DailyKeyFile(path, deployment.keyring, SystemClock(), made_alone=False)
    issuer = PasswordIssuer(keys, STANDARD)
    return issuer.derive(request_id, SEED, issuer.key_id).reveal()


def _guises(text: str, raw: bytes = b"") -> list[bytes]:
    """How a text might hide: as it is, in small letters, wide, in hexadecimal or base64."""
    plain = text.encode()
    # In base64 a text looks different at each of three offsets; the ends depend on the neighbours.
    folded = [b64encode(b"\0" * offset + plain)[4:-4] for offset in range(3)]
    guises = [plain, text.lower().encode(), text.encode("utf-16-le"), plain.hex().encode()]
    return [*guises, *folded, *([raw] if raw else [])]


def _found(deployment, guises: list[bytes], allowed: str) -> list[str]:
    """Where any of these stands, save in the file that is meant to hold it."""
    files = (each for each in deployment.folder.rglob("*") if each.is_file())
    kept = ((str(each), _content(each)) for each in files if each.name != allowed)
    said = (("answers", each) for each in deployment.answers)
    return [
        place for place, content in chain(kept, said) if any(guise in content for guise in guises)
    ]


def _content(file: Path) -> bytes:
    """A file's bytes; none when it was removed meanwhile."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""


def _clumsy(deployment, voter, token: str) -> None:
    """Requests that end in errors, with a secret in every place."""
    mistyped = {"token": token, "identifier": 12, "code": {"id": token, "answer": []}}
    assert voter.post(deployment.confirm_mutation, **mistyped) is None
    voter.post("mutation { confirmPasswordRenewal(input: {token: " + token + "}) { __typename } }")
    voter.post("{ renewalLink(token: 12) { " + f"K7WPQ2M4XN9B_{token[:8]}" + " } }")


def _reason(deployment) -> str | None:
    rows = deployment.rows("SELECT reason FROM delivery WHERE kind = 'password'")
    return rows[0][0] if rows else None


def _logs(deployment) -> bytes:
    return b"".join(each.read_bytes() for each in sorted(deployment.logs.iterdir()))
