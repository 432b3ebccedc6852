"""Import of the register from a CSV file: `import_register`.

One line is one voter. Columns, in any order, named by the header line in English or French:
`numic`, `identifier`, `email`, `phone`, and optionally `numel`, `country` (ISO 3166, whose national
numbers the phone is read by) and `identifier_renewed_in` (id of a voting round).

It goes into an SQLite file, or into PostgreSQL (`into_postgres`).

The file is the register: a voter whom it does not name is not in the register afterwards.
"""

from adapters.numbering import PhoneKind
from adapters.register.import_csv.findings import Hygiene, Rejection
from adapters.register.import_csv.importing import Progress, import_register
from adapters.register.import_csv.outcome import ImportFailed, ImportRefused, ImportReport

__all__ = [
    "Hygiene",
    "ImportFailed",
    "ImportRefused",
    "ImportReport",
    "PhoneKind",
    "Progress",
    "Rejection",
    "import_register",
]
