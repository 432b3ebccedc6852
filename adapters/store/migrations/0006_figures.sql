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
