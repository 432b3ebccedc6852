"""F-8: requests wait for their turn, in order, not for long, and not for callers who have left."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from graphql_api.over_http.arrival import CallerLeft
from graphql_api.over_http.notice import SECONDS, Notice
from graphql_api.over_http.queue import HAS_LEFT, Queue
from graphql_api.over_http.refusal import Refusal
from graphql_api.running.waiting import WaitingList


class Work:
    """What is done with each request, once told to go on."""

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        self.begun: list[str] = []
        self.go_on = asyncio.Event()

    async def take(self, scope: Any, receive: Any) -> int:
        """The status with which it ends; 0 for a caller that has left."""
        try:
            await self.queue.enter(scope, receive)
        except CallerLeft:
            return 0
        except Refusal as refusal:
            return refusal.status
        try:
            self.begun.append(scope["path"])
            await self.go_on.wait()
            return 200
        finally:
            self.queue.leave()


class Caller:
    """One request, whose body was read."""

    def __init__(self, work: Work, path: str, **scope: Any) -> None:
        self._received: asyncio.Queue[Any] = asyncio.Queue()
        given = {"type": "http", "path": path, "headers": [], **scope}
        self.task = asyncio.ensure_future(work.take(given, self._received.get))

    @property
    def status(self) -> int:
        return self.task.result()

    def hang_up(self) -> None:
        self._received.put_nowait({"type": "http.disconnect"})


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def ended(*callers: Caller) -> None:
    """Wait for the end of their requests; fails where one has none."""
    async with asyncio.timeout(30):
        await asyncio.gather(*(each.task for each in callers), return_exceptions=True)


@pytest.fixture
def shed() -> list[str]:
    return []


@pytest.fixture
def work(shed: list[str]) -> Work:
    return Work(Queue(at_once=1, patience=60, shed=shed.append))


async def test_turns(work: Work):
    """As many as are allowed at once, the others in the order in which they came."""
    callers = [Caller(work, str(each)) for each in range(3)]
    await settled()
    assert work.begun == ["0"]
    work.go_on.set()
    await asyncio.gather(*(each.task for each in callers))
    assert work.begun == ["0", "1", "2"]
    assert [each.status for each in callers] == [200] * 3


async def test_who_leaves_loses_the_place(work: Work, shed: list[str]):
    """Nothing is kept of a request whose caller has left while it waited, nor is it worked on."""
    callers = [Caller(work, str(each)) for each in range(3)]
    await settled()
    callers[1].hang_up()
    await callers[1].task
    assert shed == ["left"]
    work.go_on.set()
    await asyncio.gather(callers[0].task, callers[2].task)
    assert work.begun == ["0", "2"]
    assert callers[1].status == 0


async def test_who_has_left_before_the_turn(work: Work, shed: list[str]):
    """A server that knows of it is asked before the work begins, though there is room."""
    caller = Caller(work, "0", **{HAS_LEFT: lambda: True})
    await settled()
    caller.hang_up()
    await ended(caller)
    assert (work.begun, shed) == ([], ["left"])
    work.go_on.set()
    await Caller(work, "1", **{HAS_LEFT: lambda: False}).task
    assert work.begun == ["1"]


async def test_who_has_left_while_waiting(work: Work, shed: list[str]):
    """The server knows of it: no turn is given, and the request ends once uvicorn has heard as
    well, which otherwise misses an answer."""
    first = Caller(work, "0", **{HAS_LEFT: lambda: False})
    await settled()
    gone = Caller(work, "1", **{HAS_LEFT: lambda: True})
    last = Caller(work, "2", **{HAS_LEFT: lambda: False})
    await settled()
    work.go_on.set()
    await ended(first, last)
    assert (shed, gone.task.done()) == (["left"], False)
    gone.hang_up()
    await ended(gone)
    assert (gone.status, work.begun) == (0, ["0", "2"])


async def test_who_gives_out_the_request_again_and_again(work: Work):
    """A host's middleware that never waits tells nothing of who has left; the loop goes on."""

    async def receive() -> Any:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    waiting = [asyncio.ensure_future(work.take({"path": str(each)}, receive)) for each in range(3)]
    await settled()
    work.go_on.set()
    async with asyncio.timeout(30):
        assert await asyncio.gather(*waiting) == [200] * 3


