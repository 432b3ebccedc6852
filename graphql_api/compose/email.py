"""E-mail: how it is worded, and who carries it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql_api.settings import Settings

from .parts import Parts

if TYPE_CHECKING:
    from adapters.email.renderer import EmailRenderer
    from adapters.email.smtp_connections import SmtpSettings
    from core.ports.clock import Clock
    from core.ports.email import Email


def choose_email(settings: Settings, parts: Parts) -> Email:
    renderer = _renderer(settings, parts.clock)
    if settings.email == "inbox" and parts.inbox is not None:
        from adapters.email.inbox import InboxEmail

        return InboxEmail(renderer, parts.inbox)
    from adapters.email.smtp import SmtpEmail

    return SmtpEmail(renderer, _smtp(settings))


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
