CREATE FUNCTION reassort_evidence_of_request() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO evidence_due (request) VALUES (coalesce(NEW.id, OLD.id)){;}
    RETURN NULL{;}
END $body$;
CREATE TRIGGER evidence_of_request_added AFTER INSERT ON recovery_request
FOR EACH ROW WHEN (NEW.confirmed_at IS NOT NULL)
EXECUTE FUNCTION reassort_evidence_of_request();
CREATE TRIGGER evidence_of_request AFTER UPDATE OF
    confirmed_at, round_voter, round_id, constituency, post, country, partner ON recovery_request
FOR EACH ROW WHEN ((NEW.confirmed_at IS NOT NULL OR OLD.confirmed_at IS NOT NULL) AND (
    NEW.confirmed_at IS DISTINCT FROM OLD.confirmed_at
    OR NEW.round_voter IS DISTINCT FROM OLD.round_voter
    OR NEW.round_id IS DISTINCT FROM OLD.round_id
    OR NEW.constituency IS DISTINCT FROM OLD.constituency
    OR NEW.post IS DISTINCT FROM OLD.post OR NEW.country IS DISTINCT FROM OLD.country
    OR NEW.partner IS DISTINCT FROM OLD.partner))
EXECUTE FUNCTION reassort_evidence_of_request();
CREATE TRIGGER evidence_of_request_deleted AFTER DELETE ON recovery_request
FOR EACH ROW WHEN (OLD.confirmed_at IS NOT NULL)
EXECUTE FUNCTION reassort_evidence_of_request();

CREATE FUNCTION reassort_evidence_of_change() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO evidence_due (request)
    VALUES (substr(NEW.delivery, 1, length(NEW.delivery) - 9)){;}
    RETURN NULL{;}
END $body$;
CREATE TRIGGER evidence_of_change AFTER INSERT ON message_change
FOR EACH ROW WHEN (
    (NEW.state = 'delivered' OR (NEW.number = 0 AND NEW.state IN ('failed', 'expired')))
    AND NEW.delivery LIKE '%.password')
EXECUTE FUNCTION reassort_evidence_of_change();
