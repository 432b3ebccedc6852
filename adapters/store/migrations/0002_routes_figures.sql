-- Rates are taken every few seconds: from the index alone.
CREATE INDEX delivery_by_time ON delivery (queued_at, kind, destination, state);
CREATE INDEX recovery_request_unreached ON recovery_request (confirmed_at)
    WHERE state IN ('confirmed', 'password_sent', 'undelivered');
