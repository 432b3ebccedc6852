"""Adapters: the technical side of the ports of the domain."""

DISTRIBUTION = "reassort"
"""Whose package this is: `graphql_api` looks, for others are named like this one."""
