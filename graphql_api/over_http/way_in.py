"""The way in of a GraphQL request: step by step, each of which may end it with an answer.

Whose page asks (`cors`), who sends it and its whole body (`arrival`), its turn (`queue`), who calls
(`guard`), what is asked and answered (`endpoint`). A step gets what the steps before have found; it
raises `Refusal` when the request ends there. Nothing wraps anything, and the headers of an answer
are put together once. Everything else that is served takes Starlette's way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

from .answer import Answer, deliver
from .arrival import Arrivals, CallerLeft
from .cors import Origins, is_preflight, marks, preflight
from .guard import Guard
from .head import Head
from .presentation import mask
from .queue import Queue
from .refusal import Refusal, answer_of_errors, answer_to
from .turned_away import surroundings, turned_away

PATH = "/graphql"


class Answers(Protocol):
    """What answers a request that has come so far."""

    async def answer(self, scope: Scope, head: Head, body: bytes) -> Answer:
        """Raises `Refusal`."""
        ...


@dataclass(frozen=True)
class WayIn:
    """An ASGI app for requests to `PATH`; `besides` is one for all others."""

    origins: Origins
    arrivals: Arrivals
    queue: Queue
    guard: Guard
    endpoint: Answers
    besides: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and path_below_mount(scope) == PATH:
            await self._take(scope, receive, send)
        else:
            await self.besides(scope, receive, send)

    def turn_away(self, scope: Scope) -> bytes | None:
        """What a request to `PATH` is answered whose head has come and for which there is no place
        (`turned_away`); None where there is one. To be asked once for each request."""
        if not self.queue.turns_away():
            return None
        head = Head(scope["headers"])
        correlation_id = self.arrivals.correlation_id(scope)
        return turned_away(head.accept, self.origins.allowed(head), correlation_id)

    async def _take(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = Head(scope["headers"])
        origin = self.origins.allowed(head)
        if origin and is_preflight(scope["method"], head):
            await deliver(preflight(), scope, send, marks(origin))
            return
        correlation_id = self.arrivals.note(scope)
        besides = surroundings(origin, correlation_id)
        try:
            answer = await self._answer(scope, head, receive)
        except CallerLeft:
            return
        except Refusal as refusal:
            answer = answer_to(refusal, head.accept, correlation_id)
        except Exception as failure:
            masked = mask(failure, correlation_id)
            await deliver(answer_of_errors([masked], 500, head.accept), scope, send, besides)
            raise  # the server tells of it as well
        await deliver(answer, scope, send, besides)

    async def _answer(self, scope: Scope, head: Head, receive: Receive) -> Answer:
        body = await self.arrivals.body(scope, receive)
        await self.queue.enter(scope, receive)
        try:
            await self.guard.admit(scope, head)
            return await self.endpoint.answer(scope, head, body)
        finally:
            self.queue.leave()


def path_below_mount(scope: Scope) -> str:
    """The path as the app has it, wherever a host has mounted it."""
    return scope["path"].removeprefix(scope.get("root_path", ""))
