"""Refusals: counted by reason and partner, told with the network's pseudonym, alerted once a burst.

A robot leaves a trace by what it is refused: wrong security codes, unknown links, wrong
identifiers, limits, bad credentials (R42, R61). The first refusals of a network within a minute
have a line each; then one alert stands for the rest, so that nobody fills a log by being refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

import structlog

from core.events import Alert, RefusalsSurged

from .client_network import networks_of
from .windows import Windows

TOLD = 10
"""Refusals of one network that have a line of their own, in `MINUTE`."""
TOLD_OF_ALL = 600
"""Refusals of all networks together that have one, in `MINUTE`."""
MINUTE = 60
BURST = 600
"""Seconds within which one network is alerted once."""
SEVERAL = "several"
"""Stands for a network when so many are refused that together they are told no more."""
_log = structlog.stdlib.get_logger("reassort.access")


class Refusals:
    """Those of one process."""

    def __init__(
        self,
        alert: Callable[[Alert], None] = lambda _: None,
        pseudonym: Callable[[str], str] = str,
        windows: Windows | None = None,
    ) -> None:
        """`pseudonym`: what a network is called outside this process; an address is personal."""
        self._alert, self._pseudonym = alert, pseudonym
        self._windows = Windows() if windows is None else windows
        self._counts = Counter[tuple[str, str]]()

    def note(
        self,
        reason: str,
        client: str,
        partner: str | None = None,
        line: str = "call_refused",
        **told: str,
    ) -> None:
        """`reason` and `partner` are ours, never a caller's words; `told` goes into the line."""
        self._counts[reason, partner or ""] += 1
        network = networks_of(client)[-1][0]
        named = told | ({"partner": partner} if partner else {})
        if self._is_over(network, TOLD):
            self._surged(network, reason, TOLD)
        elif self._is_over(SEVERAL, TOLD_OF_ALL):
            self._surged(SEVERAL, reason, TOLD_OF_ALL)
        else:
            _log.info(line, reason=reason, network=self._pseudonym(network), **named)

    def counts(self) -> Mapping[tuple[str, str], int]:
        """How many there were in this process, by reason and partner; no partner is empty."""
        return self._counts

    def _is_over(self, key: str, amount: int) -> bool:
        return self._windows.hit(f"told {key}", amount, MINUTE) > 0

    def _surged(self, network: str, reason: str, refusals: int) -> None:
        if self._windows.hit(f"alerted {network}", 1, BURST) == 0:
            named = network if network == SEVERAL else self._pseudonym(network)
            self._alert(RefusalsSurged(named, reason, refusals))
