"""Sample voters whose messages have a fate: part of the `table`."""

from __future__ import annotations

from core.delivery import DeliveryState

from .scenario import Scenario


def _texted(
    name: str, numic: str, what: str, sms: str, fate: DeliveryState, phone: str
) -> Scenario:
    """The renewal succeeds; what becomes of the SMS is another matter."""
    return Scenario(name, numic, what, sms=sms, sms_fate=fate, phone=phone)


def _mailed(name: str, numic: str, what: str, email: str, fate: DeliveryState) -> Scenario:
    """The e-mail with the link has a fate of its own, and so has the notice after the renewal."""
    sent = fate not in (DeliveryState.QUEUED, DeliveryState.FAILED)
    after = ("PasswordRenewed", "delivered") if sent else ("", "")
    return Scenario(
        name, numic, what, "RenewalRequested", email, *after, "+33639980020", email_fate=fate
    )


DELIVERIES = (
    _texted(
        "sms-queued",
        "00040001",
        "No gateway takes the SMS yet. After six hours it is `expired`.",
        "queued",
        DeliveryState.QUEUED,
        "+5491155550001",
    ),
    _texted(
        "sms-accepted",
        "00040002",
        "A gateway has the SMS and reports nothing.",
        "accepted",
        DeliveryState.ACCEPTED,
        "+33639980040",
    ),
    _texted(
        "sms-failed",
        "00040003",
        "The operator refuses the SMS. An e-mail says that no password could be sent.",
        "failed",
        DeliveryState.FAILED,
        "+33639980041",
    ),
    _texted(
        "sms-expired",
        "00040004",
        "The SMS is taken and no receipt comes in time.",
        "expired",
        DeliveryState.EXPIRED,
        "+33639980042",
    ),
    _mailed(
        "email-queued",
        "00050001",
        "The voter's mail server takes no e-mail yet. After six hours it is `expired`.",
        "link: queued",
        DeliveryState.QUEUED,
    ),
    _mailed(
        "email-failed", "00050002", "The e-mail comes back.", "link: failed", DeliveryState.FAILED
    ),
    Scenario(
        "email-rerouted",
        "00050004",
        "The e-mail comes back with the link in it: that link opens nothing, and another relay "
        "brings another.",
        phone="+33639980021",
        returned=True,
    ),
    _mailed(
        "email-delivered",
        "00050003",
        "The voter's mail server reports that it has the e-mail.",
        "link: delivered",
        DeliveryState.DELIVERED,
    ),
)
