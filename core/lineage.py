"""Whether a database is the one last seen: a backup that was put back knows less than that.

Each look at a database is counted in it, and remembered beside it. A database with fewer looks than
are remembered has lost what came since: links that were used seem unused in it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sighting:
    """A look: at the database of this name, which had been looked at so many times. A restore gives
    the database another name."""

    name: str
    looks: int

    def lost(self, looks: int | None) -> str:
        """What is wrong with a database that has counted so many looks under this name (None: that
        has never had it); empty when nothing is."""
        if looks is None:
            told = "is not the one last seen here, nor its successor"
        elif looks < self.looks:
            told = f"is older than the one last seen here, by {self.looks - looks} looks at it"
        else:
            return ""
        return (
            f"the database {told}: a backup was put back, or it is another's. Stop every process, "
            "run `reassort after-restore`, then start again"
        )
