"""Looking one person's entry up in an LDAP directory, and reading it strictly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .directory import Connection, DirectoryRefused, DirectoryUnavailable

PLACE = "{number}"
"""Stands for the number in a filter's template."""
MOST_ENTRIES = 2
"""Enough to see that there is more than one."""
SUCCESS, SIZE_LIMIT_EXCEEDED = 0, 4
COMPARE_FALSE, COMPARE_TRUE, NO_SUCH_ATTRIBUTE = 5, 6, 16
TIME_LIMIT_EXCEEDED, BUSY, UNAVAILABLE = 3, 51, 52
"""Result codes: RFC 4511, appendix A."""
_OUTAGES = (TIME_LIMIT_EXCEEDED, BUSY, UNAVAILABLE)
"""What a directory answers that is not well. Any other code is about an entry or the settings."""


class UnusableEntry(Exception):
    """The entry is not as it should be, or not one. The text names an attribute, never a value."""


@dataclass(frozen=True, repr=False)
class Entry:
    """One entry: its name, and the values of the attributes that were asked for."""

    dn: str
    attributes: Mapping[str, Sequence[bytes]]

    def value(self, name: str) -> str | None:
        """The attribute's value, None without one; raises `UnusableEntry` for several."""
        values = self.values(name)
        if len(values) > 1:
            raise UnusableEntry(f"several values of {name}")
        return values[0] if values else None

    def values(self, name: str) -> list[str]:
        """All of the attribute's, in the directory's order, which means nothing (RFC 4511, 4.1.7);
        those with options (`mail;lang-fr`) too. Raises `UnusableEntry` for what is no text."""
        wanted = name.lower()
        found = (held for key, held in self.attributes.items() if _is_of(key.lower(), wanted))
        try:
            return [each.decode() for held in found for each in held]
        except UnicodeDecodeError:
            raise UnusableEntry(f"unusable {name}") from None

    def __repr__(self) -> str:
        return "Entry(…)"


def check_template(template: str) -> None:
    """Raises `ValueError` unless a number can be put into this filter."""
    if template.count(PLACE) != 1 or not (template.startswith("(") and template.endswith(")")):
        raise ValueError(f"a directory's filter is in brackets and has {PLACE} once")


def filter_for(template: str, number: str) -> str:
    """The filter by this number, in which the number can be nothing but a value."""
    return template.replace(PLACE, escaped(number))


def escaped(value: str) -> str:
    """`value` as RFC 4515 wants it: all but ASCII letters and digits as octets, which it allows."""
    octets = value.encode("utf-8", "surrogatepass")
    return "".join(chr(each) if _is_plain(each) else f"\\{each:02x}" for each in octets)


def one_entry(
    connection: Connection, base: str, filter: str, attributes: Sequence[str], seconds: int
) -> Entry | None:
    """The entry under `base`, or None.

    Raises `UnusableEntry` for several, `DirectoryUnavailable` when the directory cannot tell, and
    `DirectoryRefused` for a base that is not there and for parts that are elsewhere.
    """
    connection.search(
        base,
        filter,
        attributes=list(attributes),
        size_limit=MOST_ENTRIES,
        time_limit=seconds,
    )
    code = connection.result["result"]
    found = connection.response or []
    entries = [each for each in found if each["type"] == "searchResEntry"]
    if code == SIZE_LIMIT_EXCEEDED or len(entries) > 1:
        raise UnusableEntry("several entries")
    expect(connection, SUCCESS)
    if len(entries) != len(found):
        raise DirectoryRefused("a part of the directory is elsewhere")
    return _entry(entries[0], attributes) if entries else None


def _entry(found: Mapping[str, Any], asked: Sequence[str]) -> Entry:
    """Raises `DirectoryRefused` for an attribute under a name that was not asked for: OpenLDAP
    answers `mobile` to whoever asks for `mobileTelephoneNumber`, who then sees no number at all."""
    held = found["raw_attributes"]
    for key in held:
        if held[key] and not any(_is_of(key.lower(), name.lower()) for name in asked):
            raise DirectoryRefused(f"the directory calls an attribute {key}: ask for that name")
    return Entry(found["dn"], held)


def _is_of(key: str, name: str) -> bool:
    """Whether this is the attribute of that name, with more options (RFC 4512, 2.5) or none."""
    return key == name or key.startswith(f"{name};")


def expect(connection: Connection, *codes: int) -> int:
    """The last result's code, when it is one of these. Raises `DirectoryRefused` for any other,
    with its name in the standard, and `DirectoryUnavailable` when it says that it is not well."""
    code: int = connection.result["result"]
    if code in codes:
        return code
    problem = f"{connection.result['description']} ({code})"
    raise DirectoryUnavailable(problem) if code in _OUTAGES else DirectoryRefused(problem)


def _is_plain(octet: int) -> bool:
    return octet < 0x80 and chr(octet).isalnum()
