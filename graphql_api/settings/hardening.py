"""What a document may cost, who may ask from where, and what is told about the schema."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import Field, field_validator

from graphql_api.documents.hardening.limits import DocumentLimits

from .section import Section

_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d{1,5})?")
_MOST = DocumentLimits()


class HardeningSettings(Section):
    """The endpoint"""

    longest_document: int = Field(
        default=_MOST.length, ge=100, description="Bytes of a document (`DOCUMENT_TOO_LONG`)."
    )
    most_tokens: int = Field(
        default=_MOST.tokens,
        ge=10,
        description="Its tokens, comments included (`TOO_MANY_TOKENS`).",
    )
    longest_comments: int = Field(
        default=_MOST.comments,
        ge=0,
        description="Characters of its comments together (`COMMENTS_TOO_LONG`).",
    )
    longest_string: int = Field(
        default=_MOST.string, ge=0, description="Characters of one string (`STRING_TOO_LONG`)."
    )
    longest_name: int = Field(
        default=_MOST.name, ge=40, description="Characters of one name (`NAME_TOO_LONG`)."
    )
    longest_number: int = Field(
        default=_MOST.number, ge=1, description="Characters of one number (`NUMBER_TOO_LONG`)."
    )
    deepest_literal: int = Field(
        default=_MOST.literal_depth,
        ge=1,
        le=100,
        description="Lists and objects within each other in a value (`LITERAL_TOO_DEEP`).",
    )
    most_operations: int = Field(
        default=_MOST.operations,
        ge=1,
        description="Operations of a document (`TOO_MANY_OPERATIONS`).",
    )
    most_fragments: int = Field(
        default=_MOST.fragments, ge=0, description="Fragments of a document (`TOO_MANY_FRAGMENTS`)."
    )
    most_repeats: int = Field(
        default=_MOST.repeats,
        ge=1,
        description="Uses of one response name in a document, which validation compares with each "
        "other (`TOO_MANY_REPEATS`).",
    )
    most_directives_at_once: int = Field(
        default=_MOST.directives_at_once,
        ge=0,
        description="Directives in one place (`TOO_MANY_DIRECTIVES`).",
    )
    deepest_document: int = Field(
        default=_MOST.depth,
        ge=1,
        le=100,
        description="Fields within each other, fragments expanded, as in all that follow "
        "(`DOCUMENT_TOO_DEEP`).",
    )
    most_fields: int = Field(
        default=_MOST.fields, ge=1, description="Fields of an operation (`TOO_MANY_FIELDS`)."
    )
    most_aliases: int = Field(
        default=_MOST.aliases, ge=0, description="Aliases of an operation (`TOO_MANY_ALIASES`)."
    )
    most_directives: int = Field(
        default=_MOST.directives,
        ge=0,
        description="Directives of an operation (`TOO_MANY_DIRECTIVES`).",
    )
    highest_cost: int = Field(
        default=_MOST.cost,
        ge=1,
        description="What an operation may cost: 1 for a field, 20 for a mutation, and five times "
        "as much for what stands within a list (`DOCUMENT_TOO_COSTLY`).",
    )
    most_errors: int = Field(
        default=_MOST.errors, ge=1, description="Errors of validation that are told."
    )
    documents_remembered: int = Field(
        default=512, ge=1, description="Valid documents that a process keeps parsed."
    )
    introspection: bool = Field(
        default=False,
        description="Answer `__schema` and `__type` (otherwise `INTROSPECTION_OFF`). For trials "
        "and sandboxes; the demo does.",
    )
    trusted_documents: Path | None = Field(
        default=None,
        description="Folder of documents that may be asked for by their id; what lies in a "
        "sub-folder is of the partner of that name.",
    )
    trusted_documents_only: bool = Field(
        default=False, description="Serve no other documents (`DOCUMENT_NOT_TRUSTED`)."
    )
    cors_origins: str = Field(
        default="",
        description="Origins of other sites whose pages may ask, exactly as browsers write them, "
        "with commas between. Empty: none.",
    )

    @field_validator("cors_origins")
    @classmethod
    def _exact_origins(cls, text: str) -> str:
        if not all(_ORIGIN.fullmatch(each) for each in _split(text)):
            raise ValueError("write origins such as `https://vote.example.org`, commas between")
        return text

    @property
    def allowed_origins(self) -> frozenset[str]:
        return frozenset(_split(self.cors_origins))

    @property
    def document_limits(self) -> DocumentLimits:
        return DocumentLimits(
            length=self.longest_document,
            tokens=self.most_tokens,
            comments=self.longest_comments,
            string=self.longest_string,
            name=self.longest_name,
            number=self.longest_number,
            literal_depth=self.deepest_literal,
            operations=self.most_operations,
            fragments=self.most_fragments,
            repeats=self.most_repeats,
            directives_at_once=self.most_directives_at_once,
            depth=self.deepest_document,
            fields=self.most_fields,
            aliases=self.most_aliases,
            directives=self.most_directives,
            cost=self.highest_cost,
            errors=self.most_errors,
            introspection=self.introspection,
        )


def _split(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]
