"""Processes, and whether they are fit to run: `serving` one, `supervision` of several, the `demo`
with a `fresh_key`; `doctor` and `fitness` say what is wrong with a deployment, `logs` is how
processes log.

`partners_known`  what `doctor` says of the ways by which partners are known
`round_keys_sealed`  what it says of the voting rounds' own keys
`rounds_kept`  what it says of voting rounds that are kept
`in_clear`  what it says of what leaves the machine unencrypted; `agreement`  of clock, counts,
modes and limits
`neighbours_down` what it says of neighbours that fail
`workers_living`  what it says of workers; `alerts_told`  of alerts
`voters_frozen`  what it says of voters whose renewals are stopped
`operators_sign_in`  what it says of the operators' page
`relays`  what it says of each mail relay
`finding`  one thing that `doctor` looked at; `exposure`  what is open to strangers
`electorates`  what it says of whose the voting rounds are
`key_file`  what `reassort doctor` says of the password keys; `keys_lost`  of requests whose key has
left the ring
`living`  a simulated election as a demo
`last_import`  what `reassort doctor` says of the last import: its counts, once more
`bounds`  what connections may take; `uvicorn_inside`  what holds them to it; `waiting`  those on
whose callers a server waits; `whole_answers`  an answer that is written at once
`turning_away`  a connection that refuses what there is no place for as soon as its head has come
"""
