"""gql. Argument: the sandbox's address. Prints how many outcomes were as the table says."""

import sys

from gql import Client, gql
from gql.transport.exceptions import TransportQueryError, TransportServerError
from gql.transport.httpx import HTTPXTransport
from operations import ASK, CONFIRM, LOOK
from table import play


class WithGql:
    def __init__(self, base: str) -> None:
        self.client = Client(transport=HTTPXTransport(url=f"{base}/graphql"))

    def call(self, operation, **variables):
        request = gql(operation)
        request.variable_values = variables
        (answer,) = self.client.execute(request).values()
        return answer

    def ask(self, form):
        return self.call(ASK, input=form)

    def look(self, token):
        return self.call(LOOK, token=token)

    def confirm(self, form):
        return self.call(CONFIRM, input=form)

    def outcome(self, error):
        if isinstance(error, TransportQueryError):
            return error.errors[0]["extensions"]["code"]
        if isinstance(error, TransportServerError):
            return f"HTTP {error.code}"
        return None


if __name__ == "__main__":
    print(play(sys.argv[1], WithGql(sys.argv[1])))
