"""E-mail: how it is worded, and who carries it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from graphql_api.settings import Settings, refused_at

from .parts import Parts
from .route_options import settings_with

if TYPE_CHECKING:
    from adapters.email.renderer import EmailRenderer
    from adapters.email.smtp_connections import SmtpSettings
    from core.ports.clock import Clock
    from core.ports.email import Email
    from core.use_cases.resend_email import ResendEmail


def choose_email(settings: Settings, parts: Parts) -> Email | dict[str, Email]:
    """What carries e-mails: one adapter, or one for each route of the table. Raises
    `SettingsRefused`."""
    renderer = _renderer(settings, parts.clock)
    if settings.email == "inbox" and parts.inbox is not None:
        from adapters.email.inbox import InboxEmail

        inbox = InboxEmail(renderer, parts.inbox)
        return dict.fromkeys(settings.mail_routes, inbox) if settings.mail_routes else inbox
    from adapters.email.smtp import SmtpEmail

    if not settings.mail_routes:
        return SmtpEmail(renderer, _smtp(settings))
    return {name: SmtpEmail(renderer, _smtp_of(settings, name)) for name in settings.mail_routes}


def relays_of(settings: Settings, email: Email | Mapping[str, Email]) -> Mapping[str, Email]:
    """By the names of the routes; the one adapter that a host brings is every route's."""
    return email if isinstance(email, Mapping) else dict.fromkeys(settings.mail_relays, email)


def resend_email(settings: Settings, parts: Parts) -> ResendEmail:
    """What is done with an e-mail that one relay did not bring."""
    from core.use_cases.resend_email import ResendEmail

    policy, keyring = settings.renewal_policy, settings.keyring
    return ResendEmail(settings.mail_table, policy, keyring, parts.clock, parts.randomness)


def settings_for_relay(settings: Settings, name: str) -> Settings:
    """The settings as they are for this relay. Raises `SettingsRefused`."""
    return settings_with(
        settings, f"REASSORT_MAIL_ROUTES ({name})", settings.mail_routes[name].options
    )


def _renderer(settings: Settings, clock: Clock) -> EmailRenderer:
    from adapters.email.renderer import AssistanceContact, EmailRenderer, EmailSettings

    contact = AssistanceContact(
        settings.assistance_email, settings.assistance_phone, settings.hours_by_locale
    )
    return EmailRenderer(
        EmailSettings(
            sender=settings.email_sender,
            sender_name=settings.email_sender_name,
            link_template=settings.link_template,
            message_id_domain=settings.email_sender.rpartition("@")[2],
            assistance=contact,
            partner_links=settings.partner_links,
            has_portal=settings.has_portal,
        ),
        clock,
        settings.keyring,
    )


def _smtp_of(settings: Settings, name: str) -> SmtpSettings:
    with refused_at(f"REASSORT_MAIL_ROUTES ({name})"):
        return _smtp(settings_for_relay(settings, name))


def _smtp(settings: Settings) -> SmtpSettings:
    from adapters.email.smtp_connections import SmtpSecurity, SmtpSettings

    return SmtpSettings(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=SmtpSecurity(settings.smtp_security),
        bounce_address=settings.bounce_address or settings.email_sender,
        bounce_template=settings.bounce_template,
        username=settings.smtp_username or None,
        password=settings.smtp_password.get_secret_value() or None,
        ca_file=settings.smtp_ca_file,
        connections=settings.smtp_connections,
        connect_timeout=settings.smtp_timeout,
        command_timeout=settings.smtp_timeout,
        deadline=settings.email_deadline,
    )
