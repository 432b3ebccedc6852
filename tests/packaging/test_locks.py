"""The locks install with every pip that a Python of ours brings, today and in a year."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import distribution, distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.txt", "requirements-test.txt")


def locked(lock: str) -> dict[str, Requirement]:
    """What a lock pins, by its name."""
    lines = re.findall(r"^\w.*?(?= \\$)", (ROOT / lock).read_text("utf-8"), re.MULTILINE)
    pins = [Requirement(line) for line in lines]
    return {
        canonicalize_name(pin.name): pin
        for pin in pins
        if pin.marker is None or pin.marker.evaluate()
    }


def wanted(names: set[str]) -> Iterator[tuple[str, Requirement]]:
    """What these packages ask for, here and with their extras left alone: who asks, and what."""
    for name in names & {canonicalize_name(each.name) for each in distributions()}:
        for line in distribution(name).requires or ():
            asked = Requirement(line)
            if asked.marker is None or asked.marker.evaluate({"extra": ""}):
                yield name, asked


@pytest.mark.parametrize("lock", LOCKS)
def test_extras_stay(lock: str) -> None:
    """An extra that a package asks for stands in the lock. Otherwise pip before 23.3 (Debian 12 has
    23.0) takes the bare pin for something else, looks for the newest release, and ends for want of
    its hash."""
    pins = locked(lock)
    asked = {*wanted({*pins, "reassort"})}
    bare = [
        f"{who} asks for {each}"
        for who, each in asked
        if not each.extras <= pins[canonicalize_name(each.name)].extras
    ]
    assert bare == []
    assert {each.name for _, each in asked if each.extras} >= {"pyjwt"}


@pytest.mark.parametrize("lock", LOCKS)
def test_whole(lock: str) -> None:
    """Every package is pinned to one release, with hashes, and so is all that it asks for. No
    address of an index is written down: which one is asked is each machine's business."""
    pins, text = locked(lock), (ROOT / lock).read_text("utf-8")
    asked = wanted({*pins, "reassort"})
    assert [each for _, each in asked if canonicalize_name(each.name) not in pins] == []
    assert {tuple(each.operator for each in pin.specifier) for pin in pins.values()} == {("==",)}
    assert all("--hash=sha256:" in entry for entry in re.split(r"^(?=\w)", text, flags=re.M)[1:])
    assert "://" not in text
    assert "index" not in text


def test_the_deployments_lock_has_the_extras() -> None:
    """What the documentation says of LDAP and Valkey works after the locked installation: nothing
    is added to it without a hash."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    extras = tomllib.loads(text)["project"]["optional-dependencies"].values()
    asked = {canonicalize_name(Requirement(each).name) for extra in extras for each in extra}
    assert asked >= {"ldap3", "valkey"}
    assert asked - locked("requirements.txt").keys() == set()
    pages = "".join(page.read_text("utf-8") for page in (ROOT / "docs").rglob("*.md"))
    assert not re.search(r"pip install ['\"]?reassort", pages)
