"""What stays of an operator's act: who ordered it, and why."""

from __future__ import annotations

LONGEST_WORDS = 200
"""Characters of an operator's name or reason."""


def check_words(**words: str) -> None:
    """Raises `ValueError`, naming the first that is missing or too long."""
    for name, text in words.items():
        if not 1 <= len(text.strip()) <= LONGEST_WORDS:
            raise ValueError(f"{name} has 1 to {LONGEST_WORDS} characters")
