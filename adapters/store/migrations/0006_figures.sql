-- A key of each voting round's own, sealed under a key of REASSORT_KEYS: by it one voter is known in
-- the figures of the round. Empty once it is destroyed; rows stay, so that none is made again.
CREATE TABLE round_key (
    round TEXT PRIMARY KEY,
    key_id TEXT NOT NULL,
    sealed {bytes} NOT NULL,
    made_at BIGINT NOT NULL,
    destroyed_at BIGINT
){clustered};

-- By what the voter is known in the round. NULL with a voter: a release before this one decided, or
-- the round's key could not be opened; a worker looks again.
ALTER TABLE recovery_request ADD COLUMN round_voter TEXT;
CREATE INDEX recovery_request_without_round_voter ON recovery_request (id)
    WHERE round_voter IS NULL AND voter IS NOT NULL;

-- Why the voter is not reached. NULL: noted by nobody, so the state says what it can.
ALTER TABLE recovery_request ADD COLUMN cause TEXT;

-- What figures are read from. Whoever changes a message leaves a difference in the same commit (by
-- the triggers: a process of the release before does, too); a worker folds differences into buckets
-- of a minute, an hour, six hours and a day. `minute` counts from 1970 and is the message's own, so that all
-- that is deleted comes to nothing; `span` is a bucket's length, both in minutes.
CREATE TABLE figure_difference (
    id {serial},
    minute BIGINT NOT NULL,
    figure TEXT NOT NULL,
    place TEXT NOT NULL,
    route TEXT NOT NULL,
    operator TEXT NOT NULL,
    state TEXT NOT NULL,
    messages BIGINT NOT NULL,
    cost BIGINT NOT NULL
);
-- However many have passed through the table, those that are left are found at once.
CREATE INDEX figure_difference_by_figure ON figure_difference (figure, minute);
CREATE TABLE figure_bucket (
    figure TEXT NOT NULL,
    span INTEGER NOT NULL,
    start BIGINT NOT NULL,
    place TEXT NOT NULL,
    route TEXT NOT NULL,
    operator TEXT NOT NULL,
    state TEXT NOT NULL,
    messages BIGINT NOT NULL,
    cost BIGINT NOT NULL,
    PRIMARY KEY (figure, span, start, place, route, operator, state)
){clustered};
CREATE INDEX figure_bucket_empty ON figure_bucket (start) WHERE messages = 0;

-- Of a link, by id: the voter's renewal in another round at the same time, which it does not replace.
-- Known when it is issued, whatever key the voter was known under then.
ALTER TABLE recovery_request ADD COLUMN renewed_beside TEXT;
-- 1: another request of the same voter in the round counts in this one's stead. What no figure needs
-- is in no index; what is known by state and cause is counted by the triggers.
ALTER TABLE recovery_request ADD COLUMN overtaken INTEGER NOT NULL DEFAULT 0;
CREATE INDEX recovery_request_by_round_voter ON recovery_request (round_voter)
    WHERE round_voter IS NOT NULL;
CREATE INDEX recovery_request_waiting
    ON recovery_request (round_id, confirmed_at, state, cause, overtaken)
    WHERE state IN ('confirmed', 'password_sent') AND overtaken = 0
        AND (cause IS NULL OR cause <> 'receipt_not_expected');
CREATE INDEX recovery_request_without_link
    ON recovery_request (round_id, cause, round_voter, overtaken, confirmed_at, renewed_beside)
    WHERE cause IN ('link_bounced', 'link_given_up', 'link_deferred', 'link_withdrawn')
    AND overtaken = 0;
INSERT INTO figure_difference (minute, figure, place, route, operator, state, messages, cost)
    SELECT received_at / 60000000, 'voters', round_id, state, '', '', count(*), 0
    FROM recovery_request WHERE state = 'undelivered' AND round_id IS NOT NULL
    GROUP BY received_at / 60000000, round_id, state;

-- Whatever holds a seed is on its way: these few are looked for every minute, and by their keys.
CREATE INDEX recovery_request_with_seed ON recovery_request (confirmed_at, password_key)
    WHERE seed IS NOT NULL;
