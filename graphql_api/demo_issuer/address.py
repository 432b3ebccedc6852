"""Where the demo's issuer is, and how its tokens are known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

PATH = "/demo/issuer"
CLIENT = "demo-operations"
"""What the operators' page is registered as; nobody else is."""
AUDIENCE = "demo-gateway"
"""For whom access tokens are."""


@dataclass(frozen=True)
class Address:
    """Of the demo that it belongs to: `http://127.0.0.1:8000`."""

    base: str

    @property
    def issuer(self) -> str:
        return f"{self.base}{PATH}"

    @property
    def keys(self) -> str:
        return f"{self.issuer}/keys"

    @property
    def authorize(self) -> str:
        return f"{self.issuer}/authorize"

    @property
    def token(self) -> str:
        return f"{self.issuer}/token"

    def takes(self, redirect: str) -> bool:
        """Whether a code may be sent there: to the demo's own page and nowhere else."""
        return redirect == f"{self.base}/operations"


def of_a_demo(issuers: Iterable[str]) -> list[str]:
    """Those of these issuers that are a demo's: anybody gets a token there."""
    return [each for each in issuers if urlsplit(each).path.rstrip("/") == PATH]
