-- That a process lives, by its own account: what its clock said, and how long its machine had been
-- running since which start, by which others on that machine tell whether it lives still. outages: the
-- neighbours that it has found to be down, as JSON, so that one look tells of the deployment.
CREATE TABLE heartbeat (
    process TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    boot TEXT NOT NULL,
    uptime BIGINT NOT NULL,
    outages TEXT NOT NULL DEFAULT '[]'
);
-- The last moment that a process has seen whose clock could be believed: one row.
CREATE TABLE clock_mark (
    id INTEGER PRIMARY KEY,
    seen_at BIGINT NOT NULL
);
