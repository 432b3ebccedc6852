"""Processes, and whether they are fit to run: `serving` one, `supervision` of several, the `demo`
with a `fresh_key`; `doctor` and `fitness` say what is wrong with a deployment, `logs` is how
processes log.
"""
