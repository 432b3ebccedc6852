"""Run a command of reassort as another release's: `release.py VERSION -P -m graphql_api serve ...`.

It is this checkout's code, but for the schema that it calls its own: VERSION is written over
`SCHEMA_VERSION` before anything reads it. A version of which there is no file yet takes its
migration from the folder `TRIAL_MIGRATIONS`. Children of `serve --processes` are started by
`TRIAL_INSTALLED`, so that they are of the release that is installed by then.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from adapters.store import migrations


def become(version: int) -> None:
    if version > migrations.SCHEMA_VERSION:
        migrations.folder = lambda: Path(os.environ["TRIAL_MIGRATIONS"])
    migrations.SCHEMA_VERSION = version
    sys.executable = os.environ["TRIAL_INSTALLED"]


if __name__ == "__main__":
    become(int(sys.argv[1]))
    sys.argv[1:] = sys.argv[sys.argv.index("graphql_api") + 1 :]

    from graphql_api.cli import main

    main()
