"""The documents that callers send: `reading` parses, examines and remembers them, `hardening`
limits what they may cost, `trusted` serves those that operators have registered, which
`trusted_files` reads.
"""
