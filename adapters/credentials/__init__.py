"""The portal's credential store: argon2id hashes in SQLite or in memory.

`hashing`          argon2id, off the event loop, and no more of it at once than the machine can bear
`http`             credential store behind a signed call to the portal
`keycloak`         credential store in Keycloak: the password by which the portal's users sign in
`keycloak_api`     the few calls of Keycloak's admin REST interface that a new password takes
`keycloak_refusals`  what Keycloak means by the answers that are no success: a table
`ldap`             credential store in an LDAP directory (extra `ldap`)
`ldap_active_directory`  putting a password into an Active Directory, with its mark
`ldap_entry`       one voter's entry, as it is seen by anyone who puts a password
`ldap_hash`        putting our argon2id hash: with its mark, in one modification
`ldap_locks`       whether a voter's entry is locked: then no password opens it
`ldap_minimum_age`  from when on a password that is too young may be changed
`ldap_objections`  why a directory cannot be a credential store, as far as it says so of itself
`ldap_password`    putting a password by an operation of its own, between two marks
`ldap_refusals`    what a directory means when it refuses a new password
`ldap_settings`    what the credential store in an LDAP directory is told
`ldap_trial`       passwords for the entry that is nobody's
`mark`             what foreign systems are given to remember
`memory`           credential store in memory: for tests and demonstrations
`one_at_a_time`    within one process, one password of a voter is put after the other
`postgres`         credential store in PostgreSQL, shared by any number of machines
`rank`             how foreign systems are told which of two passwords is the later one
`signature`        the signature by which the portal knows a call from the gateway
`sqlite`           credential store in an SQLite file
"""
