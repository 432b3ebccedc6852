"""A simulated election as a demo: its settings, its folder, and what it says at its start."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from core.errors import CannotProceed
from graphql_api.compose import Heading, LivingElection, live, read_election
from graphql_api.demo_issuer.address import AUDIENCE, CLIENT, Address
from graphql_api.demo_issuer.issuer import TOKEN_LIFE
from graphql_api.demo_issuer.roles import CLAIM, GRANTS
from graphql_api.settings import Settings
from graphql_api.settings.given import GivenSettings

from .demo import kept_key

_SPEC, _DATABASE = "election.json", "recovery.sqlite3"
WELCOME = """\
The election: {title}. It is {now:%-d %B %Y, %H:%M} there, in Paris;
renewals have been open since {opened:%H:%M}, {passes}. SMS go by
route {first} first, then by {others}.

Open the operators' page and sign in as whoever you like. Ctrl-C ends the demo.

  GraphQL     {base}/graphql
  Terminal    {command} deliveries --demo {folder}
  Operations  {base}/operations
"""


@dataclass(frozen=True)
class Spec:
    """What another process needs to look at a demo: which election, how many seconds pass in one,
    since when by the real clock. A folder that has it is an election's."""

    election: str
    speed: float
    since: datetime | None = None
    """None: it has not begun yet."""

    def keep(self, folder: Path) -> None:
        (folder / _SPEC).write_bytes(orjson.dumps(asdict(self)))

    @classmethod
    def of(cls, folder: Path) -> Spec:
        """Raises `CannotProceed` for a folder in which there is none."""
        try:
            kept = orjson.loads((folder / _SPEC).read_bytes())
        except OSError:
            raise CannotProceed(
                f"{folder} holds no simulated election: `reassort demo --election` names its own"
            ) from None
        since = kept["since"] and datetime.fromisoformat(kept["since"])
        return cls(kept["election"], kept["speed"], since)


def begin_anew(folder: Path) -> None:
    """Make the folder if it is missing; an election that was shown in it before is forgotten.
    Raises `CannotProceed` for a folder that holds a database of anything else."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (folder / _SPEC).exists() and (folder / _DATABASE).exists():
        raise CannotProceed(f"{folder} holds a database already: an election wants a new folder")
    for ending in ("", "-wal", "-shm"):
        (folder / f"{_DATABASE}{ending}").unlink(missing_ok=True)


def living_settings(folder: Path, base_url: str, heading: Heading) -> Settings:
    """The settings of an election over this folder. What the environment says is not respected:
    nothing that was made up gets to what is a deployment's."""
    issuer = Address(base_url)
    routes = {
        name: {"gateway": "inbox", "cost": {"*": cost}, "receipt_within": within}
        for name, (cost, within) in heading.routes.items()
    }
    held = {"id": heading.round, "opens_at": heading.opens_at, "closes_at": heading.closes_at}
    given: dict[str, Any] = {
        "keys": kept_key(folder),
        "data_dir": folder,
        "voting_rounds": [held],
        "register_kind": "sqlite",
        "credentials": "sqlite",
        "email": "inbox",
        "sms": "inbox",
        "sms_routes": routes,
        "public": False,
        "issuers": [_believed(issuer)],
        "smallest_cell": 5,  # nobody is recognised: nobody is
        "operations": True,
        "operations_issuer": issuer.issuer,
        "operations_client_id": CLIENT,
        "operations_scopes": "openid",
        "introspection": True,
        "network_limit": "",
        "overall_limit": "",
        "log_format": "pretty",
        "log_level": "ERROR",
    }
    return GivenSettings(**given)


def _believed(issuer: Address) -> dict[str, object]:
    """The demo's own, as the list of issuers has one."""
    return {
        "issuer": issuer.issuer,
        "audience": AUDIENCE,
        "jwks_uri": issuer.keys,
        "kind": "dashboard",
        "algorithms": ["ES256"],
        "scope_claim": CLAIM,
        "grants": GRANTS,
        "longest_life": int(TOKEN_LIFE.total_seconds()),
    }


def look_at(folder: Path) -> LivingElection:
    """The election that another process keeps in this folder. Raises `CannotProceed`."""
    spec = Spec.of(folder)
    if spec.since is None:
        raise CannotProceed(f"the election in {folder} has not begun yet: ask again in a moment")
    recorded = read_election(spec.election)
    settings = living_settings(folder, "http://127.0.0.1:8000", recorded.heading)
    return live(settings, recorded, spec.speed, spec.since)
