"""`reassort record-bounce`, as a mail server pipes into it and over a maildir; and
`receipt-address`."""

from __future__ import annotations

import asyncio
import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from structlog.testing import capture_logs
from typer.testing import CliRunner

from adapters.email.message_ids import MessageIds
from adapters.sms.receipt_tags import ReceiptTags
from adapters.store.sqlite import SqliteStore
from core.delivery import Delivery, DeliveryState
from core.locale import Locale
from core.messages import Acceptance, MessageKind
from core.receipt_refusals import ReceiptForged
from graphql_api.cli import bounces, cli
from graphql_api.compose import prepare_database
from graphql_api.running import demo
from graphql_api.settings import read_settings

RECORD = ["record-bounce"]


@pytest.fixture
def deployment(monkeypatch, tmp_path) -> Path:
    """The environment of a trial deployment with nothing made yet; its database."""
    now = datetime.now(UTC)
    closes_at = now + timedelta(days=1)
    rounds = [{"id": "demo", "opens_at": now.isoformat(), "closes_at": closes_at.isoformat()}]
    environment = {
        "REASSORT_KEYS": demo.new_key(),
        "REASSORT_DATA_DIR": str(tmp_path / "data"),
        "REASSORT_VOTING_ROUNDS": json.dumps(rounds),
        "REASSORT_EMAIL": "inbox",
        "REASSORT_SMS": "inbox",
        "REASSORT_EMAIL_SENDER": "ne-pas-repondre@vote.example.org",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return tmp_path / "data" / "recovery.sqlite3"


@contextmanager
def _loop():
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


def in_store(database: Path, act):
    async def run():
        store = SqliteStore(database)
        await store.open()
        try:
            return await act(store)
        finally:
            await store.close()

    with _loop() as loop:
        return loop.run_until_complete(run())


@pytest.fixture
def sent(deployment):
    """A deployment whose one e-mail went to its one relay; says how that e-mail stands."""
    settings = read_settings()
    prepare_database(settings)
    (relay,) = settings.mail_relays
    now = datetime.now(UTC)
    queued = Delivery.queued(MessageKind.LINK, "r1", Locale.FR, now)

    async def put(store):
        async with store.begin() as unit:
            await unit.deliveries.add(queued)
            await unit.deliveries.save(queued.accepted(Acceptance(relay), now), was=queued)

    async def state(store):
        async with store.read() as unit:
            delivery = await unit.deliveries.get(queued.id)
            return delivery.state, delivery.reason

    in_store(deployment, put)
    return lambda: in_store(deployment, state)


@pytest.fixture
def bounce(deployment):
    """A report that the e-mail `r1.link` failed."""
    message_id = MessageIds("vote.example.org", read_settings().keyring).of("r1.link")
    return (
        "Content-Type: multipart/report; boundary=b\n\n"
        "--b\nContent-Type: message/delivery-status\n\n"
        "Reporting-MTA: dns; x\n\nAction: failed\nStatus: 5.1.1\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {message_id}\n\n--b--\n"
    )


def record(mail: str = "", *arguments: str):
    return CliRunner().invoke(cli, [*RECORD, *arguments], input=mail)


def test_piped(sent, bounce):
    """R30: the e-mail failed, for a reason; the second time it is known."""
    outcome = record(bounce)
    assert (outcome.exit_code, outcome.stdout) == (0, "1 recorded\n")
    assert sent() == (DeliveryState.FAILED, "5.1.1 no such mailbox")
    outcome = record(bounce)
    assert (outcome.exit_code, outcome.stdout) == (0, "1 known\n")


def test_a_letter_is_done_with(sent):
    """R30: the mail server need not pipe it again, and nothing has failed."""
    outcome = record("From: camille.martin@example.org\n\nBonjour")
    assert (outcome.exit_code, outcome.stdout) == (0, "1 no bounce: no delivery status\n")
    assert sent()[0] is DeliveryState.ACCEPTED


def test_from_a_maildir(sent, bounce, tmp_path):
    """R30: its new mails are recorded and marked as seen, or deleted."""
    for name in ("new", "cur"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    for arguments, left in ([], ["1:2,S"]), (["--delete"], ["1:2,S"]):
        (tmp_path / "mail" / "new" / "1").write_text(bounce)
        outcome = record("", "--maildir", str(tmp_path / "mail"), *arguments)
        assert outcome.exit_code == 0
        assert [each.name for each in (tmp_path / "mail" / "cur").iterdir()] == left
    assert sent()[0] is DeliveryState.FAILED


def test_without_database_the_mail_server_keeps_the_mail(deployment, bounce):
    """R29, R30: EX_TEMPFAIL, with the reason in a sentence."""
    outcome = record(bounce)
    assert outcome.exit_code == bounces.TRY_AGAIN == 75
    assert "cannot open the database" in outcome.stderr


def test_with_wrong_settings_the_mail_server_keeps_the_mail(sent, bounce, monkeypatch):
    """R29, R30: what an operator can mend loses no bounce."""
    monkeypatch.setenv("REASSORT_POLICY", "CANARY")
    outcome = record(bounce)
    assert outcome.exit_code == 75
    assert "REASSORT_POLICY" in outcome.stderr
    assert "CANARY" not in outcome.output


def test_whatever_goes_wrong_the_mail_server_keeps_the_mail():
    """R29, R30: a defect loses no bounce either, and its text stays out of what is printed."""
    kept = bounces._kept_by_the_mail_server()
    with capture_logs() as logs, pytest.raises(typer.Exit) as ended, kept:
        raise RuntimeError("CANARY")
    assert ended.value.exit_code == 75
    assert [each["event"] for each in logs] == ["bounce_not_recorded"]


def test_a_folder_that_is_no_maildir(sent, tmp_path):
    """R30: said, and not taken for an empty one."""
    outcome = record("", "--maildir", str(tmp_path))
    assert outcome.exit_code == 1
    assert "no maildir" in str(outcome.exception)


def test_the_address_for_a_provider_that_signs_nothing(deployment):
    """R30: what is printed is the address whose receipts are taken, and no other route's."""
    address = CliRunner().invoke(
        cli, ["receipt-address", "ovh", "--receipts", "https://vote.example.org/receipts/"]
    )
    before, _, tag = address.stdout.strip().rpartition("/")
    assert before == "https://vote.example.org/receipts/ovh"
    keyring = read_settings().keyring
    ReceiptTags(keyring, "ovh").require(tag)
    with pytest.raises(ReceiptForged):
        ReceiptTags(keyring, "kannel").require(tag)
