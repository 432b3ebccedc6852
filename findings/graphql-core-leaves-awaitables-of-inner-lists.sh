#!/usr/bin/env bash
# graphql-core 3.3.2 settles the awaitables of a list that an error has ended, so that Python does not
# tell of them. In a list of lists it settles those beside the faulty item, not those within the lists
# that follow: their coroutines are never awaited, and Python warns of each.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check graphql-core==3.3.2
"$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import gc
import sys
import warnings

from graphql import build_schema, execute, parse, version


async def later(value):
    await asyncio.sleep(0)
    return value


async def answered(type_, value):
    schema = build_schema(f"type Query {{ shelf: {type_} }}")
    result = execute(schema, parse("{ shelf }"), {"shelf": lambda info: value()})
    result = await result if hasattr(result, "__await__") else result
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others)
    return result.formatted["errors"][0]["message"]


def warned(type_, value):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        said = asyncio.run(answered(type_, value))
        gc.collect()
    print(f"{type_}: {said!r}; never awaited: {len(told)}")
    return len(told)


print(f"graphql-core {version}")
flat = warned("[Int!]!", lambda: ["one", later(2), later(3)])
nested = warned("[[Int!]!]!", lambda: [["one"], [later(2)], [later(3)]])
changed = (flat, nested) != (0, 2)
print("changed since this was written" if changed else "as it was when this was written")
sys.exit(changed)
PYTHON
