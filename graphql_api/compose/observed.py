"""The neighbours that a worker calls, with their failures noted."""

from __future__ import annotations

from dataclasses import replace

from adapters.observed import ObservedCredentials, ObservedEmail, ObservedRegister, ObservedSms
from core.outages import Outages

from .ports import Ports


def observed(ports: Ports, outages: Outages) -> Ports:
    """The same adapters, each behind one that notes how its calls end."""
    return replace(
        ports,
        register=ObservedRegister(ports.register, outages),
        credentials=ObservedCredentials(ports.credentials, outages),
        email=ObservedEmail(ports.email, outages),
        sms={route: ObservedSms(each, route, outages) for route, each in ports.sms.items()},
    )
