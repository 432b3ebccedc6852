-- Of a pair only what was decided on counts. What is just received is in no index that is ordered by
-- chance: accepting a request writes at the end of each, however many there are.
CREATE INDEX recovery_request_decided_by_pair ON recovery_request (pair, received_at)
    WHERE state <> 'received';
DROP INDEX recovery_request_by_pair;
