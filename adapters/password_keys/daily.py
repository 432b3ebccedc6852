"""What a process holds of the password keys' file, in memory."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path

from adapters.password_keys import key_file
from core.day_keys import MOST_STEPS, DayKey, DayKeyId
from core.errors import KeyUnavailable
from core.keys import Keyring, Purpose
from core.password_keys import RingPasswordKeys
from core.ports.clock import Clock


class DailyKeyFile:
    """The port `DailyKeys`. A password takes both: a key of the ring and that of its day, so that a
    file that is copied with the database gives less than the ring alone gave before.

    A clock that was set back does not matter: new seeds then are for the first day that is there.
    Seeds of before the file was in use are for keys of the ring alone, and still give theirs.
    """

    def __init__(self, path: Path, keyring: Keyring, clock: Clock, made_alone: bool) -> None:
        """`made_alone`: whether a file that is missing may be made without being asked for. The
        file is read when it is first needed."""
        self._path = path.resolve()  # replaced itself, not a link that leads to it
        self._keyring = keyring
        self._ring = RingPasswordKeys(keyring)
        self._clock = clock
        self._made_alone = made_alone
        self._known: dict[date, DayKey] = {}

    @property
    def path(self) -> Path:
        return self._path

    def file_id(self) -> str:
        return self._first().file_id

    def oldest(self) -> date:
        return self._first().day

    def load(self, make: bool = False) -> None:
        try:
            key = key_file.read(self._path)
        except key_file.NoKeyFile as missing:
            if not (make and self._made_alone):
                raise KeyUnavailable(f"{missing}: {self._way_out()}") from None
            key = self._made()
        self._hold(key)

    def current(self) -> str:
        first = self._first()
        return str(DayKeyId(self._keyring.newest, first.file_id, self._today(first)))

    def __contains__(self, key_id: str) -> bool:
        if (day := self.day_of(key_id)) is None:
            return key_id in self._ring
        parsed = DayKeyId.parse(key_id)
        return parsed is not None and parsed.ring in self._keyring and self._reaches(day)

    def day_of(self, key_id: str) -> date | None:
        parsed = DayKeyId.parse(key_id)
        return parsed.day if parsed is not None and parsed.file_id == self.file_id() else None

    def mac(self, message: bytes, key_id: str) -> bytes:
        parsed = DayKeyId.parse(key_id)
        if parsed is None:
            return self._ring.mac(message, key_id)
        if key_id not in self:
            raise KeyUnavailable("the day's key of this renewal is not here, or not any more")
        by_ring = self._keyring.mac(Purpose.PASSWORD, message, parsed.ring)
        return self._of(parsed.day).mac(by_ring)

    async def destroy_before(self, day: date) -> None:
        kept = await asyncio.to_thread(key_file.advance, self._path, self.file_id(), day)
        self._hold(kept)

    def _hold(self, key: DayKey) -> None:
        """Nothing is kept in memory from which an earlier key could be had."""
        self._known = {key.day: key}

    def _first(self) -> DayKey:
        if not self._known:
            self.load(make=True)
        return self._known[min(self._known)]

    def _today(self, first: DayKey) -> date:
        today = max(self._clock.now().date(), first.day)
        if (today - first.day).days > MOST_STEPS:
            text = f"the clock is years after the password key file {self._path}, of {first.day}"
            raise KeyUnavailable(text)
        return today

    def _reaches(self, day: date) -> bool:
        return 0 <= (day - self.oldest()).days <= MOST_STEPS

    def _of(self, day: date) -> DayKey:
        if day not in self._known:
            self._known[day] = self._first().at(day)
        return self._known[day]

    def _way_out(self) -> str:
        if self._made_alone:
            return "put it back; if it is lost, `reassort adopt-password-key` makes another"
        return "put it back, or make it with `reassort new-password-key`"

    def _made(self) -> DayKey:
        """Of several processes one makes it, the others read it."""
        key_file.make(self._path, key_file.new_key(self._clock.now().date()))
        return key_file.read(self._path)
