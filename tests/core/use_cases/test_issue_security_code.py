"""Issuing a security code."""

from __future__ import annotations

import pytest

from core.errors import InvalidFields
from core.security_code import RenewalStep, SecurityCodeKind


@pytest.mark.parametrize("step", RenewalStep)
async def test_a_code_for_a_step(portal, step):
    """R27: a code of the kind asked for, with its end, and nothing stored."""
    before = await portal.stored()
    code = await portal.issue_security_code(step, SecurityCodeKind.DIGITS)
    assert code.kind is SecurityCodeKind.DIGITS
    end = portal.clock.now() + portal.policy.security_code_lifetime
    assert abs((code.expires_at - end).total_seconds()) < 1
    assert await portal.stored() == before


async def test_a_kind_that_is_not_on_offer(portal):
    """R37: a kind that this portal does not offer is a problem of the field."""
    with pytest.raises(InvalidFields) as refused:
        await portal.issue_security_code(RenewalStep.REQUEST, SecurityCodeKind.PROOF_OF_WORK)
    (problem,) = refused.value.fields
    assert (problem.field, problem.code) == ("kind", "NOT_OFFERED")


async def test_a_code_is_found_while_it_lasts(portal):
    """R27: picture and sound are given for codes that were issued and have not run out."""
    code = await portal.issue_security_code(RenewalStep.REQUEST, SecurityCodeKind.DIGITS)
    assert await portal.codes.find(code.id) == code
    assert await portal.codes.find("never issued") is None
    portal.clock.advance(portal.policy.security_code_lifetime)
    assert await portal.codes.find(code.id) is None
