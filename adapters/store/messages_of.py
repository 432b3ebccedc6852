"""Deleting the messages of requests that are deleted."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.store.sql import Sql, placeholders
from core.rows_deleted import MessagesDeleted

AT_ONCE = 500
"""Subjects named in one statement at most: an engine takes so many parameters only."""
_OF_THESE = "delivery IN (SELECT id FROM delivery WHERE subject IN ({subjects}))"
_ATTEMPTS = (
    f"DELETE FROM attempt WHERE {_OF_THESE}",
    f"DELETE FROM mail_attempt WHERE {_OF_THESE}",
)
_CHANGES = f"DELETE FROM message_change WHERE {_OF_THESE}"
_DELIVERIES = "DELETE FROM delivery WHERE subject IN ({subjects})"


async def delete_messages(sql: Sql, subjects: Sequence[str]) -> MessagesDeleted:
    """Of these subjects; how many messages, attempts of theirs, and changes of both."""
    messages = attempts = changes = 0
    for first in range(0, len(subjects), AT_ONCE):
        some = subjects[first : first + AT_ONCE]
        named = placeholders(len(some))
        for each in _ATTEMPTS:
            attempts += await sql.execute(each.format(subjects=named), *some)
        changes += await sql.execute(_CHANGES.format(subjects=named), *some)
        messages += await sql.execute(_DELIVERIES.format(subjects=named), *some)
    return MessagesDeleted(messages, attempts, changes)
