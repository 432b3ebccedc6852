"""The settings of every subject, joined."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from typing import Self

from pydantic import SecretStr, model_validator

from core.web_address import is_https_or_on_this_machine

from .alerts import AlertSettings
from .assistance import AssistanceSettings
from .callers import CallerSettings
from .credentials import CredentialsKind, CredentialsSettings
from .credentials_http import HttpCredentialsSettings
from .credentials_ldap import LdapCredentialsSettings
from .directory import DirectorySettings
from .election import ElectionSettings
from .email import EmailSettings
from .gateway import GatewaySettings
from .hardening import HardeningSettings
from .keycloak import KeycloakSettings
from .keys import KeySettings
from .logs import LogSettings
from .monitoring import MonitoringSettings
from .operations import OperationsSettings
from .register import RegisterKind, RegisterSettings
from .register_ldap import RegisterLdapSettings
from .register_view import RegisterViewSettings
from .retention import RetentionSettings
from .routes import RoutesSettings
from .section import PREFIX, Section, variable
from .security_code import SecurityCodeSettings
from .sms import SmsSettings
from .sms_providers import SmsProviderSettings
from .storage import StorageSettings
from .subgraph import SubgraphSettings
from .worker import WorkerSettings

SHARE_OF_LEASE = 0.9
"""What a worker lets a job use of its lease: `adapters.jobs.worker` has the same; a test holds the
two together."""


_SAYS = {
    ("ldap", "constituencies"): "register_ldap_constituency",
    ("ldap", "posts"): "register_ldap_post",
    ("postgresql-view", "constituencies"): "register_view_constituency",
    ("postgresql-view", "posts"): "register_view_post",
}
"""By kind of register and what a round is held for: the setting that names where it is said."""

OPERATOR = "REASSORT_OPERATOR"
"""Who gives commands, for their trace: no setting of the deployment."""


class Settings(  # last section first: pydantic lists the fields of the last base first
    LogSettings,
    MonitoringSettings,
    OperationsSettings,
    AlertSettings,
    WorkerSettings,
    RetentionSettings,
    HardeningSettings,
    SubgraphSettings,
    CallerSettings,
    GatewaySettings,
    AssistanceSettings,
    SmsProviderSettings,
    RoutesSettings,
    SmsSettings,
    EmailSettings,
    SecurityCodeSettings,
    LdapCredentialsSettings,
    KeycloakSettings,
    HttpCredentialsSettings,
    CredentialsSettings,
    RegisterLdapSettings,
    RegisterViewSettings,
    RegisterSettings,
    DirectorySettings,
    StorageSettings,
    ElectionSettings,
    KeySettings,
):
    """The settings of one deployment. Frozen once read."""

    @classmethod
    def sections(cls) -> Iterator[type[Section]]:
        """The subjects, in the order of the reference."""
        return (each for each in reversed(Settings.__bases__) if issubclass(each, Section))

    @model_validator(mode="after")
    def _one_database(self) -> Self:
        named = {"REASSORT_REGISTER": self.register_kind, "REASSORT_CREDENTIALS": self.credentials}
        wrong = [name for name, kind in named.items() if kind == "postgres"]
        if wrong and self.engine != "postgres":
            names = " and ".join(wrong)
            raise ValueError(f"{names}: `postgres` wants a PostgreSQL database in DATABASE_URL")
        return self

    @model_validator(mode="after")
    def _an_email_ends_before_its_lease(self) -> Self:
        """Else a slow relay gets it twice: from this worker, and from the next (R29)."""
        if self.email != "smtp":
            return self
        if self.email_deadline > SHARE_OF_LEASE * self.job_lease:
            raise ValueError(
                "REASSORT_SMTP_DEADLINE: an e-mail must end within nine tenths of "
                "REASSORT_JOB_LEASE: shorten the one or lengthen the other"
            )
        if self.email_deadline < 2 * self.smtp_timeout:
            raise ValueError(
                "REASSORT_SMTP_TIMEOUT: one step may take at most half of a whole e-mail "
                "(REASSORT_SMTP_DEADLINE; unset, three quarters of REASSORT_JOB_LEASE)"
            )
        return self

    @model_validator(mode="after")
    def _operators_can_sign_in(self) -> Self:
        """The page holds no secret: without an issuer nobody gets in (R57)."""
        if not self.operations:
            return self
        known = {each.issuer for each in self.issuers if each.kind == "dashboard"}
        if self.operations_issuer not in known:
            raise ValueError(
                "REASSORT_OPERATIONS_ISSUER: operators sign in at an issuer: name that of an entry "
                "of REASSORT_ISSUERS whose kind is `dashboard`"
            )
        if not is_https_or_on_this_machine(self.operations_issuer):
            raise ValueError(
                "REASSORT_OPERATIONS_ISSUER: browsers ask it: `https://`, or on this machine"
            )
        if not self.operations_client_id:
            raise ValueError(
                "REASSORT_OPERATIONS_CLIENT_ID: name the page's public client at the issuer"
            )
        return self

    @property
    def email_deadline(self) -> float:
        """Seconds for a whole e-mail."""
        return 0.75 * self.job_lease if self.smtp_deadline is None else self.smtp_deadline

    @property
    def partners_named(self) -> frozenset[str]:
        """Partners of which the settings speak."""
        return self.partners_by_token | self.partner_links.keys() | self.partner_limits.keys()

    @property
    def has_portal(self) -> bool:
        """Whether `link_template` leads to a portal of ours: one is served, or has been named."""
        return self.portal or "link_template" in self.model_fields_set

    @property
    def register_choice(self) -> RegisterKind:
        """What was chosen, or else what the recovery store is kept in."""
        return self.register_kind or self.engine

    @property
    def credentials_choice(self) -> CredentialsKind:
        """What was chosen, or else what the recovery store is kept in."""
        return self.credentials or self.engine

    def missing(self, given: Collection[str] = ()) -> list[str]:
        """What the chosen adapters cannot do without and was not given, as variables' names.
        Ports that are `given`, by their name in `Ports`, need nothing."""
        lacking = [
            variable(name, type(self).model_fields[name])
            for section in self.sections()
            if section.port not in given
            for name in section.needed(self)
            if self.lacks(name)
        ]
        if "register" not in given:
            lacking += self._places_not_named()
        return list(dict.fromkeys(lacking))

    def _places_not_named(self) -> Iterator[str]:
        """Where the register does not say whose a round is."""
        for (kind, places), name in _SAYS.items():
            is_asked = any(getattr(each, places) for each in self.voting_rounds)
            if is_asked and self.register_kind == kind and self.lacks(name):
                yield variable(name, type(self).model_fields[name])

    def lacks(self, name: str) -> bool:
        """Whether this field holds nothing."""
        value = getattr(self, name)
        return not (value.get_secret_value() if isinstance(value, SecretStr) else value)

    def unknown_names(self) -> list[str]:
        """Variables that look like settings and are none: typing errors, mostly."""
        known = {variable(name, field) for name, field in Settings.model_fields.items()}
        known.add(OPERATOR)
        return sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
