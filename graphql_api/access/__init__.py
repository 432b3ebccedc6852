"""Who calls, and what they may have: partners, dashboards, voters, the router (R40).

Access is declared beside each field (`rule`) and enforced in this process before anything is
resolved (`demands`), whatever a router in front does; `table` shows all of it. `authentication`
says who a `caller` is, by `tokens` of an `issuer` with its `key_set`, or by `api_keys`; `refusal`
says why not, `scopes` are what it was granted. `client_network` is where a request comes from,
`voter_address` for whom a partner's does, `limits` how often it may, counted in `windows`;
`refusals` are counted and told.
"""
