"""How the house is built, in figures: of a checkout, or of two side by side. By hand:

    .venv/bin/python -m tests.trials.house_figures PATH [PATH ...]

Prints for each path: files and lines of the three packages, loose files in `graphql_api`, sibling
packages that import each other, the rooms that one setting enters, and the files that mention one
SMS provider. `git worktree add ../before eb3c96a` gives a path to compare with.

A *room* is a module. A setting enters those that name it, those that are being run when the
composition reads it, and those that are then handed its value. Each path's code is run with this
Python, in a process of its own, on settings that lead nowhere.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import grimp

PACKAGES = ("core", "adapters", "graphql_api")
PROVIDER = "vonage"
SETTINGS = {
    "smtp_timeout": ("19.25", {}),
    "kannel_url": ("http://127.0.0.1:9/walked", {}),
    "keycloak_realm": (
        "walked",
        {
            "REASSORT_CREDENTIALS": "keycloak",
            "REASSORT_KEYCLOAK_URL": "https://sso.example.org",
            "REASSORT_KEYCLOAK_CLIENT_ID": "reassort",
            "REASSORT_KEYCLOAK_CLIENT_SECRET": "made up",
        },
    ),
}
"""Settings to walk with: a value that nothing else has, and what it needs beside it."""
MINIMAL = {
    "REASSORT_KEYS": "2027:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY",
    "REASSORT_KANNEL_USERNAME": "reassort",
    "REASSORT_KANNEL_PASSWORD": "made-up",
}
_WALK = """
import dataclasses, json, sys
tree, name, value = sys.argv[1:]
sys.path.insert(0, tree)
from graphql_api.settings import Settings, read_settings
from graphql_api.compose import compose

rooms = set()

def ours(frame):
    while frame:
        module = frame.f_globals.get("__name__", "")
        if module.partition(".")[0] in ("core", "adapters", "graphql_api"):
            yield module
        frame = frame.f_back

def holds(held, deep=True):
    if isinstance(held, (str, float)):
        return str(held) == value
    if deep and dataclasses.is_dataclass(held) and not isinstance(held, type):
        return any(holds(each, False) for each in vars(held).values()) if hasattr(
            held, "__dict__") else False
    return False

def watch(frame, event, result):
    if event == "return" and any(map(holds, [*frame.f_locals.values(), result])):
        rooms.update(list(ours(frame))[:1])

def read(self, attribute):
    if attribute == name:
        rooms.update(ours(sys._getframe(1)))
    return object.__getattribute__(self, attribute)

compose(read_settings())  # what is imported late is now there
Settings.__getattribute__ = read
sys.setprofile(watch)
compose(read_settings())
sys.setprofile(None)
print(json.dumps(sorted(rooms)))
"""


def main(paths: list[str]) -> None:
    for path in paths:
        tree = Path(path).resolve()
        print(f"{tree}")
        for what, figure in figures(tree):
            print(f"  {what}: {figure}")


def figures(tree: Path) -> Iterator[tuple[str, object]]:
    """What is counted of one checkout, with its figure."""
    sources = [each for package in PACKAGES for each in (tree / package).rglob("*.py")]
    yield "files of the three packages", len(sources)
    yield "lines of the three packages", sum(len(_text(each).splitlines()) for each in sources)
    loose = [each for each in (tree / "graphql_api").glob("*.py") if each.name[0] != "_"]
    yield "loose files in graphql_api", len(loose)
    loops = list(_sibling_loops(tree))
    yield "pairs of siblings that import each other", len(loops)
    for each in loops:
        yield "  loop", each
    for name, (value, beside) in SETTINGS.items():
        rooms = sorted(_rooms(tree, sources, name, value, beside))
        yield f"rooms that {name} enters", f"{len(rooms)}: {', '.join(rooms)}"
    mentioning = sorted(_mentioning(tree, PROVIDER))
    yield f"files that mention {PROVIDER}", f"{len(mentioning)}: {', '.join(mentioning)}"
    inside = [each for each in mentioning if each.partition("/")[0] in PACKAGES]
    yield "  of them in the three packages", len(inside)


def _sibling_loops(tree: Path) -> Iterator[str]:
    """Pairs below one parent of which each imports the other, itself or what is in it."""
    sys.path.insert(0, str(tree))
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    sys.path.remove(str(tree))
    parents = {each.rpartition(".")[0] for each in graph.modules if "." in each}
    for parent in sorted(parents):
        children = sorted(graph.find_children(parent))
        for place, one in enumerate(children):
            for other in children[place + 1 :]:
                there = graph.direct_import_exists(importer=one, imported=other, as_packages=True)
                back = graph.direct_import_exists(importer=other, imported=one, as_packages=True)
                if there and back:
                    yield f"{one} and {other}"


def _rooms(
    tree: Path, sources: list[Path], name: str, value: str, beside: dict[str, str]
) -> set[str]:
    word = re.compile(rf"\b{name}\b")
    named = {_module(tree, each) for each in sources if word.search(_text(each))}
    with tempfile.TemporaryDirectory() as folder:
        given = {f"REASSORT_{name.upper()}": value, "REASSORT_DATA_DIR": folder}
        walked = subprocess.run(
            [sys.executable, "-P", "-c", _WALK, str(tree), name, value],
            env=MINIMAL | beside | given,
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
    return named | set(json.loads(walked.stdout))


def _module(tree: Path, source: Path) -> str:
    return ".".join(source.relative_to(tree).with_suffix("").parts).removesuffix(".__init__")


def _mentioning(tree: Path, word: str) -> Iterator[str]:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=tree, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        path = tree / name
        if path.suffix in {".py", ".md", ".toml"} and word in _text(path).lower():
            yield name


def _text(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""


if __name__ == "__main__":
    main(sys.argv[1:] or ["."])
