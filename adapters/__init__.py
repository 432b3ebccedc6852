"""Adapters: the technical side of the ports of the domain.

`alert_webhook`       alerts to the operators' webhook, signed as Standard Webhooks has it
`captcha`             the security code: its picture and its sound
`connections`         how neighbours are reached: PostgreSQL , HTTP, LDAP
`countries`           which country a number belongs to
`credentials`         the portal's credential store: our own, or a neighbour's
`email`               E-mail, out, and what mail servers report of it
`inbox`               where the demo and the sandbox keep what they would have sent
`jobs`                the queue in the database, and the worker that works it off
`journal`             the journal of events, as structured log lines
`last_sighting`       what this machine remembers of its database
`move_to_postgresql`  from the embedded database to PostgreSQL, in one go
`numbering`           telephone numbers: how they are written, whose they are, what became of them
`observed`            neighbours whose failures are noted
`password_keys`       password keys of one day each, in a file
`operator_codes`      codes of operators (RFC 6238)
`register`            the consular register: our own copy, or a neighbour's
`replay`              elections that were simulated, brought into a database as they happened
`sandbox`             the neighbours of the sandbox
`sealing`             secrets of ours in the database, sealed under the keys of the ring
`sending_reports`     what providers report of the first sending, as files
`shared_counters`     counters of limits that several processes share, in Valkey
`sms`                 SMS, out, and what providers report of it
`store`               where recovery requests, deliveries, consumed codes and jobs are kept
`system`              the real clock and the real chance
`trial`               clocks that are set or run faster, and chance that repeats itself
"""

DISTRIBUTION = "reassort"
"""Whose package this is: `graphql_api` looks, for others are named like this one."""
