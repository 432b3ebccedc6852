"""The texts of errors, as tests look through them for what must not be told."""

from __future__ import annotations

from tests.tracebacks import told_by


def test_the_chain_is_told_and_its_places_are_not():
    """Texts and notes of an error, its cause and its group are looked through; paths and lines of
    source are not, which may hold anything by chance."""

    def fail() -> None:
        try:
            raise ValueError("cause")
        except ValueError as cause:
            problem = ExceptionGroup("several", [OSError("member")])
            problem.add_note("note")
            raise problem from cause

    try:
        fail()
    except ExceptionGroup as caught:
        told = told_by(caught)
    assert {each for each in ("cause", "several", "member", "note") if each not in told} == set()
    assert "raise problem" not in told
    assert __file__ not in told
