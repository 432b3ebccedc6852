"""The pages on plugging in say what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from graphql_api import plugin
from graphql_api.schema.executable import build_schema

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "how-to"
HOSTS = Path(__file__).parent / "hosts"
EXAMPLES = {
    "mount-in-a-host.md": "starlette_host.py",
    "merge-into-a-schema.md": "merged_plain.py",
}


@pytest.mark.parametrize(("page", "host"), EXAMPLES.items())
def test_examples_are_those_that_run(page, host):
    """R39: every piece of Python on a page stands in the host that the tests run."""
    pieces = re.findall(r"^```python\n(.*?)^```$", (PAGES / page).read_text(), re.M | re.S)
    assert pieces
    for piece in pieces:
        assert piece in (HOSTS / host).read_text()


def test_routers_are_told_what_runs():
    """R39: every piece of JavaScript stands in a router that the tests run, indented or not."""
    page = (PAGES / "plug-in-as-a-subgraph.md").read_text()
    pieces = re.findall(r"^```js\n(.*?)^```$", page, re.M | re.S)
    files = [_flat(each.read_text()) for each in HOSTS.parent.glob("*_router.js")]
    assert len(pieces) >= 3
    assert [piece for piece in pieces if not any(_flat(piece) in each for each in files)] == []


def _flat(text):
    return "\n".join(line.strip() for line in text.splitlines())


def test_every_name_that_joins_a_graph_is_listed():
    """R39: enums and inputs of one name merge without a word, so that hosts must know ours."""
    page = (PAGES / "plug-in-as-a-subgraph.md").read_text()
    section = page.partition("## Names that join your graph")[2].partition("There is no prefix")[0]
    lists = section.replace("Fields of `Query`", "").replace("Fields of `Mutation`", "")
    listed = re.findall(r"`(\w+)`", lists)
    assert len(listed) == len(set(listed))
    schema = build_schema()._schema
    roots = {**schema.query_type.fields, **schema.mutation_type.fields}
    builtin = {"Boolean", "Float", "ID", "Int", "Mutation", "Query", "String"}
    types = {name for name in schema.type_map if not name.startswith("__")} - builtin
    assert set(listed) == types | set(roots)


def test_every_part_is_described():
    """R39: what hosts may import is on the page."""
    page = (PAGES / "merge-into-a-schema.md").read_text()
    mounting = {"Mounted", "mount"}
    kinds = {"Protections", "SCALAR_MAP"}
    for name in set(plugin.__all__) - mounting - kinds:
        assert re.search(rf"\b{name}\b", page), name
