"""What the use cases need of the world: one `Protocol` a file, declared for its consumer.

Every datetime is aware and in UTC. Every method may raise the `DependencyFailure` that its
docstring names, and nothing else that is the neighbour's fault.

`alert_units`        the parts of a unit of work that alerts are found, raised and answered by
`alert_webhook`      alerts, out, to a program that takes them
`alerts`             what operators are to look at, kept for the deployment
`assistance`         the messages to the assistance cell in the store
`attempts`           the attempts at handing over SMS
`captcha`            the security code (captcha)
`clock`              the time
`clocks`             what the store knows of the time, and of the processes that live
`consumed_codes`     the security codes that were answered
`countries`          which country a phone number belongs to
`credentials`        the portal's credential store: where the new password comes into force
`daily_keys`         password keys of one day each, which are destroyed
`deliveries`         the records of messages in the store
`evidence`           what the records say of a round's passwords at a moment
`delivery_figures`   what the records say about how messages fare
`deployment_units`   the parts of a unit of work that are about the deployment itself
`email`              E-mail, out
`events`             the journal of what happened
`first_sending`      receipts of the first sending in the store, and how many voters stand how
`intake`             taking a voter's demand in: the one commit that answers wait for
`interventions`      the trace of what was done to a deployment
`jobs`               queued in the commit that causes them, worked off elsewhere
`life_cycle`         what an adapter may do besides its port: none has to
`mail_attempts`      the parts that mail relays have in e-mails, and how relays stand by domain
`lineage`            which database this is, told in it and beside it
`message_changes`    what became of a request's messages, step by step
`operator_codes`     by what an operator is known: a secret, and the codes of an app
`operators_units`    the parts of a unit of work for what operators do to single voters
`partners`           the partners with API keys, and their keys
`randomness`         chance
`reading_units`      the parts of a unit of work that reports are read from
`recovery_requests`  the recovery requests in the store, one small port for each kind of reader
`request_listing`    the requests in the store as operators look through them
`register`           the consular register: who is a voter, and how to reach them
`round_releases`     holding and releasing voting rounds, and what was destroyed then
`round_keys`         a key of each voting round's own
`round_voters`       by what voters are known in the round, as far as nobody could tell yet
`route_ledger`       what the processes know together about the routes
`sealing`            secrets of ours in the database
`sms`                SMS, out
`statistics`         what the records say of how a round's requests went
`unit_of_work`       the unit of work: everything that one step changes, in one durable commit
`unreached_voters`   the voters in the store whom nothing reaches
`voter_freezes`      which voters' renewals operators have stopped
"""
