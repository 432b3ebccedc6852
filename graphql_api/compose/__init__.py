"""The composition: the only package that knows adapters. From `Settings` to an `Application`.

Every dependency is an argument of a constructor in one of these files, one a subject; a test or a
host builds the same with other adapters, or passes its own through `Ports`.
"""

from .application import Application, compose
from .ports import Ports, choose_ports
from .register import ImportFailed, ImportReport, load_register
from .storage import MoveFailed, Store, move_database, prepare_database

__all__ = [
    "Application",
    "ImportFailed",
    "ImportReport",
    "MoveFailed",
    "Ports",
    "Store",
    "choose_ports",
    "compose",
    "load_register",
    "move_database",
    "prepare_database",
]
