-- What was decided before counts as well: workers find it out.
INSERT INTO statistics_due (request) SELECT id FROM recovery_request WHERE changed_at IS NOT NULL;
