-- How a round's requests went, kept up to date (`adapters/store/statistics.py`). Whatever changes how
-- far a request has come leaves a row in statistics_due in the same commit (by the triggers: a process
-- of the release before does, too). A worker works out what is counted of the request now. Rows are
-- only added and deleted, never shared: who writes waits for nobody. What nobody has decided on is not
-- counted here: taking a request in costs no more than before.
CREATE TABLE statistics_due (
    id {serial},
    request TEXT NOT NULL
);

-- What is counted of a request. `rounds` is the voter's, or one a line while nobody knows the voter;
-- `hour` is a whole one since 1970. The last five are lengths of time on the scale of
-- `core/passages.py`; NULL: not over, or not known.
CREATE TABLE statistics_counted (
    hour BIGINT NOT NULL,
    request TEXT NOT NULL,
    rounds TEXT NOT NULL,
    step TEXT NOT NULL,
    was_taken INTEGER NOT NULL,
    reason TEXT NOT NULL,
    constituency TEXT NOT NULL,
    post TEXT NOT NULL,
    country TEXT NOT NULL,
    route TEXT NOT NULL,
    operator TEXT NOT NULL,
    domain TEXT NOT NULL,
    partner TEXT NOT NULL,
    link_mailed INTEGER,
    link_used INTEGER,
    sms_taken INTEGER,
    sms_arrived INTEGER,
    whole INTEGER,
    PRIMARY KEY (hour, request)
){clustered};
CREATE UNIQUE INDEX statistics_counted_of ON statistics_counted (request);

-- What became of it for the last hour, so that who has counted before need not count again: a row is
-- counted once more, or with a sign of -1 no longer.
CREATE TABLE statistics_change (
    id {serial},
    at BIGINT NOT NULL,
    sign INTEGER NOT NULL,
    hour BIGINT NOT NULL,
    request TEXT NOT NULL,
    rounds TEXT NOT NULL,
    step TEXT NOT NULL,
    was_taken INTEGER NOT NULL,
    reason TEXT NOT NULL,
    constituency TEXT NOT NULL,
    post TEXT NOT NULL,
    country TEXT NOT NULL,
    route TEXT NOT NULL,
    operator TEXT NOT NULL,
    domain TEXT NOT NULL,
    partner TEXT NOT NULL,
    link_mailed INTEGER,
    link_used INTEGER,
    sms_taken INTEGER,
    sms_arrived INTEGER,
    whole INTEGER
);
CREATE INDEX statistics_change_by_age ON statistics_change (at);
