"""The gateway: the hexagon's use cases as GraphQL, over HTTP, and the commands that run it.

`access`             who calls, and what they may have: partners, dashboards, voters, the router
`app`                the ASGI application: `/graphql`, health, and in trials the inbox
`bureau`             the report on a round: for the bureau of the vote, and for judges
`cli`                the command `reassort`: its groups of commands are in the files beside this one
`compose`            the composition: the only package that knows adapters
`demo_issuer`        where people sign in to a demo, as whatever they choose
`documents`          the documents that callers send
`gateway`            the released path of `graphql_api.schema.call`, for hosts
`logs`               the released path of `graphql_api.running.logs`, for hosts
`operations_page`    what operators look at during the vote: one static page
`over_http`          GraphQL over HTTP: what is taken, what is answered
`plans`              what of an operation is the same each time it is run, worked out once
`plugin`             for hosts: the gateway's app below a path, or its types in a Strawberry schema
`portal`             the reference front end: the guide's six screens as static files
`running`            processes, and whether they are fit to run
`sandbox`            the sandbox: the gateway itself, in memory, deterministic
`scenarios`          what can happen in a sandbox
`schema`             the schema: what may be asked, what is answered, and how an operation is run
`settings`           every setting, read from the environment, with what it means
`strawberry_inside`  what we use of Strawberry that it does not promise
`subgraph`           the gateway as a Federation 2 subgraph
`trusted_documents`  the released path of `graphql_api.documents.trusted`, for hosts
"""

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
