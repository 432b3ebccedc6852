"""The command `reassort`, also as `python -m graphql_api`.

A command makes many objects while it imports, and nearly all of them stay. Python would look
through all of them for garbage after every 700, and once more at the end: a fifth of what a short
command costs. What serves sets a rhythm of its own: `graphql_api.running.serving`.
"""

import atexit
import gc

gc.set_threshold(150_000, 20, 50)  # a short command makes 100,000
atexit.register(gc.freeze)

from graphql_api.cli import main  # noqa: E402 - the imports are what it is for

if __name__ == "__main__":
    main()
