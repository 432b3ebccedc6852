"""Register in an LDAP directory (extra `ldap`): one entry a voter, attributes named by settings."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

import structlog

from adapters.connections.directory import Connection, Directory, DirectoryUnavailable
from adapters.connections.directory_search import (
    COMPARE_FALSE,
    COMPARE_TRUE,
    NO_SUCH_ATTRIBUTE,
    Entry,
    UnusableEntry,
    check_template,
    expect,
    filter_for,
    one_entry,
)
from adapters.numbering import is_region, read
from adapters.register.import_csv import fields
from adapters.register.import_csv.findings import LineRejected
from core.errors import InvalidFields, RegisterUnavailable
from core.voter import (
    NUMEL_DIGITS,
    ElectoralNumber,
    EmailAddress,
    Identifier,
    Numel,
    Numic,
    PhoneNumber,
    Voter,
)

Result = TypeVar("Result")
_log = structlog.stdlib.get_logger("reassort.register")


@dataclass(frozen=True)
class LdapRegisterSettings:
    """Where voters are, and how their attributes are called."""

    base: str
    """Name of the entry under which all voters are, at any depth."""
    numic_filter: str = "(numic={number})"
    numel_filter: str = "(numel={number})"
    numic: str = "numic"
    numel: str = "numel"
    email: str = "mail"
    phones: tuple[str, ...] = ("mobile", "telephoneNumber")
    """In the order in which they are tried: the first that holds a usable number."""
    default_region: str | None = None
    """Country (ISO 3166, "FR") of numbers without country code; None: these are absent."""
    identifier: str = "votingIdentifier"
    identifier_check: Literal["compare", "read"] = "compare"
    """`compare`: the directory compares (RFC 4511, 4.10) what it holds in canonical form, and the
    gateway needs no right to read it. `read`: the gateway does, however it is written there."""
    identifier_renewed_in: str | None = None
    constituency: str | None = None
    post: str | None = None
    seconds: int = 3
    """The directory's own limit for a search."""

    def __post_init__(self) -> None:
        check_template(self.numic_filter)
        check_template(self.numel_filter)
        if not self.base or not self.phones or self.seconds < 1:
            raise ValueError("the LDAP register needs a base, a phone's attribute and a second")
        if self.default_region is not None and not is_region(self.default_region):
            raise ValueError("the LDAP register's default region is no country's code")

    @property
    def attributes(self) -> list[str]:
        """What is asked for of a voter, and nothing else."""
        names = [self.numic, self.numel, self.email, *self.phones]
        optional = (self.identifier_renewed_in, self.constituency, self.post)
        return [*names, *(each for each in optional if each)]


