"""Telephone numbers: how they are written, whose they are, what became of them, whether an SMS
reaches them."""

from adapters.numbering.plan import PhoneKind
from adapters.numbering.reading import Reading, is_region, read

__all__ = ["PhoneKind", "Reading", "is_region", "read"]
