"""How an import of the register and a move to PostgreSQL end: what commands show of it."""

from adapters.move_to_postgresql import MoveFailed
from adapters.register.import_csv import ImportFailed, ImportReport

__all__ = ["ImportFailed", "ImportReport", "MoveFailed"]
