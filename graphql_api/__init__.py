"""The gateway: the hexagon's use cases as GraphQL, over HTTP, and the commands that run it."""

from importlib import import_module

DISTRIBUTION = "reassort"


def _refuse_strangers() -> None:
    """Raise `ImportError` when another distribution's `core` or `adapters` stands in for ours.

    Names as plain as these are taken by others too, and of two distributions with one name the
    files mix silently.
    """
    for name in ("core", "adapters"):
        package = import_module(name)
        if getattr(package, "DISTRIBUTION", None) != DISTRIBUTION:
            place = next(iter(getattr(package, "__path__", ())), "an unknown place")
            raise ImportError(
                f"the package `{name}` found in {place} is not {DISTRIBUTION}'s: another "
                f"distribution has the same name. Install {DISTRIBUTION} in an environment of its "
                "own.",
                name=name,
            )


_refuse_strangers()
