"""The README's promises: two commands, and nothing that one machine would not have."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path


def test_the_two_commands_are_targets_of_the_makefile(read_page, root: Path) -> None:
    """`make demo` and `make test` are all that a newcomer has to type, and both exist."""
    typed = [block.text.strip() for block in read_page("README.md").blocks]
    assert typed == ["make demo", "make test"]
    makefile = (root / "Makefile").read_text("utf-8")
    targets = re.findall(r"^([a-z]+):", makefile, re.MULTILINE)
    assert {command.removeprefix("make ") for command in typed} <= set(targets)
    recipe = makefile.partition("\ndemo:")[2].partition("\n\n")[0]
    assert "reassort demo" in recipe


def test_version_and_python_are_those_of_the_project(read_page, root: Path) -> None:
    """README, changelog and security policy speak of this version."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    readme, version = read_page("README.md").text, project["version"]
    assert f"version {version}" in readme
    assert f"## {version}" in read_page("CHANGELOG.md").text
    assert f"| {version.rpartition('.')[0]} | yes |" in read_page("SECURITY.md").text
    assert f"Python {project['requires-python'].removeprefix('>=')} or later" in readme


def test_units_leave_no_image_of_their_memory(read_page) -> None:
    """R20: A12: each unit of the deployment page keeps keys and passwords out of core files."""
    page = read_page("docs/how-to/deploy-on-one-machine.md")
    units = [
        each.text for each in page.blocks if "ExecStart=" in each.text and "Restart=" in each.text
    ]
    assert len(units) == 2
    assert all("\nLimitCORE=0\n" in each for each in units)


def test_pages_speak_of_no_machine_or_person(page) -> None:
    """Sample data only: example.org addresses, fictitious telephone numbers, plain paths."""
    addresses = re.findall(r"[\w.-]+@([\w.-]+\.[a-z]+)", page.text)
    assert {host for host in addresses if not host.endswith("example.org")} == set()
    numbers = re.findall(r"\+33[ \d]{9,}", page.text)
    assert all(number.replace(" ", "").startswith("+33639980") for number in numbers)
    assert not re.search(r"/(?:home|root|tmp)/", page.text)
