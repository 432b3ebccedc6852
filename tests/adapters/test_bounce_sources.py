"""Where bounces come in: piped, or in a maildir; whatever fails, none is lost."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from adapters.email.bounce_sources import OK, TRY_AGAIN, BounceRecorder, Maildir, Piped
from adapters.email.bounces import LONGEST, Bounces
from adapters.email.message_ids import MessageIds
from adapters.trial import SetClock
from core.errors import StoreUnavailable
from core.use_cases.record_bounce import Bounce, BounceOutcome

LETTER = b"From: camille.martin@example.org\n\nBonjour"


class Records:
    """`RecordBounce`, as far as sources see it: gives `outcomes` in this order, then "recorded", or
    "known" for one that was there before."""

    def __init__(self, *outcomes: BounceOutcome | Exception) -> None:
        self.outcomes = list(outcomes)
        self.seen: list[str] = []

    async def __call__(self, bounce: Bounce) -> BounceOutcome:
        if self.outcomes:
            outcome = self.outcomes.pop(0)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome
        known = bounce.delivery in self.seen
        self.seen.append(bounce.delivery)
        return BounceOutcome.KNOWN if known else BounceOutcome.RECORDED


NOTED: list[str] = []


async def note(fingerprint: str) -> None:
    NOTED.append(fingerprint)


async def record_bounces(source, bounces, record, note=note):
    NOTED.clear()
    return await BounceRecorder(bounces, record, note)(source)


@pytest.fixture
def message_ids(keyring):
    return MessageIds("vote.example.org", keyring)


@pytest.fixture
def bounces(message_ids, clock: SetClock):
    return Bounces(message_ids, clock)


@pytest.fixture
def bounce(message_ids):
    """A report on the e-mail of this delivery, as bytes."""

    def bounce(delivery="r1.link"):
        return (
            "Content-Type: multipart/report; boundary=b\n\n"
            "--b\nContent-Type: message/delivery-status\n\n"
            "Reporting-MTA: dns; x\n\nAction: failed\nStatus: 5.1.1\n\n"
            f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {message_ids.of(delivery)}\n"
            "\n--b--\n"
        ).encode()

    return bounce


@pytest.fixture
def maildir(tmp_path):
    """A maildir, and what it holds by folder."""
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    return tmp_path


def put(maildir: Path, name: str, mail: bytes):
    (maildir / "new" / name).write_bytes(mail)


def held(maildir: Path) -> dict[str, list[str]]:
    return {
        name: sorted(each.name for each in (maildir / name).iterdir()) for name in ("new", "cur")
    }


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (BounceOutcome.RECORDED, OK),
        (BounceOutcome.KNOWN, OK),
        (BounceOutcome.UNKNOWN, OK),
        (BounceOutcome.TOO_EARLY, TRY_AGAIN),
    ],
)
async def test_piped(bounces, bounce, outcome, code):
    """R30: what the MTA is told, by the codes of sysexits: done with, or to be piped again."""
    summary = await record_bounces(Piped(BytesIO(bounce())), bounces, Records(outcome))
    assert (summary.exit_code, dict(summary.counts)) == (code, {outcome.value: 1})


async def test_piped_while_the_store_is_down(bounces, bounce):
    """R29, R30: the MTA keeps the mail."""
    down = Records(StoreUnavailable("CANARY"))
    summary = await record_bounces(Piped(BytesIO(bounce())), bounces, down)
    assert summary.exit_code == TRY_AGAIN
    assert dict(summary.counts) == {"not recorded: store unavailable": 1}


async def test_a_letter_in_the_pipe(bounces):
    """R30: what is no bounce is done with: the MTA need not pipe it again."""
    summary = await record_bounces(Piped(BytesIO(LETTER)), bounces, Records())
    assert (summary.exit_code, dict(summary.counts)) == (OK, {"no bounce: no delivery status": 1})


async def test_reports_that_cannot_be_read_are_noted(bounces, bounce, maildir):
    """R30, R32: M3: a report that ties to nothing, and one without a reason that is known; by what
    tells them apart and nothing else. A letter is none."""
    put(maildir, "1", bounce().replace(b"Message-ID: <", b"Message-ID: <x"))
    put(maildir, "2", bounce().replace(b"5.1.1", b"five"))
    put(maildir, "3", LETTER)
    put(maildir, "4", bounce())
    with capture_logs() as logs:
        summary = await record_bounces(Maildir(maildir), bounces, Records())
    assert dict(summary.counts) == {
        "no bounce: not on an e-mail of ours": 1,
        "no bounce: no delivery status": 1,
        "recorded": 1,
        "known": 1,
    }
    assert len(set(NOTED)) == 2
    assert all(len(each) == 32 for each in NOTED)
    assert [each["reason"] for each in logs] == [
        "not on an e-mail of ours",
        "no reason that is known",
    ]


async def test_an_unread_report_while_the_store_is_down(bounces, bounce):
    """R29, R30: M3: the MTA keeps it."""

    async def down(_):
        raise StoreUnavailable("down")

    untied = bounce().replace(b"Message-ID: <", b"Message-ID: <x")
    summary = await record_bounces(Piped(BytesIO(untied)), bounces, Records(), down)
    assert summary.exit_code == TRY_AGAIN


async def test_the_pipe_is_read_to_its_end(bounces, bounce):
    """R30: an MTA whose pipe is closed early takes that for a failure."""
    pipe = BytesIO(bounce() + b"x" * (3 * LONGEST))
    summary = await record_bounces(Piped(pipe), bounces, Records())
    assert (summary.exit_code, pipe.read()) == (OK, b"")


async def test_a_maildir(maildir, bounces, bounce):
    """R30: mails that are done with are moved to `cur`, as seen, in the order of their names."""
    put(maildir, "2.x", bounce("r2.link"))
    put(maildir, "1.x:2,", bounce("r1.link"))
    put(maildir, "3.x", LETTER)
    put(maildir, ".hidden", bounce("r3.link"))
    (maildir / "new" / "folder").mkdir()
    records = Records()
    summary = await record_bounces(Maildir(maildir), bounces, records)
    assert records.seen == ["r1.link", "r2.link"]
    assert summary.exit_code == OK
    assert dict(summary.counts) == {"recorded": 2, "no bounce: no delivery status": 1}
    assert held(maildir) == {"new": [".hidden", "folder"], "cur": ["1.x:2,S", "2.x:2,S", "3.x:2,S"]}


async def test_a_maildir_that_is_emptied(maildir, bounces, bounce):
    """R44: bounces name voters and can be deleted; a letter is never deleted."""
    put(maildir, "1.x", bounce())
    put(maildir, "2.x", LETTER)
    await record_bounces(Maildir(maildir, delete=True), bounces, Records())
    assert held(maildir) == {"new": [], "cur": ["2.x:2,S"]}


async def test_early_bounces_stay(maildir, bounces, bounce):
    """R30: one that is too early is read again by the next run; those behind it are not held up."""
    put(maildir, "1.x", bounce("r1.link"))
    put(maildir, "2.x", bounce("r2.link"))
    records = Records(BounceOutcome.TOO_EARLY)
    summary = await record_bounces(Maildir(maildir), bounces, records)
    assert summary.exit_code == TRY_AGAIN
    assert held(maildir) == {"new": ["1.x"], "cur": ["2.x:2,S"]}
    summary = await record_bounces(Maildir(maildir), bounces, records)
    assert (summary.exit_code, records.seen) == (OK, ["r2.link", "r1.link"])


async def test_nothing_moves_while_the_store_is_down(maildir, bounces, bounce):
    """R29, R30: the run ends at the first, and all of them are read again."""
    for number in range(3):
        put(maildir, f"{number}.x", bounce(f"r{number}.link"))
    records = Records(StoreUnavailable("down"))
    summary = await record_bounces(Maildir(maildir), bounces, records)
    assert (summary.exit_code, records.seen) == (TRY_AGAIN, [])
    assert held(maildir) == {"new": ["0.x", "1.x", "2.x"], "cur": []}


async def test_killed_between_recording_and_moving(maildir, bounces, bounce):
    """R29, R30: the mail is still there, is read again, and changes nothing the second time."""
    put(maildir, "1.x", bounce())
    records = Records()

    async def killed(found: Bounce) -> BounceOutcome:
        await records(found)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await record_bounces(Maildir(maildir), bounces, killed)
    assert held(maildir)["new"] == ["1.x"]
    summary = await record_bounces(Maildir(maildir), bounces, records)
    assert dict(summary.counts) == {"known": 1}
    assert held(maildir) == {"new": [], "cur": ["1.x:2,S"]}


@pytest.mark.parametrize("delete", [False, True])
async def test_two_runs_at_once(maildir, bounces, bounce, delete):
    """R30: a mail that another run has put away meanwhile is no failure."""
    put(maildir, "1.x", bounce("r1.link"))
    put(maildir, "2.x", bounce("r2.link"))

    async def meanwhile(found: Bounce) -> BounceOutcome:
        for file in (maildir / "new").iterdir():
            file.unlink()
        return BounceOutcome.KNOWN

    summary = await record_bounces(Maildir(maildir, delete), bounces, meanwhile)
    assert (summary.exit_code, dict(summary.counts)) == (OK, {"known": 1})


def test_what_is_no_maildir_is_refused(tmp_path):
    """R30: a wrong path is said, not taken for an empty maildir."""
    (tmp_path / "new").mkdir()
    with pytest.raises(ValueError, match="no maildir"):
        Maildir(tmp_path)


async def test_a_mail_shows_nothing_of_itself(bounces, bounce):
    """R42: not in a traceback either."""
    [mail] = [each async for each in Piped(BytesIO(bounce())).mails()]
    assert "Message-ID" not in repr(mail)
