"""The SQL of an import into PostgreSQL. Values are parameters; the names are our own."""
# ruff: noqa: S608

from __future__ import annotations

from dataclasses import dataclass

from adapters.register.postgres import RegisterTables

STAGED = "register_voter_importing"
COLUMNS = (
    "line", "numic", "numel", "email", "phone", "phone_kind", "identifier",
    "identifier_renewed_in", "constituency", "post",
)  # fmt: skip
"""Of a parsed row, in its order."""


@dataclass(frozen=True)
class ImportStatements:
    """Over these tables, and the one that is being filled."""

    tables: RegisterTables

    @property
    def staged(self) -> str:
        return f"{self.tables.schema}.{STAGED}"

    @property
    def drop(self) -> str:
        return f"DROP TABLE IF EXISTS {self.staged}"

    @property
    def create(self) -> str:
        return f"CREATE TABLE {self.staged} (LIKE {self.tables.voter} INCLUDING STORAGE)"

    @property
    def finish(self) -> tuple[str, ...]:
        """Indexes after the load, under names that PostgreSQL finds: they keep them for good."""
        return (
            f"CREATE UNIQUE INDEX ON {self.staged} (numic)",
            f"CREATE UNIQUE INDEX ON {self.staged} (numel) WHERE numel IS NOT NULL",
            f"ANALYZE {self.staged}",
        )

    @property
    def grants(self) -> str:
        """Statements that give the new table the old one's readers."""
        return f"""
        SELECT format('GRANT %s ON {self.staged} TO %s', privilege_type,
            CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END)
        FROM pg_class, aclexplode(relacl) WHERE pg_class.oid = '{self.tables.voter}'::regclass
        """

    @property
    def phones(self) -> str:
        known = f"SELECT phone_kind FROM {self.staged} WHERE phone_kind IS NOT NULL"
        return f"SELECT phone_kind, count(*) FROM ({known}) AS known GROUP BY 1"

    @property
    def count_new(self) -> str:
        return f"SELECT count(*) FROM {self.staged}"

    @property
    def count_old(self) -> str:
        return f"SELECT count(*) FROM {self.tables.voter}"

    @property
    def marks(self) -> str:
        return f"SELECT version, identifier_key FROM {self.tables.meta}"

    def compare(self, key_changed: bool) -> str:
        """Voters in both registers, and how many of them are the same in all columns."""
        identifiers = "" if key_changed else "AND new.identifier = old.identifier"
        return f"""
        SELECT count(*), count(*) FILTER (WHERE
            new.numel IS NOT DISTINCT FROM old.numel
            AND new.email IS NOT DISTINCT FROM old.email
            AND new.phone IS NOT DISTINCT FROM old.phone
            AND new.phone_kind IS NOT DISTINCT FROM old.phone_kind
            AND new.identifier_renewed_in IS NOT DISTINCT FROM old.identifier_renewed_in
            AND new.constituency IS NOT DISTINCT FROM old.constituency
            AND new.post IS NOT DISTINCT FROM old.post
            {identifiers})
        FROM {self.staged} AS new JOIN {self.tables.voter} AS old ON old.numic = new.numic
        """

    @property
    def mark(self) -> str:
        return f"""
        INSERT INTO {self.tables.meta} (version, identifier_key, identifier_key_check, summary)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (only_row) DO UPDATE SET
            version = excluded.version,
            identifier_key = excluded.identifier_key,
            identifier_key_check = excluded.identifier_key_check,
            summary = excluded.summary
        """

    @property
    def rename(self) -> str:
        """One message, so that the lock is held for one answer and the commit."""
        return f"""
        LOCK TABLE {self.tables.voter} IN ACCESS EXCLUSIVE MODE;
        DROP TABLE {self.tables.voter};
        ALTER TABLE {self.staged} RENAME TO register_voter;
        """
