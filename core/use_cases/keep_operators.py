"""For operators: who may release voting rounds, and proves it by a code (R47)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import CannotProceed
from core.events import OperatorAdded, OperatorFailed, OperatorRemoved
from core.ports.clock import Clock
from core.ports.events import Events
from core.ports.operator_codes import OperatorCodes
from core.ports.randomness import Randomness
from core.ports.sealing import Sealing
from core.ports.unit_of_work import Begin, ReleasingUnit
from core.round_release import Operator
from core.trace import check_words

SECRET_BYTES = 20
"""As long as the key of HMAC-SHA-1 is to be (RFC 4226, 4)."""


class OperatorRefused(CannotProceed):
    """Whoever asks has not shown to be this operator."""


@dataclass(frozen=True)
class KeepOperators:
    """The list of those who release. Raises `StoreUnavailable`."""

    begin: Begin[ReleasingUnit]
    read: Begin[ReleasingUnit]
    codes: OperatorCodes
    sealing: Sealing
    clock: Clock
    randomness: Randomness
    events: Events

    async def add(self, name: str, by: str) -> str:
        """The `otpauth:` address of the secret, told this once. Raises `ValueError` when the name
        was given before."""
        secret = self.randomness.token(SECRET_BYTES)
        key_id, sealed = self.sealing.seal(secret, name)
        operator = Operator(name, sealed, key_id, self.clock.now(), by)
        async with self.begin() as unit:
            if not await unit.operators.add(operator):
                raise ValueError(f"there is or was an operator {name}: take another name")
        self.events.record(OperatorAdded(name, by))
        return self.codes.address(name, secret)

    async def remove(self, name: str, by: str) -> None:
        """The codes are worth nothing any more. Raises `ValueError` when there is none."""
        check_words(by=by)
        async with self.begin() as unit:
            if not await unit.operators.remove(name, self.clock.now(), by):
                raise ValueError(_unknown(name))
        self.events.record(OperatorRemoved(name, by))

    async def all(self) -> Sequence[Operator]:
        """By name, those who were removed as well."""
        async with self.read() as unit:
            return await unit.operators.all()

    async def prove(self, name: str, code: str) -> None:
        """Returns when this is a code of this operator, which was never used before and is used up
        now. Raises `OperatorRefused`, and `KeyUnavailable`."""
        now = self.clock.now()
        async with self.begin() as unit:
            await unit.operators.alone(name)
            operator = await unit.operators.get(name)
            if operator is None:
                raise OperatorRefused(_unknown(name))
            if operator.must_wait(now):
                raise OperatorRefused("too many codes were wrong: try again in 15 minutes")
            secret = self.sealing.unseal(operator.key_id, operator.secret, name)
            step = self.codes.step_of(secret, code, now)
            proven = step is not None and await unit.operators.spend(name, step)
            if not proven:
                await unit.operators.failed(name, now)
        if not proven:
            self.events.record(OperatorFailed(name))
            raise OperatorRefused("the code is wrong, or was used before: take the next one")

    async def seal_anew(self) -> int:
        """After a rotation: what older keys have sealed is sealed under the newest; of how many.
        Secrets whose key is not in the ring stay as they are."""
        async with self.read() as unit:
            stale = [each for each in await unit.operators.all() if each.removed_at is None]
        done = 0
        for each in stale:
            done += await self._seal_anew(each.name)
        return done

    async def _seal_anew(self, name: str) -> int:
        async with self.begin() as unit:
            await unit.operators.alone(name)
            operator = await unit.operators.get(name)
            if operator is None or not self.sealing.is_stale(operator.key_id):
                return 0
            secret = self.sealing.unseal(operator.key_id, operator.secret, name)
            await unit.operators.reseal(name, *self.sealing.seal(secret, name))
        return 1


def _unknown(name: str) -> str:
    return f"there is no operator {name}: see `reassort operator list`"
