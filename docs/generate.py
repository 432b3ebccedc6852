"""Write what the documentation takes from the code, so that the two cannot part.

`make docs` runs this; `tests/docs/test_generated.py` fails when the result differs from what is in
the checkout. Whole files: the schema and the settings. Blocks between markers: the state diagram
and the messages.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from core.locale import Locale
from core.policy import PROFILES
from core.recovery_request import TRANSITIONS, State
from graphql_api.access.table import access_table, scope_table
from graphql_api.sandbox.pages import scenarios_tables
from graphql_api.schema.codes import codes_json
from graphql_api.schema.executable import build_schema, sdl
from graphql_api.schema.messages import catalogue
from graphql_api.schema.possible_types import possible_types_json
from graphql_api.settings import Settings, variable

DOCS = Path(__file__).parent
HEAD = "<!-- Written by docs/generate.py: change the code and run `make docs`. -->\n"
_KINDS = {
    SecretStr: "secret",
    str: "text",
    bool: "`true` or `false`",
    int: "whole number",
    float: "number",
    Path: "path",
    dict: "JSON object",
    tuple: "JSON list",
    frozenset: "JSON list",
}


def outputs() -> dict[Path, str]:
    """Every file that is written, or written in part, with its whole content."""
    architecture = DOCS / "architecture.md"
    errors = DOCS / "reference" / "errors.md"
    sandbox = DOCS / "reference" / "sandbox.md"
    return {
        DOCS / "schema.graphql": sdl(),
        DOCS / "possibleTypes.json": possible_types_json(),
        DOCS / "codes.json": codes_json(),
        DOCS / "reference" / "settings.md": settings_page(),
        DOCS / "reference" / "access.md": access_page(),
        architecture: _with_block(architecture, "states", state_diagram()),
        errors: _with_block(errors, "messages", message_table()),
        sandbox: _with_block(sandbox, "scenarios", scenarios_tables()),
    }


def settings_page() -> str:
    """Every setting by section, then what the named policies hold."""
    parts = [
        "# Settings\n",
        HEAD,
        "Settings come from the environment. A value that cannot be used is refused at start, by\n"
        "name and with the reason; the value itself is never repeated. An empty value counts as\n"
        "not given. `reassort doctor` looks at the whole.\n",
    ]
    for title, names in _sections():
        parts.append(f"## {title}\n")
        parts.append("| Variable | Value | Default | Meaning |\n|---|---|---|---|")
        parts.append("\n".join(_setting(name) for name in names) + "\n")
    return "\n".join([*parts, _policies()])


def access_page() -> str:
    """Who may have which field, and what the scopes are for."""
    schema = build_schema(operators=True)._schema
    return "\n".join(
        [
            "# Access\n",
            HEAD,
            "Who may have which field. *Voters* are callers without a credential, where\n"
            "`REASSORT_PUBLIC` is on. How [partners](../how-to/authenticate-partners.md) and\n"
            "[dashboards](../how-to/give-a-dashboard-access.md) show who they are.\n",
            access_table(schema) + "\n",
            "## Scopes\n",
            scope_table() + "\n",
        ]
    )


def state_diagram() -> str:
    """The allowed moves of a request, as Mermaid."""
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {State.RECEIVED}"]
    for state in State:
        following = [each for each in State if each in TRANSITIONS[state]]
        lines += [f"    {state} --> {each}" for each in following]
        if not following:
            lines.append(f"    {state} --> [*]")
    return "\n".join([*lines, "```"])


def message_table() -> str:
    """What a voter reads for each code, in every language."""
    languages = list(Locale)
    head = f"| Code | {' | '.join(each.name for each in languages)} |"
    rows = [
        f"| `{code}` | {' | '.join(catalogue(each)[code] for each in languages)} |"
        for code in catalogue(Locale.FR)
    ]
    return "\n".join([head, "|---" * (len(languages) + 1) + "|", *rows])


def _with_block(path: Path, name: str, content: str) -> str:
    """The file with the block between its markers replaced."""
    start, end = f"<!-- {name}: written by docs/generate.py -->", f"<!-- end of {name} -->"
    text = path.read_text("utf-8")
    before, found, rest = text.partition(start)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"{path.name}: the markers of the block `{name}` are missing")
    return f"{before}{start}\n\n{content}\n\n{end}{after}"


def _sections() -> Iterator[tuple[str, list[str]]]:
    """The settings under the titles that the classes of their subjects give them."""
    for section in Settings.sections():
        title = inspect.cleandoc(section.__doc__ or "").partition("\n")[0]
        yield title, list(section.model_fields)


def _setting(name: str) -> str:
    field = Settings.model_fields[name]
    meaning = (field.description or "").replace("|", "\\|")
    return f"| `{variable(name, field)}` | {_kind(field)} | {_default(field)} | {meaning} |"


def _kind(field: FieldInfo) -> str:
    annotation: Any = field.annotation
    if get_origin(annotation) is not Literal and type(None) in get_args(annotation):
        annotation = next(each for each in get_args(annotation) if each is not type(None))
    if get_origin(annotation) is Literal:
        return " or ".join(f"`{each}`" for each in get_args(annotation))
    return _KINDS[get_origin(annotation) or annotation] + _bounds(field)


def _bounds(field: FieldInfo) -> str:
    words = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    bounds = [
        f"{word} {getattr(each, name)}"
        for each in field.metadata
        for name, word in words.items()
        if hasattr(each, name)
    ]
    return ", " + ", ".join(bounds) if bounds else ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, SecretStr) or value in ("", None, (), {}, frozenset()):
        return "none"
    if isinstance(value, bool | tuple):
        value = json.dumps(value)
    return f"`{value}`"


def _policies() -> str:
    names = list(PROFILES)
    rows = [
        f"| `{each.name}` | "
        + " | ".join(_figure(getattr(PROFILES[name], each.name)) for name in names)
        + " |"
        for each in fields(PROFILES[names[0]])
    ]
    head = f"| | {' | '.join(f'`{name}`' for name in names)} |"
    lines = [
        "## What the policies hold\n",
        "`REASSORT_POLICY` names one of these sets; what each figure means stands beside it in",
        "`core/policy.py`.\n",
        head,
        "|---" * (len(names) + 1) + "|",
        *rows,
    ]
    return "\n".join(lines) + "\n"


def _figure(value: object) -> str:
    if not isinstance(value, timedelta):
        return f"`{value}`"
    minutes, seconds = divmod(int(value.total_seconds()), 60)
    if seconds or not minutes:
        return f"{int(value.total_seconds())} s"
    for unit, size in (("days", 1440), ("hours", 60)):
        if minutes % size == 0 and minutes > size:
            return f"{minutes // size} {unit}"
    return f"{minutes} min"


if __name__ == "__main__":
    for target, content in outputs().items():
        target.write_text(content, "utf-8")
