"""The sandbox: the gateway itself, in memory, deterministic, with voters for every outcome (R41).

For partners' own contract tests. Nothing in it is a canned answer: the use cases are those of a
deployment, and what seldom happens is brought about by its neighbours (`adapters/sandbox`).

`app`            the sandbox as an ASGI app: every room's gateway, and `/dev/...` to steer it
`guard`          who may steer a sandbox: this machine's programs and pages
`pages`          the scenarios as JSON, as a page to look at, and as Markdown for the docs
`process`        A sandbox in a process of its own, and what a test run asks of it
`pytest_plugin`  A pytest fixture for partners: a sandbox of its own for the test run
`room`           one sandbox of its own, with its data, its clock and its limits
`rooms`          the rooms of one sandbox, by the header `X-Sandbox`
`states`         provider states of consumer contracts (Pact): how the sandbox gets to each of them
`ways`           what any voter of the sandbox can bring about, and how
"""
