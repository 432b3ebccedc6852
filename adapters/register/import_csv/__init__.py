"""Import of the register from a CSV file: `import_register`.

One line is one voter. Columns, in any order, named by the header line in English or French:
`numic`, `identifier`, `email`, `phone`, and optionally `numel`, `country` (ISO 3166, whose national
numbers the phone is read by) and `identifier_renewed_in` (id of a voting round).

It goes into an SQLite file, or into PostgreSQL (`into_postgres`).

The file is the register: a voter whom it does not name is not in the register afterwards.

`chunks`               the file as chunks of whole lines
`destination`          what the import asks of the place where the register is kept
`exclusive`            one import at a time, and nothing left over from one that was killed
`fields`               one field at a time, as strictly as a file can be read
`findings`             what an import has to say of single lines
`header`               the line that names the columns
`headings`             what clerks call the columns, in French and in English
`hygiene`              the import's account of single lines
`importing`            the import from end to end: read, parse, judge, load, compare, replace
`into_sqlite`          the register as an SQLite file
`outcome`              what an import returns, and how it fails
`parallel`             parsing in several processes, in the file's order
`parsing`              from a chunk's bytes to voters ready to be stored, and remarks on the others
`postgres_session`     one connection to PostgreSQL for code that is not asynchronous
`postgres_statements`  the SQL of an import into PostgreSQL. Values are parameters
`refusals`             when a file is too bad to become the register
`repairs`              numbers that are probably meant
`repeats`              numbers that come back among millions
`sources`              the file as UTF-8, however it was saved: what the rest of the import reads
`spreadsheets`         A spreadsheet (.xlsx, .ods, .xls) as lines, row by row (extra `spreadsheets`)
`strict`               numbers as a file may hold them
`summary`              what is kept of an import beside the register
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
