"""The client that ariadne-codegen makes. Argument: the sandbox's address. Prints how many outcomes
were as the table says."""

import sys

from consulat.client import Client
from consulat.enums import Locale
from consulat.exceptions import GraphQLClientGraphQLMultiError, GraphQLClientHttpError
from consulat.input_types import ConfirmPasswordRenewalInput, RequestPasswordRenewalInput
from table import play


class WithAriadneCodegen:
    def __init__(self, base: str) -> None:
        self.client = Client(f"{base}/graphql")

    def ask(self, form):
        asked = self.client.ask(RequestPasswordRenewalInput(**form))
        return asked.request_password_renewal.model_dump(by_alias=True)

    def look(self, token):
        looked = self.client.look(token, Locale.EN)
        return looked.renewal_link.model_dump(by_alias=True)

    def confirm(self, form):
        confirmed = self.client.confirm(ConfirmPasswordRenewalInput(**form))
        return confirmed.confirm_password_renewal.model_dump(by_alias=True)

    def outcome(self, error):
        if isinstance(error, GraphQLClientGraphQLMultiError):
            return error.errors[0].extensions["code"]
        if isinstance(error, GraphQLClientHttpError):
            return f"HTTP {error.status_code}"
        return None


if __name__ == "__main__":
    print(play(sys.argv[1], WithAriadneCodegen(sys.argv[1])))
