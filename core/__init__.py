"""The hexagon: what a password renewal is, in plain Python and the standard library only."""

DISTRIBUTION = "reassort"
"""Whose package this is: `graphql_api` looks, for others are named like this one."""
