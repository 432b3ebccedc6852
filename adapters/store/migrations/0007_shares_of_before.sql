-- Whoever has confirmed before counts as well: workers find it out.
INSERT INTO evidence_due (request) SELECT id FROM recovery_request WHERE confirmed_at IS NOT NULL;
