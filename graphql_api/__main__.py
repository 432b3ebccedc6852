"""`python -m graphql_api` is the command `reassort`."""

from graphql_api.cli import main

main()
