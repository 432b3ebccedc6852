"""Telephone numbers: how they are written, whose they are, what became of them, whether an SMS
reaches them.

`changes`  numbers of former numbering plans, and what became of them
`france`   one national plan, four country codes
`plan`     the kind of a plain international number, by the patterns of `phonenumbers`
`reading`  A telephone number as it stands in a register, brought to E.164 and judged
`writing`  how people and their programs write telephone numbers
"""

from adapters.numbering.plan import PhoneKind
from adapters.numbering.reading import Reading, is_region, read

__all__ = ["PhoneKind", "Reading", "is_region", "read"]
