"""What Vonage's error codes mean: of answers to a request, and of status webhooks (Vonage API
Errors, "Messages API")."""

from __future__ import annotations

import re
from typing import Any

_CODE = re.compile(r"[0-9]{4}", re.ASCII)

ABOUT_THE_NUMBER = {
    "1040": "number not recognised",
    "1050": "number barred",
    "1170": "number invalid",
    "1190": "subscriber gone",
    "1200": "ported number unreachable",
    "1240": "number opted out",
    "1250": "no route to the number",
    "1251": "no route to the number",
    "1260": "destination unreachable",
    "1280": "number blocked by the operator",
    "1300": "not part of the network",
    "1310": "phone not suitable",
    "1430": "number invalid",
    "1470": "prefix blocked by Fraud Defender",
    "1473": "blocked by Fraud Defender",
}
"""This provider will never reach this number; another might."""
ABOUT_THE_SENDER = {
    "1120": "sender ID refused",
    "1420": "sender ID refused",
    "1481": "regulation: sender",
}
"""This provider does not let the sender ID through to this country; another might."""
OTHER = {
    "1000": "throttled",
    "1010": "parameters missing",
    "1020": "parameters refused",
    "1030": "internal error",
    "1060": "account barred",
    "1070": "no credit left",
    "1080": "account not enabled",
    "1100": "communication failed",
    "1130": "validity refused",
    "1140": "not enabled for the account",
    "1150": "parameters refused",
    "1160": "number not on the account's list",
    "1180": "subscriber absent",
    "1210": "suspected of spam",
    "1220": "phone busy",
    "1230": "network trouble",
    "1241": "too many requests",
    "1270": "age restriction",
    "1282": "blocked by the provider",
    "1290": "subscriber without credit",
    "1330": "unknown to the operator",
    "1331": "provider trouble",
    "1360": "validity over",
    "1450": "reference refused",
    "1460": "daily limit reached",
    "1472": "stopped by Fraud Defender",
    "1480": "regulation: entity",
    "1482": "regulation: content",
    "1483": "regulation: consent",
    "1484": "regulation",
}
"""Load, account, settings, the moment."""
EXPIRED = "1360"


def error_code(problem: Any) -> str | None:
    """The code of an RFC 7807 problem: the fragment of `type`, else the `title`. None: there is
    none. Some webhooks hold the problem one level down."""
    if not isinstance(problem, dict):
        return None
    if isinstance(problem.get("error"), dict):
        problem = problem["error"]
    fragment = str(problem.get("type", "")).rpartition("#")[2]
    for text in (fragment, str(problem.get("title", ""))):
        if _CODE.fullmatch(text):
            return text
    return None


def meaning(code: str) -> str:
    """The code with its meaning, as it goes into records."""
    words = (ABOUT_THE_NUMBER | ABOUT_THE_SENDER | OTHER).get(code)
    return f"{code} {words}" if words else code


def names(parameter: str, problem: Any) -> bool:
    """Whether this is a parameter that was refused: `to` is the receiver, `from` the sender ID."""
    wrong: Any = problem.get("invalid_parameters") if isinstance(problem, dict) else None
    if not isinstance(wrong, list):
        return False
    return any(isinstance(each, dict) and each.get("name") == parameter for each in wrong)
