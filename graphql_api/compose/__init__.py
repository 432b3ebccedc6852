"""The composition: the only package that knows adapters. From `Settings` to an `Application`.

Every dependency is an argument of a constructor in one of these files, one a subject; a test or a
host builds the same with other adapters, or passes its own through `Ports`.

What this package gives is imported when it is asked for, and an adapter when the settings name it:
a command, or a bounce that a mail server pipes in, does not wait for what it does not use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .application import Application, compose, compose_on_demand
    from .outcomes import ImportFailed, ImportReport, MoveFailed
    from .ports import Ports, choose_ports
    from .register import load_register
    from .storage import Store, move_database, prepare_database

__all__ = [
    "Application",
    "ImportFailed",
    "ImportReport",
    "MoveFailed",
    "Ports",
    "Store",
    "choose_ports",
    "compose",
    "compose_on_demand",
    "load_register",
    "move_database",
    "prepare_database",
]

_MODULES = {
    "application": ("Application", "compose", "compose_on_demand"),
    "outcomes": ("ImportFailed", "ImportReport", "MoveFailed"),
    "ports": ("Ports", "choose_ports"),
    "register": ("load_register",),
    "storage": ("Store", "move_database", "prepare_database"),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
