"""The endpoint of a deployment, as its settings have it."""

from __future__ import annotations

from graphql_api.gateway import Gateway
from graphql_api.schema import build_schema
from graphql_api.settings import Settings
from graphql_api.trusted_documents import TrustedDocuments

from .endpoint import GraphQLEndpoint


def build_endpoint(settings: Settings, gateway: Gateway) -> GraphQLEndpoint:
    """The endpoint with its schema. Raises `DocumentsRefused` for a trusted document that is
    broken."""
    schema = build_schema(settings.documents_remembered, settings.document_limits)
    only, folder = settings.trusted_documents_only, settings.trusted_documents
    trusted = None
    if folder is not None or only or settings.portal:
        trusted = TrustedDocuments(schema.read_anew, folder, only, settings.portal)
    return GraphQLEndpoint(schema, gateway, trusted)
