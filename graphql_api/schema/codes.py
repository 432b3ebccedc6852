"""Every code that partners may meet, for generators and front ends: `codes.json` as delivered.

In the schema a code is a string, since new ones may join in any release; a closed enumeration would
break clients then.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

_FACTS: dict[str, Any] = {
    "type": None,
    "field": False,
    "error": False,
    "statuses": [],
    "retriable": False,
    "retryAfter": False,
}
"""What holds of a code unless its entry says otherwise."""


def codes() -> dict[str, dict[str, Any]]:
    """By code: `type`, the union member that has it, or null; `field`, whether it is one of
    `FieldProblem`; `error`, whether it stands in `errors`; `statuses`, the HTTP statuses that mean
    it, besides 200 and the 400 of GraphQL over HTTP; `retriable`, whether the same request may
    succeed later; `retryAfter`, whether the wait is told, in seconds; `meaning` for developers,
    by language."""
    text = (files("graphql_api.schema") / "codes.json").read_text("utf-8")
    return {code: _entry(said) for code, said in json.loads(text).items()}


def _entry(said: dict[str, Any]) -> dict[str, Any]:
    facts = {name: said.get(name, default) for name, default in _FACTS.items()}
    return facts | {"meaning": {"fr": said["fr"], "en": said["en"]}}


def codes_json() -> str:
    """The same, as it is printed."""
    return json.dumps(codes(), indent=2, ensure_ascii=False) + "\n"
