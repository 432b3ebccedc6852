"""An SMSC that answers each number with a form of receipt of its own, for the trials beside."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

from tests.servers.receipt_forms import FORMS, Form
from tests.servers.smsc import RESP, SUBMIT_SM, Bound, Smsc, Submitted

FIRST = 100
"""The last four digits of the number that asks for the first form."""
STORED = 1.0
"""Seconds after the last response: whoever stores the id after answering has done so."""
PATIENCE = 2.0
"""Seconds for the answer to a receipt: some clients answer nothing to what they dislike."""


def number_of(form: Form) -> str:
    """The telephone number, of Arcep's range for fiction, that is answered with this form."""
    return f"+3363998{FIRST + FORMS.index(form):04}"


def form_of(number: str) -> Form:
    """The reverse of `number_of`, with or without the plus."""
    return FORMS[int(number[-4:]) - FIRST]


@dataclass
class FormsSmsc(Smsc):
    """Answers all, then reports once on each, one after another: a form that ends the connection
    hurts no other."""

    password: str = "secret"
    answered: dict[str, int | None] = field(default_factory=dict)
    """By form: the status of the answer to its receipt; None when there was none."""
    submitted_forms: set[str] = field(default_factory=set)

    async def _answer(self, link: Bound, sequence: int, message: Submitted) -> None:
        form = form_of(message.destination[2])
        if form.name in self.submitted_forms:
            return  # sent again by a client that lost its connection
        if form.before:
            await self._report(form)
        link.send(SUBMIT_SM | RESP, sequence, body=form.response.encode() + b"\0")
        self.submitted_forms.add(form.name)

    async def report(self) -> None:
        """Returns once every form was reported."""
        while len(self.submitted_forms) < len(FORMS):
            await asyncio.sleep(0.1)
        await asyncio.sleep(STORED)
        for form in FORMS:
            if not form.before:
                await self._report(form)

    async def _report(self, form: Form) -> None:
        while not any(link.bound for link in self.links):
            await asyncio.sleep(0.1)
        link = next(link for link in self.links if link.bound)
        link.sequence += 1
        link.waiting[link.sequence] = answer = asyncio.get_running_loop().create_future()
        link.send(form.command, link.sequence, body=form.body)
        self.answered[form.name] = None
        with suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(PATIENCE):
                self.answered[form.name] = await answer
