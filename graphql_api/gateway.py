"""The released path of `graphql_api.schema.call`, for hosts whose context holds a `Call`."""

from graphql_api.schema.call import Call

__all__ = ["Call"]
