"""Elections that were simulated, brought into a database as they happened.

What is in `elections/` is made up: `python -m tests.simulation.timeline_data` writes it. It is for
the demo, never beside real voters.

`recorded`  a recorded election: what it was, and each change of a row
`replay`    brings in what has happened by now
`rows`      the rows, with what was not recorded since it depends on keys or on chance
"""