class LdapRegister:
    """`core.ports.register.Register` over LDAP. The directory is the host's to make and to close.

    NUMIC and NUMEL are searched for with their zeros. An e-mail address or a phone number that
    cannot be one counts as absent, as in an imported file. Nothing of a voter is kept.
    """

    def __init__(self, directory: Directory, settings: LdapRegisterSettings) -> None:
        self._directory = directory
        self._settings = settings

    async def find(self, number: ElectoralNumber) -> Voter | None:
        """See the port."""
        wanted = self._filter(number)
        return await self._run(lambda each: self._find(each, wanted, number))

    async def identifier_matches(self, numic: Numic, identifier: Identifier) -> bool:
        """See the port."""
        wanted = self._filter(numic)
        if self._settings.identifier_check == "read":
            return await self._run(lambda each: self._read(each, wanted, identifier))
        return await self._run(lambda each: self._compare(each, wanted, identifier))

    def _find(self, connection: Connection, wanted: str, number: ElectoralNumber) -> Voter | None:
        entry = self._entry(connection, wanted, self._settings.attributes)
        return None if entry is None else self._voter(entry, number)

    def _compare(self, connection: Connection, wanted: str, identifier: Identifier) -> bool:
        """`1.1`: no attribute at all (RFC 4511, 4.5.1.8)."""
        entry = self._entry(connection, wanted, ["1.1"])
        if entry is None:
            return False
        connection.compare(entry.dn, self._settings.identifier, identifier.canonical)
        code = expect(connection, COMPARE_TRUE, COMPARE_FALSE, NO_SUCH_ATTRIBUTE)
        return code == COMPARE_TRUE

    def _read(self, connection: Connection, wanted: str, identifier: Identifier) -> bool:
        name = self._settings.identifier
        entry = self._entry(connection, wanted, [name])
        value = None if entry is None else entry.value(name)
        if value is None:
            return False
        try:
            known = Identifier.parse(value, len(identifier.canonical))
        except InvalidFields:
            raise UnusableEntry(f"unusable {name}") from None
        return hmac.compare_digest(known.canonical.encode(), identifier.canonical.encode())

    def _entry(self, connection: Connection, wanted: str, names: list[str]) -> Entry | None:
        return one_entry(connection, self._settings.base, wanted, names, self._settings.seconds)

    def _filter(self, number: ElectoralNumber) -> str:
        names = self._settings
        template = names.numic_filter if isinstance(number, Numic) else names.numel_filter
        return filter_for(template, number.value)

    def _voter(self, entry: Entry, asked: ElectoralNumber) -> Voter:
        names, notes = self._settings, fields.Notes()
        numel = fields.numel_of(entry.value(names.numel) or "", notes)
        emails = self._emails(entry)
        phone, written = self._phone(entry)
        voter = Voter(
            numic=fields.numic_of(entry.value(names.numic) or ""),
            email=next(iter(emails), None),
            other_emails=tuple(emails[1:]),
            phone=phone,
            numel=None if numel is None else Numel(f"{numel:0{NUMEL_DIGITS}d}"),
            identifier_renewed_in=fields.round_of(_rounds(entry, names.identifier_renewed_in)),
            has_unusable_phone=phone is None and written,
            constituency=fields.place_of(_text(entry, names.constituency), "constituency", notes),
            post=fields.place_of(_text(entry, names.post), "post", notes),
        )
        if asked not in (voter.numic, voter.numel):
            raise UnusableEntry("the voter is not the one asked for")
        return voter

    def _emails(self, entry: Entry) -> list[EmailAddress]:
        """Those that can be one, each mailbox once."""
        found: dict[str, EmailAddress] = {}
        for text in entry.values(self._settings.email):
            if (email := fields.email_of(text, [])) is not None:
                found.setdefault(email.comparable, email)
        return list(found.values())

    def _phone(self, entry: Entry) -> tuple[PhoneNumber | None, bool]:
        """The first number that takes SMS, as in an imported register (R35), and whether any was
        written."""
        written = [text for text in self._phones(entry) if text.strip()]
        readings = (read(text, self._settings.default_region) for text in written)
        usable = next((each.number for each in readings if each.takes_sms), None)
        return usable, bool(written)

    def _phones(self, entry: Entry) -> list[str]:
        """As they are written. Several of one attribute get a remark: which is the first is the
        directory's choice, and may be another tomorrow."""
        texts: list[str] = []
        for name in self._settings.phones:
            held = entry.values(name)
            if len(held) > 1:
                _log.info("register_several_values", attribute=name, values=len(held))
            texts += held
        return texts

    async def _run(self, work: Callable[[Connection], Result]) -> Result:
        try:
            return await self._directory.run(work)
        except (DirectoryUnavailable, UnusableEntry) as problem:
            raise RegisterUnavailable(f"register: {problem}") from None
        except LineRejected as rejected:
            raise RegisterUnavailable(f"register: unusable {rejected.column}") from None


def _text(entry: Entry, attribute: str | None) -> str:
    """The attribute's one value; empty when there is none, or no such attribute is named."""
    return (entry.value(attribute) if attribute else None) or ""


def _rounds(entry: Entry, attribute: str | None) -> str:
    """All values: the identifier may have been renewed in several rounds."""
    return "\n".join(entry.values(attribute)) if attribute else ""
