"""Mobile networks as receipts name them."""

from __future__ import annotations

import re

_CODE = re.compile(r"([0-9]{3})-?([0-9]{2,3})", re.ASCII)


def operator_code(text: object) -> str | None:
    """A network's code as MCC-MNC (ITU-T E.212: "20801" is "208-01"); None for anything else."""
    code = _CODE.fullmatch(str(text))
    return f"{code[1]}-{code[2]}" if code else None
