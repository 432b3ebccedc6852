-- What operators are to look at, and what they have done about it: one row for the deployment, however
-- many processes find it. `figures` is JSON, and holds nothing of a voter. resolved_by is empty when the
-- condition was gone by itself.
CREATE TABLE alert (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    axis TEXT NOT NULL,
    value TEXT NOT NULL,
    figures TEXT NOT NULL,
    first_seen BIGINT NOT NULL,
    raised_at BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    state TEXT NOT NULL,
    times INTEGER NOT NULL,
    acknowledged_at BIGINT,
    acknowledged_by TEXT NOT NULL,
    resolved_at BIGINT,
    resolved_by TEXT NOT NULL,
    note TEXT NOT NULL
);
CREATE UNIQUE INDEX alert_open ON alert (kind, axis, value) WHERE state <> 'resolved';
CREATE INDEX alert_of_place ON alert (kind, axis, value, first_seen);
CREATE INDEX alert_newest ON alert (first_seen, id);

-- When a process was heard of first, and whether it has said that it stops. NULL and 0: a release before
-- this one has written the row.
ALTER TABLE heartbeat ADD COLUMN begun_at BIGINT;
ALTER TABLE heartbeat ADD COLUMN stopped INTEGER NOT NULL DEFAULT 0;
