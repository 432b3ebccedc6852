CREATE TRIGGER evidence_of_request_added AFTER INSERT ON recovery_request
WHEN NEW.confirmed_at IS NOT NULL
BEGIN
    INSERT INTO evidence_due (request) VALUES (NEW.id){;}
END;
CREATE TRIGGER evidence_of_request AFTER UPDATE OF
    confirmed_at, round_voter, round_id, constituency, post, country, partner ON recovery_request
WHEN (NEW.confirmed_at IS NOT NULL OR OLD.confirmed_at IS NOT NULL) AND (
    NEW.confirmed_at IS NOT OLD.confirmed_at OR NEW.round_voter IS NOT OLD.round_voter
    OR NEW.round_id IS NOT OLD.round_id OR NEW.constituency IS NOT OLD.constituency
    OR NEW.post IS NOT OLD.post OR NEW.country IS NOT OLD.country
    OR NEW.partner IS NOT OLD.partner)
BEGIN
    INSERT INTO evidence_due (request) VALUES (NEW.id){;}
END;
CREATE TRIGGER evidence_of_request_deleted AFTER DELETE ON recovery_request
WHEN OLD.confirmed_at IS NOT NULL
BEGIN
    INSERT INTO evidence_due (request) VALUES (OLD.id){;}
END;

CREATE TRIGGER evidence_of_change AFTER INSERT ON message_change
WHEN (NEW.state = 'delivered' OR (NEW.number = 0 AND NEW.state IN ('failed', 'expired')))
    AND NEW.delivery LIKE '%.password'
BEGIN
    INSERT INTO evidence_due (request) VALUES (substr(NEW.delivery, 1, length(NEW.delivery) - 9)){;}
END;
