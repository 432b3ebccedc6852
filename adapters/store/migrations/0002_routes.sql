-- SMS by several routes. What each process knows of them is shared here: their pace, their cost,
-- their health.

ALTER TABLE delivery ADD COLUMN destination TEXT;
ALTER TABLE delivery ADD COLUMN operator TEXT;
ALTER TABLE delivery ADD COLUMN accepted_at BIGINT;
-- until now nothing came after the acceptance
UPDATE delivery SET accepted_at = changed_at WHERE state = 'accepted';

CREATE TABLE attempt (
    delivery TEXT NOT NULL,
    number INTEGER NOT NULL,
    route TEXT NOT NULL,
    country TEXT NOT NULL,
    cost BIGINT NOT NULL,
    begun_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    receipt_due_at BIGINT,
    reference TEXT,
    operator TEXT,
    reason TEXT,
    changed_at BIGINT,
    PRIMARY KEY (delivery, number)
){clustered};
CREATE INDEX attempt_by_reference ON attempt (route, reference) WHERE reference IS NOT NULL;
-- all that a tally reads: it is taken every few seconds
CREATE INDEX attempt_by_beginning
    ON attempt (begun_at, route, country, state, receipt_due_at, changed_at);

CREATE TABLE early_receipt (
    id {serial},
    route TEXT NOT NULL,
    state TEXT NOT NULL,
    at BIGINT NOT NULL,
    attempt TEXT,
    reference TEXT,
    operator TEXT,
    reason TEXT,
    held_at BIGINT NOT NULL
);
-- one that is repeated is held once
CREATE UNIQUE INDEX early_receipt_once
    ON early_receipt (route, state, coalesce(attempt, ''), coalesce(reference, ''));
CREATE INDEX early_receipt_by_attempt ON early_receipt (attempt) WHERE attempt IS NOT NULL;
CREATE INDEX early_receipt_by_reference ON early_receipt (route, reference)
    WHERE reference IS NOT NULL;
CREATE INDEX early_receipt_by_age ON early_receipt (held_at);

-- A token bucket as the moment at which it is full again.
CREATE TABLE route_pace (
    route TEXT PRIMARY KEY,
    free_at BIGINT NOT NULL
){clustered};

-- SMS within the hour or day that ends then: `scope` is day, country (an hour's) or prefix (an
-- hour's), `place` the country or prefix, `cost` in millionths.
CREATE TABLE sms_count (
    ends_at BIGINT NOT NULL,
    scope TEXT NOT NULL,
    place TEXT NOT NULL,
    messages BIGINT NOT NULL,
    cost BIGINT NOT NULL,
    PRIMARY KEY (ends_at, scope, place)
){clustered};

CREATE TABLE route_verdict (
    route TEXT NOT NULL,
    country TEXT NOT NULL,
    health TEXT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (route, country)
){clustered};
