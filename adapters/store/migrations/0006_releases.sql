-- Who may release rounds. The secret of their codes is sealed under a key of REASSORT_KEYS, and empty
-- once they are removed; rows stay, as a trace.
CREATE TABLE round_operator (
    name TEXT PRIMARY KEY,
    secret {bytes} NOT NULL,
    key_id TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    added_by TEXT NOT NULL,
    last_step BIGINT NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    failed_at BIGINT,
    removed_at BIGINT,
    removed_by TEXT
){clustered};

CREATE TABLE round_hold (
    id {serial},
    round TEXT NOT NULL,
    held_at BIGINT NOT NULL,
    held_by TEXT NOT NULL,
    reason TEXT NOT NULL,
    lifted_at BIGINT,
    lifted_by TEXT
);
CREATE UNIQUE INDEX round_held ON round_hold (round) WHERE lifted_at IS NULL;

CREATE TABLE round_release (
    id {serial},
    round TEXT NOT NULL,
    proposed_at BIGINT NOT NULL,
    proposed_by TEXT NOT NULL,
    approved_at BIGINT,
    approved_by TEXT,
    withdrawn_at BIGINT,
    withdrawn_by TEXT
);
CREATE UNIQUE INDEX round_released ON round_release (round) WHERE withdrawn_at IS NULL;

-- What was destroyed by a release: outlives it. last_id is how far the walk over the requests went.
CREATE TABLE destruction (
    release_id BIGINT PRIMARY KEY,
    round TEXT NOT NULL,
    begun_at BIGINT NOT NULL,
    last_id TEXT NOT NULL,
    requests BIGINT NOT NULL,
    messages BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    shared BIGINT NOT NULL,
    first_at BIGINT,
    last_at BIGINT,
    digest {bytes} NOT NULL,
    ended_at BIGINT,
    key_id TEXT,
    seal {bytes}
){clustered};
