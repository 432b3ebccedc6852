"""What an operation asks access to, worked out once for each document, and who is refused it.

Aliases, fragments and interfaces hide nothing: each field is taken at every type that it may turn
out to be of. A field that `@skip` or `@include` may leave out is demanded all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
)

from core.errors import DomainError

from .caller import Access, Caller
from .rule import Rule, rule_of

Path = tuple[str, ...]


class Unauthenticated(DomainError):
    """The field is for callers who say who they are."""

    code = "UNAUTHENTICATED"

    def __init__(self) -> None:
        super().__init__("Authenticate to ask for this field.")


class Forbidden(DomainError):
    """The field is not for this caller, or its scopes do not reach that far."""

    code = "FORBIDDEN"

    def __init__(self) -> None:
        super().__init__("This field is not open to you.")


class SecretInUrl(DomainError):
    """What the operation is given would stand in a URL, hence in histories and in logs."""

    code = "SECRET_IN_URL"

    def __init__(self) -> None:
        super().__init__("What this operation is given may be a secret: send it by POST.")


@dataclass(frozen=True)
class Demands:
    """For one operation: each rule that it has to pass, and where it meets it first."""

    paths: Mapping[Rule, Path]

    @property
    def hold_a_secret(self) -> bool:
        """Whether a field is asked for whose arguments must not stand in a URL."""
        return any(rule.is_secret for rule in self.paths)

    @cached_property
    def admit_voters(self) -> bool:
        """Whether every rule admits a voter's browser."""
        return all(Access.VOTER in rule.access for rule in self.paths)

    def refusals(self, caller: Caller) -> list[GraphQLError]:
        """One error for each access that `caller` lacks, with the path that was met first: whether
        what a field is given may stand in a URL makes no other access of it."""
        if caller.is_voter and self.admit_voters:
            return []
        lacking: dict[tuple[Access, frozenset[str]], Path] = {}
        for rule, path in self.paths.items():
            if not rule.admits(caller):
                lacking.setdefault((rule.access, rule.scopes), path)
        return [_refusal(path, caller) for path in lacking.values()]


def refusal_for(caller: Caller) -> DomainError:
    return Forbidden() if caller.is_known else Unauthenticated()


def demands_of(schema: GraphQLSchema, document: DocumentNode) -> dict[str | None, Demands]:
    """By the name of each operation of a document that is valid."""
    fragments = {
        each.name.value: each
        for each in document.definitions
        if isinstance(each, FragmentDefinitionNode)
    }
    return {
        each.name.value if each.name else None: Demands(_Walk(schema, fragments).of(each))
        for each in document.definitions
        if isinstance(each, OperationDefinitionNode)
    }


@dataclass
class _Walk:
    """Through one operation. Each fragment is entered once: its fields are of its own type, so
    that the rules are the same wherever it is spread."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    found: dict[Rule, Path] = field(default_factory=dict)
    entered: set[str] = field(default_factory=set)

    def of(self, operation: OperationDefinitionNode) -> dict[Rule, Path]:
        root = self.schema.get_root_type(operation.operation)
        self._enter(operation.selection_set, root, ())
        return self.found

    def _enter(
        self, selected: SelectionSetNode | None, kind: GraphQLNamedType | None, path: Path
    ) -> None:
        for each in selected.selections if selected else ():
            if isinstance(each, FieldNode):
                self._take(each, kind, path)
            elif isinstance(each, InlineFragmentNode):
                condition = each.type_condition
                inner = self.schema.get_type(condition.name.value) if condition else kind
                self._enter(each.selection_set, inner, path)
            elif isinstance(each, FragmentSpreadNode):
                self._spread(each.name.value, path)

    def _spread(self, name: str, path: Path) -> None:
        if name not in self.entered:
            self.entered.add(name)
            fragment = self.fragments[name]
            kind = self.schema.get_type(fragment.type_condition.name.value)
            self._enter(fragment.selection_set, kind, path)

    def _take(self, node: FieldNode, kind: GraphQLNamedType | None, path: Path) -> None:
        name = node.name.value
        if name.startswith("__") or not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            return
        here = (*path, node.alias.value if node.alias else name)
        for rule in self._rules(kind, name):
            self.found.setdefault(rule, here)
        self._enter(node.selection_set, get_named_type(kind.fields[name].type), here)

    def _rules(self, kind: GraphQLObjectType | GraphQLInterfaceType, name: str) -> Iterator[Rule]:
        kinds: Iterable[GraphQLObjectType | GraphQLInterfaceType] = (kind,)
        if isinstance(kind, GraphQLInterfaceType):
            kinds = (kind, *self.schema.get_possible_types(kind))
        return (rule_of(each, each.fields[name]) for each in kinds)


def _refusal(path: Path, caller: Caller) -> GraphQLError:
    refusal = refusal_for(caller)
    return GraphQLError(str(refusal), path=list(path), original_error=refusal)
