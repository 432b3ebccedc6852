"""What a traceback tells of an error."""

from __future__ import annotations

import traceback


def told_by(error: BaseException) -> str:
    """All exceptions of the chain with their texts and notes, as a traceback prints them, but not
    the files and lines that they passed: a checkout may lie in a folder of any name."""
    parts = traceback.format_exception(error)
    return "".join(part for part in parts if not part.lstrip(" |").startswith('File "'))
