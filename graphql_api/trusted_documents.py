"""The released path of `graphql_api.documents.trusted`, for hosts."""

from graphql_api.documents.trusted import DocumentUse, TrustedDocuments

__all__ = ["DocumentUse", "TrustedDocuments"]
