-- The release before writes no recorded_at: the moment that it gives is all that is known.
CREATE TRIGGER change_of_attempt_added AFTER INSERT ON attempt BEGIN
    INSERT INTO message_change (delivery, number, channel, route, place, operator, was, state,
        reason, happened_at, recorded_at)
    VALUES (NEW.delivery, NEW.number, 'sms', NEW.route, NEW.country, NEW.operator, '', NEW.state,
        NEW.reason,
        min(coalesce(NEW.changed_at, NEW.begun_at),
            coalesce(NEW.recorded_at, NEW.changed_at, NEW.begun_at)),
        coalesce(NEW.recorded_at, NEW.changed_at, NEW.begun_at)){;}
END;
-- While a route takes no SMS, each try says the same: once is enough.
CREATE TRIGGER change_of_attempt AFTER UPDATE ON attempt
WHEN NEW.state <> OLD.state OR NEW.operator IS NOT OLD.operator
    OR (NEW.reason IS NOT NULL AND NEW.reason IS NOT OLD.reason AND NOT EXISTS (
        SELECT 1 FROM message_change AS last WHERE last.reason = NEW.reason AND last.id = (
            SELECT max(id) FROM message_change
            WHERE delivery = NEW.delivery AND number = NEW.number)))
BEGIN
    INSERT INTO message_change (delivery, number, channel, route, place, operator, was, state,
        reason, happened_at, recorded_at)
    SELECT NEW.delivery, NEW.number, 'sms', NEW.route, NEW.country, NEW.operator, OLD.state,
        NEW.state, NEW.reason, min(recorded, max(coalesce(NEW.changed_at, recorded),
            coalesce(CASE WHEN OLD.state = 'accepted' THEN OLD.changed_at END, NEW.begun_at))),
        recorded
    FROM (SELECT CASE WHEN NEW.recorded_at <> coalesce(OLD.recorded_at, 0) THEN NEW.recorded_at
        ELSE max(coalesce(NEW.recorded_at, 0), coalesce(NEW.changed_at, NEW.begun_at))
        END AS recorded){;}
END;

CREATE TRIGGER change_of_mail_attempt_added AFTER INSERT ON mail_attempt BEGIN
    INSERT INTO message_change (delivery, number, channel, route, place, operator, was, state,
        reason, happened_at, recorded_at)
    VALUES (NEW.delivery, NEW.number, 'email', NEW.route, NEW.domain, NULL, '', NEW.state,
        NEW.reason, coalesce(NEW.changed_at, NEW.begun_at), coalesce(NEW.changed_at, NEW.begun_at)){;}
END;
CREATE TRIGGER change_of_mail_attempt AFTER UPDATE ON mail_attempt
WHEN NEW.state <> OLD.state OR NEW.reason IS NOT OLD.reason
BEGIN
    INSERT INTO message_change (delivery, number, channel, route, place, operator, was, state,
        reason, happened_at, recorded_at)
    VALUES (NEW.delivery, NEW.number, 'email', NEW.route, NEW.domain, NULL, OLD.state, NEW.state,
        NEW.reason, coalesce(NEW.changed_at, NEW.begun_at), coalesce(NEW.changed_at, NEW.begun_at)){;}
END;

-- queued_at tells when it was queued, as long as the row lives.
CREATE TRIGGER change_of_delivery AFTER UPDATE ON delivery
WHEN NEW.state <> OLD.state OR NEW.reason IS NOT OLD.reason OR NEW.route IS NOT OLD.route
BEGIN
    INSERT INTO message_change (delivery, number, channel, route, place, operator, was, state,
        reason, happened_at, recorded_at)
    VALUES (NEW.id, 0, CASE NEW.kind WHEN 'password' THEN 'sms' ELSE 'email' END,
        coalesce(NEW.route, ''), coalesce(NEW.destination, ''), NEW.operator, OLD.state, NEW.state,
        NEW.reason, coalesce(NEW.changed_at, NEW.queued_at), coalesce(NEW.changed_at, NEW.queued_at)){;}
END;
