"""Every setting, read from the environment, with what it means, and refused by name when wrong.

One file a subject: its settings, what is checked of them, and which of them the chosen adapter
needs. The page `docs/reference/settings.md` is made from these files.

`alerts`            alerts: when they are over, and whom they reach
`assistance`        the cell that helps voters
`callers`           who may call: issuers of tokens, the router, the public
`credentials`       where the new password comes into force
`credentials_http`  the credential store behind a signed call to the portal
`credentials_ldap`  the credential store in an LDAP directory, which need not be the register's
`deployment`        the settings of every subject, joined
`directory`         how LDAP directories are reached
`election`          when renewal is open, and under which rules
`email`             the e-mails: what they link to, who sends them, and through which relay
`gateway`           what the gateway serves, and to how many
`given`             settings of which nothing is read from the environment
`hardening`         what a document may cost, who may ask from where
`keycloak`          the credential store in a realm of Keycloak
`keys`              the secret keys
`logs`              what is logged, and how
`mailbox`           E-mail addresses of our own, as they are written in a setting
`monitoring`        what is watched, and who may look
`operations`        the page on which operators watch the vote
`reading`           reading the settings, and saying which are wrong
`register`          where voters are looked up
`register_ldap`     the register in an LDAP directory
`register_view`     the register as a view in the consulate's own PostgreSQL.
`retention`         for how long what has served is kept
`routes`            several ways out for an SMS: the route table, what may be spent
`section`           what the settings of every subject have in common
`security_code`     what tells people from programs
`sms`               the SMS with the password: who carries it, and under which name
`sms_providers`     the accounts with SMS providers
`storage`           the recovery store, and the folder of the files
`subgraph`          being a subgraph of a federated graph
`worker`            how jobs are worked off
"""

from .alerts import read_webhook_secrets
from .deployment import Settings
from .keys import read_keys
from .reading import SettingsRefused, read_settings, refused_at
from .section import PREFIX, Section, variable

__all__ = [
    "PREFIX",
    "Section",
    "Settings",
    "SettingsRefused",
    "read_keys",
    "read_settings",
    "read_webhook_secrets",
    "refused_at",
    "variable",
]
