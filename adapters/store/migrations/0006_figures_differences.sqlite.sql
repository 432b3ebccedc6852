-- Each change of a message leaves what it adds to the figures, and what it takes from them.
CREATE TRIGGER figures_of_attempt_added AFTER INSERT ON attempt BEGIN
    INSERT INTO figure_difference (minute, figure, place, route, operator, state, messages, cost)
    VALUES (NEW.begun_at / 60000000, 'sms', NEW.country, NEW.route, coalesce(NEW.operator, ''),
        NEW.state, 1, NEW.cost){;}
END;
CREATE TRIGGER figures_of_attempt_changed AFTER UPDATE ON attempt
WHEN NEW.state <> OLD.state OR NEW.operator IS NOT OLD.operator
    OR NEW.begun_at / 60000000 <> OLD.begun_at / 60000000
BEGIN
    INSERT INTO figure_difference (minute, figure, place, route, operator, state, messages, cost)
    VALUES (OLD.begun_at / 60000000, 'sms', OLD.country, OLD.route, coalesce(OLD.operator, ''),
        OLD.state, -1, -OLD.cost),
        (NEW.begun_at / 60000000, 'sms', NEW.country, NEW.route, coalesce(NEW.operator, ''),
        NEW.state, 1, NEW.cost){;}
END;
CREATE TRIGGER figures_of_attempt_deleted AFTER DELETE ON attempt BEGIN
    INSERT INTO figure_difference (minute, figure, place, route, operator, state, messages, cost)
    VALUES (OLD.begun_at / 60000000, 'sms', OLD.country, OLD.route, coalesce(OLD.operator, ''),
        OLD.state, -1, -OLD.cost){;}
END;

CREATE TRIGGER figures_of_delivery_added AFTER INSERT ON delivery WHEN NEW.kind <> 'password'
BEGIN
    INSERT INTO figure_difference (minute, figure, place, route, operator, state, messages, cost)
    VALUES (NEW.queued_at / 60000000, 'email', coalesce(NEW.destination, ''),
        coalesce(NEW.route, ''), '', NEW.state, 1, 0){;}
END;
CREATE TRIGGER figures_of_delivery_changed AFTER UPDATE ON delivery
WHEN NEW.kind <> 'password' AND (NEW.state <> OLD.state
    OR NEW.destination IS NOT OLD.destination OR NEW.route IS NOT OLD.route)
BEGIN
    INSERT INTO figure_difference (minute, figure, place, route, operator, state, messages, cost)
    VALUES (OLD.queued_at / 60000000, 'email', coalesce(OLD.destination, ''),
        coalesce(OLD.route, ''), '', OLD.state, -1, 0),
        (NEW.queued_at / 60000000, 'email', coalesce(NEW.destination, ''),
        coalesce(NEW.route, ''), '', NEW.state, 1, 0){;}
END;
CREATE TRIGGER figures_of_delivery_deleted AFTER DELETE ON delivery WHEN OLD.kind <> 'password'
BEGIN
    INSERT INTO figure_difference (minute, figure, place, route, operator, state, messages, cost)
    VALUES (OLD.queued_at / 60000000, 'email', coalesce(OLD.destination, ''),
        coalesce(OLD.route, ''), '', OLD.state, -1, 0){;}
END;

-- Voters by what became of their latest renewal and link, as far as that needs no clock: the state
-- stands for the route, the cause for the state.
CREATE TRIGGER figures_of_request_added AFTER INSERT ON recovery_request WHEN (NEW.overtaken = 0 AND NEW.round_id IS NOT NULL AND (NEW.state = 'undelivered'
    OR (NEW.state = 'password_sent' AND NEW.cause = 'receipt_not_expected')
    OR (NEW.state = 'expired' AND NEW.cause = 'link_not_taken')))
BEGIN
    INSERT INTO figure_difference (minute, figure, place, route, operator, state, messages, cost)
    VALUES (NEW.received_at / 60000000, 'voters', NEW.round_id, NEW.state, '',
        coalesce(NEW.cause, ''), 1, 0){;}
END;
CREATE TRIGGER figures_of_request_changed AFTER UPDATE ON recovery_request
WHEN (NEW.state <> OLD.state OR NEW.overtaken <> OLD.overtaken
    OR NEW.cause IS NOT OLD.cause OR NEW.round_id IS NOT OLD.round_id)
    AND ((OLD.overtaken = 0 AND OLD.round_id IS NOT NULL AND (OLD.state = 'undelivered'
    OR (OLD.state = 'password_sent' AND OLD.cause = 'receipt_not_expected')
    OR (OLD.state = 'expired' AND OLD.cause = 'link_not_taken'))) OR (NEW.overtaken = 0 AND NEW.round_id IS NOT NULL AND (NEW.state = 'undelivered'
    OR (NEW.state = 'password_sent' AND NEW.cause = 'receipt_not_expected')
    OR (NEW.state = 'expired' AND NEW.cause = 'link_not_taken'))))
BEGIN
    INSERT INTO figure_difference (minute, figure, place, route, operator, state, messages, cost)
    SELECT OLD.received_at / 60000000, 'voters', OLD.round_id, OLD.state, '',
        coalesce(OLD.cause, ''), -1, 0 WHERE (OLD.overtaken = 0 AND OLD.round_id IS NOT NULL AND (OLD.state = 'undelivered'
    OR (OLD.state = 'password_sent' AND OLD.cause = 'receipt_not_expected')
    OR (OLD.state = 'expired' AND OLD.cause = 'link_not_taken'))){;}
    INSERT INTO figure_difference (minute, figure, place, route, operator, state, messages, cost)
    SELECT NEW.received_at / 60000000, 'voters', NEW.round_id, NEW.state, '',
        coalesce(NEW.cause, ''), 1, 0 WHERE (NEW.overtaken = 0 AND NEW.round_id IS NOT NULL AND (NEW.state = 'undelivered'
    OR (NEW.state = 'password_sent' AND NEW.cause = 'receipt_not_expected')
    OR (NEW.state = 'expired' AND NEW.cause = 'link_not_taken'))){;}
END;
CREATE TRIGGER figures_of_request_deleted AFTER DELETE ON recovery_request WHEN (OLD.overtaken = 0 AND OLD.round_id IS NOT NULL AND (OLD.state = 'undelivered'
    OR (OLD.state = 'password_sent' AND OLD.cause = 'receipt_not_expected')
    OR (OLD.state = 'expired' AND OLD.cause = 'link_not_taken')))
BEGIN
    INSERT INTO figure_difference (minute, figure, place, route, operator, state, messages, cost)
    VALUES (OLD.received_at / 60000000, 'voters', OLD.round_id, OLD.state, '',
        coalesce(OLD.cause, ''), -1, 0){;}
END;
