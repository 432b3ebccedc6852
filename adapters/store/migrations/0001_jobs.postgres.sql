-- PgQueuer's tables are installed by PgQueuer, before this. What its own indexes do not give:
-- a dead job, too, keeps its key from being queued again, and a job whose lease ran out is found
-- in the same order as one that falls due.
CREATE UNIQUE INDEX reassort_job_key ON reassort_pgqueuer (dedupe_key);
CREATE INDEX reassort_job_due ON reassort_pgqueuer (entrypoint, execute_after, id)
    WHERE status IN ('queued', 'picked');
CREATE INDEX reassort_job_dead ON reassort_pgqueuer (updated) WHERE status = 'failed';

-- Commits that notify wait for each other, one disk write each: half the throughput at 16 at once.
-- Workers are woken from outside of the commit instead (adapters/jobs/bell.py).
ALTER TABLE reassort_pgqueuer DISABLE TRIGGER reassort_tg_pgqueuer_changed;
