"""R20: the file of the password keys, as operators meet it: commands, refusals, `doctor`."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from adapters.password_keys import key_file
from graphql_api.compose import choose_ports, compose, prepare_database
from graphql_api.running.doctor import examine
from graphql_api.running.finding import Grade
from graphql_api.settings import read_settings
from tests.graphql_api.conftest import keys_text
from tests.servers.postgres import administer

DAY = timedelta(days=1)
SERVERS = [("serve", "--port", "0"), ("worker",)]


@pytest.fixture
def data(monkeypatch, tmp_path, keyring):
    """The environment of a deployment on SQLite, whose database is made; its folder."""
    folder = tmp_path / "data"
    monkeypatch.setenv("REASSORT_KEYS", keys_text(keyring))
    monkeypatch.setenv("REASSORT_SMS", "inbox")
    monkeypatch.setenv("REASSORT_DATA_DIR", str(folder))
    monkeypatch.setenv("REASSORT_LINK_TEMPLATE", "https://vote.example.org/r#token={token}")
    prepare_database(read_settings())
    return folder


@pytest.fixture
def automatic(data):
    """The file that is made unasked, and has been: the database is its."""
    asyncio.run(start_once())
    return data / "recovery.password-key"


@pytest.fixture
def dsn(monkeypatch, data, databases):
    """The deployment is on PostgreSQL instead."""
    dsn = databases.create()
    monkeypatch.setenv("DATABASE_URL", dsn)
    monkeypatch.setenv("REASSORT_REGISTER", "sqlite")
    monkeypatch.setenv("REASSORT_CREDENTIALS", "sqlite")
    return dsn


@pytest.fixture
def today():
    return datetime.now(UTC).date()


@pytest.fixture
def named(monkeypatch, tmp_path):
    """Names a file with a new key of this day in the settings."""

    def named(day, name="password-key"):
        file = tmp_path / "keys" / name
        key_file.make(file, key_file.new_key(day))
        monkeypatch.setenv("REASSORT_PASSWORD_KEY_FILE", str(file))
        return file

    return named


async def start_once():
    """What a process does before it serves."""
    settings = read_settings()
    application = compose(settings, choose_ports(settings))
    await application.start()
    await application.stop()


def diagnosis():
    (found,) = (each for each in examine(read_settings()) if each.subject == "password keys")
    return found.verdict, found.text


class TestCommands:
    def test_new_password_key(self, typed, tmp_path, today):
        """R20: needs no settings; readable by its owner alone; one that is there is kept."""
        file = tmp_path / "new" / "password-key"
        code, said = typed("new-password-key", file)
        key = key_file.read(file)
        assert (code, key.day, key_file.mode(file)) == (0, today, 0o600)
        assert f"with the id {key.file_id}." in said
        assert key.secret.hex() not in said
        code, said = typed("new-password-key", file)
        assert (code, key_file.read(file)) == (1, key)
        assert "is there already, and is kept as it is" in said

    def test_where_it_cannot_be_made(self, typed, tmp_path):
        """R28: said in a sentence."""
        (tmp_path / "in-the-way").write_text("")
        code, said = typed("new-password-key", tmp_path / "in-the-way" / "password-key")
        assert code == 1
        assert "cannot be made: " in said
        assert "Traceback" not in said

    def test_adopt_password_key(self, typed, automatic, named, today):
        """R29: the way out when a file is lost; who is concerned is told by e-mail, and the
        operator at once."""
        with closing(sqlite3.connect(automatic.with_suffix(".sqlite3"))) as database, database:
            database.execute(
                "INSERT INTO recovery_request "
                "(id, number, pair, locale, received_at, state, confirmed_at, seed, password_key) "
                "VALUES ('r1', 'numic:00012345', 'p', 'fr', 0, 'confirmed', 0, x'00', ?)",
                (f"2027:{key_file.read(automatic).file_id}:{today}",),
            )
        file = named(today)
        code, said = typed("adopt-password-key")
        assert code == 0
        assert f"the password key file {key_file.read(file).file_id}" in said
        assert "Passwords on their way depend on keys that are not here" in said
        asyncio.run(start_once())
        verdict, text = diagnosis()
        assert verdict is Grade.WARNING
        assert "their voters get none from this machine" in text

    def test_adopting_what_is_there(self, typed, automatic):
        """R29: changes nothing, and says nothing of passwords that are lost."""
        code, said = typed("adopt-password-key")
        assert code == 0
        assert key_file.read(automatic).file_id in said
        assert "on their way" not in said


class TestRefusedAtStart:
    @pytest.mark.parametrize("command", SERVERS)
    def test_named_and_missing(self, typed, data, monkeypatch, command):
        """R28: a file that is asked for is never made unasked."""
        monkeypatch.setenv("REASSORT_PASSWORD_KEY_FILE", str(data / "keys" / "password-key"))
        code, said = typed(*command)
        assert code == 1
        assert "is missing: put it back, or make it with `reassort new-password-key`" in said
        assert "Traceback" not in said
        assert not (data / "keys").exists()

    @pytest.mark.parametrize("command", SERVERS)
    def test_lost(self, typed, automatic, command):
        """R29: no other is made in its place, which would strand what is on its way."""
        automatic.unlink()
        code, said = typed(*command)
        assert code == 1
        assert "is missing: put it back; if it is lost, `reassort adopt-password-key`" in said
        assert not automatic.exists()
        assert typed("adopt-password-key")[0] == 0
        asyncio.run(start_once())

    @pytest.mark.parametrize("command", SERVERS)
    def test_of_another_deployment(self, typed, automatic, named, today, command):
        """R29: passwords that other machines cannot derive are not begun."""
        here, known = key_file.read(named(today)).file_id, key_file.read(automatic).file_id
        code, said = typed(*command)
        assert code == 1
        assert f"the password key file here ({here}) is another than this database's" in said
        assert f"({known})" in said

    @pytest.mark.parametrize("command", SERVERS)
    def test_needed_and_not_named(self, typed, dsn, named, today, monkeypatch, command):
        """R29: a machine that has no file, where others have one."""
        named(today)
        asyncio.run(start_once())
        monkeypatch.delenv("REASSORT_PASSWORD_KEY_FILE")
        code, said = typed(*command)
        assert code == 2
        assert "REASSORT_PASSWORD_KEY_FILE: needed" in said
        assert diagnosis()[0] is Grade.BAD

    def test_commands_that_make_no_password_do_not_ask(self, typed, automatic):
        """R31: dead letters can be looked at on a machine without the file."""
        automatic.chmod(0o644)
        assert typed("jobs", "list")[0] == 0


class TestDoctor:
    def test_before_the_first_start(self, data):
        """`doctor` makes no file."""
        path = data / "recovery.password-key"
        assert diagnosis() == (Grade.GOOD, f"{path} will be made at the first start")
        assert not path.exists()

    def test_good(self, automatic, today):
        """R20: which file, since when."""
        file_id = key_file.read(automatic).file_id
        text = f"file {file_id}, the database's; readable by its owner alone; since {today}"
        assert diagnosis() == (Grade.GOOD, text)

    def test_postgresql_without_a_file(self, dsn):
        """R20: as before, and remarked on."""
        asyncio.run(start_once())
        verdict, text = diagnosis()
        assert verdict is Grade.WARNING
        assert text.startswith("passwords depend on REASSORT_KEYS alone: ")

    def test_postgresql_with_a_file(self, dsn, named, today):
        """R20: machines agree, by the database."""
        named(today)
        asyncio.run(start_once())
        assert diagnosis()[0] is Grade.GOOD
        named(today, "another")
        verdict, text = diagnosis()
        assert verdict is Grade.BAD
        assert "is another than this database's" in text
        rows = asyncio.run(administer(dsn, "SELECT key_id FROM deployment ORDER BY key_id"))
        assert [row[0] for row in rows] == ["2027", "password:keys"]

    def test_what_is_wrong_with_the_file(self, automatic):
        """R20, R28: in the words of the refusal at start."""
        automatic.chmod(0o644)
        verdict, text = diagnosis()
        assert verdict is Grade.BAD
        assert text.endswith("run `chmod 600` on it")

    def test_of_a_day_to_come(self, data, named, today):
        """R20: a clock that was ahead has taken the keys between."""
        named(today + 3 * DAY)
        verdict, text = diagnosis()
        assert verdict is Grade.WARNING
        assert text.startswith(f"the file is of {today + 3 * DAY}, which is to come")

    @pytest.mark.parametrize(("age", "expected"), [(1, Grade.GOOD), (2, Grade.WARNING)])
    def test_keys_that_should_be_gone(self, data, named, today, age, expected):
        """R20: yesterday's may be needed; one of before shows that nobody destroys them."""
        named(today - age * DAY)
        assert diagnosis()[0] is expected

    def test_a_folder_that_takes_no_file(self, automatic, monkeypatch):
        """R20: where nothing can be replaced, nothing is destroyed."""
        monkeypatch.setattr("graphql_api.running.key_file.os.access", lambda *_: False)
        verdict, text = diagnosis()
        assert verdict is Grade.BAD
        assert "no key is destroyed" in text

    def test_without_its_database(self, data):
        """R28: said once more; nothing else is said of the keys."""
        (data / "recovery.sqlite3").unlink()
        assert diagnosis()[0] is Grade.BAD


def test_what_cannot_be_destroyed_is_logged(automatic, today, capsys):
    """R20, R28: with the reason, and tried again; the process goes on."""

    async def look():
        settings = read_settings()
        application = compose(settings, choose_ports(settings))
        await application.start()
        automatic.unlink()
        keys = application.ports.password_keys
        key_file.make(automatic, key_file.new_key(today))
        keys._hold(key_file.new_key(today - 3 * DAY))
        await application.key_keeper.look()
        await application.stop()

    asyncio.run(look())
    said = capsys.readouterr()
    assert "password_keys_kept" in said.out + said.err
    assert "was replaced by another: restart" in said.out + said.err
