-- Shares of a round at a moment, kept up to date (`adapters/store/evidence.py`). Whoever confirms a
-- renewal, or learns the end of its SMS, leaves a row in evidence_due in the same commit (by the
-- triggers: a process of the release before does, too): what is counted of this request may be
-- another now. A worker works it out from what is kept, and adds what is new to the buckets. Rows are
-- only added and deleted, never shared: who writes waits for nobody.
CREATE TABLE evidence_due (
    id {serial},
    request TEXT NOT NULL
);

-- What the buckets hold of a request. Hours are whole ones since 1970, the first at which it was so:
-- confirmed; no longer the voter's latest; delivered and given up, as recorded and as it happened.
CREATE TABLE evidence_counted (
    request TEXT PRIMARY KEY,
    voter TEXT,
    round_id TEXT NOT NULL,
    constituency TEXT NOT NULL,
    post TEXT NOT NULL,
    country TEXT NOT NULL,
    partner TEXT NOT NULL,
    confirmed BIGINT NOT NULL,
    superseded BIGINT,
    delivered BIGINT,
    undelivered BIGINT,
    happened_delivered BIGINT,
    happened_undelivered BIGINT
){clustered};

-- By how many voters each figure of a group grew in the `span` hours from `start` on.
CREATE TABLE evidence_bucket (
    round_id TEXT NOT NULL,
    axis TEXT NOT NULL,
    span INTEGER NOT NULL,
    start BIGINT NOT NULL,
    name TEXT NOT NULL,
    confirmed BIGINT NOT NULL,
    delivered BIGINT NOT NULL,
    undelivered BIGINT NOT NULL,
    happened_delivered BIGINT NOT NULL,
    happened_undelivered BIGINT NOT NULL,
    PRIMARY KEY (round_id, axis, span, start, name)
){clustered};
CREATE INDEX evidence_bucket_empty ON evidence_bucket (start)
    WHERE confirmed = 0 AND delivered = 0 AND undelivered = 0
        AND happened_delivered = 0 AND happened_undelivered = 0;
