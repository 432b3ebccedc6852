"""A renewal as the tutorial does it, over HTTP and with nothing but Python.

    python3 tests/trials/first_renewal.py http://127.0.0.1:8000

Prints the SMS with the new password. The demo must be a new one: a voter is not written to twice
within two minutes.
"""

from __future__ import annotations

import json
import re
import sys
import time
from urllib.request import Request, urlopen

PATIENCE_SECONDS = 60
REQUEST = """mutation ($input: RequestPasswordRenewalInput!) {
  requestPasswordRenewal(input: $input) { __typename }
}"""
CONFIRM = """mutation ($input: ConfirmPasswordRenewalInput!) {
  confirmPasswordRenewal(input: $input) { __typename }
}"""
CODE = "mutation ($input: IssueSecurityCodeInput!) { issueSecurityCode(input: $input) { id } }"


class Voter:
    """Camille Martin of the sample register, in front of a demo."""

    def __init__(self, base: str) -> None:
        self.base = base

    def renew(self) -> str:
        """The text of the SMS. Raises `SystemExit` when the renewal does not get that far."""
        form = {"numic": "12345", "email": "camille.martin@example.org"}
        self._send(REQUEST, form | self._code("REQUEST"), "RenewalRequested")
        token = re.search(r"#token=([\w-]+)", self._awaited("emails", "#token="))
        form = {"token": token and token[1], "identifier": "K7WPQ2M4XN9B"}
        self._send(CONFIRM, form | self._code("CONFIRM"), "PasswordRenewed")
        return self._awaited("sms", "mot de passe")

    def _send(self, document: str, form: dict, outcome: str) -> None:
        answer = self._ask(document, form)["__typename"]
        if answer != outcome:
            raise SystemExit(f"{answer} instead of {outcome}")

    def _code(self, step: str) -> dict:
        id = self._ask(CODE, {"step": step})["id"]
        return {"securityCode": {"id": id, "answer": self._inbox()["securityCodes"][id]}}

    def _ask(self, document: str, form: dict) -> dict:
        """The answer of the single field."""
        body = json.dumps({"query": document, "variables": {"input": form}}).encode()
        json_in = {"content-type": "application/json"}
        with urlopen(Request(f"{self.base}/graphql", body, json_in)) as answer:
            (field,) = json.load(answer)["data"].values()
        return field

    def _awaited(self, kind: str, words: str) -> str:
        ends = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < ends:
            for message in self._inbox()[kind]:
                if words in message["text"]:
                    return message["text"]
            time.sleep(0.2)
        raise SystemExit(f"no {kind} with {words} within {PATIENCE_SECONDS} s")

    def _inbox(self) -> dict:
        with urlopen(f"{self.base}/dev/inbox.json") as answer:
            return json.load(answer)


if __name__ == "__main__":
    print(Voter(sys.argv[1].rstrip("/")).renew())
