"""The code of a link: its token in letters and digits that people can read, copy and type.

Where a mail program spoils the link, the voter gives the code instead. It is Crockford's base 32
(https://www.crockford.com/base32.html): capitals or not, O for 0, I and L for 1 are all the same.
"""

from __future__ import annotations

import re
from base64 import b32decode, b32encode, urlsafe_b64decode, urlsafe_b64encode

from .one_time_link import TOKEN_LENGTH
from .typed_text import pasted, plain

LENGTH = 52
"""Characters without the spaces: 32 bytes in base 32 without padding."""
GROUP = 4
_PADDING = "===="
_TOKEN = re.compile(rf"[\w-]{{{TOKEN_LENGTH}}}", re.ASCII)
_OURS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RFC_4648 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_TO_OURS = str.maketrans(_RFC_4648, _OURS)
_TO_RFC_4648 = str.maketrans(_OURS, _RFC_4648)
_ALIKE = str.maketrans("OIL", "011")


def code_of(token: str) -> str | None:
    """The code for a token, in groups of four; None for a text that is no token of ours."""
    if not _TOKEN.fullmatch(token):
        return None
    code = b32encode(urlsafe_b64decode(f"{token}=")).decode("ascii").rstrip("=")
    code = code.translate(_TO_OURS)
    return " ".join(code[at : at + GROUP] for at in range(0, len(code), GROUP))


def token_of(given: str) -> str:
    """The token that was given, be it as it is or by its code. What is neither stays as it is."""
    token = pasted(given)
    code = "".join(plain(token).upper().replace("-", "").split()).translate(_ALIKE)
    if len(token) == TOKEN_LENGTH or len(code) != LENGTH or set(code) - set(_OURS):
        return token
    content = b32decode(code.translate(_TO_RFC_4648) + _PADDING)
    return urlsafe_b64encode(content).rstrip(b"=").decode("ascii")
