"""A whole renewal with the generated client, against the sandbox whose address is given."""

import re
import sys

import httpx
from consulat.client import Client
from consulat.enums import Locale, RenewalStep
from consulat.input_types import (
    ConfirmPasswordRenewalInput,
    RequestPasswordRenewalInput,
    SecurityCodeAnswer,
)

base = sys.argv[1]
client = Client(f"{base}/graphql")


def security_code(step: RenewalStep) -> SecurityCodeAnswer:
    issued = client.ask_for_code(step).issue_security_code
    return SecurityCodeAnswer(id=issued.id, answer="1234")


asked = client.ask(
    RequestPasswordRenewalInput(
        numic="00010001",
        email="renewed@sandbox.example.org",
        securityCode=security_code(RenewalStep.REQUEST),
        locale=Locale.EN,
    )
).request_password_renewal
print(asked.typename__)

emails = httpx.get(f"{base}/dev/inbox.json").json()["emails"]
token = re.search(r"token=([\w-]+)", emails[0]["text"])[1]
print("usable", client.look(token, Locale.EN).renewal_link.usable)

confirmed = client.confirm(
    ConfirmPasswordRenewalInput(
        token=token,
        identifier="K7WPQ2M4XN9B",
        securityCode=security_code(RenewalStep.CONFIRM),
        locale=Locale.EN,
    )
).confirm_password_renewal
print(confirmed.typename__)
