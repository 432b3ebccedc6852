"""The proof of work: signed, bound to its step, over in time, and checked by computing."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from datetime import timedelta

import altcha
import pytest

from adapters.captcha.proof_of_work import ID_PREFIX, ProofOfWorkCaptcha, Work
from core.errors import SecurityCodeProblem
from core.keys import Keyring, SecretKey
from core.locale import Locale
from core.security_code import RenewalStep, SecurityCodeKind

LIGHT = Work(iterations=10, zeros=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def captcha(keyring, clock, randomness):
    return ProofOfWorkCaptcha(keyring, clock, randomness, 10 * MINUTE, LIGHT)


def solved(code) -> str:
    challenge = altcha.Challenge.from_dict(json.loads(code.challenge))
    return altcha.Payload(challenge, altcha.solve_challenge(challenge)).to_base64()


def changed(answer: str, change) -> str:
    payload = json.loads(b64decode(answer))
    change(payload)
    return b64encode(json.dumps(payload).encode()).decode()


async def test_a_solution_is_right_once_computed(captcha, clock):
    """R27: the answer that the challenge leads to is right, and consumes the code until its end."""
    code = await captcha.issue(RenewalStep.REQUEST)
    assert code.kind is SecurityCodeKind.PROOF_OF_WORK
    assert code.id.startswith(ID_PREFIX)
    assert code.expires_at == (clock.now() + 10 * MINUTE).replace(microsecond=0)
    checked = await captcha.check(RenewalStep.REQUEST, code.id, solved(code))
    assert (checked.problem, checked.consume_until) == (None, code.expires_at)


async def test_nothing_to_see_or_hear(captcha):
    """R27, WCAG 3.3.8: no picture, no sound, nothing to transcribe; a challenge is not kept."""
    code = await captcha.issue(RenewalStep.REQUEST)
    assert await captcha.picture(code.id) is None
    assert await captcha.sound(code.id, Locale.FR) is None
    assert await captcha.find(code.id) is None


async def test_it_is_bound_to_its_step_and_its_id(captcha):
    """R27: another step or another id makes it unknown; nothing is consumed."""
    code, other = [await captcha.issue(RenewalStep.REQUEST) for _ in range(2)]
    for step, code_id in [(RenewalStep.CONFIRM, code.id), (RenewalStep.REQUEST, other.id)]:
        checked = await captcha.check(step, code_id, solved(code))
        assert (checked.problem, checked.consume_until) == (SecurityCodeProblem.UNKNOWN, None)


async def test_it_runs_out(captcha, clock):
    """R27: after its end even a right answer is late."""
    code = await captcha.issue(RenewalStep.REQUEST)
    answer = solved(code)
    clock.advance(10 * MINUTE)
    checked = await captcha.check(RenewalStep.REQUEST, code.id, answer)
    assert checked.problem is SecurityCodeProblem.EXPIRED


async def test_a_wrong_solution_is_wrong_and_uses_the_code_up(captcha):
    """R27: one try each."""
    code = await captcha.issue(RenewalStep.REQUEST)
    answer = changed(solved(code), lambda payload: payload["solution"].update(derivedKey="00" * 32))
    checked = await captcha.check(RenewalStep.REQUEST, code.id, answer)
    assert checked.problem is SecurityCodeProblem.WRONG
    assert checked.consume_until == code.expires_at


@pytest.mark.parametrize(
    "forge",
    [
        lambda payload: payload["challenge"]["parameters"].update(cost=1),
        lambda payload: payload["challenge"]["parameters"].update(keyPrefix=""),
        lambda payload: payload["challenge"]["parameters"]["data"].update(until=9_999_999_999),
        lambda payload: payload["challenge"].pop("signature"),
        lambda payload: payload["challenge"].update(signature="00"),
    ],
)
async def test_a_forged_challenge_is_unknown(captcha, forge):
    """R27: nobody makes the work lighter or the code longer lived."""
    code = await captcha.issue(RenewalStep.REQUEST)
    checked = await captcha.check(RenewalStep.REQUEST, code.id, changed(solved(code), forge))
    assert (checked.problem, checked.consume_until) == (SecurityCodeProblem.UNKNOWN, None)


@pytest.mark.parametrize(
    "answer", ["", "1234", "é", "e30=", "bnVsbA==", b64encode(b"[" * 3000).decode(), "A" * 5000]
)
async def test_nonsense_is_unknown(captcha, answer):
    """R37: whatever is sent in place of a proof is refused, not a failure."""
    code = await captcha.issue(RenewalStep.REQUEST)
    checked = await captcha.check(RenewalStep.REQUEST, code.id, answer)
    assert checked.problem is SecurityCodeProblem.UNKNOWN


async def test_an_older_key_still_verifies(captcha, keyring, clock, randomness):
    """R14: a rotation does not undo work that was begun before it."""
    code = await captcha.issue(RenewalStep.REQUEST)
    newer = Keyring((SecretKey("newer", b"another secret of thirty-two bytes"), *keyring.keys))
    rotated = ProofOfWorkCaptcha(newer, clock, randomness, 10 * MINUTE, LIGHT)
    assert (await rotated.check(RenewalStep.REQUEST, code.id, solved(code))).problem is None
    bare = ProofOfWorkCaptcha(Keyring((newer.keys[0],)), clock, randomness, 10 * MINUTE, LIGHT)
    checked = await bare.check(RenewalStep.REQUEST, code.id, solved(code))
    assert checked.problem is SecurityCodeProblem.UNKNOWN
