"""What a use case remembers from call to call stands in an object of its own, which says so."""

from __future__ import annotations

import pkgutil
from dataclasses import MISSING, fields, is_dataclass
from importlib import import_module

import pytest

from core import use_cases

NAMES = [each.name for each in pkgutil.iter_modules(use_cases.__path__)]
MODULES = [import_module(f"{use_cases.__name__}.{name}") for name in NAMES]
FROZEN = [
    each
    for module in MODULES
    for each in vars(module).values()
    if isinstance(each, type)
    and is_dataclass(each)
    and each.__module__ == module.__name__
    and each.__dataclass_params__.frozen
    and "__call__" in vars(each)
]


@pytest.mark.parametrize("frozen", FROZEN, ids=lambda frozen: frozen.__name__)
def test_nothing_frozen_hides_a_list_or_dictionary(frozen):
    """Who reads `frozen=True` may rely on it."""
    factories = [each.default_factory for each in fields(frozen)]
    made = [factory() for factory in factories if factory is not MISSING]
    assert not [each for each in made if isinstance(each, list | dict | set)]
