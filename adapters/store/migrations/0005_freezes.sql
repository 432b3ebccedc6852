-- Voters whose renewals an operator has stopped, one row for each pseudonym, and when they went on
-- again: rows stay, as a trace.
CREATE TABLE voter_freeze (
    id {serial},
    act TEXT NOT NULL,
    voter TEXT NOT NULL,
    key_id TEXT NOT NULL,
    frozen_at BIGINT NOT NULL,
    frozen_by TEXT NOT NULL,
    reason TEXT NOT NULL,
    unfrozen_at BIGINT,
    unfrozen_by TEXT
);
CREATE UNIQUE INDEX voter_frozen ON voter_freeze (voter) WHERE unfrozen_at IS NULL;
