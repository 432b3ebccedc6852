"""Inbox: what the demo shows, in memory and in a file that processes share."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

import adapters.inbox
from adapters.inbox import KEPT, Inbox

ROOT = str(Path(adapters.inbox.__file__).parent.parent)
AT = datetime(2027, 3, 12, 13, 5, tzinfo=UTC)


@pytest.fixture(params=["memory", "file"])
def inbox(request, tmp_path) -> Inbox:
    return Inbox(tmp_path / "inbox.jsonl" if request.param == "file" else None)


def test_contents_have_the_agreed_shape(inbox):
    """R41: partners' tests read links, passwords and codes under these names."""
    inbox.add_email("camille.martin@example.org", "Lien", "texte é\n", "<p>é</p>", AT)
    inbox.add_sms("+33639980001", "mot de passe", AT, "kannel")
    inbox.add_security_code("c1", "0427")
    assert inbox.contents() == {
        "emails": [
            {
                "to": "camille.martin@example.org",
                "subject": "Lien",
                "text": "texte é\n",
                "html": "<p>é</p>",
                "at": "2027-03-12T13:05:00+00:00",
            }
        ],
        "sms": [
            {
                "to": "+33639980001",
                "text": "mot de passe",
                "at": "2027-03-12T13:05:00+00:00",
                "route": "kannel",
            }
        ],
        "securityCodes": {"c1": "0427"},
    }


def test_empty_inbox(inbox):
    """R41: nothing sent yet: empty, not missing."""
    assert inbox.contents() == {"emails": [], "sms": [], "securityCodes": {}}


def test_newest_first_and_the_oldest_fall_out(inbox):
    """R41: the newest stands first; at most 500 of each kind are kept."""
    for number in range(KEPT + 20):
        inbox.add_sms("+33639980001", str(number), AT, "inbox")
        inbox.add_security_code(f"c{number}", f"{number:04}")
    contents = inbox.contents()
    assert [sms["text"] for sms in contents["sms"]] == [
        str(number) for number in range(KEPT + 19, 19, -1)
    ]
    assert next(iter(contents["securityCodes"].items())) == (f"c{KEPT + 19}", f"{KEPT + 19:04}")
    assert len(contents["securityCodes"]) == KEPT


def test_contents_are_a_copy(inbox):
    """R41: what a reader does with the answer changes nothing in the inbox."""
    inbox.add_security_code("c1", "0427")
    inbox.contents()["securityCodes"].clear()
    assert inbox.contents()["securityCodes"] == {"c1": "0427"}


def test_file_is_shared_and_survives(tmp_path):
    """R29: server and worker see each other's messages, and a restart shows them again."""
    path = tmp_path / "inbox.jsonl"
    server, worker = Inbox(path), Inbox(path)
    worker.add_sms("+33639980001", "un", AT, "inbox")
    assert len(server.contents()["sms"]) == 1
    server.add_sms("+33639980001", "deux", AT, "inbox")
    for inbox in (server, worker, Inbox(path)):
        assert [sms["text"] for sms in inbox.contents()["sms"]] == ["deux", "un"]


def test_file_is_private(tmp_path):
    """R42: passwords lie in it: its owner alone reads it, even when it was there before."""
    path = tmp_path / "inbox.jsonl"
    path.touch(mode=0o644)
    Inbox(path).add_security_code("c1", "0427")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    fresh = tmp_path / "fresh.jsonl"
    Inbox(fresh)
    assert stat.S_IMODE(fresh.stat().st_mode) == 0o600


@pytest.mark.parametrize("torn", [b'{"kind": "sms", "te', b"\xff\xfe", b"[]", b'{"kind": "x"}'])
def test_torn_last_line_spoils_nothing(tmp_path, torn):
    """R29: a crash in the middle of a line costs that line, not its neighbours."""
    path = tmp_path / "inbox.jsonl"
    Inbox(path).add_security_code("c1", "0427")
    with path.open("ab") as file:
        file.write(torn)
    restarted = Inbox(path)
    assert restarted.contents()["securityCodes"] == {"c1": "0427"}
    restarted.add_security_code("c2", "1234")
    assert restarted.contents()["securityCodes"] == {"c2": "1234", "c1": "0427"}


def test_line_in_the_making_is_not_taken_for_torn(tmp_path, monkeypatch):
    """R29: a process that starts in the middle of another's write adds nothing to it."""
    path = tmp_path / "inbox.jsonl"
    line = json.dumps({"kind": "securityCodes", "id": "c1", "answer": "0427"}).encode() + b"\n"
    path.write_bytes(line[:10])

    def the_rest_is_written(seconds):
        with path.open("ab") as file:
            file.write(line[10:])

    monkeypatch.setattr("adapters.inbox.time.sleep", the_rest_is_written)
    Inbox(path)
    assert path.read_bytes() == line


def test_line_in_the_making_is_read_once_it_is_whole(tmp_path):
    """R29: a reader that comes in the middle of a write sees the record later, and once."""
    path = tmp_path / "inbox.jsonl"
    inbox = Inbox(path)
    line = json.dumps({"kind": "securityCodes", "id": "c1", "answer": "0427"}).encode()
    for piece in (line[:10], line[10:]):
        with path.open("ab") as file:
            file.write(piece)
        assert inbox.contents()["securityCodes"] == {}
    with path.open("ab") as file:
        file.write(b"\n")
    assert inbox.contents()["securityCodes"] == {"c1": "0427"}


def test_file_emptied_or_removed_is_an_empty_inbox(tmp_path):
    """R44: whoever clears the demo's folder gets an inbox that begins anew."""
    path = tmp_path / "inbox.jsonl"
    inbox = Inbox(path)
    inbox.add_security_code("c1", "0427")
    assert inbox.contents()["securityCodes"]
    path.unlink()
    assert inbox.contents()["securityCodes"] == {}
    inbox.add_security_code("c2", "1")
    assert inbox.contents()["securityCodes"] == {"c2": "1"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from adapters.inbox import Inbox
inbox = Inbox(Path(sys.argv[1]))
for _ in range(100):
    inbox.add_sms("+33639980001", sys.argv[2] * 2000, datetime.now(UTC), "inbox")
"""


def test_processes_do_not_mix_their_lines(tmp_path):
    """R29: three writers at once: every record arrives whole."""
    path = tmp_path / "inbox.jsonl"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, path, letter], env={"PYTHONPATH": ROOT})
        for letter in "abc"
    ]
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0, 0]
    assert path.read_bytes().count(b"\n") == 300
    texts = [sms["text"] for sms in Inbox(path).contents()["sms"]]
    assert sorted(texts) == sorted(letter * 2000 for letter in "abc" * 100)
