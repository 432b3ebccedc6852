"""The access of every field in one table, for the reference and for the tests."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema

from .caller import Access
from .rule import Rule, rule_of
from .scopes import SCOPES

_WHO = {
    Access.VOTER: "voters",
    Access.PARTNER: "partners",
    Access.DASHBOARD: "dashboards",
    Access.ROUTER: "the router",
}


def rules_of(schema: GraphQLSchema) -> Iterator[tuple[str, str, Rule]]:
    """Type, field and rule: of every field of the schema but those of introspection."""
    for name, kind in sorted(schema.type_map.items()):
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and name[:2] != "__":
            for field_name, field in kind.fields.items():
                yield name, field_name, rule_of(kind, field)


def access_table(schema: GraphQLSchema) -> str:
    """As Markdown: one line for the fields of a type that have the same rule."""
    lines = [
        "| Type | Fields | Open to | Scopes that partners and dashboards need |",
        "|---|---|---|---|",
    ]
    grouped: dict[tuple[str, Rule], list[str]] = {}
    for kind, field, rule in rules_of(schema):
        grouped.setdefault((kind, rule), []).append(f"`{field}`")
    for (kind, rule), fields in grouped.items():
        who = ", ".join(_WHO[each] for each in rule.access) or "nobody"
        scopes = ", ".join(f"`{each}`" for each in sorted(rule.scopes))
        lines.append(f"| `{kind}` | {', '.join(fields)} | {who} | {scopes} |")
    return "\n".join(lines)


def scope_table() -> str:
    rows = (f"| `{scope}` | {meaning} |" for scope, meaning in SCOPES.items())
    return "\n".join(["| Scope | Allows to |", "|---|---|", *rows])
