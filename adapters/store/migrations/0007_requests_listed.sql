-- Requests as operators look through them, the newest first. What nobody has decided on is left out:
-- taking a request in costs no more than before.
CREATE INDEX recovery_request_newest ON recovery_request (state, received_at, id)
    WHERE changed_at IS NOT NULL;
