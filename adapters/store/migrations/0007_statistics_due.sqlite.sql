CREATE TRIGGER statistics_of_request_added AFTER INSERT ON recovery_request
WHEN NEW.changed_at IS NOT NULL
BEGIN
    INSERT INTO statistics_due (request) VALUES (NEW.id){;}
END;
CREATE TRIGGER statistics_of_request AFTER UPDATE ON recovery_request
WHEN (NEW.changed_at IS NOT NULL OR OLD.changed_at IS NOT NULL) AND (
    NEW.state <> OLD.state OR NEW.reason IS NOT OLD.reason
    OR NEW.confirmed_at IS NOT OLD.confirmed_at
    OR NEW.round_id IS NOT OLD.round_id OR NEW.rounds IS NOT OLD.rounds
    OR NEW.constituency IS NOT OLD.constituency
    OR NEW.post IS NOT OLD.post OR NEW.country IS NOT OLD.country
    OR NEW.partner IS NOT OLD.partner
    OR (NEW.changed_at IS NULL) <> (OLD.changed_at IS NULL))
BEGIN
    INSERT INTO statistics_due (request) VALUES (NEW.id){;}
END;
CREATE TRIGGER statistics_of_request_deleted AFTER DELETE ON recovery_request
WHEN OLD.changed_at IS NOT NULL
BEGIN
    INSERT INTO statistics_due (request) VALUES (OLD.id){;}
END;

CREATE TRIGGER statistics_of_delivery_added AFTER INSERT ON delivery
WHEN NEW.kind IN ('link', 'password') AND (NEW.route IS NOT NULL
    OR NEW.destination IS NOT NULL OR NEW.accepted_at IS NOT NULL)
BEGIN
    INSERT INTO statistics_due (request) VALUES (NEW.subject){;}
END;
CREATE TRIGGER statistics_of_delivery AFTER UPDATE ON delivery
WHEN NEW.kind IN ('link', 'password') AND (
    NEW.route IS NOT OLD.route OR NEW.destination IS NOT OLD.destination
    OR NEW.operator IS NOT OLD.operator OR NEW.state <> OLD.state
    OR NEW.accepted_at IS NOT OLD.accepted_at)
BEGIN
    INSERT INTO statistics_due (request) VALUES (NEW.subject){;}
END;

CREATE TRIGGER statistics_of_change AFTER INSERT ON message_change
WHEN NEW.number > 0 AND NEW.state = 'delivered' AND NEW.delivery LIKE '%.password'
BEGIN
    INSERT INTO statistics_due (request) VALUES (substr(NEW.delivery, 1, length(NEW.delivery) - 9)){;}
END;
