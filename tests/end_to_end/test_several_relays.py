"""One renewal through real processes, where the first of two SMTP relays fails (R51)."""

from __future__ import annotations

import email
import email.policy
import json
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
BOUNCE = """\
From: Mail Delivery Subsystem <MAILER-DAEMON@relay.example.org>
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example.org

Final-Recipient: rfc822; camille.martin@example.org
Action: failed
Status: 5.7.1
Diagnostic-Code: smtp; 550 5.7.1 blocked

--b
Content-Type: message/rfc822

{returned}
--b--
"""


class Relays:
    """Two relays as processes of their own, and what each has taken."""

    def __init__(self, deployment) -> None:
        self.folders = {name: deployment.folder / name for name in ("own", "other")}
        self.processes, routes = {}, {}
        for name, folder in self.folders.items():
            folder.mkdir()
            process = deployment.start("relay", str(HERE / "smtp_relay.py"), str(folder))
            self.processes[name] = process
            port = int(process.said(r"listening on (\d+)\n"))
            routes[name] = {"options": {"smtp_port": port}}
        deployment.settings |= {
            "MAIL_ROUTES": json.dumps(routes),
            "MAIL_DOMAINS": json.dumps({"*": ["own", "other"], "aol.com": ["other", "own"]}),
            "MAIL_DEFERRED_FOR": "1",
        }

    def answer_with(self, name: str, answer: str) -> None:
        (self.folders[name] / "smtp-answer").write_text(answer, "ascii")

    def taken(self, name: str) -> list[str]:
        """The e-mails that a relay has."""
        file = self.folders[name] / "emails.jsonl"
        text = file.read_text("utf-8") if file.exists() else ""
        return [json.loads(line)["content"] for line in text.splitlines()]

    def links(self, name: str) -> list[tuple[str, str]]:
        """Token and Message-ID of each link that a relay has."""
        found = []
        for content in self.taken(name):
            mail = email.message_from_string(content, policy=email.policy.default)
            text = mail.get_body(("plain",)).get_content()
            tokens = dict.fromkeys(re.findall(r"#token=(\S{43})", text))  # in both languages
            found += [(token, mail["Message-ID"]) for token in tokens]
        return found


@pytest.fixture
def relays(deployment):
    deployment.prepare()
    return Relays(deployment)


@pytest.fixture
def voter(deployment, relays):
    """Everything up, with two relays."""
    deployment.gateway()
    voter = deployment.serve()
    deployment.work()
    return voter


def attempts(deployment) -> list[tuple]:
    return deployment.rows(
        "SELECT route, state FROM mail_attempt WHERE delivery LIKE '%.link' ORDER BY number"
    )


def test_the_first_refuses(deployment, until, relays, voter):
    """R51: the second has the link at once; the voter renews by it."""
    relays.answer_with("own", "550 5.7.1 blocked")
    assert voter.ask() == "RenewalRequested"
    ((token, _),) = until(lambda: relays.links("other"))
    until(lambda: attempts(deployment) == [("own", "failed"), ("other", "accepted")])
    assert voter.confirm(token)["__typename"] == "PasswordRenewed"
    until(deployment.sms)
    assert relays.taken("own") == []


def test_the_first_defers(deployment, until, relays, voter):
    """R51: past the limit the second has the link."""
    relays.answer_with("own", "451 4.7.1 later")
    assert voter.ask() == "RenewalRequested"
    ((token, _),) = until(lambda: relays.links("other"))
    until(lambda: attempts(deployment) == [("own", "queued"), ("other", "accepted")])
    assert voter.link(token)["usable"]


def test_the_first_is_down(deployment, until, relays, voter):
    """R51: nobody answers at its port."""
    relays.processes["own"].kill()
    assert voter.ask() == "RenewalRequested"
    ((token, _),) = until(lambda: relays.links("other"))
    assert voter.link(token)["usable"]


@pytest.mark.parametrize("is_open", [True, False], ids=["with the link in it", "headers only"])
def test_the_first_gives_it_back(deployment, until, relays, voter, tmp_path, is_open):
    """R51, R34, R14: the second sends the same e-mail; or another, with a fresh link, when the
    bounce held the old one, which opens nothing then."""
    assert voter.ask() == "RenewalRequested"
    ((token, message_id),) = until(lambda: relays.links("own"))
    until(lambda: attempts(deployment) == [("own", "accepted")])
    for name in ("new", "cur", "tmp"):
        (tmp_path / "maildir" / name).mkdir(parents=True)
    (content,) = relays.taken("own")
    content = content.replace("\r\n", "\n")
    returned = content if is_open else content.partition("\n\n")[0]
    bounce = BOUNCE.format(returned=returned)
    (tmp_path / "maildir" / "new" / "1").write_text(bounce, "utf-8")
    assert "1 recorded" in deployment.run("record-bounce", "--maildir", str(tmp_path / "maildir"))
    ((second, other_id),) = until(lambda: relays.links("other"))
    until(lambda: attempts(deployment) == [("own", "failed"), ("other", "accepted")])
    assert ((second != token), (other_id != message_id)) == (is_open, is_open)
    assert voter.link(token)["usable"] is not is_open
    assert voter.confirm(second)["__typename"] == "PasswordRenewed"
