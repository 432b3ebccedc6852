-- An id is never given twice: a worker that wakes up late must not settle another job.
CREATE TABLE job (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    dead_at BIGINT,
    reason TEXT
);
CREATE INDEX job_due ON job (kind, due_at) WHERE dead_at IS NULL;
