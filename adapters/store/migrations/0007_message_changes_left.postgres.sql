-- The release before writes no recorded_at: the moment that it gives is all that is known.
CREATE FUNCTION reassort_change_of_attempt() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    was TEXT := ''{;}
    recorded BIGINT := coalesce(NEW.recorded_at, NEW.changed_at, NEW.begun_at){;}
    happened BIGINT := coalesce(NEW.changed_at, NEW.begun_at){;}
BEGIN
    IF TG_OP = 'UPDATE' THEN
        was := OLD.state{;}
        IF NEW.recorded_at IS NOT DISTINCT FROM OLD.recorded_at THEN
            recorded := greatest(NEW.recorded_at, coalesce(NEW.changed_at, NEW.begun_at)){;}
        END IF{;}
        happened := greatest(coalesce(NEW.changed_at, recorded),
            CASE WHEN OLD.state = 'accepted' THEN OLD.changed_at ELSE NEW.begun_at END){;}
        -- While a route takes no SMS, each try says the same: once is enough.
        IF NEW.state = OLD.state AND NEW.operator IS NOT DISTINCT FROM OLD.operator AND EXISTS (
            SELECT 1 FROM message_change AS last WHERE last.reason = NEW.reason AND last.id = (
                SELECT max(id) FROM message_change
                WHERE delivery = NEW.delivery AND number = NEW.number)) THEN
            RETURN NULL{;}
        END IF{;}
    END IF{;}
    INSERT INTO message_change (delivery, number, channel, route, place, operator, was, state,
        reason, happened_at, recorded_at)
    VALUES (NEW.delivery, NEW.number, 'sms', NEW.route, NEW.country, NEW.operator, was, NEW.state,
        NEW.reason, least(happened, recorded), recorded){;}
    RETURN NULL{;}
END $body$;
CREATE TRIGGER change_of_attempt_added AFTER INSERT ON attempt
FOR EACH ROW EXECUTE FUNCTION reassort_change_of_attempt();
CREATE TRIGGER change_of_attempt AFTER UPDATE ON attempt
FOR EACH ROW WHEN (NEW.state <> OLD.state OR NEW.operator IS DISTINCT FROM OLD.operator
    OR (NEW.reason IS NOT NULL AND NEW.reason IS DISTINCT FROM OLD.reason))
EXECUTE FUNCTION reassort_change_of_attempt();

CREATE FUNCTION reassort_change_of_mail_attempt() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    at BIGINT := coalesce(NEW.changed_at, NEW.begun_at){;}
BEGIN
    INSERT INTO message_change (delivery, number, channel, route, place, operator, was, state,
        reason, happened_at, recorded_at)
    VALUES (NEW.delivery, NEW.number, 'email', NEW.route, NEW.domain, NULL,
        CASE WHEN TG_OP = 'UPDATE' THEN OLD.state ELSE '' END, NEW.state, NEW.reason, at, at){;}
    RETURN NULL{;}
END $body$;
CREATE TRIGGER change_of_mail_attempt_added AFTER INSERT ON mail_attempt
FOR EACH ROW EXECUTE FUNCTION reassort_change_of_mail_attempt();
CREATE TRIGGER change_of_mail_attempt AFTER UPDATE ON mail_attempt
FOR EACH ROW WHEN (NEW.state <> OLD.state OR NEW.reason IS DISTINCT FROM OLD.reason)
EXECUTE FUNCTION reassort_change_of_mail_attempt();

-- queued_at tells when it was queued, as long as the row lives.
CREATE FUNCTION reassort_change_of_delivery() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    at BIGINT := coalesce(NEW.changed_at, NEW.queued_at){;}
BEGIN
    INSERT INTO message_change (delivery, number, channel, route, place, operator, was, state,
        reason, happened_at, recorded_at)
    VALUES (NEW.id, 0, CASE NEW.kind WHEN 'password' THEN 'sms' ELSE 'email' END,
        coalesce(NEW.route, ''), coalesce(NEW.destination, ''), NEW.operator, OLD.state, NEW.state,
        NEW.reason, at, at){;}
    RETURN NULL{;}
END $body$;
CREATE TRIGGER change_of_delivery AFTER UPDATE ON delivery
FOR EACH ROW WHEN (NEW.state <> OLD.state OR NEW.reason IS DISTINCT FROM OLD.reason
    OR NEW.route IS DISTINCT FROM OLD.route)
EXECUTE FUNCTION reassort_change_of_delivery();
