"""Refusals have stable codes; failures name the neighbour."""

from __future__ import annotations

import pytest

from core import errors
from core.errors import DependencyFailure, DomainError, LinkProblem, SecurityCodeProblem


def test_codes_are_the_public_contract():
    """R37: these codes are part of the schema's contract: none changes, none goes."""
    assert {each.value for each in LinkProblem} == {
        "UNKNOWN_LINK",
        "LINK_EXPIRED",
        "LINK_USED",
        "LINK_REVOKED",
        "IDENTIFIER_MISMATCH",
        "IDENTIFIER_RENEWED",
        "RENEWALS_STOPPED",
    }
    assert {each.value for each in SecurityCodeProblem} == {
        "SECURITY_CODE_WRONG",
        "SECURITY_CODE_EXPIRED",
        "SECURITY_CODE_USED",
        "SECURITY_CODE_UNKNOWN",
        "SECURITY_CODE_PRICE",
    }
    assert errors.RenewalClosed.code == "RENEWAL_CLOSED"
    assert errors.InvalidFields.code == "INVALID_FIELDS"


@pytest.mark.parametrize("problem", LinkProblem)
def test_a_rejected_link_says_why(problem):
    """R37: the code is the problem's; attempts are none unless given."""
    refusal = errors.LinkRejected(problem)
    assert (refusal.code, refusal.problem, refusal.attempts_left) == (problem.value, problem, 0)
    assert errors.LinkRejected(problem, 3).attempts_left == 3


def test_too_many_requests_says_when():
    """R26: whole seconds to wait."""
    refusal = errors.TooManyRequests(30)
    assert (refusal.code, refusal.retry_after) == ("TOO_MANY_REQUESTS", 30)


def test_the_two_families_do_not_mix():
    """R37: what is the voter's answer is never retried, what is retried is never the answer."""
    kinds = [each for each in vars(errors).values() if isinstance(each, type)]
    assert not [
        each
        for each in kinds
        if issubclass(each, DomainError) and issubclass(each, DependencyFailure)
    ]


def test_each_neighbour_has_a_name():
    """R42: logs and metrics can tell which neighbour failed."""
    ours = [each for each in DependencyFailure.__subclasses__() if each.__module__ == "core.errors"]
    names = {each.dependency for each in ours}
    assert names == {"register", "credentials", "store", "keys", "security codes", "messaging"}


def test_what_operators_are_told_is_no_answer_and_no_retry():
    """R37: a command's refusal is told apart from both families, in one place."""
    assert issubclass(errors.ConfigurationRefused, errors.CannotProceed)
    assert not issubclass(errors.CannotProceed, DomainError | DependencyFailure)
