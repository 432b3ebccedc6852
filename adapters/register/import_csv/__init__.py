"""Import of the register from a CSV file: `import_register`.

One line is one voter. Columns, in any order, named by the header line: `numic`, `identifier`,
`email`, `phone`, and optionally `numel` and `identifier_renewed_in` (id of a voting round). UTF-8,
with or without a byte order mark; `;` or `,` between fields, whichever the header line has.

It goes into an SQLite file, or into PostgreSQL (`into_postgres`).

The file is the register: a voter whom it does not name is not in the register afterwards.
"""

from adapters.register.import_csv.findings import Hygiene, Rejection
from adapters.register.import_csv.importing import Progress, import_register
from adapters.register.import_csv.outcome import ImportFailed, ImportRefused, ImportReport
from adapters.register.import_csv.phone_plan import PhoneKind

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
