"""Processes, and whether they are fit to run: `serving` one, `supervision` of several, the `demo`
with a `fresh_key`; `doctor` and `fitness` say what is wrong with a deployment, `logs` is how
processes log.

`last_import`  what `reassort doctor` says of the last import: its counts, once more
"""
