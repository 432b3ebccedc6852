"""For whom a partner's server calls: `Voter-Address`, the address from which the voter's browser
came to it. Limits are counted by it as well; it is not kept.

Only partners that have authenticated are believed: a browser could say what it likes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from .caller import Caller
from .client_network import read_address

HEADER = b"voter-address"
UNREADABLE = "Voter-Address: send one IPv4 or IPv6 address, of the voter's browser."


class VoterAddressUnreadable(ValueError):
    """The header is there, and is not one address."""

    def __init__(self) -> None:
        super().__init__(UNREADABLE)


def on_behalf(caller: Caller, headers: Iterable[tuple[bytes, bytes]]) -> Caller:
    """The caller with whom it calls for, if it is a partner that says so. Raises
    `VoterAddressUnreadable`."""
    if caller.partner is None:
        return caller
    told = [value.decode("latin-1").strip() for name, value in headers if name == HEADER]
    if not told:
        return caller
    address = read_address(told[0]) if len(told) == 1 else None
    if address is None:
        raise VoterAddressUnreadable
    return replace(caller, voter_address=str(address))
