"""The file of the password keys: days, faults of files and clocks, several processes."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest

from adapters.password_keys import key_file
from adapters.password_keys.daily import DailyKeyFile
from core.day_keys import MOST_STEPS
from core.errors import KeyUnavailable
from core.keys import Keyring
from core.password_issuer import PasswordIssuer
from core.password_keys import RingPasswordKeys
from core.policy import STANDARD

ONE = timedelta(days=1)
SEED = bytes(range(100, 132))
BY_ANOTHER_PROCESS = """
import sys
from datetime import date
from pathlib import Path
from adapters.password_keys.key_file import advance
path, file_id, *days = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
for day in days:
    print(advance(Path(path), file_id, date.fromisoformat(day)).secret.hex())
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "keys" / "password-key"


@pytest.fixture
def today(clock):
    return clock.now().date()


@pytest.fixture
def key(path, today):
    """The key in the file."""
    made = key_file.new_key(today)
    key_file.make(path, made)
    return made


@pytest.fixture
def machine(path, keyring, clock):
    """Makes what a process holds of the file; `at`: of a copy elsewhere."""

    def machine(at=path, clock=clock, made_alone=False, ring=keyring):
        return DailyKeyFile(at, ring, clock, made_alone)

    return machine


def password_of(keys, key_id):
    return PasswordIssuer(keys, STANDARD).derive("r1", SEED, key_id).reveal()


def refusal(keys):
    with pytest.raises(KeyUnavailable) as refused:
        keys.current()
    return str(refused.value)


def holds(path, secret):
    """Files in the folder that hold this secret."""
    return [each.name for each in path.parent.iterdir() if secret.hex() in each.read_text()]


class TestPasswords:
    def test_machines_agree_without_talking(self, machine, key, path, tmp_path, clock):
        """R20: each goes on by itself, day by day or after a holiday, and derives the same."""
        copy = tmp_path / "elsewhere"
        copy.write_bytes(path.read_bytes())
        copy.chmod(0o600)
        one, other = machine(), machine(copy)
        for _ in range(3):
            key_id = one.current()
            assert key_id == other.current()
            assert password_of(one, key_id) == password_of(other, key_id)
            clock.advance(ONE)
        assert key_id.endswith(f":{key.file_id}:{key.day + 2 * ONE}")

    def test_a_password_takes_both(self, machine, key, keyring, today):
        """R20: the file without the ring gives another, the ring without the file gives none."""
        keys = machine()
        key_id = keys.current()
        assert key_id == f"2027:{key.file_id}:{today}"
        assert key_id not in RingPasswordKeys(keyring)
        other = Keyring((type(keyring.keys[0])("2027", b"o" * 32),))
        assert password_of(keys, key_id) != password_of(machine(ring=other), key_id)
        assert key_id not in machine(ring=Keyring(keyring.keys[1:]))

    def test_the_day_changes_at_midnight_utc(self, machine, key, clock):
        """R20: to the microsecond."""
        keys, now = machine(), clock.now()
        clock.advance(now.replace(hour=23, minute=59, second=59, microsecond=999_999) - now)
        last = keys.current()
        clock.advance(timedelta(microseconds=1))
        assert (keys.day_of(last), keys.day_of(keys.current())) == (key.day, key.day + ONE)
        assert password_of(keys, last) != password_of(keys, keys.current())

    def test_seeds_of_before_the_file(self, machine, key, keyring):
        """R29: what was confirmed before the file was in use still gives its password."""
        ring = RingPasswordKeys(keyring)
        for key_id in ("2027", "2026"):
            assert key_id in machine()
            assert password_of(machine(), key_id) == password_of(ring, key_id)
        assert "2025" not in machine()

    async def test_a_destroyed_key_is_gone(self, machine, key, path, clock):
        """R20: from memory and from the folder; the days after go on as before."""
        keys = machine()
        first = keys.current()
        clock.advance(ONE)
        second = keys.current()
        before = password_of(keys, second)
        await keys.destroy_before(key.day + ONE)
        for held in (keys, machine()):
            assert first not in held
            with pytest.raises(KeyUnavailable, match="not here, or not any more"):
                password_of(held, first)
            assert password_of(held, second) == before
        assert holds(path, key.secret) == []
        assert key.secret not in (each.secret for each in keys._known.values())
        assert [each.name for each in path.parent.iterdir()] == [path.name]

    async def test_what_stood_there_is_overwritten(self, machine, key, path, tmp_path):
        """R20: by another name of the same file, and on the disk where it stood."""
        os.link(path, tmp_path / "another-name")
        await machine().destroy_before(key.day + ONE)
        assert set((tmp_path / "another-name").read_bytes()) == {0}

    async def test_a_link_to_the_file(self, machine, key, path, tmp_path):
        """R20: what it leads to is replaced, not the link."""
        link = tmp_path / "link"
        link.symlink_to(path)
        await machine(link).destroy_before(key.day + ONE)
        assert link.is_symlink()
        assert key_file.read(path) == key.at(key.day + ONE)


