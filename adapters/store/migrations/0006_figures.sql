-- A key of each voting round's own, sealed under a key of REASSORT_KEYS: by it one voter is known in
-- the figures of the round. Empty once it is destroyed; rows stay, so that none is made again.
CREATE TABLE round_key (
    round TEXT PRIMARY KEY,
    key_id TEXT NOT NULL,
    sealed {bytes} NOT NULL,
    made_at BIGINT NOT NULL,
    destroyed_at BIGINT
){clustered};
