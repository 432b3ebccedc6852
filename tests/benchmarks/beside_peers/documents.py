"""Where the figures of a run stand in the documentation."""

from __future__ import annotations

from pathlib import Path

from .capacity import plan
from .page import plots, report, with_block
from .results import Results

DOCS = Path(__file__).parents[3] / "docs"


def documents(results: Results) -> dict[Path, str]:
    """Every file that is written, or written in part, with its whole content."""
    performance, capacity = (
        DOCS / "reference" / name for name in ("performance.md", "capacity.md")
    )
    pictures = {
        DOCS / "pictures" / f"{name}.svg": picture for name, picture in plots(results).items()
    }
    told = report(results, "../pictures")
    return pictures | {
        performance: with_block(performance.read_text("utf-8"), "beside peers", told),
        capacity: with_block(capacity.read_text("utf-8"), "capacity", plan(results)),
    }