class TestClocks:
    async def test_set_back(self, machine, key, clock):
        """R29: new seeds are for the first day that is there, on which other machines agree."""
        keys, other = machine(), machine()
        other.load()
        await keys.destroy_before(key.day + 3 * ONE)
        assert keys.current().endswith(str(key.day + 3 * ONE))
        assert password_of(other, keys.current()) == password_of(keys, keys.current())

    def test_years_ahead(self, machine, key, clock):
        """R29: refused in a sentence that names the clock; nothing is derived for hours."""
        clock.advance((MOST_STEPS + 1) * ONE)
        assert "the clock is years after the password key file" in refusal(machine())

    async def test_nothing_is_destroyed_for_years_ahead(self, machine, key, path):
        """R29: the file is as it was."""
        with pytest.raises(KeyUnavailable, match="look at the clock"):
            await machine().destroy_before(key.day + (MOST_STEPS + 1) * ONE)
        assert key_file.read(path) == key

    def test_ids_of_far_days(self, machine, key):
        """R20: an id is as good as the database that it comes from."""
        ids = [f"2027:{key.file_id}:{day}" for day in ("9999-12-31", "2000-01-01")]
        assert not [each for each in ids if each in machine()]


class TestFaults:
    def test_missing(self, machine, path):
        """R28: said, with what to do; only one that may be made unasked is made."""
        assert refusal(machine()) == (
            f"the password key file {path} is missing: put it back, or make it with "
            "`reassort new-password-key`"
        )
        unasked = machine(made_alone=True)
        with pytest.raises(KeyUnavailable, match="`reassort adopt-password-key` makes another"):
            unasked.load()
        unasked.load(make=True)
        assert machine().current() == unasked.current()
        assert key_file.mode(path) == 0o600

    def test_made_by_one_of_several(self, machine):
        """R20: processes that start together have the same."""
        together = Barrier(8)
        keys = [machine(made_alone=True) for _ in range(8)]

        def begin(each):
            together.wait()
            each.load(make=True)

        threads = [Thread(target=begin, args=(each,)) for each in keys]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert len({each.file_id() for each in keys}) == 1

    def test_it_is_never_overwritten(self, key, path, today):
        """R20: a second `new-password-key` would take the passwords that are under way."""
        assert not key_file.make(path, key_file.new_key(today))
        assert key_file.read(path) == key

    @pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
    def test_others_may_read_it(self, machine, key, path, mode):
        """R20: as `ssh` does with its keys."""
        path.chmod(mode)
        assert refusal(machine()).endswith("run `chmod 600` on it")

    @pytest.mark.parametrize("length", [0, 1, 40, 120, -1, -2])
    def test_cut_off(self, machine, key, path, length):
        """R28: by a full disk or a broken copy, at any place."""
        content = path.read_bytes().rstrip()
        path.write_bytes(content[:length])
        assert "is damaged" in refusal(machine())

    @pytest.mark.parametrize(
        "change",
        [{"day": "2027-05-29"}, {"id": "00000000"}, {"key": "00" * 32}, {"form": "2"}, {"id": 7}],
    )
    def test_altered(self, machine, key, path, change):
        """R28: no password is made that another machine cannot derive."""
        path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
        assert "is damaged" in refusal(machine())
        path.write_text("[]")
        assert "is damaged" in refusal(machine())

    def test_no_file(self, machine, path):
        """R28: a folder or a pipe is said, and nothing waits for it."""
        path.mkdir(parents=True)
        assert str(path) in refusal(machine())
        path.rmdir()
        os.mkfifo(path, 0o600)
        assert "is no file of password keys" in refusal(machine())

    def test_unreadable(self, machine, key, path, monkeypatch):
        """R28: what the system says is told, and no value of the file."""

        def refuse(*_, **__):
            raise PermissionError(errno.EACCES, "Permission denied")

        monkeypatch.setattr(key_file.os, "open", refuse)
        assert refusal(machine()) == (
            f"the password key file {path} cannot be read: Permission denied"
        )

    @pytest.mark.parametrize("step", ["fsync", "replace"])
    async def test_the_disk_is_full(self, machine, key, path, monkeypatch, step):
        """R28, R29: the file and the keys are as they were, and it is done once there is room."""
        keys = machine()
        first = keys.current()

        def refuse(*_):
            raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as full:
            full.setattr(key_file.os, step, refuse)
            with pytest.raises(KeyUnavailable, match="its keys are kept: No space left on device"):
                await keys.destroy_before(key.day + ONE)
        assert key_file.read(path) == key
        assert first in keys
        assert [each.name for each in path.parent.iterdir()] == [path.name]
        await keys.destroy_before(key.day + ONE)
        assert first not in keys

    async def test_a_process_was_killed_while_writing(self, machine, key, path):
        """R29: what it left behind is in nobody's way."""
        path.with_name(f"{path.name}.new").write_text("{")
        await machine().destroy_before(key.day + ONE)
        assert [each.name for each in path.parent.iterdir()] == [path.name]

    async def test_another_file_was_put_in_its_place(self, machine, key, path, today):
        """R28: a process that runs does not take it up by halves."""
        keys = machine()
        keys.load()
        path.unlink()
        key_file.make(path, key_file.new_key(today))
        with pytest.raises(KeyUnavailable, match="was replaced by another: restart"):
            await keys.destroy_before(key.day + ONE)
        path.unlink()
        with pytest.raises(KeyUnavailable, match="is missing"):
            await keys.destroy_before(key.day + ONE)
        assert keys.day_of(keys.current()) == key.day

    async def test_an_older_copy_was_put_back(self, machine, key, path, clock):
        """R29: from a backup: all that it had is there, and is destroyed in its turn."""
        copy = path.read_bytes()
        clock.advance(ONE)
        await machine().destroy_before(key.day + ONE)
        path.write_bytes(copy)
        keys = machine()
        assert keys.oldest() == key.day
        await keys.destroy_before(key.day + ONE)
        assert keys.oldest() == key.day + ONE


def test_several_processes_at_once(key, path):
    """R20: each is told the same key of the same day, and the file is whole at every moment."""
    days = [str(key.day + number * ONE) for number in range(1, 31)]
    command = [sys.executable, "-c", BY_ANOTHER_PROCESS, str(path), key.file_id, *days]
    root = Path(__file__).parents[2]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": root}
    running = [subprocess.Popen(command, **pipes) for _ in range(4)]
    try:
        for each in running:
            assert each.stdout.readline() == "ready\n"
        for each in running:
            each.stdin.write("\n")
            each.stdin.flush()
        seen = set()
        while any(each.poll() is None for each in running):
            seen.add(key_file.read(path).day)
        told = [each.stdout.read().split() for each in running]
    finally:
        for each in running:
            each.kill()
            each.communicate()
    last = key.at(key.day + 30 * ONE)
    assert [each.returncode for each in running] == [0] * 4
    assert {each[-1] for each in told} == {last.secret.hex()}
    assert key_file.read(path) == last
    assert max(seen) <= last.day
