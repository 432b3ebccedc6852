"""The circuit breaker: every state, every event, and the times between them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.circuit import Breaker, Circuit, Circuits, CircuitSettings, CircuitState

CLOSED, OPEN, HALF_OPEN = CircuitState.CLOSED, CircuitState.OPEN, CircuitState.HALF_OPEN
SETTINGS = CircuitSettings(failures_to_open=3, open_seconds=10, longest_open_seconds=35, probes=2)
NOON = datetime(2027, 6, 5, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def played(script: str, circuit: Circuit | None = None) -> Circuit:
    """The circuit after events: `F0` failure, `W0/7` failure with a wait, `S0` success, `A0` a call
    let through, each at its second."""
    circuit = circuit or Circuit(SETTINGS)
    for event in script.split():
        second, _, wait = event[1:].partition("/")
        now = at(float(second))
        if event[0] == "F":
            circuit = circuit.after_failure(now)
        elif event[0] == "W":
            circuit = circuit.after_failure(now, float(wait))
        elif event[0] == "S":
            circuit = circuit.after_success(now)
        else:
            assert circuit.allows(now), event
            circuit = circuit.after_admission(now)
    return circuit


TABLE = [
    # events, state after them, seconds at which a call is let through, seconds at which none is
    ("", CLOSED, (0, 99), ()),
    ("A0 A0 A0", CLOSED, (0,), ()),
    ("S0", CLOSED, (0,), ()),
    ("F0 F1", CLOSED, (1,), ()),
    ("F0 F1 S2 F3 F4", CLOSED, (4,), ()),
    ("F0 F1 F2", OPEN, (12, 13), (2, 11.999)),
    # late outcomes of calls that were under way when it opened change nothing
    ("F0 F1 F2 F3 F4 F5", OPEN, (12,), (11.9,)),
    ("F0 F1 F2 S3", OPEN, (12,), (11.9,)),
    # half open: two probes, no more
    ("F0 F1 F2 A12", HALF_OPEN, (12,), ()),
    ("F0 F1 F2 A12 A12", HALF_OPEN, (), (12, 21.9)),
    ("F0 F1 F2 A12 A12 S13", HALF_OPEN, (), (13,)),
    ("F0 F1 F2 A12 A12 S13 S14", CLOSED, (14,), ()),
    ("F0 F1 F2 A12 S13 A13 S14 F15 F16", CLOSED, (16,), ()),
    # one failure among them opens it for twice as long, then for the longest
    ("F0 F1 F2 A12 F12", OPEN, (32,), (31.9,)),
    ("F0 F1 F2 A12 A12 S13 F14", OPEN, (34,), (33.9,)),
    ("F0 F1 F2 A12 F12 A32 F32", OPEN, (67,), (66.9,)),
    ("F0 F1 F2 A12 F12 A32 F32 A67 F67", OPEN, (102,), (101.9,)),
    # closed again, the time begins anew
    ("F0 F1 F2 A12 F12 A32 A32 S33 S33 F40 F40 F40", OPEN, (50,), (49.9,)),
    # probes that never came back make room for others, after as long as it had been open
    ("F0 F1 F2 A12 A12 A22", HALF_OPEN, (22,), ()),
    ("F0 F1 F2 A12 A12 A22 A22", HALF_OPEN, (), (22,)),
    # a neighbour that asks to be left alone is, at once, within the bound
    ("W0/7", OPEN, (7,), (0, 6.9)),
    ("W0/3600", OPEN, (35,), (34.9,)),
    ("W0/0", CLOSED, (0,), ()),
    ("W0/7 W5/7", OPEN, (12,), (11.9,)),
    ("W0/7 W1/2", OPEN, (7,), (6.9,)),
    ("F0 F1 W2/1", OPEN, (12,), (11.9,)),
    ("F0 F1 W2/20", OPEN, (22,), (21.9,)),
    ("W0/7 A7 F7", OPEN, (17,), (16.9,)),
    ("W0/7 A7 A7 S8 S8", CLOSED, (8,), ()),
]


@pytest.mark.parametrize(("script", "state", "let_through", "refused"), TABLE)
def test_the_circuit_after_events(
    script: str, state: CircuitState, let_through: tuple[float, ...], refused: tuple[float, ...]
):
    """R29, R31: who is let through, after every kind of event in every state."""
    circuit = played(script)
    assert circuit.state is state
    assert [each for each in let_through if not circuit.allows(at(each))] == []
    assert [each for each in refused if circuit.allows(at(each))] == []


def test_a_clock_that_is_put_back_does_not_keep_it_open():
    """R29: an hour less on the clock is not an hour more without the neighbour."""
    assert played("F0 F1 F2").allows(at(-3600))


def test_asking_changes_nothing():
    """R31: a router may ask several circuits and use one."""
    circuit = played("F0 F1 F2")
    assert [circuit.allows(at(20)) for _ in range(9)] == [True] * 9
    assert circuit == played("F0 F1 F2")


@pytest.mark.parametrize(
    "wrong",
    [
        {"failures_to_open": 0},
        {"probes": 0},
        {"open_seconds": 0},
        {"open_seconds": 11, "longest_open_seconds": 10},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, float]):
    """R29: at start-up."""
    with pytest.raises(ValueError, match="a circuit"):
        CircuitSettings(**wrong)  # type: ignore[arg-type]


def test_times_double_without_ever_overflowing():
    """R29: ten thousand openings in a row."""
    seconds = [SETTINGS.seconds_open(opening) for opening in (1, 2, 3, 4, 10_000)]
    assert seconds == [10, 20, 35, 35, 35]


@given(st.lists(st.tuples(st.sampled_from("FSAW"), st.floats(0, 50)), max_size=60))
def test_whatever_happens_it_is_never_open_for_longer_than_the_longest(
    events: list[tuple[str, float]],
):
    """R29: no order of outcomes locks a neighbour out; probes are never more than allowed."""
    circuit, second = Circuit(SETTINGS), 0.0
    for kind, step in events:
        second += step
        if kind == "A":
            if circuit.allows(at(second)):
                circuit = circuit.after_admission(at(second))
        else:
            circuit = played(f"{kind}{second}" + ("/40" if kind == "W" else ""), circuit)
        assert circuit.admitted <= SETTINGS.probes
        assert circuit.allows(at(second + SETTINGS.longest_open_seconds))


def test_a_breaker_counts_the_call_that_it_admits(clock):
    """R29: of those that ask while it is half open, as many go as there are probes."""
    breaker = Breaker(SETTINGS, clock)
    breaker.failed(wait=7)
    assert not breaker.admits()
    clock.advance(timedelta(seconds=7))
    assert [breaker.admits() for _ in range(4)] == [True, True, False, False]
    breaker.succeeded()
    breaker.succeeded()
    assert breaker.circuit == Circuit(SETTINGS)


def test_each_neighbour_has_its_own(clock):
    """R31: one that fails is left alone, the others are not; what is not known is closed."""
    circuits = Circuits(clock)
    for _ in range(CircuitSettings().failures_to_open):
        circuits.of("a").admitted()
        circuits.of("a").failed()
    circuits.of("b").succeeded()
    assert circuits.broken() == {"a"}
    assert circuits.of("b").circuit.state is circuits.of("c").circuit.state is CircuitState.CLOSED
    clock.advance(timedelta(minutes=1))
    circuits.of("a").admitted()
    circuits.of("a").succeeded()
    assert circuits.broken() == frozenset()
