"""The recovery store, and the folder of the files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import AliasChoices, Field, SecretStr, field_validator

from .section import Section

Engine = Literal["sqlite", "postgres"]
_READER = re.compile(r"[?&]target_session_attrs=(standby|prefer-standby|read-only)\b")
_URL = re.compile(r"sqlite:///.+|postgres(?:ql)?://.+", re.DOTALL)


class StorageSettings(Section):
    """Where data lives"""

    port: ClassVar[str] = "store"

    data_dir: Path = Field(
        default=Path("reassort-data"), description="Folder of the files below, made if missing."
    )
    database_url: SecretStr = Field(
        default=SecretStr(""),
        validation_alias=AliasChoices("database_url", "DATABASE_URL"),
        description="The database: `postgresql://user:password@host:5432/database?sslmode="
        "verify-full`, which leads to the server itself or to a pooler in session mode; with "
        "several (`host1,host2:5433`), the one that takes writes is found; "
        "`sqlite:///relative/path` or `sqlite:////absolute/path` for one machine. Empty: "
        "`recovery.sqlite3` in the data folder.",
    )
    store_lock_timeout: float = Field(
        default=5,
        gt=0,
        description="SQLite: seconds to wait for another process's write before giving up.",
    )
    database_connections: int = Field(
        default=10,
        ge=1,
        le=500,
        description="PostgreSQL: most connections of each process that write to the store.",
    )
    database_readers: int = Field(
        default=4,
        ge=1,
        le=500,
        description="PostgreSQL: most connections of each process that read the store.",
    )
    database_connect_timeout: float = Field(
        default=5, gt=0, description="PostgreSQL: seconds for a connection to be made."
    )
    database_acquire_timeout: float = Field(
        default=5, gt=0, description="PostgreSQL: seconds to wait for a free connection."
    )
    database_statement_timeout: float = Field(
        default=5, gt=0, description="PostgreSQL: seconds for one statement."
    )
    database_lock_timeout: float = Field(
        default=3, gt=0, description="PostgreSQL: seconds to wait for rows that another holds."
    )
    database_idle_timeout: float = Field(
        default=10,
        gt=0,
        description="PostgreSQL: seconds after which a transaction that does nothing is ended.",
    )

    @field_validator("database_url")
    @classmethod
    def _known_engine(cls, url: SecretStr) -> SecretStr:
        if url.get_secret_value() and not _URL.fullmatch(url.get_secret_value()):
            raise ValueError("write `sqlite:///path` or `postgresql://user@host/database`")
        if wanted := _READER.search(url.get_secret_value()):
            raise ValueError(
                f"`target_session_attrs={wanted[1]}` leads to a server that takes no writes: "
                "leave it out"
            )
        return url

    @property
    def engine(self) -> Engine:
        """What the recovery store is kept in; register and credentials, too, if nothing is said."""
        return "postgres" if self.dsn.startswith("postgres") else "sqlite"

    @property
    def dsn(self) -> str:
        """`DATABASE_URL` as it is, with its password."""
        return self.database_url.get_secret_value()

    @property
    def database(self) -> Path:
        """The recovery store's file, with SQLite."""
        if self.engine == "sqlite" and self.dsn:
            return Path(self.dsn.removeprefix("sqlite:///"))
        return self.data_dir / "recovery.sqlite3"

    @property
    def register_file(self) -> Path:
        return self.data_dir / "register.sqlite3"

    @property
    def credentials_file(self) -> Path:
        return self.data_dir / "credentials.sqlite3"

    @property
    def inbox_file(self) -> Path:
        return self.data_dir / "inbox.jsonl"
