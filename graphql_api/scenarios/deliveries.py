"""Sample voters whose messages have a fate: part of the `table`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from core.delivery import DeliveryState

from .scenario import Scenario, Trouble


def _texted(
    name: str, numic: str, what: str, fate: DeliveryState, phone: str, unreached: str
) -> Scenario:
    """The renewal succeeds; what becomes of the SMS is another matter."""
    return Scenario(
        name, numic, what, sms=fate.value, sms_fate=fate, phone=phone, unreached=unreached
    )


def _mailed(
    name: str, numic: str, what: str, email: str, fate: DeliveryState, unreached: str = ""
) -> Scenario:
    """The e-mail with the link has a fate of its own, and so has the notice after the renewal."""
    sent = fate not in (DeliveryState.QUEUED, DeliveryState.FAILED)
    confirm, sms = ("PasswordRenewed", "delivered") if sent else ("", "")
    return Scenario(
        *(name, numic, what),
        email=email,
        confirm=confirm,
        sms=sms,
        phone="+33639980020",
        email_fate=fate,
        unreached=unreached,
    )


def _held(name: str, numic: str, what: str, cause: str, phone: str = "", **why: Any) -> Scenario:
    """The renewal succeeds, and something keeps the SMS from its routes."""
    phone = phone or "+33639980060"
    unreached = f"waiting: {cause}"
    return Scenario(name, numic, what, sms="", phone=phone, unreached=unreached, **why)


DELIVERIES = (
    _texted(
        "sms-queued",
        "00040001",
        "No gateway takes the SMS yet. After six hours it is `expired`.",
        DeliveryState.QUEUED,
        "+5491155550001",
        "waiting: NO_ROUTE",
    ),
    _texted(
        "sms-accepted",
        "00040002",
        "A gateway has the SMS and reports nothing.",
        DeliveryState.ACCEPTED,
        "+33639980040",
        "receiptsNotExpected",
    ),
    _texted(
        "sms-failed",
        "00040003",
        "The operator refuses the SMS. An e-mail says that no password could be sent.",
        DeliveryState.FAILED,
        "+33639980041",
        "lost: REFUSED",
    ),
    _texted(
        "sms-expired",
        "00040004",
        "The SMS is taken and no receipt comes in time.",
        DeliveryState.EXPIRED,
        "+33639980042",
        "lost: NO_RECEIPT",
    ),
    _mailed(
        "email-queued",
        "00050001",
        "The voter's mail server takes no e-mail yet. After six hours it is `expired`.",
        "link: queued",
        DeliveryState.QUEUED,
    ),
    _mailed(
        "email-failed",
        "00050002",
        "The e-mail comes back.",
        "link: failed",
        DeliveryState.FAILED,
        "links: LINK_BOUNCED",
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
    Scenario(
        "email-late",
        "00050005",
        "The mail server keeps the e-mail for an hour, and says so. By then the link has run out.",
        confirm="",
        sms="",
        phone="+33639980022",
        late=True,
        unreached="links: LINK_DEFERRED",
    ),
    Scenario(
        "undecided",
        "00060001",
        "The register does not answer for two hours: until then nobody decides on the request.",
        email="",
        confirm="",
        sms="",
        phone="+33639980061",
        undecided_for=timedelta(hours=2),
        unreached="links: LINK_UNDECIDED",
    ),
    _held(
        "untried",
        "00060002",
        "No worker comes to the confirmed renewal. After six hours it is given up, as below.",
        "UNTRIED",
        at_issue=Trouble.NO_WORKER,
    ),
    _held(
        "register-down",
        "00060003",
        "The register does not answer any more once the renewal is confirmed.",
        "REGISTER",
        at_issue=Trouble.UNAVAILABLE,
    ),
    _held(
        "key-missing",
        "00060004",
        "The key with which the password would be made is not there.",
        "KEY",
        at_issue=Trouble.NO_KEY,
    ),
    _held(
        "credentials-down",
        "00060005",
        "The portal's credential store does not answer.",
        "CREDENTIALS",
        at_issue=Trouble.NO_CREDENTIALS,
    ),
    _held(
        "cap",
        "00060006",
        "The SMS would cost more than all SMS of a day may.",
        "CAP",
        "+33639982060",
    ),
    _held(
        "pace",
        "00060007",
        "The SMS has a place in its route's pace: two hours later it is sent, and delivered.",
        "PACE",
        "+33639981060",
    ),
)
