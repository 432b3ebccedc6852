"""Receipts: the address that a provider is to report to."""

from __future__ import annotations

from adapters.sms.receipt_tags import ReceiptTags
from graphql_api.settings import Settings


def receipt_address(settings: Settings, route: str, receipts: str) -> str:
    """The address of all receipts of this route, below ours ("https://vote.example.org/receipts"),
    with what shows that it was given by us: for providers that sign nothing."""
    tag = ReceiptTags(settings.keyring, route).of()
    return f"{receipts.rstrip('/')}/{route}/{tag}"
