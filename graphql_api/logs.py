"""The released path of `graphql_api.running.logs`, for hosts."""

from graphql_api.running.logs import configure_logs

__all__ = ["configure_logs"]
