"""The command that says where a provider is to report to."""

from __future__ import annotations

from typing import Annotated

import typer

from .deployment import deployed_settings


def show_receipt_address(
    route: Annotated[str, typer.Argument(help="The SMS route, such as ovh.")],
    receipts: Annotated[
        str, typer.Option(help="Our public address: https://vote.example.org/receipts.")
    ],
) -> None:
    """Print the secret address for a provider that signs nothing (OVHcloud)."""
    from graphql_api.compose.receipt_address import receipt_address

    typer.echo(receipt_address(deployed_settings(), route, receipts))
