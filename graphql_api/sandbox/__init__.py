"""The sandbox: the gateway itself, in memory, deterministic, with voters for every outcome (R41).

For partners' own contract tests. Nothing in it is a canned answer: the use cases are those of a
deployment, and what seldom happens is brought about by its neighbours (`adapters/sandbox`).
"""
