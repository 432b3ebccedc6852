"""A package's first lines are its sign: they name everything in it."""

from __future__ import annotations

import pkgutil
import re
from importlib import import_module

import pytest

SIGNED = ["adapters.store"]


@pytest.mark.parametrize("name", SIGNED)
def test_a_package_names_all_that_is_in_it(name):
    """And nothing that is not: whoever adds or moves a module changes the sign."""
    package = import_module(name)
    named = {
        word.removesuffix(".py")
        for word in re.findall(r"`([a-z_0-9]+(?:\.py)?)`", package.__doc__ or "")
    }
    assert named == {each.name for each in pkgutil.iter_modules(package.__path__)}
