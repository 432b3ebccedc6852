-- What deletes old requests looks for those that were never decided on, too: without this index it
-- reads every request, every minute.
CREATE INDEX recovery_request_undecided ON recovery_request (received_at)
    WHERE changed_at IS NULL;
