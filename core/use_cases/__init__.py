"""What the product does: one file a verb, in the order of the guide's screens.

1. `issue_security_code`   the four digits of screens 2 and 5
2. `request_renewal`       screen 2 -> 3
3. `send_link`             (worker) decides, and queues the e-mail of screen 4
4. `deliver_email`         (worker) hands an e-mail to the relay
5. `import_first_sending`   for operators: a provider's report of the first sending
`inspect_link`          screen 5 opens: is the link still good?
6. `confirm_renewal`       screen 5 -> 6
7. `issue_password`        (worker) the password comes into force and goes out by SMS
8. `contact_assistance`    the help icon
9. `purge_expired`         (worker) tidies up

`answer_alerts`          for operators: an alert is acknowledged, or resolved
`assign_rounds`          worker: to which rounds do requests of the release before belong?
`compose_email`          what an e-mail says and to whom
`conclude_sms`           what is recorded of an SMS: handed over, reported on, given up
`consume_security_code`  A security code is used up by its first answer, right or wrong
`count_identifiers`      wrong identifiers are counted by link and by network
`destroy_password_keys`  every process, at intervals: keys of past days go
`destroy_rounds`         worker: what belongs to released rounds alone is deleted after the term
`dispatch_email`         hand an e-mail to a relay: choose the route, send
`dispatch_sms`           hand an SMS to a route: choose, record the attempt, send
`end_link`               the end of a link whose e-mail failed: part of the step that learns of it
`end_overdue`            worker, at intervals: no password is left half issued
`fail_over`              an SMS whose receipt is bad, or overdue, goes out again by the next route
`follow_restore`         for operators: a backup was put back; nothing that was used is used again
`fold_evidence`          worker, every few seconds: what changes left for the shares is summed up
`fold_figures`           worker, every few seconds: what changes left for the figures is summed up
`freeze_voters`          for operators: one voter's renewals are stopped, and go on again
`hand_over_password`     the heart of issuing a password
`keep_operators`         for operators: who may release voting rounds, and proves it by a code
`keep_partners`          for operators: partners and their API keys are made, renewed and ended
`keep_round_keys`        by what voters are known in one round, and how that is kept
`keep_to_caps`           caps on SMS: what would break one waits, and an operator is told once
`know_round_voters`      worker: by what are voters known whom nobody could tell in the round?
`list_rounds`            for operators: which voting rounds there are, and how they stand
`list_unreached`         for consulates: the NUMICs of voters unreached, named by two persons
`look_at_requests`       for operators: what happened to a request, and which requests there are
`look_at_unreached`      for operators: which voters of a round are unreached
`note_interventions`     for operators: what was done to a deployment leaves a trace
`note_unread_report`     A mail server reports on an e-mail, and nobody can tell on which, or why
`raise_alerts`           one record for a deployment of what processes find, and who is told
`record_bounce`          A mail server reports that an e-mail did not arrive, or that it did
`record_receipt`         A receipt came in: what became of an SMS that a route had
`release_rounds`         for operators: voting rounds are held, and released by two persons
`give_first_sending`     for bureaus: what became of the first sending, as far as it was reported
`give_evidence`          for bureaus and judges: which share had arrived at a moment
`fold_statistics`        worker: how far requests have come is counted anew where it changed
`give_statistics`        for operators: how a round's requests went, by up to two axes
`report_deliveries`      for operators: how messages fare now, and how many voters are unreached
`requeue_jobs`           for operators: jobs that were given up are tried again from the start
`resend_email`           an e-mail that one relay did not bring goes by the next, or ends
`reset_clock_mark`       for operators: a clock that was ahead is right again
`send_alert`             worker: somebody is told of an alert, by e-mail or webhook
`settle_receipts`        worker: receipts whose reference can be read in more than one way
`show_voter`             for operators: what happened to one voter's requests; the look is kept
`watch_alerts`           every process, every few seconds: what are operators to look at?
`watch_clock`            every process, every few seconds: may it believe its own clock?
`watch_deliveries`       worker, every few seconds: do messages arrive, everywhere?
`watch_lineage`          every process, every few seconds: is this the database last seen?
`watch_neighbours`       every process, every few seconds: which neighbours have been down?
`watch_links`            worker, at intervals: are the links that each relay carries taken?
`watch_receipts`         worker, every few seconds: does what routes report tie to our SMS?
`watch_routes`           worker, every few seconds: does each route deliver in each country?
`watch_workers`          gateway, every few seconds: does a worker live?
"""
