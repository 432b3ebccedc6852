"""All figures of a run, as they stand in its JSON file; what pages and plots are made from."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .measuring import Figure
from .ratios import Spread, ratio, spread


@dataclass(frozen=True)
class Results:
    """`circumstances`: the machine, versions, options, the load. `words` and `engines`: of each
    contender, in the order of tables. `figures`: by `contender/connections`, and
    `contender/mails/connections`; rounds in their order. `renewal`: milliseconds of CPU of a whole
    one, by what they go to. `extras`: single figures of this run."""

    circumstances: dict[str, Any]
    words: dict[str, str]
    engines: dict[str, str]
    figures: dict[str, list[Figure]]
    renewal: dict[str, float] = field(default_factory=dict)
    extras: dict[str, float] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", "utf-8")

    @classmethod
    def read(cls, path: Path) -> Results:
        told = json.loads(path.read_text("utf-8"))
        told["figures"] = {
            key: [Figure(**each) for each in rounds] for key, rounds in told["figures"].items()
        }
        return cls(**told)

    def connections(self, engine: str) -> list[int]:
        """Numbers of connections that were measured on this engine."""
        found = {
            int(key.split("/")[1])
            for key in self.figures
            if "/mails/" not in key and self.engines[key.split("/")[0]] == engine
        }
        return sorted(found)

    def loaded(self, engine: str) -> list[str]:
        """Contenders on this engine that were measured at numbers of connections."""
        least = str(min(self.connections(engine), default=0))
        return [
            name
            for name in self.words
            if self.engines[name] == engine and f"{name}/{least}" in self.figures
        ]

    def senders(self) -> list[str]:
        """Contenders whose e-mails were counted."""
        return [name for name in self.words if self.mails(name)]

    def mails(self, name: str) -> list[Figure]:
        return next(
            (each for key, each in self.figures.items() if key.startswith(f"{name}/mails/")), []
        )

    def has(self, name: str, connections: int) -> bool:
        return f"{name}/{connections}" in self.figures

    def spread(self, name: str, connections: int, what: str) -> Spread:
        return spread(values(self.figures[f"{name}/{connections}"], what))

    def median(self, name: str, connections: int, what: str) -> float:
        return statistics.median(values(self.figures[f"{name}/{connections}"], what))

    def ratio(self, ours: str, theirs: str, connections: int, what: str = "rate") -> Spread:
        """Of our figure to theirs, within each round."""
        one, other = (self.figures[f"{name}/{connections}"] for name in (ours, theirs))
        return ratio(values(one, what), values(other, what))

    def mail_ratio(self, ours: str, theirs: str) -> Spread:
        """How many times our CPU an answer with its e-mail takes theirs, within each round."""
        return ratio(with_mail(self.mails(theirs)), with_mail(self.mails(ours)))


def values(figures: Sequence[Figure], what: str) -> list[float]:
    return [getattr(each, what) for each in figures]


def with_mail(figures: Sequence[Figure]) -> list[float]:
    """Microseconds of CPU an answer and its e-mail, gateway and worker together."""
    return [each.cpu + each.worker_cpu for each in figures]
