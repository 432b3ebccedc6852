"""A document that is not run, whatever it means."""

from __future__ import annotations

from collections.abc import Collection

from graphql import GraphQLError, Node


class DocumentRefused(GraphQLError):
    """The message and the code are ours, and hold nothing that stood in the document."""

    def __init__(self, code: str, message: str, nodes: Collection[Node] = ()) -> None:
        super().__init__(message, nodes=list(nodes) or None)
        self.code = code


def demand(what: str, code: str, found: int, most: int, *nodes: Node) -> None:
    """Raises `DocumentRefused`, naming the limit, when `found` is more than `most`."""
    if found > most:
        raise DocumentRefused(code, f"{what}: {found} of at most {most}", nodes)
