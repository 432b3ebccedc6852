"""How an LDAP directory is reached, and as whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from core.circuit import CircuitSettings
from core.web_address import is_loopback

PORTS = {"ldaps": 636, "ldap": 389}


@dataclass(frozen=True)
class DirectorySettings:
    """How to reach a directory, and as whom. Times in seconds."""

    url: str
    """ldaps://host:port, or ldap://host:port for StartTLS, which is then demanded."""
    bind_dn: str
    bind_password: str = field(repr=False)
    ca_file: Path | None = None
    """Certificates to trust in place of the usual ones."""
    plain_on_loopback: bool = False
    """No TLS at all, for a directory on this very machine."""
    connect_timeout: int = 3
    answer_timeout: int = 3
    """For one read; whole seconds, as ldap3 wants it."""
    deadline: float = 8.0
    """For a whole piece of work, waiting for a connection included."""
    connections: int = 4
    circuit: CircuitSettings = field(default_factory=CircuitSettings)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if (
            parts.scheme not in PORTS
            or not parts.hostname
            or parts.username
            or parts.path.strip("/")
        ):
            raise ValueError("a directory's URL is ldaps://host:port or ldap://host:port")
        if self.plain_on_loopback and not (parts.scheme == "ldap" and is_loopback(self.host)):
            raise ValueError("only ldap:// to this very machine may go without TLS")
        if not self.bind_dn or not self.bind_password:
            raise ValueError("a directory is asked under a name and a password")
        times = self.connect_timeout, self.answer_timeout, self.deadline
        if min(times) <= 0 or self.connections < 1:
            raise ValueError("a directory needs time and at least one connection")

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        parts = urlsplit(self.url)
        return parts.port or PORTS[parts.scheme]

    @property
    def ldaps(self) -> bool:
        return urlsplit(self.url).scheme == "ldaps"
