"""The hexagon: what a password renewal is, in plain Python and the standard library only.

`alert`             what operators are to look at: its states, and when it turns
`alert_conditions`  what is found in the records that may be an alert
`alert_notice`      who is told what of an alert, and when
`alert_words`       what an alert says to people, in each language, and where they find help
`alerts_heard`      events of one process that are alerts, until they are stored
`assistance`        a voter's message to the assistance cell (« cellule d'assistance », R1)
`attempt`           one handing-over of one SMS to one route
`background`        work that goes on beside everything else, until it is told to end
`census`            the voters of a register counted by voting round
`chance`            whether it can be chance that so few messages arrive
`circuit`           circuit breaker: leave a neighbour that is down alone
`day_keys`          keys of one day each: a ratchet, of which only later days can be derived
`code_price`        the price of a security code: a computation, done while the voter types
`clock_check`       whether a process may believe its own clock
`delivery`          the record of one e-mail or SMS, from the commit that causes it to its end
`delivery_figures`  how many messages arrive: by country, route, operator and mailbox domain
`electorate`        for whom a voting round is held: constituencies and consular posts
`errors`            what the domain refuses, what it cannot reach, and what operators are told
`events`            what happened, in the past tense: for the journal, dashboards and hosts
`evidence`          what can be proven of a round's passwords at a moment
`first_sending`     receipts of the sending before the round, which is not ours
`identifiers`       ids of our own rows: in the order of time, and random, so that none is guessed
`intervention`      what somebody did to a deployment, kept as a trace
`jobs`              work that a commit leaves to be done, and what may be known about it
`keys`              secret keys: a list, newest first; the newest signs, all of them verify
`link_code`         the code of a link: its token in letters that people can read, copy and type
`link_shares`       whether the links that a mail route carries to a mailbox domain are taken
`lineage`           whether a database is the one last seen, or a backup of it
`locale`            the languages in which a voter is spoken to
`mail_attempt`      one route's part in one e-mail, from the first handing-over to its end
`mail_routes`       which relay carries an e-mail: the order by mailbox domain, and the choice
`message_change`    one step of one message, kept when the message's own row goes on
`message_history`   the changes of a message, with those that release 0.2.0 did not keep
`messages`          what is said to voters, and by which channel it may be said
`moments`           a moment as voters read it: in one form, by the clock of Paris
`one_time_link`     the address that an e-mail carries, good for one renewal
`outage`            a neighbour that does nothing but fail; what the deployment knows of it
`outages`           neighbours that do nothing but fail, as one process finds them
`passages`          the way of a request: steps, how long each took, and many ways counted
`partner`           who builds front ends for us, under which name, with which scopes and keys
`partner_signature`  a partner's word, by a browser, that a page is the partner's
`password_issuer`   from a random seed to the voter's new password
`password_keys`     what makes a password of a seed, together with it
`policy`            how strict a renewal is: lifetimes, quotas, shapes
`ports`             what the use cases need of the world
`quotas`            how often one voter is written to, and renews: every rule, and the decision
`reasons`           why a request was dismissed, or a link ended before its time
`receipt_refusals`  why something that came in as a receipt is not taken
`receipt_ties`      which attempt a receipt reports on
`receipts`          what a gateway, a provider or a mail server reports of one message, later
`recovery_request`  one voter's demand for a new password, from the form to the SMS.
`request_listing`   the requests that an operator looks for, and what a list tells of each
`retention`         for how long what has served is kept, as far as no voting round holds it
`round_keys`        by what a voter is known in the figures of one voting round
`round_release`     a voting round is held until two persons release it
`route_health`      whether a route delivers in a country: a rate over a window, with hysteresis
`routes`            which route carries an SMS: the route table, and the choice among its routes
`rows_deleted`      what was deleted without anyone asking, counted by kind
`security_code`     the security code (captcha): four digits that a person reads or hears
`sending_import`    what an import of such receipts returns, and when a file is too bad
`shares`            how much of a budget that many need one of them may use up
`spending`          caps on what SMS may go where, and on what they may cost: against SMS pumping
`statistics`        the funnel of a round's requests: steps reached, and how long each took
`timeline`          what happened to one request, in the order in which it happened
`timeline_words`    the lines of a timeline as people read them, in each language
`trace`             what stays of an operator's act: who ordered it, and why
`typed_text`        what keyboards and clipboards send, made plain
`unreached`         why a voter is not reached: one cause each
`unreached_voters`  such voters one by one, as operators look through them
`use_cases`         what the product does: one file a verb, in the order of the guide's screens
`voter`             who asks: the values by which a voter is known, forgiving in what they accept
`voter_freeze`      an operator's order that one voter's password is not renewed for now
`voter_history`     what happened lately to one voter: what quotas are counted from
`voting_round`      the calendar: renewal opens and closes with the voting round
`web_address`       addresses of the web: what may go in clear, and what may not
`workers_seen`      which workers live, by the heartbeats that they leave in the store
"""

DISTRIBUTION = "reassort"
"""Whose package this is: `graphql_api` looks, for others are named like this one."""
