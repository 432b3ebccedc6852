-- E-mail by several relays: each relay's part in each e-mail, and how relays stand by mailbox domain.
-- was_shown: a report on it held the link.
CREATE TABLE mail_attempt (
    delivery TEXT NOT NULL,
    number INTEGER NOT NULL,
    route TEXT NOT NULL,
    domain TEXT NOT NULL,
    begun_at BIGINT NOT NULL,
    sending INTEGER NOT NULL,
    state TEXT NOT NULL,
    reference TEXT,
    reason TEXT,
    was_shown INTEGER NOT NULL DEFAULT 0,
    accepted_at BIGINT,
    changed_at BIGINT,
    PRIMARY KEY (delivery, number)
){clustered};
CREATE INDEX mail_attempt_by_acceptance ON mail_attempt (accepted_at, route, domain)
    WHERE accepted_at IS NOT NULL;

CREATE TABLE mail_verdict (
    route TEXT NOT NULL,
    domain TEXT NOT NULL,
    health TEXT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (route, domain)
){clustered};
