"""The command `reassort`, also as `python -m graphql_api`.

A command makes many objects while it imports, and nearly all of them stay. Python would look
through all of them for garbage after every 700: a seventh of what a short command costs.
"""

import gc

gc.set_threshold(20_000, 20, 50)

from graphql_api.cli import main  # noqa: E402 - the imports are what it is for

if __name__ == "__main__":
    main()
