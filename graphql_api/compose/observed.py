"""The neighbours that a worker calls, with their failures noted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from adapters.observed import ObservedCredentials, ObservedEmail, ObservedRegister, ObservedSms
from core.outages import Outages
from core.ports.email import Email

from .ports import Ports


def observed(ports: Ports, outages: Outages) -> Ports:
    """The same adapters, each behind one that notes how its calls end."""
    return replace(
        ports,
        register=ObservedRegister(ports.register, outages),
        credentials=ObservedCredentials(ports.credentials, outages),
        email=_email(ports.email, outages),
        sms={route: ObservedSms(each, route, outages) for route, each in ports.sms.items()},
    )


def _email(
    email: Email | Mapping[str, Email], outages: Outages
) -> ObservedEmail | dict[str, ObservedEmail]:
    if not isinstance(email, Mapping):
        return ObservedEmail(email, outages)
    return {route: ObservedEmail(each, outages, f"relay {route}") for route, each in email.items()}
