"""What an import has to say of single lines. Codes are stable: reports are compared over time."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Rejection(StrEnum):
    """Why a line is not a voter of the register."""

    BAD_ENCODING = "BAD_ENCODING"
    NUL_BYTE = "NUL_BYTE"
    LINE_TOO_LONG = "LINE_TOO_LONG"
    MALFORMED_QUOTING = "MALFORMED_QUOTING"
    WRONG_COLUMN_COUNT = "WRONG_COLUMN_COUNT"
    NUMIC_MISSING = "NUMIC_MISSING"
    NUMIC_INVALID = "NUMIC_INVALID"
    NUMIC_DUPLICATE = "NUMIC_DUPLICATE"
    NUMEL_DUPLICATE = "NUMEL_DUPLICATE"
    NUMBER_AS_FLOAT = "NUMBER_AS_FLOAT"
    IDENTIFIER_MISSING = "IDENTIFIER_MISSING"
    IDENTIFIER_INVALID = "IDENTIFIER_INVALID"
    ROUND_INVALID = "ROUND_INVALID"


class Hygiene(StrEnum):
    """What stands between an accepted voter and their new password (R35)."""

    NUMEL_MALFORMED = "NUMEL_MALFORMED"
    EMAIL_MISSING = "EMAIL_MISSING"
    EMAIL_MALFORMED = "EMAIL_MALFORMED"
    EMAIL_SHARED = "EMAIL_SHARED"
    PHONE_MISSING = "PHONE_MISSING"
    PHONE_MALFORMED = "PHONE_MALFORMED"
    PHONE_FIXED_LINE = "PHONE_FIXED_LINE"
    PHONE_OTHER_KIND = "PHONE_OTHER_KIND"
    PHONE_UNUSABLE = "PHONE_UNUSABLE"
    PHONE_RENUMBERED = "PHONE_RENUMBERED"
    PHONE_WITHOUT_COUNTRY_CODE = "PHONE_WITHOUT_COUNTRY_CODE"
    PHONE_REPAIRED = "PHONE_REPAIRED"
    PHONE_SHARED = "PHONE_SHARED"
    NUMBER_AS_FLOAT = "NUMBER_AS_FLOAT"
    COUNTRY_UNKNOWN = "COUNTRY_UNKNOWN"
    CONSTITUENCY_MISSING = "CONSTITUENCY_MISSING"
    POST_MISSING = "POST_MISSING"


class LineFinding(NamedTuple):
    """One remark on one line (the header is line 1). `column` is empty for the whole line."""

    line: int
    column: str
    code: Rejection | Hygiene


class LineRejected(Exception):
    """This line cannot become a voter."""

    def __init__(self, code: Rejection, column: str = "") -> None:
        super().__init__(code.value)
        self.code = code
        self.column = column
