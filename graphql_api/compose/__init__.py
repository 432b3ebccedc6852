"""The composition: the only package that knows adapters. From `Settings` to an `Application`.

Every dependency is an argument of a constructor in one of these files, one a subject; a test or a
host builds the same with other adapters, or passes its own through `Ports`.

What this package gives is imported when it is asked for, and an adapter when the settings name it:
a command, or a bounce that a mail server pipes in, does not wait for what it does not use.

`access`           who calls: by tokens of the issuers, by the keys of partners from the store
`alerts`           what is watched for operators, and whom an alert reaches
`application`      what a process serves and works off
`bounces`          where they come from, and what reads and records them
`captcha`          security codes, and the proof of work that stands beside and in for them
`commands`         the use cases that commands run: they stand on the store, and on little else
`connections`      what the register and the credential store are reached through
`credentials`      the credential store
`directories`      the LDAP directories: the register's, and that of the credential store
`email`            E-mail: how it is worded, and who carries it
`first_sending`    what providers report of the first sending, as files
`gateway`          what voters' requests are answered with: the use cases of the gateway
`issuers`          the issuers whose JWTs are believed, with their keys over HTTP.
`jobs`             the queue as workers and operators see it, and what wakes idle workers
`key_keeper`       what destroys the keys of past days, in every process that has some
`limits`           how often callers may call, and where that is counted
`living`           a simulated election that goes on while one looks, for the demo
`observed`         the neighbours that a worker calls, with their failures noted
`operators`        who may release voting rounds
`outcomes`         how an import of the register and a move to PostgreSQL end
`parts`            what adapters are built from, besides their settings
`password_keys`    the password keys: of the ring, or of one day each in a file
`ports`            the adapters of one process
`receipt_address`  the address that a provider is to report to
`register`         the register, and how it is made from a file
`round_keys`       by what voters are known in one round
`route_options`    the settings as they are on one route of a table
`routes`           the SMS routes: the table and the rules from the settings
`sandbox`          one room of the sandbox: the application over neighbours in memory
`sms`              the routes of the settings, what carries them, and what reads their receipts
`sms_providers`    the SMS providers: how each is built and, at the end, one row for each
`started_with`     which keys and routes a process is started with
`storage`          the recovery store
`watches`          what a process looks after beside its work: clock, database, neighbours, workers
`worker`           what works off the jobs: the use cases behind the gateway
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .application import Application, compose, compose_on_demand
    from .captcha import make_security_code_stock
    from .first_sending import opened_report
    from .living import Heading, LivingElection, election_names, live, read_election
    from .outcomes import ImportFailed, ImportReport, MoveFailed
    from .password_keys import make_password_key_file
    from .ports import Ports, choose_ports
    from .register import load_register
    from .storage import Store, move_database, prepare_database

__all__ = [
    "Application",
    "Heading",
    "ImportFailed",
    "ImportReport",
    "LivingElection",
    "MoveFailed",
    "Ports",
    "Store",
    "choose_ports",
    "compose",
    "compose_on_demand",
    "election_names",
    "live",
    "load_register",
    "make_password_key_file",
    "make_security_code_stock",
    "move_database",
    "opened_report",
    "prepare_database",
    "read_election",
]

_MODULES = {
    "application": ("Application", "compose", "compose_on_demand"),
    "captcha": ("make_security_code_stock",),
    "first_sending": ("opened_report",),
    "living": ("Heading", "LivingElection", "election_names", "live", "read_election"),
    "outcomes": ("ImportFailed", "ImportReport", "MoveFailed"),
    "password_keys": ("make_password_key_file",),
    "ports": ("Ports", "choose_ports"),
    "register": ("load_register",),
    "storage": ("Store", "move_database", "prepare_database"),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
