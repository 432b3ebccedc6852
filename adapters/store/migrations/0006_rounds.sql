-- The voting rounds that were open when a request was received, one id a line. NULL: received by a
-- release before this one, and not looked up in the calendar yet.
ALTER TABLE recovery_request ADD COLUMN rounds TEXT;
CREATE INDEX recovery_request_without_rounds ON recovery_request (received_at)
    WHERE rounds IS NULL;
