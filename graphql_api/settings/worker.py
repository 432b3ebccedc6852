"""How jobs are worked off."""

from __future__ import annotations

from pydantic import Field

from .section import Section


class WorkerSettings(Section):
    """The worker"""

    job_concurrency: int = Field(
        default=8,
        ge=1,
        le=256,
        description="Jobs of each kind that run at once in one worker; messages to the "
        "assistance cell: an eighth; decisions on requests, with SQLite: four times as many.",
    )
    job_lease: float = Field(
        default=60,
        ge=1,
        description="Seconds after which the jobs of a worker that died are due again. A job that "
        "takes nine tenths of it is cut off and tried again.",
    )
