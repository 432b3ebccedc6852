-- Voters whom nothing reaches, those who have waited longest first. No request is in either index when
-- it is received; what waits for its SMS is in recovery_request_waiting in that order.
CREATE INDEX recovery_request_lost ON recovery_request (round_id, confirmed_at, id, cause)
    WHERE state = 'undelivered' AND overtaken = 0;
CREATE INDEX recovery_request_without_link_in_order
    ON recovery_request (round_id, received_at, id, cause)
    WHERE cause IN ('link_bounced', 'link_given_up', 'link_deferred', 'link_withdrawn')
    AND overtaken = 0 AND confirmed_at IS NULL;