async def test_who_is_cut_off_while_we_look(work: Work):
    """A request that is cut off while the server is asked who has left takes no place along."""
    cut_off = Caller(work, "0", **{HAS_LEFT: lambda: False})
    await asyncio.sleep(0)
    cut_off.task.cancel()
    await ended(cut_off)
    work.go_on.set()
    await ended(again := Caller(work, "1"))
    assert (again.status, work.begun) == (200, ["1"])


async def test_no_turn_of_the_loop_where_nobody_can_tell(work: Work):
    """Under a server that knows nothing of who has left, a request with room begins at once."""
    Caller(work, "0")
    await asyncio.sleep(0)
    assert work.begun == ["0"]


async def test_too_late(shed: list[str]):
    """Whoever has waited for too long is told so, while the work before goes on."""
    work = Work(Queue(at_once=1, patience=0.01, shed=shed.append))
    first = Caller(work, "0")
    await settled()
    late = Caller(work, "1")
    await ended(late)
    assert (late.status, shed, work.begun) == (503, ["late"], ["0"])
    work.go_on.set()
    await ended(first)
    assert first.status == 200


@pytest.mark.parametrize("granted", [False, True])
async def test_a_place_outlives_a_cancelled_request(work: Work, granted: bool):
    """A request that is cut off, even in the moment of its turn, takes no place along."""
    first = Caller(work, "0")
    await settled()
    cut_off, last = Caller(work, "1"), Caller(work, "2")
    await settled()
    work.go_on.set()
    while granted and not first.task.done():
        await asyncio.sleep(0)
    cut_off.task.cancel()
    await ended(first, cut_off, last)
    assert last.status == 200
    again = Caller(work, "3")
    await ended(again)
    assert again.status == 200


def test_a_notice_is_written_once_a_minute():
    """The first at once; the next has what was counted meanwhile."""
    lines: list[dict[str, int]] = []
    now = 0.0

    class Log:
        def warning(self, event: str, **counts: int) -> None:
            lines.append(counts)

    notice = Notice(Log(), "shed", lambda: now)  # pyright: ignore[reportArgumentType]
    for why in ("left", "left", "late"):
        notice.count(why)
    now = SECONDS
    notice.count("left")
    assert lines == [{"left": 1}, {"left": 2, "late": 1}]


class Connection:
    def __init__(self) -> None:
        self.ended: list[str] = []

    def overdue(self) -> None:
        self.ended.append("overdue")

    def drop(self) -> None:
        self.ended.append("drop")


async def test_the_longest_awaited_is_dropped_first():
    """Waiting for it once more counts from then; nobody drops the one that asks for room."""
    waiting, (first, second, third) = WaitingList(), (Connection(), Connection(), Connection())
    for each in (first, second, first, third):
        waiting.wait(each, 60)
    for expected in (second, first):
        assert not expected.ended
        assert waiting.drop_longest(but=third)
        assert expected.ended == ["drop"]
    assert not waiting.drop_longest(but=third)
    assert third.ended == []
    assert len(waiting) == 1


async def test_what_is_overdue_is_ended(monkeypatch):
    """Each after its own time, and none that is no longer waited for."""
    monkeypatch.setattr("graphql_api.running.waiting.LOOK_SECONDS", 0.01)
    waiting, (soon, later, worked_for) = WaitingList(), (Connection(), Connection(), Connection())
    waiting.wait(soon, 0.02)
    waiting.wait(later, 60)
    waiting.wait(worked_for, 0.02)
    waiting.remove(worked_for)
    async with asyncio.timeout(30):
        while not soon.ended:
            await asyncio.sleep(0.01)
    assert (soon.ended, later.ended, worked_for.ended) == (["overdue"], [], [])
    waiting.remove(later)
