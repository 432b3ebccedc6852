-- Partners that an operator has suspended, and when each was resumed: rows stay, as a trace.
CREATE TABLE partner_suspension (
    id {serial},
    partner TEXT NOT NULL,
    suspended_at BIGINT NOT NULL,
    suspended_by TEXT NOT NULL,
    reason TEXT NOT NULL,
    resumed_at BIGINT,
    resumed_by TEXT
);
CREATE UNIQUE INDEX partner_suspended ON partner_suspension (partner) WHERE resumed_at IS NULL;
