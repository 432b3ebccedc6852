"""The demo: everything in one process and one folder, with a sample register. No server needed."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path

from graphql_api.compose import load_register, prepare_database
from graphql_api.settings import Settings, read_settings

from .fresh_key import new_key

ROUND = "demo"
"""Id of the sample voting round, open from yesterday for a month."""

STEPS = """\
From a terminal, for the sample voter 00012345 (the answers to security codes are in the inbox):

  curl -s {base}/graphql -H 'content-type: application/json' \\
    -d '{{"query":"mutation {{ issueSecurityCode(input: {{step: REQUEST}}) {{ id }} }}"}}'

  curl -s {base}/graphql -H 'content-type: application/json' \\
    -d '{{"query":"mutation {{ requestPasswordRenewal(input: {{numic: \\"12345\\", email: \
\\"camille.martin@example.org\\", securityCode: {{id: \\"ID\\", answer: \\"ANSWER\\"}}}}) \
{{ __typename ... on RenewalRequested {{ message }} ... on Problem {{ code message }} }} }}"}}'

  curl -s {base}/dev/inbox.json

The rest, to the new password, is in docs/tutorial.md. A voter is not written to twice within two
minutes. Ctrl-C ends the demo.

  GraphQL  {base}/graphql
  Inbox    {base}/dev/inbox
  Portal   {base}/
"""


def demo_settings(folder: Path, base_url: str) -> Settings:
    """The demo's settings over a folder, which is made if missing; its key is kept there.

    `DATABASE_URL` and every other setting of the environment that the demo does not fix are
    respected.
    """
    now = datetime.now(UTC)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return read_settings(
        keys=kept_key(folder),
        data_dir=folder,
        voting_rounds=[
            {
                "id": ROUND,
                "opens_at": now - timedelta(days=1),
                "closes_at": now + timedelta(days=30),
            }
        ],
        register_kind="sqlite",
        credentials="sqlite",
        email="inbox",
        sms="inbox",
        dev_inbox=True,
        portal=True,
        introspection=True,
        network_limit="",
        overall_limit="",
        assistance_address_limit="",
        assistance_mailbox_limit="",
        assistance_phone="+33 1 99 00 00 00",
        assistance_hours={
            "fr": "du lundi au vendredi, de 9 h à 18 h (heure de Paris)",
            "en": "Monday to Friday, 9:00 to 18:00 (Paris time)",
        },
        link_template=f"{base_url}/renouveler#token={{token}}",
        log_format="pretty",
        log_level="WARNING",
    )


def prepare_demo(settings: Settings) -> None:
    """Make the database and, in a new folder, import the sample register."""
    prepare_database(settings)
    if not settings.register_file.exists():
        with as_file(files("graphql_api").joinpath("sample_register.csv")) as sample:
            load_register(settings, sample, settings.data_dir / "sample-report.csv")


def kept_key(folder: Path) -> str:
    """The secret key that lies in the folder, made if missing."""
    path = folder / "keys"
    if not path.exists():
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "w", encoding="ascii") as stream:
            stream.write(new_key())
    return path.read_text("ascii").strip()
