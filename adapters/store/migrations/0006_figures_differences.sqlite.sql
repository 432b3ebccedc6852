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
