CREATE FUNCTION reassort_statistics_of_request() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO statistics_due (request) VALUES (coalesce(NEW.id, OLD.id)){;}
    RETURN NULL{;}
END $body$;
CREATE TRIGGER statistics_of_request_added AFTER INSERT ON recovery_request
FOR EACH ROW WHEN (NEW.changed_at IS NOT NULL)
EXECUTE FUNCTION reassort_statistics_of_request();
CREATE TRIGGER statistics_of_request AFTER UPDATE ON recovery_request
FOR EACH ROW WHEN ((NEW.changed_at IS NOT NULL OR OLD.changed_at IS NOT NULL) AND (
    NEW.state <> OLD.state OR NEW.reason IS DISTINCT FROM OLD.reason
    OR NEW.confirmed_at IS DISTINCT FROM OLD.confirmed_at
    OR NEW.round_id IS DISTINCT FROM OLD.round_id OR NEW.rounds IS DISTINCT FROM OLD.rounds
    OR NEW.constituency IS DISTINCT FROM OLD.constituency
    OR NEW.post IS DISTINCT FROM OLD.post OR NEW.country IS DISTINCT FROM OLD.country
    OR NEW.partner IS DISTINCT FROM OLD.partner
    OR (NEW.changed_at IS NULL) <> (OLD.changed_at IS NULL)))
EXECUTE FUNCTION reassort_statistics_of_request();
CREATE TRIGGER statistics_of_request_deleted AFTER DELETE ON recovery_request
FOR EACH ROW WHEN (OLD.changed_at IS NOT NULL)
EXECUTE FUNCTION reassort_statistics_of_request();

CREATE FUNCTION reassort_statistics_of_delivery() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO statistics_due (request) VALUES (NEW.subject){;}
    RETURN NULL{;}
END $body$;
CREATE TRIGGER statistics_of_delivery_added AFTER INSERT ON delivery
FOR EACH ROW WHEN (NEW.kind IN ('link', 'password') AND (NEW.route IS NOT NULL
    OR NEW.destination IS NOT NULL OR NEW.accepted_at IS NOT NULL))
EXECUTE FUNCTION reassort_statistics_of_delivery();
CREATE TRIGGER statistics_of_delivery AFTER UPDATE ON delivery
FOR EACH ROW WHEN (NEW.kind IN ('link', 'password') AND (
    NEW.route IS DISTINCT FROM OLD.route OR NEW.destination IS DISTINCT FROM OLD.destination
    OR NEW.operator IS DISTINCT FROM OLD.operator OR NEW.state <> OLD.state
    OR NEW.accepted_at IS DISTINCT FROM OLD.accepted_at))
EXECUTE FUNCTION reassort_statistics_of_delivery();

CREATE FUNCTION reassort_statistics_of_change() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO statistics_due (request)
    VALUES (substr(NEW.delivery, 1, length(NEW.delivery) - 9)){;}
    RETURN NULL{;}
END $body$;
CREATE TRIGGER statistics_of_change AFTER INSERT ON message_change
FOR EACH ROW WHEN (NEW.number > 0 AND NEW.state = 'delivered' AND NEW.delivery LIKE '%.password')
EXECUTE FUNCTION reassort_statistics_of_change();
