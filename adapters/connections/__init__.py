"""How neighbours are reached: PostgreSQL (`postgres`; `postgres_hosts` finds the server that takes
writes, `postgres_session` sets a session up, `postgres_at_hand` keeps it from one use to the next,
`postgres_tables` makes tables), HTTP (`http` makes the client, `http_exchange` its connections,
`guarded_http` holds it to a deadline and a size), LDAP (`directory`, `directory_settings`,
`directory_search`, `directory_root`).
"""
